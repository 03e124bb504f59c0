//! Geometries in the encodings of `GeoArrow`: positions as structs of x and y, parts as lists of them.

use std::ops::Range;

use geojson::{GeometryValue, Position};
use polars::prelude::ArrowDataType;
use polars_arrow::array::{Array, ListArray, PrimitiveArray, StructArray};

/// Encoding of a column of geometries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum GeometryEncoding {
    Wkb,
    Point,
    LineString,
    Polygon,
    MultiPoint,
    MultiLineString,
    MultiPolygon,
}

impl GeometryEncoding {
    /// The encoding by its name in the metadata of GeoParquet.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "WKB" => Self::Wkb,
            "point" => Self::Point,
            "linestring" => Self::LineString,
            "polygon" => Self::Polygon,
            "multipoint" => Self::MultiPoint,
            "multilinestring" => Self::MultiLineString,
            "multipolygon" => Self::MultiPolygon,
            _ => return None,
        })
    }

    /// The geometry of a row; `None` for null, and where the column is of another type.
    pub(crate) fn shape(self, column: &dyn Array, row: usize) -> Option<GeometryValue> {
        if column.is_null(row) {
            return None;
        }
        let lines = || nested(column, row, positions);
        Some(match self {
            Self::Wkb => return None,
            Self::Point => {
                let at = positions(column, row..row + 1)?.pop()?;
                let is_empty = at[0].is_nan() && at[1].is_nan();
                GeometryValue::Point { coordinates: if is_empty { Position::from(Vec::new()) } else { at } }
            }
            Self::LineString => GeometryValue::LineString { coordinates: lines()? },
            Self::MultiPoint => GeometryValue::MultiPoint { coordinates: lines()? },
            Self::Polygon => GeometryValue::Polygon { coordinates: nested(column, row, rings)? },
            Self::MultiLineString => GeometryValue::MultiLineString { coordinates: nested(column, row, rings)? },
            Self::MultiPolygon => {
                let polygons = nested(column, row, |polygons, range| {
                    range.map(|polygon| nested(polygons, polygon, rings)).collect::<Option<Vec<_>>>()
                });
                GeometryValue::MultiPolygon { coordinates: polygons? }
            }
        })
    }
}

fn rings(rings: &dyn Array, range: Range<usize>) -> Option<Vec<Vec<Position>>> {
    range.map(|ring| nested(rings, ring, positions)).collect()
}

/// Result of `take` for the elements of one list.
fn nested<T>(lists: &dyn Array, row: usize, take: impl Fn(&dyn Array, Range<usize>) -> Option<T>) -> Option<T> {
    let lists = lists.as_any().downcast_ref::<ListArray<i64>>()?;
    let (from, to) = lists.offsets().start_end(row);
    take(&**lists.values(), from..to)
}

/// Positions of structs with an x and a y.
fn positions(structs: &dyn Array, range: Range<usize>) -> Option<Vec<Position>> {
    let structs = structs.as_any().downcast_ref::<StructArray>()?;
    let axis = |name: &str| {
        let index = structs.fields().iter().position(|field| field.name == name)?;
        structs.values().get(index)?.as_any().downcast_ref::<PrimitiveArray<f64>>()
    };
    let (x, y) = (axis("x")?, axis("y")?);
    Some(range.map(|row| Position::from([x.value(row), y.value(row)])).collect())
}

/// True for a type that polars decodes and [`GeometryEncoding::shape`] looks into.
pub(super) fn is_nested(dtype: &ArrowDataType) -> bool {
    match dtype {
        ArrowDataType::Struct(fields) => fields.iter().all(|field| *field.dtype() == ArrowDataType::Float64),
        ArrowDataType::List(inner) | ArrowDataType::LargeList(inner) => is_nested(inner.dtype()),
        _ => false,
    }
}
