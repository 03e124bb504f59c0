//! Columns and classes of a layer's hot spots, whatever the statistic.

use serde_json::Value as Json;

use super::{Column, ColumnValue, Layer, ValueKind};
use crate::hotspot::{ColumnKind, FoundColumn, Hotspots, STATISTICS, Statistic, StatisticFill, StatisticValue};

impl From<ColumnKind> for ValueKind {
    fn from(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Flag => Self::Flag,
            ColumnKind::Whole => Self::Whole,
            ColumnKind::Real | ColumnKind::Share => Self::Real,
            ColumnKind::Text => Self::Text,
        }
    }
}

impl From<StatisticValue> for ColumnValue<'static> {
    fn from(value: StatisticValue) -> Self {
        match value {
            StatisticValue::Null => Self::Null,
            StatisticValue::Flag(flag) => Self::Flag(flag),
            StatisticValue::Whole(number) => Self::Whole(number),
            StatisticValue::Real(number) => Self::Real(number),
            StatisticValue::Text(text) => Self::Text(text.into()),
        }
    }
}

/// The statistic that a provenance names.
pub(super) fn statistic(about: &Json) -> Option<&'static dyn Statistic> {
    let id = about["statistic"].as_str()?;
    STATISTICS.iter().find(|statistic| statistic.id() == id).copied()
}

/// The column that a map of hot spots is coloured by; `None` for clusters, which are outlined over the score.
pub(super) fn fill_column(hotspots: &Hotspots) -> Option<&'static str> {
    statistic(&hotspots.about)?.fill().map(|fill| fill.column)
}

/// Heading and classes of a column of hot spots; `None` for any other column.
pub(super) fn fill(name: &str) -> Option<StatisticFill> {
    STATISTICS.iter().filter_map(|statistic| statistic.fill()).find(|fill| fill.column == name)
}

/// Returns true if a statistic has a column of this name.
pub(super) fn is_taken(name: &str) -> bool {
    STATISTICS.iter().flat_map(|statistic| statistic.columns()).any(|column| column.name == name)
}

/// Names of the columns of the statistic that a provenance names.
pub(super) fn names(about: Option<&Json>) -> impl Iterator<Item = &'static str> {
    let names = |statistic: &dyn Statistic| statistic.columns().into_iter().map(|column| column.name);
    about.and_then(statistic).into_iter().flat_map(names)
}

impl Layer {
    /// Returns true if pictures outline hot spots, since something else is coloured.
    pub(crate) fn outlines_hot_spots(&self) -> bool {
        self.hotspots().is_some_and(|hotspots| fill_column(hotspots) != Some(self.legend.property.as_str()))
    }

    /// Returns true if a cell is a hot spot by the layer's statistic.
    pub(crate) fn is_hot(&self, row: usize) -> bool {
        self.hotspots().is_some_and(|hotspots| hotspots.found.is_hot(row))
    }

    pub(super) fn patterns<'a>(&'a self, columns: &mut Vec<Column<'a>>) {
        let column = |(column, value): FoundColumn<'a>| {
            Column::new(column.name, column.about, column.kind.into(), move |row| value(row).into())
        };
        columns.extend(self.hotspots().into_iter().flat_map(|hotspots| hotspots.found.columns()).map(column));
    }
}
