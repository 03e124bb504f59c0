//! Two maps on a page: this date beside the change since another.

use super::key::MapKey;
use super::layout::PageLayout;
use super::map_grid::{self, CONTEXT_WEIGHT};
use super::side_panel;
use super::style::{BORDER, GAP};
use crate::draw::canvas::{Canvas, Drawn, PageRect};
use crate::draw::map::{FittedMap, Tiling, context};
use crate::layer::{Layer, Legend};
use crate::score::columns::SCORE_CHANGE;

/// Radius of the number of a cell.
const SMALL_MARK: f64 = 9.0;

pub(super) fn draw(canvas: &Canvas, layer: &Layer, tiling: Option<&Tiling>) -> Drawn {
    let change = Legend::of(layer, SCORE_CHANGE.name, None, None)?;
    let displayed = [layer.legend().fills(layer), change.fills(layer)];
    let legends = [layer.legend(), &change];
    let keys =
        [MapKey::of(layer, layer.legend(), &displayed[0]), MapKey::of(layer, &change, &displayed[1]).classes_only()];
    let layout = PageLayout::of_date(canvas, layer, &|width| side_panel::min_heights(canvas, layer, &keys, width))?;
    let entries = side_panel::entries(canvas, layer, &keys, &layout)?;
    let numbers = side_panel::numbered_rows(&entries, layer);
    if let Some(tiling) = tiling {
        let columns = map_grid::columns(layout.map, 2, tiling.aspect());
        for (number, (legend, displayed)) in legends.iter().zip(&displayed).enumerate() {
            let frame = snug(map_grid::place(layout.map, number, 2, columns), tiling.aspect());
            let map = FittedMap::fit(tiling, layer.outline(), frame);
            let cells = || map.draw(canvas, legend, |row| displayed[row]);
            context::around(canvas, &map, layer.context_layers(), (CONTEXT_WEIGHT, BORDER), cells);
            map.mark(canvas, &numbers, SMALL_MARK)?;
            map_grid::title(canvas, frame, 8.0, &legend.title)?;
            if number == 0 {
                map.scale_bar(canvas, frame.width() / 4.0, layer.context_layers().is_empty())?;
            }
        }
    }
    side_panel::draw(canvas, layer, &keys, &[], &entries, &layout)
}

/// The middle part of a frame that a map of this aspect fills, so that its title is close below it.
fn snug(frame: PageRect, aspect: f64) -> PageRect {
    let (middle, high) = (f64::midpoint(frame.top, frame.bottom), frame.height());
    let half = high.min(frame.width() / aspect + 2.0 * GAP) / 2.0;
    PageRect { top: middle - half, bottom: middle + half, ..frame }
}
