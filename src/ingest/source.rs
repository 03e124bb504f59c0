//! Bytes of an input: plain or gzipped, from a file or from memory.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::IngestError;

/// An opened input whose first bytes are known. Reading starts at the first byte.
pub struct Source {
    name: String,
    head: Vec<u8>,
    rest: Box<dyn BufRead + Send>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Source {
    /// Bytes looked at to tell the format.
    const HEAD: u64 = 4096;

    /// Opens a file.
    ///
    /// # Errors
    /// A path that does not exist, cannot be read, is a directory, or holds nothing.
    pub fn open(path: &Path) -> Result<Self, IngestError> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|source| IngestError::Io { file: name.clone(), source })?;
        if path.is_dir() {
            return Err(IngestError::Directory { file: name });
        }
        Self::new(name, Box::new(BufReader::with_capacity(1 << 18, file)))
    }

    /// Takes bytes already in memory.
    ///
    /// # Errors
    /// When there are none.
    pub fn bytes(name: &str, bytes: Vec<u8>) -> Result<Self, IngestError> {
        Self::new(name.to_owned(), Box::new(Cursor::new(bytes)))
    }

    fn new(name: String, mut raw: Box<dyn BufRead + Send>) -> Result<Self, IngestError> {
        let failed = |source| IngestError::Io { file: name.clone(), source };
        let gzipped = raw.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
        let mut rest: Box<dyn BufRead + Send> =
            if gzipped { Box::new(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(raw))) } else { raw };
        let mut head = Vec::new();
        rest.by_ref().take(Self::HEAD).read_to_end(&mut head).map_err(failed)?;
        if head.is_empty() {
            return Err(IngestError::Empty { file: name });
        }
        Ok(Self { name, head, rest })
    }

    /// The name it goes by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its first (decompressed) bytes, a UTF-8 byte-order mark left out.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        self.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.head)
    }

    /// All of its bytes from the start, a UTF-8 byte-order mark left out.
    #[must_use]
    pub fn into_reader(self) -> impl BufRead + Send {
        let head = self.head().to_vec();
        Cursor::new(head).chain(self.rest)
    }

    /// Reads the whole into memory, for formats that start at the end.
    ///
    /// # Errors
    /// When reading fails half-way.
    pub fn into_bytes(self) -> Result<Vec<u8>, IngestError> {
        let Self { name, mut head, mut rest } = self;
        rest.read_to_end(&mut head).map_err(|source| IngestError::Io { file: name, source })?;
        Ok(head)
    }
}
