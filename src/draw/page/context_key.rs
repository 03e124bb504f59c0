//! Rows of a map's key for its context layers.

use super::style::{BODY, INDENT, ROW};
use crate::draw::canvas::{At, Canvas, Drawn, FAINT, Left, PageRect, rectangle};
use crate::draw::map::context::{DOT, dot};
use crate::draw::map::labels::LabelCount;
use crate::layer::ContextLayer;
use crate::layer::context::{ContextPlace, PartKind};

/// Maximum context layers with a row of their own.
const MAX_ROWS: usize = 5;

/// Number of rows for context layers.
pub(super) fn rows(layers: &[ContextLayer]) -> usize {
    layers.len().min(MAX_ROWS)
}

/// Draws a sample and the name of each layer, with the count of its named places; returns the lower end.
pub(super) fn draw(canvas: &Canvas, layers: &[ContextLayer], named: &[LabelCount], frame: PageRect) -> Drawn<f64> {
    let (left, mut top, width) = (frame.left + INDENT, frame.top, frame.width() - INDENT);
    let rows = rows(layers);
    for (row, layer) in layers.iter().take(rows).enumerate() {
        let rest = layers.len() - rows;
        if rest > 0 && row + 1 == rows {
            let text = format!("and {} more layers of context", rest + 1);
            canvas.fitted((left, top + 5.0), Left, BODY, width, &text)?;
        } else {
            sample(canvas, layer, (frame.left, top));
            let mut text = layer.title();
            if layer.about().inside == 0 {
                text += ", none here";
            }
            if named.is_empty() && layer.style().is_named && has(layer, PartKind::Points) {
                text += ", on larger maps";
            }
            if let Some(LabelCount { named, all }) = named.get(row).filter(|named| named.all > 0) {
                text += &format!(", {named} of {all} named");
            }
            canvas.label((left, top + 5.0), Left, BODY, width, &text)?;
        }
        top += ROW;
    }
    Ok(top)
}

fn has(layer: &ContextLayer, kind: PartKind) -> bool {
    layer.shapes.iter().flat_map(|shape| &shape.parts).any(|part| part.kind == kind)
}

fn sample(canvas: &Canvas, layer: &ContextLayer, (left, top): At) {
    let (style, middle) = (layer.style(), top + 11.0);
    if let Some(fill) = style.fill.filter(|_| layer.about().place == ContextPlace::Under) {
        let corners = rectangle((left, middle - 8.0), (left + 26.0, middle + 8.0));
        canvas.fill(&corners, fill);
        canvas.outline(&corners, style.ink, style.width);
    } else if has(layer, PartKind::Points) && !has(layer, PartKind::Line) && !has(layer, PartKind::Ring) {
        dot(canvas, (left + 13.0, middle), DOT, style.ink);
    } else if layer.shapes.is_empty() {
        canvas.line(&[(left, middle), (left + 26.0, middle)], FAINT, 0.6);
    } else {
        let bend = [(0.0, 4.0), (9.0, -4.0), (17.0, 3.0), (26.0, -3.0)].map(|(x, y)| (left + x, middle + y));
        canvas.line(&bend, style.ink, style.width);
    }
}
