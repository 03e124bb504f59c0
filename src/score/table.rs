//! Scores and series as polars frames.

use polars::prelude::{Column, DataFrame, DataType};

use super::{CellScore, DatedScore, RateRatio, ScoreError, Scores, Series, Status};

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

impl Series {
    /// The series as a long frame, one row a date and cell, in that order: `h3: u64`, `as_of: date`, then the fields of
    /// [`DatedScore`] under their output names; no score where there is no data, no level where nothing was scored.
    ///
    /// # Errors
    /// None in practice; polars checks that the columns are of one length.
    pub fn frame(&self) -> Result<DataFrame, ScoreError> {
        let rows = self.cells.len() * self.dates.len();
        let moments = || (0..self.dates.len()).flat_map(|date| self.at(date));
        let number = |name: &str, value: &dyn Fn(&DatedScore) -> f64| {
            Column::new(name.into(), moments().map(value).collect::<Vec<f64>>())
        };
        let days = self.dates.iter().flat_map(|date| std::iter::repeat_n(date.windows.as_of.0, self.cells.len()));
        let as_of = Column::new("as_of".into(), days.collect::<Vec<i32>>()).cast(&DataType::Date);
        let score = |moment: &DatedScore| (moment.status != Status::NoData).then_some(moment.score);
        let level = |moment: &DatedScore| moment.level.map(|level| u32::from(level.number()));
        let columns = vec![
            Column::new(
                "h3".into(),
                self.cells.iter().cycle().take(rows).map(|&cell| u64::from(cell)).collect::<Vec<_>>(),
            ),
            as_of.map_err(|error| ScoreError::Frame(error.into()))?,
            Column::new("score".into(), moments().map(score).collect::<Vec<_>>()),
            Column::new("level".into(), moments().map(level).collect::<Vec<_>>()),
            Column::new("status".into(), moments().map(|moment| moment.status.id()).collect::<Vec<_>>()),
            Column::new("sparse".into(), moments().map(|moment| moment.sparse).collect::<Vec<_>>()),
            number("surge", &|moment| moment.surge),
            number("intensity", &|moment| moment.intensity),
            number("corroboration", &|moment| moment.corroboration),
            number("spread", &|moment| moment.spread),
            number("context", &|moment| moment.context),
            number("density", &|moment| moment.density),
            number("n_window", &|moment| moment.n_window),
            number("n_baseline", &|moment| moment.n_baseline),
        ];
        DataFrame::new(rows, columns).map_err(|error| ScoreError::Frame(error.into()))
    }
}
