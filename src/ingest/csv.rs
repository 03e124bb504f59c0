//! CSV and its relatives with `;`, tab or `|`; quoted newlines; physical line numbers kept.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::{Fault, Field, Format, IngestError, Place, Reason, Records, Source, Step};

/// Delimited text with a header row.
#[derive(Debug)]
pub(super) struct Csv;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn about(&self) -> &'static str {
        "delimited text with a header row (comma; or semicolon, tab, bar when the header says so)"
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let header = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let Ok(header) = std::str::from_utf8(header) else { return false };
        !header.trim_start().starts_with(['<', '{', '['])
            && !header.contains('\0')
            && DELIMITERS.iter().any(|&delimiter| header.contains(char::from(delimiter)))
    }

    fn open(&self, source: Source, notices: &mut Vec<String>) -> Result<Box<dyn Records>, IngestError> {
        let file = source.name().to_owned();
        let delimiter = delimiter(source.head());
        if delimiter != b',' {
            notices.push(format!("{file}: columns are separated by {:?}, as in its header", char::from(delimiter)));
        }
        let quotes = Arc::new(AtomicUsize::new(0));
        // Records end at `\n`, and a `\r` before it is trimmed below: the reader's own CRLF mode counts that `\n` to the next
        // record and would report every line one too low.
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(Box::new(QuoteCount { inner: source.into_reader(), quotes: quotes.clone() }) as Box<_>);
        let names = reader.headers().map_err(|error| broken(&file, error))?;
        // Trims each name, a final `\r` with it, and folds the newlines some publishers put inside them.
        let names = names.iter().map(|name| name.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        Ok(Box::new(CsvRecords {
            file,
            reader,
            names,
            current: ByteRecord::new(),
            next: ByteRecord::new(),
            record: 0,
            delimiter,
            quotes,
        }))
    }
}

/// The delimiter that occurs most often in the header row, outside quotes.
fn delimiter(head: &[u8]) -> u8 {
    let mut quoted = false;
    let mut seen = [0_usize; DELIMITERS.len()];
    for &byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => {
                if let Some(index) = DELIMITERS.iter().position(|&delimiter| delimiter == byte) {
                    seen[index] += 1;
                }
            }
            _ => {}
        }
    }
    let most = (0..seen.len()).rev().max_by_key(|&index| seen[index]).unwrap_or(0);
    DELIMITERS[most]
}

fn broken(file: &str, error: csv::Error) -> IngestError {
    IngestError::Broken { file: file.to_owned(), format: "csv", source: error.into() }
}

struct CsvRecords {
    file: String,
    reader: csv::Reader<Box<dyn std::io::Read + Send>>,
    names: Vec<String>,
    current: ByteRecord,
    /// Read into, so that the last record is still there at the end of the file.
    next: ByteRecord,
    record: u64,
    delimiter: u8,
    quotes: Arc<AtomicUsize>,
}

impl CsvRecords {
    /// Lines a quoted field may run over before a missing quote is the likelier reason.
    const MOST_LINES: usize = 100;

    /// A quote that is never closed swallows the records after it, and only its size gives it away: it runs on for very
    /// many lines, or over several to the end of the file where the count of quotes is odd.
    fn check_quotes(&self, at_end: bool) -> Result<(), IngestError> {
        let lines = self.current.iter().map(|field| count(field, b'\n')).max().unwrap_or(0);
        let open_at_end = at_end && lines > 0 && self.quotes.load(Ordering::Relaxed) % 2 == 1;
        if lines <= Self::MOST_LINES && !open_at_end {
            return Ok(());
        }
        let line = self.current.position().map_or(0, csv::Position::line);
        Err(IngestError::OpenQuote { file: self.file.clone(), line, lines: lines + 1 })
    }
}

#[allow(clippy::naive_bytecount, reason = "not worth a dependency: it is a small part of reading a record")]
fn count(bytes: &[u8], what: u8) -> usize {
    bytes.iter().filter(|&&byte| byte == what).count()
}

/// Counts the quotes that go by.
struct QuoteCount<R> {
    inner: R,
    quotes: Arc<AtomicUsize>,
}

impl<R: Read> Read for QuoteCount<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.quotes.fetch_add(count(&buffer[..n], b'"'), Ordering::Relaxed);
        Ok(n)
    }
}

impl Records for CsvRecords {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn advance(&mut self) -> Result<Step, IngestError> {
        loop {
            self.next.clear();
            if !self.reader.read_byte_record(&mut self.next).map_err(|error| broken(&self.file, error))? {
                return self.check_quotes(true).map(|()| Step::End);
            }
            // An empty line is no record, whichever way its line ends.
            if self.names.len() == 1 || !(self.next.len() == 1 && self.next[0] == *b"\r") {
                break;
            }
        }
        std::mem::swap(&mut self.current, &mut self.next);
        self.check_quotes(false)?;
        self.record += 1;
        let place = Place { record: self.record, line: self.current.position().map(csv::Position::line) };
        if self.current.len() != self.names.len() {
            let found = format!("{} fields", self.current.len());
            let expected = format!("{}, as in the header", self.names.len());
            return Ok(Step::Broken(place, Fault::new(Reason::FieldCount, "", found, expected)));
        }
        if let Some(bad) = self.current.iter().position(|field| std::str::from_utf8(field).is_err()) {
            let found = String::from_utf8_lossy(&self.current[bad]).into_owned();
            return Ok(Step::Broken(place, Fault::new(Reason::Encoding, &self.names[bad], found, "UTF-8 text")));
        }
        Ok(Step::Record(place))
    }

    fn field(&self, column: usize) -> Field<'_> {
        let last = column + 1 == self.names.len();
        let text = self.current.get(column).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
        match if last { text.strip_suffix('\r').unwrap_or(text) } else { text } {
            "" => Field::Null,
            text => Field::Text(text),
        }
    }

    fn raw(&self) -> String {
        let mut line = csv::WriterBuilder::new().delimiter(self.delimiter).from_writer(Vec::new());
        let last = self.current.len().saturating_sub(1);
        let field = |(index, field): (usize, &[u8])| {
            if index == last { field.strip_suffix(b"\r").unwrap_or(field).to_vec() } else { field.to_vec() }
        };
        let written = line.write_record(self.current.iter().enumerate().map(field)).and_then(|()| Ok(line.flush()?));
        let line = written.ok().and_then(|()| line.into_inner().ok()).unwrap_or_default();
        String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned()
    }
}
