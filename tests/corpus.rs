//! GeoJSON of other programs' test suites (`../shared/data/geojson-corpus`): as it is, and with a date given to every feature
//! so that each is classified by its geometry, which a naive reading with `serde_json` foretells.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tensionmap::Code;
use tensionmap::Input;
use tensionmap::unstable::error::IngestError;
use tensionmap::unstable::ingest::{Dedupe, Quarantined, ReadOptions, read};
use tensionmap::{FileTally, Role};

use crate::support::shared;

const MOST_TIME: Duration = Duration::from_secs(5);

type Outcome = Result<(FileTally, Vec<Quarantined>), IngestError>;

/// Reads a file, and holds it to what every file is held to.
fn outcome(input: &Input, reading: &ReadOptions) -> Outcome {
    let begun = Instant::now();
    let mut quarantined = Vec::new();
    let tally = read(input, reading, &mut |_| (), &mut |one| {
        quarantined.push(one.clone());
        Ok(())
    });
    assert!(begun.elapsed() < MOST_TIME, "{} took {:?}", input.name(), begun.elapsed());
    match tally {
        Ok(tally) => {
            assert_eq!(tally.read, tally.accepted + tally.quarantined(), "{}", input.name());
            assert_eq!(tally.quarantined(), quarantined.len() as u64, "{}", input.name());
            for one in &quarantined {
                assert!(one.line.is_some() && one.byte.is_some() && !one.expected.is_empty(), "{one:?}");
            }
            Ok((tally, quarantined))
        }
        Err(error) => {
            assert!(error.to_string().starts_with(&input.name()), "{error}");
            Err(error)
        }
    }
}

fn files(folder: &str) -> Option<Vec<PathBuf>> {
    let folder = shared(&format!("geojson-corpus/{folder}"))?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    Some(files)
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The records of a file, found without our reader; `None` where it is not JSON that holds any.
fn naive(text: &str) -> Option<Vec<Value>> {
    let documents = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}')).into_iter();
    let documents: Vec<Value> = documents.collect::<Result<_, _>>().ok()?;
    match &documents[..] {
        [one] if one["type"] == "FeatureCollection" => one["features"].as_array().cloned(),
        [Value::Array(records)] => Some(records.clone()),
        _ => Some(documents),
    }
}

const GEOMETRIES: [&str; 7] =
    ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"];

/// Code of a quarantined record, or nothing.
fn foretold(record: &Value) -> Option<&'static str> {
    let Some(feature) = record.as_object() else { return Some("Q_STRUCTURE") };
    let kind = feature.get("type").and_then(Value::as_str).unwrap_or_default();
    if GEOMETRIES.contains(&kind) {
        return Some("Q_NO_PROPERTIES");
    }
    let is_object_or_nothing = |key: &str| feature.get(key).is_none_or(|value| value.is_object() || value.is_null());
    if kind != "Feature" || !is_object_or_nothing("geometry") || !is_object_or_nothing("properties") {
        return Some("Q_STRUCTURE");
    }
    let Some(geometry) = feature.get("geometry").and_then(Value::as_object) else { return Some("Q_NO_GEOMETRY") };
    match (geometry.get("type").and_then(Value::as_str), geometry.get("coordinates")) {
        (Some("Point"), Some(Value::Array(place))) if place.is_empty() => Some("Q_NO_GEOMETRY"),
        (Some("Point"), Some(Value::Array(place))) => {
            let numbers: Vec<f64> = place.iter().filter_map(Value::as_f64).collect();
            match numbers[..] {
                [0.0, 0.0, ..] => Some("Q_NULL_ISLAND"),
                [lng, lat, ..] if lng.abs() <= 180.0 && lat.abs() <= 90.0 && numbers.len() == place.len() => None,
                [_, _, ..] if numbers.len() == place.len() => Some("Q_COORD_RANGE"),
                _ => Some("Q_COORD_TYPE"),
            }
        }
        (Some("Point"), Some(_)) => Some("Q_COORD_TYPE"),
        (None, _) | (Some("Point"), None) => Some("Q_STRUCTURE"),
        (Some(_), _) => Some("Q_GEOM_TYPE"),
    }
}

