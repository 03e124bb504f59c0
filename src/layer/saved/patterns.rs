//! Hot spots from the rows of a saved layer: the inverse of its columns.

use serde_json::Value as Json;

use super::super::hotspots::statistic;
use super::LayerError;
use super::rows::SavedRows;
use crate::hotspot::{Hotspots, SavedColumns};

/// Hot spots of a saved layer; `None` where its provenance names no statistic of cells.
pub(super) fn read(rows: &SavedRows, about: Option<&Json>) -> Result<Option<Hotspots>, LayerError> {
    let Some((about, statistic)) = about.and_then(|about| Some((about, statistic(about)?))) else { return Ok(None) };
    let columns = statistic.columns().into_iter();
    let columns = columns.filter(|column| column.is_restored && (!column.is_optional || rows.has(column.schema.name)));
    let values = columns.map(|column| Ok((column.schema, rows.column(column.schema.name, column.schema.kind)?)));
    let cells: Vec<_> = rows.cells.iter().map(|(cell, _)| *cell).collect();
    let saved = SavedColumns { cells: &cells, columns: values.collect::<Result<_, LayerError>>()? };
    let found = statistic.read(&saved, about).map_err(|(row, column)| {
        let (schema, values) = &saved.columns[column];
        let expected = match schema.range {
            Some((min, max)) if max < f64::MAX => format!("a number from {min} to {max}"),
            _ => schema.about.to_owned(),
        };
        rows.invalid(row, schema.name, &values[row], expected)
    })?;
    Ok(Some(Hotspots { found, about: about.clone(), notices: Vec::new() }))
}
