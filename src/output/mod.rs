//! Products → bytes. A new format is one function and one line in the registry.

#[cfg(feature = "polars")]
mod arrays;
#[cfg(feature = "polars")]
mod arrow;
mod atomic;
mod coverage;
mod csv;
mod feature_table;
mod flatgeobuf;
mod format;
mod frames;
mod geojson;
mod geopackage;
mod gif;
mod kepler;
mod manifest;
#[cfg(feature = "polars")]
mod parquet;
mod png;
mod product;
mod registry;
mod series;
mod style;
mod temporary;
mod xlsx;

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

pub use atomic::AtomicFile;
pub use format::Format;
pub use manifest::Manifest;
pub(crate) use manifest::{Content, InputFile, ManifestContent, RecordCounts};
pub(crate) use product::OwnEncoders;
pub use product::{Encoder, EncoderEntry, Product, ProductEntry, Request, Summary, encoder_for};
use rayon::prelude::*;
pub use registry::products;
#[cfg(feature = "cli")]
pub(crate) use temporary::abandon_all;

use crate::density::PixelCounts;
use crate::disclosure::Release;
pub use crate::draw::DrawError;
use crate::format::ReadFiles;
use crate::invalid::Cause;
use crate::visible::is_blank;
use crate::watch::{Cancelled, Watch};

/// A small file beside a result, such as the world file of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Companion {
    ending: String,
    replaces_extension: bool,
    text: String,
    mark: Option<&'static str>,
}

impl Companion {
    /// A file with another extension in place of the result's.
    #[must_use]
    pub fn with_extension(extension: &str, text: String) -> Self {
        Self { ending: extension.to_owned(), replaces_extension: true, text, mark: None }
    }

    /// A file with an ending after the result's name.
    #[must_use]
    pub fn after_name(ending: &str, text: String) -> Self {
        Self { ending: ending.to_owned(), replaces_extension: false, text, mark: None }
    }

    /// Replaces an existing file only if that has this mark: a file that somebody else saved there is kept.
    #[must_use]
    pub fn unless_foreign(self, mark: &'static str) -> Self {
        Self { mark: Some(mark), ..self }
    }

    /// True if somebody else's file is at its path.
    fn is_kept_out(&self, path: &Path) -> bool {
        // Larger than any style of ours.
        const MAX_BYTES: u64 = 1 << 20;
        let text = |path| {
            let mut found = Vec::new();
            temporary::open_result(path)?.take(MAX_BYTES).read_to_end(&mut found)?;
            Ok::<_, io::Error>(String::from_utf8_lossy(&found).into_owned())
        };
        self.mark.is_some_and(|mark| path.exists() && !text(path).is_ok_and(|text| text.contains(mark)))
    }

    /// Its path beside a result.
    fn path(&self, result: &Path) -> PathBuf {
        if self.replaces_extension {
            return result.with_extension(&self.ending);
        }
        let mut name = result.as_os_str().to_owned();
        name.push(&self.ending);
        name.into()
    }
}

/// Checks, before any work, that a file can be written at a path: its folder exists and is writable.
///
/// # Errors
/// A folder that is missing or not writable; another run that writes the same file.
pub fn check_place(path: &Path) -> Result<(), OutputError> {
    AtomicFile::create(path).map(drop)
}

/// Checks that a result takes the place of no file that was read.
pub(crate) fn check_unread(path: &Path, read: &ReadFiles) -> Result<(), OutputError> {
    if read.holds(path) { Err(OutputError::Read { path: path.display().to_string() }) } else { Ok(()) }
}

