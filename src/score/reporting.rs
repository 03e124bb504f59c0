//! Who still tells us anything: for each place and source, when it last reported, how much it did in a year, and what is usual
//! for it. A place that is not heard of is not a calm one.

use std::collections::BTreeMap;

use h3o::CellIndex;
use rayon::prelude::*;

use super::ground::by_cell;
use super::scoring::Scoring;
use super::windows::Windows;
use crate::area::AreaCounts;
use crate::cube::{Count, Cube};
use crate::incident::{Day, Strand, When};

/// What can be said of a place's reports in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Heard {
    /// The data covers no day of the window: nothing is known.
    NoData,
    /// Neither the window nor the 52 weeks before T hold a report.
    NoReports,
    /// There were reports within 52 weeks, and none in the window, as is usual for it.
    Seldom,
    /// None in the window, where there usually are some.
    FellSilent,
    /// Fewer than half of what is usual.
    FewerThanUsual,
    /// From half to twice what is usual; or there is nothing to compare with.
    AsUsual,
    /// More than twice what is usual.
    MoreThanUsual,
}

impl Heard {
    /// The name used in outputs.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::NoReports => "no_reports",
            Self::Seldom => "seldom",
            Self::FellSilent => "fell_silent",
            Self::FewerThanUsual => "fewer_than_usual",
            Self::AsUsual => "as_usual",
            Self::MoreThanUsual => "more_than_usual",
        }
    }
}

/// What kind of place is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PlaceKind {
    /// All of the study area.
    StudyArea,
    /// A ward or another area that reports were counted in, where they lie.
    Area,
    /// A cell.
    Cell,
}

impl PlaceKind {
    /// The name used in outputs.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::StudyArea => "study_area",
            Self::Area => "area",
            Self::Cell => "cell",
        }
    }
}

/// The reports of one place and source, of whatever category, without coming events.
#[derive(Clone, Debug, PartialEq)]
pub struct Reporting {
    /// What the place is.
    pub kind: PlaceKind,
    /// The number of a cell, the name of an area, or `study area`.
    pub place: String,
    /// The source; `all`, or `not stated`.
    pub source: String,
    /// The last day that any report is about.
    pub last: Option<Day>,
    /// Days from then to T: 0 for the day before T.
    pub days_since: Option<i32>,
    /// Reports in the 364 days before T.
    pub year: f64,
    /// Median of the reports in the baseline's blocks, which have as many covered days as the window; absent without any block.
    pub usual: Option<f64>,
    /// Reports in the window.
    pub window: f64,
    /// What that says.
    pub heard: Heard,
}

/// The name of the study area as a place.
pub const STUDY_AREA: &str = "study area";
const ALL: &str = "all";
const YEAR: i32 = 364;

/// Sums of one place and source: last day, the year, the window, and the blocks.
#[derive(Clone, Debug)]
struct Sums {
    last: Option<Day>,
    year: f64,
    window: f64,
    blocks: Vec<f64>,
}

impl Scoring<'_> {
    /// Who reported from where, as known at a date: the study area by source, then each cell, all sources together and one by
    /// one where there are several. Cells that were never heard of are in it too.
    ///
    /// A median needs blocks: with less than a window of covered days before the window there is none, and nothing is called
    /// unusual. O(cube rows × blocks).
    ///
    /// ```
    /// use tensionmap::{Engine, sample, score::STUDY_AREA};
    /// let ready = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.ready()?;
    /// let table = ready.scoring()?.reporting(ready.as_of);
    /// let schools = table.iter().find(|line| line.place == STUDY_AREA && line.source == "Schools").ok_or("no schools")?;
    /// assert_eq!((schools.days_since, schools.usual), (Some(7), Some(4.0)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn reporting(&self, as_of: Day) -> Vec<Reporting> {
        let windows = self.windows(as_of);
        let cells: Vec<BTreeMap<String, Sums>> = self
            .area
            .cells()
            .par_iter()
            .zip(&self.counts)
            .map(|(&cell, counts)| by_source(self.cube, cell, counts, &windows))
            .collect();
        let mut whole: BTreeMap<String, Sums> = BTreeMap::new();
        for (source, sums) in cells.iter().flatten() {
            whole.entry(source.clone()).or_insert_with(|| Sums::new(&windows)).merge(sums);
        }
        let mut table = told(PlaceKind::StudyArea, STUDY_AREA, whole, &windows);
        for (cell, by_source) in self.area.cells().iter().zip(cells) {
            table.extend(told(PlaceKind::Cell, &cell.to_string(), by_source, &windows));
        }
        table
    }

    /// The same of areas such as wards, each report counted where it lies and not where its cell does: every area in the order
    /// of its file, heard of or not. Windows are those of the study area.
    ///
    /// ```
    /// use tensionmap::{Engine, sample};
    /// let ready = Engine::builder().as_of("2026-03-02").build()?
    ///     .count_in(sample::areas(), "name")?.incidents(sample::incidents())?.ready()?;
    /// let areas = ready.counted_in.as_ref().ok_or("counted in none")?;
    /// let table = ready.scoring()?.reporting_in(areas, ready.as_of);
    /// assert!(areas.names().iter().all(|name| table.iter().any(|line| line.place == *name && line.source == "all")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn reporting_in(&self, areas: &AreaCounts, as_of: Day) -> Vec<Reporting> {
        let windows = self.windows(as_of);
        let stand_ins = areas.study_area();
        let (counts, _) = by_cell(&areas.cube, &stand_ins);
        let of_area = |(&cell, counts): (&CellIndex, &[Count])| by_source(&areas.cube, cell, counts, &windows);
        let sums: Vec<BTreeMap<String, Sums>> = stand_ins.cells().par_iter().zip(counts).map(of_area).collect();
        let of_area = |(name, sums): (&String, _)| told(PlaceKind::Area, name, sums, &windows);
        areas.names().iter().zip(sums).flat_map(of_area).collect()
    }
}

