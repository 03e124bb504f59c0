//! What pages are made of: polygons, lines, disks and, set by plotters, text.

use std::cell::RefCell;
use std::convert::Infallible;
use std::sync::LazyLock;

use plotters::style::{FontStyle, IntoFont, RGBColor, TextStyle, register_font};
use plotters_backend::BackendTextStyle;

use super::sheet::{self, TooSmall};
use super::surface::Surface;
use super::svg::Svg;
use crate::invalid::Cause;
use crate::output::Page;

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

/// What is drawn on.
enum Medium {
    Pixels(Surface),
    Vectors(Svg),
}

pub(super) struct Canvas {
    medium: RefCell<Medium>,
    /// Pixels to a page unit.
    scale: f64,
}

impl Canvas {
    /// Draws a page as pixels, three bytes each.
    pub(super) fn pixels<T>(page: Page, draw: impl Fn(&Self) -> Result<T, Cause>) -> Result<(T, Vec<u8>), Cause> {
        let surface = |scale| Medium::Pixels(Surface::new(page.width() as usize, page.height() as usize, scale));
        let (drawn, medium) = Self::drawn(page, surface, draw)?;
        let pixels = if let Medium::Pixels(surface) = medium { surface.into_pixels() } else { Vec::new() };
        Ok((drawn, pixels))
    }

    /// Draws a page as SVG.
    pub(super) fn vectors<T>(
        page: Page,
        title: &str,
        draw: impl Fn(&Self) -> Result<T, Cause>,
    ) -> Result<(T, String), Cause> {
        let size = |scale: f64| (f64::from(page.width()) / scale, f64::from(page.height()) / scale);
        let (drawn, medium) = Self::drawn(page, |scale| Medium::Vectors(Svg::new(size(scale), scale, title)), draw)?;
        let text = if let Medium::Vectors(svg) = medium { svg.into_text() } else { String::new() };
        Ok((drawn, text))
    }

    /// Draws as is usual, and where that leaves no room once more, finer.
    fn drawn<T>(
        page: Page,
        medium: impl Fn(f64) -> Medium,
        draw: impl Fn(&Self) -> Result<T, Cause>,
    ) -> Result<(T, Medium), Cause> {
        FONTS.clone()?;
        let at = |scale: f64| {
            let canvas = Self { medium: RefCell::new(medium(scale)), scale };
            let drawn = draw(&canvas)?;
            Ok((drawn, canvas.medium.into_inner()))
        };
        let [usual, finer] = sheet::scales(page);
        at(usual).or_else(|error: Cause| if error.is::<TooSmall>() && finer < usual { at(finer) } else { Err(error) })
    }

    /// Draws on so many pixels without a page round it.
    #[cfg(test)]
    pub(super) fn bare<T>(
        (width, height): (usize, usize),
        scale: f64,
        draw: impl FnOnce(&Self) -> Result<T, Cause>,
    ) -> Result<(T, Vec<u8>), Cause> {
        FONTS.clone()?;
        let canvas = Self { medium: RefCell::new(Medium::Pixels(Surface::new(width, height, scale))), scale };
        let drawn = draw(&canvas)?;
        let Medium::Pixels(surface) = canvas.medium.into_inner() else { return Ok((drawn, Vec::new())) };
        Ok((drawn, surface.into_pixels()))
    }

    /// Pixels to a page unit.
    pub(super) fn scale(&self) -> f64 {
        self.scale
    }

    /// Fills a polygon.
    pub(super) fn fill(&self, corners: &[At], colour: Rgb) {
        match &mut *self.medium.borrow_mut() {
            Medium::Pixels(surface) => surface.fill(std::iter::once(corners), colour),
            Medium::Vectors(svg) => svg.fill(std::iter::once(corners), colour),
        }
    }

    /// Fills the ground of rings that wind one way, less that of rings that wind the other way inside them.
    pub(super) fn ground(&self, rings: &[Vec<At>], colour: Rgb) {
        let rings = rings.iter().map(Vec::as_slice);
        match &mut *self.medium.borrow_mut() {
            Medium::Pixels(surface) => surface.fill(rings, colour),
            Medium::Vectors(svg) => svg.fill(rings, colour),
        }
    }

