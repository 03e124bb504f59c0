//! Emerging Hot Spot Analysis: hot and cold spots that are new, last or fade.

use rayon::prelude::*;

use super::categories::{Direction, Edition, EmergingCategory};
use super::gi::two_sided;
use super::names::{defaults, names};
use super::{HotspotError, Weights, benjamini_hochberg, checked};
use crate::invalid::InvalidValue;
use crate::rounding::legible;
use crate::trend::{MannKendall, hamed_rao, mann_kendall_each};
use crate::watch::{self, Cancelled};

/// Places and slices that a neighbourhood in space and time is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reference {
    /// All places and slices.
    #[default]
    Cube,
    /// All places in the slices of the neighbourhood, so that later slices do not influence an earlier one.
    Neighbourhood,
}

names! {
    Reference as "reference": Cube "cube", Neighbourhood "neighbourhood"
}

/// Parameters of [`emerging`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmergingOptions {
    /// Default: `ArcGIS` Pro 3.
    pub edition: Edition,
    /// Slices before its own that a neighbourhood reaches back, never forward. Default 1.
    pub lag: usize,
    /// Default: all places and slices.
    pub reference: Reference,
    /// Maximum q of a slice that is hot or cold, between 0 and 1. Default 0.05.
    pub significance: f64,
    /// Maximum p of a trend, between 0 and 1; ESRI's is not published. Default 0.05.
    pub trend_significance: f64,
    /// True for a trend test that allows for autocorrelation, [`hamed_rao()`]; false for Mann–Kendall's, as ESRI's. Default: false.
    pub allows_for_autocorrelation: bool,
}

defaults!(EmergingOptions);

/// Minimum number of slices of a history.
pub const MIN_SLICES: usize = 10;

impl EmergingOptions {
    /// The rules of `ArcGIS` Pro 3, at 0.05.
    pub const DEFAULT: Self = Self {
        edition: Edition::Esri3,
        lag: 1,
        reference: Reference::Cube,
        significance: 0.05,
        trend_significance: 0.05,
        allows_for_autocorrelation: false,
    };

    /// Checks the parameters against a number of slices.
    ///
    /// # Errors
    /// Fewer than ten slices; a lag as long as all of them; a significance that is not between 0 and 1.
    pub fn check(&self, slices: usize) -> Result<(), HotspotError> {
        if slices < MIN_SLICES {
            return Err(HotspotError::FewSlices { found: slices });
        }
        if self.lag >= slices {
            return Err(InvalidValue::expecting("lag", self.lag, format!("fewer than the {slices} slices")).into());
        }
        for (what, share) in [("significance", self.significance), ("trend-significance", self.trend_significance)] {
            if !(share > 0.0 && share < 1.0) {
                return Err(InvalidValue::expecting(
                    what,
                    legible(share),
                    "a probability between 0 and 1, such as 0.05",
                )
                .into());
            }
        }
        Ok(())
    }
}

/// History of one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct History {
    /// Category of the history.
    pub category: EmergingCategory,
    /// Number of slices in which it is hot.
    pub hot: usize,
    /// Number of slices in which it is cold.
    pub cold: usize,
    /// The trend of its z.
    pub trend: MannKendall,
}

/// Result of [`emerging`].
///
/// ```
/// use tensionmap::unstable::hotspot::{EmergingOptions, Weights, emerging};
/// let found = emerging(&[1.0; 20], 10, &Weights::of_lists(&[vec![1], vec![0]])?, EmergingOptions::default())?;
/// assert_eq!((found.places.len(), found.z(1).len()), (2, 10));
/// # Ok::<(), tensionmap::unstable::error::HotspotError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Histories {
    /// One history a place.
    pub places: Vec<History>,
    /// Number of slices.
    pub slices: usize,
    pub(super) z: Vec<f64>,
    pub(super) signs: Vec<Direction>,
}

impl Histories {
    /// z of each slice of a place, oldest first.
    ///
    /// # Panics
    /// When there is no such place.
    #[must_use]
    pub fn z(&self, place: usize) -> &[f64] {
        &self.z[place * self.slices..][..self.slices]
    }

    /// Hot or cold slices of a place, oldest first. Empty for an index beyond the last place, and in a layer that was read back.
    #[must_use]
    pub fn signs(&self, place: usize) -> &[Direction] {
        self.signs.get(place * self.slices..).and_then(|rest| rest.get(..self.slices)).unwrap_or_default()
    }
}

