//! GeoParquet 1.1 with the bounds of each row, or plain Parquet without geometries.

use std::io::Write;

use polars::error::{PolarsError, PolarsResult};
use polars_arrow::array::Array;
use polars_arrow::datatypes::ArrowDataType;
use polars_parquet::parquet::error::ParquetError;
use polars_parquet::write::{
    CompressionOptions, Compressor, DynIter, DynStreamingIterator, Encoding, FileWriter, KeyValue, Page,
    StatisticsOptions, Version, WriteOptions, ZstdLevel, array_to_columns, fallible_streaming_iterator,
    to_parquet_schema,
};
use rayon::prelude::*;

use super::arrays::{columns, geo, schema};
use super::feature_table::{FeatureTable, RowGeometries};
use super::product::Encoded;
use super::style;
use crate::disclosure::Release;
use crate::invalid::Cause;
use crate::layer::{Layer, TableGeometry};

/// Rows of a group, the unit that readers skip.
const GROUP_ROWS: usize = 1 << 16;

/// GeoParquet 1.1.
pub(super) fn layer(release: &Release<'_, Layer>, out: &mut dyn Write) -> Encoded {
    let layer = release.product();
    let table = FeatureTable::typed(layer, TableGeometry::Polygons);
    let shapes = table.shapes();
    let schema = schema(&table, &shapes);
    let types = to_parquet_schema(&schema)?;
    let options = WriteOptions {
        statistics: StatisticsOptions::default(),
        version: Version::V1,
        compression: CompressionOptions::Zstd(Some(ZstdLevel::try_new(1)?)),
        data_page_size: None,
    };
    let mut writer = FileWriter::try_new(out, schema, options)?;
    for start in (0..table.len()).step_by(GROUP_ROWS) {
        let rows = start..(start + GROUP_ROWS).min(table.len());
        let columns = columns(&table, &shapes, rows.clone());
        let written = columns.into_par_iter().zip(types.fields()).map(|((_, array), kind)| {
            let encodings = encodings(&*array);
            let parts = array_to_columns(array, kind.clone(), options, &encodings)?;
            let pages = |pages: DynIter<'static, PolarsResult<Page>>| {
                let failed = |error: PolarsError| ParquetError::InvalidParameter(error.to_string());
                let pages = pages.map(|page| page.map_err(failed));
                Compressor::new(pages, options.compression, Vec::new()).collect::<Result<Vec<_>, _>>()
            };
            parts.into_iter().map(pages).collect::<Result<Vec<_>, _>>().map_err(Cause::from)
        });
        let written = written.collect::<Result<Vec<_>, Cause>>()?;
        let streams = written
            .iter()
            .flatten()
            .map(|pages| Ok(DynStreamingIterator::new(fallible_streaming_iterator::convert(pages.iter().map(Ok)))));
        writer.write(rows.len() as u64, DynIter::new(streams))?;
    }
    writer.end(Some(about(layer, &table, &shapes)?))?;
    Ok(style::files(layer))
}

/// Encodings of the parts of an array.
fn encodings(array: &dyn Array) -> Vec<Encoding> {
    match array.dtype() {
        ArrowDataType::LargeUtf8 => vec![Encoding::RleDictionary],
        ArrowDataType::Struct(fields) => vec![Encoding::Plain; fields.len()],
        _ => vec![Encoding::Plain],
    }
}

/// Metadata of the file: provenance, and the geometry column for GeoParquet.
fn about(layer: &Layer, table: &FeatureTable<'_>, shapes: &RowGeometries) -> Result<Vec<KeyValue>, Cause> {
    let pair = |key: &str, value: String| KeyValue { key: key.to_owned(), value: Some(value) };
    let mut about = vec![pair("tensionmap", serde_json::to_string(&layer.metadata())?)];
    about.extend(geo(table, shapes)?.map(|geo| pair("geo", geo)));
    Ok(about)
}
