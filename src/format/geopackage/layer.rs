//! The layer of a GeoPackage that is read, its columns and its reference system.

use rusqlite::{Connection, OptionalExtension, Params};

use crate::format::{FileOptions, Geometries, TableHeader, wkt};
use crate::invalid::did_you_mean;

/// The one table of a GeoPackage that is read.
pub(super) struct LayerTable {
    pub(super) table: String,
    /// The row number, as SQL.
    pub(super) row: String,
    pub(super) geometry: Option<String>,
    /// Without the column of the geometry.
    pub(super) header: TableHeader,
}

/// A table with a geometry, as the file lists it.
struct Listed {
    name: String,
    /// Type of its geometries, upper case; `GEOMETRY` for any.
    kind: String,
}

impl Listed {
    fn has(&self, geometries: Geometries) -> bool {
        let kinds: &[&str] = match geometries {
            Geometries::Points => &["POINT", "MULTIPOINT"],
            Geometries::Polygons => &["POLYGON", "MULTIPOLYGON", "SURFACE", "CURVEPOLYGON", "MULTISURFACE"],
            Geometries::Any => return true,
        };
        kinds.contains(&self.kind.as_str())
    }
}

/// The layer of this name, else the only one, else the only one with these geometries; the error lists them all.
fn chosen(
    layers: Vec<Listed>,
    wanted: Option<&str>,
    geometries: Geometries,
) -> Result<(String, Option<String>), String> {
    let names = || layers.iter().map(|layer| layer.name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(wanted) = wanted {
        let found = layers.iter().find(|layer| layer.name == wanted);
        let found = found.or_else(|| layers.iter().find(|layer| layer.name.eq_ignore_ascii_case(wanted)));
        let advice = || did_you_mean(wanted, layers.iter().map(|layer| layer.name.as_str())).unwrap_or_default();
        let unknown = || format!("has no layer {wanted:?}; found {}{}", names(), advice());
        return found.map(|layer| (layer.name.clone(), None)).ok_or_else(unknown);
    }
    let fitting: Vec<&Listed> = layers.iter().filter(|layer| layer.has(geometries)).collect();
    match (layers.as_slice(), fitting.as_slice()) {
        ([], _) => Err("holds no layer; expected one with features or a table".to_owned()),
        ([only], _) => Ok((only.name.clone(), None)),
        (_, [fitting]) => {
            let kind = if geometries == Geometries::Points { "points" } else { "polygons" };
            let (all, name) = (names(), &fitting.name);
            Ok((name.clone(), Some(format!("layer {name} is read, the only one of {all} with {kind}"))))
        }
        _ => Err(format!("holds {} layers ({}); name one as FILE#LAYER, or with --layer", layers.len(), names())),
    }
}

impl LayerTable {
    /// The layer to be read, and the notice of the choice; the inner error is for a file without it.
    pub(super) fn find(
        db: &Connection,
        options: &FileOptions,
    ) -> rusqlite::Result<Result<(Self, Option<String>), String>> {
        let wanted = options.layer.as_deref();
        let features = listed(db, "'features'")?;
        let tables = listed(db, "'attributes', 'aspatial'")?;
        // A table is read where no layer has a geometry, or by its name.
        let is_named = |layers: &[Listed]| {
            wanted.is_some_and(|wanted| layers.iter().any(|layer| layer.name.eq_ignore_ascii_case(wanted)))
        };
        let has_features = !features.is_empty() && (!is_named(&tables) || is_named(&features));
        let (table, notice) = match chosen(if has_features { features } else { tables }, wanted, options.geometries) {
            Ok(chosen) => chosen,
            Err(problem) => return Ok(Err(problem)),
        };
        if !is_table(db, &table)? {
            let problem = "is a view or another special table; export it as a plain layer";
            return Ok(Err(format!("its layer {table} {problem}")));
        }
        let (geometry, srs) = if has_features { geometry_column(db, &table)?.unzip() } else { (None, None) };
        if has_features && geometry.is_none() {
            return Ok(Err(format!("its layer {table} has no geometry column")));
        }
        // Hidden columns of kind 1 belong to virtual tables; 2 and 3 are computed ones.
        let sql = "SELECT name, upper(type), pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid";
        let columns = rows(db, sql, [&table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let Some(row) = row_number(&columns) else {
            return Ok(Err(format!("its layer {table} has no row numbers; export it again")));
        };
        let names = columns.into_iter().map(|(name, ..)| name);
        let names = names.filter(|name| geometry.as_ref().is_none_or(|other| !name.eq_ignore_ascii_case(other)));
        let crs = srs.map(|srs| reference_system(db, srs)).transpose()?.flatten();
        let (names, has_geometry, metadata) = (names.collect(), geometry.is_some(), metadata(db)?);
        let header = TableHeader { names, has_geometry, crs, metadata, ..TableHeader::default() };
        Ok(Ok((Self { table, row, geometry, header }, notice)))
    }
}

/// A quoted identifier of SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn rows<T, P: Params>(
    db: &Connection,
    sql: &str,
    params: P,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    db.prepare(sql)?.query_map(params, read)?.collect()
}

fn listed(db: &Connection, kinds: &str) -> rusqlite::Result<Vec<Listed>> {
    let sql = format!(
        "SELECT c.table_name, upper(coalesce(g.geometry_type_name, '')) FROM main.gpkg_contents c \
         LEFT JOIN main.gpkg_geometry_columns g ON g.table_name = c.table_name COLLATE NOCASE \
         WHERE c.data_type IN ({kinds}) GROUP BY c.table_name ORDER BY c.table_name"
    );
    rows(db, &sql, [], |row| Ok(Listed { name: row.get(0)?, kind: row.get(1)? }))
}

fn is_table(db: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT type = 'table' FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE";
    Ok(db.query_row(sql, [name], |row| row.get(0)).optional()?.unwrap_or(false))
}

/// The row of metadata that tensionmap writes.
fn metadata(db: &Connection) -> rusqlite::Result<Option<String>> {
    if !is_table(db, "gpkg_metadata")? {
        return Ok(None);
    }
    let sql =
        "SELECT metadata FROM main.gpkg_metadata WHERE md_standard_uri = 'https://docs.rs/tensionmap' ORDER BY id";
    db.query_row(sql, [], |row| row.get(0)).optional()
}

fn geometry_column(db: &Connection, table: &str) -> rusqlite::Result<Option<(String, i64)>> {
    let sql = "SELECT column_name, srs_id FROM main.gpkg_geometry_columns WHERE table_name = ?1 COLLATE NOCASE";
    db.query_row(sql, [table], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// The row number's name in SQL: the integer primary key, or whichever of SQLite's own names no column has taken.
fn row_number(columns: &[(String, String, i64)]) -> Option<String> {
    let keys: Vec<_> = columns.iter().filter(|(_, _, key)| *key > 0).collect();
    if let [(name, kind, _)] = keys.as_slice()
        && kind == "INTEGER"
    {
        return Some(quoted(name));
    }
    let is_free = |name: &&str| !columns.iter().any(|(column, ..)| column.eq_ignore_ascii_case(name));
    ["rowid", "_rowid_", "oid"].into_iter().find(is_free).map(str::to_owned)
}

/// The reference system of this number; `None` when the file leaves it open.
fn reference_system(db: &Connection, srs: i64) -> rusqlite::Result<Option<String>> {
    match srs {
        0 => return Ok(None),
        -1 => return Ok(Some("an undefined plane".to_owned())),
        _ => {}
    }
    let sql = "SELECT upper(organization), organization_coordsys_id, definition FROM main.gpkg_spatial_ref_sys \
               WHERE srs_id = ?1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let named: Option<(String, i64, String)> = db.query_row(sql, [srs], read).optional()?;
    Ok(match named {
        // What GDAL writes for a layer without one.
        Some((.., definition)) if definition.contains("\"Undefined SRS\"") => None,
        Some((organization, _, definition)) if organization == "NONE" => Some(wkt::reference_system(&definition)),
        Some((organization, code, _)) => Some(format!("{organization}:{code}")),
        None => Some(format!("srs_id {srs}")),
    })
}
