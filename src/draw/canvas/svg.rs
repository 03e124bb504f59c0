//! SVG: lines and letters that stay sharp at any size, and can be edited and searched.

use std::fmt::Write;

use base64::Engine;

use super::TextAlign::{Centre, Left, Right};
use super::text::FONT_HEIGHT;
use super::{At, Rgb, TextAlign, TextStyle};
use crate::font::OutlineStep;
use crate::rounding::round_to;

/// An SVG document under way.
#[derive(Debug)]
pub(super) struct SvgDocument {
    text: String,
}

impl SvgDocument {
    /// An empty white page of a size in page units, `scale` pixels wide each.
    pub(super) fn new((width, height): (f64, f64), scale: f64, title: &str) -> Self {
        let [wide, high, width, height] = [width * scale, height * scale, width, height].map(hundredths);
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"'DejaVu Sans',Verdana,sans-serif\" stroke-linejoin=\"round\">\n<title>{}</title>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n",
            escaped(title)
        );
        Self { text }
    }

    /// Text of the finished document.
    pub(super) fn into_text(self) -> String {
        self.text + "</svg>\n"
    }

    /// Fills the union of polygons.
    pub(super) fn fill<'a>(&mut self, polygons: impl Iterator<Item = &'a [At]>, colour: Rgb) {
        let path: String = polygons.map(closed).collect();
        self.text += &format!("<path d=\"{path}\" fill=\"{}\"/>\n", hex(colour));
    }

    /// Fills tiles: one path a colour, slightly wider than the tiles, so that no viewer shows a seam.
    pub(super) fn mosaic<'a>(&mut self, tiles: impl Iterator<Item = (&'a [At], Rgb)>) {
        let mut paths: Vec<(Rgb, String)> = Vec::new();
        for (corners, colour) in tiles {
            match paths.iter_mut().find(|(other, _)| *other == colour) {
                Some((_, path)) => *path += &closed(corners),
                None => paths.push((colour, closed(corners))),
            }
        }
        for (colour, path) in paths {
            let colour = hex(colour);
            self.text += &format!("<path d=\"{path}\" fill=\"{colour}\" stroke=\"{colour}\" stroke-width=\".3\"/>\n");
        }
    }

    /// Draws a line through points.
    pub(super) fn line(&mut self, points: &[At], colour: Rgb, width: f64) {
        let is_closed = points.len() > 2 && points.first() == points.last();
        let path = if is_closed { closed(&points[1..]) } else { open(points) };
        self.text += &format!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>\n",
            hex(colour),
            hundredths(width)
        );
    }

    pub(super) fn network(&mut self, lines: &[Vec<At>], colour: Rgb, width: f64) {
        for line in lines {
            self.line(line, colour, width);
        }
    }

    /// Colours a rectangle by position, as an image of two pixels a page unit.
    pub(super) fn shade(&mut self, from: At, to: At, colour: impl Fn(At) -> Rgb) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the pixels of a page")]
        let [width, height] = [to.0 - from.0, to.1 - from.1].map(|length| (2.0 * length).round().max(0.0) as u32);
        let step = |length: f64, pixels: u32| length / f64::from(pixels.max(1));
        let (wide, high) = (step(to.0 - from.0, width), step(to.1 - from.1, height));
        let at =
            |column: u32, row: u32| (from.0 + (f64::from(column) + 0.5) * wide, from.1 + (f64::from(row) + 0.5) * high);
        let pixels: Vec<u8> = (0..height)
            .flat_map(|row| (0..width).flat_map(move |column| [(column, row)]))
            .flat_map(|(x, y)| colour(at(x, y)))
            .collect();
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, width, height);
        encoder.set_color(png::ColorType::Rgb);
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels));
        // An image without pixels cannot be encoded.
        if written.is_err() {
            return;
        }
        let image = base64::engine::general_purpose::STANDARD.encode(png);
        let [x, y, wide, high] = [from.0, from.1, to.0 - from.0, to.1 - from.1].map(hundredths);
        self.text += &format!(
            "<image x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" href=\"data:image/png;base64,{image}\"/>\n"
        );
    }

    /// Fills a disk.
    pub(super) fn disk(&mut self, (x, y): At, radius: f64, colour: Rgb) {
        let [x, y, radius] = [x, y, radius].map(hundredths);
        self.text += &format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{}\"/>\n", hex(colour));
    }

    /// Sets a line of text of a given width, whatever font a viewer has, with a white edge; `at` is as in [`super::Canvas::text`].
    pub(super) fn text(&mut self, at: At, align: TextAlign, style: TextStyle, (width, edge): (f64, f64), text: &str) {
        let anchor = match align {
            Left => "",
            Centre => " text-anchor=\"middle\"",
            Right => " text-anchor=\"end\"",
        };
        let weight = if style.bold { " font-weight=\"bold\"" } else { "" };
        let edge = white_edge(edge);
        // The baseline lies half a size below the top.
        let [x, y, size, width] = [at.0, at.1 + style.size / 2.0, style.size / FONT_HEIGHT, width].map(hundredths);
        self.text += &format!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{weight}{anchor}{edge} fill=\"{}\" textLength=\"{width}\" \
             lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">{}</text>\n",
            hex(style.colour),
            escaped(text)
        );
    }

    /// Fills the outlines of letters, with a white edge.
    pub(super) fn letters(&mut self, outline: &[OutlineStep], edge: f64, colour: Rgb) {
        let mut path = String::new();
        for step in outline {
            let (command, points) = step.parts();
            path.push(command);
            path += &points.map(|(x, y)| format!("{},{}", hundredths(x), hundredths(y))).collect::<Vec<_>>().join(" ");
        }
        self.text += &format!("<path d=\"{path}\"{} fill=\"{}\"/>\n", white_edge(edge), hex(colour));
    }

    /// Lays a text over its outlines that cannot be seen, but found, copied and read out.
    pub(super) fn hidden_text(
        &mut self,
        (x, y): At,
        style: TextStyle,
        (width, is_from_right): (f64, bool),
        text: &str,
    ) {
        let x = if is_from_right { x + width } else { x };
        let [x, y, size, width] = [x, y, style.size / FONT_HEIGHT, width].map(hundredths);
        let direction = if is_from_right { " direction=\"rtl\" unicode-bidi=\"embed\"" } else { "" };
        self.text += &format!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{direction} fill=\"{}\" fill-opacity=\"0\" textLength=\"{width}\" \
             lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">{}</text>\n",
            hex(style.colour),
            escaped(text)
        );
    }
}

