//! Scoring: a method weighs the counts of a cube into explained scores.
//!
//! A score is 0–100 points, the sum of its components. *Surge* is the credible excess over the place's own past,
//! *intensity* the weighted, decayed reports per km². *Corroboration* is of strands and sources that agree, *spread* of
//! neighbours that rise too. A score at T uses only what was known before T, and compares a place with its own past.
//!
//! [`Scoring`] sweeps each cell's counts through the dates once (`cell_sweep`), then scores each date with all cells side by
//! side (`date_scores`). Statistics (`surge`, `intensity`, `level`) are plain functions with the constants of the [`Method`].

mod anchor;
mod assessment;
mod blocks;
mod calibration;
mod cell;
mod cell_sweep;
mod change;
pub(crate) mod columns;
mod covariates;
mod coverage;
mod daily_counts;
mod date_scores;
mod evidence;
mod evidence_rules;
mod explain;
#[cfg(feature = "polars")]
pub mod expressions;
mod fitting;
#[cfg(feature = "polars")]
mod frames;
mod intensity;
mod lanes;
mod law_book;
mod level;
mod method;
mod neighbourhood;
mod profiles;
mod reporting;
mod scoring;
mod series;
mod sources;
mod surge;
mod sweep;
mod tails;
pub mod weights;
mod windows;

use h3o::CellIndex;

pub use anchor::Anchor;
pub use assessment::{ActiveAssessments, Assessment, Assessments};
pub use calibration::calibrate;
pub use change::{CellChange, Change};
pub use covariates::Covariates;
pub use coverage::Coverage;
pub use date_scores::{DateSummary, DatedScore};
pub(crate) use evidence::words as evidence_words;
pub use evidence::{Evidence, VarianceLaw};
pub use evidence_rules::{EvidenceRules, EvidenceWindow};
pub(crate) use explain::wrapped;
pub use explain::{
    Comparison, Component, Condition, Corroboration, EvidenceBreakdown, Explanation, Intensity, IntensityPart,
    LevelCheck, Neighbour, NeighbourEvidence, Received, Smoothing, SourceBreakdown, SourceCount, SpreadBreakdown,
    StrandShare, Surge, Week, WindowEvidence,
};
#[cfg(feature = "polars")]
pub(crate) use frames::frame_column;
pub use intensity::{decay, nearness};
pub use level::{Level, LevelRule, Rag};
pub(crate) use method::METHODS;
pub use method::{ComponentPoints, DensityUnit, HalfLives, Method};
pub use reporting::{PlaceKind, ReportingStatus, STUDY_AREA, SourceActivity};
pub use scoring::Scoring;
pub use series::{Series, Trend};
pub use surge::{Effect, Excess, Prior, RateRatio, SurgeCounts, credible_excess, dispersion, rate_ratio};
pub use tails::{Calm, ln_mid_p, poisson_quantile};
pub use windows::{Absence, Windows};

use crate::code::ids;
use crate::cube::Cube;
use crate::grid::StudyArea;
use crate::incident::{Category, Day, NOT_STATED};
use crate::invalid::Cause;
use crate::visible::visible;
use crate::watch::Cancelled;

ids! {
    /// Basis of a cell's score.
    #[derive(Default, serde::Serialize)]
    #[serde(rename_all = "snake_case")]
    Status {
        /// There are reports to score.
        Scored "scored";
        /// No report that carries weight in the window or the baseline. Silence is not calm.
        NoReports "no_reports";
        /// There are reports, but too little past to compare with: no level.
        NoPast "no_past";
        /// No covered day in the window: nothing is known.
        #[default]
        NoData "no_data";
    }
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Scored, Self::NoReports, Self::NoPast, Self::NoData];
}

