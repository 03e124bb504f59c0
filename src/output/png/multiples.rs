//! A series on one page: small maps of the same places by the same legend, and every date on a time line beside them.

use std::io::Write;

use super::canvas::{At, Canvas, Rgb, Side, Type};
use super::key::{HEADING, INDENT, Key, ROW, hexagon};
use super::map::{self, Map};
use super::panel::{self, GAP};
use super::pictures::SMALL_LINES;
use super::sheet::{Sheet, Texts};
use super::tiling::{Frame, Tiling};
use super::{BODY, Form, HEAD, INK, MARK, SMALL, context, counted, counts, extent, long, marks, paint, sources};
use crate::incident::Day;
use crate::invalid::Cause;
use crate::layer::{CellFill, Layer, Legend, Provenance};
use crate::rounding::at_most;
use crate::score::{Anchor, DatedScore, Rag, Series, Status};

/// Most maps on a page.
const MOST_MAPS: usize = 12;
/// Room for the words under a map, and between maps.
const WORDS: f64 = 42.0;
const BETWEEN: f64 = 10.0;
/// Height of the bars of the time line.
const BARS: f64 = 110.0;
/// Most cells that are named.
const MOST_CELLS: usize = 4;
/// Width of the line round a cell at a level that is not green, and radius of its number on a map.
const RING: f64 = 1.8;
const SMALL_MARK: f64 = 8.0;

/// Writes a series as a page of small maps. `layer` is its last date.
pub(in super::super) fn write_series(
    series: &Series,
    layer: &Layer,
    form: Form,
    out: &mut dyn Write,
) -> Result<(), Cause> {
    paint(out, layer, form, |canvas| page(canvas, series, layer))
}

fn page(canvas: &Canvas, series: &Series, layer: &Layer) -> Result<(), Cause> {
    let picked = picked(series.dates.len(), MOST_MAPS);
    let provenance = layer.provenance();
    let foot = [counts(provenance), sources(layer), method(series, provenance)];
    let needs = |width: f64| {
        let unknowns = panel::height_of_unknowns(canvas, provenance, width)?;
        Ok([height_of_key(series, layer), 2.0 * HEADING + GAP + unknowns])
    };
    let texts = Texts {
        title: &provenance.title,
        subtitle: &subtitle(series, &picked),
        foot: &foot,
        taken: 0.0,
        needs: &needs,
    };
    let sheet = Sheet::lay(canvas, layer.view().page, &provenance.marking, &texts)?;
    let frame = sheet.words();
    let top = key(canvas, series, layer, frame)?;
    let top =
        time_line(canvas, series, layer.legend(), (&picked, "▲ has a map"), Frame { top: top + GAP, ..frame })? + GAP;
    let more = sheet.more_words(top);
    let unknowns = panel::height_of_unknowns(canvas, provenance, more.right - more.left)?;
    let peaks = peaks(canvas, series, more, more.bottom - more.top - HEADING - GAP - unknowns)?;
    maps(canvas, series, layer, &picked, &peaks, &sheet)?;
    let top = highest(canvas, series, layer, &peaks, more)?;
    panel::not_known(canvas, layer, "What is not known, as of the last date", Frame { top: top + GAP, ..more })
}

/// What is shown of every cell at any date.
fn ever_shown(series: &Series, legend: &Legend) -> Vec<CellFill> {
    (0..series.dates.len()).flat_map(|date| series.at(date)).map(|moment| legend.fill_at(moment)).collect()
}

/// Height of the key and of the time line below it.
pub(super) fn height_of_key(series: &Series, layer: &Layer) -> f64 {
    let key = Key::of(layer, layer.legend(), &ever_shown(series, layer.legend()));
    key.height() + ROW + GAP + HEADING + BARS + 14.0 + SMALL.leading() + GAP
}

