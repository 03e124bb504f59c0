//! CSV: a plain table for spreadsheets and databases, with geometries as WKT on request.

use std::io::Write;

use geo::Coord;

use super::csv_field;
use super::feature_table::{FeatureTable, RowGeometries, RowGeometry};
use super::product::Encoded;
use crate::disclosure::Release;
use crate::invalid::Cause;
use crate::layer::{Column, ColumnValue, Layer, TableGeometry};
use crate::rounding::{write_degrees, write_real};

/// RFC 4180 in UTF-8, safe to open in a spreadtable.
pub(super) fn layer(release: &Release<'_, Layer>, out: &mut dyn Write) -> Encoded {
    let layer = release.product();
    let table = FeatureTable::typed(layer, TableGeometry::None);
    let has_shapes = table.geometry != TableGeometry::None;
    let shapes = table.shapes();
    write_table(&table.columns, table.len(), NumberFormat::Json, has_shapes.then_some(&shapes), out)?;
    Ok(Vec::new())
}

/// Format of real numbers in a table.
#[derive(Clone, Copy)]
pub(super) enum NumberFormat {
    /// JSON form: at least one digit after the point.
    Json,
    /// Shortest decimal without an exponent.
    Shortest,
    /// This number of digits after the point.
    Fixed(usize),
}

/// Writes columns as CSV: a header, then one line a row, with shapes as WKT if there are any.
pub(super) fn write_table(
    columns: &[Column<'_>],
    rows: usize,
    numbers: NumberFormat,
    shapes: Option<&RowGeometries>,
    out: &mut dyn Write,
) -> Result<(), Cause> {
    let mut names: Vec<String> = columns.iter().map(|column| csv_field(&column.name)).collect();
    names.extend(shapes.map(|_| "wkt".to_owned()));
    writeln!(out, "{}", names.join(","))?;
    let mut line = Vec::with_capacity(1024);
    for row in 0..rows {
        line.clear();
        for (place, column) in columns.iter().enumerate() {
            line.extend_from_slice(if place == 0 { b"" } else { b"," });
            match column.value(row) {
                ColumnValue::Null => {}
                ColumnValue::Flag(flag) => line.extend_from_slice(if flag { b"true" } else { b"false" }),
                ColumnValue::Whole(number) => write!(line, "{number}")?,
                ColumnValue::Real(number) => write_number(&mut line, number, numbers)?,
                ColumnValue::Text(text) if is_plain(&text) => line.extend_from_slice(text.as_bytes()),
                ColumnValue::Text(text) => line.extend_from_slice(csv_field(&text).as_bytes()),
                ColumnValue::Date(day) => write!(line, "{day}")?,
            }
        }
        if let Some(shapes) = shapes {
            line.extend_from_slice(b",\"");
            wkt(shapes.of(row), &mut line)?;
            line.push(b'"');
        }
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}

/// True if a text is a field as it stands, as most are: letters, digits and spaces.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_'))
}

fn write_number(line: &mut Vec<u8>, number: f64, format: NumberFormat) -> Result<(), Cause> {
    match format {
        NumberFormat::Json => write_real(line, number)?,
        // Neither is a number that JSON has with an exponent.
        NumberFormat::Shortest if number == 0.0 => line.push(b'0'),
        NumberFormat::Shortest if (1e-3..1e11).contains(&number.abs()) => {
            write_real(line, number)?;
            if line.ends_with(b".0") {
                line.truncate(line.len() - 2);
            }
        }
        NumberFormat::Shortest => write!(line, "{number}")?,
        NumberFormat::Fixed(digits) => write!(line, "{number:.digits$}")?,
    }
    Ok(())
}

fn wkt(shape: RowGeometry<'_>, out: &mut Vec<u8>) -> Result<(), Cause> {
    let place = |at: Coord, out: &mut Vec<u8>| {
        write_degrees(out, at.x)?;
        out.push(b' ');
        write_degrees(out, at.y)
    };
    match shape {
        RowGeometry::None => {}
        RowGeometry::Point(at) => {
            out.extend_from_slice(b"POINT (");
            place(at, out)?;
            out.push(b')');
        }
        RowGeometry::Ring(_) | RowGeometry::Polygons(_) => {
            let is_one = shape.parts() == 1;
            out.extend_from_slice(if is_one { b"POLYGON " } else { b"MULTIPOLYGON (" });
            for (part, rings) in shape.polygons().enumerate() {
                out.extend_from_slice(if part == 0 { b"(" } else { b", (" });
                for (number, ring) in rings.enumerate() {
                    out.extend_from_slice(if number == 0 { b"(" } else { b", (" });
                    for (corner, at) in ring.corners().enumerate() {
                        out.extend_from_slice(if corner == 0 { b"" } else { b", " });
                        place(at, out)?;
                    }
                    out.push(b')');
                }
                out.push(b')');
            }
            out.extend_from_slice(if is_one { b"" } else { b")" });
        }
    }
    Ok(())
}
