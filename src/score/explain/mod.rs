//! Explanation of a cell's score, in numbers that add up and in sentences.
//!
//! Scores, levels and counts are those of [`Scoring::at`]. Breakdowns weigh the reports one by one and sum to these figures.

mod breakdown;
mod checks;
mod evidence;
mod explanation;
mod sentences;
mod text;
mod unknowns;

use h3o::{CellIndex, LatLng};

pub(crate) use text::wrapped;

pub use explanation::{
    Comparison, Component, Condition, Corroboration, EvidenceBreakdown, Explanation, Intensity, IntensityPart,
    LevelCheck, Neighbour, NeighbourEvidence, Received, Smoothing, SourceBreakdown, SourceCount, SpreadBreakdown,
    StrandShare, Surge, Week, WindowEvidence,
};

use super::ScoreError;
use super::anchor::Anchor;
use super::date_scores::{self, DateSummary, DatedScore};
use super::scoring::Scoring;
use super::surge::{Effect, Prior, RateRatio, SurgeCounts, rate_ratio};
use crate::incident::Day;
use crate::watch;

/// Weekly as-ofs in the history of a cell.
const WEEKS: i32 = 52;

impl Scoring<'_> {
    /// Explains one cell's score. O(cube rows + 52 × cells).
    ///
    /// # Errors
    /// Returns an error if the cell has another resolution or is outside the study area.
    pub fn explain(&self, cell: CellIndex, as_of: Day) -> Result<Explanation, ScoreError> {
        self.explain_with(cell, as_of, self.anchor(as_of))
    }

    fn row_of(&self, cell: CellIndex) -> Result<usize, ScoreError> {
        let cells = self.area.cells();
        let expected = cells.first().map_or(cell.resolution(), |cell| cell.resolution());
        if cell.resolution() != expected {
            return Err(ScoreError::CellResolution { cell, found: cell.resolution(), expected });
        }
        self.area.row(cell).ok_or_else(|| {
            let at = LatLng::from(cell);
            let away = |other: &CellIndex| at.distance_km(LatLng::from(*other));
            let nearest = cells.iter().copied().min_by(|a, b| away(a).total_cmp(&away(b))).unwrap_or(cell);
            let (km, at) = (away(&nearest), format!("{:.4}, {:.4}", at.lat(), at.lng()));
            ScoreError::CellOutside { cell, at, cells: cells.len(), nearest, km }
        })
    }

    /// Explains one cell's score with a given anchor.
    ///
    /// # Errors
    /// Returns an error in the cases of [`Self::explain`].
    pub fn explain_with(&self, cell: CellIndex, as_of: Day, anchor: Anchor) -> Result<Explanation, ScoreError> {
        let row = self.row_of(cell)?;
        // Scored alone, as for the map: within a year's sweep the last bit of a sum may differ.
        let (summary, scores) = self.at_one(as_of, anchor);
        let before: Vec<Day> = (1..WEEKS).rev().map(|week| as_of - 7 * week).collect();
        let mut history = Vec::new();
        self.try_each(&before, anchor, |summary, scores| {
            history.push(Week::new(summary, &scores[row]));
            watch::check()
        })?;
        history.push(Week::new(&summary, &scores[row]));
        let at = LatLng::from(cell);
        let &DatedScore { status, sparse, score, level, raw_level, .. } = &scores[row];
        let earlier = usize::from(self.method.fall_after_weeks) - 1;
        let on_date = CellOnDate { scoring: self, anchor, summary: &summary, scores: &scores, row };
        let (surge, corroboration) = (on_date.surge(), on_date.corroboration());
        let mut explanation = Explanation {
            cell,
            lat: at.lat(),
            lng: at.lng(),
            as_of,
            status,
            sparse,
            score,
            level,
            raw_level,
            points: on_date.points(),
            levels: on_date.levels(&surge, &corroboration),
            surge,
            evidence: on_date.evidence(),
            points_per_evidence: on_date.points_per_evidence(),
            held_since: summary.windows.is_held(self.method).then_some(summary.windows.until),
            intensity: on_date.intensity(),
            corroboration,
            spread: on_date.spread(),
            earlier: history.iter().rev().skip(1).take(earlier).cloned().collect(),
            history,
            not_known: Vec::new(),
        };
        explanation.not_known = on_date.unknowns(&explanation);
        Ok(explanation)
    }
}

/// A cell at a date, among the scores of all cells.
struct CellOnDate<'a> {
    scoring: &'a Scoring<'a>,
    anchor: Anchor,
    summary: &'a DateSummary,
    scores: &'a [DatedScore],
    row: usize,
}

