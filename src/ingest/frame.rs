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
    /// Of a type that no role has a use for, which is what its values say of themselves.
    Unusable(String),
}

impl Values {
    fn new(column: &Column) -> PolarsResult<Self> {
        let cast = |dtype: DataType| column.cast(&dtype).map(|column| column.rechunk());
        Ok(match column.dtype() {
            DataType::String => Self::Text(column.rechunk().str()?.clone()),
            DataType::Date => Self::Day(cast(DataType::Int32)?.i32()?.clone()),
            DataType::Datetime(unit, zone) => {
                Self::Moment(cast(DataType::Int64)?.i64()?.clone(), *unit, zone.is_some())
            }
            DataType::Categorical(..) | DataType::Enum(..) => Self::Text(cast(DataType::String)?.str()?.clone()),
            dtype if dtype.is_primitive_numeric() => Self::Number(cast(DataType::Float64)?.f64()?.clone()),
            dtype => Self::unusable(dtype),
        })
    }

    fn unusable(kind: impl std::fmt::Debug) -> Self {
        Self::Unusable(format!("a value of type {kind:?}"))
    }

    fn field(&self, row: usize) -> Field<'_> {
        let field = match self {
            Self::Unusable(kind) => Some(Field::Other(kind)),
            Self::Text(values) => values.get(row).map(Field::Text),
            Self::Number(values) => values.get(row).map(Field::Number),
            Self::Day(values) => values.get(row).map(|day| Field::Day(Day(day))),
            Self::Moment(values, unit, zoned) => values.get(row).map(|ticks| moment(ticks, *unit, *zoned)),
        };
        field.unwrap_or(Field::Null)
    }
}

impl FrameRecords {
    /// A cursor before the first row. Columns may be text, categories, numbers, dates or date-times; a value of any other
    /// type is refused wherever it is asked for.
    ///
    /// # Errors
    /// A frame without rows.
    pub fn new(file: &str, frame: &DataFrame) -> Result<Self, IngestError> {
        if frame.height() == 0 {
            return Err(IngestError::NoRecords { file: file.to_owned(), format: "frame" });
        }
        let names = frame.get_column_names().iter().map(ToString::to_string).collect();
        let columns = frame.columns().iter().map(Values::new).collect::<PolarsResult<_>>();
        let columns = columns.map_err(|error| IngestError::Broken {
            file: file.to_owned(),
            format: "a frame",
            source: error.into(),
        })?;
        Ok(Self { names, columns, height: frame.height(), row: None })
    }

    /// Adds a column that could not even be decoded.
    pub(super) fn push_unusable(&mut self, name: &str, kind: impl std::fmt::Debug) {
        self.names.push(name.to_owned());
        self.columns.push(Values::unusable(kind));
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
