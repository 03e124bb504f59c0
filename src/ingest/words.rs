//! Positions in one column, in whatever words they are written.

use super::angle;
use super::grid_reference::{self, Grid, GridSquare};
use crate::format::record::PointGeometry;
use crate::format::wkb;

/// Form that a column of positions is read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Any; of two numbers the latitude comes first, of an array the longitude.
    Position,
    /// Any; of two numbers the latitude comes first, of an array too, as Opendatasoft writes it.
    LatLon,
    /// Any; of two numbers the longitude comes first.
    LonLat,
    GridReference,
    Geohash,
    Wkt,
}

/// A position in words.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Words {
    /// A geometry: longitude (or easting) first.
    Geometry(PointGeometry),
    /// Two numbers as they stand, with the metres within which they are right, 0 if not stated.
    Pair([f64; 2], f64),
    /// Two numbers of an array, as they stand.
    Array([f64; 2]),
    /// Latitude and longitude.
    LatLng(f64, f64),
    Square(GridSquare),
    /// Latitude and longitude of a centre, with width and height in degrees.
    Geohash {
        lat: f64,
        lng: f64,
        width: f64,
        height: f64,
    },
    Cell(h3o::CellIndex),
}

/// Reason why a text is not a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is in none of the forms.
    Unknown,
    /// It is a grid reference and a geohash.
    Ambiguous,
    /// Its numbers have commas that could separate decimals.
    Commas,
}

impl Words {
    /// The name of its form, for people.
    pub(super) fn form(&self) -> &'static str {
        match self {
            Self::Geometry(_) => "geometries, longitude first",
            Self::Pair(..) => "pairs of numbers",
            Self::Array(_) => "arrays of numbers",
            Self::LatLng(..) => "latitude and longitude",
            Self::Square(_) => "grid references",
            Self::Geohash { .. } => "geohashes",
            Self::Cell(_) => "H3 cells",
        }
    }

    /// True if nobody would write anything else like this, whatever its column is called.
    pub(super) fn is_certain(&self, text: &str) -> bool {
        match self {
            Self::Geometry(_) | Self::LatLng(..) | Self::Cell(_) => true,
            // Both numbers with three decimals or more.
            Self::Pair([a, b], _) => {
                let is_fine = |number: &f64| (number * 100.0).fract() != 0.0;
                text.trim_ascii_start().starts_with('(') || is_fine(a) && is_fine(b)
            }
            Self::Array([a, b]) => a.fract() != 0.0 && b.fract() != 0.0,
            // A letter and some digits are often a number of something.
            Self::Square(square) => square.grid == Grid::British && square.side <= 100.0,
            Self::Geohash { .. } => false,
        }
    }

    /// Reads a text that is not blank.
    pub(super) fn read(text: &str, form: Form, decimal_comma: bool) -> Result<Self, Unread> {
        let text = text.trim();
        match form {
            Form::GridReference => {
                let square = grid_reference::square(text).map(Self::Square);
                // Easting and northing, as some write them in this column.
                square.or_else(|| pair(text, decimal_comma).ok()).ok_or(Unread::Unknown)
            }
            Form::Geohash => geohash(text).ok_or(Unread::Unknown),
            Form::Wkt => geometry(text).ok_or(Unread::Unknown),
            _ => any(text, decimal_comma),
        }
    }
}

fn any(text: &str, decimal_comma: bool) -> Result<Words, Unread> {
    if let Some(geometry) = geometry(text) {
        return Ok(geometry);
    }
    if let Some((lat, lng)) = angle::pair(text) {
        return Ok(Words::LatLng(lat, lng));
    }
    if text.len() == 15
        && let Ok(cell) = text.parse()
    {
        return Ok(Words::Cell(cell));
    }
    let square = grid_reference::square(text).map(Words::Square);
    let is_upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
    let hash = geohash(text).filter(|_| (5..=12).contains(&text.len()) && !is_upper && is_mixed(text));
    match (square, hash) {
        (Some(_), Some(_)) => Err(Unread::Ambiguous),
        (Some(found), None) | (None, Some(found)) => Ok(found),
        (None, None) => pair(text, decimal_comma),
    }
}

