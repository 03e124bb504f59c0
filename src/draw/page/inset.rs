//! Inset map of a cell and the two rings round it, coloured by score.

use super::key::{colour_of_score, ink_on};
use super::style::{HEAD, SMALL};
use crate::draw::DrawError;
use crate::draw::canvas::{Canvas, Centre, Drawn, FAINT, HIGHLIGHT, INK, Left, PageRect, TextStyle, rectangle};
use crate::draw::map::cell::{PALE, middle, silent, swatch};
use crate::draw::map::{PageTransform, Tiling};
use crate::grid;
use crate::layer::{ExplainedCell, Legend};
use crate::score::Status;

/// Width of the legend.
const LEGEND: f64 = 190.0;

/// Draws the small map and its legend into a frame.
pub(super) fn draw(canvas: &Canvas, cell: &ExplainedCell, colours: &Legend, frame: PageRect) -> Drawn {
    let ExplainedCell { explanation, layer, .. } = cell;
    canvas.text((frame.left, frame.top), Left, HEAD, "Here and round about: score")?;
    let own = explanation.cell;
    // The cell itself last, so that its outline lies on top.
    let cells: Vec<_> = grid::disk(own, 2).into_iter().chain([own]).collect();
    let map = PageRect { right: frame.right - LEGEND, top: frame.top + 30.0, ..frame };
    let Some(tiling) = Tiling::of(&cells, layer.view().plane)? else { return Ok(()) };
    let rising =
        |cell| explanation.spread.neighbours.iter().any(|neighbour| neighbour.cell == cell && neighbour.rising);
    for (row, corners) in tiling.on_page(&PageTransform::fit(&tiling, map)) {
        let cell = cells[row];
        let scores = &layer.scores().cells;
        let score = scores.binary_search_by_key(&cell, |score| score.cell).ok().map(|row| &scores[row]);
        let (at, radius) = middle(&corners);
        match score {
            None => canvas.outline(&corners, PALE, 1.0),
            Some(score) if score.status == Status::Scored => {
                let colour = colour_of_score(colours, score.score);
                swatch(canvas, &corners, colour);
                let bold = rising(cell) || cell == own;
                let style = TextStyle { size: 15.0, bold, colour: ink_on(colour) };
                let mark = if rising(cell) { "▲" } else { "" };
                let text = format!("{:.0}{mark}", score.score);
                canvas.fitted((at.0, at.1 - 6.0), Centre, style, radius * 1.6, &text)?;
            }
            Some(_) => silent(canvas, &corners),
        }
        if cell == own {
            canvas.outline(&corners, HIGHLIGHT, 4.0);
        }
    }
    legend(canvas, colours, PageRect { left: frame.right - LEGEND + 16.0, top: frame.top + 40.0, ..frame })
}

fn legend(canvas: &Canvas, colours: &Legend, frame: PageRect) -> Drawn {
    let style = TextStyle { size: 14.0, bold: false, colour: INK };
    let PageRect { left, mut top, right, bottom } = frame;
    let step = ((bottom - top) / (colours.classes.len() + 4) as f64).min(25.0);
    let square = |top: f64| rectangle((left, top), (left + 22.0, top + 16.0));
    let mut row = |draw: &dyn Fn(f64), text: &str| {
        draw(top);
        canvas.fitted((left + 32.0, top + 2.0), Left, style, right - left - 32.0, text)?;
        top += step;
        Ok::<f64, DrawError>(top)
    };
    for class in colours.classes.iter().rev() {
        row(&|top| swatch(canvas, &square(top), class.colour), &class.label)?;
    }
    row(&|top| silent(canvas, &square(top)), "no report or no data")?;
    row(&|top| canvas.outline(&square(top), PALE, 1.0), "not under study")?;
    let top = row(&|top| canvas.outline(&square(top), HIGHLIGHT, 3.0), "this cell")?;
    let rising = TextStyle { bold: true, colour: FAINT, ..SMALL };
    canvas.text((left + 11.0, top + 2.0), Centre, rising, "▲")?;
    canvas.fitted((left + 32.0, top + 2.0), Left, style, right - left - 32.0, "rising neighbour")
}
