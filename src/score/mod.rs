//! Stage 6, cube → explained scores: the method weighs what was counted.
//!
//! A score is 0–100 points, the sum of its components: *surge* (credible excess over the place's own past), *intensity*
//! (weighted, decayed reports per km²), *corroboration* (strands and sources that agree) and *spread* (neighbours that are
//! rising too). A score at T sees only what was known before T, and compares a place with itself, never with other places.

mod anchor;
mod assessment;
mod cell;
mod change;
pub(crate) mod columns;
mod coverage;
mod explain;
#[cfg(feature = "polars")]
pub mod expressions;
#[cfg(feature = "polars")]
mod frames;
mod ground;
mod intensity;
mod level;
mod method;
mod pass;
mod reporting;
mod scoring;
mod series;
mod situation;
mod surge;
mod walk;
pub mod weights;
mod windows;

use h3o::CellIndex;

pub use anchor::{Anchor, calibrate};
pub use assessment::{Assessment, Assessments, Standing};
pub use change::{CellChange, Change};
pub use coverage::Coverage;
pub(crate) use explain::wrapped;
pub use explain::{
    Comparison, Component, Condition, Corroboration, Explanation, Intensity, LevelCheck, Neighbour, Part, Received,
    Smoothing, SourceCount, Spread, StrandShare, Surge, Week,
};
#[cfg(feature = "polars")]
pub(crate) use frames::frame_column;
pub use intensity::{decay, nearness};
pub use level::{Level, LevelRule, Rag};
pub use method::{Density, HalfLives, Method, Points};
pub use reporting::{Heard, PlaceKind, Reporting, STUDY_AREA};
pub use scoring::{Given, Scoring};
pub use series::{Every, Series, Trend};
pub use situation::{Date, Moment};
pub use surge::{Counts, Excess, Prior, RateRatio, credible_excess, dispersion, rate_ratio};
pub use windows::Windows;

use crate::cube::Cube;
use crate::grid::StudyArea;
use crate::incident::{Category, Day};
use crate::invalid::Cause;

/// What a cell's score rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Reports were there to score.
    Scored,
    /// Neither the window nor the baseline holds a report. Silence is not calm.
    NoReports,
    /// The window holds no covered day: nothing is known.
    NoData,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Scored, Self::NoReports, Self::NoData];

    /// The name used in outputs.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Scored => "scored",
            Self::NoReports => "no_reports",
            Self::NoData => "no_data",
        }
    }
}

/// One cell's score and all it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct CellScore {
    /// Cell; where areas are scored, what stands in for one.
    pub cell: CellIndex,
    /// 0–100, the sum of the components.
    pub score: f64,
    /// Computed level, which falls only after some quieter weeks; absent where nothing was scored, because silence is not a
    /// level.
    pub level: Option<Level>,
    /// The level that this date alone gives.
    pub raw_level: Option<Level>,
    /// What it rests on.
    pub status: Status,
    /// Fewer reports in the window than the method calls enough.
    pub sparse: bool,
    /// Points for intensity.
    pub intensity: f64,
    /// Points for surge.
    pub surge: f64,
    /// Points for corroboration.
    pub corroboration: f64,
    /// Points for spread.
    pub spread: f64,
    /// Points for context.
    pub context: f64,
    /// Intensity on its 0–1 scale.
    pub u_intensity: f64,
    /// Weighted, decayed reports.
    pub mass: f64,
    /// Mass per km² or per 1,000 residents, as the method has it.
    pub density: f64,
    /// Reports in the window; fractional where a month lies partly inside.
    pub n_window: f64,
    /// Reports in the baseline.
    pub n_baseline: f64,
    /// Current rate ÷ own past rate; absent without reports or without enough history.
    pub ratio: Option<RateRatio>,
    /// Shares of the intensity by strand (experienced, evidenced, potential), summing to 1 where there is any.
    pub strands: [f64; 3],
    /// Shares of the intensity by category, largest first.
    pub categories: Vec<(Category, f64)>,
    /// Distinct sources in the window.
    pub sources: u32,
}

impl CellScore {
    /// Its points but for those of context.
    pub(crate) fn parts(&self) -> f64 {
        self.surge + self.intensity + self.corroboration + self.spread
    }

    /// A cell of which nothing is known yet.
    pub(crate) fn bare(cell: CellIndex) -> Self {
        Self {
            cell,
            score: 0.0,
            level: None,
            raw_level: None,
            status: Status::NoData,
            sparse: false,
            intensity: 0.0,
            surge: 0.0,
            corroboration: 0.0,
            spread: 0.0,
            context: 0.0,
            u_intensity: 0.0,
            mass: 0.0,
            density: 0.0,
            n_window: 0.0,
            n_baseline: 0.0,
            ratio: None,
            strands: [0.0; 3],
            categories: Vec::new(),
            sources: 0,
        }
    }
}

