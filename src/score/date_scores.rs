//! Scores of all cells at one date: each cell beside its own past and its neighbours.

use rayon::prelude::*;

use super::Status;
use super::cell_sweep::{Observations, Observed};
use super::evidence::{DateEvidence, Evidence, EvidenceInputs, Laws, VarianceLaw};
use super::evidence_rules::{EvidenceRules, NO_WINDOW, WINDOWS};
use super::level::{self, Level, LevelEvidence};
use super::method::Method;
use super::neighbourhood::Neighbourhood;
use super::surge::{Excess, Prior, SurgeCounts, credible_excess};
use super::windows::{Absence, Windows};

/// Score of one cell at one date, as kept by a series.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct DatedScore {
    /// 0–100, the sum of the components.
    pub score: f64,
    /// Points for surge: with evidence, those of the place by itself.
    pub surge: f64,
    /// Points for intensity; none with evidence.
    pub intensity: f64,
    /// Intensity on its own scale, 0 to 1.
    pub u_intensity: f64,
    /// Points for corroboration.
    pub corroboration: f64,
    /// Points for spread: with evidence, what the neighbours add to surge, or take from it below 0.
    pub spread: f64,
    /// Points for context.
    pub context: f64,
    /// Evidence, if the method has it and there is a past to compare with.
    pub evidence: Option<Evidence>,
    /// Reports in each window of the evidence.
    pub reports: [f64; WINDOWS],
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
    /// Variance laws of the windows of the evidence; none without it.
    pub laws: Vec<VarianceLaw>,
    /// Reports of the whole area in the shortest window of the evidence ÷ those to be expected.
    pub area_factor: Option<f64>,
}

/// Inputs of one date.
pub(super) struct DateInputs<'a> {
    pub(super) windows: &'a Windows,
    pub(super) laws: Option<&'a Laws>,
    pub(super) observed: &'a Observations,
    /// True for rows of the study area as known then; empty if all are.
    pub(super) known: Vec<bool>,
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
    evidence: DateEvidence,
}

/// Cells below which another thread costs more than it saves.
const MIN_CELLS_PER_TASK: usize = 512;

impl DateScorer {
    /// Scores all cells at one date into [`Self::scores`].
    pub(super) fn score(&mut self, context: ScoringContext<'_>, inputs: &DateInputs<'_>) -> DateSummary {
        let observed = inputs.observed.cells.as_slice();
        self.baselines.clear();
        self.baselines.extend(observed.iter().map(|cell| cell.baseline));
        let mut summary = DateSummary {
            windows: inputs.windows.clone(),
            dispersion: match inputs.laws {
                Some(laws) => laws.of(WINDOWS).dispersion,
                None => pooled_dispersion(observed, inputs.windows.borders.len().saturating_sub(1)),
            },
            mean_baseline: self.baselines.iter().sum::<f64>() / self.baselines.len() as f64,
            smoothed_away: smoothed_away(context, observed),
            laws: inputs.laws.map_or_else(Vec::new, |laws| laws.all().to_vec()),
            area_factor: None,
        };
        match (&context.method.evidence, inputs.laws) {
            (Some(rules), Some(laws)) => {
                self.score_by_evidence(context, inputs, rules, laws);
                summary.area_factor = self.evidence.area_factor;
            }
            _ => self.score_by_excess(context, inputs.windows, observed, &summary),
        }
        summary
    }

    /// Scores by the credible excess over the past, as `tension-1` does.
    fn score_by_excess(
        &mut self,
        context: ScoringContext<'_>,
        windows: &Windows,
        observed: &[Observed],
        summary: &DateSummary,
    ) {
        let rows = || (0..observed.len()).into_par_iter().with_min_len(MIN_CELLS_PER_TASK);
        let (thresholds, baselines) = (thresholds(context.method), &self.baselines);
        let excess = |row: usize| {
            let counts = surge_counts(windows, observed[row].window, observed[row].baseline)?;
            credible_excess(counts, prior(context, summary, baselines, row), &thresholds)
        };
        rows().map(excess).collect_into_vec(&mut self.excess);
        let excess = &self.excess;
        let score = |row: usize| {
            let common = Common::of(context, row, observed);
            let status = status(windows, &observed[row]);
            by_excess(context, row, &observed[row], common, status, excess)
        };
        rows().map(score).collect_into_vec(&mut self.scores);
    }

