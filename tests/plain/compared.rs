//! Windows and baselines at a date: what each feed can be compared with, and which feeds are left out.

use std::collections::BTreeSet;

use tensionmap::Day;
use tensionmap::unstable::score::{Absence, EvidenceRules};

use super::World;
use super::feeds::{Feed, month};

/// One feed with its windows and its past.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    pub(super) feed: Feed,
    /// Covered days of the baseline, oldest first.
    pub(super) baseline: Vec<i32>,
    /// First day of the baseline.
    pub(super) from: i32,
    /// Covered days of each window of the evidence.
    pub(super) days: Vec<usize>,
    /// Covered days of the window of the rate ratio.
    pub(super) window_days: usize,
    pub(super) absence: Option<Absence>,
    /// Number of its group, if it is kept.
    pub(super) group: Option<usize>,
}

/// All feeds at a date.
#[derive(Clone, Debug)]
pub(super) struct Basis {
    pub(super) until: i32,
    pub(super) by_month: bool,
    /// Windows of the evidence, shortest first.
    pub(super) windows: Vec<(i32, i32)>,
    /// The window of the rate ratio.
    pub(super) window: (i32, i32),
    pub(super) feeds: Vec<Compared>,
    /// The feed that each group is told by.
    pub(super) groups: Vec<usize>,
    /// Days that any feed covers.
    pub(super) covered: BTreeSet<i32>,
    /// The longest baseline of a feed that is kept, or that of all feeds together: first day and covered days.
    pub(super) longest: (i32, usize),
}

impl Basis {
    pub(super) fn is_comparable(&self) -> bool {
        !self.groups.is_empty()
    }

    /// First day of the past in which the shares of feeds are taken.
    pub(super) fn shared_from(&self, baseline_days: i32) -> i32 {
        self.window.0 - if self.by_month { 366 } else { baseline_days }
    }
}

fn days_in(covered: &BTreeSet<i32>, (from, to): (i32, i32)) -> usize {
    covered.range(from..to).count()
}

/// The last so many covered days before a day, oldest first.
fn last_days(covered: &BTreeSet<i32>, before: i32, most: i32) -> Vec<i32> {
    let days: Vec<i32> = covered.range(..before).copied().collect();
    days[days.len().saturating_sub(usize::try_from(most).unwrap())..].to_vec()
}

/// The last twelve months before a day that are covered whole, newest first.
pub(super) fn whole_months(covered: &BTreeSet<i32>, before: i32) -> Vec<(i32, i32)> {
    let (mut months, mut to) = (Vec::new(), before);
    while months.len() < 12 && covered.first().is_some_and(|&first| first < to) {
        let from = month(to - 1).0;
        if days_in(covered, (from, to)) == usize::try_from(to - from).unwrap() {
            months.push((from, to));
        }
        to = from;
    }
    months
}

impl World {
    /// Feeds as known at a day, in windows that end there.
    pub(super) fn basis(&self, until: i32, by_month: bool, rules: &EvidenceRules) -> Basis {
        let method = &self.method;
        let (begin, windows) = if by_month {
            let last = month(until - 1);
            (last.0, vec![(last.0, until)])
        } else {
            let windows = rules.windows.iter().map(|window| (until - window.days, until)).collect();
            (until - method.window_days, windows)
        };
        let window = (begin, until);
        let &longest = windows.last().unwrap();
        let compare = |feed: Feed| {
            let from = if by_month {
                whole_months(&feed.covered, begin).last().map_or(begin, |month| month.0)
            } else {
                *last_days(&feed.covered, begin, method.baseline_days).first().unwrap_or(&begin)
            };
            let baseline: Vec<i32> = feed.covered.range(from..begin).copied().collect();
            let days: Vec<usize> = windows.iter().map(|&window| days_in(&feed.covered, window)).collect();
            let is_there =
                days_in(&feed.covered, longest) as f64 >= rules.window_share * f64::from(longest.1 - longest.0);
            let is_new = baseline.len() < usize::try_from(method.baseline_least_days).unwrap();
            let absence = if feed.by_month && !by_month {
                Some(Absence::ByMonth)
            } else if !is_there && (feed.missing_since.is_some() || !is_new) {
                Some(Absence::Missing(feed.missing_since.map(Day)))
            } else if is_new {
                Some(Absence::NoPast)
            } else {
                None
            };
            let window_days = days_in(&feed.covered, window);
            Compared { feed, baseline, from, days, window_days, absence, group: None }
        };
        let mut feeds: Vec<Compared> = self.feeds(until, rules.source_least).into_iter().map(compare).collect();
        let mut groups: Vec<usize> = Vec::new();
        let used = |one: &Compared| (one.from, one.feed.covered.range(one.from..).copied().collect::<Vec<_>>());
        for place in 0..feeds.len() {
            if feeds[place].absence.is_none() {
                let same = groups.iter().position(|&first| used(&feeds[first]) == used(&feeds[place]));
                feeds[place].group = Some(same.unwrap_or(groups.len()));
                if same.is_none() {
                    groups.push(place);
                }
            }
        }
        let covered: BTreeSet<i32> = feeds.iter().flat_map(|one| one.feed.covered.iter().copied()).collect();
        // Of several that are as long, the one that begins first.
        let longest = groups.iter().map(|&first| &feeds[first]).max_by_key(|one| (one.baseline.len(), -one.from));
        let longest = longest.map_or_else(
            || {
                let days = last_days(&covered, begin, method.baseline_days);
                (*days.first().unwrap_or(&begin), days.len())
            },
            |one| (one.from, one.baseline.len()),
        );
        Basis { until, by_month, windows, window, feeds, groups, covered, longest }
    }
}
