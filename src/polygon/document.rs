//! A GeoJSON document as its features, each by itself: one that cannot be read takes no other with it.

use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

use geojson::{GeometryValue, JsonObject, Position};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::PolygonError;
use super::validate::not_polygon;
use crate::ingest::{Code, Fault, Input, Place, crs};

/// Brackets deeper than this are an attack or an accident: a multipolygon needs eight.
const MOST_DEPTH: usize = 64;

/// A file and where its features stand.
#[derive(Clone)]
pub(super) struct Document {
    pub(super) file: String,
    text: Arc<str>,
    features: Arc<[(Range<usize>, u64)]>,
    bare: bool,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Document").field("file", &self.file).field("features", &self.len()).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    features: Option<Vec<&'a RawValue>>,
    crs: Option<Value>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct RawFeature<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    geometry: Option<&'a RawValue>,
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct RawGeometry<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    coordinates: Option<&'a RawValue>,
}

impl Document {
    /// Reads a collection, a lone feature or a bare geometry. The text is kept, as evidence for what is refused later.
    pub(super) fn read(input: &Input) -> Result<Self, PolygonError> {
        let Some(source) = input.source()? else { return Err(PolygonError::NotAFile) };
        let file = source.name().to_owned();
        let broken = |source| PolygonError::NotGeoJson { file: file.clone(), source };
        let mut text = String::new();
        source.into_reader().read_to_string(&mut text).map_err(|error| broken(error.into()))?;
        if let Some(byte) = too_deep(&text) {
            return Err(PolygonError::Depth { file, byte, max: MOST_DEPTH });
        }
        let found: Collection<'_> = serde_json::from_str(&text).map_err(|error| broken(error.into()))?;
        if let Some(crs) =
            found.crs.filter(|found| crs::named(&found.to_string()).is_some_and(|name| !crs::is_wgs84(&name)))
        {
            return Err(PolygonError::Crs { file, found: crs.to_string() });
        }
        let all = || std::iter::once(0..text.len()).collect();
        let (features, bare): (Vec<Range<usize>>, bool) = match (&*found.kind, found.features) {
            // Each is a slice of the text, so that its address tells its place.
            ("FeatureCollection", Some(features)) => {
                let place = |raw: &&RawValue| raw.get().as_ptr().addr().wrapping_sub(text.as_ptr().addr());
                (features.iter().map(|raw| place(raw)..place(raw) + raw.get().len()).collect(), false)
            }
            ("Feature", _) => (all(), false),
            (kind, _) if GEOMETRIES.contains(&kind) => (all(), true),
            ("FeatureCollection", None) => return Err(broken("the collection has no features".into())),
            (kind, _) => return Err(broken(format!("the document is of type {kind:?}").into())),
        };
        let (mut line, mut counted) = (1, 0);
        let numbered = features.into_iter().map(|range| {
            let before = text.get(counted..range.start).unwrap_or_default();
            line += before.bytes().filter(|&byte| byte == b'\n').count() as u64;
            counted = range.start;
            (range, line)
        });
        let features = numbered.collect();
        Ok(Self { file, features, text: text.into(), bare })
    }

    /// Number of features.
    pub(super) fn len(&self) -> usize {
        self.features.len()
    }

    /// A feature as it is written.
    pub(super) fn raw(&self, index: usize) -> &str {
        self.features.get(index).and_then(|(range, _)| self.text.get(range.clone())).unwrap_or_default()
    }

    /// Where a feature begins.
    pub(super) fn place(&self, index: usize) -> Place {
        let found = self.features.get(index);
        found.map_or_else(Place::default, |(range, line)| Place { line: Some(*line), byte: Some(range.start as u64) })
    }

    /// The geometry and properties of a feature.
    pub(super) fn feature(&self, index: usize) -> Result<(GeometryValue, JsonObject), Box<Fault>> {
        let raw = self.raw(index);
        if self.bare {
            return Ok((geometry(raw)?, JsonObject::new()));
        }
        let feature: RawFeature<'_> = part("", raw, Code::Structure, "a Feature with a geometry and properties")?;
        if feature.kind != "Feature" {
            let found = format!("an object of type {:?}", feature.kind);
            return Err(Fault::new(Code::Structure, "", found, "a Feature"));
        }
        let Some(shape) = feature.geometry else {
            return Err(Fault::new(Code::NoGeometry, "geometry", "no geometry", "a Polygon or MultiPolygon"));
        };
        let properties: Option<JsonObject> = match feature.properties {
            Some(raw) => part("properties", raw.get(), Code::Structure, "an object or null")?,
            None => None,
        };
        Ok((geometry(shape.get())?, properties.unwrap_or_default()))
    }
}

impl Document {
    /// The properties of a feature, whatever its geometry is.
    pub(super) fn properties(&self, index: usize) -> Option<JsonObject> {
        let feature: RawFeature<'_> = serde_json::from_str(self.raw(index)).ok()?;
        serde_json::from_str(feature.properties?.get()).ok()
    }
}

/// The types of geometry there are.
const GEOMETRIES: [&str; 7] =
    ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"];

/// Expected coordinates of a polygon.
const RINGS: &str = "rings of positions, each a longitude and a latitude";

fn geometry(raw: &str) -> Result<GeometryValue, Box<Fault>> {
    let shape: RawGeometry<'_> = part("geometry", raw, Code::Structure, "a geometry with type and coordinates")?;
    let coordinates = shape.coordinates.map(RawValue::get);
    let missing = || Fault::new(Code::NoGeometry, "geometry", "no coordinates", "the rings of a polygon");
    match &*shape.kind {
        "Polygon" => {
            let rings: Vec<Vec<Position>> = part("geometry", coordinates.ok_or_else(missing)?, Code::CoordType, RINGS)?;
            Ok(GeometryValue::Polygon { coordinates: rings })
        }
        "MultiPolygon" => {
            let parts = part("geometry", coordinates.ok_or_else(missing)?, Code::CoordType, RINGS)?;
            Ok(GeometryValue::MultiPolygon { coordinates: parts })
        }
        other => not_polygon(other),
    }
}

/// Reads a part of a feature; the fault says what stands there instead.
fn part<'a, T: Deserialize<'a>>(column: &str, raw: &'a str, code: Code, expected: &str) -> Result<T, Box<Fault>> {
    serde_json::from_str(raw).map_err(|error| {
        // The library has no other sign of these two; a test holds its words to ours.
        let found = error.to_string();
        // Its line and column count from the beginning of the part, which no reader knows.
        let found = found.rsplit_once(" at line ").map_or(found.as_str(), |(found, _)| found);
        let code = if found.starts_with("number out of range") {
            Code::NonFinite
        } else if found.starts_with("duplicate field") {
            Code::DupKey
        } else {
            code
        };
        Fault::new(code, column, found, expected)
    })
}

/// The byte at which a text is nested too deep. Without recursion, so that no nesting can exhaust the stack.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    text.bytes().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MOST_DEPTH
    })
}
