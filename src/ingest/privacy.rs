//! Privacy of input: columns about people play no role unless a setting allows one and gives the reason.

use super::{IngestError, Role};
use crate::format::names::folded;

/// A column about people that is allowed all the same.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// Column name.
    pub column: String,
    /// Reason, which every result states.
    pub reason: String,
}

/// Words that mark a column as one about people wherever they stand in its name.
const WORDS: &str = "ethnicity ethnic race racial religion religious faith nationality citizenship gender sex sexuality sexual \
    disability dob forename surname firstname lastname passport";

/// Full names of columns about people.
const NAMES: &str = "name names first_name last_name full_name victim victim_name suspect suspect_name witness reporter_name person \
    person_name age age_range age_group date_of_birth birth_date country_of_birth immigration_status email phone";

/// True if a column of this name is about people.
#[must_use]
pub fn is_denied(name: &str) -> bool {
    let name = folded(name);
    NAMES.split(' ').any(|other| other == name)
        || name.split('_').any(|word| WORDS.split(' ').any(|other| other == word))
}

/// Errors if a column about people would play a role without being allowed.
pub(super) fn check(file: &str, role: Role, name: &str, allowed: &[Allowed]) -> Result<(), IngestError> {
    if !is_denied(name) || allowed.iter().any(|allowed| allowed.column == name) {
        return Ok(());
    }
    Err(IngestError::DeniedColumn { file: file.to_owned(), role, name: name.to_owned() })
}