/// Score of one cell with its components.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CellScore {
    /// Cell, or the stand-in of an area.
    pub cell: CellIndex,
    /// 0–100, the sum of the components.
    pub score: f64,
    /// Computed level under the rule that it falls only after some quieter weeks; absent where nothing was scored.
    pub level: Option<Level>,
    /// Level by this date alone.
    pub raw_level: Option<Level>,
    /// Basis of the score.
    pub status: Status,
    /// True if the window has fewer than [`Method::sparse_below`] reports.
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
    /// Mass per unit of [`Method::density`]: km² or 1,000 residents.
    pub density: f64,
    /// Reports in the window; fractional if a month lies partly inside.
    pub n_window: f64,
    /// Reports in the baseline.
    pub n_baseline: f64,
    /// Current rate ÷ own past rate; absent without reports or without enough history.
    pub ratio: Option<RateRatio>,
    /// Shares of the intensity by strand (experienced, evidenced, potential); they sum to 1, or to 0 without any mass.
    pub strands: [f64; 3],
    /// Shares of the intensity by category, largest first.
    pub categories: Vec<(Category, f64)>,
    /// Distinct sources in the window.
    pub sources: u32,
    /// Evidence, if the method has it and there is a past to compare with.
    pub evidence: Option<Evidence>,
    /// Reports in each window of the evidence.
    pub reports: [f64; 3],
}

impl CellScore {
    /// Points of all components but context.
    pub(crate) fn points_without_context(&self) -> f64 {
        self.surge + self.intensity + self.corroboration + self.spread
    }

    /// A cell without data.
    pub(crate) fn empty(cell: CellIndex) -> Self {
        Self::new(cell, &DatedScore::default(), None, &[0.0; Category::ALL.len()], 0.0)
    }
}

/// Source that is left out of the evidence at a date.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct AbsentSource {
    /// Name of the source.
    pub source: String,
    /// Why it is left out.
    #[serde(flatten)]
    pub absence: Absence,
}

/// Source of reports that name none, in sentences.
pub(crate) const UNNAMED: &str = "the source that is not named";

impl AbsentSource {
    /// Sentence on what is missing, of whom, since when.
    #[must_use]
    pub fn sentence(&self) -> String {
        let source = if self.source == NOT_STATED { UNNAMED.into() } else { visible(&self.source) };
        match self.absence {
            Absence::Missing(Some(since)) => {
                format!("no reports from {source} since {since}: its places have no level")
            }
            Absence::Missing(None) => {
                format!("{source} does not cover these days: its places have no level")
            }
            Absence::NoPast => format!("{source} has too little past: it is left out of the evidence"),
            Absence::ByMonth => {
                format!("{source} dates its reports by month: it is left out of the evidence")
            }
        }
    }
}

/// Scores of a study area at one date.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Scores {
    /// T: reports before this day count, none from it on.
    pub as_of: Day,
    /// The current window `[from, to)`.
    pub window: (Day, Day),
    /// Covered days of the window.
    pub window_days: i32,
    /// The baseline `[from, to)`; absent when history is too short for a surge component.
    pub baseline: Option<(Day, Day)>,
    /// Covered days of the baseline's span, even if it is too short.
    pub baseline_days: i32,
    /// φ, over-dispersion of the baseline.
    pub dispersion: f64,
    /// Variance laws of the windows of the evidence; none without it.
    pub laws: Vec<VarianceLaw>,
    /// Date from which the levels are held, because too little of the days since is covered.
    pub held_since: Option<Day>,
    /// Sources that are left out of the evidence.
    pub absent: Vec<AbsentSource>,
    /// True if the evidence is that of a whole month.
    pub by_month: bool,
    /// Reports of the whole area in the shortest window ÷ those to be expected.
    pub area_factor: Option<f64>,
    /// D½ and its origin.
    pub anchor: Anchor,
    /// Reports known at T outside the study area, counted in no score.
    pub outside: u64,
    /// Reports not yet known at T, or not yet begun and not about a coming event.
    pub later: u64,
    /// Mass moved out of the study area by smoothing.
    pub smoothed_away: f64,
    /// One entry per study cell, sorted by cell.
    pub cells: Vec<CellScore>,
}

/// Scores every cell of a study area at `as_of`: [`Scoring::at`] without covariates.
///
/// Answers where tension is, against each place's own past, as far as was known on that day. Units and ranges are those of
/// [`CellScore`]. A cell without any report has `Status::NoReports`, no level, and points only for spread. With fewer than
/// `baseline_least_days` covered days before the window there is no surge and no spread. O(cube rows + cells × baseline
/// blocks).
///
/// # Errors
/// Returns an error if the study area is empty or its resolution is not the cube's. Also if the method is out of range, or needs
/// the residents or the context index of [`Covariates`].
pub fn at(cube: &Cube, area: &StudyArea, as_of: Day, method: &Method) -> Result<Scores, ScoreError> {
    Ok(Scoring::new(cube, area, method, Covariates::default())?.at(as_of))
}

