//! Contiguity of areas: the neighbours of areas, as grid rings are those of cells.

use geo::{BoundingRect, Coord, Intersects, Line, LinesIter, MultiPolygon, Rect};
use rayon::prelude::*;

use super::PolygonIndex;
use crate::grid::boundary;

/// Sizes of areas and their neighbours by queen contiguity.
///
/// Areas are neighbours if they share any point, on a border or by overlapping. Nothing is snapped: a gap, however
/// thin, separates two areas, and a sliver joins them. Files made from one set of borders have neither.
///
/// ```
/// use geo::polygon;
/// use tensionmap::unstable::polygon::Contiguity;
/// let square = |x: f64| polygon![(x: x, y: 52.), (x: x + 1., y: 52.), (x: x + 1., y: 53.), (x: x, y: 53.)].into();
/// let areas = Contiguity::of(&[square(0.), square(1.), square(2.), square(3.000_000_1)]);
/// assert_eq!(areas.neighbours, [vec![1], vec![0, 2], vec![1], vec![]]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contiguity {
    /// Size of each area on the sphere, in km².
    pub km2: Vec<f64>,
    /// The areas that share a point with each, in ascending order.
    pub neighbours: Vec<Vec<u32>>,
}

impl Contiguity {
    /// Contiguity of areas in degrees, cut along longitude 180° as RFC 7946 asks; both sides of that line are the same.
    ///
    /// Most neighbours have a common corner and are found by sorting corners. For other pairs whose boxes intersect, the edges
    /// within both boxes are compared exactly. O(corners log corners) for files made from one set of borders.
    #[must_use]
    pub fn of(areas: &[MultiPolygon]) -> Self {
        let mut corners: Vec<(u64, u64, u32)> = (0..)
            .zip(areas)
            .flat_map(|(area, polygons)| polygons.lines_iter().map(move |edge| key(edge.start, area)))
            .collect();
        corners.par_sort_unstable();
        corners.dedup();
        let mut neighbours: Vec<Vec<u32>> = vec![Vec::new(); areas.len()];
        for here in corners.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            for &(.., one) in here {
                neighbours[one as usize].extend(here.iter().map(|&(.., other)| other).filter(|&other| other != one));
            }
        }
        for near in &mut neighbours {
            near.sort_unstable();
            near.dedup();
        }
        let index = PolygonIndex::new(areas);
        let without_corner = |(one, near): (usize, &Vec<u32>)| -> Vec<(u32, u32)> {
            let boxes = areas[one].iter().filter_map(BoundingRect::bounding_rect);
            let mut met: Vec<usize> = boxes.flat_map(|bounds| index.touching(bounds)).collect();
            met.sort_unstable();
            met.dedup();
            let number = |area: usize| u32::try_from(area).unwrap_or(u32::MAX);
            met.retain(|&other| other > one && near.binary_search(&number(other)).is_err());
            met.retain(|&other| touch(&areas[one], &areas[other]));
            met.into_iter().map(|other| (number(one), number(other))).collect()
        };
        let more: Vec<(u32, u32)> = neighbours.par_iter().enumerate().flat_map_iter(without_corner).collect();
        for (one, other) in more.into_iter().chain(across(areas)) {
            for (one, other) in [(one, other), (other, one)] {
                let near = &mut neighbours[one as usize];
                if let Err(place) = near.binary_search(&other) {
                    near.insert(place, other);
                }
            }
        }
        Self { km2: areas.iter().map(boundary::ground_km2).collect(), neighbours }
    }
}

/// Sort key of a corner: equal for both zeros and for both sides of longitude 180°.
fn key(at: Coord, area: u32) -> (u64, u64, u32) {
    let x = if at.x <= -180.0 { 180.0 } else { at.x };
    ((x + 0.0).to_bits(), (at.y + 0.0).to_bits(), area)
}

/// True if two areas share a point.
fn touch(one: &MultiPolygon, other: &MultiPolygon) -> bool {
    let parts = |shape: &MultiPolygon| -> Vec<Rect> { shape.iter().filter_map(BoundingRect::bounding_rect).collect() };
    let (ones, others) = (parts(one), parts(other));
    let meets = |common: Rect| {
        let within = |shape: &MultiPolygon| -> Vec<Line> {
            let mut lines: Vec<Line> =
                shape.lines_iter().filter(|line| line.bounding_rect().intersects(&common)).collect();
            lines.sort_unstable_by(|a, b| west(a).total_cmp(&west(b)));
            lines
        };
        let (ones, others) = (within(one), within(other));
        let mut first = 0;
        ones.iter().any(|line| {
            let bounds = line.bounding_rect();
            // Edges that end west of all lines to come are done; most edges are short.
            while others.get(first).is_some_and(|other| other.bounding_rect().max().x < bounds.min().x) {
                first += 1;
            }
            let reach = others[first..].iter().take_while(|other| west(other) <= bounds.max().x);
            reach.clone().any(|other| bounds.intersects(&other.bounding_rect()) && line.intersects(other))
        })
    };
    let commons = || ones.iter().flat_map(|one| others.iter().filter_map(|other| common(*one, *other)));
    if commons().any(meets) {
        return true;
    }
    // Without intersecting edges, one may still lie within the other.
    let inside = |inner: &MultiPolygon, outer: &MultiPolygon| {
        inner.iter().filter_map(|polygon| polygon.exterior().0.first()).any(|corner| outer.intersects(corner))
    };
    inside(one, other) || inside(other, one)
}

fn west(line: &Line) -> f64 {
    line.start.x.min(line.end.x)
}

/// Intersection of two boxes, also if it is a line or a point.
pub(super) fn common(one: Rect, other: Rect) -> Option<Rect> {
    let ([a, b], [c, d]) = ([one.min(), one.max()], [other.min(), other.max()]);
    one.intersects(&other).then(|| Rect::new((a.x.max(c.x), a.y.max(c.y)), (b.x.min(d.x), b.y.min(d.y))))
}

/// Pairs of areas that share a stretch of longitude 180°, one on each side of it.
fn across(areas: &[MultiPolygon]) -> Vec<(u32, u32)> {
    let is_on_side = |Line { start, end }: &Line| start.x.min(end.x) >= 180.0 || start.x.max(end.x) <= -180.0;
    let (mut east, mut west) = (Vec::new(), Vec::new());
    for (area, polygons) in (0_u32..).zip(areas) {
        for Line { start, end } in polygons.lines_iter().filter(is_on_side) {
            let side = if start.x > 0.0 { &mut east } else { &mut west };
            side.push((start.y.min(end.y), start.y.max(end.y), area));
        }
    }
    let meet = |a: &(f64, f64, u32), b: &(f64, f64, u32)| a.2 != b.2 && a.0 <= b.1 && b.0 <= a.1;
    east.iter().flat_map(|a| west.iter().filter(|b| meet(a, b)).map(|b| (a.2, b.2))).collect()
}
