//! Workbooks in and out: one sheet of Excel or `OpenDocument` as a table, and tables as workbooks.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use calamine::{Data, Reader, Xlsx};
use tensionmap::unstable::ingest::{ReadOptions, read};
use tensionmap::{Code, Engine, Format, Incident, Indicator, Input, Role, sample};

use crate::archive::zipped;
use crate::support::{check_with, shared, stderr, tensionmap};

/// A cell of a made workbook.
#[derive(Clone, Copy)]
pub(crate) enum C {
    /// Nothing.
    O,
    T(&'static str),
    N(f64),
    /// A date: a serial number with the format of dates.
    D(f64),
    /// An error.
    E(&'static str),
    /// A formula and its saved value.
    F(&'static str, f64),
}
use C::{D, E, F, N, O, T};

pub(crate) type Rows = Vec<Vec<C>>;

fn letter(column: usize) -> char {
    char::from(b'A' + u8::try_from(column).unwrap())
}

/// A sheet of .xlsx, with ranges of merged cells.
pub(crate) fn sheet(rows: &Rows, merged: &[&str]) -> String {
    let cell = |row: usize, column: usize, cell: C| {
        let place = format!("{}{}", letter(column), row + 1);
        match cell {
            O => String::new(),
            T(text) => format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
            N(number) => format!("<c r=\"{place}\"><v>{number}</v></c>"),
            D(number) => format!("<c r=\"{place}\" s=\"1\"><v>{number}</v></c>"),
            E(error) => format!("<c r=\"{place}\" t=\"e\"><v>{error}</v></c>"),
            F(formula, value) => format!("<c r=\"{place}\"><f>{formula}</f><v>{value}</v></c>"),
        }
    };
    let row = |(number, cells): (usize, &Vec<C>)| {
        let cells: String = cells.iter().enumerate().map(|(column, &one)| cell(number, column, one)).collect();
        if cells.is_empty() { cells } else { format!("<row r=\"{}\">{cells}</row>", number + 1) }
    };
    let rows: String = rows.iter().enumerate().map(row).collect();
    let merged: String = merged.iter().map(|range| format!("<mergeCell ref=\"{range}\"/>")).collect();
    let merged = if merged.is_empty() { merged } else { format!("<mergeCells>{merged}</mergeCells>") };
    format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData>{merged}</worksheet>"
    )
}

/// Parts of an .xlsx with these sheets; `properties` are attributes of the workbook.
pub(crate) fn parts(sheets: &[(&str, String)], properties: &str) -> Vec<(String, String)> {
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), "<Types/>".to_owned()),
        (
            "_rels/.rels".to_owned(),
            format!(
                "<Relationships><Relationship Id=\"r\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml".to_owned(),
            "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>".to_owned(),
        ),
    ];
    let (mut listed, mut related) = (String::new(), String::new());
    for (number, (name, xml)) in (1..).zip(sheets) {
        let (name, state) = name.strip_prefix('-').map_or((*name, "visible"), |name| (name, "hidden"));
        listed += &format!("<sheet name=\"{name}\" sheetId=\"{number}\" state=\"{state}\" r:id=\"r{number}\"/>");
        related += &format!(
            "<Relationship Id=\"r{number}\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
        );
        parts.push((format!("xl/worksheets/sheet{number}.xml"), xml.clone()));
    }
    let workbook =
        format!("<workbook xmlns:r=\"{OFFICE}\"><workbookPr {properties}/><sheets>{listed}</sheets></workbook>");
    parts.push(("xl/workbook.xml".to_owned(), workbook));
    parts.push(("xl/_rels/workbook.xml.rels".to_owned(), format!("<Relationships>{related}</Relationships>")));
    parts
}

pub(crate) fn packed(parts: &[(String, String)]) -> Vec<u8> {
    zipped(&parts.iter().map(|(name, text)| (name.as_str(), text)).collect::<Vec<_>>())
}

fn xlsx(sheets: &[(&str, String)]) -> Input {
    Input::Bytes("log.xlsx".into(), packed(&parts(sheets, "")))
}

