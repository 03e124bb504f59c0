//! Inputs of a score beside the reports.

use super::ScoreError;
use super::coverage::Coverage;
use super::method::Method;
use crate::polygon::Contiguity;

/// Optional inputs of a score beside the reports; values of cells are by row of the study area.
#[derive(Clone, Copy, Debug, Default)]
pub struct Covariates<'a> {
    /// Sizes and neighbours of areas, if the rows are areas: their cells only stand in for them, as in
    /// [`RollUp::build`](crate::indicator::RollUp::build).
    pub areas: Option<&'a Contiguity>,
    /// Residents, for a method whose density is per 1,000 of them.
    pub residents: Option<&'a [Option<f64>]>,
    /// Context index from 0 to 100, for a method that gives it points. A cell without one gets none of them.
    pub context: Option<&'a [Option<f64>]>,
    /// Covered days of the data; by default those of [`Coverage::known_at`].
    pub covered: Option<&'a Coverage>,
}

impl Covariates<'_> {
    /// Checks that values have one row a cell, and that those the method needs are given.
    pub(super) fn check(&self, cells: usize, method: &Method) -> Result<(), ScoreError> {
        let values = [self.residents, self.context].into_iter().flatten().map(<[_]>::len);
        let areas = self.areas.into_iter().flat_map(|areas| [areas.km2.len(), areas.neighbours.len()]);
        if let Some(rows) = values.chain(areas).find(|&rows| rows != cells) {
            return Err(ScoreError::Rows { given: rows, cells: cells });
        }
        if method.points.context > 0.0 && self.context.is_none() {
            return Err(ScoreError::NoContext { points: method.points.context });
        }
        Ok(())
    }
}
