//! The canvas of a page: polygons, lines, disks and text, as pixels or as SVG.

mod raster;
mod stencil;
mod stroke;
mod svg;
mod text;

use std::cell::RefCell;

pub(crate) use TextAlign::{Centre, Left, Right};
use raster::PixelBuffer;
use svg::SvgDocument;
pub(crate) use svg::hex;

use super::DrawError;
pub(crate) use super::error::Drawn;
use crate::font::{Fonts, Typesetter};
use crate::layer::Page;

/// A point on the page, in page units from the top left.
pub(crate) type At = (f64, f64);

/// A rectangle of the page, in page units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageRect {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl PageRect {
    pub(crate) fn width(self) -> f64 {
        self.right - self.left
    }

    pub(crate) fn height(self) -> f64 {
        self.bottom - self.top
    }

    /// True if a disk at this point stays inside.
    pub(crate) fn holds(self, (x, y): At, radius: f64) -> bool {
        (self.left + radius..=self.right - radius).contains(&x)
            && (self.top + radius..=self.bottom - radius).contains(&y)
    }

    pub(crate) fn corners(self) -> [At; 4] {
        rectangle((self.left, self.top), (self.right, self.bottom))
    }
}

/// Corners of a rectangle, given by two of them.
pub(crate) fn rectangle((left, top): At, (right, bottom): At) -> [At; 4] {
    [(left, top), (right, top), (right, bottom), (left, bottom)]
}

/// Red, green and blue.
pub(crate) type Rgb = [u8; 3];

/// Ink of text and lines, and of what matters less.
pub(crate) const INK: Rgb = [0x1e, 0x24, 0x2e];
pub(crate) const FAINT: Rgb = [0x5b, 0x64, 0x72];
/// Numbers of cells that stand out: a hue the score colours do not have.
pub(crate) const HIGHLIGHT: Rgb = [0x1b, 0x4f, 0x8f];

/// Size in page units, weight and colour of a text.
#[derive(Clone, Copy)]
pub(crate) struct TextStyle {
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) colour: Rgb,
}

impl TextStyle {
    /// Distance from one line to the next.
    pub(crate) const fn leading(self) -> f64 {
        self.size * 1.36
    }
}

/// The point of a text that its position gives.
#[derive(Clone, Copy)]
pub(crate) enum TextAlign {
    Left,
    Centre,
    Right,
}

/// The area of a page in page units, so that letters look as large on every page held at arm's length.
const PAGE_AREA: f64 = 1600.0 * 1200.0;
/// Minimum pixels to a unit: letters are then at least eight pixels high. Six and a half if the words need the room.
const MIN_SCALES: [f64; 2] = [0.62, 0.5];

/// Pixels to a page unit: by default, and for a page whose words need more room.
fn scales(page: Page) -> [f64; 2] {
    let pixels = f64::from(page.width()) * f64::from(page.height());
    MIN_SCALES.map(|min| (pixels / PAGE_AREA).sqrt().max(min))
}

/// Pixels or SVG elements drawn so far.
enum Medium {
    Pixels(PixelBuffer),
    Vectors(SvgDocument),
}

/// Draws on pixels or as SVG, whichever the canvas has.
macro_rules! on_medium {
    ($canvas:expr, |$medium:ident| $draw:expr) => {
        match &mut *$canvas.medium.borrow_mut() {
            Medium::Pixels($medium) => $draw,
            Medium::Vectors($medium) => $draw,
        }
    };
}

/// A page under way.
pub(crate) struct Canvas<'f> {
    medium: RefCell<Medium>,
    typesetter: Typesetter<'f>,
    /// Pixels to a page unit.
    pub(crate) scale: f64,
}

impl<'f> Canvas<'f> {
    /// Draws a page as pixels in rows from the top left, three bytes each.
    pub(crate) fn pixels<T>(page: Page, fonts: &'f Fonts, draw: impl Fn(&Self) -> Drawn<T>) -> Drawn<(T, Vec<u8>)> {
        let surface = |scale| Medium::Pixels(PixelBuffer::new(page.width() as usize, page.height() as usize, scale));
        let (drawn, medium) = Self::draw(page, fonts, surface, draw)?;
        let pixels = if let Medium::Pixels(surface) = medium { surface.into_pixels() } else { Vec::new() };
        Ok((drawn, pixels))
    }

