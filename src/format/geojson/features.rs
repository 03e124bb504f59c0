//! GeoJSON features with their geometry.

use std::borrow::Cow;

use geojson::{Geometry, GeometryValue, JsonObject, Position};

use super::json::{Cursor, JsonError, Scalar};
use super::{Code, Fault, FilePosition, FormatError, JsonRecords, RecordKind, Records, Source, Step};
use crate::format::number;
use crate::format::property::Property;

/// A cursor over the features of a document or a sequence, or over a lone geometry.
pub(crate) struct JsonFeatures(JsonRecords);

/// A feature as it is written.
pub(crate) struct JsonFeature<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Position of its first byte in the file.
    pub(crate) position: FilePosition,
    /// True for a geometry without a feature.
    is_geometry: bool,
    /// Error of its structure, if it has one.
    fault: Option<Box<Fault>>,
}

impl JsonFeatures {
    /// Reads up to the first feature. A feature has at most `max_bytes`.
    pub(crate) fn open(source: Source, max_bytes: usize, is_crs_stated: bool) -> Result<Self, FormatError> {
        let mut records = JsonRecords::begun(source, is_crs_stated, max_bytes)?;
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

    /// Sentences on the whole file; complete at its end.
    pub(crate) fn notices(&self) -> Vec<String> {
        self.0.notices()
    }

    /// The next feature; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<JsonFeature<'_>>, FormatError> {
        let fault = match self.0.advance()? {
            Step::End => return Ok(None),
            Step::Record => None,
            // A geometry without a feature is useless as a report, but not as a polygon or on a map.
            Step::Broken(fault) if fault.code == Code::NoProperties => None,
            Step::Broken(fault) => Some(fault),
        };
        let (position, text) = (self.0.position(), self.0.window.behind(self.0.length));
        Ok(Some(JsonFeature { text: text.into(), position, is_geometry: self.0.shape == RecordKind::Geometry, fault }))
    }
}

impl JsonFeature<'_> {
    /// The feature with a text of its own.
    pub(crate) fn into_owned(self) -> JsonFeature<'static> {
        let Self { text, position, is_geometry, fault } = self;
        JsonFeature { text: text.into_owned().into(), position, is_geometry, fault }
    }

    /// Its geometry; `None` for null and for a missing one. Positions keep all their coordinates.
    ///
    /// # Errors
    /// `Q_STRUCTURE`, `Q_GEOM_TYPE`, `Q_COORD_TYPE`, `Q_NONFINITE`; the error of its structure.
    pub(crate) fn shape(&self) -> Faulty<Option<GeometryValue>> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        members(&self.text, self.is_geometry)?.geometry.map(|mut cursor| geometry(&mut cursor)).transpose()
    }

    /// Its properties.
    ///
    /// # Errors
    /// A value that no number or text can hold, such as 1e999.
    pub(crate) fn object(&self) -> Faulty<JsonObject> {
        match properties_text(&self.text).filter(|_| !self.is_geometry) {
            None => Ok(JsonObject::new()),
            Some(text) => serde_json::from_str(text).map_err(|error| properties_fault(&error)),
        }
    }

    /// Its properties that can be shown or ranked by.
    pub(crate) fn properties(&self) -> Faulty<Vec<(Cow<'_, str>, Property<'_>)>> {
        let mut found = Vec::new();
        if let Some(mut cursor) = members(&self.text, self.is_geometry)?.properties {
            properties(&mut cursor, &mut found)?;
        }
        Ok(found)
    }
}

