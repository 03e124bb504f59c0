//! Rows of a polars frame as records: what Parquet is read into, and what a caller may hand over directly.

use std::sync::Arc;

use polars::prelude::{
    BinaryChunked, Column, DataFrame, DataType, Float64Chunked, Int32Chunked, Int64Chunked, LazyFrame, PolarsResult,
    StringChunked, TimeUnit,
};

use super::{Field, IngestError, Input, Records, Step, Table};
use crate::incident::Day;

impl From<DataFrame> for Input {
    fn from(frame: DataFrame) -> Self {
        Self::Table(Arc::new(frame))
    }
}

/// A query is collected when it is read.
impl From<LazyFrame> for Input {
    fn from(query: LazyFrame) -> Self {
        Self::Table(Arc::new(Query(Box::new(query))))
    }
}

struct Query(Box<LazyFrame>);

impl Table for Query {
    fn open(&self) -> Result<Box<dyn Records>, IngestError> {
        let (file, format) = ("frame".to_owned(), "a query");
        let frame = self.0.as_ref().clone().collect();
        frame.map_err(|error| IngestError::Broken { file, format, source: error.into() })?.open()
    }
}

impl Table for DataFrame {
    fn open(&self) -> Result<Box<dyn Records>, IngestError> {
        Ok(Box::new(FrameRecords::new("frame", self)?))
    }
}

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
    Integer(Int64Chunked),
    Binary(BinaryChunked),
    /// The same text in every row.
    Constant(String),
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
            DataType::Binary => Self::Binary(column.rechunk().binary()?.clone()),
            // An integer beyond 64 bits, or above half of them, is as exact as a float can have it.
            dtype if dtype.is_integer() && *dtype != DataType::UInt64 && cast(DataType::Int64).is_ok() => {
                Self::Integer(cast(DataType::Int64)?.i64()?.clone())
            }
            DataType::UInt64 => match column.strict_cast(&DataType::Int64) {
                Ok(whole) => Self::Integer(whole.rechunk().i64()?.clone()),
                Err(_too_large) => Self::Number(cast(DataType::Float64)?.f64()?.clone()),
            },
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
            Self::Integer(values) => values.get(row).map(Field::Integer),
            Self::Binary(values) => values.get(row).map(|_| Field::Other("bytes")),
            Self::Constant(text) => Some(Field::Text(text)),
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
    /// A column that polars cannot convert.
    pub fn new(file: &str, frame: &DataFrame) -> Result<Self, IngestError> {
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

    /// Adds a column with the same text in every row.
    pub(super) fn push_constant(&mut self, name: &str, text: &str) {
        self.names.push(name.to_owned());
        self.columns.push(Values::Constant(text.to_owned()));
    }

    /// Bytes of the current row.
    pub(super) fn bytes(&self, column: usize) -> Option<&[u8]> {
        match self.columns.get(column)? {
            Values::Binary(values) => values.get(self.row?),
            _ => None,
        }
    }
}

impl Records for FrameRecords {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn advance(&mut self) -> Result<Step, IngestError> {
        let row = self.row.map_or(0, |row| row + 1);
        self.row = Some(row);
        Ok(if row < self.height { Step::Record } else { Step::End })
    }

    fn field(&self, column: usize) -> Field<'_> {
        self.columns.get(column).zip(self.row).map_or(Field::Null, |(values, row)| values.field(row))
    }

    fn raw(&self) -> String {
        let values = (0..self.names.len()).map(|column| self.field(column).shown());
        values.collect::<Vec<_>>().join(",")
    }

    fn pour(&mut self, intake: &mut super::Intake<'_>) -> Result<(), IngestError> {
        intake.take_all(self)
    }
}

/// A polars date-time: with a zone it is an instant, without one a local time.
fn moment(ticks: i64, unit: TimeUnit, zoned: bool) -> Field<'static> {
    let seconds = match unit {
        TimeUnit::Nanoseconds => ticks.div_euclid(1_000_000_000),
        TimeUnit::Microseconds => ticks.div_euclid(1_000_000),
        TimeUnit::Milliseconds => ticks.div_euclid(1_000),
    };
    if zoned { Field::Instant(seconds) } else { Field::Local(seconds) }
}
