//! Scores as a polars frame.

use polars::prelude::{Column, DataFrame};

use super::{CellScore, RateRatio, ScoreError, Scores};

impl Scores {
    /// The scores as a frame, one row a cell: `h3: u64`, then the fields of [`CellScore`] under their output names;
    /// nulls where there is no rate ratio or no level.
    ///
    /// # Errors
    /// None in practice; polars checks that the columns are of one length.
    pub fn frame(&self) -> Result<DataFrame, ScoreError> {
        let number = |name: &str, value: &dyn Fn(&CellScore) -> f64| {
            Column::new(name.into(), self.cells.iter().map(value).collect::<Vec<f64>>())
        };
        let ratio = |name: &str, value: &dyn Fn(RateRatio) -> f64| {
            Column::new(name.into(), self.cells.iter().map(|cell| cell.ratio.map(value)).collect::<Vec<Option<f64>>>())
        };
        let columns = vec![
            Column::new("h3".into(), self.cells.iter().map(|cell| u64::from(cell.cell)).collect::<Vec<_>>()),
            number("score", &|cell| cell.score),
            Column::new(
                "level".into(),
                self.cells.iter().map(|cell| cell.level.map(|level| u32::from(level.number()))).collect::<Vec<_>>(),
            ),
            Column::new("status".into(), self.cells.iter().map(|cell| cell.status.id()).collect::<Vec<_>>()),
            Column::new("sparse".into(), self.cells.iter().map(|cell| cell.sparse).collect::<Vec<_>>()),
            number("intensity", &|cell| cell.intensity),
            number("u_intensity", &|cell| cell.u_intensity),
            number("surge", &|cell| cell.surge),
            number("corroboration", &|cell| cell.corroboration),
            number("spread", &|cell| cell.spread),
            number("density", &|cell| cell.density),
            number("n_window", &|cell| cell.n_window),
            number("n_baseline", &|cell| cell.n_baseline),
            ratio("rr", &|ratio| ratio.rr),
            ratio("rr_lo", &|ratio| ratio.lo),
            ratio("rr_hi", &|ratio| ratio.hi),
            ratio("p_exceed", &|ratio| ratio.p_exceed),
            number("experienced", &|cell| cell.strands[0]),
            number("evidenced", &|cell| cell.strands[1]),
            number("potential", &|cell| cell.strands[2]),
        ];
        DataFrame::new(self.cells.len(), columns).map_err(|error| ScoreError::Frame(error.into()))
    }
}
