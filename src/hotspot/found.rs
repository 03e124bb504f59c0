//! Results of a statistic: typed for a program, and as columns for a layer.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use h3o::CellIndex;
use serde_json::Value;

use crate::rounding::significant;

/// Result of a statistic of cells.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Hotspots {
    pub(crate) found: Arc<dyn Findings>,
    /// The statistic and everything that decides, for the provenance of outputs.
    pub about: Value,
    /// Notices for the reader.
    pub notices: Vec<String>,
}

impl Hotspots {
    pub(super) fn new(found: impl Findings, about: Value, notices: Vec<String>) -> Self {
        Self { found: Arc::new(found), about, notices }
    }

    /// A result read back from a saved layer, without notices.
    pub(crate) fn saved(found: Arc<dyn Findings>, about: Value) -> Self {
        Self { found, about, notices: Vec::new() }
    }

    /// The typed result, in the order of the scores; `None` for another statistic's type.
    ///
    /// [`Gi`](super::Gi) finds `Vec<LocalG>`, [`Moran`](super::Moran) `Vec<LocalMoran>`, [`Emerging`](super::Emerging)
    /// [`Histories`](super::Histories) and [`Scan`](super::Scan) [`ScanFindings`](super::ScanFindings).
    #[must_use]
    pub fn found<T: Findings>(&self) -> Option<&T> {
        let found: &dyn Any = self.found.as_ref();
        found.downcast_ref()
    }
}

/// Values of a statistic, one a cell.
pub trait Findings: Any + Debug + Send + Sync {
    /// The columns that this result has.
    fn columns(&self) -> Vec<FoundColumn<'_>>;

    /// Returns true if a cell is a hot spot, so that a map outlines it.
    ///
    /// # Panics
    /// When there is no such row.
    fn is_hot(&self, row: usize) -> bool;
}

/// A column of a statistic in a layer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StatisticColumn {
    /// Name in outputs.
    pub name: &'static str,
    /// Meaning, in a line.
    pub about: &'static str,
    /// Type and range of its values.
    pub kind: ColumnKind,
    /// Made from other columns, so that a saved layer is read without it.
    pub(crate) derived: bool,
    /// Left out where no cell has a value.
    pub(crate) optional: bool,
}

/// Type and range of the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Yes or no.
    Flag,
    /// A whole number.
    Whole,
    /// A number.
    Real,
    /// A number from 0 to 1, in every row.
    Share,
    /// A text.
    Text,
}

/// Value of a cell in a column of a statistic.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StatisticValue {
    /// No value.
    Null,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A number, rounded for outputs.
    Real(f64),
    /// A text.
    Text(String),
}

/// A column with its value by row.
pub type FoundColumn<'a> = (StatisticColumn, Box<dyn Fn(usize) -> StatisticValue + Sync + 'a>);

/// A column of one statistic: what it holds, and its value from a result.
pub(super) struct CellColumn<F: 'static> {
    pub(super) column: StatisticColumn,
    value: fn(&F, usize) -> StatisticValue,
}

/// A column that every result has, and that is read from a saved layer.
pub(super) const fn column<F>(
    name: &'static str,
    about: &'static str,
    kind: ColumnKind,
    value: fn(&F, usize) -> StatisticValue,
) -> CellColumn<F> {
    CellColumn { column: StatisticColumn { name, about, kind, derived: false, optional: false }, value }
}

/// A column that is made from others, so that a saved layer is read without it.
pub(super) const fn derived<F>(
    name: &'static str,
    about: &'static str,
    kind: ColumnKind,
    value: fn(&F, usize) -> StatisticValue,
) -> CellColumn<F> {
    let plain = column(name, about, kind, value);
    CellColumn { column: StatisticColumn { derived: true, ..plain.column }, ..plain }
}

/// A column that is left out where no cell has a value.
pub(super) const fn optional<F>(
    name: &'static str,
    about: &'static str,
    kind: ColumnKind,
    value: fn(&F, usize) -> StatisticValue,
) -> CellColumn<F> {
    let plain = column(name, about, kind, value);
    CellColumn { column: StatisticColumn { optional: true, ..plain.column }, ..plain }
}

