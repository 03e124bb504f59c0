//! Parquet, through polars; only the columns a report can have are decoded.

use std::io::Cursor;

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
        let frame = ParquetReader::new(Cursor::new(bytes)).finish().map_err(|error| IngestError::Broken {
            file: file.clone(),
            format: "parquet",
            source: error.into(),
        })?;
        Ok(Box::new(FrameRecords::new(&file, &frame)?))
    }
}
