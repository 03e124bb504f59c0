//! Dates as text, from ISO 8601 and stated formats to local days.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use tensionmap::Code;
use tensionmap::Day;
use tensionmap::unstable::ingest::DateFormat;
use tensionmap::unstable::ingest::time::parse;

fn london(text: &str, format: Option<&DateFormat>) -> Result<(String, i32), Code> {
    let london = TimeZone::get("Europe/London").expect("bundled");
    parse(text, &london, format).map(|when| (when.start.to_string(), when.days())).map_err(|fault| fault.code)
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
        let found = parse(text, &london, Some(&format(pattern)));
        let found = found.map(|when| when.start.to_string()).map_err(|fault| fault.code);
        assert_eq!(found, expected.map(str::to_owned), "{pattern} {text}");
    }
    for wrong in ["dd/mm/yyyy", "%", "%H:%Q", "epoch"] {
        assert!(wrong.parse::<DateFormat>().is_err(), "{wrong}");
    }
}
