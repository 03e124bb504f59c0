//! Errors: one enum per stage, rolled up into [`Error`]. A message says where, what was found, what was expected and
//! which flag helps; it never repeats its source.

pub use crate::config::ConfigError;
pub use crate::cube::CubeError;
pub use crate::grid::GridError;
pub use crate::hotspot::HotspotError;
pub use crate::indicator::IndicatorError;
pub use crate::ingest::IngestError;
pub use crate::invalid::InvalidValue;
pub use crate::layer::LayerError;
pub use crate::memory::OverBudget;
pub use crate::output::OutputError;
pub use crate::polygon::PolygonError;
pub use crate::score::ScoreError;

/// Whatever can go wrong between a file and a map.
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

impl From<InvalidValue> for Error {
    fn from(error: InvalidValue) -> Self {
        Self::Config(ConfigError::Value(error))
    }
}
