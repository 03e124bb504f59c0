//! Areas scored from their own reports: beside cells of the same shape, in every output, and through the command.

use std::collections::BTreeMap;
use std::path::Path;

use geo::{Intersects, MultiPolygon};
use polars::prelude::SerReader;
use proptest::prelude::*;
use serde_json::{Value, json};
use tensionmap::Every;
use tensionmap::Gi;
use tensionmap::Product;
use tensionmap::Status;
use tensionmap::unstable::grid::boundary;
use tensionmap::unstable::polygon::{Contiguity, Regions};
use tensionmap::unstable::score::ReportingStatus;
use tensionmap::{Day, Engine, Input, Run, Settings, sample};

use crate::roll_up::areas;
use crate::support::{csv, own, sample_run, stderr, stdout, tensionmap};

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Corners, crossing edges and areas within others: those that `geo` finds when it tries every pair.
    #[test]
    fn neighbours_are_what_a_search_of_all_finds(areas in areas()) {
        let found = Contiguity::of(&areas);
        for (one, near) in found.neighbours.iter().enumerate() {
            let touching = |other: &usize| *other != one && areas[one].intersects(&areas[*other]);
            let expected: Vec<u32> = (0..areas.len()).filter(touching).map(|other| u32::try_from(other).unwrap()).collect();
            prop_assert_eq!(near, &expected);
        }
        for (km2, area) in found.km2.iter().zip(&areas) {
            prop_assert_eq!(km2.to_bits(), boundary::ground_km2(area).to_bits());
        }
    }
}

/// A square of some degrees.
fn square(x: f64, y: f64, side: f64) -> Vec<Vec<Vec<f64>>> {
    vec![vec![vec![x, y], vec![x + side, y], vec![x + side, y + side], vec![x, y + side], vec![x, y]]]
}

#[test]
fn areas_touch_across_longitude_180_and_not_across_a_gap() {
    let areas: Vec<MultiPolygon> = [(179.0, 0.0), (-180.0, 0.5), (-180.0, 3.0), (177.999_999_9, 0.0)]
        .map(|(x, y)| geo::Rect::new((x, y), (x + 1.0, y + 1.0)).to_polygon().into())
        .to_vec();
    assert_eq!(Contiguity::of(&areas).neighbours, [vec![1], vec![0], vec![], vec![]]);
}

fn collection(features: &[Value]) -> String {
    json!({"type": "FeatureCollection", "features": features}).to_string()
}

fn feature(name: &str, kind: &str, coordinates: &Value) -> Value {
    json!({"type": "Feature", "properties": {"code": format!("E-{name}"), "name": name, "people": 1000},
           "geometry": {"type": kind, "coordinates": coordinates}})
}

/// Cells drawn as areas, their corners rounded to a centimetre so that neighbours share them.
fn drawn(run: &Run) -> Input {
    let round = |at: f64| (at * 1e7).round() / 1e7;
    let draw = |cell: tensionmap::CellIndex| {
        let outline = boundary::outline(cell);
        let ring: Vec<[f64; 2]> = outline.0[0].exterior().0.iter().map(|at| [round(at.x), round(at.y)]).collect();
        feature(&cell.to_string(), "Polygon", &json!([ring]))
    };
    let features: Vec<Value> = run.scores.cells.iter().map(|cell| draw(cell.cell)).collect();
    csv("hexagons.geojson", &collection(&features))
}

