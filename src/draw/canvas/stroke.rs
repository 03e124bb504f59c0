//! Outlines of disks and of lines with a width.

use super::At;

/// A polygon within a tenth of a pixel of a circle. It winds like the parts of [`stroke`].
pub(super) fn disk_outline((x, y): At, radius: f64, scale: f64) -> Vec<At> {
    let sides = (50.0 * radius * scale).sqrt().ceil().max(6.0);
    let corner = |k: f64| {
        let (sin, cos) = (k * std::f64::consts::TAU / sides).sin_cos();
        (x + radius * cos, y + radius * sin)
    };
    std::iter::successors(Some(0.0), |k| Some(k + 1.0)).take_while(|k| *k < sides).map(corner).collect()
}

/// The polygons that a line covers: a rectangle for each segment, and a disk at each corner wide enough to be seen.
pub(super) fn stroke(points: &[At], half: f64, scale: f64) -> Vec<Vec<At>> {
    // The middle of a line whose upper side lies between two pixels.
    let between = |middle: f64| ((middle - half) * scale).round() / scale + half;
    let points = match points {
        // Along the pixels, a line that lies between two rows would be two pale ones.
        &[a, b] if a.1.to_bits() == b.1.to_bits() => &[(a.0, between(a.1)), (b.0, between(b.1))],
        &[a, b] if a.0.to_bits() == b.0.to_bits() => &[(between(a.0), a.1), (between(b.0), b.1)],
        points => points,
    };
    let mut parts = Vec::with_capacity(2 * points.len());
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let length = (b.0 - a.0).hypot(b.1 - a.1);
        if length > 0.0 {
            let (x, y) = ((b.0 - a.0) / length * half, (b.1 - a.1) / length * half);
            parts.push(vec![(a.0 + y, a.1 - x), (b.0 + y, b.1 - x), (b.0 - y, b.1 + x), (a.0 - y, a.1 + x)]);
        }
    }
    let is_closed = points.len() > 2 && points.first() == points.last();
    let corners =
        points.iter().skip(usize::from(!is_closed)).take(points.len().saturating_sub(2 - usize::from(is_closed)));
    if half * scale > 0.5 {
        parts.extend(corners.map(|&corner| disk_outline(corner, half, scale)));
    }
    parts
}
