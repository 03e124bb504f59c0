//! Covered days: the days for which there is data. A missing month is not a month of zeros.

use std::collections::BTreeMap;

use crate::cube::Cube;
use crate::incident::{Day, When};
use crate::ingest::outlying;

/// Covered days as disjoint, sorted spans `[from, to)`.
///
/// Unless declared, a calendar month with at least one report is covered, from the first report's first day to the last
/// report's last. The rule uses only what the cube knew at the as-of: later reports cannot change it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    pub(super) spans: Vec<(Day, Day)>,
    /// Spans of single sources, which win over those of all.
    by_source: BTreeMap<String, Vec<(Day, Day)>>,
}

impl Coverage {
    /// Coverage of exactly these spans `[from, to)`, in any order; spans that overlap or touch are joined.
    ///
    /// ```
    /// use tensionmap::unstable::score::Coverage;
    /// let day = |text: &str| text.parse::<tensionmap::Day>();
    /// let covered = Coverage::of([(day("2022-02-01")?, day("2022-03-01")?), (day("2022-01-01")?, day("2022-02-01")?)]);
    /// assert_eq!(covered.days(day("2022-01-15")?, day("2022-12-31")?), 17 + 28);
    /// # Ok::<(), tensionmap::InvalidValue>(())
    /// ```
    #[must_use]
    pub fn of(spans: impl IntoIterator<Item = (Day, Day)>) -> Self {
        let mut sorted: Vec<(Day, Day)> = spans.into_iter().collect();
        sorted.sort_unstable();
        let mut spans = Vec::new();
        for span in sorted {
            append(&mut spans, span);
        }
        Self { spans, by_source: BTreeMap::new() }
    }

    /// Coverage with spans of one source, which win over those of all sources; more of the same source are joined.
    ///
    /// ```
    /// use tensionmap::unstable::score::Coverage;
    /// let day = |text: &str| text.parse::<tensionmap::Day>();
    /// let covered = Coverage::default().with_source("force A", (day("2022-01-01")?, day("2022-09-01")?));
    /// assert!(covered.spans().is_empty());
    /// # Ok::<(), tensionmap::InvalidValue>(())
    /// ```
    #[must_use]
    pub fn with_source(mut self, source: &str, span: (Day, Day)) -> Self {
        self.by_source.entry(source.to_owned()).or_default().push(span);
        self
    }

    /// Coverage of each source that has spans of its own.
    pub(super) fn by_source(&self) -> impl Iterator<Item = (&str, Self)> {
        self.by_source.iter().map(|(source, spans)| (source.as_str(), Self::of(spans.iter().copied())))
    }

    /// Days that are covered for any source.
    #[must_use]
    pub(super) fn of_any_source(&self) -> Self {
        Self::of(self.spans.iter().chain(self.by_source.values().flatten()).copied())
    }

    /// Covered days before `as_of`, as known on that day.
    #[must_use]
    pub fn known_at(cube: &Cube, as_of: Day) -> Self {
        from_intervals(&cube.calendar().intervals, as_of)
    }

    /// Covered spans `[from, to)`, disjoint and ascending.
    #[must_use]
    pub fn spans(&self) -> &[(Day, Day)] {
        &self.spans
    }

    /// The part before a day.
    #[must_use]
    pub fn before(&self, day: Day) -> Self {
        let before = |&(from, to): &(Day, Day)| (from, to.min(day));
        Self::of(self.of_any_source().spans.iter().map(before))
    }

    /// Covered days in `[from, to)`.
    #[must_use]
    pub fn days(&self, from: Day, to: Day) -> i32 {
        self.spans.iter().map(|&(start, end)| When { start, end }.overlap(from, to)).sum()
    }

    /// The day that lies `days` covered days before `to`, or the first covered day if there are fewer.
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

/// Appends a span, joined with the last one if they overlap or touch; an empty one is left out.
pub(super) fn append(spans: &mut Vec<(Day, Day)>, (from, to): (Day, Day)) {
    match spans.last_mut() {
        Some((_, end)) if *end >= from => *end = to.max(*end),
        _ if from < to => spans.push((from, to)),
        _ => {}
    }
}

/// Covered days before `as_of`, from report intervals with the day each was known, earliest interval first.
fn from_intervals(intervals: &[(When, Day)], as_of: Day) -> Coverage {
    let known = || intervals.iter().filter(|(_, from)| *from <= as_of).map(|&(when, _)| when);
    // A lone date far before the others begins no past.
    let first = outlying::first(known().map(|when| (when.start, 1)).collect()).unwrap_or(as_of);
    let known = || known().filter(|when| when.start >= first);
    let last = known().map(|when| when.end).max().unwrap_or(as_of).min(as_of);
    let mut spans: Vec<(Day, Day)> = Vec::new();
    for when in known() {
        if spans.last().is_some_and(|&(_, to)| when.end <= to) {
            continue;
        }
        let mut month = spans.last().map_or(when.start, |&(_, to)| to.max(when.start)).first_of_month();
        while month < when.end {
            append(&mut spans, (month.max(first), month.end_of_month().min(last)));
            month = month.end_of_month();
        }
    }
    Coverage { spans, ..Coverage::default() }
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
        let input = crate::format::Input::Bytes("x.csv".into(), csv.into());
        crate::ingest::read(&input, &crate::ingest::ReadOptions::default(), &mut |batch| cube.add(batch), &mut |_| {
            Ok(())
        })
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