/// A file with a date among the properties of each feature that can have one.
fn dated(path: &Path, text: &str) -> (Input, ReadOptions, Option<Vec<Value>>) {
    let mut records = naive(text);
    for record in records.iter_mut().flatten().filter_map(Value::as_object_mut) {
        let properties = record.entry("properties").or_insert(Value::Null);
        if properties.is_null() {
            *properties = json!({});
        }
        if let Some(properties) = properties.as_object_mut() {
            properties.insert("given_date".to_owned(), "2026-01-05".into());
        }
    }
    let lines: Vec<String> = records.iter().flatten().map(Value::to_string).collect();
    let text = if records.is_none() {
        text.to_owned()
    } else if records.iter().flatten().all(Value::is_object) {
        lines.join("\n")
    } else {
        format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", lines.join(",\n"))
    };
    // Some of them do come twice, which is not the question.
    let mut reading = ReadOptions { dedupe: Dedupe::Off, ..ReadOptions::default() };
    reading.columns.insert(Role::Date, "given_date".to_owned());
    (Input::Bytes(path.display().to_string(), text.into_bytes()), reading, records)
}

/// Every file of a folder by both ways; how each ended as it is.
fn outcomes(folder: &str) -> Option<BTreeMap<String, String>> {
    let mut ends = BTreeMap::new();
    for path in files(folder)? {
        let text = std::fs::read_to_string(&path).unwrap();
        let records = naive(&text);
        let end = match outcome(&Input::from(&path), &ReadOptions::default()) {
            Ok((tally, quarantined)) => {
                // Nothing here has a date, so whatever is read is quarantined for something that stands before that.
                assert_eq!(tally.accepted, 0, "{}", path.display());
                assert_eq!(tally.read, records.as_ref().map_or(0, Vec::len) as u64, "{}", path.display());
                quarantined.first().map_or("W_NO_RECORDS", |one| one.code.id())
            }
            Err(error) => error.code().id(),
        };
        ends.insert(name(&path), end.to_owned());
        judge_dated(&path, &text);
    }
    assert!(!ends.is_empty());
    Some(ends)
}

fn judge_dated(path: &Path, text: &str) {
    let (input, reading, records) = dated(path, text);
    let Some(records) = records else { return };
    let mut expected = BTreeMap::new();
    for code in records.iter().filter_map(foretold) {
        *expected.entry(code).or_insert(0) += 1;
    }
    match outcome(&input, &reading) {
        Ok((tally, _)) => {
            let found: BTreeMap<&str, u64> =
                tally.quarantined.iter().map(|(code, count)| (code.id(), *count)).collect();
            assert_eq!((tally.read, &found), (records.len() as u64, &expected), "{}", path.display());
        }
        // Not one record that is a feature: there is no property to be the date, or no feature at all.
        Err(error) => {
            let usable = records.iter().filter(|record| record["properties"]["given_date"].is_string());
            let features = usable.filter(|record| foretold(record) != Some("Q_STRUCTURE"));
            let is_empty = records.is_empty() && error.code() == Code::Empty;
            assert!(is_empty || features.count() == 0 && error.code() == Code::Column, "{}: {error}", path.display());
        }
    }
}

/// Sound files that only lack a date say so, unless they are bare geometries or have no records.
#[test]
fn sound_files_lack_nothing_but_a_date() {
    for (folder, count) in [("georust-canonical", 16), ("validator/valid", 22)] {
        let Some(ends) = outcomes(folder) else { return };
        assert_eq!(ends.len(), count, "{folder}");
        for (name, end) in ends {
            let expected = match &*name {
                "valid_featurecollection_empty_features" => "W_NO_RECORDS",
                "multipolygon" => "Q_NO_PROPERTIES",
                name if name.starts_with("valid_geometry") => "Q_NO_PROPERTIES",
                name if name.starts_with("good-") && !name.starts_with("good-feature") => "Q_NO_PROPERTIES",
                _ => "E_COLUMN",
            };
            assert_eq!(end, expected, "{folder}/{name}");
        }
    }
}

