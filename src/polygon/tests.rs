//! External polygon files: the corpus of nasty files, corpora of other programs, Leicester.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use geo::Validation;
use serde_json::Value;

use super::*;
use crate::code::Code;
use crate::format::Input;
use crate::grid::{Containment, Resolution};

/// A file of the shared data; a test without its data reports that and skips.
pub(super) fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if path.exists() {
        return Some(path);
    }
    skipped(&format!("{} is not here", path.display()))
}

#[allow(clippy::print_stderr, reason = "a test that did nothing must not look like one that passed")]
fn skipped<T>(why: &str) -> Option<T> {
    eprintln!("skipped: {why}");
    None
}

/// The corpus of nasty files, made afresh by its own program.
fn nasty() -> Option<tempfile::TempDir> {
    let program = shared("peers/badgeo.py")?;
    let folder = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("python3").arg(program).arg(folder.path()).output();
    if made.is_ok_and(|made| made.status.success()) { Some(folder) } else { skipped("python3 did not run badgeo.py") }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

/// Number of usable areas of a file, if it is readable; its account must balance.
fn accepted(path: &Path) -> Option<u64> {
    let mut regions = Regions::read(&Input::from(path), None).ok()?;
    let _ = regions.fit(Resolution::Eight);
    let account = &regions.account;
    assert_eq!(account.read, account.accepted + account.quarantined(), "{account}");
    assert_eq!(account.accepted, regions.polygons.len() as u64);
    Some(account.accepted)
}

#[test]
fn nasty_files_end_as_the_manifest_says() {
    let Some(folder) = nasty() else { return };
    let manifest = std::fs::read_to_string(folder.path().join("manifest.json")).unwrap();
    let manifest: BTreeMap<String, Value> = serde_json::from_str(&manifest).unwrap();
    let mut seen = 0;
    for (name, expected) in manifest.iter().filter(|(_, m)| m["kind"] == "polygons") {
        seen += 1;
        let mut regions = Regions::read(&Input::from(&folder.path().join(name)), None).unwrap();
        if !regions.numbers.is_empty() {
            let _ = regions.values("score");
        }
        let _ = regions.fit(Resolution::Eight);
        let a = &regions.account;
        let codes: Vec<&str> = a.quarantined.keys().chain(a.warnings.keys()).map(|code| code.id()).collect();
        let mut wanted: Vec<&str> = expected["codes"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
        wanted.sort_unstable();
        assert_eq!(
            (Value::from(a.read), Value::from(a.accepted), Value::from(a.quarantined()), codes),
            (expected["records"].clone(), expected["accept"].clone(), expected["quarantine"].clone(), wanted),
            "{name}"
        );
    }
    assert!(seen >= 15, "{seen}");
}

/// Corpora of other programs: nothing panics, and every account balances.
#[test]
fn corpora_never_panic() {
    for (folder, usable) in [
        ("geojson-corpus/validator/valid", 6),
        ("geojson-corpus/validator/invalid_structure", 0),
        ("geojson-corpus/validator/invalid_geometries", 2),
        ("geojson-corpus/validator/problematic_geometries", 7),
        ("geojson-corpus/antimeridian/input", 0),
        ("geojson-corpus/antimeridian/expected_flat", 0),
        ("geojson-corpus/antimeridian/expected_spherical", 0),
        ("geojson-corpus/georust-canonical", 0),
        ("geojson-corpus/tiler-breakers", 0),
    ] {
        let Some(folder) = shared(&format!("data/{folder}")) else { continue };
        let with_areas = files(&folder).iter().filter(|path| accepted(path) > Some(0)).count();
        assert!(with_areas >= usable, "{}: {with_areas}", folder.display());
    }
    let Some(folder) = nasty() else { return };
    for path in files(folder.path()).iter().filter(|path| !path.to_string_lossy().contains("bomb")) {
        accepted(path);
    }
}

/// Areas that Simple Features calls invalid, as a ring touches itself in a corner, are usable.
#[test]
fn leicester_is_accepted_whole() {
    for (name, areas, refused_by_simple_features) in [
        ("areas/leicester_lsoa_2011.geojson", 192, 2),
        ("areas/leicester_msoa_2011.geojson", 37, 2),
        ("areas/leicester_wards_2013.geojson", 22, 0),
        ("areas/leicester_boundary.geojson", 1, 0),
        ("areas/leicestershire_force_lsoa_2011.geojson.gz", 611, 4),
        ("indicators/leicester_lsoa_imd2019.geojson", 192, 2),
    ] {
        let Some(path) = shared(&format!("data/leicester/{name}")) else { return };
        let mut regions = Regions::read(&Input::from(&path), None).unwrap();
        regions.fit(Resolution::Eight).unwrap();
        assert_eq!((regions.account.accepted, regions.account.quarantined()), (areas, 0), "{}", regions.account);
        assert_eq!(regions.account.warnings.get(&Code::Overlap), None, "{name}");
        let invalid = regions.polygons.iter().filter(|polygon| !polygon.is_valid()).count();
        assert_eq!(invalid, refused_by_simple_features, "{name}");
    }
}

fn collection(features: &[&str]) -> Input {
    let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}", features.join(",\n"));
    Input::Bytes("areas.geojson".into(), text.into_bytes())
}

/// A feature that cannot be read does not affect the others; its fault names the line.
#[test]
fn each_feature_is_read_by_itself() {
    let with = |coordinates: &str, properties: &str| {
        let geometry = format!(r#"{{"type":"Polygon","coordinates":{coordinates}}}"#);
        format!(r#"{{"type":"Feature","properties":{properties},"geometry":{geometry}}}"#)
    };
    let square = "[[[0,0],[1,0],[1,1],[0,0]]]";
    let good = with(square, r#"{"LSOA21CD":"E1","LAD21CD":"D","v":1}"#);
    let twice = r#"{"type":"Feature","geometry":null,"geometry":null}"#;
    let cases = [
        (with("[[[0,0],[1e999,0],[1,1],[0,0]]]", "{}"), r#"Q_NONFINITE geometry: found "number out of range""#),
        (with(r#"[[[0,0],["1",0],[1,1],[0,0]]]"#, "{}"), r#"Q_COORD_TYPE geometry: found "\"1\",0],[1,1],[0,0]]]}}""#),
        (with("[[[0,0],[1],[1,1],[0,0]]]", "{}"), r#"Q_COORD_TYPE geometry: found "ring 1 position 2: 1 numbers""#),
        (with(square, "[]"), r#"Q_STRUCTURE properties: found "[]""#),
        ("null".to_owned(), r#"Q_STRUCTURE found "null""#),
        (twice.to_owned(), r#"Q_DUP_KEY geometry: found "the key twice""#),
        (r#"{"type":"Feature","properties":{}}"#.to_owned(), r#"Q_NO_GEOMETRY geometry: found "no geometry""#),
        (with(square, r#"{"LSOA21CD":"E1","LAD21CD":"D"}"#), r#"Q_DUP_CODE LSOA21CD: found "E1""#),
    ];
    let features: Vec<&str> = std::iter::once(&*good).chain(cases.iter().map(|(text, _)| &**text)).collect();
    let mut regions = Regions::read(&collection(&features), None).unwrap();
    assert_eq!((regions.account.read, regions.account.accepted, &*regions.numbers), (9, 1, &[1][..]));
    for (index, (text, expected)) in cases.iter().enumerate() {
        let refused = regions.refused.iter().find(|refused| refused.record == index as u64 + 2).unwrap();
        let message = refused.to_string();
        assert!(message.starts_with(&format!("areas.geojson line {}: {expected}, expected ", index + 3)), "{message}");
        assert_eq!(&refused.raw, text);
    }
    assert_eq!(regions.values("v").unwrap(), [1.0]);
    let absent = Regions::read(&collection(&[&good]), Some("gss")).unwrap_err().to_string();
    assert_eq!(absent, "areas.geojson: no feature has a property \"gss\"; found LAD21CD, LSOA21CD, v");
    let none = Regions::read(&collection(&["null"]), None).unwrap().values("v").unwrap_err().to_string();
    let expected = "areas.geojson: none of its 1 features could be used (1 Q_STRUCTURE); the first: ";
    assert!(none.starts_with(expected), "{none}");
}

#[test]
fn crossing_rings_are_repaired_when_asked() {
    let Some(folder) = nasty() else { return };
    let file = |name: &str| Input::from(&folder.path().join(format!("poly_{name}.geojson")));
    for (name, change) in [("bowtie", 1.0), ("spike", 0.0), ("hole_out", 0.01)] {
        let account = Regions::read_repaired(&file(name), None).unwrap().account;
        assert_eq!((account.accepted, account.repaired.len()), (1, 1), "{account}");
        assert!((account.repaired[0].1 - change).abs() < 0.005);
        let noticed = account.notices.iter().any(|notice| notice.contains(": areas repaired: 1: feature 1 by "));
        assert!(noticed, "{:?}", account.notices);
    }
    for name in ["open", "zero", "pole", "hole_same"] {
        assert_eq!(Regions::read_repaired(&file(name), None).unwrap().account.accepted, 0);
    }
}

/// Polygons across the whole map are filled.
#[test]
fn poles_and_bands_are_filled() {
    for (ring, share) in [
        ("[[-180,-90],[180,-90],[180,90],[-180,90],[-180,-90]]", 1.0),
        ("[[-180,40],[180,40],[180,50],[-180,50],[-180,40]]", 0.061_628),
        ("[[-180,60],[0,60],[180,60],[180,90],[-180,90],[-180,60]]", 0.066_987),
        ("[[-180,60],[-60,60],[60,60],[180,60],[180,90],[-180,90],[-180,60]]", 0.066_987),
    ] {
        let text = format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#);
        let mut regions = Regions::read(&Input::Bytes("a.geojson".into(), text.into_bytes()), None).unwrap();
        assert_eq!(regions.account.accepted, 1, "{}", regions.account);
        let cells = regions.study_area(Resolution::Three, Containment::Centroid).unwrap().cells().len();
        let by_area = share * Resolution::Three.cell_count() as f64;
        assert!((cells as f64 / by_area - 1.0).abs() < 0.02, "{ring}: {cells} cells, {by_area} by area");
    }
}

#[test]
fn deep_nesting_does_not_reach_the_stack() {
    let run = || {
        for text in [
            format!("{{\"type\":\"FeatureCollection\",\"features\":[{}{}]}}", "[".repeat(100_000), "]".repeat(100_000)),
            format!("{{\"type\":\"FeatureCollection\",\"x\":{}1{}}}", "{\"a\":".repeat(100_000), "}".repeat(100_000)),
        ] {
            let error = Regions::read(&Input::Bytes("deep.geojson".into(), text.into_bytes()), None).unwrap_err();
            assert!(error.to_string().contains("brackets nested more than 64 deep"), "{error}");
        }
        // Right below the limit everything is parsed, in the same stack.
        let square = r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}"#;
        let (open, close) = ("[".repeat(61), "]".repeat(61));
        let text = format!(r#"{{"type":"Feature","properties":{{"a":{open}{close}}},"geometry":{square}}}"#);
        let regions = Regions::read(&Input::Bytes("deep.geojson".into(), text.into_bytes()), None).unwrap();
        assert_eq!(regions.account.accepted, 1);
    };
    std::thread::Builder::new().stack_size(256 << 10).spawn(run).unwrap().join().unwrap();
    assert_eq!(Code::Depth.id(), "E_DEPTH");
}
