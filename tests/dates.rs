//! Dates as text, from ISO 8601 and stated formats to local days.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use tensionmap::Code;
use tensionmap::Day;
use tensionmap::unstable::ingest::DateFormat;
use tensionmap::unstable::ingest::time::parse;

use crate::support::{shared, stderr, stdout, tensionmap};

fn london(text: &str, format: Option<&DateFormat>) -> Result<(String, i32), Code> {
    let london = TimeZone::get("Europe/London").expect("bundled");
    parse(text, &london, format.map(std::slice::from_ref).unwrap_or_default())
        .map(|when| (when.start.to_string(), when.days()))
        .map_err(|fault| fault.code)
}

#[test]
fn dates_months_and_moments_are_their_local_days() {
    for (text, start, length) in [
        ("2022-09-17", "2022-09-17", 1),
        (" 2022-09-17 ", "2022-09-17", 1),
        ("2022-09", "2022-09-01", 30),
        ("2024-02", "2024-02-01", 29),
        ("2022", "2022-01-01", 365),
        ("2022-09-17T21:30", "2022-09-17", 1),
        ("2022-09-17T21:30:00", "2022-09-17", 1),
        ("2022-09-17 21:30:00.000", "2022-09-17", 1),
        // 23:30 UTC is half past midnight the next day in British Summer Time, and the same day in winter.
        ("2022-09-17T23:30:00Z", "2022-09-18", 1),
        ("2022-01-17T23:30:00Z", "2022-01-17", 1),
        ("2022-09-17T23:30:00+02:00", "2022-09-17", 1),
        ("2022-09-17T23:30:00.123456789+0000", "2022-09-18", 1),
        ("2022-09-17T23:30:00[America/New_York]", "2022-09-18", 1),
        ("2026-06-30T23:59:60Z", "2026-07-01", 1),
        // Before 1970 fractions of a second still lie after it.
        ("1965-01-31T23:59:59,5Z", "1965-01-31", 1),
        ("1965-01-31T23:59:59,5", "1965-01-31", 1),
        ("1965-01-31T23:59:59.5+00:00[Europe/London]", "1965-01-31", 1),
        ("9999-12-30", "9999-12-30", 1),
    ] {
        assert_eq!(london(text, None), Ok((start.to_owned(), length)), "{text}");
    }
}

#[test]
fn what_could_be_misread_is_an_error() {
    for (text, code) in [
        ("", Code::NoTime),
        ("01/02/2026", Code::AmbiguousDate),
        ("1.2.26", Code::AmbiguousDate),
        ("13/02/2026", Code::BadDate),
        // No order of day and month reads what follows.
        ("09/06/2025 +1", Code::BadDate),
        ("09/06/2025 25:00", Code::BadDate),
        ("09/06/2025 (evening)", Code::BadDate),
        ("09/06-2025", Code::BadDate),
        ("09/06/2025 21:39", Code::AmbiguousDate),
        ("09/06/2025, 21:39", Code::AmbiguousDate),
        ("09.06.2025 9:39:00 PM", Code::AmbiguousDate),
        ("09/06/2025T21:39:00Z", Code::AmbiguousDate),
        ("17 September 2022", Code::BadDate),
        ("2022-13", Code::BadDate),
        ("2022-02-30", Code::BadDate),
        ("44821", Code::BadDate),
        ("1756684800", Code::BadDate),
        ("20220917x", Code::BadDate),
        ("2022-09-17T23:30:00[Mars/Base]", Code::BadDate),
        ("2026-W36-2", Code::BadDate),
        ("2026-09-01T24:00:00Z", Code::BadDate),
        ("1969-12-31T23:59.18", Code::BadDate),
        ("0000-00-00", Code::BadDate),
        ("+024-01", Code::BadDate),
        ("9999-12", Code::BadDate),
        ("-000001-01-01", Code::BadDate),
        ("2026-03-29T01:30:00", Code::DstGap),
    ] {
        assert_eq!(london(text, None), Err(code), "{text}");
    }
    assert_eq!(london("2026-10-25T01:30:00", None), Ok(("2026-10-25".to_owned(), 1)));
}

