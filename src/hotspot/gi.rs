//! Getis and Ord's local Gi and Gi*: clusters of high or low values.

use std::f64::consts::FRAC_1_SQRT_2;

use libm::erfc;
use rayon::prelude::*;

use super::names::{defaults, names};
use super::permutation::{Permutations, p_values};
use super::{HotspotError, Weights, benjamini_hochberg, checked};
use crate::watch::{self, Cancelled};

/// One of the formulas in use for Gi.
///
/// The first three are equal with binary weights. `esda-r`, the default of esda's `G_Local`, divides weights by their
/// sum and takes the variance of a single value for that of a mean. Its z is therefore too near 0: by 1/√k with k
/// neighbours, far from the edges of a large area. `docs/conformance.md` has numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum GiFormula {
    /// Ord and Getis 1995, as in `ArcGIS` and in R's `spdep`; right for any weights.
    #[default]
    OrdGetis,
    /// esda with `transform="B"`: every weight is taken for 1.
    EsdaBinary,
    /// esda with `transform="R"`: weights divided by their sum W, and then Q = W.
    EsdaRow,
}

names! {
    GiFormula as "reading": OrdGetis "ord-getis" | "spdep", EsdaBinary "esda-b", EsdaRow "esda-r"
}

/// Parameters of [`getis_ord`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GiOptions {
    /// False for Gi*, in which a place is among its neighbours with weight 1; true for Gi. Default: false.
    pub without_self: bool,
    /// Default: Ord and Getis's own formula.
    pub formula: GiFormula,
    /// Permutations for a second p, beside that of the normal distribution. Default: none.
    pub permutations: Option<Permutations>,
}

defaults!(GiOptions);

impl GiOptions {
    /// Gi* by Ord and Getis's formula, without permutations.
    pub const DEFAULT: Self = Self { without_self: false, formula: GiFormula::OrdGetis, permutations: None };
}

/// Gi or Gi* of one place.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LocalG {
    /// Above 0 where values are high together, below 0 where they are low; 0 where it is not defined.
    pub z: f64,
    /// Two-sided, by the normal distribution, 0 to 1.
    pub p: f64,
    /// Benjamini–Hochberg's q of `p` among all places.
    pub q: f64,
    /// Two-sided, by conditional permutation, if permutations were chosen.
    pub p_permuted: Option<f64>,
    /// True if z is defined; if not, z = 0 and p = 1.
    pub is_defined: bool,
}

impl LocalG {
    /// The class of the map legend: −3 to 3.
    #[must_use]
    pub fn bin(&self) -> i8 {
        Bin::of(self.z, self.q).number
    }
}

/// A class of Gi*: `ArcGIS`'s `Gi_Bin`, by q.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    /// 1, 2 and 3 where q is at most 0.1, 0.05 and 0.01, below 0 for cold spots.
    pub number: i8,
    /// Name for readers.
    pub name: &'static str,
    /// Red, green and blue: two hues that the colour-blind tell apart, darker the surer.
    pub colour: [u8; 3],
}

impl Bin {
    /// Every class, coldest first.
    pub const ALL: [Self; 7] = [
        Self { number: -3, name: "Cold spot, q at most 0.01", colour: [0x21, 0x66, 0xac] },
        Self { number: -2, name: "Cold spot, q at most 0.05", colour: [0x67, 0xa9, 0xcf] },
        Self { number: -1, name: "Cold spot, q at most 0.1", colour: [0xc6, 0xdd, 0xee] },
        Self { number: 0, name: "Not significant", colour: [0xf4, 0xf3, 0xf0] },
        Self { number: 1, name: "Hot spot, q at most 0.1", colour: [0xfd, 0xd5, 0xbf] },
        Self { number: 2, name: "Hot spot, q at most 0.05", colour: [0xef, 0x8a, 0x62] },
        Self { number: 3, name: "Hot spot, q at most 0.01", colour: [0xb2, 0x18, 0x2b] },
    ];

    /// The class of a z and its q.
    ///
    /// ```
    /// use tensionmap::unstable::hotspot::Bin;
    /// assert_eq!((Bin::of(4.1, 0.01).number, Bin::of(-2.0, 0.07).number, Bin::of(2.0, 0.2).number), (3, -1, 0));
    /// ```
    #[must_use]
    pub fn of(z: f64, q: f64) -> Self {
        let sure = [0.1, 0.05, 0.01].iter().filter(|max| q <= **max).count();
        // A z of 0 is on neither side.
        let place = match z {
            z if z > 0.0 => 3 + sure,
            z if z < 0.0 => 3 - sure,
            _ => 3,
        };
        Self::ALL[place]
    }
}

