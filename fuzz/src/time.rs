//! Dates: text, format and zone, against the calendar and the zones of jiff.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, Zoned};
use tensionmap::Day;
use tensionmap::unstable::ingest::time::{DateFormat, parse};

use crate::Choice;

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/London",
    "Pacific/Apia",
    "America/New_York",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Antarctica/Troll",
    "Pacific/Kiritimati",
];

const FORMATS: [&str; 8] = ["", "", "", "%d/%m/%Y", "%Y%m%d", "%m/%d/%Y %H:%M", "epoch-s", "epoch-ms"];

pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// A date. The format is the input's first line where the first byte says so.
pub fn time(data: &[u8]) {
    let mut choice = Choice(data);
    let (format, zone) = (choice.byte(), zone(choice.of(&ZONES)));
    if format == 0xff {
        return moment(choice.rest(), &zone);
    }
    let Ok(text) = std::str::from_utf8(choice.rest()) else { return };
    let (format, text) = match format {
        128.. => text.split_once('\n').unwrap_or((text, "")),
        known => (FORMATS[usize::from(known) % FORMATS.len()], text),
    };
    let format: Option<DateFormat> = match format {
        "" => None,
        pattern => match pattern.parse() {
            Ok(format) => Some(format),
            Err(_unusable) => return,
        },
    };
    let found = parse(text, &zone, format.as_slice());
    assert_eq!(found, parse(text, &zone, format.as_slice()));
    let Ok(when) = found else { return };
    assert!(when.is_sound(), "{when:?}");
    if format.is_none() {
        let expected = iso(text.trim(), &zone);
        assert_eq!(Some((when.start.0, when.end.0)), expected, "{text:?} in {zone:?}");
    }
}

/// First day and the day after the last of a text in ISO 8601, told by the library that knows.
fn iso(text: &str, zone: &TimeZone) -> Option<(i32, i32)> {
    let one = |date: Date| (Day::from(date).0, Day::from(date).0 + 1);
    match text.len() {
        4 => {
            let date = Date::new(text.parse().ok()?, 1, 1).ok()?;
            return Some((Day::from(date).0, Day::from(date.last_of_year()).0 + 1));
        }
        7 => {
            let date: Date = format!("{text}-01").parse().ok()?;
            return Some((Day::from(date).0, Day::from(date.last_of_month()).0 + 1));
        }
        10 => return text.parse().ok().map(one),
        _ => {}
    }
    if text.contains('[') {
        return text.parse::<Zoned>().ok().map(|moment| one(moment.with_time_zone(zone.clone()).date()));
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(one(zone.to_datetime(moment).date()));
    }
    let local: DateTime = text.parse().ok()?;
    let offset = zone.to_ambiguous_zoned(local).offset();
    assert!(!matches!(offset, AmbiguousOffset::Gap { .. }), "a time the clocks skipped");
    Some(one(local.date()))
}

/// Any moment of the calendar, as programs write it, is the local day it falls on.
fn moment(data: &[u8], zone: &TimeZone) {
    let Some((seconds, rest)) = data.split_first_chunk::<8>() else { return };
    let Some((nanos, _)) = rest.split_first_chunk::<4>() else { return };
    // The years 1 to 9999, but for their first and last days, of which a zone may make others.
    let seconds = i64::from_le_bytes(*seconds).rem_euclid(315_500_000_000) - 62_135_500_000;
    let nanos = i32::from_le_bytes(*nanos).rem_euclid(1_000_000_000);
    let Ok(at) = Timestamp::new(seconds, nanos) else { return };
    let local = at.to_zoned(zone.clone());
    let day = Day::from(local.date()).0;
    let offset = local.offset();
    for text in [at.to_string(), at.display_with_offset(offset).to_string(), local.to_string()] {
        // An offset of seconds, as before standard time, cannot be written in all of these.
        let same = iso(&text, zone).is_some_and(|(start, _)| start == day);
        if same {
            let found = parse(&text, zone, &[]).map(|when| (when.start.0, when.end.0));
            assert_eq!(found, Ok((day, day + 1)), "{text}");
        }
    }
    let civil = local.datetime().to_string();
    let found = parse(&civil, zone, &[]).map(|when| when.start.0);
    assert_eq!(found, Ok(day), "{civil} in {zone:?}");
    let written = local.strftime("%d/%m/%Y %H:%M").to_string();
    let format = "%d/%m/%Y %H:%M".parse().ok();
    let found = parse(&written, zone, format.as_slice()).map(|when| when.start.0);
    // Years before 1000 are written without their zeros by some, and a minute is cut off here.
    if (1000..=9999).contains(&local.year()) {
        assert!(found == Ok(day) || found.is_err_and(|fault| fault.code.id() == "Q_DST_GAP"), "{written}");
    }
    for (format, number) in [("epoch-s", seconds), ("epoch-ms", seconds * 1000 + i64::from(nanos / 1_000_000))] {
        let found = parse(&number.to_string(), zone, format.parse().ok().as_slice()).map(|when| when.start.0);
        assert_eq!(found, Ok(day), "{format} {number}");
    }
}
