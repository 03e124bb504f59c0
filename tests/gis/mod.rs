//! The formats of geographic programs, against files that GDAL 3 wrote, whole, cut short and garbled.

mod garbled;
mod geopackage;
mod shapefile;
mod support;

use std::fs;

use support::{at, copied, fixture, open, rows};

use tensionmap::Day;
use tensionmap::unstable::format::{Field, Source, Step};

#[test]
fn records_as_gdal_wrote_them() {
    let rest = ["Café “Q”,1,0.5,2024-02-29", "plain,,,", ",-3,-2.25,1999-12-31", "x,2147483647,1000000,2026-03-02"];
    let places = ["[-1.13158,52.635]", "[0.5,51]", "", "[-2,53.25]"];
    for extension in ["fgb", "gpkg", "shp"] {
        let fid = |row: usize| if extension == "gpkg" { format!("{},", row + 1) } else { String::new() };
        // FlatGeobuf has no type for a day alone.
        let midnight = |row: usize| if extension == "fgb" && row != 1 { "T00:00:00" } else { "" };
        let whole = |row: usize| format!("{},{}{}{}", places[row], fid(row), rest[row], midnight(row));
        let expected: Vec<_> = (0..4).map(whole).collect();
        let path = fixture(&format!("points.{extension}"));
        assert_eq!(rows(at(&path)), Ok(expected.clone()), "{extension}");
        if extension != "shp" {
            assert_eq!(
                rows(open(Source::bytes("bytes", fs::read(&path).unwrap()).unwrap())),
                Ok(expected),
                "{extension}"
            );
        }
        let mut records = at(&path).unwrap();
        assert_eq!(records.header().crs.as_deref(), Some("EPSG:4326"), "{extension}");
        let day = records.names().iter().position(|name| name == "day").unwrap();
        let shown = records.names().join(",");
        assert!(shown.ends_with("name,n,value,day"), "{extension}: {shown}");
        records.select(&[false; 5], &[]);
        assert!(matches!(records.advance(), Ok(Step::Record)));
        assert_eq!(records.geometry(), Field::Point(-1.13158, 52.635), "{extension}");
        if extension == "shp" {
            assert_eq!(records.field(day), Field::Day(Day(19_782)));
        }
    }
    for name in ["osgb.fgb", "osgb.shp"] {
        assert_eq!(at(&fixture(name)).unwrap().header().crs.as_deref(), Some("EPSG:27700"), "{name}");
    }
}

#[test]
fn a_file_cut_short_is_an_error_wherever_it_is_cut() {
    for name in ["points.fgb", "osgb.fgb"] {
        let bytes = fs::read(fixture(name)).unwrap();
        for length in 7..bytes.len() {
            let cut = rows(open(Source::bytes("cut", bytes[..length].to_vec()).unwrap()));
            assert!(cut.is_err(), "{name} cut to {length}: {cut:?}");
        }
        let longer = rows(open(Source::bytes("longer", [&bytes[..], b"more"].concat()).unwrap()));
        assert_eq!(longer, Err("longer: cannot be read as FlatGeobuf; get it again, or export it anew: it goes on after its last feature".to_owned()));
    }
    let bytes = fs::read(fixture("points.gpkg")).unwrap();
    let cut = rows(open(Source::bytes("cut", bytes[..bytes.len() / 2].to_vec()).unwrap()));
    assert!(cut.is_err(), "{cut:?}");
    for part in ["shp", "dbf", "shx"] {
        let (_keep, shp) = copied("points", &["shp", "dbf", "shx"]);
        let path = shp.with_extension(part);
        let bytes = fs::read(&path).unwrap();
        for length in (100..bytes.len() - 1).rev().step_by(7) {
            fs::write(&path, &bytes[..length]).unwrap();
            let message = rows(at(&shp)).unwrap_err();
            assert!(message.ends_with("it is cut short"), "{part} cut to {length}: {message}");
        }
    }
}

#[test]
fn a_feature_beyond_reason_is_passed_over() {
    let bytes = fs::read(fixture("points.fgb")).unwrap();
    let word = |at: usize| u32::from_le_bytes(*bytes[at..].first_chunk().unwrap()) as usize;
    let first = 12 + word(8);
    let large = 17_u32 << 20;
    let (head, rest) = (&bytes[..first], &bytes[first + 4 + word(first)..]);
    let swollen = [head, &large.to_le_bytes(), &vec![0; 17 << 20], rest].concat();
    let rows = rows(open(Source::bytes("swollen", swollen).unwrap())).unwrap();
    assert_eq!((rows.len(), &*rows[0], &*rows[1]), (4, "17825792 bytes", "[0.5,51],plain,,,"));
}
