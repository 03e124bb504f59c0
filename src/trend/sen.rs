//! Sen's slope of a series, and its confidence interval.

use statrs::function::erf::erf_inv;

use super::mann_kendall::{tie_weight, weight};
use super::median_slope::middle_slopes;

/// Sen's slope: the median of the slopes `(x_j − x_i) / (t_j − t_i)` of all pairs of points (t, x), in units of x by units of t.
///
/// Up to 29 % of the points may be outliers. Points may be unevenly spaced and in any order; equal times have no slope,
/// and a NaN is ignored. `None` without two points of different times. O(n²) in time and memory; about O(n log n) for a long series whose
/// times rise, unless very many pairs share a slope other than 0.
///
/// By hand: (0, 1), (1, 2), (3, 8) have the slopes 1, 7/3 and 3.
///
/// ```
/// use tensionmap::unstable::trend::sen_slope;
/// assert_eq!(sen_slope(&[(0.0, 1.0), (1.0, 2.0), (3.0, 8.0)]), Some(7.0 / 3.0));
/// assert_eq!(sen_slope(&[(0.0, 1.0)]), None);
/// ```
///
/// Reference: Sen, Estimates of the regression coefficient based on Kendall's tau, J. Am. Stat. Assoc. 63 (1968) 1379–1389.
#[must_use]
pub fn sen_slope(points: &[(f64, f64)]) -> Option<f64> {
    let points = known(points);
    let by_bracket = if points.len() < MIN_BRACKETED { None } else { middle_slopes(&points) };
    let [lower, upper] = by_bracket.or_else(|| middle_of_all(&points))?;
    // The middle of a number and itself is the number.
    Some(f64::midpoint(lower, upper))
}

/// Number of points from which few of their pairs are computed.
const MIN_BRACKETED: usize = 1024;

/// The two slopes in the middle of those of all pairs, or the one twice.
pub(super) fn middle_of_all(points: &[(f64, f64)]) -> Option<[f64; 2]> {
    let mut slopes = slopes(points);
    let (middle, odd) = (slopes.len() / 2, slopes.len() % 2 == 1);
    if slopes.is_empty() {
        return None;
    }
    let (below, &mut upper, _) = slopes.select_nth_unstable_by(middle, f64::total_cmp);
    let lower = below.iter().copied().max_by(f64::total_cmp).filter(|_| !odd);
    Some([lower.unwrap_or(upper), upper])
}

/// Sen's slope with its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SenInterval {
    /// Sen's slope.
    pub slope: f64,
    /// Lower end of the interval.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

/// [`sen_slope`] with a two-sided interval of confidence `confidence`, 0 to 1.
///
/// By the variance σ² of Mann–Kendall's S, corrected for ties among times and values. Of N sorted slopes the ends are
/// those of rank (N ∓ z σ) / 2, rounded and clamped as in scipy's `theilslopes`. It assumes the normal approximation
/// and independent values: for successive scores it is too narrow. `None` where [`sen_slope`] is, or for a confidence
/// outside 0 to 1. O(n² log n).
///
/// ```
/// use tensionmap::unstable::trend::sen_interval;
/// let points = [0.0, 3.0, 1.0, 5.0, 4.0, 8.0, 6.0, 7.0, 9.0, 12.0].into_iter().enumerate().map(|(t, x)| (t as f64, x));
/// let found = sen_interval(&points.collect::<Vec<_>>(), 0.95).ok_or("ten points have a slope")?;
/// assert_eq!((found.lo, found.slope, found.hi), (0.8, 1.125, 11.0 / 7.0)); // as scipy's theilslopes
/// # Ok::<(), &str>(())
/// ```
///
/// Reference: Sen (1968), as [`sen_slope`]; Gilbert, Statistical Methods for Environmental Pollution Monitoring (1987) 217–219.
#[must_use]
pub fn sen_interval(points: &[(f64, f64)], confidence: f64) -> Option<SenInterval> {
    let slope = sen_slope(points).filter(|_| confidence > 0.0 && confidence < 1.0)?;
    let points = known(points);
    let mut slopes = slopes(&points);
    slopes.sort_unstable_by(f64::total_cmp);
    let (mut times, mut values): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    let variance = (weight(points.len() as f64) - tie_weight(&mut times) - tie_weight(&mut values)) / 18.0;
    let margin = std::f64::consts::SQRT_2 * erf_inv(confidence) * variance.max(0.0).sqrt();
    let all = slopes.len() as f64;
    let last = slopes.len() - 1;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates at 0")]
    let [lo, hi] = [f64::midpoint(all, -margin).round_ties_even() - 1.0, f64::midpoint(all, margin).round_ties_even()]
        .map(|rank| slopes[(rank as usize).min(last)]);
    Some(SenInterval { slope, lo, hi })
}

/// Points without NaN.
fn known(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    points.iter().copied().filter(|(t, x)| !t.is_nan() && !x.is_nan()).collect()
}

/// Slopes of all pairs of different times.
fn slopes(points: &[(f64, f64)]) -> Vec<f64> {
    let mut slopes = Vec::with_capacity(points.len() * points.len().saturating_sub(1) / 2);
    for (place, &(t, x)) in points.iter().enumerate() {
        let later = points[place + 1..].iter().filter(|(other, _)| (other - t).abs() > 0.0);
        slopes.extend(later.map(|&(other, value)| (value - x) / (other - t)));
    }
    slopes
}
