//! Features with the whole of their geometry, of any type and one at a time: what is drawn round the reports.

use std::borrow::Cow;

use geo::Coord;

use super::json::{Cursor, Json, Scalar};
use super::{Code, Fault, IngestError, JsonRecords, Place, Records, Shape, Source, Step};
use crate::ingest::number;

/// What a part of a geometry is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Points,
    Line,
    /// The outer ring of a polygon, its holes after it. Rings are not closed.
    Ring,
    Hole,
}

/// A part of a geometry, in degrees.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) kind: Kind,
    pub(crate) at: Vec<Coord>,
}

/// A property that can be shown or ranked by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Property<'a> {
    Text(Cow<'a, str>),
    Number(f64),
}

/// A feature taken apart.
#[derive(Debug, Default)]
pub(crate) struct Feature<'a> {
    pub(crate) parts: Vec<Part>,
    pub(crate) properties: Vec<(Cow<'a, str>, Property<'a>)>,
}

/// The features of a document, of a sequence of features, or a geometry by itself.
pub(crate) struct Features(JsonRecords);

impl Features {
    /// Reads up to the first feature.
    pub(crate) fn open(source: Source) -> Result<Self, IngestError> {
        let mut records = JsonRecords::begun(source, false)?;
        if records.shape == Shape::Object {
            let problem = "expected GeoJSON: a FeatureCollection, a Feature or a geometry";
            return Err(records.syntax(0, problem, Code::Document));
        }
        // No property plays a role.
        records.select(&[], &[]);
        Ok(Self(records))
    }

    /// The reference system that is stated before the features.
    pub(crate) fn crs(&self) -> Option<&str> {
        self.0.crs()
    }

    /// The next feature and where it begins; a fault says why one cannot be drawn. `None` at the end.
    #[allow(clippy::type_complexity, reason = "a place and what is there")]
    pub(crate) fn next(&mut self) -> Result<Option<(Place, Result<Feature<'_>, Box<Fault>>)>, IngestError> {
        let fault = match self.0.advance()? {
            Step::End => return Ok(None),
            Step::Record => None,
            // To reports a geometry by itself is of no use. To a map it is.
            Step::Broken(fault) if fault.code == Code::NoProperties => None,
            Step::Broken(fault) => Some(fault),
        };
        let (place, text) = (self.0.place(), self.0.window.behind(self.0.length));
        Ok(Some((place, fault.map_or_else(|| feature(text, self.0.shape), Err))))
    }
}

/// What JSON that was looked at before can no longer be.
fn sound<T>(parsed: Json<T>) -> Result<T, Box<Fault>> {
    parsed.map_err(|_known_to_be_json| structure("", "another structure", "a feature with a geometry"))
}

fn structure(column: &str, found: impl std::fmt::Display, expected: &str) -> Box<Fault> {
    Fault::new(Code::Structure, column, found, expected)
}

fn feature(text: &str, shape: Shape) -> Result<Feature<'_>, Box<Fault>> {
    let (mut cursor, mut found) = (Cursor::new(text), Feature::default());
    if shape == Shape::Geometry {
        geometry(&mut cursor, &mut found.parts)?;
    } else {
        let mut first = true;
        sound(cursor.peek())?;
        sound(cursor.enter())?;
        while sound(cursor.goes_on(b'}', &mut first))? {
            let key = sound(cursor.key())?;
            match (&*key, sound(cursor.peek())?) {
                ("geometry", b'{') => geometry(&mut cursor, &mut found.parts)?,
                ("properties", b'{') => properties(&mut cursor, &mut found.properties)?,
                _ => sound(cursor.skip())?,
            }
        }
    }
    if found.parts.iter().all(|part| part.at.is_empty()) {
        let expected = "points, lines or polygons";
        return Err(Fault::new(Code::NoGeometry, "geometry", "no geometry", expected));
    }
    Ok(found)
}

fn properties<'a>(cursor: &mut Cursor<'a>, found: &mut Vec<(Cow<'a, str>, Property<'a>)>) -> Result<(), Box<Fault>> {
    let mut first = true;
    sound(cursor.enter())?;
    while sound(cursor.goes_on(b'}', &mut first))? {
        let key = sound(cursor.key())?;
        if matches!(sound(cursor.peek())?, b'{' | b'[') {
            sound(cursor.skip())?;
            continue;
        }
        match sound(cursor.scalar())? {
            Scalar::Text(text) => found.push((key, Property::Text(text))),
            Scalar::Number(number) => found.push((key, Property::Number(number.as_f64()))),
            Scalar::Null | Scalar::Bool(_) => {}
        }
    }
    Ok(())
}

