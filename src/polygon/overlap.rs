//! Overlapping areas: found by crossing or coinciding edges, confirmed by the area they share.

use geo::{Area, BooleanOps, BoundingRect, MultiPolygon, Rect};

use super::PolygonIndex;
use super::edges::{EdgeIndex, PolygonRing};

/// Two overlapping areas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Overlap {
    /// Indices of the two.
    pub(super) pair: (usize, usize),
    /// Shared part of the smaller one, 0 to 1.
    pub(super) share: f64,
}

/// Result of a search for overlaps.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Overlaps {
    /// The first few, in order.
    pub(super) found: Vec<Overlap>,
    /// True if every pair was examined.
    pub(super) complete: bool,
}

/// Max. overlaps reported: one casts doubt on a file, a few show the cause.
const MAX_OVERLAPS: usize = 3;

/// Shared part of the smaller area up to which two areas only touch: neighbours drawn separately overlap by slivers.
pub(super) const SLIVER: f64 = 1e-6;

/// Max. pairs whose shared area is measured.
const MAX_PROOFS: usize = 10_000;

/// The first overlaps of valid polygons, in order.
///
/// Pairs whose boxes do not overlap are skipped. A pair does not overlap if no edges cross or coincide with both insides
/// on one side, and neither lies in the other. Only the remaining pairs are measured. O(n log n) for n edges when boxes
/// overlap little.
pub(super) fn overlaps(polygons: &[MultiPolygon]) -> Overlaps {
    let index = PolygonIndex::new(polygons);
    let areas: Vec<f64> = polygons.iter().map(Area::unsigned_area).collect();
    let mut search = Overlaps { found: Vec::new(), complete: true };
    let mut proofs = 0;
    for (one, shape) in polygons.iter().enumerate() {
        let Some(bounds) = shape.bounding_rect() else { continue };
        for other in index.touching(bounds).into_iter().filter(|&other| other > one) {
            if search.found.len() == MAX_OVERLAPS || proofs == MAX_PROOFS {
                search.complete = false;
                return search;
            }
            let (Some(with), Some(&area), Some(&other_area)) = (polygons.get(other), areas.get(one), areas.get(other))
            else {
                continue;
            };
            let sliver = SLIVER * area.min(other_area);
            let Some(common) = with.bounding_rect().and_then(|with| shared(bounds, with)) else { continue };
            if common.unsigned_area() <= sliver || !meet(shape, with, common) {
                continue;
            }
            proofs += 1;
            let ground = shape.intersection(with).unsigned_area();
            if ground > sliver {
                search.found.push(Overlap { pair: (one, other), share: ground / area.min(other_area) });
            }
        }
    }
    search
}

/// True if two polygons overlap, even by the thinnest sliver.
pub(super) fn meet(one: &MultiPolygon, other: &MultiPolygon, common: Rect) -> bool {
    let rings = |member: usize, shape: &MultiPolygon| -> Vec<PolygonRing> {
        let polygon = |polygon: &geo::Polygon| {
            let holes = polygon.interiors().iter().map(|ring| PolygonRing::of(member, true, ring));
            std::iter::once(PolygonRing::of(member, false, polygon.exterior())).chain(holes).collect::<Vec<_>>()
        };
        shape.iter().flat_map(polygon).collect()
    };
    let all: Vec<PolygonRing> = rings(0, one).into_iter().chain(rings(1, other)).collect();
    // Edges west, north or south of the common box neither intersect the other polygon nor a ray cast east from it.
    let window = Rect::new(common.min(), geo::Coord { x: 180.0, y: common.max().y });
    let edges = EdgeIndex::new(all, Some(window));
    edges.conflict(true).is_some() || edges.shell_in_member().is_some()
}

/// Intersection of two boxes.
pub(super) fn shared(one: Rect, other: Rect) -> Option<Rect> {
    let (west, east) = (one.min().x.max(other.min().x), one.max().x.min(other.max().x));
    let (south, north) = (one.min().y.max(other.min().y), one.max().y.min(other.max().y));
    (west < east && south < north).then(|| Rect::new((west, south), (east, north)))
}