/// True for letters and digits: no word and no number.
fn is_mixed(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit()) && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn geohash(text: &str) -> Option<Words> {
    // Beyond twelve letters a hash is finer than the numbers that it is read into.
    let text = Some(text).filter(|text| (1..=12).contains(&text.len()))?.to_ascii_lowercase();
    let bounds = geohash::decode_bbox(&text).ok()?;
    let (low, high) = (bounds.min(), bounds.max());
    let (lat, lng) = (f64::midpoint(low.y, high.y), f64::midpoint(low.x, high.x));
    Some(Words::Geohash { lat, lng, width: high.x - low.x, height: high.y - low.y })
}

/// A point as well-known text, as well-known bytes in hexadecimal digits, or as JSON.
fn geometry(text: &str) -> Option<Words> {
    match text.as_bytes().first()? {
        b'{' | b'[' => json(text),
        b'0' if text.len() >= 42 && text.len().is_multiple_of(2) => {
            let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
            let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
            let found = wkb::point_geometry(&bytes?);
            Some(Words::Geometry(found.unwrap_or_else(PointGeometry::Other)))
        }
        _ => match wkb::wkt_point(text) {
            Err(problem) if problem == wkb::NO_WKT => None,
            found => Some(Words::Geometry(found.unwrap_or_else(PointGeometry::Other))),
        },
    }
}

/// A point of GeoJSON, an array of coordinates, or an object with latitude and longitude.
fn json(text: &str) -> Option<Words> {
    use serde_json::Value;
    const MAX_BYTES: usize = 1 << 12;
    let text = Some(text).filter(|text| text.len() <= MAX_BYTES)?;
    // Python writes objects with single quotes.
    let value: Value = serde_json::from_str(text).or_else(|_| serde_json::from_str(&text.replace('\'', "\""))).ok()?;
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    let numbers = |value: &Value| -> Option<Vec<f64>> { value.as_array()?.iter().map(number).collect() };
    if let Some(list) = numbers(&value) {
        let [a, b, ..] = list[..] else { return None };
        return Some(Words::Array([a, b]));
    }
    let object = value.as_object()?;
    if let Some(kind) = object.get("type").and_then(Value::as_str) {
        let at = match kind {
            "Point" => numbers(&value["coordinates"]),
            "MultiPoint" if value["coordinates"].as_array()?.len() == 1 => numbers(&value["coordinates"][0]),
            "Feature" => return json(&value["geometry"].to_string()),
            _ => None,
        };
        return Some(Words::Geometry(match at.as_deref() {
            Some([x, y, ..]) if kind == "Point" => PointGeometry::Point(*x, *y),
            Some([x, y, ..]) => PointGeometry::OnlyPoint(*x, *y),
            Some([]) => PointGeometry::None,
            _ => PointGeometry::Other(kind.to_owned()),
        }));
    }
    let member = |names: [&str; 4]| {
        let found = object.iter().find(|(key, _)| names.contains(&key.to_ascii_lowercase().as_str()));
        found.and_then(|(_, value)| number(value))
    };
    let lat = member(["latitude", "lat", "y", "_latitude"])?;
    let lng = member(["longitude", "lon", "lng", "_longitude"]).or_else(|| member(["long", "x", "x", "x"]))?;
    Some(Words::LatLng(lat, lng))
}

/// Two numbers, in brackets or not, with a comma, a semicolon or spaces between; also `lat lon altitude accuracy`, as forms on
/// telephones write it.
fn pair(text: &str, decimal_comma: bool) -> Result<Words, Unread> {
    let inside = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let is_number = inside.bytes().all(|byte| byte.is_ascii_digit() || b" \t+-.,;eE".contains(&byte));
    if !is_number || inside.len() > 100 {
        return Err(Unread::Unknown);
    }
    let plain;
    let inside = if decimal_comma {
        plain = points_for_commas(inside);
        plain.as_str()
    } else {
        inside
    };
    let has_comma = inside.contains([',', ';']);
    let parts: Vec<&str> = if has_comma {
        inside.split([',', ';']).map(str::trim).collect()
    } else {
        inside.split_ascii_whitespace().collect()
    };
    let numbers: Option<Vec<f64>> = parts.iter().map(|part| part.parse().ok()).collect();
    match numbers.as_deref() {
        Some([a, b] | [a, b, _]) => Ok(Words::Pair([*a, *b], 0.0)),
        Some([a, b, _, accuracy]) if !has_comma => Ok(Words::Pair([*a, *b], accuracy.max(0.0))),
        _ if has_comma && !decimal_comma => Err(Unread::Commas),
        _ => Err(Unread::Unknown),
    }
}

