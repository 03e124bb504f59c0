//! The table of a shapefile (.dbf, dBase III and its successors), row by row.
//!
//! The crate `dbase` is not used. It passes over deleted rows without notice, and so shifts every later row to the
//! wrong shape. It ends at the first invalid number. It decodes all text as UTF-8, with losses.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Read};

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use crate::format::Field;
use crate::incident::Day;

/// A table whose rows are read in order.
pub(super) struct DbfTable {
    reader: BufReader<File>,
    columns: Vec<DbfColumn>,
    encoding: &'static Encoding,
    /// Rows the header promises, deleted ones included.
    pub(super) count: u64,
    /// The current row: a byte that marks a deleted row, then the values without separators.
    row: Vec<u8>,
    /// Of the current row, text that had to be decoded into something new.
    decoded: Vec<Option<String>>,
}

struct DbfColumn {
    name: String,
    kind: u8,
    begin: usize,
    end: usize,
}

/// A value, its text not yet decoded.
enum Raw<'a> {
    Text(&'a [u8]),
    Field(Field<'a>),
}

impl DbfTable {
    /// Reads the header. `stated` is the encoding given beside the file, which counts before the file's own mark.
    pub(super) fn open(file: File, stated: Option<&'static Encoding>) -> Result<Self, io::Error> {
        let broken = |problem: &'static str| io::Error::new(io::ErrorKind::InvalidData, problem);
        let length = file.metadata()?.len();
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let mut header = [0; 32];
        reader.read_exact(&mut header)?;
        let [_, _, _, _, c0, c1, c2, c3, h0, h1, r0, r1, .., mark, _, _] = header;
        let count = u64::from(u32::from_le_bytes([c0, c1, c2, c3]));
        let (head, row) = (u16::from_le_bytes([h0, h1]), usize::from(u16::from_le_bytes([r0, r1])));
        if length < u64::from(head) + count * row as u64 {
            return Err(broken("it is cut short"));
        }
        let encoding = stated.unwrap_or_else(|| marked(mark));
        let mut descriptors = Vec::new();
        reader.by_ref().take(u64::from(head).saturating_sub(32)).read_to_end(&mut descriptors)?;
        let (mut columns, mut begin) = (Vec::new(), 1);
        for descriptor in descriptors.chunks_exact(32).take_while(|descriptor| !descriptor.starts_with(b"\r")) {
            let Some(([name @ .., kind], [_, _, _, _, width, ..])) = descriptor.split_first_chunk::<12>() else {
                continue;
            };
            let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
            let (name, ..) = encoding.decode(name);
            let end = begin + usize::from(*width);
            columns.push(DbfColumn { name: name.trim().to_owned(), kind: *kind, begin, end });
            begin = end;
        }
        if columns.is_empty() || begin > row {
            return Err(broken("its header does not fit its rows"));
        }
        let decoded = columns.iter().map(|_| None).collect();
        Ok(Self { reader, columns, encoding, count, row: vec![0; row], decoded })
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    pub(super) fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    /// Moves to the next row; true if it is not deleted. Only selected text is decoded.
    pub(super) fn advance(&mut self, wanted: &[bool]) -> io::Result<bool> {
        self.reader.read_exact(&mut self.row)?;
        // UTF-8 never has to be decoded into something new.
        let wanted = if self.encoding == UTF_8 { &[] } else { wanted };
        for (column, &wanted) in wanted.iter().enumerate() {
            let text = match self.raw(column) {
                Some(Raw::Text(bytes)) if wanted => self.decode(bytes),
                _ => None,
            };
            let text = if let Some(Cow::Owned(text)) = text { Some(text) } else { None };
            if let Some(decoded) = self.decoded.get_mut(column) {
                *decoded = text;
            }
        }
        Ok(self.row.first() != Some(&b'*'))
    }

    /// The current row's value.
    pub(super) fn field(&self, column: usize) -> Field<'_> {
        match self.raw(column) {
            None => Field::Null,
            Some(Raw::Field(field)) => field,
            Some(Raw::Text(bytes)) => match (self.decoded.get(column), self.decode(bytes)) {
                (Some(Some(text)), _) => Field::Text(text),
                (_, Some(Cow::Borrowed(text))) => Field::Text(text),
                _ => Field::Other("text in another encoding than its file states"),
            },
        }
    }

    /// The current row's value as evidence, also where it was not wanted.
    pub(super) fn displayed(&self, column: usize) -> String {
        match self.raw(column) {
            Some(Raw::Text(bytes)) => self.decode(bytes).unwrap_or_else(|| String::from_utf8_lossy(bytes)).into_owned(),
            Some(Raw::Field(field)) => field.displayed(),
            None => String::new(),
        }
    }

    fn decode<'a>(&self, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
        self.encoding.decode_without_bom_handling_and_without_replacement(bytes)
    }

    fn raw(&self, column: usize) -> Option<Raw<'_>> {
        let &DbfColumn { kind, begin, end, .. } = self.columns.get(column)?;
        let bytes = self.row.get(begin..end)?;
        // Padding: spaces, or the zeros of sloppy writers.
        let text = bytes.iter().rposition(|&byte| byte != 0 && byte != b' ').and_then(|last| bytes.get(..=last))?;
        let text = if kind == b'C' { text } else { text.trim_ascii_start() };
        Some(match kind {
            b'C' => Raw::Text(text),
            b'N' | b'F' => number(text)?,
            b'D' => date(text)?,
            b'L' => Raw::Field(match text {
                b"T" | b"t" | b"Y" | b"y" | b"1" => Field::Other("true"),
                b"F" | b"f" | b"N" | b"n" | b"0" => Field::Other("false"),
                _ => return None,
            }),
            b'M' => Raw::Field(Field::Other("a memo")),
            _ => Raw::Field(Field::Other("a value of a kind that is not read here")),
        })
    }
}

