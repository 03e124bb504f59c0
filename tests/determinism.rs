//! Same input, same bytes: run after run, whatever the order of rows, the threads, the zone or the locale.

use std::path::Path;

use crate::support::{own, shuffled, tensionmap};

fn outputs(folder: &Path, input: &Path, args: &[&str], environment: &[(&str, &str)]) -> Vec<Vec<u8>> {
    let boundary = own("data/boundary.geojson");
    let indicator = format!("{}:deprivation:intensive", own("data/areas.geojson").display());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tensionmap"));
    command.current_dir(folder).arg("map").arg(input).arg("--area").arg(boundary).args(["--indicator", &indicator]);
    command.args(["--as-of", "2026-03-02", "--quiet", "-o", "map.png", "-o", "map.geojson"]).args(args);
    let output = command.envs(environment.iter().copied()).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", crate::support::stderr(&output));
    ["map.png", "map.geojson"].map(|name| std::fs::read(folder.join(name)).unwrap()).to_vec()
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let input = own("data/incidents.csv");
    let first = outputs(folder.path(), &input, &["--threads", "1"], &[]);
    let apia = [("TZ", "Pacific/Apia"), ("LANG", "tr_TR.UTF-8"), ("LC_ALL", "de_DE.UTF-8")];
    assert!(first == outputs(folder.path(), &input, &["--threads", "2"], &apia), "threads or locale show");
    for threads in ["1", "3", "8"] {
        // Counting, scoring and what writes the files.
        let all = [("RAYON_NUM_THREADS", threads)];
        assert!(first == outputs(folder.path(), &input, &["--threads", threads], &all), "{threads} threads show");
    }
    let text = std::fs::read_to_string(&input).unwrap();
    let mut lines = text.lines();
    let header = lines.next().unwrap().to_owned();
    let rows = shuffled(lines.collect(), 7);
    let other = folder.path().join("incidents.csv");
    std::fs::write(&other, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    assert!(first == outputs(folder.path(), &other, &["--threads", "2"], &[]), "the order of rows shows");
}

/// Features in any order give the same layer too.
#[test]
fn the_order_of_features_does_not_show() {
    let folder = tempfile::tempdir().unwrap();
    let input = own("data/incidents.geojson");
    let first = outputs(folder.path(), &input, &[], &[]);
    let text = std::fs::read_to_string(&input).unwrap();
    let features: Vec<&str> = text.lines().filter(|line| line.starts_with("{\"type\":\"Feature\",")).collect();
    let features: Vec<&str> = features.iter().map(|line| line.trim_end_matches(',')).collect();
    assert_eq!(features.len(), 6001);
    let other = folder.path().join("incidents.geojson");
    let body = shuffled(features, 11).join(",\n");
    std::fs::write(&other, format!("{{\"features\":[{body}],\"type\":\"FeatureCollection\"}}")).unwrap();
    assert!(first == outputs(folder.path(), &other, &[], &[]));
}

#[test]
fn the_demo_gives_the_same_bytes_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        assert_eq!(tensionmap(folder.path(), &["demo", name, "-q"]).status.code(), Some(0));
    }
    for name in ["map.png", "map.geojson", "ledger.txt", "quarantine.ndjson"] {
        let read = |run: &str| std::fs::read(folder.path().join(run).join(name)).unwrap();
        assert!(!read("a").is_empty() && read("a") == read("b"), "{name}");
    }
}
