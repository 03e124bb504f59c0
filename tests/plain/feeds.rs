//! Feeds at a date: each source in the regions that hang together, and the days it covers.

use std::collections::{BTreeMap, BTreeSet};

use tensionmap::{CellIndex, Day, Resolution, Strand};

use super::{Report, World};

/// One feed as known at a date.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    /// Name of its source, as told.
    pub(super) name: String,
    /// Source and first region; pools are last.
    order: (bool, Option<CellIndex>, Option<String>),
    /// Its usable reports, by place in the world's.
    pub(super) reports: Vec<usize>,
    pub(super) covered: BTreeSet<i32>,
    /// First day of the silence that lasts until the date and is not covered.
    pub(super) missing_since: Option<i32>,
    pub(super) by_month: bool,
}

/// Days of the past from which is taken how many reports are to be expected.
const YEAR: i32 = 364;

impl Report {
    /// Whether it is about the past, known at T and has begun.
    pub(super) fn is_usable(&self, t: i32) -> bool {
        self.strand != Strand::Potential && self.known <= t && self.start < t
    }

    fn is_long(&self) -> bool {
        self.end - self.start >= 28
    }
}

fn region(cell: CellIndex) -> CellIndex {
    let coarse = u8::from(cell.resolution()).saturating_sub(3);
    cell.parent(Resolution::try_from(coarse).unwrap()).unwrap()
}

/// The first of some days that is not, with a few others, far before the rest.
pub(super) fn first_of_many(mut days: Vec<i32>) -> i32 {
    days.sort_unstable();
    let all = days.len();
    let few = if all < 3 {
        0
    } else if all < 5 {
        1
    } else {
        (all / 20).max((all / 5).min(3))
    };
    // Days are taken whole.
    let whole = |at: usize| days.iter().filter(|day| **day < days[at]).count();
    let low = whole(few);
    let high = days.iter().rposition(|day| *day == days[all - 1 - few]).unwrap();
    let mut middle = days[low..=high].to_vec();
    middle.dedup();
    let widest = |days: &[i32]| days.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0).max(1);
    let mut usual = widest(&middle).max(if all < 5 { widest(&days[high..]) } else { 1 });
    let times = if middle.len() >= 20 {
        4
    } else if middle.len() >= 6 {
        8
    } else {
        16
    };
    let mut at = low;
    while at > 0 {
        let gap = days[at] - days[at - 1];
        let span = middle[middle.len() - 1] - middle[0];
        let is_near = middle.len() < 20 || gap < 90 || gap > 2 * span || at > (all / 50).max(3);
        if gap > times * usual && (gap >= 1096 || !is_near) {
            break;
        }
        usual = usual.max(gap);
        at = whole(at - 1);
    }
    days[at]
}

/// The month of a day, `[from, to)`.
pub(super) fn month(day: i32) -> (i32, i32) {
    (Day(day).first_of_month().0, Day(day).end_of_month().0)
}

impl World {
    /// Whether most of the reports usable on the first of T's month last 28 days or more.
    pub(super) fn is_by_month(&self, t: i32) -> bool {
        self.most_are_long(&self.usable(month(t).0))
    }

    fn usable(&self, t: i32) -> Vec<usize> {
        (0..self.reports.len()).filter(|&place| self.reports[place].is_usable(t)).collect()
    }

    fn most_are_long(&self, reports: &[usize]) -> bool {
        2 * reports.iter().filter(|&&place| self.reports[place].is_long()).count() > reports.len()
    }

