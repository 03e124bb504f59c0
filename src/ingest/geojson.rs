//! GeoJSON `FeatureCollection`s of points, streamed feature by feature.

use std::collections::{BTreeSet, VecDeque};
use std::io::BufRead;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::columns;
use super::feature_scan::{FeatureScan, ScanError};
use super::position::is_wgs84;
use super::{Fault, Field, Format, IngestError, Place, Reason, Records, Source, Step};

/// A `FeatureCollection` in WGS84 (RFC 7946).
#[derive(Debug)]
pub(super) struct GeoJson;

/// Bytes of features looked at, and kept, to learn the names of properties before the first record is handed on.
const LOOK_AHEAD: usize = 16 << 20;

impl Format for GeoJson {
    fn name(&self) -> &'static str {
        "geojson"
    }

    fn about(&self) -> &'static str {
        "FeatureCollection of points in WGS84 (RFC 7946), streamed, any member order"
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
    }

    fn open(&self, source: Source, _notices: &mut Vec<String>) -> Result<Box<dyn Records>, IngestError> {
        let file = source.name().to_owned();
        let mut records = GeoJsonRecords {
            scan: FeatureScan::new(Box::new(source.into_reader())),
            file,
            names: Vec::new(),
            ahead: VecDeque::new(),
            current: Feature::default(),
            raw: Vec::new(),
            record: 0,
        };
        let (mut bytes, mut names) = (0, BTreeSet::new());
        while bytes < LOOK_AHEAD {
            let Some(place) = records.scan()? else { break };
            let raw = std::mem::take(&mut records.raw);
            bytes += raw.len();
            if let Ok(feature) = parse(&raw) {
                names.extend(feature.properties.keys().cloned());
            }
            records.ahead.push_back((place, raw));
        }
        if records.ahead.is_empty() {
            return Err(IngestError::NoRecords { file: records.file, format: "geojson" });
        }
        records.names = names.into_iter().collect();
        Ok(Box::new(records))
    }
}

struct GeoJsonRecords {
    file: String,
    scan: FeatureScan<Box<dyn BufRead + Send>>,
    names: Vec<String>,
    ahead: VecDeque<(Place, Vec<u8>)>,
    current: Feature,
    raw: Vec<u8>,
    record: u64,
}

/// What is needed of a feature; anything else in it is not ours to judge.
#[derive(Default, Deserialize)]
struct Feature {
    #[serde(default)]
    geometry: Option<Geometry>,
    #[serde(default, deserialize_with = "null_is_empty")]
    properties: Map<String, Value>,
}

fn null_is_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Deserialize)]
struct Geometry {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    coordinates: Value,
}

fn parse(raw: &[u8]) -> Result<Feature, Fault> {
    serde_json::from_slice(raw).map_err(|error| {
        Fault::new(Reason::Json, "", error.to_string(), "a GeoJSON Feature with a Point geometry and properties")
    })
}

impl GeoJsonRecords {
    /// Takes the next feature's bytes into `raw`.
    fn scan(&mut self) -> Result<Option<Place>, IngestError> {
        let line = match self.scan.next(&mut self.raw) {
            Ok(Some(line)) => line,
            Ok(None) => return self.check_envelope().map(|()| None),
            Err(ScanError::Io(source)) => return Err(IngestError::Io { file: self.file.clone(), source }),
            Err(ScanError::Syntax { line, column, problem }) => return Err(self.syntax(line, column, problem)),
        };
        self.record += 1;
        Ok(Some(Place { record: self.record, line: Some(line) }))
    }

    /// A property that turns up only after the names were settled must not be lost when it would have had a role.
    fn check_names(&self, place: Place) -> Result<(), IngestError> {
        let late = |name: &&String| self.names.binary_search(name).is_err() && columns::has_role(name);
        match self.current.properties.keys().find(late) {
            None => Ok(()),
            Some(name) => Err(IngestError::LateColumn {
                file: self.file.clone(),
                record: place.record,
                name: name.clone(),
                after: LOOK_AHEAD >> 20,
            }),
        }
    }

    /// The document round the features must itself be a valid `FeatureCollection`.
    fn check_envelope(&self) -> Result<(), IngestError> {
        let envelope: Value = serde_json::from_slice(self.scan.envelope())
            .map_err(|error| self.syntax(1, 1, format!("the document round the features is not JSON: {error}")))?;
        if envelope["type"] != "FeatureCollection" || !envelope["features"].is_array() {
            let problem = "expected an object with \"type\": \"FeatureCollection\" and an array \"features\"";
            return Err(self.syntax(1, 1, problem.to_owned()));
        }
        if !is_wgs84(&envelope["crs"]) {
            return Err(IngestError::Crs { file: self.file.clone(), found: envelope["crs"].to_string() });
        }
        Ok(())
    }

    fn syntax(&self, line: u64, column: u64, problem: String) -> IngestError {
        IngestError::Syntax { file: self.file.clone(), format: "GeoJSON", line, column, problem }
    }
}

impl Records for GeoJsonRecords {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn advance(&mut self) -> Result<Step, IngestError> {
        let ahead = self.ahead.pop_front();
        let known = ahead.is_some();
        let place = match ahead {
            Some((place, raw)) => {
                self.raw = raw;
                place
            }
            None => match self.scan()? {
                Some(place) => place,
                None => return Ok(Step::End),
            },
        };
        match parse(&self.raw) {
            Err(fault) => Ok(Step::Broken(place, fault)),
            Ok(feature) => {
                self.current = feature;
                if !known {
                    self.check_names(place)?;
                }
                Ok(Step::Record(place))
            }
        }
    }

    fn has_geometry(&self) -> bool {
        true
    }

    fn geometry(&self) -> Field<'_> {
        self.current.geometry.as_ref().map_or(Field::Null, Geometry::field)
    }

    fn field(&self, column: usize) -> Field<'_> {
        match self.current.properties.get(&self.names[column]) {
            None | Some(Value::Null) => Field::Null,
            Some(Value::String(text)) => Field::Text(text),
            Some(Value::Number(number)) => number.as_f64().map_or(Field::Other("a number"), Field::Number),
            Some(Value::Bool(true)) => Field::Other("true"),
            Some(Value::Bool(false)) => Field::Other("false"),
            Some(Value::Array(_)) => Field::Other("an array"),
            Some(Value::Object(_)) => Field::Other("an object"),
        }
    }

    fn raw(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }
}

impl Geometry {
    fn field(&self) -> Field<'_> {
        if self.kind != "Point" {
            return Field::Other(&self.kind);
        }
        let Value::Array(position) = &self.coordinates else { return Field::Other("a Point without coordinates") };
        match position.as_slice() {
            [] => Field::Null,
            [lng, lat, ..] => match (lng.as_f64(), lat.as_f64()) {
                (Some(lng), Some(lat)) => Field::Point(lng, lat),
                _ => Field::Other("a Point whose coordinates are not numbers"),
            },
            [_] => Field::Other("a Point with one coordinate"),
        }
    }
}