fn geometry(cursor: &mut Cursor<'_>, parts: &mut Vec<Part>) -> Result<(), Box<Fault>> {
    let (mut first, mut kind, mut before) = (true, None, None);
    sound(cursor.peek())?;
    sound(cursor.enter())?;
    while sound(cursor.goes_on(b'}', &mut first))? {
        let key = sound(cursor.key())?;
        match (&*key, sound(cursor.peek())?) {
            ("type", b'"') => kind = Some(sound(cursor.string())?),
            ("coordinates", _) => {
                if let Some(kind) = &kind {
                    coordinates(cursor, kind, parts)?;
                } else {
                    // What they mean is said after them.
                    before = Some(*cursor);
                    sound(cursor.skip())?;
                }
            }
            ("geometries", b'[') => {
                let mut first = true;
                sound(cursor.enter())?;
                while sound(cursor.goes_on(b']', &mut first))? {
                    if sound(cursor.peek())? != b'{' {
                        return Err(structure("geometries", "a value", "geometries in `{}`"));
                    }
                    geometry(cursor, parts)?;
                }
            }
            _ => sound(cursor.skip())?,
        }
    }
    let Some(kind) = kind else { return Err(structure("geometry", "no type", "a type such as \"Polygon\"")) };
    before.map_or(Ok(()), |mut before| coordinates(&mut before, &kind, parts))
}

fn coordinates(cursor: &mut Cursor<'_>, kind: &str, parts: &mut Vec<Part>) -> Result<(), Box<Fault>> {
    match kind {
        "Point" => {
            // An empty position is how a point that is nowhere is written.
            let at: Vec<Coord> = position(cursor)?.into_iter().collect();
            parts.push(Part { kind: Kind::Points, at });
            Ok(())
        }
        "MultiPoint" => {
            let at = positions(cursor)?;
            parts.push(Part { kind: Kind::Points, at });
            Ok(())
        }
        "LineString" => line(cursor, parts),
        "MultiLineString" => each(cursor, &mut |cursor| line(cursor, parts)),
        "Polygon" => polygon(cursor, parts),
        "MultiPolygon" => each(cursor, &mut |cursor| polygon(cursor, parts)),
        "GeometryCollection" => sound(cursor.skip()),
        other => Err(structure("geometry", format_args!("a {other:?}"), "one of the seven types of RFC 7946")),
    }
}

/// Goes through an array.
fn each(
    cursor: &mut Cursor<'_>,
    take: &mut dyn FnMut(&mut Cursor<'_>) -> Result<(), Box<Fault>>,
) -> Result<(), Box<Fault>> {
    if sound(cursor.peek())? != b'[' {
        return Err(not_positions(cursor));
    }
    let mut first = true;
    sound(cursor.enter())?;
    while sound(cursor.goes_on(b']', &mut first))? {
        take(cursor)?;
    }
    Ok(())
}

fn line(cursor: &mut Cursor<'_>, parts: &mut Vec<Part>) -> Result<(), Box<Fault>> {
    let at = positions(cursor)?;
    if at.len() == 1 {
        return Err(structure("geometry", "a line of one position", "two or more"));
    }
    parts.push(Part { kind: Kind::Line, at });
    Ok(())
}

fn polygon(cursor: &mut Cursor<'_>, parts: &mut Vec<Part>) -> Result<(), Box<Fault>> {
    let mut kind = Kind::Ring;
    each(cursor, &mut |cursor| {
        let mut at = positions(cursor)?;
        if at.len() > 1 && at.first() == at.last() {
            at.pop();
        }
        if (1..3).contains(&at.len()) {
            let found = format_args!("a ring of {} different positions", at.len()).to_string();
            return Err(structure("geometry", found, "three or more"));
        }
        parts.push(Part { kind: std::mem::replace(&mut kind, Kind::Hole), at });
        Ok(())
    })
}

fn positions(cursor: &mut Cursor<'_>) -> Result<Vec<Coord>, Box<Fault>> {
    let mut all = Vec::new();
    each(cursor, &mut |cursor| {
        all.push(position(cursor)?.ok_or_else(|| not_positions(cursor))?);
        Ok(())
    })?;
    Ok(all)
}

/// A position; `None` for an empty one. Further coordinates are passed over.
fn position(cursor: &mut Cursor<'_>) -> Result<Option<Coord>, Box<Fault>> {
    let (mut numbers, mut count) = ([0.0; 2], 0_usize);
    each(cursor, &mut |cursor| {
        sound(cursor.peek())?;
        let Some((number, length)) = cursor.text.get(cursor.at..).and_then(number::json) else {
            return Err(not_positions(cursor));
        };
        cursor.at += length;
        if let Some(place) = numbers.get_mut(count) {
            *place = number.as_f64();
        }
        count += 1;
        Ok(())
    })?;
    let [x, y] = numbers;
    match count {
        0 => Ok(None),
        1 => Err(not_positions(cursor)),
        // Files of the Pacific count longitudes up to 360.
        _ if x.abs() <= 360.0 && y.abs() <= 90.0 => Ok(Some(Coord { x, y })),
        _ => {
            let expected =
                "longitude and latitude in degrees; numbers this large look like metres: convert the file to WGS84";
            Err(Fault::new(Code::CoordRange, "geometry", format_args!("{x}, {y}"), expected))
        }
    }
}

#[cold]
fn not_positions(cursor: &Cursor<'_>) -> Box<Fault> {
    let found: String = cursor.text.get(cursor.at..).unwrap_or_default().chars().take(40).collect();
    Fault::new(Code::CoordType, "geometry", found, "positions, each a longitude and a latitude")
}
