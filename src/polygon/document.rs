//! A GeoJSON file of polygons as its features, each by itself: one that cannot be read takes no other with it.

use std::ops::Range;
use std::sync::Arc;

use geojson::{GeometryValue, JsonObject};

use super::PolygonError;
use super::validate::not_polygon;
use crate::code::Code;
use crate::format::geojson::features::{Features, polygons, properties_text};
use crate::format::{Fault, FilePosition, Input, crs};

/// Limit of one feature; its parser counts bytes in 32 bits.
const MAX_FEATURE_BYTES: usize = 1 << 31;

/// The features of a file. Their text is kept as evidence for the quarantine.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) file: String,
    text: Arc<str>,
    features: Arc<[DocumentFeature]>,
    /// True for a geometry without a feature.
    is_geometry: bool,
}

#[derive(Clone, Debug)]
struct DocumentFeature {
    /// Bytes of [`Document::text`].
    range: Range<usize>,
    position: FilePosition,
    fault: Option<Box<Fault>>,
}

impl Document {
    /// Reads a collection or sequence of features, a lone feature or a lone geometry.
    pub(super) fn read(input: &Input) -> Result<Self, PolygonError> {
        let Some(source) = input.source()? else { return Err(PolygonError::NotAFile) };
        let file = source.name().to_owned();
        let mut reader = Features::open(source, MAX_FEATURE_BYTES)?;
        if let Some(found) = reader.crs().filter(|found| !crs::is_wgs84(found)) {
            return Err(PolygonError::Crs { file, found: found.to_owned() });
        }
        let (mut text, mut features, mut is_geometry) = (String::new(), Vec::new(), false);
        while let Some(feature) = reader.next()? {
            let from = text.len();
            text.push_str(feature.text);
            is_geometry = feature.is_geometry;
            let range = from..text.len();
            features.push(DocumentFeature { range, position: feature.position, fault: feature.fault });
        }
        Ok(Self { file, text: text.into(), features: features.into(), is_geometry })
    }

    /// Number of features.
    pub(super) fn len(&self) -> usize {
        self.features.len()
    }

    /// A feature by its number, from 1.
    fn get(&self, number: u64) -> Option<&DocumentFeature> {
        self.features.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// A feature as it is written.
    pub(super) fn raw(&self, number: u64) -> &str {
        self.get(number).and_then(|feature| self.text.get(feature.range.clone())).unwrap_or_default()
    }

    /// Position of a feature in the file.
    pub(super) fn position(&self, number: u64) -> FilePosition {
        self.get(number).map(|feature| feature.position).unwrap_or_default()
    }

    /// The geometry and properties of a feature.
    pub(super) fn feature(&self, number: u64) -> Result<(GeometryValue, JsonObject), Box<Fault>> {
        if let Some(fault) = self.get(number).and_then(|feature| feature.fault.clone()) {
            return Err(fault);
        }
        let raw = self.raw(number);
        let properties = match properties_text(raw).filter(|_| !self.is_geometry) {
            None => JsonObject::new(),
            Some(text) => serde_json::from_str(text).map_err(|error| properties_fault(&error))?,
        };
        Ok((polygons(raw, self.is_geometry, not_polygon)?, properties))
    }

    /// The properties of a feature, whatever its geometry is.
    pub(super) fn properties(&self, number: u64) -> Option<JsonObject> {
        serde_json::from_str(properties_text(self.raw(number))?).ok()
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
