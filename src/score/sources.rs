//! Coverage by source: the days that each source reports on, from what was known at a date.
//!
//! A source that sent nothing, although many reports were to be expected, is missing; one that is merely quiet is not. The
//! places of a source that lie apart are judged apart: reports from one town do not vouch for another.

use std::collections::BTreeMap;

use h3o::{CellIndex, Resolution};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::ScoreError;
use super::coverage::{Coverage, append};
use super::evidence_rules::EvidenceRules;
use super::profiles::ProfileWeight;
use crate::cube::{Count, Cube};
use crate::grid;
use crate::incident::{Day, NOT_STATED, Strand};
use crate::ingest::outlying;
use crate::invalid::did_you_mean;

/// Days of the past year from which a source's usual number is taken.
const YEAR_DAYS: i32 = 364;
/// Resolutions between a cell and the region that stands for its surroundings.
const REGION_STEPS: u8 = 3;
/// Length in days from which a report counts as dated by month.
pub(super) const MONTH_DAYS: i32 = 28;
const MAX_MONTH_DAYS: i32 = 31;
/// Minimum days by which a source's reports are divided: one busy day says little of a rate.
const MIN_OBSERVED_DAYS: i32 = 28;

/// Reports of one source from one region, by first day.
#[derive(Debug)]
struct Bucket {
    /// Number of the source, 0 if not stated.
    source: u32,
    /// Earliest as-of that uses any of its reports.
    first: Day,
    entries: Vec<Entry>,
}

/// Reports of one bucket that share interval and usability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    start: Day,
    end: Day,
    usable: Day,
    n: u64,
}

/// Reports of every source and region of a cube.
#[derive(Debug)]
pub(super) struct SourceHistory {
    buckets: Vec<Bucket>,
    /// Pairs of buckets of one source in regions that touch.
    touching: Vec<(usize, usize)>,
    /// Bucket of a region and source.
    places: FxHashMap<(CellIndex, u32), usize>,
    /// True if places are split into regions; areas are one.
    has_regions: bool,
    has_months: bool,
}

/// Source, in regions that hang together, as known at a date.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Feed {
    /// Number of the source, 0 if not stated; `None` for small sources together.
    pub(super) source: Option<u32>,
    /// Covered days before the date.
    pub(super) coverage: Coverage,
    /// First day of the silence that means it is missing at the date.
    pub(super) missing_since: Option<Day>,
    /// True if most of its reports are dated by month.
    pub(super) by_month: bool,
}

/// Feeds at a date, and the feed of each bucket.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Feeds {
    pub(super) all: Vec<Feed>,
    /// Number of the feed, by bucket.
    pub(super) of_bucket: Vec<usize>,
    /// True if most usable reports are dated by month.
    pub(super) by_month: bool,
}

/// Declared coverage by number of source: it wins over what the reports suggest.
#[derive(Debug, Default)]
pub(super) struct Declared {
    all: Option<Coverage>,
    of_source: BTreeMap<u32, Coverage>,
}

impl Declared {
    /// # Errors
    /// A source that no report names.
    pub(super) fn new(covered: Option<&Coverage>, names: &[&str]) -> Result<Self, ScoreError> {
        let Some(covered) = covered else { return Ok(Self::default()) };
        let number = |(source, coverage): (&str, Coverage)| {
            let place = names.iter().position(|name| *name == source);
            let number = place.map(|place| u32::try_from(place + 1).unwrap_or(u32::MAX));
            let number = number.or((source == NOT_STATED).then_some(0));
            let unknown = || ScoreError::NoSuchSource {
                name: source.to_owned(),
                known: names.join(", "),
                advice: did_you_mean(source, names.iter().copied()).unwrap_or_default(),
            };
            Ok((number.ok_or_else(unknown)?, coverage))
        };
        let all = Coverage::of(covered.spans().iter().copied());
        Ok(Self {
            of_source: covered.by_source().map(number).collect::<Result<_, ScoreError>>()?,
            all: (!all.spans().is_empty()).then_some(all),
        })
    }

    fn of(&self, source: u32) -> Option<&Coverage> {
        self.of_source.get(&source).or(self.all.as_ref())
    }
}

impl Feeds {
    fn push(&mut self, buckets: &[usize], feed: Feed) {
        for &bucket in buckets {
            self.of_bucket[bucket] = self.all.len();
        }
        self.all.push(feed);
    }

    /// Days that any source covers.
    pub(super) fn coverage(&self) -> Coverage {
        Coverage::of(self.all.iter().flat_map(|feed| feed.coverage.spans().iter().copied()))
    }
}

