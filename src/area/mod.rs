//! Stage 5, indicators: values of small areas, of cells and of points onto the cells of the study area; and its outline.

mod clip;
mod composite;
mod conservation;
mod contiguity;
mod distance;
mod document;
mod edges;
mod indicator;
pub mod interpolate;
mod join;
mod loaded;
mod locator;
mod overlap;
mod overlay;
mod points;
mod regions;
mod remarks;
mod repair;
mod roll_up;
pub mod rtree;
mod table;
mod validate;

use h3o::{CellIndex, Resolution};

pub use composite::{Composite, Contribution, Share};
pub use conservation::Conservation;
pub use contiguity::Contiguity;
pub use distance::DistanceIndex;
pub use indicator::{Codes, Indicator, Kind};
pub use interpolate::{Interpolated, interpolate};
pub use loaded::Loaded;
pub use locator::Locator;
pub use regions::Regions;
pub use roll_up::{AreaCounts, Counts, Masses, NamedAreas, RollUp, SMALL, masses};
pub use rtree::{EARTH_RADIUS_M, PointIndex, PolygonIndex};

use crate::format::FormatError;
use crate::grid::Containment;
use crate::ingest::{Code, IngestError};
use crate::invalid::Cause;

/// Polygons could not be read or used. Each message names the file and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum AreaError {
    #[error(transparent)]
    Open(IngestError),
    #[error("{file}: is empty; expected polygons as GeoJSON, or for an indicator a table of cells, codes or points")]
    Empty { file: String },
    #[error("polygons come from GeoJSON files, not from frames")]
    NotAFile,
    #[error(
        "{file}: has the reference system {found}; expected WGS84 longitude and latitude (EPSG:4326). Convert it first"
    )]
    Crs { file: String, found: String },
    #[error("{file}: holds no polygons")]
    NoPolygons { file: String },
    #[error("{file}: none of its {read} features could be used ({codes}); the first: {first}")]
    NothingAccepted { file: String, read: u64, codes: String, first: String },
    #[error("{file}: no feature has a property {column:?}; found {found}")]
    NoColumn { file: String, column: String, found: String },
    #[error("{file}: has no column {column:?}; found {found}")]
    NoValues { file: String, column: String, found: String },
    #[error("{file}: the column {column:?} holds text, such as {example:?}; expected numbers. Name another column")]
    Text { file: String, column: String, example: String },
    #[error(
        "{file}: is a table without a column of H3 cells (found {found}); give the polygons that its values belong to with \
         --areas and --key, or say what of its points is wanted: count, sum, nearest or within=METRES"
    )]
    NoAreas { file: String, found: String },
    #[error("{file}: no property holds area codes; found {found}. Say which with --key NAME")]
    NoKey { file: String, found: String },
    #[error(
        "{file}: which column holds the codes of {key:?} cannot be told; found {found}. Say it with --key {key}=COLUMN"
    )]
    NoCodes { file: String, key: String, found: String },
    #[error(
        "{file}: row {row}: {cell} is of resolution {other}, and the first cell of resolution {one}; cells of several \
         resolutions overlap and leave gaps, so their values cannot be added up. Give one file a resolution"
    )]
    MixedCells { file: String, one: Resolution, row: u64, cell: CellIndex, other: Resolution },
    #[error("polygon {polygon} of the study area has a ring that cannot be filled")]
    Ring { polygon: usize, source: Cause },
    #[error(
        "the study area would have about {estimate} cells at resolution {resolution}, more than {most}; use a lower --resolution"
    )]
    TooManyCells { estimate: usize, resolution: Resolution, most: usize },
    #[error("no cell of resolution {resolution} belongs to the study area (containment {}); use a higher --resolution or --containment overlapping", mode.id())]
    NoCells { resolution: Resolution, mode: Containment },
}

impl From<IngestError> for AreaError {
    fn from(error: IngestError) -> Self {
        match error {
            // An empty file of areas is to hold no reports.
            IngestError::Format(FormatError::Empty { file }) => Self::Empty { file },
            error => Self::Open(error),
        }
    }
}

impl From<FormatError> for AreaError {
    fn from(error: FormatError) -> Self {
        IngestError::from(error).into()
    }
}

impl AreaError {
    /// The stable code, for what is wrong with a file; `None` for what cannot be done with a sound one.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        Some(match self {
            Self::Open(error) => error.code(),
            Self::Empty { .. } => Code::Empty,
            Self::Crs { .. } => Code::CrsUnknown,
            Self::NothingAccepted { .. } => Code::NothingAccepted,
            Self::NoColumn { .. }
            | Self::NoValues { .. }
            | Self::NoAreas { .. }
            | Self::NoKey { .. }
            | Self::NoCodes { .. } => Code::Column,
            Self::Text { .. } => Code::ValueText,
            Self::MixedCells { .. } => Code::MixedCells,
            Self::NotAFile
            | Self::NoPolygons { .. }
            | Self::Ring { .. }
            | Self::TooManyCells { .. }
            | Self::NoCells { .. } => return None,
        })
    }
}

#[cfg(test)]
mod reference;
#[cfg(test)]
mod soundness;
#[cfg(test)]
mod tests;
