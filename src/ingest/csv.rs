//! CSV and its relatives with `;`, tab or `|`; quoted newlines; physical line numbers kept.

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
        // Records end at `\n`, and a `\r` before it is trimmed below: the reader's own CRLF mode counts that `\n` to the next
        // record and would report every line one too low.
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(Box::new(source.into_reader()) as Box<_>);
        let names = reader.headers().map_err(|error| broken(&file, error))?;
        // Trims each name, a final `\r` with it, and folds the newlines some publishers put inside them.
        let names = names.iter().map(|name| name.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        Ok(Box::new(CsvRecords { file, reader, names, current: ByteRecord::new(), record: 0 }))
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
    record: u64,
}

impl Records for CsvRecords {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn advance(&mut self) -> Result<Step, IngestError> {
        if !self.reader.read_byte_record(&mut self.current).map_err(|error| broken(&self.file, error))? {
            return Ok(Step::End);
        }
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
        let fields: Vec<_> = self.current.iter().map(String::from_utf8_lossy).collect();
        fields.join(",").trim_end_matches('\r').to_owned()
    }
}
