//! Rows of a polars frame as records: what Parquet is read into, and what a caller may hand over directly.

use polars::prelude::{AnyValue, DataFrame, DataType, TimeUnit};

use super::{Field, IngestError, Place, Records, Step};
use crate::incident::Day;

/// A cursor over the rows of a frame.
#[derive(Debug)]
pub struct FrameRecords {
    frame: DataFrame,
    names: Vec<String>,
    row: Option<usize>,
}

impl FrameRecords {
    /// A cursor before the first row. Columns may be text, numbers, dates or date-times; others are left out, so that
    /// naming one as a role says it is missing.
    ///
    /// # Errors
    /// A frame without rows.
    pub fn new(file: &str, frame: DataFrame) -> Result<Self, IngestError> {
        if frame.height() == 0 {
            return Err(IngestError::NoRecords { file: file.to_owned(), format: "frame" });
        }
        let usable = |dtype: &DataType| {
            dtype.is_primitive_numeric() || matches!(dtype, DataType::String | DataType::Date | DataType::Datetime(..))
        };
        let keep = frame.columns().iter().filter(|column| usable(column.dtype())).map(|column| column.name().clone());
        let frame = frame.select(keep).map_err(|error| IngestError::Broken {
            file: file.to_owned(),
            format: "frame",
            source: error.into(),
        })?;
        let names = frame.get_column_names().iter().map(ToString::to_string).collect();
        Ok(Self { frame, names, row: None })
    }
}

impl Records for FrameRecords {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn advance(&mut self) -> Result<Step, IngestError> {
        let row = self.row.map_or(0, |row| row + 1);
        self.row = Some(row);
        Ok(if row < self.frame.height() {
            Step::Record(Place { record: row as u64 + 1, line: None })
        } else {
            Step::End
        })
    }

    fn field(&self, column: usize) -> Field<'_> {
        let value = self.frame.columns().get(column).and_then(|column| column.get(self.row?).ok());
        match value {
            None | Some(AnyValue::Null) => Field::Null,
            Some(AnyValue::String(text)) => Field::Text(text),
            Some(AnyValue::Date(days)) => Field::Day(Day(days)),
            Some(AnyValue::Datetime(ticks, unit, zone)) => moment(ticks, unit, zone.is_some()),
            Some(AnyValue::DatetimeOwned(ticks, unit, zone)) => moment(ticks, unit, zone.is_some()),
            Some(number) => number.extract::<f64>().map_or(Field::Other("a value of another type"), Field::Number),
        }
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
