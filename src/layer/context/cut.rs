//! Lines and rings cut to a rectangle and thinned: what lies beyond a picture, or between its pixels, is not kept.

use geo::{Coord, Rect};

/// The ground of a ring (not closed) within a rectangle, by Sutherland and Hodgman (Reentrant polygon clipping, Comm. ACM 17
/// (1974) 32–42): where the ring leaves the rectangle several times, its pieces hang together along the sides. Empty where
/// nothing is left.
pub(crate) fn ring(corners: Vec<Coord>, within: Rect) -> Vec<Coord> {
    let (low, high) = (within.min(), within.max());
    let mut corners = corners;
    for (axis, side, sign) in [(0, low.x, 1.0), (0, high.x, -1.0), (1, low.y, 1.0), (1, high.y, -1.0)] {
        let along = |at: Coord| if axis == 0 { at.x } else { at.y };
        let is_inside = |at: Coord| sign * (along(at) - side) >= 0.0;
        if corners.iter().all(|&at| is_inside(at)) {
            continue;
        }
        let Some(&last) = corners.last() else { return corners };
        let mut kept = Vec::with_capacity(corners.len() + 4);
        let mut from = last;
        for to in corners {
            if is_inside(from) != is_inside(to) {
                kept.push(crossing(from, to, axis, side));
            }
            if is_inside(to) {
                kept.push(to);
            }
            from = to;
        }
        corners = kept;
    }
    if corners.len() < 3 { Vec::new() } else { corners }
}

/// Intersection of the way between two points with a side, exactly on the side, so that a cut differs from an edge.
fn crossing(from: Coord, to: Coord, axis: usize, side: f64) -> Coord {
    if axis == 0 {
        Coord { x: side, y: from.y + (to.y - from.y) * ((side - from.x) / (to.x - from.x)) }
    } else {
        Coord { x: from.x + (to.x - from.x) * ((side - from.y) / (to.y - from.y)), y: side }
    }
}

/// The stretches of a line within a rectangle.
pub(crate) fn line(points: &[Coord], within: Rect) -> Vec<Vec<Coord>> {
    let mut stretches: Vec<Vec<Coord>> = Vec::new();
    let mut open: Vec<Coord> = Vec::new();
    for pair in points.windows(2) {
        let inside = stretch(pair[0], pair[1], within);
        if inside.is_none_or(|(from, _)| open.last() != Some(&from)) {
            stretches.extend((open.len() > 1).then(|| std::mem::take(&mut open)));
            open.clear();
            open.extend(inside.map(|(from, _)| from));
        }
        open.extend(inside.map(|(_, to)| to));
    }
    stretches.extend((open.len() > 1).then_some(open));
    stretches
}

