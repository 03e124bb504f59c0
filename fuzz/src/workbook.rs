//! Workbooks of Excel and OpenDocument: as they come, and packed here around one part that is the input.

use std::io::{Cursor, Write};

use tensionmap::unstable::format::FileOptions;
use tensionmap::unstable::ingest::ReadOptions;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::Choice;
use crate::outcome::{bytes, read_twice};

const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const SHEET: &str = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"C1\" t=\"s\"><v>2</v></c></row><row r=\"2\"><c r=\"A2\"><v>2.3</v></c><c r=\"B2\"><v>54.7</v></c><c r=\"C2\" s=\"1\"><v>46027</v></c></row></sheetData></worksheet>";
const TEXTS: &str = "<sst uniqueCount=\"3\"><si><t>lon</t></si><si><t>lat</t></si><si><t>date</t></si></sst>";
const STYLES: &str = "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>";

/// Leaves panics of the decoder of workbooks to the library, which makes them errors of the file; any other ends the program.
pub fn leave_decoder_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|at| at.file().contains("calamine")) {
            usual(panic);
        }
    }));
}

/// A workbook. The first byte says which part of it the rest is, the next ones what is asked for.
pub fn workbook(data: &[u8]) {
    let mut choice = Choice(data);
    let (form, header_row, layer) = (choice.byte() % 7, choice.of(&[None, None, Some(1), Some(3)]), choice.byte() % 4);
    let part = choice.rest();
    let file = FileOptions { header_row, layer: (layer == 1).then(|| "Log".to_owned()), ..FileOptions::default() };
    let reading = ReadOptions { file, ..ReadOptions::default() };
    let whole = match form {
        0 => part.to_vec(),
        1 => spreadsheet(part),
        2 => excel(&[("xl/worksheets/sheet1.xml", part)]),
        3 => excel(&[("xl/sharedStrings.xml", part)]),
        4 => excel(&[("xl/styles.xml", part)]),
        5 => excel(&[("xl/workbook.xml", part)]),
        _ => excel(&[("xl/_rels/workbook.xml.rels", part)]),
    };
    // Old compound files are decoded as a whole, with room for as many cells as they state.
    if !whole.starts_with(&[0xd0, 0xcf]) {
        let _read = read_twice(&bytes("x.xlsx", whole), &reading);
    }
}

/// A workbook of Excel with other parts than the usual ones.
fn excel(other: &[(&str, &[u8])]) -> Vec<u8> {
    let package = format!(
        "<Relationships><Relationship Id=\"r\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let book = format!(
        "<workbook xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"Log\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let related = format!(
        "<Relationships><Relationship Id=\"r1\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    let usual = [
        ("[Content_Types].xml", "<Types/>"),
        ("_rels/.rels", &package),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &related),
        ("xl/styles.xml", STYLES),
        ("xl/sharedStrings.xml", TEXTS),
        ("xl/worksheets/sheet1.xml", SHEET),
    ];
    let part = |(name, text): (&'static str, &str)| {
        let own = other.iter().find(|(other, _)| *other == name);
        (name, own.map_or_else(|| text.as_bytes().to_vec(), |(_, bytes)| bytes.to_vec()))
    };
    packed(usual.map(part))
}

/// A workbook of OpenDocument with this content.
fn spreadsheet(content: &[u8]) -> Vec<u8> {
    packed([
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet".to_vec()),
        ("content.xml", content.to_vec()),
        ("META-INF/manifest.xml", b"<manifest:manifest/>".to_vec()),
    ])
}

/// An archive of members, stored as they are: compression is tested elsewhere.
pub fn packed<'a>(members: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in members {
        // A name that is there already is refused.
        if zip.start_file(name, stored).is_ok() {
            zip.write_all(&bytes).unwrap_or_else(|error| panic!("{error}"));
        }
    }
    zip.finish().unwrap_or_else(|error| panic!("{error}")).into_inner()
}
