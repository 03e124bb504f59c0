//! Pictures of a layer: one map, this cycle beside what changed, or the strands side by side.

use h3o::CellIndex;

use super::canvas::{Canvas, Side, Type};
use super::key::{HEADING, Key};
use super::map::Map;
use super::panel::{self, GAP};
use super::sheet::{Sheet, Texts};
use super::tiling::{Frame, Projection, Tiling};
use super::{BODY, HEAD, MARK, SMALL, context, foot, labels, multiples, places, subtitle};
use crate::invalid::Cause;
use crate::layer::{CellFill, Layer, Legend, Picture};
use crate::score::Status;
use crate::score::columns::{DENSITY, SCORE_CHANGE};

/// Width of the line round a hot spot.
pub(super) const HOT: f64 = 2.2;
/// Width of the boundary of the study area.
const BORDER: f64 = 1.6;
/// Radius of a numbered mark on one of several maps.
const SMALL_MARK: f64 = 9.0;
/// How wide lines of context are on one of several maps, of what they are on one alone.
pub(super) const SMALL_LINES: f64 = 0.6;

/// Draws the picture that a layer asks for; returns how its map lies on the page, where it is one.
pub(super) fn page(canvas: &Canvas, layer: &Layer) -> Result<Option<Projection>, Cause> {
    let cells: Vec<CellIndex> = layer.scores().cells.iter().map(|cell| cell.cell).collect();
    let tiling = Tiling::of_layer(layer)?;
    match layer.view().picture {
        Picture::Map => one_map(canvas, layer, &cells, tiling.as_ref()),
        Picture::TwoUp => two_up(canvas, layer, &cells, tiling.as_ref()).map(|()| None),
        Picture::Strands => strands(canvas, layer, tiling.as_ref()).map(|()| None),
    }
}

/// Head and foot of a page about one date.
fn laid(canvas: &Canvas, layer: &Layer, needs: &dyn Fn(f64) -> Result<[f64; 2], Cause>) -> Result<Sheet, Cause> {
    let provenance = layer.provenance();
    let texts = Texts { title: &provenance.title, subtitle: &subtitle(layer), foot: &foot(layer), taken: 0.0, needs };
    Sheet::lay(canvas, layer.view().page, &provenance.marking, &texts)
}

fn one_map(
    canvas: &Canvas,
    layer: &Layer,
    cells: &[CellIndex],
    tiling: Option<&Tiling>,
) -> Result<Option<Projection>, Cause> {
    let shown = layer.legend().fills(layer);
    let keys = [Key::of(layer, layer.legend(), &shown)];
    let sheet = laid(canvas, layer, &|width| panel::needs(canvas, layer, &keys, width))?;
    let entries = panel::entries(canvas, layer, &keys, &sheet)?;
    let map = tiling.map(|tiling| Map::fit(tiling, layer.outline(), sheet.map));
    let (mut named, layers) = (Vec::new(), layer.context_layers());
    if let Some(map) = &map {
        context::around(canvas, map, layers, (1.0, BORDER), || map.draw(canvas, layer.legend(), |row| shown[row]));
        if layer.outlines_hot_spots() {
            for row in (0..shown.len()).filter(|&row| layer.is_hot(row)) {
                map.ring(canvas, row, HOT);
            }
        }
        let marks = map.mark(canvas, &numbers(&entries, cells), MARK)?;
        let bar = map.scale_bar(canvas, (sheet.map.right - sheet.map.left) / 4.0, layers.is_empty())?;
        let is_sparse = |row: &usize| matches!(shown[*row], CellFill::Class { sparse: true, .. });
        let sparse = (0..shown.len()).filter(is_sparse).filter_map(|row| map.middle(row));
        named = labels::draw(canvas, map, layers, labels::Taken::new(&marks, MARK, bar, sparse))?;
    }
    panel::draw(canvas, layer, &keys, &named, &entries, &sheet)?;
    Ok(map.map(Map::into_projection))
}

