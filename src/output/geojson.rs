//! GeoJSON: one polygon a cell with its scores; provenance as the collection's member `tensionmap`.

use std::io::Write;

use geo::MultiPolygon;
use geojson::{FeatureCollection, JsonObject};
use rayon::prelude::*;
use serde::Serialize;

use super::Output;
use crate::error::Cause;
use crate::grid::boundary;
use crate::layer::{Column, Layer, Value};
use crate::numbers::at_most;
use crate::score::CellScore;

/// An RFC 7946 `FeatureCollection`, one feature a line.
#[derive(Debug)]
pub(super) struct GeoJson;

impl Output for GeoJson {
    fn name(&self) -> &'static str {
        "geojson"
    }

    fn about(&self) -> &'static str {
        "polygons with scores and provenance for QGIS, kepler.gl, geopandas"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["geojson", "json"]
    }

    fn write(&self, layer: &Layer, out: &mut dyn Write) -> Result<(), Cause> {
        let envelope = FeatureCollection {
            bbox: None,
            features: Vec::new(),
            foreign_members: Some(JsonObject::from_iter([(
                "tensionmap".to_owned(),
                serde_json::to_value(layer.provenance())?,
            )])),
        };
        // The features are written between the two halves of the empty collection: one line a feature, and no second copy
        // of the layer in memory.
        let envelope = envelope.to_string();
        let (before, after) = envelope.split_once("\"features\":[]").ok_or("a collection without features")?;
        write!(out, "{before}\"features\":[")?;
        let columns = named(layer)?;
        let lines = |(block, cells): (usize, &[CellScore])| {
            let mut lines = Vec::with_capacity(cells.len() * 1024);
            for (row, cell) in (block * BLOCK..).zip(cells) {
                lines.extend_from_slice(if row == 0 { b"\n" } else { b",\n" });
                feature(&columns, row, cell, &mut lines)?;
            }
            Ok(lines)
        };
        for (group, cells) in layer.scores().cells.chunks(BLOCK * BLOCKS).enumerate() {
            let blocks =
                cells.par_chunks(BLOCK).enumerate().map(|(block, cells)| lines((group * BLOCKS + block, cells)));
            for lines in blocks.collect::<Result<Vec<Vec<u8>>, Cause>>()? {
                out.write_all(&lines)?;
            }
        }
        writeln!(out, "\n]{after}")?;
        Ok(())
    }
}

/// Features that one thread writes at a time, and how many times as many are held before they go out.
const BLOCK: usize = 128;
const BLOCKS: usize = 16;

/// A column, and its name as a member of an object.
type Named<'a> = (Vec<u8>, Column<'a>);

fn named(layer: &Layer) -> Result<Vec<Named<'_>>, Cause> {
    let mut named = Vec::new();
    for column in layer.columns() {
        let mut name = if named.is_empty() { Vec::new() } else { b",".to_vec() };
        json(&mut name, &column.name)?;
        name.push(b':');
        named.push((name, column));
    }
    Ok(named)
}

fn feature(columns: &[Named<'_>], row: usize, cell: &CellScore, out: &mut Vec<u8>) -> Result<(), Cause> {
    out.extend_from_slice(b"{\"type\":\"Feature\",\"geometry\":");
    geometry(&boundary::outline(cell.cell), out)?;
    write!(out, ",\"id\":\"{}\",\"properties\":{{", cell.cell)?;
    for (name, column) in columns {
        out.extend_from_slice(name);
        match column.value(row) {
            Value::Null => json(out, &()),
            Value::Flag(flag) => json(out, &flag),
            Value::Whole(number) => json(out, &number),
            Value::Real(number) => json(out, &number),
            Value::Text(text) => json(out, &text),
        }?;
    }
    out.extend_from_slice(b"}}");
    Ok(())
}

fn json(out: &mut Vec<u8>, value: &impl Serialize) -> Result<(), serde_json::Error> {
    serde_json::to_writer(out, value)
}

/// A polygon where one is enough. Cells have no holes.
fn geometry(outline: &MultiPolygon, out: &mut Vec<u8>) -> Result<(), Cause> {
    let is_one = outline.0.len() == 1;
    let (kind, open, close) = if is_one { ("Polygon", "[", "]") } else { ("MultiPolygon", "[[", "]]") };
    write!(out, "{{\"type\":\"{kind}\",\"coordinates\":{open}")?;
    for (part, polygon) in outline.iter().enumerate() {
        out.extend_from_slice(if part == 0 { b"[" } else { b"],[[" });
        for (place, at) in polygon.exterior().0.iter().enumerate() {
            out.extend_from_slice(if place == 0 { b"[" } else { b",[" });
            // 10⁻⁷ degrees is a centimetre: finer digits would only be noise.
            json(out, &at_most(at.x, 7))?;
            out.push(b',');
            json(out, &at_most(at.y, 7))?;
            out.push(b']');
        }
        out.push(b']');
    }
    write!(out, "{close}}}")?;
    Ok(())
}
