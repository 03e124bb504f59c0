//! GeoJSON features with their geometry: the reader of polygons and of context layers.

use std::borrow::Cow;

use geo::Coord;
use geojson::{GeometryValue, Position};

use super::json::{Cursor, JsonError, Scalar};
use super::{Code, Fault, FilePosition, FormatError, JsonRecords, RecordKind, Records, Source, Step};
use crate::format::{foreign, number};

/// Type of a part of a geometry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PartKind {
    Points,
    Line,
    /// The outer ring of a polygon, its holes after it. Rings are not closed.
    Ring,
    Hole,
}

/// A part of a geometry, in degrees.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GeometryPart {
    pub(crate) kind: PartKind,
    pub(crate) at: Vec<Coord>,
}

/// A property that can be shown or ranked by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Property<'a> {
    Text(Cow<'a, str>),
    Number(f64),
}

/// The geometry and properties of a feature.
#[derive(Debug, Default)]
pub(crate) struct Feature<'a> {
    pub(crate) parts: Vec<GeometryPart>,
    pub(crate) properties: Vec<(Cow<'a, str>, Property<'a>)>,
}

/// A cursor over the features of a document or a sequence, or over a lone geometry.
pub(crate) struct Features(JsonRecords);

/// A feature as it is written.
pub(crate) struct RawFeature<'a> {
    pub(crate) text: &'a str,
    /// Position of its first byte in the file.
    pub(crate) position: FilePosition,
    /// True for a geometry without a feature.
    pub(crate) is_geometry: bool,
    /// Error of its structure, if it has one.
    pub(crate) fault: Option<Box<Fault>>,
}

impl Features {
    /// Reads up to the first feature. A feature has at most `max_bytes`.
    pub(crate) fn open(source: Source, max_bytes: usize) -> Result<Self, FormatError> {
        foreign::check_shapes(source.name(), source.head())?;
        let mut records = JsonRecords::begun(source, false, max_bytes)?;
        if records.shape == RecordKind::Object {
            let problem = "expected GeoJSON: a FeatureCollection, a Feature or a geometry";
            return Err(records.syntax(0, problem, Code::Document));
        }
        // No property plays a role.
        records.select(&[], &[]);
        Ok(Self(records))
    }

    /// The reference system that is stated before the features.
    pub(crate) fn crs(&self) -> Option<&str> {
        self.0.header.crs.as_deref()
    }

    /// The next feature; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<RawFeature<'_>>, FormatError> {
        let fault = match self.0.advance()? {
            Step::End => return Ok(None),
            Step::Record => None,
            // A geometry without a feature is useless as a report, but not as a polygon or on a map.
            Step::Broken(fault) if fault.code == Code::NoProperties => None,
            Step::Broken(fault) => Some(fault),
        };
        let (position, text) = (self.0.position(), self.0.window.behind(self.0.length));
        Ok(Some(RawFeature { text, position, is_geometry: self.0.shape == RecordKind::Geometry, fault }))
    }
}

impl<'a> RawFeature<'a> {
    /// The parts of its geometry, and its properties.
    pub(crate) fn parts(self) -> Faulty<Feature<'a>> {
        let mut found = Feature::default();
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let members = members(self.text, self.is_geometry)?;
        if let Some(mut cursor) = members.geometry {
            geometry(&mut cursor, &mut found.parts)?;
        }
        if let Some(mut cursor) = members.properties {
            properties(&mut cursor, &mut found.properties)?;
        }
        if found.parts.iter().all(|part| part.at.is_empty()) {
            return Err(Fault::new(Code::NoGeometry, "geometry", "no geometry", "points, lines or polygons"));
        }
        Ok(found)
    }
}

/// JSON that was read once already has no syntax errors.
impl From<JsonError> for Box<Fault> {
    fn from(_known_to_be_json: JsonError) -> Self {
        structure("", "another structure", "a feature with a geometry")
    }
}

type Faulty<T> = Result<T, Box<Fault>>;

fn structure(column: &str, found: impl std::fmt::Display, expected: &str) -> Box<Fault> {
    Fault::new(Code::Structure, column, found, expected)
}

/// Cursors at the objects of a feature; `None` for null and for a missing member.
#[derive(Default)]
struct Members<'a> {
    geometry: Option<Cursor<'a>>,
    properties: Option<Cursor<'a>>,
}

