//! Join of a table to polygons by area code, and notices about unmatched codes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Number, Value};

use super::keys::KeyRule;
use super::{Indicator, IndicatorError};
use crate::code::Code;
use crate::format::Fault;
use crate::format::names::{folded, listed as quoted};
use crate::ingest::table::{KeyedRows, KeyedTable, ValueFaults};
use crate::polygon::{AREA_PREFIXES, PolygonError, Regions};

/// The code of a row: in the form that codes are compared in, and as it is written.
#[derive(Clone, Debug)]
pub(super) struct RowCode {
    folded: String,
    code: String,
}

impl PartialEq for RowCode {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for RowCode {}

impl PartialOrd for RowCode {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RowCode {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded.cmp(&other.folded)
    }
}

/// Maximum codes named in a notice; the rest are counted.
const MAX_NAMED: usize = 10;

impl Regions {
    /// Adds the values of the row with its code to each region; quarantines regions without a row and notes lone rows.
    pub(super) fn join(&mut self, of: &Indicator, table: KeyedTable) -> Result<KeyedRows<RowCode>, IndicatorError> {
        let file = of.input.name();
        let stated = of.areas.as_ref().and_then(|codes| codes.key.as_deref());
        let Some(key) = self.key.clone() else {
            return Err(IndicatorError::NoKey { file: self.file.clone(), found: self.names().join(", ") });
        };
        let names = table.names().to_vec();
        let unknown = || IndicatorError::NoCodes { file: file.clone(), key: key.clone(), found: quoted(&names) };
        let index = code_column(&names, &key, stated).ok_or_else(unknown)?;
        let columns: Vec<&str> = std::iter::once(&of.column).chain(&of.weight).map(String::as_str).collect();
        let values = super::table::columns(&file, &names, &columns)?;
        let rule = of.areas.as_ref().map(|join| join.rule).unwrap_or_default();
        let mut rows = table.rows(&[index], &values, ValueFaults::OfArea, &mut |records| {
            let code = records.field(index).displayed();
            let missing = || Fault::new(Code::NoMatch, &names[index], &code, "the code of an area");
            if code.trim().is_empty() {
                Err(missing())
            } else {
                Ok(RowCode { folded: rule.fold(&code), code: code.trim().to_owned() })
            }
        })?;
        rows.quarantine_repeated(&names[index], |key| key.code.clone());
        if let Some(example) = super::table::text_of(&rows) {
            return Err(PolygonError::Text { file, column: of.column.clone(), example }.into());
        }
        let by_code: BTreeMap<&str, &[f64]> =
            rows.accepted.iter().map(|(_, key, values)| (key.folded.as_str(), values.as_slice())).collect();
        let valueless: BTreeMap<&str, &Box<Fault>> =
            rows.valueless.iter().map(|(_, key, fault)| (key.folded.as_str(), fault)).collect();
        let codes = self.labels_of(&key);
        let folded: Vec<String> = codes.iter().map(|code| rule.fold(code)).collect();
        let faults = codes.iter().zip(&folded).map(|(code, folded)| {
            if by_code.contains_key(folded.as_str()) {
                return None;
            }
            let expected = || format!("a row of {file} with this code");
            let fault = valueless.get(folded.as_str()).map(|fault| (*fault).clone());
            Some(fault.unwrap_or_else(|| Fault::new(Code::NoMatch, &key, code, expected())))
        });
        let faults: Vec<_> = faults.collect();
        for (properties, code) in self.properties.iter_mut().zip(&folded) {
            for (column, value) in columns.iter().zip(by_code.get(code.as_str()).copied().unwrap_or_default()) {
                let value = Number::from_f64(*value).map_or(Value::Null, Value::Number);
                properties.insert((*column).to_owned(), value);
            }
        }
        let areas: BTreeMap<&str, &str> =
            folded.iter().map(String::as_str).zip(codes.iter().map(String::as_str)).collect();
        let rows_of =
            || rows.accepted.iter().map(|(_, key, _)| key).chain(rows.valueless.iter().map(|(_, key, _)| key));
        let mut lone_rows: Vec<&str> =
            rows_of().filter(|key| !areas.contains_key(key.folded.as_str())).map(|key| key.code.as_str()).collect();
        lone_rows.sort_unstable();
        let has_row = |folded: &&str| by_code.contains_key(folded) || valueless.contains_key(folded);
        let lone_areas: Vec<&str> =
            areas.iter().filter(|(folded, _)| !has_row(folded)).map(|(_, code)| *code).collect();
        let matched = areas.len() - lone_areas.len();
        let overlooking =
            if rule == KeyRule::Exact { String::new() } else { format!(", whatever their {}", rule.about()) };
        self.notice(format!("joined by {key:?} to {:?} of {file}: {matched} codes match{overlooking}", names[index]));
        let marks = faults.iter().flatten().filter(|fault| fault.code == Code::Suppressed);
        let mut shown: Vec<&str> = marks.clone().map(|fault| fault.found.as_str()).collect();
        let count = shown.len();
        shown.sort_unstable();
        shown.dedup();
        if count > 0 {
            let shown = first_few(&shown);
            self.notice(format!("areas without a value, as {file} has a mark in its place ({shown}): {count}"));
        }
        rows.tally.warn(Code::RowsWithoutArea, lone_rows.len() as u64);
        let lists = [("areas without a row of values", &lone_areas), ("rows of values without an area", &lone_rows)];
        for (whose, others) in lists {
            if !others.is_empty() {
                self.notice(format!("{whose} in {file}: {}: {}", others.len(), first_few(others)));
            }
        }
        if let Some(proposal) = super::keys::proposal(&lone_areas, &lone_rows) {
            self.notice(format!("{file}: {proposal}"));
        }
        if let Some(notice) = vintages([&key, &names[index]], matched, &lone_areas, &lone_rows) {
            self.account.warn(Code::Vintage, 1);
            self.notice(format!("{file}: {notice}"));
        }
        let of_area =
            |key: &RowCode| areas.get(key.folded.as_str()).map_or_else(|| key.code.clone(), |code| (*code).to_owned());
        let totals = rows.accepted.iter().map(|(_, key, values)| (of_area(key), values[0])).collect();
        self.joined = Some(Arc::new(totals));
        self.quarantine_faulty(faults);
        Ok(rows)
    }
}

/// The first codes of a list, and the number of the others.
fn first_few(codes: &[&str]) -> String {
    let more = codes.len().saturating_sub(MAX_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", codes[..codes.len().min(MAX_NAMED)].join(", "))
}

/// Column of a table with codes: as stated after `=`, of the key's name, or the only one of its kind of area and year.
fn code_column(names: &[String], key: &str, stated: Option<&str>) -> Option<usize> {
    if let Some((_, column)) = stated.and_then(|stated| stated.split_once('=')) {
        return names.iter().position(|name| name == column);
    }
    let same = || names.iter().position(|name| folded(name) == folded(key));
    let only = |fits: &dyn Fn(CodeColumn) -> bool| {
        let mut found = names.iter().enumerate().filter(|(_, name)| named_for_codes(name).is_some_and(fits));
        let first = found.next().map(|(index, _)| index);
        if found.next().is_some() { None } else { first }
    };
    same().or_else(|| {
        let (kind, year) = named_for_codes(key)?;
        only(&|other| other == (kind, year)).or_else(|| only(&|other| other.0 == kind))
    })
}

/// Kind of area and year.
type CodeColumn = (&'static str, Option<u8>);

/// Kind of area and year in the name of a column of codes: `LSOA11CD`, `lsoa11_code`, `LSOA code (2011)`.
fn named_for_codes(name: &str) -> Option<CodeColumn> {
    let name = folded(name).replace('_', "");
    AREA_PREFIXES.iter().find_map(|kind| {
        let rest = name.strip_prefix(&kind.to_lowercase())?;
        let digits = ["code", "cd"].iter().find_map(|word| {
            let (before, after) = rest.split_once(word)?;
            Some(format!("{before}{after}")).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        })?;
        let year = digits.get(digits.len().saturating_sub(2)..).and_then(|year| year.parse().ok());
        matches!(digits.len(), 0 | 2 | 4).then_some((*kind, year))
    })
}

/// Last codes of the census of 2011; greater ones are of 2021. An area keeps its code as long as its boundary is unchanged.
const LAST_OF_2011: [&str; 4] = ["E01033768", "W01001958", "E02006934", "W02000423"];

/// Census of the code of an LSOA or MSOA, the areas that are redrawn between the censuses of England and Wales: 11 or 21.
fn census(code: &str) -> Option<u8> {
    let last = LAST_OF_2011.iter().find(|last| code.len() == last.len() && code.starts_with(&last[..3]))?;
    Some(if code > *last { 21 } else { 11 })
}

/// Notice of different censuses, by the names of columns or by unmatched codes of 2021 and of 2011.
fn vintages(columns: [&str; 2], matched: usize, lone_areas: &[&str], lone_rows: &[&str]) -> Option<String> {
    let [of_key, of_column] = columns.map(|column| named_for_codes(column).and_then(|(_, year)| year));
    let named = of_key.zip(of_column).filter(|(one, other)| one != other);
    let newer = |codes: &[&str]| codes.iter().any(|code| census(code) == Some(21));
    let older = |codes: &[&str]| codes.iter().any(|code| census(code) == Some(11));
    let by_codes = if newer(lone_areas) && older(lone_rows) && !newer(lone_rows) {
        Some((21, 11))
    } else if newer(lone_rows) && older(lone_areas) && !newer(lone_areas) {
        Some((11, 21))
    } else {
        None
    };
    let (areas, values) = by_codes.or(named)?;
    let split = if lone_areas.is_empty() && lone_rows.is_empty() {
        "every code has its counterpart".to_owned()
    } else {
        format!(
            "{matched} codes match, of areas that stayed the same; {} areas without values and {} values without an area were \
                 split, merged or redrawn in between",
            lone_areas.len(),
            lone_rows.len()
        )
    };
    Some(format!("values of 20{values:02} on areas of 20{areas:02}: {split}. Give values and areas of one census"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_codes_are_recognised_by_their_names() {
        for (name, kind, year) in [
            ("LSOA11CD", "LSOA", Some(11)),
            ("lsoa11_code", "LSOA", Some(11)),
            ("LSOA code (2021)", "LSOA", Some(21)),
            ("lsoa_code", "LSOA", None),
            ("WD24CD", "WD", Some(24)),
            ("msoa21cd", "MSOA", Some(21)),
        ] {
            assert_eq!(named_for_codes(name), Some((kind, year)), "{name}");
        }
        for name in ["LSOA11NM", "code", "lsoa11cd_note", "OAKCODE", "value"] {
            assert_eq!(named_for_codes(name), None, "{name}");
        }
        let names = ["lad13_code", "lsoa11_name", "lsoa11_code", "imd"].map(str::to_owned);
        assert_eq!(code_column(&names, "LSOA11CD", None), Some(2));
        assert_eq!(code_column(&names, "LSOA21CD", None), Some(2));
        assert_eq!(code_column(&names, "LSOA21CD", Some("LSOA21CD=lad13_code")), Some(0));
        assert_eq!(code_column(&names, "WD24CD", None), None);
        let twice = ["lsoa11_code", "lsoa21_code"].map(str::to_owned);
        assert_eq!((code_column(&twice, "LSOA21CD", None), code_column(&twice, "LSOA01CD", None)), (Some(1), None));
    }

    #[test]
    fn codes_have_a_census() {
        let codes = ["E01033768", "E01033769", "W01001959", "E02006935", "E02006934", "E05000123"];
        assert_eq!(codes.map(census), [Some(11), Some(21), Some(21), Some(21), Some(11), None]);
    }
}
