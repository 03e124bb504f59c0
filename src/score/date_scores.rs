//! Scores of all cells at one date: each cell beside its own past and its neighbours.

use rayon::prelude::*;

use super::Status;
use super::cell_sweep::Observed;
use super::level::{self, Level, LevelEvidence};
use super::method::Method;
use super::neighbourhood::Neighbourhood;
use super::surge::{Excess, Prior, SurgeCounts, credible_excess};
use super::windows::Windows;

/// Score of one cell at one date, as kept by a series.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct DatedScore {
    /// 0–100, the sum of the components.
    pub score: f64,
    /// Points for surge.
    pub surge: f64,
    /// Points for intensity.
    pub intensity: f64,
    /// Points for corroboration.
    pub corroboration: f64,
    /// Points for spread.
    pub spread: f64,
    /// Points for context.
    pub context: f64,
    /// Weighted, decayed reports: intensity in mass.
    pub mass: f64,
    /// Mass per unit of [`Method::density`].
    pub density: f64,
    /// Intensity by strand, after smoothing, in mass.
    pub strands: [f64; 3],
    /// Reports in the window.
    pub n_window: f64,
    /// Reports in the baseline.
    pub n_baseline: f64,
    /// Distinct sources in the window.
    pub sources: u32,
    /// True if the window has fewer than [`Method::sparse_below`] reports.
    pub sparse: bool,
    /// Basis of the score.
    pub status: Status,
    /// Level by this date alone; absent where nothing was scored.
    pub raw_level: Option<Level>,
    /// Level under the rule that it falls only after some quieter weeks.
    pub level: Option<Level>,
}

/// Summary of the study area at one date.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DateSummary {
    /// Window, baseline and its blocks.
    pub windows: Windows,
    /// φ, over-dispersion of the baseline.
    pub dispersion: f64,
    /// Mean of the cells' baseline counts.
    pub(super) mean_baseline: f64,
    /// Mass moved out of the study area by smoothing.
    pub smoothed_away: f64,
}

/// Inputs of a score that are the same at every date.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScoringContext<'a> {
    pub(super) method: &'a Method,
    pub(super) neighbourhood: &'a Neighbourhood,
    pub(super) d_half: Option<f64>,
    /// Context index, 0 to 100, by row.
    pub(super) context: Option<&'a [Option<f64>]>,
}

/// Scorer of one date at a time, with buffers reused for the next.
#[derive(Debug, Default)]
pub(super) struct DateScorer {
    pub(super) scores: Vec<DatedScore>,
    baselines: Vec<f64>,
    excess: Vec<Option<Excess>>,
}

/// Cells below which another thread costs more than it saves.
const MIN_CELLS_PER_TASK: usize = 512;

impl DateScorer {
    /// Scores all cells at one date into [`Self::scores`].
    pub(super) fn score(
        &mut self,
        context: ScoringContext<'_>,
        windows: &Windows,
        observed: &[Observed],
    ) -> DateSummary {
        let method = context.method;
        let rows = || (0..observed.len()).into_par_iter().with_min_len(MIN_CELLS_PER_TASK);
        self.baselines.clear();
        self.baselines.extend(observed.iter().map(|cell| cell.baseline));
        let baselines = &self.baselines;
        let summary = DateSummary {
            windows: windows.clone(),
            dispersion: pooled_dispersion(observed, windows.borders.len().saturating_sub(1)),
            mean_baseline: baselines.iter().sum::<f64>() / baselines.len() as f64,
            smoothed_away: smoothed_away(context, observed),
        };
        let thresholds = thresholds(method);
        let excess = |row: usize| {
            let counts = surge_counts(windows, observed[row].window, observed[row].baseline)?;
            credible_excess(counts, prior(context, &summary, baselines, row), &thresholds)
        };
        rows().map(excess).collect_into_vec(&mut self.excess);
        let excess = &self.excess;
        let strands = |row: usize| context.neighbourhood.smoothed(row, |row| &observed[row].strands);
        let score = |row: usize| dated_score(context, windows, row, &observed[row], strands(row), excess);
        rows().map(score).collect_into_vec(&mut self.scores);
        summary
    }
}

/// Exceedance probabilities to test: those of the levels, then that of a rising neighbour.
fn thresholds(method: &Method) -> Vec<f64> {
    method.levels.iter().map(|level| level.p_exceed).chain([method.spread_p]).collect()
}

/// φ pooled over all cells: Σχ² ÷ degrees of freedom, at least 1.
fn pooled_dispersion(observed: &[Observed], blocks: usize) -> f64 {
    let (mut sum, mut cells) = (0.0, 0_usize);
    for chi_squared in observed.iter().map(|cell| cell.chi_squared).filter(|chi_squared| !chi_squared.is_nan()) {
        sum += chi_squared;
        cells += 1;
    }
    let freedom = cells * blocks.saturating_sub(1);
    if freedom == 0 { 1.0 } else { f64::max(1.0, sum / freedom as f64) }
}