/// A text as a field of a CSV table, in quotes if it needs them. An apostrophe comes before one that a spreadsheet would take
/// for a formula, as OWASP advises.
///
/// ```
/// use tensionmap::unstable::output::csv_field;
/// assert_eq!((csv_field("Ward, North"), csv_field("=1+1")), ("\"Ward, North\"".into(), "'=1+1".into()));
/// ```
#[must_use]
pub fn csv_field(text: &str) -> String {
    let guard = if is_formula(text) { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

/// True for a text that a spreadsheet may take for a formula. Blanks before it, and line breaks, are cut off by some; signs of full
/// width are plain ones to others.
fn is_formula(text: &str) -> bool {
    let first =
        text.trim_start_matches(|letter: char| letter.is_whitespace() || is_blank(letter.encode_utf8(&mut [0; 4])));
    text.starts_with(['\t', '\r', '\n'])
        || first.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '−'])
}

/// Writes a released product to every path, side by side, and texts to others: all of them, or none.
pub(crate) fn save<P: Product>(
    release: &Release<'_, P::Released>,
    paths: &[impl AsRef<Path> + Sync],
    texts: &[(PathBuf, String)],
    manifest: Option<(Manifest, ManifestContent)>,
    read: &ReadFiles,
    watch: &Watch,
    encoders: &OwnEncoders,
) -> Result<(), OutputError> {
    paths.iter().try_for_each(|path| encoders.for_path::<P>(path.as_ref()).map(drop))?;
    save_as(paths, texts, manifest, read, watch, |path, file| {
        encoders.for_path::<P>(path)?.encode(release, file).map_err(|error| error.at(&path.display().to_string()))
    })
}

/// Writes results and texts, side by side. All is on disk before any file gets its final name, the manifest last. If the run
/// is stopped before that, no file gets it. None takes the place of a file that was read.
pub(crate) fn save_as(
    paths: &[impl AsRef<Path> + Sync],
    texts: &[(PathBuf, String)],
    manifest: Option<(Manifest, ManifestContent)>,
    read: &ReadFiles,
    watch: &Watch,
    write: impl Fn(&Path, &mut AtomicFile) -> Result<Vec<Companion>, OutputError> + Sync,
) -> Result<(), OutputError> {
    let digests = manifest.is_some();
    // The file under its temporary name, and its companions.
    let write = |path: &Path| {
        check_unread(path, read)?;
        let mut file = AtomicFile::create(path)?.digested(digests).watched(watch);
        let written = write(path, &mut file).and_then(|companions| {
            file.flush().map_err(OutputError::at(path))?;
            Ok((companions, file))
        });
        // A stopped run fails in whatever it was writing.
        watch.check()?;
        written
    };
    let written: Vec<Result<_, OutputError>> = paths.par_iter().map(|path| write(path.as_ref())).collect();
    let mut files = Vec::with_capacity(paths.len());
    let mut small: BTreeMap<PathBuf, String> = texts.iter().cloned().collect();
    for written in written {
        let (companions, file) = written?;
        // Results of one name share their style.
        let placed = companions.into_iter().map(|companion| (companion.path(file.path()), companion));
        let kept = placed.filter(|(path, companion)| !companion.is_kept_out(path));
        small.extend(kept.map(|(path, companion)| (path, companion.text)));
        files.push(file);
    }
    for (path, text) in &small {
        check_unread(path, read)?;
        let mut file = AtomicFile::create(path)?.digested(digests);
        file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(OutputError::at(path))?;
        files.push(file);
    }
    if let Some((manifest, mut content)) = manifest {
        check_unread(manifest.path(), read)?;
        content.add_system_fonts()?;
        let manifest = manifest.end(&content, &mut files)?;
        files.push(manifest);
    }
    atomic::commit_all(files, watch)
}

/// Draws counts by pixel as a PNG without a legend: light to dark by the logarithm of the count, white for none. A pixel may show
/// a single report, and with it where one person lives: do not publish it.
///
/// # Errors
/// A place that cannot be written.
pub fn save_counts(counts: &PixelCounts, path: &Path) -> Result<(), OutputError> {
    save_as(&[path], &[], None, &ReadFiles::default(), &Watch::default(), |path, file| {
        png::write_counts(counts, file).map(|()| Vec::new()).map_err(OutputError::at(path))
    })
}

