//! `--repair-geometry`: valid polygons from rings that cross themselves.

use geo::bool_ops::{FillRule, OpType};
use geo::orient::{Direction, Orient};
use geo::{Area, BooleanOps, LineString, MultiPolygon, Polygon};

/// Valid polygons from possibly invalid ones, and the relative change of area.
///
/// Ground that a shell goes round, in either direction and any number of times, is inside; ground that a hole goes round
/// is not. Overlaps of the feature's polygons count once. Spikes, lines and rings without area vanish.
///
/// The change is (after − before) ÷ the larger of both, in square degrees. It goes from −1 (nothing is left) over 0 to
/// 1 (before, the halves of a bow-tie cancelled each other). Inspect a polygon that changed by more than a few
/// thousandths. Result corners are rounded to a billionth of the polygon's size. O(n log n + crossings).
pub(super) fn repair(polygons: &MultiPolygon) -> (MultiPolygon, f64) {
    let empty = MultiPolygon::new(Vec::new());
    // Oriented first, so that overlapping parts add up. A lake that touches its shore leaves the union wound like a
    // shell.
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
    let larger = before.max(after);
    (repaired, if larger > 0.0 { (after - before) / larger } else { 0.0 })
}
