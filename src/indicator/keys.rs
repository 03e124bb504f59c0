//! Differences between the codes of areas and those of a table, which are proposed, and overlooked where people say so.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::invalid::{InvalidValue, named};

/// Differences between two codes that are overlooked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRule {
    /// None: codes are the same text.
    #[default]
    Exact,
    /// Upper and lower case.
    Case,
    /// Zeros at the start, which spreadsheets drop.
    Zeros,
    /// `.0` at the end, which spreadsheets add.
    Decimal,
    /// All of these.
    All,
}

/// The rules by name, the narrowest first, and the difference that each overlooks.
const RULES: [(&str, KeyRule, &str); 5] = [
    ("exact", KeyRule::Exact, "nothing"),
    ("case", KeyRule::Case, "upper and lower case"),
    ("zeros", KeyRule::Zeros, "leading zeros"),
    ("decimal", KeyRule::Decimal, ".0 at the end"),
    ("all", KeyRule::All, "case, leading zeros and .0 at the end"),
];

impl KeyRule {
    /// The form that codes are compared in.
    pub(super) fn fold(self, code: &str) -> String {
        let mut code = code.trim();
        if matches!(self, Self::Decimal | Self::All) {
            code = code.strip_suffix(".0").unwrap_or(code);
        }
        if matches!(self, Self::Zeros | Self::All) {
            let rest = code.trim_start_matches('0');
            code = if rest.is_empty() { code } else { rest };
        }
        if matches!(self, Self::Case | Self::All) { code.to_uppercase() } else { code.to_owned() }
    }

    /// The difference that it overlooks.
    pub(super) fn about(self) -> &'static str {
        RULES.iter().find(|(_, rule, _)| *rule == self).map_or("", |(.., about)| about)
    }
}

impl FromStr for KeyRule {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        named("key-rule", text, RULES.map(|(name, rule, _)| (name, rule)))
    }
}

/// Advice on codes that none of the others equals, where a rule makes them equal one to one.
pub(super) fn proposal(areas: &[&str], rows: &[&str]) -> Option<String> {
    let pairs = |rule: KeyRule| -> Vec<(&str, &str)> {
        let mut of_areas: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for area in areas {
            of_areas.entry(rule.fold(area)).or_default().push(area);
        }
        let mut of_rows: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for row in rows {
            of_rows.entry(rule.fold(row)).or_default().push(row);
        }
        let one = |(folded, rows): (&String, &Vec<&'_ str>)| match (&rows[..], of_areas.get(folded).map(Vec::as_slice))
        {
            ([row], Some([area])) => Some((row.to_string(), area.to_string())),
            _ => None,
        };
        let found: Vec<(String, String)> = of_rows.iter().filter_map(one).collect();
        let at = |list: &[&str], text: &str| list.iter().position(|other| *other == text);
        found.iter().filter_map(|(row, area)| Some((rows[at(rows, row)?], areas[at(areas, area)?]))).collect()
    };
    let best = RULES.iter().map(|(name, rule, about)| (pairs(*rule), name, about));
    // Of rules that match as many, the narrowest.
    let (found, name, about) = best.rev().max_by_key(|(found, ..)| found.len())?;
    let (row, area) = found.first()?;
    Some(format!(
        "{} of its codes differ from those of areas by {about} alone, such as {row:?} from {area:?}; --key-rule {name} overlooks that",
        found.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_rule_that_matches_most_is_proposed() {
        for (areas, rows, expected) in [
            (["06030", "06031"], ["6030", "6031"], Some("zeros")),
            (["E05000001", "E05000002"], ["e05000001", "e05000002"], Some("case")),
            (["1", "2"], ["1.0", "2.0"], Some("decimal")),
            (["01", "02"], ["1.0", "2.0"], Some("all")),
            (["a", "b"], ["c", "d"], None),
        ] {
            let found = proposal(&areas, &rows);
            assert_eq!(found.is_some(), expected.is_some(), "{found:?}");
            let Some((rule, found)) = expected.zip(found) else { continue };
            assert!(found.contains(&format!("--key-rule {rule} ")), "{found}");
            let rule: KeyRule = rule.parse().expect("a rule");
            assert_eq!(areas.map(|code| rule.fold(code)), rows.map(|code| rule.fold(code)));
        }
        // Two areas that a rule makes one are no pair.
        assert_eq!(proposal(&["06", "6"], &["006"]), None);
        assert_eq!(KeyRule::Zeros.fold("000"), "000");
    }
}
