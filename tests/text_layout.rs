//! Delimited text as people and programs lay it out: titles, totals, blank rows, odd line ends and separators.

use tensionmap::unstable::ingest::ReadOptions;
use tensionmap::{Code, Engine, FileTally, Indicator, Input, sample};

use crate::support::{check_with, csv, shared};

pub(crate) fn check(input: &Input) -> FileTally {
    check_with(input, &ReadOptions::default()).unwrap().0
}

/// Accepted and quarantined records, and how often a warning applies.
fn counts(tally: &FileTally, code: Code) -> (u64, u64, u64) {
    (tally.accepted, tally.quarantined(), tally.warnings.get(&code).copied().unwrap_or(0))
}

const ROWS: &str = "1,2.30,54.7,2026-01-05,asb\n2,2.31,54.7,2026-01-06,asb\n";
const HEADER: &str = "ref,lon,lat,date,category\n";

#[test]
fn a_header_below_titles_is_found_and_said() {
    for (titles, line) in [
        ("", 1),
        ("\"Incidents, first quarter\",,,,\n,,,,\n", 3),
        ("Incidents of the first quarter\n\n", 3),
        ("Council log;\n", 2),
        ("Report:,ASB,,,\nMade,2026-04-01,,,\n", 3),
        ("From,2026-01-01,To,2026-03-31,\n\n", 3),
        ("\"A title\nover two lines\",,,,\n", 3),
    ] {
        let tally = check(&csv("log.csv", &format!("{titles}{HEADER}{ROWS}")));
        assert_eq!((tally.accepted, tally.quarantined()), (2, 0), "{titles:?}");
        let said = tally.notices.iter().find(|notice| notice.contains("the header is line"));
        assert_eq!(said.is_some(), line > 1, "{titles:?}: {:?}", tally.notices);
        assert!(said.is_none_or(|said| said.contains(&format!("line {line};"))), "{said:?}");
    }
    // Places stay those of the file.
    let text = format!("A title\n\n{HEADER}{ROWS}3,,,2026-01-05,asb\n");
    let (_, refused) = check_with(&csv("log.csv", &text), &ReadOptions::default()).unwrap();
    assert_eq!(refused[0].line, Some(6));
}

#[test]
fn the_header_row_may_be_said() {
    let stated = |row: u32, text: &str| {
        let mut reading = ReadOptions::default();
        reading.file.header_row = Some(row);
        check_with(&csv("log.csv", text), &reading)
    };
    let text = format!("lon,lat,date,kind,old\n{HEADER}{ROWS}");
    assert_eq!(check(&csv("log.csv", &text)).read, 3);
    assert_eq!(stated(2, &text).unwrap().0.accepted, 2);
    let error = stated(9, &text).unwrap_err().to_string();
    assert!(error.contains("ends before line 9, which --header-row names"), "{error}");
    // What a message advises works.
    let text = format!("2026,1,2,3,4\n{HEADER}{ROWS}").replace("ref,lon", "ref,Where");
    let error = check_with(&csv("log.csv", &text), &ReadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("no column for the position; found ref, Where, lat"), "{error}");
    let mut reading = ReadOptions::default();
    reading.columns.insert(tensionmap::Role::Longitude, "Where".to_owned());
    assert_eq!(check_with(&csv("log.csv", &text), &reading).unwrap().0.accepted, 2);
}

#[test]
fn blank_rows_totals_and_notes_are_left_out_and_counted() {
    for (rows, code, count) in [
        (",,,,\n", Code::BlankRow, 1),
        (" , ,,\"\",\n,,,,\n", Code::BlankRow, 2),
        ("\u{1a}", Code::BlankRow, 1),
        ("\0\0\0\0", Code::BlankRow, 1),
        ("Total,,,,2\n", Code::AsideRow, 1),
        (",,,Grand total:,2\n", Code::AsideRow, 1),
        ("Total,2\n", Code::AsideRow, 1),
        ("Source: the council\n", Code::AsideRow, 1),
        ("\"Note: some, not all\",,,,\n", Code::AsideRow, 1),
    ] {
        let tally = check(&csv("log.csv", &format!("{HEADER}{ROWS}{rows}")));
        assert_eq!(counts(&tally, code), (2, 0, count), "{rows:?}: {:?}", tally.warnings);
        if rows.contains('\0') {
            continue;
        }
        // They may stand among the rows too.
        let more = ROWS.replace("\n2,", "\n4,").replacen("1,", "3,", 1);
        let tally = check(&csv("log.csv", &format!("{HEADER}{ROWS}{}\n{more}", rows.trim_end_matches('\n'))));
        assert_eq!((tally.read, tally.quarantined()), (4, 0), "{rows:?}");
    }
    // A record of which only the id is left is none of these.
    let tally = check(&csv("log.csv", &format!("{HEADER}{ROWS}3,,,,\n")));
    assert_eq!((tally.accepted, tally.quarantined()), (2, 1));
}

