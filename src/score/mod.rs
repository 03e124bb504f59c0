//! Stage 6, cube → explained scores: the method weighs what was counted.
//!
//! A score is 0–100 points, the sum of its components: *surge* (credible excess over the place's own past), *intensity*
//! (weighted, decayed reports per km²), *corroboration* (strands and sources that agree) and *spread* (neighbours that are
//! rising too). A score at T sees only what was known before T, and compares a place with itself, never with other places.

mod coverage;
mod intensity;
pub mod level;
mod method;
mod surge;
#[cfg(feature = "polars")]
mod table;
mod tally;

use h3o::CellIndex;

pub use coverage::Coverage;
pub use intensity::{decay, nearness};
pub use level::{Level, Rag};
pub use method::{HalfLives, Method, Points};
pub use surge::{Counts, Excess, Prior, RateRatio, credible_excess, dispersion, rate_ratio};

use crate::cube::Cube;
use crate::error::Cause;
use crate::grid::{self, StudyArea, boundary};
use crate::incident::{Category, Day, Strand};
use crate::numbers::significant;
use tally::{CellTally, Tally, Windows};

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
    /// Cell.
    pub cell: CellIndex,
    /// 0–100, the sum of the four components.
    pub score: f64,
    /// Computed level; absent where nothing was scored, because silence is not a level.
    pub level: Option<Level>,
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
    /// Intensity on its 0–1 scale.
    pub u_intensity: f64,
    /// Weighted, decayed reports per km².
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
    pub sources: usize,
}

/// Where D½ came from.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Anchor {
    /// Frozen in the method file: maps of different dates compare.
    Frozen(f64),
    /// Calibrated by this run on its own history, before the current window.
    Calibrated(f64),
    /// No history to calibrate on, so the current window had to serve: this map compares with no other.
    Current(f64),
    /// No report anywhere.
    None,
}

impl Anchor {
    /// D½ in mass per km².
    #[must_use]
    pub fn d_half(self) -> Option<f64> {
        match self {
            Self::Frozen(value) | Self::Calibrated(value) | Self::Current(value) => Some(value),
            Self::None => None,
        }
    }

    /// Where it came from, for captions.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Frozen(_) => "frozen in the method file",
            Self::Calibrated(_) => "calibrated by this run on its own history",
            Self::Current(_) => "from the current window for want of history: compares with no other map",
            Self::None => "not needed: no reports",
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
    /// One entry a study cell, sorted by cell.
    pub cells: Vec<CellScore>,
}

/// Scores every cell of a study area at `as_of`.
///
/// What it answers: where is tension, against each place's own past, as far as was known on that day? Units and ranges are
/// those of [`CellScore`]. A cell without any report has `Status::NoReports`, no level, and no points but for what its
/// neighbours do; a data set with fewer than `baseline_least_days` covered days before the window has no surge and no
/// spread. Complexity: O(cube rows × baseline blocks + cells). The README has the method in words.
///
/// # Errors
/// An empty study area; a resolution other than the cube's; a method out of range.
pub fn at(cube: &Cube, area: &StudyArea, as_of: Day, method: &Method) -> Result<Scores, ScoreError> {
    let Some(&first) = area.cells().first() else {
        let first = cube.rows().iter().map(|row| row.known).min();
        return Err(match first.filter(|&known| known > as_of) {
            Some(first) => ScoreError::NothingKnown { as_of, first },
            None => ScoreError::EmptyArea,
        });
    };
    if first.resolution() != cube.resolution() {
        return Err(ScoreError::Resolution { area: first.resolution(), cube: cube.resolution() });
    }
    method.check()?;
    let coverage = Coverage::known_at(cube, as_of);
    let windows = Windows::new(&coverage, as_of, method);
    let anchor = anchor(cube, area, &windows, method);
    let tally = Tally::new(cube, area, &windows, method, anchor.d_half());
    let ratios = ratios(area, &windows, method, &tally);
    let rising: Vec<bool> =
        ratios.iter().map(|ratio| ratio.is_some_and(|ratio| ratio.p_exceed >= method.spread_p)).collect();
    let cells = area.cells().iter().zip(&tally.cells).enumerate();
    let cells = cells.map(|(row, (&cell, counted))| {
        cell_score(cell, counted, &windows, method, anchor, ratios[row], spread(area, cell, &rising))
    });
    Ok(Scores {
        as_of,
        window: windows.window,
        window_days: windows.window_days,
        baseline: windows.comparable.then_some(windows.baseline),
        baseline_days: windows.baseline_days,
        dispersion: tally.dispersion,
        anchor,
        outside: tally.outside,
        later: tally.later,
        cells: cells.collect(),
    })
}

/// D½: the 90th percentile (linear between ranks) of the non-zero densities at 13 four-weekly dates that end where the
/// current window begins, to three significant figures. `None` without a report before the window.
///
/// # Errors
/// A method out of range.
pub fn calibrate(cube: &Cube, area: &StudyArea, as_of: Day, method: &Method) -> Result<Option<f64>, ScoreError> {
    method.check()?;
    let coverage = Coverage::known_at(cube, as_of);
    Ok(calibrated(cube, area, &Windows::new(&coverage, as_of, method), method))
}

fn calibrated(cube: &Cube, area: &StudyArea, windows: &Windows, method: &Method) -> Option<f64> {
    let (from, to) = windows.baseline;
    let dates = (0..13).map(|k| to - k * method.window_days).filter(|&date| date > from);
    percentile_90(dates.flat_map(|date| tally::densities(cube, area, date, method)).collect())
}