/// Emerging Hot Spot Analysis of places and slices of time. It is made of Gi* in space and time, Mann–Kendall's test of
/// its z, and one of seventeen categories for each place.
///
/// `panel` has the values of the first place in each slice, oldest first, then of the second, and so on; zeros too. A
/// neighbourhood is a place and its neighbours in a slice and the `lag` slices before. The z is that of
/// [`super::getis_ord`], with n, x̄ and S of all N = places × slices values, or of the neighbourhood's slices
/// ([`Reference`]). The q is Benjamini–Hochberg's with all N bins as one family. [`EmergingCategory::of`] has the
/// rules.
///
/// z has no unit. The trend is that of z, not of the values: a place that grows with all others has no trend. O(N × neighbours
/// + N log N + places × slices²).
///
/// No places give no result. Where all values are equal, or a neighbourhood is the whole cube, z = 0 and nothing is hot or cold.
///
/// # Errors
/// Fewer than ten slices; a number of values other than places × slices; a value that is not finite; parameters out of range.
///
/// # Example
/// Nine quiet slices, and a busy last one:
///
/// ```
/// use tensionmap::unstable::hotspot::{EmergingCategory, EmergingOptions, Pattern, Weights, emerging};
/// let apart = Weights::of_lists(&vec![vec![]; 30])?;
/// let mut panel = vec![1.0; 30 * 10];
/// panel[9] = 50.0;
/// let found = emerging(&panel, 10, &apart, EmergingOptions::default())?;
/// assert_eq!(found.places[0].category, EmergingCategory::Hot(Pattern::New));
/// assert_eq!(found.places[1].category, EmergingCategory::NoPattern);
/// # Ok::<(), tensionmap::unstable::error::HotspotError>(())
/// ```
///
/// # References
/// ESRI, *How Emerging Hot Spot Analysis works* (`ArcGIS` Pro 2.8 and 3.x); Ord and Getis (1995), Mann (1945), Benjamini and
/// Hochberg (1995), cited in the functions of each.
pub fn emerging(
    panel: &[f64],
    slices: usize,
    weights: &Weights,
    options: EmergingOptions,
) -> Result<Histories, HotspotError> {
    options.check(slices)?;
    checked(panel, weights.len() * slices, weights.len())?;
    let z = space_time_z(panel, slices, weights, options);
    let p: Vec<f64> = z.par_iter().with_min_len(1024).map(|&z| two_sided(z)).collect();
    watch::check()?;
    let q = benjamini_hochberg(&p);
    let sign = |(z, q): (&f64, &f64)| Direction::of(*z, *q <= options.significance);
    let signs: Vec<Direction> = z.iter().zip(&q).map(sign).collect();
    let trends = if options.allows_for_autocorrelation {
        let of_place = |z: &[f64]| watch::check().map(|()| hamed_rao(z));
        z.par_chunks(slices).map(of_place).collect::<Result<_, Cancelled>>()?
    } else {
        mann_kendall_each(&z, slices)
    };
    let of_place = |(signs, trend): (&[Direction], MannKendall)| {
        let goes = Direction::of(trend.z, trend.p <= options.trend_significance);
        let count = |side| signs.iter().filter(|sign| **sign == side).count();
        let category = EmergingCategory::of(signs, goes, options.edition);
        History { category, hot: count(Direction::Up), cold: count(Direction::Down), trend }
    };
    let places = signs.chunks_exact(slices).zip(trends).map(of_place).collect();
    Ok(Histories { places, slices, z, signs })
}

/// n, x̄ and S of the values that a neighbourhood is compared with.
#[derive(Clone, Copy)]
struct ReferenceMoments {
    n: f64,
    mean: f64,
    deviation: f64,
}

/// Moments of the reference values, one a slice.
fn reference_moments(panel: &[f64], slices: usize, options: EmergingOptions) -> Vec<ReferenceMoments> {
    // Less the smallest value, so that equal values have a variance of exactly 0, and their order does not matter.
    let origin = panel.iter().copied().reduce(f64::min).unwrap_or_default();
    let (mut sums, mut squares) = (vec![0.0; slices], vec![0.0; slices]);
    for row in panel.chunks_exact(slices) {
        for ((sum, square), value) in sums.iter_mut().zip(&mut squares).zip(row) {
            let off = value - origin;
            *sum += off;
            *square += off * off;
        }
    }
    let places = (panel.len() / slices) as f64;
    let of_slices = |range: std::ops::RangeInclusive<usize>| {
        let n = places * range.clone().count() as f64;
        let mean = sums[range.clone()].iter().sum::<f64>() / n;
        let square = squares[range].iter().sum::<f64>() / n;
        let variance = square - mean * mean;
        let deviation = if variance > 1e-14 * square { variance.sqrt() } else { 0.0 };
        ReferenceMoments { n, mean: origin + mean, deviation }
    };
    match options.reference {
        Reference::Cube => vec![of_slices(0..=slices - 1); slices],
        Reference::Neighbourhood => {
            (0..slices).map(|slice| of_slices(slice.saturating_sub(options.lag)..=slice)).collect()
        }
    }
}

fn space_time_z(panel: &[f64], slices: usize, weights: &Weights, options: EmergingOptions) -> Vec<f64> {
    let references = reference_moments(panel, slices, options);
    let mut z = vec![0.0; panel.len()];
    let of_place = |(place, z): (usize, &mut [f64])| {
        let mut sums = panel[place * slices..][..slices].to_vec();
        for (near, weight) in weights.each(place) {
            for (sum, value) in sums.iter_mut().zip(&panel[near * slices..][..slices]) {
                *sum += weight * value;
            }
        }
        let (w, q) = weights.totals(place);
        for (slice, z) in z.iter_mut().enumerate() {
            let first = slice.saturating_sub(options.lag);
            let steps = (slice - first + 1) as f64;
            let (w, q) = ((w + 1.0) * steps, (q + 1.0) * steps);
            let ReferenceMoments { n, mean, deviation } = references[slice];
            let spread = (n * q - w * w) / (n - 1.0);
            // n Q − W² of the whole cube is 0 but for rounding.
            if spread > 1e-12 * q && deviation > 0.0 {
                *z = (sums[first..=slice].iter().sum::<f64>() - mean * w) / (deviation * spread.sqrt());
            }
        }
    };
    z.par_chunks_exact_mut(slices).with_min_len(64).enumerate().for_each(of_place);
    z
}
