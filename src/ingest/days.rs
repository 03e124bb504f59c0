//! Account of the days of a file: how many reports each day has, and the record in which it first occurs.

use std::num::NonZeroU64;

use super::batch::Batch;
use crate::incident::{Day, Strand, When};

/// Days between a report's end and the day it became known beyond which the latter is looked at by itself.
const YEAR: u32 = 366;

/// Reports of one day, and the first record among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DayCount {
    pub(super) day: Day,
    pub(super) n: u64,
    /// Number of the record, from 1; 0 where reports were counted earlier.
    pub(super) record: u64,
    /// Its line, where the format has lines.
    pub(super) line: Option<NonZeroU64>,
}

/// Counts by day. Memory is that of the months with reports.
#[derive(Clone, Debug, Default)]
struct DayCounts {
    /// Place of each page in `counts`, from 1; 0 for a page without a report.
    pages: Vec<u16>,
    counts: Vec<[u64; Self::PAGE]>,
    firsts: Vec<DayCount>,
}

impl DayCounts {
    /// Days of a page, which is made for the first of them.
    const PAGE: usize = 64;

    #[inline]
    fn add(&mut self, day: Day, n: u64, place: impl FnOnce() -> (u64, Option<u64>)) {
        let at = (day.0 - Day::RANGE.start.0).max(0) as usize;
        let page = self.pages.get(at / Self::PAGE).map_or(0, |page| usize::from(*page));
        if let Some(counts) = self.counts.get_mut(page.wrapping_sub(1)) {
            let count = &mut counts[at % Self::PAGE];
            *count += n;
            if *count > n {
                return;
            }
        }
        self.enter(day, at, n, place());
    }

    /// Enters the first record of a day.
    #[cold]
    fn enter(&mut self, day: Day, at: usize, n: u64, (record, line): (u64, Option<u64>)) {
        let line = line.and_then(NonZeroU64::new);
        self.firsts.push(DayCount { day, n, record, line });
        if self.pages.is_empty() {
            let days = usize::try_from(Day::RANGE.end.0 - Day::RANGE.start.0).unwrap_or(0);
            self.pages = vec![0; days / Self::PAGE + 1];
        }
        let page = &mut self.pages[at / Self::PAGE];
        if *page == 0 {
            self.counts.push([0; Self::PAGE]);
            *page = u16::try_from(self.counts.len()).unwrap_or(u16::MAX);
            self.counts[usize::from(*page) - 1][at % Self::PAGE] = n;
        }
    }

    /// The days in order, with their counts.
    fn sorted(&self) -> Vec<DayCount> {
        let count = |first: &DayCount| {
            let at = usize::try_from(first.day.0 - Day::RANGE.start.0).unwrap_or(0);
            let n = self.counts[usize::from(self.pages[at / Self::PAGE]) - 1][at % Self::PAGE];
            DayCount { n, ..*first }
        };
        let mut days: Vec<DayCount> = self.firsts.iter().map(count).collect();
        days.sort_unstable();
        days
    }
}

/// Account of the days of a file while its records are accepted.
#[derive(Debug, Default)]
pub(super) struct DayAccount {
    /// Reports of one day.
    days: DayCounts,
    /// First and last days of longer ones.
    begins: DayCounts,
    ends: DayCounts,
    /// Events still to come.
    coming: DayCounts,
    /// Days on which reports became known, if far from the day after they ended.
    known: DayCounts,
}

impl DayAccount {
    /// Counts the last report of a batch.
    #[inline]
    pub(super) fn add_one(&mut self, batch: &Batch, place: impl Fn() -> (u64, Option<u64>)) {
        if let (Some(&when), Some(&known), Some(&class)) = (batch.when.last(), batch.known.last(), batch.class.last()) {
            let is_coming = batch.classes()[class as usize].strand == Strand::Potential;
            self.add(when, known, is_coming, 1, place);
        }
    }

    /// Counts the last reports of a batch; `place` is the number of the first one's record and its line.
    #[inline]
    pub(super) fn add_last(&mut self, batch: &Batch, count: usize, place: impl Fn() -> (u64, Option<u64>)) {
        let from = batch.when.len() - count;
        let days = batch.when[from..].iter().zip(&batch.known[from..]).zip(&batch.class[from..]);
        for (row, ((&when, &known), &class)) in (0..).zip(days) {
            let is_coming = batch.classes()[class as usize].strand == Strand::Potential;
            self.add(when, known, is_coming, 1, || {
                let (record, line) = place();
                (record + row, line)
            });
        }
    }

    /// Counts reports that are alike.
    #[inline]
    pub(super) fn add(
        &mut self,
        when: When,
        known: Day,
        is_coming: bool,
        n: u64,
        place: impl Fn() -> (u64, Option<u64>),
    ) {
        if (known.0 - when.end.0).unsigned_abs() > YEAR {
            self.known.add(known, n, &place);
        }
        if is_coming {
            self.coming.add(when.end - 1, n, place);
        } else if when.days() == 1 {
            self.days.add(when.start, n, place);
        } else {
            self.begins.add(when.start, n, &place);
            self.ends.add(when.end - 1, n, place);
        }
    }

    /// The account of the whole file.
    pub(super) fn finish(&self) -> FileDays {
        let days = self.days.sorted();
        FileDays {
            first: merged([&days, &self.begins.sorted()]),
            last: merged([&days, &self.ends.sorted()]),
            coming: self.coming.sorted(),
            known: self.known.sorted(),
        }
    }
}

/// Days of a file, each list sorted and each day once.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileDays {
    /// First days of reports of the past.
    pub(super) first: Vec<DayCount>,
    /// Their last days.
    pub(super) last: Vec<DayCount>,
    /// Last days of events still to come.
    pub(super) coming: Vec<DayCount>,
    /// Days on which reports became known, if more than a year off the day after they ended.
    pub(super) known: Vec<DayCount>,
}

impl FileDays {
    /// Days of reports that were counted earlier.
    pub(crate) fn of_rows(rows: impl Iterator<Item = (When, Day, bool, u64)>) -> Self {
        let mut account = DayAccount::default();
        rows.for_each(|(when, known, is_coming, n)| account.add(when, known, is_coming, n, || (0, None)));
        account.finish()
    }
}

/// Sum of lists of days, each sorted.
pub(super) fn merged<'a>(lists: impl IntoIterator<Item = &'a Vec<DayCount>>) -> Vec<DayCount> {
    let mut all: Vec<DayCount> = lists.into_iter().flatten().copied().collect();
    all.sort_unstable_by_key(|count| (count.day, count.record));
    all.dedup_by(|more, first| {
        let is_same = more.day == first.day;
        first.n += if is_same { more.n } else { 0 };
        is_same
    });
    all
}