/// The key of the maps, and what only a series has; returns where it ends.
pub(super) fn key(canvas: &Canvas, series: &Series, layer: &Layer, frame: Frame) -> Result<f64, Cause> {
    let legend = layer.legend();
    let mut moments = (0..series.dates.len()).flat_map(|date| series.at(date));
    let (left, top) = (frame.left, Key::of(layer, legend, &ever_shown(series, legend)).draw(canvas, &[], frame)?);
    let hexagon = hexagon(left, top);
    let colour = legend.classes.get(legend.classes.len() / 2).map_or([255; 3], |class| class.colour);
    map::swatch(canvas, &hexagon, colour);
    canvas.outline(&hexagon, INK, RING);
    let amber =
        layer.provenance().levels.iter().find(|level| level.rag > Rag::Green).map_or("", |level| level.name.as_str());
    // Else a reader wonders at an outlined cell of few points.
    let slow =
        if moments.any(|moment| moment.level > moment.raw_level) { "; falls only after quieter weeks" } else { "" };
    let text = format!("outlined: level {amber} or above{slow}");
    canvas.fitted((left + INDENT, top + 5.0), Side::Left, BODY, frame.right - left - INDENT, &text)?;
    Ok(top + ROW)
}

/// Whether a cell is at a level that is not green.
fn is_amber(moment: &DatedScore) -> bool {
    moment.level.is_some_and(|level| level.rag() > Rag::Green)
}

/// The dates that are shown: with equal steps, as many as there is room for, the last one always.
fn picked(dates: usize, most: usize) -> Vec<usize> {
    let step = dates.div_ceil(most).max(1);
    let mut picked: Vec<usize> = (0..dates).rev().step_by(step).collect();
    picked.reverse();
    picked
}

pub(super) fn subtitle(series: &Series, picked: &[usize]) -> String {
    let (Some(first), Some(last)) = (series.dates.first(), series.dates.last()) else { return String::new() };
    let shown = match (picked, series.dates.len()) {
        ([one, next, ..], all) if picked.len() < all => format!("; every {} of them has a map", ordinal(next - one)),
        _ => String::new(),
    };
    format!(
        "{} dates from {} to {}{shown}. Each sees only what was known by then, against each place's own past",
        series.dates.len(),
        long(first.windows.as_of),
        long(last.windows.as_of),
    )
}

