//! Area of the intersection of a polygon and a cell, in a plane: each ring is clipped to the cell's outline (Sutherland &
//! Hodgman, CACM 17 (1974) 32–42). Exact for a convex outline and any ring.
//!
//! Only the part of a ring near the cell is clipped. A stretch on one side of the cell's box is replaced by a straight
//! line. Boxes over 8, 64, … corners let long stretches be skipped: a cell costs O(log corners + corners near it). No
//! allocation per pair.

use geo::{Coord, LineString, MultiPolygon};

/// An axis-parallel box.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlaneBounds {
    pub(super) low: Coord,
    pub(super) high: Coord,
}

impl PlaneBounds {
    /// The empty box.
    const NONE: Self = Self { low: Coord { x: f64::MAX, y: f64::MAX }, high: Coord { x: f64::MIN, y: f64::MIN } };

    pub(super) fn of(corners: &[Coord]) -> Self {
        Self::around(corners.iter().map(|&at| Self { low: at, high: at }))
    }

    /// Box around boxes.
    #[inline]
    pub(super) fn around(boxes: impl Iterator<Item = Self>) -> Self {
        boxes.fold(Self::NONE, |all, one| Self {
            low: Coord { x: all.low.x.min(one.low.x), y: all.low.y.min(one.low.y) },
            high: Coord { x: all.high.x.max(one.high.x), y: all.high.y.max(one.high.y) },
        })
    }

    #[inline]
    pub(super) fn meets(&self, other: &Self) -> bool {
        let (a, b) = (self, other);
        a.low.x <= b.high.x && b.low.x <= a.high.x && a.low.y <= b.high.y && b.low.y <= a.high.y
    }

    /// Sides of this box on which another lies entirely: west 1, east 2, south 4, north 8 (Cohen & Sutherland).
    #[inline]
    fn sides(&self, other: &Self) -> u8 {
        u8::from(other.high.x < self.low.x)
            | u8::from(other.low.x > self.high.x) << 1
            | u8::from(other.high.y < self.low.y) << 2
            | u8::from(other.low.y > self.high.y) << 3
    }
}

/// A polygon in a plane, prepared for repeated clipping.
#[derive(Clone, Debug)]
pub(super) struct PlanePolygon {
    rings: Vec<PlaneRing>,
    pub(super) bounds: PlaneBounds,
    pub(super) area: f64,
}

/// A ring without its closing corner; shells wind counter-clockwise and holes clockwise, so that areas add up.
#[derive(Clone, Debug)]
struct PlaneRing {
    corners: Vec<Coord>,
    /// Boxes over runs of 8, 64, … corners.
    blocks: Vec<Vec<PlaneBounds>>,
    bounds: PlaneBounds,
}

/// Corners in a block, and blocks in a block of the next level.
const FAN: usize = 8;

impl PlanePolygon {
    /// Prepares a projected polygon.
    pub(super) fn new(polygon: &MultiPolygon) -> Self {
        let rings = polygon.iter().flat_map(|part| {
            let holes = part.interiors().iter().map(|hole| PlaneRing::new(hole, -1.0));
            std::iter::once(PlaneRing::new(part.exterior(), 1.0)).chain(holes)
        });
        let rings: Vec<PlaneRing> = rings.collect();
        let bounds = PlaneBounds::around(rings.iter().map(|ring| ring.bounds));
        let area = rings.iter().map(|ring| signed_area(&ring.corners)).sum::<f64>().max(0.0);
        Self { rings, bounds, area }
    }
}

impl PlaneRing {
    fn new(ring: &LineString, sign: f64) -> Self {
        let mut corners: Vec<Coord> = ring.0.iter().skip(1).copied().collect();
        if signed_area(&corners) * sign < 0.0 {
            corners.reverse();
        }
        let mut blocks: Vec<Vec<PlaneBounds>> = Vec::new();
        if corners.len() > FAN {
            blocks.push(corners.chunks(FAN).map(PlaneBounds::of).collect());
            while let Some(last) = blocks.last().filter(|last| last.len() > FAN) {
                let next = last.chunks(FAN).map(|run| PlaneBounds::around(run.iter().copied())).collect();
                blocks.push(next);
            }
        }
        let bounds = PlaneBounds::of(&corners);
        Self { corners, blocks, bounds }
    }