/// The reports of one place that a date sees, by source; without coming events.
fn by_source(cube: &Cube, cell: CellIndex, counts: &[Count], windows: &Windows) -> BTreeMap<String, Sums> {
    let mut by_source: BTreeMap<String, Sums> = BTreeMap::new();
    for &count in counts {
        let row = cube.row(cell, count);
        let class = &cube.classes()[row.class as usize];
        if class.strand != Strand::Potential && row.known.max(row.when.start + 1) <= windows.as_of {
            let sums = by_source.entry(class.source_name().to_owned());
            sums.or_insert_with(|| Sums::new(windows)).add(row.when, row.n.into(), windows);
        }
    }
    by_source
}

/// The lines of one place: all sources, and each where there are several.
fn told(kind: PlaceKind, place: &str, by_source: BTreeMap<String, Sums>, windows: &Windows) -> Vec<Reporting> {
    let mut all = Sums::new(windows);
    for sums in by_source.values() {
        all.merge(sums);
    }
    let several = by_source.len() > 1 || kind == PlaceKind::StudyArea;
    let each = by_source.into_iter().filter(|_| several);
    std::iter::once((ALL.to_owned(), all))
        .chain(each)
        .map(|(source, sums)| sums.told((kind, place), source, windows))
        .collect()
}

impl Sums {
    fn new(windows: &Windows) -> Self {
        Self { last: None, year: 0.0, window: 0.0, blocks: vec![0.0; windows.borders.len().saturating_sub(1)] }
    }

    fn add(&mut self, when: When, n: f64, windows: &Windows) {
        let within = |from, to| n * when.share(from, to);
        self.last = self.last.max(Some(when.end.min(windows.as_of) - 1));
        self.year += within(windows.as_of - YEAR, windows.as_of);
        self.window += within(windows.window.0, windows.window.1);
        for (sum, border) in self.blocks.iter_mut().zip(windows.borders.windows(2)) {
            *sum += within(border[1], border[0]);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.last = self.last.max(other.last);
        self.year += other.year;
        self.window += other.window;
        for (sum, more) in self.blocks.iter_mut().zip(&other.blocks) {
            *sum += more;
        }
    }

    fn told(mut self, (kind, place): (PlaceKind, &str), source: String, windows: &Windows) -> Reporting {
        let usual = median(&mut self.blocks);
        let heard = match (windows.window_days, usual) {
            (0, _) => Heard::NoData,
            _ if self.window <= 0.0 && self.year <= 0.0 => Heard::NoReports,
            (_, usual) if self.window <= 0.0 => {
                if usual.is_none_or(|usual| usual <= 0.0) {
                    Heard::Seldom
                } else {
                    Heard::FellSilent
                }
            }
            (_, Some(usual)) if self.window < usual / 2.0 => Heard::FewerThanUsual,
            (_, Some(usual)) if self.window > usual * 2.0 => Heard::MoreThanUsual,
            _ => Heard::AsUsual,
        };
        Reporting {
            kind,
            place: place.to_owned(),
            source,
            last: self.last,
            days_since: self.last.map(|last| windows.as_of.0 - 1 - last.0),
            year: self.year,
            usual,
            window: self.window,
            heard,
        }
    }
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() % 2 {
        _ if values.is_empty() => None,
        0 => Some(f64::midpoint(values[half - 1], values[half])),
        _ => Some(values[half]),
    }
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
