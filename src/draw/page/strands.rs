//! Four maps on a page: intensity, and its part in each strand, by one legend.

use super::key::MapKey;
use super::layout::PageLayout;
use super::map_grid::{self, CONTEXT_WEIGHT};
use super::style::GAP;
use super::words::units;
use super::{prose, side_panel};
use crate::draw::canvas::{Canvas, Drawn, PageRect};
use crate::draw::map::{FittedMap, Tiling, context};
use crate::layer::{CellFill, Layer, Legend};
use crate::score::Status;
use crate::score::columns::DENSITY;

/// Draws intensity, then its experienced, evidenced and potential parts.
pub(super) fn draw(canvas: &Canvas, layer: &Layer, tiling: Option<&Tiling>) -> Drawn {
    const STRANDS: [(&str, &str); 4] = [
        ("All strands", "weighted reports, faded with age"),
        ("Experienced", "what people felt and saw"),
        ("Evidenced", "what was recorded"),
        ("Potential", "what may come"),
    ];
    let legend = Legend::of(layer, DENSITY.name, layer.view().classes.as_ref(), layer.view().palette)?;
    let cells = &layer.scores().cells;
    let of = |strand: usize, row: usize| {
        let cell = &cells[row];
        let part = if strand == 0 { 1.0 } else { cell.strands[strand - 1] };
        match cell.status {
            Status::NoData => CellFill::NoData,
            Status::Scored if part > 0.0 => CellFill::Class {
                class: legend.class_of_number(cell.density * part),
                sparse: strand == 0 && cell.sparse,
            },
            _ => CellFill::Silence,
        }
    };
    let all: Vec<CellFill> = (0..cells.len()).map(|row| of(0, row)).collect();
    let key = MapKey::of(layer, &legend, &all).titled(&format!("Intensity, mass {}", layer.provenance().density));
    let words = "One legend for all four: the strands of a place add up to its whole. Hatched in a strand means that nobody told of it, \
                 not that there is nothing.";
    let layout = PageLayout::of_date(canvas, layer, &|width| {
        let reading = key.height() + GAP + prose::height_of_reading(canvas, words, width)? + GAP;
        Ok([reading, side_panel::height_of_unknowns(canvas, layer.provenance(), width)?])
    })?;
    if let Some(tiling) = tiling {
        let columns = map_grid::columns(layout.map, STRANDS.len(), tiling.aspect());
        for (number, (name, about)) in STRANDS.into_iter().enumerate() {
            let frame = map_grid::place(layout.map, number, STRANDS.len(), columns);
            let map = FittedMap::fit(tiling, layer.outline(), frame);
            let strand = || map.draw(canvas, &legend, |row| of(number, row));
            context::around(canvas, &map, layer.context_layers(), (CONTEXT_WEIGHT, 1.0), strand);
            let with = (0..cells.len()).filter(|&row| matches!(of(number, row), CellFill::Class { .. })).count();
            let words = format!("{about}: in {with} of {} {}", cells.len(), units(layer.provenance()));
            map_grid::caption(canvas, frame, name, &words)?;
            if number == 0 {
                map.scale_bar(canvas, frame.width() / 4.0, layer.context_layers().is_empty())?;
            }
        }
    }
    let top = key.draw(canvas, &[], layout.words())?;
    let top = prose::how_to_read(canvas, words, PageRect { top: top + GAP, ..layout.words() })?;
    side_panel::draw_unknowns(canvas, layer, "What is not known", layout.more_words(top + GAP))
}
