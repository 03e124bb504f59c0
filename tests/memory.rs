//! What would take more memory than `--max-memory` allows is refused before it is taken.

use std::fmt::Write as _;

use tensionmap::Engine;

use crate::support::{own, shared, stderr, tensionmap};

/// Counts, ids, row groups and cells: each is refused with its figures and a way out, and nothing is left.
#[test]
fn what_takes_too_much_is_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    // Ids that fall are remembered, and every report has a cell of its own.
    let mut csv = "id,lon,lat,date,category\n".to_owned();
    for k in (0..400_000_u32).rev() {
        let (lon, lat) = (f64::from(k % 1000) * 1e-2 - 5.0, f64::from(k / 1000) * 1e-2 + 50.0);
        writeln!(csv, "{k},{lon},{lat},2026-01-{:02},asb", k % 28 + 1).unwrap();
    }
    std::fs::write(folder.path().join("many.csv"), &csv).unwrap();
    let refused = |args: &[&str], code: i32, expected: &str| {
        let run = tensionmap(folder.path(), &[&["map", "-o", "map.geojson", "-q"], args].concat());
        let told = stderr(&run);
        assert!(run.status.code() == Some(code) && told.contains(expected), "{args:?}: {told}");
        assert!(told.contains("more than the ") && told.contains("or allow more"), "{told}");
        assert!(!folder.path().join("map.geojson").exists());
    };
    refused(&["many.csv", "--max-memory", "64MB"], 4, "E_MEMORY: many.csv: does not fit into the allowed memory");
    refused(&["many.csv", "--max-memory", "64MB"], 4, "remembering ids would take ");
    let no_ids = ["many.csv", "--dedupe", "off", "--resolution", "10", "--max-memory"];
    refused(&[&no_ids[..], &["64MB"]].concat(), 4, "the counts take ");
    refused(&[&no_ids[..], &["200MB"]].concat(), 2, "scoring the cells under study would take ");
    let whole = tensionmap(folder.path(), &["check", "many.csv", "--max-memory", "200MB", "-q"]);
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    // A study area is looked at before any report is.
    let boundary = own("data/boundary.geojson");
    let fine = ["none.csv", "--area", boundary.to_str().unwrap(), "--resolution", "12", "--max-memory", "64MB"];
    refused(&fine, 2, "scoring the cells under study would take ");
}

/// A limit that is not met changes nothing.
#[test]
fn within_the_limit_the_result_is_the_same() {
    let Some(file) = shared("leicester/incidents/leicester-city-2019-12_2022-10-street.csv.gz") else { return };
    let run = |limit: Option<&str>| {
        let settings = tensionmap::Settings { max_memory: limit.map(str::to_owned), ..Default::default() };
        let engine = Engine::builder().settings(settings).as_of("2022-10-01").build().unwrap();
        engine.incidents(&file).unwrap().run().unwrap().product.scores
    };
    assert_eq!(run(Some("300MB")), run(None));
}
