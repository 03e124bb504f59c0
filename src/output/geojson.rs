//! GeoJSON: one feature a cell with its scores, provenance as the collection's member `tensionmap`. GeoJSON lines: the
//! features alone, one a line.

use std::io::Write;

use geo::Coord;
use geojson::{FeatureCollection, JsonObject};
use rayon::prelude::*;
use serde::Serialize;

use super::feature_table::{FeatureTable, RowGeometries, RowGeometry, RowRing};
use super::product::Encoded;
use super::style;
use crate::disclosure::Release;
use crate::invalid::Cause;
use crate::layer::{Column, ColumnValue, Layer};
use crate::rounding::{write_degrees, write_real};

/// Writes an RFC 7946 `FeatureCollection`, one feature a line.
pub(super) fn collection(release: &Release<'_, Layer>, out: &mut dyn Write) -> Encoded {
    let layer = release.product();
    let table = FeatureTable::simply_styled(layer);
    let envelope = FeatureCollection {
        bbox: None,
        features: Vec::new(),
        foreign_members: Some(JsonObject::from_iter([(
            "tensionmap".to_owned(),
            serde_json::to_value(layer.metadata())?,
        )])),
    };
    // The features are written between the two halves of the empty collection: one line a feature, and no second copy
    // of the layer in memory.
    let envelope = envelope.to_string();
    let (before, after) = envelope.split_once("\"features\":[]").ok_or("a collection without features")?;
    writeln!(out, "{before}\"features\":[")?;
    features(&table, b",\n", out)?;
    writeln!(out, "\n]{after}")?;
    Ok(style::files(layer))
}

/// Writes features one a line, for programs that stream.
pub(super) fn lines(release: &Release<'_, Layer>, out: &mut dyn Write) -> Encoded {
    let layer = release.product();
    let table = FeatureTable::simply_styled(layer);
    features(&table, b"\n", out)?;
    out.write_all(if table.len() > 0 { b"\n" } else { b"" })?;
    Ok(style::files(layer))
}

/// Features in a block, the work of one thread, and blocks held before they are written.
const BLOCK: usize = 128;
const BLOCKS: usize = 16;

/// Writes the features on all threads, with a separator between two.
fn features(table: &FeatureTable<'_>, between: &[u8], out: &mut dyn Write) -> Result<(), Cause> {
    let writer = FeatureWriter::new(table)?;
    // Buffers are reused: fresh memory costs more than the bytes written into it.
    let mut blocks = vec![Vec::new(); BLOCKS];
    for group in (0..table.len()).step_by(BLOCK * BLOCKS) {
        blocks.par_iter_mut().enumerate().try_for_each(|(place, lines)| {
            lines.clear();
            let start = group + place * BLOCK;
            for row in start..(start + BLOCK).min(table.len()) {
                lines.extend_from_slice(if row == 0 { b"" } else { between });
                writer.feature(row, lines)?;
            }
            Ok::<(), Cause>(())
        })?;
        blocks.iter().try_for_each(|lines| out.write_all(lines))?;
    }
    Ok(())
}

/// The geometry of each row.
pub(super) fn geometries(table: &FeatureTable<'_>) -> Result<Vec<String>, Cause> {
    let writer = FeatureWriter::new(table)?;
    let geometry = |row: usize| {
        let mut bytes = Vec::new();
        writer.geometry(writer.shapes.of(row), &mut bytes)?;
        Ok(String::from_utf8(bytes)?)
    };
    (0..table.len()).into_par_iter().map(geometry).collect()
}

/// Writer of features.
struct FeatureWriter<'s, 'a> {
    table: &'s FeatureTable<'a>,
    /// Columns by their names as members of an object.
    columns: Vec<(Vec<u8>, &'s Column<'a>)>,
    shapes: RowGeometries,
    /// Text of the corners that rings share, one after another, and the end of each.
    places: Vec<u8>,
    ends: Vec<usize>,
}

