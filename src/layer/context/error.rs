//! Errors of context layers.

use crate::code::Code;
use crate::format::FormatError;
use crate::memory::OverBudget;

/// A context layer that cannot be read. Each message names the file and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum ContextError {
    #[error(transparent)]
    File(FormatError),
    #[error(transparent)]
    Memory(#[from] OverBudget),
    #[error(
        "{file}: line {line}, byte {byte}: 0x{found:02x} is not UTF-8 text, as GeoJSON has to be; convert the file to UTF-8"
    )]
    Encoding { file: String, line: u64, byte: u64, found: u8 },
    #[error("{file}: is empty; expected a context layer, such as GeoJSON")]
    Empty { file: String },
    #[error("context layers come from files, not from frames")]
    NotAFile,
    #[error("{file}: none of its {read} features can be drawn; the first: {first}")]
    NothingDrawn { file: String, read: u64, first: String },
}

impl From<FormatError> for ContextError {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Encoding { file, line, byte, found } => Self::Encoding { file, line, byte, found },
            FormatError::Empty { file } => Self::Empty { file },
            error => Self::File(error),
        }
    }
}

impl ContextError {
    /// File at fault, as it was named.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::File(error) => error.file(),
            Self::Memory(_) | Self::NotAFile => None,
            Self::Encoding { file, .. } | Self::Empty { file } | Self::NothingDrawn { file, .. } => Some(file),
        }
    }

    /// The stable code; `None` where the file is sound.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::File(error) => Some(error.code()),
            Self::Memory(_) | Self::NotAFile => None,
            Self::Empty { .. } => Some(Code::Empty),
            Self::Encoding { .. } => Some(Code::Encoding),
            Self::NothingDrawn { .. } => Some(Code::NothingAccepted),
        }
    }
}
