//! Indicators of every kind onto cells, and the account of their totals.

use std::path::Path;

use serde_json::{Value, json};
use tensionmap::Code;
use tensionmap::IndicatorKind;
use tensionmap::unstable::indicator::{Interpolated, interpolate};
use tensionmap::{Containment, Engine, Indicator, LatLng, Resolution, StudyArea};

use crate::support::{csv, shared, stderr, stdout, tensionmap};

/// Areas with a code and some values, each a box.
pub(crate) fn boxes(areas: &[(&str, &str, [f64; 4])]) -> String {
    let feature = |(code, properties, [west, south, east, north]): &(&str, &str, [f64; 4])| {
        let ring = json!([[west, south], [east, south], [east, north], [west, north], [west, south]]);
        format!(
            r#"{{"type":"Feature","properties":{{"LSOA21CD":"{code}"{properties}}},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}"#
        )
    };
    let features: Vec<String> = areas.iter().map(feature).collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}", features.join(",\n"))
}

pub(crate) const WEST: [f64; 4] = [2.2, 54.7, 2.3, 54.8];
pub(crate) const EAST: [f64; 4] = [2.3, 54.7, 2.4, 54.8];
const FAR: [f64; 4] = [2.6, 54.7, 2.7, 54.8];

pub(crate) fn two() -> String {
    boxes(&[("E01000001", r#","v":10,"p":300,"vp":3000"#, WEST), ("E01000002", r#","v":40,"p":100,"vp":4000"#, EAST)])
}

fn cells(west: f64, south: f64, east: f64, north: f64, resolution: Resolution) -> Vec<tensionmap::CellIndex> {
    let bounds = geo::Rect::new((west, south), (east, north)).to_polygon().into();
    StudyArea::of_polygons(&bounds, resolution, Containment::Overlapping).unwrap().cells().to_vec()
}

/// Totals agree to 10⁻⁹, and each part is what is expected of it.
fn balanced(found: &Interpolated, total: f64, outside: f64) {
    let account = found.conservation.unwrap();
    assert!(account.measured && account.agrees(), "{account}");
    assert!((account.total - total).abs() <= 1e-9 * total.abs(), "{account}");
    assert!((account.outside - outside).abs() <= 1e-9 * total.abs(), "{account}");
}

/// A mean by residents is the quotient of two totals.
#[test]
fn a_weighted_mean_is_a_quotient_of_totals() {
    let file = || csv("two.geojson", &two());
    let cells = cells(2.2, 54.7, 2.4, 54.8, Resolution::Eight);
    let mean = interpolate(&Indicator::intensive(file(), "v").weighted_by("p"), &cells).unwrap();
    let (top, bottom) = (
        interpolate(&Indicator::extensive(file(), "vp"), &cells).unwrap(),
        interpolate(&Indicator::extensive(file(), "p"), &cells).unwrap(),
    );
    let by_area = interpolate(&Indicator::intensive(file(), "v"), &cells).unwrap();
    let mut differ = 0;
    for row in 0..cells.len() {
        let expected = top.values[row].zip(bottom.values[row]).map(|(top, bottom)| top / bottom);
        assert!((mean.values[row].unwrap() - expected.unwrap()).abs() < 1e-9);
        differ += usize::from((mean.values[row].unwrap() - by_area.values[row].unwrap()).abs() > 0.1);
    }
    assert!(differ > 5, "cells on the border have more of the residents of the west: {differ}");
    balanced(&mean, 7000.0, 0.0);
    balanced(&bottom, 400.0, 0.0);
    let refused = interpolate(&Indicator::intensive(file(), "v").weighted_by("q"), &cells).unwrap_err();
    assert_eq!(refused.to_string(), "two.geojson: no feature has a property \"q\"; found LSOA21CD, p, v, vp");
}

/// What lies outside the study area, in part or wholly, is measured there; what was refused is known as well.
#[test]
fn the_account_of_a_total_closes() {
    let text = boxes(&[
        ("E01000001", r#","v":10"#, WEST),
        ("E01000002", r#","v":40"#, EAST),
        ("E01000003", r#","v":7"#, FAR),
        ("E01000003", r#","v":5"#, FAR),
    ]);
    let bow = r#"{"type":"Feature","properties":{"LSOA21CD":"E01000009","v":2.5},"geometry":{"type":"Polygon","coordinates":[[[3,54],[4,55],[4,54],[3,55],[3,54]]]}}"#;
    let text = text.replace("\n]}", &format!(",\n{bow}\n]}}"));
    let total = Indicator::extensive(csv("five.geojson", &text), "v");
    // The west half of the first box, and whatever cells on its middle reach over.
    let half = cells(2.2, 54.7, 2.25, 54.8, Resolution::Eight);
    let found = interpolate(&total, &half).unwrap();
    let account = found.conservation.unwrap();
    assert!(account.agrees() && account.measured, "{account}");
    assert!((account.total - 64.5).abs() < 1e-12 && (account.refused - 7.5).abs() < 1e-12, "{account}");
    assert!(account.on_cells > 5.0 && account.on_cells < 6.5 && account.outside > 50.0, "{account}");
    let shown = account.to_string();
    assert!(shown.starts_with("total 64.5 = on cells 5.") && shown.ends_with(" + refused or unmatched 7.5"), "{shown}");
    // All cells of everything: nothing is outside.
    let all = cells(2.2, 54.7, 2.7, 54.8, Resolution::Eight);
    let account = interpolate(&total, &all).unwrap().conservation.unwrap();
    assert!(account.outside.abs() < 1e-9 && (account.on_cells - 57.0).abs() < 1e-9, "{account}");
    let none = interpolate(&total, &[LatLng::new(10.0, 10.0).unwrap().cell(Resolution::Eight)]).unwrap();
    assert!((none.conservation.unwrap().outside - 57.0).abs() < 1e-9 && none.values == [None]);
}

#[test]
fn points_are_counted_summed_and_measured() {
    let at = LatLng::new(54.75, 2.3).unwrap().cell(Resolution::Eight);
    let centre = LatLng::new(h3o::LatLng::from(at).lat(), h3o::LatLng::from(at).lng()).unwrap();
    let cells = [at, LatLng::new(54.75, 2.5).unwrap().cell(Resolution::Eight)];
    // 0.001 degrees of latitude are 111.195 m on the sphere of 6 371.007 km.
    let rows: String = [(0.001, 5), (-0.002, 6), (0.1, 7)]
        .map(|(north, beds)| format!("{},{},{beds}\n", centre.lng(), centre.lat() + north))
        .concat();
    let file = || csv("pubs.csv", &format!("lon,lat,beds\n{rows}400,1,9\n,,8\n"));
    let of = |kind, column: &str| interpolate(&Indicator::new(file(), column, kind), &cells).unwrap();
    let count = of(IndicatorKind::Count, "");
    assert_eq!((count.values.clone(), count.name.as_str()), (vec![Some(2.0), Some(0.0)], "pubs_count"));
    balanced(&count, 5.0, 1.0);
    let sum = of(IndicatorKind::Sum, "beds");
    assert_eq!((sum.values.clone(), sum.account.quarantined[&Code::CoordRange]), (vec![Some(11.0), Some(0.0)], 1));
    balanced(&sum, 35.0, 7.0);
    let near = of(IndicatorKind::Nearest, "");
    assert!((near.values[0].unwrap() - 111.195).abs() < 0.001 && near.conservation.is_none(), "{:?}", near.values);
    assert!(near.values[1].unwrap() > 10_000.0);
    for (metres, expected) in [(111, 0.0), (112, 1.0), (222, 1.0), (223, 2.0), (20_000, 3.0)] {
        assert_eq!(of(IndicatorKind::Within { metres }, "").values[0], Some(expected), "{metres}");
    }
    let geojson = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"beds":3},"geometry":{"type":"Point","coordinates":[2.3,54.75]}}]}"#;
    let sum = Indicator::new(csv("pubs.geojson", geojson), "beds", IndicatorKind::Sum);
    assert_eq!(interpolate(&sum, &cells).unwrap().values, [Some(3.0), Some(0.0)]);
}

/// A total that does not agree is said: on a cell that is asked for twice it counts twice.
#[test]
fn a_total_that_does_not_agree_is_said() {
    let square = r#"{"type":"Feature","properties":{"v":40},"geometry":{"type":"Polygon","coordinates":[[[2.2,54.7],[2.4,54.7],[2.4,54.8],[2.2,54.8],[2.2,54.7]]]}}"#;
    let inside = LatLng::new(54.75, 2.3).unwrap().cell(Resolution::Seven);
    let homes = Indicator::extensive(csv("square.geojson", square), "v");
    let once = interpolate(&homes, &[inside]).unwrap();
    assert!(once.conservation.unwrap().agrees() && !once.account.warnings.contains_key(&Code::Conservation));
    let twice = interpolate(&homes, &[inside, inside]).unwrap();
    let share = once.values[0].unwrap() / 40.0;
    assert!((twice.conservation.unwrap().difference() + share).abs() < 1e-9, "{:?}", twice.conservation);
    assert_eq!((Code::Conservation.id(), twice.account.warnings[&Code::Conservation]), ("W_CONSERVATION", 1));
    let said = twice.account.notices.last().unwrap();
    assert!(
        said.starts_with("square.geojson: v: total 40 = on cells 2.38") && said.contains(" of it unaccounted for"),
        "{said}"
    );
}

/// Distances to areas: 0 where the centre lies inside; points of a file of areas are refused, and a file of points is one.
#[test]
fn areas_are_as_near_as_their_edge() {
    let cells = [(54.75, 2.3), (54.75, 2.9)].map(|(lat, lng)| LatLng::new(lat, lng).unwrap().cell(Resolution::Ten));
    let square = r#"{"type":"Polygon","coordinates":[[[2.2,54.7],[2.4,54.7],[2.4,54.8],[2.2,54.8],[2.2,54.7]]]}"#;
    let spot = r#"{"type":"Point","coordinates":[2.9,54.75]}"#;
    let of = |geometries: &[&str]| {
        let features: Vec<String> = geometries
            .iter()
            .map(|geometry| format!(r#"{{"type":"Feature","properties":{{}},"geometry":{geometry}}}"#))
            .collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        interpolate(&Indicator::new(csv("parks.geojson", &text), "", IndicatorKind::Nearest), &cells).unwrap()
    };
    let near = of(&[square, spot]);
    assert_eq!(
        (near.name.as_str(), near.values[0], near.account.quarantined[&Code::GeomType]),
        ("parks_nearest_m", Some(0.0), 1)
    );
    // Half a degree of a parallel, as the crow flies: a metre or two less than along it, and up to a cell's size off.
    let centre = h3o::LatLng::from(cells[1]);
    let east = LatLng::new(centre.lat(), 2.4).unwrap();
    let crow = centre.distance_m(h3o::LatLng::new(east.lat(), east.lng()).unwrap());
    let metres = near.values[1].unwrap();
    assert!(metres < crow && crow - metres < 120.0 && near.conservation.is_none(), "{metres} {crow}");
    let points = of(&[spot, square]);
    assert!(points.values[1].unwrap() < 70.0 && points.values[0].unwrap() > 30_000.0, "{:?}", points.values);
    assert_eq!((points.account.accepted, points.account.quarantined[&Code::GeomType]), (1, 1));
}

fn table(resolution: Resolution, value: impl Fn(tensionmap::CellIndex) -> f64) -> String {
    let rows = cells(2.0, 54.6, 2.6, 54.9, resolution);
    let rows: String = rows.iter().map(|&cell| format!("{cell},{}\n", value(cell))).collect();
    format!("h3,population\n{rows}")
}

/// A population as dense everywhere comes out as dense everywhere, whatever the resolutions, and none of it is lost.
#[test]
fn tables_of_cells_are_resampled_by_their_ground() {
    let inner = cells(2.2, 54.7, 2.4, 54.8, Resolution::Eight);
    for from in [Resolution::Seven, Resolution::Eight, Resolution::Nine] {
        let text = table(from, |cell| 100.0 * cell.area_km2());
        let total: f64 = text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse::<f64>().unwrap()).sum();
        let found = interpolate(&Indicator::extensive(csv("kontur.csv", &text), "population"), &inner).unwrap();
        for (cell, value) in inner.iter().zip(&found.values) {
            let density = value.unwrap() / cell.area_km2();
            assert!((density / 100.0 - 1.0).abs() < 1e-7, "{from}: {density}");
        }
        let here: f64 = found.values.iter().flatten().sum();
        balanced(&found, total, total - here);
        let level = table(from, |_| 4.0);
        let level = interpolate(&Indicator::intensive(csv("level.csv", &level), "population"), &inner).unwrap();
        assert!(level.values.iter().all(|value| (value.unwrap() - 4.0).abs() < 1e-12));
    }
    let one = format!("hex_id,n\n{},5\n", inner[0]);
    let found = interpolate(&Indicator::extensive(csv("one.csv", &one), "n"), &inner).unwrap();
    assert_eq!((found.values[0], found.values.iter().flatten().count()), (Some(5.0), 1), "the same cell, and no other");
}

/// Parquet holds cells as numbers or as text.
#[test]
fn tables_of_cells_come_as_parquet() {
    use tensionmap::polars::prelude::{Column, DataFrame};
    let here = cells(2.2, 54.7, 2.4, 54.8, Resolution::Eight);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kontur.parquet");
    let population: Vec<f64> = (1..=here.len()).map(|row| row as f64).collect();
    for ids in [
        Column::new("h3".into(), here.iter().map(|&cell| u64::from(cell)).collect::<Vec<_>>()),
        Column::new("h3".into(), here.iter().map(ToString::to_string).collect::<Vec<_>>()),
    ] {
        let columns = vec![ids, Column::new("population".into(), population.clone())];
        let mut frame = DataFrame::new(here.len(), columns).unwrap();
        let file = std::fs::File::create(&path).unwrap();
        polars_io::parquet::write::ParquetWriter::new(file).finish(&mut frame).unwrap();
        let found = interpolate(&Indicator::extensive(&path, "population"), &here).unwrap();
        assert_eq!(found.values, population.iter().copied().map(Some).collect::<Vec<_>>());
        balanced(&found, population.iter().sum(), 0.0);
    }
}

/// Ground on both sides of longitude 180° is kept, though cells there are cut in two.
#[test]
fn totals_are_kept_across_longitude_180() {
    let part =
        |west: f64, east: f64| json!([[[west, -17.0], [east, -17.0], [east, -16.0], [west, -16.0], [west, -17.0]]]);
    let both = json!({"type": "Feature", "properties": {"v": 12},
        "geometry": {"type": "MultiPolygon", "coordinates": [part(179.0, 180.0), part(-180.0, -179.0)]}});
    let input = || csv("fiji.geojson", &both.to_string());
    let mut cells = cells(179.0, -17.0, 180.0, -16.0, Resolution::Six);
    let east = cells.len();
    let total = Indicator::extensive(input(), "v");
    let half = interpolate(&total, &cells).unwrap();
    assert!(half.conservation.unwrap().agrees() && half.conservation.unwrap().outside > 5.0, "{:?}", half.conservation);
    cells.extend(self::cells(-180.0, -17.0, -179.0, -16.0, Resolution::Six));
    cells.sort_unstable();
    cells.dedup();
    assert!(cells.len() > east);
    balanced(&interpolate(&total, &cells).unwrap(), 12.0, 0.0);
}

/// Values in a table are those of the polygons with the same code.
#[test]
fn tables_are_joined_by_code() {
    let cells = cells(2.2, 54.7, 2.4, 54.8, Resolution::Eight);
    let polygons = || csv("lsoa.geojson", &two());
    let table =
        csv("values.csv", "lsoa21_code,v,p\nE01000002, 40 ,100\nE01000001,10,300\nE01000007,5,1\nE01000002,1,1\n");
    let joined = Indicator::intensive(table, "v").joined_to(polygons(), None).weighted_by("p");
    let (found, expected) = (
        interpolate(&joined, &cells).unwrap(),
        interpolate(&Indicator::intensive(polygons(), "v").weighted_by("p"), &cells).unwrap(),
    );
    assert_eq!(found.values, expected.values);
    let total = Indicator { kind: IndicatorKind::Extensive, weight: None, ..joined };
    let account = interpolate(&total, &cells).unwrap().conservation.unwrap();
    assert!(
        account.agrees() && (account.total - 55.0).abs() < 1e-12 && (account.refused - 5.0).abs() < 1e-12,
        "{account}"
    );
}

pub(crate) fn put(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// The index of context, its parts and how it is made up are in the layer; settings come from flags, TOML or the builder.
#[test]
fn the_context_is_in_the_layer() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder, "city.geojson", &two());
    put(folder, "log.csv", "lon,lat,date\n2.25,54.75,2026-01-05\n2.35,54.71,2026-01-06\n");
    put(folder, "pubs.csv", "lon,lat\n2.25,54.75\n");
    let base = ["map", "log.csv", "--area", "city.geojson", "-o", "a.geojson", "--json", "-v"];
    let indicators = ["--indicator", "city.geojson:v:intensive", "--indicator", "pubs.csv::nearest,name=pub"];
    let run = |args: &[&str]| {
        let output = tensionmap(folder, &[&base[..], args].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let layer: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("a.geojson")).unwrap()).unwrap();
        (layer, serde_json::from_str::<Value>(&stdout(&output)).unwrap(), stderr(&output))
    };
    let (layer, summary, said) =
        run(&[&indicators[..], &["--context-index", "v=3", "--context-index", "pub=-1"]].concat());
    let mut seen = 0;
    for feature in layer["features"].as_array().unwrap() {
        let number = |key: &str| feature["properties"][key].as_f64();
        if let Some(context) = number("context") {
            let parts = number("context_v").unwrap() + number("context_pub").unwrap();
            assert!((context - parts).abs() < 0.011 && (0.0..=100.0).contains(&context), "{feature}");
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
    let provenance = &layer["tensionmap"];
    assert_eq!(provenance["context"]["weights"], json!([["v", 3.0], ["pub", -1.0]]));
    assert!(provenance["context"]["method"].as_str().unwrap().contains("ties share the mean rank"));
    let account = &provenance["indicators"][0];
    assert_eq!(
        (&account["kind"], &account["weight"], &account["conservation"]["measured"]),
        (&json!("intensive"), &json!("area"), &json!(true))
    );
    assert_eq!(summary["result"]["provenance"]["indicators"], provenance["indicators"]);
    assert!(said.contains("intensive v (value × km²): total ") && said.contains(" + refused or unmatched 0"), "{said}");
    put(
        folder,
        "c.toml",
        "indicator = [\"city.geojson:v:intensive\", \"pubs.csv::nearest,name=pub\"]\ncontext-index = [\"v=3\", \"pub=-1\"]\n",
    );
    assert_eq!(run(&["--config", "c.toml"]).0, layer);
    let built = Engine::builder()
        .area(folder.join("city.geojson"))
        .context_index("v", 3.0)
        .context_index("pub", -1.0)
        .build()
        .unwrap();
    let built = built.incidents(folder.join("log.csv")).unwrap();
    let built = built.indicator(Indicator::intensive(folder.join("city.geojson"), "v")).unwrap();
    let built =
        built.indicator(Indicator::new(folder.join("pubs.csv"), "", IndicatorKind::Nearest).named("pub")).unwrap();
    assert!(built.run().unwrap().layer.context().unwrap().values.iter().flatten().count() == seen);
    for (args, message) in [
        (
            ["--context-index", "w"],
            "context-index \"w\" is not usable: expected the name of an indicator of this run (v, pub), each once",
        ),
        (["--context-index", "v=0"], "context-index \"v=0\" is not usable: expected NAME=WEIGHT"),
        (["--context-index", "v=x"], "context-index \"v=x\" is not usable: expected NAME=WEIGHT"),
        (["--indicator", "city.geojson:p:extensive,name=context_v"], "an indicator cannot be called \"context_v\""),
    ] {
        let output = tensionmap(folder, &[&base[..], &indicators, &args].concat());
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(message), "{}", stderr(&output));
    }
}

/// Leicester's deprivation from its CSV, joined by code, equals that from the polygons' own properties; the city's population is
/// kept to 10⁻⁹, and so is that of the force area, of which most is outside.
#[test]
fn leicester_is_joined_and_conserved() {
    let Some(table) = shared("leicester/indicators/leicester_imd2019_lsoa.csv") else { return };
    let force = shared("leicester/indicators/leicestershire_imd2019_lsoa.csv").unwrap();
    let polygons = shared("leicester/indicators/leicester_lsoa_imd2019.geojson").unwrap();
    let areas = shared("leicester/areas/leicester_lsoa_2011.geojson").unwrap();
    let all = shared("leicester/areas/leicestershire_force_lsoa_2011.geojson.gz").unwrap();
    let cells = cells(-1.3, 52.5, -0.95, 52.75, Resolution::Eight);
    let joined = Indicator::intensive(&table, "imd_score").joined_to(&areas, Some("LSOA11CD"));
    let (joined, own) = (
        interpolate(&joined, &cells).unwrap(),
        interpolate(&Indicator::intensive(&polygons, "imd_score"), &cells).unwrap(),
    );
    assert_eq!(joined.account.accepted, 192);
    // As GeoParquet, whose geometry has a type that is not Parquet's own. Polygons of a file are taken before those of another.
    let parquet = shared("leicester/indicators/leicester_lsoa_imd2019.parquet").unwrap();
    let parquet = Indicator::intensive(&parquet, "imd_score").joined_to(&areas, Some("LSOA11CD"));
    assert_eq!(interpolate(&parquet, &cells).unwrap().values, own.values);
    for (joined, own) in joined.values.iter().zip(&own.values) {
        // One file has 15 decimals of a degree and the other 6: ground that is a decimetre wide.
        let (Some(joined), Some(own)) = (joined, own) else { continue };
        assert!((joined / own - 1.0).abs() < 1e-2, "{joined} {own}");
    }
    let city = interpolate(&Indicator::extensive(&table, "population_2019").joined_to(&areas, None), &cells).unwrap();
    balanced(&city, 354_224.0, 0.0);
    // Values of the whole force on the polygons of the city: the others have no area.
    let part = interpolate(&Indicator::extensive(&force, "population_2019").joined_to(&areas, None), &cells).unwrap();
    let account = part.conservation.unwrap();
    assert!(
        account.agrees() && (account.on_cells - 354_224.0).abs() < 1e-3 && account.refused > 600_000.0,
        "{account}"
    );
    let whole = interpolate(&Indicator::extensive(&force, "population_2019").joined_to(&all, Some("LSOA11CD")), &cells)
        .unwrap();
    let account = whole.conservation.unwrap();
    assert!(account.agrees() && account.measured && account.outside > 300_000.0 && account.refused == 0.0, "{account}");
}
