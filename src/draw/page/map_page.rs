//! The briefing page: one map, with key, explanation and small print.

use super::key::MapKey;
use super::layout::PageLayout;
use super::style::{BORDER, HOT_SPOT_LINE, MARK};
use super::{Drawing, Pictured, side_panel, strands, two_up};
use crate::draw::canvas::{Canvas, Drawn};
use crate::draw::map::{FittedMap, PageTransform, Tiling, context, labels};
use crate::layer::{CellFill, Layer, Picture};

impl Pictured for Layer {
    const PAGE: &'static str = "briefing map with legend, scale bar, explanation and caption";

    fn drawing(&self) -> Drawing<'_> {
        Drawing::of_layer(self, move |canvas| {
            let tiling = Tiling::of_layer(self)?;
            match self.view().picture {
                Picture::Map => one_map(canvas, self, tiling.as_ref()),
                Picture::TwoUp => two_up::draw(canvas, self, tiling.as_ref()).map(|()| None),
                Picture::Strands => strands::draw(canvas, self, tiling.as_ref()).map(|()| None),
            }
        })
    }
}

fn one_map(canvas: &Canvas, layer: &Layer, tiling: Option<&Tiling>) -> Drawn<Option<PageTransform>> {
    let displayed = layer.legend().fills(layer);
    let keys = [MapKey::of(layer, layer.legend(), &displayed)];
    let layout = PageLayout::of_date(canvas, layer, &|width| side_panel::min_heights(canvas, layer, &keys, width))?;
    let entries = side_panel::entries(canvas, layer, &keys, &layout)?;
    let map = tiling.map(|tiling| FittedMap::fit(tiling, layer.outline(), layout.map));
    let (mut named, layers) = (Vec::new(), layer.context_layers());
    if let Some(map) = &map {
        context::around(canvas, map, layers, (1.0, BORDER), || map.draw(canvas, layer.legend(), |row| displayed[row]));
        if layer.outlines_hot_spots() {
            for row in (0..displayed.len()).filter(|&row| layer.is_hot(row)) {
                map.ring(canvas, row, HOT_SPOT_LINE);
            }
        }
        let marks = map.mark(canvas, &side_panel::numbered_rows(&entries, layer), MARK)?;
        let bar = map.scale_bar(canvas, layout.map.width() / 4.0, layers.is_empty())?;
        let is_sparse = |row: &usize| matches!(displayed[*row], CellFill::Class { sparse: true, .. });
        let sparse = (0..displayed.len()).filter(is_sparse).filter_map(|row| map.middle(row));
        named = labels::draw(canvas, map, layers, labels::Obstacles::new(&marks, MARK, bar, sparse))?;
    }
    side_panel::draw(canvas, layer, &keys, &named, &entries, &layout)?;
    Ok(map.map(|map| map.transform))
}
