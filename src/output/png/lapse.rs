//! A series as a moving picture: one page a date, of which only what changes is kept.

use std::io::Write;

use rustc_hash::FxHashMap;

use super::canvas::{Canvas, Side, Type};
use super::key::HEADING;
use super::map::Map;
use super::multiples::{self, in_words, moment, time_line};
use super::panel::{self, GAP};
use super::sheet::{Sheet, Texts};
use super::tiling::{Frame, Tiling};
use super::{BODY, HEAD, INK, SMALL, counts, long, sources};
use crate::invalid::Cause;
use crate::layer::Layer;
use crate::score::Series;

/// What a moving picture is written as.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moving {
    /// 256 colours; opens anywhere.
    Gif,
    /// Every colour; opens in browsers.
    Apng,
}

/// How long a date stays, and the last one, in hundredths of a second.
const STAYS: u16 = 60;
const LAST_STAYS: u16 = 300;
/// Most dates: more is a film.
const MOST: usize = 400;

/// Writes a series as a moving picture. `layer` is its last date.
pub(in super::super) fn write_lapse(
    series: &Series,
    layer: &Layer,
    form: Moving,
    out: &mut dyn Write,
) -> Result<(), Cause> {
    let dates = series.dates.len();
    if dates > MOST {
        return Err(format!(
            "a moving picture shows at most {MOST} dates, not {dates}; take longer steps with --every"
        )
        .into());
    }
    let tiling = Tiling::of(&series.cells, layer.view().plane)?;
    let page = layer.view().page;
    let draw = |index: usize| {
        let drawn = Canvas::pixels(page, |canvas| frame(canvas, series, layer, tiling.as_ref(), index))?;
        Ok::<Vec<u8>, Cause>(drawn.1)
    };
    let stays = |index: usize| if index + 1 == dates { LAST_STAYS } else { STAYS };
    let width = page.width() as usize;
    match form {
        Moving::Gif => {
            // All that is ever shown is on the last page or on the first: the key has every class.
            let palette = Colours::of([&draw(0)?, &draw(dates - 1)?]);
            let side = |pixels: u32| {
                u16::try_from(pixels).map_err(|error| format!("a GIF is at most 65,535 pixels wide: {error}"))
            };
            let mut encoder = gif::Encoder::new(out, side(page.width())?, side(page.height())?, &palette.bytes())?;
            encoder.set_repeat(gif::Repeat::Infinite)?;
            let mut nearest = FxHashMap::default();
            each_change(dates, width, draw, |index, part, pixels| {
                let indices = pixels.iter().map(|&colour| palette.nearest(colour, &mut nearest));
                let mut frame =
                    gif::Frame::from_indexed_pixels(part.width, part.height, indices.collect::<Vec<u8>>(), None);
                (frame.left, frame.top, frame.delay) = (part.left, part.top, stays(index));
                Ok(encoder.write_frame(&frame)?)
            })
        }
        Moving::Apng => {
            let mut encoder = png::Encoder::new(out, page.width(), page.height());
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_depth(png::BitDepth::Eight);
            encoder.set_filter(png::Filter::NoFilter);
            encoder.set_deflate_compression(png::DeflateCompression::Level(4));
            encoder.set_animated(u32::try_from(dates)?, 0)?;
            let mut writer = encoder.write_header()?;
            each_change(dates, width, draw, |index, part, pixels| {
                writer.set_frame_delay(stays(index), 100)?;
                writer.reset_frame_position()?;
                writer.set_frame_dimension(part.width.into(), part.height.into())?;
                writer.set_frame_position(part.left.into(), part.top.into())?;
                Ok(writer.write_image_data(pixels.as_flattened())?)
            })?;
            Ok(writer.finish()?)
        }
    }
}

/// How a moving picture is read.
const READING: &str = "Each date sees only what was known by then. One anchor and one key for all dates; a cell without \
                       reports is hatched, which is not calm.";

/// The page of one date.
fn frame(canvas: &Canvas, series: &Series, layer: &Layer, tiling: Option<&Tiling>, index: usize) -> Result<(), Cause> {
    let provenance = layer.provenance();
    let foot = [counts(provenance), sources(layer), multiples::method(series, provenance)];
    let needs = |width: f64| {
        let reading = HEADING + canvas.height(width, SMALL, READING)? + GAP;
        let unknowns = panel::height_of_unknowns(canvas, provenance, width)?;
        Ok([multiples::height_of_key(series, layer), reading + unknowns])
    };
    let subtitle = multiples::subtitle(series, &[]);
    let texts = Texts { title: &provenance.title, subtitle: &subtitle, foot: &foot, taken: 0.0, needs: &needs };
    let sheet = Sheet::lay(canvas, layer.view().page, &provenance.marking, &texts)?;
    let Frame { left, top, right, .. } = sheet.map;
    let day = Type { size: 26.0, bold: true, colour: INK };
    canvas.text((left, top), Side::Left, day, &long(series.dates[index].windows.as_of))?;
    canvas.fitted((left, top + 32.0), Side::Left, BODY, (right - left) / 2.0, &in_words(series, layer, index))?;
    if let Some(tiling) = tiling {
        let map = Map::fit(tiling, layer.outline(), Frame { top: top + 52.0, ..sheet.map });
        moment(canvas, &map, series, layer, (1.0, index));
        map.scale_bar(canvas, (right - left) / 4.0, layer.context_layers().is_empty())?;
    }
    let words = sheet.words();
    let top = multiples::key(canvas, series, layer, words)? + GAP;
    let top = time_line(canvas, series, layer.legend(), (&[index], "▲ this date"), Frame { top, ..words })? + GAP;
    let more = sheet.more_words(top);
    canvas.text((more.left, more.top), Side::Left, HEAD, "How to read it")?;
    let end = canvas.paragraph((more.left, more.top + HEADING), more.right - more.left, SMALL, READING)?;
    panel::not_known(canvas, layer, "What is not known, as of the last date", Frame { top: end + GAP, ..more })
}

