//! Reporting status by source and place, with the scored layer it belongs to.

use super::Layer;
use crate::score::SourceActivity;

/// Activity of every source: of the study area, of each cell and of each area that reports were counted in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CoverageTable {
    /// One row a place and source; of each place the first row is about all sources together.
    pub table: Vec<SourceActivity>,
    /// Scores of the same cells at the same date.
    pub layer: Layer,
}