/// An area of the shape of a cell has what the cell has, at any date; so level by level, and change by change.
#[test]
fn areas_of_the_shape_of_cells_score_as_these() {
    let hexagons = drawn(&sample_run());
    let mut held = 0;
    for (as_of, before) in [("2026-03-02", "2026-02-02"), ("2025-12-15", "2025-09-01"), ("2025-08-04", "2025-07-21")] {
        let method = tensionmap::Method { fall_after_weeks: 2, ..tensionmap::Method::default() };
        let engine = || Engine::builder().as_of(as_of).method(method.clone()).compare_to(before);
        let cells =
            engine().area(sample::boundary()).build().unwrap().incidents(sample::incidents()).unwrap().run().unwrap();
        let rolled = engine().build().unwrap().count_only_in(hexagons.clone(), "name").unwrap();
        let rolled = rolled.incidents(sample::incidents()).unwrap().roll_up().unwrap();
        assert_eq!(rolled.scores.cells.len(), cells.scores.cells.len());
        assert_eq!((rolled.scores.outside, rolled.scores.later), (cells.scores.outside, cells.scores.later));
        assert_eq!((rolled.scores.anchor, rolled.scores.baseline), (cells.scores.anchor, cells.scores.baseline));
        let changes = [&rolled, &cells].map(|run| &run.change.as_ref().unwrap().cells);
        for (row, (area, cell)) in rolled.scores.cells.iter().zip(&cells.scores.cells).enumerate() {
            assert_eq!(area.n_window.to_bits(), cell.n_window.to_bits());
            assert_eq!((area.status, area.level, area.raw_level), (cell.status, cell.level, cell.raw_level));
            assert_eq!((area.ratio, area.spread, area.sources), (cell.ratio, cell.spread, cell.sources));
            // A corner may be off by half a centimetre.
            assert!((area.score - cell.score).abs() < 1e-3, "{} {}: {} {}", cell.cell, as_of, area.score, cell.score);
            assert_eq!(changes[0][row].levels(), changes[1][row].levels());
            held += usize::from(area.level > area.raw_level);
        }
    }
    assert!(held > 0, "no level was held up by an earlier week");
}

/// A ring with a hole, an area in the hole, one of two parts, one on top of another, and one without reports.
fn shapes() -> String {
    let ring = json!([square(0.0, 50.0, 3.0)[0], square(1.0, 51.0, 1.0)[0].iter().rev().collect::<Vec<_>>()]);
    let parts = json!([square(4.0, 50.0, 1.0), square(6.0, 50.0, 1.0)]);
    collection(&[
        feature("Ring", "Polygon", &ring),
        feature("Hole", "Polygon", &json!(square(1.0, 51.0, 1.0))),
        feature("Parts, \"two\"", "MultiPolygon", &parts),
        feature("=Over", "Polygon", &json!(square(6.0, 50.0, 1.0))),
        feature("Empty", "Polygon", &json!(square(8.0, 50.0, 1.0))),
    ])
}

/// A report a fortnight for a year in the ring, and eight in the last week; some in the others, one of them in two areas.
fn log() -> String {
    let mut log = String::from("lon,lat,date,category,source\n");
    let day: Day = "2025-03-03".parse().unwrap();
    for week in (0..52).step_by(2) {
        log += &format!("0.5,50.5,{},public_order,police\n", day + 7 * week);
    }
    for day in 24..28 {
        log += &format!("0.5,50.5,2026-02-{day},arson,police\n").repeat(2);
    }
    log += "1.5,51.5,2026-02-20,asb,police\n4.5,50.5,2026-02-20,asb,police\n6.5,50.5,2025-02-20,asb,police\n9.9,50.5,2026-02-20,asb,police\n";
    log
}

fn rolled(folder: &Path, more: &[&str]) -> std::process::Output {
    std::fs::write(folder.join("areas.geojson"), shapes()).unwrap();
    std::fs::write(folder.join("log.csv"), log()).unwrap();
    let args = ["rollup", "log.csv", "--areas", "areas.geojson", "--name", "name", "--as-of", "2026-03-02", "-v"];
    tensionmap(folder, &[&args, more].concat())
}

fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    ::csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

