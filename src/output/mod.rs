//! Stage 9, layer → bytes. A new output is one file with an [`Output`] and one line in [`OUTPUTS`].

mod atomic;
pub(crate) mod coverage;
pub(crate) mod explanation;
mod geojson;
mod page;
mod png;
pub(crate) mod series;

use std::io::Write;
use std::path::{Path, PathBuf};

pub use atomic::AtomicFile;
pub use page::{PAGES, Page, PageSize};

use crate::density::Counts;
use crate::engine::DensityMap;
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

    /// Writes the whole layer, and makes the small files that belong beside it.
    ///
    /// # Errors
    /// As [`Self::write`].
    fn write_all(&self, layer: &Layer, out: &mut dyn Write) -> Result<Vec<Beside>, Cause> {
        self.write(layer, out)?;
        Ok(Vec::new())
    }
}

/// A small file beside a result, such as one that says where a picture lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    ending: String,
    replaces_extension: bool,
    text: String,
}

impl Beside {
    /// One that has another extension in place of the result's.
    #[must_use]
    pub fn with_extension(extension: &str, text: String) -> Self {
        Self { ending: extension.to_owned(), replaces_extension: true, text }
    }

    /// One that has more after the result's whole name.
    #[must_use]
    pub fn after_name(more: &str, text: String) -> Self {
        Self { ending: more.to_owned(), replaces_extension: false, text }
    }

    /// Its path, by that of the result.
    fn path(&self, of: &Path) -> PathBuf {
        if self.replaces_extension {
            return of.with_extension(&self.ending);
        }
        let mut name = of.as_os_str().to_owned();
        name.push(&self.ending);
        name.into()
    }
}

/// Every output.
pub const OUTPUTS: &[&dyn Output] = &[&png::Png, &png::Svg, &geojson::GeoJson];

/// The output for a path, by its extension.
///
/// # Errors
/// An extension that no output has.
pub fn for_path(path: &Path) -> Result<&'static dyn Output, OutputError> {
    let extension = extension(path);
    OUTPUTS.iter().copied().find(|output| output.extensions().contains(&extension.as_str())).ok_or_else(|| {
        let known: Vec<String> =
            OUTPUTS.iter().flat_map(|output| output.extensions()).map(|e| format!(".{e}")).collect();
        OutputError::Extension { path: path.display().to_string(), known: known.join(", ") }
    })
}

/// The extension of a path in lower case, without the dot.
fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
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
    written(path, text)?.commit()
}

/// A text file that is not in its place yet.
fn written(path: &Path, text: &str) -> Result<AtomicFile, OutputError> {
    let mut file = AtomicFile::create(path)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.flush());
    written.map_err(|error| OutputError::Write { path: path.display().to_string(), source: error.into() })?;
    Ok(file)
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
    save_all(path, |file| output.write_all(layer, file))
}

/// Whether a density surface can be drawn as the extension of a path says.
///
/// # Errors
/// An extension other than `.png` and `.svg`.
pub(crate) fn density_form(path: &Path) -> Result<png::Form, OutputError> {
    let known = || ".png, .svg".to_owned();
    let unknown = || OutputError::Extension { path: path.display().to_string(), known: known() };
    png::Form::of(&extension(path)).ok_or_else(unknown)
}

/// Draws a density surface.
pub(crate) fn save_density(map: &DensityMap, path: &Path) -> Result<(), OutputError> {
    let form = density_form(path)?;
    save_all(path, |file| png::density::write(map, form, file))
}

/// Draws points by pixel as a bare PNG, complete or not at all: light to dark by the logarithm of the count, white for none. A
/// pixel may show a single report, and with it where one person lives: this is a look at data, and nothing to hand out.
///
/// # Errors
/// A place that cannot be written.
pub fn save_counts(counts: &Counts, path: &Path) -> Result<(), OutputError> {
    save_all(path, |file| png::density::write_counts(counts, file).map(|()| Vec::new()))
}

/// Writes a result and the small files beside it.
fn save_all(path: &Path, write: impl FnOnce(&mut AtomicFile) -> Result<Vec<Beside>, Cause>) -> Result<(), OutputError> {
    let mut file = AtomicFile::create(path)?;
    let beside = write(&mut file);
    let beside = beside.map_err(|source| OutputError::Write { path: path.display().to_string(), source })?;
    // All of them are written before any is put in its place, the result first.
    let beside = beside.iter().map(|beside| written(&beside.path(path), &beside.text));
    let beside = beside.collect::<Result<Vec<AtomicFile>, OutputError>>()?;
    file.commit()?;
    beside.into_iter().try_for_each(AtomicFile::commit)
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
