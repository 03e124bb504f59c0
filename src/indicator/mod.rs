//! Indicators: values of areas, H3 cells and points, brought onto the cells of the study area; and reports counted in areas.

mod composite;
mod conservation;
#[allow(clippy::module_inception, reason = "the file of the type that the room is named for")]
mod indicator;
mod interpolate;
mod join;
mod keys;
mod loaded;
mod points;
mod roll_up;
mod table;

use h3o::{CellIndex, Resolution};

pub use composite::{Composite, Contribution, Share};
pub use conservation::Conservation;
pub use indicator::{AreaJoin, Indicator, IndicatorKind};
pub use interpolate::Interpolated;
pub use keys::KeyRule;
pub use loaded::{Loaded, interpolate};
pub use roll_up::{AreaCounts, AreaMasses, AreaReports, NamedAreas, RollUp, SMALL_COUNT, masses};

use crate::code::Code;
use crate::format::FormatError;
use crate::ingest::IngestError;
use crate::polygon::PolygonError;

/// Error of an indicator or its files. Each message names the file and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum IndicatorError {
    /// Error of a polygon file; also of a table without an accepted record, or with a column of text.
    #[error(transparent)]
    Polygon(#[from] PolygonError),
    #[error("{file}: has no column {column:?}; found {found}")]
    NoValues { file: String, column: String, found: String },
    #[error(
        "{file}: is a table without a column of H3 cells (found {found}); give the polygons that its values belong to with \
         --areas and --key, or choose a kind of points: count, sum, nearest or within=METRES"
    )]
    NoAreas { file: String, found: String },
    #[error("{file}: no property holds area codes; found {found}. Name it with --key NAME")]
    NoKey { file: String, found: String },
    #[error(
        "{file}: cannot determine which column holds the codes of {key:?}; found {found}. Name it with --key {key}=COLUMN"
    )]
    NoCodes { file: String, key: String, found: String },
    #[error(
        "{file}: row {row}: {cell} is of resolution {other}, and the first cell of resolution {one}; cells of several \
         resolutions overlap and leave gaps, so their values cannot be added up. Give one file a resolution"
    )]
    MixedCells { file: String, one: Resolution, row: u64, cell: CellIndex, other: Resolution },
}

impl From<IngestError> for IndicatorError {
    fn from(error: IngestError) -> Self {
        Self::Polygon(error.into())
    }
}

impl From<FormatError> for IndicatorError {
    fn from(error: FormatError) -> Self {
        Self::Polygon(error.into())
    }
}

impl IndicatorError {
    /// File at fault, as it was named.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Polygon(error) => error.file(),
            Self::NoValues { file, .. }
            | Self::NoAreas { file, .. }
            | Self::NoKey { file, .. }
            | Self::NoCodes { file, .. }
            | Self::MixedCells { file, .. } => Some(file),
        }
    }

    /// Stable code of a fault of a file; `None` where the file is sound and the request is not possible.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        Some(match self {
            Self::Polygon(error) => return error.code(),
            Self::NoValues { .. } | Self::NoAreas { .. } | Self::NoKey { .. } | Self::NoCodes { .. } => Code::Column,
            Self::MixedCells { .. } => Code::MixedCells,
        })
    }
}
