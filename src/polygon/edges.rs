//! Conflicts between edges of rings: crossings, shared lines, and containment of rings.
//!
//! Every decision is the sign of an exact orientation (Shewchuk's predicates). So two rings that meet in a corner are
//! distinguished from two that cross in it. `geo::Validation` is not used: its test of a ring is quadratic and does not
//! report the place of the conflict. It also rejects a ring that only touches itself in a corner.

use geo::kernels::{Kernel, Orientation, RobustKernel};
use geo::{Coord, LineString, Rect};
use rstar::{AABB, Envelope, RTree, RTreeObject};

/// Distance below which two places are equal: a tenth of a micrometre, well above the rounding of a longitude.
pub(super) const ROUNDING_DEG: f64 = 1e-12;

/// A ring without repeated or closing positions, with the inside of its polygon on its left.
#[derive(Debug)]
pub(super) struct PolygonRing {
    /// Index of its polygon; rings of different members may share a line, rings of one member may not.
    pub(super) member: usize,
    /// True for the border of a hole.
    pub(super) hole: bool,
    /// Three corners or more.
    pub(super) corners: Vec<Coord>,
}

impl PolygonRing {
    /// A ring of a polygon that was checked before: closed, and wound as RFC 7946 asks.
    pub(super) fn of(member: usize, hole: bool, ring: &LineString) -> Self {
        Self { member, hole, corners: ring.0.iter().skip(1).copied().collect() }
    }

    fn corner(&self, index: usize) -> Coord {
        self.corners[index % self.corners.len()]
    }
}

/// Kind of conflict between two edges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum EdgeConflict {
    /// They cross.
    Crossing,
    /// They share a line.
    Line,
    /// One turns back along the other.
    Spike,
}

/// Conflict between two rings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RingConflict {
    pub(super) kind: EdgeConflict,
    /// Indices of the rings; equal for a ring in conflict with itself.
    pub(super) rings: (usize, usize),
    pub(super) at: Coord,
}

#[derive(Clone, Copy, Debug)]
struct RingEdge {
    ring: usize,
    index: usize,
    from: Coord,
    to: Coord,
}

impl RTreeObject for RingEdge {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.from.into(), self.to.into())
    }
}

/// Ring and number of an edge.
type EdgeId = (usize, usize);

/// The edges of rings, indexed.
///
/// Built in O(n log n). [`Self::conflict`] costs O(n log n + pairs of edges whose boxes meet). These are a few to an
/// edge on any map, all n² only in a hatching of long slanted lines.
#[derive(Debug)]
pub(super) struct EdgeIndex {
    pub(super) rings: Vec<PolygonRing>,
    index: EdgeStore,
    window: Option<AABB<[f64; 2]>>,
}

#[derive(Debug)]
enum EdgeStore {
    /// Sorted by western end, with the greatest width: faster than a tree to build and to search for most areas.
    Few(Vec<RingEdge>, f64),
    Many(RTree<RingEdge>),
}

impl EdgeIndex {
    /// Maximum edges for which a sorted list is faster than a tree.
    const FEW: usize = 1000;

    /// Indexes all edges, or only those that intersect a window.
    pub(super) fn new(rings: Vec<PolygonRing>, window: Option<Rect>) -> Self {
        Self::indexed(rings, window, Self::FEW)
    }

    pub(super) fn indexed(rings: Vec<PolygonRing>, window: Option<Rect>, few: usize) -> Self {
        let window = window.map(|window| AABB::from_corners(window.min().into(), window.max().into()));
        let edges = rings.iter().enumerate().flat_map(|(ring, shape)| {
            let edge = move |index| RingEdge { ring, index, from: shape.corner(index), to: shape.corner(index + 1) };
            (0..shape.corners.len()).map(edge)
        });
        let mut edges: Vec<RingEdge> =
            edges.filter(|edge| window.is_none_or(|window| window.intersects(&edge.envelope()))).collect();
        let index = if edges.len() <= few {
            edges.sort_by(|a, b| west(a).total_cmp(&west(b)));
            let widest = edges.iter().map(|edge| (edge.to.x - edge.from.x).abs()).fold(0.0, f64::max);
            EdgeStore::Few(edges, widest)
        } else {
            EdgeStore::Many(RTree::bulk_load(edges))
        };
        Self { rings, index, window }
    }

    /// Visits every edge whose box intersects a box.
    fn near(&self, bounds: AABB<[f64; 2]>, mut visit: impl FnMut(&RingEdge)) {
        match &self.index {
            EdgeStore::Few(edges, widest) => {
                let ([low, _], [high, _]) = (bounds.lower(), bounds.upper());
                let first = edges.partition_point(|edge| west(edge) < low - widest - ROUNDING_DEG);
                let run = edges.iter().skip(first).take_while(|edge| west(edge) <= high);
                run.filter(|edge| bounds.intersects(&edge.envelope())).for_each(visit);
            }
            EdgeStore::Many(tree) => tree.locate_in_envelope_intersecting(bounds).for_each(&mut visit),
        }
    }