fn ordinal(n: usize) -> String {
    let ending = match (n % 100, n % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// How many maps side by side in a frame make them largest.
pub(super) fn columns(frame: Frame, maps: usize, aspect: f64) -> usize {
    let scale = |columns: usize| {
        let place = place(frame, 0, maps, columns);
        ((place.right - place.left) / aspect).min(place.bottom - place.top)
    };
    (1..=maps).max_by(|&a, &b| scale(a).total_cmp(&scale(b))).unwrap_or(1)
}

/// Where in a frame the map of this number is.
pub(super) fn place(frame: Frame, number: usize, maps: usize, columns: usize) -> Frame {
    let rows = maps.div_ceil(columns);
    let (wide, high) = ((frame.right - frame.left) / columns as f64, (frame.bottom - frame.top) / rows as f64);
    let (left, top) = (frame.left + wide * (number % columns) as f64, frame.top + high * (number / columns) as f64);
    Frame { left, top, right: left + wide - BETWEEN, bottom: top + high - WORDS - BETWEEN }
}

/// Draws the maps, words below them, and the scale that all of them have.
fn maps(
    canvas: &Canvas,
    series: &Series,
    layer: &Layer,
    picked: &[usize],
    peaks: &[Peak<'_>],
    sheet: &Sheet,
) -> Result<(), Cause> {
    let Some(tiling) = Tiling::of(&series.cells, layer.view().plane)? else { return Ok(()) };
    let columns = columns(sheet.map, picked.len(), tiling.aspect());
    for (number, &index) in picked.iter().enumerate() {
        let frame = place(sheet.map, number, picked.len(), columns);
        let map = Map::fit(&tiling, layer.outline(), frame);
        let last = index + 1 == series.dates.len();
        let is_here = |peak: &Peak<'_>| peak.date == index || (last && !picked.contains(&peak.date));
        let numbers = (1..).zip(peaks).filter(|(_, peak)| is_here(peak)).map(|(number, peak)| (number, peak.row));
        moment(canvas, &map, series, layer, (SMALL_LINES, index));
        map.mark(canvas, &numbers.collect::<Vec<_>>(), SMALL_MARK)?;
        let (middle, width) = (f64::midpoint(frame.left, frame.right), frame.right - frame.left);
        let day = long(series.dates[index].windows.as_of);
        canvas.fitted((middle, frame.bottom + 6.0), Side::Centre, Type { bold: true, ..BODY }, width, &day)?;
        canvas.fitted((middle, frame.bottom + 26.0), Side::Centre, SMALL, width, &in_words(series, layer, index))?;
        if last {
            // Beside the key's short first lines: one scale for all maps.
            let words = sheet.words();
            map.plain_bar(canvas, (words.right - 150.0, words.top + HEADING + 32.0), 120.0)?;
        }
    }
    Ok(())
}

/// Draws the cells as they are at one date, those above green outlined.
pub(super) fn moment(canvas: &Canvas, map: &Map<'_>, series: &Series, layer: &Layer, (weight, index): (f64, usize)) {
    let (legend, moments) = (layer.legend(), series.at(index));
    let cells = || map.draw(canvas, legend, |row| legend.fill_at(&moments[row]));
    context::around(canvas, map, layer.context_layers(), (weight, 1.0), cells);
    for (row, _) in moments.iter().enumerate().filter(|(_, moment)| is_amber(moment)) {
        map.ring(canvas, row, RING);
    }
}

/// What a date comes to, in a few words.
pub(super) fn in_words(series: &Series, layer: &Layer, index: usize) -> String {
    let windows = &series.dates[index].windows;
    if windows.window_days == 0 {
        return "no data for these days".to_owned();
    }
    let levels = &layer.provenance().levels;
    let count =
        |number: u8| series.at(index).iter().filter(|cell| cell.level.is_some_and(|l| l.number() == number)).count();
    let above = levels.iter().rev().filter(|level| level.rag > Rag::Green);
    let above: Vec<String> = above
        .map(|level| (count(level.number), &level.name))
        .filter(|(n, _)| *n > 0)
        .map(|(n, name)| format!("{n} {name}"))
        .collect();
    let past = if windows.comparable { "" } else { "; no past to compare with" };
    let calm = levels.iter().rev().find(|level| level.rag == Rag::Green).map_or("Normal", |level| level.name.as_str());
    if above.is_empty() { format!("none above {calm}{past}") } else { format!("{}{past}", above.join(", ")) }
}

/// Cells above each band of the legend at every date: what happened between the maps.
pub(super) fn time_line(
    canvas: &Canvas,
    series: &Series,
    legend: &Legend,
    (picked, sign): (&[usize], &str),
    frame: Frame,
) -> Result<f64, Cause> {
    let from = legend.breaks().get(1).copied().unwrap_or_default();
    let heading = format!("Cells with {} points or more, every date", at_most(from, 1));
    canvas.fitted((frame.left, frame.top), Side::Left, HEAD, frame.right - frame.left, &heading)?;
    let (top, left) = (frame.top + HEADING, frame.left + 34.0);
    let bottom = top + BARS;
    // Cells of each class, at every date.
    let counts: Vec<Vec<usize>> = (0..series.dates.len())
        .map(|index| {
            let mut counts = vec![0; legend.classes.len()];
            for cell in series.at(index).iter().filter(|cell| cell.status == Status::Scored) {
                counts[legend.class_of_number(cell.score)] += 1;
            }
            counts
        })
        .collect();
    let all = |index: usize| counts[index].iter().skip(1).sum::<usize>();
    let most = (0..series.dates.len()).map(all).max().unwrap_or(0);
    let limit = round_up(most);
    for (label, at) in [(0, bottom), (limit, top)] {
        canvas.line(&[(left, at), (frame.right, at)], [0xd5, 0xd8, 0xdd], 1.0);
        canvas.text((frame.left, at - 6.0), Side::Left, SMALL, &label.to_string())?;
    }
    let wide = (frame.right - left) / series.dates.len() as f64;
    let gap = if wide > 4.0 { 1.0 } else { 0.0 };
    for (index, date) in series.dates.iter().enumerate() {
        let (from, to) = (left + wide * index as f64, left + wide * (index + 1) as f64 - gap);
        if date.windows.window_days == 0 {
            hatched(canvas, (from, top), (to, bottom));
        }
        let mut at = bottom;
        for (class, &count) in legend.classes.iter().zip(&counts[index]).skip(1).rev() {
            let high = count as f64 * BARS / limit as f64;
            if high > 0.0 {
                canvas.block((from, at - high), (to, at), class.colour);
            }
            at -= high;
        }
    }
    for &index in picked {
        let middle = left + wide * (index as f64 + 0.5);
        canvas.fill(&[(middle, bottom + 3.0), (middle + 4.0, bottom + 10.0), (middle - 4.0, bottom + 10.0)], INK);
    }
    let words = bottom + 14.0;
    let short = |day: Day| day.date().strftime("%b %Y").to_string();
    if let [first, .., last] = series.dates.as_slice() {
        canvas.text((left, words), Side::Left, SMALL, &short(first.windows.as_of))?;
        canvas.text((frame.right, words), Side::Right, SMALL, &short(last.windows.as_of))?;
    }
    canvas.text((f64::midpoint(left, frame.right), words), Side::Centre, SMALL, sign)?;
    Ok(words + SMALL.leading())
}

fn hatched(canvas: &Canvas, (left, top): At, (right, bottom): At) {
    const QUIET: Rgb = [0xb9, 0xbe, 0xc6];
    canvas.hatch(&[(left, top), (right, top), (right, bottom), (left, bottom)], 6.0, QUIET, 1.0);
}

/// The next round number.
fn round_up(n: usize) -> usize {
    let mut power = 1;
    loop {
        if let Some(found) = [1, 2, 3, 4, 5, 6, 8].map(|step| step * power).into_iter().find(|&round| round >= n) {
            return found;
        }
        power *= 10;
    }
}

/// A cell that was high, and when it was highest.
struct Peak<'a> {
    row: usize,
    date: usize,
    moment: &'a DatedScore,
    why: Vec<String>,
}

impl Peak<'_> {
    fn height(&self) -> f64 {
        26.0 + self.why.len() as f64 * SMALL.leading()
    }
}

/// The cells with the highest level, then score, at any date, as many as `room` has place for. None rests on few reports.
fn peaks<'a>(canvas: &Canvas, series: &'a Series, frame: Frame, room: f64) -> Result<Vec<Peak<'a>>, Cause> {
    let order = |a: &DatedScore, b: &DatedScore| a.level.cmp(&b.level).then(a.score.total_cmp(&b.score));
    let highest = |row: usize| {
        let moments = series.of(row).map(|(_, moment)| moment).enumerate();
        let (date, moment) =
            moments.filter(|(_, moment)| !moment.sparse && is_amber(moment)).max_by(|a, b| order(a.1, b.1))?;
        Some(Peak { row, date, moment, why: Vec::new() })
    };
    let mut peaks: Vec<Peak<'a>> = (0..series.cells.len()).filter_map(highest).collect();
    peaks.sort_by(|a, b| order(b.moment, a.moment));
    peaks.truncate(MOST_CELLS);
    let mut left = room;
    for peak in &mut peaks {
        peak.why = canvas.lines(frame.right - frame.left - INDENT, SMALL, &why(series, peak))?;
        left -= peak.height();
        if left < 0.0 {
            peak.why.clear();
        }
    }
    peaks.retain(|peak| !peak.why.is_empty());
    Ok(peaks)
}