fn members(text: &str, is_geometry: bool) -> Faulty<Members<'_>> {
    let (mut cursor, mut found) = (Cursor::new(text), Members::default());
    cursor.peek()?;
    if is_geometry {
        return Ok(Members { geometry: Some(cursor), properties: None });
    }
    let mut first = cursor.enter()?;
    while cursor.goes_on(b'}', &mut first)? {
        let key = cursor.key()?;
        match (&*key, cursor.peek()?) {
            ("geometry", b'{') => found.geometry = Some(cursor),
            ("properties", b'{') => found.properties = Some(cursor),
            _ => {}
        }
        cursor.skip()?;
    }
    Ok(found)
}

/// The properties of a feature as JSON text; `None` where it has none.
pub(crate) fn properties_text(text: &str) -> Option<&str> {
    members(text, false).ok()?.properties?.value_text().ok()
}

/// The geometry of a feature, if it is a polygon or a multipolygon; positions keep all their coordinates.
///
/// # Errors
/// `Q_STRUCTURE`, `Q_NO_GEOMETRY`, `Q_COORD_TYPE`, `Q_NONFINITE`; for any other type of geometry what `other` makes of it.
pub(crate) fn polygons(text: &str, is_geometry: bool, other: impl FnOnce(&str) -> Box<Fault>) -> Faulty<GeometryValue> {
    let missing = |found: &str, expected: &str| Fault::new(Code::NoGeometry, "geometry", found, expected);
    let Some(mut cursor) = members(text, is_geometry)?.geometry else {
        return Err(missing("no geometry", "a Polygon or MultiPolygon"));
    };
    let (mut first, mut kind, mut coordinates) = (cursor.enter()?, None, None);
    while cursor.goes_on(b'}', &mut first)? {
        let key = cursor.key()?;
        match (&*key, cursor.peek()?) {
            ("type", b'"') => kind = Some(cursor.string()?),
            ("coordinates", byte) => {
                coordinates = (byte != b'n').then_some(cursor);
                cursor.skip()?;
            }
            _ => cursor.skip()?,
        }
    }
    let kind = kind.ok_or_else(|| structure("geometry", "no type", "a type such as \"Polygon\""))?;
    let is_many = kind == "MultiPolygon";
    if !is_many && kind != "Polygon" {
        return Err(other(&kind));
    }
    let mut cursor = coordinates.ok_or_else(|| missing("no coordinates", "the rings of a polygon"))?;
    if is_many {
        return Ok(GeometryValue::MultiPolygon { coordinates: list(&mut cursor, &mut rings)? });
    }
    Ok(GeometryValue::Polygon { coordinates: rings(&mut cursor)? })
}

fn rings(cursor: &mut Cursor<'_>) -> Faulty<Vec<Vec<Position>>> {
    list(cursor, &mut |cursor| list(cursor, &mut full_position))
}

/// A position with all its coordinates, which are finite.
fn full_position(cursor: &mut Cursor<'_>) -> Faulty<Position> {
    let (plane, count, others) = numbers(cursor)?;
    if plane.iter().chain(&others).any(|number| !number.is_finite()) {
        return Err(Fault::new(Code::NonFinite, "geometry", "number out of range", RINGS));
    }
    Ok(match count {
        2 => Position::from(plane),
        0 | 1 => Position::from(plane[..count].to_vec()),
        _ => Position::from([&plane, &*others].concat()),
    })
}

/// The numbers of a position: the first two, the count of all, and those after the second.
fn numbers(cursor: &mut Cursor<'_>) -> Faulty<([f64; 2], usize, Vec<f64>)> {
    let (mut plane, mut count, mut others) = ([0.0; 2], 0_usize, Vec::new());
    each(cursor, &mut |cursor| {
        let number = coordinate(cursor)?;
        match plane.get_mut(count) {
            Some(place) => *place = number,
            None => others.push(number),
        }
        count += 1;
        Ok(())
    })?;
    Ok((plane, count, others))
}

/// Content of the coordinates of polygons.
const RINGS: &str = "rings of positions, each a longitude and a latitude";

/// The elements of an array.
fn list<T>(cursor: &mut Cursor<'_>, element: &mut dyn FnMut(&mut Cursor<'_>) -> Faulty<T>) -> Faulty<Vec<T>> {
    let mut all = Vec::new();
    each(cursor, &mut |cursor| {
        all.push(element(cursor)?);
        Ok(())
    })?;
    Ok(all)
}

fn properties<'a>(cursor: &mut Cursor<'a>, found: &mut Vec<(Cow<'a, str>, Property<'a>)>) -> Faulty<()> {
    let mut first = cursor.enter()?;
    while cursor.goes_on(b'}', &mut first)? {
        let key = cursor.key()?;
        if matches!(cursor.peek()?, b'{' | b'[') {
            cursor.skip()?;
            continue;
        }
        match cursor.scalar()? {
            Scalar::Text(text) => found.push((key, Property::Text(text))),
            Scalar::Number(number) => found.push((key, Property::Number(number.as_f64()))),
            Scalar::Null | Scalar::Bool(_) => {}
        }
    }
    Ok(())
}

