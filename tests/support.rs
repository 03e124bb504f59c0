//! What the tests share.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tensionmap::unstable::ingest::{IngestError, Quarantined, ReadOptions, read};
use tensionmap::{Cube, Engine, FileTally, Input, Run, StudyArea};

/// Two wards with names that hold the sample city.
pub(crate) const WARDS: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"name":"West"},"geometry":{"type":"Polygon","coordinates":[[[2.2,54.7],[2.31,54.7],[2.31,54.82],[2.2,54.82],[2.2,54.7]]]}},
{"type":"Feature","properties":{"name":"East"},"geometry":{"type":"Polygon","coordinates":[[[2.31,54.7],[2.4,54.7],[2.4,54.82],[2.31,54.82],[2.31,54.7]]]}}]}"#;

/// A file of the shared real data; where it is absent, as in a stranger's clone, the test says so and skips.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not here", path.display());
    None
}

pub(crate) fn own(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub(crate) fn csv(name: &str, text: &str) -> Input {
    Input::Bytes(name.to_owned(), text.as_bytes().to_vec())
}

/// The sample's reports in one of its formats.
pub(crate) fn sample_cube(input: impl Into<Input>) -> Cube {
    Engine::builder().as_of("2026-03-02").build().unwrap().incidents(input).unwrap().run().unwrap().product.cube
}

pub(crate) fn sample_run() -> Run {
    Engine::builder()
        .as_of("2026-03-02")
        .area(tensionmap::sample::boundary())
        .build()
        .unwrap()
        .incidents(tensionmap::sample::incidents())
        .unwrap()
        .run()
        .unwrap()
}

/// Leicester's street-level reports in cells of resolution 8, and the cells of the city; read once.
pub(crate) fn leicester() -> Option<&'static (Cube, StudyArea)> {
    static READ: OnceLock<Option<(Cube, StudyArea)>> = OnceLock::new();
    let read = || {
        let boundary = shared("leicester/areas/leicester_boundary.geojson")?;
        let reports = shared("leicester/incidents/leicester-city-2019-12_2022-10-street.csv.gz")?;
        let engine = Engine::builder().resolution(8).as_of("2022-10-01").area(&boundary).build().unwrap();
        let run = engine.incidents(&reports).unwrap().run().unwrap();
        let area = StudyArea::of_cells(run.scores.cells.iter().map(|cell| cell.cell));
        Some((run.product.cube, area))
    };
    READ.get_or_init(read).as_ref()
}

pub(crate) fn tensionmap(folder: &Path, args: &[&str]) -> Output {
    // The help is as wide as the terminal, which COLUMNS may state.
    let mut command = Command::new(env!("CARGO_BIN_EXE_tensionmap"));
    command.current_dir(folder).args(args).env_remove("COLUMNS").output().unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Rows of a reference CSV with a header, as text.
pub(crate) fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut reader = ::csv::Reader::from_path(path).unwrap();
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// A generator for shuffling in tests.
pub(crate) fn shuffled<T>(mut items: Vec<T>, mut seed: u64) -> Vec<T> {
    for last in (1..items.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(last, (seed >> 33) as usize % (last + 1));
    }
    items
}

/// How many pixels of a part of a picture, three bytes each, lie on the way from white to the grey of hatching.
pub(crate) fn hatched(
    pixels: &[u8],
    width: usize,
    columns: std::ops::Range<usize>,
    rows: std::ops::Range<usize>,
) -> usize {
    let is_hatch = |&[red, green, blue]: &[u8; 3]| {
        // 70, 65 and 57 below white at full strength: a third of it and more counts.
        let [off, green, blue] = [red, green, blue].map(|channel| 255.0 - f64::from(channel));
        (24.0..=71.0).contains(&off)
            && (green - off * 65.0 / 70.0).abs() < 1.5
            && (blue - off * 57.0 / 70.0).abs() < 1.5
    };
    let row = |row: usize| &pixels.as_chunks::<3>().0[row * width..][columns.clone()];
    rows.flat_map(row).filter(|pixel| is_hatch(pixel)).count()
}

/// Writes a small file.
pub(crate) fn put(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// Exit code of `tensionmap check`, and all that it says.
pub(crate) fn checked(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let done = tensionmap(folder, &[&["check"], args].concat());
    (done.status.code(), stdout(&done) + &stderr(&done))
}

/// Account and quarantined records of an input.
pub(crate) fn check_with(input: &Input, reading: &ReadOptions) -> Result<(FileTally, Vec<Quarantined>), IngestError> {
    let mut refused = Vec::new();
    let tally = read(input, reading, &mut |_| (), &mut |one| {
        refused.push(one.clone());
        Ok(())
    })?;
    assert_eq!(tally.read, tally.accepted + tally.quarantined());
    Ok((tally, refused))
}