    /// Fills polygons that do not overlap, without a seam where they meet.
    pub(super) fn mosaic<'a>(&self, tiles: impl Iterator<Item = (&'a [At], Rgb)> + Clone) {
        match &mut *self.medium.borrow_mut() {
            Medium::Pixels(surface) => surface.mosaic(tiles),
            Medium::Vectors(svg) => svg.mosaic(tiles),
        }
    }

    /// Draws a line through points, round at its corners.
    pub(super) fn line(&self, points: &[At], colour: Rgb, width: f64) {
        match &mut *self.medium.borrow_mut() {
            Medium::Pixels(surface) => {
                let parts = stroke(points, width / 2.0, self.scale);
                surface.fill(parts.iter().map(Vec::as_slice), colour);
            }
            Medium::Vectors(svg) => svg.line(points, colour, width),
        }
    }

    /// Draws many lines as [`Self::line`] does one, at the cost of few.
    pub(super) fn network(&self, lines: &[Vec<At>], colour: Rgb, width: f64) {
        // So many at a time that what they cover takes little memory.
        for lines in lines.chunks(1 << 12) {
            match &mut *self.medium.borrow_mut() {
                Medium::Pixels(surface) => {
                    let parts: Vec<Vec<At>> =
                        lines.iter().flat_map(|line| stroke(line, width / 2.0, self.scale)).collect();
                    surface.fill(parts.iter().map(Vec::as_slice), colour);
                }
                Medium::Vectors(svg) => lines.iter().for_each(|line| svg.line(line, colour, width)),
            }
        }
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
        match &mut *self.medium.borrow_mut() {
            Medium::Pixels(surface) => surface.shade(from, to, colour),
            Medium::Vectors(svg) => svg.shade(from, to, colour),
        }
    }

    /// Fills a disk.
    pub(super) fn disk(&self, centre: At, radius: f64, colour: Rgb) {
        match &mut *self.medium.borrow_mut() {
            Medium::Pixels(surface) => surface.fill(std::iter::once(&*round(centre, radius, self.scale)), colour),
            Medium::Vectors(svg) => svg.disk(centre, radius, colour),
        }
    }

    /// Draws parallel diagonal lines, `gap` apart, inside a polygon.
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
            // Between its first and second end a line is inside, and again between the third and the fourth.
            if ends.len() > 2 {
                ends.sort_by(|a, b| a.0.total_cmp(&b.0));
            }
            for stretch in ends.as_chunks::<2>().0 {
                self.line(stretch, colour, width);
            }
            level += gap;
        }
    }

    /// Sets one line of text; `at` is the top of its left end, its middle or its right end.
    pub(super) fn text(&self, at: At, side: Side, style: Type, text: &str) -> Result<(), Cause> {
        self.set(at, side, style, text, 0.0)
    }

    /// Sets a text as [`Self::text`] does, with a white edge of this width round its letters, to be read on any ground.
    pub(super) fn edged(&self, at: At, side: Side, style: Type, edge: f64, text: &str) -> Result<(), Cause> {
        self.set(at, side, style, text, edge)
    }

    fn set(&self, at: At, side: Side, style: Type, text: &str, edge: f64) -> Result<(), Cause> {
        let font = font(style, self.scale);
        let ((left, top), (right, bottom)) = font.layout_box(text)?;
        let [width, height] = [right - left, bottom - top].map(|dots| f64::from(dots) / FINE / self.scale);
        let start = match side {
            Side::Left => at.0,
            Side::Centre => at.0 - width / 2.0,
            Side::Right => at.0 - width,
        };
        let mut medium = self.medium.borrow_mut();
        let surface = match &mut *medium {
            Medium::Pixels(surface) => surface,
            Medium::Vectors(svg) => {
                svg.text(at, side, style, (width, edge), text);
                return Ok(());
            }
        };
        let mut letters = surface.stencil((start, at.1), (width, height));
        font.draw(text, (0, 0), |x, y, ink| {
            letters.ink((f64::from(x - left) / FINE, f64::from(y - top) / FINE), ink.alpha / (FINE * FINE));
            Ok::<(), Infallible>(())
        })??;
        if edge > 0.0 {
            letters.paint_round(edge * self.scale, [255; 3]);
        }
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
    pub(super) fn width(&self, style: Type, text: &str) -> Result<f64, Cause> {
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