/// A workbook of `OpenDocument` from the rows of its sheets.
fn ods(sheets: &[(&str, String)]) -> Input {
    let tables: String =
        sheets.iter().map(|(name, rows)| format!("<table:table table:name=\"{name}\">{rows}</table:table>")).collect();
    let content = format!(
        "<office:document-content><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    );
    let members = [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content.as_str()),
        ("META-INF/manifest.xml", "<manifest:manifest/>"),
    ];
    Input::Bytes("log.ods".into(), zipped(&members))
}

/// A record of a workbook of before 2007.
fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &u16::try_from(data.len()).unwrap().to_le_bytes(), data].concat()
}

/// A workbook of before 2007 with one sheet, in a compound file of one stream under this name.
fn xls(rows: &Rows, merged: &[[u16; 4]], stream: &str) -> Vec<u8> {
    let short = |numbers: &[u16]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let xf = |format: u16| record(0xe0, &[short(&[0, format]), vec![0; 16]].concat());
    let bof = |kind: u16| record(0x809, &short(&[0x600, kind, 0, 0, 0, 0, 0, 0]));
    let end = record(0x0a, &[]);
    let bound = |at: usize| {
        let place = u32::try_from(at).unwrap().to_le_bytes();
        record(0x85, &[&place[..], &[0, 0, 3, 0], b"Log"].concat())
    };
    let globals = |at: usize| [bof(5), xf(0), xf(22), bound(at), end.clone()].concat();
    let mut cells = Vec::new();
    for (row, line) in (0..).zip(rows) {
        for (column, &cell) in (0..).zip(line) {
            let at = |format: u16| short(&[row, column, format]);
            cells.push(match cell {
                O => continue,
                T(text) => {
                    let length = u16::try_from(text.len()).unwrap();
                    record(0x204, &[at(0), short(&[length]), vec![0], text.into()].concat())
                }
                N(number) | F(_, number) => record(0x203, &[at(0), number.to_le_bytes().to_vec()].concat()),
                D(number) => record(0x203, &[at(1), number.to_le_bytes().to_vec()].concat()),
                E(_) => record(0x205, &[at(0), vec![0x2a, 1]].concat()),
            });
        }
    }
    let ranges: Vec<u16> = merged.iter().flatten().copied().collect();
    let merged = record(0xe5, &[short(&[u16::try_from(merged.len()).unwrap()]), short(&ranges)].concat());
    let start = globals(0).len();
    let mut book = [globals(start), bof(0x10), cells.concat(), merged, end.clone()].concat();
    book.resize(book.len().max(4096).next_multiple_of(512), 0);
    compound(stream, &book)
}

/// A compound file of one stream.
fn compound(name: &str, stream: &[u8]) -> Vec<u8> {
    const END: u32 = 0xffff_fffe;
    let long = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let mut head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    head.extend([0; 16]);
    head.extend([0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0, 0, 0, 0, 0, 0, 0]);
    head.extend(long(&[0, 1, 1, 0, 4096, END, 0, END, 0, 0]));
    head.resize(512, 0xff);
    let sectors = u32::try_from(stream.len() / 512).unwrap();
    assert!(sectors < 126);
    let chain = (3..2 + sectors).chain([END]);
    let mut table = long(&[0xffff_fffd, END].into_iter().chain(chain).collect::<Vec<u32>>());
    table.resize(512, 0xff);
    let entry = |name: &str, kind: u8, child: u32, start: u32, size: u32| {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry.resize(64, 0);
        entry.extend(u16::try_from(2 * name.len() + 2).unwrap().to_le_bytes());
        entry.extend([kind, 1]);
        entry.extend(long(&[u32::MAX, u32::MAX, child]));
        entry.extend([0; 36]);
        entry.extend(long(&[start, size, 0]));
        entry
    };
    let size = u32::try_from(stream.len()).unwrap();
    let mut folder = [entry("Root Entry", 5, 1, END, 0), entry(name, 2, u32::MAX, 2, size)].concat();
    folder.resize(512, 0);
    [head, table, folder, stream.to_vec()].concat()
}

