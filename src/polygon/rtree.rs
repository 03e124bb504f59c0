//! R-trees: polygons that touch a box, overlap a cell or contain a point; points near a place.

use geo::{BoundingRect, Contains, Intersects, MultiPolygon, Point, Rect};
use h3o::CellIndex;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{RTree, RTreeObject};

use crate::grid::{EARTH_RADIUS_M, LatLng, boundary};

/// Bulk-loaded index over the bounding boxes of polygons, in degrees.
///
/// Polygons are cut where they cross longitude 180°, as RFC 7946 asks. Built in O(n log n); a query costs O(log n +
/// hits), or O(n) where all boxes overlap.
///
/// ```
/// use geo::polygon;
/// use tensionmap::unstable::polygon::PolygonIndex;
/// use tensionmap::LatLng;
/// let west = polygon![(x: -2., y: 52.), (x: -1., y: 52.), (x: -1., y: 53.), (x: -2., y: 53.)];
/// let east = polygon![(x: -1., y: 52.), (x: 0., y: 52.), (x: 0., y: 53.), (x: -1., y: 53.)];
/// let polygons = [west.into(), east.into()];
/// let index = PolygonIndex::new(&polygons);
/// assert_eq!(index.containing(LatLng::new(52.5, -1.5)?), [0]);
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[derive(Debug)]
pub struct PolygonIndex<'a> {
    polygons: &'a [MultiPolygon],
    tree: RTree<IndexedBox>,
}

/// A box and the index of its polygon.
pub(super) type IndexedBox = GeomWithData<Rectangle<[f64; 2]>, usize>;

impl<'a> PolygonIndex<'a> {
    /// Indexes polygons; an empty one is never found.
    #[must_use]
    pub fn new(polygons: &'a [MultiPolygon]) -> Self {
        // One box a part: a polygon cut at longitude 180° would else have a box round the world.
        let parts = polygons.iter().enumerate().flat_map(|(polygon, shape)| {
            let boxes = shape.iter().filter_map(BoundingRect::bounding_rect);
            boxes.map(move |bounds| IndexedBox::new(rectangle(bounds), polygon))
        });
        Self { polygons, tree: RTree::bulk_load(parts.collect()) }
    }

    /// Polygons of which the bounding box of a part meets `bounds`, in ascending order.
    #[must_use]
    pub fn touching(&self, bounds: Rect) -> Vec<usize> {
        let found = self.tree.locate_in_envelope_intersecting(rectangle(bounds).envelope()).map(|indexed| indexed.data);
        distinct(found.collect())
    }

    /// [`Self::touching`] for west, south, east and north; a west greater than the east crosses longitude 180°.
    #[must_use]
    pub fn touching_bbox(&self, [west, south, east, north]: [f64; 4]) -> Vec<usize> {
        let within = |west: f64, east: f64| self.touching(Rect::new((west, south), (east, north)));
        if west <= east {
            return within(west, east);
        }
        distinct([within(west, 180.0), within(-180.0, east)].concat())
    }

    /// Polygons that share a point with a cell, in ascending order.
    #[must_use]
    pub fn sharing(&self, cell: CellIndex) -> Vec<usize> {
        let outline = boundary::outline(cell);
        let near = outline.iter().filter_map(BoundingRect::bounding_rect).flat_map(|bounds| self.touching(bounds));
        let mut found = distinct(near.collect());
        found.retain(|&polygon| self.polygons[polygon].intersects(&outline));
        found
    }

    /// Polygons that contain a point, in ascending order; not on their boundary, unless that is a cut of the map.
    #[must_use]
    pub fn containing(&self, at: LatLng) -> Vec<usize> {
        let points = beside_cuts(at);
        let mut found = self.touching(Rect::new(points[0], points[0]));
        found.retain(|&polygon| points.iter().all(|point| self.polygons[polygon].contains(point)));
        found
    }
}