    /// The first conflict in the order of the rings, between members or inside them.
    ///
    /// Exact inside a member. Between members it reports every overlap, even of the thinnest sliver. Where a ring passes a
    /// corner twice, it may also report a place in which two members only touch.
    pub(super) fn conflict(&self, across: bool) -> Option<RingConflict> {
        let mut first: Option<(EdgeId, EdgeId, RingConflict)> = None;
        let mut look = |edge: &RingEdge| {
            let this = (edge.ring, edge.index);
            if first.is_some_and(|(found, ..)| found < this) {
                return;
            }
            self.near(edge.envelope(), |other| {
                let that = (other.ring, other.index);
                if that <= this || across == self.same_member(edge, other) {
                    return;
                }
                let beaten = first.is_some_and(|(one, another, _)| (one, another) <= (this, that));
                if let Some((kind, at)) = self.meet(edge, other).filter(|_| !beaten) {
                    first = Some((this, that, RingConflict { kind, rings: (edge.ring, other.ring), at }));
                }
            });
        };
        match &self.index {
            EdgeStore::Few(edges, _) => edges.iter().for_each(&mut look),
            EdgeStore::Many(tree) => tree.iter().for_each(&mut look),
        }
        first.map(|(.., conflict)| conflict)
    }

    fn same_member(&self, one: &RingEdge, other: &RingEdge) -> bool {
        self.rings[one.ring].member == self.rings[other.ring].member
    }

    /// Conflict of two edges, if any, and its place.
    fn meet(&self, e: &RingEdge, f: &RingEdge) -> Option<(EdgeConflict, Coord)> {
        use Orientation::Collinear;
        let (from, to) = (side(e.from, e.to, f.from), side(e.from, e.to, f.to));
        if from == to && from != Collinear {
            return None;
        }
        let (start, end) = (side(f.from, f.to, e.from), side(f.from, f.to, e.to));
        if start == end && start != Collinear {
            return None;
        }
        let touch = match (from, to, start, end) {
            (Collinear, Collinear, ..) => return self.along(e, f),
            (Collinear, ..) => f.from,
            (_, Collinear, ..) => f.to,
            (_, _, Collinear, _) => e.from,
            (_, _, _, Collinear) => e.to,
            _ => return Some((EdgeConflict::Crossing, crossing(e, f))),
        };
        self.cross_in(e, f, touch).then_some((EdgeConflict::Crossing, touch))
    }

    /// Two edges on one line.
    fn along(&self, e: &RingEdge, f: &RingEdge) -> Option<(EdgeConflict, Coord)> {
        let (across, run) = (e.to - e.from, |at: Coord| if is_flat(e) { at.x } else { at.y });
        let order = |RingEdge { from, to, .. }| if run(from) <= run(to) { (from, to) } else { (to, from) };
        let ((e_low, e_high), (f_low, f_high)) = (order(*e), order(*f));
        let low = if run(e_low) >= run(f_low) { e_low } else { f_low };
        let high = if run(e_high) <= run(f_high) { e_high } else { f_high };
        if run(low) > run(high) {
            return None;
        }
        if run(low) >= run(high) {
            return self.cross_in(e, f, low).then_some((EdgeConflict::Crossing, low));
        }
        if let Some(tip) = self.joint(e, f) {
            return Some((EdgeConflict::Spike, tip));
        }
        // Neighbours share a line with their insides on either side of it.
        let forth = across.x * (f.to.x - f.from.x) + across.y * (f.to.y - f.from.y) > 0.0;
        (self.same_member(e, f) || forth).then_some((EdgeConflict::Line, low))
    }

    /// The corner in which one edge follows the other in their ring.
    fn joint(&self, e: &RingEdge, f: &RingEdge) -> Option<Coord> {
        let count = self.rings[e.ring].corners.len();
        let follows = |one: &RingEdge, next: &RingEdge| one.ring == next.ring && (one.index + 1) % count == next.index;
        follows(e, f).then_some(e.to).or_else(|| follows(f, e).then_some(f.to))
    }

    /// True if two rings cross in a common point; false if they only touch there.
    fn cross_in(&self, e: &RingEdge, f: &RingEdge, at: Coord) -> bool {
        if self.joint(e, f) == Some(at) {
            return false;
        }
        let ((before, after), (f_before, f_after)) = (self.passage(e, at), self.passage(f, at));
        match (within(at, before, after, f_before), within(at, before, after, f_after)) {
            (Some(one), Some(other)) => one != other,
            // Along a line that neighbours share, and then into the other one; inside a member the line is a conflict.
            (Some(inward), None) | (None, Some(inward)) => inward && !self.same_member(e, f),
            (None, None) => false,
        }
    }