/// The log of a council: a title, a gap, dates that are merged over rows, an error, a formula, and a total below.
pub(crate) fn log() -> Rows {
    vec![
        vec![T("Incidents, first quarter")],
        vec![],
        vec![T("Ref"), T("Date"), T("Category"), T("Longitude"), T("Latitude")],
        vec![N(1.0), D(46_027.0), T("asb"), N(2.3), N(54.77)],
        vec![N(2.0), O, T("asb"), F("D4+0.01", 2.31), N(54.77)],
        vec![N(3.0), D(46_028.902_083_333_33), T("asb"), E("#N/A"), N(54.77)],
        vec![],
        vec![N(4.0), T("2026-01-09"), T("asb"), N(2.3), N(54.77)],
        vec![T("Total"), O, O, O, N(4.0)],
    ]
}

fn days(input: &Input, reading: &ReadOptions) -> Vec<String> {
    let mut incidents: Vec<Incident> = Vec::new();
    read(input, reading, &mut |batch| incidents.extend(batch.incidents()), &mut |_| Ok(())).unwrap();
    incidents.iter().map(|incident| incident.when.start.to_string()).collect()
}

fn message(input: &Input, reading: &ReadOptions) -> String {
    let error = check_with(input, reading).unwrap_err();
    let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
    error.to_string() + &cause
}

/// What a reader of the log must find, whatever the format.
fn expect_log(input: &Input) {
    let (tally, refused) = check_with(input, &ReadOptions::default()).unwrap();
    assert_eq!((tally.format, tally.read, tally.accepted), ("workbook", 4, 3), "{tally}");
    assert_eq!((refused[0].code, refused[0].line, refused[0].column.as_str()), (Code::CellError, Some(6), "Longitude"));
    assert_eq!(refused[0].value, "#N/A in Log!D6");
    let warnings = [(Code::BlankRow, 1), (Code::AsideRow, 1), (Code::MergedCell, 1)];
    for (code, count) in warnings {
        assert_eq!(tally.warnings.get(&code), Some(&count), "{code}: {:?}", tally.warnings);
    }
    let said = format!("{}: the header is row 3; 2 rows above left out (\"Incidents, first quarter\")", tally.name);
    assert!(tally.notices.iter().any(|notice| notice.starts_with(&said)), "{:?}", tally.notices);
    assert_eq!(days(input, &ReadOptions::default()), ["2026-01-05", "2026-01-05", "2026-01-09"]);
}

#[test]
fn a_council_log_is_read_from_every_format() {
    expect_log(&xlsx(&[("Log", sheet(&log(), &["A1:E1", "B4:B5"]))]));
    expect_log(&Input::Bytes("log.xls".into(), xls(&log(), &[[0, 0, 0, 4], [3, 4, 1, 1]], "Workbook")));
    let text = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let number = |number: f64| {
        format!(
            "<table:table-cell office:value-type=\"float\" office:value=\"{number}\"><text:p>{number}</text:p></table:table-cell>"
        )
    };
    let date = |date: &str, more: &str| {
        format!(
            "<table:table-cell {more} office:value-type=\"date\" office:date-value=\"{date}\"><text:p>x</text:p></table:table-cell>"
        )
    };
    let empty = |count: usize| format!("<table:table-cell table:number-columns-repeated=\"{count}\"/>");
    let error = "<table:table-cell office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\"><text:p>#N/A</text:p></table:table-cell>";
    let names: String = ["Ref", "Date", "Category", "Longitude", "Latitude"].into_iter().map(text).collect();
    let comment = "<table:table-cell office:value-type=\"string\"><office:annotation><text:p>seen</text:p></office:annotation><text:p>asb</text:p></table:table-cell>";
    let rows: String = [
        text("Incidents, first quarter"),
        empty(16_384),
        names,
        number(1.0) + &date("2026-01-05", "table:number-rows-spanned=\"2\"") + comment + &number(2.3) + &number(54.77),
        number(2.0) + "<table:covered-table-cell/>" + &text("asb") + &number(2.31) + &number(54.77),
        number(3.0) + &date("2026-01-06T21:39:00", "") + &text("asb") + error + &number(54.77),
        empty(3),
        number(4.0) + &text("2026-01-09") + &text("asb") + &number(2.3) + &number(54.77),
        text("Total") + &empty(3) + &number(4.0),
    ]
    .iter()
    .map(|cells| format!("<table:table-row>{cells}</table:table-row>"))
    .collect();
    let tail = "<table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>";
    expect_log(&ods(&[("Log", rows + tail)]));
}

