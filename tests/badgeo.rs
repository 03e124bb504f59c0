//! Nasty files with the outcome an ideal importer gives (`../shared/peers/badgeo.py` and its manifest), through the program.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::support::{stderr, tensionmap};

const MOST_TIME: Duration = Duration::from_secs(20);

/// Flags that the manifest's note asks for.
fn flags(name: &str) -> &'static [&'static str] {
    match name {
        "bom_semicolon.csv" => &["--delimiter", ";", "--decimal", ","],
        "excel_mangled.csv" => &["--date-format", "%d/%m/%Y"],
        _ => &[],
    }
}

/// The files and their manifest, or `None` and a line that says why not.
fn made() -> Option<(tempfile::TempDir, Map<String, Value>)> {
    let maker = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/peers/badgeo.py");
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("python3").arg(&maker).arg(folder.path()).output();
    if !maker.exists() || made.is_err() {
        eprintln!("skipped: {} or python3 is not here", maker.display());
        return None;
    }
    let made = made.unwrap();
    assert!(made.status.success(), "{}", stderr(&made));
    let manifest = std::fs::read_to_string(folder.path().join("manifest.json")).unwrap();
    let mut manifest: Map<String, Value> = serde_json::from_str(&manifest).unwrap();
    // Degrees, minutes and seconds are read, which the manifest does not ask for.
    manifest["coords_text.csv"]["accept"] = 2.into();
    manifest["coords_text.csv"]["quarantine"] = 4.into();
    Some((folder, manifest))
}

/// Runs a check and compares it with what the manifest says; the summary, unless the file is fatal.
fn compare(folder: &Path, name: &str, expected: &Value, args: &[&str]) -> Option<Value> {
    let quarantine = folder.join("quarantine.ndjson");
    let args = [&["check"], args, &["--json", "--quarantine", "quarantine.ndjson"]].concat();
    let begun = Instant::now();
    let output = tensionmap(folder, &args);
    assert!(begun.elapsed() < MOST_TIME, "{name} took {:?}", begun.elapsed());
    let said = stderr(&output);
    assert!(!said.contains("panicked"), "{name}: {said}");
    if let Some(code) = expected["fatal"].as_str() {
        assert_eq!(output.status.code(), Some(4), "{name}: {said}");
        assert!(said.contains(&format!("error: {code}: {name}: ")), "{name}: {said} does not say {code}");
        assert!(!quarantine.exists() || std::fs::read(&quarantine).unwrap().is_empty(), "{name}");
        return None;
    }
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{name}: {error}: {said}"));
    let number = |key: &str| found[key].as_u64().unwrap();
    let (read, accepted, quarantined) = (number("read"), number("accepted"), number("quarantined"));
    assert_eq!(output.status.code(), Some(if quarantined > 0 { 3 } else { 0 }), "{name}: {said}");
    assert_eq!(read, accepted + quarantined, "{name}");
    for (key, found) in [("records", read), ("accept", accepted), ("quarantine", quarantined)] {
        assert!(expected[key].is_null() || expected[key] == found, "{name}: {key} is {found}, not {}", expected[key]);
    }
    for code in expected["codes"].as_array().unwrap() {
        let code = code.as_str().unwrap();
        assert!(found["codes"].get(code).or(found["warnings"].get(code)).is_some(), "{name}: no {code} in {found}");
    }
    assert_eq!(
        found["codes"].as_object().unwrap().values().filter_map(Value::as_u64).sum::<u64>(),
        quarantined,
        "{name}"
    );
    check_quarantine(&quarantine, name, &found["codes"]);
    Some(found)
}

/// One line a refused record, under the codes of the summary, for nobody but the owner to read.
fn check_quarantine(path: &Path, name: &str, codes: &Value) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut counted = Map::new();
    for line in text.lines() {
        let refused: Value = serde_json::from_str(line).unwrap();
        assert_eq!(refused["file"], name);
        let count = counted.entry(refused["code"].as_str().unwrap()).or_insert(Value::from(0));
        *count = Value::from(count.as_u64().unwrap() + 1);
    }
    assert_eq!(&Value::Object(counted), codes, "{name}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    std::fs::remove_file(path).unwrap();
}

