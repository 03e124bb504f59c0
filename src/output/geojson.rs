//! GeoJSON: one polygon a cell with its scores; provenance as the collection's member `tensionmap`.

use std::io::Write;

use geo::{Coord, MapCoords};
use geojson::feature::Id;
use geojson::{Feature, FeatureCollection, Geometry, GeometryValue, JsonObject, JsonValue};
use serde_json::json;

use super::Output;
use crate::area::{Composite, Contribution};
use crate::error::Cause;
use crate::grid::boundary;
use crate::layer::{ASSESSED, CHANGES, FIELDS, Layer};
use crate::numbers::{at_most, significant};
use crate::score::{CellScore, Level, RateRatio, Status};

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
        // The features are written one by one between the two halves of the empty collection: one line a feature, and no
        // second copy of the layer in memory.
        let envelope = envelope.to_string();
        let (before, after) = envelope.split_once("\"features\":[]").ok_or("a collection without features")?;
        write!(out, "{before}\"features\":[")?;
        for (row, cell) in layer.scores().cells.iter().enumerate() {
            out.write_all(if row == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *out, &feature(layer, row, cell))?;
        }
        writeln!(out, "\n]{after}")?;
        Ok(())
    }
}

/// Largest rate ratio that is written out.
const MOST_RATIO: f64 = 1e6;

fn feature(layer: &Layer, row: usize, cell: &CellScore) -> Feature {
    // 10⁻⁷ degrees is a centimetre: finer digits would only be noise.
    let outline = boundary::outline(cell.cell).map_coords(|at| Coord { x: at_most(at.x, 7), y: at_most(at.y, 7) });
    let value = match outline.0.as_slice() {
        [polygon] => GeometryValue::from(polygon),
        _ => GeometryValue::from(&outline),
    };
    Feature {
        bbox: None,
        geometry: Some(Geometry::new(value)),
        id: Some(Id::String(cell.cell.to_string())),
        properties: Some(properties(layer, row, cell)),
        foreign_members: None,
    }
}

fn properties(layer: &Layer, row: usize, cell: &CellScore) -> JsonObject {
    // Beyond a million the past rate is as good as none, and more digits would say otherwise.
    let ratio =
        |value: fn(RateRatio) -> f64, digits| cell.ratio.map(|ratio| at_most(value(ratio).min(MOST_RATIO), digits));
    let top: Vec<String> = cell
        .categories
        .iter()
        .take(3)
        .map(|(category, share)| format!("{} {:.0}%", category.id(), share * 100.0))
        .collect();
    // Without data there is not even a score of nothing.
    let known = cell.status != Status::NoData;
    let values: [JsonValue; FIELDS.len()] = [
        json!(cell.cell.to_string()),
        json!(known.then(|| at_most(cell.score, 2))),
        json!(cell.level.map(Level::number)),
        json!(cell.level.map(|level| level.rag().id())),
        json!(cell.status.id()),
        json!(cell.sparse),
        json!(at_most(cell.intensity, 2)),
        json!(at_most(cell.u_intensity, 4)),
        json!(at_most(cell.surge, 2)),
        json!(at_most(cell.corroboration, 2)),
        json!(at_most(cell.spread, 2)),
        json!(at_most(cell.density, 3)),
        json!(at_most(cell.n_window, 2)),
        json!(at_most(cell.n_baseline, 2)),
        json!(ratio(|ratio| ratio.expected, 2)),
        json!(ratio(|ratio| ratio.rr, 3)),
        json!(ratio(|ratio| ratio.lo, 3)),
        json!(ratio(|ratio| ratio.hi, 3)),
        json!(ratio(|ratio| ratio.p_exceed, 4)),
        json!(at_most(cell.strands[0], 4)),
        json!(at_most(cell.strands[1], 4)),
        json!(at_most(cell.strands[2], 4)),
        json!(top.join(", ")),
        json!(cell.sources),
        json!(layer.provenance().as_of),
    ];
    let indicators = layer.indicators().iter().map(|indicator| {
        // Six significant digits: as exact as an area share deserves.
        (indicator.name.clone(), json!(indicator.values[row].map(|value| significant(value, 6))))
    });
    let points = |points: &[Option<f64>]| json!(points[row].map(|points| at_most(points, 2)));
    let context = layer.context().into_iter().flat_map(|context| {
        let part =
            |part: &Contribution| (format!("{}_{}", Composite::NAME, part.share.indicator), points(&part.points));
        let index = (Composite::NAME.to_owned(), points(&context.values));
        std::iter::once(index).chain(context.parts.iter().map(part).collect::<Vec<_>>())
    });
    let change = layer.change().into_iter().flat_map(|change| {
        let cell = change.cells[row];
        let values = [
            json!(cell.score.map(|points| at_most(points, 2))),
            json!(cell.before.map(Level::number)),
            json!(cell.levels()),
        ];
        CHANGES.map(str::to_owned).into_iter().zip(values)
    });
    let assessed = layer.standing().into_iter().flat_map(|standing| {
        let set = standing.cells[row].map(|(level, place)| (level, &standing.entries[place]));
        let values = [
            json!(set.map(|(level, _)| level.number())),
            json!(set.map(|(level, _)| level.rag().id())),
            json!(set.map(|(_, entry)| &entry.assessor)),
            json!(set.map(|(_, entry)| &entry.reason)),
            json!(set.map(|(_, entry)| &entry.date)),
        ];
        ASSESSED.map(str::to_owned).into_iter().zip(values)
    });
    FIELDS
        .map(str::to_owned)
        .into_iter()
        .zip(values)
        .chain(change)
        .chain(assessed)
        .chain(indicators)
        .chain(context)
        .collect()
}
