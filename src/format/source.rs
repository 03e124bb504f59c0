//! Bytes of an input from a file, standard input or memory, plain or compressed.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::swelling::{Counted, Swelling, TooMuch};
use super::{Encoding, FormatError, Suits};
use crate::watch::{WatchedReader, carried};

/// An opened input whose first bytes are known. Reading starts at the first byte.
pub struct Source {
    name: String,
    head: Vec<u8>,
    rest: Box<dyn Read + Send>,
    path: Option<PathBuf>,
    encoding: Encoding,
    /// Bytes in all, before decompression; 0 where unknown.
    size: u64,
    /// Unpacked files that belong to it, by extension. They have no names on disk, so that nothing of them can be left there.
    parts: Vec<(String, File)>,
    /// Notice of where it comes from.
    notice: Option<String>,
    /// Judge of the columns for the reader of its records.
    suits: Option<Suits>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Source {
    /// Bytes from which the format is recognised.
    const HEAD: usize = 4096;

    /// Opens a file as it is.
    pub(super) fn of_file(path: &Path, file: File) -> Result<Self, FormatError> {
        let name = path.display().to_string();
        let failed = |source| FormatError::Io { file: name.clone(), source };
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(FormatError::folder(name));
        }
        // A device such as /dev/zero never ends. A pipe does, and is how a shell hands over what another program writes.
        if !metadata.is_file() && !is_pipe(&metadata) {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is a device, not a file")));
        }
        let source = Self::new(name, Box::new(file), metadata.is_file().then(|| path.to_owned()))?;
        Ok(source.sized(if metadata.is_file() { metadata.len() } else { 0 }))
    }

    /// A member of an archive.
    pub(super) fn of_member(name: String, bytes: Box<dyn Read + Send>) -> Result<Self, FormatError> {
        Self::new(name, bytes, None)
    }

    /// Sets the unpacked files that belong to a member of an archive, by extension, itself among them.
    pub(super) fn with_parts(self, parts: Vec<(String, File)>) -> Self {
        Self { parts, ..self }
    }

    /// Path of the file, or of the member of an archive, and the unpacked files that belong to it.
    pub(super) fn parts(&self) -> Option<(PathBuf, &[(String, File)])> {
        let of_member = (!self.parts.is_empty()).then(|| PathBuf::from(&self.name));
        Some((self.path.clone().or(of_member)?, &self.parts))
    }

    /// Sets the number of its bytes.
    pub(super) fn sized(self, size: u64) -> Self {
        Self { size, ..self }
    }

    /// Sets the notice of where it comes from.
    pub(super) fn noticed(self, notice: Option<String>) -> Self {
        Self { notice, ..self }
    }

    /// Notices of where it comes from.
    pub(super) fn notices(&self) -> impl Iterator<Item = String> {
        let unpacked = (!self.parts.is_empty())
            .then(|| format!("{}: is unpacked into temporary files without names, which end with the run", self.name));
        self.notice.clone().into_iter().chain(unpacked)
    }

    /// Reads standard input.
    ///
    /// # Errors
    /// When there is nothing, or reading fails.
    pub fn stdin() -> Result<Self, FormatError> {
        Self::new("standard input".to_owned(), Box::new(io::stdin()), None)
    }

    /// Takes bytes already in memory.
    ///
    /// # Errors
    /// When there are none.
    pub fn bytes(name: &str, bytes: Vec<u8>) -> Result<Self, FormatError> {
        let size = bytes.len() as u64;
        let source = Self::new(name.to_owned(), Box::new(Cursor::new(bytes)), None)?;
        Ok(source.sized(size))
    }

    fn new(name: String, raw: Box<dyn Read + Send>, path: Option<PathBuf>) -> Result<Self, FormatError> {
        let mut raw: Box<dyn Read + Send> = Box::new(WatchedReader::new(raw));
        let failed = |source| FormatError::Io { file: name.clone(), source };
        let mut head = filled(&mut raw, Vec::new(), Self::HEAD).map_err(failed)?;
        let compressed = head.starts_with(&[0x1f, 0x8b]) || head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
        if compressed {
            let gzip = head[0] == 0x1f;
            let counted = Counted::new(Cursor::new(std::mem::take(&mut head)).chain(raw));
            raw = if gzip {
                let inner = MultiGzDecoder::new(counted);
                Box::new(Swelling::new(inner, |inner| inner.get_ref().read))
            } else {
                let inner = zstd::stream::read::Decoder::new(counted).map_err(failed)?;
                Box::new(Swelling::new(inner, |inner| inner.get_ref().get_ref().read))
            };
            head = filled(&mut raw, head, Self::HEAD).map_err(|error| broken_stream(&name, error))?;
        }
        if head.is_empty() {
            return Err(FormatError::Empty { file: name });
        }
        // A format may open the path again only where the file is not compressed.
        let path = path.filter(|_| !compressed);
        Ok(Self {
            name,
            head,
            rest: raw,
            path,
            encoding: Encoding::default(),
            size: 0,
            parts: Vec::new(),
            notice: None,
            suits: None,
        })
    }

