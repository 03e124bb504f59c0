//! Calendar of a cube: the intervals that have reports in any cell, and the days from which they are known.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::CubeCell;
use super::count::CountProfile;
use crate::incident::{Day, ReportClass, Strand, When};

/// Sums and ends over all counts of a cube.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Calendar {
    /// The intervals of all past reports and the day from which each is known and has begun, earliest interval first.
    pub(crate) intervals: Vec<(When, Day)>,
    /// The first day from which any report is known.
    pub(crate) first_known: Option<Day>,
    /// All reports.
    pub(crate) reports: u64,
    /// Reports of the cell that has most of them.
    pub(crate) most_in_a_cell: u64,
}

/// Days from the first of an interval until its reports are known. `past` is its length, with the days until it has
/// also begun; `None` for reports of what is to come.
#[derive(Clone, Copy)]
struct Delay {
    known: i32,
    past: Option<(i32, i32)>,
}

impl Calendar {
    /// Of counts that are sorted within each cell.
    pub(super) fn of(classes: &[ReportClass], profiles: &[CountProfile], cells: &[CubeCell]) -> Self {
        let delay = |&CountProfile { days, lag, class }: &CountProfile| {
            let known = days + lag;
            let is_past = classes[class as usize].strand != Strand::Potential;
            Delay { known, past: is_past.then(|| (days, known.max(1))) }
        };
        let delays: Vec<Delay> = profiles.iter().map(delay).collect();
        let first = cells.iter().filter_map(|(_, counts)| Some(counts.first()?.start())).min().unwrap_or_default();
        let take = |mut earliest: Earliest, (_, counts): &CubeCell| {
            let mut reports = 0;
            for count in counts {
                reports += u64::from(count.n());
                let (start, delay) = (count.start(), delays[count.profile()]);
                earliest.known = earliest.known.min(start + delay.known);
                if let Some((days, seen_after)) = delay.past {
                    earliest.take(first, When { start, end: start + days }, start + seen_after);
                }
            }
            earliest.reports += reports;
            earliest.most = earliest.most.max(reports);
            earliest
        };
        let new = || Earliest { known: Day(i32::MAX), ..Earliest::default() };
        let earliest = cells.par_iter().with_min_len(64).fold(new, take).reduce(new, Earliest::merge);
        Self {
            first_known: (earliest.reports > 0).then_some(earliest.known),
            reports: earliest.reports,
            most_in_a_cell: earliest.most,
            intervals: earliest.into_sorted(first),
        }
    }
}

/// The earliest day on which a report of each interval was seen: most are single days, and those have a place each.
#[derive(Debug, Default)]
struct Earliest {
    days: Vec<Day>,
    others: FxHashMap<When, Day>,
    known: Day,
    reports: u64,
    /// Reports of the cell that has most of them.
    most: u64,
}

impl Earliest {
    /// Days after the first that have a place of their own.
    const DAYS: usize = 1 << 16;

    fn take(&mut self, first: Day, when: When, seen: Day) {
        let place = usize::try_from(when.start.0 - first.0).unwrap_or(usize::MAX);
        if when.days() != 1 || place >= Self::DAYS {
            self.others.entry(when).and_modify(|day| *day = seen.min(*day)).or_insert(seen);
            return;
        }
        if place >= self.days.len() {
            self.days.resize(place + 1, Day(i32::MAX));
        }
        self.days[place] = seen.min(self.days[place]);
    }

    fn merge(self, other: Self) -> Self {
        let (mut into, from) = if self.days.len() >= other.days.len() { (self, other) } else { (other, self) };
        into.most = into.most.max(from.most);
        into.reports += from.reports;
        into.known = into.known.min(from.known);
        for (day, seen) in into.days.iter_mut().zip(from.days) {
            *day = seen.min(*day);
        }
        // The earlier of two days is the same whichever comes first.
        #[allow(clippy::iter_over_hash_type, reason = "the smallest value of each key does not depend on the order")]
        for (when, seen) in from.others {
            into.others.entry(when).and_modify(|day| *day = seen.min(*day)).or_insert(seen);
        }
        into
    }

    fn into_sorted(self, first: Day) -> Vec<(When, Day)> {
        let days = (first.0..).zip(self.days).map(|(day, seen)| (When::day(Day(day)), seen));
        let mut all: Vec<(When, Day)> = days.filter(|(_, seen)| *seen < Day(i32::MAX)).chain(self.others).collect();
        all.sort_unstable();
        all
    }
}
