//! Covered days: those for which there is data at all. A missing month is not a month of zeros.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::cube::{Count, Cube, Profile};
use crate::incident::{Day, Strand, When};

/// Covered days as disjoint, sorted spans `[from, to)`.
///
/// Unless they are given, a calendar month with at least one report is covered, from the first report's first day to the last
/// report's last. The rule looks at what was known at the as-of only, and at nothing but the cube: how reports were split into
/// files, and what came in later, cannot change it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    spans: Vec<(Day, Day)>,
}

impl Coverage {
    /// Exactly these spans `[from, to)`, in any order; what overlaps or touches is joined.
    ///
    /// ```
    /// use tensionmap::score::Coverage;
    /// let day = |text: &str| text.parse::<tensionmap::Day>();
    /// let covered = Coverage::of([(day("2022-02-01")?, day("2022-03-01")?), (day("2022-01-01")?, day("2022-02-01")?)]);
    /// assert_eq!(covered.days(day("2022-01-15")?, day("2022-12-31")?), 17 + 28);
    /// # Ok::<(), tensionmap::InvalidValue>(())
    /// ```
    #[must_use]
    pub fn of(spans: impl IntoIterator<Item = (Day, Day)>) -> Self {
        let mut given: Vec<(Day, Day)> = spans.into_iter().filter(|(from, to)| from < to).collect();
        given.sort_unstable();
        let mut spans: Vec<(Day, Day)> = Vec::new();
        for (from, to) in given {
            match spans.last_mut() {
                Some((_, end)) if *end >= from => *end = to.max(*end),
                _ => spans.push((from, to)),
            }
        }
        Self { spans }
    }

    /// What was covered before `as_of`, as known on that day.
    #[must_use]
    pub fn known_at(cube: &Cube, as_of: Day) -> Self {
        Known::of(cube, &cube.by_cell().map(|(_, counts)| counts).collect::<Vec<_>>()).at(as_of)
    }

    /// The spans.
    #[must_use]
    pub fn spans(&self) -> &[(Day, Day)] {
        &self.spans
    }

    /// What of it lies before a day.
    #[must_use]
    pub fn before(&self, day: Day) -> Self {
        Self::of(self.spans.iter().map(|&(from, to)| (from, to.min(day))))
    }

    /// Covered days in `[from, to)`.
    #[must_use]
    pub fn days(&self, from: Day, to: Day) -> i32 {
        self.spans.iter().map(|&(start, end)| When { start, end }.overlap(from, to)).sum()
    }

    /// The day from which `days` covered days lead up to `to`, or the first covered day when there are fewer.
    #[must_use]
    pub fn back(&self, to: Day, days: i32) -> Day {
        let mut left = days;
        let mut reached = to;
        for &(start, end) in self.spans.iter().rev() {
            let covered = When { start, end }.overlap(start, to);
            if covered == 0 {
                continue;
            }
            reached = end.min(to) - covered.min(left);
            left -= covered.min(left);
            if left == 0 {
                break;
            }
        }
        reached
    }
}

/// The intervals of all past reports and the day from which each is known and has begun, earliest interval first.
#[derive(Debug)]
pub(super) struct Known {
    intervals: Vec<(When, Day)>,
    /// Reports of the cell that has most of them.
    pub(super) most_in_a_cell: u64,
}

