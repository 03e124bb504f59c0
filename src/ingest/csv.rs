//! CSV and its relatives with `;`, tab or `|`; quoted newlines; physical line numbers kept.

use csv::{ByteRecord, ReaderBuilder};

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
        let text = match std::str::from_utf8(head) {
            Ok(text) => text,
            // A head cut inside a character is still text.
            Err(error) if error.error_len().is_none() => return true,
            Err(_) => return false,
        };
        let header = text.lines().next().unwrap_or_default();
        !header.trim_start().starts_with(['<', '{', '['])
            && !text.contains('\0')
            && DELIMITERS.iter().any(|&delimiter| header.contains(char::from(delimiter)))
    }

    fn open(&self, source: Source, notices: &mut Vec<String>) -> Result<Box<dyn Records>, IngestError> {
        let file = source.name().to_owned();
        let delimiter = delimiter(source.head());
        if delimiter != b',' {
            notices.push(format!("{file}: columns are separated by {:?}, as in its header", char::from(delimiter)));
        }
        let mut reader =
            ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(Box::new(source.into_reader()) as Box<_>);
        let names = reader.headers().map_err(|error| broken(&file, error))?;
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
        match self.current.get(column).map(std::str::from_utf8) {
            Some(Ok(text)) if !text.is_empty() => Field::Text(text),
            _ => Field::Null,
        }
    }

    fn raw(&self) -> String {
        let fields: Vec<_> = self.current.iter().map(String::from_utf8_lossy).collect();
        fields.join(",")
    }
}
