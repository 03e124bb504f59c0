//! `--repair-geometry`: ground out of rings that cross themselves.

use geo::bool_ops::{FillRule, OpType};
use geo::orient::{Direction, Orient};
use geo::{Area, BooleanOps, LineString, MultiPolygon, Polygon};

/// Polygons that are valid, from polygons that need not be, and by how much the area changed.
///
/// What a shell goes round any number of times and in either direction is ground; what a hole goes round is taken away,
/// and what several polygons of the feature hold counts once. Spikes, lines and rings without ground vanish.
///
/// The change is (after − before) ÷ the larger of both, in square degrees: from −1 (nothing is left) over 0 to 1
/// (before, the halves of a bow-tie cancelled each other). Above a few thousandths, look at the polygon rather than
/// trust it. Result corners are rounded to a billionth of the polygon's size. O(n log n + crossings).
pub(super) fn repair(polygons: &MultiPolygon) -> (MultiPolygon, f64) {
    let empty = MultiPolygon::new(Vec::new());
    // Turned, so that parts on top of each other add up instead of cancelling each other; a lake that touched its shore
    // comes back from the union wound like a shell.
    let ground = |shape: &MultiPolygon| {
        let parts = shape.boolean_op_with_fill_rule(&empty, OpType::Union, FillRule::NonZero);
        parts.orient(Direction::Default)
    };
    let ring = |ring: &LineString| ground(&Polygon::new(ring.clone(), Vec::new()).into());
    let all = |shapes: &mut dyn Iterator<Item = MultiPolygon>| ground(&MultiPolygon::new(shapes.flatten().collect()));
    let mut members = polygons.iter().map(|polygon| {
        let holes = all(&mut polygon.interiors().iter().map(ring));
        ring(polygon.exterior()).difference(&holes).orient(Direction::Default)
    });
    let repaired = all(&mut members);
    let (before, after) = (polygons.unsigned_area(), repaired.unsigned_area());
    let most = before.max(after);
    (repaired, if most > 0.0 { (after - before) / most } else { 0.0 })
}
