//! Weights of reports: tables of category weights, and the factor of an evidence grade.

use std::collections::BTreeMap;

use crate::incident::{Category, ReportClass};

/// Weight table: name, description, and weight of a category.
pub(crate) type WeightTable = (&'static str, &'static str, fn(Category) -> f64);

/// Built-in weight tables.
pub static TABLES: [WeightTable; 3] = [
    ("tension", "1 to 10 by relevance to tension; our own choice", tension_weight),
    // Every category with a weight in `tension` †.
    ("count", "1 for every category with a weight", |category| if tension_weight(category) > 0.0 { 1.0 } else { 0.0 }),
    (
        "cchi-sqrt",
        "square root of a year's days of sentence, after the Cambridge Crime Harm Index; our reading of its offences",
        cchi_weight,
    ),
];

/// The built-in table of a name.
pub(crate) fn table_named(name: &str) -> Option<&'static WeightTable> {
    TABLES.iter().find(|(id, ..)| id.eq_ignore_ascii_case(name))
}

/// A table with an entry for every category.
pub(super) fn complete(weight: fn(Category) -> f64) -> BTreeMap<String, f64> {
    Category::ALL.iter().map(|&category| (category.id().to_owned(), weight(category))).collect()
}

/// Weight table `tension` †.
pub(super) fn tension_weight(category: Category) -> f64 {
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

/// Factor of an evidence grade †: source × information; 1 without a grade.
///
/// A rumour has its effect whether or not it is true, so its information mark is ignored.
pub(super) fn grade_factor(class: &ReportClass) -> f64 {
    let Some(grade) = class.grade else { return 1.0 };
    let factor = |mark: char| match mark {
        '1' | 'A' => 1.0,
        '2' | 'B' => 0.85,
        '3' | 'C' => 0.65,
        '4' | 'D' => 0.4,
        'E' => 0.15,
        'F' | '6' => 0.5,
        _ => 0.0,
    };
    let at = |table: &[f64], place: u32| table.get(place as usize).copied().unwrap_or(0.0);
    let (source, information) = match grade.marks() {
        // 3x5x2: figures grade the source, letters the information.
        (figure @ '1'..='3', letter) => (
            at(&[1.0, 0.7, 0.35], u32::from(figure) - u32::from('1')),
            at(&[1.0, 0.9, 0.6, 0.4], u32::from(letter) - u32::from('A')),
        ),
        (letter, figure) => (factor(letter), factor(figure)),
    };
    if class.category == Category::RumourMisinformation { source } else { source * information }
}

/// Weight table `cchi-sqrt` †: the square root of days of sentence, so that one grave offence alone is not a hot spot.
///
/// Days are medians of the Cambridge Crime Harm Index (Sherman, Neyroud & Neyroud, Policing 10(3) (2016) 171–183, and its
/// 2026 update by Home Office subgroup). The offence of each category is our reading. Violence is the middle of forces'
/// violence and sexual offences. Anti-social behaviour has the index's floor of one day; what is not an offence weighs 0.
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
