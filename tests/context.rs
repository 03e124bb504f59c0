//! Layers of context: how they are asked for, what is refused, and what is said of what is not on the map.

use std::path::Path;

use serde_json::{Value, json};
use tensionmap::Engine;
use tensionmap::unstable::layer::context::ContextPlace::{Over, Under};
use tensionmap::unstable::layer::context::{STYLES, Style};

use crate::support::{shared, stderr, stdout, tensionmap};

/// Reports round 2.3° east, 54.7° north, over 12 weeks, in a square of four cells' width.
fn reports() -> String {
    let day = |n: i32| "2026-01-01".parse::<tensionmap::Day>().unwrap() + n;
    let place = |n: i32| (2.3 + f64::from(n % 7) * 0.004, 54.7 + f64::from(n % 5) * 0.003);
    let row = |n: i32| format!("{},{},{}\n", place(n).0, place(n).1, day(n % 80));
    "lon,lat,date\n".to_owned() + &(0..160).map(row).collect::<String>()
}

fn put(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

fn collection(features: &[Value]) -> String {
    json!({"type": "FeatureCollection", "features": features}).to_string()
}

fn feature(kind: &str, coordinates: Value, properties: Value) -> Value {
    json!({"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}})
}

/// A square in degrees.
fn square(west: f64, south: f64, size: f64) -> Value {
    let (east, north) = (west + size, south + size);
    json!([[[west, south], [east, south], [east, north], [west, north], [west, south]]])
}

/// A folder with reports, and a run of `map` on them.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "log.csv", &reports());
        Self(folder)
    }

    fn put(&self, name: &str, text: &str) {
        put(self.0.path(), name, text);
    }

    fn run(&self, args: &[&str]) -> (Option<i32>, Value, String) {
        let output = tensionmap(self.0.path(), &[&["map", "log.csv", "-o", "map.png", "--json", "-v"], args].concat());
        let summary = serde_json::from_str(&stdout(&output)).unwrap_or_default();
        (output.status.code(), summary, stderr(&output))
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join(name)).unwrap()
    }
}

#[test]
fn a_style_is_chosen_by_what_a_file_holds_and_every_layer_has_an_account() {
    let folder = Folder::new();
    let line = json!([[2.29, 54.7], [2.34, 54.71]]);
    folder.put("wards.geojson", &collection(&[feature("Polygon", square(2.3, 54.7, 0.02), json!({}))]));
    folder.put("streets.geojson", &feature("LineString", line.clone(), json!(null)).to_string());
    folder.put("towns.geojson", &collection(&[feature("Point", json!([2.31, 54.705]), json!({"WD13NM": "Mitte"}))]));
    folder
        .put("bare.geojson", &json!({"type": "MultiPoint", "coordinates": [[2.31, 54.705], [2.32, 54.7]]}).to_string());
    let mixed = json!({"type": "GeometryCollection", "geometries": [
        {"type": "LineString", "coordinates": line}, {"type": "Point", "coordinates": [2.3, 54.7, 12.5]}]});
    let far = feature("LineString", json!([[9.0, 50.0], [9.1, 50.0]]), json!({}));
    let nowhere = json!({"type": "Feature", "properties": {}, "geometry": null});
    let mixed = json!({"type": "Feature", "properties": {"a": {"b": [1]}}, "geometry": mixed});
    folder.put("mixed.ndjson", &[mixed, far, nowhere].map(|feature| feature.to_string() + "\n").concat());
    let files = ["wards.geojson", "streets.geojson", "towns.geojson", "bare.geojson", "mixed.ndjson:rivers:under"];
    let args: Vec<&str> = files.iter().flat_map(|file| ["--context", file]).collect();
    let (code, summary, said) = folder.run(&args);
    assert_eq!(code, Some(0), "{said}");
    let about = |name: &str, style: &str, place: &str, [read, inside, outside, unusable]: [u64; 4]| json!({"name": name, "style": style, "place": place, "read": read, "inside": inside, "outside": outside, "unusable": unusable});
    let expected = [
        about("wards.geojson", "boundaries", "over", [1, 1, 0, 0]),
        about("streets.geojson", "roads", "over", [1, 1, 0, 0]),
        about("towns.geojson", "places", "over", [1, 1, 0, 0]),
        about("bare.geojson", "points", "over", [1, 1, 0, 0]),
        about("mixed.ndjson", "rivers", "under", [3, 1, 1, 1]),
    ];
    assert_eq!(summary["result"]["provenance"]["context_layers"], json!(expected));
    for words in [
        "context wards.geojson: 1 of 1 features are where the cells are, drawn as boundaries; another style with --context \
         FILE:STYLE",
        "context mixed.ndjson: 1 of 3 features are where the cells are, drawn as rivers; 1 are elsewhere; 1 cannot be drawn, \
         the first: line 3, byte ",
        ": found no geometry, expected points, lines or polygons",
    ] {
        assert!(said.contains(words), "{said} does not say {words}");
    }
}

