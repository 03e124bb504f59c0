//! Outlines of cells, safe at longitude 180° and round the poles.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use h3o::CellIndex;
use h3o::geom::SolventBuilder;

use super::cut::cut;
use super::shape::LonLatPolygon;
use super::unroll::unroll;
pub(crate) use super::unroll::unrolled;

/// Outline of a cell in degrees (x = longitude), counter-clockwise. It is cut in two where it crosses longitude 180°,
/// as RFC 7946 §3.1.9 asks, and taken along the pole where it goes round one.
///
/// ```
/// use tensionmap::unstable::grid::boundary;
/// use tensionmap::{LatLng, Resolution};
/// let leicester = LatLng::new(52.64, -1.12)?.cell(Resolution::Eight);
/// assert_eq!(boundary::outline(leicester).0.len(), 1);
/// let fiji = LatLng::new(-16.8, 180.0)?.cell(Resolution::Five);
/// assert_eq!(boundary::outline(fiji).0.len(), 2);
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[must_use]
pub fn outline(cell: CellIndex) -> MultiPolygon {
    let corners = corners(cell);
    if is_plain(corners.iter().copied()) {
        return Polygon::new(LineString::new(corners), Vec::new()).into();
    }
    cut(std::iter::once(unroll(corners.iter().chain(corners.first()).copied(), 180.0)))
}

/// The outline of many cells together, in degrees: shells counter-clockwise, holes clockwise; cut and taken along the poles as
/// [`outline`] is. Cells are distinct and of one resolution; for others the outline is empty.
pub(crate) fn dissolved(cells: &[CellIndex]) -> MultiPolygon {
    let Ok(dissolved) = SolventBuilder::new().build().dissolve(cells.iter().copied()) else {
        return MultiPolygon::new(Vec::new());
    };
    let rings = || dissolved.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
    if rings().all(|ring| is_plain(ring.0.iter().copied())) {
        return dissolved;
    }
    cut(rings().map(|ring| unroll(ring.0.iter().copied(), 180.0)))
}

/// The corners of a cell in degrees, counter-clockwise.
pub(super) fn corners(cell: CellIndex) -> Vec<Coord> {
    cell.boundary().iter().map(|at| Coord { x: at.lng(), y: at.lat() }).collect()
}

/// True if a ring needs no cut, far from longitude 180° and the poles: no side, including the last, is longer than half a turn.
pub(super) fn is_plain(corners: impl Iterator<Item = Coord> + Clone) -> bool {
    let next = corners.clone().chain(corners.clone().next()).skip(1);
    corners.zip(next).all(|(at, next)| at.x.abs() < 179.0 && (next.x - at.x).abs() < 180.0)
}

/// West, south, east and north of a cell's outline in degrees. West is greater than east where it crosses longitude
/// 180°, and a cell round a pole goes from −180 to 180 (RFC 7946 §5.2 and §5.3).
///
/// ```
/// use tensionmap::unstable::grid::boundary;
/// use tensionmap::{LatLng, Resolution};
/// let [west, south, east, north] = boundary::bbox(LatLng::new(-16.8, 180.0)?.cell(Resolution::Five));
/// assert!(west > 179.0 && east < -179.0 && south < north);
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[must_use]
pub fn bbox(cell: CellIndex) -> [f64; 4] {
    let ring = unrolled(cell, 180.0);
    let (west, east) = range(ring.iter().map(|at| at.x));
    let (south, north) = range(ring.iter().map(|at| at.y));
    if east - west >= 360.0 {
        return [-180.0, south, 180.0, north];
    }
    let [west, east] = [west, east].map(|x| x - 360.0 * (x / 360.0).round_ties_even());
    [west, south, east, north]
}

/// Exact area of a cell on the sphere, in km².
#[must_use]
pub fn area_km2(cell: CellIndex) -> f64 {
    cell.area_km2()
}

/// Exact area of polygons on the same sphere, in km², with edges straight in longitude and latitude.
///
/// ```
/// use geo::polygon;
/// let half = polygon![(x: -180., y: 0.), (x: 0., y: 0.), (x: 180., y: 0.), (x: 180., y: 90.), (x: -180., y: 90.)];
/// let sphere = 4.0 * std::f64::consts::PI * 6371.007_180_918_475_f64.powi(2);
/// let northern = tensionmap::unstable::grid::boundary::ground_km2(&half.into());
/// assert!((northern / sphere - 0.5).abs() < 1e-12);
/// ```
#[must_use]
pub fn ground_km2(polygons: &MultiPolygon) -> f64 {
    let radius = super::EARTH_RADIUS_M / 1000.0;
    polygons.iter().map(|polygon| LonLatPolygon::new(polygon).area()).sum::<f64>() * radius * radius
}

fn range(numbers: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    (numbers.clone().fold(f64::INFINITY, f64::min), numbers.fold(f64::NEG_INFINITY, f64::max))
}
