//! Reference systems from the command line: stated by a file or by people, assumed, doubted, refused.

use std::path::Path;

use serde_json::Value;

use crate::support::{shared, stderr, stdout, tensionmap};

/// Exit code, what was said, and west, south, east and north of the accepted reports.
fn check(folder: &Path, args: &[&str]) -> (Option<i32>, String, Vec<f64>) {
    let output = tensionmap(folder, &[&["check", "--json"], args].concat());
    let plain = tensionmap(folder, &[&["check"], args].concat());
    let said = stdout(&plain) + &stderr(&plain);
    let json: Value = serde_json::from_str(&stdout(&output)).unwrap_or_default();
    let extent = &json["result"]["extent"];
    let numbers = extent.as_array().map(|list| list.iter().filter_map(Value::as_f64).collect());
    (output.status.code(), said, numbers.unwrap_or_default())
}

/// True if the box of reports is within a degree of a place.
fn is_near(extent: &[f64], lng: f64, lat: f64) -> bool {
    let [west, south, east, north] = extent else { return false };
    (west - lng).abs() < 1.0 && (east - lng).abs() < 1.0 && (south - lat).abs() < 1.0 && (north - lat).abs() < 1.0
}

fn file(folder: &Path, name: &str, columns: &str, rows: &[(f64, f64)]) {
    let rows: String = rows.iter().map(|(x, y)| format!("{x},{y},2026-01-05,asb\n")).collect();
    std::fs::write(folder.join(name), format!("{columns},date,category\n{rows}")).unwrap();
}

#[test]
fn a_stated_system_is_followed_with_its_accuracy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    file(folder, "belfast.csv", "Easting,Northing", &[(333_829.0, 372_557.0), (336_615.0, 376_040.0)]);
    let (code, said, extent) = check(folder, &["belfast.csv", "--input-crs", "EPSG:29903"]);
    assert!(code == Some(0) && is_near(&extent, -5.9, 54.6), "{said}");
    assert!(said.contains(
        "taken to be in EPSG:29903 (TM75 / Irish Grid); converted to longitude and latitude, accurate to 1 m"
    ));
    // Of one input alone, beside another in degrees.
    file(folder, "degrees.csv", "lon,lat", &[(-5.93, 54.6)]);
    let (code, said, extent) = check(folder, &["belfast.csv,input-crs=EPSG:29903", "degrees.csv"]);
    assert!(code == Some(0) && is_near(&extent, -5.9, 54.6), "{said}");
    // A system of degrees is read as it is, and named.
    let (code, said, _) = check(folder, &["degrees.csv", "--input-crs", "EPSG:4258"]);
    assert!(
        code == Some(0) && said.contains("EPSG:4258 (ETRS89); read as degrees of WGS84, accurate to 1 m"),
        "{said}"
    );
    // Degrees are no metres.
    let (code, said, _) = check(folder, &["degrees.csv", "--input-crs", "EPSG:29903"]);
    assert!(code == Some(3) && said.contains("these look like degrees: say so with --input-crs EPSG:4326"), "{said}");
}

#[test]
fn geojson_in_metres_states_its_system() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let point = r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[733829,872557]},"properties":{"date":"2026-01-05"}}"#;
    let document = |crs: &str| {
        format!(
            r#"{{"type":"FeatureCollection","crs":{{"type":"name","properties":{{"name":"{crs}"}}}},"features":[{point}]}}"#
        )
    };
    std::fs::write(folder.join("itm.geojson"), document("urn:ogc:def:crs:EPSG::2157")).unwrap();
    let (code, said, extent) = check(folder, &["itm.geojson"]);
    assert!(code == Some(0) && is_near(&extent, -5.9, 54.6), "{said}");
    assert!(said.contains("states EPSG:2157 (IRENET95 / Irish Transverse Mercator)"), "{said}");
    for (crs, reason) in [
        ("EPSG:4267", "EPSG:4267 (NAD27) needs a grid of corrections that is not here"),
        ("EPSG:5514", "is not offered, as its conversion here differs from PROJ's"),
        ("EPSG:123456", "expected a code of the EPSG registry"),
    ] {
        std::fs::write(folder.join("odd.geojson"), document(crs)).unwrap();
        let (code, said, _) = check(folder, &["odd.geojson"]);
        assert!(code == Some(4) && said.contains("E_CRS_UNKNOWN") && said.contains(reason), "{said}");
        // What it really is may be said.
        assert_eq!(check(folder, &["odd.geojson", "--input-crs", "EPSG:2157"]).0, Some(0));
        let (code, said, _) = check(folder, &["itm.geojson", "--input-crs", crs]);
        assert!(code == Some(2) && said.contains(reason.trim_start_matches("expected ")), "{said}");
    }
}

