//! Outlines of cells, safe at the antimeridian.

use geo::MultiPolygon;
use h3o::CellIndex;

/// The outline of a cell in degrees (x = longitude), counter-clockwise; cut in two where it crosses longitude 180°, as
/// RFC 7946 §3.1.9 asks.
///
/// ```
/// use tensionmap::{grid::boundary, LatLng, Resolution};
/// let leicester = LatLng::new(52.64, -1.12)?.cell(Resolution::Eight);
/// assert_eq!(boundary::outline(leicester).0.len(), 1);
/// let fiji = LatLng::new(-16.8, 180.0)?.cell(Resolution::Five);
/// assert_eq!(boundary::outline(fiji).0.len(), 2);
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[must_use]
pub fn outline(cell: CellIndex) -> MultiPolygon {
    MultiPolygon::from(cell)
}

/// Exact area of a cell on the sphere, in km².
#[must_use]
pub fn area_km2(cell: CellIndex) -> f64 {
    cell.area_km2()
}
