//! Parts of an intensity as bars, and columns of text that shrink rather than lose a line.

use super::key::TROUGH;
use super::style::{HEAD, SMALL};
use super::words::percent;
use crate::draw::canvas::{Canvas, Drawn, FAINT, INK, Left, PageRect, Rgb, Right, TextStyle};
use crate::rounding::round_to;
use crate::score::IntensityPart;

const BAR: Rgb = [0x7d, 0x98, 0xb8];
const ROW: f64 = 22.0;
/// Maximum parts that are named; the rest are summed.
const MAX_PARTS: usize = 6;

/// Draws a breakdown; returns the upper edge of the next.
pub(super) fn draw(canvas: &Canvas, heading: &str, parts: &[IntensityPart], frame: PageRect) -> Drawn<f64> {
    let PageRect { left, right, mut top, .. } = frame;
    let (reports, mass, share) = (right, right - 58.0, right - 118.0);
    let bar = (left + 126.0, right - 166.0);
    let small = TextStyle { size: 12.0, ..SMALL };
    canvas.fitted((left, top), Left, HEAD, share - left - 40.0, heading)?;
    for (at, text) in [(share, "share"), (mass, "mass"), (reports, "reports")] {
        canvas.text((at, top + 6.0), Right, small, text)?;
    }
    top += 28.0;
    let style = TextStyle { size: 14.0, bold: false, colour: INK };
    if parts.is_empty() {
        canvas.text((left, top), Left, TextStyle { colour: FAINT, ..style }, "no report that carries weight")?;
        top += ROW;
    }
    for part in largest(parts) {
        canvas.label((left, top), Left, style, bar.0 - left - 6.0, &part.label())?;
        canvas.block((bar.0, top - 2.0), (bar.1, top + 11.0), TROUGH);
        let filled = bar.0 + part.share.clamp(0.0, 1.0) * (bar.1 - bar.0);
        canvas.block((bar.0, top - 2.0), (filled, top + 11.0), BAR);
        let values = [(share, percent(part.share)), (mass, format!("{:.2}", part.mass))];
        for (at, text) in values.into_iter().chain([(reports, round_to(part.reports, 1).to_string())]) {
            canvas.fitted((at, top), Right, style, 56.0, &text)?;
        }
        top += ROW;
    }
    Ok(top + 10.0)
}

/// The largest parts, and the others as one.
fn largest(parts: &[IntensityPart]) -> Vec<IntensityPart> {
    if parts.len() <= MAX_PARTS {
        return parts.to_vec();
    }
    let (named, others) = parts.split_at(MAX_PARTS - 1);
    let sum = |value: fn(&IntensityPart) -> f64| others.iter().map(value).sum();
    let rest = IntensityPart {
        name: format!("{} others", others.len()),
        reports: sum(|part| part.reports),
        in_window: sum(|part| part.in_window),
        mass: sum(|part| part.mass),
        share: sum(|part| part.share),
    };
    named.iter().cloned().chain([rest]).collect()
}

/// A heading, possibly empty, and the paragraphs under it.
pub(super) struct TextBlock {
    pub(super) heading: &'static str,
    pub(super) paragraphs: Vec<String>,
    pub(super) bullets: bool,
}

const HEADING: f64 = 28.0;
const BULLET: f64 = 14.0;

/// Sets blocks of text into a column, at most as large as small print and smaller if they do not fit.
pub(super) fn text_blocks(canvas: &Canvas, blocks: &[TextBlock], frame: PageRect) -> Drawn {
    let mut style = TextStyle { size: 15.0, bold: false, colour: INK };
    let room = frame.height();
    while style.size > 6.0 && height(canvas, blocks, frame.width(), style)? > room {
        style.size -= 0.5;
    }
    let mut top = frame.top;
    for TextBlock { heading, paragraphs, bullets } in blocks {
        if !heading.is_empty() {
            canvas.text((frame.left, top), Left, HEAD, heading)?;
            top += HEADING;
        }
        let indent = if *bullets { BULLET } else { 0.0 };
        for paragraph in paragraphs.iter().filter(|paragraph| !paragraph.is_empty()) {
            if *bullets {
                canvas.disk((frame.left + 4.0, top + style.size * 0.36), 2.0, FAINT);
            }
            let width = frame.width() - indent;
            top = canvas.paragraph((frame.left + indent, top), width, style, paragraph)? + gap(style);
        }
        top += gap(style);
    }
    Ok(())
}

fn gap(style: TextStyle) -> f64 {
    style.size * 0.4
}

fn height(canvas: &Canvas, blocks: &[TextBlock], width: f64, style: TextStyle) -> Drawn<f64> {
    let mut height = 0.0;
    for TextBlock { heading, paragraphs, bullets } in blocks {
        height += if heading.is_empty() { 0.0 } else { HEADING } + gap(style);
        let width = if *bullets { width - BULLET } else { width };
        for paragraph in paragraphs.iter().filter(|paragraph| !paragraph.is_empty()) {
            height += canvas.height(width, style, paragraph)? + gap(style);
        }
    }
    Ok(height)
}
