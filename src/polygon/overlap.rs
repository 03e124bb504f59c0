//! Overlapping areas: found by crossing or coinciding edges, confirmed by the area they share.

use geo::{Area, BooleanOps, BoundingRect, MultiPolygon, Rect};

use super::PolygonIndex;
use super::contiguity::common;
use super::edges::{EdgeIndex, PolygonRing};

/// Two overlapping areas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Overlap {
    /// Indices of the two.
    pub(super) pair: (usize, usize),
    /// Shared part of the smaller one, 0 to 1.
    pub(super) share: f64,
}

/// Maximum overlaps reported: one casts doubt on a file, a few show the cause.
const MAX_OVERLAPS: usize = 3;

/// Shared part of the smaller area up to which two areas only touch: neighbours drawn separately overlap by slivers.
pub(super) const SLIVER: f64 = 1e-6;

/// Maximum pairs whose shared area is measured.
const MAX_PROOFS: usize = 10_000;

/// The first overlaps of valid polygons, in order, and true if every pair was examined.
///
/// A pair does not overlap if no edges cross or coincide with both insides on one side, and neither lies in the other.
/// Only the remaining pairs are measured. O(n log n) for n edges when boxes overlap little.
pub(super) fn overlaps(polygons: &[MultiPolygon]) -> (Vec<Overlap>, bool) {
    let index = PolygonIndex::new(polygons);
    let areas: Vec<f64> = polygons.iter().map(Area::unsigned_area).collect();
    let (mut found, mut proofs) = (Vec::new(), 0);
    for (one, shape) in polygons.iter().enumerate() {
        let Some(bounds) = shape.bounding_rect() else { continue };
        for other in index.touching(bounds).into_iter().filter(|&other| other > one) {
            if found.len() == MAX_OVERLAPS || proofs == MAX_PROOFS {
                return (found, false);
            }
            let (with, smaller) = (&polygons[other], areas[one].min(areas[other]));
            let sliver = SLIVER * smaller;
            let Some(common) = with.bounding_rect().and_then(|with| common(bounds, with)) else { continue };
            if common.unsigned_area() <= sliver || !meet(shape, with, common) {
                continue;
            }
            proofs += 1;
            let ground = shape.intersection(with).unsigned_area();
            if ground > sliver {
                found.push(Overlap { pair: (one, other), share: ground / smaller });
            }
        }
    }
    (found, true)
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