/// The cells that were highest, in words.
fn highest(canvas: &Canvas, series: &Series, layer: &Layer, peaks: &[Peak<'_>], frame: Frame) -> Result<f64, Cause> {
    let (left, mut top) = (frame.left, frame.top);
    canvas.fitted((left, top), Side::Left, HEAD, frame.right - left, "Highest at any of these dates")?;
    top += HEADING;
    if peaks.is_empty() {
        return canvas.paragraph((left, top), frame.right - left, BODY, "No cell with enough reports was above green.");
    }
    for (rank, peak) in peaks.iter().enumerate() {
        marks::disk(canvas, (left + 13.0, top + 8.0), rank + 1, MARK)?;
        let level = peak.moment.level.map_or("", |level| layer.level_name(level));
        let title = format!("{}: {:.0} points, {level}", series.cells[peak.row], peak.moment.score);
        canvas.text((left + 40.0, top), Side::Left, Type { bold: true, ..BODY }, &title)?;
        for (line, text) in peak.why.iter().enumerate() {
            canvas.text((left + 40.0, top + 20.0 + line as f64 * SMALL.leading()), Side::Left, SMALL, text)?;
        }
        top += peak.height();
    }
    Ok(top)
}

fn why(series: &Series, peak: &Peak<'_>) -> String {
    let amber = series.of(peak.row).filter(|(_, moment)| is_amber(moment)).count();
    let (dates, last) = (series.dates.len(), series.at(series.dates.len() - 1)[peak.row]);
    let now = if peak.date + 1 == dates {
        String::new()
    } else if last.status == Status::NoData {
        "; no data at the last".to_owned()
    } else {
        format!("; {:.0} points at the last", last.score)
    };
    let windows = &series.dates[peak.date].windows;
    let (day, days) = (long(windows.as_of), windows.window_days);
    format!("{day}: {:.0} reports in {days} days. Outlined on {amber} of {dates}{now}.", peak.moment.n_window)
}

pub(super) fn method(series: &Series, provenance: &Provenance) -> String {
    let from = match (series.anchor, series.dates.first()) {
        (Anchor::Calibrated(_), Some(first)) => format!("{} before {}", provenance.d_half_from, first.windows.as_of),
        (Anchor::Current(_), Some(first)) => format!("for want of history from the window of {}", first.windows.as_of),
        _ => provenance.d_half_from.to_string(),
    };
    let anchor =
        provenance.d_half.map_or_else(String::new, |d_half| format!("at {d_half} mass {}, ", provenance.density));
    let short = series.dates.iter().filter(|date| !date.windows.comparable).count();
    let short = if short == 0 {
        String::new()
    } else {
        format!("{} dates have too little past for surge and spread; ", counted(short as u64))
    };
    format!(
        "Method {} ({}): half intensity {anchor}{from}, one for all dates; {short}{}; days of {}; exact \
         counts (profile {}); tensionmap {}.",
        provenance.method,
        provenance.method_hash,
        extent(provenance),
        provenance.time_zone,
        provenance.profile,
        provenance.tensionmap,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_picked_in_equal_steps_and_the_last_is_one() {
        assert_eq!(picked(3, 12), [0, 1, 2]);
        assert_eq!(picked(53, 12), [2, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52]);
        for dates in 1..400 {
            let picked = picked(dates, 12);
            assert!(
                picked.len() <= 12 && picked.last() == Some(&(dates - 1)) && picked.len() * 2 > dates.min(12),
                "{dates}"
            );
        }
    }

    #[test]
    fn maps_are_as_large_as_they_can_be() {
        let frame = Frame { left: 48.0, top: 128.0, right: 1088.0, bottom: 1068.0 };
        assert_eq!((columns(frame, 1, 1.0), columns(frame, 12, 4.0), columns(frame, 12, 0.1)), (1, 2, 12));
        assert_eq!([2, 3, 5, 11, 22].map(ordinal), ["2nd", "3rd", "5th", "11th", "22nd"]);
        assert_eq!([0, 1, 3, 7, 11, 500].map(round_up), [1, 1, 3, 8, 20, 500]);
    }
}
