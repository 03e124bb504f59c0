//! The density of reports: a smooth surface on a page, and plain points by pixel.

use std::io::Write;

use geo::{Coord, Rect};

use super::canvas::{At, Canvas, Rgb, Side, Type};
use super::key::HEADING;
use super::map::Map;
use super::sheet::{Sheet, Texts};
use super::tiling::{Frame, Tiling};
use super::{BODY, FAINT, Form, HEAD, INK, SMALL, counted, long, paint_page, world};
use crate::density::PixelCounts;
use crate::invalid::Cause;
use crate::layer::DensityLayer as DensityMap;
use crate::layer::Palette;
use crate::output::Beside;

/// Where nothing is shown: a grey that the ramp does not have, so that it does not look like few.
const BLANK: Rgb = [0xee, 0xf0, 0xf2];

/// Draws the page, and makes the small files that say where it lies.
pub(in crate::output) fn write(map: &DensityMap, form: Form, out: &mut dyn Write) -> Result<Vec<Beside>, Cause> {
    let beside = paint_page(out, map.view.page, &map.title, form, |canvas| {
        let placed = page(canvas, map)?;
        Ok(world::files(placed.projection(), canvas.scale()))
    })?;
    Ok(if matches!(form, Form::Pixels) { beside } else { Vec::new() })
}

/// Height of the strip with the scale bar.
const BAR: f64 = 56.0;

fn page<'a>(canvas: &Canvas, map: &'a DensityMap) -> Result<Map<'a>, Cause> {
    let (from, to) = map.window;
    let subtitle = format!(
        "Density of reports, not tension: reports of {} to {}, known by {}",
        long(from),
        long(to - 1),
        long(map.as_of)
    );
    let unsaid = unsaid(map);
    let needs = |width: f64| {
        let unsaid = unsaid
            .iter()
            .try_fold(HEADING, |high, line| Ok::<f64, Cause>(high + canvas.height(width - 16.0, SMALL, line)? + 4.0));
        Ok([KEY, unsaid?])
    };
    let texts =
        Texts { title: &map.title, subtitle: &subtitle, foot: &[records(map), method(map)], taken: 0.0, needs: &needs };
    let sheet = Sheet::lay(canvas, map.view.page, &map.marking, &texts)?;
    let [west, south, east, north] = map.density.frame().edges();
    let bounds = Rect::new(Coord { x: west, y: south }, Coord { x: east, y: north });
    let tiling = Tiling::bare(bounds, east > std::f64::consts::PI);
    // The bar has a strip of its own: on the surface it would hide some.
    let placed = Map::fit(&tiling, map.outline.as_ref(), Frame { bottom: sheet.map.bottom - BAR, ..sheet.map });
    surface(canvas, map, &placed);
    let (left, top) = (sheet.map.left + 30.0, sheet.map.bottom - 16.0);
    let (middle, foot) = (sheet.map.left + 8.0, top - 6.0);
    canvas.fill(&[(middle, foot - 20.0), (middle + 6.0, foot), (middle, foot - 5.0), (middle - 6.0, foot)], INK);
    canvas.text((middle, foot + 3.0), Side::Centre, Type { size: 13.0, bold: true, colour: INK }, "N")?;
    placed.plain_bar(canvas, (left, top), (sheet.map.right - sheet.map.left) / 4.0)?;
    let top = legend(canvas, map, sheet.words())?;
    let Frame { left, mut top, right, .. } = sheet.more_words(top + 22.0);
    canvas.text((left, top), Side::Left, HEAD, "What this does not say")?;
    top += HEADING;
    for line in unsaid {
        canvas.disk((left + 5.0, top + 5.0), 2.0, FAINT);
        top = canvas.paragraph((left + 16.0, top), right - left - 16.0, SMALL, &line)? + 4.0;
    }
    Ok(placed)
}

/// The colour of a share of the most.
fn colour(map: &DensityMap, share: f64) -> Rgb {
    map.view.palette.unwrap_or(Palette::DENSITY).at(share)
}

/// Paints the surface pixel by pixel of the page, and the boundary over it.
fn surface(canvas: &Canvas, map: &DensityMap, placed: &Map<'_>) {
    let [west, south, east, north] = map.density.frame().edges();
    let projection = placed.projection();
    let corners = [Coord { x: west, y: north }, Coord { x: east, y: south }].map(|corner| projection.place(corner));
    let most = map.density.max();
    canvas.shade(corners[0], corners[1], |at: At| {
        let flat = projection.on_plane(at);
        let value = map.density.at(map.density.frame().place(flat.x, flat.y)).filter(|value| *value >= map.min_reports);
        value.map_or(BLANK, |value| colour(map, value / most))
    });
    placed.border(canvas, 1.6);
}

/// Height of the scale, and of all of the key.
const HIGH: f64 = 240.0;
const KEY: f64 = 40.0 + HIGH + 22.0 + 60.0 + 28.0 + 22.0;