#[test]
fn broken_structures_are_named() {
    let Some(ends) = outcomes("validator/invalid_structure") else { return };
    assert_eq!(ends.len(), 32);
    for (name, end) in ends {
        let expected = match &*name {
            "invalid_feature_geometry_is_string"
            | "invalid_feature_properties_is_array"
            | "invalid_feature_properties_is_int"
            | "invalid_featurecollection_feature_nullfeature" => "Q_STRUCTURE",
            "invalid_featurecollcetion_features_is_object" | "invalid_featurecollcetion_no_features_member" => {
                "E_STRUCTURE"
            }
            // Objects of no known type are rows of a table, without the columns of a report.
            "invalid_geometry_missing_type" | "invalid_geometry_wrong_geometry_type" => "E_COLUMN",
            name if name.starts_with("invalid_geometry") => "Q_NO_PROPERTIES",
            _ => "E_COLUMN",
        };
        assert_eq!(end, expected, "{name}");
    }
    // Where the document itself is at fault, the message has the place.
    for path in files("validator/invalid_structure").unwrap().iter().filter(|path| name(path).contains("collcetion")) {
        let message = outcome(&Input::from(path), &ReadOptions::default()).unwrap_err().to_string();
        assert!(message.contains(": line 1, column 1: a FeatureCollection without features"), "{message}");
    }
}

/// Doubtful geometries are no points, and what is doubtful about them is nothing to a reader of points.
#[test]
fn doubtful_geometries_do_no_harm() {
    for (folder, count) in [
        ("validator/invalid_geometries", 6),
        ("validator/problematic_geometries", 13),
        ("validator/problematic_structure", 1),
        ("antimeridian/input", 33),
        ("antimeridian/expected_flat", 34),
        ("antimeridian/expected_spherical", 33),
    ] {
        let Some(ends) = outcomes(folder) else { return };
        assert_eq!(ends.len(), count, "{folder}");
        for (name, end) in ends {
            let is_bare = folder.starts_with("antimeridian") && end == "Q_NO_PROPERTIES";
            assert!(is_bare || end == "E_COLUMN", "{folder}/{name}: {end}");
        }
    }
}

/// Files that broke tilers: concatenated features, a byte-order mark, ids beyond every integer, nothing in the coordinates.
#[test]
fn files_that_broke_tilers_do_not_break_this() {
    let Some(ends) = outcomes("tiler-breakers") else { return };
    assert_eq!(ends.len(), 12);
    for (name, end) in &ends {
        let expected = if name == "geojson-vt-empty-coords" { "Q_NO_PROPERTIES" } else { "E_COLUMN" };
        assert_eq!(end, expected, "{name}");
    }
    let with_date = |name: &str| {
        let path = files("tiler-breakers").unwrap().into_iter().find(|path| path.ends_with(name)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let (input, reading, _) = dated(&path, &text);
        let (tally, quarantined) = outcome(&input, &reading).unwrap();
        (tally.read, tally.accepted, quarantined.first().map(|one| (one.code.id(), one.line)))
    };
    assert_eq!(with_date("tippecanoe-overflow.geojsonseq").2, Some(("Q_NULL_ISLAND", Some(1))));
    assert_eq!(with_date("geojson-vt-feature-null-geometry.json"), (1, 0, Some(("Q_NO_GEOMETRY", Some(1)))));
    // A mark at the start, and a comma after every feature as if there were a list: each is read, each comma quarantined.
    let islands = shared("geojson-corpus/tiler-breakers/tippecanoe-islands.geojsonseq").unwrap();
    let islands =
        std::fs::read_to_string(islands).unwrap().replace("\"adm1_code\":", "\"date\":\"2026\",\"adm1_code\":");
    let (tally, quarantined) =
        outcome(&Input::Bytes("islands".into(), islands.into_bytes()), &ReadOptions::default()).unwrap();
    assert_eq!((tally.read, tally.warnings.contains_key(&Code::Bom)), (4, true));
    let quarantined: Vec<_> = quarantined.iter().map(|one| (one.code.id(), one.line, one.raw.len() == 1)).collect();
    let expected = [1, 2].map(|line| [("Q_GEOM_TYPE", Some(line), false), ("Q_JSON", Some(line), true)]);
    assert_eq!(quarantined, expected.concat());
}
