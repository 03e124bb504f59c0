//! Formats as other programs read them: the scripts of `tests/clients`, where their modules are installed.

use std::process::Command;

use crate::support::{WARDS, own, stderr, stdout, tensionmap};

/// Python, with geopandas, polars and `DuckDB`, joins every format with every other one, on `h3` and in space, without a warning.
#[test]
fn tables_join_across_formats() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let modules = ["-c", "import geopandas, duckdb, polars, pyarrow"];
    if !Command::new(&python).args(modules).output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: {python} has no geopandas, duckdb, polars and pyarrow (PYTHON=… names another)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wards.geojson"), WARDS).unwrap();
    let [data, area] = ["data/incidents.csv", "data/boundary.geojson"].map(|file| own(file).display().to_string());
    let run = |verb: &str, name: &str, endings: &[&str], args: &[&str]| {
        let outputs: Vec<String> = endings.iter().map(|ending| format!("-o{name}.{ending}")).collect();
        let usual = [verb, &data, "--as-of", "2026-03-02", "--max-rejects", "1%", "-q"];
        let args: Vec<&str> =
            usual.iter().copied().chain(outputs.iter().map(String::as_str)).chain(args.iter().copied()).collect();
        let output = tensionmap(folder.path(), &args);
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    };
    let layers = ["parquet", "arrow", "geojson", "gpkg", "fgb", "csv"];
    run("map", "map", &layers, &["--area", &area]);
    run("map", "numbers", &layers, &["--area", &area, "--id-type", "u64"]);
    run("rollup", "areas", &layers, &["--areas", "wards.geojson", "--name", "name"]);
    run("series", "series", &["parquet", "csv"], &["--area", &area, "--from", "2026-02-16"]);
    run("series", "numberseries", &["parquet"], &["--area", &area, "--from", "2026-02-16", "--id-type", "u64"]);
    let script = own("tests/clients/travel.py");
    let output = Command::new(&python).args(["-W", "error"]).arg(script).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
    eprintln!("{}", stdout(&output).trim_end());
}