    /// Corners of a ring before and after a point on one of its edges.
    fn passage(&self, edge: &RingEdge, at: Coord) -> (Coord, Coord) {
        let ring = &self.rings[edge.ring];
        if at == edge.from {
            (ring.corner(edge.index + ring.corners.len() - 1), edge.to)
        } else if at == edge.to {
            (edge.from, ring.corner(edge.index + 2))
        } else {
            (edge.from, edge.to)
        }
    }

    /// A point of a ring that no other ring is near.
    pub(super) fn free_point(&self, ring: usize) -> Option<Coord> {
        let corners = &self.rings[ring].corners;
        let middles = corners.iter().zip(corners.iter().skip(1)).map(|(&a, &b)| (a + b) / 2.0);
        corners.iter().copied().chain(middles).find(|&at| {
            let round = |sign: f64| [sign.mul_add(ROUNDING_DEG, at.x), sign.mul_add(ROUNDING_DEG, at.y)];
            let mut free = true;
            self.near(AABB::from_corners(round(-1.0), round(1.0)), |edge| {
                free &= edge.ring == ring || distance(edge, at) > ROUNDING_DEG;
            });
            free
        })
    }

    /// A shell inside another member, a ring of that member, and a point of the shell.
    pub(super) fn shell_in_member(&self) -> Option<(usize, usize, Coord)> {
        let shells = self.rings.iter().enumerate().filter(|(_, ring)| !ring.hole);
        let in_window = |at: &Coord| self.window.is_none_or(|window| window.contains_point(&(*at).into()));
        shells.into_iter().find_map(|(index, ring)| {
            let at = self.free_point(index).filter(in_window)?;
            let member = |ring: &usize| self.rings[*ring].member;
            let mut round = self.round(at);
            round.retain(|other| member(other) != ring.member);
            // Inside a lake of another member is inside two of its rings, so outside of it.
            let inside = round.chunk_by(|a, b| member(a) == member(b)).find(|run| run.len() % 2 == 1)?;
            Some((index, *inside.first()?, at))
        })
    }

    /// Rings around a point that is on none of them. O(log n + edges east of it).
    pub(super) fn round(&self, at: Coord) -> Vec<usize> {
        let mut rings: Vec<usize> = Vec::new();
        // No longitude is east of 180.
        self.near(AABB::from_corners([at.x, at.y], [180.0, at.y]), |edge| {
            let (low, high) = if edge.from.y <= edge.to.y { (edge.from, edge.to) } else { (edge.to, edge.from) };
            if low.y <= at.y && at.y < high.y && side(low, high, at) == Orientation::CounterClockwise {
                rings.push(edge.ring);
            }
        });
        rings.sort_unstable();
        rings.chunk_by(|a, b| a == b).filter(|run| run.len() % 2 == 1).filter_map(|run| run.first().copied()).collect()
    }
}

fn west(edge: &RingEdge) -> f64 {
    edge.from.x.min(edge.to.x)
}

fn side(from: Coord, to: Coord, at: Coord) -> Orientation {
    RobustKernel::orient2d(from, to, at)
}

/// True if an edge is closer to horizontal than to vertical.
fn is_flat(edge: &RingEdge) -> bool {
    (edge.to.x - edge.from.x).abs() >= (edge.to.y - edge.from.y).abs()
}

/// Distance of a point from the line of an edge.
fn distance(edge: &RingEdge, at: Coord) -> f64 {
    let (line, to) = (edge.to - edge.from, at - edge.from);
    (line.x * to.y - line.y * to.x).abs() / line.x.hypot(line.y)
}

/// True if a direction from `at` lies strictly left of the path before → at → after; `None` on the path itself.
fn within(at: Coord, before: Coord, after: Coord, direction: Coord) -> Option<bool> {
    use Orientation::{Clockwise, Collinear, CounterClockwise};
    let (on_after, on_before) = (side(at, after, direction), side(at, direction, before));
    let same_way = |one: Coord| {
        let (a, b) = (one - at, direction - at);
        a.x * b.x + a.y * b.y > 0.0
    };
    if on_after == Collinear && same_way(after) || on_before == Collinear && same_way(before) {
        return None;
    }
    // The left of the path is swept counter-clockwise from `after` to `before`.
    Some(match side(at, after, before) {
        CounterClockwise => on_after == CounterClockwise && on_before == CounterClockwise,
        Clockwise => !(on_after == Clockwise && on_before == Clockwise),
        Collinear => on_after == CounterClockwise,
    })
}

/// Point of intersection of two crossing edges, to rounding.
fn crossing(e: &RingEdge, f: &RingEdge) -> Coord {
    let (along, other, apart) = (e.to - e.from, f.to - f.from, f.from - e.from);
    let turn = along.x * other.y - along.y * other.x;
    let share = if turn == 0.0 { 0.0 } else { (apart.x * other.y - apart.y * other.x) / turn };
    e.from + along * share.clamp(0.0, 1.0)
}
