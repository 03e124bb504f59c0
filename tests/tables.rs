//! Table formats: the same values in each, inert whatever they hold, under the names and in the shapes asked for; and the manifest.

use std::path::Path;

use sha2::{Digest, Sha256};
use tensionmap::unstable::output::encoder_for;
use tensionmap::{Day, Engine, Indicator, Layer, Run, Settings, sample};
use tensionmap::{Manifest, Product};

use crate::support::{csv, own, sample_run, stderr, tensionmap};

fn with(settings: Settings) -> Run {
    let engine = Engine::builder().settings(settings).as_of("2026-03-02").area(sample::boundary()).build().unwrap();
    engine.incidents(sample::incidents()).unwrap().run().unwrap()
}

fn saved(run: &Run, name: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    run.layer.save(&path).unwrap();
    std::fs::read(path).unwrap()
}

fn collection(bytes: &[u8]) -> geojson::FeatureCollection {
    std::str::from_utf8(bytes).unwrap().parse().unwrap()
}

/// Rows of a CSV as lists of text, header first.
fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// A value of JSON as a CSV has it.
fn as_text(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}

#[test]
fn every_table_has_the_same_values() {
    let run = sample_run();
    let layer = collection(&saved(&run, "map.geojson"));
    let table = rows(&saved(&run, "map.csv"));
    assert_eq!(table.len(), layer.features.len() + 1);
    let lines = String::from_utf8(saved(&run, "map.geojsonl")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.gpkg");
    run.layer.save(&path).unwrap();
    let db = rusqlite::Connection::open(&path).unwrap();
    let mut select = db.prepare("SELECT * FROM tension ORDER BY fid").unwrap();
    let mut packaged = select.query([]).unwrap();
    for ((feature, row), line) in layer.features.iter().zip(&table[1..]).zip(lines.lines()) {
        assert_eq!(&line.parse::<geojson::Feature>().unwrap(), feature);
        let properties = feature.properties.as_ref().unwrap();
        let expected: Vec<String> = properties.values().map(as_text).collect();
        assert_eq!(&expected, row);
        let record = packaged.next().unwrap().unwrap();
        for (place, value) in properties.values().enumerate() {
            use rusqlite::types::ValueRef;
            let found = match record.get_ref(place + 2).unwrap() {
                ValueRef::Null => serde_json::Value::Null,
                ValueRef::Integer(number) if value.is_boolean() => (number == 1).into(),
                ValueRef::Integer(number) => number.into(),
                ValueRef::Real(number) => number.into(),
                ValueRef::Text(text) => std::str::from_utf8(text).unwrap().into(),
                ValueRef::Blob(_) => panic!("bytes"),
            };
            assert_eq!(&found, value);
        }
    }
    assert!(packaged.next().unwrap().is_none());
    let names: Vec<&String> = layer.features[0].properties.as_ref().unwrap().keys().collect();
    assert_eq!(names, table[0].iter().collect::<Vec<_>>());
    // A map of kepler.gl: rows in the order of its fields.
    let map: serde_json::Value = serde_json::from_slice(&saved(&run, "map.kepler.json")).unwrap();
    let data = &map["datasets"][0]["data"];
    assert_eq!(data["allData"].as_array().unwrap().len(), layer.features.len());
    assert_eq!(data["fields"].as_array().unwrap().len(), names.len());
    assert_eq!(data["allData"][3][1], layer.features[3].properties.as_ref().unwrap()["score"]);
}

#[cfg(feature = "polars")]
#[test]
fn parquet_has_them_too() {
    use polars_io::{SerReader, parquet::read::ParquetReader};

    let run = sample_run();
    let layer = collection(&saved(&run, "map.geojson"));
    // Without shapes: a struct is nothing that this build of polars reads.
    let plain = with(Settings { geometry: Some("none".into()), ..Settings::default() });
    let frame = ParquetReader::new(std::io::Cursor::new(saved(&plain, "map.parquet"))).finish().unwrap();
    assert_eq!(frame.height(), layer.features.len());
    let cells = frame.column("h3").unwrap().str().unwrap();
    let days = frame.column("as_of").unwrap().date().unwrap();
    let (scores, bands) = (frame.column("score").unwrap().f64().unwrap(), frame.column("band").unwrap().str().unwrap());
    for (row, feature) in layer.features.iter().enumerate() {
        let properties = feature.properties.as_ref().unwrap();
        assert_eq!(cells.get(row), properties["h3"].as_str());
        assert_eq!(days.physical().get(row), Some("2026-03-02".parse::<Day>().unwrap().0));
        assert_eq!(scores.get(row), properties["score"].as_f64());
        assert_eq!(bands.get(row), properties["band"].as_str());
    }
    let whole = saved(&run, "map.parquet");
    let holds = |text: &str| whole.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("\"primary_column\":\"geometry\"") && holds("\"geometry_types\":[\"Polygon\"]"));
}

