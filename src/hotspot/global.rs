//! Global statistics of a map: Moran's I and the general G of Getis and Ord.

use super::gi::two_sided;
use super::{HotspotError, Weights, checked, is_constant};

/// A global statistic and its distribution under chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Global {
    /// The statistic.
    pub value: f64,
    /// Expected value over all permutations of the values.
    pub expected: f64,
    /// Variance over all permutations of the values.
    pub variance: f64,
    /// Standard deviations by which the statistic is above the expected value.
    pub z: f64,
    /// Two-sided, by the normal distribution, 0 to 1.
    pub p: f64,
}

impl Global {
    /// z = 0 and p = 1 where there is no variance.
    fn of(value: f64, expected: f64, variance: f64) -> Self {
        let z = if variance > 0.0 { (value - expected) / variance.sqrt() } else { 0.0 };
        Self { value, expected, variance, z, p: two_sided(z) }
    }
}

/// Sums over all weights: S₀ of w, S₁ of (w + its reverse)² / 2, and S₂ of the squared sum of weights from and to each place.
fn sums(weights: &Weights) -> [f64; 3] {
    let mut enters = vec![0.0; weights.len()];
    for place in 0..weights.len() {
        weights.each(place).for_each(|(near, weight)| enters[near] += weight);
    }
    let (mut s0, mut s1, mut s2) = (0.0, 0.0, 0.0);
    for (place, &entering) in enters.iter().enumerate() {
        let mut leaving = 0.0;
        for (near, weight) in weights.each(place) {
            leaving += weight;
            let back = weights.each(near).find(|(other, _)| *other == place).map(|(_, back)| back);
            // A pair that is neighbours both ways is met twice, and counts half each time.
            s1 += match back {
                Some(back) => (weight + back).powi(2) / 2.0,
                None => weight * weight,
            };
        }
        s0 += leaving;
        s2 += (leaving + entering).powi(2);
    }
    [s0, s1, s2]
}

/// Moran's I: global similarity of places to their neighbours.
///
/// With z = x − x̄, I = (n / S₀) Σ Σ w z z / Σ z². It is near 1 where places are like their neighbours, below 0 where they differ.
/// The variance is that over all permutations of the values ("randomisation" in esda and `spdep`). Weights are not standardised;
/// esda divides each place's by their sum first: [`Weights::row_standardised`].
///
/// Fewer than four places, values that are all equal, or places without neighbours give 0, z = 0 and p = 1. O(neighbours
/// × neighbours of one place).
///
/// By hand: of four places in a row, 2, 2, 0 and 0, two of three pairs are alike: I = 4/6 · 2 (1 − 1 + 1) / 4.
///
/// ```
/// use tensionmap::unstable::hotspot::{Weights, morans_i};
/// let row = Weights::of_lists(&[vec![1], vec![0, 2], vec![1, 3], vec![2]])?;
/// let found = morans_i(&[2.0, 2.0, 0.0, 0.0], &row)?;
/// assert!((found.value - 1.0 / 3.0).abs() < 1e-12 && (found.expected + 1.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), tensionmap::unstable::error::HotspotError>(())
/// ```
///
/// # Errors
/// A number of values other than that of places; a value that is not finite.
///
/// Reference: Cliff and Ord, Spatial Processes (1981) 42–46.
pub fn morans_i(values: &[f64], weights: &Weights) -> Result<Global, HotspotError> {
    checked(values, weights.len(), weights.len())?;
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let off: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let squares: f64 = off.iter().map(|off| off * off).sum();
    let fourths: f64 = off.iter().map(|off| off.powi(4)).sum();
    let [s0, s1, s2] = sums(weights);
    if n < 4.0 || s0 <= 0.0 || is_constant(values) {
        return Ok(Global::of(0.0, 0.0, 0.0));
    }
    let products: f64 = (0..values.len()).map(|place| off[place] * weights.sum(place, &off)).sum();
    let value = n / s0 * products / squares;
    let expected = -1.0 / (n - 1.0);
    let kurtosis = n * fourths / (squares * squares);
    let (n2, s02) = (n * n, s0 * s0);
    let a = n * ((n2 - 3.0 * n + 3.0) * s1 - n * s2 + 3.0 * s02);
    let b = kurtosis * ((n2 - n) * s1 - 2.0 * n * s2 + 6.0 * s02);
    let of_squares = (a - b) / ((n - 1.0) * (n - 2.0) * (n - 3.0) * s02);
    Ok(Global::of(value, expected, of_squares - expected * expected))
}

/// The general G of Getis and Ord: above the expected value where high values are neighbours, below it where low ones are.
///
/// G = Σ Σ w x x / Σ Σ x x over pairs of different places. Values are 0 or more, and weights symmetric. The variance is that over all permutations of the values.
///
/// Fewer than four places, values that are all equal, or places without neighbours give 0, z = 0 and p = 1. O(neighbours
/// × neighbours of one place).
///
/// By hand: of three places in a row, 1, 2 and 3, and one apart, 4: G = 2 (1 · 2 + 2 · 3) / (10² − 30).
///
/// ```
/// use tensionmap::unstable::hotspot::{Weights, general_g};
/// let row = Weights::of_lists(&[vec![1], vec![0, 2], vec![1], vec![]])?;
/// let found = general_g(&[1.0, 2.0, 3.0, 4.0], &row)?;
/// assert!((found.value - 16.0 / 70.0).abs() < 1e-12 && (found.expected - 4.0 / 12.0).abs() < 1e-12);
/// # Ok::<(), tensionmap::unstable::error::HotspotError>(())
/// ```
///
/// # Errors
/// A number of values other than that of places; a value that is not finite, or below 0.
///
/// Reference: Getis and Ord, The analysis of spatial association by use of distance statistics, Geogr. Anal. 24 (1992) 189–206.
pub fn general_g(values: &[f64], weights: &Weights) -> Result<Global, HotspotError> {
    checked(values, weights.len(), weights.len())?;
    if let Some((place, &value)) = values.iter().enumerate().find(|(_, value)| **value < 0.0) {
        return Err(HotspotError::Negative { place, value });
    }
    let n = values.len() as f64;
    let [s0, s1, s2] = sums(weights);
    let [m1, m2, m3, m4] = [1, 2, 3, 4].map(|power| values.iter().map(|value| value.powi(power)).sum::<f64>());
    let pairs = m1 * m1 - m2;
    if n < 4.0 || s0 <= 0.0 || pairs <= 0.0 || is_constant(values) {
        return Ok(Global::of(0.0, 0.0, 0.0));
    }
    let products: f64 = (0..values.len()).map(|place| values[place] * weights.sum(place, values)).sum();
    let expected = s0 / (n * (n - 1.0));
    let (n2, s02) = (n * n, s0 * s0);
    let b0 = (n2 - 3.0 * n + 3.0) * s1 - n * s2 + 3.0 * s02;
    let b1 = -((n2 - n) * s1 - 2.0 * n * s2 + 6.0 * s02);
    let b2 = -(2.0 * n * s1 - (n + 3.0) * s2 + 6.0 * s02);
    let b3 = 4.0 * (n - 1.0) * s1 - 2.0 * (n + 1.0) * s2 + 8.0 * s02;
    let b4 = s1 - s2 + s02;
    let of_squares = b0 * m2 * m2 + b1 * m4 + b2 * m1 * m1 * m2 + b3 * m1 * m3 + b4 * m1.powi(4);
    let of_squares = of_squares / (pairs * pairs * n * (n - 1.0) * (n - 2.0) * (n - 3.0));
    Ok(Global::of(products / pairs, expected, of_squares - expected * expected))
}
