//! Encoders of reporting coverage: a table by place and source, or a map.

use std::io::Write;
use std::path::Path;

use super::csv::{NumberFormat, write_table};
use super::{Beside, OutputError, form_of, png};
use crate::invalid::Cause;
use crate::layer::{Column, Layer};
use crate::score::SourceActivity;
use crate::score::columns::{COVERAGE_COLUMNS, ColumnSchema};

/// Format of a coverage table.
#[derive(Clone, Copy)]
enum CoverageFormat {
    Csv,
    Picture(png::Form),
}

const FORMS: [(&str, CoverageFormat); 3] = [
    ("csv", CoverageFormat::Csv),
    ("png", CoverageFormat::Picture(png::Form::Pixels)),
    ("svg", CoverageFormat::Picture(png::Form::Vectors)),
];

pub(crate) fn check_path(path: &Path) -> Result<(), OutputError> {
    form_of(path, &FORMS).map(drop)
}

pub(crate) fn write(
    table: &[SourceActivity],
    layer: &Layer,
    path: &Path,
    out: &mut dyn Write,
) -> Result<Vec<Beside>, Cause> {
    match form_of(path, &FORMS)? {
        CoverageFormat::Csv => csv(table, out).map(|()| Vec::new()),
        CoverageFormat::Picture(form) => png::write_reporting(table, layer, form, out),
    }
}

fn csv(table: &[SourceActivity], out: &mut dyn Write) -> Result<(), Cause> {
    let column = |schema: &ColumnSchema| {
        let value = schema.of_reporting?;
        Some(Column::of(schema, move |row| value(&table[row])))
    };
    let columns: Vec<Column<'_>> = COVERAGE_COLUMNS.iter().filter_map(column).collect();
    write_table(&columns, table.len(), NumberFormat::Fixed(2), None, out)
}