/// Region that stands for the surroundings of a cell; one for all where places have no regions.
fn region(cell: CellIndex, has_regions: bool) -> CellIndex {
    if !has_regions {
        return CellIndex::base_cells().next().unwrap_or(cell);
    }
    let coarse = u8::from(cell.resolution()).saturating_sub(REGION_STEPS);
    let coarse = Resolution::try_from(coarse).unwrap_or(Resolution::Zero);
    cell.parent(coarse).unwrap_or(cell)
}

impl SourceHistory {
    /// Collects past reports by source and region; of areas, whose cells only stand in for them, all are one. O(cube rows).
    pub(super) fn new(cube: &Cube, profiles: &[ProfileWeight], has_regions: bool) -> Self {
        let cells: Vec<(CellIndex, &[Count])> = cube.by_cell().collect();
        // Cells are sorted, so that those of a region follow each other.
        let is_one = |a: CellIndex, b: CellIndex| region(a, has_regions) == region(b, has_regions);
        let regions: Vec<&[(CellIndex, &[Count])]> = cells.chunk_by(|a, b| is_one(a.0, b.0)).collect();
        let of_region =
            |cells: &&[(CellIndex, &[Count])]| (region(cells[0].0, has_regions), region_buckets(cells, profiles));
        let found: Vec<(CellIndex, Vec<Bucket>)> = regions.par_iter().map(of_region).collect();
        let (mut buckets, mut places) = (Vec::new(), FxHashMap::default());
        for (region, more) in found {
            for bucket in more {
                places.insert((region, bucket.source), buckets.len());
                buckets.push(bucket);
            }
        }
        let mut touching = Vec::new();
        let mut each: Vec<(CellIndex, u32, usize)> =
            places.iter().map(|(&(region, source), &bucket)| (region, source, bucket)).collect();
        each.sort_unstable();
        for (region, source, bucket) in each {
            let beside = grid::disk(region, 1).into_iter().filter_map(|other| places.get(&(other, source)));
            touching.extend(beside.filter(|&&other| other > bucket).map(|&other| (bucket, other)));
        }
        let is_month = |entry: &Entry| entry.end.0 - entry.start.0 >= MONTH_DAYS;
        let has_months = buckets.iter().any(|bucket| bucket.entries.iter().any(is_month));
        Self { buckets, touching, places, has_regions, has_months }
    }

    /// Returns true if any report is dated by month.
    pub(super) fn has_months(&self) -> bool {
        self.has_months
    }

    /// Number of buckets.
    pub(super) fn len(&self) -> usize {
        self.buckets.len()
    }

    /// The bucket of a cell and source, if it has reports.
    pub(super) fn bucket(&self, cell: CellIndex, source: u32) -> Option<usize> {
        self.places.get(&(region(cell, self.has_regions), source)).copied()
    }

    /// Feeds as known at a date, with their covered days.
    pub(super) fn at(&self, as_of: Day, rules: &EvidenceRules, declared: &Declared) -> Feeds {
        let roots = self.roots(as_of);
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.buckets.len()];
        for (bucket, &root) in roots.iter().enumerate().filter(|(bucket, _)| self.buckets[*bucket].first <= as_of) {
            members[root].push(bucket);
        }
        let mut found = Feeds { of_bucket: vec![usize::MAX; self.buckets.len()], ..Feeds::default() };
        // Small sources, dated by day and by month.
        let mut minor = [Vec::new(), Vec::new()];
        let (mut monthly, mut all) = (0, 0);
        for buckets in members.into_iter().filter(|buckets| !buckets.is_empty()) {
            let days = self.days(&buckets, as_of);
            monthly += days.monthly;
            all += days.reports;
            let source = self.buckets[buckets[0]].source;
            let given = declared.of(source).map(|given| (given.before(as_of), None));
            if days.reports as f64 >= rules.source_least || given.is_some() {
                let (coverage, missing_since) = given.unwrap_or_else(|| days.coverage(as_of, rules.source_least));
                let source = Some(source);
                found.push(&buckets, Feed { source, coverage, missing_since, by_month: days.is_by_month() });
            } else {
                minor[usize::from(days.is_by_month())].extend(buckets);
            }
        }
        let major = found.coverage();
        for buckets in minor.into_iter().filter(|buckets| !buckets.is_empty()) {
            let days = self.days(&buckets, as_of);
            let first = days.first.unwrap_or(as_of);
            let (coverage, missing_since) = if major.spans().is_empty() {
                days.coverage(as_of, rules.source_least)
            } else {
                (Coverage::of(major.spans().iter().map(|&(from, to)| (from.max(first), to))), None)
            };
            found.push(&buckets, Feed { source: None, coverage, missing_since, by_month: days.is_by_month() });
        }
        found.by_month = 2 * monthly > all;
        found
    }

    fn days(&self, buckets: &[usize], as_of: Day) -> Days {
        Days::of(buckets.iter().map(|&bucket| &self.buckets[bucket]), as_of)
    }

    /// For each bucket the first of those it hangs together with, through buckets with reports at the date.
    fn roots(&self, as_of: Day) -> Vec<usize> {
        let mut roots: Vec<usize> = (0..self.buckets.len()).collect();
        let known = |bucket: usize| self.buckets[bucket].first <= as_of;
        let root = |roots: &[usize], mut bucket: usize| {
            while roots[bucket] != bucket {
                bucket = roots[bucket];
            }
            bucket
        };
        for &(one, other) in self.touching.iter().filter(|&&(one, other)| known(one) && known(other)) {
            let (one, other) = (root(&roots, one), root(&roots, other));
            roots[one.max(other)] = one.min(other);
        }
        (0..roots.len()).map(|bucket| root(&roots, bucket)).collect()
    }
}

