//! An R-tree over polygons: which of them can touch a box, or hold a point.

use geo::{BoundingRect, Contains, MultiPolygon, Rect};
use rstar::{AABB, RTree, RTreeObject};

use crate::grid::LatLng;

/// A bulk-loaded index over the bounding boxes of polygons, in degrees.
///
/// Built in O(n log n); a query costs O(log n + hits) when boxes overlap little, O(n) when all do.
///
/// ```
/// use geo::polygon;
/// use tensionmap::{area::PolygonIndex, LatLng};
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
    tree: RTree<Boxed>,
}

#[derive(Debug)]
struct Boxed {
    polygon: usize,
    envelope: AABB<[f64; 2]>,
}

impl RTreeObject for Boxed {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

impl<'a> PolygonIndex<'a> {
    /// Indexes polygons; an empty one is never found.
    #[must_use]
    pub fn new(polygons: &'a [MultiPolygon]) -> Self {
        let boxes = polygons
            .iter()
            .enumerate()
            .filter_map(|(polygon, shape)| Some(Boxed { polygon, envelope: envelope(shape.bounding_rect()?) }));
        Self { polygons, tree: RTree::bulk_load(boxes.collect()) }
    }

    /// Polygons whose bounding box meets `bounds`, in ascending order.
    #[must_use]
    pub fn touching(&self, bounds: Rect) -> Vec<usize> {
        let mut found: Vec<usize> =
            self.tree.locate_in_envelope_intersecting(envelope(bounds)).map(|boxed| boxed.polygon).collect();
        found.sort_unstable();
        found
    }

    /// Polygons that contain a point, in ascending order; their boundary is not inside.
    #[must_use]
    pub fn containing(&self, at: LatLng) -> Vec<usize> {
        let point = geo::Point::new(at.lng(), at.lat());
        let mut found = self.touching(Rect::new(point, point));
        found.retain(|&polygon| self.polygons[polygon].contains(&point));
        found
    }
}

fn envelope(bounds: Rect) -> AABB<[f64; 2]> {
    AABB::from_corners([bounds.min().x, bounds.min().y], [bounds.max().x, bounds.max().y])
}
