//! A window of UTF-8 text that slides over an input, one record in view. Memory is bounded whatever the size of the
//! input and the length of its lines.

use std::cell::Cell;
use std::io::Read;

use super::source::{append, broken_stream};
use super::{Code, Fault, FilePosition, FormatError, Source};

/// Bytes read at a time; few under a fuzzer, so that its small inputs meet the ends of blocks.
const BLOCK: usize = if cfg!(fuzzing) { 1 << 6 } else { 1 << 18 };

/// Maximal bytes of one record.
pub(crate) const MAX_RECORD_BYTES: usize = if cfg!(fuzzing) { 4 << 10 } else { 16 << 20 };

/// Text in view, from the first byte that has not been consumed.
pub(crate) struct Window {
    file: String,
    reader: Box<dyn Read + Send>,
    text: String,
    /// Where the unconsumed text begins.
    start: usize,
    /// Bytes of a character that the last block cut in two.
    cut: Vec<u8>,
    /// Place in the file of the first byte of `text`.
    offset: u64,
    /// Line breaks before `counted`.
    lines: Cell<u64>,
    /// Bytes of `text` whose line breaks have been counted.
    counted: Cell<usize>,
    /// Place in the file of the first byte of the line at `counted`.
    line_start: Cell<u64>,
    at_end: bool,
    bom: bool,
    /// Limit of one record.
    max_bytes: usize,
}

/// Outcome of [`Window::more`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum More {
    /// There is more now.
    Text,
    /// The input has ended.
    End,
    /// The record in view is too large.
    TooLarge,
}

impl Window {
    pub(crate) fn new(source: Source, max_bytes: usize) -> Self {
        let (file, bom) = (source.name().to_owned(), source.has_bom());
        Self {
            file,
            reader: source.into_text(),
            text: String::with_capacity(2 * BLOCK),
            start: 0,
            cut: Vec::new(),
            offset: 0,
            lines: Cell::new(1),
            counted: Cell::new(0),
            line_start: Cell::new(0),
            at_end: false,
            bom,
            max_bytes,
        }
    }

    /// A window on text whose lines end in CR alone, which it shows as LF.
    pub(crate) fn of_cr_lines(source: Source, max_bytes: usize) -> Self {
        let window = Self::new(source, max_bytes);
        Self { reader: Box::new(CrLines(window.reader)), ..window }
    }

    pub(crate) fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// The text in view.
    #[inline]
    pub(crate) fn text(&self) -> &str {
        &self.text[self.start..]
    }

    /// Text that was consumed just now and is still here, `length` bytes of it.
    #[inline]
    pub(crate) fn behind(&self, length: usize) -> &str {
        &self.text[self.start - length..self.start]
    }

    /// A part of the `length` bytes that were consumed just now.
    #[inline]
    pub(crate) fn within_behind(&self, length: usize, from: usize, to: usize) -> &str {
        let start = self.start - length;
        self.text.get(start + from..start + to).unwrap_or_default()
    }

    /// Takes `length` bytes out of view.
    #[inline]
    pub(crate) fn consume(&mut self, length: usize) {
        self.start += length;
    }

    /// True if the rest of the input is in view.
    pub(crate) fn at_end(&self) -> bool {
        self.at_end
    }

    /// A warning if the file begins with a byte-order mark.
    pub(crate) fn warnings(&self) -> Vec<(Code, u64)> {
        if self.bom { vec![(Code::Bom, 1)] } else { Vec::new() }
    }

    /// Reads on; consumed text is dropped.
    pub(crate) fn more(&mut self) -> Result<More, FormatError> {
        if self.at_end {
            return Ok(More::End);
        }
        if self.text.len() - self.start > self.max_bytes {
            return Ok(More::TooLarge);
        }
        self.forget();
        let held = self.text.len();
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        bytes.append(&mut self.cut);
        // A record that does not fit is read in ever larger steps, so that looking at it again from its start is paid off.
        let wanted = BLOCK.max(held);
        let read = append(&mut self.reader, &mut bytes, wanted);
        self.at_end = read.map_err(|error| broken_stream(&self.file, error))? < wanted;
        self.text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let (valid, cut) = (error.utf8_error().valid_up_to(), error.utf8_error().error_len().is_none());
                let mut bytes = error.into_bytes();
                self.cut = bytes.split_off(valid);
                self.text = String::from_utf8(bytes).unwrap_or_default();
                if !cut || self.at_end {
                    let (line, found) = (self.place_of(valid).line.unwrap_or(1), self.cut.first().copied());
                    let (file, byte) = (self.file.clone(), self.offset + valid as u64);
                    return Err(FormatError::Encoding { file, line, byte, found: found.unwrap_or_default() });
                }
                std::mem::take(&mut self.text)
            }
        };
        if self.offset == 0 && held == 0 && self.text.starts_with('\u{feff}') {
            self.start = '\u{feff}'.len_utf8();
        }
        Ok(More::Text)
    }

    /// Drops consumed text after counting its lines.
    fn forget(&mut self) {
        self.count_lines(self.start);
        self.counted.set(self.counted.get() - self.start);
        self.offset += self.start as u64;
        self.text.drain(..self.start);
        self.start = 0;
    }

    fn count_lines(&self, to: usize) {
        let from = self.counted.get();
        if from >= to {
            return;
        }
        let stretch = &self.text.as_bytes()[from..to];
        self.lines.set(self.lines.get() + memchr::memchr_iter(b'\n', stretch).count() as u64);
        if let Some(last) = memchr::memrchr(b'\n', stretch) {
            self.line_start.set(self.offset + (from + last + 1) as u64);
        }
        self.counted.set(to);
    }

    /// The place of a byte of `text`.
    fn place_of(&self, index: usize) -> FilePosition {
        let byte = Some(self.offset + index as u64);
        if index >= self.counted.get() {
            self.count_lines(index);
            return FilePosition { line: Some(self.lines.get()), byte };
        }
        let between = &self.text.as_bytes()[index..self.counted.get()];
        let after = memchr::memchr_iter(b'\n', between).count() as u64;
        FilePosition { line: Some(self.lines.get() - after), byte }
    }

    /// The place of the text that was consumed `length` bytes ago.
    pub(crate) fn place_behind(&self, length: usize) -> FilePosition {
        self.place_of(self.start - length)
    }

    /// The place of the byte `ahead` of the start of the text in view.
    pub(crate) fn place_ahead(&self, ahead: usize) -> FilePosition {
        self.place_of((self.start + ahead).min(self.text.len()))
    }

    /// Line and column (in bytes, from 1) of the byte `ahead` of the start of the text in view.
    pub(crate) fn position(&self, ahead: usize) -> (u64, u64) {
        let place = self.place_ahead(ahead);
        let byte = place.byte.unwrap_or_default();
        // Right only where counting has not gone beyond: errors come in the order of the file.
        (place.line.unwrap_or(1), byte.saturating_sub(self.line_start.get()) + 1)
    }

    /// The first characters in view, as evidence.
    pub(crate) fn quoted(&self, ahead: usize) -> String {
        let text = self.text().get(ahead..).unwrap_or_default();
        text.chars().take(60).collect::<String>().escape_debug().to_string()
    }
}

/// The fault of a record that does not fit.
pub(crate) fn too_large(max_bytes: usize) -> Box<Fault> {
    Fault::new(Code::TooLarge, "", format_args!("more than {} MiB", max_bytes >> 20), "a report, which is far smaller")
}

/// Turns CR into LF.
struct CrLines(Box<dyn Read + Send>);

impl Read for CrLines {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.0.read(buffer)?;
        buffer[..read].iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
        Ok(read)
    }
}
