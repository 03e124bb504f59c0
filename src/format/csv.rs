//! CSV and its relatives with `;`, tab or `|`; quoted newlines; physical line numbers kept.
//!
//! A row without quotes, which is nearly every row there is, is split where it lies in the window. A row with a quoted
//! field goes through `csv-core`.

use csv_core::ReadRecordResult;

use super::layout::{self, RowKind, TopRow};
use super::record::fingerprint;
use super::window::{MAX_RECORD_BYTES, More, Window, too_large};
use super::{
    Code, Fault, Field, FileOptions, FilePosition, FormatError, InputFormat, OpenResult, Records, Source, Step, Suits,
    TableHeader, check_width, scan,
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
    let mut lines = head.split(|&byte| byte == b'\n' || byte == b'\r').map(<[u8]>::trim_ascii);
    let has_delimiter = |line: &[u8]| line.iter().any(|byte| DELIMITERS.contains(byte));
    let Some(first) = lines.by_ref().find(|line| !line.is_empty()) else { return false };
    if matches!(first[0], b'<' | b'{' | b'[') {
        return false;
    }
    // A title may stand above the columns.
    let is_text = |byte: &u8| *byte >= b' ' || byte.is_ascii_whitespace();
    has_delimiter(first) || head.iter().all(is_text) && lines.take(layout::TOP_ROWS).any(has_delimiter)
}

/// Bytes of text in which the header is looked for.
const TOP_BYTES: usize = if MAX_RECORD_BYTES < 1 << 14 { MAX_RECORD_BYTES } else { 1 << 14 };

fn open(source: Source, options: &FileOptions, notices: &mut Vec<String>) -> OpenResult {
    source.check_encoding()?;
    let suits = source.suits();
    let has_cr_lines = has_cr_lines(&options.encoding.head(source.head()));
    let window = if has_cr_lines { Window::of_cr_lines } else { Window::new };
    let mut window = window(source, MAX_RECORD_BYTES);
    if has_cr_lines {
        notices.push(format!("{}: its lines end in CR alone, as old Macs wrote them", window.file()));
    }
    while window.text().len() < TOP_BYTES && window.more()? == More::Text {}
    let mut records = CsvRecords {
        window,
        delimiter: b',',
        header: TableHeader { names: options.header.unwrap_or_default().to_vec(), ..TableHeader::default() },
        places: Vec::new(),
        count: 0,
        unquoted: String::new(),
        is_quoted: false,
        out: vec![0; 4096],
        ends: vec![0; 64],
        length: 0,
        is_too_large: false,
        blank: 0,
        asides: 0,
        longer: 0,
    };
    if options.header.is_some() {
        records.delimiter = options.delimiter.unwrap_or(b'\t');
    } else {
        records.find_header(options, suits.as_ref(), notices)?;
    }
    if records.delimiter != b',' {
        let quoted = char::from(records.delimiter).escape_debug();
        notices.push(format!("{}: columns are separated by {:?}", records.window.file(), quoted.to_string()));
    }
    if options.header.is_none() {
        records.read_header(options.header_row)?;
    }
    Ok(Box::new(records))
}

/// True if the first line that ends outside of quotes ends in CR alone.
fn has_cr_lines(head: &[u8]) -> bool {
    let mut is_open = false;
    let end = head.iter().position(|&byte| {
        is_open ^= byte == b'"';
        !is_open && matches!(byte, b'\r' | b'\n')
    });
    let after = end.map(|end| head[end..].iter().find(|&&byte| byte != b'\r'));
    end.is_some_and(|end| head[end] == b'\r') && after != Some(Some(&b'\n')) && !head.contains(&0)
}

/// The delimiter that occurs most often in the first line, outside quotes.
fn delimiter(text: &str) -> u8 {
    // Every other part lies outside quotes.
    let header = text.split('"').step_by(2).flat_map(str::bytes).take_while(|byte| *byte != b'\n');
    let count = |delimiter: &u8| header.clone().filter(|byte| byte == delimiter).count();
    DELIMITERS.into_iter().rev().max_by_key(count).unwrap_or(b',')
}

