//! Product of scoring one date: the layer that may leave and the exact numbers behind it.

use serde_json::{Value, json};

use crate::cube::Cube;
use crate::disclosure::Release;
use crate::layer::Layer;
use crate::output::{Encoder, Product, Summary};
use crate::score::{Change, Scores};

/// Scores at one date. Only [`Self::layer`] is released; the exact numbers are for the program that embeds the engine.
#[derive(Debug)]
#[non_exhaustive]
pub struct Map {
    /// Cells or areas with rounded values, legend and provenance. `layer.save("map.png")`.
    pub layer: Layer,
    /// Exact scores, row by row as the layer.
    pub scores: Scores,
    /// Exact changes since the date to compare with, if one was given.
    pub change: Option<Change>,
    /// Exact counts that the scores rest on.
    pub cube: Cube,
}

impl Product for Map {
    type Released = Layer;

    const NAME: &'static str = Layer::NAME;
    const ABOUT: &'static str = Layer::ABOUT;
    const ENCODERS: &'static [&'static dyn Encoder<Layer>] = Layer::ENCODERS;

    fn released(&self) -> &Layer {
        &self.layer
    }

    fn provenance_json(release: &Release<'_, Layer>) -> Value {
        Layer::provenance_json(release)
    }

    fn summary(release: &Release<'_, Layer>) -> Summary {
        let mut summary = Layer::summary(release);
        let layer = release.product();
        if layer.hotspots().is_some() {
            return summary;
        }
        let standing_out = layer.scores().standing_out();
        for (rank, cell) in standing_out.iter().take(3).enumerate() {
            if let Some(ratio) = cell.ratio {
                summary.lines.push(format!(
                    "stands out {}: {} score {:.0}, {:.0} reports where {:.0} were to be expected, {ratio}",
                    rank + 1,
                    layer.place_name(cell.cell),
                    cell.score,
                    cell.n_window,
                    ratio.expected,
                ));
            }
        }
        let place = if layer.areas().is_some() { "area" } else { "h3" };
        let top = standing_out.iter().take(10).map(|cell| {
            json!({place: layer.place_name(cell.cell), "score": cell.score, "rr_lo": cell.ratio.map(|ratio| ratio.lo)})
        });
        summary.members.insert("standing_out".to_owned(), top.collect());
        summary
    }
}