/// Of unnamed metres no single system is taken for the right one; each that is named puts them where it says.
#[test]
fn metres_without_a_system_have_candidates_that_work() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (x, y, columns, candidates) in [
        (458_000.0, 304_000.0, "x,y", &["EPSG:27700 puts them near 52.63, -1.14 in Great Britain"][..]),
        (
            333_829.0,
            372_557.0,
            "x,y",
            &["EPSG:27700 puts them near 53.25, -2.99", "EPSG:29903 puts them near 54.58, -5.93 in Ireland"],
        ),
        (121_568.9, 486_666.6, "Easting,Northing", &["EPSG:28992 puts them near 52.37, 4.90 in the Netherlands"]),
        (602_471.1, 198_782.0, "x,y", &["EPSG:21781 puts them near 46.94, 7.47 in Switzerland"]),
        (1_745_378.7, 5_426_040.0, "Easting,Northing", &["EPSG:2193 puts them near -41.30, 174.74 in New Zealand"]),
        (492_940.5, 5_456_377.4, "x,y", &["the code is that of the zone"]),
    ] {
        file(folder, "log.csv", columns, &[(x, y), (x + 100.0, y + 100.0)]);
        let (code, said, _) = check(folder, &["log.csv"]);
        assert!(code == Some(4) && said.contains("E_SUSPECT_CRS"), "{x} {y}: {said}");
        for candidate in candidates {
            assert!(said.contains(candidate), "{candidate}: {said}");
            let Some((crs, at)) = candidate.split_once(" puts them near ") else { continue };
            let (lat, lng) = at.split_once(", ").unwrap();
            let (lat, lng): (f64, f64) = (lat.parse().unwrap(), lng.split(' ').next().unwrap().parse().unwrap());
            let (code, said, extent) = check(folder, &["log.csv", "--input-crs", crs]);
            assert!(code == Some(0) && is_near(&extent, lng, lat), "{crs}: {said}");
        }
    }
    // Degrees in other columns of the file are named.
    let hub = "X,Y,LONG_WGS84,LAT_WGS84,date,category\n-8840927.7,5422117.3,-79.42,43.72,2025-06-04,Assault\n";
    std::fs::write(folder.join("hub.csv"), hub).unwrap();
    let said = check(folder, &["hub.csv", "--timezone", "America/Toronto"]).1;
    assert!(said.contains("EPSG:3857 puts them near 43.72, -79.42"), "{said}");
    assert!(said.contains("--column longitude=\"LONG_WGS84\" --column latitude=\"LAT_WGS84\""), "{said}");
}

#[test]
fn eastings_without_a_system_say_what_is_assumed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    file(folder, "leicester.csv", "Easting,Northing", &[(458_000.0, 304_000.0)]);
    let (code, said, _) = check(folder, &["leicester.csv"]);
    assert!(code == Some(0) && said.contains("assumed to be of the British National Grid (EPSG:27700)"), "{said}");
    assert!(!said.contains("fit another system too"), "{said}");
    // Belfast on the Irish grid, or the Wirral on the British one.
    file(folder, "either.csv", "Easting,Northing", &[(333_829.0, 372_557.0)]);
    let (code, said, _) = check(folder, &["either.csv"]);
    assert!(
        code == Some(0) && said.contains("fit another system too: --input-crs EPSG:29903 puts them near 54.58, -5.93"),
        "{said}"
    );
    // Who says that places in Ireland are on the British grid is believed.
    file(folder, "amsterdam.csv", "Easting,Northing", &[(121_568.9, 486_666.6)]);
    let (code, said, _) = check(folder, &["amsterdam.csv"]);
    assert!(code == Some(4) && said.contains("--input-crs EPSG:27700 says that they are"), "{said}");
    assert_eq!(check(folder, &["amsterdam.csv", "--input-crs", "EPSG:27700"]).0, Some(0));
}

/// Files as people download them: each ends where its reports are, or says how to get there.
#[test]
fn exports_in_other_systems_end_where_they_are() {
    let Some(exports) = shared("exports") else { return };
    let leicester = (-1.13, 52.63);
    for (file, args, (lng, lat)) in [
        ("10-geojson-3857/points_3857.geojson", &[][..], leicester),
        ("10-geojson-3857/points_3857_nocrs.geojson", &["--input-crs", "EPSG:3857"], leicester),
        ("25-gpkg-points/inc_25832.gpkg", &[], leicester),
        ("25-gpkg-points/inc_3857.gpkg", &[], leicester),
        ("25-gpkg-points/inc_4258_etrs89.gpkg", &[], leicester),
        ("26-ni-irish-grid/psni.csv", &["--input-crs", "EPSG:29903"], (-5.93, 54.6)),
        (
            "18-vancouver-utm-ymd/crimedata_csv.csv",
            &["--input-crs", "EPSG:26910", "--max-rejects", "10%"],
            (-123.1, 49.26),
        ),
        ("46-other-grids/epsg21781.csv", &["--input-crs", "EPSG:21781"], (7.45, 46.95)),
        ("46-other-grids/epsg2193.csv", &["--input-crs", "EPSG:2193"], (174.77, -41.29)),
        (
            "46-other-grids/epsg2263.csv",
            &["--input-crs", "EPSG:2263", "--column", "longitude=X_COORD", "--column", "latitude=Y_COORD"],
            (-73.98, 40.7),
        ),
        ("46-other-grids/epsg28354.csv", &["--input-crs", "EPSG:28354"], (138.6, -34.9)),
        ("46-other-grids/epsg28992.csv", &["--input-crs", "EPSG:28992"], (4.9, 52.37)),
        ("46-other-grids/epsg29902.csv", &["--input-crs", "EPSG:29902"], (-5.93, 54.6)),
        ("46-other-grids/epsg31370.csv", &["--input-crs", "EPSG:31370"], (4.36, 50.85)),
        ("46-other-grids/epsg3414.csv", &["--input-crs", "EPSG:3414"], (103.85, 1.3)),
    ] {
        let (code, said, extent) = check(&exports, &[&[file], args].concat());
        assert!(code == Some(0) && is_near(&extent, lng, lat), "{file}: {code:?} {extent:?} {said}");
        // Without a word, none is put anywhere silently.
        let (code, said, extent) = check(&exports, &[file]);
        let is_right = code == Some(0) && is_near(&extent, lng, lat);
        let is_doubted =
            said.contains("fit another system too") || said.contains("E_SUSPECT_CRS") || said.contains("E_COLUMN");
        assert!(is_right || is_doubted, "{file}: {said}");
    }
}
