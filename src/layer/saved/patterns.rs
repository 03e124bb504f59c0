//! Hot spots from the rows of a saved layer: the inverse of its columns.

use serde_json::Value as Json;

use super::super::hotspots::statistic;
use super::LayerError;
use super::rows::SavedRows;
use crate::hotspot::{ColumnKind, Hotspots, SavedColumns, SavedValueError, StatisticColumn, StatisticValue};
use crate::score::columns::text;

/// Hot spots of a saved layer; `None` where its provenance names no statistic of cells.
pub(super) fn read(rows: &SavedRows, about: Option<&Json>) -> Result<Option<Hotspots>, LayerError> {
    let Some((about, statistic)) = about.and_then(|about| Some((about, statistic(about)?))) else { return Ok(None) };
    let is_read = |column: &StatisticColumn| !column.derived && (!column.optional || rows.has(column.name));
    let columns = statistic.columns().into_iter().filter(is_read);
    let columns = columns.map(|column| Ok((column.name, values(rows, column)?))).collect::<Result<_, LayerError>>()?;
    let cells: Vec<_> = rows.cells.iter().map(|(cell, _)| *cell).collect();
    let found = statistic.read(&SavedColumns { cells: &cells, columns }, about);
    let invalid = |error: SavedValueError| rows.invalid(error.row, error.column, &text(error.found), error.expected);
    Ok(Some(Hotspots::saved(found.map_err(invalid)?, about.clone())))
}

fn values(rows: &SavedRows, column: StatisticColumn) -> Result<Vec<StatisticValue>, LayerError> {
    fn each<T>(values: Vec<Option<T>>, of: fn(T) -> StatisticValue) -> Vec<StatisticValue> {
        values.into_iter().map(|value| value.map_or(StatisticValue::Null, of)).collect()
    }
    Ok(match column.kind {
        ColumnKind::Flag => rows.flags(column.name)?.into_iter().map(StatisticValue::Flag).collect(),
        ColumnKind::Whole => each(rows.wholes(column.name)?, StatisticValue::Whole),
        ColumnKind::Real => each(rows.reals(column.name)?, StatisticValue::Real),
        ColumnKind::Share => rows.shares(column.name)?.into_iter().map(StatisticValue::Real).collect(),
        ColumnKind::Text => each(rows.texts(column.name)?, StatisticValue::Text),
    })
}
