//! A drawing surface in page units: plotters draws four pixels for each that is kept, which smooths its edges.

use std::sync::LazyLock;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::register_font;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::error::Cause;

/// A point on the page, in page units from the top left.
pub(super) type At = (f64, f64);

/// A colour.
pub(super) type Rgb = [u8; 3];

/// Pixels drawn for each kept one, along each axis.
const OVERSAMPLING: u32 = 2;

/// How a text is set.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) colour: Rgb,
}

impl Type {
    /// From one line to the next.
    pub(super) const fn leading(self) -> f64 {
        self.size * 1.36
    }
}

/// Which side of a text its point is.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Left,
    Centre,
    Right,
}

/// The fonts are registered once a process, from bytes inside the program: every machine draws the same letters.
static FONTS: LazyLock<Result<(), String>> = LazyLock::new(|| {
    let registered =
        |style, bytes| register_font("page", style, bytes).map_err(|_invalid| "the built-in font is broken".to_owned());
    registered(FontStyle::Normal, dejavu::sans::regular())?;
    registered(FontStyle::Bold, dejavu::sans::bold())
});

pub(super) struct Canvas<'a> {
    area: DrawingArea<BitMapBackend<'a>, Shift>,
}

impl Canvas<'_> {
    /// Draws a page and returns its pixels, three bytes each.
    pub(super) fn page(
        width: u32,
        height: u32,
        draw: impl FnOnce(&Canvas<'_>) -> Result<(), Cause>,
    ) -> Result<Vec<u8>, Cause> {
        FONTS.clone()?;
        let (wide, high) = (width * OVERSAMPLING, height * OVERSAMPLING);
        let mut pixels = vec![255; (wide * high * 3) as usize];
        {
            let area = BitMapBackend::with_buffer(&mut pixels, (wide, high)).into_drawing_area();
            let canvas = Canvas { area };
            draw(&canvas)?;
            canvas.area.present().map_err(broken)?;
        }
        Ok(averaged(&pixels, wide as usize, OVERSAMPLING as usize))
    }

    /// Fills a polygon.
    pub(super) fn fill(&self, corners: &[At], colour: Rgb) -> Result<(), Cause> {
        self.area.draw(&Polygon::new(pixels(corners), rgb(colour).filled())).map_err(broken)
    }

    /// Draws a line through points.
    pub(super) fn line(&self, points: &[At], colour: Rgb, width: f64) -> Result<(), Cause> {
        let style = rgb(colour).stroke_width(pixel(width).max(1).unsigned_abs());
        self.area.draw(&PathElement::new(pixels(points), style)).map_err(broken)
    }

    /// Draws the outline of a polygon.
    pub(super) fn outline(&self, corners: &[At], colour: Rgb, width: f64) -> Result<(), Cause> {
        let closed: Vec<At> = corners.iter().chain(corners.first()).copied().collect();
        self.line(&closed, colour, width)
    }

    /// Fills a rectangle given by two corners.
    pub(super) fn block(&self, (left, top): At, (right, bottom): At, colour: Rgb) -> Result<(), Cause> {
        self.fill(&[(left, top), (right, top), (right, bottom), (left, bottom)], colour)
    }

    /// Fills a disk.
    pub(super) fn disk(&self, centre: At, radius: f64, colour: Rgb) -> Result<(), Cause> {
        let centre = (pixel(centre.0), pixel(centre.1));
        self.area.draw(&Circle::new(centre, pixel(radius), rgb(colour).filled())).map_err(broken)
    }

    /// Draws parallel diagonal lines, `gap` apart, inside a convex polygon.
    pub(super) fn hatch(&self, corners: &[At], gap: f64, colour: Rgb, width: f64) -> Result<(), Cause> {
        let along = |at: &At| at.0 + at.1;
        let low = corners.iter().map(along).fold(f64::INFINITY, f64::min);
        let high = corners.iter().map(along).fold(f64::NEG_INFINITY, f64::max);
        // Lines hang on one lattice for the whole page, so that they run on from cell to cell.
        let mut level = (low / gap).ceil() * gap;
        while level < high {
            let mut ends: Vec<At> = Vec::new();
            for (index, &a) in corners.iter().enumerate() {
                let b = corners[(index + 1) % corners.len()];
                let (from, to) = (along(&a) - level, along(&b) - level);
                if (from < 0.0) != (to < 0.0) {
                    let t = from / (from - to);
                    ends.push((a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t));
                }
            }
            if ends.len() == 2 {
                self.line(&ends, colour, width)?;
            }
            level += gap;
        }
        Ok(())
    }

    /// Sets one line of text; `at` is the top of its left end, its middle or its right end.
    pub(super) fn text(&self, at: At, side: Side, style: Type, text: &str) -> Result<(), Cause> {
        let horizontal = match side {
            Side::Left => HPos::Left,
            Side::Centre => HPos::Center,
            Side::Right => HPos::Right,
        };
        let style = font(style).pos(Pos::new(horizontal, VPos::Top));
        self.area.draw(&Text::new(text.to_owned(), (pixel(at.0), pixel(at.1)), style)).map_err(broken)
    }

    /// Sets one line of text, made smaller where it would be wider than `width`.
    pub(super) fn fitted(&self, at: At, side: Side, style: Type, width: f64, text: &str) -> Result<(), Cause> {
        let natural = self.width(style, text)?;
        // Letters are whole pixels wide: a little less than the ratio, so that rounding does not reach over.
        let size = if natural > width { style.size * width / natural * 0.98 } else { style.size };
        self.text(at, side, Type { size, ..style }, text)
    }

    /// Sets a name in `width`: somewhat smaller where it is too long, and cut off with an ellipsis where that is not enough.
    pub(super) fn label(&self, at: At, side: Side, style: Type, width: f64, name: &str) -> Result<(), Cause> {
        let smallest = Type { size: style.size * 0.78, ..style };
        let mut letters = name.chars().count();
        let mut shown = name.to_owned();
        while letters > 1 && self.width(smallest, &shown)? > width {
            letters -= 1;
            shown = name.chars().take(letters).chain(['…']).collect();
        }
        self.fitted(at, side, style, width, &shown)
    }

    /// Sets a text in lines no wider than `width`; returns where the next line would start.
    pub(super) fn paragraph(&self, at: At, width: f64, style: Type, text: &str) -> Result<f64, Cause> {
        let mut top = at.1;
        for line in self.lines(width, style, text)? {
            self.text((at.0, top), Side::Left, style, &line)?;
            top += style.leading();
        }
        Ok(top)
    }

    /// Height of a text set in lines no wider than `width`.
    pub(super) fn height(&self, width: f64, style: Type, text: &str) -> Result<f64, Cause> {
        Ok(self.lines(width, style, text)?.len() as f64 * style.leading())
    }

    /// A text in lines no wider than `width`.
    pub(super) fn lines(&self, width: f64, style: Type, text: &str) -> Result<Vec<String>, Cause> {
        let mut lines = vec![String::new()];
        for word in text.split(' ') {
            let line = lines.last().map_or("", String::as_str);
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if !line.is_empty() && self.width(style, &longer)? > width {
                lines.push(word.to_owned());
            } else if let Some(line) = lines.last_mut() {
                *line = longer;
            }
        }
        Ok(lines)
    }

    /// Width of a text on the page.
    fn width(&self, style: Type, text: &str) -> Result<f64, Cause> {
        let (width, _) = self.area.estimate_text_size(text, &font(style)).map_err(broken)?;
        Ok(f64::from(width) / f64::from(OVERSAMPLING))
    }
}

