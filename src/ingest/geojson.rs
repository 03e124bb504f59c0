//! GeoJSON `FeatureCollection`s of points, streamed feature by feature.

use std::collections::VecDeque;
use std::io::BufRead;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::feature_scan::{FeatureScan, ScanError};
use super::position::is_wgs84;
use super::{Fault, Field, Format, IngestError, Place, Reason, Records, Source, Step};

/// A `FeatureCollection` in WGS84 (RFC 7946).
#[derive(Debug)]
pub(super) struct GeoJson;

/// Features looked at to learn the names of properties before the first record is handed on.
const LOOK_AHEAD: usize = 1000;

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
            buffer: Vec::new(),
            record: 0,
        };
        while records.ahead.len() < LOOK_AHEAD {
            let Some(read) = records.read()? else { break };
            records.ahead.push_back(read);
        }
        let known = records.ahead.iter().filter_map(|(_, feature)| feature.as_ref().ok());
        let mut names: Vec<String> = known.flat_map(|feature| feature.properties.keys().cloned()).collect();
        names.sort_unstable();
        names.dedup();
        names.insert(0, "geometry".to_owned());
        records.names = names;
        Ok(Box::new(records))
    }
}

struct GeoJsonRecords {
    file: String,
    scan: FeatureScan<Box<dyn BufRead + Send>>,
    names: Vec<String>,
    ahead: VecDeque<Read>,
    current: Feature,
    buffer: Vec<u8>,
    record: u64,
}

/// A feature as it was read, or what is wrong with it.
type Read = (Place, Result<Feature, Fault>);

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

impl GeoJsonRecords {
    fn read(&mut self) -> Result<Option<Read>, IngestError> {
        let line = match self.scan.next(&mut self.buffer) {
            Ok(Some(line)) => line,
            Ok(None) => return self.check_envelope().map(|()| None),
            Err(ScanError::Io(source)) => return Err(IngestError::Io { file: self.file.clone(), source }),
            Err(ScanError::Syntax { line, column, problem }) => return Err(self.syntax(line, column, problem)),
        };
        self.record += 1;
        let place = Place { record: self.record, line: Some(line) };
        let feature = serde_json::from_slice(&self.buffer).map_err(|error| {
            Fault::new(Reason::Json, "", error.to_string(), "a GeoJSON Feature with a Point geometry and properties")
        });
        Ok(Some((place, feature)))
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
        let next = match self.ahead.pop_front() {
            Some(read) => Some(read),
            None => self.read()?,
        };
        Ok(match next {
            None => Step::End,
            Some((place, Err(fault))) => {
                self.current = Feature::default();
                Step::Broken(place, fault)
            }
            Some((place, Ok(feature))) => {
                self.current = feature;
                Step::Record(place)
            }
        })
    }

    fn field(&self, column: usize) -> Field<'_> {
        if column == 0 {
            return self.current.geometry.as_ref().map_or(Field::Null, Geometry::field);
        }
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
        Value::Object(self.current.properties.clone()).to_string()
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
