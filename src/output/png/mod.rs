//! PNG: the briefing map, one page with everything a reader needs to judge it.

mod breakdown;
mod canvas;
pub(super) mod density;
mod explanation;
mod history;
mod map;
mod marks;
mod multiples;
mod near;
mod panel;
mod surface;
mod world;

use std::io::Write;

use canvas::{Canvas, Rgb, Side, Type};
use h3o::CellIndex;
use map::{Frame, Map, Shown, Tiling};
pub(super) use multiples::write_series;

pub(super) use explanation::write as write_explanation;

use super::{Beside, Output};
use crate::error::Cause;
use crate::incident::Day;
use crate::layer::{Layer, Provenance};

/// A map page of 1600 × 1200 units, 16⅔ × 12½ inches.
#[derive(Debug)]
pub(super) struct Png;

/// Page units an inch: at as many pixels an inch, a unit is a pixel.
const UNITS_PER_INCH: f64 = 96.0;
const WIDTH: u32 = 1600;
const HEIGHT: u32 = 1200;
const MARGIN: f64 = 48.0;

const INK: Rgb = [0x1e, 0x24, 0x2e];
const FAINT: Rgb = [0x5b, 0x64, 0x72];
/// Numbers of cells that stand out: a hue the score colours do not have.
const STANDING_OUT: Rgb = [0x1b, 0x4f, 0x8f];

/// Radius of a numbered mark.
const MARK: f64 = 12.0;

const HEAD: Type = Type { size: 20.0, bold: true, colour: INK };
const BODY: Type = Type { size: 16.0, bold: false, colour: INK };
const SMALL: Type = Type { size: 14.0, bold: false, colour: FAINT };

impl Output for Png {
    fn name(&self) -> &'static str {
        "png"
    }

    fn about(&self) -> &'static str {
        "briefing map with legend, scale bar, explanation and caption"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["png"]
    }

    fn write(&self, layer: &Layer, out: &mut dyn Write) -> Result<(), Cause> {
        self.write_all(layer, out).map(drop)
    }

    fn write_all(&self, layer: &Layer, out: &mut dyn Write) -> Result<Vec<Beside>, Cause> {
        let cells: Vec<CellIndex> = layer.scores().cells.iter().map(|cell| cell.cell).collect();
        let map = Tiling::of(&cells).map(|tiling| Map::fit(&tiling, layer.outline(), MAP));
        paint(out, layer.dpi(), |canvas| page(canvas, layer, &cells, map.as_ref()))?;
        Ok(map.map_or_else(Vec::new, |map| world::files(map.projection(), layer.dpi())))
    }
}

/// Where the map is, or the maps are; and the words beside them.
const MAP: Frame = Frame { left: MARGIN, top: 128.0, right: 1088.0, bottom: 1068.0 };
const BESIDE: Frame = Frame { left: 1124.0, right: WIDTH as f64 - MARGIN, ..MAP };

/// Draws a page with so many pixels an inch, and writes it as PNG.
fn paint(out: &mut dyn Write, dpi: u16, draw: impl FnOnce(&Canvas) -> Result<(), Cause>) -> Result<(), Cause> {
    let dpi = f64::from(dpi);
    let ((width, height), pixels) = Canvas::page(WIDTH, HEIGHT, dpi / UNITS_PER_INCH, draw)?;
    let mut encoder = png::Encoder::new(out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 300 pixels an inch")]
    let per_metre = (dpi / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }));
    // Flat colours: filters would hide what repeats. Smaller by three tenths than the crate's own choice, and in half the time.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_deflate_compression(png::DeflateCompression::Level(4));
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(())
}

fn page(canvas: &Canvas, layer: &Layer, cells: &[CellIndex], map: Option<&Map<'_>>) -> Result<(), Cause> {
    let provenance = layer.provenance();
    sheet(canvas, provenance, &provenance.title, &subtitle(layer), BESIDE.right)?;
    let entries = panel::entries(canvas, layer, BESIDE)?;
    if let Some(map) = map {
        let scores = &layer.scores().cells;
        map.draw(canvas, |row| Shown::of(scores[row].status, scores[row].score, scores[row].sparse), 1.6);
        let row = |entry: &panel::Entry<'_>| cells.binary_search(&entry.cell.cell).unwrap_or(usize::MAX);
        let numbers: Vec<(usize, usize)> = (1..).zip(entries.iter().map(row)).collect();
        map.mark(canvas, &numbers, MARK)?;
        map.scale_bar(canvas, (MAP.right - MAP.left) / 4.0)?;
    }
    panel::draw(canvas, layer, &entries, BESIDE)
}

