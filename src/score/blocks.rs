//! Blocks of a baseline: the spans of days whose counts show how much calm counts vary.

use super::windows::{SourceGroup, Windows};
use crate::incident::Day;

/// Blocks of a date's baselines by length, group of sources and age: one count after the other for each cell.
#[derive(Debug)]
pub(super) struct Blocks {
    /// Spans by length and group, newest first; groups that are left out have none.
    pub(super) spans: Vec<Vec<Vec<(Day, Day)>>>,
    /// First day of the first group's blocks.
    pub(super) first: Day,
    /// Number of the first group's block of each length, for each day since `first`; [`Self::NONE`] on days in none.
    of_day: Vec<u32>,
}

impl Blocks {
    const NONE: u32 = u32::MAX;

    pub(super) fn new(date: &Windows, lengths: &[i32]) -> Self {
        let of_length = |&length: &i32| {
            let kept = |group: &SourceGroup| group.absence.is_none();
            let of_group = |group| if kept(group) { group.blocks(length, date.by_month) } else { Vec::new() };
            date.groups.iter().map(of_group).collect()
        };
        let spans: Vec<Vec<Vec<(Day, Day)>>> = lengths.iter().map(of_length).collect();
        let of_first = || spans.iter().filter_map(|groups| groups.first()).flatten();
        let first = of_first().map(|span| span.0).min().unwrap_or(date.until);
        let days = usize::try_from(date.until.0 - first.0).unwrap_or(0);
        let mut of_day = vec![Self::NONE; days * lengths.len()];
        let place = |day: i32| usize::try_from(day - first.0).unwrap_or(0) * lengths.len();
        let mut number = 0;
        for (length, groups) in spans.iter().enumerate() {
            for (group, spans) in groups.iter().enumerate() {
                for (block, &(from, to)) in (number..).zip(spans).filter(|_| group == 0) {
                    for day in from.0..to.0 {
                        of_day[place(day) + length] = block;
                    }
                }
                number += u32::try_from(spans.len()).unwrap_or(Self::NONE);
            }
        }
        Self { spans, first, of_day }
    }

    /// Number of counts of a cell.
    pub(super) fn len(&self) -> usize {
        self.spans.iter().flatten().map(Vec::len).sum()
    }

    /// Numbers of the first group's blocks that a day since `first` lies in, one a length; beyond all counts if in none.
    #[inline]
    pub(super) fn of_day(&self, day: Day) -> &[u32] {
        let lengths = self.spans.len();
        let Ok(since) = usize::try_from(day.0 - self.first.0) else { return &[] };
        self.of_day.get(since * lengths..(since + 1) * lengths).unwrap_or(&[])
    }
}
