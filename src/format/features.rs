//! Features with their geometry, from any format: the reader of areas, of indicators of areas and of context layers.

use std::borrow::Cow;

use geojson::{GeometryValue, JsonObject, Position};
use serde_json::{Number, Value};

use super::crs::{Converter, UnusableCrs};
use super::geojson::features::{JsonFeature, JsonFeatures};
use super::geometry::{GeometryPart, change_positions, parts};
pub(crate) use super::property::Property;
use super::{
    Code, Crs, Fault, FeatureSource, Field, FileOptions, FilePosition, FormatError, Geometries, Input,
    MAX_RECORD_BYTES, Records, Step,
};

/// The parts and properties of a feature.
#[derive(Debug)]
pub(crate) struct Feature<'a> {
    pub(crate) parts: Vec<GeometryPart>,
    pub(crate) properties: Vec<(Cow<'a, str>, Property<'a>)>,
}

/// A cursor over the features of a file.
pub(crate) struct Features {
    cursor: FeatureCursor,
    /// Name of the format.
    pub(crate) format: &'static str,
    /// Automatic choices.
    pub(crate) notices: Vec<String>,
    /// The way to longitude and latitude.
    pub(crate) converter: Converter,
}

enum FeatureCursor {
    Json(Box<JsonFeatures>),
    Table(Box<dyn Records>),
}

/// A feature, not yet looked into.
pub(crate) struct RawFeature<'a> {
    /// Position in the file.
    pub(crate) position: FilePosition,
    content: FeatureContent<'a>,
}

enum FeatureContent<'a> {
    Json(JsonFeature<'a>),
    Row(Result<Option<GeometryValue>, Box<Fault>>, JsonObject),
}

type Faulty<T> = Result<T, Box<Fault>>;

impl Features {
    /// Opens a file of features; a feature of JSON has at most `max_bytes`. `None` for a table in memory.
    ///
    /// # Errors
    /// A file that cannot be read or is of no format of features; a reference system that is not known.
    pub(crate) fn open(input: &Input, geometries: Geometries, max_bytes: usize) -> Result<Option<Self>, FormatError> {
        let Some(source) = input.source()? else { return Ok(None) };
        let options = FileOptions { geometries, ..FileOptions::default() }.of(input)?;
        let mut notices: Vec<String> = source.notices().collect();
        let (cursor, format, stated) = match super::features_of(source, &options, &mut notices)? {
            (FeatureSource::Json(source), format) => {
                let features = JsonFeatures::open(source, max_bytes, options.crs.is_some())?;
                let stated = features.crs().map(str::to_owned);
                (FeatureCursor::Json(Box::new(features)), format, stated)
            }
            (FeatureSource::Table(mut records), format) => {
                if !records.header().has_geometry {
                    let problem = "has no geometry; expected shapes, as GeoJSON, GeoPackage, a shapefile, FlatGeobuf, GeoParquet or KML have \
                                   them"
                        .to_owned();
                    return Err(FormatError::Unreadable { file: input.name(), problem });
                }
                records.select(&vec![true; records.names().len()], &[]);
                let stated = records.header().crs.clone();
                (FeatureCursor::Table(records), format, stated)
            }
        };
        let is_given = options.crs.is_some();
        let crs = match (options.crs, stated) {
            (Some(crs), _) => crs,
            (None, None) => Crs::default(),
            (None, Some(found)) => Crs::named(&found).map_err(|why| unusable(input, found, &why))?,
        };
        let converter = Converter::new(crs).map_err(|why| unusable(input, crs.to_string(), &why))?;
        if let Some(notice) = converter.notice() {
            let how = if is_given { "taken to be in" } else { "states" };
            notices.push(format!("{}: {how} {notice}", input.name()));
        }
        Ok(Some(Self { cursor, format, notices, converter }))
    }

    /// Statements of the file that it is a part; complete at its end.
    pub(crate) fn parts(&self) -> Vec<String> {
        match &self.cursor {
            FeatureCursor::Json(features) => features.notices(),
            FeatureCursor::Table(records) => records.notices(),
        }
    }

    /// The next feature; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<RawFeature<'_>>, FormatError> {
        match &mut self.cursor {
            FeatureCursor::Json(features) => Ok(features
                .next()?
                .map(|feature| RawFeature { position: feature.position, content: FeatureContent::Json(feature) })),
            FeatureCursor::Table(records) => {
                let (shape, properties) = match records.advance()? {
                    Step::End => return Ok(None),
                    Step::Broken(fault) => (Err(fault), JsonObject::new()),
                    Step::Record => (records.shape(), object(&**records)),
                };
                Ok(Some(RawFeature { position: records.position(), content: FeatureContent::Row(shape, properties) }))
            }
        }
    }
}

