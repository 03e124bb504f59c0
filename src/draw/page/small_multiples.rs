//! A series on one page: small maps by one legend, and every date on a time line beside them.

use super::layout::{PageLayout, PageTexts};
use super::map_grid::{self, CONTEXT_WEIGHT};
use super::series::{
    UNKNOWN_AT_LAST, date_summary, draw_date, height_of_key, is_amber, key, method, subtitle, time_line,
};
use super::style::{BODY, GAP, HEAD, HEADING, INDENT, MARK, SMALL};
use super::words::{counts, long_date, sources};
use super::{Drawing, Pictured, side_panel};
use crate::draw::canvas::{Canvas, Drawn, Left, PageRect, TextStyle};
use crate::draw::map::{FittedMap, Tiling, marks};
use crate::font::isolated;
use crate::layer::SeriesTable;
use crate::score::{DatedScore, Series, Status};

/// Maximum maps on a page.
const MAX_MAPS: usize = 12;
/// Maximum cells that are named.
const MAX_CELLS: usize = 4;
/// Radius of the number of a cell on a map.
const SMALL_MARK: f64 = 8.0;

impl Pictured for SeriesTable {
    const PAGE: &'static str = "page of small maps, one a date";

    fn drawing(&self) -> Drawing<'_> {
        Drawing::of_layer(&self.layer, |canvas| draw_page(canvas, self).map(|()| None))
    }
}

fn draw_page(canvas: &Canvas, table: &SeriesTable) -> Drawn {
    let SeriesTable { series, layer, .. } = table;
    let picked = picked(series.dates.len(), MAX_MAPS);
    let provenance = layer.provenance();
    let foot = [counts(provenance), sources(layer), method(table)];
    let subtitle = subtitle(series, &picked);
    let min_heights = |width: f64| {
        let unknowns = side_panel::height_of_unknowns(canvas, provenance, width)?;
        Ok([height_of_key(table), 2.0 * HEADING + GAP + unknowns])
    };
    let layout = PageLayout::draw(canvas, &PageTexts::of(layer, &subtitle, &foot, &min_heights))?;
    let frame = layout.words();
    let top = key(canvas, table, frame)? + GAP;
    let top = time_line(canvas, table, (&picked, "▲ has a map"), PageRect { top, ..frame })? + GAP;
    let more = layout.more_words(top);
    let unknowns = side_panel::height_of_unknowns(canvas, provenance, more.width())?;
    let peaks = peaks(canvas, series, more, more.height() - HEADING - GAP - unknowns)?;
    maps(canvas, table, &picked, &peaks, &layout)?;
    let top = highest(canvas, table, &peaks, more)? + GAP;
    side_panel::draw_unknowns(canvas, layer, UNKNOWN_AT_LAST, PageRect { top, ..more })
}

/// The dates with a map: at equal steps, at most `max`, always with the last.
fn picked(dates: usize, max: usize) -> Vec<usize> {
    let step = dates.div_ceil(max).max(1);
    let mut picked: Vec<usize> = (0..dates).rev().step_by(step).collect();
    picked.reverse();
    picked
}

