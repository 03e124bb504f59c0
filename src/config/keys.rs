//! Settings files: all keys must be known before any value is looked at.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConfigError, SETTINGS, Setting, SettingGroup, Settings};
use crate::invalid::did_you_mean;
use crate::small_file::{settings_text, toml_problem};

/// Problem of a table without a file.
pub(super) const NO_PATH: &str = "has no `path`; add one, such as path = \"FILE\"";

/// Keys of a file beside the settings.
const TABLES: [&str; 2] = ["input", "output"];

impl Settings {
    /// Reads a TOML file; paths in it are relative to its folder.
    ///
    /// # Errors
    /// A file that cannot be read, is not TOML, or has an unknown key. An `[[input]]` or `[[output]]` without a path, with the
    /// path of another, or with a setting that is not about one file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unusable = |line, source| ConfigError::File { file: path.display().to_string(), line, source };
        let text = settings_text(path).map_err(|error| unusable(None, error.into()))?;
        let broken = |error: toml::de::Error| {
            unusable(error.span().map(|span| line_of(&text, &span)), toml_problem(&text, error))
        };
        let document = DeTable::parse(&text).map_err(broken)?;
        check(path, &text, document.get_ref())?;
        let mut settings: Self = toml::from_str(&text).map_err(broken)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        settings.map_paths(&mut |_, _, file| folder.join(file));
        Ok(settings)
    }
}

/// Checks the keys of a settings file, and that each input and output is named once.
///
/// # Errors
/// The first key that is unknown or in the wrong place; an input or output without a path, or with that of another.
fn check(file: &Path, text: &str, document: &DeTable<'_>) -> Result<(), ConfigError> {
    let wrong = |at: Range<usize>, table: &str, problem: String| {
        let line = line_of(text, &at);
        ConfigError::Key { file: file.display().to_string(), line, table: table.to_owned(), problem }
    };
    let names = || SETTINGS.iter().map(|setting| setting.name.as_str()).chain(TABLES);
    for (key, value) in document {
        let name = key.get_ref().as_ref();
        if !names().any(|known| known == name) {
            let advice = did_you_mean(name, names()).unwrap_or("; `tensionmap list settings` prints them".into());
            return Err(wrong(key.span(), "", format!("unknown key `{name}`{advice}")));
        }
        let Some(kind) = TABLES.into_iter().find(|table| *table == name) else { continue };
        let DeValue::Array(tables) = value.get_ref() else {
            return Err(wrong(key.span(), "", format!("`{kind}` is a list of tables; begin each with [[{kind}]]")));
        };
        let mut paths: Vec<PathBuf> = Vec::new();
        for (number, table) in (1..).zip(tables) {
            let place = format!("[[{kind}]] {number}: ");
            let DeValue::Table(options) = table.get_ref() else {
                return Err(wrong(table.span(), &place, format!("is not a table; begin it with [[{kind}]]")));
            };
            let Some((key, path)) = options.iter().find(|(key, _)| key.get_ref() == "path") else {
                return Err(wrong(table.span(), &place, missing_path(options)));
            };
            let path = path.get_ref().as_str().filter(|path| !path.is_empty());
            let path = path.ok_or_else(|| wrong(key.span(), &place, NO_PATH.to_owned()))?;
            let place = format!("[[{kind}]] {number} ({path}): ");
            for other in options.keys().filter(|key| key.get_ref() != "path") {
                let known = if kind == "input" {
                    option(other.get_ref()).map(drop)
                } else {
                    Err(not_of_output(other.get_ref()))
                };
                known.map_err(|problem| wrong(other.span(), &place, problem))?;
            }
            let path: PathBuf = Path::new(path).components().filter(|part| *part != Component::CurDir).collect();
            if let Some(first) = paths.iter().position(|other| *other == path) {
                let first = first + 1;
                let problem = format!("has the `path` of [[{kind}]] {first}; name it once");
                return Err(wrong(key.span(), &place, problem));
            }
            paths.push(path);
        }
    }
    Ok(())
}

/// Line of a stretch of text, from 1.
fn line_of(text: &str, at: &Range<usize>) -> u64 {
    1 + text[..at.start.min(text.len())].matches('\n').count() as u64
}

/// Problem of a table without a `path`, whose name may be misspelt.
fn missing_path(options: &toml::map::Map<Spanned<toml::de::DeString<'_>>, Spanned<DeValue<'_>>>) -> String {
    let near = options.keys().find(|key| did_you_mean(key.get_ref(), ["path"]).is_some());
    near.map_or_else(|| NO_PATH.to_owned(), |key| format!("has no `path`; did you mean it by `{}`?", key.get_ref()))
}

/// The setting of this name, which one input may have of its own.
///
/// # Errors
/// A name of no setting, or of one that holds for the whole run.
pub(super) fn option(name: &str) -> Result<&'static Setting, String> {
    let is_of_input = |setting: &&Setting| setting.group == SettingGroup::Input;
    match SETTINGS.iter().find(|setting| setting.name == name) {
        Some(setting) if is_of_input(&setting) => Ok(setting),
        Some(_) => Err(format!(
            "`{name}` holds for a run as a whole, not for one input; give --{name}, or set it above the first table"
        )),
        None => {
            let names = || SETTINGS.iter().filter(is_of_input).map(|setting| setting.name.as_str());
            let advice = did_you_mean(name, names()).unwrap_or_default();
            let names = names().collect::<Vec<_>>().join(", ");
            Err(format!("unknown option `{name}`; an input has {names}{advice}"))
        }
    }
}

/// Problem of a key of an output other than its path.
fn not_of_output(name: &str) -> String {
    if SETTINGS.iter().any(|setting| setting.name == name) {
        return format!("`{name}` holds for a run as a whole, not for one output; set it above the first table");
    }
    let advice = did_you_mean(name, ["path"]).unwrap_or_default();
    format!("unknown key `{name}`; an output has path{advice}")
}
