//! Settings: struct, descriptors, layering and files, all from the [table](super::table).

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::table::settings_table;
#[cfg(feature = "cli")]
use super::value::FlagShape;
use super::value::{FileRole, SettingHolder, SettingItem, columns, one_or_more};
use super::{ConfigError, verbs};
use crate::indicator::Indicator;
use crate::ingest::Gazetteer;
use crate::invalid::InvalidValue;
use crate::layer::context::ContextFile;
use crate::score::Method;
use crate::score::weights::table_named;

/// A setting for documentation and flags.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Setting {
    /// Id of its flag for clap.
    #[cfg(feature = "cli")]
    pub(super) id: &'static str,
    /// Name: the flag without its hyphens, and the key in TOML.
    pub name: String,
    /// Type of the value, as in documentation.
    pub kind: &'static str,
    /// Type of one item of a list, or of the value.
    pub item: &'static str,
    /// Value when unset; `None` where that depends on the input or nothing is done.
    pub value: Option<&'static str>,
    /// Role of the file that it names.
    pub(super) role: Option<FileRole>,
    /// Heading that it stands under.
    pub group: SettingGroup,
    /// Placeholder for the value in the help.
    pub placeholder: &'static str,
    /// Meaning in a line.
    pub short: &'static str,
    /// Meaning, without the default.
    pub about: &'static str,
    /// Default in words; `None` where an unset value means nothing is done.
    pub default: Option<&'static str>,
    /// Verbs of the command line that it matters to.
    pub verbs: &'static [&'static str],
    #[cfg(feature = "cli")]
    pub(super) shape: FlagShape,
    #[cfg(feature = "cli")]
    pub(super) parser: fn() -> clap::builder::ValueParser,
}

/// Options of reading that hold for one input; what is unset is as in the settings of the run.
///
/// ```
/// use tensionmap::{Engine, Input, Reading};
/// let police = "lon,lat,date,category,source\n2.5,54.7,2026-02-25,asb,Dogger Police\n";
/// let council = "lon;lat;When;category\n2,5;54,7;27/02/2026;asb\n";
/// let input = |name: &str, text: &str| Input::Bytes(name.into(), text.as_bytes().to_vec());
/// let log = Reading::new().date_format("%d/%m/%Y").decimal(',').source("council").column("date".parse()?, "When");
/// let run = Engine::builder().as_of("2026-03-02").build()?
///     .incidents(input("police.csv", police))?
///     .incidents_with(input("council.csv", council), log)?
///     .run()?;
/// assert_eq!((run.ledger.read(), run.ledger.accepted()), (2, 2));
/// assert_eq!(run.layer.provenance().sources["council"], 0.5);
/// # Ok::<(), tensionmap::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading(pub(super) Settings);

/// An input that settings name: in TOML an `[[input]]` table, on the command line a word such as
/// `council.csv,date-format=%d/%m/%Y,column.date=When`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "toml::Table")]
#[non_exhaustive]
pub struct NamedInput {
    /// File, pattern, folder of Parquet files, or `-` for standard input.
    pub path: PathBuf,
    /// Options of every file that it stands for.
    pub reading: Reading,
}

/// A result that settings name: in TOML an `[[output]]` table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedOutput {
    /// File, whose extension decides the format.
    pub path: PathBuf,
}

/// Group of settings, one heading in the help, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SettingGroup {
    /// Layout and text of an input: may be given for all inputs, or for one.
    Input,
    /// Place and time of the study, and values of its areas.
    Place,
    /// Method, weights, dates covered and levels.
    Method,
    /// Pictures.
    Picture,
    /// Tables, marking and quarantine.
    Output,
    /// Settings of a run as a whole.
    Run,
}

impl Setting {
    /// Use of the file that it names: `read`, `written`, or `prefix` for a text that begins with a file to read, or is a name.
    #[must_use]
    pub fn file(&self) -> Option<&'static str> {
        self.role.map(|role| match role {
            FileRole::Read => "read",
            FileRole::Written => "written",
            FileRole::Prefix(_) => "prefix",
        })
    }
}

impl SettingGroup {
    /// Heading in the help.
    #[must_use]
    pub fn heading(self) -> &'static str {
        ["Input", "Place and time", "Method", "Picture", "Output", "Run"][self as usize]
    }
}

/// A file that a setting names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedFile {
    /// Name of the setting.
    pub(crate) setting: &'static str,
    pub(crate) path: PathBuf,
    /// True for an output, false for an input.
    pub(crate) is_output: bool,
}

