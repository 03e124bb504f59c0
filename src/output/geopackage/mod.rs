//! GeoPackage: one SQLite file with the layer, its index, its style and its provenance.

mod index;
mod schema;

use std::io::Write;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, MAIN_DB, ToSql, params};

use super::feature_table::{FeatureTable, RowGeometries, RowGeometry, geometry_needed};
use super::product::Encoded;
use super::style;
use crate::disclosure::Release;
use crate::invalid::Cause;
use crate::layer::{Column, ColumnValue, Layer, TableGeometry};

/// Name of the table.
const TABLE: &str = "tension";

/// OGC GeoPackage 1.3.
pub(super) fn layer(release: &Release<'_, Layer>, out: &mut dyn Write) -> Encoded {
    let layer = release.product();
    geometry_needed(layer.layout(), "GeoPackage")?;
    let table = FeatureTable::typed(layer, TableGeometry::Polygons);
    // Made in memory, so that no partial file exists.
    let mut db = Connection::open_in_memory()?;
    let shapes = table.shapes();
    let multi = shapes.any_multi();
    let kind = match (table.geometry, multi) {
        (TableGeometry::Centroids, _) => "POINT",
        (_, false) => "POLYGON",
        (_, true) => "MULTIPOLYGON",
    };
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; BEGIN")?;
    db.execute_batch(schema::TABLES)?;
    db.execute_batch(&schema::features(&table))?;
    rows(&db, &table, &shapes, multi)?;
    index::write(&db, &shapes)?;
    db.execute_batch(schema::TRIGGERS)?;
    contents(&db, layer, &table, &shapes, kind)?;
    db.execute_batch("COMMIT")?;
    out.write_all(&db.serialize(MAIN_DB)?)?;
    Ok(Vec::new())
}

impl ToSql for ColumnValue<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        if let Self::Date(day) = self {
            return Ok(day.to_string().into());
        }
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null | Self::Date(_) => ValueRef::Null,
            Self::Flag(flag) => ValueRef::Integer((*flag).into()),
            Self::Whole(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

fn rows(db: &Connection, table: &FeatureTable<'_>, shapes: &RowGeometries, multi: bool) -> Result<(), Cause> {
    let places = vec!["?"; table.columns.len() + 2].join(",");
    let mut insert = db.prepare(&format!("INSERT INTO {TABLE} VALUES ({places})"))?;
    let mut blob = Vec::with_capacity(256);
    for (row, shape) in shapes.iter().enumerate() {
        geometry(shape, multi, &mut blob);
        insert.raw_bind_parameter(1, i64::try_from(row + 1)?)?;
        insert.raw_bind_parameter(2, blob.as_slice())?;
        for (place, column) in table.columns.iter().enumerate() {
            insert.raw_bind_parameter(place + 3, column.value(row))?;
        }
        insert.raw_execute()?;
    }
    Ok(())
}

/// Writes a geometry as well-known binary after a GeoPackage header: little-endian, with an envelope for all but points.
fn geometry(shape: RowGeometry<'_>, multi: bool, out: &mut Vec<u8>) {
    out.clear();
    let envelope = shape.bounds().filter(|_| shape.parts() > 0);
    out.extend_from_slice(&[b'G', b'P', 0, if envelope.is_some() { 3 } else { 1 }]);
    out.extend_from_slice(&4326_u32.to_le_bytes());
    if let Some([west, south, east, north]) = envelope {
        for edge in [west, east, south, north] {
            out.extend_from_slice(&edge.to_le_bytes());
        }
    }
    shape.write_wkb(multi, out);
}

/// Registers the table, its geometries, columns, style and provenance.
fn contents(
    db: &Connection,
    layer: &Layer,
    table: &FeatureTable<'_>,
    shapes: &RowGeometries,
    kind: &'static str,
) -> Result<(), Cause> {
    let provenance = layer.provenance();
    // The as-of, not a clock: two files of one layer are equal.
    let date = format!("{}T00:00:00.000Z", provenance.as_of);
    let [west, south, east, north] = shapes.bounds().map_or([None; 4], |edges| edges.map(Some));
    db.execute(
        "INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?, 4326)",
        params![TABLE, provenance.title, provenance.marking, date, west, south, east, north],
    )?;
    db.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, 4326, 0, 0)", [TABLE, kind])?;
    let mut column = db.prepare("INSERT INTO gpkg_data_columns VALUES (?, ?, NULL, ?, ?, NULL, NULL)")?;
    for Column { name, about, .. } in &table.columns {
        column.execute(params![TABLE, schema::plain(name), style::alias(about), about])?;
    }
    db.execute(
        "INSERT INTO layer_styles VALUES (1, '', '', ?, 'geom', 'tension', ?, ?, 1, ?, '', NULL, ?)",
        params![TABLE, style::qml(layer), style::sld(layer), provenance.title, date],
    )?;
    db.execute(
        "INSERT INTO gpkg_contents VALUES ('layer_styles', 'attributes', 'layer_styles', 'Styles', ?, \
         NULL, NULL, NULL, NULL, NULL)",
        [&date],
    )?;
    db.execute(
        "INSERT INTO gpkg_metadata VALUES (1, 'dataset', 'https://docs.rs/tensionmap', 'application/json', ?)",
        [serde_json::to_string(&layer.metadata())?],
    )?;
    db.execute("INSERT INTO gpkg_metadata_reference VALUES ('table', ?, NULL, NULL, ?, 1, NULL)", [TABLE, &date])?;
    db.execute_batch(schema::EXTENSIONS)?;
    Ok(())
}