#[test]
fn an_area_has_the_score_of_its_own_reports() {
    let folder = tempfile::tempdir().unwrap();
    let output = rolled(folder.path(), &["--compare-to", "2026-02-02", "-o", "a.csv"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "a.csv\n"), "{}", stderr(&output));
    let table = table(&folder.path().join("a.csv"));
    let of = |row: usize, names: [&str; 6]| names.map(|name| table[row][name].clone());
    let names = ["code", "name", "reports", "status", "heard", "days_since"];
    assert_eq!(of(0, names), ["E-Ring", "Ring", "34", "scored", "more_than_usual", "2"]);
    assert_eq!(of(1, names), ["E-Hole", "Hole", "1", "scored", "more_than_usual", "9"]);
    assert_eq!(of(2, names)[..4], ["E-Parts, \"two\"", "Parts, \"two\"", "2", "scored"]);
    assert_eq!(of(3, names)[1..], ["'=Over", "1", "scored", "no_reports", "374"]);
    assert_eq!(of(4, names), ["E-Empty", "Empty", "0", "no_reports", "no_reports", ""]);
    let counts = ["experienced", "evidenced", "potential", "arson", "public_order", "asb"];
    assert_eq!(of(0, counts), ["0", "34", "0", "8", "26", "0"]);
    // The last week's reports: nine where there usually are two.
    assert_eq!((table[0]["n_window"].as_str(), table[0]["level_before"].as_str()), ("10.0", "6"));
    let number = |row: usize, name: &str| table[row][name].parse::<f64>().unwrap();
    assert!(number(0, "rr_lo") > 1.5 && number(0, "p_exceed") > 0.99 && number(0, "score_change") > 30.0);
    assert!(number(0, "score") > 60.0 && number(0, "level") <= 4.0, "{:?}", table[0]);
    assert_eq!(of(4, ["level", "rag", "rr", "p_exceed", "level_change", "band"]), ["", "", "", "", "", "no_reports"]);
    // 3° × 3° less 1° × 1°, by R² · Δλ · (sin φ₂ − sin φ₁) with R = 6,371.0072 km.
    let km2 = |south: f64, side: f64| {
        6_371.007_2_f64.powi(2) * side.to_radians() * ((south + side).to_radians().sin() - south.to_radians().sin())
    };
    assert!((number(0, "area_km2") / (km2(50.0, 3.0) - km2(51.0, 1.0)) - 1.0).abs() < 1e-5);
    assert!((number(4, "reports_per_km2") - 0.0).abs() < f64::EPSILON);
    let said = stderr(&output);
    for notice in [
        "accepted reports outside every area, which are in no count: 1\n",
        "reports in more than one area, which count in each: 1; the areas overlap, so their counts do not add up\n",
        "areas that touch no other, so have no points for spread: 1; a gap between areas parts them, however thin\n",
        "since 2026-02-02: entered ",
        "(Ring)",
        "stands out 1: Ring score ",
    ] {
        assert!(said.contains(notice), "{notice} {said}");
    }
}