/// Arrow IPC holds what Parquet does; that other programs take its shapes for shapes is for `tests/clients` to see.
#[test]
fn arrow_has_them_too() {
    use polars_arrow::array::{BinaryArray, PrimitiveArray, Utf8Array};
    use polars_arrow::datatypes::ArrowDataType;
    use polars_arrow::io::ipc::read::{FileReader, read_file_metadata};

    let run = sample_run();
    let bytes = saved(&run, "map.arrow");
    assert_eq!(bytes, saved(&run, "map.feather"));
    let mut file = std::io::Cursor::new(&bytes);
    let about = read_file_metadata(&mut file).unwrap();
    let names: Vec<String> = about.schema.iter_names().map(ToString::to_string).collect();
    let expected = run.layer.columns();
    let expected: Vec<&str> = expected.iter().map(|column| &*column.name).chain(["geometry", "bbox"]).collect();
    assert_eq!(names, expected);
    let batches = FileReader::new(file, about, None, None).collect::<Result<Vec<_>, _>>().unwrap();
    let [batch] = batches.as_slice() else { panic!("one batch of so few cells") };
    let column = |name: &str| &batch.arrays()[names.iter().position(|other| *other == name).unwrap()];
    let cells = column("h3").as_any().downcast_ref::<Utf8Array<i64>>().unwrap();
    let days = column("as_of").as_any().downcast_ref::<PrimitiveArray<i32>>().unwrap();
    assert_eq!(days.dtype(), &ArrowDataType::Date32);
    let shapes = column("geometry").as_any().downcast_ref::<BinaryArray<i64>>().unwrap();
    assert_eq!(batch.len(), run.scores.cells.len());
    for (row, cell) in run.scores.cells.iter().enumerate() {
        assert_eq!(cells.value(row), cell.cell.to_string());
        assert_eq!(days.value(row), run.scores.as_of.0);
        // A little-endian polygon of one ring of seven corners.
        assert_eq!(shapes.value(row)[..13], [1, 3, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0]);
    }
}

/// `--id-type u64` makes numbers of the cells, but in GeoJSON, whose readers would round them; read back, they stay numbers.
#[cfg(feature = "polars")]
#[test]
fn cells_are_numbers_on_request() {
    let run = with(Settings { id_type: Some("u64".into()), ..Settings::default() });
    let table = rows(&saved(&run, "map.csv"));
    let cell = run.scores.cells[0].cell;
    assert_eq!(table[1][0], u64::from(cell).to_string());
    let layer = collection(&saved(&run, "map.geojson"));
    assert_eq!(layer.features[0].properties.as_ref().unwrap()["h3"], cell.to_string());
    let folder = tempfile::tempdir().unwrap();
    for name in ["map.parquet", "map.gpkg", "map.fgb", "map.geojson"] {
        let path = folder.path().join(name);
        run.layer.save(&path).unwrap();
        let again = Layer::open(path.as_path()).unwrap().layer;
        again.save(folder.path().join("again.csv")).unwrap();
        assert_eq!(rows(&std::fs::read(folder.path().join("again.csv")).unwrap()), table, "{name}");
    }
    let refused = Engine::builder().settings(Settings { id_type: Some("int".into()), ..Settings::default() }).build();
    assert_eq!(refused.unwrap_err().to_string(), "id-type \"int\" is not usable: expected text or u64");
}

