//! `docs/columns.md`, the reference of output columns: written from their schema, and complete.

use std::collections::BTreeSet;
use std::fmt::Write;

use tensionmap::unstable::layer::output_columns;

use crate::support::{own, sample_run};

const INTRODUCTION: &str = "\
# Columns of outputs

`tests/columns.rs` writes this page from the schema of the columns and fails when it differs; `TENSIONMAP_BLESS=1 cargo test --test it
columns` writes it anew. `tensionmap list columns` prints the same.

Every table has these columns, in any format. Numbers are rounded in everything but frames. A value is null where it is unknown or not
applicable. `map` and `rollup` have one row a cell or an area, `series` one a date and cell, `coverage` one a place and source, and `outlines`
(`--geometry outlines`) one a level; `hotspots` adds the columns of its statistic to those of `map`. Columns of change need `--compare-to`,
those of assessments `--assessments`, and `context` needs `--context-index`.

Further columns take their names from the data: an indicator has one of its own name, and its part of the index is `context_` and that name; areas
have their code and name first, and a count of reports by category.

| column | type | unit | range | products | meaning |
|---|---|---|---|---|---|
";

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for (column, products) in output_columns() {
        let range = match column.range {
            Some((f64::MIN, _)) => "any".to_owned(),
            Some((min, f64::MAX)) => format!("{min} or more"),
            Some((min, max)) => format!("{min} to {max}"),
            None => String::new(),
        };
        let (name, kind, unit, about) = (column.name, column.kind.id(), column.unit, column.about);
        writeln!(page, "| `{name}` | {kind} | {unit} | {range} | {} | {about} |", products.join(", ")).unwrap();
    }
    page
}

#[test]
fn the_reference_of_columns_is_that_of_the_schema() {
    let (path, page) = (own("docs/columns.md"), page());
    if std::env::var_os("TENSIONMAP_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "docs/columns.md; TENSIONMAP_BLESS=1 writes it anew");
}

/// Columns of a map of cells are all in the reference.
#[test]
fn every_column_of_a_map_is_in_the_reference() {
    let listed = output_columns();
    let of_map = listed.iter().filter(|(_, products)| products.contains(&"map")).map(|(column, _)| column.name);
    let of_map: BTreeSet<&str> = of_map.collect();
    let run = sample_run();
    for column in run.layer.columns() {
        assert!(of_map.contains(&*column.name), "{}", column.name);
    }
}
