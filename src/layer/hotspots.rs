//! Columns and classes of a layer's hot spots, whatever the statistic.

use serde_json::Value as Json;

use super::Layer;
use crate::hotspot::{Hotspots, STATISTICS, Statistic, StatisticFill};
use crate::score::columns::{self, ColumnSchema};

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
    STATISTICS.iter().flat_map(|statistic| statistic.columns()).any(|column| column.schema.name == name)
}

/// Names of the columns of the statistic that a provenance names.
pub(super) fn names(about: Option<&Json>) -> impl Iterator<Item = &'static str> {
    let names = |statistic: &dyn Statistic| statistic.columns().into_iter().map(|column| column.schema.name);
    about.and_then(statistic).into_iter().flat_map(names)
}

/// Every output column with a fixed name, and the products that have it; indicators and counts by category aside.
#[must_use]
pub fn output_columns() -> Vec<(ColumnSchema, Vec<&'static str>)> {
    let of_statistics = STATISTICS.iter().flat_map(|statistic| statistic.columns());
    columns::output_columns().into_iter().chain(of_statistics.map(|column| (column.schema, vec!["hotspots"]))).collect()
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
}
