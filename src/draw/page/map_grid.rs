//! A grid of maps on a page.

use super::style::{BODY, SMALL};
use crate::draw::canvas::{Canvas, Centre, Drawn, PageRect, TextStyle};

/// Weight of context lines on one of several maps.
pub(super) const CONTEXT_WEIGHT: f64 = 0.6;

/// Room for the words under a map, and between maps.
const WORDS: f64 = 42.0;
const BETWEEN: f64 = 10.0;

/// Number of columns with which the maps of a frame are largest.
pub(super) fn columns(frame: PageRect, maps: usize, aspect: f64) -> usize {
    let scale = |columns: usize| {
        let place = place(frame, 0, maps, columns);
        (place.width() / aspect).min(place.height())
    };
    (1..=maps).max_by(|&a, &b| scale(a).total_cmp(&scale(b))).unwrap_or(1)
}

/// Rectangle of the map of this number in a frame.
pub(super) fn place(frame: PageRect, number: usize, maps: usize, columns: usize) -> PageRect {
    let rows = maps.div_ceil(columns);
    let (wide, high) = (frame.width() / columns as f64, frame.height() / rows as f64);
    let (left, top) = (frame.left + wide * (number % columns) as f64, frame.top + high * (number / columns) as f64);
    PageRect { left, top, right: left + wide - BETWEEN, bottom: top + high - WORDS - BETWEEN }
}

/// Sets the title of a map below it.
pub(super) fn title(canvas: &Canvas, frame: PageRect, down: f64, title: &str) -> Drawn {
    let style = TextStyle { bold: true, ..BODY };
    canvas.fitted((f64::midpoint(frame.left, frame.right), frame.bottom + down), Centre, style, frame.width(), title)
}

/// Sets the title of a map and words about it below it.
pub(super) fn caption(canvas: &Canvas, frame: PageRect, name: &str, words: &str) -> Drawn {
    title(canvas, frame, 6.0, name)?;
    let middle = f64::midpoint(frame.left, frame.right);
    canvas.fitted((middle, frame.bottom + 26.0), Centre, SMALL, frame.width(), words)
}