/// A rectangle of a page, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    left: u16,
    top: u16,
    width: u16,
    height: u16,
}

/// Draws date after date and shows what is not as it was: all of the first page, and at least a pixel of every other.
fn each_change(
    dates: usize,
    width: usize,
    draw: impl Fn(usize) -> Result<Vec<u8>, Cause>,
    mut show: impl FnMut(usize, Part, &[[u8; 3]]) -> Result<(), Cause>,
) -> Result<(), Cause> {
    let mut before: Vec<u8> = Vec::new();
    for index in 0..dates {
        let now = draw(index)?;
        let part = changed(before.as_chunks().0, now.as_chunks().0, width)?;
        let rows = now.as_chunks::<3>().0.chunks(width).skip(part.top.into()).take(part.height.into());
        let pixels: Vec<[u8; 3]> =
            rows.flat_map(|row| &row[part.left.into()..][..part.width.into()]).copied().collect();
        show(index, part, &pixels)?;
        before = now;
    }
    Ok(())
}

/// The least rectangle that holds every pixel that changed; all, where there was nothing.
fn changed(before: &[[u8; 3]], now: &[[u8; 3]], width: usize) -> Result<Part, Cause> {
    let (mut left, mut right, mut top, mut bottom) = (width, 0, usize::MAX, 0);
    for (row, pixels) in now.chunks(width).enumerate() {
        let old = before.get(row * width..(row + 1) * width).unwrap_or_default();
        let differs = |column: &usize| old.get(*column) != Some(&pixels[*column]);
        if let (Some(first), Some(last)) = ((0..width).find(differs), (0..width).rfind(differs)) {
            (left, right, top, bottom) = (left.min(first), right.max(last + 1), top.min(row), row + 1);
        }
    }
    if right == 0 {
        (left, right, top, bottom) = (0, 1, 0, 1);
    }
    let side = |pixels: usize| u16::try_from(pixels);
    Ok(Part { left: side(left)?, top: side(top)?, width: side(right - left)?, height: side(bottom - top)? })
}

/// At most 256 colours.
struct Colours(Vec<[u8; 3]>);

impl Colours {
    /// Those that most pixels have.
    fn of(pages: [&Vec<u8>; 2]) -> Self {
        let mut counts: FxHashMap<[u8; 3], usize> = FxHashMap::default();
        for colour in pages.iter().flat_map(|page| page.as_chunks::<3>().0) {
            *counts.entry(*colour).or_default() += 1;
        }
        let mut colours: Vec<([u8; 3], usize)> = counts.into_iter().collect();
        // Of equally many, the darker first: whatever the order of the map.
        colours.sort_unstable_by_key(|&(colour, count)| (std::cmp::Reverse(count), colour));
        Self(colours.into_iter().take(256).map(|(colour, _)| colour).collect())
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.concat()
    }

    /// The number of the nearest one, which is remembered.
    fn nearest(&self, colour: [u8; 3], known: &mut FxHashMap<[u8; 3], u8>) -> u8 {
        *known.entry(colour).or_insert_with(|| {
            let apart = |other: &[u8; 3]| {
                other.iter().zip(colour).map(|(a, b)| (i32::from(*a) - i32::from(b)).pow(2)).sum::<i32>()
            };
            let place = (0..self.0.len()).min_by_key(|&place| apart(&self.0[place])).unwrap_or_default();
            u8::try_from(place).unwrap_or_default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_found() {
        let before = vec![[0, 0, 0]; 12];
        let mut now = before.clone();
        (now[5], now[10]) = ([1, 0, 0], [0, 0, 2]);
        let part = |before: &[[u8; 3]], now: &[[u8; 3]]| changed(before, now, 4).expect("a part");
        assert_eq!(part(&before, &now), Part { left: 1, top: 1, width: 2, height: 2 });
        assert_eq!(part(&[], &now), Part { left: 0, top: 0, width: 4, height: 3 });
        assert_eq!(part(&now, &now), Part { left: 0, top: 0, width: 1, height: 1 });
    }

    #[test]
    fn the_nearest_colour_is_the_same_where_there_is_one() {
        let page = [[9_u8, 9, 9], [9, 9, 9], [200, 0, 0]].concat();
        let colours = Colours::of([&page, &page]);
        let mut known = FxHashMap::default();
        assert_eq!(colours.0, [[9, 9, 9], [200, 0, 0]]);
        assert_eq!((colours.nearest([9, 9, 9], &mut known), colours.nearest([180, 20, 5], &mut known)), (0, 1));
    }
}
