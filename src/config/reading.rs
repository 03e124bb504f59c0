//! Inputs that settings name, and the options of reading that hold for one of them alone.

use std::path::{Path, PathBuf};

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::table::settings_table;
use super::{ConfigError, NamedInput, Reading, Settings, keys};
use crate::format::{FormatError, Input};
use crate::ingest::Role;

/// Makes a setter for every setting that one input may have of its own.
macro_rules! readings {
    ($(
        $(#[doc = $about:literal])+
        $(#[serde($($serde:tt)*)])?
        $name:ident: $holder:ident<$item:ident>, $group:ident, $placeholder:literal, $verbs:ident
        $(, default $default:literal)? $(, shown $shown:literal)? $(, file $role:expr)? $(, flag $shape:expr)?
        $(, setter $setter:ident)?;
    )*) => {
        /// Setters, under the names of [`Settings`].
        impl Reading {
            $(setter! { $group [$($setter)?] [$(#[doc = $about])+] $name $holder<$item> })*
        }
    };
}

macro_rules! setter {
    (Input [] [$($about:tt)+] $name:ident Option<String>) => {
        $($about)+
        #[must_use]
        pub fn $name(mut self, text: impl ToString) -> Self {
            self.0.$name = Some(text.to_string());
            self
        }
    };
    (Input [] [$($about:tt)+] $name:ident Option<u32>) => {
        $($about)+
        #[must_use]
        pub fn $name(mut self, number: u32) -> Self {
            self.0.$name = Some(number);
            self
        }
    };
    (Input [] [$($about:tt)+] $name:ident Vec<String>) => {
        $($about)+
        #[must_use]
        pub fn $name(mut self, item: impl ToString) -> Self {
            self.0.$name.push(item.to_string());
            self
        }
    };
    (Input [] [$($about:tt)+] $name:ident Option<PathBuf>) => {
        $($about)+
        #[must_use]
        pub fn $name(mut self, path: impl AsRef<Path>) -> Self {
            self.0.$name = Some(path.as_ref().to_owned());
            self
        }
    };
    ($($other:tt)*) => {};
}

settings_table! { readings }

impl Reading {
    /// No options: an input is read as the run has it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Column of a role; may be called for several. Those of other roles are as in the settings of the run.
    #[must_use]
    pub fn column(mut self, role: Role, name: &str) -> Self {
        self.0.column.push(format!("{role}={name}"));
        self.0.column.sort();
        self
    }

    /// Lays these options over `base`: where one is unset, that of `base` holds.
    #[must_use]
    pub(crate) fn over(self, base: Self) -> Self {
        Self(self.0.over(base.0))
    }

    /// The options as settings.
    pub(crate) fn settings(&self) -> &Settings {
        &self.0
    }

    /// True if no option is set.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.present().next().is_none()
    }

    /// Options by name, with values of TOML.
    fn from_table(table: toml::Table) -> Result<Self, String> {
        table.keys().try_for_each(|name| keys::option(name).map(drop))?;
        let mut settings = Settings::deserialize(table).map_err(|error| error.message().to_owned())?;
        // The order in which columns were named is not part of a result.
        settings.column.sort();
        Ok(Self(settings))
    }
}

impl NamedInput {
    /// An input with its options.
    pub fn new(path: impl Into<PathBuf>, reading: Reading) -> Self {
        Self { path: path.into(), reading }
    }

    /// Input of a word: `FILE`, or `FILE,option=value,option=value`. As much of it as is the name of an existing file is the
    /// file, whatever it looks like.
    ///
    /// # Errors
    /// An option that does not exist or is not about reading one file.
    pub fn of_word(word: &Path) -> Result<Self, ConfigError> {
        let Some((path, options)) = split(word) else { return Ok(Self::new(word, Reading::default())) };
        let wrong = |problem: String| ConfigError::InputOption { input: path.to_owned(), problem };
        if path.is_empty() {
            let problem = "has no file before its options".to_owned();
            return Err(ConfigError::InputOption { input: word.display().to_string(), problem });
        }
        // A comma belongs to what is before it, unless the name of an option follows.
        let mut parts: Vec<String> = Vec::new();
        for part in options.split(',') {
            match parts.last_mut() {
                Some(last) if !begins_option(part) => *last += &format!(",{part}"),
                _ => parts.push(part.to_owned()),
            }
        }
        let mut table = toml::Table::new();
        for (name, value) in parts.iter().filter_map(|part| part.split_once('=')) {
            let (name, value) = match name.split_once('.') {
                Some(("column", role)) => ("column", format!("{role}={value}")),
                _ => (name, value.to_owned()),
            };
            let kind = keys::option(name).map_err(wrong)?.kind;
            let is_list = kind == "list";
            let number = Some(&value).filter(|_| kind == "number").and_then(|value| value.parse::<i64>().ok());
            let earlier = table.get_mut(name);
            match (earlier, is_list) {
                (Some(toml::Value::Array(list)), true) => list.push(value.into()),
                (Some(_), _) => return Err(wrong(format!("has `{name}` twice; give it once"))),
                (None, true) => drop(table.insert(name.to_owned(), toml::Value::Array(vec![value.into()]))),
                (None, false) => {
                    let value = number.map_or_else(|| value.into(), toml::Value::Integer);
                    table.insert(name.to_owned(), value);
                }
            }
        }
        let reading = Reading::from_table(table).map_err(wrong)?;
        Ok(Self::new(path, reading))
    }

    /// Name of the first option in the path of a file that may have none.
    pub(crate) fn option_in(path: &Path) -> Option<String> {
        let (name, _) = split(path)?.1.split_once('=')?;
        let is_option = name.starts_with("column.") || keys::option(name).is_ok();
        is_option.then(|| name.to_owned())
    }
}

/// File and options of a word that has options.
fn split(word: &Path) -> Option<(&str, &str)> {
    let text = word.to_str().filter(|_| !word.exists())?;
    let mut commas = text.match_indices(',').map(|(at, _)| at).filter(|&at| begins_option(&text[at + 1..]));
    let longest = commas.clone().rev().find(|&at| Path::new(&text[..at]).exists());
    let at = longest.or_else(|| commas.next())?;
    Some((&text[..at], &text[at + 1..]))
}

/// True for the text of an option, such as `date-format=%d/%m/%Y`.
fn begins_option(part: &str) -> bool {
    let name = part.split_once('=').map_or("", |(name, _)| name);
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c))
}

impl TryFrom<toml::Table> for NamedInput {
    type Error = String;

    fn try_from(mut table: toml::Table) -> Result<Self, String> {
        match table.remove("path") {
            Some(toml::Value::String(path)) if !path.is_empty() => Ok(Self::new(path, Reading::from_table(table)?)),
            _ => Err(keys::NO_PATH.to_owned()),
        }
    }
}

impl Serialize for NamedInput {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let options = toml::Table::try_from(self.reading.settings()).map_err(serde::ser::Error::custom)?;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("path", &self.path.to_string_lossy())?;
        for (name, value) in options.iter().filter(|(_, value)| value.as_array().is_none_or(|list| !list.is_empty())) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Settings {
    /// Inputs with their options: every file that a pattern or a folder stands for.
    pub(crate) fn inputs(&self) -> Result<Vec<(Input, Reading)>, FormatError> {
        let mut inputs = Vec::new();
        for NamedInput { path, reading } in &self.input {
            inputs.extend(Input::expand(path)?.into_iter().map(|input| (input, reading.clone())));
        }
        Ok(inputs)
    }
}