fn geometry(cursor: &mut Cursor<'_>, parts: &mut Vec<GeometryPart>) -> Faulty<()> {
    cursor.peek()?;
    let (mut first, mut kind, mut before) = (cursor.enter()?, None, None);
    while cursor.goes_on(b'}', &mut first)? {
        let key = cursor.key()?;
        match (&*key, cursor.peek()?) {
            ("type", b'"') => kind = Some(cursor.string()?),
            ("coordinates", _) => {
                if let Some(kind) = &kind {
                    coordinates(cursor, kind, parts)?;
                } else {
                    // Their type comes after them.
                    before = Some(*cursor);
                    cursor.skip()?;
                }
            }
            ("geometries", b'[') => {
                let mut first = cursor.enter()?;
                while cursor.goes_on(b']', &mut first)? {
                    if cursor.peek()? != b'{' {
                        return Err(structure("geometries", "a value", "geometries in `{}`"));
                    }
                    geometry(cursor, parts)?;
                }
            }
            _ => cursor.skip()?,
        }
    }
    let Some(kind) = kind else { return Err(structure("geometry", "no type", "a type such as \"Polygon\"")) };
    before.map_or(Ok(()), |mut before| coordinates(&mut before, &kind, parts))
}

fn coordinates(cursor: &mut Cursor<'_>, kind: &str, parts: &mut Vec<GeometryPart>) -> Faulty<()> {
    match kind {
        "Point" | "MultiPoint" => {
            // An empty position is how a point that is nowhere is written.
            let at = if kind == "Point" { position(cursor)?.into_iter().collect() } else { positions(cursor)? };
            parts.push(GeometryPart { kind: PartKind::Points, at });
            Ok(())
        }
        "LineString" => line(cursor, parts),
        "MultiLineString" => each(cursor, &mut |cursor| line(cursor, parts)),
        "Polygon" => polygon(cursor, parts),
        "MultiPolygon" => each(cursor, &mut |cursor| polygon(cursor, parts)),
        "GeometryCollection" => Ok(cursor.skip()?),
        other => Err(structure("geometry", format_args!("a {other:?}"), "one of the seven types of RFC 7946")),
    }
}

/// Goes through an array.
fn each(cursor: &mut Cursor<'_>, take: &mut dyn FnMut(&mut Cursor<'_>) -> Faulty<()>) -> Faulty<()> {
    if cursor.peek()? != b'[' {
        return Err(not_positions(cursor));
    }
    let mut first = cursor.enter()?;
    while cursor.goes_on(b']', &mut first)? {
        take(cursor)?;
    }
    Ok(())
}

fn line(cursor: &mut Cursor<'_>, parts: &mut Vec<GeometryPart>) -> Faulty<()> {
    let at = positions(cursor)?;
    if at.len() == 1 {
        return Err(structure("geometry", "a line of one position", "two or more"));
    }
    parts.push(GeometryPart { kind: PartKind::Line, at });
    Ok(())
}

fn polygon(cursor: &mut Cursor<'_>, parts: &mut Vec<GeometryPart>) -> Faulty<()> {
    let mut kind = PartKind::Ring;
    each(cursor, &mut |cursor| {
        let mut at = positions(cursor)?;
        if at.len() > 1 && at.first() == at.last() {
            at.pop();
        }
        if (1..3).contains(&at.len()) {
            let found = format!("a ring of {} different positions", at.len());
            return Err(structure("geometry", found, "three or more"));
        }
        parts.push(GeometryPart { kind: std::mem::replace(&mut kind, PartKind::Hole), at });
        Ok(())
    })
}

fn positions(cursor: &mut Cursor<'_>) -> Faulty<Vec<Coord>> {
    list(cursor, &mut |cursor| position(cursor)?.ok_or_else(|| not_positions(cursor)))
}

fn coordinate(cursor: &mut Cursor<'_>) -> Faulty<f64> {
    cursor.peek()?;
    let Some((number, length)) = cursor.text.get(cursor.at..).and_then(number::json) else {
        return Err(not_positions(cursor));
    };
    cursor.at += length;
    Ok(number.as_f64())
}

/// A position; `None` for an empty one. Further coordinates are passed over.
fn position(cursor: &mut Cursor<'_>) -> Faulty<Option<Coord>> {
    let ([x, y], count, _) = numbers(cursor)?;
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