impl<'s, 'a> FeatureWriter<'s, 'a> {
    fn new(table: &'s FeatureTable<'a>) -> Result<Self, Cause> {
        let mut columns = Vec::new();
        for column in &table.columns {
            let mut name = if columns.is_empty() { Vec::new() } else { b",".to_vec() };
            json(&mut name, &column.name)?;
            name.push(b':');
            columns.push((name, column));
        }
        let shapes = table.shapes();
        let (mut places, mut ends) = (Vec::new(), vec![0]);
        for &corner in shapes.corners() {
            place(corner, &mut places)?;
            ends.push(places.len());
        }
        Ok(Self { table, columns, shapes, places, ends })
    }

    fn feature(&self, row: usize, out: &mut Vec<u8>) -> Result<(), Cause> {
        out.extend_from_slice(b"{\"type\":\"Feature\",\"geometry\":");
        self.geometry(self.shapes.of(row), out)?;
        out.extend_from_slice(b",\"id\":");
        self.table.write_id(row, out)?;
        out.extend_from_slice(b",\"properties\":{");
        let is_of_cells = self.table.cells().is_some();
        for (place, (name, column)) in self.columns.iter().enumerate() {
            out.extend_from_slice(name);
            // The first value is the id of the cell: digits without an escape.
            if place == 0 && is_of_cells {
                self.table.write_id(row, out)?;
                continue;
            }
            match column.value(row) {
                ColumnValue::Null => out.extend_from_slice(b"null"),
                ColumnValue::Flag(flag) => json(out, &flag)?,
                ColumnValue::Whole(number) => json(out, &number)?,
                ColumnValue::Real(number) => write_real(out, number)?,
                ColumnValue::Text(text) => json(out, &text)?,
                ColumnValue::Date(day) => json(out, &day)?,
            }
        }
        out.extend_from_slice(b"}}");
        Ok(())
    }

    /// Writes a geometry; a single polygon is not a multipolygon.
    fn geometry(&self, shape: RowGeometry<'_>, out: &mut Vec<u8>) -> Result<(), Cause> {
        let (open, close): (&[u8], &[u8]) = match (shape, shape.parts()) {
            (RowGeometry::None, _) => {
                out.extend_from_slice(b"null");
                return Ok(());
            }
            (RowGeometry::Point(at), _) => {
                out.extend_from_slice(b"{\"type\":\"Point\",\"coordinates\":");
                place(at, out)?;
                out.push(b'}');
                return Ok(());
            }
            (_, 1) => (b"{\"type\":\"Polygon\",\"coordinates\":", b"}"),
            _ => (b"{\"type\":\"MultiPolygon\",\"coordinates\":[", b"]}"),
        };
        out.extend_from_slice(open);
        for (part, rings) in shape.polygons().enumerate() {
            out.extend_from_slice(if part == 0 { b"[" } else { b",[" });
            for (number, ring) in rings.enumerate() {
                out.extend_from_slice(if number == 0 { b"[" } else { b",[" });
                self.ring(ring, out)?;
                out.push(b']');
            }
            out.push(b']');
        }
        out.extend_from_slice(close);
        Ok(())
    }

    fn ring(&self, ring: RowRing<'_>, out: &mut Vec<u8>) -> Result<(), Cause> {
        match ring {
            RowRing::Shared(_, numbers) => {
                for (corner, &number) in numbers.iter().chain(numbers.first()).enumerate() {
                    out.extend_from_slice(if corner == 0 { b"" } else { b"," });
                    out.extend_from_slice(&self.places[self.ends[number as usize]..self.ends[number as usize + 1]]);
                }
            }
            RowRing::Separate(corners) => {
                for (corner, &at) in corners.iter().enumerate() {
                    out.extend_from_slice(if corner == 0 { b"" } else { b"," });
                    place(at, out)?;
                }
            }
        }
        Ok(())
    }
}

fn json(out: &mut Vec<u8>, value: &impl Serialize) -> Result<(), serde_json::Error> {
    serde_json::to_writer(out, value)
}

fn place(at: Coord, out: &mut Vec<u8>) -> Result<(), Cause> {
    out.push(b'[');
    write_degrees(out, at.x)?;
    out.push(b',');
    write_degrees(out, at.y)?;
    out.push(b']');
    Ok(())
}
