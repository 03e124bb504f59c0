//! A value that a type cannot hold, and the cause underneath an error: below every stage.

use std::fmt;

use strsim::damerau_levenshtein;

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

    /// Renames what the value is of.
    pub(crate) fn about(self, what: &'static str) -> Self {
        Self { what, ..self }
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

/// Known name nearest to a word: itself in other case, one that it begins, or one a few letters away.
pub(crate) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.trim().to_lowercase();
    let letters = word.chars().count();
    let distance = |name: &str| {
        let name = name.to_lowercase();
        if letters > 2 && name.starts_with(&word) { 1 } else { damerau_levenshtein(&word, &name) }
    };
    let near = names.into_iter().map(|name| (distance(name), name)).min_by_key(|(distance, _)| *distance);
    near.filter(|(distance, _)| *distance <= (letters / 3).max(1) && *distance < letters).map(|(_, name)| name)
}

/// Advice on a word that is not a known name, if one is near: `; did you mean tension?`.
pub(crate) fn did_you_mean<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, names).map(|name| format!("; did you mean `{name}`?"))
}

/// Item of this name, whatever its case.
///
/// # Errors
/// A word that is not a name; the message lists the names and says which is near.
pub(crate) fn named<'a, T>(
    what: &'static str,
    word: &str,
    items: impl IntoIterator<Item = (&'a str, T)>,
) -> Result<T, InvalidValue> {
    let mut names = Vec::new();
    for (name, item) in items {
        if name.eq_ignore_ascii_case(word.trim()) {
            return Ok(item);
        }
        names.push(name);
    }
    Err(unknown(what, word, &names, ""))
}

/// Error of a word that is none of the names, nor of what else may stand there, such as `, or a file`.
pub(crate) fn unknown(what: &'static str, word: &str, names: &[&str], others: &str) -> InvalidValue {
    let advice = did_you_mean(word, names.iter().copied()).unwrap_or_default();
    InvalidValue::expecting(what, word, format!("one of {}{others}{advice}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_names_the_known_word() {
        let names = ["tension", "score", "map", "date-format", "council-log", "a3"];
        let near = |word: &str| nearest(word, names);
        assert_eq!(["tensoin", "scoer", "mpa", "dateformat"].map(near), names.map(Some)[..4]);
        assert_eq!((near("council"), near("A3"), near("Tension")), (Some("council-log"), Some("a3"), Some("tension")));
        assert_eq!(["zebra", "", "x", "sc", "b9"].map(near), [None; 5]);
        let found = named("page", " Map ", names.map(|name| (name, name.len())));
        assert_eq!(found.expect("whatever its case"), 3);
        let error = named("fill", "scoer", [("score", ()), ("level", ())]).expect_err("misspelt").to_string();
        assert_eq!(error, "fill \"scoer\" is not usable: expected one of score, level; did you mean `score`?");
    }
}
