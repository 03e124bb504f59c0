//! The page of a density surface, and counts by pixel.

use geo::{Coord, Rect};

use super::layout::{PageLayout, PageTexts};
use super::style::{BODY, BORDER, HEAD};
use super::words::{attribution, counted, long_date, reasons};
use super::{Drawing, Pictured, prose};
use crate::density::PixelCounts;
use crate::draw::canvas::{At, Canvas, Centre, Drawn, FAINT, INK, Left, PageRect, Rgb, TextStyle, rectangle};
use crate::draw::map::{FittedMap, PageTransform, Tiling};
use crate::layer::{DensityLayer, Palette};

/// Colour of hidden parts: a grey that the ramp does not have, so that they do not look like few reports.
const BLANK: Rgb = [0xee, 0xf0, 0xf2];

/// Height of the strip with the scale bar.
const BAR: f64 = 56.0;

impl Pictured for DensityLayer {
    const PAGE: &'static str = "kernel density surface with legend and caption";

    fn drawing(&self) -> Drawing<'_> {
        let draw = |canvas: &Canvas| draw_page(canvas, self).map(Some);
        Drawing { view: &self.view, marking: &self.marking, title: &self.title, draw: Box::new(draw) }
    }
}

fn draw_page(canvas: &Canvas, layer: &DensityLayer) -> Drawn<PageTransform> {
    let (from, to) = layer.window;
    let subtitle = format!(
        "Density of reports, not tension: reports of {} to {}, known by {}",
        long_date(from),
        long_date(to - 1),
        long_date(layer.as_of)
    );
    let limits = limits(layer);
    let foot = [records(layer), method(layer)];
    let min_heights = |width: f64| Ok([KEY, prose::height_of_bullets(canvas, &limits, width)?]);
    let (page, marking, title) = (layer.view.page, &layer.marking, &layer.title);
    let texts =
        PageTexts { page, marking, title, subtitle: &subtitle, foot: &foot, reserved: 0.0, min_heights: &min_heights };
    let page = PageLayout::draw(canvas, &texts)?;
    let [west, south, east, north] = layer.density.frame().edges();
    let bounds = Rect::new(Coord { x: west, y: south }, Coord { x: east, y: north });
    let tiling = Tiling::empty(bounds, east > std::f64::consts::PI);
    // The scale bar has a strip of its own: on the surface it would hide a part.
    let map = FittedMap::fit(&tiling, layer.outline.as_ref(), PageRect { bottom: page.map.bottom - BAR, ..page.map });
    surface(canvas, layer, &map);
    let (left, top) = (page.map.left + 30.0, page.map.bottom - 16.0);
    let (middle, foot) = (page.map.left + 8.0, top - 6.0);
    canvas.fill(&[(middle, foot - 20.0), (middle + 6.0, foot), (middle, foot - 5.0), (middle - 6.0, foot)], INK);
    canvas.text((middle, foot + 3.0), Centre, TextStyle { size: 13.0, bold: true, colour: INK }, "N")?;
    map.plain_bar(canvas, (left, top), page.map.width() / 4.0)?;
    let top = legend(canvas, layer, page.words())?;
    prose::bullets(canvas, "What this does not say", &limits, page.more_words(top + 22.0))?;
    Ok(map.transform)
}

/// The colour of a share of the maximum.
fn colour(layer: &DensityLayer, share: f64) -> Rgb {
    layer.view.palette.unwrap_or(Palette::DENSITY).at(share)
}

/// Paints the surface pixel by pixel of the page, and the boundary over it.
fn surface(canvas: &Canvas, layer: &DensityLayer, map: &FittedMap<'_>) {
    let [west, south, east, north] = layer.density.frame().edges();
    let transform = map.transform;
    let corners = [Coord { x: west, y: north }, Coord { x: east, y: south }].map(|corner| transform.place(corner));
    let max = layer.density.max();
    canvas.shade(corners[0], corners[1], |at: At| {
        let flat = transform.on_plane(at);
        let value =
            layer.density.at(layer.density.frame().place(flat.x, flat.y)).filter(|value| *value >= layer.min_reports);
        value.map_or(BLANK, |value| colour(layer, value / max))
    });
    map.border(canvas, BORDER);
}

/// Height of the scale, and of all of the key.
const HIGH: f64 = 240.0;
const KEY: f64 = 40.0 + HIGH + 22.0 + 60.0 + 28.0 + 22.0;