#[test]
fn separators_are_found_and_stated() {
    let semicolons = format!("{HEADER}{ROWS}").replace(',', ";");
    for text in [
        format!("sep=;\n{semicolons}"),
        format!("sep=;\r\n{}", semicolons.replace('\n', "\r\n")),
        format!("\"sep=;\"\n{semicolons}"),
        format!("SEP=,\n{HEADER}{ROWS}"),
        format!("Incidents, first quarter\n\n{semicolons}"),
        // Separators after the last column, in the header, in the rows or both.
        format!("{HEADER}{}", ROWS.replace('\n', ",\n")),
        format!("{}{}", HEADER.replace('\n', ",\n"), ROWS.replace('\n', ",\n")),
        format!("{HEADER}{ROWS}").replace(',', ", "),
        format!("{HEADER}{ROWS}").replace('\n', "\r\r\n"),
    ] {
        let tally = check(&csv("log.csv", &text));
        assert_eq!((tally.accepted, tally.quarantined()), (2, 0), "{text}");
    }
    // More than separators is another row.
    let tally = check(&csv("log.csv", &format!("{HEADER}{}", ROWS.replace('\n', ",x\n"))));
    assert_eq!((tally.accepted, tally.quarantined()), (0, 2));
    let quoted = format!("{HEADER}1,2.3,54.7,2026-01-05, \"asb, noise\"\n{ROWS}");
    let (_, refused) = check_with(&csv("log.csv", &quoted), &ReadOptions::default()).unwrap();
    assert!(refused[0].expected.contains("a quote after a space quotes nothing"), "{}", refused[0]);
}

#[test]
fn line_ends_of_old_macs_are_read() {
    let text = format!("{HEADER}{ROWS}").replace('\n', "\r");
    for text in [text.clone(), text.trim_end().to_owned(), text.replacen("asb", "\"a\nb\"", 1)] {
        let tally = check(&csv("log.csv", &text));
        assert_eq!((tally.accepted, tally.quarantined()), (2, 0), "{text:?}");
        assert!(tally.notices.iter().any(|notice| notice.contains("CR alone")), "{:?}", tally.notices);
    }
    let (_, refused) = check_with(&csv("log.csv", &text.replace("54.7", "x")), &ReadOptions::default()).unwrap();
    assert_eq!(refused[1].line, Some(3));
    // UTF-16 as Excel writes "Unicode text".
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mut reading = ReadOptions::default();
    reading.file.encoding = "utf-16le".parse().unwrap();
    let wide = Input::Bytes("log.txt".into(), [vec![0xff, 0xfe], wide(&text)].concat());
    assert_eq!(check_with(&wide, &reading).unwrap().0.accepted, 2);
}

/// Zeros within a text are no sign of UTF-16.
#[test]
fn zeros_are_told_from_another_encoding() {
    let message = |bytes: Vec<u8>| {
        check_with(&Input::Bytes("log.csv".into(), bytes), &ReadOptions::default()).unwrap_err().to_string()
    };
    let text = format!("{HEADER}{ROWS}").replacen("54.7", "54\0.7", 1);
    let message_of_zero = message(text.into_bytes());
    assert!(message_of_zero.contains("line 2, byte 35: 0x00 is part of no text"), "{message_of_zero}");
    let wide: Vec<u8> = format!("{HEADER}{ROWS}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(message(wide).contains("--encoding utf-16le"));
}

#[test]
fn tables_of_indicators_have_titles_and_totals_too() {
    let areas: serde_json::Value = serde_json::from_str(crate::support::WARDS).unwrap();
    let areas = Input::Bytes("wards.geojson".into(), areas.to_string().into_bytes());
    let table = csv("homes.csv", "Homes by ward,\n\nname,2020,2021\nWest,40,41\nEast,50,51\nTotal,90,92\n");
    let indicator = Indicator::extensive(table, "2021").joined_to(areas, Some("name"));
    let engine = Engine::builder().as_of(sample::AS_OF).area(sample::boundary()).build().unwrap();
    let run = engine.incidents(sample::incidents()).unwrap().indicator(indicator).unwrap().run().unwrap();
    let files: Vec<_> = run.areas.files.iter().filter(|file| file.name == "homes.csv").collect();
    assert_eq!(counts(files[0], Code::AsideRow), (2, 0, 1));
    let total = run.layer.indicators()[0].conservation.as_ref().unwrap().total;
    assert!((total - 92.0).abs() < 1e-9, "{total}");
}

/// Files as they came: each is read in full, or refused by name.
#[test]
fn exports_are_read() {
    for (file, accepted) in [
        ("16-title-rows/asb.csv", 80),
        ("16-title-rows/asb_trailing_total.csv", 80),
        ("45-text-layout/cr_only.csv", 80),
        ("45-text-layout/ctrlz.csv", 80),
        ("45-text-layout/nul_bytes.csv", 80),
        ("45-text-layout/quoted_all_spaces.csv", 80),
        ("45-text-layout/space_after_comma.csv", 80),
        ("45-text-layout/trailing_semicolon.csv", 80),
    ] {
        let Some(path) = shared(&format!("exports/{file}")) else { return };
        let tally = check(&Input::from(&path));
        assert_eq!((tally.accepted, tally.quarantined()), (accepted, 0), "{file}");
    }
    for (file, said) in [
        ("exports/45-text-layout/html_error.csv", "web page"),
        ("exports/45-text-layout/lfs_pointer.csv", "Git LFS"),
        ("exports/45-text-layout/jsonp.js", "JSONP"),
        ("format-cases/binary_with_comma.bin", "begins like a ZIP archive, but is damaged"),
        ("format-cases/binary_without_delimiter.bin", "begins like a ZIP archive, but is damaged"),
    ] {
        let Some(path) = shared(file) else { return };
        let message = check_with(&Input::from(&path), &ReadOptions::default()).unwrap_err().to_string();
        assert!(message.contains(said), "{file}: {message}");
    }
}