#[test]
fn dates_of_1904_are_four_years_later() {
    let mut rows = log();
    rows.truncate(4);
    rows[3][1] = D(44_565.0);
    let parts = parts(&[("Log", sheet(&rows, &[]))], "date1904=\"1\"");
    assert_eq!(days(&Input::Bytes("log.xlsx".into(), packed(&parts)), &ReadOptions::default()), ["2026-01-05"]);
}

#[test]
fn the_sheet_with_reports_is_chosen_or_named() {
    let cover = sheet(&vec![vec![T("Author"), T("A. N. Other")], vec![T("Made"), T("in spring")]], &[]);
    let codes = sheet(&vec![vec![T("Code"), T("Meaning")], vec![T("asb"), T("behaviour")]], &[]);
    let reports = sheet(&log(), &[]);
    let chosen =
        xlsx(&[("About", cover), ("Log", reports.clone()), ("Codes", codes.clone()), ("-Old", reports.clone())]);
    let (tally, _) = check_with(&chosen, &ReadOptions::default()).unwrap();
    let said = "log.xlsx: sheet \"Log\" is read, the only one of 3 with such a table (hidden sheets are read only by name: \"Old\")";
    assert!(tally.notices.iter().any(|notice| notice == said), "{:?}", tally.notices);

    let two = xlsx(&[("January", reports.clone()), ("February", reports.clone()), ("Codes", codes)]);
    let error = message(&two, &ReadOptions::default());
    assert!(error.contains("has several sheets with a table: \"January\", \"February\"; choose one"), "{error}");
    let mut reading = ReadOptions::default();
    for (name, sheet) in [("February", Some("February")), ("february ", Some("February")), ("March", None)] {
        reading.file.layer = Some(name.to_owned());
        if sheet.is_some() {
            assert_eq!(check_with(&two, &reading).unwrap().0.accepted, 2);
            continue;
        }
        let error = message(&two, &reading);
        assert!(error.contains("has no sheet \"March\"; it has \"January\", \"February\", \"Codes\""), "{error}");
    }
    let none = xlsx(&[("Empty", sheet(&vec![], &[]))]);
    assert!(message(&none, &ReadOptions::default()).contains("has no sheet with a header and rows below it"));
}

#[test]
fn the_header_row_may_be_said() {
    let mut rows = log();
    rows[0] = vec![T("Ref"), T("Date"), T("Category"), T("Longitude"), T("Latitude")];
    let input = xlsx(&[("Log", sheet(&rows, &[]))]);
    let mut reading = ReadOptions::default();
    assert_eq!(check_with(&input, &reading).unwrap().0.notices.len(), 0);
    reading.file.header_row = Some(3);
    assert_eq!(check_with(&input, &reading).unwrap().0.accepted, 2);
    reading.file.header_row = Some(2);
    assert!(message(&input, &reading).contains("row 2 of sheet \"Log\", which --header-row names, is empty"));
}

/// A group of columns has its name above them, and is merged.
#[test]
fn a_header_of_two_rows_is_one() {
    let mut rows = log();
    rows[1] = vec![T("Ref"), T("When"), T("What"), T("Where"), O];
    rows[2] = vec![O, T("Date"), T("Category"), T("Longitude"), T("Latitude")];
    let input = xlsx(&[("Log", sheet(&rows, &["A2:A3", "D2:E2"]))]);
    let (tally, _) = check_with(&input, &ReadOptions::default()).unwrap();
    assert_eq!(tally.accepted, 2);
    assert!(tally.columns.contains(&(Role::Id, "Ref".to_owned())), "{:?}", tally.columns);
}

