//! Covered days: those for which there is data at all. A missing month is not a month of zeros.

use std::collections::BTreeSet;

use crate::cube::Cube;
use crate::incident::{Day, Strand, When};

/// Covered days as disjoint, sorted spans `[from, to)`.
///
/// A calendar month with at least one report is covered, from the first report's first day to the last report's last.
/// The rule looks at what was known at the as-of only, and at nothing but the cube: how reports were split into files,
/// and what came in later, cannot change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    spans: Vec<(Day, Day)>,
}

impl Coverage {
    /// What was covered before `as_of`, as known on that day.
    #[must_use]
    pub fn known_at(cube: &Cube, as_of: Day) -> Self {
        let past = |class: u32| cube.classes()[class as usize].strand != Strand::Potential;
        let seen: BTreeSet<When> = cube
            .rows()
            .iter()
            .filter(|row| row.known <= as_of && row.when.start < as_of && past(row.class))
            .map(|row| row.when)
            .collect();
        let first = seen.first().map_or(as_of, |when| when.start);
        let last = seen.iter().map(|when| when.end).max().unwrap_or(as_of).min(as_of);
        let mut spans: Vec<(Day, Day)> = Vec::new();
        for when in seen {
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
        Self { spans }
    }

    /// The spans.
    #[must_use]
    pub fn spans(&self) -> &[(Day, Day)] {
        &self.spans
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
        let coverage = Coverage { spans: vec![(Day(0), Day(10)), (Day(20), Day(30))] };
        assert_eq!(coverage.days(Day(5), Day(25)), 10);
        assert_eq!(coverage.back(Day(25), 5), Day(20));
        assert_eq!(coverage.back(Day(25), 8), Day(7));
        assert_eq!(coverage.back(Day(25), 99), Day(0));
        assert_eq!(coverage.back(Day(40), 3), Day(27));
    }
}
