//! Values of features that can be shown or ranked by.

use std::borrow::Cow;

/// A property that can be shown or ranked by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Property<'a> {
    Text(Cow<'a, str>),
    Number(f64),
}
