//! The H3 grid: range-checked positions, their cells, outlines of cells, and the study area.
//!
//! `h3o` accepts any finite number as a coordinate and returns a valid-looking cell for 433000°. Here a number outside its
//! range is an error, for one position ([`LatLng`]) and for columns ([`cells`]).
//!
//! Columns go through `h3_batch`, whose cells equal h3o's bit for bit, on any processor and number of threads.

pub mod boundary;
mod cut;
pub(crate) mod fill;
mod lattice;
mod local_grid;
mod mesh;
pub(crate) mod ostn15;
mod shape;
pub mod study_area;
mod unroll;

use std::fmt;

pub use h3o::{CellIndex, Resolution};
use rayon::prelude::*;

use crate::invalid::{Cause, InvalidValue};

pub(crate) use local_grid::LocalGrid;
pub(crate) use mesh::CellMesh;
pub use study_area::{Containment, StudyArea};

/// Radius in metres of the sphere with the area of the WGS84 ellipsoid, on which areas of cells are measured.
pub const EARTH_RADIUS_M: f64 = 6_371_007.180_918_475;

/// Error of the cells of polygons.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum GridError {
    #[error("polygon {polygon} of the study area has a ring that cannot be filled")]
    Ring { polygon: usize, source: Cause },
    #[error(
        "the study area would have about {estimate} cells at resolution {resolution}, more than {max}; use a lower --resolution, such as \
         --resolution {}", fitting(*estimate, *resolution, *max)
    )]
    TooManyCells { estimate: usize, resolution: Resolution, max: usize },
    #[error("no cell of resolution {resolution} belongs to the study area (containment {}); use --containment overlapping or a higher --resolution", mode.id())]
    NoCells { resolution: Resolution, mode: Containment },
}

/// The finest resolution with at most `max` cells where one has this estimate: each coarser one has a seventh.
fn fitting(estimate: usize, resolution: Resolution, max: usize) -> Resolution {
    let cells = |coarser: Resolution| estimate / 7_usize.pow(u32::from(u8::from(resolution) - u8::from(coarser)));
    let fits = |coarser: &Resolution| cells(*coarser) < max;
    Resolution::range(Resolution::Zero, resolution).rev().find(fits).unwrap_or(Resolution::Zero)
}

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
        check(lat, lng)?;
        let wrong = |_error| InvalidValue::expecting("position", format_args!("{lat}, {lng}"), "finite degrees");
        h3o::LatLng::new(lat, lng).map(Self).map_err(wrong)
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

    /// Metres to another position, on a sphere.
    #[must_use]
    pub fn metres_to(self, other: Self) -> f64 {
        self.0.distance_m(other.0)
    }

    /// The cell that contains this position; not derived from a child, whose parent need not contain the point.
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

/// Cells of many positions in degrees, in order, on all threads of the current rayon pool. O(n), about 10 ns each.
///
/// ```
/// use tensionmap::{LatLng, Resolution};
/// use tensionmap::unstable::grid;
/// let cells = grid::cells(&[52.645, -16.8], &[-1.124, 180.0], Resolution::Eight)?;
/// assert_eq!(cells[0], LatLng::new(52.645, -1.124)?.cell(Resolution::Eight));
/// assert!(grid::cells(&[52.645, f64::NAN], &[-1.124, 180.0], Resolution::Eight).is_err());
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
///
/// # Errors
/// The first position for which [`LatLng::new`] is an error, by its index in the columns, from 0.
///
/// # Panics
/// If the numbers of latitudes and longitudes differ.
pub fn cells(lat: &[f64], lng: &[f64], resolution: Resolution) -> Result<Vec<CellIndex>, InvalidValue> {
    assert_eq!(lat.len(), lng.len(), "expected as many longitudes as latitudes");
    for (place, (&lat, &lng)) in lat.iter().zip(lng).enumerate() {
        check(lat, lng).map_err(|error| InvalidValue::new("position", place, "degrees in range", error))?;
    }
    Ok(cells_in_range(lat, lng, resolution))
}

/// [`cells`] of positions that have been checked.
pub(crate) fn cells_in_range(lat: &[f64], lng: &[f64], resolution: Resolution) -> Vec<CellIndex> {
    numbers_in_range(lat, lng, resolution).into_par_iter().with_min_len(CHUNK).map(numbered).collect()
}

/// Positions in a chunk, enough to be worth a thread.
const CHUNK: usize = 1 << 12;