/// The fault of properties whose syntax is sound but whose values serde cannot hold, such as 1e999.
#[allow(clippy::unnecessary_box_returns, reason = "faults are boxed wherever they are returned")]
fn properties_fault(error: &serde_json::Error) -> Box<Fault> {
    let found = error.to_string();
    // Its line and column count from the beginning of the properties, not of the file.
    let found = found.rsplit_once(" at line ").map_or(found.as_str(), |(found, _)| found);
    let code = if found.starts_with("number out of range") { Code::NonFinite } else { Code::Structure };
    Fault::new(code, "properties", found, "an object or null")
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

/// A geometry of any type, with its members in any order.
fn geometry(cursor: &mut Cursor<'_>) -> Faulty<GeometryValue> {
    cursor.peek()?;
    let (mut first, mut kind, mut coordinates, mut geometries) = (cursor.enter()?, None, None, None);
    while cursor.goes_on(b'}', &mut first)? {
        let key = cursor.key()?;
        match (&*key, cursor.peek()?) {
            ("type", b'"') => kind = Some(cursor.string()?),
            ("coordinates", byte) => {
                coordinates = (byte != b'n').then_some(*cursor);
                cursor.skip()?;
            }
            ("geometries", byte) => {
                geometries = (byte == b'[').then_some(*cursor);
                cursor.skip()?;
            }
            _ => cursor.skip()?,
        }
    }
    let kind = kind.ok_or_else(|| structure("geometry", "no type", "a type such as \"Polygon\""))?;
    if kind == "GeometryCollection" {
        let Some(mut cursor) = geometries else {
            return Ok(GeometryValue::GeometryCollection { geometries: Vec::new() });
        };
        let geometries = list(&mut cursor, &mut |cursor| {
            if cursor.peek()? != b'{' {
                return Err(structure("geometries", "a value", "geometries in `{}`"));
            }
            geometry(cursor).map(Geometry::new)
        })?;
        return Ok(GeometryValue::GeometryCollection { geometries });
    }
    let missing = || Fault::new(Code::NoGeometry, "geometry", "no coordinates", "positions");
    let mut cursor = coordinates.ok_or_else(missing)?;
    let cursor = &mut cursor;
    Ok(match &*kind {
        "Point" => GeometryValue::Point { coordinates: position(cursor)? },
        "MultiPoint" => GeometryValue::MultiPoint { coordinates: positions(cursor)? },
        "LineString" => GeometryValue::LineString { coordinates: positions(cursor)? },
        "MultiLineString" => GeometryValue::MultiLineString { coordinates: rings(cursor)? },
        "Polygon" => GeometryValue::Polygon { coordinates: rings(cursor)? },
        "MultiPolygon" => GeometryValue::MultiPolygon { coordinates: list(cursor, &mut rings)? },
        other => return Err(Fault::new(Code::GeomType, "geometry", other, "one of the seven types of RFC 7946")),
    })
}

fn rings(cursor: &mut Cursor<'_>) -> Faulty<Vec<Vec<Position>>> {
    list(cursor, &mut positions)
}

fn positions(cursor: &mut Cursor<'_>) -> Faulty<Vec<Position>> {
    list(cursor, &mut position)
}

/// A position with all its coordinates, which are finite.
fn position(cursor: &mut Cursor<'_>) -> Faulty<Position> {
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
    if plane.iter().chain(&others).any(|number| !number.is_finite()) {
        return Err(Fault::new(Code::NonFinite, "geometry", "number out of range", POSITIONS));
    }
    Ok(match count {
        2 => Position::from(plane),
        0 | 1 => Position::from(plane[..count].to_vec()),
        _ => Position::from([&plane, &*others].concat()),
    })
}

/// The elements of an array.
fn list<T>(cursor: &mut Cursor<'_>, element: &mut dyn FnMut(&mut Cursor<'_>) -> Faulty<T>) -> Faulty<Vec<T>> {
    let mut all = Vec::new();
    each(cursor, &mut |cursor| {
        all.push(element(cursor)?);
        Ok(())
    })?;
    Ok(all)
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

fn coordinate(cursor: &mut Cursor<'_>) -> Faulty<f64> {
    cursor.peek()?;
    let Some((number, length)) = cursor.text.get(cursor.at..).and_then(number::json) else {
        return Err(not_positions(cursor));
    };
    cursor.at += length;
    Ok(number.as_f64())
}

/// Content of coordinates.
const POSITIONS: &str = "positions, each a longitude and a latitude";

#[cold]
fn not_positions(cursor: &Cursor<'_>) -> Box<Fault> {
    let found: String = cursor.text.get(cursor.at..).unwrap_or_default().chars().take(40).collect();
    Fault::new(Code::CoordType, "geometry", found, POSITIONS)
}
