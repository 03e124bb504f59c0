//! Types of settings: an optional item or a list of them, with their flags and files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

#[cfg(feature = "cli")]
use clap::{builder::ValueParser, value_parser};
use serde::{Deserialize, Deserializer};

/// Role of the file that a setting names.
#[derive(Clone, Copy, Debug)]
pub(super) enum FileRole {
    /// The setting is the path of an input.
    Read,
    /// The setting is the path of an output.
    Written,
    /// The setting is a text that begins with the path of an input, as found by this function; `None` if it names no file.
    Prefix(fn(&str) -> Option<PathBuf>),
}

/// Shape of a flag.
#[cfg(feature = "cli")]
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum FlagShape {
    /// `--name VALUE`.
    #[default]
    Plain,
    /// `--name VALUE`, where the value may begin with a hyphen.
    Hyphenated,
    /// `--name A,B`, which is the same as `--name A --name B`.
    CommaList,
    /// `--name`, or `--name=false`.
    Switch,
}

/// A single item of a setting.
pub(super) trait SettingItem: FromStr + Clone + Send + Sync + 'static {
    /// Type for documentation.
    const TYPE: &'static str;

    /// Parser of its flag.
    #[cfg(feature = "cli")]
    fn parser() -> ValueParser;

    /// Replaces the path of the file that it names in this role.
    fn map_file(&mut self, _: FileRole, _: impl FnOnce(&Path) -> PathBuf) {}
}

macro_rules! setting_items {
    ($($item:ident: $kind:literal { $($map_file:tt)* })*) => {$(
        impl SettingItem for $item {
            const TYPE: &'static str = $kind;

            #[cfg(feature = "cli")]
            fn parser() -> ValueParser {
                value_parser!($item).into()
            }

            $($map_file)*
        }
    )*};
}

setting_items! {
    u8: "number" {}
    u16: "number" {}
    u32: "number" {}
    usize: "number" {}
    bool: "true|false" {}
    PathBuf: "file" {
        fn map_file(&mut self, _: FileRole, change: impl FnOnce(&Path) -> PathBuf) {
            *self = change(self);
        }
    }
    String: "text" {
        fn map_file(&mut self, role: FileRole, change: impl FnOnce(&Path) -> PathBuf) {
            let FileRole::Prefix(file_of) = role else { return };
            let Some(file) = file_of(self) else { return };
            if let Some(rest) = self.strip_prefix(&*file.to_string_lossy()) {
                *self = change(&file).display().to_string() + rest;
            }
        }
    }
}

/// Holder of items: none or one, or a list.
pub(super) trait SettingHolder: Default {
    type Item: SettingItem;

    /// Type for documentation.
    const TYPE: &'static str;

    /// Holds all items, or the first.
    fn of(items: impl Iterator<Item = Self::Item>) -> Self;
}

impl<T: SettingItem> SettingHolder for Option<T> {
    type Item = T;

    const TYPE: &'static str = T::TYPE;

    fn of(mut items: impl Iterator<Item = T>) -> Self {
        items.next()
    }
}

impl<T: SettingItem> SettingHolder for Vec<T> {
    type Item = T;

    const TYPE: &'static str = "list";

    fn of(items: impl Iterator<Item = T>) -> Self {
        items.collect()
    }
}

/// A text, or a list of texts; a list of one is written as a text.
pub(super) mod one_or_more {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(texts: &Vec<String>, serializer: S) -> Result<S::Ok, S::Error> {
        match texts.as_slice() {
            [one] => one.serialize(serializer),
            more => more.serialize(serializer),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a text, or a list of texts")]
        enum Texts {
            One(String),
            More(Vec<String>),
        }
        Ok(match Texts::deserialize(deserializer)? {
            Texts::One(text) => vec![text],
            Texts::More(texts) => texts,
        })
    }
}

/// Columns by role: a list such as `["date=When"]`, or a table such as `date = "When"`.
pub(super) fn columns<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected columns such as [\"date=When\"], or a table such as date = \"When\"")]
    enum ByRole {
        List(Vec<String>),
        Table(BTreeMap<String, String>),
    }
    Ok(match ByRole::deserialize(deserializer)? {
        ByRole::List(list) => list,
        ByRole::Table(table) => table.into_iter().map(|(role, name)| format!("{role}={name}")).collect(),
    })
}
