//! Parts that pages about a series share: key, time line, the map of a date, subtitle and method.

use super::key::{MapKey, hexagon};
use super::style::{BODY, GAP, HEAD, HEADING, INDENT, ROW, SMALL};
use super::words::{count_of_units, counted, long_date};
use crate::draw::canvas::{Canvas, Centre, Drawn, INK, Left, PageRect, Right, rectangle};
use crate::draw::map::cell::{HATCH, PALE, swatch};
use crate::draw::map::{FittedMap, context};
use crate::font::isolated;
use crate::incident::Day;
use crate::layer::{CellFill, Legend, SeriesTable};
use crate::rounding::round_to;
use crate::score::{Anchor, DatedScore, Rag, Series, Status};

pub(super) const UNKNOWN_AT_LAST: &str = "What is not known, as of the last date";
/// Height of the bars of the time line.
const BARS: f64 = 110.0;
/// Width of the line round a cell at a level that is not green.
const LEVEL_LINE: f64 = 1.8;

/// The class of every cell at every date.
fn classes_of_all_dates(series: &Series, legend: &Legend) -> Vec<CellFill> {
    (0..series.dates.len()).flat_map(|date| series.at(date)).map(|moment| legend.fill_at(moment)).collect()
}

/// Height of the key and of the time line below it.
pub(super) fn height_of_key(SeriesTable { series, layer, .. }: &SeriesTable) -> f64 {
    let key = MapKey::of(layer, layer.legend(), &classes_of_all_dates(series, layer.legend()));
    key.height() + ROW + GAP + HEADING + BARS + 14.0 + SMALL.leading() + GAP
}

/// Draws the key of the maps, with the row that only a series has; returns the lower end.
pub(super) fn key(canvas: &Canvas, table: &SeriesTable, frame: PageRect) -> Drawn<f64> {
    let SeriesTable { series, layer, .. } = table;
    let legend = layer.legend();
    let mut moments = (0..series.dates.len()).flat_map(|date| series.at(date));
    let (left, top) =
        (frame.left, MapKey::of(layer, legend, &classes_of_all_dates(series, legend)).draw(canvas, &[], frame)?);
    let hexagon = hexagon(left, top);
    let colour = legend.classes.get(legend.classes.len() / 2).map_or([255; 3], |class| class.colour);
    swatch(canvas, &hexagon, colour);
    canvas.outline(&hexagon, INK, LEVEL_LINE);
    let amber =
        layer.provenance().levels.iter().find(|level| level.rag > Rag::Green).map_or("", |level| level.name.as_str());
    // Explains outlined cells with few points.
    let slow =
        if moments.any(|moment| moment.level > moment.raw_level) { "; falls only after quieter weeks" } else { "" };
    let text = format!("outlined: level {amber} or above{slow}");
    canvas.fitted((left + INDENT, top + 5.0), Left, BODY, frame.right - left - INDENT, &text)?;
    Ok(top + ROW)
}

/// True if a cell is at a level above green.
pub(super) fn is_amber(moment: &DatedScore) -> bool {
    moment.level.is_some_and(|level| level.rag() > Rag::Green)
}

/// Subtitle of a page about a series; `picked` are the dates with a map.
pub(super) fn subtitle(series: &Series, picked: &[usize]) -> String {
    let (Some(first), Some(last)) = (series.dates.first(), series.dates.last()) else { return String::new() };
    let with_map = match (picked, series.dates.len()) {
        ([one, next, ..], all) if picked.len() < all => format!("; every {} of them has a map", ordinal(next - one)),
        _ => String::new(),
    };
    format!(
        "{} dates from {} to {}{with_map}. Each sees only what was known by then, against each place's own past",
        series.dates.len(),
        long_date(first.windows.as_of),
        long_date(last.windows.as_of),
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

/// Draws the cells at one date, those above green outlined.
pub(super) fn draw_date(canvas: &Canvas, map: &FittedMap<'_>, table: &SeriesTable, index: usize, weight: f64) {
    let (legend, moments) = (table.layer.legend(), table.series.at(index));
    let cells = || map.draw(canvas, legend, |row| legend.fill_at(&moments[row]));
    context::around(canvas, map, table.layer.context_layers(), (weight, 1.0), cells);
    for (row, _) in moments.iter().enumerate().filter(|(_, moment)| is_amber(moment)) {
        map.ring(canvas, row, LEVEL_LINE);
    }
}

/// Summary of a date in a few words: cells at each level above green.
pub(super) fn date_summary(SeriesTable { series, layer, .. }: &SeriesTable, index: usize) -> String {
    let windows = &series.dates[index].windows;
    if windows.window_days == 0 {
        return "no data for these days".to_owned();
    }
    let levels = &layer.provenance().levels;
    let count =
        |number: u8| series.at(index).iter().filter(|cell| cell.level.is_some_and(|l| l.number() == number)).count();
    let above = levels.iter().rev().filter(|level| level.rag > Rag::Green && count(level.number) > 0);
    let above: Vec<String> = above.map(|level| format!("{} {}", count(level.number), isolated(&level.name))).collect();
    let past = if windows.comparable { "" } else { "; no past to compare with" };
    let calm = levels.iter().rev().find(|level| level.rag == Rag::Green).map_or("Normal", |level| level.name.as_str());
    if above.is_empty() {
        format!("none above {}{past}", isolated(calm))
    } else {
        format!("{}{past}", above.join(", "))
    }
}

/// Draws the number of cells in each class at every date; returns the lower end.
pub(super) fn time_line(
    canvas: &Canvas,
    table: &SeriesTable,
    (picked, sign): (&[usize], &str),
    frame: PageRect,
) -> Drawn<f64> {
    let (series, legend) = (&table.series, table.layer.legend());
    let from = legend.breaks().get(1).copied().unwrap_or_default();
    let heading = format!("Cells with {} points or more, every date", round_to(from, 1));
    canvas.fitted((frame.left, frame.top), Left, HEAD, frame.width(), &heading)?;
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
    let max = (0..series.dates.len()).map(all).max().unwrap_or(0);
    let limit = round_up(max);
    for (label, at) in [(0, bottom), (limit, top)] {
        canvas.line(&[(left, at), (frame.right, at)], PALE, 1.0);
        canvas.text((frame.left, at - 6.0), Left, SMALL, &label.to_string())?;
    }
    let wide = (frame.right - left) / series.dates.len() as f64;
    let gap = if wide > 4.0 { 1.0 } else { 0.0 };
    for (index, date) in series.dates.iter().enumerate() {
        let (from, to) = (left + wide * index as f64, left + wide * (index + 1) as f64 - gap);
        if date.windows.window_days == 0 {
            canvas.hatch(&rectangle((from, top), (to, bottom)), 6.0, HATCH, 1.0);
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
        canvas.text((left, words), Left, SMALL, &short(first.windows.as_of))?;
        canvas.text((frame.right, words), Right, SMALL, &short(last.windows.as_of))?;
    }
    canvas.text((f64::midpoint(left, frame.right), words), Centre, SMALL, sign)?;
    Ok(words + SMALL.leading())
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

/// Method of a page about a series.
pub(super) fn method(SeriesTable { series, layer, .. }: &SeriesTable) -> String {
    let provenance = layer.provenance();
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
        count_of_units(provenance),
        provenance.time_zone,
        provenance.profile,
        provenance.tensionmap,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([2, 3, 5, 11, 22].map(ordinal), ["2nd", "3rd", "5th", "11th", "22nd"]);
        assert_eq!([0, 1, 3, 7, 11, 500].map(round_up), [1, 1, 3, 8, 20, 500]);
    }
}
