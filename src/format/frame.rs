//! Rows of a polars frame as records: what Parquet is read into, and what a caller may hand over directly.

use std::sync::Arc;

use polars::prelude::{DataFrame, LazyFrame, PolarsResult};

use super::values::{Columnar, Values};
use super::{Field, FormatError, Input, MemoryTable, Records, Step};

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

impl MemoryTable for Query {
    fn open(&self) -> Result<Box<dyn Records>, FormatError> {
        let (file, format) = ("frame".to_owned(), "a query");
        let frame = self.0.as_ref().clone().collect();
        frame.map_err(|error| FormatError::Broken { file, format, source: error.into() })?.open()
    }
}

impl MemoryTable for DataFrame {
    fn open(&self) -> Result<Box<dyn Records>, FormatError> {
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

impl FrameRecords {
    /// A cursor before the first row. Columns may be text, categories, numbers, dates or date-times; a value of any other
    /// type is quarantined where a role needs it.
    ///
    /// # Errors
    /// A column that polars cannot convert.
    pub fn new(file: &str, frame: &DataFrame) -> Result<Self, FormatError> {
        let names = frame.get_column_names().iter().map(ToString::to_string).collect();
        let columns = frame.columns().iter().map(Values::new).collect::<PolarsResult<_>>();
        let columns = columns.map_err(|error| FormatError::Broken {
            file: file.to_owned(),
            format: "a frame",
            source: error.into(),
        })?;
        Ok(Self { names, columns, height: frame.height(), row: usize::MAX })
    }

    /// A cursor over no rows.
    pub(crate) fn empty() -> Self {
        Self { names: Vec::new(), columns: Vec::new(), height: 0, row: usize::MAX }
    }

    /// Adds a column that could not even be decoded.
    pub(crate) fn push_unusable(&mut self, name: &str, kind: impl std::fmt::Debug) {
        self.names.push(name.to_owned());
        self.columns.push(Values::unusable(kind));
    }

    /// Adds a column with the same text in every row.
    pub(crate) fn push_constant(&mut self, name: &str, text: &str) {
        self.names.push(name.to_owned());
        self.columns.push(Values::Constant(text.to_owned()));
    }

    /// Bytes of the current row.
    pub(crate) fn bytes(&self, column: usize) -> Option<&[u8]> {
        self.columns.get(column)?.bytes(self.row)
    }
}

impl Records for FrameRecords {
    fn names(&self) -> &[String] {
        &self.names
    }

    #[inline]
    fn advance(&mut self) -> Result<Step, FormatError> {
        self.row = self.row.wrapping_add(1);
        Ok(if self.row < self.height { Step::Record } else { Step::End })
    }

    #[inline]
    fn field(&self, column: usize) -> Field<'_> {
        match self.columns.get(column) {
            Some(values) => values.field(self.row),
            None => Field::Null,
        }
    }

    fn raw(&self) -> String {
        let values = (0..self.names.len()).map(|column| self.field(column).displayed());
        values.collect::<Vec<_>>().join(",")
    }
}

impl Columnar for FrameRecords {
    fn height(&self) -> usize {
        self.height
    }

    #[inline]
    fn seek(&mut self, row: usize) {
        self.row = row;
    }

    fn values(&self, column: usize) -> Option<&Values> {
        self.columns.get(column)
    }
}
