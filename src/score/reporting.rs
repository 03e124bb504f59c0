//! Reporting activity by place and source: last report, a year's reports and the usual number. Silence is not calm.

use std::collections::BTreeMap;

use h3o::CellIndex;
use rayon::prelude::*;

use super::neighbourhood::counts_by_row;
use super::profiles::source_names;
use super::scoring::Scoring;
use super::sources::{Feed, Feeds};
use super::windows::Windows;
use crate::code::ids;
use crate::cube::{Count, Cube};
use crate::incident::{Day, NOT_STATED, Strand, When};
use crate::indicator::AreaCounts;

ids! {
    /// Reporting status of a place in the window.
    ReportingStatus {
        /// No covered day in the window: nothing is known.
        NoData "no_data";
        /// No report in the window or in the 52 weeks before T.
        NoReports "no_reports";
        /// Reports within 52 weeks but none in the window, as is usual for it.
        Seldom "seldom";
        /// No report in the window, where there usually are some.
        FellSilent "fell_silent";
        /// Fewer than half of what is usual.
        FewerThanUsual "fewer_than_usual";
        /// From half to twice what is usual, or nothing to compare with.
        AsUsual "as_usual";
        /// More than twice what is usual.
        MoreThanUsual "more_than_usual";
    }
}

ids! {
    /// Kind of a place.
    PlaceKind {
        /// The whole study area.
        StudyArea "study_area";
        /// A ward or another area in which reports are counted by their position.
        Area "area";
        /// A cell.
        Cell "cell";
    }
}

/// Reports of one place and source, of any category, without coming events.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SourceActivity {
    /// Kind of place.
    pub kind: PlaceKind,
    /// Index of a cell, name of an area, or `study area`.
    pub place: String,
    /// Source, `all`, or `not stated`.
    pub source: String,
    /// Latest day of any report.
    pub last: Option<Day>,
    /// Days from `last` to T: 0 for the day before T.
    pub days_since: Option<i32>,
    /// Reports in the 364 days before T.
    pub year: f64,
    /// Median of the reports in the baseline's blocks; absent without any block. A block has as many covered days as the window.
    pub usual: Option<f64>,
    /// Reports in the window.
    pub window: f64,
    /// Reporting status.
    pub status: ReportingStatus,
    /// Days of the 364 before T that the source covers there; absent in a method without evidence, or for all sources together.
    pub covered_days: Option<i32>,
    /// First day of a silence so long that the source is missing at T.
    pub missing_since: Option<Day>,
}

/// Name of the study area as a place.
pub const STUDY_AREA: &str = "study area";
const ALL: &str = "all";
const YEAR_DAYS: i32 = 364;

/// Sums of one place by source.
type BySource = BTreeMap<String, ActivitySums>;

/// Last day and sums of one place and source, over the year, the window and the blocks.
#[derive(Clone, Debug)]
struct ActivitySums {
    last: Option<Day>,
    year: f64,
    window: f64,
    blocks: Vec<f64>,
}

impl Scoring<'_> {
    /// Reporting activity as known at a date: the study area by source, then each cell.
    ///
    /// Every place has a line for all sources together, and one per source if there are several. Cells without any report are
    /// included. Without a whole block of covered days before the window there is no usual number. O(cube rows × blocks).
    ///
    /// ```
    /// use tensionmap::{Engine, sample};
    /// use tensionmap::unstable::score::STUDY_AREA;
    /// let prepared = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.prepare()?;
    /// let table = prepared.scoring()?.reporting(prepared.as_of);
    /// let schools = table.iter().find(|line| line.place == STUDY_AREA && line.source == "Schools").ok_or("no schools")?;
    /// assert_eq!((schools.days_since, schools.usual), (Some(7), Some(4.0)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn reporting(&self, as_of: Day) -> Vec<SourceActivity> {
        let windows = self.windows(as_of);
        let of_cell = |(&cell, counts): (&CellIndex, &&[Count])| by_source(self.cube, cell, counts, &windows);
        let cells: Vec<BySource> = self.area.cells().par_iter().zip(&self.counts).map(of_cell).collect();
        let mut total = BySource::new();
        for (source, sums) in cells.iter().flatten() {
            total.entry(source.clone()).or_insert_with(|| ActivitySums::new(&windows)).merge(sums);
        }
        let feeds = self.known_feeds(as_of);
        let mut table = activities(PlaceKind::StudyArea, STUDY_AREA, total, &windows);
        for line in &mut table {
            self.note_coverage(line, feeds.as_ref(), None, as_of);
        }
        for (&cell, by_source) in self.area.cells().iter().zip(cells) {
            let mut lines = activities(PlaceKind::Cell, &cell.to_string(), by_source, &windows);
            for line in &mut lines {
                self.note_coverage(line, feeds.as_ref(), Some(cell), as_of);
            }
            table.extend(lines);
        }
        table
    }

    /// Sources as known at a date, for a method with evidence.
    fn known_feeds(&self, as_of: Day) -> Option<Feeds> {
        let (rules, history) = self.evidence()?;
        Some(history.at(as_of, rules, &self.declared))
    }

    /// Adds the covered days of a source to a line: of its reports round about a cell, or of all its places.
    fn note_coverage(&self, line: &mut SourceActivity, feeds: Option<&Feeds>, cell: Option<CellIndex>, as_of: Day) {
        let Some((feeds, history)) = feeds.zip(self.history.as_ref()) else { return };
        let number = source_names(self.cube).iter().position(|name| *name == line.source);
        let number = number.map(|place| u32::try_from(place + 1).unwrap_or(u32::MAX));
        let Some(number) = number.or((line.source == NOT_STATED).then_some(0)) else { return };
        let of_cell = cell.map(|cell| history.bucket(cell, number).and_then(|bucket| feeds.of_bucket.get(bucket)));
        let is_its = |(place, feed): &(usize, &Feed)| match of_cell {
            Some(of_cell) => of_cell == Some(place),
            None => feed.source == Some(number),
        };
        let mut its: Vec<&Feed> = feeds.all.iter().enumerate().filter(is_its).map(|(_, feed)| feed).collect();
        if its.is_empty() && cell.is_none() {
            its.extend(feeds.all.iter().filter(|feed| feed.source.is_none()));
        }
        let days = |feed: &&Feed| feed.coverage.days(as_of - YEAR_DAYS, as_of);
        line.covered_days = its.iter().map(days).max();
        let since: Option<Vec<Day>> = its.iter().map(|feed| feed.missing_since).collect();
        line.missing_since = since.and_then(|days| days.into_iter().min());
    }

    /// Reporting activity of areas such as wards, each report counted by its own position and not by its cell.
    ///
    /// Every area is included, in the order of its file. Windows are those of the study area.
    ///
    /// ```
    /// use tensionmap::{Engine, sample};
    /// let prepared = Engine::builder().as_of("2026-03-02").build()?
    ///     .count_in(sample::areas(), "name")?.incidents(sample::incidents())?.prepare()?;
    /// let areas = prepared.counted_in.as_ref().ok_or("counted in none")?;
    /// let table = prepared.scoring()?.reporting_in(areas, prepared.as_of);
    /// assert!(areas.names().iter().all(|name| table.iter().any(|line| line.place == *name && line.source == "all")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn reporting_in(&self, areas: &AreaCounts, as_of: Day) -> Vec<SourceActivity> {
        let windows = self.windows(as_of);
        let stand_ins = areas.study_area();
        let (counts, _) = counts_by_row(&areas.cube, &stand_ins);
        let of_area = |(&cell, counts): (&CellIndex, &[Count])| by_source(&areas.cube, cell, counts, &windows);
        let sums: Vec<BySource> = stand_ins.cells().par_iter().zip(counts).map(of_area).collect();
        let of_area = |(name, sums): (&String, _)| activities(PlaceKind::Area, name, sums, &windows);
        areas.names().iter().zip(sums).flat_map(of_area).collect()
    }
}

