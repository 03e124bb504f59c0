//! A series as an animation: one page a date.

use super::layout::{PageLayout, PageTexts};
use super::series::{self, UNKNOWN_AT_LAST, date_summary, draw_date, time_line};
use super::style::{BODY, GAP};
use super::words::{counts, long_date, sources};
use super::{must_be_legible, prose, side_panel};
use crate::draw::DrawError;
use crate::draw::canvas::{Canvas, Drawn, INK, Left, PageRect, TextStyle};
use crate::draw::map::{FittedMap, Tiling};
use crate::layer::{Page, SeriesTable};

/// Maximum dates of an animation.
const MAX_DATES: usize = 400;

/// The pages of an animation, each drawn when it is asked for.
pub(crate) struct AnimationPages<'a> {
    table: &'a SeriesTable,
    tiling: Option<Tiling>,
}

/// Errors if an animation of so many dates would show none for long enough.
pub(crate) fn check_dates(found: usize) -> Drawn {
    if found > MAX_DATES { Err(DrawError::TooManyDates { found, max: MAX_DATES }) } else { Ok(()) }
}

impl<'a> AnimationPages<'a> {
    /// Pages of a series.
    pub(crate) fn new(table: &'a SeriesTable) -> Drawn<Self> {
        check_dates(table.series.dates.len())?;
        let (layer, provenance) = (&table.layer, table.layer.provenance());
        must_be_legible(layer.view(), &provenance.marking, &provenance.title)?;
        Ok(Self { table, tiling: Tiling::of(&table.series.cells, table.layer.view().plane)? })
    }

    /// Number of pages.
    pub(crate) fn len(&self) -> usize {
        self.table.series.dates.len()
    }

    /// Size of each page.
    pub(crate) fn page(&self) -> Page {
        self.table.layer.view().page
    }

    /// Pixels of a page in rows from the top left, three bytes each.
    pub(crate) fn pixels(&self, index: usize) -> Drawn<Vec<u8>> {
        let draw = |canvas: &Canvas| draw_page(canvas, self.table, self.tiling.as_ref(), index);
        Ok(Canvas::pixels(self.page(), &self.table.layer.view().fonts, draw)?.1)
    }
}

/// Explanation on every page.
const READING: &str = "Each date sees only what was known by then. One anchor and one key for all dates; a cell without \
                       reports is hatched, which is not calm.";

/// Draws the page of one date.
fn draw_page(canvas: &Canvas, table: &SeriesTable, tiling: Option<&Tiling>, index: usize) -> Drawn {
    let layer = &table.layer;
    let provenance = layer.provenance();
    let foot = [counts(provenance), sources(layer), series::method(table)];
    let min_heights = |width: f64| {
        let reading = prose::height_of_reading(canvas, READING, width)? + GAP;
        let unknowns = side_panel::height_of_unknowns(canvas, provenance, width)?;
        Ok([series::height_of_key(table), reading + unknowns])
    };
    let subtitle = series::subtitle(&table.series, &[]);
    let layout = PageLayout::draw(canvas, &PageTexts::of(layer, &subtitle, &foot, &min_heights))?;
    let PageRect { left, top, right, .. } = layout.map;
    let day = TextStyle { size: 26.0, bold: true, colour: INK };
    canvas.text((left, top), Left, day, &long_date(table.series.dates[index].windows.as_of))?;
    canvas.fitted((left, top + 32.0), Left, BODY, (right - left) / 2.0, &date_summary(table, index))?;
    if let Some(tiling) = tiling {
        let map = FittedMap::fit(tiling, layer.outline(), PageRect { top: top + 52.0, ..layout.map });
        draw_date(canvas, &map, table, index, 1.0);
        map.scale_bar(canvas, (right - left) / 4.0, layer.context_layers().is_empty())?;
    }
    let words = layout.words();
    let top = series::key(canvas, table, words)? + GAP;
    let top = time_line(canvas, table, (&[index], "▲ this date"), PageRect { top, ..words })? + GAP;
    let more = layout.more_words(top);
    let top = prose::how_to_read(canvas, READING, more)? + GAP;
    side_panel::draw_unknowns(canvas, layer, UNKNOWN_AT_LAST, PageRect { top, ..more })
}