proptest! {
    /// The short way to a day agrees with the library's calendar and time zones.
    #[test]
    fn jiff_agrees(seconds in -2_208_988_800_i64..7_000_000_000, minutes in -14 * 60_i32..14 * 60) {
        let london = TimeZone::get("Europe/London").expect("bundled");
        let instant = Timestamp::from_second(seconds).expect("in range");
        let day = |date: Date| (Day::from(date).to_string(), 1);
        prop_assert_eq!(london_day(&instant.to_string()), day(london.to_datetime(instant).date()));
        let offset = jiff::tz::Offset::from_seconds(minutes * 60).expect("in range");
        let text = instant.display_with_offset(offset).to_string();
        prop_assert_eq!(london_day(&text), day(london.to_datetime(instant).date()));
        let local = london.to_datetime(instant);
        if seconds % 3 == 0 {
            prop_assert_eq!(london_day(&local.to_string()), day(local.date()));
        }
    }
}

fn london_day(text: &str) -> (String, i32) {
    london(text, None).expect("a moment")
}

#[test]
fn a_stated_format_is_followed_and_nothing_else() {
    let london = TimeZone::get("Europe/London").expect("bundled");
    let format = |text: &str| text.parse::<DateFormat>().expect("usable");
    for (pattern, text, expected) in [
        ("%d/%m/%Y", "01/02/2026", Ok("2026-02-01")),
        ("%d/%m/%Y", "2026-02-01", Err(Code::BadDate)),
        ("%m/%d/%Y %H:%M", "01/02/2026 23:30", Ok("2026-01-02")),
        ("%d %B %Y", "31 January 2023", Ok("2023-01-31")),
        ("%Y%m%d", "20230131", Ok("2023-01-31")),
        ("epoch-s", "1756684800", Ok("2025-09-01")),
        ("epoch-ms", "1756684800000", Ok("2025-09-01")),
        ("epoch-s", "2026-02-01", Err(Code::BadDate)),
    ] {
        let found = parse(text, &london, &[format(pattern)]);
        let found = found.map(|when| when.start.to_string()).map_err(|fault| fault.code);
        assert_eq!(found, expected.map(str::to_owned), "{pattern} {text}");
    }
    for wrong in ["dd/mm/yyyy", "%", "%H:%Q", "epoch"] {
        assert!(wrong.parse::<DateFormat>().is_err(), "{wrong}");
    }
}

/// The stated format of a text, the first day it gives, and how many.
const STATED: [(&str, &str, &str, i32); 22] = [
    ("09/06/2025 21:39", "%d/%m/%Y %H:%M", "2025-06-09", 1),
    ("06/09/2025 09:39:00 PM", "%m/%d/%Y %I:%M:%S %p", "2025-06-09", 1),
    ("9.6.2025", "%d.%m.%Y", "2025-06-09", 1),
    ("09 Sept 2025", "%d %b %Y", "2025-09-09", 1),
    ("Jun-25", "%b-%y", "2025-06-01", 30),
    ("June 2025", "%B %Y", "2025-06-01", 30),
    ("06/2025", "%m/%Y", "2025-06-01", 30),
    ("202506", "%Y%m", "2025-06-01", 30),
    ("45817", "excel", "2025-06-09", 1),
    ("45817.90208", "excel", "2025-06-09", 1),
    // The last second of a day belongs to it, and half a second later is the next day's.
    ("45817.99999", "excel", "2025-06-09", 1),
    ("2025/26", "financial-year", "2025-04-01", 365),
    ("2023-2024", "financial-year", "2023-04-01", 366),
    ("1999/00", "financial-year", "1999-04-01", 366),
    // 23:30 in Greenwich is half past midnight in summer.
    ("2025/06/09 23:30:00+00", "%Y/%m/%d %H:%M:%S%z", "2025-06-10", 1),
    ("2025/06/09 23:30:00 +01:00", "%Y/%m/%d %H:%M:%S %z", "2025-06-09", 1),
    ("2025-06-09 23:30:00 UTC", "%Y-%m-%d %H:%M:%S %z", "2025-06-10", 1),
    ("2025-06-09 23:30:00Z", "%Y-%m-%d %H:%M:%S%z", "2025-06-10", 1),
    ("Mon, 09 Jun 2025 23:30:00 GMT", "%a, %d %b %Y %H:%M:%S %z", "2025-06-10", 1),
    ("Mon Jun 09 2025 23:30:00 GMT+0000 (UTC)", "%a %b %d %Y %H:%M:%S %z", "2025-06-10", 1),
    ("2025-06-09 23:30:00.000 Europe/London", "%Y-%m-%d %H:%M:%S%.f %Q", "2025-06-09", 1),
    ("2025-06-09 23:30:00 America/New_York", "%Y-%m-%d %H:%M:%S %Q", "2025-06-10", 1),
];

