//! Moran's local I: places like their neighbours, and places unlike them.

use rayon::prelude::*;

use super::permutation::{Permutations, p_values};
use super::{HotspotError, Weights, benjamini_hochberg, checked, is_constant};

/// A place and its neighbours, each above or below the mean of all places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quadrant {
    /// High among high.
    HighHigh,
    /// Low among high.
    LowHigh,
    /// Low among low.
    LowLow,
    /// High among low.
    HighLow,
}

impl Quadrant {
    /// Every quadrant, in the order of esda's numbers 1 to 4.
    pub const ALL: [Self; 4] = [Self::HighHigh, Self::LowHigh, Self::LowLow, Self::HighLow];

    const fn row(self) -> (&'static str, &'static str, [u8; 3]) {
        match self {
            Self::HighHigh => ("HH", "High among high", [0xb2, 0x18, 0x2b]),
            Self::LowHigh => ("LH", "Low among high", [0x92, 0xc5, 0xde]),
            Self::LowLow => ("LL", "Low among low", [0x21, 0x66, 0xac]),
            Self::HighLow => ("HL", "High among low", [0xf4, 0xa5, 0x82]),
        }
    }

    /// The name used in outputs.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.row().0
    }

    /// Name for readers.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Red, green and blue.
    #[must_use]
    pub fn colour(self) -> [u8; 3] {
        self.row().2
    }
}

/// Local Moran of one place.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LocalMoran {
    /// Above 0 where a place is like its neighbours, below 0 where it is not; 0 where it is not defined.
    pub i: f64,
    /// A place at the mean counts as low, as in esda; absent where I is not defined.
    pub quadrant: Option<Quadrant>,
    /// Two-sided, by conditional permutation, 0 to 1.
    pub p: f64,
    /// Benjamini–Hochberg's q of `p` among all places.
    pub q: f64,
}

/// Anselin's local Moran: similarity of each place to its neighbours, against chance.
///
/// With z = x − x̄ and the weights of each place divided by their sum,
///
/// ```text
/// I = (n − 1) z Σ w z(neighbours) / Σ z²
/// ```
///
/// as in esda; R's `spdep` has n for n − 1. I has no unit. p is that of the sum over the neighbours, and does not depend on the
/// factor. `values` are of every place of the study area, zeros too. O as for [`Permutations`].
///
/// No places give no result. Where all values are equal, or a place has no neighbours, I = 0, p = 1 and there is no quadrant.
///
/// # Errors
/// A number of values other than that of places; a value that is not finite; permutations out of range.
///
/// # Example
/// Four places in a row, 2, 2, 0 and 0: of the first, z = 1 and its neighbour's too, (4 − 1) · 1 · 1 / 4.
///
/// ```
/// use tensionmap::unstable::hotspot::{Permutations, Quadrant, Weights, local_moran};
/// let row = Weights::of_lists(&[vec![1], vec![0, 2], vec![1, 3], vec![2]])?;
/// let found = local_moran(&[2.0, 2.0, 0.0, 0.0], &row, Permutations::default())?;
/// assert_eq!((found[0].i, found[0].quadrant), (0.75, Some(Quadrant::HighHigh)));
/// # Ok::<(), tensionmap::unstable::error::HotspotError>(())
/// ```
///
/// # References
/// Anselin, Local indicators of spatial association, Geogr. Anal. 27 (1995) 93–115.
pub fn local_moran(
    values: &[f64],
    weights: &Weights,
    permutations: Permutations,
) -> Result<Vec<LocalMoran>, HotspotError> {
    checked(values, weights.len(), weights.len())?;
    let weights = weights.row_standardised();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let off: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let squares: f64 = off.iter().map(|off| off * off).sum();
    let is_constant = is_constant(values);
    let i = |place: usize| {
        let is_defined = !is_constant && !weights.of(place).is_empty();
        is_defined.then(|| {
            let lag = weights.sum(place, &off);
            let quadrant = match (off[place] > 0.0, lag > 0.0) {
                (true, true) => Quadrant::HighHigh,
                (false, true) => Quadrant::LowHigh,
                (false, false) => Quadrant::LowLow,
                (true, false) => Quadrant::HighLow,
            };
            ((n - 1.0) * off[place] * lag / squares, quadrant)
        })
    };
    let found: Vec<Option<(f64, Quadrant)>> = (0..values.len()).into_par_iter().map(i).collect();
    let mut p = p_values(values, &weights, permutations)?;
    for (p, _) in p.iter_mut().zip(&found).filter(|(_, found)| found.is_none()) {
        *p = 1.0;
    }
    let q = benjamini_hochberg(&p);
    let local = |(place, found): (usize, Option<(f64, Quadrant)>)| LocalMoran {
        i: found.map_or(0.0, |(i, _)| i),
        quadrant: found.map(|(_, quadrant)| quadrant),
        p: p[place],
        q: q[place],
    };
    Ok(found.into_iter().enumerate().map(local).collect())
}