/// A point; on a cut of the map, one on each side.
fn beside_cuts(at: LatLng) -> Vec<Point> {
    /// A tenth of a millimetre.
    const BESIDE: f64 = 1e-9;
    let lat = at.lat().clamp(BESIDE - 90.0, 90.0 - BESIDE);
    if at.lat().abs() >= 90.0 {
        return [-135.0, -45.0, 45.0, 135.0].map(|lng| Point::new(lng, lat)).to_vec();
    }
    if at.lng().abs() >= 180.0 {
        return [180.0 - BESIDE, BESIDE - 180.0].map(|lng| Point::new(lng, at.lat())).to_vec();
    }
    vec![Point::new(at.lng(), at.lat())]
}

fn distinct(mut found: Vec<usize>) -> Vec<usize> {
    found.sort_unstable();
    found.dedup();
    found
}

fn rectangle(bounds: Rect) -> Rectangle<[f64; 2]> {
    Rectangle::from_corners(bounds.min().into(), bounds.max().into())
}

/// Bulk-loaded index over points as unit vectors: the poles and longitude 180° are not special.
///
/// Distances are great circles on the [sphere](EARTH_RADIUS_M), within 0.6 % of the ellipsoid's. Built in O(n log n);
/// O(log n + hits) a query.
///
/// ```
/// use tensionmap::unstable::polygon::PointIndex;
/// use tensionmap::LatLng;
/// let stations = [LatLng::new(-16.8, 179.9)?, LatLng::new(-17.8, 178.4)?];
/// let index = PointIndex::new(&stations);
/// let taveuni = LatLng::new(-16.8, -179.9)?;
/// assert_eq!(index.within(taveuni, 25_000.0), [0]);
/// let (nearest, metres) = index.nearest(taveuni).unwrap();
/// assert!(nearest == 0 && (metres - 21_290.0).abs() < 10.0);
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[derive(Debug)]
pub struct PointIndex {
    tree: RTree<GeomWithData<[f64; 3], usize>>,
}

impl PointIndex {
    /// Indexes points.
    #[must_use]
    pub fn new(points: &[LatLng]) -> Self {
        let points = points.iter().enumerate().map(|(index, &at)| GeomWithData::new(unit(at), index));
        Self { tree: RTree::bulk_load(points.collect()) }
    }

    /// Points within `metres`, in ascending order of their index; none for a radius below 0 or NaN.
    #[must_use]
    pub fn within(&self, at: LatLng, metres: f64) -> Vec<usize> {
        if metres.is_nan() || metres < 0.0 {
            return Vec::new();
        }
        // Half of the angle, at most a quarter turn: no place is farther than the antipode.
        let half = (metres / EARTH_RADIUS_M / 2.0).min(std::f64::consts::FRAC_PI_2);
        let chord = 2.0 * half.sin();
        let reach = if metres >= std::f64::consts::PI * EARTH_RADIUS_M { f64::MAX } else { chord * chord };
        let found = self.tree.locate_within_distance(unit(at), reach).map(|point| point.data);
        distinct(found.collect())
    }

    /// Nearest point and its distance in metres; the first by index among equally near ones. `None` without points.
    #[must_use]
    pub fn nearest(&self, at: LatLng) -> Option<(usize, f64)> {
        let from = unit(at);
        let nearest = self.tree.nearest_neighbors(&from).into_iter().min_by_key(|point| point.data)?;
        let chord = from.iter().zip(nearest.geom()).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        Some((nearest.data, metres(chord)))
    }
}

/// Great-circle distance in metres of a chord of the unit sphere.
pub(super) fn metres(chord: f64) -> f64 {
    2.0 * EARTH_RADIUS_M * (chord / 2.0).min(1.0).asin()
}

/// Unit vector of a position.
pub(super) fn unit(at: LatLng) -> [f64; 3] {
    let ((sin_lat, cos_lat), (sin_lng, cos_lng)) = (at.lat().to_radians().sin_cos(), at.lng().to_radians().sin_cos());
    [cos_lat * cos_lng, cos_lat * sin_lng, sin_lat]
}