impl CellOnDate<'_> {
    fn score(&self) -> &DatedScore {
        &self.scores[self.row]
    }

    /// Points of one unit of evidence, up to where surge is full.
    fn points_per_evidence(&self) -> Option<f64> {
        let (rules, _) = self.scoring.evidence()?;
        Some(self.scoring.method.points.scaled()[0] / rules.full)
    }

    /// Components of a method with evidence: the place itself, its neighbours, corroboration and context.
    fn points_of_evidence(&self) -> Vec<Component> {
        let (score, [surge, _, corroboration, _, context]) = (self.score(), self.scoring.method.points.scaled());
        let component = |name, points: f64, most: f64| {
            let u = if most > 0.0 { points / most } else { 0.0 };
            Component { name, u, most, points }
        };
        let mut points = vec![
            component("surge", score.surge, surge),
            component("spread", score.spread, surge),
            component("corroboration", score.corroboration, corroboration),
        ];
        points.extend((context > 0.0).then(|| component("context", score.context, context)));
        points
    }

    fn points(&self) -> Vec<Component> {
        if self.scoring.evidence().is_some() {
            return self.points_of_evidence();
        }
        let score = self.score();
        let points = [score.surge, score.intensity, score.corroboration, score.spread, score.context];
        let names = ["surge", "intensity", "corroboration", "spread", "context"];
        let component = |((name, most), points): ((&'static str, f64), f64)| {
            let u = if most > 0.0 { points / most } else { 0.0 };
            Component { name, u, most, points }
        };
        let count = if self.scoring.method.points.context > 0.0 { 5 } else { 4 };
        names.into_iter().zip(self.scoring.method.points.scaled()).zip(points).take(count).map(component).collect()
    }

    /// Counts, prior and rate ratio of a cell; `None` if there is nothing to compare.
    fn compared(&self, row: usize) -> Option<(SurgeCounts, Prior, RateRatio)> {
        if self.scoring.evidence().is_some() {
            return None;
        }
        let score = &self.scores[row];
        let counts = date_scores::surge_counts(&self.summary.windows, score.n_window, score.n_baseline)?;
        let baselines: Vec<f64> = self.scores.iter().map(|score| score.n_baseline).collect();
        let prior = date_scores::prior(self.scoring.context(self.anchor), self.summary, &baselines, row);
        Some((counts, prior, rate_ratio(counts, prior)?))
    }

    fn surge(&self) -> Surge {
        let windows = &self.summary.windows;
        let score = self.score();
        let by_effect = score.effect().and_then(|effect| self.comparison_by_effect(effect));
        let comparison = by_effect.or_else(|| {
            self.compared(self.row).map(|(counts, prior, ratio)| {
                let disk = self.scoring.neighbourhood.disk(self.row);
                let in_disk = disk.iter().map(|&other| self.scores[other as usize].n_baseline).sum::<f64>();
                let disk_cells = disk.len() + 1;
                let days = counts.baseline_days;
                // Symbols of `rate_ratio`.
                let alpha0 = (counts.baseline + prior.days * prior.rate) / prior.dispersion;
                let beta0 = (days + prior.days) / prior.dispersion;
                Comparison {
                    prior_days: prior.days,
                    prior_rate: prior.rate,
                    disk_rate: (in_disk + score.n_baseline) / (disk_cells as f64 * days),
                    disk_cells,
                    area_rate: self.summary.mean_baseline / days,
                    dispersion: prior.dispersion,
                    alpha0,
                    beta0,
                    alpha1: counts.window / prior.dispersion + prior.shape,
                    beta1: counts.window_days / prior.dispersion + prior.shape / (alpha0 / beta0),
                    expected: ratio.expected,
                    rr: ratio.rr,
                    rr_lo: ratio.lo,
                    rr_hi: ratio.hi,
                    p_exceed: ratio.p_exceed,
                }
            })
        });
        Surge {
            window_from: windows.window.0,
            window_to: windows.window.1,
            window_days: windows.window_days,
            baseline_from: windows.baseline.0,
            baseline_days: windows.baseline_days,
            baseline_least_days: self.scoring.method.baseline_least_days,
            observed: score.n_window,
            n_baseline: score.n_baseline,
            comparison,
        }
    }
}

impl CellOnDate<'_> {
    /// Comparison of the current rate with the past one, as the evidence has it.
    fn comparison_by_effect(&self, effect: Effect) -> Option<Comparison> {
        let ratio = effect.ratio()?;
        let Effect { counted, expected, past, dispersion, shape, exposure } = effect;
        let days = f64::from(self.summary.windows.window_days.max(1));
        let rate = expected / days;
        Some(Comparison {
            prior_days: self.scoring.method.prior_days,
            prior_rate: rate,
            disk_rate: rate,
            disk_cells: self.scoring.neighbourhood.disk(self.row).len() + 1,
            area_rate: self.summary.mean_baseline / f64::from(self.summary.windows.baseline_days.max(1)),
            dispersion,
            alpha0: past / dispersion,
            beta0: past / rate / dispersion,
            alpha1: (counted + shape) / dispersion,
            beta1: (days + exposure * shape / rate) / dispersion,
            expected,
            rr: ratio.rr,
            rr_lo: ratio.lo,
            rr_hi: ratio.hi,
            p_exceed: ratio.p_exceed,
        })
    }
}

impl Week {
    fn new(summary: &DateSummary, dated: &DatedScore) -> Self {
        let &DatedScore { status, score, level, raw_level, n_window, .. } = dated;
        let &DatedScore { surge, intensity, corroboration, spread, context, .. } = dated;
        let as_of = summary.windows.as_of;
        let evidence = dated.evidence.map(|evidence| evidence.total);
        Self {
            as_of,
            status,
            evidence,
            score,
            level,
            raw_level,
            n_window,
            surge,
            intensity,
            corroboration,
            spread,
            context,
        }
    }
}
