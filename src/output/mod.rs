//! Stage 9, layer → bytes. A new output is one file with an [`Output`] and one line in [`OUTPUTS`].

mod atomic;
pub(crate) mod explanation;
mod geojson;
mod png;
pub(crate) mod series;

use std::io::Write;
use std::path::Path;

pub use atomic::AtomicFile;

use crate::error::Cause;
use crate::layer::Layer;

/// A file format of results.
pub trait Output: Sync {
    /// Short name, as printed by `tensionmap list outputs`.
    fn name(&self) -> &'static str;

    /// What it is good for, in a line.
    fn about(&self) -> &'static str;

    /// Extensions it is chosen by, lower case, without the dot.
    fn extensions(&self) -> &'static [&'static str];

    /// Writes the whole layer. The same layer gives the same bytes.
    ///
    /// # Errors
    /// When the bytes cannot be made or written.
    fn write(&self, layer: &Layer, out: &mut dyn Write) -> Result<(), Cause>;
}

/// Every output.
pub const OUTPUTS: &[&dyn Output] = &[&png::Png, &geojson::GeoJson];

/// The output for a path, by its extension.
///
/// # Errors
/// An extension that no output has.
pub fn for_path(path: &Path) -> Result<&'static dyn Output, OutputError> {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    OUTPUTS.iter().copied().find(|output| output.extensions().contains(&extension.as_str())).ok_or_else(|| {
        let known: Vec<String> =
            OUTPUTS.iter().flat_map(|output| output.extensions()).map(|e| format!(".{e}")).collect();
        OutputError::Extension { path: path.display().to_string(), known: known.join(", ") }
    })
}

/// Checks, before any work, that a file could be put at a path: its folder is there and takes files.
///
/// # Errors
/// A folder that is missing or not writable; another run that writes the same file.
pub fn check_place(path: &Path) -> Result<(), OutputError> {
    AtomicFile::create(path).map(drop)
}

/// Writes a text file, complete or not at all.
///
/// # Errors
/// A place that cannot be written.
pub fn save_text(path: &Path, text: &str) -> Result<(), OutputError> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(text.as_bytes())
        .map_err(|error| OutputError::Write { path: path.display().to_string(), source: error.into() })?;
    file.commit()
}

/// A text as a field of a CSV table: in quotes where it has to be, and where a spreadsheet would take it for a formula with an
/// apostrophe before it, as OWASP advises.
///
/// ```
/// use tensionmap::output::csv_field;
/// assert_eq!((csv_field("Ward, North"), csv_field("=1+1")), ("\"Ward, North\"".into(), "'=1+1".into()));
/// ```
#[must_use]
pub fn csv_field(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

pub(crate) fn save(layer: &Layer, path: &Path) -> Result<(), OutputError> {
    let output = for_path(path)?;
    let mut file = AtomicFile::create(path)?;
    output.write(layer, &mut file).map_err(|source| OutputError::Write { path: path.display().to_string(), source })?;
    file.commit()
}

/// A result could not be written. Nothing is left under its name but what was there before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum OutputError {
    #[error("{path}: its extension names no output; expected one of {known}")]
    Extension { path: String, known: String },
    #[error("{path}: cannot be written; check that its folder exists, is writable and has space")]
    Write { path: String, source: Cause },
    #[error("{path}: is being written by another run; wait for it or choose another name")]
    Locked { path: String },
}
