//! Why a cell has its score: everything behind it, in numbers that add up and in words.
//!
//! Nothing here is a second method. Scores, levels and counts are those of [`Scoring::at`]; what is broken down is weighed
//! again record by record, so that the parts are an account of the whole rather than shares of it.

mod breakdown;
mod doubts;
mod judged;
mod parts;
mod text;
mod words;

use h3o::{CellIndex, LatLng};

pub(crate) use text::wrapped;

pub use parts::{
    Comparison, Component, Condition, Corroboration, Explanation, Intensity, LevelCheck, Neighbour, Part, Received,
    Smoothing, SourceCount, Spread, StrandShare, Surge, Week,
};

use super::ScoreError;
use super::anchor::Anchor;
use super::scoring::Scoring;
use super::situation::{self, Date, Moment};
use super::surge::{Counts, Prior, RateRatio, rate_ratio};
use crate::incident::Day;

/// Weekly as-ofs that the history of a cell goes back.
const WEEKS: i32 = 52;

impl Scoring<'_> {
    /// Everything behind one cell's score. O(cube rows + 52 × cells).
    ///
    /// # Errors
    /// A cell of another resolution, or outside the study area.
    pub fn explain(&self, cell: CellIndex, as_of: Day) -> Result<Explanation, ScoreError> {
        let row = self.row_of(cell)?;
        Ok(self.explain_row(row, as_of, self.anchor(as_of)))
    }

    /// The same with an anchor that was found elsewhere.
    ///
    /// # Errors
    /// As [`Self::explain`].
    pub fn explain_with(&self, cell: CellIndex, as_of: Day, anchor: Anchor) -> Result<Explanation, ScoreError> {
        Ok(self.explain_row(self.row_of(cell)?, as_of, anchor))
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
            ScoreError::CellOutside {
                cell,
                at: format!("{:.4}, {:.4}", at.lat(), at.lng()),
                cells: cells.len(),
                nearest,
                km: away(&nearest),
            }
        })
    }

    fn explain_row(&self, row: usize, as_of: Day, anchor: Anchor) -> Explanation {
        // Alone, as the map does: on the way through a year the last bit of a sum may come out otherwise.
        let mut shown = None;
        self.each(&[as_of], anchor, |date, moments| shown = Some((date.clone(), moments.to_vec())));
        #[allow(clippy::expect_used, reason = "every date asked for is shown once")]
        let (date, moments) = shown.expect("the date is shown");
        let before: Vec<Day> = (1..WEEKS).rev().map(|week| as_of - 7 * week).collect();
        let mut history = Vec::new();
        self.each(&before, anchor, |date, moments| history.push(Week::of(date, &moments[row])));
        history.push(Week::of(&date, &moments[row]));
        let cell = self.area.cells()[row];
        let at = LatLng::from(cell);
        let moment = &moments[row];
        let earlier = usize::from(self.method.fall_after_weeks) - 1;
        let now = Now { scoring: self, anchor, date: &date, moments: &moments, row };
        let (surge, intensity, corroboration, spread) =
            (now.surge(), now.intensity(), now.corroboration(), now.spread());
        let mut explanation = Explanation {
            cell,
            lat: at.lat(),
            lng: at.lng(),
            as_of,
            status: moment.status,
            sparse: moment.sparse,
            score: moment.score,
            level: moment.level,
            raw_level: moment.raw_level,
            points: now.points(),
            levels: now.levels(&surge, &corroboration),
            surge,
            intensity,
            corroboration,
            spread,
            earlier: history.iter().rev().skip(1).take(earlier).cloned().collect(),
            history,
            not_known: Vec::new(),
        };
        explanation.not_known = now.doubts(&explanation);
        explanation
    }
}

/// The cell at the date, among all cells.
struct Now<'a> {
    scoring: &'a Scoring<'a>,
    anchor: Anchor,
    date: &'a Date,
    moments: &'a [Moment],
    row: usize,
}

impl Now<'_> {
    fn moment(&self) -> &Moment {
        &self.moments[self.row]
    }

    fn points(&self) -> Vec<Component> {
        let moment = self.moment();
        let points = [moment.surge, moment.intensity, moment.corroboration, moment.spread, moment.context];
        let names = ["surge", "intensity", "corroboration", "spread", "context"];
        let of = |((name, most), points): ((&'static str, f64), f64)| Component {
            name,
            u: if most > 0.0 { points / most } else { 0.0 },
            most,
            points,
        };
        let shown = if self.scoring.method.points.context > 0.0 { 5 } else { 4 };
        names.into_iter().zip(self.scoring.method.points.scaled()).zip(points).take(shown).map(of).collect()
    }

    /// What a cell is compared with, and how it compares; `None` where there is nothing to compare.
    fn compared(&self, row: usize) -> Option<(Counts, Prior, RateRatio)> {
        let windows = &self.date.windows;
        let moment = &self.moments[row];
        let silent = moment.n_window <= 0.0 && moment.n_baseline <= 0.0;
        if !windows.comparable || windows.window_days == 0 || silent {
            return None;
        }
        let counts = Counts {
            window: moment.n_window,
            baseline: moment.n_baseline,
            window_days: f64::from(windows.window_days),
            baseline_days: f64::from(windows.baseline_days),
        };
        let baselines: Vec<f64> = self.moments.iter().map(|moment| moment.n_baseline).collect();
        let prior = situation::prior(self.scoring.terms(self.anchor), self.date, &baselines, row);
        Some((counts, prior, rate_ratio(counts, prior)?))
    }

    fn surge(&self) -> Surge {
        let windows = &self.date.windows;
        let moment = self.moment();
        let comparison = self.compared(self.row).map(|(counts, prior, ratio)| {
            let disk = self.scoring.ground.disk(self.row);
            let in_disk = disk.iter().map(|&other| self.moments[other as usize].n_baseline).sum::<f64>();
            let disk_cells = disk.len() + 1;
            let days = counts.baseline_days;
            // The letters of `rate_ratio`.
            let (alpha0, beta0) = (
                (counts.baseline + prior.days * prior.rate) / prior.dispersion,
                (days + prior.days) / prior.dispersion,
            );
            Comparison {
                prior_days: prior.days,
                prior_rate: prior.rate,
                disk_rate: (in_disk + moment.n_baseline) / (disk_cells as f64 * days),
                disk_cells,
                area_rate: self.date.mean_baseline / days,
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
        });
        Surge {
            window_from: windows.window.0,
            window_to: windows.window.1,
            window_days: windows.window_days,
            baseline_from: windows.baseline.0,
            baseline_days: windows.baseline_days,
            baseline_least_days: self.scoring.method.baseline_least_days,
            observed: moment.n_window,
            n_baseline: moment.n_baseline,
            comparison,
        }
    }
}

impl Week {
    fn of(date: &Date, moment: &Moment) -> Self {
        Self {
            as_of: date.windows.as_of,
            status: moment.status,
            score: moment.score,
            level: moment.level,
            raw_level: moment.raw_level,
            n_window: moment.n_window,
            surge: moment.surge,
            intensity: moment.intensity,
            corroboration: moment.corroboration,
            spread: moment.spread,
            context: moment.context,
        }
    }
}
