//! Errors: one enum per stage, rolled up into [`Error`]. A message has place, value found, value expected and the flag
//! that helps; it never repeats its source.

use crate::code::Code;
pub use crate::config::ConfigError;
pub use crate::cube::CubeError;
pub use crate::density::DensityError;
use crate::format::FormatError;
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

/// Place of an error, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorPlace<'a> {
    /// File, as it was named.
    pub file: Option<&'a str>,
    /// Line, from 1.
    pub line: Option<u64>,
    /// Column of the line in characters, from 1.
    pub column: Option<u64>,
}

impl Error {
    /// Stable code; `tensionmap list codes` explains each.
    ///
    /// ```
    /// use tensionmap::Engine;
    /// let error = Engine::builder().resolution(16).build().unwrap_err();
    /// assert_eq!(error.code().id(), "E_SETTING");
    /// assert_eq!(error.advice().as_deref(), Some("expected a whole number from 0 to 15"));
    /// let error = Engine::builder().build()?.incidents("none.csv").unwrap_err();
    /// assert_eq!((error.code().id(), error.place().file), ("E_IO", Some("none.csv")));
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    #[must_use]
    pub fn code(&self) -> Code {
        let of_area = |code: Option<Code>| code.unwrap_or(Code::Area);
        match self {
            Self::Config(ConfigError::Categories(error))
            | Self::Ingest(error)
            | Self::Layer(LayerError::Read(error)) => error.code(),
            Self::Cancelled(_) => Code::Cancelled,
            Self::Config(ConfigError::Font(_)) => Code::Font,
            Self::Config(_) => Code::Setting,
            Self::Grid(_) => Code::Area,
            Self::Polygon(error) => of_area(error.code()),
            Self::Indicator(error) => of_area(error.code()),
            Self::Context(error) => of_area(error.code()),
            Self::Cube(_) => Code::Counts,
            Self::Score(_) => Code::Score,
            Self::Hotspot(_) => Code::Statistic,
            Self::Memory(_) => Code::Memory,
            Self::Layer(_) => Code::SavedLayer,
            Self::Output(OutputError::Locked { .. }) => Code::Locked,
            Self::Output(_) => Code::Output,
        }
    }

    /// File, line and column at fault, as far as the error has them.
    #[must_use]
    pub fn place(&self) -> ErrorPlace<'_> {
        let at = |file| ErrorPlace { file, ..ErrorPlace::default() };
        match self {
            Self::Config(ConfigError::Categories(error))
            | Self::Ingest(error)
            | Self::Layer(LayerError::Read(error))
            | Self::Polygon(PolygonError::Open(error))
            | Self::Indicator(IndicatorError::Polygon(PolygonError::Open(error))) => of_ingest(error),
            Self::Context(ContextError::File(error)) => of_format(error),
            Self::Polygon(PolygonError::Encoding { file, line, .. })
            | Self::Indicator(IndicatorError::Polygon(PolygonError::Encoding { file, line, .. }))
            | Self::Context(ContextError::Encoding { file, line, .. }) => {
                ErrorPlace { line: Some(*line), ..at(Some(file.as_str())) }
            }
            Self::Config(ConfigError::Key { file, line, .. }) => ErrorPlace { line: Some(*line), ..at(Some(file)) },
            Self::Config(ConfigError::File { file, line, .. }) => ErrorPlace { line: *line, ..at(Some(file)) },
            Self::Config(error) => at(error.file()),
            Self::Polygon(error) => at(error.file()),
            Self::Indicator(error) => at(error.file()),
            Self::Context(error) => at(error.file()),
            Self::Layer(error) => at(error.file()),
            Self::Output(error) => at(error.file()),
            Self::Cube(
                CubeError::Unreadable { file, .. } | CubeError::NotACube { file } | CubeError::Invalid { file, .. },
            )
            | Self::Score(ScoreError::MethodFile { file, .. } | ScoreError::WeightsFile { file, .. }) => at(Some(file)),
            Self::Cancelled(_)
            | Self::Cube(_)
            | Self::Score(_)
            | Self::Grid(_)
            | Self::Hotspot(_)
            | Self::Memory(_) => at(None),
        }
    }

    /// Remedy: the last clause of the message; `None` if the message is one clause.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        if let Self::Config(ConfigError::Value(error)) = self {
            return Some(format!("expected {}", error.expected()));
        }
        self.to_string().rsplit_once("; ").map(|(_, advice)| advice.to_owned())
    }
}

fn of_ingest(error: &IngestError) -> ErrorPlace<'_> {
    match error {
        IngestError::Format(error) => of_format(error),
        error => ErrorPlace { file: error.file(), ..ErrorPlace::default() },
    }
}

fn of_format(error: &FormatError) -> ErrorPlace<'_> {
    let (line, column) = match error {
        FormatError::Syntax { line, column, .. } => (Some(*line), Some(*column)),
        FormatError::Encoding { line, .. } | FormatError::OpenQuote { line, .. } => (Some(*line), None),
        _ => (None, None),
    };
    ErrorPlace { file: error.file(), line, column }
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

impl From<FormatError> for Error {
    fn from(error: FormatError) -> Self {
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
