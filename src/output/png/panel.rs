//! The words beside the map: legend, what stands out and why, what is not known.

use super::canvas::{Canvas, Side, Type};
use super::map::{Frame, number, silent, swatch};
use super::{BODY, FAINT, HEAD, INK, SMALL, counted, percent};
use crate::error::Cause;
use crate::layer::{Band, Layer, Provenance};
use crate::score::CellScore;

/// Draws the panel into a frame.
pub(super) fn draw(canvas: &Canvas<'_>, layer: &Layer, frame: Frame) -> Result<(), Cause> {
    let top = legend(canvas, layer, frame)?;
    let top = standing_out(canvas, layer, Frame { top: top + 16.0, ..frame })?;
    not_known(canvas, layer, Frame { top: top + 16.0, ..frame })
}

fn hexagon(left: f64, top: f64) -> Vec<(f64, f64)> {
    let (x, y, r) = (left + 13.0, top + 11.0, 13.0);
    (0..6)
        .map(|k| (f64::from(k) * std::f64::consts::FRAC_PI_3).sin_cos())
        .map(|(s, c)| (x + r * s, y - r * c))
        .collect()
}

fn legend(canvas: &Canvas<'_>, layer: &Layer, frame: Frame) -> Result<f64, Cause> {
    let (left, mut top) = (frame.left, frame.top);
    canvas.text((left, top), Side::Left, HEAD, "Tension score, points of 100")?;
    top += 32.0;
    let label = |band: Band| {
        let about = match band.from {
            0.0 => "  normal for the place",
            20.0 => "  raised",
            _ => "",
        };
        format!("{} to {}{about}", band.from, band.to)
    };
    for band in Band::ALL.into_iter().rev() {
        swatch(canvas, &hexagon(left, top), band.colour, false)?;
        canvas.text((left + 40.0, top + 5.0), Side::Left, BODY, &label(band))?;
        top += 30.0;
    }
    swatch(canvas, &hexagon(left, top), Band::ALL[0].colour, true)?;
    canvas.text((left + 40.0, top + 5.0), Side::Left, BODY, "with a dot: fewer than 5 reports, read with care")?;
    top += 30.0;
    silent(canvas, &hexagon(left, top))?;
    canvas.text((left + 40.0, top + 5.0), Side::Left, BODY, "no reports at all: not the same as calm")?;
    top += 30.0;
    if layer.outline().is_some() {
        canvas.line(&[(left, top + 11.0), (left + 26.0, top + 11.0)], INK, 1.6)?;
        canvas.text((left + 40.0, top + 5.0), Side::Left, BODY, "boundary of the study area")?;
        top += 30.0;
    }
    Ok(top)
}

fn standing_out(canvas: &Canvas<'_>, layer: &Layer, frame: Frame) -> Result<f64, Cause> {
    let (left, mut top, width) = (frame.left, frame.top, frame.right - frame.left);
    canvas.text((left, top), Side::Left, HEAD, "Stands out against its own past")?;
    top += 32.0;
    let cells = super::standing_out(layer);
    if cells.is_empty() {
        let why = match layer.provenance().baseline {
            Some(_) => "No cell is credibly above its own past.",
            None => "There is too little history to compare a place with its own past.",
        };
        return canvas.paragraph((left, top), width, BODY, why);
    }
    for (rank, cell) in cells.iter().enumerate() {
        number(canvas, (left + 13.0, top + 8.0), rank + 1)?;
        let bold = Type { bold: true, ..BODY };
        let title = format!("{}: {:.0} points, {}", cell.cell, cell.score, cell.level.name());
        canvas.text((left + 40.0, top), Side::Left, bold, &title)?;
        top = canvas.paragraph((left + 40.0, top + 22.0), width - 40.0, SMALL, &why(cell))? + 10.0;
    }
    Ok(top)
}

/// Why a cell has its score, in two sentences.
fn why(cell: &CellScore) -> String {
    let mut why = String::new();
    if let Some(ratio) = cell.ratio {
        let (n, expected) = (cell.n_window, ratio.expected);
        why += &format!("{n:.0} reports where {expected:.0} were to be expected: {:.1} times its past rate ", ratio.rr);
        why += &format!("(90% sure of {:.1} to {:.1}).", ratio.lo, ratio.hi);
    }
    let parts = [
        ("surge", cell.surge),
        ("intensity", cell.intensity),
        ("agreeing sources", cell.corroboration),
        ("spread", cell.spread),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(_, p)| *p >= 0.5).map(|(name, p)| format!("{name} {p:.0}")).collect();
    let top: Vec<String> = cell
        .categories
        .iter()
        .take(2)
        .map(|(category, share)| format!("{} {}", category.id().replace('_', " "), percent(*share)))
        .collect();
    why + &format!(" Points: {}. Weight: {}.", parts.join(", "), top.join(", "))
}

fn not_known(canvas: &Canvas<'_>, layer: &Layer, frame: Frame) -> Result<(), Cause> {
    let (left, mut top, width) = (frame.left, frame.top, frame.right - frame.left);
    canvas.text((left, top), Side::Left, HEAD, "What is not known")?;
    top += 32.0;
    for line in unknowns(layer.provenance()) {
        canvas.disk((left + 5.0, top + 5.0), 2.0, FAINT)?;
        top = canvas.paragraph((left + 16.0, top), width - 16.0, SMALL, &line)? + 4.0;
    }
    Ok(())
}

fn unknowns(provenance: &Provenance) -> Vec<String> {
    let Provenance { study_cells, sparse_cells, silent_cells, .. } = provenance;
    let mut lines = vec![
        format!(
            "{silent_cells} of {study_cells} cells have no report: nobody told us, which says nothing of how people feel."
        ),
        format!("{} more have fewer than 5 reports in the window.", sparse_cells - silent_cells),
    ];
    if provenance.unlocated_share > 0.0 {
        lines.push(format!(
            "{} of the records have no position and are in no cell.",
            percent(provenance.unlocated_share)
        ));
    }
    if provenance.outside_study_area > 0 {
        lines.push(format!("{} reports lie outside the study area.", counted(provenance.outside_study_area)));
    }
    if provenance.sources.len() == 1 {
        let source = provenance.sources.keys().next().map_or("", String::as_str);
        lines.push(format!("All reports come from one source ({source}): nothing corroborates them."));
    }
    lines
}