    /// Largest block at a corner that shares sides of the box with all since the last kept one: those sides, and its
    /// end.
    #[inline]
    fn skipped(&self, at: usize, sides: u8, bounds: &PlaneBounds) -> Option<(u8, usize)> {
        // The first corner is kept, and its block may still be skipped.
        let from = if at == 1 { 0 } else { at };
        if sides == 0 || !from.is_multiple_of(FAN) {
            return None;
        }
        let (mut size, mut found) = (FAN, None);
        for level in &self.blocks {
            if !from.is_multiple_of(size) {
                break;
            }
            match level.get(from / size).map(|block| bounds.sides(block) & sides) {
                Some(common) if common != 0 => found = Some((common, (from + size).min(self.corners.len()))),
                _ => break,
            }
            size *= FAN;
        }
        found
    }

    /// Corners, relative to `origin`, of a shorter ring that is equal inside the box.
    #[inline]
    fn simplified(&self, bounds: &PlaneBounds, origin: Coord, kept: &mut Vec<Coord>) {
        kept.clear();
        let sides = |at: Coord| bounds.sides(&PlaneBounds { low: at, high: at });
        let Some(&first) = self.corners.first() else { return };
        kept.push(first - origin);
        // Common sides of all corners since the last kept one, and the last corner not kept.
        let (mut common, mut pending) = (sides(first), None);
        let mut index = 1;
        while let Some(&at) = self.corners.get(index) {
            if let Some((left, next)) = self.skipped(index, common, bounds) {
                common = left;
                pending = self.corners.get(next - 1).copied();
                index = next;
                continue;
            }
            index += 1;
            let here = sides(at);
            if common & here != 0 {
                common &= here;
                pending = Some(at);
                continue;
            }
            if let Some(before) = pending.take() {
                kept.push(before - origin);
                common = sides(before) & here;
                if common != 0 {
                    pending = Some(at);
                    continue;
                }
            }
            kept.push(at - origin);
            common = here;
        }
        kept.extend(pending.map(|at| at - origin));
    }
}

/// Outline of a cell in a plane, counter-clockwise, as one or more convex parts.
#[derive(Debug, Default)]
pub(super) struct PlaneOutline {
    /// Corners of all parts, relative to `origin`.
    corners: Vec<Coord>,
    /// End of each part, its box, and its sign: −1 for a part to be subtracted.
    parts: Vec<(usize, PlaneBounds, f64)>,
    origin: Coord,
    pub(super) area: f64,
}

impl PlaneOutline {
    /// Replaces the outline by these rings, none of them closed.
    pub(super) fn fill<'a>(&mut self, rings: impl IntoIterator<Item = &'a [Coord]>) {
        self.corners.clear();
        self.parts.clear();
        self.area = 0.0;
        for ring in rings {
            let Some(&first) = ring.first() else { continue };
            if self.parts.is_empty() {
                self.origin = first;
            }
            let from = self.corners.len();
            let origin = self.origin;
            self.corners.extend(ring.iter().map(|&at| at - origin));
            let area = signed_area(&self.corners[from..]);
            if area < 0.0 {
                self.corners[from..].reverse();
            }
            self.area += area.abs();
            if is_convex(&self.corners[from..]) {
                self.parts.push((self.corners.len(), PlaneBounds::of(ring), 1.0));
            } else {
                self.fan(from);
            }
        }
    }

    /// Divides the last ring into triangles round its middle; clockwise ones are subtracted.
    fn fan(&mut self, from: usize) {
        let ring = self.corners.split_off(from);
        let middle = ring.iter().fold(Coord::zero(), |sum, &at| sum + at) / ring.len() as f64;
        for (index, &at) in ring.iter().enumerate() {
            let mut triangle = [middle, at, ring[(index + 1) % ring.len()]];
            let sign = signed_area(&triangle).signum();
            if sign < 0.0 {
                triangle.reverse();
            }
            self.corners.extend(triangle);
            self.parts.push((self.corners.len(), PlaneBounds::of(&triangle.map(|at| at + self.origin)), sign));
        }
    }

    /// Bounding box of all parts.
    pub(super) fn bounds(&self) -> PlaneBounds {
        PlaneBounds::around(self.parts.iter().map(|(_, bounds, _)| *bounds))
    }
}

