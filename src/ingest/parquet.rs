//! Parquet, through polars; only columns of types a report can be made of are decoded.

use std::io::Cursor;

use polars::prelude::{ArrowDataType, PolarsError};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;

use super::frame::FrameRecords;
use super::{Format, IngestError, Records, Source};

/// Parquet with longitude and latitude columns.
#[derive(Debug)]
pub(super) struct Parquet;

impl Format for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn about(&self) -> &'static str {
        "Parquet with longitude and latitude columns"
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.starts_with(b"PAR1")
    }

    fn open(&self, source: Source, _notices: &mut Vec<String>) -> Result<Box<dyn Records>, IngestError> {
        let file = source.name().to_owned();
        let bytes = source.into_bytes()?;
        let broken =
            |error: PolarsError| IngestError::Broken { file: file.clone(), format: "parquet", source: error.into() };
        let mut reader = ParquetReader::new(Cursor::new(bytes));
        // Decided from the schema: a column that cannot be decoded must not stop those that can.
        let schema = reader.schema().map_err(broken)?;
        let (usable, others): (Vec<_>, Vec<_>) = schema.iter_values().partition(|field| is_usable(field.dtype()));
        let names = usable.iter().map(|field| field.name.to_string()).collect();
        let frame = reader.with_columns(Some(names)).finish().map_err(broken)?;
        let mut records = FrameRecords::new(&file, &frame)?;
        for field in others {
            records.push_unusable(&field.name, field.dtype());
        }
        Ok(Box::new(records))
    }
}

fn is_usable(dtype: &ArrowDataType) -> bool {
    use ArrowDataType as A;
    match dtype {
        A::Dictionary(_, values, _) => is_usable(values),
        A::Utf8 | A::LargeUtf8 | A::Utf8View | A::Date32 | A::Timestamp(..) => true,
        dtype => {
            dtype.is_numeric()
                && !matches!(dtype, A::Decimal(..) | A::Decimal256(..) | A::Float16 | A::Int128 | A::UInt128)
        }
    }
}
