//! The option `--context`: a file and its style.

use std::path::PathBuf;
use std::str::FromStr;

use super::{ContextPlace, STYLES, Style};
use crate::format::Input;
use crate::invalid::{InvalidValue, did_you_mean};

/// A context layer as stated in the settings.
#[derive(Clone, Debug)]
pub(crate) struct ContextFile {
    pub(crate) input: Input,
    /// `None` chooses by the geometries of the file.
    pub(crate) style: Option<&'static Style>,
    pub(crate) place: Option<ContextPlace>,
}

impl ContextFile {
    /// An input drawn as `STYLE`, `STYLE:under` or `STYLE:over`.
    pub(crate) fn of(input: Input, drawn: &str) -> Result<Self, InvalidValue> {
        let (word, place) = split_place(drawn);
        let style = Style::named(word).ok_or_else(|| {
            InvalidValue::expecting("context style", drawn, format!("STYLE or STYLE:under|over, {}", known_styles()))
        })?;
        Ok(Self { input, style: Some(style), place })
    }
}

/// The part before `:under` or `:over`, and the place.
fn split_place(text: &str) -> (&str, Option<ContextPlace>) {
    match text.rsplit_once(':') {
        Some((rest, "under")) => (rest, Some(ContextPlace::Under)),
        Some((rest, "over")) => (rest, Some(ContextPlace::Over)),
        _ => (text, None),
    }
}

fn known_styles() -> String {
    let known: Vec<&str> = STYLES.iter().map(|style| style.name).collect();
    format!("STYLE one of {}", known.join(", "))
}

impl FromStr for ContextFile {
    type Err = InvalidValue;

    /// `FILE`, `FILE:STYLE`, `FILE:STYLE:under` or `FILE:STYLE:over`. The name of an existing file may contain colons.
    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let plain = || Self { input: text.into(), style: None, place: None };
        if PathBuf::from(text).exists() {
            return Ok(plain());
        }
        let (rest, place) = split_place(text);
        let unknown = |word: &str| {
            let advice = did_you_mean(word, STYLES.iter().map(|style| style.name)).unwrap_or_default();
            let expected = format!("FILE, FILE:STYLE or FILE:STYLE:under|over, {}{advice}", known_styles());
            InvalidValue::new("context", text, expected, format!("there is no style {word:?}, and no file {text:?}"))
        };
        match rest.rsplit_once(':') {
            Some((path, word)) if !path.is_empty() => match Style::named(word) {
                Some(style) => Ok(Self { input: path.into(), style: Some(style), place }),
                // `C:\roads.geojson` and `12:30.geojson` are names of files.
                None if place.is_none() && word.contains(['/', '\\', '.']) => Ok(plain()),
                None => Err(unknown(word)),
            },
            _ if place.is_some() || text.is_empty() => Err(unknown("")),
            _ => Ok(plain()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_is_what_follows_the_last_colon_if_there_is_one() {
        let parsed = |text: &str| {
            let file: ContextFile = text.parse().expect("usable");
            (file.input.name(), file.style.map(|style| style.name), file.place)
        };
        assert_eq!(parsed("a.geojson"), ("a.geojson".into(), None, None));
        assert_eq!(parsed("a.geojson:roads"), ("a.geojson".into(), Some("roads"), None));
        assert_eq!(parsed("a.geojson:water:over"), ("a.geojson".into(), Some("water"), Some(ContextPlace::Over)));
        let under = ("b:c/a.geojson".into(), Some("urban"), Some(ContextPlace::Under));
        assert_eq!(parsed("b:c/a.geojson:urban:under"), under);
        assert_eq!(parsed(r"C:\maps\a.geojson"), (r"C:\maps\a.geojson".into(), None, None));
        assert_eq!(parsed(r"C:\maps\a.geojson:land"), (r"C:\maps\a.geojson".into(), Some("land"), None));
        for text in ["a.geojson:motorways", "a.geojson:under", "", ":roads:", "a.geojson:motorways:over"] {
            let error = text.parse::<ContextFile>().expect_err(text).to_string();
            let expected = "expected FILE, FILE:STYLE or FILE:STYLE:under|over, STYLE one of boundaries, ";
            assert!(error.contains(expected), "{error}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let odd = folder.path().join("a:roads");
        std::fs::write(&odd, "{}").expect("written");
        let odd = odd.display().to_string();
        assert_eq!(parsed(&odd), (odd.clone(), None, None));
    }
}
