//! Files that a run reads are never replaced, whatever name leads to them.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tensionmap::unstable::config::SETTINGS;
use tensionmap::{Engine, Indicator, Manifest, sample};

use crate::support::{own, put, stderr, tensionmap};

const WARDS: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"A","homes":4},
"geometry":{"type":"Polygon","coordinates":[[[2.2,54.6],[2.8,54.6],[2.8,54.9],[2.2,54.9],[2.2,54.6]]]}}]}"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(own("data/incidents.csv"), folder.path().join("log.csv")).unwrap();
    put(folder.path(), "wards.geojson", WARDS);
    put(folder.path(), "method.toml", &tensionmap::Method::default().to_toml());
    put(folder.path(), "labels.toml", "[categories]\nparade = \"riot\"\n");
    put(folder.path(), "weights.toml", "riot = 2.0\n");
    put(folder.path(), "levels.csv", "cell,level,assessor,reason,date\n");
    put(folder.path(), "places.csv", "key,lon,lat\nA,2.5,54.7\n");
    fs::copy(own("tests/fonts/devanagari.ttf"), folder.path().join("font.ttf")).unwrap();
    put(folder.path(), "run.toml", "title = \"Ours\"\n");
    folder
}

/// Every setting that names a file that is read, with a value.
const READ: [(&str, &str, &str); 11] = [
    ("area", "wards.geojson", "wards.geojson"),
    ("indicator", "wards.geojson:homes:extensive", "wards.geojson"),
    ("areas", "wards.geojson", "wards.geojson"),
    ("context", "wards.geojson:boundaries", "wards.geojson"),
    ("method", "method.toml", "method.toml"),
    ("weights", "weights.toml", "weights.toml"),
    ("assessments", "levels.csv", "levels.csv"),
    ("gazetteer", "places.csv:key:lon:lat", "places.csv"),
    ("categories", "labels.toml", "labels.toml"),
    ("font", "font.ttf", "font.ttf"),
    ("config", "run.toml", "run.toml"),
];

#[test]
fn every_setting_that_names_a_file_is_tried_below() {
    let listed =
        SETTINGS.iter().filter(|setting| setting.placeholder.contains("FILE")).map(|setting| setting.name.as_str());
    let mut listed: Vec<&str> = listed.filter(|name| *name != "quarantine").chain(["config"]).collect();
    let mut tried: Vec<&str> = READ.iter().map(|(name, ..)| *name).collect();
    listed.sort_unstable();
    tried.sort_unstable();
    assert_eq!(listed, tried);
}

#[test]
fn no_output_replaces_a_file_that_is_read() {
    let folder = folder();
    let refused = |args: &[&str], file: &str| {
        let before = fs::read(folder.path().join(file)).unwrap();
        let output = tensionmap(folder.path(), args);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains("would be overwritten, but it is a file that is read"), "{args:?}: {said}");
        assert_eq!(fs::read(folder.path().join(file)).unwrap(), before, "{args:?}");
    };
    for (setting, value, file) in READ {
        let flag = format!("--{setting}");
        // A second name of one file, with an extension that results have.
        for name in ["twin.csv", "twin.ndjson", "twin.json"] {
            let _gone = fs::remove_file(folder.path().join(name));
            fs::hard_link(folder.path().join(file), folder.path().join(name)).unwrap();
        }
        let with = |more: &[&'static str]| [&["map", "log.csv", &flag, value][..], more].concat();
        refused(&with(&["-o", "twin.csv"]), file);
        refused(&with(&["-o", "a.csv", "--quarantine", "twin.ndjson"]), file);
        refused(&with(&["-o", "a.csv", "--manifest", "twin.json"]), file);
    }
    for name in ["log.csv", "./log.csv", "wards.geojson/../log.csv", "log.csv#layer", "log.csv@EPSG:4326"] {
        if name.starts_with("wards") {
            continue;
        }
        refused(&["map", name, "-o", "log.csv"], "log.csv");
    }
    refused(&["calibrate", "log.csv", "--weights", "weights.toml", "-o", "weights.toml"], "weights.toml");
    refused(&["check", "log.csv,categories=labels.toml", "--quarantine", "labels.toml"], "labels.toml");
    fs::hard_link(folder.path().join("log.csv"), folder.path().join("twin-log.csv")).unwrap();
    let twice = tensionmap(folder.path(), &["map", "log.csv", "twin-log.csv", "-o", "a.csv"]);
    assert_eq!(twice.status.code(), Some(2), "{}", stderr(&twice));
}

/// In a program no command line is there to look over all names first.
#[test]
fn programs_are_kept_from_it_too() {
    let folder = folder();
    let place = |name: &str| folder.path().join(name);
    fs::hard_link(place("wards.geojson"), place("map.pgw")).unwrap();
    fs::hard_link(place("log.csv"), place("twin.csv")).unwrap();
    let read = || {
        let engine = Engine::builder().as_of(sample::AS_OF).max_rejects("1%").build().unwrap();
        engine
            .incidents(place("log.csv"))
            .unwrap()
            .indicator(Indicator::extensive(place("wards.geojson"), "homes"))
            .unwrap()
    };
    let run = read().run().unwrap();
    for name in ["log.csv", "twin.csv", "wards.geojson"] {
        let problem = run.save(place(name)).unwrap_err().to_string();
        assert!(problem.contains("would be overwritten"), "{problem}");
    }
    // A small file beside a picture is a result too.
    let problem = run.save_all(&[place("map.png")], &[], None).unwrap_err().to_string();
    assert!(problem.contains("map.pgw: would be overwritten"), "{problem}");
    let texts = [(place("log.csv"), "a text".to_owned())];
    assert!(run.save_all(&[place("map.svg")], &texts, None).is_err() && !place("map.svg").exists());
    let manifest = Manifest::claim(&place("map.json")).unwrap();
    run.save_all(&[place("map.svg")], &[], Some(manifest)).unwrap();
    let quarantined =
        Engine::builder().quarantine(place("log.csv")).build().unwrap().incidents(place("log.csv")).unwrap();
    assert!(quarantined.check().unwrap_err().to_string().contains("log.csv: would be overwritten"));
    assert_eq!(fs::read(place("log.csv")).unwrap(), fs::read(own("data/incidents.csv")).unwrap());
    assert_eq!(fs::read_to_string(place("wards.geojson")).unwrap(), WARDS);
}

/// Calls on the file system grow with the number of files, and not with its square.
#[test]
fn four_thousand_files_are_compared_in_a_moment() {
    let folder = tempfile::tempdir().unwrap();
    for file in 0..4000 {
        put(
            folder.path(),
            &format!("{file}.csv"),
            &format!("lon,lat,date,category\n2.5,54.{file:04},2026-02-01,protest\n"),
        );
    }
    let took = |folder: &Path| {
        let begun = Instant::now();
        let output = tensionmap(folder, &["map", "*.csv", "-o", "nowhere/a.csv", "-q"]);
        assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
        begun.elapsed()
    };
    assert!(took(folder.path()) < Duration::from_secs(10));
}