fn unusable(input: &Input, found: String, why: &UnusableCrs) -> FormatError {
    FormatError::Crs { file: input.name(), found, expected: why.to_string() }
}

/// Type of the first geometry of a file; `None` where there is none.
///
/// # Errors
/// A file that is none of features.
pub(crate) fn first_kind(input: &Input) -> Result<Option<&'static str>, FormatError> {
    let Some(mut features) = Features::open(input, Geometries::Polygons, MAX_RECORD_BYTES)? else { return Ok(None) };
    while let Some(feature) = features.next()? {
        let shape = match feature.content {
            FeatureContent::Json(feature) => feature.shape(),
            FeatureContent::Row(shape, _) => shape,
        };
        if let Ok(Some(shape)) = shape {
            return Ok(Some(shape.type_name()));
        }
    }
    Ok(None)
}

impl RawFeature<'_> {
    /// The feature as evidence: as it is written, or its properties as JSON.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match &self.content {
            FeatureContent::Json(feature) => (&*feature.text).into(),
            FeatureContent::Row(_, properties) => evidence(properties).into(),
        }
    }

    /// The feature apart from its cursor.
    pub(crate) fn into_owned(self) -> RawFeature<'static> {
        let content = match self.content {
            FeatureContent::Json(feature) => FeatureContent::Json(feature.into_owned()),
            FeatureContent::Row(shape, properties) => FeatureContent::Row(shape, properties),
        };
        RawFeature { position: self.position, content }
    }

    /// The geometry in longitude and latitude, and the properties.
    ///
    /// # Errors
    /// `Q_NO_GEOMETRY`; a geometry or properties that cannot be read; a position outside its reference system.
    pub(crate) fn read(self, converter: &Converter) -> Faulty<(GeometryValue, JsonObject)> {
        let (shape, properties) = match self.content {
            FeatureContent::Json(feature) => (feature.shape()?, feature.object()?),
            FeatureContent::Row(shape, properties) => (shape?, properties),
        };
        Ok((located(shape, converter)?, properties))
    }

    /// The parts in longitude and latitude, and the properties that can be shown.
    ///
    /// # Errors
    /// Those of [`Self::read`]; a position outside the world; a part of too few positions.
    pub(crate) fn parts(&self, converter: &Converter) -> Faulty<Feature<'_>> {
        let (shape, properties) = match &self.content {
            FeatureContent::Json(feature) => (feature.shape()?, feature.properties()?),
            FeatureContent::Row(shape, properties) => (shape.clone()?, properties.iter().filter_map(shown).collect()),
        };
        let parts = parts(&located(shape, converter)?)?;
        if parts.iter().all(|part| part.at.is_empty()) {
            return Err(no_geometry());
        }
        Ok(Feature { parts, properties })
    }
}

/// A geometry in longitude and latitude.
fn located(shape: Option<GeometryValue>, converter: &Converter) -> Faulty<GeometryValue> {
    let mut shape = shape.ok_or_else(no_geometry)?;
    if converter.crs() != Crs::default() {
        change_positions(&mut shape, &mut |position| {
            let &[x, y, ..] = position.as_slice() else { return Ok(()) };
            let (lat, lng) = converter.convert(x, y).map_err(|fault| fault.in_column("geometry"))?;
            *position = Position::from([lng, lat]);
            Ok(())
        })?;
    }
    Ok(shape)
}

fn no_geometry() -> Box<Fault> {
    Fault::new(Code::NoGeometry, "geometry", "no geometry", "points, lines or polygons")
}

/// The values of a record as JSON; those that no property can hold are null.
fn object(records: &dyn Records) -> JsonObject {
    let number = |number: f64| Number::from_f64(number).map_or(Value::Null, Value::Number);
    let value = |column: usize| match records.field(column) {
        Field::Text(text) => Value::from(text),
        Field::Integer(whole) => Value::from(whole),
        Field::Number(fraction) => number(fraction),
        Field::Other("true") => Value::Bool(true),
        Field::Other("false") => Value::Bool(false),
        Field::Null | Field::Point(..) | Field::OnlyPoint(..) | Field::Other(_) => Value::Null,
        time => Value::from(time.displayed()),
    };
    records.names().iter().enumerate().map(|(column, name)| (name.clone(), value(column))).collect()
}

/// A feature without its geometry as evidence for the quarantine.
fn evidence(properties: &JsonObject) -> String {
    serde_json::json!({ "type": "Feature", "properties": properties }).to_string()
}

/// A property that can be shown or ranked by.
fn shown<'a>((name, value): (&'a String, &'a Value)) -> Option<(Cow<'a, str>, Property<'a>)> {
    let property = match value {
        Value::String(text) => Property::Text(text.into()),
        Value::Number(number) => Property::Number(number.as_f64()?),
        _ => return None,
    };
    Some((name.into(), property))
}
