//! Pixels, with exact coverage: a shape in page units colours each pixel by the share that it covers.

use super::stroke::{disk_outline, stroke};
use super::{At, Rgb};

/// Pixels in rows from the top left, three bytes each.
#[derive(Debug)]
pub(super) struct PixelBuffer {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Pixels to a page unit.
    pub(super) scale: f64,
    pub(super) pixels: Vec<u8>,
    coverage: PixelCoverage,
}

impl PixelBuffer {
    /// White pixels, `scale` of them to a page unit.
    pub(super) fn new(width: usize, height: usize, scale: f64) -> Self {
        Self { width, height, scale, pixels: vec![255; width * height * 3], coverage: PixelCoverage::default() }
    }

    pub(super) fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// Paints a line through points, round at its corners.
    pub(super) fn line(&mut self, points: &[At], colour: Rgb, width: f64) {
        let strokes = stroke(points, width / 2.0, self.scale);
        self.fill(strokes.iter().map(Vec::as_slice), colour);
    }

    /// Paints the union of lines.
    pub(super) fn network(&mut self, lines: &[Vec<At>], colour: Rgb, width: f64) {
        let strokes: Vec<Vec<At>> = lines.iter().flat_map(|line| stroke(line, width / 2.0, self.scale)).collect();
        self.fill(strokes.iter().map(Vec::as_slice), colour);
    }

    pub(super) fn disk(&mut self, centre: At, radius: f64, colour: Rgb) {
        self.fill(std::iter::once(&*disk_outline(centre, radius, self.scale)), colour);
    }

