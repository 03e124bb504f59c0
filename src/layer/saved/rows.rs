//! The rows of a saved layer, whatever its format.

use std::borrow::Cow;

use h3o::CellIndex;

use super::super::columns::{ASSESSED, CHANGES, Kind, SHAPES, Value};
use super::super::own::{OWN, leveled, within};
use super::super::{Form, Provenance, hotspots};
use super::LayerError;
use crate::area::Composite;
use crate::ingest::table::KeyedTable;
use crate::ingest::{Field, IngestError, Input, Step};
use crate::score::{Level, LevelRule};

/// The rows of a saved layer, in the order of their cells.
pub(super) struct Rows {
    pub(super) file: String,
    pub(super) form: Form,
    names: Vec<String>,
    /// By column, in the order of the file.
    values: Vec<Vec<Value<'static>>>,
    /// Which row of the file is which cell.
    pub(super) cells: Vec<(CellIndex, usize)>,
}

impl Rows {
    /// All values of a file, and its story.
    pub(super) fn read(input: &Input) -> Result<(Self, String), LayerError> {
        let file = input.name();
        let mut records = KeyedTable::open(input)?.into_records();
        let names = records.names().to_vec();
        records.select(&vec![true; names.len()], &[]);
        let mut values: Vec<Vec<Value<'static>>> = names.iter().map(|_| Vec::new()).collect();
        for row in 1.. {
            match records.advance().map_err(IngestError::from)? {
                Step::End => break,
                Step::Broken(fault) => {
                    let problem = format!("{}, where {} was expected", fault.found, fault.expected);
                    return Err(LayerError::Row { file, row, problem });
                }
                Step::Record => {
                    for (column, values) in values.iter_mut().enumerate() {
                        values.push(owned(records.field(column)));
                    }
                }
            }
        }
        let story = records.metadata().map(str::to_owned);
        let story = story.ok_or_else(|| LayerError::NoStory { file: file.clone() })?;
        Ok((Self { file, form: Form::default(), names, values, cells: Vec::new() }, story))
    }

    /// Finds which cell each row is of.
    pub(super) fn find_cells(&mut self, provenance: &Provenance) -> Result<(), LayerError> {
        let resolution = provenance.resolution.ok_or_else(|| LayerError::Areas { file: self.file.clone() })?;
        let column = self.found("h3").ok_or_else(|| self.lack(vec!["h3".to_owned()]))?;
        let cell = |(place, value): (usize, &Value<'_>)| {
            let cell = match value {
                Value::Text(text) => text.trim().parse().ok(),
                Value::Whole(number) => u64::try_from(*number).ok().and_then(|number| number.try_into().ok()),
                _ => None,
            };
            let cell = cell.filter(|cell: &CellIndex| u8::from(cell.resolution()) == resolution);
            let (file, row) = (self.file.clone(), place + 1);
            let cell = cell.ok_or_else(|| LayerError::Cell { file, row, found: shown(value), resolution })?;
            Ok((cell, place))
        };
        let cells = self.values[column].iter().enumerate().map(cell).collect::<Result<Vec<_>, LayerError>>()?;
        self.cells = cells;
        self.cells.sort_unstable();
        let file = || self.file.clone();
        if let Some(pair) = self.cells.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let [(cell, first), (_, row)] = [pair[0], pair[1]];
            return Err(LayerError::Twice { file: file(), first: first + 1, row: row + 1, cell });
        }
        let (found, expected) = (self.cells.len(), provenance.study_cells);
        match found {
            0 => Err(LayerError::Empty { file: file() }),
            _ if found > expected => Err(LayerError::Added { file: file(), found, expected }),
            _ => Ok(()),
        }
    }

    /// What is missing, and what is left out.
    pub(super) fn notices(&self, provenance: &Provenance) -> Vec<String> {
        const SIMPLESTYLE: [&str; 6] = ["title", "fill", "marker-color", "fill-opacity", "stroke", "stroke-width"];
        let (file, found, all) = (&self.file, self.cells.len(), provenance.study_cells);
        let mut notices = Vec::new();
        if found < all {
            notices.push(format!(
                "{file}: has {found} of the {all} cells that the layer was saved with; the others are not shown"
            ));
        }
        let of_layer = names_of(provenance);
        let is_known = |name: &&str| {
            let is_style = self.form.simplestyle && SIMPLESTYLE.contains(name);
            is_style || SHAPES.contains(name) || of_layer.iter().any(|own| self.is_called(name, own))
        };
        let others: Vec<&str> = self.names.iter().map(String::as_str).filter(|name| !is_known(name)).collect();
        if !others.is_empty() {
            notices.push(format!("{file}: columns that the layer did not have are left out: {}", others.join(", ")));
        }
        notices
    }

    /// Whether a column of the file is one of the layer. A database has no control characters in names.
    fn is_called(&self, name: &str, own: &str) -> bool {
        let wanted = self.form.renamed(own, own == OWN[0].name).unwrap_or(own);
        name == wanted || wanted.contains(char::is_control) && name == wanted.replace(char::is_control, "\u{fffd}")
    }

    fn found(&self, own: &str) -> Option<usize> {
        self.names.iter().position(|name| self.is_called(name, own))
    }

    pub(super) fn lack(&self, missing: Vec<String>) -> LayerError {
        LayerError::Columns { file: self.file.clone(), missing: missing.join(", ") }
    }

    /// A column of the layer as values of one kind, in the order of the cells.
    pub(super) fn column<'a>(&'a self, own: &str, kind: Kind) -> Result<Vec<Value<'a>>, LayerError> {
        let column = self.found(own).ok_or_else(|| self.lack(vec![own.to_owned()]))?;
        let expected = match kind {
            Kind::Flag => "true or false",
            Kind::Whole => "a whole number",
            Kind::Real => "a finite number",
            Kind::Text => "a text",
        };
        let value = |(row, &(_, place)): (usize, &(CellIndex, usize))| {
            let value = &self.values[column][place];
            of_kind(value, kind).ok_or_else(|| self.refused(row, own, value, expected))
        };
        self.cells.iter().enumerate().map(value).collect()
    }

    /// A column as numbers, where there are any.
    pub(super) fn reals(&self, own: &str) -> Result<Vec<Option<f64>>, LayerError> {
        let number = |value| if let Value::Real(number) = value { Some(number) } else { None };
        Ok(self.column(own, Kind::Real)?.into_iter().map(number).collect())
    }

    /// A column as numbers from 0 to 1, which every row has.
    pub(super) fn shares(&self, own: &str) -> Result<Vec<f64>, LayerError> {
        let share = |(row, value): (usize, &Value<'_>)| {
            within(value, 1.0).ok_or_else(|| self.refused(row, own, value, "a number from 0 to 1"))
        };
        self.column(own, Kind::Real)?.iter().enumerate().map(share).collect()
    }

    /// A column as whole numbers, where there are any.
    pub(super) fn wholes(&self, own: &str) -> Result<Vec<Option<i64>>, LayerError> {
        let number = |value| if let Value::Whole(number) = value { Some(number) } else { None };
        Ok(self.column(own, Kind::Whole)?.into_iter().map(number).collect())
    }

    /// A column as levels of a scale, where there are any.
    pub(super) fn levels(&self, own: &str, scale: &[LevelRule]) -> Result<Vec<Option<Level>>, LayerError> {
        let level = |(row, value): (usize, &Value<'_>)| match value {
            Value::Null => Ok(None),
            value => match leveled(value, scale) {
                Some(level) => Ok(Some(level)),
                None => Err(self.refused(row, own, value, "a level of the scale")),
            },
        };
        self.column(own, Kind::Whole)?.iter().enumerate().map(level).collect()
    }

    /// A column as texts, where there are any.
    pub(super) fn texts(&self, own: &str) -> Result<Vec<Option<String>>, LayerError> {
        let text = |value| if let Value::Text(text) = value { Some(text.into_owned()) } else { None };
        Ok(self.column(own, Kind::Text)?.into_iter().map(text).collect())
    }

    /// A column as yes or no, null for no.
    pub(super) fn flags(&self, own: &str) -> Result<Vec<bool>, LayerError> {
        Ok(self.column(own, Kind::Flag)?.into_iter().map(|value| value == Value::Flag(true)).collect())
    }

    /// Whether the file has a column of the layer.
    pub(super) fn has(&self, own: &str) -> bool {
        self.found(own).is_some()
    }

    /// The value of a row is none that the column can have.
    pub(super) fn refused(&self, row: usize, own: &str, found: &Value<'_>, expected: impl Into<String>) -> LayerError {
        let (cell, place) = self.cells[row];
        LayerError::Value {
            file: self.file.clone(),
            row: place + 1,
            cell,
            column: own.to_owned(),
            found: shown(found),
            expected: expected.into(),
        }
    }
}

