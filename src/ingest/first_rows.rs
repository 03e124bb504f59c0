//! First rows of an input: where no name of a column promises a position, what is in them shows which column holds one.

use super::position::PositionColumns;
use super::role::Chosen;
use super::words::{Form, Words};
use super::{IngestError, ReadOptions, Role, cursor};
use crate::format::{Field, Input, Step, Suits};

/// Rows that are looked at.
const ROWS: usize = 100;

/// The first rows of an input that can be opened again.
pub(super) struct FirstRows<'a> {
    input: Option<(&'a Input, &'a ReadOptions, Suits)>,
}

impl<'a> FirstRows<'a> {
    /// Those of an input; of a stream or a table in memory none.
    pub(super) fn of(input: &'a Input, options: &'a ReadOptions, suits: Suits) -> Self {
        let is_again = match input {
            Input::Path(path) => path.is_file(),
            Input::Bytes(..) => true,
            _ => false,
        };
        Self { input: is_again.then_some((input, options, suits)) }
    }

    /// No rows.
    pub(super) fn none() -> Self {
        Self { input: None }
    }

    /// The column with the position. It is the one that its name promises, if all its values are positions. Else it is the first
    /// whose values are all beyond doubt.
    pub(super) fn position(
        &self,
        file: &str,
        names: &[String],
        chosen: &mut Chosen,
        promised: Option<PositionColumns>,
        notices: &mut Vec<String>,
    ) -> Result<Option<PositionColumns>, IngestError> {
        let Some(rows) = self.read(names.len())? else { return Ok(promised) };
        let decimal_comma = self.input.as_ref().is_some_and(|(_, options, _)| options.decimal_comma);
        // Form of the values of a column, if each is a position.
        let read = |column: usize, is_sure: bool| {
            let texts = rows.iter().filter_map(|row| row.get(column)).filter(|text| !text.trim().is_empty());
            let mut found = texts.map(|text| {
                let words = Words::read(text, Form::Position, decimal_comma).ok()?;
                Some(words.form()).filter(|_| !is_sure || words.is_certain(text))
            });
            let first = found.next().flatten()?;
            found.all(|form| form == Some(first)).then_some(first)
        };
        let promised_column = match promised {
            Some(PositionColumns::Words(column, _)) => Some(column),
            _ => None,
        };
        let is_free = |column: &usize| !chosen.values().any(|(taken, _)| taken == column);
        let other = || (0..names.len()).filter(is_free).find_map(|column| Some((column, read(column, true)?)));
        let named = promised_column.and_then(|column| Some((column, read(column, false)?)));
        let Some((column, form)) = named.or_else(other) else {
            // Values that are no positions each say so, unless none is one.
            let any = promised_column.filter(|&column| {
                let mut texts = rows.iter().filter_map(|row| row.get(column));
                texts.any(|text| text.trim().is_empty() || Words::read(text, Form::Position, decimal_comma).is_ok())
            });
            if any.is_none() {
                chosen.remove(&Role::Position);
            }
            return Ok(promised.filter(|_| any.is_some()));
        };
        let name = &names[column];
        let order = match form {
            "pairs of numbers" => format!(", latitude first; --column lon-lat={name:?} reads them the other way round"),
            "arrays of numbers" => {
                format!(", longitude first; --column lat-lon={name:?} reads them the other way round")
            }
            _ => String::new(),
        };
        notices.push(format!("{file}: positions are the {form} in the column {name:?}{order}"));
        chosen.insert(Role::Position, (column, name.clone()));
        Ok(Some(PositionColumns::Words(column, Form::Position)))
    }

    /// Texts of the first rows; `None` if they cannot be read.
    fn read(&self, width: usize) -> Result<Option<Vec<Vec<String>>>, IngestError> {
        let Some((input, options, suits)) = &self.input else { return Ok(None) };
        let (mut records, _) = cursor(input, options, Some(suits.clone()), &mut Vec::new())?;
        records.select(&vec![true; width], &[]);
        let mut rows = Vec::new();
        while rows.len() < ROWS {
            match records.advance() {
                Ok(Step::Record) => {
                    let text = |column: usize| match records.field(column) {
                        Field::Text(text) | Field::Other(text) => text.to_owned(),
                        // Numbers are no words.
                        Field::Null => String::new(),
                        other => format!("number {}", other.displayed()),
                    };
                    rows.push((0..width).map(text).collect());
                }
                Ok(Step::Broken(_)) => {}
                // The reading proper says what is wrong.
                Ok(Step::End) | Err(_) => break,
            }
        }
        Ok(Some(rows))
    }
}
