//! Rows of a layer as Arrow columns, for the formats that store them.

use std::ops::Range;

use polars_arrow::array::{Array, BinaryArray, BooleanArray, PrimitiveArray, StructArray, Utf8Array};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::feature_table::{FeatureTable, RowGeometries};
use crate::layer::{Column, ColumnValue, TableGeometry, ValueKind};

/// Reference system of every format, as PROJJSON. `GeoPackage`, `FlatGeobuf` and readers of GeoJSON call it EPSG:4326 too, and layers
/// of one name join; coordinates are longitude, latitude in all of them.
const CRS: &str = include_str!("epsg_4326.json");

/// Names of the columns of geometries and of their bounds.
pub(super) const GEOMETRY: &str = "geometry";
const BOUNDS: &str = "bbox";

/// The reference system as JSON.
pub(super) fn crs() -> Result<Value, serde_json::Error> {
    serde_json::from_str(CRS)
}

/// Metadata of `GeoParquet` under the key `geo`, by which geopandas knows Arrow IPC too; `None` without geometries.
pub(super) fn geo(table: &FeatureTable<'_>, shapes: &RowGeometries) -> Result<Option<String>, serde_json::Error> {
    let mut types = match table.geometry {
        TableGeometry::None => return Ok(None),
        TableGeometry::Centroids => vec!["Point"],
        TableGeometry::Polygons | TableGeometry::Outlines => vec!["Polygon", "MultiPolygon"],
    };
    // Only types that occur.
    types.retain(|kind| match *kind {
        "Polygon" => shapes.iter().any(|shape| shape.parts() == 1),
        "MultiPolygon" => shapes.any_multi(),
        _ => shapes.len() > 0,
    });
    let mut geometry = json!({
        "encoding": "WKB", "geometry_types": types, "crs": crs()?, "orientation": "counterclockwise",
        "covering": {BOUNDS: {"xmin": [BOUNDS, "xmin"], "ymin": [BOUNDS, "ymin"], "xmax": [BOUNDS, "xmax"],
                              "ymax": [BOUNDS, "ymax"]}},
    });
    if let Some(bounds) = shapes.bounds() {
        geometry["bbox"] = json!(bounds);
    }
    let columns = json!({GEOMETRY: geometry});
    Ok(Some(json!({"version": "1.1.0", "primary_column": GEOMETRY, "columns": columns}).to_string()))
}

/// A column with its name, type and values.
pub(super) type ArrowColumn = (Field, Box<dyn Array>);

/// Names and types of all columns.
pub(super) fn schema(table: &FeatureTable<'_>, shapes: &RowGeometries) -> ArrowSchema {
    columns(table, shapes, 0..0).into_iter().map(|(field, _)| (field.name.clone(), field)).collect()
}

/// Columns of a range of rows: values, then geometries as well-known binary with their bounds, if the table has any.
pub(super) fn columns(table: &FeatureTable<'_>, shapes: &RowGeometries, rows: Range<usize>) -> Vec<ArrowColumn> {
    let of_column = |(place, column): (usize, &Column<'_>)| {
        let is_cell = place == 0 && table.cells().is_some();
        let array = match table.cells() {
            // Cells as numbers have no sign.
            Some(cells) if is_cell && column.kind == ValueKind::Whole => {
                let cells: Vec<u64> = cells[rows.clone()].iter().map(|cell| cell.cell.into()).collect();
                PrimitiveArray::from_vec(cells).boxed()
            }
            _ => values(column, rows.clone()),
        };
        (field(&column.name, &*array, !is_cell), array)
    };
    let mut columns: Vec<ArrowColumn> = table.columns.par_iter().enumerate().map(of_column).collect();
    if table.geometry != TableGeometry::None {
        let shapes = || rows.clone().map(|row| shapes.of(row));
        let wkb = shapes().map(|shape| {
            let mut bytes = Vec::with_capacity(128);
            shape.write_wkb(false, &mut bytes);
            bytes
        });
        let wkb = BinaryArray::<i64>::from_iter_values(wkb).boxed();
        columns.push((field(GEOMETRY, &*wkb, false), wkb));
        let bounds: Vec<[f64; 4]> = shapes().map(|shape| shape.bounds().unwrap_or_default()).collect();
        let edge = |place: usize| {
            let edges: Vec<f64> = bounds.iter().map(|bounds| bounds[place]).collect();
            PrimitiveArray::from_vec(edges).boxed()
        };
        let edges: Vec<Box<dyn Array>> = (0..4).map(edge).collect();
        let fields =
            ["xmin", "ymin", "xmax", "ymax"].map(|name| Field::new(name.into(), ArrowDataType::Float64, false));
        let bounds = StructArray::new(ArrowDataType::Struct(fields.to_vec()), rows.len(), edges, None).boxed();
        columns.push((field(BOUNDS, &*bounds, false), bounds));
    }
    columns
}

fn field(name: &str, array: &dyn Array, nullable: bool) -> Field {
    Field::new(name.into(), array.dtype().clone(), nullable)
}

fn values(column: &Column<'_>, rows: Range<usize>) -> Box<dyn Array> {
    let values = rows.map(|row| column.value(row));
    macro_rules! array {
        ($kind:ident, $array:ty) => {{
            let value = |value| if let ColumnValue::$kind(value) = value { Some(value) } else { None };
            values.map(value).collect::<$array>().boxed()
        }};
    }
    match column.kind {
        ValueKind::Flag => array!(Flag, BooleanArray),
        ValueKind::Whole => array!(Whole, PrimitiveArray<i64>),
        ValueKind::Real => array!(Real, PrimitiveArray<f64>),
        ValueKind::Text => array!(Text, Utf8Array<i64>),
        ValueKind::Date => {
            let day = |value| if let ColumnValue::Date(day) = value { Some(day.0) } else { None };
            values.map(day).collect::<PrimitiveArray<i32>>().to(ArrowDataType::Date32).boxed()
        }
    }
}
