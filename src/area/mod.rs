//! Stage 5, polygons with values: the study area's outline and the indicators of small areas.

mod document;
mod edges;
pub mod interpolate;
mod locator;
mod overlap;
mod regions;
mod remarks;
mod repair;
mod roll_up;
pub mod rtree;
mod validate;

use std::str::FromStr;

use h3o::Resolution;

pub use interpolate::{Interpolated, interpolate};
pub use locator::Locator;
pub use regions::Regions;
pub use roll_up::{Counts, Masses, RollUp, SMALL, masses};
pub use rtree::{EARTH_RADIUS_M, PointIndex, PolygonIndex};

use crate::error::{Cause, InvalidValue};
use crate::grid::Containment;
use crate::ingest::{Code, Input};

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
    #[error(
        "{file}: byte {byte}: brackets nested more than {most} deep; a map needs eight, so this is no file of polygons"
    )]
    Depth { file: String, byte: usize, most: usize },
    #[error("{file}: none of its {read} features could be used ({codes}); the first: {first}")]
    NothingAccepted { file: String, read: u64, codes: String, first: String },
    #[error("{file}: no feature has a property {column:?}; found {found}")]
    NoColumn { file: String, column: String, found: String },
    #[error("polygon {polygon} of the study area has a ring that cannot be filled")]
    Ring { polygon: usize, source: Cause },
    #[error(
        "the study area would have about {estimate} cells at resolution {resolution}, more than {most}; use a lower --resolution"
    )]
    TooManyCells { estimate: usize, resolution: Resolution, most: usize },
    #[error("no cell of resolution {resolution} belongs to the study area (containment {}); use a higher --resolution or --containment overlapping", mode.id())]
    NoCells { resolution: Resolution, mode: Containment },
}

impl AreaError {
    /// The stable code, for what is wrong with a file; `None` for what cannot be done with a sound one.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        Some(match self {
            Self::Open(error) => error.code(),
            Self::NotGeoJson { source, .. } => match source.downcast_ref::<serde_json::Error>() {
                Some(error) if error.is_eof() => Code::Truncated,
                Some(error) if error.is_syntax() => Code::JsonDocument,
                _ => Code::Document,
            },
            Self::Crs { .. } => Code::CrsUnknown,
            Self::Depth { .. } => Code::Depth,
            Self::NothingAccepted { .. } => Code::NothingAccepted,
            Self::NoColumn { .. } => Code::Column,
            Self::NotAFile
            | Self::NoPolygons { .. }
            | Self::Ring { .. }
            | Self::TooManyCells { .. }
            | Self::NoCells { .. } => return None,
        })
    }
}

#[cfg(test)]
mod soundness;
#[cfg(test)]
mod tests;