#[test]
fn stated_forms_are_read_as_they_say() {
    for (text, format, start, length) in STATED {
        let format: DateFormat = format.parse().unwrap();
        assert_eq!(london(text, Some(&format)), Ok((start.to_owned(), length)), "{text}");
    }
    for (text, format) in [
        ("60", "excel"),
        ("-1", "excel"),
        ("1e9", "excel"),
        ("NaN", "excel"),
        ("2025/27", "financial-year"),
        ("2025/6", "financial-year"),
        ("25/26", "financial-year"),
        ("2025/06/09 23:30:00", "%Y/%m/%d %H:%M:%S%z"),
        ("2025/06/09 23:30:00 +1", "%Y/%m/%d %H:%M:%S %z"),
        ("2025/06/09 23:30:00 +100", "%Y/%m/%d %H:%M:%S %z"),
        ("Sept", "%b-%y"),
        ("June 2025", "%b-%y %d"),
    ] {
        assert_eq!(london(text, Some(&format.parse().unwrap())).unwrap_err(), Code::BadDate, "{text}");
    }
    for format in ["%H:%M", "%Y", "excle", "%q"] {
        let error = format.parse::<DateFormat>().unwrap_err().to_string();
        assert!(error.contains("%d/%m/%Y or %b-%y"), "{error}");
    }
}

#[test]
fn weeks_and_quarters_cover_their_days() {
    for (text, start, length) in [
        ("2025-W24", "2025-06-09", 7),
        ("2020-W53", "2020-12-28", 7),
        ("2025-Q2", "2025-04-01", 91),
        ("2024-Q1", "2024-01-01", 91),
    ] {
        assert_eq!(london(text, None), Ok((start.to_owned(), length)), "{text}");
    }
    for text in
        ["2025-W54", "2025-W00", "2025-Q5", "2025-Q0", "2025-Q", "2025-", "2025-é", "2025-Wé", "2025-W1", "2025-Q02"]
    {
        assert_eq!(london(text, None).unwrap_err(), Code::BadDate, "{text}");
    }
}

/// A date that is not read has the format that reads it in its message, in full; obeyed, it works.
#[test]
fn the_format_that_fits_is_proposed_in_full() {
    let zone = TimeZone::get("Europe/London").unwrap();
    let expected = |text: &str, format: Option<&DateFormat>| {
        parse(text, &zone, format.map(std::slice::from_ref).unwrap_or_default()).unwrap_err().expected
    };
    // One is ISO 8601 all the same.
    let others = STATED.iter().filter(|(text, ..)| london(text, None).is_err());
    assert_eq!(others.clone().count(), STATED.len() - 1);
    for &(text, format, start, length) in others {
        let said = expected(text, None);
        let named = said.split("--date-format ").nth(1).unwrap_or_else(|| panic!("{text}: {said}"));
        let ways: Vec<String> = named
            .trim_end_matches(" reads this one")
            .split(" or ")
            .map(|way| way.trim_matches('"').to_owned())
            .collect();
        let read = |way: &String| london(text, Some(&way.parse().unwrap()));
        assert!(ways.iter().any(|way| read(way) == Ok((start.to_owned(), length))), "{text}, {format}: {said}");
    }
    assert_eq!(
        expected("09/06/2025 21:39", None),
        "a date that reads one way only; say which with --date-format \"%d/%m/%Y %H:%M\" or \"%m/%d/%Y %H:%M\""
    );
    let day = "%d/%m/%Y".parse().unwrap();
    assert_eq!(
        expected("29/06/2025 21:39", Some(&day)),
        "a date that --date-format %d/%m/%Y reads; --date-format \"%d/%m/%Y %H:%M\" reads this one"
    );
    assert_eq!(expected("soon", Some(&day)), "a date that --date-format %d/%m/%Y reads");
    assert!(expected("soon", None).starts_with("ISO 8601: "));
}