fn anchor(cube: &Cube, area: &StudyArea, windows: &Windows, method: &Method) -> Anchor {
    if let Some(frozen) = method.d_half {
        return Anchor::Frozen(frozen);
    }
    if let Some(own) = calibrated(cube, area, windows, method) {
        return Anchor::Calibrated(own);
    }
    percentile_90(tally::densities(cube, area, windows.as_of, method)).map_or(Anchor::None, Anchor::Current)
}

fn percentile_90(mut densities: Vec<f64>) -> Option<f64> {
    densities.sort_unstable_by(f64::total_cmp);
    let last = densities.len().checked_sub(1)?;
    let (low, tenths) = (last * 9 / 10, last * 9 % 10);
    let (below, above) = (densities[low], densities[(low + 1).min(last)]);
    Some(significant(below + (above - below) * tenths as f64 / 10.0, 3))
}

fn ratios(area: &StudyArea, windows: &Windows, method: &Method, tally: &Tally) -> Vec<Option<RateRatio>> {
    let baselines: Vec<f64> = tally.cells.iter().map(|cell| cell.baseline).collect();
    let mean = baselines.iter().sum::<f64>() / baselines.len() as f64;
    let exposure = f64::from(windows.baseline_days);
    let ratio = |(&cell, counted): (&CellIndex, &CellTally)| {
        if !windows.comparable || windows.window_days == 0 || counted.is_silent() {
            return None;
        }
        let disk = grid::disk(cell, 2).into_iter().filter_map(|other| area.row(other)).map(|row| baselines[row]);
        // The area-wide mean stands in the disk as one more cell, so that a disk of a few silent cells is not certainty.
        let near: Vec<f64> = disk.chain([counted.baseline, mean]).collect();
        let rate = near.iter().sum::<f64>() / (near.len() as f64 * exposure);
        let counts = Counts {
            window: counted.window,
            baseline: counted.baseline,
            window_days: f64::from(windows.window_days),
            baseline_days: exposure,
        };
        let prior = Prior { rate, days: method.prior_days, shape: method.prior_shape, dispersion: tally.dispersion };
        rate_ratio(counts, prior)
    };
    area.cells().iter().zip(&tally.cells).map(ratio).collect()
}

/// Share of a cell's neighbours under study that are rising.
fn spread(area: &StudyArea, cell: CellIndex, rising: &[bool]) -> f64 {
    let near: Vec<bool> =
        grid::disk(cell, 1).into_iter().filter_map(|other| area.row(other)).map(|row| rising[row]).collect();
    if near.is_empty() { 0.0 } else { near.iter().filter(|&&up| up).count() as f64 / near.len() as f64 }
}

fn cell_score(
    cell: CellIndex,
    counted: &CellTally,
    windows: &Windows,
    method: &Method,
    anchor: Anchor,
    ratio: Option<RateRatio>,
    spread: f64,
) -> CellScore {
    let mass: f64 = counted.strands.iter().sum();
    let density = mass / boundary::area_km2(cell);
    let u_intensity = anchor.d_half().map_or(0.0, |d_half| 1.0 - (-density / d_half).exp2());
    let u_surge = ratio.map_or(0.0, |ratio| ratio.lo.log2().clamp(0.0, 1.0));
    let share = |part: f64| if mass > 0.0 { part / mass } else { 0.0 };
    let strands = counted.strands.map(share);
    let present = strands.iter().filter(|&&part| part > 0.0 && part >= method.strand_share).count();
    let sources = counted.sources.len();
    let agreeing = present.saturating_sub(1) + sources.clamp(1, 4) - 1;
    let u_corroboration = if present > 0 { agreeing as f64 / 5.0 } else { 0.0 };
    let mut categories: Vec<(Category, f64)> =
        counted.categories.iter().map(|(&category, &part)| (category, share(part))).collect();
    categories.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    // A coming event is a report too, though no count holds it.
    let silent = counted.is_silent() && counted.strands[Strand::Potential as usize] <= 0.0;
    let status = match (windows.window_days, silent) {
        (0, _) => Status::NoData,
        (_, true) => Status::NoReports,
        _ => Status::Scored,
    };
    let Points { surge, intensity, corroboration, spread: most_spread } = method.points;
    let [surge, intensity] = [surge * u_surge, intensity * u_intensity];
    let [corroboration, spread] = [corroboration * u_corroboration, most_spread * spread];
    let score = surge + intensity + corroboration + spread;
    let sparse = counted.window < method.sparse_below;
    let too_few = sparse && !counted.grave;
    let corroborated = present >= 2 || sources >= 2;
    let p_exceed = ratio.map_or(0.0, |ratio| ratio.p_exceed);
    let level = level::computed(method, score, p_exceed, too_few, corroborated);
    CellScore {
        cell,
        score,
        level: (status == Status::Scored).then_some(level),
        status,
        sparse,
        intensity,
        surge,
        corroboration,
        spread,
        u_intensity,
        density,
        n_window: counted.window,
        n_baseline: counted.baseline,
        ratio,
        strands,
        categories,
        sources,
    }
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
        "the study area has cells of resolution {area}, the cube of resolution {cube}; use one --resolution for both"
    )]
    Resolution { area: h3o::Resolution, cube: h3o::Resolution },
    #[error("{file}: cannot be used as a method; `tensionmap list method` prints a complete one to edit")]
    MethodFile { file: String, source: Cause },
    #[error("the method is not complete TOML with the keys of `tensionmap list method`")]
    MethodText(#[source] Cause),
    #[error("the method cannot be used: {problem}")]
    MethodValue { problem: String },
    #[error("the scores cannot be turned into a table")]
    Frame(#[source] Cause),
}
