//! Hamed–Rao test: Mann–Kendall for autocorrelated series.

use super::{MannKendall, mann_kendall, sen_slope};

/// Hamed–Rao test: [`mann_kendall()`] with a variance of S corrected for autocorrelation.
///
/// The variance is multiplied by the factor below. Here ρₖ is the autocorrelation, at lag k, of the ranks of the series
/// without Sen's slope. The sum is over the lags with |ρₖ| > 1.96/√n.
///
/// ```text
/// 1 + 2 / (n(n−1)(n−2)) Σ (n−k)(n−k−1)(n−k−2) ρₖ
/// ```
///
/// NaN is ignored: the values before and after it are successive. Strong negative autocorrelation can give a factor of 0 or
/// less; the result is then that of [`mann_kendall()`], as for fewer than three values. O(n²).
///
/// ```
/// use tensionmap::unstable::trend::{hamed_rao, mann_kendall};
/// // Four plateaus: each value repeats the last, so that the rise is less certain than it looks.
/// let steps: Vec<f64> = (0..40).map(|t| f64::from([1, 3, 2, 4][t / 10])).collect();
/// assert!(hamed_rao(&steps).variance > 1.6 * mann_kendall(&steps).variance);
/// ```
///
/// Reference: Hamed and Rao, A modified Mann–Kendall trend test for autocorrelated data, J. Hydrol. 204 (1998) 182–196.
#[must_use]
pub fn hamed_rao(values: &[f64]) -> MannKendall {
    let values: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let plain = mann_kendall(&values);
    let points: Vec<(f64, f64)> = (0_u32..).map(f64::from).zip(values.iter().copied()).collect();
    let Some(slope) = sen_slope(&points).filter(|_| values.len() > 2) else { return plain };
    let left: Vec<f64> = (1_u32..).zip(&values).map(|(t, value)| value - f64::from(t) * slope).collect();
    let n = values.len() as f64;
    let middle = f64::midpoint(n, 1.0);
    let ranks: Vec<f64> = mean_ranks(&left).iter().map(|rank| rank - middle).collect();
    let product = |lag: usize| ranks.iter().zip(&ranks[lag..]).map(|(a, b)| a * b).sum::<f64>();
    let variance = product(0);
    let clear = 1.959_963_984_540_054 / n.sqrt();
    let part = |lag: usize| {
        let correlation = product(lag) / variance;
        let left = n - lag as f64;
        if correlation.abs() > clear { left * (left - 1.0) * (left - 2.0) * correlation } else { 0.0 }
    };
    let sum: f64 = (1..values.len()).map(part).sum();
    let factor = 1.0 + 2.0 / (n * (n - 1.0) * (n - 2.0)) * sum;
    if factor > 0.0 { MannKendall::of(plain.n, plain.s, plain.variance * factor) } else { plain }
}

/// Ranks from 1; equal values have their mean rank.
fn mean_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    #[allow(clippy::float_cmp, reason = "a tie is equality")]
    let groups = order.chunk_by(|&a, &b| values[a] == values[b]);
    for group in groups {
        let rank = before as f64 + (group.len() + 1) as f64 / 2.0;
        for &place in group {
            ranks[place] = rank;
        }
        before += group.len();
    }
    ranks
}
