//! Emerging Hot Spot Analysis: which hot and cold spots are new, which last, which fade?

use std::str::FromStr;

use rayon::prelude::*;

use super::categories::{Category, Edition, Sign};
use super::gi::two_sided;
use super::{HotspotError, MannKendall, Weights, benjamini_hochberg, checked, hamed_rao, mann_kendall_each};
use crate::invalid::InvalidValue;

/// What a neighbourhood in space and time is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reference {
    /// All places and slices.
    #[default]
    Cube,
    /// All places in the slices of the neighbourhood: later slices then have no part in what an earlier one is.
    Neighbourhood,
}

impl Reference {
    /// The name used in settings and outputs.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Cube => "cube",
            Self::Neighbourhood => "neighbourhood",
        }
    }
}

impl FromStr for Reference {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        [Self::Cube, Self::Neighbourhood]
            .into_iter()
            .find(|reference| reference.id() == text)
            .ok_or_else(|| InvalidValue::bare("reference", text, "cube or neighbourhood"))
    }
}

/// How [`emerging`] decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Emerging {
    /// Default: `ArcGIS` Pro 3.
    pub edition: Edition,
    /// Slices before its own that a neighbourhood reaches back, never forward. Default 1.
    pub lag: usize,
    /// Default: all places and slices.
    pub reference: Reference,
    /// A slice of a place is hot or cold where its q is at most this, 0 to 1. Default 0.05.
    pub significance: f64,
    /// A trend is up or down where its p is at most this, 0 to 1. ESRI does not say what it takes. Default 0.05.
    pub trend_significance: f64,
    /// Whether the trend allows for what successive slices have in common: [`hamed_rao()`] in place of Mann–Kendall. ESRI does
    /// not. Default: no.
    pub allows_for_autocorrelation: bool,
}

impl Default for Emerging {
    fn default() -> Self {
        Self {
            edition: Edition::default(),
            lag: 1,
            reference: Reference::default(),
            significance: 0.05,
            trend_significance: 0.05,
            allows_for_autocorrelation: false,
        }
    }
}

/// Fewest slices that make a history.
pub const LEAST_SLICES: usize = 10;

impl Emerging {
    /// Checks that it can be used on so many slices.
    ///
    /// # Errors
    /// Fewer than ten slices; a lag as long as all of them; a significance that is none.
    pub fn check(&self, slices: usize) -> Result<(), HotspotError> {
        if slices < LEAST_SLICES {
            return Err(HotspotError::FewSlices { found: slices });
        }
        if self.lag >= slices {
            return Err(InvalidValue::bare("lag", self.lag, format!("fewer than the {slices} slices")).into());
        }
        for (what, share) in [("significance", self.significance), ("trend-significance", self.trend_significance)] {
            if !(share > 0.0 && share < 1.0) {
                return Err(InvalidValue::bare(what, share, "a probability between 0 and 1, such as 0.05").into());
            }
        }
        Ok(())
    }
}

/// What [`emerging`] finds of one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct History {
    /// What its history is called.
    pub category: Category,
    /// Slices in which it is hot.
    pub hot: usize,
    /// Slices in which it is cold.
    pub cold: usize,
    /// The trend of its z.
    pub trend: MannKendall,
}

/// What [`emerging`] finds of a study area.
#[derive(Clone, Debug, PartialEq)]
pub struct Histories {
    /// One a place.
    pub places: Vec<History>,
    /// How many slices there are.
    pub slices: usize,
    z: Vec<f64>,
    signs: Vec<Sign>,
}

impl Histories {
    /// What is left of it in a saved layer: z, and of the slices how many are hot and cold.
    pub(crate) fn told(places: Vec<History>, slices: usize, z: Vec<f64>) -> Self {
        Self { places, slices, z, signs: Vec::new() }
    }

    /// z of each slice of a place, oldest first.
    ///
    /// # Panics
    /// When there is no such place.
    #[must_use]
    pub fn z(&self, place: usize) -> &[f64] {
        &self.z[place * self.slices..][..self.slices]
    }

    /// Whether each slice of a place is hot or cold, oldest first; empty for one that there is not, and in a layer that was read
    /// back, which only has how many are.
    #[must_use]
    pub fn signs(&self, place: usize) -> &[Sign] {
        self.signs.get(place * self.slices..).and_then(|rest| rest.get(..self.slices)).unwrap_or_default()
    }
}