/// What every page about one date has: its head, and the caption on counts and method.
fn sheet(canvas: &Canvas, provenance: &Provenance, title: &str, subtitle: &str, right: f64) -> Result<(), Cause> {
    head(canvas, &provenance.marking, title, subtitle, right)?;
    caption(canvas, &[counts(provenance), method(provenance)])
}

/// Marking at top and bottom, title and what is below it, which end at `right`.
fn head(canvas: &Canvas, marking: &str, title: &str, subtitle: &str, right: f64) -> Result<(), Cause> {
    let (width, whole) = (right - MARGIN, f64::from(WIDTH) - 2.0 * MARGIN);
    for top in [12.0, f64::from(HEIGHT) - 30.0] {
        let style = Type { size: 17.0, bold: true, colour: INK };
        canvas.fitted((f64::from(WIDTH) / 2.0, top), Side::Centre, style, whole, marking)?;
    }
    canvas.fitted((MARGIN, 40.0), Side::Left, Type { size: 34.0, bold: true, colour: INK }, width, title)?;
    canvas.fitted((MARGIN, 88.0), Side::Left, Type { size: 19.0, bold: false, colour: FAINT }, width, subtitle)
}

/// A day in words.
fn long(day: Day) -> String {
    day.date().strftime("%-d %B %Y").to_string()
}

fn subtitle(layer: &Layer) -> String {
    let scores = layer.scores();
    let (from, to) = scores.window;
    let past = match scores.baseline {
        Some((from, _)) => format!("against each place's own past since {}", long(from)),
        None => "without a past to compare with".to_owned(),
    };
    format!("As of {}: reports of {} to {}, {past}", long(scores.as_of), long(from), long(to - 1))
}

fn caption(canvas: &Canvas, lines: &[String]) -> Result<(), Cause> {
    let style = Type { size: 13.0, ..SMALL };
    let mut top = 1080.0;
    for line in lines {
        top = canvas.paragraph((MARGIN, top), BESIDE.right - MARGIN, style, line)? + 2.0;
    }
    Ok(())
}

fn counts(provenance: &Provenance) -> String {
    let reasons: Vec<String> =
        provenance.quarantined_by_code.iter().map(|(code, count)| format!("{code} {}", counted(*count))).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    format!(
        "Records: {} read = {} accepted + {} quarantined{reasons}; {} without position; {} recorded but without weight for tension; \
         {} outside the study area; {} not yet known.",
        counted(provenance.read),
        counted(provenance.accepted),
        counted(provenance.quarantined),
        percent(provenance.unlocated_share),
        counted(provenance.without_weight),
        counted(provenance.outside_study_area),
        counted(provenance.not_known_at_as_of),
    )
}

fn method(provenance: &Provenance) -> String {
    let anchor = provenance.d_half.map_or_else(String::new, |d_half| format!("at {d_half} {}, ", provenance.density));
    let baseline = provenance.baseline.as_ref().map_or_else(
        || "no baseline".to_owned(),
        |span| {
            format!(
                "baseline {} to {} ({} covered days, dispersion {:.2})",
                span.from, span.to, span.covered_days, provenance.dispersion
            )
        },
    );
    format!(
        "Method {} ({}): half intensity {anchor}{}; window {} to {} ({} covered days); {baseline}. H3 resolution {}, {} cells; \
         days of {}; exact counts (profile {}); tensionmap {}.",
        provenance.method,
        provenance.method_hash,
        provenance.d_half_from,
        provenance.window.from,
        provenance.window.to,
        provenance.window.covered_days,
        provenance.resolution,
        provenance.study_cells,
        provenance.time_zone,
        provenance.profile,
        provenance.tensionmap,
    )
}

/// A count with thin groups of three.
fn counted(n: u64) -> String {
    let digits = n.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// A share as a percentage, one digit below ten.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent == 0.0 || percent >= 10.0 { format!("{percent:.0}%") } else { format!("{percent:.1}%") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_shares_read_well() {
        assert_eq!((counted(7), counted(1234), counted(141_592)), ("7".into(), "1,234".into(), "141,592".into()));
        assert_eq!((percent(0.0), percent(0.0249), percent(0.5)), ("0%".into(), "2.5%".into(), "50%".into()));
    }
}