/// Sums of one place by source, over the reports known at the date, without coming events.
fn by_source(cube: &Cube, cell: CellIndex, counts: &[Count], windows: &Windows) -> BySource {
    let mut by_source = BySource::new();
    for &count in counts {
        let row = cube.row(cell, count);
        let class = &cube.classes()[row.class as usize];
        if class.strand != Strand::Potential && row.known.max(row.when.start + 1) <= windows.as_of {
            let sums = by_source.entry(class.source_name().to_owned());
            sums.or_insert_with(|| ActivitySums::new(windows)).add(row.when, row.n.into(), windows);
        }
    }
    by_source
}

/// Activity of one place: all sources together, and each if there are several.
fn activities(kind: PlaceKind, place: &str, by_source: BySource, windows: &Windows) -> Vec<SourceActivity> {
    let mut all = ActivitySums::new(windows);
    for sums in by_source.values() {
        all.merge(sums);
    }
    let several = by_source.len() > 1 || kind == PlaceKind::StudyArea;
    let each = by_source.into_iter().filter(|_| several);
    let activity = |(source, sums): (String, ActivitySums)| sums.activity((kind, place), source, windows);
    std::iter::once((ALL.to_owned(), all)).chain(each).map(activity).collect()
}

impl ActivitySums {
    fn new(windows: &Windows) -> Self {
        Self { last: None, year: 0.0, window: 0.0, blocks: vec![0.0; windows.borders.len().saturating_sub(1)] }
    }

    fn add(&mut self, when: When, n: f64, windows: &Windows) {
        let within = |from, to| n * when.share(from, to);
        self.last = self.last.max(Some(when.end.min(windows.as_of) - 1));
        self.year += within(windows.as_of - YEAR_DAYS, windows.as_of);
        self.window += within(windows.window.0, windows.window.1);
        for (sum, border) in self.blocks.iter_mut().zip(windows.borders.windows(2)) {
            *sum += within(border[1], border[0]);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.last = self.last.max(other.last);
        self.year += other.year;
        self.window += other.window;
        self.blocks.iter_mut().zip(&other.blocks).for_each(|(sum, more)| *sum += more);
    }

    fn activity(mut self, (kind, place): (PlaceKind, &str), source: String, windows: &Windows) -> SourceActivity {
        let usual = median(&mut self.blocks);
        let status = match (windows.window_days, usual) {
            (0, _) => ReportingStatus::NoData,
            _ if self.window <= 0.0 && self.year <= 0.0 => ReportingStatus::NoReports,
            (_, Some(usual)) if self.window <= 0.0 && usual > 0.0 => ReportingStatus::FellSilent,
            _ if self.window <= 0.0 => ReportingStatus::Seldom,
            (_, Some(usual)) if self.window < usual / 2.0 => ReportingStatus::FewerThanUsual,
            (_, Some(usual)) if self.window > usual * 2.0 => ReportingStatus::MoreThanUsual,
            _ => ReportingStatus::AsUsual,
        };
        let Self { last, year, window, .. } = self;
        let days_since = last.map(|last| windows.as_of.0 - 1 - last.0);
        let (covered_days, missing_since) = (None, None);
        let place = place.to_owned();
        SourceActivity {
            kind,
            place,
            source,
            last,
            days_since,
            year,
            usual,
            window,
            status,
            covered_days,
            missing_since,
        }
    }
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    let &upper = values.get(half)?;
    Some(if values.len().is_multiple_of(2) { f64::midpoint(values[half - 1], upper) } else { upper })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_those_of_the_middle() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
    }
}
