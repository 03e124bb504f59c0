//! CSV and its relatives with `;`, tab or `|`; quoted newlines; physical line numbers kept.
//!
//! A row without quotes, which is nearly every row there is, is split where it lies in the window. A row with a quoted
//! field goes through `csv-core`.

use csv_core::ReadRecordResult;

use super::record::fingerprint;
use super::window::{MAX_RECORD_BYTES, More, Window, too_large};
use super::{
    Code, Fault, Field, FileOptions, FilePosition, FormatError, InputFormat, OpenResult, Records, Source, Step,
    TableHeader, scan,
};

/// Delimited text with a header row.
pub(super) const FORMAT: InputFormat = InputFormat {
    name: "csv",
    about: "delimited text with a header row (comma; or semicolon, tab, bar when the header has them)",
    extensions: &["csv", "tsv", "tab", "txt"],
    recognises,
    open,
};

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

fn recognises(head: &[u8]) -> bool {
    let header = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    !matches!(header.trim_ascii_start().first(), Some(b'<' | b'{' | b'['))
        && header.iter().any(|byte| DELIMITERS.contains(byte))
}

fn open(source: Source, options: &FileOptions, notices: &mut Vec<String>) -> OpenResult {
    source.check_encoding()?;
    let mut window = Window::new(source, MAX_RECORD_BYTES);
    window.more()?;
    let delimiter = options.delimiter.or(options.header.map(|_| b'\t')).unwrap_or_else(|| delimiter(window.text()));
    if delimiter != b',' {
        let quoted = char::from(delimiter).escape_debug();
        notices.push(format!("{}: columns are separated by {:?}", window.file(), quoted.to_string()));
    }
    let mut records = CsvRecords {
        window,
        delimiter,
        header: TableHeader { names: options.header.unwrap_or_default().to_vec(), ..TableHeader::default() },
        places: Vec::new(),
        count: 0,
        unquoted: String::new(),
        is_quoted: false,
        out: vec![0; 4096],
        ends: vec![0; 64],
        length: 0,
        is_too_large: false,
    };
    if options.header.is_none() {
        records.read_header()?;
    }
    Ok(Box::new(records))
}

/// The delimiter that occurs most often in the header row, outside quotes.
fn delimiter(text: &str) -> u8 {
    // Every other part lies outside quotes.
    let header = text.split('"').step_by(2).flat_map(str::bytes).take_while(|byte| *byte != b'\n');
    let count = |delimiter: &u8| header.clone().filter(|byte| byte == delimiter).count();
    DELIMITERS.into_iter().rev().max_by_key(count).unwrap_or(b',')
}

/// A cursor over the rows of delimited text.
pub(crate) struct CsvRecords {
    window: Window,
    delimiter: u8,
    header: TableHeader,
    /// Where each field of the current record lies: in the text just consumed or, if a field is quoted, in `unquoted`. Beyond
    /// `count` they are those of other records.
    places: Vec<(u32, u32)>,
    count: usize,
    unquoted: String,
    is_quoted: bool,
    /// Buffers of the unquoting, kept from row to row.
    out: Vec<u8>,
    ends: Vec<usize>,
    /// Bytes of the current record, line end included.
    length: usize,
    is_too_large: bool,
}

/// Row at the start of the text in view.
enum RowScan {
    /// A row and its length in bytes, line end included.
    Complete(usize),
    /// The beginning of a row.
    Cut,
    /// A row with a quoted field.
    Quoted,
}

impl CsvRecords {
    /// Lines of a quoted field before a missing quote is the likelier reason.
    const MAX_LINES: usize = 100;

    fn read_header(&mut self) -> Result<(), FormatError> {
        if !self.next_row()? {
            let file = self.window.file().to_owned();
            return Err(FormatError::Header { file, problem: "the first line is empty".to_owned() });
        }
        // Folds the newlines that some publishers put inside names.
        let name = |index| self.text(index).split_whitespace().collect::<Vec<_>>().join(" ");
        self.header.names = (0..self.count).map(name).collect();
        check_header(self.window.file(), &self.header.names)
    }

