//! Rings cut at the edge of the map, along longitude 180° and the poles, as RFC 7946 §3.1.9 asks.
//!
//! A ring round a pole divides the globe into two sides with a pole each, and encloses nothing in the plane of longitude and
//! latitude. Cut along longitude 180° and led along the pole, it encloses one of the sides.

use geo::coordinate_position::{CoordPos, coord_pos_relative_to_ring};
use geo::{Area, Coord, LineString, MultiPolygon, Polygon};

use super::shape::northing;
use super::unroll::unroll;

/// Polygon of a ring that goes once round a pole, without a corner on it.
///
/// Rings may wind either way, so it is the smaller side, as on every map of Antarctica; the northern one if both are equal.
pub(super) fn round_pole(polygon: &Polygon) -> MultiPolygon {
    let laid_out = |ring: &LineString| unroll(ring.0.iter().copied(), 180.0);
    let east = |ring: &[Coord]| ring.last().zip(ring.first()).map_or(0.0, |(last, first)| last.x - first.x);
    let in_radians = |at: &Coord| Coord { x: at.x.to_radians(), y: at.y.to_radians() };
    let mut shell = laid_out(polygon.exterior());
    let northern = northing(&shell.iter().map(in_radians).collect::<Vec<_>>()) * east(&shell) >= 0.0;
    if (east(&shell) > 0.0) != northern {
        shell.reverse();
    }
    let holes = polygon.interiors().iter().map(|hole| {
        let mut hole = laid_out(hole);
        let backwards = match east(&hole) {
            0.0 => area(&hole) < 0.0,
            east => (east > 0.0) != northern,
        };
        if !backwards {
            hole.reverse();
        }
        hole
    });
    cut(std::iter::once(shell).chain(holes))
}

/// Polygons on the left of rings in degrees, each with every step the short way.
pub(super) fn cut(rings: impl Iterator<Item = Vec<Coord>>) -> MultiPolygon {
    let (mut lines, mut shells, mut holes) = (Vec::new(), Vec::new(), Vec::new());
    for ring in rings {
        let mut pieces = pieces(&ring);
        match pieces.pop() {
            Some(ring) if pieces.is_empty() && ring.first() == ring.last() => {
                if area(&ring) > 0.0 {
                    shells.push(LineString::new(ring));
                } else {
                    holes.push(LineString::new(ring));
                }
            }
            piece => lines.extend(pieces.into_iter().chain(piece)),
        }
    }
    shells.extend(joined(lines));
    let mut polygons: Vec<Polygon> = shells.into_iter().map(|shell| Polygon::new(shell, Vec::new())).collect();
    for hole in holes {
        let holds = |polygon: &&mut Polygon| {
            hole.0.first().is_some_and(|&at| coord_pos_relative_to_ring(at, polygon.exterior()) == CoordPos::Inside)
        };
        if let Some(polygon) = polygons.iter_mut().find(holds) {
            polygon.interiors_push(hole);
        }
    }
    MultiPolygon::new(polygons)
}

/// Area in the plane, above 0 when counter-clockwise.
fn area(ring: &[Coord]) -> f64 {
    Polygon::new(LineString::from(ring.to_vec()), Vec::new()).signed_area()
}

/// Pieces of a ring between its points on longitude 180°, moved to −180° … 180°, without those along it; or the ring.
fn pieces(ring: &[Coord]) -> Vec<Vec<Coord>> {
    let mut pieces = vec![Vec::new()];
    let mut add = |at: Coord, cut: bool| {
        if let Some(piece) = pieces.last_mut() {
            piece.push(at);
        }
        pieces.extend(cut.then(|| vec![at]));
    };
    for pair in ring.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        add(from, is_seam(from.x));
        let seam = 180.0 + 360.0 * ((from.x.min(to.x) - 180.0) / 360.0).floor() + 360.0;
        if seam < from.x.max(to.x) {
            let y = from.y + (to.y - from.y) * ((seam - from.x) / (to.x - from.x));
            add(Coord { x: seam, y }, true);
        }
    }
    let (Some(&first), Some(&last)) = (ring.first(), ring.last()) else { return Vec::new() };
    add(last, false);
    if pieces.len() > 1 {
        // The ring began within a piece.
        let begun = pieces.swap_remove(0).into_iter().skip(1).map(|at| Coord { x: at.x + (last.x - first.x), y: at.y });
        if let Some(ended) = pieces.first_mut() {
            ended.extend(begun);
        }
    }
    pieces.retain(|piece| piece.iter().any(|at| !is_seam(at.x)));
    for piece in &mut pieces {
        let middle = piece.iter().find(|at| !is_seam(at.x)).map_or(0.0, |at| at.x);
        let turn = 360.0 * (middle / 360.0).round();
        for at in piece {
            at.x -= turn;
        }
    }
    pieces
}

fn is_seam(x: f64) -> bool {
    (x / 360.0 - 0.5).fract() == 0.0
}

/// Rings of lines between points on the edge of the map, joined along that edge to the next line on the left.
fn joined(mut lines: Vec<Vec<Coord>>) -> Vec<LineString> {
    let mut rings = Vec::new();
    while let Some(mut ring) = lines.pop() {
        loop {
            let end = ring.last().map_or(0.0, along_edge);
            let ahead = |line: &Vec<Coord>| line.first().map_or(0.0, |at| (along_edge(at) - end).rem_euclid(ROUND));
            let own = ahead(&ring);
            let next = (0..lines.len()).map(|index| (index, ahead(&lines[index]))).min_by(|a, b| a.1.total_cmp(&b.1));
            let next = next.filter(|&(_, far)| far < own);
            let far = next.map_or(own, |(_, far)| far);
            let twice = [0.0, ROUND].into_iter().flat_map(|round| CORNERS.map(|(along, at)| (round + along - end, at)));
            ring.extend(twice.filter(|(ahead, _)| *ahead > 0.0 && *ahead < far).map(|(_, at)| at));
            let Some((index, _)) = next else { break };
            ring.append(&mut lines.swap_remove(index));
        }
        ring.extend(ring.first().copied());
        ring.dedup();
        rings.push(LineString::new(ring));
    }
    rings
}

/// Length of the edge of the map, in degrees.
const ROUND: f64 = 1080.0;
/// Corners of the map with their position along its edge.
const CORNERS: [(f64, Coord); 4] = [
    (180.0, Coord { x: 180.0, y: 90.0 }),
    (540.0, Coord { x: -180.0, y: 90.0 }),
    (720.0, Coord { x: -180.0, y: -90.0 }),
    (ROUND, Coord { x: 180.0, y: -90.0 }),
];

/// Position of a point of longitude ±180° along the edge of the map: counter-clockwise from the south-eastern corner.
fn along_edge(at: &Coord) -> f64 {
    if at.x > 0.0 { at.y + 90.0 } else { 630.0 - at.y }
}