/// Last of some items; the macro below gives an optional part of a row as a list of none or one.
fn last<T, const N: usize>(items: [T; N]) -> Option<T> {
    items.into_iter().last()
}

/// Value of a default, if a row has one.
fn parsed<H: SettingHolder, const N: usize>(default: [&str; N]) -> H {
    H::of(default.into_iter().filter_map(|text| text.parse().ok()))
}

/// Makes the struct and everything that treats its fields alike.
macro_rules! settings {
    ($(
        $(#[doc = $about:literal])+
        $(#[serde($($serde:tt)*)])?
        $name:ident: $holder:ident<$item:ident>, $group:ident, $placeholder:literal, $verbs:ident
        $(, default $default:literal)? $(, shown $shown:literal)? $(, file $role:expr)? $(, flag $shape:expr)?
        $(, setter $setter:ident)?;
    )*) => {
        /// Settings of a run: flags of the command line, keys of a TOML file, setters of the builder. All are optional;
        /// [`Self::over`] lays one set over another.
        ///
        /// ```
        /// use tensionmap::Settings;
        /// let file: Settings = toml::from_str("resolution = 9\ntitle = \"Wards\"")?;
        /// let flags = Settings { resolution: Some(7), ..Settings::default() };
        /// let settings = flags.over(file);
        /// assert_eq!((settings.resolution, settings.title.as_deref()), (Some(7), Some("Wards")));
        /// assert!(toml::from_str::<Settings>("resolutoin = 9").is_err());
        /// # Ok::<(), toml::de::Error>(())
        /// ```
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
        pub struct Settings {
            $($(#[doc = $about])+ $(#[serde($($serde)*)])? pub $name: $holder<$item>,)*
            /// Inputs, each with options of its own: `[[input]]` tables in TOML. Words on the command line choose among them, or
            /// name others.
            #[serde(skip_serializing_if = "Vec::is_empty")]
            pub input: Vec<NamedInput>,
            /// Results of `map`: `[[output]]` tables in TOML. With `--output` they are others.
            #[serde(skip_serializing_if = "Vec::is_empty")]
            pub output: Vec<NamedOutput>,
        }

        /// Every setting, in the order of the table.
        pub static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(|| vec![$(Setting {
            #[cfg(feature = "cli")]
            id: stringify!($name),
            name: stringify!($name).replace('_', "-"),
            kind: <$holder<$item> as SettingHolder>::TYPE,
            item: <$item as SettingItem>::TYPE,
            value: last([$($default)?]),
            role: last([$($role)?]),
            group: SettingGroup::$group,
            placeholder: $placeholder,
            short: [$($about),+][0].trim_ascii().trim_end_matches([',', ';', ':', '.']),
            about: concat!($($about),+).trim_ascii(),
            default: last([$($default,)? $($shown)?]),
            verbs: verbs::$verbs,
            #[cfg(feature = "cli")]
            shape: last([$($shape)?]).unwrap_or_default(),
            #[cfg(feature = "cli")]
            parser: <$item as SettingItem>::parser,
        },)*]);

        impl Settings {
            /// Lays these settings over `base`: where one is unset, that of `base` holds.
            #[must_use]
            pub fn over(self, base: Self) -> Self {
                Self {
                    $($name: if self.$name.as_slice().is_empty() { base.$name } else { self.$name },)*
                    input: if self.input.is_empty() { base.input } else { self.input },
                    output: if self.output.is_empty() { base.output } else { self.output },
                }
            }

            /// Fills in every default. The as-of stays open, because it depends on the reports.
            #[must_use]
            pub fn resolved(self) -> Self {
                self.over(Self { $($name: parsed([$($default)?]),)* ..Self::default() })
            }

            /// Keeps the settings that a condition holds for.
            #[must_use]
            pub(crate) fn only(self, keep: impl Fn(&Setting) -> bool) -> Self {
                let mut kept = SETTINGS.iter().map(keep);
                Self {
                    $($name: if kept.next() == Some(true) { self.$name } else { Default::default() },)*
                    ..self
                }
            }

            /// True for each setting that has a value, in the order of the table.
            fn set(&self) -> impl Iterator<Item = bool> {
                [$(!self.$name.as_slice().is_empty()),*].into_iter()
            }

            /// Replaces the path of every file that is named. The change is given the name of the setting, its role and the path.
            fn map_files(&mut self, change: &mut dyn FnMut(&'static str, FileRole, &Path) -> PathBuf) {
                $($(for item in self.$name.as_mut_slice() {
                    item.map_file($role, |path| change(stringify!($name), $role, path));
                })?)*
                for input in &mut self.input {
                    input.reading.0.map_files(change);
                }
            }

            /// Settings of parsed flags.
            #[cfg(feature = "cli")]
            pub(super) fn of_flags(matches: &clap::ArgMatches) -> Self {
                Self {
                    $($name: values(matches, stringify!($name)),)*
                    ..Self::default()
                }
            }
        }
    };
}

settings_table! { settings }

/// Values of a flag, which only some commands have.
#[cfg(feature = "cli")]
fn values<H: SettingHolder>(matches: &clap::ArgMatches, id: &str) -> H {
    let given = matches.try_get_many(id).ok().flatten();
    H::of(given.into_iter().flatten().cloned())
}

impl Settings {
    /// Replaces every path, those of inputs and outputs as well. Standard input has none.
    pub(super) fn map_paths(&mut self, change: &mut dyn FnMut(&'static str, FileRole, &Path) -> PathBuf) {
        self.map_files(change);
        for input in self.input.iter_mut().filter(|input| input.path != Path::new("-")) {
            input.path = change("input", FileRole::Read, &input.path);
        }
        for output in &mut self.output {
            output.path = change("output", FileRole::Written, &output.path);
        }
    }

    /// Makes every path absolute, so that the settings mean the same in a file anywhere.
    ///
    /// # Errors
    /// An empty path.
    pub fn absolute(mut self) -> Result<Self, ConfigError> {
        let mut failure = None;
        self.map_paths(&mut |_, _, file| {
            std::path::absolute(file).unwrap_or_else(|error| {
                failure.get_or_insert(InvalidValue::new("path", file.display(), "the path of a file", error));
                file.into()
            })
        });
        failure.map_or(Ok(self), |failure| Err(failure.into()))
    }

    /// Settings that have a value, by name, paths without their folders.
    pub(crate) fn recorded(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut settings = match serde_json::to_value(self.clone().without_folders()) {
            Ok(serde_json::Value::Object(settings)) => settings,
            _ => serde_json::Map::new(),
        };
        settings.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
        settings
    }

    /// Removes the folder of every path.
    pub(crate) fn without_folders(mut self) -> Self {
        self.map_paths(&mut |_, _, file| file.file_name().map_or_else(|| file.into(), PathBuf::from));
        self
    }

    /// Every file that the settings name, but for the inputs and outputs themselves.
    pub(crate) fn files(&self) -> Vec<NamedFile> {
        let mut files = Vec::new();
        self.clone().map_files(&mut |setting, role, path| {
            files.push(NamedFile { setting, path: path.to_owned(), is_output: matches!(role, FileRole::Written) });
            path.to_owned()
        });
        files
    }

    /// Settings that a command of this name uses; those of a file are often for several.
    #[must_use]
    pub(crate) fn used_by(self, verb: &str) -> Self {
        self.only(|setting| setting.verbs.contains(&verb))
    }

    /// Settings that have a value, in the order of the table.
    pub(crate) fn present(&self) -> impl Iterator<Item = &'static Setting> {
        SETTINGS.iter().zip(self.set()).filter(|(_, is_set)| *is_set).map(|(setting, _)| setting)
    }

    /// TOML for `--config`.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

/// File of `FILE:COLUMN:KIND`. A text that is not an indicator counts as a path, so that its error shows all of it.
fn indicator_file(text: &str) -> Option<PathBuf> {
    text.parse::<Indicator>().map_or_else(|_| Some(text.into()), |indicator| indicator.input.path().map(Path::to_owned))
}

/// File of `FILE:STYLE:PLACE`. A text of another form may be a path with colons, once its folder is known.
#[allow(clippy::unnecessary_wraps, reason = "the type that the table needs")]
fn context_file(text: &str) -> Option<PathBuf> {
    Some(text.parse::<ContextFile>().map_or_else(|_| text.into(), |file| file.input.name().into()))
}

/// File of `FILE:KEY:X:Y`.
#[allow(clippy::unnecessary_wraps, reason = "the type that the table needs")]
fn gazetteer_file(text: &str) -> Option<PathBuf> {
    Some(Gazetteer::file_of(text))
}

/// File of a font; the word for those of the machine is never a path.
fn font_file(text: &str) -> Option<PathBuf> {
    (text != crate::font::SYSTEM).then(|| text.into())
}

/// File of a method; the name of a built-in one is never a path.
fn method_file(text: &str) -> Option<PathBuf> {
    Method::named(text).is_none().then(|| text.into())
}

/// File of weights; the name of a table is never a path.
fn weights_file(text: &str) -> Option<PathBuf> {
    table_named(text).is_none().then(|| text.into())
}
