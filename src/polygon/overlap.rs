//! Areas that overlap: found by the edges that cross or coincide, proved by the ground they share.

use geo::{Area, BooleanOps, BoundingRect, MultiPolygon, Rect};

use super::PolygonIndex;
use super::edges::{EdgeIndex, PolygonRing};

/// Two areas on the same ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Overlap {
    /// Which, by index.
    pub(super) pair: (usize, usize),
    /// Shared part of the smaller one.
    pub(super) share: f64,
}

/// What a search for overlaps found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Overlaps {
    /// The first few.
    pub(super) found: Vec<Overlap>,
    /// Whether every pair was looked at.
    pub(super) complete: bool,
}

/// Overlaps after which the search ends: one is enough to doubt a file, a few to see what is wrong with it.
const MAX_OVERLAPS: usize = 3;

/// Shared part of the smaller area up to which two areas touch: neighbours drawn each by itself overlap by slivers.
pub(super) const SLIVER: f64 = 1e-6;

/// Pairs whose shared ground is measured at most.
const MAX_PROOFS: usize = 10_000;

/// The first overlaps of valid polygons, in order.
///
/// Pairs whose boxes share no ground are never looked at; a pair whose edges neither cross nor coincide with both
/// insides on one side, and of which neither lies in the other, shares none. Only what is left is measured. O(n log n)
/// for n edges when boxes overlap little.
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
            let least = SLIVER * area.min(other_area);
            let Some(common) = with.bounding_rect().and_then(|with| shared(bounds, with)) else { continue };
            if common.unsigned_area() <= least || !meet(shape, with, common) {
                continue;
            }
            proofs += 1;
            let ground = shape.intersection(with).unsigned_area();
            if ground > least {
                search.found.push(Overlap { pair: (one, other), share: ground / area.min(other_area) });
            }
        }
    }
    search
}

/// Whether two polygons share ground, were it the thinnest sliver.
pub(super) fn meet(one: &MultiPolygon, other: &MultiPolygon, common: Rect) -> bool {
    let rings = |member: usize, shape: &MultiPolygon| -> Vec<PolygonRing> {
        let polygon = |polygon: &geo::Polygon| {
            let holes = polygon.interiors().iter().map(|ring| PolygonRing::of(member, true, ring));
            std::iter::once(PolygonRing::of(member, false, polygon.exterior())).chain(holes).collect::<Vec<_>>()
        };
        shape.iter().flat_map(polygon).collect()
    };
    let all: Vec<PolygonRing> = rings(0, one).into_iter().chain(rings(1, other)).collect();
    // EdgeIndex west, north or south of the common box neither meet the other polygon nor are hit by a ray cast east from
    // it.
    let window = Rect::new(common.min(), geo::Coord { x: 180.0, y: common.max().y });
    let edges = EdgeIndex::new(all, Some(window));
    edges.conflict(true).is_some() || edges.shell_in_member().is_some()
}

/// The box two boxes have in common.
pub(super) fn shared(one: Rect, other: Rect) -> Option<Rect> {
    let (west, east) = (one.min().x.max(other.min().x), one.max().x.min(other.max().x));
    let (south, north) = (one.min().y.max(other.min().y), one.max().y.min(other.max().y));
    (west < east && south < north).then(|| Rect::new((west, south), (east, north)))
}