/// Files as offices export them: each is read as it is, or by a format that its message names.
#[test]
fn the_advice_on_dates_of_real_exports_works_when_obeyed() {
    let Some(exports) = shared("exports") else { return };
    let mut files: Vec<_> =
        std::fs::read_dir(exports.join("17-odd-dates")).unwrap().map(|file| file.unwrap().path()).collect();
    files.extend(["15-uk-ddmmyyyy/asb.csv", "06-chicago-csv/chicago.csv"].map(|file| exports.join(file)));
    files.sort();
    let mut obeyed = 0;
    for file in &files {
        let file = file.to_str().unwrap();
        let output = tensionmap(&exports, &["check", file]);
        if output.status.success() {
            continue;
        }
        let said = stdout(&output) + &stderr(&output);
        let advice = said.lines().filter_map(|line| line.split_once("--date-format "));
        let ways = advice.flat_map(|(_, named)| named.trim_end_matches(" reads this one").split(" or "));
        let works =
            |way: &str| tensionmap(&exports, &["check", file, "--date-format", way.trim_matches('"')]).status.success();
        let found = ways.map(str::to_owned).find(|way| works(way));
        assert!(found.is_some(), "{file}: {said}");
        obeyed += 1;
    }
    assert!(obeyed > 12, "{obeyed} of {}", files.len());
}

/// Both ways that an ambiguous date is said to have read it.
#[test]
fn the_two_ways_of_an_ambiguous_date_read_it() {
    let zone = TimeZone::get("Europe/London").unwrap();
    for date in ["09/06/2025", "9.6.25", "09-06-2025"] {
        for rest in
            ["", " 21:39", " 21:39:07", ", 21:39", " 09:39 PM", "T21:39:00", " 21:39:00 +01:00", " 21:39 Europe/London"]
        {
            let text = format!("{date}{rest}");
            let fault = parse(&text, &zone, &[]).unwrap_err();
            assert_eq!(fault.code, Code::AmbiguousDate, "{text}");
            let ways = fault.expected.split("--date-format ").nth(1).unwrap().split(" or ");
            let days: Vec<_> = ways.map(|way| london(&text, Some(&way.trim_matches('"').parse().unwrap()))).collect();
            assert!(
                days.len() == 2 && days.iter().all(Result::is_ok) && days[0] != days[1],
                "{text}: {}",
                fault.expected
            );
        }
    }
}

