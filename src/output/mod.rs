//! Stage 9, layer → bytes. A new output is one file with an [`Output`] and one line in [`OUTPUTS`].

#[cfg(feature = "polars")]
mod arrays;
#[cfg(feature = "polars")]
mod arrow;
mod atomic;
mod coverage;
mod csv;
mod explanation;
mod feature_table;
mod flatgeobuf;
mod frames;
mod geojson;
mod geopackage;
mod gif;
mod kepler;
mod manifest;
mod near_repeats;
#[cfg(feature = "polars")]
mod parquet;
mod png;
mod product;
mod registry;
mod series;
mod style;
mod svg;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

pub use atomic::AtomicFile;
pub use manifest::Manifest;
pub(crate) use manifest::{Content, InputFile, ManifestContent, RecordCounts};
pub(crate) use product::to_bytes;
pub use product::{Encoder, EncoderEntry, Product, ProductEntry, Summary, encoder_for};
use rayon::prelude::*;
pub use registry::products;

use crate::density::PixelCounts;
use crate::disclosure::{Profile, Release};
use crate::invalid::Cause;
use crate::layer::Layer;

/// A small file beside a result, such as one that says where a picture lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Companion {
    ending: String,
    replaces_extension: bool,
    text: String,
    mark: Option<&'static str>,
}

impl Companion {
    /// One that has another extension in place of the result's.
    #[must_use]
    pub fn with_extension(extension: &str, text: String) -> Self {
        Self { ending: extension.to_owned(), replaces_extension: true, text, mark: None }
    }

    /// One that has more after the result's whole name.
    #[must_use]
    pub fn after_name(more: &str, text: String) -> Self {
        Self { ending: more.to_owned(), replaces_extension: false, text, mark: None }
    }

    /// One that takes the place only of a file that has this mark too: what somebody else saved there is kept.
    #[must_use]
    pub fn unless_foreign(self, mark: &'static str) -> Self {
        Self { mark: Some(mark), ..self }
    }

    /// Whether somebody else's file has its place.
    fn is_kept_out(&self, place: &Path) -> bool {
        let is_foreign =
            |mark: &str| std::fs::read(place).is_ok_and(|found| !String::from_utf8_lossy(&found).contains(mark));
        self.mark.is_some_and(is_foreign)
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

/// Checks, before any work, that a file could be put at a path: its folder is there and takes files.
///
/// # Errors
/// A folder that is missing or not writable; another run that writes the same file.
pub fn check_place(path: &Path) -> Result<(), OutputError> {
    AtomicFile::create(path).map(drop)
}

/// A text file that is not in its place yet.
fn text_file(path: &Path, text: &str, digests: bool) -> Result<AtomicFile, OutputError> {
    let mut file = AtomicFile::create(path)?.digested(digests);
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

/// Writes a released product to every path, side by side, and texts to others: all of them, or none.
pub(crate) fn save<P: Product>(
    release: &Release<'_, P::Released>,
    paths: &[impl AsRef<Path> + Sync],
    texts: &[(PathBuf, String)],
    manifest: Option<(Manifest, ManifestContent)>,
) -> Result<(), OutputError> {
    paths.iter().try_for_each(|path| encoder_for::<P>(path.as_ref()).map(drop))?;
    save_as(paths, texts, manifest, |path, file| encoder_for::<P>(path)?.encode(release, file))
}

/// Writes results to their paths, side by side, and texts to others. All is written and on disk before anything is put in its
/// place, the manifest last.
pub(crate) fn save_as(
    paths: &[impl AsRef<Path> + Sync],
    texts: &[(PathBuf, String)],
    manifest: Option<(Manifest, ManifestContent)>,
    write: impl Fn(&Path, &mut AtomicFile) -> Result<Vec<Companion>, Cause> + Sync,
) -> Result<(), OutputError> {
    let digests = manifest.is_some();
    let written: Vec<_> = paths.par_iter().map(|path| begun(path.as_ref(), digests, &write)).collect();
    let mut files = Vec::with_capacity(paths.len());
    let mut small: BTreeMap<PathBuf, String> = texts.iter().cloned().collect();
    for written in written {
        let (file, beside) = written?;
        // Results of one name share their style.
        let placed = beside.into_iter().map(|beside| (beside.path(file.path()), beside));
        small.extend(
            placed.filter(|(place, beside)| !beside.is_kept_out(place)).map(|(place, beside)| (place, beside.text)),
        );
        files.push(file);
    }
    for (path, text) in &small {
        files.push(text_file(path, text, digests)?);
    }
    if let Some((manifest, about)) = manifest {
        let written = files.iter_mut().filter_map(AtomicFile::written).collect();
        files.push(manifest.written(&about, written)?);
    }
    atomic::commit_all(files)
}

/// A file that is written but not in its place yet, and what belongs beside it.
fn begun(
    path: &Path,
    digests: bool,
    write: impl Fn(&Path, &mut AtomicFile) -> Result<Vec<Companion>, Cause>,
) -> Result<(AtomicFile, Vec<Companion>), OutputError> {
    let mut file = AtomicFile::create(path)?.digested(digests);
    let written = write(path, &mut file).and_then(|beside| {
        file.flush()?;
        Ok(beside)
    });
    match written {
        Ok(beside) => Ok((file, beside)),
        Err(source) => Err(OutputError::Write { path: path.display().to_string(), source }),
    }
}

/// Draws points by pixel as a bare PNG, complete or not at all: light to dark by the logarithm of the count, white for none. A
/// pixel may show a single report, and with it where one person lives: this is a look at data, and nothing to hand out.
///
/// # Errors
/// A place that cannot be written.
pub fn save_counts(counts: &PixelCounts, path: &Path) -> Result<(), OutputError> {
    save_as(&[path], &[], None, |_, file| png::write_counts(counts, file).map(|()| Vec::new()))
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
    #[error(
        "{path}: exists and is no manifest of tensionmap; choose another place with --manifest FILE, or leave it out with \
         --manifest none"
    )]
    NotOurs { path: String },
    #[error("{path}: was read, but cannot be read again for its hash; write no manifest with --manifest none")]
    Reread { path: String, source: std::io::Error },
}

impl Layer {
    /// Writes the layer, released by the internal profile, in the format of the path's extension. The file is complete or untouched,
    /// never half written.
    ///
    /// # Errors
    /// An extension that no [`Encoder`] of a layer has; a place that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), OutputError> {
        self.save_all(&[path.as_ref()])
    }

    /// Writes several files, side by side: all of them, or none.
    ///
    /// # Errors
    /// That of the first path that has one; as [`Self::save`].
    pub fn save_all(&self, paths: &[impl AsRef<Path> + Sync]) -> Result<(), OutputError> {
        save::<Self>(&Profile::default().release(self), paths, &[], None)
    }
}
