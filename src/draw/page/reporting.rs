//! Reporting status of cells and sources as a map: a cell that fell silent is not a calm one.

use h3o::CellIndex;

use super::key::MapKey;
use super::layout::{PageLayout, PageTexts};
use super::style::{BODY, BORDER, GAP, HEAD, HEADING, SMALL};
use super::words::{foot, long_date};
use super::{Drawing, Pictured, side_panel};
use crate::draw::canvas::{Canvas, Drawn, INK, Left, PageRect, Right, TextStyle};
use crate::draw::map::{FittedMap, PageTransform, Tiling, context};
use crate::layer::{CellFill, CoverageTable, Layer, Legend};
use crate::rounding::at_most;
use crate::score::{PlaceKind, ReportingStatus, SourceActivity};

impl Pictured for CoverageTable {
    const PAGE: &'static str = "map of the reporting status of each cell";

    fn drawing(&self) -> Drawing<'_> {
        Drawing::of_layer(&self.layer, |canvas| draw_page(canvas, &self.table, &self.layer))
    }
}

fn draw_page(canvas: &Canvas, table: &[SourceActivity], layer: &Layer) -> Drawn<Option<PageTransform>> {
    let (provenance, scores) = (layer.provenance(), layer.scores());
    let (from, to) = scores.window;
    let subtitle = format!(
        "Who reported from where, as of {}: reports of {} to {} beside what is usual for the place, all sources",
        long_date(scores.as_of),
        long_date(from),
        long_date(to - 1)
    );
    let legend = Legend::heard();
    let cells: Vec<CellIndex> = scores.cells.iter().map(|cell| cell.cell).collect();
    let of_cells = table.iter().filter(|line| line.kind == PlaceKind::Cell && line.source == "all");
    let displayed: Vec<CellFill> = of_cells
        .map(|line| match line.status {
            ReportingStatus::NoData => CellFill::NoData,
            ReportingStatus::NoReports => CellFill::Silence,
            heard => legend
                .class_named(heard.id())
                .map_or(CellFill::Nothing, |class| CellFill::Class { class, sparse: false }),
        })
        .collect();
    let key = MapKey::of(layer, &legend, &displayed);
    let min_heights = |width: f64| {
        let unknowns = side_panel::height_of_unknowns(canvas, provenance, width)?;
        Ok([key.height() + GAP, HEADING + SOURCE + GAP + unknowns])
    };
    let foot = foot(layer);
    let layout = PageLayout::draw(canvas, &PageTexts::of(layer, &subtitle, &foot, &min_heights))?;
    let mut transform = None;
    if let Some(tiling) = Tiling::of(&cells, layer.view().plane)? {
        let map = FittedMap::fit(&tiling, layer.outline(), layout.map);
        let of = |row: usize| displayed.get(row).copied().unwrap_or(CellFill::NoData);
        let cells = || map.draw(canvas, &legend, of);
        context::around(canvas, &map, layer.context_layers(), (1.0, BORDER), cells);
        map.scale_bar(canvas, layout.map.width() / 4.0, layer.context_layers().is_empty())?;
        transform = Some(map.transform);
    }
    let top = key.draw(canvas, &[], layout.words())? + GAP;
    let words = layout.more_words(top);
    let room = side_panel::height_of_unknowns(canvas, provenance, words.width())? + GAP;
    let top = sources(canvas, table, PageRect { bottom: words.bottom - room, ..words })?;
    side_panel::draw_unknowns(canvas, layer, "What is not known", PageRect { top: top + GAP, ..words })?;
    Ok(transform)
}

/// Height of the lines about a source.
const SOURCE: f64 = 44.0;

/// Draws the status of each source in the study area, as many as fit; returns the lower end.
fn sources(canvas: &Canvas, table: &[SourceActivity], frame: PageRect) -> Drawn<f64> {
    let PageRect { left, mut top, right, bottom } = frame;
    canvas.text((left, top), Left, HEAD, "Source by source")?;
    top += HEADING;
    let mut lines: Vec<&SourceActivity> =
        table.iter().filter(|line| line.kind == PlaceKind::StudyArea && line.source != "all").collect();
    lines.sort_by(|a, b| b.year.total_cmp(&a.year));
    for (place, line) in lines.iter().enumerate() {
        let rest = lines.len() - place;
        if top + SOURCE + if rest > 1 { 20.0 } else { 0.0 } > bottom {
            canvas.text((left, top), Left, SMALL, &format!("and {rest} more, in the table"))?;
            return Ok(top + 20.0);
        }
        let heard = TextStyle { bold: true, colour: INK, ..BODY };
        canvas.label((left, top), Left, heard, 0.55 * (right - left), &line.source)?;
        canvas.fitted((right, top), Right, BODY, 0.42 * (right - left), &line.status.id().replace('_', " "))?;
        let usual = line.usual.map_or_else(String::new, |usual| format!(", usually {}", at_most(usual, 0)));
        let last = line.last.map_or_else(|| "never".to_owned(), long_date);
        let words = format!("{} in the window{usual}; last report {last}", at_most(line.window, 1));
        canvas.fitted((left, top + 20.0), Left, SMALL, right - left, &words)?;
        top += SOURCE;
    }
    Ok(top)
}