    /// All feeds at T, in the order of their first regions and sources, pools last.
    pub(super) fn feeds(&self, t: i32, least: f64) -> Vec<Feed> {
        let mut of_region: BTreeMap<(Option<String>, CellIndex), Vec<usize>> = BTreeMap::new();
        for place in self.usable(t) {
            let report = &self.reports[place];
            of_region.entry((report.source.clone(), region(report.cell))).or_default().push(place);
        }
        let mut feeds = Vec::new();
        let mut minor: BTreeMap<bool, Vec<usize>> = BTreeMap::new();
        while let Some((first, mut reports)) = of_region.pop_first() {
            let mut next = vec![first.1];
            while let Some(here) = next.pop() {
                for beside in here.grid_disk::<Vec<_>>(1) {
                    if let Some(more) = of_region.remove(&(first.0.clone(), beside)) {
                        reports.extend(more);
                        next.push(beside);
                    }
                }
            }
            if self.covered.is_none() && (reports.len() as f64) < least {
                minor.entry(self.most_are_long(&reports)).or_default().extend(reports);
                continue;
            }
            let name = first.0.clone().unwrap_or_else(|| "not stated".to_owned());
            feeds.push(self.judged(reports, name, (false, Some(first.1), first.0), t, least));
        }
        feeds.sort_by(|a, b| a.order.cmp(&b.order));
        let of_others: BTreeSet<i32> = feeds.iter().flat_map(|feed| feed.covered.iter().copied()).collect();
        for reports in minor.into_values() {
            let mut pool = self.judged(reports, "sources with few reports".to_owned(), (true, None, None), t, least);
            if !of_others.is_empty() {
                let first = first_of_many(pool.reports.iter().map(|&place| self.reports[place].start).collect());
                pool.covered = of_others.range(first..).copied().collect();
                pool.missing_since = None;
            }
            feeds.push(pool);
        }
        if let Some(declared) = &self.covered {
            let declared: BTreeSet<i32> =
                declared.iter().flat_map(|(from, to)| from.0..to.0).filter(|&day| day < t).collect();
            for feed in &mut feeds {
                feed.covered.clone_from(&declared);
                feed.missing_since = None;
            }
        }
        feeds
    }

    /// A feed of these reports, with its gaps judged in order of time.
    fn judged(
        &self,
        reports: Vec<usize>,
        name: String,
        order: (bool, Option<CellIndex>, Option<String>),
        t: i32,
        least: f64,
    ) -> Feed {
        let first = first_of_many(reports.iter().map(|&place| self.reports[place].start).collect());
        let all = || reports.iter().map(|&place| &self.reports[place]).filter(|report| report.start >= first);
        let last = all().map(|report| report.end.min(t)).max().unwrap();
        let by_month = self.most_are_long(&reports);
        let mut heard = BTreeSet::new();
        // Spans of silence that are judged, in order of time.
        let mut gaps = Vec::new();
        if by_month {
            let (mut day, mut silence) = (first, None);
            while day < last {
                let (from, to) = (day, month(day).1);
                let is_heard = all().any(|report| {
                    let begins = (from..to).contains(&report.start);
                    begins || report.end - report.start > 31 && report.start < to && from < report.end
                });
                if is_heard {
                    gaps.extend(silence.take().map(|begin| (begin, from)));
                    heard.extend(from..to.min(last));
                } else {
                    silence = silence.or(Some(from));
                }
                day = to;
            }
        } else {
            heard.extend(all().flat_map(|report| report.start..report.end.min(t)));
            let days: Vec<i32> = heard.iter().copied().collect();
            gaps.extend(days.windows(2).filter(|pair| pair[1] > pair[0] + 1).map(|pair| (pair[0] + 1, pair[1])));
        }
        if last < t {
            gaps.push((last, t));
        }
        let mut covered = heard;
        let mut missing_since = None;
        for (from, to) in gaps {
            let past: Vec<i32> =
                all().map(|report| report.start).filter(|start| (from - YEAR..from).contains(start)).collect();
            let days = covered.range(from - YEAR..from).count();
            let expected = if by_month {
                past.len() * usize::try_from(to - from).unwrap()
            } else {
                let alike = |day: i32| past.iter().filter(|start| (*start - day) % 7 == 0).count();
                7 * (from..to).map(alike).sum::<usize>()
            };
            // One busy day is no rate.
            if days > 0 && (expected as f64) < least * days.max(28) as f64 {
                covered.extend(from..to);
            } else if to == t {
                missing_since = Some(from);
            }
        }
        Feed { name, order, reports, covered, missing_since, by_month }
    }
}
