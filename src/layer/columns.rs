//! Values of a layer as typed columns: every table format is written from them.

use std::borrow::Cow;
use std::fmt::{self, Debug};

use rayon::prelude::*;

use super::{Layer, Provenance};
use crate::rounding::{round_to, significant};
use crate::score::columns::{
    ASSESSED_LEVEL, ASSESSED_ON, ASSESSED_RAG, ASSESSED_REASON, ASSESSOR, BAND, CHANGE_COLUMNS, CONTEXT_INDEX,
    ColumnSchema, ColumnValue, TOP_CATEGORIES_LISTED, ValueKind, level_number, optional, score_columns, text,
};
use crate::score::{Assessment, CellScore, Status};

/// Column of a table: its schema, and one value a row.
#[non_exhaustive]
pub struct Column<'a> {
    /// Name in outputs.
    pub name: Cow<'a, str>,
    /// Meaning in one line, with unit and range.
    pub about: Cow<'a, str>,
    /// Type of its values.
    pub kind: ValueKind,
    value: Box<dyn Fn(usize) -> ColumnValue<'a> + Sync + 'a>,
}

impl<'a> Column<'a> {
    pub(crate) fn new(
        name: impl Into<Cow<'a, str>>,
        about: impl Into<Cow<'a, str>>,
        kind: ValueKind,
        value: impl Fn(usize) -> ColumnValue<'a> + Sync + 'a,
    ) -> Self {
        Self { name: name.into(), about: about.into(), kind, value: Box::new(value) }
    }

    /// Column of a schema, its values rounded.
    pub(crate) fn of(schema: &ColumnSchema, value: impl Fn(usize) -> ColumnValue<'a> + Sync + 'a) -> Self {
        let schema = *schema;
        Self::new(schema.name, schema.about, schema.kind, move |row| schema.rounded(value(row)))
    }

    /// The value in a row.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn value(&self, row: usize) -> ColumnValue<'a> {
        (self.value)(row)
    }
}

impl Debug for Column<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Column").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Layer {
    /// Columns in the order of outputs: scores, change, assessments, hot spots, indicators, context. Areas have names in place of
    /// a cell, and counts after the assessments.
    ///
    /// ```
    /// use tensionmap::{ColumnValue, Engine, sample};
    /// use tensionmap::unstable::layer::ValueKind;
    /// let run = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
    /// let columns = run.layer.columns();
    /// let score = columns.iter().find(|column| column.name == "score").ok_or("every layer has scores")?;
    /// assert_eq!(score.kind, ValueKind::Real);
    /// assert!(matches!(score.value(0), ColumnValue::Real(points) if (0.0..=100.0).contains(&points)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn columns<'a>(&'a self) -> Vec<Column<'a>> {
        let cells = &self.scores().cells;
        let mut scored = score_columns(self.provenance().evidence.is_some());
        let mut columns = Vec::with_capacity(2 * scored.len());
        if let Some(areas) = self.areas() {
            areas.name_columns(&mut columns);
            scored = &scored[1..];
        }
        columns.extend(scored.iter().map(|schema| {
            let column = match schema.of_cell {
                Some(value) => Column::of(schema, move |row| value(&cells[row])),
                None if schema.name == BAND.name => Column::of(schema, |row| text(&*self.symbol(&cells[row]).value)),
                None => Column::of(schema, |_| ColumnValue::Date(self.scores().as_of)),
            };
            match schema.name_in_areas.filter(|_| self.areas().is_some()) {
                Some(name) => Column { name: name.into(), ..column },
                None => column,
            }
        }));
        if let Some(change) = self.change() {
            let column = |schema: &ColumnSchema| {
                let value = schema.of_change?;
                Some(Column::of(schema, move |row| value(&change.cells[row])))
            };
            columns.extend(CHANGE_COLUMNS.iter().filter_map(column));
        }
        self.assessment_columns(&mut columns);
        if let Some(areas) = self.areas() {
            areas.count_columns(&mut columns);
        }
        let hot_spots = self.hotspots().into_iter().flat_map(|hotspots| hotspots.found.columns());
        columns.extend(hot_spots.map(|(schema, value)| Column::of(&schema, value)));
        columns.extend(self.indicators().iter().map(|indicator| {
            let about = format!("{}: {} indicator", indicator.name, indicator.kind.id());
            // Six significant digits: as exact as an area share deserves.
            Column::new(indicator.name.as_str(), about, ValueKind::Real, |row| {
                optional(indicator.values[row], |value| ColumnValue::Real(significant(value, 6)))
            })
        }));
        if let Some(context) = self.context() {
            let points = |points: &'a [Option<f64>]| {
                Column::of(&CONTEXT_INDEX, move |row| optional(points[row], ColumnValue::Real))
            };
            columns.push(points(&context.values));
            columns.extend(context.parts.iter().map(|part| {
                let name = part_name(&part.share.indicator).into();
                Column { name, about: "part of the index of context, in points".into(), ..points(&part.points) }
            }));
        }
        columns
    }

    fn assessment_columns<'a>(&'a self, columns: &mut Vec<Column<'a>>) {
        let Some(assessments) = self.assessments() else { return };
        let level = |row: usize| assessments.cells[row].map(|(level, _)| level);
        let entry = |row: usize| assessments.cells[row].map(|(_, entry)| &assessments.entries[entry]);
        let words = |schema, words: fn(&Assessment) -> &String| {
            Column::of(schema, move |row| entry(row).map_or(ColumnValue::Null, |entry| text(words(entry).as_str())))
        };
        columns.extend([
            Column::of(&ASSESSED_LEVEL, move |row| optional(level(row), level_number)),
            Column::of(&ASSESSED_RAG, move |row| optional(level(row), |level| text(level.rag().id()))),
            words(&ASSESSOR, |entry| &entry.assessor),
            words(&ASSESSED_REASON, |entry| &entry.reason),
            Column::of(&ASSESSED_ON, move |row| optional(entry(row), |entry| ColumnValue::Date(entry.date))),
        ]);
    }
}

/// Cells as tables have them, so that a picture, a table and a layer read back agree to the last digit.
pub(super) fn rounded(cells: &[CellScore], provenance: &Provenance) -> Vec<CellScore> {
    let rounded = |cell: &CellScore| {
        let mut rounded = cell.clone();
        for schema in
            score_columns(provenance.evidence.is_some()).iter().filter(|schema| schema.kind == ValueKind::Real)
        {
            if let (Some(value), Some(restore)) = (schema.of_cell, schema.restore) {
                restore(&mut rounded, &[], &schema.rounded(value(cell)));
            }
        }
        rounded.categories.truncate(TOP_CATEGORIES_LISTED);
        for (_, share) in &mut rounded.categories {
            *share = (*share * 100.0).round_ties_even() / 100.0;
        }
        derive(&mut rounded, provenance);
        rounded
    };
    cells.par_iter().with_min_len(512).map(rounded).collect()
}

/// Derives from the columns of a cell the fields that no column has.
pub(super) fn derive(cell: &mut CellScore, provenance: &Provenance) {
    if matches!(cell.status, Status::NoData | Status::NoPast) {
        (cell.score, cell.context) = (0.0, 0.0);
        return;
    }
    let max = provenance.context_points.unwrap_or_default();
    cell.context = round_to((cell.score - cell.points_without_context()).clamp(0.0, max), 2);
}

/// Name of the column of an indicator's part of the index of context.
pub(crate) fn part_name(indicator: &str) -> String {
    format!("{}_{indicator}", CONTEXT_INDEX.name)
}