/// Past reports of one region by source.
fn region_buckets(cells: &[(CellIndex, &[Count])], profiles: &[ProfileWeight]) -> Vec<Bucket> {
    let first = cells.iter().filter_map(|(_, counts)| counts.first()).map(|count| count.start()).min();
    let Some(first) = first else { return Vec::new() };
    // One row of days a kind of report: source, length and delay.
    let mut kinds: FxHashMap<(u32, i32, i32), usize> = FxHashMap::default();
    let kind_of: Vec<usize> = profiles
        .iter()
        .map(|profile| {
            let next = kinds.len();
            *kinds.entry((profile.source, profile.days(), profile.usable_after())).or_insert(next)
        })
        .collect();
    let mut days: Vec<Vec<u64>> = vec![Vec::new(); kinds.len()];
    for &count in cells.iter().flat_map(|(_, counts)| *counts) {
        if profiles[count.profile()].strand == Strand::Potential {
            continue;
        }
        let row = &mut days[kind_of[count.profile()]];
        let day = usize::try_from(count.start().0 - first.0).unwrap_or(0);
        if day >= row.len() {
            row.resize(day + 1, 0);
        }
        row[day] += u64::from(count.n());
    }
    let mut kinds: Vec<((u32, i32, i32), usize)> = kinds.into_iter().collect();
    kinds.sort_unstable();
    let mut buckets = Vec::<Bucket>::new();
    for ((source, length, usable_after), kind) in kinds {
        let entries = (first.0..).zip(&days[kind]).filter(|(_, n)| **n > 0).map(|(day, &n)| Entry {
            start: Day(day),
            end: Day(day + length),
            usable: Day(day + usable_after),
            n,
        });
        let entries: Vec<Entry> = entries.collect();
        let Some(usable) = entries.iter().map(|entry| entry.usable).min() else { continue };
        match buckets.last_mut().filter(|bucket| bucket.source == source) {
            Some(bucket) => {
                bucket.first = usable.min(bucket.first);
                bucket.entries.extend(entries);
            }
            None => buckets.push(Bucket { source, first: usable, entries }),
        }
    }
    for bucket in &mut buckets {
        bucket.entries.sort_unstable();
    }
    buckets
}

/// Reports of a feed by first day, as known at a date.
#[derive(Debug, Default)]
struct Days {
    first: Option<Day>,
    /// End of the last report.
    last: Day,
    /// Reports that begin on each day since `first`, or whole weeks before it.
    weekly: Vec<u64>,
    /// Reports that lie on each day since `first`, several days or one.
    heard: Vec<bool>,
    reports: u64,
    /// Reports dated by month.
    monthly: u64,
    /// Spans of reports that are longer than a month.
    long: Vec<(Day, Day)>,
}

