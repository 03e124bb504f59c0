//! Scores and series as polars frames, with exact values.

use std::borrow::Cow;

use polars::prelude::{Column, DataFrame, DataType};

use super::columns::{
    AS_OF, ColumnSchema, ColumnValue, H3, SCORE, SCORE_COLUMNS, SERIES_COLUMNS, ValueKind, in_frames,
};
use super::{ScoreError, Scores, Series};

impl Scores {
    /// The scores as a frame, one row a cell: `h3: u64`, then the fields of [`CellScore`](super::CellScore) under their output names;
    /// nulls where there is no rate ratio or no level.
    ///
    /// # Errors
    /// None in practice; polars checks that the columns are of one length.
    pub fn frame(&self) -> Result<DataFrame, ScoreError> {
        let column = |schema: &ColumnSchema| {
            let name = schema.name.into();
            Some(if schema.name == H3.name {
                Column::new(name, self.cells.iter().map(|cell| u64::from(cell.cell)).collect::<Vec<_>>())
            } else if schema.name == SCORE.name {
                // Without data the score is 0, as in the struct.
                Column::new(name, self.cells.iter().map(|cell| cell.score).collect::<Vec<_>>())
            } else {
                frame_column(schema, self.cells.iter().map(schema.of_cell?))
            })
        };
        let columns = SCORE_COLUMNS.iter().filter(|schema| in_frames(schema)).filter_map(column).collect();
        DataFrame::new(self.cells.len(), columns).map_err(|error| ScoreError::Frame(error.into()))
    }
}

impl Series {
    /// The series as a long frame, one row a date and cell, in that order: `h3: u64`, `as_of: date`, then the fields of
    /// [`Moment`](super::Moment) under their output names; no score where there is no data, no level where nothing was scored.
    ///
    /// # Errors
    /// None in practice; polars checks that the columns are of one length.
    pub fn frame(&self) -> Result<DataFrame, ScoreError> {
        let rows = self.cells.len() * self.dates.len();
        let moments = || (0..self.dates.len()).flat_map(|date| self.at(date));
        let column = |schema: &ColumnSchema| {
            if let Some(value) = schema.of_moment {
                return Some(Ok(frame_column(schema, moments().map(value))));
            }
            let name = schema.name.into();
            if schema.name == H3.name {
                let cells = self.cells.iter().cycle().take(rows).map(|&cell| u64::from(cell));
                return Some(Ok(Column::new(name, cells.collect::<Vec<_>>())));
            }
            let days = self.dates.iter().flat_map(|date| std::iter::repeat_n(date.windows.as_of.0, self.cells.len()));
            (schema.name == AS_OF.name).then(|| Column::new(name, days.collect::<Vec<i32>>()).cast(&DataType::Date))
        };
        let columns = SERIES_COLUMNS.iter().filter(|schema| in_frames(schema)).filter_map(column);
        let columns = columns.collect::<Result<_, _>>().map_err(|error| ScoreError::Frame(error.into()))?;
        DataFrame::new(rows, columns).map_err(|error| ScoreError::Frame(error.into()))
    }
}

/// Exact values as a column of the type of their schema; whole numbers are `u32`.
pub(crate) fn frame_column<'a>(schema: &ColumnSchema, values: impl Iterator<Item = ColumnValue<'a>>) -> Column {
    let name = schema.name.into();
    match schema.kind {
        ValueKind::Flag => {
            let flag = |value| if let ColumnValue::Flag(flag) = value { Some(flag) } else { None };
            Column::new(name, values.map(flag).collect::<Vec<Option<bool>>>())
        }
        ValueKind::Whole => {
            let whole = |value| if let ColumnValue::Whole(number) = value { u32::try_from(number).ok() } else { None };
            Column::new(name, values.map(whole).collect::<Vec<Option<u32>>>())
        }
        ValueKind::Real => {
            let real = |value| if let ColumnValue::Real(number) = value { Some(number) } else { None };
            Column::new(name, values.map(real).collect::<Vec<Option<f64>>>())
        }
        ValueKind::Text => {
            let text = |value| if let ColumnValue::Text(text) = value { Some(text) } else { None };
            Column::new(name, values.map(text).collect::<Vec<Option<Cow<'a, str>>>>())
        }
    }
}
