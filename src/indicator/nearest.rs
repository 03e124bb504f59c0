//! Distance from cells to the nearest area of a polygon file, as an indicator.

use h3o::CellIndex;
use rayon::prelude::*;

use super::points::centre;
use super::{IndicatorError, IndicatorKind, Interpolated};
use crate::polygon::{DistanceIndex, Regions};

impl Regions {
    /// Metres from the centre of each cell to the nearest region, by [`DistanceIndex::nearest`].
    ///
    /// # Errors
    /// No region.
    pub fn distances(&self, cells: &[CellIndex]) -> Result<Interpolated, IndicatorError> {
        self.not_empty()?;
        let index = DistanceIndex::new(&self.polygons);
        let metres = |&cell: &CellIndex| index.nearest(centre(cell)?).map(|(_, metres)| metres);
        Ok(Interpolated {
            name: String::new(),
            kind: IndicatorKind::Nearest,
            weight: None,
            values: cells.par_iter().map(metres).collect(),
            covered: vec![1.0; cells.len()],
            conservation: None,
            account: self.account.clone(),
        })
    }
}
