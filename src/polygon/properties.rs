//! Properties of regions: values, labels and area codes.

use std::collections::{BTreeMap, BTreeSet};

use geojson::JsonObject;
use serde_json::Value;

use super::PolygonError;
use super::regions::Regions;
use crate::code::Code;
use crate::format::{Fault, Field};
use crate::ingest::table::{Numbers, bad_value};
use crate::rounding::legible;

/// A value and, if a column of weights is set, its weight.
pub(crate) type WeightedValue = (f64, Option<f64>);

impl Regions {
    /// Value of a property of each region. A region whose value is null, missing or not a number is quarantined.
    ///
    /// # Errors
    /// A property that no region has, or that contains only text; no region left.
    pub fn values(&mut self, column: &str) -> Result<Vec<f64>, PolygonError> {
        Ok(self.values_by(column, None, f64::NEG_INFINITY)?.into_iter().map(|(value, _)| value).collect())
    }

    /// [`Self::values`] of `min` or more, and their weights, 0 or more, from another property.
    pub(crate) fn values_by(
        &mut self,
        column: &str,
        weight: Option<&str>,
        min: f64,
    ) -> Result<Vec<WeightedValue>, PolygonError> {
        self.account.value = Some(column.to_owned());
        self.not_empty()?;
        let mut values_of = Numbers::named(column).at_least(min);
        let mut weights_of = Numbers::named(weight.unwrap_or_default()).at_least(0.0);
        let mut weighed = |(row, properties): (usize, &JsonObject)| {
            let value = number(&mut values_of, row, properties)?;
            if weight.is_none() {
                return Ok((value, None));
            }
            Ok((value, Some(number(&mut weights_of, row, properties)?)))
        };
        for column in std::iter::once(column).chain(weight) {
            self.needs_column(column)?;
        }
        let text = std::iter::once(column).chain(weight).find_map(|column| Some((column, self.text(column)?)));
        let mut values: Vec<Result<WeightedValue, Box<Fault>>> =
            self.properties.iter().enumerate().map(&mut weighed).collect();
        for numbers in [&values_of, &weights_of] {
            numbers.conclude(&mut self.account);
            for (row, fault) in numbers.doubts() {
                if let Some(value) = usize::try_from(row).ok().and_then(|row| values.get_mut(row)) {
                    *value = Err(fault);
                }
            }
        }
        let known = values.iter().filter_map(|value| value.as_ref().ok().copied()).collect();
        self.quarantine_faulty(values.into_iter().map(Result::err).collect());
        match text {
            Some((column, example)) if self.polygons.is_empty() => {
                Err(PolygonError::Text { file: self.file.clone(), column: column.to_owned(), example })
            }
            _ => self.not_empty().map(|()| known),
        }
    }

    /// An example value of a column that contains only text.
    fn text(&self, column: &str) -> Option<String> {
        let mut found = self.properties.iter().filter_map(|properties| properties.get(column));
        let text = found.clone().find_map(Value::as_str)?.to_owned();
        found.all(|value| value.is_string() || value.is_null()).then_some(text)
    }

    /// Sum of the values of a column outside the accepted regions.
    pub(crate) fn refused_total(&self, column: &str) -> f64 {
        if let (Some(joined), Some(key)) = (&self.joined, &self.key) {
            let accepted: BTreeSet<String> = self.labels_of(key).into_iter().collect();
            return joined.iter().filter(|(code, _)| !accepted.contains(*code)).map(|(_, value)| value).sum();
        }
        let properties = self.refused.iter().filter_map(|refused| self.document.properties(refused.record));
        properties.filter_map(|properties| number(&mut Numbers::named(column), 0, &properties).ok()).sum()
    }

    /// A property of each region as text; empty where a region does not have it.
    ///
    /// # Errors
    /// A property that no region has; no region left.
    pub fn labels(&self, column: &str) -> Result<Vec<String>, PolygonError> {
        self.not_empty()?;
        self.needs_column(column)?;
        Ok(self.labels_of(column))
    }

