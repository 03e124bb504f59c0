//! Window and baseline of a score at T, in covered days.

use serde::{Deserialize, Serialize};

use super::coverage::Coverage;
use super::evidence_rules::{EvidenceRules, WINDOWS};
use super::method::Method;
use super::sources::{Feed, Feeds};
use crate::incident::Day;

/// The window, the baseline before it, and the baseline's blocks.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Windows {
    /// T: reports before this day count, none from it on.
    pub as_of: Day,
    /// The day up to which reports count: T, or for reports dated by month the first day of its month.
    pub until: Day,
    /// The current window `[from, to)`.
    pub window: (Day, Day),
    /// Covered days of the window.
    pub window_days: i32,
    /// The baseline `[from, to)`.
    pub baseline: (Day, Day),
    /// Covered days of the baseline.
    pub baseline_days: i32,
    /// True if the baseline is long enough to compare with.
    pub comparable: bool,
    /// Borders of baseline blocks, newest first: block k is `[borders[k + 1], borders[k])`, as long in covered days as the window.
    pub(super) borders: Vec<Day>,
    /// Sources with the same covered days, for a method with evidence.
    pub(super) groups: Vec<SourceGroup>,
    /// Group of each bucket of [`SourceHistory`](super::sources::SourceHistory).
    pub(super) group_of: Vec<usize>,
    /// Windows of the evidence before `until`, shortest first; one, of a month, for reports dated by month.
    pub(super) spans: Vec<(Day, Day)>,
    /// True if the evidence is that of a whole month.
    pub(super) by_month: bool,
    /// First day of the past in which a cell's reports are shared out among its sources.
    pub(super) shared_from: Day,
}

/// Sources that cover the same days.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SourceGroup {
    /// Numbers of the sources; `None` for small ones together.
    pub(super) sources: Vec<Option<u32>>,
    pub(super) coverage: Coverage,
    /// The baseline `[from, to)`.
    pub(super) baseline: (Day, Day),
    /// Its covered days.
    pub(super) baseline_days: i32,
    /// Covered days of each window of the evidence.
    pub(super) days: [i32; WINDOWS],
    /// Covered days of the window of the rate ratio.
    pub(super) window_days: i32,
    pub(super) absence: Option<Absence>,
}

/// Reason why a source is left out of the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "absence", content = "since")]
#[non_exhaustive]
pub enum Absence {
    /// It does not cover the windows; the day since when it is missing, if it still is.
    Missing(Option<Day>),
    /// Its past is too short to compare with.
    NoPast,
    /// It is dated by month, and the others by day.
    ByMonth,
}

/// Whole months that make a year's baseline.
const YEAR_MONTHS: usize = 12;
/// Days that these months have at most.
const MONTHS_DAYS: i32 = 366;

impl Windows {
    pub(super) fn new(coverage: &Coverage, as_of: Day, method: &Method) -> Self {
        let begin = as_of - method.window_days;
        let from = coverage.back(begin, method.baseline_days);
        let baseline_days = coverage.days(from, begin);
        let back = |border: &Day| Some(coverage.back(*border, method.window_days));
        let blocks = usize::try_from(baseline_days / method.window_days).unwrap_or(0);
        let borders = std::iter::successors(Some(begin), back).take(blocks + 1).collect();
        let (window_days, comparable) = (coverage.days(begin, as_of), baseline_days >= method.baseline_least_days);
        let (window, baseline) = ((begin, as_of), (from, begin));
        let new =
            Self { window, window_days, baseline, baseline_days, comparable, borders, ..Self::intensity_only(as_of) };
        Self { until: as_of, ..new }
    }

    /// Windows of a method with evidence: those of each group of sources.
    pub(super) fn by_source(feeds: Feeds, as_of: Day, method: &Method, rules: &EvidenceRules) -> Self {
        let Feeds { all: feeds, of_bucket, by_month } = feeds;
        let until = if by_month { as_of.first_of_month() } else { as_of };
        let begin = if by_month { (until - 1).first_of_month() } else { until - method.window_days };
        let spans: Vec<(Day, Day)> = if by_month {
            vec![(begin, until)]
        } else {
            rules.windows.iter().map(|window| (until - window.days, until)).collect()
        };
        let (mut groups, mut group_of_feed) = (Vec::<SourceGroup>::new(), Vec::with_capacity(feeds.len()));
        for feed in &feeds {
            let group = SourceGroup::of(feed, (begin, until), &spans, by_month, method, rules);
            let same = groups.iter_mut().position(|other| other.is_same(&group));
            match same {
                Some(place) => groups[place].sources.extend(group.sources),
                None => groups.push(group),
            }
            group_of_feed.push(same.unwrap_or(groups.len() - 1));
        }
        let group_of = of_bucket.into_iter().map(|feed| group_of_feed.get(feed).copied().unwrap_or(0)).collect();
        let coverage = Coverage::of(feeds.iter().flat_map(|feed| feed.coverage.spans().iter().copied()));
        let back = |border: &Day| Some(coverage.back(*border, method.window_days));
        let blocks =
            usize::try_from(coverage.days(coverage.back(begin, method.baseline_days), begin) / method.window_days);
        let borders = std::iter::successors(Some(begin), back).take(blocks.unwrap_or(0) + 1).collect();
        let kept = || groups.iter().filter(|group| group.absence.is_none());
        let longest = kept().max_by_key(|group| (group.baseline_days, -group.baseline.0.0));
        let of_any = || {
            let from = coverage.back(begin, method.baseline_days);
            ((from, begin), coverage.days(from, begin))
        };
        let (baseline, baseline_days) = longest.map_or_else(of_any, |group| (group.baseline, group.baseline_days));
        Self {
            as_of,
            until,
            window: (begin, until),
            window_days: coverage.days(begin, until),
            baseline,
            baseline_days,
            comparable: longest.is_some(),
            borders,
            groups,
            group_of,
            spans,
            by_month,
            shared_from: begin - if by_month { MONTHS_DAYS } else { method.baseline_days },
        }
    }

