//! Rows of a saved layer in any format.

use std::borrow::Cow;

use h3o::CellIndex;

use super::super::metadata::{self, LayerState};
use super::super::names::{self, FORMAT_COLUMNS, SIMPLESTYLE};
use super::super::{Provenance, TableGeometry};
use super::LayerError;
use crate::format::{Field, Input, Step};
use crate::ingest::IngestError;
use crate::ingest::table::KeyedTable;
use crate::invalid::Cause;
use crate::rounding::legible;
use crate::score::Level;
use crate::score::columns::{ColumnValue, H3, ValueKind, level_of};

/// Rows of a saved layer, sorted by cell, and its metadata.
pub(super) struct SavedRows {
    file: String,
    /// Version of tensionmap that saved the file.
    version: String,
    pub(super) provenance: Provenance,
    pub(super) state: LayerState,
    names: Vec<String>,
    /// Values by column, in the order of the file.
    values: Vec<Vec<ColumnValue<'static>>>,
    /// Cells, each with the index of its row in the file.
    pub(super) cells: Vec<(CellIndex, usize)>,
}

impl SavedRows {
    /// Reads the metadata of a file and all its values.
    pub(super) fn read(input: &Input) -> Result<Self, LayerError> {
        let file = input.name();
        let mut records = KeyedTable::open(input)?.into_records();
        let names = records.names().to_vec();
        records.select(&vec![true; names.len()], &[]);
        let mut values: Vec<Vec<ColumnValue<'static>>> = names.iter().map(|_| Vec::new()).collect();
        for row in 1.. {
            match records.advance().map_err(IngestError::from)? {
                Step::End => break,
                Step::Broken(fault) => {
                    let problem = format!("found {}, expected {}", fault.found, fault.expected);
                    return Err(LayerError::Row { file, row, problem });
                }
                Step::Record => {
                    for (column, values) in values.iter_mut().enumerate() {
                        values.push(owned(records.field(column)));
                    }
                }
            }
        }
        let text = records.header().metadata.as_deref().ok_or_else(|| LayerError::NoMetadata { file: file.clone() })?;
        let (version, parsed) = metadata::parse(text);
        let (provenance, state) = match parsed {
            Ok(metadata) => metadata,
            Err(source) => return Err(LayerError::Metadata { file, version, source }),
        };
        if state.layout.geometry == Some(TableGeometry::Outlines) {
            return Err(LayerError::Outlines { file });
        }
        let mut rows = Self { file, version, provenance, state, names, values, cells: Vec::new() };
        rows.cells = rows.find_cells()?;
        Ok(rows)
    }

