//! Pictures: the briefing map, one page with everything a reader needs to judge it, as pixels or as vectors.

mod breakdown;
mod canvas;
mod context;
pub(super) mod density;
mod explanation;
mod history;
mod key;
mod labels;
mod lapse;
mod map;
mod marks;
mod multiples;
mod near;
mod panel;
mod pictures;
mod plane;
mod reporting;
mod sheet;
mod surface;
mod svg;
mod tiling;
mod world;

use std::io::Write;

use canvas::{Canvas, Rgb, Type};
pub(super) use explanation::write as write_explanation;
pub(crate) use lapse::Moving;
pub(super) use lapse::write_lapse;
pub(super) use multiples::write_series;
pub(super) use reporting::write as write_reporting;

use super::{Beside, Output, Page};
use crate::incident::Day;
use crate::invalid::Cause;
use crate::layer::{Layer, Provenance};

const INK: Rgb = [0x1e, 0x24, 0x2e];
const FAINT: Rgb = [0x5b, 0x64, 0x72];
/// Numbers of cells that stand out: a hue the score colours do not have.
const STANDING_OUT: Rgb = [0x1b, 0x4f, 0x8f];

/// Radius of a numbered mark.
const MARK: f64 = 12.0;

const HEAD: Type = Type { size: 20.0, bold: true, colour: INK };
const BODY: Type = Type { size: 16.0, bold: false, colour: INK };
const SMALL: Type = Type { size: 14.0, bold: false, colour: FAINT };

/// What a page is written as.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    Pixels,
    Vectors,
}

impl Form {
    /// Every form, by its extension.
    pub(super) const ALL: [(&'static str, Self); 2] = [("png", Self::Pixels), ("svg", Self::Vectors)];
}

/// A page as PNG.
#[derive(Debug)]
pub(super) struct Png;

/// A page as SVG.
#[derive(Debug)]
pub(super) struct Svg;

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
        let draw = |canvas: &Canvas| {
            let map = pictures::page(canvas, layer)?;
            Ok(map.map_or_else(Vec::new, |map| world::files(&map, canvas.scale())))
        };
        paint(out, layer, Form::Pixels, draw)
    }
}

impl Output for Svg {
    fn name(&self) -> &'static str {
        "svg"
    }

    fn about(&self) -> &'static str {
        "the same page as vectors, sharp at any size and searchable"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["svg"]
    }

    fn write(&self, layer: &Layer, out: &mut dyn Write) -> Result<(), Cause> {
        paint(out, layer, Form::Vectors, |canvas| pictures::page(canvas, layer)).map(drop)
    }
}

/// Draws a page of the size that a layer asks for, and writes it.
fn paint<T>(
    out: &mut dyn Write,
    layer: &Layer,
    form: Form,
    draw: impl Fn(&Canvas) -> Result<T, Cause>,
) -> Result<T, Cause> {
    paint_page(out, layer.view().page, &layer.provenance().title, form, draw)
}

/// Draws a page, and writes it.
fn paint_page<T>(
    out: &mut dyn Write,
    page: Page,
    title: &str,
    form: Form,
    draw: impl Fn(&Canvas) -> Result<T, Cause>,
) -> Result<T, Cause> {
    if let Form::Vectors = form {
        let (drawn, text) = Canvas::vectors(page, title, draw)?;
        out.write_all(text.as_bytes())?;
        return Ok(drawn);
    }
    let (drawn, pixels) = Canvas::pixels(page, draw)?;
    let mut encoder = png::Encoder::new(out, page.width(), page.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 300 pixels an inch")]
    let per_metre = (f64::from(page.dpi()) / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }));
    // Flat colours: filters would hide what repeats. Smaller by three tenths than the crate's own choice, and in half the time.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_deflate_compression(png::DeflateCompression::Level(4));
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(drawn)
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

/// What stands at the foot of every page about one date: counts, sources and method.
fn foot(layer: &Layer) -> Vec<String> {
    let provenance = layer.provenance();
    vec![counts(provenance), sources(layer), method(provenance)]
}

/// Whose reports, and whose data.
fn sources(layer: &Layer) -> String {
    const MOST: usize = 5;
    let sources = &layer.provenance().sources;
    let mut shares: Vec<(&str, f64)> = sources.iter().map(|(name, share)| (name.as_str(), *share)).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let rest: f64 = shares.iter().skip(MOST).map(|(_, share)| share).sum();
    let shown = shares.iter().take(MOST).map(|(name, share)| format!("{name} {}", percent(*share)));
    let others = (shares.len() > MOST).then(|| format!("{} others {}", shares.len() - MOST, percent(rest)));
    let shown: Vec<String> = shown.chain(others).collect();
    let reports = if shown.is_empty() { "no report known by then".to_owned() } else { shown.join(", ") };
    let attribution = layer.view().attribution.as_ref().map_or_else(String::new, |text| format!(" {text}"));
    format!("Reports from: {reports}.{attribution}")
}

fn counts(provenance: &Provenance) -> String {
    let reasons: Vec<String> =
        provenance.quarantined_by_code.iter().map(|(code, count)| format!("{code} {}", counted(*count))).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    format!(
        "Records: {} read = {} accepted + {} quarantined{reasons}; {} without position; {} recorded but without weight for tension; \
         {} outside {}; {} not yet known.",
        counted(provenance.read),
        counted(provenance.accepted),
        counted(provenance.quarantined),
        percent(provenance.unlocated_share),
        counted(provenance.without_weight),
        counted(provenance.outside_study_area),
        whole(provenance),
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
    let extent = extent(provenance);
    format!(
        "Method {} ({}): half intensity {anchor}{}; window {} to {} ({} covered days); {baseline}. {extent}; \
         days of {}; exact counts (profile {}); tensionmap {}.",
        provenance.method,
        provenance.method_hash,
        provenance.d_half_from,
        provenance.window.from,
        provenance.window.to,
        provenance.window.covered_days,
        provenance.time_zone,
        provenance.profile,
        provenance.tensionmap,
    )
}

/// What is scored.
fn places(provenance: &Provenance) -> &'static str {
    if provenance.resolution.is_some() { "cells" } else { "areas" }
}

/// All of what is scored.
fn whole(provenance: &Provenance) -> &'static str {
    if provenance.resolution.is_some() { "the study area" } else { "every area" }
}

/// How many of what are scored.
fn extent(provenance: &Provenance) -> String {
    let of_cells = provenance.resolution.map_or_else(String::new, |resolution| format!("H3 resolution {resolution}, "));
    format!("{of_cells}{} {}", provenance.study_cells, places(provenance))
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