#[test]
fn a_layer_changes_the_picture_and_nothing_else() {
    let folder = Folder::new();
    folder.put("wards.geojson", &collection(&[feature("Polygon", square(2.3, 54.7, 0.02), json!({"name": "Mitte"}))]));
    let (_, bare, _) = folder.run(&[]);
    let without = folder.bytes("map.png");
    for style in &STYLES {
        let layer = format!("wards.geojson:{}", style.name);
        let (code, with, said) = folder.run(&["--context", &layer]);
        assert_eq!((code, &with["result"]["standing_out"]), (Some(0), &bare["result"]["standing_out"]), "{said}");
        let drawn = folder.bytes("map.png");
        assert!(drawn != without, "{} is not seen", style.name);
    }
    let same = folder.run(&["--context", "wards.geojson:points", "--threads", "1"]);
    let with_one = folder.bytes("map.png");
    assert_eq!(same.0, Some(0));
    folder.run(&["--context", "wards.geojson:points", "--threads", "5"]);
    assert!(folder.bytes("map.png") == with_one, "other bytes with other threads");
    // Where nothing of it is.
    folder.put("far.geojson", &collection(&[feature("Polygon", square(20.0, 10.0, 1.0), json!({}))]));
    folder.put("none.geojson", &collection(&[]));
    let (code, _, said) = folder.run(&["--context", "far.geojson", "--context", "none.geojson:water"]);
    assert_eq!(code, Some(0));
    assert!(said.contains("context far.geojson: none of its 1 features is where the cells are"), "{said}");
    assert!(said.contains("context none.geojson: holds no features, so nothing of it is on the map"), "{said}");
}

