//! Rows of a polars frame as records: what Parquet is read into, and what a caller may hand over directly.

use std::sync::Arc;

use polars::prelude::{DataFrame, LazyFrame, PolarsResult};

use polars_arrow::array::Array;

use super::values::{Columnar, Values};
use super::{Field, FormatError, Input, MemoryTable, OpenResult, Records, Step, TableHeader};

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
    fn open(&self) -> OpenResult {
        let frame = self.0.as_ref().clone().collect();
        frame.map_err(|error| FormatError::broken("frame", "a query", error))?.open()
    }
}

impl MemoryTable for DataFrame {
    fn open(&self) -> OpenResult {
        Ok(Box::new(FrameRecords::new("frame", self)?))
    }
}

/// A cursor over the rows of a frame.
#[derive(Debug)]
pub struct FrameRecords {
    header: TableHeader,
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
        let columns = columns.map_err(|error| FormatError::broken(file, "a frame", error))?;
        Ok(Self { header: TableHeader { names, ..TableHeader::default() }, columns, ..Self::empty(frame.height()) })
    }

    /// A cursor over rows without columns.
    pub(crate) fn empty(height: usize) -> Self {
        Self { header: TableHeader::default(), columns: Vec::new(), height, row: usize::MAX }
    }

    /// Adds a column.
    pub(crate) fn push(&mut self, name: &str, values: Values) {
        self.header.names.push(name.to_owned());
        self.columns.push(values);
    }

    /// Bytes of the current row.
    pub(crate) fn bytes(&self, column: usize) -> Option<&[u8]> {
        self.columns.get(column)?.bytes(self.row)
    }

    /// The current row, and a column of structs or lists.
    pub(crate) fn nested(&self, column: usize) -> Option<(usize, &dyn Array)> {
        Some((self.row, self.columns.get(column)?.nested()?))
    }
}

impl Records for FrameRecords {
    fn header(&self) -> &TableHeader {
        &self.header
    }

    #[inline]
    fn advance(&mut self) -> Result<Step, FormatError> {
        self.row = self.row.wrapping_add(1);
        Ok(if self.row < self.height { Step::Record } else { Step::End })
    }

    #[inline]
    fn field(&self, column: usize) -> Field<'_> {
        self.columns.get(column).map_or(Field::Null, |values| values.field(self.row))
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
