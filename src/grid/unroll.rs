//! Rings laid out past longitude 180° with every step the short way.

use geo::Coord;
use h3o::CellIndex;

/// Closed ring of a cell in one piece, continued past longitude 180°; round a pole it returns along that pole.
/// `half_turn` is 180 for degrees, π for radians.
pub(crate) fn unrolled(cell: CellIndex, half_turn: f64) -> Vec<Coord> {
    let (turn, degrees) = (2.0 * half_turn, half_turn > 90.0);
    let corners = cell.boundary();
    let corner = |at: &h3o::LatLng| {
        let (x, y) = if degrees { (at.lng(), at.lat()) } else { (at.lng_radians(), at.lat_radians()) };
        Coord { x, y }
    };
    let mut ring = unroll(corners.iter().map(corner), half_turn);
    let whole_turns = |difference: f64| turn * (difference / turn).round_ties_even();
    if let (Some(&first), Some(&last)) = (ring.first(), ring.last()) {
        let back = whole_turns(last.x - first.x);
        if back != 0.0 {
            let pole = (half_turn / 2.0).copysign(first.y);
            let x = first.x + back;
            ring.extend([Coord { x, y: first.y }, Coord { x, y: pole }, Coord { x: first.x, y: pole }]);
        }
        ring.push(first);
    }
    ring
}

/// Corners with every step the short way, past longitude 180° if necessary; a step of exactly 180° is unchanged.
pub(super) fn unroll(corners: impl Iterator<Item = Coord>, half_turn: f64) -> Vec<Coord> {
    let turn = 2.0 * half_turn;
    let mut ring: Vec<Coord> = Vec::with_capacity(corners.size_hint().0 + 4);
    for at in corners {
        let moved = ring.last().map_or(0.0, |last| turn * ((last.x - at.x) / turn).round_ties_even());
        ring.push(Coord { x: at.x + moved, y: at.y });
    }
    ring
}