    /// Paints the union of polygons. All wind the same way, and holes the other way.
    pub(super) fn fill<'a>(&mut self, polygons: impl Iterator<Item = &'a [At]> + Clone, colour: Rgb) {
        let Self { width, pixels, coverage, height, scale } = self;
        if !coverage.set_bounds(scaled(polygons.clone().flatten(), *scale), (*width, *height)) {
            return;
        }
        polygons.for_each(|polygon| coverage.add(polygon, *scale));
        coverage.rows(|row, left, covered| {
            let start = (row * *width + left) * 3;
            for (pixel, &covered) in pixels[start..].as_chunks_mut::<3>().0.iter_mut().zip(covered) {
                blend(pixel, colour, covered);
            }
        });
    }

    /// Pixels that the union of polygons covers, each by its column and row, with the covered share.
    pub(super) fn covered(&mut self, polygons: &[Vec<At>]) -> Vec<(At, f32)> {
        let Self { width, coverage, height, scale, .. } = self;
        let mut pixels = Vec::new();
        if coverage.set_bounds(scaled(polygons.iter().flatten(), *scale), (*width, *height)) {
            for polygon in polygons {
                coverage.add(polygon, *scale);
            }
            coverage.rows(|row, left, covered| {
                let inked = covered.iter().enumerate().filter(|(_, part)| **part > 0.0);
                pixels.extend(inked.map(|(column, part)| (((left + column) as f64, row as f64), *part)));
            });
        }
        pixels
    }

    /// Colours each pixel of a rectangle by the position of its middle.
    pub(super) fn shade(&mut self, from: At, to: At, colour: impl Fn(At) -> Rgb) {
        let first = |at: f64| floor((at * self.scale - 0.5).ceil());
        let (columns, rows) = (first(from.0)..first(to.0).min(self.width), first(from.1)..first(to.1).min(self.height));
        let middle = |pixel: usize| (pixel as f64 + 0.5) / self.scale;
        for row in rows {
            let line = &mut self.pixels.as_chunks_mut::<3>().0[row * self.width..];
            for column in columns.clone() {
                line[column] = colour((middle(column), middle(row)));
            }
        }
    }

    /// Paints tiles that do not overlap, without seams: the parts of all tiles on a pixel are summed before they are mixed into
    /// it. Mixed colours are rounded to multiples of 8: no eye sees it, and files are a quarter smaller.
    pub(super) fn mosaic<'a>(&mut self, tiles: impl Iterator<Item = (&'a [At], Rgb)> + Clone) {
        let Self { width, height, pixels, coverage, scale } = self;
        let (size, scale) = ((*width, *height), *scale);
        let Some(all) = PixelBounds::of(scaled(tiles.clone().flat_map(|(corners, _)| corners), scale), size) else {
            return;
        };
        // In 256ths: whole numbers add up to the same in any order. Red, green, blue and how much is covered.
        let mut sums = vec![[0_u16; 4]; all.width * all.height];
        let mut colours: Vec<Rgb> = Vec::new();
        for (corners, colour) in tiles {
            if !colours.contains(&colour) {
                colours.push(colour);
            }
            if !coverage.set_bounds(scaled(corners.iter(), scale), size) {
                continue;
            }
            coverage.add(corners, scale);
            let parts = [colour[0], colour[1], colour[2], u8::MAX].map(|channel| f32::from(channel) * 256.0);
            coverage.rows(|row, left, covered| {
                let start = (row - all.top) * all.width + left - all.left;
                for (sum, &covered) in sums[start..].iter_mut().zip(covered) {
                    for (sum, part) in sum.iter_mut().zip(parts) {
                        *sum = sum.saturating_add(fixed(covered * part));
                    }
                }
            });
        }
        let pixels = pixels.as_chunks_mut::<3>().0;
        for (row, sums) in sums.chunks(all.width).enumerate() {
            let start = (all.top + row) * *width + all.left;
            for (pixel, &[red, green, blue, covered]) in pixels[start..].iter_mut().zip(sums) {
                if covered > 0 {
                    // Rounding may cover a pixel by a little too much.
                    let covered = f32::from(covered) / (255.0 * 256.0);
                    let (full, rest) = (covered.max(1.0) * 256.0, (1.0 - covered).max(0.0));
                    for (channel, sum) in pixel.iter_mut().zip([red, green, blue]) {
                        *channel = byte(f32::from(sum) / full + rest * f32::from(*channel));
                    }
                    if !colours.contains(pixel) {
                        *pixel = pixel.map(|channel| if channel > 251 { 255 } else { (channel + 4) & !7 });
                    }
                }
            }
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 255 × 256")]
fn fixed(part: f32) -> u16 {
    (part + 0.5) as u16
}

/// Mixes a colour into a pixel.
pub(super) fn blend(pixel: &mut [u8; 3], colour: Rgb, part: f32) {
    if part >= 1.0 {
        *pixel = colour;
    } else if part > 0.0 {
        for (channel, colour) in pixel.iter_mut().zip(colour) {
            *channel = byte(f32::from(*channel) + (f32::from(colour) - f32::from(*channel)) * part);
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "colours lie within 0 to 255")]
fn byte(colour: f32) -> u8 {
    (colour + 0.5) as u8
}

/// Share of each pixel of a rectangle that a shape covers.
///
/// An edge adds to each pixel of its rows the area right of the edge, less that of the left neighbour. Its direction gives the
/// sign. Sums from left to right are then the covered shares.
#[derive(Debug, Default)]
struct PixelCoverage {
    bounds: PixelBounds,
    /// One column more than pixels, for the part beyond the right end.
    steps: Vec<f32>,
}

impl PixelCoverage {
    /// Allocates the bounds of a shape on a buffer of this size; false if the shape lies outside.
    fn set_bounds(&mut self, corners: impl Iterator<Item = At>, size: (usize, usize)) -> bool {
        let Some(bounds) = PixelBounds::of(corners, size) else { return false };
        self.bounds = bounds;
        self.steps.clear();
        self.steps.resize((bounds.width + 1) * bounds.height, 0.0);
        true
    }

    /// Adds a closed polygon.
    fn add(&mut self, corners: &[At], scale: f64) {
        let Some(&last) = corners.last() else { return };
        let (left, top) = (self.bounds.left as f64, self.bounds.top as f64);
        let place = |(x, y): At| (x * scale - left, y * scale - top);
        let mut from = place(last);
        for &corner in corners {
            let to = place(corner);
            if from.1 < to.1 {
                self.edge(from, to, 1.0);
            } else if to.1 < from.1 {
                self.edge(to, from, -1.0);
            }
            from = to;
        }
    }

    /// Adds an edge that goes down.
    fn edge(&mut self, from: At, to: At, sign: f64) {
        let slope = (to.0 - from.0) / (to.1 - from.1);
        // Cut at the sides of the bounds: a part beyond a side counts as on it.
        for side in [0.0, self.bounds.width as f64] {
            if from.0.min(to.0) < side && side < from.0.max(to.0) {
                let cut = (side, from.1 + (side - from.0) / slope);
                self.edge(from, cut, sign);
                return self.edge(cut, to, sign);
            }
        }
        let at = |y: f64| (from.0 + (y - from.1) * slope).clamp(0.0, self.bounds.width as f64);
        let columns = self.bounds.width + 1;
        for row in floor(from.1)..floor(to.1.ceil()).min(self.bounds.height) {
            let (upper, lower) = (from.1.max(row as f64), to.1.min(row as f64 + 1.0));
            let (one, other) = (at(upper), at(lower));
            let (west, east) = (one.min(other), one.max(other));
            let part = sign * (lower - upper);
            // Area left of x and right of the edge.
            let right_of = |x: f64| {
                if x >= east { x - f64::midpoint(west, east) } else { (x - west) * (x - west) / (2.0 * (east - west)) }
            };
            let (mut ground, mut before) = (0.0, 0.0);
            let start = floor(west);
            for (column, step) in (start..).zip(&mut self.steps[row * columns + start..(row + 1) * columns]) {
                let next = right_of(column as f64 + 1.0);
                let covered = next - ground;
                #[allow(clippy::cast_possible_truncation, reason = "a part of a pixel")]
                let more = (part * (covered - before)) as f32;
                *step += more;
                (ground, before) = (next, covered);
                if column as f64 >= east {
                    break;
                }
            }
        }
    }

    /// Visits the rows: number, first column, and the covered share of each pixel from there.
    fn rows(&mut self, mut visit: impl FnMut(usize, usize, &[f32])) {
        let PixelBounds { left, top, width, .. } = self.bounds;
        for (row, steps) in self.steps.chunks_mut(width + 1).enumerate() {
            let mut sum = 0.0;
            for step in steps.iter_mut() {
                sum += *step;
                *step = sum.abs().min(1.0);
            }
            visit(top + row, left, &steps[..width]);
        }
    }
}

/// Converts page units to pixels.
fn scaled<'a>(corners: impl Iterator<Item = &'a At>, scale: f64) -> impl Iterator<Item = At> {
    corners.map(move |&(x, y)| (x * scale, y * scale))
}

/// The pixels that a shape may touch.
#[derive(Clone, Copy, Debug, Default)]
struct PixelBounds {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl PixelBounds {
    /// Bounds of a shape on a buffer of this size; `None` if the shape lies outside.
    fn of(corners: impl Iterator<Item = At>, (width, height): (usize, usize)) -> Option<Self> {
        let start = (f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY);
        let (west, north, east, south) = corners
            .fold(start, |(west, north, east, south), (x, y)| (west.min(x), north.min(y), east.max(x), south.max(y)));
        if !(east > 0.0 && south > 0.0 && west < width as f64 && north < height as f64) {
            return None;
        }
        let (left, top) = (floor(west), floor(north));
        let (right, bottom) = (floor(east.ceil()).min(width), floor(south.ceil()).min(height));
        Some(Self { left, top, width: right - left, height: bottom - top })
    }
}

/// A coordinate rounded down, 0 if negative.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; held to the buffer after")]
pub(super) fn floor(coordinate: f64) -> usize {
    coordinate as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Share of each pixel in a convex polygon, by 64 × 64 points in each.
    fn sampled(corners: &[At], width: usize, height: usize) -> Vec<f64> {
        let inside = |x: f64, y: f64| {
            let sides = corners.iter().zip(corners.iter().cycle().skip(1));
            let side = |(a, b): (&At, &At)| (b.0 - a.0) * (y - a.1) - (b.1 - a.1) * (x - a.0);
            let (min, max) =
                sides.map(side).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), s| (low.min(s), high.max(s)));
            min >= 0.0 || max <= 0.0
        };
        let part = |pixel: usize| {
            let (column, row) = (pixel % width, pixel / width);
            let points = (0..64 * 64).map(|k| (k % 64, k / 64));
            let hits = points.filter(|&(i, j)| {
                inside(column as f64 + (f64::from(i) + 0.5) / 64.0, row as f64 + (f64::from(j) + 0.5) / 64.0)
            });
            hits.count() as f64 / 4096.0
        };
        (0..width * height).map(part).collect()
    }

    fn hexagon(x: f64, y: f64, radius: f64, turn: f64) -> Vec<At> {
        let corner = |k: i32| {
            let (sin, cos) = (f64::from(k) * std::f64::consts::FRAC_PI_3 + turn).sin_cos();
            (x + radius * cos, y + radius * sin)
        };
        (0..6).map(corner).collect()
    }

    #[test]
    fn coverage_is_the_share_of_a_pixel() {
        // Inside, over each edge of the surface, smaller than a pixel, and wound the other way.
        let mut shapes = vec![
            hexagon(6.3, 5.2, 3.7, 0.3),
            hexagon(0.5, 1.2, 2.9, 0.1),
            hexagon(11.4, 9.8, 4.0, 0.7),
            hexagon(5.6, 5.4, 0.3, 0.2),
        ];
        shapes.push(shapes[0].iter().rev().copied().collect());
        shapes.push(vec![(-50.0, 2.5), (60.0, 2.5), (60.0, 4.25), (-50.0, 4.25)]);
        for corners in shapes {
            let mut surface = PixelBuffer::new(12, 10, 1.0);
            surface.fill(std::iter::once(corners.as_slice()), [0; 3]);
            for (place, expected) in sampled(&corners, 12, 10).into_iter().enumerate() {
                let found = 1.0 - f64::from(surface.pixels[place * 3]) / 255.0;
                assert!((found - expected).abs() < 0.012, "{corners:?} at {place}: {found} and not {expected}");
            }
        }
        let mut beside = PixelBuffer::new(12, 10, 1.0);
        beside.fill(std::iter::once(hexagon(40.0, 5.0, 3.0, 0.0).as_slice()), [0; 3]);
        assert!(beside.pixels.iter().all(|&byte| byte == 255));
    }

    /// Tiles of one colour that meet show no edge.
    #[test]
    fn a_mosaic_has_no_seams() {
        let wide = 1.7 * 3.0_f64.sqrt();
        let centres = (0..30).flat_map(|row| (0..30).map(move |column| (row, column)));
        let tiles: Vec<Vec<At>> = centres
            .map(|(row, column)| {
                let odd = f64::from(row % 2) / 2.0;
                let (x, y) = ((f64::from(column) + odd) * wide - 8.0, f64::from(row) * 1.5 * 1.7 - 8.0);
                hexagon(x, y, 1.7, std::f64::consts::FRAC_PI_6)
            })
            .collect();
        let colour = [0xf2, 0x96, 0x3a];
        let mut surface = PixelBuffer::new(40, 30, 1.0);
        surface.mosaic(tiles.iter().map(|tile| (tile.as_slice(), colour)));
        assert!(surface.pixels.as_chunks::<3>().0.iter().all(|pixel| *pixel == colour));
        // One over the other would show them.
        let mut painted = PixelBuffer::new(40, 30, 1.0);
        for tile in &tiles {
            painted.fill(std::iter::once(tile.as_slice()), colour);
        }
        assert!(painted.pixels.as_chunks::<3>().0.iter().any(|pixel| *pixel != colour));
    }
}
