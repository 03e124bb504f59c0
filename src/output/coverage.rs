//! Coverage as a table: one row a place and source.

use std::io::Write;

use super::csv::{CsvEncoder, NumberFormat, write_table};
use super::{Companion, Encoder};
use crate::disclosure::Release;
use crate::invalid::Cause;
use crate::layer::{Column, CoverageTable};
use crate::score::columns::{COVERAGE_COLUMNS, ColumnSchema};

impl Encoder<CoverageTable> for CsvEncoder {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn about(&self) -> &'static str {
        "one row a place and source"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv"]
    }

    fn encode(&self, release: &Release<'_, CoverageTable>, out: &mut dyn Write) -> Result<Vec<Companion>, Cause> {
        let table = &release.product().table;
        let column = |schema: &ColumnSchema| {
            let value = schema.of_reporting?;
            Some(Column::of(schema, move |row| value(&table[row])))
        };
        let columns: Vec<Column<'_>> = COVERAGE_COLUMNS.iter().filter_map(column).collect();
        write_table(&columns, table.len(), NumberFormat::Fixed(2), None, out)?;
        Ok(Vec::new())
    }
}
