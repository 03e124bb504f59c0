//! The anchor D½: the density at which the intensity component is half full. It makes maps of different dates comparable.

use super::ScoreError;
use super::method::Method;
use super::scoring::{Covariates, Scoring};
use super::windows::Windows;
use crate::cube::Cube;
use crate::grid::StudyArea;
use crate::incident::Day;
use crate::rounding::significant;

/// D½ with its origin.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Anchor {
    /// Frozen in the method file: maps of different dates are comparable.
    Frozen(f64),
    /// Calibrated by this run on history before the current window.
    Calibrated(f64),
    /// Calibrated on the current window for lack of history: the map is not comparable with any other.
    Current(f64),
    /// No report anywhere.
    None,
}

impl Anchor {
    /// D½ in the unit of [`Method::density`].
    #[must_use]
    pub fn d_half(self) -> Option<f64> {
        match self {
            Self::Frozen(value) | Self::Calibrated(value) | Self::Current(value) => Some(value),
            Self::None => None,
        }
    }

    /// The anchor of a saved layer, by the text of [`Self::about`].
    pub(crate) fn from_about(about: &str, d_half: Option<f64>) -> Option<Self> {
        let all = d_half.map_or_else(
            || vec![Self::None],
            |value| vec![Self::Frozen(value), Self::Calibrated(value), Self::Current(value)],
        );
        all.into_iter().find(|anchor| anchor.about() == about)
    }

    /// Origin, for captions.
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

pub(super) fn choose(scoring: &Scoring<'_>, as_of: Day) -> Anchor {
    if let Some(frozen) = scoring.method.d_half {
        return Anchor::Frozen(frozen);
    }
    if let Some(d_half) = calibrated(scoring, as_of) {
        return Anchor::Calibrated(d_half);
    }
    percentile_90(densities(scoring, &[as_of])).map_or(Anchor::None, Anchor::Current)
}

pub(super) fn calibrated(scoring: &Scoring<'_>, as_of: Day) -> Option<f64> {
    let (from, to) = scoring.windows(as_of).baseline;
    let mut dates: Vec<Day> =
        (0..13).map(|k| to - k * scoring.method.window_days).filter(|&date| date > from).collect();
    dates.reverse();
    percentile_90(densities(scoring, &dates))
}

/// Non-zero densities of a study area at dates in ascending order, before any cap or smoothing.
fn densities(scoring: &Scoring<'_>, dates: &[Day]) -> Vec<f64> {
    if dates.is_empty() {
        return Vec::new();
    }
    let windows: Vec<Windows> = dates.iter().map(|&date| Windows::intensity_only(date)).collect();
    let observed = scoring.observe(&windows, Anchor::None);
    observed
        .iter()
        .flat_map(|date| date.iter().zip(&scoring.neighbourhood.exposure))
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
