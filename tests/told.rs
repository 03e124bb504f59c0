//! Told and done agree: a stated column is followed or refused, a setting without an effect is named, the list of what was not read is
//! true, and a part of a file is not taken for the whole.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{stderr, stdout, tensionmap};

/// Exit code of a check, and all that it says.
fn check(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = tensionmap(folder, &[&["check"], args].concat());
    (output.status.code(), stdout(&output) + &stderr(&output))
}

fn put(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// A collection with a point for each pair of a geometry and further properties.
fn points(features: &[([f64; 2], Value)]) -> String {
    let feature = |([x, y], properties): &([f64; 2], Value)| {
        let mut properties = properties.clone();
        properties["date"] = json!("2026-02-01");
        json!({"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [x, y]}})
    };
    let features: Vec<Value> = features.iter().map(feature).collect();
    json!({"type": "FeatureCollection", "features": features}).to_string()
}

const HERE: [f64; 2] = [-1.140_375, 52.633_156];

/// Layers of points that lie at a latitude of 52 degrees where theirs is the longitude, in every format that a layer is saved in.
const LAYERS: [&str; 4] = ["p.geojson", "p.gpkg", "p.parquet", "p.fgb"];

fn swapped_layers(folder: &Path) {
    put(folder, "a.csv", "lon,lat,date\n52.63,-1.13,2026-02-01\n52.63,-1.13,2025-01-01\n");
    let places = LAYERS.map(|name| ["-o", name]).concat();
    let args = ["map", "a.csv", "--timezone", "Indian/Mahe", "--geometry", "centroids", "--manifest", "none", "-q"];
    let made = tensionmap(folder, &[&args[..], &places].concat());
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
}

/// Values of a flag that a message names, by its first words.
fn advised(said: &str, flag: &str) -> String {
    let after = said.split_once(&format!("{flag} ")).unwrap_or_else(|| panic!("{flag}: {said}")).1;
    after.split([' ', ';', ',', '\n']).next().unwrap().replace('"', "")
}

#[test]
fn swapped_geometries_have_a_way_out_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    swapped_layers(folder);
    for name in LAYERS {
        let (code, said) = check(folder, &[name, "--column", "date=as_of"]);
        assert_eq!(code, Some(4), "{said}");
        assert!(said.contains("E_SUSPECT_SWAP") && said.contains(name), "{said}");
        let system = advised(&said, "--input-crs");
        let (code, said) = check(folder, &[name, "--column", "date=as_of", "--input-crs", &system]);
        assert_eq!(code, Some(0), "{name}: {said}");
        assert!(said.contains("extent -1.1") && said.contains("taken to be in WGS84:latlon"), "{name}: {said}");
        let part = format!("{name}@{system}");
        assert_eq!(check(folder, &[&part, "--column", "date=as_of"]).0, Some(0), "{part}");
        // Told of a layer that is right already, it is taken back.
        let (code, said) =
            check(folder, &[name, "--column", "date=as_of", "--input-crs", &system, "--bbox", "52,-2,53,-1"]);
        assert_eq!(code, Some(4), "{said}");
        assert!(said.contains("leave out --input-crs WGS84:latlon"), "{said}");
    }
    // Areas are turned round in the same words.
    let ring = "[[52.5,-1.3],[52.8,-1.3],[52.8,-1.0],[52.5,-1.0],[52.5,-1.3]]";
    put(folder, "w.geojson", &format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#));
    put(folder, "uk.csv", "lon,lat,date\n-1.13,52.63,2026-02-01\n-1.13,52.63,2025-01-01\n");
    let args = ["map", "uk.csv", "--area", "w.geojson@WGS84:latlon", "-o", "m.csv", "--manifest", "none", "--json"];
    let map: Value = serde_json::from_str(&stdout(&tensionmap(folder, &args))).unwrap();
    assert_eq!(map["result"]["provenance"]["outside_study_area"], 0, "{map}");
}

#[test]
fn a_stated_column_is_followed_or_refused_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    swapped_layers(folder);
    for name in LAYERS {
        let of = |columns: &[&str]| {
            let flags: Vec<&str> = columns.iter().flat_map(|column| ["--column", column]).collect();
            check(folder, &[&[name, "--column", "date=as_of", "--timezone", "Indian/Mahe"], &flags[..]].concat())
        };
        let (code, said) = of(&[]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("; geometry, date=as_of") && !said.contains("longitude"), "{name}: {said}");
        let (code, said) = of(&["longitude=n_window", "latitude=density"]);
        assert!(
            said.contains("positions are those of n_window, density, as --column says, and not of the geometry"),
            "{said}"
        );
        assert!(code == Some(3) && !said.contains("; geometry"), "{name}: {said}");
        for (columns, says) in [
            (
                &["longitude=n_window"][..],
                "there is no column for latitude beside it; say which with --column latitude=NAME",
            ),
            (&["northing=n_window"], "there is no column for easting beside it"),
            (&["longitude=n_window", "latitude=density", "h3=h3"], "states another way to the position"),
            (&["interval-end=as_of"], "say which with --column interval-start=NAME"),
            (&["year=n_window", "month=n_window"], "states another date; leave one of the two out"),
        ] {
            let (code, said) = of(columns);
            assert_eq!(code, Some(4), "{name} {columns:?}: {said}");
            assert!(said.contains("E_COLUMN") && said.contains(says), "{name} {columns:?}: {said}");
        }
        // The time of a date is put to it.
        assert!(check(folder, &[name, "--column", "time=as_of", "--column", "interval-start=as_of"]).0 == Some(4));
    }
}

#[test]
fn two_positions_of_a_record_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let [x, y] = HERE;
    let both = |lon: Value, lat: Value| (HERE, json!({"lon": lon, "lat": lat}));
    // Rounded, missing, a sentinel, metres of a grid, or the same: one place.
    for (lon, lat) in [
        (json!(x), json!(y)),
        (json!(-1.14), json!(52.63)),
        (json!(-1.1), json!(52.6)),
        (json!("-1.1404"), json!("52.6332")),
        (json!(null), json!(null)),
        (json!(0), json!(0)),
        (json!(396_215.39), json!(139_306.87)),
        (json!("n/a"), json!("n/a")),
    ] {
        put(folder, "a.geojson", &points(&[both(lon.clone(), lat.clone())]));
        let (code, said) = check(folder, &["a.geojson"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(
            !said.contains("another position") && said.contains("(geojson; geometry, date=date)"),
            "{lon} {lat}: {said}"
        );
        assert!(said.contains("only compared with the position: lon, lat") && !said.contains("not read"), "{said}");
    }
    let apart = both(json!(x + 0.5), json!(y + 0.5));
    put(
        folder,
        "a.geojson",
        &points(&[both(json!(x), json!(y)), apart.clone(), apart, both(json!(null), json!(null))]),
    );
    let (code, said) = check(folder, &["a.geojson"]);
    let expected = "a.geojson: 2 of 3 records have another position in lon, lat than in their geometry, which counts, such as line 1: \
                    52.63316, -1.14037 and 53.13316, -0.64037; --column longitude=\"lon\" --column latitude=\"lat\" takes the columns";
    assert!(code == Some(0) && said.contains(expected), "{said}");
    // Obeyed, the columns count: one record has nothing there.
    let (code, said) = check(folder, &["a.geojson", "--column", "longitude=lon", "--column", "latitude=lat"]);
    let expected =
        "2 of 3 records have the two in different places, such as line 1: 53.13316, -0.64037 and 52.63316, -1.14037";
    assert!(code == Some(3) && said.contains(expected) && said.contains("Q_NO_GEOMETRY"), "{said}");
    // Metres of the national grid, where it is in use.
    let grid = |east: u32, north: u32| (HERE, json!({"Easting": east, "Northing": north}));
    put(folder, "g.geojson", &points(&[grid(458_276, 304_280), grid(468_276, 304_280)]));
    let (_, said) = check(folder, &["g.geojson"]);
    assert!(said.contains("1 of 2 records have another position in Easting, Northing"), "{said}");
    assert!(said.contains("--column easting=\"Easting\" --column northing=\"Northing\" takes the columns"), "{said}");
    let dublin = ([-6.26, 53.35], json!({"Easting": 315_904, "Northing": 234_671}));
    put(folder, "i.geojson", &points(&[dublin]));
    assert!(!check(folder, &["i.geojson"]).1.contains("another position"));
}

#[test]
fn columns_stand_in_for_a_missing_geometry() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let here = |x: f64| json!({"type": "Feature", "properties": {"date": "2026-02-01", "lon": x, "lat": 52.6}, "geometry": null});
    let features = json!({"type": "FeatureCollection", "features": [here(-1.1), here(-1.2)]});
    put(folder, "a.geojson", &features.to_string());
    let (code, said) = check(folder, &["a.geojson"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("2 records without a geometry have their position from lon, lat"), "{said}");
    assert!(said.contains("(geojson; geometry, longitude=lon, latitude=lat, date=date)"), "{said}");
}

/// Each setting beside a file on which it has no effect, and what is said.
const IDLE: &[(&str, &[&str], &str)] = &[
    ("p.parquet", &["--encoding", "windows-1252"], "--encoding has no effect on parquet"),
    ("p.gpkg", &["--delimiter", ";"], "--delimiter has no effect on geopackage"),
    ("p.fgb", &["--header-row", "2"], "--header-row has no effect on flatgeobuf"),
    ("a.geojson", &["--header-row", "2"], "--header-row has no effect on geojson"),
    ("a.geojson", &["--decimal", ","], "--decimal ',' has no effect: no number of a position has a comma"),
    ("a.geojson", &["--naive-times", "utc"], "--naive-times utc has no effect: no time is without an offset"),
    ("a.geojson", &["--dedupe", "id"], "--dedupe id has no effect: there is no column of ids"),
    ("a.geojson", &["--coarse", "point"], "--coarse point has no effect: nothing in the file says how exact"),
    (
        "a.geojson",
        &["--allow-column", "age", "--reason", "x"],
        "--allow-column \"age\" has no effect: there is no such column",
    ),
    (
        "a.geojson",
        &["--allow-column", "kind", "--reason", "x"],
        "no role needs the column; --column ROLE=\"kind\" gives it one",
    ),
    ("a.geojson", &["--gazetteer", "g.csv"], "--gazetteer has no effect: no column has a key of g.csv"),
    ("k.csv", &["--gazetteer", "g.csv"], "--gazetteer has no effect: every record has a position of its own"),
    ("a.geojson", &["--categories", "c.toml"], "--categories has no effect: there is no column of categories"),
    (
        "k.csv",
        &["--categories", "c.toml"],
        "--categories has no effect: none of its labels is in the column \"category\"",
    ),
    ("h.csv", &["--input-crs", "EPSG:27700"], "--input-crs has no effect: H3 cells have a system of their own"),
    ("r.csv", &["--input-crs", "EPSG:2157"], "--input-crs has no effect: grid references have a system of their own"),
    ("t.parquet", &["--date-format", "%d/%m/%Y"], "--date-format has no effect: the file has its dates as dates"),
    ("y.csv", &["--date-format", "%d/%m/%Y"], "--date-format has no effect: dates are put together from columns"),
    ("s.geojson", &["--input-crs", "EPSG:4326"], "states EPSG:27700, but is taken to be in EPSG:4326"),
];

#[test]
fn a_setting_without_an_effect_is_named() {
    use polars::prelude::{Column, DataFrame, DataType};
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    swapped_layers(folder);
    put(folder, "a.geojson", &points(&[(HERE, json!({"kind": "x"}))]));
    put(folder, "k.csv", "lon,lat,date,category,postcode\n-1.13,52.63,2026-02-01,asb,LE1 6TP\n");
    put(folder, "g.csv", "postcode,lon,lat\nLE1 6TP,-1.13,52.63\n");
    put(folder, "c.toml", "[categories]\nKrach = \"asb\"\n");
    put(folder, "h.csv", "h3,date\n8819434dbbfffff,2026-02-01\n");
    put(folder, "r.csv", "grid ref,date\nSK 5853 0442,2026-02-01\n");
    put(folder, "y.csv", "lon,lat,year,month,day\n-1.13,52.63,2026,2,1\n");
    let crs = r#""crs":{"type":"name","properties":{"name":"EPSG:27700"}},"features""#;
    put(folder, "s.geojson", &points(&[(HERE, json!({}))]).replace("\"features\"", crs));
    let days = Column::new("date".into(), [20_000_i32, 20_001]).cast(&DataType::Date).unwrap();
    let columns = vec![Column::new("lon".into(), [-1.13, -1.14]), Column::new("lat".into(), [52.6, 52.7]), days];
    let mut frame = DataFrame::new(2, columns).unwrap();
    let file = std::fs::File::create(folder.join("t.parquet")).unwrap();
    polars_io::parquet::write::ParquetWriter::new(file).finish(&mut frame).unwrap();
    for (name, flags, says) in IDLE {
        let of_layer: &[&str] =
            if name.starts_with("p.") { &["--column", "date=as_of", "--timezone", "Indian/Mahe"] } else { &[] };
        let (code, said) = check(folder, &[&[*name], *flags, of_layer].concat());
        assert_eq!(code, Some(0), "{name} {flags:?}: {said}");
        assert!(said.contains(says), "{name} {flags:?}: {said}");
        let (_, without) = check(folder, &[&[*name], of_layer].concat());
        assert!(!without.contains("has no effect") && !without.contains("but is taken"), "{name}: {without}");
    }
    // Settings of the run that have nothing to act on are refused before anything is read.
    for (flags, says) in [
        (["--key-rule", "case"], "key-rule \"case\" is not usable: expected polygons and a table of their codes"),
        (["--layer", "x"], "has no layers, but \"x\" is asked for"),
    ] {
        let (code, said) = check(folder, &[&["a.geojson"], &flags[..]].concat());
        assert!(matches!(code, Some(2 | 4)) && said.contains(says), "{flags:?}: {said}");
    }
}

/// Effects of settings are said with their number.
#[test]
fn a_setting_with_an_effect_says_how_much() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(
        folder,
        "k.csv",
        "lon,lat,date,postcode,accuracy\n,,2026-02-01,LE1 6TP,\n-1.13,52.63,2026-02-01,LE1 6TP,9000\n",
    );
    put(folder, "g.csv", "postcode,lon,lat\nLE1 6TP,-1.13,52.63\n");
    let (code, said) = check(folder, &["k.csv", "--gazetteer", "g.csv", "--coarse", "point"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 records without a position of their own were looked up in g.csv (--gazetteer)"), "{said}");
    assert!(said.contains("1 positions known to less than a cell are taken as points (--coarse point)"), "{said}");
}

#[test]
fn columns_that_were_read_are_not_listed_as_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "y.csv", "lon,lat,year,month,day,note\n-1.13,52.63,2026,2,1,x\n");
    put(folder, "p.csv", "lon,lat,date,precision,accuracy,note\n-1.13,52.63,2026-02-01,1,5,x\n");
    put(folder, "e.csv", "lon,lat,date,end_date,note\n-1.13,52.63,2026-02-01,2026-02-03,x\n");
    put(folder, "t.csv", "lon,lat,day it was,at,note\n-1.13,52.63,2026-02-01,10:30,x\n");
    for (args, listed) in [
        (&["y.csv"][..], "not read: note"),
        (&["p.csv"], "not read: note"),
        // An end without a beginning has no part in a report.
        (&["e.csv"], "not read: end_date, note"),
        (&["t.csv", "--column", "date=day it was", "--column", "time=at"], "not read: note"),
    ] {
        let (code, said) = check(folder, args);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.lines().any(|line| line.trim() == listed), "{args:?}: {said}");
    }
}

#[test]
fn spans_say_which_days_they_include() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "a.csv", "lon,lat,date\n-1.13,52.63,2026-02-01\n-1.13,52.63,2026-02-03\n");
    let (_, said) = check(folder, &["a.csv"]);
    assert!(said.contains("span 2026-02-01 to 2026-02-03, both included"), "{said}");
    let json: Value = serde_json::from_str(&stdout(&tensionmap(folder, &["check", "a.csv", "--json"]))).unwrap();
    let result = &json["result"];
    assert_eq!((&result["first_day"], &result["last_day"]), (&json!("2026-02-01"), &json!("2026-02-03")));
    assert_eq!(result["span"], json!(["2026-02-01", "2026-02-04"]));
    put(folder, "none.csv", "lon,lat,date\n");
    let json: Value = serde_json::from_str(&stdout(&tensionmap(folder, &["check", "none.csv", "--json"]))).unwrap();
    assert_eq!((&json["result"]["first_day"], &json["result"]["last_day"]), (&Value::Null, &Value::Null));
}

