//! Distance to the nearest polygon: an R-tree over stretches of edges, as curves on the unit sphere.

use geo::{Coord, LineString, MultiPolygon};
use rstar::{AABB, PointDistance, RTree, RTreeObject};

use super::Locator;
use super::rtree::{metres, unit};
use crate::grid::LatLng;

/// Index of polygons for the nearest one and its distance.
///
/// Distances are great circles on the [sphere](crate::grid::EARTH_RADIUS_M), within 0.6 % of the ellipsoid's, to the
/// nearest point of an edge, to a millimetre. Edges are straight in longitude and latitude, as in RFC 7946, and
/// polygons are cut where they cross longitude 180°. Built in O(n log n); a query costs O(log n + edges as near).
///
/// ```
/// use geo::polygon;
/// use tensionmap::unstable::polygon::DistanceIndex;
/// use tensionmap::LatLng;
/// let park = polygon![(x: -2., y: 52.), (x: -1., y: 52.), (x: -1., y: 53.), (x: -2., y: 53.)];
/// let parks = [park.into()];
/// let index = DistanceIndex::new(&parks);
/// assert_eq!(index.nearest(LatLng::new(52.5, -1.5)?), Some((0, 0.0)));
/// // A degree of a meridian, on the sphere of 6 371.007 km.
/// let (_, metres) = index.nearest(LatLng::new(51.0, -1.5)?).unwrap();
/// assert!((metres - 111_195.05).abs() < 0.01);
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[derive(Debug)]
pub struct DistanceIndex {
    areas: Locator,
    tree: RTree<Stretch>,
}

impl DistanceIndex {
    /// Indexes polygons; an empty one is never found.
    #[must_use]
    pub fn new(polygons: &[MultiPolygon]) -> Self {
        let rings = polygons.iter().enumerate().flat_map(|(index, polygon)| {
            let rings = polygon.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
            rings.map(move |ring| (index, ring))
        });
        let stretches = rings.flat_map(|(index, ring)| stretches(index, ring)).collect();
        Self { areas: Locator::new(polygons), tree: RTree::bulk_load(stretches) }
    }

    /// Nearest polygon and its distance in metres, 0 inside and on a border; the first of equally near ones, if any.
    #[must_use]
    pub fn nearest(&self, at: LatLng) -> Option<(usize, f64)> {
        if let Some(&inside) = self.areas.touching(at).first() {
            return Some((inside, 0.0));
        }
        let from = unit(at);
        let nearest = self.tree.nearest_neighbors(&from).into_iter().min_by_key(|stretch| stretch.polygon)?;
        Some((nearest.polygon, metres(nearest.distance_2(&from).sqrt())))
    }
}

/// Maximum length of a stretch: 2 km, over which the distance from a place is a parabola, to a millimetre.
const MAX_STRETCH_DEG: f64 = 0.02;

/// A part of an edge.
#[derive(Debug)]
struct Stretch {
    polygon: usize,
    /// Start and extent, as longitude and latitude in radians.
    from: Coord,
    by: Coord,
    ends: [[f64; 3]; 2],
}

fn stretches(polygon: usize, ring: &LineString) -> impl Iterator<Item = Stretch> {
    ring.lines().flat_map(move |edge| {
        // In one direction whichever polygon it belongs to, so that a shared border is equally near.
        let flipped = (edge.end.y, edge.end.x) < (edge.start.y, edge.start.x);
        let (from, to) = if flipped { (edge.end, edge.start) } else { (edge.start, edge.end) };
        let by = to - from;
        let count = (by.x.abs().max(by.y.abs()) / MAX_STRETCH_DEG).ceil().max(1.0);
        let place = move |part: f64| if part < count { from + by * (part / count) } else { to };
        let parts = std::iter::successors(Some(0.0), |part| Some(part + 1.0)).take_while(move |part| *part < count);
        parts.map(move |part| Stretch::new(polygon, place(part), place(part + 1.0)))
    })
}

impl Stretch {
    fn new(polygon: usize, from: Coord, to: Coord) -> Self {
        let [from, to] = [from, to].map(|at| Coord { x: at.x.to_radians(), y: at.y.to_radians() });
        let by = to - from;
        let mut stretch = Self { polygon, from, by, ends: [[0.0; 3]; 2] };
        stretch.ends = [0.0, 1.0].map(|part| stretch.curve(part)[0]);
        stretch
    }

    /// Point at a part of its length, and the first and second derivatives there.
    fn curve(&self, part: f64) -> [[f64; 3]; 3] {
        let at = self.from + self.by * part;
        let ((sin_lng, cos_lng), (sin_lat, cos_lat)) = (at.x.sin_cos(), at.y.sin_cos());
        let Coord { x, y } = self.by;
        let point = [cos_lat * cos_lng, cos_lat * sin_lng, sin_lat];
        let north = [-sin_lat * cos_lng, -sin_lat * sin_lng, cos_lat];
        let east = [-cos_lat * sin_lng, cos_lat * cos_lng, 0.0];
        let bend = [2.0 * sin_lat * sin_lng, -2.0 * sin_lat * cos_lng, 0.0];
        let inward = [-cos_lat * cos_lng, -cos_lat * sin_lng, 0.0];
        [
            point,
            std::array::from_fn(|k| y * north[k] + x * east[k]),
            std::array::from_fn(|k| -y * y * point[k] + x * y * bend[k] + x * x * inward[k]),
        ]
    }
}

impl RTreeObject for Stretch {
    type Envelope = AABB<[f64; 3]>;

    fn envelope(&self) -> Self::Envelope {
        let [a, b] = self.ends;
        // A curve stays within an eighth of its greatest second derivative of its chord.
        let bulge = (self.by.x.abs() + self.by.y.abs()).powi(2) / 8.0;
        let low = std::array::from_fn(|k| a[k].min(b[k]) - bulge);
        AABB::from_corners(low, std::array::from_fn(|k| a[k].max(b[k]) + bulge))
    }
}

impl PointDistance for Stretch {
    /// Square of the straight distance through the sphere.
    fn distance_2(&self, from: &[f64; 3]) -> f64 {
        let [a, b] = self.ends;
        let square = |to: [f64; 3]| (0..3).map(|k| (to[k] - from[k]) * (to[k] - from[k])).sum::<f64>();
        let at_ends = square(a).min(square(b));
        let along = |of: [f64; 3]| (0..3).map(|k| (b[k] - a[k]) * of[k]).sum::<f64>();
        let length = along(std::array::from_fn(|k| b[k] - a[k]));
        if length == 0.0 {
            return at_ends;
        }
        let mut part = (along(std::array::from_fn(|k| from[k] - a[k])) / length).clamp(0.0, 1.0);
        // Newton steps to where the curve is perpendicular to the direction of the place; the chord is up to metres
        // off.
        for _ in 0..NEWTON_STEPS {
            let [_, speed, turn] = self.curve(part);
            let towards = |of: [f64; 3]| (0..3).map(|k| of[k] * from[k]).sum::<f64>();
            if towards(turn) >= 0.0 {
                return at_ends;
            }
            part = (part - towards(speed) / towards(turn)).clamp(0.0, 1.0);
        }
        at_ends.min(square(self.curve(part)[0]))
    }
}

/// Newton steps, each of which doubles the three correct digits of the first guess.
const NEWTON_STEPS: usize = 2;