/// Values of badgeo (`xss`, formulas, control characters) in every text of a layer that users choose.
#[test]
fn markup_formulas_and_control_characters_are_inert() {
    let names = [
        "<script>alert(1)</script>",
        "=HYPERLINK(\"http://x\")",
        "+1+1",
        "@SUM(A1)",
        "a\u{1}b\u{2028}c",
        "Robert'); DROP",
    ];
    let mut reports = "lon,lat,date,category\n".to_owned();
    reports += &"2.3,54.76,2026-02-20,asb\n".repeat(8);
    let title = "</title><script>__xss=1</script> & =cmd|'/C calc'!A0";
    let mut engine = Engine::builder()
        .as_of("2026-03-02")
        .title(title)
        .marking("=1+1 <b>")
        .area(sample::boundary())
        .build()
        .unwrap();
    for name in names {
        let mut indicator = Indicator::intensive(sample::areas(), "deprivation");
        indicator.name = name.to_owned();
        engine = engine.indicator(indicator).unwrap();
    }
    let run = engine.incidents(csv("<img src=x onerror=alert(1)>.csv", &reports)).unwrap().run().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = tensionmap::Layer::ENCODERS
        .iter()
        .map(|output| folder.path().join(format!("map.{}", output.extensions()[0])))
        .collect();
    run.layer.save_all(&paths).unwrap();
    let read = |name: &str| String::from_utf8(std::fs::read(folder.path().join(name)).unwrap()).unwrap();
    for style in ["map.qml", "map.sld"] {
        let text = read(style);
        assert!(!text.contains("<script") && !text.contains('\u{1}') && !text.contains('\u{2028}'), "{text}");
    }
    assert!(read("map.qml").contains("field=\"&lt;script&gt;alert(1)&lt;/script&gt;\""));
    let table = rows(read("map.csv").as_bytes());
    assert!(table[0].iter().all(|name| !name.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{:?}", table[0]);
    // JSON is data and says what it was given, in escapes where it has to.
    for name in ["map.geojson", "map.geojsonl", "map.kepler.json"] {
        let text = read(name);
        assert!(text.chars().all(|at| !at.is_control() || at == '\n') && text.contains("a\\u0001b"), "{name}");
    }
    let properties = collection(read("map.geojson").as_bytes()).features.remove(0).properties.unwrap();
    assert!(names.iter().all(|name| properties.contains_key(*name)));
    let db = rusqlite::Connection::open(folder.path().join("map.gpkg")).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM tension"), i64::try_from(run.scores.cells.len()).unwrap());
    assert_eq!(
        count("SELECT count(\"Robert'); DROP\") FROM tension WHERE \"=HYPERLINK(\"\"http://x\"\")\" IS NOT NULL"),
        count("SELECT count(*) FROM tension")
    );
}

#[test]
fn the_geopackage_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.gpkg");
    let run = sample_run();
    run.layer.save(&path).unwrap();
    let db = rusqlite::Connection::open(&path).unwrap();
    let text = |sql: &str| db.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(text("PRAGMA integrity_check"), "ok");
    assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_eq!((count("PRAGMA application_id"), count("PRAGMA user_version")), (0x4750_4B47, 10300));
    assert_eq!(text("SELECT geometry_type_name FROM gpkg_geometry_columns"), "POLYGON");
    assert_eq!(text("SELECT last_change FROM gpkg_contents WHERE data_type = 'features'"), "2026-03-02T00:00:00.000Z");
    // Every cell is in the index, and every column is described.
    assert_eq!(text("SELECT rtreecheck('rtree_tension_geom')"), "ok");
    assert_eq!(count("SELECT count(*) FROM rtree_tension_geom"), count("SELECT count(*) FROM tension"));
    assert_eq!(count("SELECT count(*) FROM gpkg_data_columns"), i64::try_from(run.layer.columns().len()).unwrap());
    // In the file as beside others.
    let beside = String::from_utf8(saved_beside(&run)).unwrap();
    assert_eq!(text("SELECT styleQML FROM layer_styles"), beside);
    let about: serde_json::Value = serde_json::from_str(&text("SELECT metadata FROM gpkg_metadata")).unwrap();
    assert_eq!((&about["method"], &about["quarantined"]), (&"tension-2".into(), &43.into()));
}

/// An index of three levels, as SQLite itself sees it, finds what a look at every cell finds.
#[test]
fn the_index_finds_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.gpkg");
    let engine = Engine::builder().as_of("2026-03-02").resolution(10).area(sample::boundary()).build().unwrap();
    engine.incidents(sample::incidents()).unwrap().run().unwrap().layer.save(&path).unwrap();
    let db = rusqlite::Connection::open(&path).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let check: String = db.query_row("SELECT rtreecheck('rtree_tension_geom')", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let cells = count("SELECT count(*) FROM tension");
    assert!(cells > 51 * 51, "{cells}");
    assert_eq!(count("SELECT count(*) FROM rtree_tension_geom"), cells);
    // Envelopes stand in the geometries: eight bytes each from the ninth on, west, east, south, north.
    let (west, east, south, north) = (2.30, 2.32, 54.75, 54.77);
    let mut select = db.prepare("SELECT geom FROM tension").unwrap();
    let blobs = select.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    let meets = |blob: &Vec<u8>| {
        let edge = |place: usize| f64::from_le_bytes(blob[8 + 8 * place..][..8].try_into().unwrap());
        edge(0) <= east && edge(1) >= west && edge(2) <= north && edge(3) >= south
    };
    let expected = blobs.map(Result::unwrap).filter(meets).count();
    let found = count(&format!(
        "SELECT count(*) FROM rtree_tension_geom WHERE minx <= {east} AND maxx >= {west} AND miny <= {north} AND maxy >= {south}"
    ));
    assert!(expected > 100);
    assert_eq!(found, i64::try_from(expected).unwrap());
}

fn saved_beside(run: &Run) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    run.layer.save(folder.path().join("map.fgb")).unwrap();
    std::fs::read(folder.path().join("map.qml")).unwrap()
}

