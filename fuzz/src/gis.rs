//! The formats of geographic programs: FlatGeobuf and GeoPackage by their bytes, shapefiles in their parts, and geometries
//! as bytes inside a GeoPackage.

use std::cell::RefCell;
use std::collections::HashMap;

use rusqlite::{Connection, MAIN_DB};
use tensionmap::Input;
use tensionmap::unstable::ingest::ReadOptions;

use crate::Choice;
use crate::outcome::{bytes, read_twice};
use crate::words::scratch;

/// A file; the first byte says of which kind.
pub fn gis(data: &[u8]) {
    let mut choice = Choice(data);
    let form = choice.byte() % 4;
    let reading = ReadOptions::default();
    match form {
        0 | 1 => drop(read_twice(&bytes("x.bin", choice.rest()), &reading)),
        2 => shapefile(choice.rest(), &reading),
        _ => blob(choice.rest(), &reading),
    }
}

/// Parts one after the other, each after its length in two bytes: shapes, table, reference system, index, encoding.
fn shapefile(mut data: &[u8], reading: &ReadOptions) {
    let shp = scratch("x.shp");
    for part in ["shp", "dbf", "prj", "shx", "cpg"] {
        let path = shp.with_extension(part);
        if let Some((length, rest)) = data.split_first_chunk::<2>() {
            let (bytes, rest) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
            let written = std::fs::write(&path, bytes);
            assert!(written.is_ok(), "{written:?}");
            data = rest;
        } else {
            // What the input before had.
            let _gone = std::fs::remove_file(&path);
        }
    }
    let _read = read_twice(&Input::from(&shp), reading);
}

thread_local! {
    /// A GeoPackage of one report by the length of its geometry, and where that lies.
    static PACKAGES: RefCell<HashMap<usize, (Vec<u8>, usize)>> = RefCell::default();
}

/// A geometry of these bytes.
fn blob(data: &[u8], reading: &ReadOptions) {
    let data = &data[..data.len().min(130)];
    let file = PACKAGES.with_borrow_mut(|packages| {
        let (file, at) = packages.entry(data.len()).or_insert_with(|| package(data.len()));
        file[*at..*at + data.len()].copy_from_slice(data);
        file.clone()
    });
    if let Ok(read) = read_twice(&bytes("x.gpkg", file), reading) {
        assert_eq!(read.read, 1);
    }
}

/// A GeoPackage with a geometry of so many bytes, and where they are.
fn package(length: usize) -> (Vec<u8>, usize) {
    const MARK: u8 = 0xa5;
    let made = || -> rusqlite::Result<Vec<u8>> {
        let mut db = Connection::open_in_memory()?;
        db.execute_batch(
            "PRAGMA page_size = 512; PRAGMA application_id = 0x47504b47;
             CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);
             CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INTEGER);
             CREATE TABLE gpkg_spatial_ref_sys
               (srs_id INTEGER, organization TEXT, organization_coordsys_id INTEGER, definition TEXT);
             INSERT INTO gpkg_spatial_ref_sys VALUES (4326, 'EPSG', 4326, '');
             INSERT INTO gpkg_contents VALUES ('t', 'features');
             INSERT INTO gpkg_geometry_columns VALUES ('t', 'g', 4326);
             CREATE TABLE t (fid INTEGER PRIMARY KEY, g BLOB, date TEXT);",
        )?;
        db.execute("INSERT INTO t VALUES (1, ?1, '2022-09-17')", [vec![MARK; length]])?;
        Ok(db.serialize(MAIN_DB)?.to_vec())
    };
    let file = made().unwrap_or_else(|error| panic!("{error}"));
    let at = file.windows(length.max(1)).position(|window| window == vec![MARK; length]).unwrap_or(0);
    (file, at)
}
