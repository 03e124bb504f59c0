//! Published layouts by name, and what their category labels mean. Both are data: TOML files beside this one.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;

use super::time::DateFormat;
use super::{IngestError, Role};
use crate::format::names::folded;
use crate::incident::Category;
use crate::invalid::{InvalidValue, named, unknown};
use crate::small_file::{settings_text, toml_problem};

/// A published layout: exact column names, and what its category labels mean.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Preset {
    /// Name used in settings.
    pub name: String,
    /// Description.
    pub about: String,
    /// Statement that its publisher asks for wherever the data is used.
    pub attribution: Option<String>,
    pub(super) columns: BTreeMap<Role, String>,
    #[serde(default)]
    pub(super) optional: BTreeMap<Role, String>,
    #[serde(default)]
    pub(super) categories: Categories,
    /// Names of the columns of a file without a header; tab-separated.
    #[serde(default)]
    pub(super) header: Vec<String>,
    /// Metres within which a position of a precision code is right; codes without are points.
    #[serde(default)]
    pub(super) precision_m: BTreeMap<String, f64>,
    pub(super) date_format: Option<DateFormat>,
    /// True if roles it does not name are found by their aliases.
    #[serde(default)]
    pub(super) by_alias: bool,
    /// True if a file holds whole months of its sources, so that another with one of them is a version of it.
    #[serde(default)]
    pub(super) by_month: bool,
    /// Why such a file is not read unless asked for by name.
    #[serde(rename = "refused")]
    pub(super) denied: Option<String>,
    signature: Option<Signature>,
}

/// The layouts known by name.
pub static PRESETS: LazyLock<Vec<Preset>> =
    LazyLock::new(|| FILES.into_iter().filter_map(|text| toml::from_str(text).ok()).collect());

// Denied layouts come first: fewer columns identify them.
const FILES: [&str; 7] = [
    include_str!("presets/stop-and-search.toml"),
    include_str!("presets/police-uk.toml"),
    include_str!("presets/police-uk-api.toml"),
    include_str!("presets/council-log.toml"),
    include_str!("presets/acled.toml"),
    include_str!("presets/ucdp-ged.toml"),
    include_str!("presets/gdelt-2.toml"),
];

/// Columns of which one is enough to recognise a layout.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    any: Vec<String>,
}

impl Preset {
    /// The preset of this name.
    ///
    /// # Errors
    /// When there is none; the message lists those there are.
    pub fn named(name: &str) -> Result<&'static Self, InvalidValue> {
        named("preset", name, PRESETS.iter().map(|preset| (preset.name.as_str(), preset)))
    }

    /// True if a file with these columns has this layout: a column of its signature, or all columns it needs.
    pub(super) fn fits(&self, names: &[String]) -> bool {
        let is_one = match &self.signature {
            Some(signature) => signature.any.iter().any(|column| names.contains(column)),
            None => self.columns.values().all(|column| names.contains(column)),
        };
        self.header.is_empty() && is_one
    }
}

/// Categories of labels, whatever their case and punctuation.
///
/// ```
/// use tensionmap::{Categories, Engine, Input};
/// let table = Categories::from_toml("[categories]\n\"Aggro\" = \"public_order\"")?;
/// let log = Input::Bytes("log.csv".into(), b"lon,lat,date,category\n2.5,54.7,2026-02-27,aggro\n".to_vec());
/// let run = Engine::builder().categories(table).build()?.incidents(log)?.run()?;
/// assert!(run.ledger.files[0].unmapped.is_empty());
/// # Ok::<(), tensionmap::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub struct Categories(BTreeMap<String, Category>);

/// Labels of published layouts, valid in every file.
static COMMON: LazyLock<Categories> =
    LazyLock::new(|| Categories::parse(include_str!("presets/categories.toml")).unwrap_or_default());

impl Categories {
    /// Name of a table without a file.
    pub(crate) const UNNAMED: &'static str = "categories.toml";

