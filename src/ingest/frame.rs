//! Rows of a polars frame as records: what Parquet is read into, and what a caller may hand over directly.

use std::sync::Arc;

use polars::prelude::{
    BinaryChunked, ChunkedArray, Column, DataFrame, DataType, LazyFrame, PolarsNumericType, PolarsResult,
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
    /// The current row; one less than the first before it.
    row: usize,
}

/// A column in the one type its values are looked up in, as plain slices.
#[derive(Debug)]
enum Values {
    Text(StringChunked),
    Number(Slice<f64>),
    Integer(Slice<i64>),
    Day(Slice<i32>),
    /// Seconds, of a moment in UTC or on a local clock.
    Instant(Slice<i64>),
    Local(Slice<i64>),
    Binary(BinaryChunked),
    /// The same text in every row.
    Constant(String),
    /// Of a type that no role has a use for, which is what its values say of themselves.
    Unusable(String),
}

/// Numbers, and which of them are there.
#[derive(Debug)]
struct Slice<T> {
    values: Vec<T>,
    /// `None` when all are.
    present: Option<Vec<bool>>,
}

impl<T: Copy> Slice<T> {
    fn new<P: PolarsNumericType<Native = T>>(column: &ChunkedArray<P>) -> Self {
        let values = column.data_views().collect::<Vec<_>>().concat();
        let missing = column.null_count() > 0;
        Self { values, present: missing.then(|| column.iter().map(|value| value.is_some()).collect()) }
    }

    #[inline]
    fn get(&self, row: usize) -> Option<T> {
        match &self.present {
            Some(present) if !*present.get(row)? => None,
            _ => self.values.get(row).copied(),
        }
    }
}

impl Values {
    fn new(column: &Column) -> PolarsResult<Self> {
        let cast = |dtype: DataType| column.cast(&dtype).map(|column| column.rechunk());
        let number = || PolarsResult::Ok(Self::Number(Slice::new(cast(DataType::Float64)?.f64()?)));
        Ok(match column.dtype() {
            DataType::String => Self::Text(column.rechunk().str()?.clone()),
            DataType::Date => Self::Day(Slice::new(cast(DataType::Int32)?.i32()?)),
            DataType::Datetime(unit, zone) => {
                let mut ticks = Slice::new(cast(DataType::Int64)?.i64()?);
                // A division by a number that the compiler knows is none.
                ticks.values.iter_mut().for_each(|ticks| {
                    *ticks = match unit {
                        TimeUnit::Nanoseconds => ticks.div_euclid(1_000_000_000),
                        TimeUnit::Microseconds => ticks.div_euclid(1_000_000),
                        TimeUnit::Milliseconds => ticks.div_euclid(1_000),
                    };
                });
                if zone.is_some() { Self::Instant(ticks) } else { Self::Local(ticks) }
            }
            DataType::Categorical(..) | DataType::Enum(..) => Self::Text(cast(DataType::String)?.str()?.clone()),
            DataType::Binary => Self::Binary(column.rechunk().binary()?.clone()),
            DataType::Float64 => Self::Number(Slice::new(column.rechunk().f64()?)),
            // Integers stay whole, so that an id keeps all of its digits.
            dtype if dtype.is_integer() => match column.strict_cast(&DataType::Int64) {
                Ok(whole) => Self::Integer(Slice::new(whole.rechunk().i64()?)),
                Err(_too_large) => number()?,
            },
            dtype if dtype.is_primitive_numeric() => number()?,
            dtype => Self::unusable(dtype),
        })
    }

    fn unusable(kind: impl std::fmt::Debug) -> Self {
        Self::Unusable(format!("a value of type {kind:?}"))
    }

    #[inline]
    fn field(&self, row: usize) -> Field<'_> {
        let field = match self {
            Self::Text(values) => values.get(row).map(Field::Text),
            Self::Number(values) => values.get(row).map(Field::Number),
            Self::Integer(values) => values.get(row).map(Field::Integer),
            Self::Day(values) => values.get(row).map(|day| Field::Day(Day(day))),
            Self::Instant(values) => values.get(row).map(Field::Instant),
            Self::Local(values) => values.get(row).map(Field::Local),
            Self::Binary(values) => values.get(row).map(|_| Field::Other("bytes")),
            Self::Constant(text) => Some(Field::Text(text)),
            Self::Unusable(kind) => Some(Field::Other(kind)),
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
        Ok(Self { names, columns, height: frame.height(), row: usize::MAX })
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
            Values::Binary(values) => values.get(self.row),
            _ => None,
        }
    }
}

impl Records for FrameRecords {
    fn names(&self) -> &[String] {
        &self.names
    }

    #[inline]
    fn advance(&mut self) -> Result<Step, IngestError> {
        self.row = self.row.wrapping_add(1);
        Ok(if self.row < self.height { Step::Record } else { Step::End })
    }

    #[inline]
    fn field(&self, column: usize) -> Field<'_> {
        self.columns.get(column).map_or(Field::Null, |values| values.field(self.row))
    }

    fn raw(&self) -> String {
        let values = (0..self.names.len()).map(|column| self.field(column).shown());
        values.collect::<Vec<_>>().join(",")
    }

    fn pour(&mut self, intake: &mut super::Intake<'_>) -> Result<(), IngestError> {
        intake.take_all(self)
    }
}