#[test]
fn two_tables_of_a_sheet_are_told_apart() {
    let mut aside = log();
    for (row, cells) in [(2, [T("Date"), T("Meaning")]), (3, [T("x"), T("y")])] {
        aside[row].extend([O, cells[0], cells[1]]);
    }
    let (tally, _) = check_with(&xlsx(&[("Log", sheet(&aside, &[]))]), &ReadOptions::default()).unwrap();
    assert_eq!(tally.accepted, 2);
    let said = "log.xlsx: columns A to E of sheet \"Log\" are read; beyond an empty column there is another table";
    assert!(tally.notices.iter().any(|notice| notice == said), "{:?}", tally.notices);

    let mut below = log();
    below.extend([
        vec![],
        vec![T("Date"), T("Easting"), T("Northing")],
        vec![T("2026-01-05"), N(458_276.0), N(304_280.0)],
    ]);
    let input = xlsx(&[("Log", sheet(&below, &[]))]);
    let error = message(&input, &ReadOptions::default());
    assert!(
        error.contains("has a second table in sheet \"Log\", from row 11 on") && error.contains("--header-row 11"),
        "{error}"
    );
    let mut reading = ReadOptions::default();
    reading.file.header_row = Some(11);
    assert_eq!(check_with(&input, &reading).unwrap().0.accepted, 1);
}

#[test]
fn what_is_no_workbook_to_read_is_named() {
    let plain = ReadOptions::default();
    let encrypted = Input::Bytes("log.xlsx".into(), xls(&log(), &[], "EncryptedPackage"));
    assert!(message(&encrypted, &plain).contains("is encrypted; open it with its password"));
    let other = Input::Bytes("letter.doc".into(), xls(&log(), &[], "WordDocument"));
    assert!(message(&other, &plain).contains("is an old Office file, but not a workbook"));
    let manifest = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>";
    let members = [("mimetype", "x"), ("content.xml", "sealed"), ("META-INF/manifest.xml", manifest)];
    let sealed = Input::Bytes("log.ods".into(), zipped(&members));
    assert!(message(&sealed, &plain).contains("is encrypted; open it with its password"));
    let letter = Input::Bytes(
        "letter.docx".into(),
        zipped(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<w/>")]),
    );
    assert!(message(&letter, &plain).contains("is an office document, but not a workbook"));
    let html = Input::Bytes("log.xls".into(), b"<html><body><table><tr><td>date</td></tr></table>".to_vec());
    assert!(message(&html, &plain).contains("is a table as a web page or XML, as some programs save"));

    // Macros are there, and stay there.
    let mut macros = parts(&[("Log", sheet(&log(), &[]))], "");
    macros.push(("xl/vbaProject.bin".to_owned(), "Shell \"rm\"".to_owned()));
    let (tally, _) = check_with(&Input::Bytes("log.xlsm".into(), packed(&macros)), &plain).unwrap();
    assert_eq!((tally.accepted, tally.notices[0].as_str()), (2, "log.xlsm: has macros, which are not run"));
}

/// Files that were made to break their reader: an error each, and no memory that they do not hold.
#[test]
fn damage_is_an_error_of_the_file() {
    let plain = ReadOptions::default();
    let mut many = parts(&[("Log", sheet(&log(), &[]))], "");
    many.push((
        "xl/sharedStrings.xml".to_owned(),
        "<sst uniqueCount=\"99999999999999\"><si><t>x</t></si></sst>".to_owned(),
    ));
    assert!(
        message(&Input::Bytes("log.xlsx".into(), packed(&many)), &plain).contains("it states 99999999999999 texts")
    );
    let mut swollen = parts(&[("Log", sheet(&log(), &[]))], "");
    swollen.push(("xl/sharedStrings.xml".to_owned(), "<sst>".to_owned() + &" ".repeat(32 << 20)));
    assert!(
        message(&Input::Bytes("log.xlsx".into(), packed(&swollen)), &plain)
            .contains("compressed bytes became more than")
    );
    let wide =
        "<table:table-cell office:value-type=\"float\" office:value=\"1\" table:number-columns-repeated=\"16384\"/>";
    let rows = format!("<table:table-row table:number-rows-repeated=\"1048576\">{wide}</table:table-row>");
    assert!(message(&ods(&[("Log", rows)]), &plain).contains("it repeats cells millions of times"));
    for whole in [packed(&parts(&[("Log", sheet(&log(), &[]))], "")), xls(&log(), &[], "Workbook")] {
        for at in (0..whole.len()).step_by(37) {
            let mut spoilt = whole.clone();
            spoilt[at] ^= 0x55;
            drop(check_with(&Input::Bytes("log.xlsx".into(), spoilt), &plain));
            drop(check_with(&Input::Bytes("log.xlsx".into(), whole[..at].to_vec()), &plain));
        }
    }
}

/// Indicators and assessments come from sheets too, and from an archive of one.
#[test]
fn tables_of_every_role_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, rows: Rows| {
        let bytes = packed(&parts(&[("Table", sheet(&rows, &[]))], ""));
        std::fs::write(folder.path().join(name), bytes).unwrap();
    };
    let homes = vec![
        vec![T("Homes")],
        vec![T("name"), N(2020.0), N(2021.0)],
        vec![T("West"), N(40.0), N(41.0)],
        vec![T("East"), N(50.0), N(51.0)],
        vec![T("Total"), N(90.0), N(92.0)],
    ];
    put("homes.xlsx", homes);
    let engine = || Engine::builder().as_of(sample::AS_OF).area(sample::boundary());
    let run = engine().build().unwrap().incidents(sample::incidents()).unwrap().run().unwrap();
    let cell: &'static str = Box::leak(run.scores.standing_out()[0].cell.to_string().into_boxed_str());
    put(
        "levels.xlsx",
        vec![
            vec![T("cell"), T("level"), T("assessor"), T("reason"), T("date")],
            vec![T(cell), N(2.0), T("J. Doe"), T("posts name a date"), D(46_070.0)],
        ],
    );
    let wards = Input::Bytes("wards.geojson".into(), crate::support::WARDS.as_bytes().to_vec());
    let homes = Indicator::extensive(folder.path().join("homes.xlsx"), "2021").joined_to(wards, Some("name"));
    let engine = engine().assessments(folder.path().join("levels.xlsx")).build().unwrap();
    let run = engine.incidents(sample::incidents()).unwrap().indicator(homes).unwrap().run().unwrap();
    let total = run.layer.indicators()[0].conservation.as_ref().unwrap().total;
    assert!((total - 92.0).abs() < 1e-9, "{total}");
    assert_eq!(run.layer.assessments().unwrap().entries.len(), 1);
}

