//! Stage 5, polygons with values: the study area's outline and the indicators of small areas.

pub mod interpolate;

pub mod rtree;

use std::io::Read;
use std::str::FromStr;

use geo::{CoordsIter, MultiPolygon};
use geojson::{FeatureCollection, GeometryValue, JsonObject};
use h3o::Resolution;

pub use interpolate::{Interpolated, interpolate};
pub use rtree::PolygonIndex;

use crate::error::{Cause, InvalidValue};
use crate::grid::{Containment, LatLng, StudyArea};
use crate::ingest::crs;
use crate::ingest::{Input, Source};

/// Whether a value is a total that splits with its ground, or a level that does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A count or sum, such as residents: half the area holds half of it.
    Extensive,
    /// A rate, share or score: half the area has the same.
    Intensive,
}

impl Kind {
    /// The name used in settings.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Extensive => "extensive",
            Self::Intensive => "intensive",
        }
    }
}

impl FromStr for Kind {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        match text {
            "extensive" => Ok(Self::Extensive),
            "intensive" => Ok(Self::Intensive),
            _ => Err(InvalidValue::bare(
                "indicator kind",
                text,
                "extensive (a count, splits with area) or intensive (a rate or score, does not)",
            )),
        }
    }
}

/// An indicator to bring onto the cells: a column of a polygon file.
///
/// On the command line `FILE:COLUMN:extensive` or `FILE:COLUMN:intensive`.
#[derive(Clone, Debug)]
pub struct Indicator {
    /// The polygon file.
    pub input: Input,
    /// The property that holds the value.
    pub column: String,
    /// How it spreads over ground.
    pub kind: Kind,
}

impl Indicator {
    /// A rate, share or score.
    #[must_use]
    pub fn intensive(input: impl Into<Input>, column: &str) -> Self {
        Self { input: input.into(), column: column.to_owned(), kind: Kind::Intensive }
    }

    /// A count or sum.
    #[must_use]
    pub fn extensive(input: impl Into<Input>, column: &str) -> Self {
        Self { input: input.into(), column: column.to_owned(), kind: Kind::Extensive }
    }
}

impl FromStr for Indicator {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let mut parts = text.rsplitn(3, ':');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(kind), Some(column), Some(file)) if !column.is_empty() && !file.is_empty() => {
                Ok(Self { input: Input::from(file), column: column.to_owned(), kind: kind.parse()? })
            }
            _ => Err(InvalidValue::bare("indicator", text, "FILE:COLUMN:extensive or FILE:COLUMN:intensive")),
        }
    }
}

/// The polygons of one file.
#[derive(Clone, Debug)]
pub struct Regions {
    /// File they came from.
    pub file: String,
    /// Ground of each region.
    pub polygons: Vec<MultiPolygon>,
    properties: Vec<JsonObject>,
}

impl Regions {
    /// Reads polygons and multipolygons from a GeoJSON file, plain or gzipped, in WGS84.
    ///
    /// # Errors
    /// A file that cannot be read, is not GeoJSON, names another reference system, has a geometry that is not a polygon,
    /// or a coordinate out of range.
    pub fn read(input: &Input) -> Result<Self, AreaError> {
        let source = match input {
            Input::Path(path) => Source::open(path)?,
            Input::Bytes(name, bytes) => Source::bytes(name, bytes.clone())?,
            Input::Stdin => Source::stdin()?,
            Input::Table(_) => return Err(AreaError::NotAFile),
        };
        let file = source.name().to_owned();
        let mut text = String::new();
        source
            .into_reader()
            .read_to_string(&mut text)
            .map_err(|error| AreaError::NotGeoJson { file: file.clone(), source: error.into() })?;
        let collection: FeatureCollection = text
            .parse()
            .map_err(|error: geojson::Error| AreaError::NotGeoJson { file: file.clone(), source: error.into() })?;
        check_crs(&file, &collection)?;
        let mut regions = Self { file, polygons: Vec::new(), properties: Vec::new() };
        for (index, feature) in collection.features.into_iter().enumerate() {
            let (file, feature_number) = (regions.file.clone(), index + 1);
            let geometry = feature.geometry.map(|geometry| geometry.value);
            let found = geometry.as_ref().map_or("no geometry", GeometryValue::type_name);
            let Some(polygon @ (GeometryValue::Polygon { .. } | GeometryValue::MultiPolygon { .. })) = geometry else {
                return Err(AreaError::NotPolygon { file, feature: feature_number, found: found.to_owned() });
            };
            let polygon = multi_polygon(polygon).map_err(|source| AreaError::Feature {
                file: file.clone(),
                feature: feature_number,
                source,
            })?;
            if let Some(error) = polygon.coords_iter().find_map(|at| LatLng::new(at.y, at.x).err()) {
                return Err(AreaError::Feature { file, feature: feature_number, source: error.into() });
            }
            if polygon.iter().any(is_uncut) {
                return Err(AreaError::Antimeridian { file, feature: feature_number });
            }
            regions.polygons.push(polygon);
            regions.properties.push(feature.properties.unwrap_or_default());
        }
        if regions.polygons.is_empty() {
            return Err(AreaError::NoPolygons { file: regions.file });
        }
        Ok(regions)
    }