/// Getis and Ord's local statistic: the standardised sum over each place's neighbourhood, above 0 where values are higher than
/// under random permutation.
///
/// With x̄ and S the mean and standard deviation (divisor n) of all n values, W = Σ w and Q = Σ w² over a neighbourhood,
///
/// ```text
/// z = (Σ w x − x̄ W) / (S √((n Q − W²) / (n − 1)))
/// ```
///
/// Gi* includes the place itself, with weight 1. Gi leaves it out of the sum, x̄, S and n. The z has no unit; scaling
/// the values or adding to all of them does not change it. `values` are of every place of the study area, zeros too:
/// without its quiet places an area has another mean. O(neighbours + n log n); permutations see [`Permutations`].
///
/// No places give no result. Where all values are equal, the neighbourhood is the whole area, or Gi has no neighbours,
/// z is not defined. Then z = 0, p = 1, and `is_defined` is false.
///
/// # Errors
/// A number of values other than that of places; a value that is not finite; permutations out of range.
///
/// # Example
/// Three places in a row, 0, 0 and 3: x̄ = 1, S = √2. The last one with its neighbour has (3 − 2) / (√2 √((3·2 − 4) / 2)) = 1/√2.
///
/// ```
/// use tensionmap::unstable::hotspot::{GiOptions, Weights, getis_ord};
/// let row = Weights::of_lists(&[vec![1], vec![0, 2], vec![1]])?;
/// let found = getis_ord(&[0.0, 0.0, 3.0], &row, GiOptions::default())?;
/// assert!((found[2].z - 0.5_f64.sqrt()).abs() < 1e-12);
/// assert!(!found[1].is_defined); // its neighbourhood is all there is
/// # Ok::<(), tensionmap::unstable::error::HotspotError>(())
/// ```
///
/// # References
/// Ord and Getis, Local spatial autocorrelation statistics, Geogr. Anal. 27 (1995) 286–306, equations 5 to 8; Getis and Ord,
/// Geogr. Anal. 24 (1992) 189–206.
pub fn getis_ord(values: &[f64], weights: &Weights, options: GiOptions) -> Result<Vec<LocalG>, HotspotError> {
    checked(values, weights.len(), weights.len())?;
    let permuted = options.permutations.map(|permutations| p_values(values, weights, permutations)).transpose()?;
    let moments = Moments::of(values.iter().copied());
    let z: Vec<Option<f64>> =
        (0..values.len()).into_par_iter().map(|place| z_of(values, weights, options, moments, place)).collect();
    let p: Vec<f64> = z.iter().map(|z| z.map_or(1.0, two_sided)).collect();
    let q = benjamini_hochberg(&p);
    let local = |place: usize| LocalG {
        z: z[place].unwrap_or(0.0),
        p: p[place],
        q: q[place],
        p_permuted: permuted.as_ref().map(|permuted| permuted[place]),
        is_defined: z[place].is_some(),
    };
    Ok((0..values.len()).map(local).collect())
}

/// Probability that a standard normal number is at least as far from 0.
pub(super) fn two_sided(z: f64) -> f64 {
    erfc(z.abs() * FRAC_1_SQRT_2)
}

/// Sums over all values less the smallest one. Where all are equal the sums are exactly 0. No value is further from the mean
/// than √n S, so that a difference of sums loses at most a factor of n in precision.
#[derive(Clone, Copy, Debug)]
struct Moments {
    n: f64,
    origin: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let origin = values.clone().reduce(f64::min).unwrap_or_default();
        let none = Self { n: 0.0, origin, sum: 0.0, squares: 0.0 };
        values.fold(none, |moments, value| {
            let off = value - origin;
            let (sum, squares) = (moments.sum + off, moments.squares + off * off);
            Self { n: moments.n + 1.0, origin, sum, squares }
        })
    }

    /// Moments of all values but one.
    fn without(self, values: &[f64], place: usize) -> Self {
        let off = values[place] - self.origin;
        let squares = self.squares - off * off;
        if squares < 1e-3 * self.squares {
            // The value left out was nearly all of the sum: a difference would be mostly rounding.
            return Self::of(values[..place].iter().chain(&values[place + 1..]).copied());
        }
        Self { n: self.n - 1.0, sum: self.sum - off, squares, ..self }
    }

    /// Mean and variance; a variance within rounding is 0.
    fn mean_and_variance(self) -> (f64, f64) {
        let mean = self.sum / self.n;
        let variance = self.squares / self.n - mean * mean;
        (self.origin + mean, if variance > 1e-14 * (self.squares / self.n) { variance } else { 0.0 })
    }
}