/// Cells of a sheet by name, as Excel would read them.
fn cells(bytes: &[u8], sheet: &str) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    book.worksheet_range(sheet).unwrap().rows().map(<[Data]>::to_vec).collect()
}

#[test]
fn a_layer_is_a_workbook_with_typed_columns() {
    let engine = Engine::builder().as_of(sample::AS_OF).area(sample::boundary()).title("=1+1").build().unwrap();
    let run = engine.incidents(sample::incidents()).unwrap().run().unwrap();
    let bytes = run.encode(Format::Xlsx).unwrap();
    let rows = cells(&bytes, "Scores");
    let columns = run.layer.columns();
    assert_eq!(rows.len(), run.scores.cells.len() + 1);
    let names: Vec<String> = rows[0].iter().map(ToString::to_string).collect();
    assert_eq!(names, columns.iter().map(|column| column.name.to_string()).collect::<Vec<_>>());
    let place = |name: &str| names.iter().position(|other| other == name).unwrap();
    let (text, whole, real, date) = (place("h3"), place("level"), place("score"), place("as_of"));
    for row in &rows[1..] {
        assert!(matches!(row[text], Data::String(_)) && matches!(row[whole], Data::Float(_) | Data::Empty), "{row:?}");
        assert!(matches!(row[real], Data::Float(_) | Data::Empty), "{row:?}");
        let Data::DateTime(at) = &row[date] else { panic!("{row:?}") };
        assert_eq!(at.to_ymd_hms_milli(), (2026, 3, 2, 0, 0, 0, 0));
    }
    let about = cells(&bytes, "About");
    let of = |name: &str| about.iter().find(|row| row[0] == *name).unwrap_or_else(|| panic!("{name}"));
    // A title that looks like a formula is text.
    assert_eq!(about[0][0], "=1+1");
    assert_eq!(about[1][0], "OFFICIAL-SENSITIVE");
    for column in &columns {
        assert_eq!(of(&column.name)[2], *column.about, "{}", column.name);
    }
    assert_eq!(of("as_of").len(), 3);
    assert!(about.iter().any(|row| row[0] == "method" && row[2] == "tension-2"));
    // The header stays in view and filters; levels have their colours.
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut part = |name: &str| std::io::read_to_string(zip.by_name(name).unwrap()).unwrap();
    let table = part("xl/worksheets/sheet1.xml");
    assert!(table.contains("state=\"frozen\"") && table.contains("<autoFilter ref=\"A1:"), "{}", &table[..600]);
    assert!(table.contains("OFFICIAL-SENSITIVE") && !table.contains("<f>"));
    let styles = part("xl/styles.xml");
    let class = run.layer.symbols()[0].colour.map(|channel| format!("{channel:02X}")).concat();
    assert!(styles.contains(&format!("FF{class}")), "{class}");
}