/// A product cannot be encoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Its page cannot be drawn, such as one too small for its words.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// The format cannot hold it.
    #[error(transparent)]
    Content(#[from] Cause),
    /// The place cannot be written, such as a full disk.
    #[error(transparent)]
    Write(#[from] io::Error),
}

impl EncodeError {
    /// The error behind a cause; `is_write` is true if the writer has failed.
    fn of(cause: Cause, is_write: bool) -> Self {
        if is_write {
            return Self::Write(cause.downcast::<io::Error>().map_or_else(io::Error::other, |error| *error));
        }
        cause.downcast::<DrawError>().map_or_else(Self::Content, |error| Self::Draw(*error))
    }

    fn at(self, path: &str) -> OutputError {
        let path = path.to_owned();
        match self {
            Self::Draw(source) => OutputError::Draw { path, source },
            Self::Content(source) => OutputError::Content { path, source },
            Self::Write(source) => OutputError::Write { path, source },
        }
    }
}

/// Without a path, as where an encoder is called by itself.
impl From<EncodeError> for OutputError {
    fn from(error: EncodeError) -> Self {
        error.at("bytes in memory")
    }
}

/// A result could not be written. An earlier file of its name is unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum OutputError {
    #[error("writing was stopped")]
    Cancelled(#[from] Cancelled),
    #[error("{path}: its extension names no output; expected one of {known}")]
    Extension { path: String, known: String },
    #[error("a {product} cannot be encoded as {format}; expected one of {known}")]
    Format { product: &'static str, format: &'static str, known: String },
    #[error("{path}: its page cannot be drawn; change the setting that the cause names")]
    Draw { path: String, source: DrawError },
    #[error("{path}: its format cannot hold this result; change what the cause names, or choose another extension")]
    Content { path: String, source: Cause },
    #[error(
        "{path}: cannot be written; check that its folder exists, is writable and has space, and that no other program has it open"
    )]
    Write { path: String, source: io::Error },
    #[error("{path}: is being written by another run; wait for it or choose another name")]
    Locked { path: String },
    #[error(
        "{path}: exists and is not a manifest of tensionmap; choose another place with --manifest FILE, or leave it out with \
         --manifest none"
    )]
    NotOurs { path: String },
    #[error(
        "{path}: would be overwritten, but this run has read it, or written its quarantine there; choose another name"
    )]
    Read { path: String },
    #[error("{path}: was read, but cannot be read again for its hash; write no manifest with --manifest none")]
    Reread { path: String, source: io::Error },
}

impl OutputError {
    /// Path at fault, as it was named.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Extension { path, .. }
            | Self::Draw { path, .. }
            | Self::Content { path, .. }
            | Self::Write { path, .. }
            | Self::Locked { path }
            | Self::NotOurs { path }
            | Self::Read { path }
            | Self::Reread { path, .. } => Some(path),
            Self::Cancelled(_) | Self::Format { .. } => None,
        }
    }

    /// Adds the path to a failure to write.
    pub(crate) fn at(path: &Path) -> impl Fn(io::Error) -> Self + Copy + '_ {
        |source| Self::Write { path: path.display().to_string(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_may_calculate_is_guarded() {
        for text in [
            "=1",
            "+1",
            "-1",
            "@a",
            "\t1",
            "\r1",
            "\n1",
            " =1",
            "\u{a0}\t+1",
            "＝1",
            "＋1",
            "－1",
            "＠a",
            "\u{200b}=1",
            "\u{feff}@a",
        ] {
            assert!(csv_field(text).trim_start_matches('"').starts_with('\''), "{text:?}");
        }
        for text in ["", " ", "a=1", "1-2", "(-)", "Łódź", "'=1"] {
            assert_eq!(csv_field(text), text);
        }
    }
}