/// A number in text; stars stand for one that did not fit.
fn number(text: &[u8]) -> Option<Raw<'_>> {
    if text.iter().all(|&byte| byte == b'*') {
        return None;
    }
    let Ok(plain) = std::str::from_utf8(text) else { return Some(Raw::Text(text)) };
    let whole = plain.parse().map(Field::Integer);
    let number = whole.or_else(|_not_whole| plain.parse().map(Field::Number));
    Some(number.map_or(Raw::Text(text), Raw::Field))
}

/// `YYYYMMDD`; zeros mean null. Any other text is kept for the message.
fn date(text: &[u8]) -> Option<Raw<'_>> {
    if text.iter().all(|&byte| byte == b'0') {
        return None;
    }
    let day = std::str::from_utf8(text).ok().filter(|text| text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()));
    let day = day.and_then(|text| {
        let (year, rest) = text.split_at_checked(4)?;
        let (month, day) = rest.split_at_checked(2)?;
        jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
    });
    Some(day.map_or(Raw::Text(text), |day| Raw::Field(Field::Day(Day::from(day)))))
}

/// The encoding a table's own mark stands for. Without one it is taken for UTF-8, which nothing else passes for.
fn marked(mark: u8) -> &'static Encoding {
    match mark {
        0x03 | 0x57 => WINDOWS_1252,
        0xc8 => encoding_rs::WINDOWS_1250,
        0xc9 => encoding_rs::WINDOWS_1251,
        0x26 | 0x65 => encoding_rs::IBM866,
        _ => UTF_8,
    }
}

/// The encoding that the text of a .cpg file names, such as `UTF-8`, `1252` or `ANSI 1252`.
pub(super) fn named(cpg: &str) -> Option<&'static Encoding> {
    let label = cpg.trim_start_matches('\u{feff}').trim();
    Encoding::for_label(label.as_bytes()).or_else(|| {
        let digits = label.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        let label = match digits {
            "65001" => "UTF-8".to_owned(),
            _ if digits.starts_with("125") => format!("windows-{digits}"),
            _ => format!("iso-8859-{}", digits.strip_prefix("8859")?.trim_start_matches('-')),
        };
        Encoding::for_label(label.as_bytes())
    })
}
