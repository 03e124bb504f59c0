//! Gazetteers of areas: the key of a polygon is placed inside it, and known to its ground.

use geo::{Coord, InteriorPoint, LineString, MultiPolygon, Polygon};

use super::place_table::{PlaceTable, Placed};
use crate::format::features::{Features, Property};
use crate::format::geometry::{GeometryPart, PartKind};
use crate::format::{Crs, Field, FormatError, Geometries, Input, MAX_RECORD_BYTES};
use crate::grid::boundary::ground_km2;

/// Reads areas by the property of their key; `None` for a table in memory.
pub(super) fn read(input: &Input, key: &str) -> Result<Option<PlaceTable>, FormatError> {
    let Some(mut features) = Features::open(input, Geometries::Polygons, MAX_RECORD_BYTES)? else { return Ok(None) };
    let mut table = PlaceTable::new(input.name(), key.to_owned(), Crs::Wgs84, true);
    let converter = features.converter.clone();
    while let Some(feature) = features.next()? {
        // A feature that cannot be read places nothing, which those who use its key are told.
        let Ok(feature) = feature.parts(&converter) else { continue };
        let Some((_, value)) = feature.properties.iter().find(|(name, _)| name == key) else { continue };
        let placed = placed(feature.parts);
        match value {
            Property::Text(text) => table.add(Field::Text(text), placed),
            Property::Number(number) => table.add(Field::Number(*number), placed),
        };
    }
    Ok(Some(table))
}

/// A point inside the polygons of a feature, and their ground.
fn placed(parts: Vec<GeometryPart>) -> Placed {
    let mut polygons: Vec<Polygon> = Vec::new();
    for GeometryPart { kind, at } in parts {
        match (kind, polygons.last_mut()) {
            (PartKind::Ring, _) => polygons.push(Polygon::new(LineString::from(at), Vec::new())),
            (PartKind::Hole, Some(shell)) => shell.interiors_push(LineString::from(at)),
            (PartKind::Points, _) if at.len() == 1 => return point(at[0]),
            _ => {}
        }
    }
    let area = MultiPolygon::new(polygons);
    let inside = area.interior_point();
    inside.map_or(Placed::Nowhere, |at| Placed::At { x: at.x(), y: at.y(), side: 1000.0 * ground_km2(&area).sqrt() })
}

fn point(Coord { x, y }: Coord) -> Placed {
    Placed::At { x, y, side: 0.0 }
}
