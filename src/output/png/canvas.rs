//! What pages are made of: polygons, lines, disks and, set by plotters, text.

use std::cell::RefCell;
use std::convert::Infallible;
use std::sync::LazyLock;

use plotters::style::{FontStyle, IntoFont, RGBColor, TextStyle, register_font};
use plotters_backend::BackendTextStyle;

use super::surface::Surface;
use crate::error::Cause;

/// A point on the page, in page units from the top left.
pub(super) type At = (f64, f64);

/// A colour.
pub(super) type Rgb = [u8; 3];

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

/// Letters are set so many times as large and then made smaller, as plotters puts each on a whole pixel.
const FINE: f64 = 3.0;

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

pub(super) struct Canvas {
    surface: RefCell<Surface>,
    /// Pixels to a page unit.
    scale: f64,
}

/// A finished page: width and height in pixels, and three bytes for each.
pub(super) type Page = ((u32, u32), Vec<u8>);

impl Canvas {
    /// Draws a page of a size in page units, each `scale` pixels wide.
    pub(super) fn page(
        width: u32,
        height: u32,
        scale: f64,
        draw: impl FnOnce(&Self) -> Result<(), Cause>,
    ) -> Result<Page, Cause> {
        FONTS.clone()?;
        let canvas = Self { surface: RefCell::new(Surface::new(width, height, scale)), scale };
        draw(&canvas)?;
        let surface = canvas.surface.into_inner();
        Ok((surface.size(), surface.into_pixels()))
    }

    /// Fills a polygon.
    pub(super) fn fill(&self, corners: &[At], colour: Rgb) {
        self.surface.borrow_mut().fill(std::iter::once(corners), colour);
    }

    /// Fills polygons that do not overlap, without a seam where they meet.
    pub(super) fn mosaic<'a>(&self, tiles: impl Iterator<Item = (&'a [At], Rgb)> + Clone) {
        self.surface.borrow_mut().mosaic(tiles);
    }

    /// Draws a line through points, round at its corners.
    pub(super) fn line(&self, points: &[At], colour: Rgb, width: f64) {
        let parts = stroke(points, width / 2.0, self.scale);
        self.surface.borrow_mut().fill(parts.iter().map(Vec::as_slice), colour);
    }

    /// Draws the outline of a polygon.
    pub(super) fn outline(&self, corners: &[At], colour: Rgb, width: f64) {
        let closed: Vec<At> = corners.iter().chain(corners.first()).copied().collect();
        self.line(&closed, colour, width);
    }

    /// Fills a rectangle given by two corners, its sides between pixels.
    pub(super) fn block(&self, from: At, to: At, colour: Rgb) {
        let between = |at: f64| (at * self.scale).round() / self.scale;
        let [(left, top), (right, bottom)] = [from, to].map(|at| (between(at.0), between(at.1)));
        self.fill(&[(left, top), (right, top), (right, bottom), (left, bottom)], colour);
    }

    /// Gives each pixel whose middle lies in a rectangle the colour of that place of the page.
    pub(super) fn shade(&self, from: At, to: At, colour: impl Fn(At) -> Rgb) {
        self.surface.borrow_mut().shade(from, to, colour);
    }

    /// Fills a disk.
    pub(super) fn disk(&self, centre: At, radius: f64, colour: Rgb) {
        self.fill(&round(centre, radius, self.scale), colour);
    }

    /// Draws parallel diagonal lines, `gap` apart, inside a convex polygon.
    pub(super) fn hatch(&self, corners: &[At], gap: f64, colour: Rgb, width: f64) {
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
                self.line(&ends, colour, width);
            }
            level += gap;
        }
    }

    /// Sets one line of text; `at` is the top of its left end, its middle or its right end.
    pub(super) fn text(&self, at: At, side: Side, style: Type, text: &str) -> Result<(), Cause> {
        let font = font(style, self.scale);
        let ((left, top), (right, bottom)) = font.layout_box(text)?;
        let [width, height] = [right - left, bottom - top].map(|dots| f64::from(dots) / FINE / self.scale);
        let start = match side {
            Side::Left => at.0,
            Side::Centre => at.0 - width / 2.0,
            Side::Right => at.0 - width,
        };
        let mut surface = self.surface.borrow_mut();
        let mut letters = surface.stencil((start, at.1), (width, height));
        font.draw(text, (0, 0), |x, y, ink| {
            letters.ink((f64::from(x - left) / FINE, f64::from(y - top) / FINE), ink.alpha / (FINE * FINE));
            Ok::<(), Infallible>(())
        })??;
        letters.paint(style.colour);
        Ok(())
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
    #[allow(clippy::unused_self, reason = "it is asked of the page")]
    fn width(&self, style: Type, text: &str) -> Result<f64, Cause> {
        let ((left, _), (right, _)) = font(style, 1.0).layout_box(text)?;
        Ok(f64::from(right - left) / FINE)
    }
}

/// A disk, nearly: no side is further from the circle than a tenth of a pixel. It winds as [`stroke`]'s parts do.
fn round((x, y): At, radius: f64, scale: f64) -> Vec<At> {
    let sides = (50.0 * radius * scale).sqrt().ceil().max(6.0);
    let corner = |k: f64| {
        let (sin, cos) = (k * std::f64::consts::TAU / sides).sin_cos();
        (x + radius * cos, y + radius * sin)
    };
    std::iter::successors(Some(0.0), |k| Some(k + 1.0)).take_while(|k| *k < sides).map(corner).collect()
}

/// A line as what it covers: a rectangle for each stretch, and a disk at each corner that is wide enough to be seen.
fn stroke(points: &[At], half: f64, scale: f64) -> Vec<Vec<At>> {
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
        parts.extend(corners.map(|&corner| round(corner, half, scale)));
    }
    parts
}

fn font(style: Type, scale: f64) -> TextStyle<'static> {
    let weight = if style.bold { FontStyle::Bold } else { FontStyle::Normal };
    let [red, green, blue] = style.colour;
    ("page", style.size * FINE * scale, weight).into_font().color(&RGBColor(red, green, blue))
}
