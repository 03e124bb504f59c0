//! Coverage as a table: one row a place and source.

use std::io::Write;

use super::csv::{NumberFormat, write_table};
use super::product::Encoded;
use crate::disclosure::Release;
use crate::layer::{Column, CoverageTable};
use crate::score::columns::{ColumnSchema, coverage_columns};

pub(super) fn csv(release: &Release<'_, CoverageTable>, out: &mut dyn Write) -> Encoded {
    let CoverageTable { table, layer, .. } = release.product();
    let column = |schema: &ColumnSchema| {
        let value = schema.of_reporting?;
        Some(Column::of(schema, move |row| value(&table[row])))
    };
    let columns: Vec<Column<'_>> = coverage_columns(layer.scores().has_evidence()).iter().filter_map(column).collect();
    write_table(&columns, table.len(), NumberFormat::Fixed(2), None, out)?;
    Ok(Vec::new())
}