    /// The cell of each row, in order.
    fn find_cells(&self) -> Result<Vec<(CellIndex, usize)>, LayerError> {
        let file = || self.file.clone();
        let resolution = self.provenance.resolution.ok_or_else(|| LayerError::Areas { file: file() })?;
        let column = self.found(H3.name).ok_or_else(|| self.lack(vec![H3.name.to_owned()]))?;
        let cell = |(place, value): (usize, &ColumnValue<'_>)| {
            let cell = match value {
                ColumnValue::Text(text) => text.trim().parse().ok(),
                ColumnValue::Whole(number) => u64::try_from(*number).ok().and_then(|number| number.try_into().ok()),
                _ => None,
            };
            let cell = cell.filter(|cell: &CellIndex| u8::from(cell.resolution()) == resolution);
            let invalid = || LayerError::Cell { file: file(), row: place + 1, found: quoted(value), resolution };
            Ok((cell.ok_or_else(invalid)?, place))
        };
        let mut cells = self.values[column].iter().enumerate().map(cell).collect::<Result<Vec<_>, LayerError>>()?;
        cells.sort_unstable();
        if let Some(pair) = cells.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let [(cell, first), (_, row)] = [pair[0], pair[1]];
            return Err(LayerError::Twice { file: file(), first: first + 1, row: row + 1, cell });
        }
        match (cells.len(), self.provenance.study_cells) {
            (0, _) => Err(LayerError::Empty { file: file() }),
            (found, expected) if found > expected => Err(LayerError::Added { file: file(), found, expected }),
            _ => Ok(cells),
        }
    }

    /// Notices of missing rows and left-out columns.
    pub(super) fn notices(&self) -> Vec<String> {
        let (file, found, all) = (&self.file, self.cells.len(), self.provenance.study_cells);
        let mut notices = Vec::new();
        if found < all {
            notices.push(format!("{file}: has {found} of the {all} cells of the layer; the others are not shown"));
        }
        let of_layer = names::of_layer(&self.provenance);
        let is_known = |name: &&str| {
            let is_style = self.state.layout.simplestyle && SIMPLESTYLE.contains(name);
            is_style || FORMAT_COLUMNS.contains(name) || of_layer.iter().any(|column| self.is_called(name, column))
        };
        let others: Vec<&str> = self.names.iter().map(String::as_str).filter(|name| !is_known(name)).collect();
        if !others.is_empty() {
            let others = others.join(", ");
            notices.push(format!("{file}: columns left out, because the layer does not have them: {others}"));
        }
        notices
    }

    /// True if a name in the file is that of a column of the layer. Databases have no control characters in names.
    fn is_called(&self, name: &str, column: &str) -> bool {
        let wanted = self.state.layout.renamed(column, column == H3.name).unwrap_or(column);
        name == wanted || wanted.contains(char::is_control) && name == wanted.replace(char::is_control, "\u{fffd}")
    }

    fn found(&self, column: &str) -> Option<usize> {
        self.names.iter().position(|name| self.is_called(name, column))
    }

    /// Error: metadata that cannot be right.
    pub(super) fn broken(&self, source: impl Into<Cause>) -> LayerError {
        LayerError::Metadata { file: self.file.clone(), version: self.version.clone(), source: source.into() }
    }

    /// Error: columns that the file does not have.
    pub(super) fn lack(&self, missing: Vec<String>) -> LayerError {
        LayerError::Columns { file: self.file.clone(), missing: missing.join(", ") }
    }

    /// Values of a column, checked to be of one type, in the order of the cells.
    pub(super) fn column<'a>(&'a self, name: &str, kind: ValueKind) -> Result<Vec<ColumnValue<'a>>, LayerError> {
        let column = self.found(name).ok_or_else(|| self.lack(vec![name.to_owned()]))?;
        let expected = match kind {
            ValueKind::Flag => "true or false",
            ValueKind::Whole => "a whole number",
            ValueKind::Real => "a number from -10^21 to 10^21",
            ValueKind::Text => "a text",
            ValueKind::Date => "a day such as 2026-03-02",
        };
        let value = |(row, &(_, place)): (usize, &(CellIndex, usize))| {
            let value = &self.values[column][place];
            of_kind(value, kind).ok_or_else(|| self.invalid(row, name, value, expected))
        };
        self.cells.iter().enumerate().map(value).collect()
    }

    /// Column of real numbers.
    pub(super) fn reals(&self, column: &str) -> Result<Vec<Option<f64>>, LayerError> {
        let number = |value| if let ColumnValue::Real(number) = value { Some(number) } else { None };
        Ok(self.column(column, ValueKind::Real)?.into_iter().map(number).collect())
    }

    /// Column of levels of the layer's scale.
    pub(super) fn levels(&self, column: &str) -> Result<Vec<Option<Level>>, LayerError> {
        let level = |(row, value): (usize, &ColumnValue<'_>)| match value {
            ColumnValue::Null => Ok(None),
            value => level_of(value, &self.provenance.levels)
                .map(Some)
                .ok_or_else(|| self.invalid(row, column, value, "a level of the scale")),
        };
        self.column(column, ValueKind::Whole)?.iter().enumerate().map(level).collect()
    }

    /// Column of texts.
    pub(super) fn texts(&self, column: &str) -> Result<Vec<Option<String>>, LayerError> {
        let text = |value| if let ColumnValue::Text(text) = value { Some(text.into_owned()) } else { None };
        Ok(self.column(column, ValueKind::Text)?.into_iter().map(text).collect())
    }

    /// True if the file has a column of the layer.
    pub(super) fn has(&self, column: &str) -> bool {
        self.found(column).is_some()
    }

    /// Error: a value that the column cannot have.
    pub(super) fn invalid(
        &self,
        row: usize,
        column: &str,
        found: &ColumnValue<'_>,
        expected: impl Into<String>,
    ) -> LayerError {
        let ((cell, place), file) = (self.cells[row], self.file.clone());
        let (column, found, expected) = (column.to_owned(), quoted(found), expected.into());
        LayerError::Value { file, row: place + 1, cell, column, found, expected }
    }
}

/// A value that outlives its row.
fn owned(field: Field<'_>) -> ColumnValue<'static> {
    match field {
        Field::Null => ColumnValue::Null,
        Field::Integer(number) => ColumnValue::Whole(number),
        Field::Number(number) => ColumnValue::Real(number),
        Field::Other("true") => ColumnValue::Flag(true),
        Field::Other("false") => ColumnValue::Flag(false),
        Field::Text(text) => ColumnValue::Text(Cow::Owned(text.to_owned())),
        other => ColumnValue::Text(other.displayed().into()),
    }
}

/// A value as one of a type, or null: not every format distinguishes flags from numbers.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "whole numbers below 2^53")]
fn of_kind<'a>(value: &'a ColumnValue<'_>, kind: ValueKind) -> Option<ColumnValue<'a>> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    /// Size beyond which no layer has a number.
    const MAX_REAL: f64 = 1e21;
    Some(match (value, kind) {
        (ColumnValue::Null, _) => ColumnValue::Null,
        (ColumnValue::Flag(flag), ValueKind::Flag) => ColumnValue::Flag(*flag),
        (ColumnValue::Whole(number @ (0 | 1)), ValueKind::Flag) => ColumnValue::Flag(*number == 1),
        (ColumnValue::Whole(number), ValueKind::Whole) => ColumnValue::Whole(*number),
        (ColumnValue::Whole(number), ValueKind::Real) => ColumnValue::Real(*number as f64),
        (ColumnValue::Real(number), ValueKind::Real) if number.abs() <= MAX_REAL => ColumnValue::Real(*number),
        (ColumnValue::Real(number), ValueKind::Whole) if number.fract() == 0.0 && number.abs() < EXACT => {
            ColumnValue::Whole(*number as i64)
        }
        (ColumnValue::Text(text), ValueKind::Text) => ColumnValue::Text(Cow::Borrowed(text)),
        (ColumnValue::Text(text), ValueKind::Date) => ColumnValue::Date(text.parse().ok()?),
        _ => return None,
    })
}

/// A value for messages.
pub(super) fn quoted(value: &ColumnValue<'_>) -> String {
    match value {
        ColumnValue::Null => "null".to_owned(),
        ColumnValue::Flag(flag) => flag.to_string(),
        ColumnValue::Whole(number) => number.to_string(),
        ColumnValue::Real(number) => legible(*number),
        ColumnValue::Text(text) => text.to_string(),
        ColumnValue::Date(day) => day.to_string(),
    }
}
