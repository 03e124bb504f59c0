//! Numbers of cells on a map, placed so that they hide neither each other nor their cells.

use super::cell::middle;
use crate::draw::canvas::{At, Canvas, Centre, Drawn, HIGHLIGHT, PageRect, TextStyle};

/// A number and the outline of its cell.
pub(crate) type NumberedCell<'a> = (usize, &'a [At]);

/// Draws numbers on disks of radius `size`: on a cell with room for it, else beside the cell on a line. Returns the middles of
/// each cell and of its number.
pub(crate) fn draw(canvas: &Canvas, cells: &[NumberedCell<'_>], frame: PageRect, size: f64) -> Drawn<Vec<(At, At)>> {
    let places = places(cells, frame, size);
    // Lines first: none crosses a number.
    for ((_, corners), place) in cells.iter().zip(&places) {
        let (centre, _) = middle(corners);
        if centre != *place {
            canvas.line(&[centre, *place], HIGHLIGHT, 1.0);
            canvas.disk(centre, 2.0, HIGHLIGHT);
        }
    }
    for ((number, _), place) in cells.iter().zip(&places) {
        disk(canvas, *place, *number, size)?;
    }
    Ok(cells.iter().map(|(_, corners)| middle(corners).0).zip(places).collect())
}

/// Draws a number on a disk of this radius.
pub(crate) fn disk(canvas: &Canvas, at: At, number: usize, size: f64) -> Drawn {
    canvas.disk(at, size, [255; 3]);
    canvas.disk(at, size - 1.0, HIGHLIGHT);
    let style = TextStyle { size: 1.25 * size, bold: true, colour: [255; 3] };
    canvas.text((at.0, at.1 - size / 3.0), Centre, style, &number.to_string())
}

/// Candidate positions: angles in sixteenths of a turn, from the east upwards, the usual one first; distances in radii.
const DIRECTIONS: [f64; 16] = [2.0, 6.0, 14.0, 10.0, 0.0, 8.0, 4.0, 12.0, 1.0, 3.0, 5.0, 7.0, 15.0, 13.0, 11.0, 9.0];
const DISTANCES: [f64; 4] = [3.0, 5.0, 7.5, 10.0];

/// Position of each number: the first candidate on the map that hides no number and no numbered cell, and whose line crosses
/// no number. If there is none, the least crowded.
fn places(cells: &[NumberedCell<'_>], frame: PageRect, size: f64) -> Vec<At> {
    let middles: Vec<(At, f64)> = cells.iter().map(|(_, corners)| middle(corners)).collect();
    let has_room = |radius: f64| radius > 1.4 * size;
    let mut taken: Vec<At> = middles.iter().filter(|(_, radius)| has_room(*radius)).map(|(at, _)| *at).collect();
    let mut places = Vec::with_capacity(cells.len());
    for &(centre, radius) in &middles {
        if has_room(radius) {
            places.push(centre);
            continue;
        }
        let crowd = |at: At| {
            let numbers = taken.iter().filter(|other| distance(at, **other) < 2.2 * size).count();
            let crossed = taken.iter().filter(|other| from_line(**other, centre, at) < 1.2 * size).count();
            let hidden = middles.iter().filter(|(other, radius)| distance(at, *other) < size + radius).count();
            100 * usize::from(!frame.holds(at, size)) + 4 * numbers + 2 * hidden + crossed
        };
        let place = |far: f64, angle: f64| {
            let (sin, cos) = (angle * std::f64::consts::TAU / 16.0).sin_cos();
            (centre.0 + cos * far * size, centre.1 - sin * far * size)
        };
        let candidates = DISTANCES.iter().flat_map(|far| DIRECTIONS.map(|angle| place(*far, angle)));
        // The first of the least crowded.
        let place = candidates.min_by_key(|at| crowd(*at)).unwrap_or(centre);
        taken.push(place);
        places.push(place);
    }
    places
}

fn distance(a: At, b: At) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// Distance of a point from a line between two others.
fn from_line(at: At, from: At, to: At) -> f64 {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    let along = ((at.0 - from.0) * x + (at.1 - from.1) * y) / (x * x + y * y).max(f64::MIN_POSITIVE);
    let along = along.clamp(0.0, 1.0);
    distance(at, (from.0 + along * x, from.1 + along * y))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: PageRect = PageRect { left: 0.0, top: 0.0, right: 600.0, bottom: 400.0 };

    fn square((x, y): At, half: f64) -> Vec<At> {
        vec![(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
    }

    /// Cells side by side, in every corner and in the middle: no number hides another, a marked cell, or leaves the map.
    #[test]
    fn numbers_stay_apart() {
        let size = 12.0;
        for (x, y) in [(10.0, 10.0), (590.0, 10.0), (10.0, 390.0), (590.0, 390.0), (300.0, 200.0), (300.0, 4.0)] {
            let near = [(0.0, 0.0), (6.0, 0.0), (-6.0, 3.0), (0.0, 7.0), (9.0, 9.0), (-9.0, -6.0), (40.0, 0.0)];
            let cells: Vec<Vec<At>> = near.map(|(dx, dy)| square((x + dx, y + dy), 3.0)).to_vec();
            let numbered: Vec<NumberedCell<'_>> = (1..).zip(cells.iter().map(Vec::as_slice)).collect();
            let places = places(&numbered, FRAME, size);
            for (one, at) in places.iter().enumerate() {
                assert!((size..=600.0 - size).contains(&at.0) && (size..=400.0 - size).contains(&at.1), "{at:?}");
                for other in &places[..one] {
                    assert!(distance(*at, *other) >= 2.2 * size, "{places:?}");
                }
                for cell in &cells {
                    assert!(distance(*at, middle(cell).0) >= size + 3.0, "{places:?}");
                }
            }
        }
    }

    #[test]
    fn a_large_cell_carries_its_number_and_one_alone_has_it_where_it_always_is() {
        let (large, small) = (square((300.0, 200.0), 30.0), square((100.0, 100.0), 3.0));
        let places = places(&[(1, &large), (2, &small)], FRAME, 12.0);
        assert_eq!(places[0], (300.0, 200.0));
        assert!(distance(places[1], (125.456, 74.544)) < 1e-3, "{places:?}");
    }
}
