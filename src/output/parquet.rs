//! Parquet: GeoParquet 1.1 with the bounds of each row, or a plain table where no shapes are asked for. Cells are `u64`, as
//! databases compare and join them.

use std::io::Write;

use polars::error::{PolarsError, PolarsResult};
use polars_arrow::array::{Array, BinaryArray, BooleanArray, PrimitiveArray, StructArray, Utf8Array};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_parquet::parquet::error::ParquetError;
use polars_parquet::write::{
    CompressionOptions, Compressor, DynIter, DynStreamingIterator, Encoding, FileWriter, KeyValue, Page,
    StatisticsOptions, Version, WriteOptions, ZstdLevel, array_to_columns, fallible_streaming_iterator,
    to_parquet_schema,
};
use rayon::prelude::*;
use serde_json::json;

use super::sheet::{Shapes, Sheet};
use super::{Beside, Output, style};
use crate::error::Cause;
use crate::layer::{Column, Geometry, Kind, Layer, Value};

/// GeoParquet 1.1.
#[derive(Debug)]
pub(super) struct Parquet;

/// Rows of a group, which is read or passed over as a whole.
const GROUP: usize = 1 << 16;

impl Output for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn about(&self) -> &'static str {
        "GeoParquet 1.1 for geopandas, DuckDB, polars; --geometry none: a plain table"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["parquet", "geoparquet"]
    }

    fn write(&self, layer: &Layer, out: &mut dyn Write) -> Result<(), Cause> {
        let sheet = Sheet::of(layer, Geometry::Polygons);
        let shapes = sheet.shapes();
        let fields: Vec<Field> = columns(&sheet, &shapes, 0..0).iter().map(|(field, ..)| field.clone()).collect();
        let schema = fields.into_iter().map(|field| (field.name.clone(), field)).collect::<ArrowSchema>();
        let types = to_parquet_schema(&schema)?;
        let options = WriteOptions {
            statistics: StatisticsOptions::default(),
            version: Version::V1,
            compression: CompressionOptions::Zstd(Some(ZstdLevel::try_new(1)?)),
            data_page_size: None,
        };
        let mut writer = FileWriter::try_new(out, schema, options)?;
        for start in (0..sheet.len()).step_by(GROUP) {
            let rows = start..(start + GROUP).min(sheet.len());
            let columns = columns(&sheet, &shapes, rows.clone());
            let written = columns.into_par_iter().zip(types.fields()).map(|((_, array, encodings), kind)| {
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
        writer.end(Some(about(layer, &sheet, &shapes)?))?;
        Ok(())
    }

    fn write_all(&self, layer: &Layer, out: &mut dyn Write) -> Result<Vec<Beside>, Cause> {
        self.write(layer, out)?;
        Ok(style::files(layer))
    }
}

/// A column, and the encodings of what it is made of.
type Encoded = (Field, Box<dyn Array>, Vec<Encoding>);

/// The columns of some rows.
fn columns(sheet: &Sheet<'_>, shapes: &Shapes, rows: std::ops::Range<usize>) -> Vec<Encoded> {
    let of_column = |(place, column): (usize, &Column<'_>)| {
        // The first is the cell, which every other format has as text.
        if let (0, Some(cells)) = (place, sheet.cells()) {
            let cells: Vec<u64> = cells[rows.clone()].iter().map(|cell| cell.cell.into()).collect();
            let array = PrimitiveArray::from_vec(cells).boxed();
            return (field(&column.name, &*array, false), array, vec![Encoding::Plain]);
        }
        let (array, encoding) = values(column, rows.clone());
        (field(&column.name, &*array, true), array, vec![encoding])
    };
    let mut columns: Vec<Encoded> = sheet.columns.par_iter().enumerate().map(of_column).collect();
    if sheet.geometry != Geometry::None {
        let shapes = || rows.clone().map(|row| shapes.of(row));
        let wkb = shapes().map(|shape| {
            let mut bytes = Vec::with_capacity(128);
            shape.write_wkb(false, &mut bytes);
            bytes
        });
        let wkb = BinaryArray::<i64>::from_iter_values(wkb).boxed();
        columns.push((field("geometry", &*wkb, false), wkb, vec![Encoding::Plain]));
        let bounds: Vec<[f64; 4]> = shapes().map(|shape| shape.bounds().unwrap_or_default()).collect();
        let edge = |place: usize| {
            let edges: Vec<f64> = bounds.iter().map(|bounds| bounds[place]).collect();
            PrimitiveArray::from_vec(edges).boxed()
        };
        let edges: Vec<Box<dyn Array>> = (0..4).map(edge).collect();
        let fields =
            ["xmin", "ymin", "xmax", "ymax"].map(|name| Field::new(name.into(), ArrowDataType::Float64, false));
        let bounds = StructArray::new(ArrowDataType::Struct(fields.to_vec()), rows.len(), edges, None).boxed();
        columns.push((field("bbox", &*bounds, false), bounds, vec![Encoding::Plain; 4]));
    }
    columns
}

fn field(name: &str, array: &dyn Array, nullable: bool) -> Field {
    Field::new(name.into(), array.dtype().clone(), nullable)
}

fn values(column: &Column<'_>, rows: std::ops::Range<usize>) -> (Box<dyn Array>, Encoding) {
    let values = rows.map(|row| column.value(row));
    match column.kind {
        Kind::Flag => {
            let flag = |value| if let Value::Flag(flag) = value { Some(flag) } else { None };
            (values.map(flag).collect::<BooleanArray>().boxed(), Encoding::Plain)
        }
        Kind::Whole => {
            let whole = |value| if let Value::Whole(number) = value { Some(number) } else { None };
            (values.map(whole).collect::<PrimitiveArray<i64>>().boxed(), Encoding::Plain)
        }
        Kind::Real => {
            let real = |value| if let Value::Real(number) = value { Some(number) } else { None };
            (values.map(real).collect::<PrimitiveArray<f64>>().boxed(), Encoding::Plain)
        }
        Kind::Text => {
            let text = |value| if let Value::Text(text) = value { Some(text) } else { None };
            (values.map(text).collect::<Utf8Array<i64>>().boxed(), Encoding::RleDictionary)
        }
    }
}

/// What the file says of itself: provenance, and as GeoParquet where the shapes are.
fn about(layer: &Layer, sheet: &Sheet<'_>, shapes: &Shapes) -> Result<Vec<KeyValue>, Cause> {
    let pair = |key: &str, value: String| KeyValue { key: key.to_owned(), value: Some(value) };
    let mut about = vec![pair("tensionmap", serde_json::to_string(&layer.story())?)];
    if sheet.geometry != Geometry::None {
        let mut types = match sheet.geometry {
            Geometry::Centroids => vec!["Point"],
            _ => vec!["Polygon", "MultiPolygon"],
        };
        // Only those that are there.
        types.retain(|kind| match *kind {
            "Polygon" => shapes.iter().any(|shape| shape.parts() == 1),
            "MultiPolygon" => shapes.any_multi(),
            _ => shapes.len() > 0,
        });
        let mut geometry = json!({
            "encoding": "WKB", "geometry_types": types, "orientation": "counterclockwise",
            "covering": {"bbox": {"xmin": ["bbox", "xmin"], "ymin": ["bbox", "ymin"], "xmax": ["bbox", "xmax"],
                                  "ymax": ["bbox", "ymax"]}},
        });
        if let Some(bounds) = shapes.bounds() {
            geometry["bbox"] = json!(bounds);
        }
        let geo = json!({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}});
        about.push(pair("geo", geo.to_string()));
    }
    Ok(about)
}
