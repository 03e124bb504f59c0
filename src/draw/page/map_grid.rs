//! A grid of maps on a page.

use crate::draw::canvas::PageRect;

/// Weight of context lines on one of several maps.
pub(super) const CONTEXT_WEIGHT: f64 = 0.6;

/// Room for the words under a map, and between maps.
const WORDS: f64 = 42.0;
const BETWEEN: f64 = 10.0;

/// Number of columns with which the maps of a frame are largest.
pub(crate) fn columns(frame: PageRect, maps: usize, aspect: f64) -> usize {
    let scale = |columns: usize| {
        let place = place(frame, 0, maps, columns);
        ((place.right - place.left) / aspect).min(place.bottom - place.top)
    };
    (1..=maps).max_by(|&a, &b| scale(a).total_cmp(&scale(b))).unwrap_or(1)
}

/// Rectangle of the map of this number in a frame.
pub(crate) fn place(frame: PageRect, number: usize, maps: usize, columns: usize) -> PageRect {
    let rows = maps.div_ceil(columns);
    let (wide, high) = ((frame.right - frame.left) / columns as f64, (frame.bottom - frame.top) / rows as f64);
    let (left, top) = (frame.left + wide * (number % columns) as f64, frame.top + high * (number / columns) as f64);
    PageRect { left, top, right: left + wide - BETWEEN, bottom: top + high - WORDS - BETWEEN }
}
