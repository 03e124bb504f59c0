//! The layer of a GeoPackage that is read, its columns and its reference system.

use rusqlite::{Connection, OptionalExtension, Params};

use crate::format::{TableHeader, wkt};

/// The one table of a GeoPackage that is read.
pub(super) struct PointLayer {
    pub(super) table: String,
    /// The row number, as SQL.
    pub(super) row: String,
    pub(super) geometry: Option<String>,
    /// Without the column of the geometry.
    pub(super) header: TableHeader,
}

impl PointLayer {
    /// The one layer; the inner error is for a file with none or several.
    pub(super) fn find(db: &Connection) -> rusqlite::Result<Result<Self, String>> {
        let features = listed(db, "'features'")?;
        let has_features = !features.is_empty();
        let kind = if has_features { "layers" } else { "tables" };
        let tables = if has_features { features } else { listed(db, "'attributes', 'aspatial'")? };
        let table = match tables.as_slice() {
            [] => return Ok(Err("holds no layer; expected one with the reports".to_owned())),
            [table] => table.clone(),
            several => {
                let (count, names) = (several.len(), several.join(", "));
                return Ok(Err(format!("holds {count} {kind} ({names}); export the one with the reports alone")));
            }
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
        Ok(Ok(Self { header: TableHeader { names, has_geometry, crs, metadata }, table, row, geometry }))
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

fn listed(db: &Connection, kinds: &str) -> rusqlite::Result<Vec<String>> {
    let sql = format!("SELECT table_name FROM main.gpkg_contents WHERE data_type IN ({kinds}) ORDER BY table_name");
    rows(db, &sql, [], |row| row.get(0))
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