    /// Sets the encoding of text.
    #[must_use]
    pub(crate) fn encoded(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Sets the judge of the columns for the reader of its records.
    pub(super) fn suited(self, suits: Option<Suits>) -> Self {
        Self { suits, ..self }
    }

    /// Judge of the columns for the reader of its records, if it has one.
    pub(super) fn suits(&self) -> Option<Suits> {
        self.suits.clone()
    }

    /// Name in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its first (decompressed) bytes, a UTF-8 byte-order mark left out.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        self.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.head)
    }

    /// Path of an uncompressed file; `None` for compressed files, pipes and memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    pub(crate) fn has_bom(&self) -> bool {
        self.head().len() < self.head.len()
    }

    /// All of its text from the start, as UTF-8.
    pub(crate) fn into_text(self) -> Box<dyn Read + Send> {
        self.encoding.decoded(self.into_reader())
    }

    /// Errors if text begins like UTF-16 and no encoding was stated, or has bytes among it that no text has.
    pub(crate) fn check_encoding(&self) -> Result<(), FormatError> {
        let head = self.head();
        let utf16 = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
        // Old programs fill up the end of a file with zeros.
        let text = head.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        let byte = if utf16 { Some(0) } else { head[..text].iter().position(|&byte| byte == 0) };
        let Some(byte) = byte.filter(|_| self.encoding.is_utf8()) else { return Ok(()) };
        let zeros = memchr::memchr_iter(0, &head[..text]).count();
        let file = self.name.clone();
        if utf16 || zeros * 4 > text {
            let found = head.get(byte).copied().unwrap_or_default();
            return Err(FormatError::Encoding { file, line: 1, byte: byte as u64, found });
        }
        let line = 1 + memchr::memchr_iter(b'\n', &head[..byte]).count();
        let problem = format!(
            "line {line}, byte {byte}: 0x00 is part of no text, so that the file is damaged or is not a table; get it again, or \
             export it anew as CSV"
        );
        Err(FormatError::Unreadable { file, problem })
    }

    /// All of its bytes from the start.
    #[must_use]
    pub fn into_reader(self) -> Box<dyn Read + Send> {
        carried().set_total(self.size);
        Box::new(Cursor::new(self.head).chain(self.rest))
    }

    /// Reads the whole as text, in the encoding that was set.
    ///
    /// # Errors
    /// When reading fails half-way, or at bytes that are not text.
    pub fn read_text(self) -> Result<String, FormatError> {
        let (file, mut bytes) = (self.name.clone(), Vec::new());
        self.into_text().read_to_end(&mut bytes).map_err(|error| broken_stream(&file, error))?;
        String::from_utf8(bytes).map_err(|error| {
            let (at, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
            let line = 1 + memchr::memchr_iter(b'\n', &bytes[..at]).count() as u64;
            FormatError::Encoding { file, line, byte: at as u64, found: bytes[at] }
        })
    }

    /// Reads the whole into memory, for formats that start at the end.
    ///
    /// # Errors
    /// When reading fails half-way.
    pub fn into_bytes(self) -> Result<Vec<u8>, FormatError> {
        let Self { name, mut head, mut rest, .. } = self;
        rest.read_to_end(&mut head).map_err(|error| broken_stream(&name, error))?;
        Ok(head)
    }
}

#[cfg(unix)]
fn is_pipe(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_fifo()
}

#[cfg(not(unix))]
fn is_pipe(_metadata: &std::fs::Metadata) -> bool {
    false
}

/// Appends to `bytes` until there are `max` or the input ends.
fn filled(input: &mut impl Read, mut bytes: Vec<u8>, max: usize) -> io::Result<Vec<u8>> {
    let missing = max.saturating_sub(bytes.len());
    append(input, &mut bytes, missing)?;
    Ok(bytes)
}

/// Appends so many bytes, or fewer where the input ends; returns how many.
///
/// Each is set to zero once before it is read. `Read::take` would set them all again at every read, as our readers cannot say
/// that there is no need.
pub(super) fn append(input: &mut impl Read, bytes: &mut Vec<u8>, wanted: usize) -> io::Result<usize> {
    let begin = bytes.len();
    let mut end = begin;
    bytes.resize(begin + wanted, 0);
    let mut failed = None;
    // A decompressor that is asked for nothing may take that for an error.
    while end < bytes.len() && failed.is_none() {
        match input.read(&mut bytes[end..]) {
            Ok(0) => break,
            Ok(n) => end += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => failed = Some(error),
        }
    }
    bytes.truncate(end);
    failed.map_or(Ok(end - begin), Err)
}

/// The error of a failed read; [`TooMuch`] is unwrapped from its `io::Error`.
pub(crate) fn broken_stream(file: &str, error: io::Error) -> FormatError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<TooMuch>()) {
        Some(TooMuch { read, written }) => FormatError::Ratio { file: file.to_owned(), read: *read, written: *written },
        None => FormatError::Io { file: file.to_owned(), source: error },
    }
}
