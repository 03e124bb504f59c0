//! Mann–Kendall's test for a trend, and Sen's slope, its size.

use std::f64::consts::FRAC_1_SQRT_2;

use libm::erfc;

/// What [`mann_kendall`] finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannKendall {
    /// How many values there are.
    pub n: usize,
    /// S: pairs that rise less pairs that fall, from −n(n−1)/2 to n(n−1)/2.
    pub s: i64,
    /// Variance of S where there is no trend, ties allowed for.
    pub variance: f64,
    /// S in standard deviations, moved by one towards 0; above 0, the series rises.
    pub z: f64,
    /// Probability of a z at least as far from 0 where there is no trend, 0 to 1; two-sided.
    pub p: f64,
}

/// Mann–Kendall's test: does a series rise or fall more often than chance would have it?
///
/// Values are in order of time and only compared, so that spacing, units and outliers play no role. With t running over the
/// sizes of groups of equal values,
///
/// ```text
/// S    = Σ_{i<j} sgn(x_j − x_i)
/// var  = (n(n−1)(2n+5) − Σ t(t−1)(2t+5)) / 18
/// z    = (S − sgn S) / √var
/// p    = 2 (1 − Φ(|z|))
/// ```
///
/// z and p rest on the normal approximation, which is rough below ten values, and on values that are independent of each
/// other. Scores of successive weeks are not: they share most of their window, and p comes out too small. Use it to rank
/// series, not to prove one.
///
/// NaN is no value and left out. Nothing, one value, two values, and values that are all the same, are no trend: z = 0 and
/// p = 1. O(n²) comparisons; n is a number of dates.
///
/// By hand: of 1, 1, 1, 2 three pairs rise and three are tied, S = 3; var = (4·3·13 − 3·2·11)/18 = 5; z = 2/√5.
///
/// ```
/// let trend = tensionmap::hotspot::mann_kendall(&[1.0, 1.0, 1.0, 2.0]);
/// assert_eq!((trend.n, trend.s), (4, 3));
/// assert!((trend.variance - 5.0).abs() < 1e-12 && (trend.z - 0.894_427_191).abs() < 1e-9);
/// assert!((trend.p - 0.371_093_370).abs() < 1e-9);
/// ```
///
/// References: Mann, Nonparametric tests against trend, Econometrica 13 (1945) 245–259; Kendall, Rank Correlation Methods
/// (4th ed. 1975), with the variance under ties.
#[must_use]
pub fn mann_kendall(values: &[f64]) -> MannKendall {
    let mut values: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let n = values.len();
    let mut s = 0;
    for (place, &one) in values.iter().enumerate() {
        // Whole numbers of 32 bits keep the inner loop wide; a row of them cannot overflow.
        let row: i32 = values[place + 1..].iter().map(|&later| i32::from(later > one) - i32::from(later < one)).sum();
        s += i64::from(row);
    }
    values.sort_unstable_by(f64::total_cmp);
    let weight = |n: usize| n as f64 * (n as f64 - 1.0) * (2.0 * n as f64 + 5.0);
    #[allow(clippy::float_cmp, reason = "a tie is equality")]
    let ties: f64 = values.chunk_by(|a, b| a == b).map(|tied| weight(tied.len())).sum();
    let variance = (weight(n) - ties) / 18.0;
    #[allow(clippy::cast_precision_loss, reason = "exact below 2^53 pairs")]
    let z = if variance > 0.0 { (s - s.signum()) as f64 / variance.sqrt() } else { 0.0 };
    MannKendall { n, s, variance, z, p: erfc(z.abs() * FRAC_1_SQRT_2) }
}

/// Sen's slope: the median of the slopes `(x_j − x_i) / (t_j − t_i)` of all pairs of points (t, x), in units of x by units of t.
///
/// How fast does a series rise or fall, whatever single points do: up to 29 % of them may be astray. Points may be unevenly
/// spaced and in any order; pairs of one time have no slope, and a point with a NaN is left out. `None` without two points of
/// different times. O(n²) in time and memory.
///
/// By hand: (0, 1), (1, 2), (3, 8) have the slopes 1, 7/3 and 3.
///
/// ```
/// use tensionmap::hotspot::sen_slope;
/// assert_eq!(sen_slope(&[(0.0, 1.0), (1.0, 2.0), (3.0, 8.0)]), Some(7.0 / 3.0));
/// assert_eq!(sen_slope(&[(0.0, 1.0)]), None);
/// ```
///
/// Reference: Sen, Estimates of the regression coefficient based on Kendall's tau, J. Am. Stat. Assoc. 63 (1968) 1379–1389.
#[must_use]
pub fn sen_slope(points: &[(f64, f64)]) -> Option<f64> {
    let points: Vec<(f64, f64)> = points.iter().copied().filter(|(t, x)| !t.is_nan() && !x.is_nan()).collect();
    let mut slopes = Vec::with_capacity(points.len() * points.len().saturating_sub(1) / 2);
    for (place, &(t, x)) in points.iter().enumerate() {
        let later = points[place + 1..].iter().filter(|(other, _)| (other - t).abs() > 0.0);
        slopes.extend(later.map(|&(other, value)| (value - x) / (other - t)));
    }
    let (middle, odd) = (slopes.len() / 2, slopes.len() % 2 == 1);
    if slopes.is_empty() {
        return None;
    }
    let (below, &mut upper, _) = slopes.select_nth_unstable_by(middle, f64::total_cmp);
    let lower = below.iter().copied().max_by(f64::total_cmp).filter(|_| !odd);
    Some(lower.map_or(upper, |lower| f64::midpoint(lower, upper)))
}