/// The scores of a study area at one date.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// T: everything before this day counts, nothing from it on.
    pub as_of: Day,
    /// The current window `[from, to)`.
    pub window: (Day, Day),
    /// Covered days of the window.
    pub window_days: i32,
    /// The baseline `[from, to)`; absent when history is too short for a surge component.
    pub baseline: Option<(Day, Day)>,
    /// Covered days before the window, as far as the baseline reaches.
    pub baseline_days: i32,
    /// φ, over-dispersion of the baseline.
    pub dispersion: f64,
    /// D½ and where it came from.
    pub anchor: Anchor,
    /// Reports known at T that lie outside the study area and are in no score.
    pub outside: u64,
    /// Reports that were not yet known at T, or had not happened and are not about what is to come.
    pub later: u64,
    /// Mass that smoothing moved out of the study area.
    pub smoothed_away: f64,
    /// One entry a study cell, sorted by cell.
    pub cells: Vec<CellScore>,
}

/// Scores every cell of a study area at `as_of`: [`Scoring::at`] of a [`Scoring`] that is used once.
///
/// What it answers: where is tension, against each place's own past, as far as was known on that day? Units and ranges are
/// those of [`CellScore`]. A cell without any report has `Status::NoReports`, no level, and no points but for what its
/// neighbours do; a data set with fewer than `baseline_least_days` covered days before the window has no surge and no
/// spread. Complexity: O(cube rows + cells × baseline blocks). The README has the method in words.
///
/// # Errors
/// An empty study area; a resolution other than the cube's; a method out of range, or one that needs residents or an index of
/// context, which a [`Scoring`] is given.
pub fn at(cube: &Cube, area: &StudyArea, as_of: Day, method: &Method) -> Result<Scores, ScoreError> {
    Ok(Scoring::new(cube, area, method, Given::default())?.at(as_of))
}

impl Scores {
    /// The cells credibly above their own past: not sparse, `rr_lo` above 1, largest first.
    #[must_use]
    pub fn standing_out(&self) -> Vec<&CellScore> {
        let low = |cell: &CellScore| cell.ratio.map_or(0.0, |ratio| ratio.lo);
        let mut cells: Vec<&CellScore> = self.cells.iter().filter(|cell| !cell.sparse && low(cell) > 1.0).collect();
        cells.sort_by(|a, b| low(b).total_cmp(&low(a)).then(a.cell.cmp(&b.cell)));
        cells
    }
}

/// A score is undefined for this input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum ScoreError {
    #[error("the study area has no cells, so there is nothing to score; check --area")]
    EmptyArea,
    #[error("no report was known by {as_of}: the first became known on {first}; choose a later --as-of")]
    NothingKnown { as_of: Day, first: Day },
    #[error(
        "no report was known by {as_of}, the first date of the series: the first became known on {first}; begin later"
    )]
    NothingKnownYet { as_of: Day, first: Day },
    #[error("a series needs at least one date, and its first may not be after its last")]
    NoDates,
    #[error(
        "a series of {dates} dates of {cells} cells does not fit into 8 GiB; take fewer dates (--every) or larger cells"
    )]
    TooLong { dates: usize, cells: usize },
    #[error(
        "the study area has cells of resolution {area}, the cube of resolution {cube}; use one --resolution for both"
    )]
    Resolution { area: h3o::Resolution, cube: h3o::Resolution },
    #[error(
        "cell {cell} has resolution {found}, the study area {expected}; name a cell of resolution {expected} or use \
         --resolution {found}"
    )]
    CellResolution { cell: CellIndex, found: h3o::Resolution, expected: h3o::Resolution },
    #[error(
        "cell {cell}, with its centre at {at}, is not among the {cells} cells of the study area; the nearest of them is \
         {nearest}, {km:.1} km away"
    )]
    CellOutside { cell: CellIndex, at: String, cells: usize, nearest: CellIndex, km: f64 },
    #[error("there is no report before {as_of} and its window to calibrate on; choose a later --as-of")]
    NothingToCalibrate { as_of: Day },
    #[error("{given} values were given for {cells} cells; give one a cell, in the order of the study area")]
    Rows { given: usize, cells: usize },
    #[error("the method divides intensity by residents, but none are given; name their indicator with --residents")]
    NoResidents,
    #[error(
        "the method gives {points} points to context, but no index is given; choose indicators with --context-index"
    )]
    NoContext { points: f64 },
    #[error("{file}: cannot be used as a method; `tensionmap list method` prints a complete one to edit")]
    MethodFile { file: String, source: Cause },
    #[error(
        "{file}: cannot be used as a table of weights; expected one of tension, count and cchi-sqrt, or TOML with lines such as \
         riot = 12.0"
    )]
    WeightsFile { file: String, source: Cause },
    #[error("the method is not complete TOML with the keys of `tensionmap list method`")]
    MethodText(#[source] Cause),
    #[error("the method cannot be used: {problem}")]
    MethodValue { problem: String },
    #[error("the scores cannot be turned into a table")]
    Frame(#[source] Cause),
}