impl Scores {
    /// True if any source is missing, so that there may be a past but nothing to compare with it.
    pub(crate) fn misses_sources(&self) -> bool {
        self.absent.iter().any(|absent| matches!(absent.absence, Absence::Missing(_)))
    }

    /// True if they are by a method with evidence.
    pub(crate) fn has_evidence(&self) -> bool {
        !self.laws.is_empty()
    }

    /// Cells above the calmest level by this date alone, most evidence first. Without evidence: cells credibly above their own
    /// past, not sparse, `rr_lo` above 1, largest first.
    #[must_use]
    pub fn standing_out(&self) -> Vec<&CellScore> {
        if self.has_evidence() {
            let evidence = |cell: &CellScore| cell.evidence.map_or(0.0, |evidence| evidence.total);
            let is_raised = |cell: &&CellScore| cell.raw_level.is_some_and(|level| level.rank() > 0);
            let mut cells: Vec<_> = self.cells.iter().filter(is_raised).collect();
            cells.sort_by(|a, b| evidence(b).total_cmp(&evidence(a)).then(a.cell.cmp(&b.cell)));
            return cells;
        }
        let low = |cell: &CellScore| cell.ratio.map_or(0.0, |ratio| ratio.lo);
        let mut cells: Vec<_> = self.cells.iter().filter(|cell| !cell.sparse && low(cell) > 1.0).collect();
        cells.sort_by(|a, b| low(b).total_cmp(&low(a)).then(a.cell.cmp(&b.cell)));
        cells
    }
}

/// Errors of scoring.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum ScoreError {
    #[error("scoring was stopped")]
    Cancelled(#[from] Cancelled),
    #[error("the study area has no cells, expected one or more; check --area")]
    EmptyArea,
    #[error("no report was known by {as_of}: the first became known on {first}; choose a later --as-of")]
    NothingKnown { as_of: Day, first: Day },
    #[error("no report was known by {as_of}, the series' first date: the first became known on {first}; begin later")]
    NothingKnownYet { as_of: Day, first: Day },
    #[error(
        "the as-of {as_of} lies {days} days after the latest report before it, of {latest}: no report is in its window or baseline; expected \
         one within {reach} days of a report: give --as-of {next}, or declare the days between as covered with --covered FROM..TO"
    )]
    NothingNear { as_of: Day, latest: Day, next: Day, days: i32, reach: i32 },
    #[error("the series has no date, expected one or more; begin it no later than it ends")]
    NoDates,
    #[error("{dates} dates of {cells} cells do not fit into 8 GiB; take fewer dates (--every) or larger cells")]
    TooLong { dates: usize, cells: usize },
    #[error("no report names the source {name:?}, whose days are declared as covered; there are: {known}{advice}")]
    NoSuchSource { name: String, known: String, advice: String },
    #[error("the study area has resolution {area}, the cube {cube}; use one --resolution for both")]
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
    #[error("got {given} values for {cells} cells; give one per cell, in the order of the study area")]
    Rows { given: usize, cells: usize },
    #[error("the method divides intensity by residents, but none are given; name their indicator with --residents")]
    NoResidents,
    #[error("the method gives {points} points to context, but no index is given; choose one with --context-index")]
    NoContext { points: f64 },
    #[error("{file}: cannot be used as a method; `tensionmap list method` prints a complete one to edit{advice}")]
    MethodFile { file: String, advice: String, source: Cause },
    #[error(
        "{file}: cannot be used as a table of weights; expected one of tension, count and cchi-sqrt, or TOML with lines such as \
         riot = 12.0{advice}"
    )]
    WeightsFile { file: String, advice: String, source: Cause },
    #[error("the method is not complete TOML with the keys of `tensionmap list method`")]
    MethodText(#[source] Cause),
    #[error("the method cannot be used: {problem}")]
    MethodValue { problem: String },
    #[error("the scores cannot be turned into a table")]
    Frame(#[source] Cause),
}