/// As [`compare`], for the account of a file of areas; its reports are none.
fn compare_areas(folder: &Path, name: &str, expected: &Value) {
    let output = tensionmap(folder, &["check", "--indicator", &format!("{name}:score:intensive"), "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{name}: {error}"));
    let found = &found["areas"][0];
    for (key, found) in
        [("records", "read"), ("accept", "accepted"), ("quarantine", "quarantined")].map(|(a, b)| (a, &found[b]))
    {
        assert_eq!(&expected[key], found, "{name}: {key}");
    }
    assert_eq!(
        output.status.code(),
        Some(if expected["quarantine"] == 0 { 0 } else { 3 }),
        "{name}: {}",
        stderr(&output)
    );
    for code in expected["codes"].as_array().unwrap() {
        let code = code.as_str().unwrap();
        assert!(found["codes"].get(code).or(found["warnings"].get(code)).is_some(), "{name}: no {code} in {found}");
    }
}

#[test]
fn files_of_points_end_as_the_manifest_says() {
    let Some((folder, manifest)) = made() else { return };
    let mut files = 0;
    for (name, expected) in manifest.iter().filter(|(_, expected)| expected["kind"] == "points") {
        compare(folder.path(), name, expected, &[&[name.as_str()], flags(name)].concat());
        files += 1;
    }
    assert!(files > 60, "{files}");
}

#[test]
fn files_of_polygons_end_as_the_manifest_says() {
    let Some((folder, manifest)) = made() else { return };
    let polygons = manifest.iter().filter(|(_, expected)| expected["kind"] == "polygons");
    let count = polygons.map(|(name, expected)| compare_areas(folder.path(), name, expected)).count();
    assert_eq!(count + manifest.values().filter(|file| file["kind"] == "points").count(), 83);
}

/// What the notes of the manifest ask for beyond its numbers.
#[test]
fn what_the_notes_say_is_so() {
    let Some((folder, manifest)) = made() else { return };
    let said = |args: &[&str]| stderr(&tensionmap(folder.path(), &[&["check"], args].concat()));
    // Places: byte, line, opening line, first bytes.
    for (name, place) in [
        ("latin1.geojson", "line 1, byte 98: 0xe9 is not UTF-8"),
        ("latin1.csv", "line 2, byte 59: 0xe9 is not UTF-8"),
        ("unclosed_quote.csv", "line 3: a quoted field begins here and runs over 3 lines"),
        (
            "garbage_tail.geojson",
            "line 2, column 1: expected nothing after the end of the document, found `<html>504</html>`",
        ),
        ("two_docs.geojson", "line 2, column 1: expected nothing after the end of the document"),
        ("html.geojson", "line 1, column 1: expected `{` or `[`, found `<!doctype html><title>Login</title>`"),
        ("bng_no_crs.geojson", "x≈416000, y≈433000 are not longitude and latitude; say which system they are in"),
        ("bng_no_crs.geojson", "--input-crs EPSG:27700 puts them near 53.79, -1.76 in Great Britain"),
        ("swapped.geojson", "all of its 5 positions are elsewhere"),
    ] {
        assert!(said(&[name]).contains(place), "{name}: {} does not say {place}", said(&[name]));
    }
    let accepted = |name: &str, args: &[&str], accept: u64| {
        let mut expected = manifest[name].clone();
        (expected["fatal"], expected["accept"], expected["codes"]) =
            (Value::Null, accept.into(), Value::Array(Vec::new()));
        (expected["records"], expected["quarantine"]) = (accept.into(), 0.into());
        compare(folder.path(), name, &expected, &[&[name], args].concat()).unwrap()
    };
    // The cures that the messages name.
    let grid = accepted("bng_no_crs.geojson", &["--input-crs", "EPSG:27700"], 5);
    assert_eq!(grid["result"]["extent"], accepted("bng_crs.geojson", &[], 5)["result"]["extent"]);
    accepted("latin1.csv", &["--encoding", "windows-1252"], 1);
    accepted("utf16.csv", &["--encoding", "utf-16le"], 1);
    accepted("utf16.geojson", &["--encoding", "utf-16le"], 5);
    accepted("swapped.geojson", &["--bbox", "50,-5,60,5"], 5);
    // Ids of features go before a property that may be one: 1 and "1" are two ids, 1 comes twice.
    assert_eq!(accepted("ids.geojson", &[], 5)["warnings"]["W_DUP_ID"], 1);
    // An order of longitude and latitude that is expected nowhere in particular is no cause for suspicion.
    accepted("swapped.geojson", &["--timezone", "UTC"], 5);
    // The physical lines of a quoted newline.
    let text = std::fs::read_to_string(folder.path().join("quoted_newline.csv")).unwrap();
    std::fs::write(folder.path().join("quoted_newline.csv"), text.replace("-1.75,53.79,x", ",,x")).unwrap();
    let output = tensionmap(folder.path(), &["check", "quoted_newline.csv"]);
    assert!(crate::support::stdout(&output).contains("quoted_newline.csv line 4: Q_NO_GEOMETRY"));
}