/// Every column of the layer, by its own name.
fn names_of(provenance: &Provenance) -> Vec<String> {
    let own = OWN.iter().map(|own| own.name);
    let changes = CHANGES.into_iter().filter(|_| provenance.compared_to.is_some());
    let assessed = ASSESSED.into_iter().filter(|_| provenance.assessments.is_some());
    let patterns = hotspots::names(provenance.hotspots.as_ref());
    let indicators = provenance.indicators.iter().map(|indicator| indicator.name.clone());
    let index = provenance.context.iter().map(|_| Composite::NAME.to_owned());
    let parts = provenance.context.iter().flat_map(|context| &context.weights);
    let parts = parts.map(|(name, _)| format!("{}_{name}", Composite::NAME));
    let fixed = own.chain(changes).chain(assessed).chain(patterns).map(str::to_owned);
    fixed.chain(indicators).chain(index).chain(parts).collect()
}

/// A value that is kept when its row is gone.
fn owned(field: Field<'_>) -> Value<'static> {
    match field {
        Field::Null => Value::Null,
        Field::Integer(number) => Value::Whole(number),
        Field::Number(number) => Value::Real(number),
        Field::Other("true") => Value::Flag(true),
        Field::Other("false") => Value::Flag(false),
        Field::Text(text) => Value::Text(Cow::Owned(text.to_owned())),
        other => Value::Text(other.displayed().into()),
    }
}

/// A value as one of a kind, or null: formats do not all tell flags and numbers apart.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "whole numbers below 2^53")]
fn of_kind<'a>(value: &'a Value<'_>, kind: Kind) -> Option<Value<'a>> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    Some(match (value, kind) {
        (Value::Null, _) => Value::Null,
        (Value::Flag(flag), Kind::Flag) => Value::Flag(*flag),
        (Value::Whole(number @ (0 | 1)), Kind::Flag) => Value::Flag(*number == 1),
        (Value::Whole(number), Kind::Whole) => Value::Whole(*number),
        (Value::Whole(number), Kind::Real) => Value::Real(*number as f64),
        (Value::Real(number), Kind::Real) if number.is_finite() => Value::Real(*number),
        (Value::Real(number), Kind::Whole) if number.fract() == 0.0 && number.abs() < EXACT => {
            Value::Whole(*number as i64)
        }
        (Value::Text(text), Kind::Text) => Value::Text(Cow::Borrowed(text)),
        _ => return None,
    })
}

pub(super) fn shown(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Flag(flag) => flag.to_string(),
        Value::Whole(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
    }
}
