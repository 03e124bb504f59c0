//! Which column plays which role: a stated name first, then a preset, then the aliases of the field.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{IngestError, Reading};
use crate::error::InvalidValue;
use crate::incident::Category;

/// The roles, one row each: variant, name, required, aliases in order of preference (lower case, words joined by `_`).
macro_rules! roles {
    ($($variant:ident $id:literal [$($alias:literal)*] $about:literal;)*) => {
        /// What a column is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Role { $(#[doc = $about] $variant,)* }

        impl Role {
            /// Every role.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name used in settings.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// Names by which a column of this role is recognised.
            #[must_use]
            pub fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($alias,)*],)* }
            }
        }
    };
}

roles! {
    Longitude "longitude" ["longitude" "lon" "lng" "long" "x"] "Longitude in degrees.";
    Latitude "latitude" ["latitude" "lat" "y"] "Latitude in degrees.";
    Date "date" ["occurred_at" "occurred_on" "date" "datetime" "date_time" "incident_date" "event_date" "occurred"
        "timestamp" "month" "year_month"] "Day, month or moment it happened.";
    ReportedAt "reported-at" ["reported_at" "reported_on" "date_reported" "known_from"] "Day it became known.";
    Category "category" ["category" "crime_type" "incident_type" "event_type" "offence" "type"] "What it is about.";
    Strand "strand" ["strand" "eep"] "Experienced, evidenced or potential.";
    Severity "severity" ["severity"] "1 to 5.";
    Grade "grade" ["grade" "evidence_grade" "grading"] "Evidence grade.";
    Source "source" ["source" "source_org" "reported_by" "source_name"] "Who reported it.";
}

impl FromStr for Role {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let names = || Self::ALL.iter().map(|role| role.id()).collect::<Vec<_>>().join(", ");
        Self::ALL
            .iter()
            .copied()
            .find(|role| role.id() == text)
            .ok_or_else(|| InvalidValue::bare("column role", text, format!("one of {}", names())))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.id())
    }
}

/// A published layout: exact column names, and what its category labels mean.
#[derive(Debug)]
pub struct Preset {
    /// Name used in settings.
    pub name: String,
    /// What it reads.
    pub about: String,
    columns: BTreeMap<Role, String>,
    categories: BTreeMap<String, Category>,
}

/// The layouts known by name, each a TOML table beside this file.
pub static PRESETS: LazyLock<Vec<Preset>> =
    LazyLock::new(|| [include_str!("presets/police-uk.toml")].into_iter().filter_map(Preset::parse).collect());

impl Preset {
    /// The preset of this name.
    ///
    /// # Errors
    /// When there is none; the message lists those there are.
    pub fn named(name: &str) -> Result<&'static Self, InvalidValue> {
        let names = || PRESETS.iter().map(|preset| preset.name.as_str()).collect::<Vec<_>>().join(", ");
        PRESETS
            .iter()
            .find(|preset| preset.name == name)
            .ok_or_else(|| InvalidValue::bare("preset", name, format!("one of {}", names())))
    }

    fn parse(text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            name: String,
            about: String,
            columns: BTreeMap<String, String>,
            categories: BTreeMap<String, String>,
        }
        let file: File = toml::from_str(text).ok()?;
        let columns = file.columns.into_iter().map(|(role, name)| Some((role.parse().ok()?, name)));
        let categories = file.categories.into_iter().map(|(label, id)| Some((label, id.parse().ok()?)));
        Some(Self {
            name: file.name,
            about: file.about,
            columns: columns.collect::<Option<_>>()?,
            categories: categories.collect::<Option<_>>()?,
        })
    }

    fn fits(&self, names: &[String]) -> bool {
        self.columns.values().all(|column| names.contains(column))
    }
}

/// The settled roles of one file's columns.
#[derive(Debug)]
pub struct Columns {
    chosen: BTreeMap<Role, (usize, String)>,
    preset: Option<&'static Preset>,
}