/// Commas between two digits as points.
fn points_for_commas(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let change = |(at, letter): (usize, char)| {
        if letter == ',' && at > 0 && is_digit(at - 1) && is_digit(at + 1) { '.' } else { letter }
    };
    text.char_indices().map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Words, Unread> {
        Words::read(text, Form::Position, false)
    }

    #[test]
    fn each_form_is_told_from_the_others() {
        let pair = Ok(Words::Pair([52.63, -1.14], 0.0));
        for text in
            ["52.63, -1.14", "(52.63, -1.14)", "52.63 -1.14", "52.63;-1.14", " (52.63,-1.14) ", "52.63, -1.14, 80"]
        {
            assert_eq!(read(text), pair, "{text}");
        }
        assert_eq!(read("52.63 -1.14 80.5 4.9"), Ok(Words::Pair([52.63, -1.14], 4.9)));
        let point = Ok(Words::Geometry(PointGeometry::Point(-1.5, 52.0)));
        for text in [
            "POINT (-1.5 52)",
            "SRID=4326;POINT(-1.5 52)",
            r#"{"type":"Point","coordinates":[-1.5,52]}"#,
            r#"{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[-1.5,52,9]}}"#,
            "0101000000000000000000F8BF0000000000004A40",
            "0101000020e6100000000000000000f8bf0000000000004a40",
        ] {
            assert_eq!(read(text), point, "{text}");
        }
        assert_eq!(read("[-1.5, 52]"), Ok(Words::Array([-1.5, 52.0])));
        let only = Ok(Words::Geometry(PointGeometry::OnlyPoint(-1.5, 52.0)));
        assert_eq!(read("MULTIPOINT ((-1.5 52))"), only);
        assert_eq!(read(r#"{"type":"MultiPoint","coordinates":[[-1.5,52]]}"#), only);
        for text in [
            r#"{"lat":52.0,"lon":-1.5}"#,
            r#"{"latitude":"52.0","longitude":"-1.5"}"#,
            "{'latitude': '52.0', 'longitude': '-1.5', 'human_address': ''}",
            "52°N 1°30'W",
        ] {
            assert_eq!(read(text), Ok(Words::LatLng(52.0, -1.5)), "{text}");
        }
        assert!(matches!(read("SK 4580 3042"), Ok(Words::Square(square)) if (square.side - 10.0).abs() < 1e-9));
        assert!(matches!(read("8819434dbbfffff"), Ok(Words::Cell(_))));
        assert!(matches!(read("gcrk9q3"), Ok(Words::Geohash { .. })));
        let polygon = r#"{"type":"Polygon","coordinates":[]}"#;
        assert_eq!(read(polygon), Ok(Words::Geometry(PointGeometry::Other("Polygon".to_owned()))));
    }

    #[test]
    fn what_could_be_two_things_is_neither() {
        assert_eq!(read("sk458304"), Err(Unread::Ambiguous));
        assert!(matches!(read("SK458304"), Ok(Words::Square(_))));
        assert_eq!(read("52,63; -1,14"), Err(Unread::Commas));
        assert_eq!(Words::read("52,63; -1,14", Form::Position, true), Ok(Words::Pair([52.63, -1.14], 0.0)));
        assert_eq!(Words::read("52,63, -1,14", Form::Position, true), Ok(Words::Pair([52.63, -1.14], 0.0)));
        for text in
            ["On or near High Street", "theft", "LE1 6TP", "///filled.count.soap", "12", "1 2 3 4 5", "[]", "{}", "é"]
        {
            assert!(matches!(read(text), Err(Unread::Unknown)), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn a_geohash_is_its_middle() {
        let Ok(Words::Geohash { lat, lng, width, height }) = Words::read("GCRK9Q", Form::Geohash, false) else {
            panic!("read")
        };
        assert!((lat - 52.0).abs() < 3.0 && (lng + 1.0).abs() < 3.0, "{lat} {lng}");
        assert!((width - 0.010_986).abs() < 1e-6 && (height - 0.005_493).abs() < 1e-6);
        assert_eq!(Words::read("gcail", Form::Geohash, false), Err(Unread::Unknown));
    }
}