/// Delimiter that a first line such as `sep=;` states, and the length of that line.
fn stated_delimiter(text: &str) -> Option<(u8, usize)> {
    let line = text.split_inclusive('\n').next()?;
    let bare = line.trim_end_matches(['\r', '\n', ',', ';', '\t', '|']).trim_matches('"');
    let whole = line.trim_end_matches(['\r', '\n']).trim_matches('"');
    let stated = whole.get(..4).filter(|begin| begin.eq_ignore_ascii_case("sep=")).map(|_| &whole[4..])?;
    let &[delimiter] = stated.as_bytes() else { return None };
    (bare.len() <= 5 && delimiter.is_ascii() && delimiter != b'"').then_some((delimiter, line.len()))
}

/// The first rows of a text, each with the byte at which it begins and the number of its line, counted from this text.
fn top_rows(text: &str, delimiter: u8) -> Vec<(usize, u64, TopRow)> {
    let bytes = text.as_bytes();
    let mut parser =
        csv_core::ReaderBuilder::new().delimiter(delimiter).terminator(csv_core::Terminator::Any(b'\n')).build();
    let (mut rows, mut at, mut line) = (Vec::new(), 0, 0);
    let (mut out, mut ends) = (vec![0; bytes.len() + 1], vec![0; bytes.len() + 1]);
    while rows.len() < layout::TOP_ROWS && at < bytes.len() {
        let (result, read, written, count) = parser.read_record(&bytes[at..], &mut out, &mut ends);
        let is_whole = matches!(result, ReadRecordResult::Record);
        // csv-core passes over empty lines before a row, so that the row begins after them.
        let empty = bytes[at..at + read].iter().take_while(|&&byte| byte == b'\n' || byte == b'\r').count();
        let begin = at + empty.min(read);
        let number = line + memchr::memchr_iter(b'\n', &bytes[at..begin]).count() as u64;
        if count > 0 || !is_whole {
            let texts = std::str::from_utf8(&out[..written]).unwrap_or_default();
            let starts = std::iter::once(0).chain(ends[..count].iter().copied());
            let fields =
                starts.zip(ends[..count].iter().copied()).map(|(from, to)| texts.get(from..to).unwrap_or_default());
            let mut fields: Vec<&str> = fields.collect();
            if !is_whole {
                // The last line may lack its line end, or be cut by the end of the text in view.
                fields.push(texts.get(ends[..count].last().copied().unwrap_or(0)..).unwrap_or_default());
            }
            rows.push((begin, number, TopRow::new(fields.into_iter().map(|field| (field, false)))));
        }
        line += memchr::memchr_iter(b'\n', &bytes[at..at + read]).count() as u64;
        at += read;
        if !is_whole {
            break;
        }
    }
    rows
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
    /// Rows of separators alone.
    blank: u64,
    /// Rows of totals and notes.
    asides: u64,
    /// Rows that go on with empty fields after the last column.
    longer: u64,
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

    /// Moves to the header: the stated line, or the row that is likely to be it.
    fn find_header(
        &mut self,
        options: &FileOptions,
        suits: Option<&Suits>,
        notices: &mut Vec<String>,
    ) -> Result<(), FormatError> {
        let mut stated = None;
        let mut passed = 0;
        if let Some((delimiter, length)) =
            stated_delimiter(self.window.text()).filter(|_| options.header_row != Some(1))
        {
            self.window.consume(length);
            (stated, passed) = (Some(delimiter), 1);
        }
        if let Some(number) = options.header_row {
            while passed + 1 < number {
                let Some(end) = memchr::memchr(b'\n', self.window.text().as_bytes()) else {
                    if self.window.more()? == More::Text {
                        continue;
                    }
                    let problem = format!("it ends before line {number}, which --header-row names");
                    return Err(FormatError::Header { file: self.window.file().to_owned(), problem });
                };
                self.window.consume(end + 1);
                passed += 1;
            }
        }
        let text = self.window.text();
        let text = text.get(..text.floor_char_boundary(TOP_BYTES)).unwrap_or_default();
        self.delimiter =
            options.delimiter.or(stated).unwrap_or_else(|| delimiter(text.trim_start_matches(['\r', '\n'])));
        if options.header_row.is_some() {
            return Ok(());
        }
        // Width of the header, its place, and true if the row below it has more than one value too.
        let look = |delimiter: u8| {
            let tops: Vec<TopRow> = top_rows(text, delimiter).into_iter().map(|(_, _, row)| row).collect();
            let place = layout::header(&tops, suits);
            let width = tops.get(place).filter(|row| row.value().is_none()).map_or(0, TopRow::filled);
            let mut below = tops.iter().skip(place + 1).filter(|row| row.filled() > 0);
            (width, place, below.next().is_none_or(|row| row.filled() > 1))
        };
        let (mut width, mut found, goes_on) = look(self.delimiter);
        if options.delimiter.or(stated).is_none() && (width < 2 || found > 0 || !goes_on) {
            // The first line is a title, and says nothing of what separates the columns below it.
            for delimiter in DELIMITERS {
                let (wider, place, goes_on) = look(delimiter);
                if goes_on && wider > width.max(1) {
                    (width, found, self.delimiter) = (wider, place, delimiter);
                }
            }
        }
        let rows = top_rows(text, self.delimiter);
        let Some(&(begin, line, _)) = rows.get(found).filter(|_| found > 0) else { return Ok(()) };
        let titles: Vec<&TopRow> = rows[..found].iter().map(|(.., row)| row).collect();
        let number = u64::from(passed) + line + 1;
        notices.push(layout::below_titles(self.window.file(), "line", number, &titles));
        self.window.consume(begin);
        Ok(())
    }

    fn read_header(&mut self, stated: Option<u32>) -> Result<(), FormatError> {
        let wrong =
            |records: &Self, problem: String| FormatError::Header { file: records.window.file().to_owned(), problem };
        if !self.next_row()? {
            return Err(wrong(self, "the first line is empty".to_owned()));
        }
        if self.is_too_large {
            return Err(wrong(self, format!("the first line has more than {} MiB", MAX_RECORD_BYTES >> 20)));
        }
        check_width(self.window.file(), self.count)?;
        if let Some(number) = stated.filter(|_| self.blank > 0) {
            return Err(wrong(self, format!("line {number}, which --header-row names, is empty")));
        }
        let row = TopRow::new((0..self.count).map(|index| (self.text(index), false)));
        if let Some(value) = row.value() {
            let problem = format!(
                "the first row contains {value:?}, which is a value and not a name (if the header is further down, say in which \
                 line with --header-row N)"
            );
            return Err(wrong(self, problem));
        }
        (self.blank, self.header.names) = (0, row.names);
        Ok(())
    }

    /// Splits the next row that is neither empty nor a total; false at the end of the input.
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
            let columns = self.header.names.len();
            if columns == 1 {
                return Ok(true);
            }
            // Nearly every row ends here.
            if !self.is_quoted && self.is_plain_record() {
                return Ok(true);
            }
            match layout::kind(columns, self.count, |index| self.text(index)) {
                RowKind::Aside if columns > 1 => self.asides += 1,
                RowKind::Record | RowKind::Aside => return Ok(true),
                RowKind::Blank => self.blank += u64::from(self.count > 1 || !self.text(0).is_empty()),
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
            let ended = |end: usize| end > from && bytes[end - 1] == b'\r';
            // Some programs write CR twice.
            let end = if ended(end) { end - 1 - usize::from(ended(end - 1)) } else { end };
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

    #[cold]
    fn wrong_count(&self) -> Box<Fault> {
        let found = format!("{} fields", self.count);
        let mut expected = format!("{}, as in the header", self.header.names.len());
        if (0..self.count).any(|index| self.text(index).starts_with(" \"")) {
            expected += "; a quote after a space quotes nothing: take the spaces out after the separators";
        }
        Fault::new(Code::FieldCount, "", found, expected)
    }

    /// The current row without its line end.
    fn row(&self) -> &str {
        self.window.behind(self.length).trim_end_matches(['\r', '\n'])
    }

    /// True for a row without quotes that is a record by how its first two fields begin.
    #[inline]
    fn is_plain_record(&self) -> bool {
        let [first, second, ..] = self.places[..] else { return false };
        let row = self.window.behind(self.length).as_bytes();
        let byte = |(from, to): (u32, u32)| if from < to { row.get(from as usize).copied().unwrap_or(0) } else { 0 };
        self.count > 1 && layout::is_record(byte(first), byte(second))
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
        let columns = self.header.names.len();
        if self.count != columns {
            if self.count < columns || !(columns..self.count).all(|index| layout::is_blank(self.text(index))) {
                return Ok(Step::Broken(self.wrong_count()));
            }
            self.longer += 1;
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
        let of_rows = [(Code::BlankRow, self.blank), (Code::AsideRow, self.asides), (Code::LongRow, self.longer)];
        self.window.warnings().into_iter().chain(of_rows.into_iter().filter(|(_, count)| *count > 0)).collect()
    }
}