impl Known {
    /// Of the reports of each cell, which are in order of their first day.
    pub(super) fn of(cube: &Cube, cells: &[&[Count]]) -> Self {
        // Days of an interval, and days from its first until it is seen; nothing of what is to come.
        let past = |&Profile { days, lag, class }: &Profile| {
            (cube.classes()[class as usize].strand != Strand::Potential).then(|| (days, (days + lag).max(1)))
        };
        let past: Vec<Option<(i32, i32)>> = cube.profiles().iter().map(past).collect();
        let first = cells.iter().filter_map(|counts| Some(counts.first()?.start())).min().unwrap_or_default();
        let take = |mut earliest: Earliest, counts: &&[Count]| {
            let mut reports = 0;
            for count in *counts {
                reports += u64::from(count.n());
                if let Some((days, seen_after)) = past[count.profile()] {
                    let start = count.start();
                    earliest.take(first, When { start, end: start + days }, start + seen_after);
                }
            }
            earliest.most = earliest.most.max(reports);
            earliest
        };
        let parts = cells.par_iter().with_min_len(64).fold(Earliest::default, take);
        let earliest = parts.reduce(Earliest::default, Earliest::merge);
        Self { most_in_a_cell: earliest.most, intervals: earliest.into_sorted(first) }
    }

    pub(super) fn at(&self, as_of: Day) -> Coverage {
        let seen = || self.intervals.iter().filter(|(_, from)| *from <= as_of).map(|&(when, _)| when);
        let first = seen().next().map_or(as_of, |when| when.start);
        let last = seen().map(|when| when.end).max().unwrap_or(as_of).min(as_of);
        let mut spans: Vec<(Day, Day)> = Vec::new();
        for when in seen() {
            if spans.last().is_some_and(|&(_, to)| when.end <= to) {
                continue;
            }
            let mut month = spans.last().map_or(when.start, |&(_, to)| to.max(when.start)).first_of_month();
            while month < when.end {
                let (from, to) = (month.max(first), month.end_of_month().min(last));
                match spans.last_mut() {
                    Some((_, end)) if *end >= from => *end = to.max(*end),
                    _ if from < to => spans.push((from, to)),
                    _ => {}
                }
                month = month.end_of_month();
            }
        }
        Coverage { spans }
    }
}

/// The earliest day on which a report of each interval was seen: most are single days, and those have a place each.
#[derive(Debug, Default)]
struct Earliest {
    days: Vec<Day>,
    others: FxHashMap<When, Day>,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    fn coverage(dates: &[&str], as_of: &str) -> Vec<String> {
        let csv = dates.iter().fold("lon,lat,date\n".to_owned(), |csv, date| csv + "-1.1,52.6," + date + "\n");
        let mut cube = crate::cube::CubeBuilder::new(h3o::Resolution::Eight, "UTC");
        let input = crate::ingest::Input::Bytes("x.csv".into(), csv.into());
        crate::ingest::read(&input, &crate::ingest::Reading::default(), &mut |batch| cube.add(batch), &mut |_| Ok(()))
            .expect("reads");
        let coverage = Coverage::known_at(&cube.build().expect("builds"), day(as_of));
        coverage.spans().iter().map(|(from, to)| format!("{from}..{to}")).collect()
    }

    #[test]
    fn a_missing_month_is_a_gap_and_later_reports_change_nothing() {
        let known = ["2022-01", "2022-02", "2022-04-10", "2022-04-20"];
        let spans = ["2022-01-01..2022-03-01", "2022-04-01..2022-04-21"];
        assert_eq!(coverage(&known, "2022-05-01"), spans);
        let later = [&known[..], &["2022-05-30", "2022-06"]].concat();
        assert_eq!(coverage(&later, "2022-05-01"), spans);
        assert_eq!(coverage(&["2022-05-30"], "2022-05-01"), Vec::<String>::new());
    }

    #[test]
    fn going_back_skips_what_is_not_covered() {
        let coverage = Coverage::of([(Day(20), Day(30)), (Day(0), Day(10))]);
        assert_eq!(coverage.days(Day(5), Day(25)), 10);
        assert_eq!(coverage.back(Day(25), 5), Day(20));
        assert_eq!(coverage.back(Day(25), 8), Day(7));
        assert_eq!(coverage.back(Day(25), 99), Day(0));
        assert_eq!(coverage.back(Day(40), 3), Day(27));
        assert_eq!(coverage.before(Day(25)).spans(), [(Day(0), Day(10)), (Day(20), Day(25))]);
    }
}
