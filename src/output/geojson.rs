//! GeoJSON: one feature a cell with its scores; provenance as the collection's member `tensionmap`. And the same features one
//! a line, without a collection.

use std::io::Write;

use geo::{Coord, MultiPolygon};
use geojson::{FeatureCollection, JsonObject};
use rayon::prelude::*;
use serde::Serialize;

use super::sheet::{Shape, Sheet};
use super::style;
use super::{Beside, Output};
use crate::error::Cause;
use crate::layer::{Column, Layer, Value};
use crate::numbers::{write_degrees, write_real};

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
        let sheet = Sheet::simply_styled(layer);
        let envelope = FeatureCollection {
            bbox: None,
            features: Vec::new(),
            foreign_members: Some(JsonObject::from_iter([(
                "tensionmap".to_owned(),
                serde_json::to_value(layer.story())?,
            )])),
        };
        // The features are written between the two halves of the empty collection: one line a feature, and no second copy
        // of the layer in memory.
        let envelope = envelope.to_string();
        let (before, after) = envelope.split_once("\"features\":[]").ok_or("a collection without features")?;
        writeln!(out, "{before}\"features\":[")?;
        features(&sheet, b",\n", out)?;
        writeln!(out, "\n]{after}")?;
        Ok(())
    }

    fn write_all(&self, layer: &Layer, out: &mut dyn Write) -> Result<Vec<Beside>, Cause> {
        self.write(layer, out)?;
        Ok(style::files(layer))
    }
}

/// Features one a line, for programs that stream.
#[derive(Debug)]
pub(super) struct GeoJsonLines;

impl Output for GeoJsonLines {
    fn name(&self) -> &'static str {
        "geojsonl"
    }

    fn about(&self) -> &'static str {
        "the same features one a line (GeoJSONSeq), for programs that stream"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["geojsonl", "geojsons", "ndjson"]
    }

    fn write(&self, layer: &Layer, out: &mut dyn Write) -> Result<(), Cause> {
        let sheet = Sheet::simply_styled(layer);
        features(&sheet, b"\n", out)?;
        Ok(out.write_all(if sheet.len() > 0 { b"\n" } else { b"" })?)
    }

    fn write_all(&self, layer: &Layer, out: &mut dyn Write) -> Result<Vec<Beside>, Cause> {
        self.write(layer, out)?;
        Ok(style::files(layer))
    }
}

/// Features that one thread writes at a time, and how many times as many are held before they go out.
const BLOCK: usize = 128;
const BLOCKS: usize = 16;

/// Bytes that a feature seldom exceeds.
const LINE: usize = 1280;

/// Writes the features, on all threads, with something between one and the next.
fn features(sheet: &Sheet<'_>, between: &[u8], out: &mut dyn Write) -> Result<(), Cause> {
    let columns = named(sheet)?;
    let lines = |rows: std::ops::Range<usize>| {
        let mut lines = Vec::with_capacity(rows.len() * LINE);
        for row in rows {
            lines.extend_from_slice(if row == 0 { b"" } else { between });
            feature(sheet, &columns, row, &mut lines)?;
        }
        Ok(lines)
    };
    let block = |start: usize| start..(start + BLOCK).min(sheet.len());
    for group in (0..sheet.len()).step_by(BLOCK * BLOCKS) {
        let starts = (group..(group + BLOCK * BLOCKS).min(sheet.len())).into_par_iter().step_by(BLOCK);
        for lines in starts.map(|start| lines(block(start))).collect::<Result<Vec<Vec<u8>>, Cause>>()? {
            out.write_all(&lines)?;
        }
    }
    Ok(())
}

/// A column, and its name as a member of an object.
type Named<'s, 'a> = (Vec<u8>, &'s Column<'a>);

fn named<'s, 'a>(sheet: &'s Sheet<'a>) -> Result<Vec<Named<'s, 'a>>, Cause> {
    let mut named = Vec::new();
    for column in &sheet.columns {
        let mut name = if named.is_empty() { Vec::new() } else { b",".to_vec() };
        json(&mut name, &column.name)?;
        name.push(b':');
        named.push((name, column));
    }
    Ok(named)
}

fn feature(sheet: &Sheet<'_>, columns: &[Named<'_, '_>], row: usize, out: &mut Vec<u8>) -> Result<(), Cause> {
    out.extend_from_slice(b"{\"type\":\"Feature\",\"geometry\":");
    geometry(&sheet.shape(row), out)?;
    write!(out, ",\"id\":\"{}\",\"properties\":{{", sheet.cell(row))?;
    for (name, column) in columns {
        out.extend_from_slice(name);
        match column.value(row) {
            Value::Null => out.extend_from_slice(b"null"),
            Value::Flag(flag) => json(out, &flag)?,
            Value::Whole(number) => json(out, &number)?,
            Value::Real(number) => write_real(out, number)?,
            Value::Text(text) => json(out, &text)?,
        }
    }
    out.extend_from_slice(b"}}");
    Ok(())
}

fn json(out: &mut Vec<u8>, value: &impl Serialize) -> Result<(), serde_json::Error> {
    serde_json::to_writer(out, value)
}

fn geometry(shape: &Shape, out: &mut Vec<u8>) -> Result<(), Cause> {
    match shape {
        Shape::None => out.extend_from_slice(b"null"),
        Shape::Point(at) => {
            out.extend_from_slice(b"{\"type\":\"Point\",\"coordinates\":");
            place(*at, out)?;
            out.push(b'}');
        }
        Shape::Polygons(polygons) => self::polygons(polygons, out)?,
    }
    Ok(())
}

/// A polygon where one is enough. Cells have no holes.
fn polygons(outline: &MultiPolygon, out: &mut Vec<u8>) -> Result<(), Cause> {
    let is_one = outline.0.len() == 1;
    let (kind, open, close) = if is_one { ("Polygon", "[", "]") } else { ("MultiPolygon", "[[", "]]") };
    write!(out, "{{\"type\":\"{kind}\",\"coordinates\":{open}")?;
    for (part, polygon) in outline.iter().enumerate() {
        out.extend_from_slice(if part == 0 { b"[" } else { b"],[[" });
        for (corner, at) in polygon.exterior().0.iter().enumerate() {
            out.extend_from_slice(if corner == 0 { b"" } else { b"," });
            place(*at, out)?;
        }
        out.push(b']');
    }
    write!(out, "{close}}}")?;
    Ok(())
}

fn place(at: Coord, out: &mut Vec<u8>) -> Result<(), Cause> {
    out.push(b'[');
    write_degrees(out, at.x)?;
    out.push(b',');
    write_degrees(out, at.y)?;
    out.push(b']');
    Ok(())
}