/// Attributes of a white edge of this width.
fn white_edge(edge: f64) -> String {
    if edge > 0.0 {
        format!(" stroke=\"#fff\" stroke-width=\"{}\" paint-order=\"stroke\"", hundredths(2.0 * edge))
    } else {
        String::new()
    }
}

fn closed(corners: &[At]) -> String {
    open(corners) + "Z"
}

fn open(points: &[At]) -> String {
    let mut path = String::with_capacity(points.len() * 14);
    for (place, (x, y)) in points.iter().enumerate() {
        let command = if place == 0 { 'M' } else { 'L' };
        let _never_fails = write!(path, "{command}{},{}", hundredths(*x), hundredths(*y));
    }
    path
}

/// A number in hundredths of a page unit, finer than any eye.
fn hundredths(number: f64) -> String {
    round_to(number, 2).to_string()
}

/// A colour as `#rrggbb`.
pub(crate) fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Escapes a text as XML; control characters are replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_inert_and_shapes_short() {
        let mut svg = SvgDocument::new((100.0, 50.0), 2.0, "<script>\u{1}");
        svg.fill(std::iter::once([(0.0, 0.0), (10.123_4, 0.0), (0.0, 5.0)].as_slice()), [0, 128, 255]);
        svg.line(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)], [0; 3], 1.5);
        let style = TextStyle { size: 11.64, bold: true, colour: [1, 2, 3] };
        svg.text((5.0, 10.0), Right, style, (40.0, 0.0), "a < b & \"c\"");
        let text = svg.into_text();
        assert!(text.contains("<title>&lt;script&gt;\u{fffd}</title>"), "{text}");
        assert!(text.contains("<path d=\"M0,0L10.12,0L0,5Z\" fill=\"#0080ff\"/>"), "{text}");
        assert!(
            text.contains("<path d=\"M1,0L1,1L0,0Z\" fill=\"none\" stroke=\"#000000\" stroke-width=\"1.5\"/>"),
            "{text}"
        );
        assert!(
            text.contains("x=\"5\" y=\"15.82\" font-size=\"10\" font-weight=\"bold\" text-anchor=\"end\""),
            "{text}"
        );
        assert!(text.contains(">a &lt; b &amp; &quot;c&quot;</text>") && text.ends_with("</svg>\n"), "{text}");
    }
}
