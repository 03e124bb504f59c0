//! Cells of a map: a class, silence, no data, few reports, a fall.

use std::borrow::Cow;

use crate::draw::canvas::{At, Canvas, FAINT, Rgb};

/// Colours of days without data, and of a column without a value.
pub(crate) const NO_DATA: Rgb = [0xd9, 0xdc, 0xe1];
pub(crate) const NO_VALUE: Rgb = [0xf6, 0xf7, 0xf8];
/// Outline of cells without a value, and lines of their hatching.
pub(crate) const PALE: Rgb = [0xd5, 0xd8, 0xdd];
pub(crate) const HATCH: Rgb = [0xb9, 0xbe, 0xc6];

/// Fills a cell of a class. Seams shrink with the cell.
pub(crate) fn swatch(canvas: &Canvas, corners: &[At], colour: Rgb) {
    canvas.fill(&within_seams(corners), colour);
}

/// Fills a cell without a value.
pub(crate) fn plain(canvas: &Canvas, corners: &[At], colour: Rgb) {
    canvas.fill(corners, colour);
    let (_, radius) = middle(corners);
    canvas.outline(corners, PALE, (radius / 12.0).min(1.0));
}

/// Hatches a cell that fell in white: in grey print, both ends of a diverging ramp look the same.
pub(crate) fn falls(canvas: &Canvas, corners: &[At]) {
    canvas.hatch(corners, 5.0, [255; 3], 0.9);
}

/// True if white is more legible than ink on a colour, by its luma (ITU-R BT.601).
pub(crate) fn is_dark([red, green, blue]: Rgb) -> bool {
    0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue) < 128.0
}

/// Draws the dot of a sparse cell, to be read with care. It shrinks with the cell.
pub(crate) fn dot(canvas: &Canvas, corners: &[At], colour: Rgb) {
    let (centre, radius) = middle(corners);
    let ink = if is_dark(colour) { [255; 3] } else { FAINT };
    canvas.disk(centre, (radius / 6.0).min(2.2), ink);
}

/// Minimum radius of cells with seams: smaller ones would be all seam.
const MIN_RADIUS_WITH_SEAMS: f64 = 5.0;

/// A cell less the seam between it and its neighbours.
pub(super) fn within_seams(corners: &[At]) -> Cow<'_, [At]> {
    let (centre, radius) = middle(corners);
    if radius < MIN_RADIUS_WITH_SEAMS {
        return Cow::Borrowed(corners);
    }
    let kept = 1.0 - 0.5 * (radius / 12.0).min(1.0) / radius;
    let inward = |at: &At| (centre.0 + (at.0 - centre.0) * kept, centre.1 + (at.1 - centre.1) * kept);
    corners.iter().map(inward).collect()
}

/// Hatches a cell without reports, so that silence never looks like calm.
pub(crate) fn silent(canvas: &Canvas, corners: &[At]) {
    let (_, radius) = middle(corners);
    let width = (radius / 12.0).min(1.0);
    canvas.fill(corners, [255; 3]);
    canvas.hatch(corners, (radius * 0.75).clamp(3.0, 9.0), HATCH, width);
    canvas.outline(corners, PALE, width);
}

/// Middle of an outline, and half its width.
pub(crate) fn middle(corners: &[At]) -> (At, f64) {
    let n = corners.len() as f64;
    let (x, y) = (corners.iter().map(|at| at.0).sum::<f64>() / n, corners.iter().map(|at| at.1).sum::<f64>() / n);
    ((x, y), corners.iter().map(|at| (at.0 - x).abs()).fold(0.0, f64::max))
}
