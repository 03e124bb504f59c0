//! Letters of a text as ink on pixels, with a white edge if asked for.

use super::raster::{PixelBuffer, blend, floor};
use super::{At, Rgb};
use crate::font::OutlineStep;

/// Straight steps for a curve of a letter: its corners are then closer than a tenth of a pixel.
const STEPS: u32 = 8;

/// Ink gathered dot by dot, each smaller than a pixel, before it is painted.
#[derive(Debug)]
pub(super) struct Stencil<'a> {
    buffer: &'a mut PixelBuffer,
    /// Its first pixel, and the origin within it.
    corner: At,
    origin: At,
    width: usize,
    covered: Vec<f32>,
}

impl PixelBuffer {
    /// An empty stencil of this size, its origin at a point. Dots on it are in pixels.
    pub(super) fn stencil(&mut self, at: At, size: At) -> Stencil<'_> {
        let [(x, y), (wide, high)] = [at, size].map(|(x, y)| (x * self.scale, y * self.scale));
        // Letters reach beyond their box: strokes to its sides, accents and tops above it.
        let corner = ((x - high).floor(), (y - high).floor());
        let origin = (x - corner.0, y - corner.1);
        let [width, height] = [origin.0 + wide, origin.1 + high].map(|far| floor(far + high) + 1);
        Stencil { buffer: self, corner, origin, width, covered: vec![0.0; width * height] }
    }

    /// Paints letters by their outlines, with a white edge of this width.
    pub(super) fn letters(&mut self, outline: &[OutlineStep], edge: f64, colour: Rgb) {
        let polygons = flattened(outline);
        if edge <= 0.0 {
            return self.fill(polygons.iter().map(Vec::as_slice), colour);
        }
        let points = || polygons.iter().flatten();
        let low = points().fold((f64::INFINITY, f64::INFINITY), |low, at| (low.0.min(at.0), low.1.min(at.1)));
        let high = points().fold(low, |high, at| (high.0.max(at.0), high.1.max(at.1)));
        let covered = self.covered(&polygons);
        let scale = self.scale;
        if covered.is_empty() {
            return;
        }
        let mut letters = self.stencil(low, (high.0 - low.0, high.1 - low.1 + 2.0 * edge));
        for ((x, y), part) in covered {
            letters.ink((x + 0.5 - low.0 * scale, y + 0.5 - low.1 * scale), f64::from(part));
        }
        letters.paint_round(edge * scale, [255; 3]);
        letters.paint(colour);
    }
}

/// Outlines with straight steps in place of curves.
fn flattened(outline: &[OutlineStep]) -> Vec<Vec<At>> {
    let mut polygons: Vec<Vec<At>> = Vec::new();
    let parts = || (1..=STEPS).map(|step| f64::from(step) / f64::from(STEPS));
    for step in outline {
        if let OutlineStep::Move(at) = *step {
            polygons.push(vec![at]);
        }
        let Some(polygon) = polygons.last_mut() else { continue };
        let from = polygon.last().copied().unwrap_or_default();
        match *step {
            OutlineStep::Move(_) | OutlineStep::Close => {}
            OutlineStep::Line(at) => polygon.push(at),
            OutlineStep::Quadratic(bend, to) => {
                polygon.extend(parts().map(|part| between(between(from, bend, part), between(bend, to, part), part)));
            }
            OutlineStep::Cubic(first, second, to) => polygon.extend(parts().map(|part| {
                let middle = between(first, second, part);
                let (one, other) = (between(between(from, first, part), middle, part), between(second, to, part));
                between(one, between(middle, other, part), part)
            })),
        }
    }
    polygons
}

/// A point on the way from one to another.
fn between(from: At, to: At, part: f64) -> At {
    (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part)
}

impl Stencil<'_> {
    /// Adds a dot that covers a part of its pixel.
    pub(super) fn ink(&mut self, dot: At, part: f64) {
        let (x, y) = (self.origin.0 + dot.0, self.origin.1 + dot.1);
        if x >= 0.0 && y >= 0.0 && floor(x) < self.width {
            #[allow(clippy::cast_possible_truncation, reason = "a part of a pixel")]
            self.covered
                .get_mut(floor(y) * self.width + floor(x))
                .into_iter()
                .for_each(|covered| *covered += part as f32);
        }
    }

    pub(super) fn paint(mut self, colour: Rgb) {
        let covered = std::mem::take(&mut self.covered);
        self.put(&covered, colour);
    }

    /// Paints the ink and an edge round it, `away` pixels wide, of one strength round thin and full strokes.
    pub(super) fn paint_round(&mut self, away: f64, colour: Rgb) {
        let width = self.width;
        let mut spread = self.covered.clone();
        let reach = floor(away.ceil());
        for (place, &ink) in self.covered.iter().enumerate().filter(|(_, ink)| **ink > 0.0) {
            let (row, column) = (place / width, place % width);
            for near_row in row.saturating_sub(reach)..=row + reach {
                for near_column in column.saturating_sub(reach)..=(column + reach).min(width - 1) {
                    let distance = (row.abs_diff(near_row) as f64).hypot(column.abs_diff(near_column) as f64);
                    #[allow(clippy::cast_possible_truncation, reason = "a part of a pixel")]
                    let part = (3.0 * ink).min(1.0) * (away + 0.5 - distance).clamp(0.0, 1.0) as f32;
                    if let Some(covered) = spread.get_mut(near_row * width + near_column) {
                        *covered = covered.max(part);
                    }
                }
            }
        }
        self.put(&spread, colour);
    }

    fn put(&mut self, covered: &[f32], colour: Rgb) {
        let Self { buffer, corner, width, .. } = self;
        for (row, covered) in covered.chunks(*width).enumerate() {
            let y = corner.1 + row as f64;
            for (column, &covered) in covered.iter().enumerate().filter(|(_, covered)| **covered > 0.0) {
                let x = corner.0 + column as f64;
                if x >= 0.0 && y >= 0.0 && x < buffer.width as f64 && y < buffer.height as f64 {
                    let place = floor(y) * buffer.width + floor(x);
                    blend(&mut buffer.pixels.as_chunks_mut::<3>().0[place], colour, covered);
                }
            }
        }
    }
}
