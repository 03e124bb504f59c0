//! The embedded sample: Dogger Haven, a city that does not exist, on an uninhabited sandbank.
//!
//! `data/README.md` describes it; `cargo run --example make_sample` makes it.

use crate::format::Input;
use crate::indicator::Indicator;

/// The day the sample is scored at.
pub const AS_OF: &str = "2026-03-02";

/// Twenty-six months of reports, as CSV.
#[must_use]
pub fn incidents() -> Input {
    bytes("incidents.csv", include_bytes!("../data/incidents.csv"))
}

/// The city's boundary.
#[must_use]
pub fn boundary() -> Input {
    bytes("boundary.geojson", include_bytes!("../data/boundary.geojson"))
}

/// A deprivation-like score of its small areas.
#[must_use]
pub fn deprivation() -> Indicator {
    Indicator::intensive(areas(), "deprivation")
}

/// Residents of its small areas.
#[must_use]
pub fn population() -> Indicator {
    Indicator::extensive(areas(), "population")
}

/// Its small areas: `code`, `name`, `deprivation`, `population`.
#[must_use]
pub fn areas() -> Input {
    bytes("areas.geojson", include_bytes!("../data/areas.geojson"))
}

fn bytes(name: &str, content: &[u8]) -> Input {
    Input::Bytes(name.to_owned(), content.to_vec())
}