/// Emerging Hot Spot Analysis of a cube of places and slices of time: Gi* in space and time, Mann–Kendall's test of its z, and
/// one of seventeen categories for each place.
///
/// `panel` has the values of the first place in each slice, oldest first, then those of the second, and so on; zeros too. A
/// neighbourhood is a place and its neighbours in a slice and the `lag` slices before it. z is that of [`super::getis_ord`] with
/// all N = places × slices values for the n, x̄ and S of the formula (or those of the neighbourhood's slices: [`Reference`]). q is
/// Benjamini–Hochberg's with all N bins as one family; [`Category::of`] has the rules.
///
/// # Units
/// z has none. The trend is that of z, not of the values: a place that grows with all others has none.
///
/// # Parameters
/// See [`Emerging`]; they decide, so outputs say them.
///
/// # Empty, constant and tiny input
/// No places give none. Where all values are equal, or a neighbourhood is all there is, z = 0 and nothing is hot or cold.
///
/// # Errors
/// Fewer than ten slices; values that are not as many as places and slices, or not finite; parameters out of range.
///
/// # Complexity
/// O(N × neighbours + N log N + places × slices²).
///
/// # Example
/// Nine quiet slices, and a busy last one:
///
/// ```
/// use tensionmap::hotspot::{Category, Emerging, Pattern, Weights, emerging};
/// let apart = Weights::of_lists(&vec![vec![]; 30])?;
/// let mut panel = vec![1.0; 30 * 10];
/// panel[9] = 50.0;
/// let found = emerging(&panel, 10, &apart, Emerging::default())?;
/// assert_eq!(found.places[0].category, Category::Hot(Pattern::New));
/// assert_eq!(found.places[1].category, Category::NoPattern);
/// # Ok::<(), tensionmap::error::HotspotError>(())
/// ```
///
/// # References
/// ESRI, *How Emerging Hot Spot Analysis works* (`ArcGIS` Pro 2.8 and 3.x); Ord and Getis (1995), Mann (1945), Benjamini and
/// Hochberg (1995) as cited at each.
pub fn emerging(panel: &[f64], slices: usize, weights: &Weights, options: Emerging) -> Result<Histories, HotspotError> {
    options.check(slices)?;
    checked(panel, weights.len() * slices, weights.len())?;
    let z = space_time_z(panel, slices, weights, options);
    let p: Vec<f64> = z.par_iter().with_min_len(1024).map(|&z| two_sided(z)).collect();
    let q = benjamini_hochberg(&p);
    let sign = |(z, q): (&f64, &f64)| Sign::of(*z, *q <= options.significance);
    let signs: Vec<Sign> = z.iter().zip(&q).map(sign).collect();
    let trends = if options.allows_for_autocorrelation {
        z.par_chunks(slices).map(hamed_rao).collect()
    } else {
        mann_kendall_each(&z, slices)
    };
    let of_place = |(signs, trend): (&[Sign], MannKendall)| {
        let goes = Sign::of(trend.z, trend.p <= options.trend_significance);
        let count = |side| signs.iter().filter(|sign| **sign == side).count();
        let category = Category::of(signs, goes, options.edition);
        History { category, hot: count(Sign::Up), cold: count(Sign::Down), trend }
    };
    let places = signs.chunks_exact(slices).zip(trends).map(of_place).collect();
    Ok(Histories { places, slices, z, signs })
}

/// n, x̄ and S of the values that a neighbourhood is compared with.
#[derive(Clone, Copy)]
struct Compared {
    n: f64,
    mean: f64,
    deviation: f64,
}

/// By slice, what its neighbourhoods are compared with.
fn compared(panel: &[f64], slices: usize, options: Emerging) -> Vec<Compared> {
    // Less the least of them, so that equal values have a variance of exactly 0, and their order does not matter.
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
        Compared { n, mean: origin + mean, deviation }
    };
    match options.reference {
        Reference::Cube => vec![of_slices(0..=slices - 1); slices],
        Reference::Neighbourhood => {
            (0..slices).map(|slice| of_slices(slice.saturating_sub(options.lag)..=slice)).collect()
        }
    }
}

fn space_time_z(panel: &[f64], slices: usize, weights: &Weights, options: Emerging) -> Vec<f64> {
    let compared = compared(panel, slices, options);
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
            let Compared { n, mean, deviation } = compared[slice];
            let spread = (n * q - w * w) / (n - 1.0);
            // n Q − W² of all there is is 0 but for its last digits.
            if spread > 1e-12 * q && deviation > 0.0 {
                *z = (sums[first..=slice].iter().sum::<f64>() - mean * w) / (deviation * spread.sqrt());
            }
        }
    };
    z.par_chunks_exact_mut(slices).with_min_len(64).enumerate().for_each(of_place);
    z
}