impl Columns {
    /// Settles every role, once, before the first record is read; choices made here are told to `notices`. Records with a
    /// geometry of their own need no columns for it.
    ///
    /// # Errors
    /// A stated column that does not exist, a name used twice, no column for position or date.
    pub fn settle(
        file: &str,
        names: &[String],
        has_geometry: bool,
        reading: &Reading,
        notices: &mut Vec<String>,
    ) -> Result<Self, IngestError> {
        let preset = reading.preset.or_else(|| {
            let preset = PRESETS.iter().find(|preset| preset.fits(names))?;
            notices.push(format!("{file}: read as {} ({})", preset.name, preset.about));
            Some(preset)
        });
        let mut columns = Self { chosen: BTreeMap::new(), preset };
        for &role in Role::ALL {
            let stated = reading.columns.get(&role).or_else(|| preset?.columns.get(&role));
            let index = match stated {
                Some(name) => Some(names.iter().position(|other| other == name).ok_or_else(|| {
                    IngestError::ColumnMissing { file: file.to_owned(), role, name: name.clone(), found: shown(names) }
                })?),
                None if preset.is_some() => None,
                None => role.aliases().iter().find_map(|alias| names.iter().position(|name| folded(name) == *alias)),
            };
            if let Some(index) = index {
                let name = &names[index];
                if names.iter().filter(|other| *other == name).count() > 1 {
                    return Err(IngestError::ColumnTwice { file: file.to_owned(), name: name.clone(), role });
                }
                columns.chosen.insert(role, (index, name.clone()));
            }
        }
        columns.require(file, names, has_geometry)?;
        if !columns.chosen.contains_key(&Role::Category) {
            notices.push(format!("{file}: no category column, so every report counts as `other`"));
        }
        Ok(columns)
    }

    fn require(&self, file: &str, names: &[String], has_geometry: bool) -> Result<(), IngestError> {
        for role in [Role::Longitude, Role::Latitude, Role::Date] {
            if !(self.chosen.contains_key(&role) || has_geometry && role != Role::Date) {
                return Err(IngestError::NoColumn {
                    file: file.to_owned(),
                    role,
                    found: shown(names),
                    aliases: role.aliases().join(", "),
                });
            }
        }
        Ok(())
    }

    /// Index of the column for a role.
    #[must_use]
    pub fn index(&self, role: Role) -> Option<usize> {
        self.chosen.get(&role).map(|(index, _)| *index)
    }

    /// Name of the column for a role, empty when there is none.
    #[must_use]
    pub fn name(&self, role: Role) -> &str {
        self.chosen.get(&role).map_or("", |(_, name)| name)
    }

    /// Every settled role and its column.
    #[must_use]
    pub fn chosen(&self) -> Vec<(Role, String)> {
        self.chosen.iter().map(|(&role, (_, name))| (role, name.clone())).collect()
    }

    /// What a category label means; `None` when neither the preset nor the taxonomy knows it.
    #[must_use]
    pub fn category(&self, label: &str) -> Option<Category> {
        let known = self.preset.and_then(|preset| preset.categories.get(label).copied());
        known.or_else(|| folded(label).parse().ok())
    }
}

/// Whether a column of this name would be taken for some role.
pub(super) fn has_role(name: &str) -> bool {
    let name = folded(name);
    Role::ALL.iter().any(|role| role.aliases().contains(&name.as_str()))
}

/// Lower case, with runs of anything but letters and digits as one `_`.
fn folded(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

/// The first names of a list, and how many more there are.
fn shown(names: &[String]) -> String {
    const MOST: usize = 30;
    let more = if names.len() > MOST { format!(", and {} more", names.len() - MOST) } else { String::new() };
    names.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ") + &more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_on_disk_parses() {
        assert_eq!(PRESETS.len(), 1);
        assert_eq!(PRESETS[0].categories.len(), 14);
    }

    #[test]
    fn aliases_match_whatever_the_case_and_punctuation() {
        let names = ["Occurred At", "LAT", "Lng", "Crime Type"].map(str::to_owned);
        let columns = Columns::settle("x.csv", &names, false, &Reading::default(), &mut Vec::new());
        let columns = columns.expect("all required roles are there");
        assert_eq!(columns.index(Role::Date), Some(0));
        assert_eq!(columns.index(Role::Category), Some(3));
        assert_eq!(columns.category("Public order"), Some(Category::PublicOrder));
        assert_eq!(columns.category("Loud music"), None);
    }
}
