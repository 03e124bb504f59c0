//! Scores and series as polars frames, with exact values.

use std::borrow::Cow;

use polars::prelude::{Column, DataFrame, DataType};

use super::columns::{
    AS_OF, ColumnSchema, ColumnValue, H3, SCORE, ValueKind, in_frames, score_columns, series_columns,
};
use super::{ScoreError, Scores, Series};

impl Scores {
    /// The scores as a frame, one row a cell: `h3: u64`, then the fields of [`CellScore`](super::CellScore) under their
    /// output names. Values are null where there is no rate ratio or no level.
    ///
    /// # Errors
    /// None in practice; polars checks that the columns are of one length.
    pub fn frame(&self) -> Result<DataFrame, ScoreError> {
        let column = |schema: &ColumnSchema| {
            let name = schema.name.into();
            let cells = self.cells.iter();
            Some(match schema.name {
                id if id == H3.name => Column::new(name, cells.map(|cell| u64::from(cell.cell)).collect::<Vec<_>>()),
                // Without data the score is 0, as in the struct.
                id if id == SCORE.name => Column::new(name, cells.map(|cell| cell.score).collect::<Vec<_>>()),
                _ => frame_column(schema, cells.map(schema.of_cell?)),
            })
        };
        let columns =
            score_columns(self.has_evidence()).iter().filter(|schema| in_frames(schema)).filter_map(column).collect();
        DataFrame::new(self.cells.len(), columns).map_err(|error| ScoreError::Frame(error.into()))
    }
}

impl Series {
    /// The series as a long frame, one row a date and cell, in that order. Columns are `h3: u64`, `as_of: date`, then
    /// the fields of [`DatedScore`](super::DatedScore) under their output names. There is no score where there is no
    /// data, and no level where nothing was scored.
    ///
    /// # Errors
    /// None in practice; polars checks that the columns are of one length.
    pub fn frame(&self) -> Result<DataFrame, ScoreError> {
        let rows = self.cells.len() * self.dates.len();
        let dated = || (0..self.dates.len()).flat_map(|date| self.at(date));
        let column = |schema: &ColumnSchema| {
            if let Some(value) = schema.of_dated {
                return Some(Ok(frame_column(schema, dated().map(value))));
            }
            let name = schema.name.into();
            if schema.name == H3.name {
                let cells = self.cells.iter().cycle().take(rows).map(|&cell| u64::from(cell));
                return Some(Ok(Column::new(name, cells.collect::<Vec<_>>())));
            }
            let days = self.dates.iter().flat_map(|date| std::iter::repeat_n(date.windows.as_of.0, self.cells.len()));
            (schema.name == AS_OF.name).then(|| Column::new(name, days.collect::<Vec<i32>>()).cast(&DataType::Date))
        };
        let columns = series_columns(self.has_evidence()).iter().filter(|schema| in_frames(schema)).filter_map(column);
        let columns = columns.collect::<Result<_, _>>().map_err(|error| ScoreError::Frame(error.into()))?;
        DataFrame::new(rows, columns).map_err(|error| ScoreError::Frame(error.into()))
    }
}

/// Exact values as a column of the type of their schema; whole numbers are `u32`.
pub(crate) fn frame_column<'a>(schema: &ColumnSchema, values: impl Iterator<Item = ColumnValue<'a>>) -> Column {
    macro_rules! column {
        ($type:ty, $pattern:pat => $exact:expr) => {{
            let exact = values.map(|value| if let $pattern = value { $exact } else { None });
            Column::new(schema.name.into(), exact.collect::<Vec<Option<$type>>>())
        }};
    }
    match schema.kind {
        ValueKind::Flag => column!(bool, ColumnValue::Flag(flag) => Some(flag)),
        ValueKind::Whole => column!(u32, ColumnValue::Whole(number) => u32::try_from(number).ok()),
        ValueKind::Real => column!(f64, ColumnValue::Real(number) => Some(number)),
        ValueKind::Text => column!(Cow<'a, str>, ColumnValue::Text(text) => Some(text)),
        ValueKind::Date => column!(i32, ColumnValue::Date(day) => Some(day.0)),
    }
}
