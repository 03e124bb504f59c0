//! Errors of drawing, apart from those of writing a file.

use crate::invalid::{Cause, InvalidValue};

/// Result of a drawing step.
pub(crate) type Drawn<T = ()> = Result<T, DrawError>;

/// A page cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum DrawError {
    /// The page has no room for its words.
    #[error(
        "the page is too small: its key and words need a height of {need:.0}, and there are {have:.0}; take a larger --page"
    )]
    TooSmall { need: f64, have: f64 },
    /// A cell or an area reaches beyond the plane of the map.
    #[error(
        "the map cannot lie in the British National Grid: {unit} reaches beyond it; leave --projection bng out, or keep to \
         Great Britain"
    )]
    BeyondGrid { unit: String },
    /// A series has more dates than an animation shows.
    #[error("an animation shows at most {max} dates (found {found}); take longer steps with --every")]
    TooManyDates { found: usize, max: usize },
    /// A column that the page shows cannot be divided into classes.
    #[error(transparent)]
    Legend(#[from] InvalidValue),
    /// A marking, a title or an attribution would be boxes.
    #[error("the {what} \"{text}\" would be illegible, for no font has all of its characters; {advice}")]
    Illegible { what: &'static str, text: String, advice: String },
    /// A font cannot be read, or a text cannot be set.
    #[error(transparent)]
    Text(Cause),
}