#[test]
fn settings_name_layers_as_flags_and_builders_do() {
    let folder = Folder::new();
    let path = folder.0.path();
    std::fs::create_dir(path.join("maps")).unwrap();
    folder.put("maps/w.geojson", &collection(&[feature("Polygon", square(2.3, 54.7, 0.02), json!({}))]));
    folder.put("maps/c.toml", "context = [\"w.geojson:water\"]\n");
    let (code, summary, said) = folder.run(&["--config", "maps/c.toml"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(summary["result"]["provenance"]["context_layers"][0]["style"], "water");
    let printed = stdout(&tensionmap(path, &["map", "--config", "maps/c.toml", "--print-config"]));
    assert!(printed.contains("/maps/w.geojson:water\"]"), "{printed}");
    let file = format!("{}:water", path.join("maps/w.geojson").display());
    let run = Engine::builder().context(&file).build().unwrap().incidents(path.join("log.csv")).unwrap().run().unwrap();
    let [layer] = run.layer.context_layers() else { panic!("one layer") };
    assert_eq!((layer.style().name, layer.about().inside, layer.title().as_str()), ("water", 1, "water: w"));
    // It is a file that is read.
    let over = tensionmap(path, &["map", "log.csv", "--context", "maps/w.geojson:water", "-o", "maps/w.geojson"]);
    assert_eq!(over.status.code(), Some(2));
    assert!(stderr(&over).contains("would be overwritten, but it is a file that is read"), "{}", stderr(&over));
    let listed = stdout(&tensionmap(path, &["list", "context-styles"]));
    for style in &STYLES {
        assert!(listed.contains(&format!("{:<18} {}", style.name, style.about)), "{listed}");
    }
}

/// A file that cannot be drawn is told with its place, before any report is read where that can be known.
#[test]
fn what_cannot_be_drawn_is_refused_in_words() {
    let folder = Folder::new();
    let good = feature("Point", json!([2.3, 54.7]), json!({})).to_string();
    folder
        .put("cut.geojson", &format!("{{\"type\": \"FeatureCollection\", \"features\": [\n{good},\n{{\"type\": \"Fea"));
    folder.put(
        "typo.geojson",
        &format!("{{\"type\": \"FeatureCollection\", \"features\": [\n{good},\n{{\"type\" \"x\"}}]}}"),
    );
    folder.put("empty.geojson", "");
    folder.put("table.csv", "a,b\n1,2\n");
    folder.put("other.json", "{\"a\": 1}");
    folder.put("topology.json", "{\"type\": \"Topology\", \"objects\": {}}");
    let crs = "\"crs\": {\"type\": \"name\", \"properties\": {\"name\": \"urn:ogc:def:crs:EPSG::27700\"}}";
    folder.put("grid.geojson", &format!("{{\"type\": \"FeatureCollection\", {crs}, \"features\": [{good}]}}"));
    folder.put("late.geojson", &format!("{{\"type\": \"FeatureCollection\", \"features\": [{good}], {crs}}}"));
    folder.put(
        "metres.geojson",
        &collection(&[feature("LineString", json!([[458_000, 304_000], [458_100, 304_000]]), json!({}))]),
    );
    folder.put(
        "kinds.geojson",
        &collection(&[
            feature("Circle", json!([1, 2]), json!({})),
            feature("LineString", json!([[2.3, 54.7]]), json!({})),
            feature("Polygon", json!([[[2.3, 54.7], [2.4, 54.7], [2.3, 54.7]]]), json!({})),
            feature("Polygon", json!([[2.3, "x"]]), json!({})),
            feature("Point", json!([]), json!({})),
        ]),
    );
    for (file, code, message) in [
        ("cut.geojson", 4, "error: E_TRUNCATED: cut.geojson: line 3, column 14: the file ends half-way"),
        (
            "typo.geojson",
            4,
            "error: E_JSON: typo.geojson: line 3, column 9: expected `:` after a key, found `\\\"x\\\"}]}`",
        ),
        ("empty.geojson", 4, "error: E_EMPTY: empty.geojson: is empty; expected a context layer, such as GeoJSON"),
        (
            "table.csv",
            4,
            "table.csv: has no geometry; expected shapes, as GeoJSON, GeoPackage, a shapefile, FlatGeobuf, GeoParquet or KML have",
        ),
        (
            "other.json",
            4,
            "other.json: line 1, column 1: expected GeoJSON: a FeatureCollection, a Feature or a geometry",
        ),
        ("topology.json", 4, "topology.json: line 1, column 1: TopoJSON; convert it to GeoJSON first"),
        ("grid.geojson", 4, "grid.geojson: none of its 1 features can be drawn; the first: line 1, byte "),
        (
            "late.geojson",
            4,
            "late.geojson: states the reference system urn:ogc:def:crs:EPSG::27700 only after its features",
        ),
        (
            "metres.geojson",
            4,
            "metres.geojson: none of its 1 features can be drawn; the first: line 1, byte 40: found 458000, 304000, expected \
             longitude and latitude in degrees; numbers this large look like metres: state their reference system",
        ),
        (
            "kinds.geojson",
            4,
            "kinds.geojson: none of its 5 features can be drawn; the first: line 1, byte 40: found Circle, expected one of the seven types",
        ),
        ("absent.geojson", 4, "absent.geojson: cannot be read; check the path"),
        (
            ".",
            2,
            ".: cannot be read as the file of --context\n  because: it is a folder; expected a file: name a file in it",
        ),
        (
            "wards.geojson:motorways",
            2,
            "context \"wards.geojson:motorways\" is not usable: expected FILE, FILE:STYLE or FILE:STYLE:under|over, STYLE one of \
             boundaries, districts, roads, rivers, water, land, urban, places, points\n  because: there is no style \"motorways\", \
             and no file \"wards.geojson:motorways\"",
        ),
    ] {
        let (found, _, said) = folder.run(&["--context", file]);
        assert_eq!(found, Some(code), "{file}: {said}");
        assert!(said.contains(message), "{file}: {said} does not say {message}");
        assert!(!folder.0.path().join("map.png").exists(), "{file}");
    }
    // Its beginning is looked at first, and all of it where the study area is known: no report is read.
    folder.put("area.geojson", &collection(&[feature("Polygon", square(2.3, 54.7, 0.02), json!({}))]));
    for (file, with) in [("other.json", &[][..]), ("typo.geojson", &["--area", "area.geojson"])] {
        let args = [&["map", "absent.csv", "-o", "a.png", "--context", file], with].concat();
        let said = stderr(&tensionmap(folder.0.path(), &args));
        assert!(said.contains(file) && !said.contains("absent.csv"), "{said}");
    }
}

/// Leicester with its wards, and what Natural Earth has there: 22 wards (the README of the data), one place of 83, one town.
#[test]
fn leicester_is_drawn_with_its_wards() {
    let (Some(wards), Some(boundary), Some(reports), Some(places)) = (
        shared("leicester/areas/leicester_wards_2013.geojson"),
        shared("leicester/areas/leicester_boundary.geojson"),
        shared("leicester/incidents/2022-09-leicestershire-street.csv"),
        shared("naturalearth-context/gb_ie_places_10m.geojson"),
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let run = |dpi: &str| {
        let districts = format!("{}:districts", wards.display());
        let path = |path: &Path| path.display().to_string();
        let (reports, boundary, places) = (path(&reports), path(&boundary), path(&places));
        let args = ["map", &reports, "--area", &boundary, "--context", &districts, "--context", &places];
        let output = tensionmap(folder.path(), &[&args[..], &["--dpi", dpi, "--json", "-o", "map.png"]].concat());
        let summary: Value = serde_json::from_str(&stdout(&output)).unwrap();
        summary["result"]["provenance"]["context_layers"].clone()
    };
    for dpi in ["96", "200"] {
        let layers = run(dpi);
        assert_eq!((&layers[0]["read"], &layers[0]["inside"]), (&json!(22), &json!(22)), "{layers}");
        assert_eq!(
            (&layers[1]["read"], &layers[1]["inside"], &layers[1]["style"]),
            (&json!(83), &json!(1), &json!("places"))
        );
    }
}

/// Across longitude 180° a country is on the map from both sides.
#[test]
fn fiji_is_in_one_piece() {
    let Some(countries) = shared("naturalearth-context/tricky_countries_50m.geojson") else { return };
    let rows = (0..60).map(|n| {
        let lng = 178.0 + f64::from(n) * 0.06;
        format!("{:.3},{},2026-01-{:02}\n", if lng > 180.0 { lng - 360.0 } else { lng }, -17.2, n % 28 + 1)
    });
    let csv = "lon,lat,date\n".to_owned() + &rows.collect::<String>();
    let input = tensionmap::Input::Bytes("fiji.csv".into(), csv.into_bytes());
    let engine = Engine::builder().resolution(5).timezone("UTC").context(countries.display().to_string());
    let run = engine.build().unwrap().incidents(input).unwrap().run().unwrap();
    let about = run.layer.context_layers()[0].about();
    assert_eq!((about.read, about.inside, about.outside, about.unusable), (11, 1, 10, 0));
}

#[test]
fn every_style_is_found_by_its_name_and_has_a_place() {
    for style in &STYLES {
        assert_eq!(Style::named(style.name), Some(style));
        let place = if style.place == Over { "over the cells" } else { "under the cells" };
        assert!(style.about.contains(place) || style.name == "districts", "{}", style.name);
        // Ground under the cells is pale, so that the palest score stays darker than it.
        assert!(style.fill.is_none_or(|fill| style.place == Under && fill.iter().all(|&channel| channel > 0xd0)));
    }
    assert_eq!(Style::named("motorways"), None);
}
