//! Results of a statistic: typed for a program, and as columns for a layer.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use h3o::CellIndex;
use serde_json::Value;

use crate::rounding::{round_to, significant};
use crate::score::columns::{ColumnSchema, ColumnValue};

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

/// A column with its value by row.
pub type FoundColumn<'a> = (ColumnSchema, Box<dyn Fn(usize) -> ColumnValue<'a> + Sync + 'a>);

type RestoreValue<F> = fn(&mut F, usize, &ColumnValue<'_>) -> Option<()>;

/// A column of a result of type `F`: its schema, its value, and the inverse by which a saved layer is read back.
#[derive(Debug)]
pub struct CellColumn<F: 'static> {
    pub(super) schema: ColumnSchema,
    /// Left out where no cell has a value.
    pub(super) is_optional: bool,
    pub(super) value: fn(&F, usize) -> ColumnValue<'static>,
    /// `None` for a column made from others; the function returns `None` for a value that the column cannot hold.
    pub(super) restore: Option<RestoreValue<F>>,
}

/// Columns of a result, one row each. A `field` is written and restored as it is. An `optional` one is left out where
/// no cell has a value. A `derived` column is only written. A `custom` one has a function of its own to restore it.
macro_rules! cell_columns {
    ($type:ty, |$found:ident, $row:ident| $($how:ident $schema:expr => $value:expr $(, $restore:expr)?;)*) => {
        &[$($crate::hotspot::found::CellColumn::<$type> {
            schema: $schema,
            is_optional: $crate::hotspot::found::cell_columns!(@optional $how),
            value: |$found, $row| $crate::hotspot::found::cell_columns!(@value $how $value),
            restore: $crate::hotspot::found::cell_columns!(@restore $how $found $row $value $(, $restore)?),
        },)*]
    };
    (@optional optional) => { true };
    (@optional $how:ident) => { false };
    (@value custom $value:expr) => { $value };
    (@value derived $value:expr) => { $value };
    (@value $how:ident $field:expr) => { $crate::hotspot::found::CellField::value(&$field) };
    (@restore custom $found:ident $row:ident $value:expr, $restore:expr) => { Some($restore) };
    (@restore derived $found:ident $row:ident $value:expr) => { None };
    (@restore $how:ident $found:ident $row:ident $field:expr) => {
        Some(|$found, $row, value| $crate::hotspot::found::CellField::restore(&mut $field, value))
    };
}
pub(super) use cell_columns;

/// A field that is a column by itself.
pub(super) trait CellField {
    fn value(&self) -> ColumnValue<'static>;
    fn restore(&mut self, value: &ColumnValue<'_>) -> Option<()>;
}

impl CellField for f64 {
    fn value(&self) -> ColumnValue<'static> {
        ColumnValue::Real(*self)
    }

    fn restore(&mut self, value: &ColumnValue<'_>) -> Option<()> {
        *self = real(value)?;
        Some(())
    }
}

impl CellField for Option<f64> {
    fn value(&self) -> ColumnValue<'static> {
        self.map_or(ColumnValue::Null, ColumnValue::Real)
    }

    fn restore(&mut self, value: &ColumnValue<'_>) -> Option<()> {
        *self = real(value);
        Some(())
    }
}

impl CellField for bool {
    fn value(&self) -> ColumnValue<'static> {
        ColumnValue::Flag(*self)
    }

    fn restore(&mut self, value: &ColumnValue<'_>) -> Option<()> {
        *self = *value == ColumnValue::Flag(true);
        Some(())
    }
}

pub(super) fn real(value: &ColumnValue<'_>) -> Option<f64> {
    if let ColumnValue::Real(number) = value { Some(*number) } else { None }
}

pub(super) fn whole(value: &ColumnValue<'_>) -> Option<i64> {
    if let ColumnValue::Whole(number) = value { Some(*number) } else { None }
}

pub(super) fn words<'a>(value: &'a ColumnValue<'_>) -> Option<&'a str> {
    if let ColumnValue::Text(text) = value { Some(text) } else { None }
}

/// Schema of a number with four decimals, `min` or more.
pub(super) const fn number(name: &'static str, unit: &'static str, min: f64, about: &'static str) -> ColumnSchema {
    ColumnSchema::real(name, unit, (min, f64::MAX), |value| round_to(value, 4), about)
}

/// Schema of a probability with four significant digits, since it may be tiny.
pub(super) const fn probability(name: &'static str, about: &'static str) -> ColumnSchema {
    ColumnSchema::real(name, "probability", (0.0, 1.0), |p| significant(p, 4), about)
}

impl<F: Sync> CellColumn<F> {
    /// The columns that a result has.
    pub(super) fn of<'a>(columns: &'static [Self], found: &'a F, rows: usize) -> Vec<FoundColumn<'a>> {
        let is_present = |column: &&Self| {
            !column.is_optional || (0..rows).any(|row| (column.value)(found, row) != ColumnValue::Null)
        };
        let bound = |column: &'static Self| -> FoundColumn<'a> {
            (column.schema, Box::new(move |row| (column.value)(found, row)))
        };
        columns.iter().filter(is_present).map(bound).collect()
    }
}

/// Numbers of cells by class, without empty classes: `hot spot 3 · cold spot 1`.
pub(super) fn class_counts(classes: impl Iterator<Item = (String, usize)>) -> String {
    let counted = |(name, cells): (String, usize)| (cells > 0).then(|| format!("{} {cells}", name.to_lowercase()));
    classes.filter_map(counted).collect::<Vec<_>>().join(" · ")
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

/// A column of a statistic, as a layer needs it.
#[derive(Debug)]
pub struct StatisticColumn {
    pub(crate) schema: ColumnSchema,
    pub(crate) is_optional: bool,
    /// True if a saved layer is read with it, since it is not made from others.
    pub(crate) is_restored: bool,
}

/// Columns of a saved layer, for the inverse of [`Findings::columns`].
#[derive(Debug)]
pub struct SavedColumns<'a> {
    /// Cells of the layer, by row.
    pub(crate) cells: &'a [CellIndex],
    /// Values by column; their types are checked.
    pub(crate) columns: Vec<(ColumnSchema, Vec<ColumnValue<'a>>)>,
}

impl SavedColumns<'_> {
    /// Puts the values into a result; the error is the row and column of a value that the column cannot hold.
    pub(super) fn restore<F>(&self, found: &mut F, columns: &[CellColumn<F>]) -> Result<(), (usize, usize)> {
        for (index, (schema, values)) in self.columns.iter().enumerate() {
            let restore = columns.iter().find(|column| column.schema.name == schema.name);
            let Some(restore) = restore.and_then(|column| column.restore) else { continue };
            let (min, max) = schema.range.unwrap_or((f64::MIN, f64::MAX));
            for (row, value) in values.iter().enumerate() {
                let is_within = real(value).is_none_or(|number| (min..=max).contains(&number));
                let restored = is_within.then(|| restore(found, row, value)).flatten();
                restored.ok_or((row, index))?;
            }
        }
        Ok(())
    }
}
