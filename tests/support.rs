//! What the tests share.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tensionmap::{Cube, Engine, Input, Run};

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
    Engine::builder().as_of("2026-03-02").build().unwrap().incidents(input).unwrap().run().unwrap().cube
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

pub(crate) fn tensionmap(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tensionmap")).current_dir(folder).args(args).output().unwrap()
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