/// Statements of services that more is to come, before and after the features.
#[test]
fn a_part_is_not_taken_for_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let whole = points(&[(HERE, json!({})), ([-1.15, 52.65], json!({}))]);
    let with = |member: &str, is_first: bool| {
        if is_first {
            whole.replacen('{', &format!("{{{member},"), 1)
        } else {
            format!("{},{member}}}", whole.strip_suffix('}').unwrap())
        }
    };
    let parts = [
        (r#""exceededTransferLimit":true"#, "resultOffset=2"),
        (r#""properties":{"exceededTransferLimit":true}"#, "exceededTransferLimit"),
        (
            r#""links":[{"rel":"next","href":"https://example.org/items?offset=2"}]"#,
            "https://example.org/items?offset=2",
        ),
        (r#""next":"https://example.org/2""#, "https://example.org/2"),
        (r#""numberMatched":7,"numberReturned":2"#, "its numberMatched is 7"),
        (r#""totalFeatures":3"#, "its totalFeatures is 3"),
        (r#""totalCount":3"#, "its totalCount is 3"),
    ];
    let wholes = [
        r#""exceededTransferLimit":false"#,
        r#""links":[{"rel":"self","href":"https://example.org/items"}]"#,
        r#""numberMatched":2,"numberReturned":2"#,
        r#""next":null"#,
        r#""totalFeatures":"unknown""#,
        r#""properties":{"next":[1,2]},"name":"next""#,
    ];
    for is_first in [true, false] {
        for (member, says) in parts {
            put(folder, "a.geojson", &with(member, is_first));
            let (code, said) = check(folder, &["a.geojson"]);
            assert_eq!(code, Some(0), "{said}");
            assert!(said.contains("W_PART                  1") && said.contains(says), "{member}: {said}");
            assert!(said.contains("a.geojson: is only a part of its data, 2 records"), "{member}: {said}");
        }
        for member in wholes {
            put(folder, "a.geojson", &with(member, is_first));
            assert!(!check(folder, &["a.geojson"]).1.contains("W_PART"), "{member}");
        }
    }
    // Without -v, and of areas.
    put(folder, "uk.csv", "lon,lat,date\n-1.14,52.63,2026-02-01\n-1.14,52.63,2025-01-01\n");
    let ring = "[[-1.3,52.5],[-1.0,52.5],[-1.0,52.8],[-1.3,52.5]]";
    let shape =
        format!(r#"{{"type":"Feature","properties":{{}},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}"#);
    put(
        folder,
        "w.geojson",
        &format!(r#"{{"type":"FeatureCollection","features":[{shape}],"exceededTransferLimit":true}}"#),
    );
    let args = ["map", "uk.csv", "--area", "w.geojson", "-o", "m.csv", "--manifest", "none"];
    let map = tensionmap(folder, &args);
    assert!(stderr(&map).contains("W_PART 1"), "{}", stderr(&map));
    let said = check(folder, &["--area", "w.geojson"]).1;
    assert!(said.contains("w.geojson: is only a part of its data, 1 records"), "{said}");
    let esri = r#"{"geometryType":"esriGeometryPoint","spatialReference":{"wkid":4326},"exceededTransferLimit":true,"features":[
        {"attributes":{"date":"2026-02-01"},"geometry":{"x":-1.13,"y":52.63}}]}"#;
    put(folder, "e.json", esri);
    let said = check(folder, &["e.json"]).1;
    assert!(said.contains("e.json: is only a part of its data, 1 records: it has exceededTransferLimit"), "{said}");
}