/// Clips polygons; reuses its buffers.
#[derive(Debug, Default)]
pub(super) struct Clipper {
    kept: Vec<Coord>,
    cut: Vec<Coord>,
    sides: Vec<f64>,
}

impl Clipper {
    /// Area of the intersection of a polygon and a cell.
    #[inline]
    pub(super) fn shared(&mut self, shape: &PlanePolygon, outline: &PlaneOutline) -> f64 {
        let (mut from, mut area) = (0, 0.0);
        for &(to, ref bounds, sign) in &outline.parts {
            let corners = &outline.corners[from..to];
            from = to;
            for ring in shape.rings.iter().filter(|ring| ring.bounds.meets(bounds)) {
                ring.simplified(bounds, outline.origin, &mut self.kept);
                area += sign * if self.surrounds(corners) { signed_area(corners) } else { self.inside(corners) };
            }
        }
        area.max(0.0)
    }

    /// True if every corner of an outline is left of every edge in `kept`: the ring surrounds the outline.
    #[inline]
    fn surrounds(&self, corners: &[Coord]) -> bool {
        let Some(&(mut from)) = self.kept.last() else { return false };
        self.kept.len() > 2
            && self.kept.iter().all(|&to| {
                let line = to - from;
                let left = corners.iter().all(|at| line.x * (at.y - from.y) > line.y * (at.x - from.x));
                from = to;
                left
            })
    }

    /// Signed area of the ring in `kept` inside a convex outline.
    #[inline]
    fn inside(&mut self, corners: &[Coord]) -> f64 {
        let Some(&last) = corners.last() else { return 0.0 };
        let mut from = last;
        for &to in corners {
            if self.kept.len() < 3 {
                return 0.0;
            }
            let line = to - from;
            let side = |at: &Coord| line.x * (at.y - from.y) - line.y * (at.x - from.x);
            self.sides.clear();
            self.sides.extend(self.kept.iter().map(side));
            from = to;
            let outside = self.sides.iter().filter(|&&side| side < 0.0).count();
            if outside == 0 {
                continue;
            }
            if outside == self.sides.len() {
                return 0.0;
            }
            self.cut.clear();
            let end = self.sides.len() - 1;
            let (mut before, mut side_before) = (self.kept[end], self.sides[end]);
            for (&at, &side) in self.kept.iter().zip(&self.sides) {
                if (side_before < 0.0) != (side < 0.0) {
                    self.cut.push(before + (at - before) * (side_before / (side_before - side)));
                }
                if side >= 0.0 {
                    self.cut.push(at);
                }
                (before, side_before) = (at, side);
            }
            std::mem::swap(&mut self.kept, &mut self.cut);
        }
        signed_area(&self.kept)
    }
}

/// True if a counter-clockwise ring never turns right.
fn is_convex(ring: &[Coord]) -> bool {
    let [.., mut before, mut at] = *ring else { return false };
    ring.iter().all(|&next| {
        let (one, other) = (at - before, next - at);
        (before, at) = (at, next);
        one.x * other.y - one.y * other.x >= 0.0
    })
}

/// Area inside a ring, positive when counter-clockwise; relative to the first corner, so that no digits are lost.
pub(super) fn signed_area(ring: &[Coord]) -> f64 {
    let Some((&origin, rest)) = ring.split_first() else { return 0.0 };
    let (mut before, mut doubled) = (Coord::zero(), 0.0);
    for &at in rest {
        let to = at - origin;
        doubled += before.x * to.y - before.y * to.x;
        before = to;
    }
    doubled / 2.0
}
