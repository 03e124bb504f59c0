//! Encoders of a series: long tables, pages of maps, animations.

use std::io::Write;
use std::path::Path;

use serde_json::Value;

use super::csv::{NumberFormat, write_table};
use super::{Beside, OutputError, form_of, png};
use crate::invalid::Cause;
use crate::layer::{Column, Layer};
use crate::score::columns::{ColumnSchema, ColumnValue, H3, SERIES_COLUMNS, text};
#[cfg(feature = "polars")]
use crate::score::frame_column;
use crate::score::{Series, Trend};

/// Format of a series.
#[derive(Clone, Copy, Debug)]
enum SeriesFormat {
    Csv,
    #[cfg(feature = "polars")]
    Parquet,
    Picture(png::Form),
    Moving(png::Moving),
}

const FORMS: &[(&str, SeriesFormat)] = &[
    ("csv", SeriesFormat::Csv),
    #[cfg(feature = "polars")]
    ("parquet", SeriesFormat::Parquet),
    ("png", SeriesFormat::Picture(png::Form::Pixels)),
    ("svg", SeriesFormat::Picture(png::Form::Vectors)),
    ("gif", SeriesFormat::Moving(png::Moving::Gif)),
    ("apng", SeriesFormat::Moving(png::Moving::Apng)),
];

pub(crate) fn check_path(path: &Path) -> Result<(), OutputError> {
    form_of(path, FORMS).map(drop)
}

/// Writes a series in the format of the path. CSV has no place for provenance.
#[cfg_attr(not(feature = "polars"), allow(unused_variables, reason = "only Parquet has a place for provenance"))]
pub(crate) fn write(
    (series, trends): (&Series, &[Option<Trend>]),
    layer: &Layer,
    about: &Value,
    path: &Path,
    out: &mut dyn Write,
) -> Result<Vec<Beside>, Cause> {
    match form_of(path, FORMS)? {
        SeriesFormat::Csv => csv(series, trends, out),
        #[cfg(feature = "polars")]
        SeriesFormat::Parquet => parquet(series, trends, about, out),
        SeriesFormat::Picture(form) => png::write_series(series, layer, form, out),
        SeriesFormat::Moving(form) => png::write_lapse(series, layer, form, out),
    }?;
    Ok(Vec::new())
}

/// Columns of the table: one row a date and cell. `cells` and `days` are the names of the series' cells and dates.
fn columns<'a>(series: &'a Series, trends: &'a [Option<Trend>], [cells, days]: [&'a [String]; 2]) -> Vec<Column<'a>> {
    let n = cells.len().max(1);
    let column = |schema: &ColumnSchema| {
        if let Some(value) = schema.of_moment {
            return Column::of(schema, move |row| value(&series.at(row / n)[row % n]));
        }
        if let Some(value) = schema.of_trend {
            // Rounded once a cell, not once a row.
            let of_cell = |trend: &'a Option<Trend>| schema.rounded(trend.as_ref().map_or(ColumnValue::Null, value));
            let values: Vec<ColumnValue<'a>> = trends.iter().map(of_cell).collect();
            return Column::new(schema.name, schema.about, schema.kind, move |row| values[row % n].clone());
        }
        let is_cell = schema.name == H3.name;
        Column::of(schema, move |row| text(if is_cell { cells[row % n].as_str() } else { days[row / n].as_str() }))
    };
    SERIES_COLUMNS.iter().map(column).collect()
}

fn csv(series: &Series, trends: &[Option<Trend>], out: &mut dyn Write) -> Result<(), Cause> {
    let cells: Vec<String> = series.cells.iter().map(ToString::to_string).collect();
    let days: Vec<String> = series.dates.iter().map(|date| date.windows.as_of.to_string()).collect();
    let columns = columns(series, trends, [&cells, &days]);
    write_table(&columns, cells.len() * days.len(), NumberFormat::Shortest, None, out)
}

/// The series' frame with the trends, its provenance as metadata under `tensionmap`.
#[cfg(feature = "polars")]
fn parquet(series: &Series, trends: &[Option<Trend>], about: &Value, out: &mut dyn Write) -> Result<(), Cause> {
    use polars_io::parquet::write::{KeyValueMetadata, ParquetWriter};

    let mut frame = series.frame()?;
    let rows = frame.height();
    let trend = |schema: &ColumnSchema| {
        let value = schema.of_trend?;
        let values = trends.iter().map(|trend| trend.as_ref().map_or(ColumnValue::Null, value));
        Some(frame_column(schema, values.cycle().take(rows)))
    };
    frame.hstack_mut(&SERIES_COLUMNS.iter().filter_map(trend).collect::<Vec<_>>())?;
    let about = KeyValueMetadata::from_static(vec![("tensionmap".to_owned(), about.to_string())]);
    ParquetWriter::new(out).with_key_value_metadata(Some(about)).finish(&mut frame)?;
    Ok(())
}