fn font(style: Type) -> TextStyle<'static> {
    let weight = if style.bold { FontStyle::Bold } else { FontStyle::Normal };
    ("page", style.size * f64::from(OVERSAMPLING), weight).into_font().color(&rgb(style.colour))
}

fn rgb([red, green, blue]: Rgb) -> RGBColor {
    RGBColor(red, green, blue)
}

#[allow(clippy::cast_possible_truncation, reason = "a page is a few thousand pixels wide")]
fn pixel(units: f64) -> i32 {
    (units * f64::from(OVERSAMPLING)).round() as i32
}

fn pixels(points: &[At]) -> Vec<(i32, i32)> {
    points.iter().map(|&(x, y)| (pixel(x), pixel(y))).collect()
}

fn broken<E: std::error::Error + Send + Sync + 'static>(error: DrawingAreaErrorKind<E>) -> Cause {
    error.to_string().into()
}

/// Each pixel of the result is the mean of a square of `n` × `n` drawn ones.
fn averaged(pixels: &[u8], wide: usize, n: usize) -> Vec<u8> {
    let stride = wide * 3;
    let mut kept = Vec::with_capacity(pixels.len() / (n * n));
    for rows in pixels.chunks_exact(stride * n) {
        for left in (0..stride).step_by(3 * n) {
            for channel in 0..3 {
                let square = (0..n).flat_map(|y| (0..n).map(move |x| y * stride + left + 3 * x + channel));
                let sum: usize = square.map(|index| usize::from(rows[index])).sum();
                kept.push(u8::try_from(sum / (n * n)).unwrap_or(u8::MAX));
            }
        }
    }
    kept
}
