//! Positions in words and gazetteers: one column in every form, grid references, keys.

use tensionmap::unstable::ingest::{Gazetteer, ReadOptions, Role};

use crate::Choice;
use crate::outcome::{bytes, read_twice};
use crate::words::scratch;

/// A position in one column, or a gazetteer and a log; the first byte says which.
pub fn places(data: &[u8]) {
    let mut choice = Choice(data);
    let form = choice.byte() % 9;
    let comma = choice.byte() & 1 == 1;
    let Ok(text) = std::str::from_utf8(choice.rest()) else { return };
    match form {
        0 => one("position", text, comma),
        1 => one("lon-lat", text, comma),
        2 => one("grid-reference", text, comma),
        3 => one("geohash", text, comma),
        4 => one("wkt", text, comma),
        5 => by_content(text),
        6 => pair(text, comma),
        8 => one("lat-lon", text, comma),
        _ => gazetteer(text),
    }
}

/// A field of CSV.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Positions that are read lie on the earth, and the square of a grid reference near Great Britain.
fn one(role: &str, text: &str, comma: bool) {
    let Ok(role) = role.parse::<Role>() else { return };
    let columns = [(role, "spot".to_owned())].into();
    let reading = ReadOptions { columns, decimal_comma: comma, ..ReadOptions::default() };
    let file = format!("spot,date\n{},2022-09-17\n", quoted(text));
    let Ok(read) = read_twice(&bytes("x.csv", file), &reading) else { return };
    assert_eq!(read.read, 1);
    let has_pair = text.contains([',', ';', ' ']);
    if let (Some((lat, lng, _)), true, false) = (read.incidents.first(), role == Role::GridReference, has_pair) {
        let (lat, lng) = (f64::from_bits(*lat), f64::from_bits(*lng));
        assert!((48.0..63.0).contains(&lat) && (-12.0..5.0).contains(&lng), "{text}: {lat} {lng}");
    }
}

/// A column that no name promises: found again the same, or an error with the ways there are.
fn by_content(text: &str) {
    let rows: String = text.lines().map(|line| format!("{},2022-09-17\n", quoted(line))).collect();
    let _read = read_twice(&bytes("x.csv", format!("spot,date\n{rows}")), &ReadOptions::default());
}

/// Angles and thousands in two columns.
fn pair(text: &str, comma: bool) {
    let (x, y) = text.split_once('\n').unwrap_or((text, ""));
    let reading = ReadOptions { decimal_comma: comma, ..ReadOptions::default() };
    for columns in ["lon,lat", "easting,northing"] {
        let file = format!("{columns},date\n{},{},2022-09-17\n", quoted(x), quoted(y));
        let _read = read_twice(&bytes("x.csv", file), &reading);
    }
}

/// A table of places; each of its keys is looked up, and found in every spelling or in none.
fn gazetteer(text: &str) {
    let path = scratch("places.csv");
    let written = std::fs::write(&path, text);
    assert!(written.is_ok(), "{written:?}");
    let keys: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split(',').next()).take(20).collect();
    let Ok(found) = path.display().to_string().parse::<Gazetteer>() else { return };
    let columns = [(Role::Place, "key".to_owned())].into();
    let reading = ReadOptions { columns, gazetteer: Some(found.into()), ..ReadOptions::default() };
    let log = |change: fn(&str) -> String| {
        let rows: String = keys.iter().map(|key| format!("{},2022-09-17\n", quoted(&change(key)))).collect();
        read_twice(&bytes("x.csv", format!("key,date\n{rows}")), &reading)
    };
    let (Ok(own), Ok(other)) = (log(str::to_owned), log(|key| format!(" {} ", key.to_ascii_lowercase()))) else { return };
    assert_eq!(own.accepted, other.accepted, "{text}");
}