/// Draws a continuous scale from 0 to the maximum, with round numbers beside it; returns the lower end.
fn legend(canvas: &Canvas, layer: &DensityLayer, frame: PageRect) -> Drawn<f64> {
    let PageRect { left, mut top, right, .. } = frame;
    canvas.fitted((left, top), Left, HEAD, right - left, "Reports per km² in these days")?;
    top += 40.0;
    let (max, min) = (layer.density.max(), layer.min_reports);
    if max >= min {
        let high = |value: f64| top + HIGH * (1.0 - value / max);
        canvas.shade((left, top), (left + 30.0, top + HIGH), |(_, y)| {
            let share = 1.0 - (y - top) / HIGH;
            if share * max >= min { colour(layer, share) } else { BLANK }
        });
        canvas.outline(&rectangle((left, top), (left + 30.0, top + HIGH)), FAINT, 1.0);
        let top_value = max * layer.density.per_km2();
        let step = round_step(top_value / 5.0);
        let ticks = std::iter::successors(Some(0.0), |tick| Some(tick + step)).take_while(|tick| *tick <= top_value);
        for tick in ticks {
            let y = high(tick / layer.density.per_km2());
            canvas.line(&[(left + 30.0, y), (left + 37.0, y)], INK, 1.0);
            canvas.text((left + 44.0, y - 6.0), Left, BODY, &trimmed(tick))?;
        }
        top += HIGH + 22.0;
    }
    canvas.block((left, top), (left + 30.0, top + 20.0), BLANK);
    let few = format!("not drawn: fewer than {} reports, weighted by the kernel", trimmed(min));
    let mut end = canvas.paragraph((left + 44.0, top + 3.0), right - left - 44.0, BODY, &few)? + 8.0;
    if layer.outline.is_some() {
        canvas.line(&[(left, end + 7.0), (left + 30.0, end + 7.0)], INK, 1.6);
        canvas.text((left + 44.0, end), Left, BODY, "boundary of the study area")?;
        end += 28.0;
    }
    Ok(end)
}

/// The next of 1, 2 or 5 times a power of ten.
fn round_step(min: f64) -> f64 {
    let power = 10_f64.powf(min.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| *step >= min).unwrap_or(min)
}

/// A number with at most three digits after the point, without trailing zeros.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Limits of what the surface shows.
fn limits(layer: &DensityLayer) -> Vec<String> {
    let min = trimmed(layer.min_reports);
    let limits = [
        "How tense a place is: every report counts as one, whatever it tells of and however old it is within these days."
            .to_owned(),
        "Where people are at more risk: there are more reports where there are more people, and where more of them report."
            .to_owned(),
        "Where exactly: a report is spread over the whole bandwidth, and a few reports make a round blob that is no hot spot."
            .to_owned(),
        format!(
            "Anything of blank places: fewer than {min} reports about them are not drawn, as single ones can show where one \
             person lives. One person who reports often can still make a blob."
        ),
    ];
    layer.above_limit.iter().cloned().chain(limits).collect()
}

fn records(layer: &DensityLayer) -> String {
    let DensityLayer { read, accepted, quarantined, used, density, .. } = layer;
    let [read, accepted, quarantined, used, near] =
        [*read, *accepted, *quarantined, *used, density.points()].map(counted);
    let (reasons, as_of) = (reasons(&layer.quarantined_by_code), long_date(layer.as_of));
    let attribution = attribution(&layer.view, &layer.attributions);
    format!(
        "Records: {read} read = {accepted} accepted + {quarantined} quarantined{reasons}. {used} of the accepted are of these days \
         and were known by {as_of}; {near} of them lie on this map or within reach of it.{attribution}"
    )
}

fn method(layer: &DensityLayer) -> String {
    let (density, frame) = (&layer.density, layer.density.frame());
    let tenths = |value: f64| trimmed((value * 10.0).round() / 10.0);
    let (bandwidth, pixel) = (trimmed(density.bandwidth()), tenths(frame.metres(frame.height() / 2)));
    let [width, height] = [frame.width(), frame.height()].map(|pixels| counted(pixels as u64));
    let (error, max) = (100.0 * density.error_bound(), tenths(density.max() * density.per_km2()));
    format!(
        "Method: quartic kernel (1 − d²/r²)², bandwidth r = {bandwidth} m; {width} × {height} pixels of {pixel} m in the middle row \
         of a Web Mercator map; error at most {error:.2}% of the peak of a report, for each one near. Every report counts as 1. \
         Highest: {max} reports per km². tensionmap {}.",
        env!("CARGO_PKG_VERSION"),
    )
}

/// Counts of reports by pixel, as numbers of a palette.
pub(crate) struct CountRaster {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Rows from the top left, one byte a pixel.
    pub(crate) pixels: Vec<u8>,
    /// White for none, then light to dark by the logarithm of the count.
    pub(crate) palette: [Rgb; 256],
}

impl CountRaster {
    pub(crate) fn of(counts: &PixelCounts) -> Self {
        let frame = counts.frame();
        let max = f64::from(counts.values().iter().copied().max().unwrap_or_default());
        let scale = 254.0 / max.max(2.0).ln();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
        let index = |count: u32| if count == 0 { 0 } else { 1 + (f64::from(count).ln() * scale) as u8 };
        // Most pixels have few reports.
        let few: Vec<u8> = (0..1024).map(index).collect();
        let of_count = |&count: &u32| few.get(count as usize).copied().unwrap_or_else(|| index(count));
        let pixels = counts.values().iter().map(of_count).collect();
        let mut palette = [[255; 3]; 256];
        for (step, colour) in palette.iter_mut().skip(1).enumerate() {
            *colour = Palette::DENSITY.at(step as f64 / 254.0);
        }
        Self { width: frame.width(), height: frame.height(), pixels, palette }
    }
}