/// The part of a straight way within a rectangle (Liang and Barsky, A new concept and method for line clipping, ACM
/// Transactions on Graphics 3 (1984) 1–22).
fn stretch(from: Coord, to: Coord, within: Rect) -> Option<(Coord, Coord)> {
    let (low, high) = (within.min(), within.max());
    let (mut start, mut end) = (0.0_f64, 1.0_f64);
    for (at, step, low, high) in [(from.x, to.x - from.x, low.x, high.x), (from.y, to.y - from.y, low.y, high.y)] {
        if step == 0.0 {
            if at < low || at > high {
                return None;
            }
            continue;
        }
        let (enters, leaves) = ((low - at) / step, (high - at) / step);
        (start, end) = (start.max(enters.min(leaves)), end.min(enters.max(leaves)));
    }
    let on = |part: f64| Coord { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
    (start < end).then(|| (if start > 0.0 { on(start) } else { from }, if end < 1.0 { on(end) } else { to }))
}

/// Leaves out points nearer than `min_distance` to the last kept one; the ends stay. Every omitted point is within
/// `min_distance` of a kept one.
pub(crate) fn thinned(points: &[Coord], min_distance: f64) -> Vec<Coord> {
    let Some((&first, rest)) = points.split_first() else { return Vec::new() };
    let Some((&end, between)) = rest.split_last() else { return vec![first] };
    let (mut kept, mut last) = (vec![first], first);
    for &at in between {
        let (x, y) = (at.x - last.x, at.y - last.y);
        if x * x + y * y >= min_distance * min_distance {
            kept.push(at);
            last = at;
        }
    }
    kept.push(end);
    kept
}

/// Moves points to a grid of these steps, and leaves out those that fall on the one before; what `stays` is not moved. A line
/// that two areas share is then the same of both, wherever their rings begin and however they wind.
pub(crate) fn snapped(points: impl Iterator<Item = Coord>, step: Coord, stays: impl Fn(Coord) -> bool) -> Vec<Coord> {
    let moved = |at: Coord| Coord { x: (at.x / step.x).round() * step.x, y: (at.y / step.y).round() * step.y };
    let mut kept: Vec<Coord> = points.map(|at| if stays(at) { at } else { moved(at) }).collect();
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use geo::{Area, BooleanOps, Euclidean, Intersects, Length, LineString, MultiLineString, Polygon};
    use proptest::prelude::*;

    use super::*;

    fn at(x: f64, y: f64) -> Coord {
        Coord { x, y }
    }

    const FRAME: fn() -> Rect = || Rect::new(at(2.0, 3.0), at(7.0, 6.0));

    fn polygon(corners: &[Coord]) -> Polygon {
        Polygon::new(LineString::new(corners.to_vec()), Vec::new())
    }

    /// A star round a point: simple, and as ragged as the radii are.
    fn star(middle: Coord, radii: &[f64]) -> Vec<Coord> {
        let turn = std::f64::consts::TAU / radii.len() as f64;
        let corner = |(k, radius): (usize, &f64)| {
            let (sin, cos) = (k as f64 * turn).sin_cos();
            at(middle.x + radius * cos, middle.y + radius * sin)
        };
        radii.iter().enumerate().map(corner).collect()
    }

    proptest! {
        /// Against geo's boolean operations: as much ground is left of a ring, and as much way of a line. They move points to
        /// a fine grid, and are off by more where a line meets a side at a small angle.
        #[test]
        fn cuts_agree_with_geo((x, y) in (0.0..10.0_f64, 0.0..10.0_f64), radii in prop::collection::vec(0.3..8.0_f64, 3..30)) {
            let corners = star(at(x, y), &radii);
            let whole = polygon(&corners).intersection(&FRAME().to_polygon());
            let cut = ring(corners.clone(), FRAME());
            prop_assert!((polygon(&cut).unsigned_area() - whole.unsigned_area()).abs() < 1e-3);
            prop_assert!(cut.iter().all(|corner| FRAME().intersects(corner)));
            let lines = MultiLineString::new(vec![LineString::new(corners.clone())]);
            let expected: f64 = Euclidean.length(&FRAME().to_polygon().clip(&lines, false));
            let found = line(&corners, FRAME());
            let length: f64 = found.iter().map(|part| Euclidean.length(&LineString::new(part.clone()))).sum();
            prop_assert!((length - expected).abs() < 1e-3, "{} and not {}", length, expected);
        }

        /// Nothing that is left out is further away than it may be.
        #[test]
        fn thinning_keeps_near(steps in prop::collection::vec((-1.0..1.0_f64, -1.0..1.0_f64), 1..60), min_distance in 0.01..2.0_f64) {
            let mut last = at(0.0, 0.0);
            let points: Vec<Coord> = steps.iter().map(|&(x, y)| { last = at(last.x + x, last.y + y); last }).collect();
            let kept = thinned(&points, min_distance);
            prop_assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
            for point in &points {
                let near = kept.iter().any(|other| (point.x - other.x).hypot(point.y - other.y) < min_distance + 1e-12);
                prop_assert!(near, "{:?} is far from {:?}", point, kept);
            }
        }
    }

    #[test]
    fn what_is_beside_a_rectangle_is_gone_and_what_is_inside_stays() {
        let inside = vec![at(3.0, 4.0), at(5.0, 4.0), at(4.0, 5.0)];
        assert_eq!(ring(inside.clone(), FRAME()), inside);
        assert_eq!(line(&inside, FRAME()), vec![inside]);
        let beside = vec![at(-3.0, 4.0), at(-1.0, 4.0), at(-2.0, 9.0)];
        assert!(ring(beside.clone(), FRAME()).is_empty() && line(&beside, FRAME()).is_empty());
        // Round all of it: the rectangle is left of the ground, and nothing of the line.
        let round = vec![at(-50.0, -50.0), at(50.0, -50.0), at(50.0, 50.0), at(-50.0, 50.0)];
        assert!((polygon(&ring(round.clone(), FRAME())).unsigned_area() - 15.0).abs() < 1e-12);
        assert!(line(&round, FRAME()).is_empty());
        // In, out and in again.
        let twice = line(&[at(0.0, 4.0), at(9.0, 4.0), at(9.0, 5.0), at(0.0, 5.0)], FRAME());
        assert_eq!(twice, vec![vec![at(2.0, 4.0), at(7.0, 4.0)], vec![at(7.0, 5.0), at(2.0, 5.0)]]);
        assert_eq!(thinned(&[at(0.0, 0.0)], 1.0), vec![at(0.0, 0.0)]);
        let points = [at(0.4, 0.1), at(0.3, -0.2), at(5.2, 5.1), at(9.9, 0.0)].into_iter();
        let on_grid = snapped(points, at(1.0, 2.0), |at| at.x > 9.0);
        assert_eq!(on_grid, vec![at(0.0, 0.0), at(5.0, 6.0), at(9.9, 0.0)]);
    }
}