/// Numbers of the cells of [`cells_in_range`].
pub(crate) fn numbers_in_range(lat: &[f64], lng: &[f64], resolution: Resolution) -> Vec<u64> {
    let mut numbers = vec![0; lat.len()];
    let chunks = numbers.par_chunks_mut(CHUNK).zip(lat.par_chunks(CHUNK).zip(lng.par_chunks(CHUNK)));
    chunks.for_each(|(numbers, (lat, lng))| h3_batch::cells_into(lat, lng, resolution, numbers));
    numbers
}

/// Cell of a number from [`numbers_in_range`] or [`stand_in`].
#[allow(clippy::expect_used, reason = "the number of a finite position is a cell's, as h3_batch's tests show")]
pub(crate) fn numbered(number: u64) -> CellIndex {
    CellIndex::try_from(number).expect("a finite position has a cell")
}

/// Stand-in of an area: the cell for the area of this number, from 0, in a cube and a study area.
///
/// Reports of areas are counted and scored by the same code as those of cells. The stand-in is a cell of resolution 15
/// in H3's first base cell, near the north pole; its digits are the number in base 7. So stand-ins are valid cells,
/// sort like the areas, and number 7¹⁵. Their position has no meaning.
pub(crate) fn stand_in(number: usize) -> CellIndex {
    // Mode 1 (a cell), resolution 15, base cell 0; then 15 digits of three bits, the first in the highest bits.
    let digit = |place: u32| (number as u64 / 7_u64.pow(place) % 7) << (3 * place);
    numbered((0..15).map(digit).fold(1 << 59 | 15 << 52, |cell, digit| cell | digit))
}

fn check(lat: f64, lng: f64) -> Result<(), InvalidValue> {
    if !(-90.0..=90.0).contains(&lat) {
        return Err(InvalidValue::expecting("latitude", lat, "degrees from -90 to 90 (WGS84)"));
    }
    if !(-180.0..=180.0).contains(&lng) {
        return Err(InvalidValue::expecting("longitude", lng, "degrees from -180 to 180 (WGS84)"));
    }
    Ok(())
}

/// Cells at grid distance 1 to `k`, without the cell itself. Fewer than `3k(k+1)` only round a pentagon.
#[must_use]
pub fn disk(cell: CellIndex, k: u32) -> Vec<CellIndex> {
    let mut cells: Vec<CellIndex> = cell.grid_disk(k);
    cells.retain(|&other| other != cell);
    cells.sort_unstable();
    cells
}

/// Cells at grid distance 1 and 2 with their distance, the nearer first and each ring in order.
pub(crate) fn rings(cell: CellIndex) -> Vec<(CellIndex, u32)> {
    let mut cells: Vec<(CellIndex, u32)> = cell.grid_disk_distances(2);
    cells.retain(|(_, distance)| *distance > 0);
    cells.sort_unstable_by_key(|(other, distance)| (*distance, *other));
    cells
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn columns_are_indexed_as_positions_one_by_one() {
        let count = 3 * (1 << 12) + 17;
        let lat: Vec<f64> = (0..count).map(|k| f64::from(k * 7919 % 18_001) / 100.0 - 90.0).collect();
        let lng: Vec<f64> = (0..count).map(|k| f64::from(k * 104_729 % 36_001) / 100.0 - 180.0).collect();
        for resolution in [Resolution::Zero, Resolution::Eight, Resolution::Fifteen] {
            let one_by_one = lat.iter().zip(&lng).map(|(&lat, &lng)| LatLng::new(lat, lng).unwrap().cell(resolution));
            assert_eq!(cells(&lat, &lng, resolution).unwrap(), one_by_one.collect::<Vec<_>>());
        }
        assert!(cells(&[], &[], Resolution::Eight).unwrap().is_empty());
    }

    #[test]
    fn stand_ins_are_cells_in_the_order_of_their_numbers() {
        let numbers = [0, 1, 6, 7, 48, 49, 35_672, 7_usize.pow(15) - 1];
        let cells = numbers.map(stand_in);
        assert!(cells.is_sorted_by(|a, b| a < b));
        for (number, cell) in numbers.into_iter().zip(cells) {
            assert_eq!((cell.resolution(), u8::from(cell.base_cell())), (Resolution::Fifteen, 0));
            // h3o numbers the children of a base cell itself.
            assert_eq!(cell.child_position(Resolution::Zero), Some(number as u64));
        }
    }

    #[test]
    fn a_position_out_of_range_is_named() {
        let error = cells(&[52.6, 52.6, 433_000.0], &[-1.1, -1.1, 0.0], Resolution::Eight).unwrap_err();
        assert_eq!(error.to_string(), "position \"2\" is not usable: expected degrees in range");
        let cause = error.source().unwrap().to_string();
        assert_eq!(cause, "latitude \"433000\" is not usable: expected degrees from -90 to 90 (WGS84)");
    }
}