    /// The table of a TOML text with `[categories]`, a line a label, such as `"Hate graffiti" = "graffiti_hate"`.
    ///
    /// # Errors
    /// A text that is not such TOML, or names a category that does not exist.
    pub fn from_toml(text: &str) -> Result<Self, IngestError> {
        Self::parse(text).map_err(|source| IngestError::Categories { file: Self::UNNAMED.to_owned(), source })
    }

    /// Reads such a table from a file.
    ///
    /// # Errors
    /// A file that cannot be read; those of [`Self::from_toml`].
    pub fn load(path: &Path) -> Result<Self, IngestError> {
        let file = || path.display().to_string();
        let text =
            settings_text(path).map_err(|error| IngestError::Categories { file: file(), source: error.into() })?;
        Self::parse(&text).map_err(|source| IngestError::Categories { file: file(), source })
    }

    /// The table as text for [`Self::from_toml`].
    #[must_use]
    pub fn to_toml(&self) -> String {
        let labels: BTreeMap<&str, &str> = self.0.iter().map(|(label, category)| (&**label, category.id())).collect();
        toml::to_string(&BTreeMap::from([("categories", labels)])).unwrap_or_default()
    }

    fn parse(text: &str) -> Result<Self, crate::invalid::Cause> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct CategoryTable {
            categories: BTreeMap<String, String>,
        }
        let table: CategoryTable = toml::from_str(text).map_err(|error| toml_problem(text, error))?;
        Ok(Self::try_from(table.categories)?)
    }

    /// True if the table has no label.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if the table itself has a label.
    pub(super) fn has(&self, label: &str) -> bool {
        self.0.contains_key(&folded(label))
    }

    /// The category of a label: by the user's table, then the preset's, then the common one, then the taxonomy itself.
    pub(super) fn lookup(&self, preset: Option<&Preset>, label: &str) -> Option<Category> {
        let label = folded(label);
        let tables = [Some(self), preset.map(|preset| &preset.categories), Some(&*COMMON)];
        let known = tables.into_iter().flatten().find_map(|table| table.0.get(&label).copied());
        known.or_else(|| Category::of_id(&label))
    }
}

impl TryFrom<BTreeMap<String, String>> for Categories {
    type Error = InvalidValue;

    fn try_from(table: BTreeMap<String, String>) -> Result<Self, InvalidValue> {
        let category = |id: &str| {
            let names = || Category::ALL.iter().map(|category| category.id()).collect::<Vec<_>>();
            Category::of_id(id).ok_or_else(|| unknown("category", id, &names(), ""))
        };
        let meaning = |(label, id): (String, String)| Ok((folded(&label), category(&id)?));
        table.into_iter().map(meaning).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_on_disk_parses() {
        assert_eq!(PRESETS.len(), FILES.len());
        assert!(Categories::parse(include_str!("presets/categories.toml")).is_ok());
        let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name.as_str()).collect();
        let expected = ["stop-and-search", "police-uk", "police-uk-api", "council-log", "acled", "ucdp-ged", "gdelt-2"];
        assert_eq!(names, expected);
        let gdelt = Preset::named("gdelt-2").expect("there");
        assert_eq!((gdelt.header.len(), gdelt.header[56].as_str()), (61, "ActionGeo_Lat"));
    }

    #[test]
    fn tables_lie_over_one_another() {
        let mine = Categories::from_toml("[categories]\n\"Public Order\" = \"riot\"\n").expect("sound");
        assert_eq!(Categories::from_toml(&mine.to_toml()).expect("sound"), mine);
        let none = Categories::default();
        assert_eq!(none.lookup(None, "Public order"), Some(Category::PublicOrder));
        assert_eq!(mine.lookup(None, "public-order"), Some(Category::Riot));
        assert_eq!(none.lookup(None, "violent-crime"), Some(Category::Violence));
        assert_eq!(none.lookup(Preset::named("ucdp-ged").ok(), "3"), Some(Category::Violence));
        assert_eq!(none.lookup(None, "3"), None);
        assert_eq!(none.lookup(None, "hate_crime"), Some(Category::HateCrime));
    }
}
