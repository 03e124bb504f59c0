//! Weights of reports: tables of category weights, and the factor of an evidence grade.

use std::collections::BTreeMap;
use std::path::Path;

use super::ScoreError;
use super::method::Method;
use crate::incident::{Category, ReportClass};
use crate::invalid::Cause;

/// Weight table: name, description, and weight of a category.
type WeightTable = (&'static str, &'static str, fn(Category) -> f64);

/// Built-in weight tables.
pub const TABLES: [WeightTable; 3] = [
    ("tension", "1 to 10 by relevance to tension; our own choice", tension_weight),
    ("count", "1 for every category with a weight", count_weight),
    (
        "cchi-sqrt",
        "square root of a year's days of sentence, after the Cambridge Crime Harm Index; our reading of its offences",
        cchi_weight,
    ),
];

/// The default table.
pub(super) fn tension() -> BTreeMap<String, f64> {
    complete(tension_weight)
}

fn complete(weight: fn(Category) -> f64) -> BTreeMap<String, f64> {
    Category::ALL.iter().map(|&category| (category.id().to_owned(), weight(category))).collect()
}

impl Method {
    /// This method with other category weights.
    ///
    /// `table` is a built-in table (`tension`, `count`, `cchi-sqrt`), or a TOML file with lines such as `riot = 12.0` that
    /// override this method's weights. The method's name and hash change with them.
    ///
    /// ```
    /// use tensionmap::{Category, Method};
    /// let counted = Method::default().weighed_by("count")?;
    /// assert_eq!((counted.category_weight(Category::Riot), counted.name.as_str()), (1.0, "tension-1, weights count"));
    /// # Ok::<(), tensionmap::error::ScoreError>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if `table` is neither a built-in table nor a readable file, or if a category is unknown or a weight out
    /// of range.
    pub fn weighed_by(mut self, table: &str) -> Result<Self, ScoreError> {
        if let Some((_, _, weight)) = TABLES.iter().find(|(id, _, _)| *id == table) {
            self.weights = complete(*weight);
        } else {
            let unreadable = |source: Cause| ScoreError::WeightsFile { file: table.to_owned(), source };
            let text = std::fs::read_to_string(table).map_err(|error| unreadable(error.into()))?;
            let overrides: BTreeMap<String, f64> = toml::from_str(&text).map_err(|error| unreadable(error.into()))?;
            self.weights.extend(overrides);
        }
        let name = Path::new(table).file_stem().unwrap_or_default().to_string_lossy();
        self.name = format!("{}, weights {name}", self.name);
        self.check()?;
        Ok(self)
    }
}

/// Weight table `tension` †.
fn tension_weight(category: Category) -> f64 {
    use Category as C;
    match category {
        C::Riot => 10.0,
        C::ProtestDisorder | C::Arson => 8.0,
        C::Weapons | C::Violence | C::PlaceOfWorship | C::GangTerritorial | C::IntimidationThreat | C::HateCrime => 6.0,
        C::PublicOrder
        | C::GraffitiHate
        | C::HateIncident
        | C::RumourMisinformation
        | C::OnlineMobilisation
        | C::AsylumAccommodation
        | C::InternationalEvent
        | C::ProtestCounter => 4.0,
        C::CriminalDamage
        | C::LeafletStickerFlag
        | C::PlanningDispute
        | C::PoliceCommunity
        | C::School
        | C::AnniversaryFixture => 2.5,
        C::GraffitiOther => 1.5,
        C::Asb | C::ServicePressure | C::Other => 1.0,
        C::ProtestPeaceful => 0.5,
        C::PositiveCohesion | C::NotTension => 0.0,
    }
}

/// Weight table `count` †: every category with a weight in `tension` is 1.
fn count_weight(category: Category) -> f64 {
    if tension_weight(category) > 0.0 { 1.0 } else { 0.0 }
}

/// Factor of an evidence grade †: source × information; 1 without a grade.
///
/// A rumour has its effect whether or not it is true, so its information mark is ignored.
pub(super) fn grade_factor(class: &ReportClass) -> f64 {
    let Some(grade) = class.grade else { return 1.0 };
    let (source, information) = grade.marks();
    let factor = |mark: char| match mark {
        '1' | 'A' => 1.0,
        '2' | 'B' => 0.85,
        '3' | 'C' => 0.65,
        '4' | 'D' => 0.4,
        'E' => 0.15,
        'F' | '6' => 0.5,
        _ => 0.0,
    };
    let (source, information) = match (source, information) {
        // 3x5x2: figures grade the source, letters the information.
        (figure @ '1'..='3', letter) => (
            match figure {
                '1' => 1.0,
                '2' => 0.7,
                _ => 0.35,
            },
            match letter {
                'A' => 1.0,
                'B' => 0.9,
                'C' => 0.6,
                'D' => 0.4,
                _ => 0.0,
            },
        ),
        (letter, figure) => (factor(letter), factor(figure)),
    };
    if class.category == Category::RumourMisinformation { source } else { source * information }
}

/// Weight table `cchi-sqrt` †: the square root of days of sentence, so that one grave offence alone is not a hot spot.
///
/// Days are medians of the Cambridge Crime Harm Index (Sherman, Neyroud & Neyroud, Policing 10(3) (2016) 171–183, and its
/// 2026 update by Home Office subgroup). The offence of each category is our reading. Violence is the middle of forces'
/// violence and sexual offences. Anti-social behaviour has the index's floor of one day, and categories that are not offences
/// weigh 0.
fn cchi_weight(category: Category) -> f64 {
    use Category as C;
    let days: f64 = match category {
        C::Riot => 730.0,
        C::Weapons => 273.75,
        C::Violence => 197.0,
        C::Arson => 185.0,
        C::ProtestDisorder => 52.7,
        C::IntimidationThreat | C::GangTerritorial => 10.0,
        C::PublicOrder | C::HateCrime => 7.5,
        C::CriminalDamage | C::GraffitiHate | C::GraffitiOther | C::PlaceOfWorship => 2.0,
        C::Asb => 1.0,
        _ => 0.0,
    };
    days.sqrt()
}
