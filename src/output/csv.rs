//! CSV: a plain table for spreadsheets and databases, with geometries as WKT on request.

use std::io::Write;

use geo::Coord;

use super::feature_table::{FeatureTable, RowGeometry};
use super::{Output, csv_field};
use crate::invalid::Cause;
use crate::layer::{Geometry, Layer, Value};
use crate::numbers::{write_degrees, write_real};

/// RFC 4180 in UTF-8, safe to open in a spreadsheet.
#[derive(Debug)]
pub(super) struct CsvEncoder;

impl Output for CsvEncoder {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn about(&self) -> &'static str {
        "plain table; --geometry polygons or centroids adds shapes as WKT"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv"]
    }

    fn write(&self, layer: &Layer, out: &mut dyn Write) -> Result<(), Cause> {
        let table = FeatureTable::of(layer, Geometry::None);
        let mut names: Vec<String> = table.columns.iter().map(|column| csv_field(&column.name)).collect();
        if table.geometry != Geometry::None {
            names.push("wkt".to_owned());
        }
        writeln!(out, "{}", names.join(","))?;
        let shapes = table.shapes();
        let mut line = Vec::with_capacity(1024);
        for row in 0..table.len() {
            line.clear();
            for (place, column) in table.columns.iter().enumerate() {
                line.extend_from_slice(if place == 0 { b"" } else { b"," });
                match column.value(row) {
                    Value::Null => {}
                    Value::Flag(flag) => write!(line, "{flag}")?,
                    Value::Whole(number) => write!(line, "{number}")?,
                    Value::Real(number) => write_real(&mut line, number)?,
                    Value::Text(text) => line.extend_from_slice(csv_field(&text).as_bytes()),
                }
            }
            if table.geometry != Geometry::None {
                line.extend_from_slice(b",\"");
                wkt(shapes.of(row), &mut line)?;
                line.push(b'"');
            }
            line.push(b'\n');
            out.write_all(&line)?;
        }
        Ok(())
    }
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
