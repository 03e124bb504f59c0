//! Text on a canvas: single lines, fitted labels and paragraphs, set by plotters.

use std::convert::Infallible;
use std::sync::LazyLock;

use plotters::style::{FontStyle, IntoFont, RGBColor, TextStyle as PlottersStyle, register_font};
use plotters_backend::BackendTextStyle;

use super::TextAlign::{Centre, Left, Right};
use super::{At, Canvas, Medium, TextAlign, TextStyle};
use crate::draw::{DrawError, Drawn};
use crate::invalid::Cause;

/// Letters are set three times as large and then scaled down, because plotters puts each on a whole pixel.
const OVERSAMPLING: f64 = 3.0;

/// Fonts registered once a process, from bytes inside the program: every machine draws the same letters.
static FONTS: LazyLock<Result<(), String>> = LazyLock::new(|| {
    let registered =
        |style, bytes| register_font("page", style, bytes).map_err(|_invalid| "the built-in font is broken".to_owned());
    registered(FontStyle::Normal, dejavu::sans::regular())?;
    registered(FontStyle::Bold, dejavu::sans::bold())
});

pub(super) fn register_fonts() -> Drawn {
    FONTS.clone().map_err(of_text)
}

/// An error of a font, with its type hidden.
fn of_text(error: impl Into<Cause>) -> DrawError {
    DrawError::Text(error.into())
}

impl Canvas {
    /// Sets one line of text; `at` is the top of its left end, its middle or its right end.
    pub(crate) fn text(&self, at: At, align: TextAlign, style: TextStyle, text: &str) -> Drawn {
        self.edged(at, align, style, 0.0, text)
    }

    /// Sets one line of text with a white edge of this width round its letters, to be read on any ground.
    pub(crate) fn edged(&self, at: At, align: TextAlign, style: TextStyle, edge: f64, text: &str) -> Drawn {
        let font = font(style, self.scale);
        let ((left, top), (right, bottom)) = font.layout_box(text).map_err(of_text)?;
        let [width, height] = [right - left, bottom - top].map(|dots| f64::from(dots) / OVERSAMPLING / self.scale);
        let start = match align {
            Left => at.0,
            Centre => at.0 - width / 2.0,
            Right => at.0 - width,
        };
        let mut medium = self.medium.borrow_mut();
        let surface = match &mut *medium {
            Medium::Pixels(surface) => surface,
            Medium::Vectors(svg) => {
                svg.text(at, align, style, (width, edge), text);
                return Ok(());
            }
        };
        let mut letters = surface.stencil((start, at.1), (width, height));
        font.draw(text, (0, 0), |x, y, ink| {
            let dot = (f64::from(x - left) / OVERSAMPLING, f64::from(y - top) / OVERSAMPLING);
            letters.ink(dot, ink.alpha / (OVERSAMPLING * OVERSAMPLING));
            Ok::<(), Infallible>(())
        })
        .map_err(of_text)?
        .map_err(of_text)?;
        if edge > 0.0 {
            letters.paint_round(edge * self.scale, [255; 3]);
        }
        letters.paint(style.colour);
        Ok(())
    }

    /// Sets one line of text, made smaller where it would be wider than `width`.
    pub(crate) fn fitted(&self, at: At, align: TextAlign, style: TextStyle, width: f64, text: &str) -> Drawn {
        let natural = self.width(style, text)?;
        // Letters are whole pixels wide: a little less than the ratio, so that rounding does not reach over.
        let size = if natural > width { style.size * width / natural * 0.98 } else { style.size };
        self.text(at, align, TextStyle { size, ..style }, text)
    }

    /// Sets a name in `width`: smaller if it is too long, and cut off with an ellipsis if that is not enough.
    pub(crate) fn label(&self, at: At, align: TextAlign, style: TextStyle, width: f64, name: &str) -> Drawn {
        let smallest = TextStyle { size: style.size * 0.78, ..style };
        let mut letters = name.chars().count();
        let mut kept = name.to_owned();
        while letters > 1 && self.width(smallest, &kept)? > width {
            letters -= 1;
            kept = name.chars().take(letters).chain(['…']).collect();
        }
        self.fitted(at, align, style, width, &kept)
    }

    /// Sets a text in lines no wider than `width`; returns where the next line would start.
    pub(crate) fn paragraph(&self, at: At, width: f64, style: TextStyle, text: &str) -> Drawn<f64> {
        let mut top = at.1;
        for line in self.lines(width, style, text)? {
            self.text((at.0, top), Left, style, &line)?;
            top += style.leading();
        }
        Ok(top)
    }

    /// Height of a text set in lines no wider than `width`.
    pub(crate) fn height(&self, width: f64, style: TextStyle, text: &str) -> Drawn<f64> {
        Ok(self.lines(width, style, text)?.len() as f64 * style.leading())
    }

    /// Breaks a text into lines no wider than `width`.
    pub(crate) fn lines(&self, width: f64, style: TextStyle, text: &str) -> Drawn<Vec<String>> {
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

    /// Width of a line of text.
    #[allow(clippy::unused_self, reason = "widths belong to the canvas")]
    pub(crate) fn width(&self, style: TextStyle, text: &str) -> Drawn<f64> {
        let ((left, _), (right, _)) = font(style, 1.0).layout_box(text).map_err(of_text)?;
        Ok(f64::from(right - left) / OVERSAMPLING)
    }
}

fn font(style: TextStyle, scale: f64) -> PlottersStyle<'static> {
    let weight = if style.bold { FontStyle::Bold } else { FontStyle::Normal };
    let [red, green, blue] = style.colour;
    ("page", style.size * OVERSAMPLING * scale, weight).into_font().color(&RGBColor(red, green, blue))
}
