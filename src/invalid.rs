//! A value that a type cannot hold, and the cause underneath an error: below every stage.

use std::fmt;

/// A shared cause from a library underneath; its type is not part of our interface.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync + 'static>;

/// A value outside the range of the type it was meant for.
#[derive(Debug, thiserror::Error)]
#[error("{what} {found:?} is not usable: expected {expected}")]
pub struct InvalidValue {
    what: &'static str,
    found: String,
    expected: String,
    source: Option<Cause>,
}

impl InvalidValue {
    pub(crate) fn new(
        what: &'static str,
        found: impl fmt::Display,
        expected: impl Into<String>,
        source: impl Into<Cause>,
    ) -> Self {
        Self { what, found: found.to_string(), expected: expected.into(), source: Some(source.into()) }
    }

    /// Values that would have been usable, in words.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// A value that is wrong by itself, with no error underneath.
    #[must_use]
    pub fn expecting(what: &'static str, found: impl fmt::Display, expected: impl Into<String>) -> Self {
        Self { what, found: found.to_string(), expected: expected.into(), source: None }
    }
}
