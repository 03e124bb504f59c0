//! Polygons: the R-tree against brute force, areal interpolation against arithmetic.

use std::path::Path;

use geo::{BoundingRect, Contains, Intersects, MultiPolygon, Rect, polygon};
use proptest::prelude::*;
use tensionmap::Code;
use tensionmap::unstable::indicator::interpolate;
use tensionmap::unstable::polygon::{PolygonIndex, Regions};
use tensionmap::{Containment, Engine, Indicator, Input, LatLng, Resolution, StudyArea};

use crate::support::{csv, own, stderr, stdout, tensionmap};

fn boxes() -> impl Strategy<Value = Vec<MultiPolygon>> {
    let side = (-20.0..20.0_f64, -20.0..20.0_f64, 0.1..9.0_f64, 0.1..9.0_f64);
    prop::collection::vec(side.prop_map(|(x, y, w, h)| Rect::new((x, y), (x + w, y + h)).to_polygon().into()), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_tree_finds_what_a_search_of_all_finds(polygons in boxes(), x in -25.0..25.0_f64, y in -25.0..25.0_f64, size in 0.0..5.0_f64) {
        let index = PolygonIndex::new(&polygons);
        let query = Rect::new((x, y), (x + size, y + size));
        let touching: Vec<usize> =
            (0..polygons.len()).filter(|&i| polygons[i].bounding_rect().is_some_and(|b| b.intersects(&query))).collect();
        prop_assert_eq!(index.touching(query), touching);
        let point = geo::Point::new(x, y);
        let containing: Vec<usize> = (0..polygons.len()).filter(|&i| polygons[i].contains(&point)).collect();
        prop_assert_eq!(index.containing(LatLng::new(y, x).unwrap()), containing);
    }
}

fn feature(value: &str, ring: &str) -> String {
    let geometry = format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#);
    format!(r#"{{"type":"Feature","properties":{{"v":{value}}},"geometry":{geometry}}}"#)
}

fn square(value: &str) -> Input {
    csv("square.geojson", &feature(value, "[[2.2,54.7],[2.4,54.7],[2.4,54.8],[2.2,54.8],[2.2,54.7]]"))
}

/// A total is kept to the last digits when the cells cover the polygons; a level is the same in every cell.
#[test]
fn totals_are_kept_and_levels_stay() {
    for resolution in [Resolution::Six, Resolution::Eight, Resolution::Nine] {
        let area =
            Regions::read(&square("40"), None).unwrap().study_area(resolution, Containment::Overlapping).unwrap();
        let total = interpolate(&Indicator::extensive(square("40"), "v"), area.cells()).unwrap();
        let sum: f64 = total.values.iter().flatten().sum();
        assert!((sum / 40.0 - 1.0).abs() < 1e-9, "resolution {resolution}: {sum}");
        let level = interpolate(&Indicator::intensive(square("40"), "v"), area.cells()).unwrap();
        assert!(level.values.iter().flatten().all(|value| (value / 40.0 - 1.0).abs() < 1e-12));
        assert!(level.covered.iter().all(|share| (0.0..=1.0 + 1e-9).contains(share)));
        assert!(level.covered.iter().any(|share| *share < 0.9) && level.values.iter().all(Option::is_some));
    }
}

#[test]
fn a_hole_is_not_covered() {
    let mut shape = polygon![(x: 2.2, y: 54.7), (x: 2.4, y: 54.7), (x: 2.4, y: 54.8), (x: 2.2, y: 54.8)];
    let hole = polygon![(x: 2.28, y: 54.73), (x: 2.32, y: 54.73), (x: 2.32, y: 54.77), (x: 2.28, y: 54.77)];
    shape.interiors_push(hole.exterior().clone());
    let area = StudyArea::of_polygons(&shape.into(), Resolution::Eight, Containment::Overlapping).unwrap();
    let middle = LatLng::new(54.75, 2.3).unwrap().cell(Resolution::Eight);
    assert_eq!(area.row(middle), None);
}

/// A hole takes its share from what is interpolated, whichever way the rings wind.
#[test]
fn holes_are_cut_out_of_what_is_interpolated() {
    let ring = |west: f64, south: f64, east: f64, north: f64| {
        format!("[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]")
    };
    let file = |rings: &str| {
        let geometry = format!(r#"{{"type":"Polygon","coordinates":[{rings}]}}"#);
        let feature = format!(r#"{{"type":"Feature","properties":{{"v":40}},"geometry":{geometry}}}"#);
        csv("holed.geojson", &format!(r#"{{"type":"FeatureCollection","features":[{feature}]}}"#))
    };
    let (outer, hole) = (ring(2.2, 54.7, 2.4, 54.8), ring(2.28, 54.73, 2.32, 54.77));
    let holed = file(&format!("{outer},{hole}"));
    let area =
        Regions::read(&file(&outer), None).unwrap().study_area(Resolution::Nine, Containment::Overlapping).unwrap();
    let covered = |input: Input| interpolate(&Indicator::extensive(input, "v"), area.cells()).unwrap();
    let (whole, holed, inside) = (covered(file(&outer)), covered(holed), covered(file(&hole)));
    for row in 0..area.cells().len() {
        let expected = whole.covered[row] - inside.covered[row];
        assert!((holed.covered[row] - expected).abs() < 1e-9, "{} is not {expected}", holed.covered[row]);
    }
    assert!(holed.values.iter().any(Option::is_none));
    assert!((holed.values.iter().flatten().sum::<f64>() - 40.0).abs() < 1e-9);
}

/// No polygon is lost, however small; no area is filled before its size is known.
#[test]
fn small_and_huge_polygons_are_handled() {
    let tiny: MultiPolygon = polygon![(x: 2.3, y: 54.75), (x: 2.30001, y: 54.75), (x: 2.3, y: 54.75001)].into();
    let area = StudyArea::of_polygons(&tiny, Resolution::Eight, Containment::Overlapping).unwrap();
    assert_eq!(area.cells(), [LatLng::new(54.75, 2.3).unwrap().cell(Resolution::Eight)]);
    for mode in Containment::ALL {
        let area = StudyArea::of_polygons(&tiny, Resolution::Eight, mode).unwrap();
        assert!(area.row(LatLng::new(54.75, 2.3).unwrap().cell(Resolution::Eight)).is_some());
        // Only boxes of cells reach so small a polygon from outside.
        assert_eq!(area.cells().len() > 1, mode == Containment::OverlappingBbox);
        assert_eq!(area.small().is_empty(), !matches!(mode, Containment::Centroid | Containment::Full));
    }
    let world: MultiPolygon =
        polygon![(x: -10.0, y: 40.0), (x: 30.0, y: 40.0), (x: 30.0, y: 60.0), (x: -10.0, y: 60.0)].into();
    let error = StudyArea::of_polygons(&world, Resolution::Twelve, Containment::Overlapping).unwrap_err().to_string();
    assert!(error.contains("cells at resolution 12, more than 5000000; use a lower --resolution"), "{error}");
}

/// Polygons without a value are refused and the others used; each unusable file says what is wrong with it.
#[test]
fn unusable_polygons_say_so() {
    let cells = [LatLng::new(54.75, 2.3).unwrap().cell(Resolution::Eight)];
    let two = format!(
        r#"{{"type":"FeatureCollection","features":[{},{}]}}"#,
        feature("1.5", "[[2.2,54.7],[2.4,54.7],[2.4,54.8],[2.2,54.8],[2.2,54.7]]"),
        feature("null", "[[2.4,54.7],[2.6,54.7],[2.6,54.8],[2.4,54.8],[2.4,54.7]]"),
    );
    let half = interpolate(&Indicator::intensive(csv("two.geojson", &two), "v"), &cells).unwrap();
    assert_eq!((half.values[0], half.account.accepted, half.account.quarantined[&Code::Value]), (Some(1.5), 1, 1));
    let message = |input: Input, column: &str| {
        let error = interpolate(&Indicator::intensive(input, column), &cells).unwrap_err();
        error.to_string()
    };
    assert_eq!(message(square("1"), "w"), "square.geojson: no feature has a property \"w\"; found v");
    assert_eq!(
        message(square("\"x\""), "v"),
        "square.geojson: the column \"v\" holds text, such as \"x\"; expected numbers, with a decimal point. Name another column"
    );
    assert_eq!(
        message(square("true"), "v"),
        "square.geojson: none of its 1 features could be used (1 Q_VALUE); the first: square.geojson line 1: Q_VALUE v: found \
         \"true\", expected a number; leave out areas without a value"
    );
    assert_eq!(
        message(csv("a.geojson", "{\"type\":\"FeatureCollection\",\"features\":[]}"), "v"),
        "a.geojson: holds no polygons"
    );
    assert_eq!(
        message(csv("a.geojson", "{\"a\":1"), "v"),
        "a.geojson: line 1, column 7: the file ends half-way; nothing after it can be trusted, so nothing was made"
    );
    let wide = feature("1", "[[179,-17],[-179,-17],[-179,-16],[179,-16],[179,-17]]");
    assert!(message(csv("fiji.geojson", &wide), "v").contains(
        "Q_ANTIMERIDIAN geometry: found \"ring 1 jumps from 179,-17 to -179,-17\", expected edges of at most 180 degrees"
    ));
    let bow = feature("1", "[[2.2,54.7],[2.4,54.8],[2.4,54.7],[2.2,54.8],[2.2,54.7]]");
    assert!(message(csv("bow.geojson", &bow), "v").contains(
        "Q_SELF_INTERSECTION geometry: found \"ring 1 crosses itself at 2.3,54.75\", expected a ring that does not cross \
         itself; repair the file, or use --repair-geometry"
    ));
    let points = message(Input::from(&own("data/incidents.geojson")), "v");
    assert!(points.contains("Q_GEOM_TYPE") && points.ends_with("found \"Point\", expected a Polygon or MultiPolygon"));
    let grid = r#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::99999"}},"features":[]}"#;
    assert!(message(csv("grid.geojson", grid), "v").starts_with("grid.geojson: has the reference system "));
}

const SOUND: &str = "[[2.2,54.7],[2.4,54.7],[2.4,54.8],[2.2,54.8],[2.2,54.7]]";
/// Two triangles, east of the sound square.
const CROSSED: &str = "[[2.4,54.7],[2.6,54.8],[2.6,54.7],[2.4,54.8],[2.4,54.7]]";

fn put(folder: &Path, name: &str, features: &[String]) {
    let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}", features.join(",\n"));
    std::fs::write(folder.join(name), text).unwrap();
}

fn lines(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Areas are checked without reports: clean, some refused, or a file that cannot be used.
#[test]
fn areas_are_checked_alone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "good.geojson", &[feature("1", SOUND)]);
    put(folder, "some.geojson", &[feature("1", SOUND), feature("2", CROSSED), feature("null", SOUND)]);
    put(folder, "none.geojson", &[feature("2", CROSSED)]);
    std::fs::write(folder.join("empty.geojson"), "").unwrap();
    std::fs::write(folder.join("cut.geojson"), "{\"type\":\"FeatureCollection\",\"features\":[").unwrap();
    let zero = serde_json::json!({});
    let crossed = serde_json::json!({"Q_SELF_INTERSECTION": 1});
    for (args, code, accepted, quarantined, codes) in [
        (["--area", "good.geojson"], 0, 1, 0, zero.clone()),
        (["--indicator", "good.geojson:v:intensive"], 0, 1, 0, zero),
        (["--area", "some.geojson"], 3, 2, 1, crossed.clone()),
        (["--area", "none.geojson"], 3, 0, 1, crossed),
        (
            ["--indicator", "some.geojson:v:extensive"],
            3,
            1,
            2,
            serde_json::json!({"Q_SELF_INTERSECTION": 1, "Q_VALUE": 1}),
        ),
    ] {
        let output = tensionmap(folder, &[&["check", "--json", "--quarantine", "q.ndjson"][..], &args].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        let summary: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        let account = &summary["areas"][0];
        assert_eq!(
            (&account["accepted"], &account["quarantined"]),
            (&accepted.into(), &quarantined.into()),
            "{account}"
        );
        assert_eq!((&account["codes"], &summary["read"]), (&codes, &0.into()), "{account}");
        assert_eq!(lines(&folder.join("q.ndjson")).len(), quarantined, "{args:?}");
    }
    let said = stdout(&tensionmap(folder, &["check", "--area", "some.geojson"]));
    assert!(said.starts_with("some.geojson (geojson)\n  read 3 = accepted 2 + quarantined 1\n  Q_SELF_INTERSECTION"));
    let lenient = tensionmap(folder, &["check", "--area", "some.geojson", "--max-rejects", "1"]);
    assert_eq!(lenient.status.code(), Some(0));
    let fine = tensionmap(folder, &["check", "--area", "good.geojson", "--resolution", "14"]);
    assert_eq!(fine.status.code(), Some(3), "{}", stderr(&fine));
    assert!(stdout(&fine).contains("Q_TOO_MANY_CELLS"), "{}", stdout(&fine));
    for (args, code, message) in [
        (&["--area", "cut.geojson"][..], 4, "error: E_TRUNCATED: cut.geojson: line "),
        (&["--area", "empty.geojson"], 4, "error: E_EMPTY: empty.geojson: is empty; expected polygons, or for an"),
        (
            &["--indicator", "empty.geojson:v:intensive"],
            4,
            "error: E_EMPTY: empty.geojson: is empty; expected polygons",
        ),
        (&["--indicator", "empty.geojson::count"], 4, "error: E_EMPTY: empty.geojson: is empty; expected polygons"),
        (&["--indicator", "good.geojson:w:intensive"], 4, "error: E_COLUMN: good.geojson: no feature has a property"),
        (&[], 2, "required arguments were not provided"),
    ] {
        let output = tensionmap(folder, &[&["check"][..], args].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(message), "{}", stderr(&output));
    }
}

/// What became of the areas is told, written and part of the result, as it is for reports.
#[test]
fn refused_areas_are_accounted_for_like_reports() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "city.geojson", &[feature("1", SOUND), feature("2", CROSSED)]);
    std::fs::write(folder.join("log.csv"), "lon,lat,date\n2.3,54.75,2026-01-05\n2.5,54.71,2026-01-06\n").unwrap();
    let map = |flags: &[&str]| {
        let args = [
            "map",
            "log.csv",
            "--area",
            "city.geojson",
            "--indicator",
            "city.geojson:v:intensive",
            "-o",
            "a.geojson",
            "-v",
        ];
        let output = tensionmap(folder, &[&args, flags].concat());
        let layer: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(folder.join("a.geojson")).unwrap()).unwrap();
        let provenance = layer["tensionmap"].clone();
        (output.status.code(), stdout(&output), stderr(&output), provenance)
    };
    let (code, _, said, provenance) = map(&["--quarantine", "q.ndjson"]);
    assert_eq!(code, Some(3));
    for account in ["city.geojson (geojson)\n", "city.geojson (geojson; value=v)\n"] {
        assert!(
            said.contains(&format!("{account}  read 2 = accepted 1 + quarantined 1\n  Q_SELF_INTERSECTION")),
            "{said}"
        );
    }
    let refused = lines(&folder.join("q.ndjson"));
    assert_eq!(refused.len(), 2);
    assert_eq!((&refused[0]["file"], &refused[0]["record"]), (&"city.geojson".into(), &2.into()), "{refused:?}");
    assert_eq!(refused[0]["raw"], feature("2", CROSSED));
    assert_eq!(provenance["areas"].as_array().unwrap().len(), 2);
    let indicator = &provenance["areas"][1];
    assert_eq!((&indicator["column"], &indicator["codes"]["Q_SELF_INTERSECTION"]), (&"v".into(), &1.into()));
    assert_eq!(provenance["indicators"][0]["invalid_polygons"], 1);
    assert_eq!((provenance["quarantined"].as_u64(), map(&["--max-rejects", "50%"]).0), (Some(0), Some(0)));
    assert_eq!(map(&["--max-rejects", "49%"]).0, Some(3));
    assert_eq!(map(&["--max-rejects", "2"]).0, Some(0));

    std::fs::write(folder.join("c.toml"), "repair-geometry = true\n").unwrap();
    for flags in [&["--repair-geometry"][..], &["--config", "c.toml"]] {
        let (code, _, said, provenance) = map(flags);
        assert_eq!(code, Some(0), "{said}");
        let told = "city.geojson: areas repaired: 1: feature 2 by +100.0000% of its area\n";
        assert_eq!(said.matches(told).count(), 1, "{said}");
        assert_eq!(provenance["areas"][0]["repaired"], serde_json::json!([{"feature": 2, "area_change": 1.0}]));
    }
    assert_eq!(map(&["--config", "c.toml", "--repair-geometry=false"]).0, Some(3));

    put(folder, "city.geojson", &[feature("2", CROSSED)]);
    let (code, _, said, _) = map(&["--quarantine", "q.ndjson"]);
    assert_eq!((code, lines(&folder.join("q.ndjson")).len()), (Some(4), 1));
    assert!(said.contains("error: E_NOTHING_ACCEPTED: city.geojson: none of its 1 features could be used"), "{said}");
}

/// Polygons have no setting for an encoding, so the advice is one that helps: converted to UTF-8, the same file is read.
#[test]
fn polygons_in_another_encoding_say_what_to_do() {
    let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"Café"},
        "geometry":{"type":"Polygon","coordinates":[[[2.4,54.7],[2.5,54.7],[2.5,54.8],[2.4,54.7]]]}}]}"#;
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let area = |bytes: Vec<u8>| Engine::builder().area(Input::Bytes("a.geojson".into(), bytes)).build();
    let error = area(latin).unwrap_err();
    assert_eq!(error.code().id(), "E_ENCODING");
    let said = error.to_string();
    assert!(said.starts_with("a.geojson: line 1, byte ") && said.ends_with("convert the file to UTF-8"), "{said}");
    assert!(area(text.as_bytes().to_vec()).is_ok());
}
