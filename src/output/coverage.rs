//! Coverage as a table: one row a place and source.

use std::io::Write;

use super::csv::{NumberFormat, write_table};
use super::product::Encoded;
use crate::disclosure::Release;
use crate::layer::{Column, CoverageTable};
use crate::score::columns::{ColumnSchema, coverage_columns};

pub(super) fn csv(release: &Release<'_, CoverageTable>, out: &mut dyn Write) -> Encoded {
    let table = release.product();
    write_table(&columns(table), table.table.len(), NumberFormat::Fixed(2), None, out)?;
    Ok(Vec::new())
}

/// Columns of the table.
pub(super) fn columns(coverage: &CoverageTable) -> Vec<Column<'_>> {
    let CoverageTable { table, layer, .. } = coverage;
    let column = |schema: &ColumnSchema| {
        let value = schema.of_reporting?;
        Some(Column::of(schema, move |row| value(&table[row])))
    };
    coverage_columns(layer.scores().has_evidence()).iter().filter_map(column).collect()
}
