//! Delimited text: settings from the first bytes, the rest is the file.

use tensionmap::unstable::format::FileOptions;
use tensionmap::unstable::ingest::{Dedupe, NaiveTimes, PRESETS, Preset, ReadOptions};

use crate::outcome::{bytes, read, read_twice, same, shown};
use crate::{Choice, scatter};

/// Bytes the library reads at a time when built for the fuzzer.
const BLOCK: usize = 64;

/// A file of delimited text.
pub fn csv(data: &[u8]) {
    let mut choice = Choice(data);
    let mut reading = settings(&mut choice);
    let file = choice.rest();
    let _found = read_twice(&bytes("x.csv", file), &reading);
    reading.dedupe = Dedupe::Off;
    // Which row is the header depends on those below it: from here on it is the first that is not empty.
    let is_empty = |line: &&[u8]| matches!(line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line), b"" | b"\n" | b"\r\n");
    let lines: Vec<&[u8]> = file.split_inclusive(|&byte| byte == b'\n').collect();
    let Some(first) = lines.iter().position(|line| !is_empty(line)) else { return };
    reading.file.header_row = u32::try_from(first + 1).ok();
    let Ok(whole) = read(&bytes("x.csv", file), &reading) else { return };
    let has_header = reading.preset.is_none_or(|preset| preset.name != "gdelt-2");
    let quoted = file.contains(&b'"');
    // Lines that end in CR alone cannot be taken apart here.
    let has_cr_lines = file.iter().enumerate().any(|(at, &byte)| byte == b'\r' && file.get(at + 1) != Some(&b'\n'));
    // A header over several lines, and rows that quotes hold together, cannot be taken apart at line ends.
    if whole.format != "csv" || quoted || has_cr_lines || !has_header || !reading.file.encoding.eq(&Default::default())
    {
        return;
    }
    let (header, rows) = (lines[..=first].concat(), &lines[first + 1..]);
    halves(&header, rows, &reading, &whole);
    // Empty lines are no records, wherever they put the ends of blocks.
    // In a file of one column an empty line is a record.
    if header.ends_with(b"\n") && whole.columns.len() > 1 {
        let padding = vec![b'\n'; 1 + scatter(data) as usize % BLOCK];
        let padded = read(&bytes("x.csv", [&header[..], &padding, &rows.concat()].concat()), &reading);
        same(&whole, &padded.unwrap_or_else(|error| panic!("padded: {}", shown(&error))), "padded");
    }
    // Fields in quotes are the same fields.
    if let Some(delimiter) = reading.file.delimiter.or_else(|| delimiter(lines[0]))
        && !file.contains(&b'\r')
    {
        let quote = |line: &&[u8]| {
            let row = line.strip_suffix(b"\n").unwrap_or(line);
            if row.is_empty() {
                return line.to_vec();
            }
            let fields: Vec<Vec<u8>> =
                row.split(|&byte| byte == delimiter).map(|field| [b"\"", field, b"\""].concat()).collect();
            [&fields.join(&delimiter)[..], b"\n"].concat()
        };
        let all: Vec<u8> = lines.iter().flat_map(quote).collect();
        let all = read(&bytes("x.csv", all), &reading).unwrap_or_else(|error| panic!("quoted: {}", shown(&error)));
        same(&whole, &all, "quoted");
    }
}

/// A file cut in two between rows sums up to the whole, unless a half as a whole is told to be something else.
fn halves(header: &[u8], rows: &[&[u8]], reading: &ReadOptions, whole: &crate::outcome::Read) {
    let (front, back) = rows.split_at(rows.len() / 2);
    let half = |rows: &[&[u8]]| read(&bytes("x.csv", [header, &rows.concat()].concat()), reading);
    let (Ok(front), Ok(back)) = (half(front), half(back)) else { return };
    assert_eq!(whole.read, front.read + back.read, "halves");
    assert_eq!(whole.accepted, front.accepted + back.accepted, "halves");
    assert!(whole.incidents.iter().eq(front.incidents.iter().chain(&back.incidents)), "halves");
}

/// The delimiter of a header that has but one kind of them. Which of several is most frequent the library tells by the first
/// block, and that ends elsewhere where there are quotes.
fn delimiter(header: &[u8]) -> Option<u8> {
    let mut there = b",;\t|".iter().copied().filter(|delimiter| header.contains(delimiter));
    let only = there.next()?;
    there.next().is_none().then_some(only)
}

fn settings(choice: &mut Choice<'_>) -> ReadOptions {
    let format = |text: &str| vec![text.parse().unwrap_or_else(|error| panic!("{error}"))];
    let preset = |index: u8| (index & 1 == 1).then(|| &PRESETS[usize::from(index / 2) % PRESETS.len()]);
    let preset: Option<&'static Preset> = preset(choice.byte());
    let decimal = choice.byte();
    let mut reading = ReadOptions {
        preset,
        file: FileOptions {
            delimiter: choice.of(&[
                None,
                None,
                Some(b','),
                Some(b';'),
                Some(b'\t'),
                Some(b'|'),
                Some(b' '),
                Some(b'/'),
            ]),
            ..FileOptions::default()
        },
        decimal_comma: decimal & 1 == 1,
        naive_times: if decimal & 2 == 2 { NaiveTimes::Utc } else { NaiveTimes::Local },
        zone: crate::time::zone(if decimal & 4 == 4 { "Europe/London" } else { "UTC" }),
        date_format: match choice.byte() % 6 {
            1 => format("%d/%m/%Y"),
            2 => format("%Y%m%d"),
            3 => format("epoch-s"),
            4 => format("epoch-ms"),
            _ => Vec::new(),
        },
        dedupe: choice.of(&[Dedupe::Row, Dedupe::Row, Dedupe::Id, Dedupe::Off]),
        ..ReadOptions::default()
    };
    let encoding = choice.of(&["utf-8", "utf-8", "utf-8", "windows-1252", "utf-16le", "shift_jis"]);
    reading.file.encoding = encoding.parse().unwrap_or_default();
    reading
}