    /// The value of a property of each region; `None` where it is null.
    ///
    /// # Errors
    /// A property that no region has, or a value that is not a number.
    pub fn values(&self, column: &str) -> Result<Vec<Option<f64>>, AreaError> {
        if !self.properties.iter().any(|properties| properties.contains_key(column)) {
            let mut names: Vec<&str> = self.properties.iter().flat_map(|p| p.keys().map(String::as_str)).collect();
            names.sort_unstable();
            names.dedup();
            let (file, column) = (self.file.clone(), column.to_owned());
            return Err(AreaError::NoColumn { file, column, found: names.join(", ") });
        }
        let value = |(index, properties): (usize, &JsonObject)| match properties.get(column) {
            None | Some(serde_json::Value::Null) => Ok(None),
            Some(value) => value.as_f64().filter(|value| value.is_finite()).map(Some).ok_or_else(|| AreaError::Value {
                file: self.file.clone(),
                feature: index + 1,
                column: column.to_owned(),
                found: value.to_string(),
            }),
        };
        self.properties.iter().enumerate().map(value).collect()
    }

    /// All polygons as one.
    #[must_use]
    pub fn merged(&self) -> MultiPolygon {
        MultiPolygon::new(self.polygons.iter().flat_map(|polygon| polygon.0.clone()).collect())
    }

    /// The cells they cover.
    ///
    /// # Errors
    /// As [`StudyArea::of_polygons`].
    pub fn study_area(&self, resolution: Resolution, mode: Containment) -> Result<StudyArea, AreaError> {
        StudyArea::of_polygons(&self.merged(), resolution, mode)
    }
}

fn multi_polygon(geometry: GeometryValue) -> Result<MultiPolygon, Cause> {
    let is_sound = |rings: &Vec<Vec<geojson::Position>>| rings.iter().flatten().all(|position| position.len() > 1);
    let sound = match &geometry {
        GeometryValue::Polygon { coordinates } => is_sound(coordinates),
        GeometryValue::MultiPolygon { coordinates } => coordinates.iter().all(is_sound),
        _ => true,
    };
    if !sound {
        // The library below counts on two.
        return Err("a position of fewer than two numbers".into());
    }
    let shape: geo::Geometry = geometry.try_into().map_err(|error: geojson::Error| Cause::from(error))?;
    match shape {
        geo::Geometry::Polygon(polygon) => Ok(polygon.into()),
        geo::Geometry::MultiPolygon(polygons) => Ok(polygons),
        _ => Ok(MultiPolygon::new(Vec::new())),
    }
}

/// Whether a ring jumps half-way round the globe, which it can only mean if it crosses longitude 180° without being cut.
fn is_uncut(polygon: &geo::Polygon) -> bool {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    rings.flat_map(geo::LineString::lines).any(|edge| (edge.end.x - edge.start.x).abs() > 180.0)
}

/// The member `crs` of GeoJSON 2008: fine when it says WGS84, refused otherwise, and a link is never followed.
fn check_crs(file: &str, collection: &FeatureCollection) -> Result<(), AreaError> {
    let Some(crs) = collection.foreign_members.as_ref().and_then(|members| members.get("crs")) else { return Ok(()) };
    if crs::named(&crs.to_string()).is_none_or(|name| crs::is_wgs84(&name)) {
        return Ok(());
    }
    Err(AreaError::Crs { file: file.to_owned(), found: crs.to_string() })
}

/// Polygons could not be read or used. Each message names the file and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum AreaError {
    #[error(transparent)]
    Open(#[from] crate::ingest::IngestError),
    #[error("polygons come from GeoJSON files, not from frames")]
    NotAFile,
    #[error("{file}: is not a GeoJSON FeatureCollection")]
    NotGeoJson { file: String, source: Cause },
    #[error(
        "{file}: has the reference system {found}; expected WGS84 longitude and latitude (EPSG:4326). Convert it first"
    )]
    Crs { file: String, found: String },
    #[error("{file}: holds no polygons")]
    NoPolygons { file: String },
    #[error("{file}: feature {feature}: found {found}, expected a Polygon or MultiPolygon")]
    NotPolygon { file: String, feature: usize, found: String },
    #[error("{file}: feature {feature}: its geometry cannot be used")]
    Feature { file: String, feature: usize, source: Cause },
    #[error(
        "{file}: feature {feature}: an edge is more than 180° long; cut the polygon where it crosses longitude 180° (RFC 7946 \
         §3.1.9), or add corners where it does not"
    )]
    Antimeridian { file: String, feature: usize },
    #[error("{file}: no feature has a property {column:?}; found {found}")]
    NoColumn { file: String, column: String, found: String },
    #[error("{file}: feature {feature}: {column} is {found}, expected a number or null")]
    Value { file: String, feature: usize, column: String, found: String },
    #[error("polygon {polygon} of the study area has a ring that cannot be filled")]
    Ring { polygon: usize, source: Cause },
    #[error(
        "the study area would have about {estimate} cells at resolution {resolution}, more than {most}; use a lower --resolution"
    )]
    TooManyCells { estimate: usize, resolution: Resolution, most: usize },
    #[error("no cell of resolution {resolution} belongs to the study area (containment {}); use a higher --resolution or --containment overlapping", mode.id())]
    NoCells { resolution: Resolution, mode: Containment },
}
