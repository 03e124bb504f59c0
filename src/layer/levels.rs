//! The cells of each level together: what a table of outlines has rows of.

use super::columns::{real, text};
use super::symbol::{Sign, Symbol, without_score};
use super::{Column, Kind, Layer, Palette, Value};
use crate::grid::CellIndex;
use crate::grid::boundary::area_km2;
use crate::score::{CellScore, Level, LevelRule};

/// The cells of one level, or those that have none for one reason.
#[derive(Clone, Debug)]
pub(crate) struct LevelPart<'a> {
    /// How it looks; its value is what the column `band` holds.
    pub(crate) symbol: &'a Symbol,
    /// The cells, in order.
    pub(crate) cells: Vec<CellIndex>,
    level: Option<Level>,
    area_km2: f64,
    most: f64,
    reports: f64,
}

impl Layer {
    /// The cells of each computed level that any cell has, calmest first; then those without reports, and those without data.
    pub(crate) fn level_parts(&self) -> Vec<LevelPart<'_>> {
        let mut cells: Vec<&CellScore> = self.scores().cells.iter().collect();
        // Stable: within a part cells stay in order.
        let key = |cell: &&CellScore| (cell.status, cell.level);
        cells.sort_by_key(key);
        let symbols = self.level_symbols();
        let symbol = |cell: &CellScore| {
            let id = cell.status.id();
            let other = || symbols.iter().position(|symbol| symbol.value == id).unwrap_or_default();
            &symbols[cell.level.map_or_else(other, Level::rank)]
        };
        let part = |cells: &[&CellScore]| LevelPart {
            symbol: symbol(cells[0]),
            cells: cells.iter().map(|cell| cell.cell).collect(),
            level: cells[0].level,
            area_km2: cells.iter().map(|cell| area_km2(cell.cell)).sum(),
            most: cells.iter().map(|cell| cell.score).fold(0.0, f64::max),
            reports: cells.iter().map(|cell| cell.n_window).sum(),
        };
        cells.chunk_by(|a, b| key(a) == key(b)).map(part).collect()
    }

    /// The values of parts, column by column.
    pub(crate) fn level_columns<'a>(&'a self, parts: &[LevelPart<'a>]) -> Vec<Column<'a>> {
        let column =
            |name: &'static str, about: &'static str, kind: Kind, value: &dyn Fn(&LevelPart<'a>) -> Value<'a>| {
                let values: Vec<Value<'a>> = parts.iter().map(value).collect();
                Column::new(name, about, kind, move |row| values[row].clone())
            };
        let level = |part: &LevelPart<'_>, of: fn(&'a Self, Level) -> Value<'a>| {
            part.level.map_or(Value::Null, |level| of(self, level))
        };
        let whole = |number: usize| Value::Whole(i64::try_from(number).unwrap_or(i64::MAX));
        vec![
            column("band", "class on the map: the level, or why there is none", Kind::Text, &|part| {
                text(part.symbol.value.as_str())
            }),
            column("level", "computed level, 6 (calm) to 1; null where nothing was scored", Kind::Whole, &|part| {
                level(part, |_, level| Value::Whole(level.number().into()))
            }),
            column("level_name", "what readers call the level", Kind::Text, &|part| {
                level(part, |layer, level| text(layer.level_name(level)))
            }),
            column("rag", "computed level as a colour: green, amber or red", Kind::Text, &|part| {
                level(part, |_, level| text(level.rag().id()))
            }),
            column("cells", "cells of that level", Kind::Whole, &|part| whole(part.cells.len())),
            column("area_km2", "their ground, in km²", Kind::Real, &|part| real(part.area_km2, 3)),
            column("score_max", "the highest score among them, in points", Kind::Real, &|part| {
                part.level.map_or(Value::Null, |_| real(part.most, 2))
            }),
            column("n_window", "reports in the window; months count by their share", Kind::Real, &|part| {
                real(part.reports, 2)
            }),
            column("as_of", "as-of: everything before this day counts, nothing from it on", Kind::Text, &|_| {
                text(self.provenance().as_of.as_str())
            }),
        ]
    }
}

/// How parts look in the styles of a GIS: every level of a scale, calmest first, whether or not a cell has it, so that two
/// weeks look alike; then what has no level.
pub(super) fn symbols(levels: &[LevelRule]) -> Vec<Symbol> {
    let of_level = |(rank, rule): (usize, &LevelRule)| Symbol {
        value: format!("level {}", rule.number),
        label: format!("{}  {}", rule.number, rule.name),
        colour: Palette::usual(false).colour(rank, levels.len()),
        sign: Sign::Plain,
    };
    levels.iter().enumerate().map(of_level).chain(without_score()).collect()
}
