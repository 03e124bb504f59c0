//! Months of sources that files declare to hold in full, and the policy for one that two files hold.

use std::path::Path;
use std::str::FromStr;

use crate::incident::Day;
use crate::invalid::{self, InvalidValue};

/// Policy for a month of a source that two files hold, and for a file given twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revised {
    /// An error.
    #[default]
    Stop,
    /// The file that is read first counts; a run reads its files last to first.
    Replace,
    /// Both count.
    Keep,
}

impl FromStr for Revised {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        invalid::named("revised", text, [("stop", Self::Stop), ("replace", Self::Replace), ("keep", Self::Keep)])
    }
}

/// A month of a source: its name, and the first day of the month.
pub(crate) type SourceMonth = (String, Day);

/// The first day of a month written as `2022-09`.
pub(super) fn month_of(text: &str) -> Option<Day> {
    if text.len() == 7 { format!("{text}-01").parse().ok() } else { None }
}

/// The force and the month in the name of a file of police.uk, such as `2022-09-leicestershire-street.csv`.
pub(super) fn named(file: &str) -> Option<SourceMonth> {
    let name = Path::new(file).file_name()?.to_str()?;
    let (month, rest) = (name.get(..7)?, name.get(7..)?);
    let (force, _) = rest.strip_prefix('-')?.split_once("-street.")?;
    Some((force.to_owned(), month_of(month)?))
}

/// True if a source is the force that a file name calls `devon-and-cornwall`, or by its initials `btp`.
pub(super) fn is_force(source: &str, force: &str) -> bool {
    let source = source.to_lowercase();
    let words: Vec<&str> = source.split(|letter: char| !letter.is_alphanumeric()).collect();
    let initials: String = words.iter().filter_map(|word| word.chars().next()).collect();
    initials == force || force.split('-').all(|word| word == "and" || words.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forces_are_known_by_their_names_in_files() {
        for (source, force) in [
            ("Leicestershire Police", "leicestershire"),
            ("Avon and Somerset Constabulary", "avon-and-somerset"),
            ("Devon & Cornwall Police", "devon-and-cornwall"),
            ("Metropolitan Police Service", "metropolitan"),
            ("Dyfed-Powys Police", "dyfed-powys"),
            ("British Transport Police", "btp"),
            ("Police Service of Northern Ireland", "northern-ireland"),
        ] {
            assert!(is_force(source, force), "{source} {force}");
        }
        assert!(!is_force("Gloucestershire Constabulary", "leicestershire"));
        assert!(!is_force("South Yorkshire Police", "west-yorkshire"));
    }
}