/// Every output takes areas: all of them, with their holes and parts, told apart by their codes.
#[test]
fn every_output_has_all_areas() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let names: Vec<String> =
        tensionmap::Layer::ENCODERS.iter().map(|encoder| format!("a.{}", encoder.extensions()[0])).collect();
    let paths: Vec<&str> = names.iter().flat_map(|name| ["-o", name]).collect();
    let output = rolled(folder, &paths);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let layer: geojson::FeatureCollection = String::from_utf8(read("a.geojson")).unwrap().parse().unwrap();
    let ids: Vec<String> = layer
        .features
        .iter()
        .map(|feature| match &feature.id {
            Some(geojson::feature::Id::String(id)) => id.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, ["E-Ring", "E-Hole", "E-Parts, \"two\"", "E-=Over", "E-Empty"]);
    let about = &layer.foreign_members.unwrap()["tensionmap"];
    assert_eq!(
        ["outside_every_area", "on_a_border", "in_several_areas", "study_cells", "resolution"]
            .map(|name| about[name].clone()),
        [json!(1), json!(0), json!(1), json!(5), Value::Null]
    );
    // Read again, the areas are what they were.
    let polygons = |name: &str| Regions::read(&Input::from(&folder.join(name)), Some("code")).unwrap().polygons;
    assert_eq!(polygons("a.geojson"), polygons("areas.geojson"));
    assert_eq!(String::from_utf8(read("a.geojsonl")).unwrap().lines().count(), 5);
    let db = rusqlite::Connection::open(folder.join("a.gpkg")).unwrap();
    let one = |sql: &str| db.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(one("SELECT count(*) || geometry_type_name FROM tension, gpkg_geometry_columns"), "5MULTIPOLYGON");
    assert!(one("SELECT styleQML FROM layer_styles").contains("value=\"no_reports\""));
    let reader = &mut std::io::Cursor::new(read("a.fgb"));
    assert_eq!(flatgeobuf::FgbReader::open(reader).unwrap().header().features_count(), 5);
    let file = std::fs::File::open(folder.join("a.parquet")).unwrap();
    let frame = polars_io::parquet::read::ParquetReader::new(file)
        .with_columns(Some(vec!["code".to_owned()]))
        .finish()
        .unwrap();
    assert_eq!((frame.height(), frame.get_column_names()[0].as_str()), (5, "code"));
    assert_eq!(frame.column("code").unwrap().str().unwrap().get(1), Some("E-Hole"));
    let kepler: Value = serde_json::from_slice(&read("a.kepler.json")).unwrap();
    let rows = kepler["datasets"][0]["data"]["allData"].as_array().unwrap();
    let shape = &rows[0].as_array().unwrap().last().unwrap()["geometry"];
    assert_eq!((rows.len(), &shape["type"], shape["coordinates"].as_array().unwrap().len()), (5, &json!("Polygon"), 2));
    assert_eq!(kepler["config"]["config"]["visState"]["layers"][0]["type"], "geojson");
    // Points lie within their areas, and levels are dissolved: what has none is one shape of its own.
    let points = rolled(folder, &["-o", "p.geojson", "--geometry", "centroids"]);
    assert_eq!(points.status.code(), Some(0), "{}", stderr(&points));
    let points: geojson::FeatureCollection = String::from_utf8(read("p.geojson")).unwrap().parse().unwrap();
    for (feature, polygon) in points.features.into_iter().zip(polygons("areas.geojson")) {
        let at: geo::Point = feature.geometry.unwrap().try_into().unwrap();
        assert!(polygon.intersects(&at), "{at:?}");
    }
    let levels = rolled(folder, &["-o", "o.geojson", "--geometry", "outlines"]);
    assert_eq!(levels.status.code(), Some(0), "{}", stderr(&levels));
    let levels: geojson::FeatureCollection = String::from_utf8(read("o.geojson")).unwrap().parse().unwrap();
    let counts: i64 =
        levels.features.iter().map(|level| level.properties.as_ref().unwrap()["areas"].as_i64().unwrap()).sum();
    assert_eq!(counts, 5);
}