/// Draws the maps, words below them, and their common scale.
fn maps(canvas: &Canvas, table: &SeriesTable, picked: &[usize], peaks: &[Peak<'_>], layout: &PageLayout) -> Drawn {
    let SeriesTable { series, layer, .. } = table;
    let Some(tiling) = Tiling::of(&series.cells, layer.view().plane)? else { return Ok(()) };
    let columns = map_grid::columns(layout.map, picked.len(), tiling.aspect());
    for (number, &index) in picked.iter().enumerate() {
        let frame = map_grid::place(layout.map, number, picked.len(), columns);
        let map = FittedMap::fit(&tiling, layer.outline(), frame);
        let last = index + 1 == series.dates.len();
        let is_here = |peak: &Peak<'_>| peak.date == index || (last && !picked.contains(&peak.date));
        let numbers = (1..).zip(peaks).filter(|(_, peak)| is_here(peak)).map(|(number, peak)| (number, peak.row));
        draw_date(canvas, &map, table, index, CONTEXT_WEIGHT);
        map.mark(canvas, &numbers.collect::<Vec<_>>(), SMALL_MARK)?;
        let day = long_date(series.dates[index].windows.as_of);
        map_grid::caption(canvas, frame, &day, &date_summary(table, index))?;
        if last {
            // Beside the key's short first lines: one scale for all maps.
            let words = layout.words();
            map.plain_bar(canvas, (words.right - 150.0, words.top + HEADING + 32.0), 120.0)?;
        }
    }
    Ok(())
}

/// A cell with a high level, and the date of its highest score.
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

/// The cells with the highest level, then score, at any date, as many as fit into a height of `room`. Sparse ones are left out.
fn peaks<'a>(canvas: &Canvas, series: &'a Series, frame: PageRect, room: f64) -> Drawn<Vec<Peak<'a>>> {
    let order = |a: &DatedScore, b: &DatedScore| a.level.cmp(&b.level).then(a.score.total_cmp(&b.score));
    let highest = |row: usize| {
        let moments = series.of(row).map(|(_, moment)| moment).enumerate();
        let (date, moment) =
            moments.filter(|(_, moment)| !moment.sparse && is_amber(moment)).max_by(|a, b| order(a.1, b.1))?;
        Some(Peak { row, date, moment, why: Vec::new() })
    };
    let mut peaks: Vec<Peak<'a>> = (0..series.cells.len()).filter_map(highest).collect();
    peaks.sort_by(|a, b| order(b.moment, a.moment));
    peaks.truncate(MAX_CELLS);
    let mut left = room;
    for peak in &mut peaks {
        peak.why = canvas.lines(frame.width() - INDENT, SMALL, &reasons(series, peak))?;
        left -= peak.height();
        if left < 0.0 {
            peak.why.clear();
        }
    }
    peaks.retain(|peak| !peak.why.is_empty());
    Ok(peaks)
}

/// Draws the cells with the highest levels, with reasons.
fn highest(canvas: &Canvas, table: &SeriesTable, peaks: &[Peak<'_>], frame: PageRect) -> Drawn<f64> {
    let SeriesTable { series, layer, .. } = table;
    let (left, mut top) = (frame.left, frame.top);
    canvas.fitted((left, top), Left, HEAD, frame.right - left, "Highest at any of these dates")?;
    top += HEADING;
    if peaks.is_empty() {
        return canvas.paragraph((left, top), frame.right - left, BODY, "No cell with enough reports was above green.");
    }
    for (rank, peak) in peaks.iter().enumerate() {
        marks::disk(canvas, (left + 13.0, top + 8.0), rank + 1, MARK)?;
        let level = peak.moment.level.map_or("", |level| layer.level_name(level));
        let title = format!("{}: {:.0} points, {}", series.cells[peak.row], peak.moment.score, isolated(level));
        canvas.text((left + 40.0, top), Left, TextStyle { bold: true, ..BODY }, &title)?;
        for (line, text) in peak.why.iter().enumerate() {
            canvas.text((left + 40.0, top + 20.0 + line as f64 * SMALL.leading()), Left, SMALL, text)?;
        }
        top += peak.height();
    }
    Ok(top)
}

fn reasons(series: &Series, peak: &Peak<'_>) -> String {
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
    let (day, days) = (long_date(windows.as_of), windows.window_days);
    format!("{day}: {:.0} reports in {days} days. Outlined on {amber} of {dates}{now}.", peak.moment.n_window)
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
        use map_grid::columns;
        let frame = PageRect { left: 48.0, top: 128.0, right: 1088.0, bottom: 1068.0 };
        assert_eq!((columns(frame, 1, 1.0), columns(frame, 12, 4.0), columns(frame, 12, 0.1)), (1, 2, 12));
    }
}
