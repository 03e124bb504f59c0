//! Cells dissolved by level: the rows of a table of outlines.

use super::symbol::{Symbol, SymbolMark, without_score};
use super::{Column, Layer, Palette};
use crate::grid::boundary::area_km2;
use crate::score::columns::{
    AS_OF, ColumnSchema, ColumnValue, LEVEL, LEVEL_AREAS, LEVEL_BAND, LEVEL_CELLS, LEVEL_KM2, LEVEL_NAME, N_WINDOW,
    RAG, SCORE_MAX, count, level_number, optional, text,
};
use crate::score::{CellScore, Level, LevelRule};

/// The cells of one level, or those without a level for one reason.
#[derive(Clone, Debug)]
pub(crate) struct LevelPart<'a> {
    /// Symbol; its value is that of the column `band`.
    pub(crate) symbol: &'a Symbol,
    /// Rows of the cells, or areas, in order.
    pub(crate) rows: Vec<usize>,
    level: Option<Level>,
}

impl Layer {
    /// Parts by computed level, calmest first; then the cells without reports, and those without data. Empty parts are left out.
    pub(crate) fn level_parts(&self) -> Vec<LevelPart<'_>> {
        let scores = &self.scores().cells;
        let mut rows: Vec<usize> = (0..scores.len()).collect();
        // Stable: within a part cells stay in order.
        let key = |&row: &usize| (scores[row].status, scores[row].level);
        rows.sort_by_key(key);
        let symbols = self.level_symbols();
        let symbol = |cell: &CellScore| {
            let id = cell.status.id();
            let other = || symbols.iter().position(|symbol| symbol.value == id).unwrap_or_default();
            &symbols[cell.level.map_or_else(other, Level::rank)]
        };
        let part = |rows: &[usize]| {
            let cell = &scores[rows[0]];
            LevelPart { symbol: symbol(cell), rows: rows.to_vec(), level: cell.level }
        };
        rows.chunk_by(|a, b| key(a) == key(b)).map(part).collect()
    }

    /// Columns of the outlines, one row a part.
    pub(crate) fn level_columns<'a>(&'a self, parts: &[LevelPart<'a>]) -> Vec<Column<'a>> {
        let cells = &self.scores().cells;
        let km2 = |&row: &usize| self.areas().map_or_else(|| area_km2(cells[row].cell), |areas| areas.ground.km2[row]);
        let max_score = |rows: &[usize]| rows.iter().map(|&row| cells[row].score).fold(0.0, f64::max);
        let column = |schema: &ColumnSchema, value: &dyn Fn(&LevelPart<'a>) -> ColumnValue<'a>| {
            let values: Vec<ColumnValue<'a>> = parts.iter().map(value).collect();
            Column::of(schema, move |row| values[row].clone())
        };
        let rows = if self.areas().is_some() { &LEVEL_AREAS } else { &LEVEL_CELLS };
        vec![
            column(&LEVEL_BAND, &|part| text(part.symbol.value.as_str())),
            column(&LEVEL, &|part| optional(part.level, level_number)),
            column(&LEVEL_NAME, &|part| part.level.map_or(ColumnValue::Null, |level| text(self.level_name(level)))),
            column(&RAG, &|part| optional(part.level, |level| text(level.rag().id()))),
            column(rows, &|part| count(part.rows.len() as u64)),
            column(&LEVEL_KM2, &|part| ColumnValue::Real(part.rows.iter().map(km2).sum())),
            column(&SCORE_MAX, &|part| optional(part.level, |_| ColumnValue::Real(max_score(&part.rows)))),
            column(&N_WINDOW, &|part| ColumnValue::Real(part.rows.iter().map(|&row| cells[row].n_window).sum())),
            column(&AS_OF, &|_| ColumnValue::Date(self.scores().as_of)),
        ]
    }
}

/// Symbols of parts: every level of a scale, calmest first, then those without a level. Levels that no cell has are
/// included, so that two weeks look alike.
pub(super) fn symbols(levels: &[LevelRule], with_evidence: bool) -> Vec<Symbol> {
    let of_level = |(rank, rule): (usize, &LevelRule)| Symbol {
        value: format!("level {}", rule.number),
        label: format!("{}  {}", rule.number, rule.name),
        colour: Palette::usual(false).colour(rank, levels.len()),
        sign: SymbolMark::Plain,
    };
    levels.iter().enumerate().map(of_level).chain(without_score(with_evidence)).collect()
}