/// Whatever the threads, the same bytes.
#[test]
fn threads_do_not_show_in_areas() {
    let folder = tempfile::tempdir().unwrap();
    let run = |threads: &str| {
        let input = own("data/incidents.csv");
        let areas = own("data/areas.geojson");
        let args = [
            "rollup",
            input.to_str().unwrap(),
            "--areas",
            areas.to_str().unwrap(),
            "--name",
            "name",
            "--as-of",
            "2026-03-02",
            "--max-rejects",
            "1%",
            "-o",
            "a.geojson",
            "-o",
            "a.gpkg",
            "-o",
            "a.csv",
            "--threads",
            threads,
        ];
        let output = tensionmap(folder.path(), &args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        ["a.geojson", "a.gpkg", "a.csv"].map(|name| std::fs::read(folder.path().join(name)).unwrap())
    };
    let first = run("1");
    assert!(first == run("2") && first == run("8"));
}

#[test]
fn areas_are_laid_out_and_judged_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Residents are a property of the areas; the code is under another name.
    let method = tensionmap::Method {
        density: tensionmap::unstable::score::DensityUnit::PerThousandResidents,
        d_half: Some(2.0),
        ..Default::default()
    };
    std::fs::write(folder.join("method.toml"), method.to_toml()).unwrap();
    let people = ["--method", "method.toml", "--residents", "people", "--id-column", "ward", "-o", "a.csv"];
    let output = rolled(folder, &people);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let rows = table(&folder.join("a.csv"));
    assert_eq!(rows[0]["ward"], "E-Ring");
    // Per 1,000 of a thousand residents, the density is the mass: eight of arson (8) three days ago, and four of public order.
    let left = |days: f64| {
        let h = 28.0;
        h / std::f64::consts::LN_2 * ((-(days - 1.0) / h).exp2() - (-days / h).exp2())
    };
    let past: Day = "2025-03-03".parse().unwrap();
    let as_of: Day = "2026-03-02".parse().unwrap();
    let fortnightly: f64 = (0..26).map(|k| 4.0 * left(f64::from(as_of.0 - (past + 14 * k).0))).sum();
    let cap = 0.25 * 2.0;
    let arson = 8.0 * cap;
    let capped: f64 = (0..26).map(|k| (4.0 * left(f64::from(as_of.0 - (past + 14 * k).0))).min(cap)).sum();
    assert!(capped < fortnightly);
    let density: f64 = rows[0]["density"].parse().unwrap();
    assert!((density - arson - capped).abs() < 1e-3, "{density} {arson} {capped}");
    // The anchor of these areas, to be frozen.
    let calibrated = [
        "calibrate",
        "log.csv",
        "--areas",
        "areas.geojson",
        "--name",
        "name",
        "--as-of",
        "2026-03-02",
        "-o",
        "frozen.toml",
    ];
    let output = tensionmap(folder, &calibrated);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = rolled(folder, &["--json"]);
    let about: Value = serde_json::from_str(&stdout(&run)).unwrap();
    let frozen = tensionmap::Method::load(folder.join("frozen.toml")).unwrap();
    assert_eq!(about["result"]["provenance"]["d_half"].as_f64(), frozen.d_half);
    // A level that people set, by the code of an area.
    std::fs::write(folder.join("set.csv"), "area,level,assessor,reason,date\nE-Hole,2,Sgt Hill,a march,2026-03-01\n")
        .unwrap();
    let output = rolled(folder, &["--assessments", "set.csv", "-o", "b.csv"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let rows = table(&folder.join("b.csv"));
    assert_eq!((rows[1]["assessed_level"].as_str(), rows[0]["assessed_level"].as_str()), ("2", ""));
    // A study area leaves out the areas without a point in it; their reports are outside.
    std::fs::write(
        folder.join("west.geojson"),
        collection(&[feature("w", "Polygon", &json!(square(-1.0, 49.0, 6.2)))]),
    )
    .unwrap();
    let output = rolled(folder, &["--area", "west.geojson", "--resolution", "3", "-o", "c.csv", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("areas without a point in --area, which are left out: "), "{}", stderr(&output));
    let about: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let rows = table(&folder.join("c.csv"));
    let inside: u64 = rows.iter().map(|row| row["reports"].parse::<u64>().unwrap()).sum();
    let provenance = &about["result"]["provenance"];
    assert!(rows.len() < 5 && rows.iter().any(|row| row["name"] == "Ring"));
    assert_eq!(inside + provenance["outside_every_area"].as_u64().unwrap(), provenance["accepted"].as_u64().unwrap());
    assert_eq!(about["result"]["standing_out"][0]["area"], "Ring");
    std::fs::write(folder.join("far.geojson"), collection(&[feature("w", "Polygon", &json!(square(40.0, 49.0, 1.0)))]))
        .unwrap();
    let output = rolled(folder, &["--area", "far.geojson", "--resolution", "3"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("expected a study area with a point of one of the areas of areas.geojson"),
        "{}",
        stderr(&output)
    );
}

/// D½ of areas is found on their own past, and a frozen one gives the same scores again.
#[test]
fn the_anchor_of_areas_can_be_frozen() {
    let engine = || Engine::builder().as_of("2026-03-02");
    let count = |builder: tensionmap::Builder| {
        let engine = builder.build().unwrap().count_only_in(sample::areas(), "name").unwrap();
        engine.incidents(sample::incidents()).unwrap()
    };
    let method = count(engine()).prepare_areas().unwrap().calibrate().unwrap();
    let free = count(engine()).roll_up().unwrap();
    assert_eq!(method.d_half, free.scores.anchor.d_half());
    // The date of calibration decides where days are cut; without it the scores are those of a run of its own.
    assert_eq!(method.anchor_date, Some(free.scores.as_of));
    let method = tensionmap::Method { anchor_date: None, ..method };
    let frozen = count(engine().method(method)).roll_up().unwrap();
    assert_eq!(frozen.scores.cells, free.scores.cells);
    assert!(free.scores.cells.iter().any(|area| area.status == Status::Scored));
    let areas = free.layer.areas().unwrap();
    assert!(areas.reporting.iter().any(|line| line.status == ReportingStatus::AsUsual));
    // Neither indicators nor a second layer of names.
    let indicator = || sample::deprivation();
    let refused = count(engine()).indicator(indicator()).unwrap().roll_up().unwrap_err().to_string();
    assert_eq!(
        refused,
        "indicator \"deprivation\" is not usable: expected none for areas, which are scored from their reports alone; leave it out"
    );
    let none = engine().build().unwrap().incidents(sample::incidents()).unwrap().roll_up().unwrap_err().to_string();
    assert_eq!(none, "areas \"none\" is not usable: expected polygons to count in, with --areas");
    let twice = Settings { id_column: Some("Reports".to_owned()), ..Settings::default() };
    let twice =
        engine().settings(twice).build().unwrap().count_only_in(sample::areas(), "name").unwrap_err().to_string();
    assert!(
        twice.starts_with("name of a column \"Reports\" is not usable: expected a name that no other column"),
        "{twice}"
    );
}

/// A page of areas: each in its class, hatched where nobody told of it, named where it stands out.
#[test]
fn pictures_show_areas() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let output = rolled(
        folder,
        &["-o", "a.svg", "-o", "a.png", "--compare-to", "2026-02-02", "--context", "areas.geojson:boundaries"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let page = std::fs::read_to_string(folder.join("a.svg")).unwrap();
    for words in ["Ring: ", "1 of 5 areas have no report that carries weight", "5 areas;"] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains(" cells") && !page.contains("8f0"), "words of cells on a page of areas");
    assert!(folder.join("a.pgw").exists());
    for picture in ["two-up", "strands"] {
        let output = rolled(
            folder,
            &["-o", "b.svg", "--compare-to", "2026-02-02", "--picture", picture, "--projection", "equal-area"],
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    let output = rolled(folder, &["-o", "c.png", "--projection", "bng"]);
    assert_eq!(output.status.code(), Some(2));
    let expected = "projection \"bng\" is not usable: expected areas within Great Britain; E-Ring lies beyond it";
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
}

/// What names cells one by one does not show those that stand in for areas.
#[test]
fn what_is_of_cells_is_refused() {
    let prepared = || {
        let engine = Engine::builder().as_of("2026-03-02").build().unwrap();
        let engine = engine.count_only_in(sample::areas(), "name").unwrap().incidents(sample::incidents()).unwrap();
        engine.prepare_areas().unwrap()
    };
    let cell = prepared().area.cells()[0];
    let refused = [
        prepared().series(None, Every::WEEK).err(),
        prepared().hotspots(&Gi::default()).err(),
        prepared().explain(cell).err(),
        prepared().coverage().err(),
    ];
    for (refused, what) in refused.into_iter().zip(["series", "hotspots", "explain", "coverage"]) {
        assert_eq!(
            refused.unwrap().to_string(),
            format!(
                "areas {what:?} is not usable: expected a layer of cells: areas are scored by run, scoring and calibrate alone"
            )
        );
    }
}
