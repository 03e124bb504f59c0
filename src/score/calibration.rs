//! Calibration of the anchor on history.

use super::ScoreError;
use super::anchor::Anchor;
use super::covariates::Covariates;
use super::method::Method;
use super::scoring::Scoring;
use super::windows::Windows;
use crate::cube::Cube;
use crate::grid::StudyArea;
use crate::incident::Day;
use crate::rounding::significant;

/// Calibrates D½ on history: the 90th percentile of the non-zero densities at 13 dates before the current window.
///
/// The dates are a window (four weeks) apart, the last at the start of the current window. The percentile is linear between
/// ranks and rounded to three significant figures. `None` without a report before the window.
///
/// # Errors
/// Returns an error in the cases of [`Scoring::new`].
pub fn calibrate(cube: &Cube, area: &StudyArea, as_of: Day, method: &Method) -> Result<Option<f64>, ScoreError> {
    Ok(calibrated(&Scoring::new(cube, area, method, Covariates::default())?, as_of))
}

/// Mass below which a unit holds nothing: what is left of a report after some twenty half-lives.
const MIN_MASS: f64 = 1e-6;

impl Scoring<'_> {
    /// A density, unless it is what reports of long ago have decayed to even in the unit with most ground.
    fn weighty(&self, density: Option<f64>) -> Option<f64> {
        let most = self.neighbourhood.exposure.iter().copied().fold(0.0, f64::max);
        density.filter(|density| density * most >= MIN_MASS)
    }

    /// The method's D½, or the one calibrated on history before a date.
    #[must_use]
    pub fn anchor(&self, as_of: Day) -> Anchor {
        let frozen = || self.method.d_half.map(Anchor::Frozen);
        let current = || self.weighty(percentile_90(densities(self, &[as_of]))).map(Anchor::Current);
        frozen().or_else(|| calibrated(self, as_of).map(Anchor::Calibrated)).or_else(current).unwrap_or(Anchor::None)
    }
}

fn calibrated(scoring: &Scoring<'_>, as_of: Day) -> Option<f64> {
    let (from, to) = scoring.windows(as_of).baseline;
    let mut dates: Vec<Day> =
        (0..13).map(|k| to - k * scoring.method.window_days).filter(|&date| date > from).collect();
    dates.reverse();
    scoring.weighty(percentile_90(densities(scoring, &dates)))
}

/// Non-zero densities of a study area at dates in ascending order, before any cap or smoothing.
fn densities(scoring: &Scoring<'_>, dates: &[Day]) -> Vec<f64> {
    if dates.is_empty() {
        return Vec::new();
    }
    let windows: Vec<Windows> = dates.iter().map(|&date| Windows::intensity_only(date)).collect();
    let mut observed = Vec::new();
    scoring.observe(&scoring.sweep(&windows), Anchor::None, &mut observed);
    observed
        .iter()
        .flat_map(|date| date.cells.iter().zip(&scoring.neighbourhood.exposure))
        .map(|(cell, exposure)| cell.strands.iter().sum::<f64>() / exposure)
        .filter(|&density| density > 0.0)
        .collect()
}

fn percentile_90(mut densities: Vec<f64>) -> Option<f64> {
    let last = densities.len().checked_sub(1)?;
    let (low, tenths) = (last * 9 / 10, last * 9 % 10);
    let (_, &mut below, above) = densities.select_nth_unstable_by(low, f64::total_cmp);
    let above = above.iter().copied().min_by(f64::total_cmp).unwrap_or(below);
    Some(significant(below + (above - below) * tenths as f64 / 10.0, 3))
}
