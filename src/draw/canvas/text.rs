//! Text on a canvas: single lines, fitted labels and paragraphs. plotters sets letters that stand by themselves; others are shaped.

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::LazyLock;

use plotters::style::{FontStyle, IntoFont, RGBColor, TextStyle as PlottersStyle, register_font};
use plotters_backend::BackendTextStyle;

use super::TextAlign::{Centre, Left, Right};
use super::{At, Canvas, Medium, TextAlign, TextStyle};
use crate::draw::{DrawError, Drawn};
use crate::font::{OutlineStep, Typesetter, ends_of_clusters, pieces};
use crate::invalid::Cause;

/// Ascent and descent of the built-in font, in ems: the size of a style is the height of both.
pub(super) const FONT_HEIGHT: f64 = 1.164;

/// Marks that set the direction of a line, from left and from right.
const DIRECTIONS: [char; 2] = ['\u{200e}', '\u{200f}'];

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

/// Text with each letter and its accents as one character, where there is one.
fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Typesetter::composed(text).into() }
}

impl Canvas<'_> {
    /// Sets one line of text; `at` is the top of its left end, its middle or its right end.
    pub(crate) fn text(&self, at: At, align: TextAlign, style: TextStyle, text: &str) -> Drawn {
        self.edged(at, align, style, 0.0, text)
    }

    /// Sets one line of text with a white edge of this width round its letters, to be read on any ground.
    pub(crate) fn edged(&self, at: At, align: TextAlign, style: TextStyle, edge: f64, text: &str) -> Drawn {
        let text = &*composed(text);
        if !self.typesetter.is_plain(text, style.bold) {
            self.shaped(at, align, style, edge, text);
            return Ok(());
        }
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

    /// Sets a line of shaped text as the outlines of its glyphs, the same in every viewer.
    fn shaped(&self, at: At, align: TextAlign, style: TextStyle, edge: f64, text: &str) {
        self.typesetter.enter_undrawn(text, style.bold);
        let line = self.typesetter.shape(text, style.bold);
        let (em, width) = (style.size / FONT_HEIGHT, self.shaped_width(style, text));
        let start = match align {
            Left => at.0,
            Centre => at.0 - width / 2.0,
            Right => at.0 - width,
        };
        let baseline = at.1 + style.size / 2.0;
        let place = |(x, y): At| (start + x * em, baseline + y * em);
        let outline: Vec<OutlineStep> = self.typesetter.outline(&line).iter().map(|step| step.map(place)).collect();
        match &mut *self.medium.borrow_mut() {
            Medium::Pixels(surface) => surface.letters(&outline, edge, style.colour),
            Medium::Vectors(svg) => {
                svg.letters(&outline, edge, style.colour);
                svg.hidden_text((start, baseline), style, (width, line.is_from_right), text);
            }
        }
    }

    fn shaped_width(&self, style: TextStyle, text: &str) -> f64 {
        self.typesetter.shape(text, style.bold).width * style.size / FONT_HEIGHT
    }

    /// True if the fonts have all characters of a text; else the text is entered as one that is not drawn.
    pub(crate) fn can_draw(&self, style: TextStyle, text: &str) -> bool {
        let text = composed(text);
        let can = self.typesetter.lacking(&text, style.bold).is_empty();
        if !can {
            self.typesetter.enter_name(&text, style.bold);
        }
        can
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
        let name = composed(name);
        let mut ends = ends_of_clusters(&name);
        let mut kept = name.clone().into_owned();
        while ends.len() > 1 && self.width(smallest, &kept)? > width {
            ends.pop();
            kept = format!("{}…", &name[..ends.last().copied().unwrap_or_default()]);
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
        let text = &*composed(text);
        if !self.typesetter.is_plain(text, style.bold) {
            return self.shaped_lines(width, style, text);
        }
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

    /// A name in two lines, broken at the blank nearest its middle, or else where its script allows; in one line if it cannot be.
    pub(crate) fn halves<'a>(&self, name: &'a str) -> Vec<&'a str> {
        let middle = name.len() / 2;
        let nearest = |places: &mut dyn Iterator<Item = usize>| places.min_by_key(|at| at.abs_diff(middle));
        if let Some(at) = nearest(&mut name.match_indices(' ').map(|(at, _)| at)) {
            return vec![&name[..at], &name[at + 1..]];
        }
        let ends = pieces(name).into_iter().scan(0, |end, piece| {
            *end += piece.len();
            Some(*end)
        });
        let is_plain = self.typesetter.is_plain(&composed(name), false);
        let place = nearest(&mut ends.filter(|end| !is_plain && *end < name.len()));
        place.map_or_else(|| vec![name], |at| vec![&name[..at], &name[at..]])
    }

    /// Breaks a text where its script allows; a piece that is too wide by itself is cut between letters.
    fn shaped_lines(&self, width: f64, style: TextStyle, text: &str) -> Drawn<Vec<String>> {
        let mut lines = vec![String::new()];
        let fits = |line: &str, piece: &str| {
            Ok::<_, DrawError>(self.width(style, &format!("{line}{}", piece.trim_end()))? <= width)
        };
        for piece in pieces(text) {
            let mut rest = piece;
            if !fits("", piece)? {
                let mut start = 0;
                for end in ends_of_clusters(piece) {
                    let line = lines.last().map_or("", String::as_str);
                    if !line.is_empty() && !fits(line, &piece[start..end])? {
                        lines.push(String::new());
                    }
                    lines.iter_mut().next_back().into_iter().for_each(|line| *line += &piece[start..end]);
                    start = end;
                }
                rest = "";
            } else if !fits(lines.last().map_or("", String::as_str), piece)? {
                lines.push(String::new());
            }
            lines.iter_mut().next_back().into_iter().for_each(|line| *line += rest);
        }
        // A line has the direction of its text, whatever its own first letter.
        let is_from_right = |text: &str| self.typesetter.shape(text, style.bold).is_from_right;
        let mark = DIRECTIONS[usize::from(is_from_right(text))];
        let marked = |line: &String| {
            let line = line.trim_end();
            if is_from_right(line) == is_from_right(text) { line.to_owned() } else { format!("{mark}{line}") }
        };
        Ok(lines.iter().map(marked).collect())
    }

    /// Width of a line of text.
    pub(crate) fn width(&self, style: TextStyle, text: &str) -> Drawn<f64> {
        let text = &*composed(text);
        if !self.typesetter.is_plain(text, style.bold) {
            return Ok(self.shaped_width(style, text));
        }
        let ((left, _), (right, _)) = font(style, 1.0).layout_box(text).map_err(of_text)?;
        Ok(f64::from(right - left) / OVERSAMPLING)
    }
}

fn font(style: TextStyle, scale: f64) -> PlottersStyle<'static> {
    let weight = if style.bold { FontStyle::Bold } else { FontStyle::Normal };
    let [red, green, blue] = style.colour;
    ("page", style.size * OVERSAMPLING * scale, weight).into_font().color(&RGBColor(red, green, blue))
}
