//! A series as a long table: one row a date and cell, with the trend of the cell repeated.

use std::io::Write;

use super::csv::{NumberFormat, write_table};
use super::product::Encoded;
use crate::disclosure::Release;
use crate::layer::{Column, IdType, SeriesTable, ValueKind};
use crate::score::Trend;
use crate::score::columns::{ColumnSchema, ColumnValue, H3, count, series_columns, text};
#[cfg(feature = "polars")]
use crate::score::frame_column;

/// Writes the table; CSV has no place for provenance.
pub(super) fn csv(release: &Release<'_, SeriesTable>, out: &mut dyn Write) -> Encoded {
    let table = release.product();
    let series = &table.series;
    let cells: Vec<String> = series.cells.iter().map(ToString::to_string).collect();
    let columns = columns(table, &cells);
    write_table(&columns, cells.len() * series.dates.len(), NumberFormat::Shortest, None, out)?;
    Ok(Vec::new())
}

/// Writes the table, with the provenance as metadata under `tensionmap`.
#[cfg(feature = "polars")]
pub(super) fn parquet(release: &Release<'_, SeriesTable>, out: &mut dyn Write) -> Encoded {
    use polars_io::parquet::write::{KeyValueMetadata, ParquetWriter};

    let table = release.product();
    let mut frame = table.series.frame()?;
    let rows = frame.height();
    let trend = |schema: &ColumnSchema| {
        let value = schema.of_trend?;
        let values = table.trends.iter().map(|trend| trend.as_ref().map_or(ColumnValue::Null, value));
        Some(frame_column(schema, values.cycle().take(rows)))
    };
    frame.hstack_mut(&series_columns(table.series.has_evidence()).iter().filter_map(trend).collect::<Vec<_>>())?;
    if table.layer.layout().id_type == IdType::Text {
        let cells: Vec<String> = table.series.cells.iter().map(ToString::to_string).collect();
        let cells = cells.iter().map(String::as_str).cycle().take(rows).map(text);
        frame.with_column(frame_column(&H3, cells))?;
    }
    let about = vec![("tensionmap".to_owned(), table.provenance().to_string())];
    let about = KeyValueMetadata::from_static(about);
    ParquetWriter::new(out).with_key_value_metadata(Some(about)).finish(&mut frame)?;
    Ok(Vec::new())
}

/// Columns of the table: one row a date and cell. `cells` are the names of the series' cells.
pub(super) fn columns<'a>(table: &'a SeriesTable, cells: &'a [String]) -> Vec<Column<'a>> {
    let SeriesTable { series, trends, layer } = table;
    let n = cells.len().max(1);
    let column = |schema: &ColumnSchema| {
        if let Some(value) = schema.of_dated {
            return Column::of(schema, move |row| value(&series.at(row / n)[row % n]));
        }
        if let Some(value) = schema.of_trend {
            // Rounded once a cell, not once a row.
            let of_cell = |trend: &'a Option<Trend>| schema.rounded(trend.as_ref().map_or(ColumnValue::Null, value));
            let values: Vec<ColumnValue<'a>> = trends.iter().map(of_cell).collect();
            return Column::new(schema.name, schema.about, schema.kind, move |row| values[row % n].clone());
        }
        match (schema.name == H3.name, layer.layout().id_type) {
            (true, IdType::U64) => {
                Column::new(schema.name, schema.about, ValueKind::Whole, move |row| count(series.cells[row % n].into()))
            }
            (true, IdType::Text) => Column::of(schema, move |row| text(cells[row % n].as_str())),
            (false, _) => Column::of(schema, move |row| ColumnValue::Date(series.dates[row / n].windows.as_of)),
        }
    };
    series_columns(series.has_evidence()).iter().map(column).collect()
}