/// Each entry's number and the row of its cell.
fn numbers(entries: &[panel::Entry<'_>], cells: &[CellIndex]) -> Vec<(usize, usize)> {
    let row = |entry: &panel::Entry<'_>| cells.binary_search(&entry.cell.cell).ok();
    (1..).zip(entries).filter_map(|(number, entry)| Some((number, row(entry)?))).collect()
}

fn two_up(canvas: &Canvas, layer: &Layer, cells: &[CellIndex], tiling: Option<&Tiling>) -> Result<(), Cause> {
    let change = Legend::of(layer, SCORE_CHANGE.name, None, None)?;
    let shown = [layer.legend().fills(layer), change.fills(layer)];
    let legends = [layer.legend(), &change];
    let keys = [Key::of(layer, layer.legend(), &shown[0]), Key::of(layer, &change, &shown[1]).classes_only()];
    let sheet = laid(canvas, layer, &|width| panel::needs(canvas, layer, &keys, width))?;
    let entries = panel::entries(canvas, layer, &keys, &sheet)?;
    let numbers = numbers(&entries, cells);
    if let Some(tiling) = tiling {
        let columns = multiples::columns(sheet.map, 2, tiling.aspect());
        for (number, (legend, shown)) in legends.iter().zip(&shown).enumerate() {
            let frame = snug(multiples::place(sheet.map, number, 2, columns), tiling.aspect());
            let map = Map::fit(tiling, layer.outline(), frame);
            let cells = || map.draw(canvas, legend, |row| shown[row]);
            context::around(canvas, &map, layer.context_layers(), (SMALL_LINES, BORDER), cells);
            map.mark(canvas, &numbers, SMALL_MARK)?;
            let (middle, width) = (f64::midpoint(frame.left, frame.right), frame.right - frame.left);
            canvas.fitted(
                (middle, frame.bottom + 8.0),
                Side::Centre,
                Type { bold: true, ..BODY },
                width,
                &legend.title,
            )?;
            if number == 0 {
                map.scale_bar(canvas, width / 4.0, layer.context_layers().is_empty())?;
            }
        }
    }
    panel::draw(canvas, layer, &keys, &[], &entries, &sheet)
}

/// As much of the middle of a frame as a map of this shape fills, so that what is written below it is near.
fn snug(frame: Frame, aspect: f64) -> Frame {
    let (middle, high) = (f64::midpoint(frame.top, frame.bottom), frame.bottom - frame.top);
    let half = high.min((frame.right - frame.left) / aspect + 2.0 * GAP) / 2.0;
    Frame { top: middle - half, bottom: middle + half, ..frame }
}

/// Intensity as a whole, and what of it people experienced, what is evidenced, and what may come.
fn strands(canvas: &Canvas, layer: &Layer, tiling: Option<&Tiling>) -> Result<(), Cause> {
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
    let whole: Vec<CellFill> = (0..cells.len()).map(|row| of(0, row)).collect();
    let key = Key::of(layer, &legend, &whole).titled(&format!("Intensity, mass {}", layer.provenance().density));
    let words = "One legend for all four: the strands of a place add up to its whole. Hatched in a strand means that nobody told of it, \
                 not that there is nothing.";
    let sheet = laid(canvas, layer, &|width| {
        let reading = key.height() + GAP + HEADING + canvas.height(width, SMALL, words)? + GAP;
        Ok([reading, panel::height_of_unknowns(canvas, layer.provenance(), width)?])
    })?;
    if let Some(tiling) = tiling {
        let columns = multiples::columns(sheet.map, STRANDS.len(), tiling.aspect());
        for (number, (name, about)) in STRANDS.into_iter().enumerate() {
            let frame = multiples::place(sheet.map, number, STRANDS.len(), columns);
            let map = Map::fit(tiling, layer.outline(), frame);
            let strand = || map.draw(canvas, &legend, |row| of(number, row));
            context::around(canvas, &map, layer.context_layers(), (SMALL_LINES, 1.0), strand);
            let (middle, width) = (f64::midpoint(frame.left, frame.right), frame.right - frame.left);
            canvas.fitted((middle, frame.bottom + 6.0), Side::Centre, Type { bold: true, ..BODY }, width, name)?;
            let with = (0..cells.len()).filter(|&row| matches!(of(number, row), CellFill::Class { .. })).count();
            let words = format!("{about}: in {with} of {} {}", cells.len(), places(layer.provenance()));
            canvas.fitted((middle, frame.bottom + 26.0), Side::Centre, SMALL, width, &words)?;
            if number == 0 {
                map.scale_bar(canvas, width / 4.0, layer.context_layers().is_empty())?;
            }
        }
    }
    let top = key.draw(canvas, &[], sheet.words())?;
    let frame = Frame { top: top + GAP, ..sheet.words() };
    canvas.text((frame.left, frame.top), Side::Left, HEAD, "How to read it")?;
    let top = canvas.paragraph((frame.left, frame.top + HEADING), frame.right - frame.left, SMALL, words)?;
    panel::not_known(canvas, layer, "What is not known", sheet.more_words(top + GAP))
}
