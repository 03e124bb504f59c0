//! Who still reports from where, as a map: a cell that fell silent is not a calm one.

use std::io::Write;

use h3o::CellIndex;

use super::canvas::{Canvas, Side, Type};
use super::key::{HEADING, Key};
use super::map::Map;
use super::panel::{self, GAP};
use super::sheet::{Sheet, Texts};
use super::tiling::{Frame, Tiling};
use super::{BODY, Form, HEAD, INK, SMALL, context, foot, long, paint, world};
use crate::invalid::Cause;
use crate::layer::{CellFill, Layer, Legend};
use crate::output::Beside;
use crate::rounding::at_most;
use crate::score::{PlaceKind, ReportingStatus, SourceActivity};

/// Writes the page, and makes the small files that belong beside it.
pub(in crate::output) fn write(
    table: &[SourceActivity],
    layer: &Layer,
    form: Form,
    out: &mut dyn Write,
) -> Result<Vec<Beside>, Cause> {
    let beside = paint(out, layer, form, |canvas| page(canvas, table, layer))?;
    Ok(if matches!(form, Form::Pixels) { beside } else { Vec::new() })
}

/// Draws the page, and makes the small files that say where its map lies.
fn page(canvas: &Canvas, table: &[SourceActivity], layer: &Layer) -> Result<Vec<Beside>, Cause> {
    let (provenance, scores) = (layer.provenance(), layer.scores());
    let (from, to) = scores.window;
    let subtitle = format!(
        "Who reported from where, as of {}: reports of {} to {} beside what is usual for the place, all sources",
        long(scores.as_of),
        long(from),
        long(to - 1)
    );
    let legend = Legend::heard();
    let cells: Vec<CellIndex> = scores.cells.iter().map(|cell| cell.cell).collect();
    let of_cells = table.iter().filter(|line| line.kind == PlaceKind::Cell && line.source == "all");
    let shown: Vec<CellFill> = of_cells
        .map(|line| match line.status {
            ReportingStatus::NoData => CellFill::NoData,
            ReportingStatus::NoReports => CellFill::Silence,
            heard => legend
                .class_named(heard.id())
                .map_or(CellFill::Nothing, |class| CellFill::Class { class, sparse: false }),
        })
        .collect();
    let key = Key::of(layer, &legend, &shown);
    let needs = |width: f64| {
        let unknowns = panel::height_of_unknowns(canvas, provenance, width)?;
        Ok([key.height() + GAP, HEADING + SOURCE + GAP + unknowns])
    };
    let texts = Texts { title: &provenance.title, subtitle: &subtitle, foot: &foot(layer), taken: 0.0, needs: &needs };
    let sheet = Sheet::lay(canvas, layer.view().page, &provenance.marking, &texts)?;
    let mut beside = Vec::new();
    if let Some(tiling) = Tiling::of(&cells, layer.view().plane)? {
        let map = Map::fit(&tiling, layer.outline(), sheet.map);
        let of = |row: usize| shown.get(row).copied().unwrap_or(CellFill::NoData);
        let cells = || map.draw(canvas, &legend, of);
        context::around(canvas, &map, layer.context_layers(), (1.0, 1.6), cells);
        map.scale_bar(canvas, (sheet.map.right - sheet.map.left) / 4.0, layer.context_layers().is_empty())?;
        beside = world::files(map.projection(), canvas.scale());
    }
    let top = key.draw(canvas, &[], sheet.words())? + GAP;
    let words = sheet.more_words(top);
    let room = panel::height_of_unknowns(canvas, provenance, words.right - words.left)? + GAP;
    let top = sources(canvas, table, Frame { bottom: words.bottom - room, ..words })?;
    panel::not_known(canvas, layer, "What is not known", Frame { top: top + GAP, ..words })?;
    Ok(beside)
}

/// Height of what is said of a source.
const SOURCE: f64 = 44.0;

/// What each source told of the study area, as far as there is room; returns where it ends.
fn sources(canvas: &Canvas, table: &[SourceActivity], frame: Frame) -> Result<f64, Cause> {
    let Frame { left, mut top, right, bottom } = frame;
    canvas.text((left, top), Side::Left, HEAD, "Source by source")?;
    top += HEADING;
    let mut lines: Vec<&SourceActivity> =
        table.iter().filter(|line| line.kind == PlaceKind::StudyArea && line.source != "all").collect();
    lines.sort_by(|a, b| b.year.total_cmp(&a.year));
    for (place, line) in lines.iter().enumerate() {
        let rest = lines.len() - place;
        if top + SOURCE + if rest > 1 { 20.0 } else { 0.0 } > bottom {
            canvas.text((left, top), Side::Left, SMALL, &format!("and {rest} more, in the table"))?;
            return Ok(top + 20.0);
        }
        let heard = Type { bold: true, colour: INK, ..BODY };
        canvas.label((left, top), Side::Left, heard, 0.55 * (right - left), &line.source)?;
        canvas.fitted((right, top), Side::Right, BODY, 0.42 * (right - left), &line.status.id().replace('_', " "))?;
        let usual = line.usual.map_or_else(String::new, |usual| format!(", usually {}", at_most(usual, 0)));
        let last = line.last.map_or_else(|| "never".to_owned(), long);
        let words = format!("{} in the window{usual}; last report {last}", at_most(line.window, 1));
        canvas.fitted((left, top + 20.0), Side::Left, SMALL, right - left, &words)?;
        top += SOURCE;
    }
    Ok(top)
}