    /// Scores by the evidence, as `tension-2` does.
    fn score_by_evidence(
        &mut self,
        context: ScoringContext<'_>,
        inputs: &DateInputs<'_>,
        rules: &EvidenceRules,
        laws: &Laws,
    ) {
        let DateInputs { windows, observed: Observations { cells, baselines }, known, .. } = inputs;
        let rows = || (0..cells.len()).into_par_iter().with_min_len(MIN_CELLS_PER_TASK);
        let ground = EvidenceInputs { method: context.method, rules, neighbourhood: context.neighbourhood, known };
        self.evidence.compute(ground, windows, laws, cells, baselines);
        let evidence = &self.evidence.places;
        let score = |row: usize| {
            let common = Common::of(context, row, cells);
            let is_in = known.get(row).is_none_or(|known| *known);
            let status = if is_in { status_by_source(windows, &cells[row], evidence[row]) } else { Status::NoData };
            by_evidence(context, rules, (&cells[row], windows.spans.len()), common, status, evidence[row])
        };
        rows().map(score).collect_into_vec(&mut self.scores);
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

/// Basis of a cell's score, if sources cover days of their own.
fn status_by_source(windows: &Windows, observed: &Observed, evidence: Option<Evidence>) -> Status {
    let is_covered = windows.groups.iter().any(|group| matches!(group.absence, None | Some(Absence::NoPast)));
    let silent = observed.window <= 0.0 && observed.baseline <= 0.0 && observed.strands[2] <= 0.0;
    if !is_covered || !observed.is_heard && windows.comparable {
        Status::NoData
    } else if silent {
        Status::NoReports
    } else if evidence.is_some() {
        Status::Scored
    } else if windows.comparable {
        Status::NoData
    } else {
        Status::NoPast
    }
}

/// Parts of a score that do not depend on the past.
#[derive(Clone, Copy)]
struct Common {
    strands: [f64; 3],
    mass: f64,
    density: f64,
    /// Strands with a share of the mass.
    present: usize,
    u_intensity: f64,
    u_corroboration: f64,
    u_context: f64,
}

impl Common {
    fn of(context: ScoringContext<'_>, row: usize, observed: &[Observed]) -> Self {
        let ScoringContext { method, neighbourhood, d_half, context } = context;
        let strands = neighbourhood.smoothed(row, |row| &observed[row].strands);
        let mass: f64 = strands.iter().sum();
        let density = mass / neighbourhood.exposure[row];
        let present = strands.iter().filter(|&&part| part > 0.0 && part >= method.strand_share * mass).count();
        // Reports without a source count as one source.
        let agreeing = present.saturating_sub(1) + observed[row].sources.clamp(1, 4) as usize - 1;
        Self {
            strands,
            mass,
            density,
            present,
            u_intensity: d_half.map_or(0.0, |d_half| 1.0 - (-density / d_half).exp2()),
            u_corroboration: if present > 0 { agreeing as f64 / 5.0 } else { 0.0 },
            u_context: context.and_then(|context| context[row]).map_or(0.0, |index| index / 100.0),
        }
    }

    /// A score without any points of its own.
    fn score(self, method: &Method, observed: &Observed, status: Status) -> DatedScore {
        DatedScore {
            mass: self.mass,
            density: self.density,
            strands: self.strands,
            n_window: observed.window,
            n_baseline: observed.baseline,
            sources: observed.sources,
            // Shares of months sum to whole reports except for rounding; rounding must not decide.
            sparse: observed.window < method.sparse_below - 1e-9,
            status,
            u_intensity: self.u_intensity,
            reports: observed.reports,
            ..DatedScore::default()
        }
    }

    fn level_evidence(self, observed: &Observed, score: &DatedScore, excess: Option<Excess>) -> LevelEvidence {
        LevelEvidence {
            evidence: score.evidence.map_or(0.0, |evidence| evidence.total),
            excess,
            enough: !score.sparse || observed.grave,
            corroborated: self.present >= 2 || observed.sources >= 2,
        }
    }
}

/// The score of one cell: points = maximum × u, with u of surge, intensity, corroboration, spread and context in 0–1.
fn by_excess(
    context: ScoringContext<'_>,
    row: usize,
    observed: &Observed,
    common: Common,
    status: Status,
    excesses: &[Option<Excess>],
) -> DatedScore {
    let ScoringContext { method, neighbourhood, .. } = context;
    let neighbours = neighbourhood.neighbours(row);
    let is_rising = |excess: Option<Excess>| excess.is_some_and(|excess| excess.exceeds(method.levels.len()));
    let rising = neighbours.iter().filter(|&&other| is_rising(excesses[other as usize])).count();
    let excess = excesses[row];
    let u = [
        excess.map_or(0.0, |excess| excess.u),
        common.u_intensity,
        common.u_corroboration,
        if neighbours.is_empty() { 0.0 } else { rising as f64 / neighbours.len() as f64 },
        common.u_context,
    ];
    let max = method.points.scaled();
    let [surge, intensity, corroboration, spread, context]: [f64; 5] = std::array::from_fn(|part| max[part] * u[part]);
    let mut score = common.score(method, observed, status);
    score.score = surge + intensity + corroboration + spread + context;
    (score.surge, score.intensity, score.corroboration) = (surge, intensity, corroboration);
    (score.spread, score.context) = (spread, context);
    let evidence = common.level_evidence(observed, &score, excess);
    score.raw_level = (status == Status::Scored).then(|| level::computed_level(&method.levels, score.score, evidence));
    score.level = score.raw_level;
    score
}

/// The score of one cell, in the order of the evidence: what the place shows by itself, and what its neighbours add or take.
fn by_evidence(
    context: ScoringContext<'_>,
    rules: &EvidenceRules,
    (observed, spans): (&Observed, usize),
    common: Common,
    status: Status,
    evidence: Option<Evidence>,
) -> DatedScore {
    let method = context.method;
    let max = method.points.scaled();
    let mut score = common.score(method, observed, status);
    let evidence = evidence.filter(|_| status != Status::NoData);
    // Silence has evidence for its neighbours to use, and no points.
    let with_points = evidence.filter(|_| status == Status::Scored);
    let [total, alone] = with_points.map_or([0.0; 2], |evidence| [evidence.total, evidence.alone]);
    let full = |evidence: f64| (evidence / rules.full).clamp(0.0, 1.0);
    score.evidence = evidence;
    // Of reports dated by month there is one window.
    score.reports[spans..].fill(NO_WINDOW);
    score.surge = max[0] * full(alone);
    score.spread = max[0] * full(total) - score.surge;
    score.corroboration = max[2] * common.u_corroboration * (total / rules.corroborated_from).clamp(0.0, 1.0);
    score.context = max[4] * common.u_context;
    score.score = score.surge + score.spread + score.corroboration + score.context;
    let gates = common.level_evidence(observed, &score, None);
    score.raw_level = (status == Status::Scored).then(|| level::computed_level(&method.levels, score.score, gates));
    score.level = score.raw_level;
    score
}