#[test]
fn several_formats_are_tried_in_order() {
    let zone = TimeZone::get("Europe/London").unwrap();
    let formats = |texts: &[&str]| -> Vec<DateFormat> { texts.iter().map(|text| text.parse().unwrap()).collect() };
    for (stated, text, expected) in [
        (&["%d/%m/%Y", "%d/%m/%Y %H:%M"][..], "09/06/2025 21:39", Ok("2025-06-09")),
        (&["%d/%m/%Y", "%d/%m/%Y %H:%M"], "09/06/2025", Ok("2025-06-09")),
        (&["%d/%m/%Y", "excel"], "45817", Ok("2025-06-09")),
        (&["%d/%m/%Y", "%d/%m/%y"], "09/06/25", Ok("2025-06-09")),
        (&["%d/%m/%Y", "%Y-%m-%d"], "2025-06-09", Ok("2025-06-09")),
        (&["%d/%m/%Y", "%m/%d/%Y"], "29/06/2025", Ok("2025-06-29")),
        (&["%d/%m/%Y", "%m/%d/%Y"], "06/06/2025", Ok("2025-06-06")),
        // Read differently by two, it is nobody's guess.
        (&["%d/%m/%Y", "%m/%d/%Y"], "09/06/2025", Err(Code::AmbiguousDate)),
        (&["%d/%m/%Y", "excel"], "9 June", Err(Code::BadDate)),
    ] {
        let found = parse(text, &zone, &formats(stated)).map(|when| when.start.to_string()).map_err(|fault| fault.code);
        assert_eq!(found, expected.map(str::to_owned), "{stated:?} {text}");
    }
    let said = parse("soon", &zone, &formats(&["%d/%m/%Y", "excel"])).unwrap_err().expected;
    assert_eq!(said, "a date that --date-format %d/%m/%Y or excel reads");
    // As flags, in a file, and for one input.
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    put("a.csv", "lon,lat,date\n-1.1,52.6,09/06/2025\n-1.1,52.6,45817\n");
    put("one.toml", "date-format = \"%d/%m/%Y\"");
    put("two.toml", "date-format = [\"%d/%m/%Y\", \"excel\"]");
    for (args, code) in [
        (&["a.csv", "--date-format", "%d/%m/%Y"][..], 3),
        (&["a.csv", "--date-format", "%d/%m/%Y", "--date-format", "excel"], 0),
        (&["a.csv", "--config", "one.toml"], 3),
        (&["a.csv", "--config", "two.toml"], 0),
        (&["a.csv,date-format=%d/%m/%Y,date-format=excel"], 0),
    ] {
        let output = tensionmap(folder.path(), &[&["check"], args].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
    }
}

/// Days of a file, one a record, or what was said.
fn days(folder: &std::path::Path, text: &str, args: &[&str]) -> Result<Vec<String>, String> {
    std::fs::write(folder.join("log.csv"), text).unwrap();
    let output = tensionmap(folder, &[&["check", "--json", "log.csv"], args].concat());
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap_or_default();
    let span = json["result"]["span"]
        .as_array()
        .map(|span| span.iter().map(|day| day.as_str().unwrap_or("").to_owned()).collect());
    let plain = || tensionmap(folder, &[&["check", "log.csv"], args].concat());
    span.filter(|_| output.status.success()).ok_or_else(|| stdout(&plain()) + &stderr(&plain()))
}

#[test]
fn dates_in_several_columns_are_put_together() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let june = Ok(vec!["2025-06-09".to_owned(), "2025-06-10".to_owned()]);
    // Found by their names, where all three are there.
    assert_eq!(days(folder, "lon,lat,YEAR,MONTH,DAY\n-1.1,52.6,2025,6,9\n", &[]), june);
    assert_eq!(days(folder, "lon,lat,year,month,day\n-1.1,52.6,2025,June,9.0\n", &[]), june);
    // Or as stated; without a day the month counts.
    let other = "lon,lat,Y,M,D\n-1.1,52.6,2025,6,9\n";
    assert_eq!(days(folder, other, &["--column", "year=Y", "--column", "month=M", "--column", "day=D"]), june);
    assert_eq!(
        days(folder, other, &["--column", "year=Y", "--column", "month=M"]),
        Ok(vec!["2025-06-01".to_owned(), "2025-07-01".to_owned()])
    );
    // A column of whole dates goes first.
    assert_eq!(days(folder, "lon,lat,date,year,month,day\n-1.1,52.6,2025-06-09,1,2,3\n", &[]), june);
    // A time in a column of its own decides the day of a moment with an offset.
    let timed = "lon,lat,date,clock\n-1.1,52.6,2025-06-08,23:30:00Z\n";
    assert_eq!(days(folder, timed, &["--column", "time=clock"]), june);
    let written = "lon,lat,date,clock\n-1.1,52.6,29/06/2025,9:39 PM\n";
    let said = days(folder, written, &["--column", "time=clock"]).unwrap_err();
    assert!(said.contains("%d/%m/%Y %I:%M %p"), "{said}");
    assert!(days(folder, written, &["--column", "time=clock", "--date-format", "%d/%m/%Y %I:%M %p"]).is_ok());
    // What is wrong is named by its column.
    let said = days(folder, "lon,lat,year,month,day\n-1.1,52.6,2025,13,9\n", &[]).unwrap_err();
    assert!(said.contains("Q_BAD_DATE month") && said.contains("a month from 1 to 12"), "{said}");
    let said = days(folder, other, &["--column", "year=Y"]).unwrap_err();
    assert!(said.contains("E_COLUMN") && said.contains("no column for month"), "{said}");
    if let Some(exports) = shared("exports") {
        let vancouver = exports.join("18-vancouver-utm-ymd/crimedata_csv.csv");
        let vancouver = vancouver.to_str().unwrap();
        let output = tensionmap(folder, &["check", vancouver, "--input-crs", "EPSG:26910", "--max-rejects", "10%"]);
        let said = stdout(&output) + &stderr(&output);
        assert!(output.status.success() && said.contains("dates are put together from the columns"), "{said}");
    }
}
