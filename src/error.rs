//! Errors: one enum per stage, rolled up into [`Error`]. A message has place, value found, value expected and the flag
//! that helps; it never repeats its source.

use crate::code::Code;
pub use crate::config::ConfigError;
pub use crate::cube::CubeError;
pub use crate::density::DensityError;
pub use crate::grid::GridError;
pub use crate::hotspot::HotspotError;
pub use crate::indicator::IndicatorError;
pub use crate::ingest::IngestError;
pub use crate::invalid::InvalidValue;
pub use crate::layer::LayerError;
pub use crate::layer::context::ContextError;
pub use crate::memory::OverBudget;
pub use crate::output::{EncodeError, OutputError};
pub use crate::polygon::PolygonError;
pub use crate::score::ScoreError;
pub use crate::watch::Cancelled;
use crate::watch::is_stop;

/// Makes the variants of the stages. An error of a stage that was stopped from outside is [`Error::Cancelled`].
macro_rules! stages {
    ($($(#[doc = $about:literal])+ $stage:ident($error:ident);)*) => {
        /// Any error between a file and a map.
        #[derive(Debug, thiserror::Error)]
        #[non_exhaustive]
        pub enum Error {
            /// The run was stopped from outside: by its flag, a progress callback, or Ctrl-C on the command line.
            #[error(transparent)]
            Cancelled(#[from] Cancelled),
            /// A context layer could not be read.
            #[error(transparent)]
            Context(ContextError),
            $($(#[doc = $about])+ #[error(transparent)] $stage($error),)*
        }

        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                if is_stop(&error) { Self::Cancelled(Cancelled) } else { Self::$stage(error) }
            }
        })*
    };
}

stages! {
    /// A setting is unusable.
    Config(ConfigError);
    /// Reports could not be read.
    Ingest(IngestError);
    /// Polygons have no cells, or too many.
    Grid(GridError);
    /// Polygons could not be read or used.
    Polygon(PolygonError);
    /// An indicator could not be read or brought onto cells.
    Indicator(IndicatorError);
    /// A cube could not be combined, saved or loaded.
    Cube(CubeError);
    /// A score is undefined for this input.
    Score(ScoreError);
    /// A statistic is undefined for this input.
    Hotspot(HotspotError);
    /// The cells under study would take more memory than is allowed.
    Memory(OverBudget);
    /// A saved layer could not be read back.
    Layer(LayerError);
    /// A result could not be written.
    Output(OutputError);
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

impl From<EncodeError> for Error {
    fn from(error: EncodeError) -> Self {
        OutputError::from(error).into()
    }
}

impl From<DensityError> for Error {
    fn from(error: DensityError) -> Self {
        match error {
            DensityError::Value(error) => error.into(),
            DensityError::Cancelled(error) => error.into(),
        }
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
            error if is_stop(&error) => Self::Cancelled(Cancelled),
            error => Self::Context(error),
        }
    }
}
