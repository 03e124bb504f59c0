//! Products that have a page, and the page of each.

use super::page::{Drawing, cell_page, density_page, map_page, reporting_page, small_multiples};
use crate::layer::{CoverageTable, DensityLayer, ExplainedCell, Layer, SeriesTable};

/// A product that can be drawn as one page.
pub(crate) trait Pictured {
    /// Content of the page, in a line.
    const PAGE: &'static str;

    /// The page, ready to be drawn.
    fn drawing(&self) -> Drawing<'_>;
}

impl Pictured for Layer {
    const PAGE: &'static str = "briefing map with legend, scale bar, explanation and caption";

    fn drawing(&self) -> Drawing<'_> {
        map_page(self)
    }
}

impl Pictured for SeriesTable {
    const PAGE: &'static str = "page of small maps, one a date";

    fn drawing(&self) -> Drawing<'_> {
        small_multiples(&self.series, &self.layer)
    }
}

impl Pictured for CoverageTable {
    const PAGE: &'static str = "map of the reporting status of each cell";

    fn drawing(&self) -> Drawing<'_> {
        reporting_page(&self.table, &self.layer)
    }
}

impl Pictured for ExplainedCell {
    const PAGE: &'static str = "page with the cell's score, its parts, its history and its neighbours";

    fn drawing(&self) -> Drawing<'_> {
        cell_page(&self.explanation, &self.layer, self.assessed().zip(self.assessed_sentence()))
    }
}

impl Pictured for DensityLayer {
    const PAGE: &'static str = "kernel density surface with legend and caption";

    fn drawing(&self) -> Drawing<'_> {
        density_page(self)
    }
}