impl<F: Sync> CellColumn<F> {
    /// The columns that a result has.
    pub(super) fn of<'a>(columns: &'static [Self], found: &'a F, rows: usize) -> Vec<FoundColumn<'a>> {
        let is_present = |column: &&Self| {
            !column.column.optional || (0..rows).any(|row| (column.value)(found, row) != StatisticValue::Null)
        };
        let bound = |column: &'static Self| -> FoundColumn<'a> {
            (column.column, Box::new(move |row| (column.value)(found, row)))
        };
        columns.iter().filter(is_present).map(bound).collect()
    }

    /// The columns by themselves.
    pub(super) fn all(columns: &'static [Self]) -> Vec<StatisticColumn> {
        columns.iter().map(|column| column.column).collect()
    }
}

/// A probability with four significant digits, since it may be tiny.
pub(super) fn probability(value: f64) -> StatisticValue {
    StatisticValue::Real(significant(value, 4))
}

/// A value, or null.
pub(super) fn or_null<T>(value: Option<T>, of: impl FnOnce(T) -> StatisticValue) -> StatisticValue {
    value.map_or(StatisticValue::Null, of)
}

/// The column that a map is coloured by, and its classes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StatisticFill {
    /// Name of the column.
    pub column: &'static str,
    /// Heading of the key.
    pub title: &'static str,
    /// Classes, cold ones first.
    pub classes: Vec<StatisticClass>,
    /// A long list, of which a key shows only the classes on the map.
    pub only_present: bool,
}

/// A class of such a column.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatisticClass {
    /// Value of the column, as a text.
    pub value: String,
    /// Words of the key.
    pub label: String,
    /// Entry in `tensionmap list statistics`, and its meaning.
    pub listed: (String, String),
    /// Red, green and blue.
    pub colour: [u8; 3],
    /// True for a cold spot.
    pub is_cold: bool,
}

/// Columns of a saved layer, for the inverse of [`Findings::columns`].
#[derive(Debug)]
pub struct SavedColumns<'a> {
    /// Cells of the layer, by row.
    pub(crate) cells: &'a [CellIndex],
    /// Values by column; their types are checked.
    pub(crate) columns: Vec<(&'static str, Vec<StatisticValue>)>,
}

/// A saved value that its column cannot hold.
#[derive(Debug)]
pub struct SavedValueError {
    pub(crate) row: usize,
    pub(crate) column: &'static str,
    pub(crate) found: String,
    pub(crate) expected: String,
}

impl SavedColumns<'_> {
    fn values<'a, T>(
        &'a self,
        name: &str,
        of: impl Fn(&'a StatisticValue) -> Option<T> + 'a,
    ) -> impl Iterator<Item = Option<T>> + 'a {
        let column = self.columns.iter().find(|(column, _)| *column == name);
        let values = column.map_or(&[][..], |(_, values)| values);
        (0..self.cells.len()).map(move |row| values.get(row).and_then(&of))
    }

    pub(super) fn reals(&self, name: &str) -> Vec<Option<f64>> {
        self.values(name, |value| if let StatisticValue::Real(number) = value { Some(*number) } else { None }).collect()
    }

    /// Numbers of a column without gaps.
    pub(super) fn shares(&self, name: &str) -> Vec<f64> {
        self.reals(name).into_iter().map(Option::unwrap_or_default).collect()
    }

    pub(super) fn wholes(&self, name: &str) -> Vec<Option<i64>> {
        self.values(name, |value| if let StatisticValue::Whole(number) = value { Some(*number) } else { None })
            .collect()
    }

    pub(super) fn texts(&self, name: &str) -> Vec<Option<&str>> {
        self.values(name, |value| if let StatisticValue::Text(text) = value { Some(text.as_str()) } else { None })
            .collect()
    }

    /// Flags of a column, null for no.
    pub(super) fn flags(&self, name: &str) -> Vec<bool> {
        let flag = |value: &StatisticValue| (*value == StatisticValue::Flag(true)).then_some(true);
        self.values(name, flag).map(Option::unwrap_or_default).collect()
    }
}
