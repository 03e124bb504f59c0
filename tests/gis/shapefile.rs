//! Required and optional parts of a shapefile.

use std::fs;
use std::path::Path;

use super::support::{at, copied, fixture, open, rows};
use tensionmap::unstable::format::Source;

#[test]
fn a_shapefile_needs_its_parts() {
    let (_keep, shp) = copied("points", &["shp", "shx"]);
    let message = rows(at(&shp)).unwrap_err();
    assert!(message.ends_with("points.dbf is missing; it holds the columns"), "{message}");
    let message = rows(at(&shp.with_extension("shx"))).unwrap_err();
    assert!(message.ends_with("is only the index of a shapefile; give the .shp beside it"), "{message}");
    let bytes = fs::read(&shp).unwrap();
    let message = rows(open(Source::bytes("standard input", bytes).unwrap()));
    let expected = "standard input: give the .shp by its path, with its .dbf beside it";
    assert_eq!(message, Err(expected.to_owned()));

    // Without an index shapes are taken in order; without a .prj no reference system is stated.
    let (_keep, shp) = copied("points", &["shp", "dbf"]);
    assert_eq!(at(&shp).unwrap().header().crs.as_deref(), None);
    assert_eq!(rows(at(&shp)).unwrap().len(), 4);
    let (_keep, shp) = copied("points", &["shp", "dbf"]);
    fs::copy(fixture("osgb.dbf"), shp.with_extension("dbf")).unwrap();
    assert!(rows(at(&shp)).unwrap_err().ends_with("it has more shapes than its .dbf has rows (3)"));
    fs::copy(fixture("points.shx"), shp.with_extension("shx")).unwrap();
    let message = rows(at(&shp)).unwrap_err();
    assert!(
        message.ends_with("its .shx has 4 shapes but its .dbf 3 rows; the files do not belong together"),
        "{message}"
    );
}

#[test]
fn a_deleted_row_takes_its_shape_with_it() {
    let (_keep, shp) = copied("points", &["shp", "dbf", "shx"]);
    let path = shp.with_extension("dbf");
    let mut dbf = fs::read(&path).unwrap();
    let first = usize::from(u16::from_le_bytes([dbf[8], dbf[9]]));
    dbf[first] = b'*';
    fs::write(&path, dbf).unwrap();
    let rows = rows(at(&shp)).unwrap();
    assert_eq!((rows.len(), &*rows[0]), (3, "[0.5,51],plain,,,"));
}

#[test]
fn a_shapefile_states_its_encoding() {
    let (_keep, shp) = copied("points", &["shp", "dbf", "shx"]);
    let path = shp.with_extension("dbf");
    let mut dbf = fs::read(&path).unwrap();
    let first = usize::from(u16::from_le_bytes([dbf[8], dbf[9]]));
    dbf[first + 1..first + 5].copy_from_slice(b"na\xefv");
    fs::write(&path, &dbf).unwrap();
    let name = |path: &Path| {
        let mut records = at(path).unwrap();
        records.advance().unwrap();
        records.field(0).displayed().chars().take(5).collect::<String>()
    };
    assert_eq!(name(&shp), "text ");
    fs::write(shp.with_extension("cpg"), "1252\r\n").unwrap();
    assert_eq!(name(&shp), "naïv©");
    fs::write(shp.with_extension("cpg"), "ISO 88591").unwrap();
    assert_eq!(name(&shp), "naïv©");
    fs::write(shp.with_extension("cpg"), "Klingon").unwrap();
    let message = rows(at(&shp)).unwrap_err();
    assert!(message.contains("names the encoding \"Klingon\", which is not known"), "{message}");
    fs::remove_file(shp.with_extension("cpg")).unwrap();
    dbf[29] = 0x57;
    fs::write(&path, &dbf).unwrap();
    assert_eq!(name(&shp), "naïv©");
}
