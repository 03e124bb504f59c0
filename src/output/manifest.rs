//! The manifest of a run: inputs, settings, provenance, files written. Files that disagree with it are of an unfinished run.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{AtomicFile, OutputError};
use crate::font::Fonts;
use crate::small_file::check_kind;

/// A manifest under way. Until it is written, no other run can claim its path.
#[derive(Debug)]
pub struct Manifest {
    file: AtomicFile,
    made_at: Option<String>,
    also: Vec<PathBuf>,
}

/// First bytes of every manifest.
const HEAD: &str = "{\n  \"tensionmap\": ";

impl Manifest {
    /// Usual place: beside the first result and named after it, so that a folder may have several.
    ///
    /// ```
    /// use tensionmap::Manifest;
    /// assert_eq!(Manifest::beside("out/series.png".as_ref()).to_str(), Some("out/series.manifest.json"));
    /// ```
    #[must_use]
    pub fn beside(result: &Path) -> PathBuf {
        result.with_extension("manifest.json")
    }

    /// Claims the path of a manifest, before any work.
    ///
    /// # Errors
    /// Another run that has it; a file there that is not a manifest of tensionmap; a place that cannot be written.
    pub fn claim(path: &Path) -> Result<Self, OutputError> {
        let mut head = Vec::new();
        let opened = check_kind(path).and_then(|()| File::open(path));
        match opened.and_then(|file| file.take(HEAD.len() as u64).read_to_end(&mut head)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(OutputError::at(path)(error)),
            Ok(_) if head == HEAD.as_bytes() => {}
            Ok(_) => return Err(OutputError::NotOurs { path: path.display().to_string() }),
        }
        Ok(Self { file: AtomicFile::create(path)?, made_at: None, also: Vec::new() })
    }

    /// Adds the time of the run. Without it, the same input gives the same manifest.
    #[must_use]
    pub fn made_at(mut self, moment: impl ToString) -> Self {
        self.made_at = Some(moment.to_string());
        self
    }

    /// Adds a file that is written already.
    #[must_use]
    pub fn with(mut self, path: impl Into<PathBuf>) -> Self {
        self.also.push(path.into());
        self
    }

    /// Writes the manifest of these files under its temporary name.
    pub(super) fn end(mut self, about: &ManifestContent, files: &mut [AtomicFile]) -> Result<AtomicFile, OutputError> {
        let mut files: Vec<WrittenFile> = files.iter_mut().filter_map(WrittenFile::of).collect();
        for path in self.also.iter().filter(|path| path.is_file()) {
            let content = Content::of_file(path).map_err(OutputError::at(path))?;
            files.push(WrittenFile { name: name(path), content });
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let tensionmap = env!("CARGO_PKG_VERSION");
        let document = ManifestDocument { tensionmap, made_at: self.made_at.as_deref(), about, files };
        let written = serde_json::to_writer_pretty(&mut self.file, &document).map_err(io::Error::from);
        let written = written.and_then(|()| self.file.write_all(b"\n")).and_then(|()| self.file.flush());
        written.map_err(OutputError::at(self.file.path()))?;
        Ok(self.file)
    }
}

#[derive(Serialize)]
struct ManifestDocument<'a> {
    tensionmap: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    made_at: Option<&'a str>,
    #[serde(flatten)]
    about: &'a ManifestContent,
    files: Vec<WrittenFile>,
}

/// Settings, inputs and provenance of a run.
#[derive(Serialize)]
pub(crate) struct ManifestContent {
    pub(crate) settings: Value,
    pub(crate) inputs: Vec<InputFile>,
    pub(crate) provenance: Value,
    /// Fonts of pictures; those of the machine that were used are inputs too.
    #[serde(skip)]
    pub(crate) fonts: Fonts,
}

impl ManifestContent {
    /// Adds the fonts of the machine that pictures were drawn with.
    pub(super) fn add_system_fonts(&mut self) -> Result<(), OutputError> {
        for path in self.fonts.system_files() {
            let content = Some(Content::of_file(&path).map_err(OutputError::at(&path))?);
            self.inputs.push(InputFile {
                role: "font",
                name: name(&path),
                content,
                records: None,
                options: Map::new(),
            });
        }
        Ok(())
    }
}

/// A file that was read. Names are without folders: a manifest must not reveal where it was made.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct InputFile {
    /// Use in the run: reports, area, indicator …
    pub(crate) role: &'static str,
    pub(crate) name: String,
    /// Bytes and their hash; absent for standard input and frames, which are gone.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<Content>,
    /// Numbers of records read, accepted and quarantined.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) records: Option<RecordCounts>,
    /// Options of reading that held for this file alone.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) options: Map<String, Value>,
}

/// Size and hash of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Content {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// The account of a file of reports or areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct RecordCounts {
    pub(crate) read: u64,
    pub(crate) accepted: u64,
    pub(crate) quarantined: u64,
}

impl Content {
    /// Of bytes in memory.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) }
    }

    /// Of files, side by side.
    pub(crate) fn of_files(paths: &[PathBuf]) -> Vec<io::Result<Self>> {
        paths.par_iter().map(|path| Self::of_file(path)).collect()
    }

    fn of_file(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let (mut digest, mut bytes) = (Sha256::new(), 0);
        let mut buffer = vec![0; 1 << 18];
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                return Ok(Self { bytes, sha256: hex(&digest.finalize()) });
            }
            digest.update(&buffer[..read]);
            bytes += read as u64;
        }
    }
}

/// A file that was written.
#[derive(Serialize)]
struct WrittenFile {
    name: String,
    #[serde(flatten)]
    content: Content,
}

impl WrittenFile {
    /// The entry of a file, if its bytes were hashed.
    fn of(file: &mut AtomicFile) -> Option<Self> {
        let (bytes, digest) = file.digest()?;
        Some(Self { name: name(file.path()), content: Content { bytes, sha256: hex(&digest.finalize()) } })
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
