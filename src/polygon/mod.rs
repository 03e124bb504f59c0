//! Polygon files and their geometry: reading and checking areas, locating points, overlaps, distances, shares of ground.

mod clip;
mod contiguity;
mod distance;
mod document;
mod edges;
mod locator;
mod notices;
mod overlap;
mod overlay;
mod properties;
mod regions;
mod repair;
mod rtree;
mod validate;

pub use contiguity::Contiguity;
pub use distance::DistanceIndex;
pub use locator::Locator;
pub(crate) use overlay::{CachedOverlay, PlanePolygons, densified, equal_area};
pub(crate) use properties::AREA_PREFIXES;
pub use regions::Regions;
pub use rtree::{PointIndex, PolygonIndex};

use crate::code::Code;
use crate::format::FormatError;
use crate::grid::GridError;
use crate::ingest::{FileTally, IngestError, Quarantined};

/// Error of a polygon file. Each message names the file and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum PolygonError {
    #[error(transparent)]
    Open(IngestError),
    #[error("{file}: is empty; expected polygons, or for an indicator a table of cells, codes or points")]
    Empty { file: String },
    #[error(
        "{file}: line {line}, byte {byte}: 0x{found:02x} is not UTF-8 text, as GeoJSON has to be; convert the file to UTF-8"
    )]
    Encoding { file: String, line: u64, byte: u64, found: u8 },
    #[error("polygons come from files, not from frames")]
    NotAFile,
    #[error("{file}: holds no polygons")]
    NoPolygons { file: String },
    #[error("{file}: none of its {read} features could be used ({codes}); the first: {first}")]
    NothingAccepted { file: String, read: u64, codes: String, first: String },
    #[error("{file}: no feature has a property {column:?}; found {found}")]
    NoColumn { file: String, column: String, found: String },
    #[error(
        "{file}: the column {column:?} holds text, such as {example:?}; expected numbers, with a decimal point. Name another column"
    )]
    Text { file: String, column: String, example: String },
    #[error(transparent)]
    Grid(#[from] GridError),
}

impl From<IngestError> for PolygonError {
    fn from(error: IngestError) -> Self {
        match error {
            // An empty file has its own message, with the expected contents.
            IngestError::Format(FormatError::Empty { file }) => Self::Empty { file },
            error => Self::Open(error),
        }
    }
}

impl From<FormatError> for PolygonError {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Encoding { file, line, byte, found } => Self::Encoding { file, line, byte, found },
            error => IngestError::from(error).into(),
        }
    }
}

impl PolygonError {
    /// File at fault, as it was named.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Open(error) => error.file(),
            Self::NotAFile | Self::Grid(_) => None,
            Self::Empty { file }
            | Self::Encoding { file, .. }
            | Self::NoPolygons { file }
            | Self::NothingAccepted { file, .. }
            | Self::NoColumn { file, .. }
            | Self::Text { file, .. } => Some(file),
        }
    }

    /// Error of a file without an accepted record.
    pub(crate) fn nothing_accepted(account: &FileTally, quarantined: &[Quarantined]) -> Self {
        let codes: Vec<String> = account.quarantined.iter().map(|(code, n)| format!("{n} {code}")).collect();
        let first = quarantined.first().map(ToString::to_string).unwrap_or_default();
        Self::NothingAccepted { file: account.name.clone(), read: account.read, codes: codes.join(", "), first }
    }

    /// Stable code of a fault of a file; `None` where the file is sound and the request is not possible.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        Some(match self {
            Self::Open(error) => error.code(),
            Self::Empty { .. } => Code::Empty,
            Self::Encoding { .. } => Code::Encoding,
            Self::NothingAccepted { .. } => Code::NothingAccepted,
            Self::NoColumn { .. } => Code::Column,
            Self::Text { .. } => Code::ValueText,
            Self::NotAFile | Self::NoPolygons { .. } | Self::Grid(_) => return None,
        })
    }
}

#[cfg(test)]
mod reference;
#[cfg(test)]
mod soundness;
#[cfg(test)]
mod tests;
