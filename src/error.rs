//! Errors: one enum per stage, rolled up into [`Error`]. A message has place, value found, value expected and the flag
//! that helps; it never repeats its source.

use crate::code::Code;
pub use crate::config::ConfigError;
pub use crate::cube::CubeError;
pub use crate::grid::GridError;
pub use crate::hotspot::HotspotError;
pub use crate::indicator::IndicatorError;
pub use crate::ingest::IngestError;
pub use crate::invalid::InvalidValue;
pub use crate::layer::LayerError;
pub use crate::layer::context::ContextError;
pub use crate::memory::OverBudget;
pub use crate::output::OutputError;
pub use crate::polygon::PolygonError;
pub use crate::score::ScoreError;

/// Any error between a file and a map.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is unusable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Reports could not be read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Polygons have no cells, or too many.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// Polygons could not be read or used.
    #[error(transparent)]
    Polygon(#[from] PolygonError),
    /// An indicator could not be read or brought onto cells.
    #[error(transparent)]
    Indicator(#[from] IndicatorError),
    /// A context layer could not be read.
    #[error(transparent)]
    Context(ContextError),
    /// A cube could not be combined, saved or loaded.
    #[error(transparent)]
    Cube(#[from] CubeError),
    /// A score is undefined for this input.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// A statistic is undefined for this input.
    #[error(transparent)]
    Hotspot(#[from] HotspotError),
    /// The cells under study would take more memory than is allowed.
    #[error(transparent)]
    Memory(#[from] OverBudget),
    /// A saved layer could not be read back.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// A result could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl Error {
    /// Stable code of what is wrong with a file; `None` for errors that are not about a file. `tensionmap list codes` explains each.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Ingest(error) | Self::Layer(LayerError::Read(error)) => Some(error.code()),
            Self::Polygon(error) => error.code(),
            Self::Indicator(error) => error.code(),
            Self::Context(error) => error.code(),
            _ => None,
        }
    }
}

impl From<InvalidValue> for Error {
    fn from(error: InvalidValue) -> Self {
        Self::Config(ConfigError::Value(error))
    }
}

impl From<crate::format::FormatError> for Error {
    fn from(error: crate::format::FormatError) -> Self {
        Self::Ingest(error.into())
    }
}

impl From<ContextError> for Error {
    fn from(error: ContextError) -> Self {
        match error {
            ContextError::Memory(error) => Self::Memory(error),
            error => Self::Context(error),
        }
    }
}
