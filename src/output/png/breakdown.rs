//! Parts of an intensity as bars, and columns of words that shrink rather than lose a line.

use super::canvas::{Canvas, Rgb, Side, Type};
use super::tiling::Frame;
use super::{FAINT, HEAD, INK, SMALL, percent};
use crate::invalid::Cause;
use crate::numbers::at_most;
use crate::score::IntensityPart;

const BAR: Rgb = [0x7d, 0x98, 0xb8];
const TROUGH: Rgb = [0xec, 0xee, 0xf1];
const ROW: f64 = 22.0;
/// Most parts that are named; the rest are summed up.
const MOST: usize = 6;

/// Draws a breakdown; returns where the next would start.
pub(super) fn draw(canvas: &Canvas, heading: &str, parts: &[IntensityPart], frame: Frame) -> Result<f64, Cause> {
    let Frame { left, right, mut top, .. } = frame;
    let (reports, mass, share) = (right, right - 58.0, right - 118.0);
    let bar = (left + 126.0, right - 166.0);
    let small = Type { size: 12.0, ..SMALL };
    canvas.fitted((left, top), Side::Left, HEAD, share - left - 40.0, heading)?;
    for (at, text) in [(share, "share"), (mass, "mass"), (reports, "reports")] {
        canvas.text((at, top + 6.0), Side::Right, small, text)?;
    }
    top += 28.0;
    let style = Type { size: 14.0, bold: false, colour: INK };
    if parts.is_empty() {
        canvas.text((left, top), Side::Left, Type { colour: FAINT, ..style }, "no report that counts")?;
        top += ROW;
    }
    for part in shown(parts) {
        canvas.label((left, top), Side::Left, style, bar.0 - left - 6.0, &part.label())?;
        canvas.block((bar.0, top - 2.0), (bar.1, top + 11.0), TROUGH);
        let filled = bar.0 + part.share.clamp(0.0, 1.0) * (bar.1 - bar.0);
        canvas.block((bar.0, top - 2.0), (filled, top + 11.0), BAR);
        let values = [(share, percent(part.share)), (mass, format!("{:.2}", part.mass))];
        for (at, text) in values.into_iter().chain([(reports, at_most(part.reports, 1).to_string())]) {
            canvas.fitted((at, top), Side::Right, style, 56.0, &text)?;
        }
        top += ROW;
    }
    Ok(top + 10.0)
}

/// The largest parts, and the others as one.
fn shown(parts: &[IntensityPart]) -> Vec<IntensityPart> {
    if parts.len() <= MOST {
        return parts.to_vec();
    }
    let (shown, others) = parts.split_at(MOST - 1);
    let sum = |value: fn(&IntensityPart) -> f64| others.iter().map(value).sum();
    let rest = IntensityPart {
        name: format!("{} others", others.len()),
        reports: sum(|part| part.reports),
        in_window: sum(|part| part.in_window),
        mass: sum(|part| part.mass),
        share: sum(|part| part.share),
    };
    shown.iter().cloned().chain([rest]).collect()
}

/// A heading, which may be empty, and what is said under it.
pub(super) struct Words {
    pub(super) heading: &'static str,
    pub(super) paragraphs: Vec<String>,
    pub(super) bullets: bool,
}

const HEADING: f64 = 28.0;
const BULLET: f64 = 14.0;

/// Sets words into a column, as large as they fit and at most as large as the page's small print.
pub(super) fn words(canvas: &Canvas, words: &[Words], frame: Frame) -> Result<(), Cause> {
    let mut style = Type { size: 15.0, bold: false, colour: INK };
    let room = frame.bottom - frame.top;
    while style.size > 6.0 && height(canvas, words, frame.right - frame.left, style)? > room {
        style.size -= 0.5;
    }
    let mut top = frame.top;
    for Words { heading, paragraphs, bullets } in words {
        if !heading.is_empty() {
            canvas.text((frame.left, top), Side::Left, HEAD, heading)?;
            top += HEADING;
        }
        let indent = if *bullets { BULLET } else { 0.0 };
        for paragraph in paragraphs.iter().filter(|paragraph| !paragraph.is_empty()) {
            if *bullets {
                canvas.disk((frame.left + 4.0, top + style.size * 0.36), 2.0, FAINT);
            }
            let width = frame.right - frame.left - indent;
            top = canvas.paragraph((frame.left + indent, top), width, style, paragraph)? + gap(style);
        }
        top += gap(style);
    }
    Ok(())
}

fn gap(style: Type) -> f64 {
    style.size * 0.4
}

fn height(canvas: &Canvas, words: &[Words], width: f64, style: Type) -> Result<f64, Cause> {
    let mut height = 0.0;
    for Words { heading, paragraphs, bullets } in words {
        height += if heading.is_empty() { 0.0 } else { HEADING } + gap(style);
        let width = if *bullets { width - BULLET } else { width };
        for paragraph in paragraphs.iter().filter(|paragraph| !paragraph.is_empty()) {
            height += canvas.height(width, style, paragraph)? + gap(style);
        }
    }
    Ok(height)
}