    /// [`Self::labels`] without a check.
    pub(crate) fn labels_of(&self, column: &str) -> Vec<String> {
        let label = |properties: &JsonObject| properties.get(column).map(displayed).unwrap_or_default();
        self.properties.iter().map(label).collect()
    }

    /// A property of each region as a number, where it is one. Errors of [`Self::values`].
    pub(crate) fn numbers(&self, column: &str) -> Result<Vec<Option<f64>>, PolygonError> {
        self.not_empty()?;
        self.needs_column(column)?;
        let mut numbers = Numbers::named(column);
        let rows = self.properties.iter().enumerate();
        let mut found: Vec<Option<f64>> = rows.map(|(row, area)| number(&mut numbers, row, area).ok()).collect();
        for (row, _) in numbers.doubts() {
            if let Some(number) = usize::try_from(row).ok().and_then(|row| found.get_mut(row)) {
                *number = None;
            }
        }
        match self.text(column) {
            Some(example) if found.iter().all(Option::is_none) => {
                Err(PolygonError::Text { file: self.file.clone(), column: column.to_owned(), example })
            }
            _ => Ok(found),
        }
    }

    /// Names of all properties, in order, each once.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.properties.iter().flat_map(|p| p.keys().map(String::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn needs_column(&self, column: &str) -> Result<(), PolygonError> {
        if self.properties.is_empty() || self.properties.iter().any(|properties| properties.contains_key(column)) {
            return Ok(());
        }
        let (file, column) = (self.file.clone(), column.to_owned());
        Err(PolygonError::NoColumn { file, column, found: self.names().join(", ") })
    }

    /// Quarantines the later of two regions with the same code, and sets the key.
    pub(super) fn quarantine_repeated_codes(&mut self, key: Option<&str>) -> Result<(), PolygonError> {
        key.map_or(Ok(()), |key| self.needs_column(key))?;
        let Some(key) = key.or_else(|| code_column(&self.names())).map(str::to_owned) else { return Ok(()) };
        let mut seen = BTreeMap::new();
        let repeated = self.labels_of(&key).into_iter().zip(&self.numbers).map(|(code, &number)| {
            let first = *seen.entry(code.clone()).or_insert(number);
            let expected =
                || format!("each area once, and feature {first} has this code; merge the parts of an area into one");
            (first != number && !code.is_empty()).then(|| Fault::new(Code::DupCode, &key, code, expected()))
        });
        self.quarantine_faulty(repeated.collect());
        self.notice(format!("areas are identified by {key:?}"));
        self.key = Some(key);
        Ok(())
    }
}

/// A property that is a number, or text that is one; `row` is its place among the areas.
fn number(numbers: &mut Numbers, row: usize, properties: &JsonObject) -> Result<f64, Box<Fault>> {
    let column = &numbers.name;
    let found = properties.get(column).unwrap_or(&Value::Null);
    if let Value::String(text) = found {
        return numbers.read(row as u64, Field::Text(text));
    }
    match found.as_f64().filter(|value| value.is_finite()) {
        Some(value) => numbers.within(value, || legible(value)),
        None => Err(bad_value(column, None, &found.to_string())),
    }
}

/// A code as text.
pub(super) fn displayed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

/// Prefixes of ONS code columns, smallest kind of area first: a file of LSOAs often names their district too.
pub(crate) const AREA_PREFIXES: [&str; 9] = ["OA", "LSOA", "MSOA", "WD", "LAD", "CSP", "CTYUA", "PFA", "RGN"];

/// Column that identifies areas.
fn code_column<'a>(names: &[&'a str]) -> Option<&'a str> {
    let is_ons = |name: &str, prefix: &str| {
        let year = name.to_ascii_uppercase();
        let year = year.strip_prefix(prefix).and_then(|rest| rest.strip_suffix("CD"));
        year.is_some_and(|year| year.len() == 2 && year.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let ons = AREA_PREFIXES.iter().find_map(|prefix| names.iter().find(|name| is_ons(name, prefix)));
    ons.or_else(|| names.iter().find(|name| name.eq_ignore_ascii_case("code"))).copied()
}