    /// Windows of a date that needs only intensity: all spans are empty.
    pub(super) fn intensity_only(as_of: Day) -> Self {
        let none = (as_of, as_of);
        Self {
            as_of,
            until: as_of,
            window: none,
            window_days: 0,
            baseline: none,
            baseline_days: 0,
            comparable: false,
            borders: Vec::new(),
            groups: Vec::new(),
            group_of: Vec::new(),
            spans: Vec::new(),
            by_month: false,
            shared_from: as_of,
        }
    }

    /// First day whose counts are used.
    pub(super) fn first(&self) -> Day {
        let group = |group: &SourceGroup| group.baseline.0;
        self.groups.iter().map(group).chain([self.baseline.0, self.window.0]).min().unwrap_or(self.as_of)
    }

    /// First day between whose counts differences are taken.
    pub(super) fn first_counted(&self) -> Day {
        self.spans.iter().map(|span| span.0).fold(self.first(), Day::min)
    }

    /// Returns true if the window holds too few covered days for a level of its own: the last month's is shown.
    pub(super) fn is_held(&self, method: &Method) -> bool {
        let Some(rules) = method.evidence.as_ref().filter(|_| self.until < self.as_of) else { return false };
        f64::from(method.window_days - (self.as_of.0 - self.until.0))
            < rules.window_share * f64::from(method.window_days)
    }
}

impl SourceGroup {
    fn of(
        feed: &Feed,
        (begin, until): (Day, Day),
        spans: &[(Day, Day)],
        by_month: bool,
        method: &Method,
        rules: &EvidenceRules,
    ) -> Self {
        let coverage = feed.coverage.before(until);
        let from = if by_month { months_back(&coverage, begin) } else { coverage.back(begin, method.baseline_days) };
        let baseline_days = coverage.days(from, begin);
        let mut days = [0; WINDOWS];
        for (days, &(from, to)) in days.iter_mut().zip(spans) {
            *days = coverage.days(from, to);
        }
        let &(first, last) = spans.last().unwrap_or(&(begin, until));
        let covers = f64::from(coverage.days(first, last)) >= rules.window_share * f64::from(last.0 - first.0);
        let absence = if feed.by_month && !by_month {
            Some(Absence::ByMonth)
        } else if !covers && (feed.missing_since.is_some() || baseline_days >= method.baseline_least_days) {
            Some(Absence::Missing(feed.missing_since))
        } else {
            (baseline_days < method.baseline_least_days).then_some(Absence::NoPast)
        };
        let window_days = coverage.days(begin, until);
        let (sources, baseline) = (vec![feed.source], (from, begin));
        Self { sources, coverage, baseline, baseline_days, days, window_days, absence }
    }

    /// Returns true if both cover the same days of their baseline and windows.
    fn is_same(&self, other: &Self) -> bool {
        let used =
            |group: &Self| Coverage::of(group.coverage.spans().iter().map(|&(a, b)| (a.max(group.baseline.0), b)));
        (self.baseline, self.days, self.window_days, self.absence)
            == (other.baseline, other.days, other.window_days, other.absence)
            && used(self) == used(other)
    }

    /// Blocks `[from, to)` of the baseline, of so many covered days, newest first; whole covered months if the evidence is monthly.
    pub(super) fn blocks(&self, block: i32, by_month: bool) -> Vec<(Day, Day)> {
        let (from, to) = self.baseline;
        if by_month {
            let months = std::iter::successors(Some((to, to)), |&(month, _)| {
                (month > from).then(|| ((month - 1).first_of_month(), month))
            });
            let is_whole =
                |&(begin, end): &(Day, Day)| begin < end && self.coverage.days(begin, end) == end.0 - begin.0;
            return months.filter(is_whole).collect();
        }
        let blocks = usize::try_from(self.baseline_days / block).unwrap_or(0);
        let back = |&(from, _): &(Day, Day)| Some((self.coverage.back(from, block), from));
        std::iter::successors(Some((to, to)), back).skip(1).take(blocks).collect()
    }
}

/// First day of the whole covered months before a day that make up a year, or of as many as there are.
fn months_back(coverage: &Coverage, to: Day) -> Day {
    let first = coverage.spans().first().map_or(to, |span| span.0);
    let (mut from, mut month, mut months) = (to, to, 0);
    while months < YEAR_MONTHS && month > first {
        let begin = (month - 1).first_of_month();
        if coverage.days(begin, month) == month.0 - begin.0 {
            (from, months) = (begin, months + 1);
        }
        month = begin;
    }
    from
}