/// A style that an analyst saved beside a layer is kept; ours is written again.
#[test]
fn a_style_of_somebody_else_is_kept() {
    let run = sample_run();
    let folder = tempfile::tempdir().unwrap();
    let [layer, style] = ["map.fgb", "map.qml"].map(|name| folder.path().join(name));
    run.layer.save(&layer).unwrap();
    let ours = std::fs::read_to_string(&style).unwrap();
    std::fs::write(&style, ours.replace("Symbology", "All")).unwrap();
    run.layer.save(&layer).unwrap();
    assert_eq!(std::fs::read_to_string(&style).unwrap(), ours);
    std::fs::write(&style, "<!DOCTYPE qgis><qgis version=\"3.22.0\"/>").unwrap();
    run.layer.save(&layer).unwrap();
    assert_eq!(std::fs::read_to_string(&style).unwrap(), "<!DOCTYPE qgis><qgis version=\"3.22.0\"/>");
}

/// Every class has its own line in the styles, and every cell a class that is there.
#[test]
fn styles_know_every_class() {
    let run = sample_run();
    let style = String::from_utf8(saved_beside(&run)).unwrap();
    for feature in collection(&saved(&run, "map.geojson")).features {
        let properties = feature.properties.unwrap();
        let band = properties["band"].as_str().unwrap();
        assert!(style.contains(&format!("value=\"{band}\"")), "{band}");
        assert_eq!(properties["status"] == "scored", band.contains(" to "), "{properties:?}");
        if let (Some(score), Some((from, to))) = (properties["score"].as_f64(), band.split_once(" to ")) {
            let to: f64 = to.trim_end_matches(", sparse").parse().unwrap();
            assert!((from.parse::<f64>().unwrap()..=to).contains(&score), "{properties:?}");
            assert_eq!(band.ends_with("sparse"), properties["sparse"].as_bool().unwrap());
        }
    }
    for class in ["no_reports", "no_past", "no_data", "suppressed"] {
        assert!(style.contains(&format!("value=\"{class}\"")));
    }
    assert_eq!(style.matches("<category ").count(), 14);
}