    /// Splits the next row that is not empty; false at the end of the input.
    fn next_row(&mut self) -> Result<bool, FormatError> {
        loop {
            self.is_quoted = false;
            let length = match self.split() {
                RowScan::Complete(length) => length,
                RowScan::Quoted => self.split_quoted()?,
                RowScan::Cut => match self.window.more()? {
                    More::Text => continue,
                    More::End if self.window.text().is_empty() => return Ok(false),
                    // The last line may lack its line end.
                    More::End => self.window.text().len(),
                    More::TooLarge => {
                        self.is_too_large = true;
                        self.skip_line()?
                    }
                },
            };
            self.window.consume(length);
            self.length = length;
            // The limit holds for the record, not for the text in view.
            self.is_too_large |= length > MAX_RECORD_BYTES;
            if self.is_too_large {
                return Ok(true);
            }
            // An empty line is not a record, except in a file of one column.
            let blank = self.count == 1 && self.text(0).is_empty();
            if !blank || self.header.names.len() == 1 {
                return Ok(true);
            }
        }
    }

    /// Finds the fields of a row without quotes.
    #[inline]
    fn split(&mut self) -> RowScan {
        let bytes = self.window.text().as_bytes();
        loop {
            let places = self.places.as_mut_slice();
            let (mut count, mut from, mut row) = (0, 0, RowScan::Cut);
            let mut keep = |count: usize, from: usize, to: usize| {
                if let Some(place) = places.get_mut(count) {
                    *place = (from as u32, to as u32);
                }
            };
            scan::each(bytes, self.delimiter, [b'\n', b'"'], |at, is_delimiter| {
                if is_delimiter {
                    keep(count, from, at);
                    (count, from) = (count + 1, at + 1);
                    return false;
                }
                row = match bytes[at] {
                    b'\n' => RowScan::Complete(at + 1),
                    // A quote inside a field is just a character.
                    _ if at > from => return false,
                    _ => RowScan::Quoted,
                };
                true
            });
            let end = if let RowScan::Complete(length) = row { length - 1 } else { bytes.len() };
            let end = if end > from && bytes[end - 1] == b'\r' { end - 1 } else { end };
            keep(count, from, end);
            self.count = count + 1;
            if self.count <= self.places.len() {
                return row;
            }
            // A row of more fields than any before it, such as the header, is split once more.
            self.places.resize(self.count, (0, 0));
        }
    }

    /// Finds the fields of a row with quoted ones; the row's length.
    fn split_quoted(&mut self) -> Result<usize, FormatError> {
        loop {
            let text = self.window.text().as_bytes();
            let (mut taken, mut written, mut fields) = (0, 0, 0);
            let mut parser = csv_core::ReaderBuilder::new()
                .delimiter(self.delimiter)
                .terminator(csv_core::Terminator::Any(b'\n'))
                .build();
            let complete = loop {
                let (result, read, wrote, ended) =
                    parser.read_record(&text[taken..], &mut self.out[written..], &mut self.ends[fields..]);
                (taken, written, fields) = (taken + read, written + wrote, fields + ended);
                match result {
                    ReadRecordResult::OutputFull => self.out.resize(self.out.len() * 2, 0),
                    ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                    ReadRecordResult::InputEmpty if !self.window.at_end() => break false,
                    // At the end of the file, an empty input is what closes the last record.
                    ReadRecordResult::InputEmpty => {}
                    ReadRecordResult::Record | ReadRecordResult::End => break true,
                }
            };
            let lines = memchr::memchr_iter(b'\n', &text[..taken]).count();
            // A quote that is never closed swallows the rows after it, and only its size gives it away.
            let open_at_end = complete && self.window.at_end() && taken == text.len() && lines > 0 && is_open(text);
            let (out, ends) = (&self.out[..written], &self.ends[..fields]);
            if open_at_end
                || taken > MAX_RECORD_BYTES
                || lines > Self::MAX_LINES && longest_field(out, ends) > Self::MAX_LINES
            {
                return Err(self.open_quote(longest_field(out, ends)));
            }
            if complete {
                self.keep(written, fields);
                return Ok(taken);
            }
            if self.window.more()? == More::TooLarge {
                return Err(self.open_quote(longest_field(&self.out[..written], &self.ends[..fields])));
            }
        }
    }

