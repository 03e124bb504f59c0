//! Files of a GeoPackage made to be odd.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::support::{at, open, rows};
use tensionmap::unstable::format::Source;

/// A GeoPackage with what matters and these layers.
fn geopackage(sql: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    // A name that must be escaped in a URI.
    let path = dir.path().join("a %41?#é.gpkg");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(
        "PRAGMA application_id = 0x47504b47;
         CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);
         CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER);
         CREATE TABLE gpkg_spatial_ref_sys
           (srs_id INTEGER, organization TEXT, organization_coordsys_id INTEGER, definition TEXT);
         INSERT INTO gpkg_spatial_ref_sys VALUES (7, 'epsg', 27700, '');",
    )
    .unwrap();
    db.execute_batch(sql).unwrap();
    (dir, path)
}

#[test]
fn a_geopackage_has_one_layer() {
    let (_keep, path) = geopackage("");
    assert!(rows(at(&path)).unwrap_err().ends_with("holds no layer; expected one with features or a table"));
    let (_keep, path) =
        geopackage("INSERT INTO gpkg_contents VALUES ('b', 'features'), ('a', 'features'), ('c', 'tiles')");
    assert!(rows(at(&path)).unwrap_err().ends_with("holds 2 layers (a, b); name one as FILE#LAYER, or with --layer"));
    let (_keep, path) = geopackage(
        "CREATE VIEW v AS SELECT 1 AS fid; INSERT INTO gpkg_contents VALUES ('v', 'features');
         INSERT INTO gpkg_geometry_columns VALUES ('v', 'fid', 'POINT', 7);",
    );
    assert!(rows(at(&path)).unwrap_err().ends_with("is a view or another special table; export it as a plain layer"));
    // Quotes in names, no primary key, a column that hides `rowid`, and values of every kind.
    let (_keep, path) = geopackage(
        "CREATE TABLE \"a \"\"b\"\" ;--\" (rowid TEXT, \"x\"\"y\" BLOB, g BLOB, n);
         INSERT INTO gpkg_contents VALUES ('a \"b\" ;--', 'features');
         INSERT INTO gpkg_geometry_columns VALUES ('a \"b\" ;--', 'G', 'POINT', 7);
         INSERT INTO \"a \"\"b\"\" ;--\" VALUES ('r', x'00', 'not a geometry', 9);
         INSERT INTO \"a \"\"b\"\" ;--\" VALUES (NULL, 2.5, x'4750', CAST(x'ff' AS TEXT));",
    );
    assert_eq!(at(&path).unwrap().header().crs.as_deref(), Some("EPSG:27700"));
    assert_eq!(
        rows(at(&path)).unwrap(),
        [
            "a value that is not a geometry,r,bytes,9",
            "bytes that are not a GeoPackage geometry,,2.5,text that is not UTF-8"
        ]
    );
}

#[test]
fn a_geopackage_is_read_page_by_page_from_any_row_number() {
    let (_keep, path) = geopackage(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO gpkg_contents VALUES ('t', 'attributes');
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
           INSERT INTO t SELECT i * 3, 'x' FROM n;
         INSERT INTO t VALUES (-9223372036854775808, 'first'), (9223372036854775807, 'last');",
    );
    let rows = rows(at(&path)).unwrap();
    assert_eq!(rows.len(), 10_002);
    assert_eq!((&*rows[0], &*rows[10_001]), ("-9223372036854775808,first", "9223372036854775807,last"));
}

#[test]
fn changes_that_wait_beside_a_geopackage_are_not_lost() {
    let (_keep, path) = geopackage("");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);
         INSERT INTO gpkg_contents VALUES ('t', 'attributes'); INSERT INTO t VALUES (1, 'new');",
    )
    .unwrap();
    let message = rows(at(&path)).unwrap_err();
    assert!(message.ends_with("-wal; close it in the program that has it open, then try again"), "{message}");
    drop(db);
    assert_eq!(rows(at(&path)), Ok(vec!["1,new".to_owned()]));
    // Marked as one that has such a log: in memory it has none.
    let bytes = fs::read(&path).unwrap();
    assert_eq!(bytes[18..20], [2, 2]);
    assert_eq!(rows(open(Source::bytes("bytes", bytes).unwrap())), Ok(vec!["1,new".to_owned()]));
    let beside = fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(beside, 1, "reading leaves nothing beside the file");
}