/// Counts and exposures of a cell's rate ratio; `None` if there is nothing to compare.
pub(super) fn surge_counts(windows: &Windows, window: f64, baseline: f64) -> Option<SurgeCounts> {
    let [window_days, baseline_days] = [windows.window_days, windows.baseline_days].map(f64::from);
    let silent = window <= 0.0 && baseline <= 0.0;
    let is_comparable = windows.comparable && window_days > 0.0 && !silent;
    is_comparable.then_some(SurgeCounts { window, baseline, window_days, baseline_days })
}

/// Prior of a cell's rates: λ̄ is the mean rate of its ring-2 disk with the area mean as one more cell.
pub(super) fn prior(context: ScoringContext<'_>, summary: &DateSummary, baselines: &[f64], row: usize) -> Prior {
    let disk = context.neighbourhood.disk(row);
    // The area mean is one more cell of the disk, so that a disk of a few silent cells is not certainty.
    let sum = disk.iter().map(|&other| baselines[other as usize]).sum::<f64>() + baselines[row] + summary.mean_baseline;
    Prior {
        rate: sum / ((disk.len() + 2) as f64 * f64::from(summary.windows.baseline_days)),
        days: context.method.prior_days,
        shape: context.method.prior_shape,
        dispersion: summary.dispersion,
    }
}

/// Mass given by smoothing to neighbours outside the study area.
fn smoothed_away(context: ScoringContext<'_>, observed: &[Observed]) -> f64 {
    let neighbourhood = context.neighbourhood;
    if neighbourhood.kept_share >= 1.0 {
        return 0.0;
    }
    let away = |(row, cell): (usize, &Observed)| {
        let missing = neighbourhood.all_neighbours(row) - neighbourhood.neighbours(row).len() as f64;
        cell.strands.iter().sum::<f64>() * neighbourhood.given_share(row) * missing
    };
    observed.iter().enumerate().map(away).sum()
}

/// Basis of a cell's score.
fn status(windows: &Windows, observed: &Observed) -> Status {
    // A coming event is a report too, though it is in no count.
    let silent = observed.window <= 0.0 && observed.baseline <= 0.0 && observed.strands[2] <= 0.0;
    match (windows.window_days, silent) {
        (0, _) => Status::NoData,
        (_, true) => Status::NoReports,
        _ => Status::Scored,
    }
}

/// The score of one cell: points = maximum × u, with u of surge, intensity, corroboration, spread and context in 0–1.
fn dated_score(
    context: ScoringContext<'_>,
    windows: &Windows,
    row: usize,
    observed: &Observed,
    strands: [f64; 3],
    excesses: &[Option<Excess>],
) -> DatedScore {
    let ScoringContext { method, neighbourhood, d_half, context } = context;
    let mass: f64 = strands.iter().sum();
    let density = mass / neighbourhood.exposure[row];
    let present = strands.iter().filter(|&&part| part > 0.0 && part >= method.strand_share * mass).count();
    // Reports without a source count as one source.
    let agreeing = present.saturating_sub(1) + observed.sources.clamp(1, 4) as usize - 1;
    let neighbours = neighbourhood.neighbours(row);
    let is_rising = |excess: Option<Excess>| excess.is_some_and(|excess| excess.exceeds(method.levels.len()));
    let rising = neighbours.iter().filter(|&&other| is_rising(excesses[other as usize])).count();
    let excess = excesses[row];
    let u = [
        excess.map_or(0.0, |excess| excess.u),
        d_half.map_or(0.0, |d_half| 1.0 - (-density / d_half).exp2()),
        if present > 0 { agreeing as f64 / 5.0 } else { 0.0 },
        if neighbours.is_empty() { 0.0 } else { rising as f64 / neighbours.len() as f64 },
        context.and_then(|context| context[row]).map_or(0.0, |index| index / 100.0),
    ];
    let max = method.points.scaled();
    let [surge, intensity, corroboration, spread, context]: [f64; 5] = std::array::from_fn(|part| max[part] * u[part]);
    let score = surge + intensity + corroboration + spread + context;
    let status = status(windows, observed);
    // Shares of months sum to whole reports except for rounding; rounding must not decide.
    let sparse = observed.window < method.sparse_below - 1e-9;
    let corroborated = present >= 2 || observed.sources >= 2;
    let evidence = LevelEvidence { excess, enough: !sparse || observed.grave, corroborated };
    let raw_level = (status == Status::Scored).then(|| level::computed_level(&method.levels, score, evidence));
    DatedScore {
        score,
        surge,
        intensity,
        corroboration,
        spread,
        context,
        mass,
        density,
        strands,
        n_window: observed.window,
        n_baseline: observed.baseline,
        sources: observed.sources,
        sparse,
        status,
        raw_level,
        level: raw_level,
    }
}
