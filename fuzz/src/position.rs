//! Places: reference systems, boxes, and the ways a record may say where it is.

use tensionmap::CellIndex;
use tensionmap::unstable::ingest::{Bbox, ReadOptions};
use tensionmap::unstable::format::Crs;

use crate::Choice;
use crate::outcome::{Read, bytes, read};

/// A place in one of the forms it comes in; the first byte says which.
pub fn position(data: &[u8]) {
    let mut choice = Choice(data);
    let (form, comma) = (choice.byte() % 7, choice.byte() & 1 == 1);
    let rest = choice.rest();
    if form == 6 {
        return grid(rest);
    }
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let (x, y) = text.split_once('\n').unwrap_or((text, ""));
    match form {
        0 => crs(text),
        1 => bbox(text),
        2 => degrees(x, y, comma),
        3 => wkt(text),
        4 => cell(text),
        _ => json(x, y),
    }
}

fn crs(text: &str) {
    let Ok(crs) = Crs::named(text) else { return };
    assert_eq!(Crs::named(&crs.to_string()), Ok(crs));
    assert_eq!(text.parse::<Crs>().ok(), Some(crs));
    
}

fn bbox(text: &str) {
    let Ok(bbox) = text.parse::<Bbox>() else { return };
    let numbers: Vec<f64> = text.split(',').filter_map(|part| part.trim().parse().ok()).collect();
    let [west, south, east, north] = numbers[..] else { panic!("{bbox:?} from {text}") };
    assert_eq!(text.split(',').count(), 4, "{bbox:?} from {text}");
    for (lat, lng) in [(south, west), (south, east), (north, west), (north, east)] {
        assert!(bbox.holds(lat, lng), "{bbox:?} without its corner {lat} {lng}");
    }
    assert!(!bbox.holds(f64::NAN, west) && !bbox.holds(south, f64::NAN));
}

/// The one report of a file, or the code it is refused with; `None` where the file as a whole is.
fn one(columns: &str, fields: &[&str], reading: &ReadOptions) -> Option<Result<(f64, f64), &'static str>> {
    let fields: Vec<String> = fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
    let file = format!("{columns},date\n{},2022-09-17\n", fields.join(","));
    let read = read(&bytes("x.csv", file), reading).ok()?;
    Some(only(&read))
}

fn only(read: &Read) -> Result<(f64, f64), &'static str> {
    assert_eq!(read.read, 1);
    match read.incidents.first() {
        Some((lat, lng, _)) => Ok((f64::from_bits(*lat), f64::from_bits(*lng))),
        None => Err(read.faults[0].0),
    }
}

/// Longitude and latitude as text are the numbers that the standard library reads, or none.
fn degrees(x: &str, y: &str, comma: bool) {
    let reading = ReadOptions { decimal_comma: comma, ..ReadOptions::default() };
    let number = |text: &str| -> Option<f64> {
        let text = text.trim_ascii();
        if comma { text.replace(',', ".").parse().ok() } else { text.parse().ok() }
    };
    let Some(found) = one("lon,lat", &[x, y], &reading) else { return };
    match (number(x), number(y)) {
        (Some(x), Some(y)) => {
            let is_null = x.abs() < 0.01 && y.abs() < 0.01 || x.abs() == 1.0 && x == y;
            let sound = (-180.0..=180.0).contains(&x) && (-90.0..=90.0).contains(&y) && !is_null;
            assert_eq!(found.is_ok(), sound, "{found:?}");
            if let Ok(at) = found {
                assert_eq!(at, (y, x));
            }
        }
        _ => assert!(found.is_err(), "{found:?}"),
    }
}

/// Eastings and northings end on or round the island of Great Britain, or nowhere.
fn grid(data: &[u8]) {
    let Some((x, rest)) = data.split_first_chunk::<8>() else { return };
    let Some((y, _)) = rest.split_first_chunk::<8>() else { return };
    let (raw_x, raw_y) = (f64::from_le_bytes(*x), f64::from_le_bytes(*y));
    // As they come, and brought to where the grid is.
    let inside = |number: f64, most: f64| if number.is_finite() { number.abs() % most } else { most };
    for (x, y) in [(raw_x, raw_y), (inside(raw_x, 700_001.0), inside(raw_y, 1_300_001.0))] {
        if let Some(Ok((lat, lng))) = one("easting,northing", &[&x.to_string(), &y.to_string()], &ReadOptions::default()) {
            assert!((49.0..62.0).contains(&lat) && (-10.5..5.0).contains(&lng), "{x} {y}: {lat} {lng}");
        }
    }
}

fn wkt(text: &str) {
    if let Some(Ok((lat, lng))) = one("wkt", &[text], &ReadOptions::default()) {
        let folded = text.to_ascii_uppercase();
        assert!(folded.contains("POINT") && text.contains('(') && text.contains(')'), "{text}");
        let numbers: Vec<f64> = text
            .split(['(', ')'])
            .nth(1)
            .unwrap_or_default()
            .split_ascii_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        assert!((2..=4).contains(&numbers.len()) && numbers[0] == lng && numbers[1] == lat, "{text}: {lat} {lng}");
    }
}

fn cell(text: &str) {
    match (one("h3", &[text], &ReadOptions::default()), text.trim().parse::<CellIndex>()) {
        (Some(Ok((lat, lng))), Ok(cell)) => {
            let at = tensionmap::LatLng::new(lat, lng).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(at.cell(cell.resolution()), cell, "the centre of a cell lies in it");
        }
        (Some(Ok(at)), Err(error)) => panic!("{at:?} from no cell: {error}"),
        _ => {}
    }
}

/// Coordinates as JSON are the same numbers as the same text in a table.
fn json(x: &str, y: &str) {
    let point = format!(
        "{{\"type\":\"Feature\",\"geometry\":{{\"type\":\"Point\",\"coordinates\":[{x},{y}]}},\
         \"properties\":{{\"date\":\"2022-09-17\"}}}}\n"
    );
    let Ok(found) = read(&bytes("x.ndjson", point), &ReadOptions::default()) else { return };
    if found.read == 1
        && let Ok((lat, lng)) = only(&found)
        && !x.contains([',', '"', '{', '[', ']'])
        && !y.contains([',', '"', '{', '[', ']'])
    {
        let number = |text: &str| text.trim_ascii().parse::<f64>().ok();
        assert_eq!((number(x), number(y)), (Some(lng), Some(lat)));
    }
}