#[test]
fn every_table_is_written_as_a_workbook_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wards.geojson"), crate::support::WARDS).unwrap();
    let log = crate::support::own("data/incidents.csv").display().to_string();
    for (args, sheet) in [
        (&["map", &log][..], "Scores"),
        (&["rollup", &log, "--areas", "wards.geojson", "--key", "name", "--name", "name"], "Scores"),
        (&["series", &log, "--from", "2026-02-16", "--to", "2026-03-02", "--every", "week"], "Series"),
        (&["coverage", &log], "Coverage"),
    ] {
        let more = ["--as-of", "2026-03-02", "--max-rejects", "5%", "-o", "table.xlsx", "-o", "table.csv"];
        let more = if args[0] == "series" { &more[2..] } else { &more };
        let output = tensionmap(folder.path(), &[args, more].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        let text = std::fs::read_to_string(folder.path().join("table.csv")).unwrap();
        let rows = cells(&std::fs::read(folder.path().join("table.xlsx")).unwrap(), sheet);
        assert_eq!(rows.len(), text.lines().count(), "{}", args[0]);
        let names: Vec<String> = rows[0].iter().map(ToString::to_string).collect();
        assert_eq!(names.join(","), text.lines().next().unwrap(), "{}", args[0]);
    }
    // Cells with their scores are an indicator as they are.
    let made =
        tensionmap(folder.path(), &["map", &log, "--as-of", "2026-03-02", "--max-rejects", "5%", "-o", "table.xlsx"]);
    assert!(made.status.success(), "{}", stderr(&made));
    let again = ["map", &log, "--as-of", "2026-03-02", "--max-rejects", "5%", "-o", "again.csv"];
    let again =
        tensionmap(folder.path(), &[&again[..], &["--indicator", "table.xlsx:score:intensive,name=before"]].concat());
    assert!(again.status.success(), "{}", stderr(&again));
}

/// The log of a council as it came.
#[test]
fn exports_are_read() {
    for name in ["log.xlsx", "log.ods"] {
        let Some(path) = shared(&format!("exports/04-xlsx/{name}")) else { return };
        let columns = BTreeMap::from([(Role::Date, "Date Reported".to_owned())]);
        let reading = ReadOptions { columns, ..ReadOptions::default() };
        let (tally, _) = check_with(&Input::from(&path), &reading).unwrap();
        assert_eq!((tally.accepted, tally.quarantined()), (80, 0), "{name}");
    }
}

/// One report of many rows, in a file on disk: read as a stream.
#[test]
fn a_file_on_disk_is_read_row_by_row() {
    const ROWS: u32 = 20_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.xlsx");
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, name) in (0..).zip(["id", "date", "lon", "lat"]) {
        sheet.write_string(0, column, name).unwrap();
    }
    for row in 1..=ROWS {
        sheet.write_number(row, 0, row).unwrap();
        sheet.write_string(row, 1, "2026-01-05").unwrap();
        sheet.write_number(row, 2, 2.3).unwrap();
        sheet.write_number(row, 3, 54.77).unwrap();
    }
    workbook.save(&path).unwrap();
    let (tally, _) = check_with(&Input::from(&path as &Path), &ReadOptions::default()).unwrap();
    assert_eq!((tally.accepted, tally.quarantined()), (u64::from(ROWS), 0));
}
