//! Rows of a polars frame as records: what Parquet is read into, and what a caller may hand over directly.

use polars::prelude::{
    Column, DataFrame, DataType, Float64Chunked, Int32Chunked, Int64Chunked, PolarsResult, StringChunked, TimeUnit,
};

use super::{Field, IngestError, Place, Records, Step};
use crate::incident::Day;

/// A cursor over the rows of a frame.
#[derive(Debug)]
pub struct FrameRecords {
    names: Vec<String>,
    columns: Vec<Values>,
    height: usize,
    row: Option<usize>,
}

/// A column in the one type its values are looked up in.
#[derive(Debug)]
enum Values {
    Text(StringChunked),
    Number(Float64Chunked),
    Day(Int32Chunked),
    Moment(Int64Chunked, TimeUnit, bool),
}

impl Values {
    /// `None` for a type that no role has a use for.
    fn new(column: &Column) -> PolarsResult<Option<Self>> {
        let cast = |dtype: DataType| column.cast(&dtype).map(|column| column.rechunk());
        Ok(Some(match column.dtype() {
            DataType::String => Self::Text(column.rechunk().str()?.clone()),
            DataType::Date => Self::Day(cast(DataType::Int32)?.i32()?.clone()),
            DataType::Datetime(unit, zone) => {
                Self::Moment(cast(DataType::Int64)?.i64()?.clone(), *unit, zone.is_some())
            }
            DataType::Categorical(..) | DataType::Enum(..) => Self::Text(cast(DataType::String)?.str()?.clone()),
            dtype if dtype.is_primitive_numeric() => Self::Number(cast(DataType::Float64)?.f64()?.clone()),
            _ => return Ok(None),
        }))
    }

    fn field(&self, row: usize) -> Field<'_> {
        let field = match self {
            Self::Text(values) => values.get(row).map(Field::Text),
            Self::Number(values) => values.get(row).map(Field::Number),
            Self::Day(values) => values.get(row).map(|day| Field::Day(Day(day))),
            Self::Moment(values, unit, zoned) => values.get(row).map(|ticks| moment(ticks, *unit, *zoned)),
        };
        field.unwrap_or(Field::Null)
    }
}

impl FrameRecords {
    /// A cursor before the first row. Columns may be text, categories, numbers, dates or date-times; others are left out,
    /// and `notices` says so.
    ///
    /// # Errors
    /// A frame without rows.
    pub fn new(file: &str, frame: &DataFrame, notices: &mut Vec<String>) -> Result<Self, IngestError> {
        if frame.height() == 0 {
            return Err(IngestError::NoRecords { file: file.to_owned(), format: "frame" });
        }
        let mut records = Self { names: Vec::new(), columns: Vec::new(), height: frame.height(), row: None };
        for column in frame.columns() {
            let values = Values::new(column).map_err(|error| IngestError::Broken {
                file: file.to_owned(),
                format: "a frame",
                source: error.into(),
            })?;
            let Some(values) = values else {
                notices.push(left_out(file, column.name(), column.dtype()));
                continue;
            };
            records.names.push(column.name().to_string());
            records.columns.push(values);
        }
        Ok(records)
    }
}

impl Records for FrameRecords {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn advance(&mut self) -> Result<Step, IngestError> {
        let row = self.row.map_or(0, |row| row + 1);
        self.row = Some(row);
        Ok(if row < self.height { Step::Record(Place { record: row as u64 + 1, line: None }) } else { Step::End })
    }

    fn field(&self, column: usize) -> Field<'_> {
        self.columns.get(column).zip(self.row).map_or(Field::Null, |(values, row)| values.field(row))
    }

    fn raw(&self) -> String {
        let values = (0..self.names.len()).map(|column| self.field(column).shown());
        values.collect::<Vec<_>>().join(",")
    }
}

/// The remark on a column of a type that no role has a use for.
pub(super) fn left_out(file: &str, name: &str, kind: impl std::fmt::Debug) -> String {
    format!("{file}: column {name:?} is left out: nothing here is made of values of type {kind:?}")
}

/// A polars date-time: with a zone it is an instant, without one a local time.
fn moment(ticks: i64, unit: TimeUnit, zoned: bool) -> Field<'static> {
    let nanoseconds = match unit {
        TimeUnit::Nanoseconds => i128::from(ticks),
        TimeUnit::Microseconds => i128::from(ticks) * 1_000,
        TimeUnit::Milliseconds => i128::from(ticks) * 1_000_000,
    };
    match jiff::Timestamp::from_nanosecond(nanoseconds) {
        Ok(instant) if zoned => Field::Instant(instant),
        Ok(instant) => Field::Local(jiff::tz::TimeZone::UTC.to_datetime(instant)),
        Err(_out_of_range) => Field::Other("a date-time beyond year 9999"),
    }
}
