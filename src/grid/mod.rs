//! Stage 3, point → cell: range-checked positions and the H3 grid they fall into.
//!
//! `h3o` accepts any finite number as a coordinate and returns a valid-looking cell for 433000°; [`LatLng`] is therefore
//! the only way to a cell here, and it cannot be made from a number outside its range.

pub mod boundary;
pub(crate) mod fill;
mod lattice;
mod shape;
pub mod study_area;

use std::fmt;

pub use h3o::{CellIndex, Resolution};
use rayon::prelude::*;

use crate::error::InvalidValue;

pub use study_area::{Containment, StudyArea};

/// A WGS84 position in degrees, always within −90…90 and −180…180.
///
/// ```
/// use tensionmap::{LatLng, Resolution};
/// let belgrave = LatLng::new(52.645, -1.124)?;
/// assert_eq!(belgrave.cell(Resolution::Eight).to_string(), "8819434dbbfffff");
/// assert!(LatLng::new(433_000.0, 416_000.0).is_err());
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatLng(h3o::LatLng);

impl LatLng {
    /// A position from latitude and longitude in degrees.
    ///
    /// # Errors
    /// A number that is not finite, a latitude outside −90…90 or a longitude outside −180…180.
    pub fn new(lat: f64, lng: f64) -> Result<Self, InvalidValue> {
        if !(-90.0..=90.0).contains(&lat) {
            return Err(InvalidValue::bare("latitude", lat, "degrees from -90 to 90 (WGS84)"));
        }
        if !(-180.0..=180.0).contains(&lng) {
            return Err(InvalidValue::bare("longitude", lng, "degrees from -180 to 180 (WGS84)"));
        }
        h3o::LatLng::new(lat, lng)
            .map(Self)
            .map_err(|error| InvalidValue::new("position", format_args!("{lat}, {lng}"), "finite degrees", error))
    }

    /// Latitude in degrees.
    #[must_use]
    pub fn lat(self) -> f64 {
        self.0.lat()
    }

    /// Longitude in degrees.
    #[must_use]
    pub fn lng(self) -> f64 {
        self.0.lng()
    }

    /// The cell that holds this position. Always indexed from the position itself: an H3 child's parent need not be the
    /// cell that holds the point.
    #[must_use]
    pub fn cell(self, resolution: Resolution) -> CellIndex {
        self.0.to_cell(resolution)
    }
}

impl fmt::Display for LatLng {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}, {}", self.lat(), self.lng())
    }
}

/// The cells of many positions, in order, on all threads of the current rayon pool. O(n).
#[must_use]
pub fn cells(positions: &[LatLng], resolution: Resolution) -> Vec<CellIndex> {
    positions.par_iter().with_min_len(4096).map(|at| at.cell(resolution)).collect()
}

/// Cells at grid distance 1 to `k`, the cell itself left out. Fewer than `3k(k+1)` only round a pentagon.
#[must_use]
pub fn disk(cell: CellIndex, k: u32) -> Vec<CellIndex> {
    let mut cells: Vec<CellIndex> = cell.grid_disk(k);
    cells.retain(|&other| other != cell);
    cells.sort_unstable();
    cells
}