impl Days {
    fn of<'a>(buckets: impl Iterator<Item = &'a Bucket> + Clone, as_of: Day) -> Self {
        let entries = || buckets.clone().flat_map(|bucket| &bucket.entries).filter(|entry| entry.usable <= as_of);
        // A lone date far before the others is not when the source began.
        let starts = entries().map(|entry| (entry.start, entry.n)).collect();
        let Some(first) = outlying::first(starts) else { return Self::default() };
        let last = entries().map(|entry| entry.end.min(as_of)).max().unwrap_or(first);
        let place = |day: Day| usize::try_from(day.min(last).0 - first.0).unwrap_or(0);
        let mut days = Self { first: Some(first), last, ..Self::default() };
        days.weekly = vec![0; place(last) + 1];
        days.heard = vec![false; place(last)];
        for entry in entries() {
            let length = entry.end.0 - entry.start.0;
            days.reports += entry.n;
            days.monthly += if length >= MONTH_DAYS { entry.n } else { 0 };
            if entry.start < first {
                continue;
            }
            days.weekly[place(entry.start)] += entry.n;
            days.heard[place(entry.start)..place(entry.end)].fill(true);
            if length > MAX_MONTH_DAYS {
                days.long.push((entry.start, entry.end));
            }
        }
        for day in 7..days.weekly.len() {
            days.weekly[day] += days.weekly[day - 7];
        }
        days
    }

    fn is_by_month(&self) -> bool {
        2 * self.monthly > self.reports
    }

    /// Reports that begin in `[from, to)`, by weekday.
    fn between(&self, from: Day, to: Day) -> [u64; 7] {
        let Some(first) = self.first else { return [0; 7] };
        // All that is known lies before the end of the last report.
        let place = |day: Day| match usize::try_from(day.0 - first.0).unwrap_or(0) {
            place if place + 1 < self.weekly.len() => place,
            _ => self.weekly.len(),
        };
        let begin = weekday(first);
        let before = |place: usize| {
            let mut sums = [0; 7];
            for day in place.saturating_sub(7)..place {
                sums[(begin + day) % 7] = self.weekly[day];
            }
            sums
        };
        let [before_to, before_from] = [before(place(to)), before(place(from))];
        std::array::from_fn(|weekday| before_to[weekday] - before_from[weekday])
    }

    /// Covered days before a date, and the first day of a silence that lasts until then and means the source is missing.
    fn coverage(&self, as_of: Day, least: f64) -> (Coverage, Option<Day>) {
        let Some(first) = self.first else { return (Coverage::default(), None) };
        let mut covered = Coverage::default();
        if self.is_by_month() {
            self.cover_months(first, &mut covered, least);
        } else {
            self.cover_days(first, &mut covered, least);
        }
        let is_covered = self.cover_unless_missing(&mut covered, (self.last, as_of), least);
        (covered, (!is_covered && self.last < as_of).then_some(self.last))
    }

    /// Covers months with a report and judges silent ones, up to the end of the last report.
    fn cover_months(&self, first: Day, covered: &mut Coverage, least: f64) {
        let mut silent: Option<Day> = None;
        let mut day = first;
        while day < self.last {
            let (from, to) = (day.first_of_month(), day.end_of_month());
            let is_within = |&(begin, end): &(Day, Day)| begin < to && from < end;
            let from = from.max(first);
            if self.between(from, to).iter().sum::<u64>() > 0 || self.long.iter().any(is_within) {
                if let Some(begin) = silent.take() {
                    self.cover_unless_missing(covered, (begin, from), least);
                }
                append(&mut covered.spans, (from, to.min(self.last)));
            } else {
                silent = silent.or(Some(from));
            }
            day = to;
        }
    }

    /// Covers days with a report and judges the gaps between them, up to the end of the last report.
    fn cover_days(&self, first: Day, covered: &mut Coverage, least: f64) {
        let mut day = first;
        for run in self.heard.chunk_by(|a, b| a == b) {
            let to = day + i32::try_from(run.len()).unwrap_or(i32::MAX);
            if run[0] {
                append(&mut covered.spans, (day, to));
            } else if to < self.last {
                self.cover_unless_missing(covered, (day, to), least);
            }
            day = to;
        }
    }

    /// Adds a silent span to the covered ones unless its silence means that the source is missing; returns whether it did.
    fn cover_unless_missing(&self, covered: &mut Coverage, (from, to): (Day, Day), least: f64) -> bool {
        let (past, days) = (self.between(from - YEAR_DAYS, from), covered.days(from - YEAR_DAYS, from));
        let (all, observed) = (past.iter().sum::<u64>(), days.max(MIN_OBSERVED_DAYS));
        let silent = to.0 - from.0;
        let expected = if self.is_by_month() {
            all as f64 * f64::from(silent)
        } else {
            // Some sources have their weekdays: of each, as many reports are to be expected as on it in the past.
            let on = |weekday: usize| {
                let first = (weekday + 7 - self::weekday(from)) % 7;
                (silent - i32::try_from(first).unwrap_or(0) + 6).div_euclid(7).max(0)
            };
            7.0 * (0..7).map(|weekday| past[weekday] as f64 * f64::from(on(weekday))).sum::<f64>()
        };
        let is_covered = days > 0 && expected < least * f64::from(observed);
        if is_covered {
            append(&mut covered.spans, (from, to));
        }
        is_covered
    }
}

/// Weekday of a day, 0 for Thursday, on which 1970 began.
fn weekday(day: Day) -> usize {
    usize::try_from(day.0.rem_euclid(7)).unwrap_or(0)
}