/// A continuous scale from nothing to the most, with round numbers beside it; returns where it ends.
fn legend(canvas: &Canvas, map: &DensityMap, frame: Frame) -> Result<f64, Cause> {
    let Frame { left, mut top, right, .. } = frame;
    canvas.fitted((left, top), Side::Left, HEAD, right - left, "Reports per km² in these days")?;
    top += 40.0;
    let (most, least) = (map.density.max(), map.min_reports);
    if most >= least {
        let high = |value: f64| top + HIGH * (1.0 - value / most);
        canvas.shade((left, top), (left + 30.0, top + HIGH), |(_, y)| {
            let share = 1.0 - (y - top) / HIGH;
            if share * most >= least { colour(map, share) } else { BLANK }
        });
        canvas.outline(&[(left, top), (left + 30.0, top), (left + 30.0, top + HIGH), (left, top + HIGH)], FAINT, 1.0);
        let top_value = most * map.density.per_km2();
        let step = round_step(top_value / 5.0);
        let ticks = std::iter::successors(Some(0.0), |tick| Some(tick + step)).take_while(|tick| *tick <= top_value);
        for tick in ticks {
            let y = high(tick / map.density.per_km2());
            canvas.line(&[(left + 30.0, y), (left + 37.0, y)], INK, 1.0);
            canvas.text((left + 44.0, y - 6.0), Side::Left, BODY, &shown(tick))?;
        }
        top += HIGH + 22.0;
    }
    canvas.block((left, top), (left + 30.0, top + 20.0), BLANK);
    let few = format!("not drawn: fewer than {} reports, weighted by the kernel", shown(least));
    let mut end = canvas.paragraph((left + 44.0, top + 3.0), right - left - 44.0, BODY, &few)? + 8.0;
    if map.outline.is_some() {
        canvas.line(&[(left, end + 7.0), (left + 30.0, end + 7.0)], INK, 1.6);
        canvas.text((left + 44.0, end), Side::Left, BODY, "boundary of the study area")?;
        end += 28.0;
    }
    Ok(end)
}

/// 1, 2 or 5 times a power of ten, at least so much.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| *step >= least).unwrap_or(least)
}

/// A number without needless digits.
fn shown(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What a reader must not take from it.
fn unsaid(map: &DensityMap) -> [String; 4] {
    let least = shown(map.min_reports);
    [
        "How tense a place is: every report counts as one, whatever it tells of and however old it is within these days."
            .to_owned(),
        "Where people are at more risk: there are more reports where there are more people, and where more of them report."
            .to_owned(),
        "Where exactly: a report is spread over the whole bandwidth, and a few reports make a round blob that is no hot spot."
            .to_owned(),
        format!(
            "Anything of blank places: fewer than {least} reports about them are not drawn, as single ones can show where one \
             person lives. One person who reports often can still make a blob."
        ),
    ]
}

fn records(map: &DensityMap) -> String {
    let ledger = &map.ledger;
    let reasons: Vec<String> =
        ledger.codes().iter().map(|(code, count)| format!("{code} {}", counted(*count))).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    format!(
        "Records: {} read = {} accepted + {} quarantined{reasons}. {} of the accepted are of these days and were known by {}; {} of \
         them lie on this map or within reach of it.",
        counted(ledger.read()),
        counted(ledger.accepted()),
        counted(ledger.quarantined()),
        counted(map.used),
        long(map.as_of),
        counted(map.density.points()),
    )
}

fn method(map: &DensityMap) -> String {
    let density = &map.density;
    let frame = density.frame();
    format!(
        "Method: quartic kernel (1 − d²/r²)², bandwidth r = {} m; {} × {} pixels of {} m in the middle row of a Web Mercator map; \
         error at most {:.2}% of the peak of a report, for each one near. Every report counts as 1. Highest: {} reports per km². \
         tensionmap {}.",
        shown(density.bandwidth()),
        counted(frame.width() as u64),
        counted(frame.height() as u64),
        shown((frame.metres(frame.height() / 2) * 10.0).round() / 10.0),
        100.0 * density.error_bound(),
        shown((density.max() * density.per_km2() * 10.0).round() / 10.0),
        env!("CARGO_PKG_VERSION"),
    )
}

/// Points by pixel as a bare picture, with a palette of 256 colours: white for none, then by the logarithm of the count.
pub(in crate::output) fn write_counts(counts: &PixelCounts, out: &mut dyn Write) -> Result<(), Cause> {
    let frame = counts.frame();
    let most = f64::from(counts.values().iter().copied().max().unwrap_or_default());
    let scale = 254.0 / most.max(2.0).ln();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
    let index = |count: u32| if count == 0 { 0 } else { 1 + (f64::from(count).ln() * scale) as u8 };
    // Most pixels have few.
    let few: Vec<u8> = (0..1024).map(index).collect();
    let pixels = counts.values().iter().map(|&count| few.get(count as usize).copied().unwrap_or_else(|| index(count)));
    let pixels: Vec<u8> = pixels.collect();
    let palette = std::iter::once([255; 3]).chain((0..255).map(|step| Palette::DENSITY.at(f64::from(step) / 254.0)));
    let (width, height) = (u32::try_from(frame.width())?, u32::try_from(frame.height())?);
    let mut encoder = png::Encoder::new(out, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.flatten().collect::<Vec<u8>>());
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_deflate_compression(png::DeflateCompression::FdeflateUltraFast);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(())
}