fn z_of(values: &[f64], weights: &Weights, options: GiOptions, moments: Moments, place: usize) -> Option<f64> {
    let (mut sum, (mut w, mut q)) = (weights.sum(place, values), weights.totals(place));
    if options.formula == GiFormula::EsdaBinary {
        let near = weights.of(place);
        sum = near.iter().map(|&near| values[near as usize]).sum();
        (w, q) = (near.len() as f64, near.len() as f64);
    }
    let moments = if options.without_self {
        moments.without(values, place)
    } else {
        (sum, w, q) = (sum + values[place], w + 1.0, q + 1.0);
        moments
    };
    if options.formula == GiFormula::EsdaRow {
        (sum, w, q) = (sum / w, 1.0, 1.0);
    }
    let (mean, variance) = moments.mean_and_variance();
    let spread = (moments.n * q - w * w) / (moments.n - 1.0) * variance;
    // n Q − W² of the whole area is 0 but for rounding.
    let is_defined = spread > 1e-12 * q * variance && sum.is_finite();
    is_defined.then(|| (sum - mean * w) / spread.sqrt())
}

/// z of Gi* for many layers of the same places, 0 where it is not defined.
///
/// `panel` has the values of the first place in each layer, then those of the second, and so on; the result likewise. Each layer
/// equals [`getis_ord`] with its default options. For many layers this is faster: neighbours are looked up once, and values that
/// are added lie side by side in memory.
///
/// ```
/// use tensionmap::unstable::hotspot::{Weights, getis_ord_layers};
/// let row = Weights::of_lists(&[vec![1], vec![0, 2], vec![1]])?;
/// // The layers 0, 0, 3 and 3, 0, 0.
/// let z = getis_ord_layers(&[0.0, 3.0, 0.0, 0.0, 3.0, 0.0], 2, &row)?;
/// assert!((z[4] - 0.5_f64.sqrt()).abs() < 1e-12 && (z[1] - z[4]).abs() < 1e-12);
/// # Ok::<(), tensionmap::unstable::error::HotspotError>(())
/// ```
///
/// # Errors
/// A number of values other than places × layers; a value that is not finite.
pub fn getis_ord_layers(panel: &[f64], layers: usize, weights: &Weights) -> Result<Vec<f64>, HotspotError> {
    checked(panel, weights.len() * layers, weights.len())?;
    if panel.is_empty() {
        return Ok(Vec::new());
    }
    let moments = layer_moments(panel, layers);
    let n = weights.len() as f64;
    let of_layer = |moments: &Moments| {
        let (mean, variance) = moments.mean_and_variance();
        (mean, if variance > 0.0 { 1.0 / variance.sqrt() } else { 0.0 })
    };
    let (means, scales): (Vec<f64>, Vec<f64>) = moments.iter().map(of_layer).unzip();
    let mut z = vec![0.0; panel.len()];
    z.par_chunks_mut(layers * BLOCK).enumerate().try_for_each(|(block, z)| {
        watch::check()?;
        for (place, z) in (block * BLOCK..).zip(z.chunks_exact_mut(layers)) {
            z.copy_from_slice(&panel[place * layers..][..layers]);
            for (near, weight) in weights.each(place) {
                for (z, value) in z.iter_mut().zip(&panel[near * layers..][..layers]) {
                    *z += weight * value;
                }
            }
            let (w, q) = weights.totals(place);
            let (w, q) = (w + 1.0, q + 1.0);
            let spread = (n * q - w * w) / (n - 1.0);
            let scale = if spread > 1e-12 * q { 1.0 / spread.sqrt() } else { 0.0 };
            for ((z, mean), own) in z.iter_mut().zip(&means).zip(&scales) {
                *z = (*z - mean * w) * (scale * own);
            }
        }
        Ok::<_, Cancelled>(())
    })?;
    Ok(z)
}

/// Number of places that one thread takes at a time. Sums of blocks are added in order, whatever the number of threads.
const BLOCK: usize = 256;

fn layer_moments(panel: &[f64], layers: usize) -> Vec<Moments> {
    let origins = &panel[..layers];
    let of_block = |block: &[f64]| {
        let (mut sums, mut squares) = (vec![0.0; layers], vec![0.0; layers]);
        for row in block.chunks_exact(layers) {
            for (((sum, square), value), origin) in sums.iter_mut().zip(&mut squares).zip(row).zip(origins) {
                let off = value - origin;
                *sum += off;
                *square += off * off;
            }
        }
        (sums, squares)
    };
    let blocks: Vec<_> = panel.par_chunks(layers * BLOCK).map(of_block).collect();
    let n = (panel.len() / layers) as f64;
    let of_layer = |layer: usize| {
        let sum = blocks.iter().map(|(sums, _)| sums[layer]).sum();
        let squares = blocks.iter().map(|(_, squares)| squares[layer]).sum();
        Moments { n, origin: origins[layer], sum, squares }
    };
    (0..layers).map(of_layer).collect()
}