#[test]
fn tables_take_the_form_asked_for() {
    let run =
        with(Settings { id_column: Some("hex_id".into()), geometry: Some("centroids".into()), ..Settings::default() });
    let layer = collection(&saved(&run, "a.geojson"));
    let feature = &layer.features[0];
    assert!(matches!(feature.geometry.as_ref().unwrap().value, geojson::GeometryValue::Point { .. }));
    assert!(feature.properties.as_ref().unwrap().contains_key("hex_id"));
    let table = rows(&saved(&run, "a.csv"));
    assert_eq!((table[0][0].as_str(), table[0].last().unwrap().as_str()), ("hex_id", "wkt"));
    assert!(table[1].last().unwrap().starts_with("POINT (2."));
    let map: serde_json::Value = serde_json::from_slice(&saved(&run, "a.kepler.json")).unwrap();
    assert_eq!(map["config"]["config"]["visState"]["layers"][0]["config"]["columns"]["hex_id"], "hex_id");

    let run = with(Settings { arcgis_names: Some(true), simplestyle: Some(true), ..Settings::default() });
    let layer = collection(&saved(&run, "a.geojson"));
    let properties = layer.features[0].properties.as_ref().unwrap();
    assert_eq!(properties.keys().next().unwrap(), "GRID_ID");
    assert!(properties["fill"].as_str().unwrap().starts_with('#'));
    assert_eq!(rows(&saved(&run, "a.csv"))[0].iter().filter(|name| *name == "fill").count(), 0);

    let run = with(Settings { select: vec!["score".into(), "rag".into()], ..Settings::default() });
    let selected = "h3 score rag band".split(' ').collect::<Vec<&str>>();
    assert_eq!(rows(&saved(&run, "a.csv"))[0], selected);
    assert_eq!(
        collection(&saved(&run, "a.geojson")).features[0].properties.as_ref().unwrap().keys().collect::<Vec<_>>(),
        selected
    );

    let run = with(Settings { geometry: Some("none".into()), ..Settings::default() });
    assert!(collection(&saved(&run, "a.geojson")).features[0].geometry.is_none());
    let folder = tempfile::tempdir().unwrap();
    for (name, format) in [("a.gpkg", "GeoPackage"), ("a.fgb", "FlatGeobuf")] {
        let error = run.layer.save(folder.path().join(name)).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(
            cause,
            format!("{format} needs shapes (found --geometry none); leave it out, or write .csv or .parquet")
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    for (args, message) in [
        (
            ["--geometry", "circles"],
            "geometry \"circles\" is not usable: expected one of polygons, centroids, outlines, none",
        ),
        (
            ["--id-column", "Score"],
            "id-column \"Score\" is not usable: expected a name that no other column has, such as hex_id",
        ),
    ] {
        let told =
            tensionmap(folder.path(), &[&["map", own("data/incidents.csv").to_str().unwrap()], &args[..]].concat());
        assert_eq!((told.status.code(), stderr(&told)), (Some(2), format!("error: E_SETTING: {message}\n")));
    }
}

/// A column that is not there is told with those that are.
#[test]
fn what_cannot_be_selected_is_refused() {
    let settings = Settings { select: vec!["score".into(), "Rag".into()], ..Settings::default() };
    let engine = Engine::builder().settings(settings).as_of("2026-03-02").area(sample::boundary()).build().unwrap();
    let refused = engine.incidents(sample::incidents()).unwrap().run().unwrap_err().to_string();
    assert!(refused.starts_with("select \"Rag\" is not usable: expected one of h3, score, level, rag, "));
}

/// Dissolved, the cells of each level keep their ground and lie within their outline, and outlines do not overlap: on the
/// sample, where a level has islands and holes, and across longitude 180°.
#[test]
fn the_cells_of_each_level_are_dissolved() {
    use geo::{Area, Contains};
    let sample = with(Settings { geometry: Some("outlines".into()), ..Settings::default() });
    let settings = Settings { geometry: Some("outlines".into()), ..Settings::default() };
    let fiji = Engine::builder().settings(settings).as_of("2026-03-02").resolution(5).timezone("Pacific/Fiji");
    let reports = "lon,lat,date,category\n179.99,-16.8,2026-02-20,asb\n-179.99,-16.8,2026-02-20,riot\n";
    let fiji = fiji.build().unwrap().incidents(csv("fiji.csv", reports)).unwrap().run().unwrap();
    let mut holes = 0;
    for run in [sample, fiji] {
        let layer = collection(&saved(&run, "map.geojson"));
        let parts: Vec<(&str, u64, geo::MultiPolygon)> = layer
            .features
            .iter()
            .map(|feature| {
                let properties = feature.properties.as_ref().unwrap();
                let shape: geo::Geometry = feature.geometry.clone().unwrap().try_into().unwrap();
                let shape = match shape {
                    geo::Geometry::Polygon(polygon) => polygon.into(),
                    geo::Geometry::MultiPolygon(polygons) => polygons,
                    other => panic!("{other:?}"),
                };
                (properties["band"].as_str().unwrap(), properties["cells"].as_u64().unwrap(), shape)
            })
            .collect();
        let of = |cell: &tensionmap::CellScore| {
            cell.level.map_or(cell.status.id().to_owned(), |level| format!("level {}", level.number()))
        };
        let cells = &run.scores.cells;
        assert!(parts.len() > 1);
        for (band, count, shape) in &parts {
            let own: Vec<_> = cells.iter().filter(|cell| of(cell) == *band).collect();
            assert_eq!(own.len() as u64, *count);
            let ground: f64 =
                own.iter().map(|cell| tensionmap::unstable::grid::boundary::outline(cell.cell).unsigned_area()).sum();
            assert!(
                (shape.unsigned_area() / ground - 1.0).abs() < 1e-5,
                "{band}: {} of {ground}",
                shape.unsigned_area()
            );
            // Right-handed: shells counter-clockwise, holes clockwise.
            for part in shape {
                use geo::Winding;
                assert!(part.exterior().is_ccw() && part.interiors().iter().all(Winding::is_cw), "{band}");
                assert!(part.exterior().0.windows(2).all(|side| (side[0].x - side[1].x).abs() < 90.0));
                holes += part.interiors().len();
            }
            for cell in cells {
                let at = h3o::LatLng::from(cell.cell);
                let at = geo::Point::new(at.lng(), at.lat());
                assert_eq!(shape.contains(&at), of(cell) == *band, "{band} and {}", cell.cell);
            }
        }
        // Every level of the scale has a symbol, whether or not a cell has it.
        let style = String::from_utf8(saved_beside(&run)).unwrap();
        for band in ["level 6", "level 1", "no_reports"] {
            assert!(style.contains(&format!("value=\"{band}\"")), "{band}");
        }
    }
    assert!(holes > 0);
}

/// `map.kepler.json` is no GeoJSON.
#[test]
fn the_longest_extension_decides() {
    let named = |name: &str| encoder_for::<tensionmap::Layer>(Path::new(name)).map(tensionmap::Encoder::name).ok();
    assert_eq!(named("map.kepler.json"), Some("kepler"));
    assert_eq!(named("MAP.KEPLER.JSON"), Some("kepler"));
    assert_eq!(named("kepler.json"), Some("geojson"));
    assert_eq!(named("a.b.gpkg"), Some("geopackage"));
    assert_eq!((named("gpkg"), named("map.kepler")), (None, None));
}

/// Across longitude 180° a cell is cut in two, in every format alike.
#[test]
fn cells_across_the_antimeridian_are_cut() {
    let mut reports = "lon,lat,date,category\n".to_owned();
    for lon in ["179.99", "-179.99", "179.5"] {
        reports += &format!("{lon},-16.8,2026-02-20,asb\n");
    }
    let run = Engine::builder().as_of("2026-03-02").resolution(5).timezone("Pacific/Fiji").build().unwrap();
    let run = run.incidents(csv("fiji.csv", &reports)).unwrap().run().unwrap();
    let layer = collection(&saved(&run, "map.geojson"));
    let kind = |feature: &geojson::Feature| {
        matches!(feature.geometry.as_ref().unwrap().value, geojson::GeometryValue::MultiPolygon { .. })
    };
    let cut = layer.features.iter().filter(|feature| kind(feature)).count();
    assert!(cut > 0 && cut < layer.features.len(), "{cut}");
    let run = with_wkt(&reports);
    let shapes = rows(&saved(&run, "map.csv"));
    assert_eq!(shapes.iter().filter(|row| row.last().unwrap().starts_with("MULTIPOLYGON (((")).count(), cut);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.gpkg");
    run.layer.save(&path).unwrap();
    let db = rusqlite::Connection::open(&path).unwrap();
    let kind: String =
        db.query_row("SELECT geometry_type_name FROM gpkg_geometry_columns", [], |row| row.get(0)).unwrap();
    assert_eq!(kind, "MULTIPOLYGON");
}

fn with_wkt(reports: &str) -> Run {
    let settings = Settings { geometry: Some("polygons".into()), ..Settings::default() };
    let engine = Engine::builder().settings(settings).as_of("2026-03-02").resolution(5).timezone("Pacific/Fiji");
    engine.build().unwrap().incidents(csv("fiji.csv", reports)).unwrap().run().unwrap()
}

/// Every verb writes a manifest of its inputs beside its result, unless it is switched off.
#[test]
fn every_verb_has_a_manifest() {
    let hash = |path: &Path| {
        let digest = Sha256::digest(std::fs::read(path).unwrap());
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let sample = own("data/incidents.csv").display().to_string();
    let areas = own("data/areas.geojson").display().to_string();
    let verbs: [(&[&str], &str, &str); 8] = [
        (&["series", "--from", "2026-02-16"], "series.csv", "series"),
        (&["hotspots"], "hotspots.gpkg", "hotspots"),
        (&["hotspots", "--statistic", "knox", "--permutations", "9"], "knox.json", "hotspots"),
        (&["explain", "54.7679,2.3005"], "cell.json", "cell"),
        (&["coverage"], "coverage.svg", "method_hash"),
        (&["calibrate"], "method.toml", "d_half"),
        (&["density"], "density.png", "bandwidth_m"),
        (&["rollup", "--name", "name", "--areas", &areas], "areas.csv", "accepted"),
    ];
    for (verb, result, member) in verbs {
        let folder = tempfile::tempdir().unwrap();
        let args = [verb, &[&sample, "--as-of", "2026-03-02", "--max-rejects", "1%", "-q", "-o", result]].concat();
        let run = tensionmap(folder.path(), &args);
        assert_eq!(run.status.code(), Some(0), "{verb:?}: {}", stderr(&run));
        let place = Manifest::beside(&folder.path().join(result));
        let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(&place).unwrap()).unwrap();
        let reports = manifest["inputs"].as_array().unwrap().iter().find(|input| input["role"] == "reports").unwrap();
        assert_eq!(reports["sha256"], hash(&own("data/incidents.csv")), "{verb:?}");
        assert_eq!((&reports["read"], &manifest["settings"]["as-of"]), (&6001.into(), &"2026-03-02".into()));
        assert!(!manifest["provenance"][member].is_null(), "{verb:?}: {member} of {}", manifest["provenance"]);
        // Everything in the folder is in it, with its true hash, but the manifest itself.
        let files = manifest["files"].as_array().unwrap();
        assert_eq!(files.len() + 1, std::fs::read_dir(folder.path()).unwrap().count(), "{verb:?}");
        for file in files {
            assert_eq!(file["sha256"], hash(&folder.path().join(file["name"].as_str().unwrap())), "{verb:?}");
        }
        if verb == ["calibrate"] {
            std::fs::remove_file(&place).unwrap();
            let run = tensionmap(folder.path(), &[&args[..], &["--manifest", "none"]].concat());
            assert!(run.status.success() && !place.exists());
        }
    }
    // What is told on standard output is no file.
    let folder = tempfile::tempdir().unwrap();
    let run = tensionmap(
        folder.path(),
        &["explain", "54.7679,2.3005", &sample, "--as-of", "2026-03-02", "--max-rejects", "1%", "-q"],
    );
    assert!(run.status.success() && std::fs::read_dir(folder.path()).unwrap().count() == 0);
}

/// The manifest names everything that was read and written, with true hashes, and is the same for the same input.
#[test]
fn the_manifest_tells_what_was_read_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let reports = own("data/incidents.csv");
    std::fs::copy(&reports, folder.path().join("log.csv")).unwrap();
    let args = [
        "map",
        "log.csv",
        "--as-of",
        "2026-03-02",
        "-o",
        "a.geojson",
        "-o",
        "a.csv",
        "--quarantine",
        "q.ndjson",
        "-q",
        "--max-rejects",
        "1%",
    ];
    let run = |more: &[&str]| {
        let run = tensionmap(folder.path(), &[&args, more].concat());
        assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
        std::fs::read_to_string(folder.path().join("a.manifest.json")).unwrap()
    };
    let text = run(&[]);
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let hash = |path: &Path| {
        let digest = Sha256::digest(std::fs::read(path).unwrap());
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    assert_eq!(manifest["inputs"][0]["name"], "log.csv");
    assert_eq!(manifest["inputs"][0]["sha256"], hash(&reports));
    assert_eq!(manifest["inputs"][0]["read"], 6001);
    let files = manifest["files"].as_array().unwrap();
    let names: Vec<&str> = files.iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a.csv", "a.geojson", "a.qml", "a.sld", "q.ndjson"]);
    for file in files {
        let path = folder.path().join(file["name"].as_str().unwrap());
        assert_eq!(file["sha256"], hash(&path), "{file}");
        assert_eq!(file["bytes"], std::fs::metadata(&path).unwrap().len());
    }
    assert_eq!(manifest["settings"]["as-of"], "2026-03-02");
    assert_eq!(manifest["provenance"]["marking"], "OFFICIAL-SENSITIVE");
    assert!(manifest.get("made_at").is_none());
    // Neither threads nor the folder show, and a time only when it is asked for.
    assert!(run(&["--threads", "1"]) == text);
    let timed: serde_json::Value = serde_json::from_str(&run(&["--timestamp"])).unwrap();
    assert!(timed["made_at"].as_str().unwrap().ends_with('Z'));
    assert!(!text.contains(folder.path().to_str().unwrap()));
    // Layers of context are read too, and their folder is no part of a result either.
    let lines = folder.path().join("lines.geojson");
    std::fs::write(&lines, r#"{"type":"LineString","coordinates":[[2.29,54.76],[2.31,54.77]]}"#).unwrap();
    let context = format!("{}:roads", lines.display());
    let text = run(&["--context", &context]);
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let inputs = manifest["inputs"].as_array().unwrap();
    let layer = inputs.iter().find(|input| input["role"] == "context").unwrap();
    assert_eq!((&layer["name"], &layer["sha256"]), (&"lines.geojson".into(), &hash(&lines).into()));
    assert_eq!(manifest["settings"]["context"], serde_json::json!(["lines.geojson:roads"]));
    assert!(!text.contains(folder.path().to_str().unwrap()));
}

#[test]
fn a_manifest_takes_no_place_that_is_not_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("a.manifest.json");
    std::fs::write(&other, "{\"name\": \"a web page's manifest, longer than a head\"}").unwrap();
    let data = own("data/incidents.csv");
    let args = ["map", data.to_str().unwrap(), "-o", "a.csv", "-q", "--max-rejects", "1%"];
    let told = tensionmap(folder.path(), &args);
    assert_eq!(told.status.code(), Some(2));
    assert_eq!(
        stderr(&told),
        "error: E_OUTPUT: a.manifest.json: exists and is not a manifest of tensionmap; choose another place with --manifest FILE, or leave it \
         out with --manifest none\n"
    );
    assert!(!folder.path().join("a.csv").exists());
    assert_eq!(tensionmap(folder.path(), &[&args[..], &["--manifest", "none"]].concat()).status.code(), Some(0));
    // A folder is one run's at a time, from its start.
    let held = Manifest::claim(&folder.path().join("mine.json")).unwrap();
    let told = tensionmap(folder.path(), &[&args[..], &["--manifest", "mine.json"]].concat());
    assert_eq!(told.status.code(), Some(6));
    assert_eq!(
        stderr(&told),
        "error: E_LOCKED: mine.json: is being written by another run; wait for it or choose another name\n"
    );
    drop(held);
    let run = sample_run();
    run.save_all(&[folder.path().join("b.csv")], &[], Some(Manifest::claim(&folder.path().join("mine.json")).unwrap()))
        .unwrap();
    assert!(folder.path().join("mine.json").exists());
}
