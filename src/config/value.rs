//! Types of settings: an optional item or a list of text, with its default, its layering, its flag and its file.

#[cfg(feature = "cli")]
use clap::Arg;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Finds the path that a text begins with; `None` if it names no file.
type FileOf = fn(&str) -> Option<PathBuf>;

/// Role of the file that a setting names.
#[derive(Clone, Copy, Debug)]
pub(super) enum FileRole {
    /// The setting names no file.
    None,
    /// The setting is the path of an input.
    Read,
    /// The setting is the path of an output.
    Written,
    /// The setting is a text that begins with the path of an input, as found by this function.
    Prefix(FileOf),
}

/// Shape of a flag.
#[cfg(feature = "cli")]
#[derive(Clone, Copy, Debug)]
pub(super) enum FlagShape {
    /// `--name VALUE`.
    Plain,
    /// `--name VALUE`, where the value may begin with a hyphen.
    Hyphenated,
    /// `--name A,B`, which is the same as `--name A --name B`.
    CommaList,
}

/// A type of setting.
pub(super) trait SettingValue: Default {
    /// Type for documentation.
    const TYPE: &'static str;

    /// Value of a default in the table.
    fn of_default(text: &str) -> Self;

    /// This value if it is set, else the other.
    fn or(self, base: Self) -> Self;

    /// Returns true if it has a value.
    fn is_set(&self) -> bool;

    /// Replaces the path of every file that it names.
    fn map_files<E>(&mut self, role: FileRole, change: impl FnMut(&Path) -> Result<PathBuf, E>) -> Result<(), E>;

    /// Adds the parser of the value to a flag.
    #[cfg(feature = "cli")]
    fn flag(arg: Arg) -> Arg;

    /// Value of a flag by its id.
    #[cfg(feature = "cli")]
    fn of_flags(matches: &clap::ArgMatches, id: &str) -> Self;
}

/// A single item of a setting.
pub(super) trait SettingItem: FromStr + Clone + Send + Sync + 'static {
    const TYPE: &'static str;

    fn map_file<E>(&mut self, _role: FileRole, _change: impl FnMut(&Path) -> Result<PathBuf, E>) -> Result<(), E> {
        Ok(())
    }

    #[cfg(feature = "cli")]
    fn flag(arg: Arg) -> Arg;
}

macro_rules! numbers {
    ($($number:ident)*) => {$(
        impl SettingItem for $number {
            const TYPE: &'static str = "number";

            #[cfg(feature = "cli")]
            fn flag(arg: Arg) -> Arg {
                arg.value_parser(clap::value_parser!($number))
            }
        }
    )*};
}

numbers! { u8 u16 usize }

impl SettingItem for bool {
    const TYPE: &'static str = "true|false";

    #[cfg(feature = "cli")]
    fn flag(arg: Arg) -> Arg {
        arg.value_parser(clap::value_parser!(bool)).num_args(0..=1).require_equals(true).default_missing_value("true")
    }
}

impl SettingItem for PathBuf {
    const TYPE: &'static str = "file";

    fn map_file<E>(&mut self, role: FileRole, mut change: impl FnMut(&Path) -> Result<PathBuf, E>) -> Result<(), E> {
        if matches!(role, FileRole::Read | FileRole::Written) {
            *self = change(self)?;
        }
        Ok(())
    }

    #[cfg(feature = "cli")]
    fn flag(arg: Arg) -> Arg {
        arg.value_parser(clap::value_parser!(PathBuf))
    }
}

impl SettingItem for String {
    const TYPE: &'static str = "text";

    fn map_file<E>(&mut self, role: FileRole, mut change: impl FnMut(&Path) -> Result<PathBuf, E>) -> Result<(), E> {
        let FileRole::Prefix(file_of) = role else { return Ok(()) };
        let Some(file) = file_of(self) else { return Ok(()) };
        if let Some(rest) = self.strip_prefix(&*file.to_string_lossy()) {
            *self = change(&file)?.display().to_string() + rest;
        }
        Ok(())
    }

    #[cfg(feature = "cli")]
    fn flag(arg: Arg) -> Arg {
        arg.value_parser(clap::value_parser!(String))
    }
}

impl<T: SettingItem> SettingValue for Option<T> {
    const TYPE: &'static str = T::TYPE;

    fn of_default(text: &str) -> Self {
        text.parse().ok()
    }

    fn or(self, base: Self) -> Self {
        Option::or(self, base)
    }

    fn is_set(&self) -> bool {
        self.is_some()
    }

    fn map_files<E>(&mut self, role: FileRole, change: impl FnMut(&Path) -> Result<PathBuf, E>) -> Result<(), E> {
        self.as_mut().map_or(Ok(()), |item| item.map_file(role, change))
    }

    #[cfg(feature = "cli")]
    fn flag(arg: Arg) -> Arg {
        T::flag(arg)
    }

    #[cfg(feature = "cli")]
    fn of_flags(matches: &clap::ArgMatches, id: &str) -> Self {
        matches.get_one(id).cloned()
    }
}

impl<T: SettingItem> SettingValue for Vec<T> {
    const TYPE: &'static str = "list";

    fn of_default(text: &str) -> Self {
        text.parse().into_iter().collect()
    }

    fn or(self, base: Self) -> Self {
        if self.is_empty() { base } else { self }
    }

    fn is_set(&self) -> bool {
        !self.is_empty()
    }

    fn map_files<E>(&mut self, role: FileRole, mut change: impl FnMut(&Path) -> Result<PathBuf, E>) -> Result<(), E> {
        self.iter_mut().try_for_each(|item| item.map_file(role, &mut change))
    }

    #[cfg(feature = "cli")]
    fn flag(arg: Arg) -> Arg {
        T::flag(arg).action(clap::ArgAction::Append)
    }

    #[cfg(feature = "cli")]
    fn of_flags(matches: &clap::ArgMatches, id: &str) -> Self {
        matches.get_many(id).into_iter().flatten().cloned().collect()
    }
}