    /// Draws a page as SVG.
    pub(crate) fn vectors<T>(
        page: Page,
        fonts: &'f Fonts,
        title: &str,
        draw: impl Fn(&Self) -> Drawn<T>,
    ) -> Drawn<(T, String)> {
        let size = |scale: f64| (f64::from(page.width()) / scale, f64::from(page.height()) / scale);
        let (drawn, medium) =
            Self::draw(page, fonts, |scale| Medium::Vectors(SvgDocument::new(size(scale), scale, title)), draw)?;
        let text = if let Medium::Vectors(svg) = medium { svg.into_text() } else { String::new() };
        Ok((drawn, text))
    }

    /// Draws at the default scale; if the words do not fit, retries at the smaller one.
    fn draw<T>(
        page: Page,
        fonts: &'f Fonts,
        medium: impl Fn(f64) -> Medium,
        draw: impl Fn(&Self) -> Drawn<T>,
    ) -> Drawn<(T, Medium)> {
        text::register_fonts()?;
        let at = |scale: f64| {
            let canvas = Self { medium: RefCell::new(medium(scale)), typesetter: Typesetter::new(fonts), scale };
            let drawn = draw(&canvas)?;
            Ok((drawn, canvas.medium.into_inner()))
        };
        let [default, smaller] = scales(page);
        match at(default) {
            Err(DrawError::TooSmall { .. }) if smaller < default => at(smaller),
            drawn => drawn,
        }
    }

    /// Draws on `width` × `height` pixels.
    #[cfg(test)]
    pub(crate) fn on_pixels<T>(
        size: [usize; 2],
        scale: f64,
        fonts: &'f Fonts,
        draw: impl Fn(&Self) -> Drawn<T>,
    ) -> Drawn<(T, Vec<u8>)> {
        text::register_fonts()?;
        let [width, height] = size;
        let medium = RefCell::new(Medium::Pixels(PixelBuffer::new(width, height, scale)));
        let canvas = Self { medium, typesetter: Typesetter::new(fonts), scale };
        let drawn = draw(&canvas)?;
        let Medium::Pixels(surface) = canvas.medium.into_inner() else { return Ok((drawn, Vec::new())) };
        Ok((drawn, surface.into_pixels()))
    }

    /// Fills a polygon.
    pub(crate) fn fill(&self, corners: &[At], colour: Rgb) {
        on_medium!(self, |medium| medium.fill(std::iter::once(corners), colour));
    }

    /// Fills rings that wind one way; rings inside them that wind the other way are holes.
    pub(crate) fn fill_rings(&self, rings: &[Vec<At>], colour: Rgb) {
        on_medium!(self, |medium| medium.fill(rings.iter().map(Vec::as_slice), colour));
    }

    /// Fills polygons that do not overlap, without a seam where they meet.
    pub(crate) fn mosaic<'a>(&self, tiles: impl Iterator<Item = (&'a [At], Rgb)> + Clone) {
        on_medium!(self, |medium| medium.mosaic(tiles));
    }

    /// Draws a line through points, round at its corners.
    pub(crate) fn line(&self, points: &[At], colour: Rgb, width: f64) {
        on_medium!(self, |medium| medium.line(points, colour, width));
    }

    /// Draws many lines in few strokes.
    pub(crate) fn network(&self, lines: &[Vec<At>], colour: Rgb, width: f64) {
        // In chunks, as the rectangles of all strokes would take much memory.
        for lines in lines.chunks(1 << 12) {
            on_medium!(self, |medium| medium.network(lines, colour, width));
        }
    }

    /// Draws the outline of a polygon.
    pub(crate) fn outline(&self, corners: &[At], colour: Rgb, width: f64) {
        let closed: Vec<At> = corners.iter().chain(corners.first()).copied().collect();
        self.line(&closed, colour, width);
    }

    /// Fills a rectangle given by two corners, its sides between pixels.
    pub(crate) fn block(&self, from: At, to: At, colour: Rgb) {
        let between = |at: f64| (at * self.scale).round() / self.scale;
        let [from, to] = [from, to].map(|at| (between(at.0), between(at.1)));
        self.fill(&rectangle(from, to), colour);
    }

    /// Colours each pixel of a rectangle by the position of its middle.
    pub(crate) fn shade(&self, from: At, to: At, colour: impl Fn(At) -> Rgb) {
        on_medium!(self, |medium| medium.shade(from, to, colour));
    }

    /// Fills a disk.
    pub(crate) fn disk(&self, centre: At, radius: f64, colour: Rgb) {
        on_medium!(self, |medium| medium.disk(centre, radius, colour));
    }

    /// Draws parallel diagonal lines, `gap` apart, inside a polygon.
    pub(crate) fn hatch(&self, corners: &[At], gap: f64, colour: Rgb, width: f64) {
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
}