    fn open_quote(&self, breaks: usize) -> FormatError {
        // The quote that opens here may itself be on a later line of this row; the row is where to look.
        let line = self.window.place_ahead(0).line.unwrap_or_default();
        FormatError::OpenQuote { file: self.window.file().to_owned(), line, lines: breaks + 1 }
    }

    fn keep(&mut self, written: usize, fields: usize) {
        let out = &self.out[..written];
        self.unquoted.clear();
        // Taking quotes out of UTF-8 leaves UTF-8.
        self.unquoted.push_str(std::str::from_utf8(out).unwrap_or_default());
        self.places.clear();
        let mut from = 0;
        for (index, &end) in self.ends[..fields].iter().enumerate() {
            let last = index + 1 == fields;
            let to = if last && end > from && out[end - 1] == b'\r' { end - 1 } else { end };
            self.places.push((from as u32, to as u32));
            from = end;
        }
        self.count = fields;
        self.is_quoted = true;
    }

    /// Skips a line that is too long to be kept; its end stays in view.
    fn skip_line(&mut self) -> Result<usize, FormatError> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', self.window.text().as_bytes()) {
                return Ok(end + 1);
            }
            let length = self.window.text().len();
            self.window.consume(length);
            if self.window.more()? == More::End {
                return Ok(0);
            }
        }
    }

    /// The current row without its line end.
    fn row(&self) -> &str {
        self.window.behind(self.length).trim_end_matches(['\r', '\n'])
    }

    #[inline]
    fn text(&self, index: usize) -> &str {
        let Some(&(from, to)) = self.places.get(index) else { return "" };
        if self.is_quoted {
            return self.unquoted.get(from as usize..to as usize).unwrap_or_default();
        }
        self.window.within_behind(self.length, from as usize, to as usize)
    }
}

/// Errors if a first row is not a header but holds a value.
fn check_header(file: &str, names: &[String]) -> Result<(), FormatError> {
    let is_value = |name: &&String| {
        let is_of_value = |c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | ':' | '/' | ' ' | 'T' | 'Z');
        name.contains(|c: char| c.is_ascii_digit()) && name.chars().all(is_of_value)
    };
    let Some(value) = names.iter().find(is_value) else { return Ok(()) };
    let problem = format!("the first row contains {value:?}, which is a value and not a name");
    Err(FormatError::Header { file: file.to_owned(), problem })
}

/// True if the number of quotes is odd.
fn is_open(text: &[u8]) -> bool {
    memchr::memchr_iter(b'"', text).count() % 2 == 1
}

/// Line breaks in the field that has most of them.
fn longest_field(out: &[u8], ends: &[usize]) -> usize {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let fields = starts.zip(ends.iter().copied().chain([out.len()]));
    fields.map(|(from, to)| memchr::memchr_iter(b'\n', &out[from..to]).count()).max().unwrap_or(0)
}

impl Records for CsvRecords {
    fn header(&self) -> &TableHeader {
        &self.header
    }

    #[inline]
    fn advance(&mut self) -> Result<Step, FormatError> {
        self.is_too_large = false;
        if !self.next_row()? {
            return Ok(Step::End);
        }
        if self.is_too_large {
            return Ok(Step::Broken(too_large(MAX_RECORD_BYTES)));
        }
        if self.count != self.header.names.len() {
            let found = format!("{} fields", self.count);
            let expected = format!("{}, as in the header", self.header.names.len());
            return Ok(Step::Broken(Fault::new(Code::FieldCount, "", found, expected)));
        }
        Ok(Step::Record)
    }

    #[inline]
    fn field(&self, column: usize) -> Field<'_> {
        match self.text(column) {
            "" => Field::Null,
            text => Field::Text(text),
        }
    }

    fn position(&self) -> FilePosition {
        self.window.place_behind(self.length)
    }

    fn raw(&self) -> String {
        self.row().to_owned()
    }

    fn fingerprint(&self) -> u64 {
        fingerprint(self.row().as_bytes())
    }

    fn warnings(&self) -> Vec<(Code, u64)> {
        self.window.warnings()
    }
}
