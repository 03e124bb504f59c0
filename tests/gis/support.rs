//! Helpers of the tests of GIS formats. The fixtures are files that GDAL 3 wrote.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use tensionmap::unstable::format::{FORMATS, FileOptions, FormatError, Records, Source, Step};

pub(super) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/gis").join(name)
}

pub(super) fn open(source: Source) -> Result<Box<dyn Records>, FormatError> {
    let format = FORMATS.iter().find(|format| (format.recognises)(source.head())).expect("a format that is known");
    (format.open)(source, &FileOptions::default(), &mut Vec::new())
}

pub(super) fn at(path: &Path) -> Result<Box<dyn Records>, FormatError> {
    open(Source::open(path)?)
}

/// Every record as text, or the message of what stopped it.
pub(super) fn rows(records: Result<Box<dyn Records>, FormatError>) -> Result<Vec<String>, String> {
    let described = |error: FormatError| match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let mut records = records.map_err(described)?;
    let mut rows = Vec::new();
    loop {
        match records.advance().map_err(described)? {
            Step::End => return Ok(rows),
            Step::Record => rows.push(records.raw()),
            Step::Broken(fault) => rows.push(fault.found),
        }
    }
}

/// A copy of some parts of a shapefile, to be spoilt.
pub(super) fn copied(name: &str, parts: &[&str]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    for part in parts {
        let file = format!("{name}.{part}");
        fs::copy(fixture(&file), dir.path().join(&file)).unwrap();
    }
    let shp = dir.path().join(format!("{name}.shp"));
    (dir, shp)
}
