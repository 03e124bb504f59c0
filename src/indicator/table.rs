//! Tables of H3 cells with values, such as Kontur's population, resampled to the study area by exact shares.

use geo::MultiPolygon;
use h3o::{CellIndex, Resolution};
use rustc_hash::{FxHashMap, FxHashSet};

use super::conservation::Conservation;
use super::interpolate::{AreaValue, spread};
use super::{Indicator, IndicatorError, IndicatorKind, Interpolated};
use crate::code::Code;
use crate::format::names::listed as quoted;
use crate::grid::boundary;
use crate::ingest::position::h3_cell;
use crate::ingest::table::{KeyedRows, KeyedTable};
use crate::polygon::CachedOverlay;

/// Cells of one resolution with a value each.
#[derive(Clone, Debug)]
pub(super) struct CellTable {
    pub(super) rows: KeyedRows<CellIndex>,
    resolution: Option<Resolution>,
}

impl CellTable {
    /// Reads the cells; `values` are the column and, if there is one, its weight.
    ///
    /// Cells of several resolutions are an error: H3 cells do not contain their children exactly, so a mixture has ground that
    /// counts twice and ground that does not count.
    pub(super) fn read(table: KeyedTable, column: usize, values: &[usize]) -> Result<Self, IndicatorError> {
        let name = table.names().get(column).cloned().unwrap_or_default();
        let mut rows =
            table.rows(&[column], values, &mut |records| h3_cell(Code::BadCell, &name, records.field(column)))?;
        rows.quarantine_repeated(&name, ToString::to_string);
        let resolution = rows.accepted.first().map(|(_, cell, _)| cell.resolution());
        let other = rows.accepted.iter().find(|(_, cell, _)| Some(cell.resolution()) != resolution);
        if let (Some(one), Some((row, cell, _))) = (resolution, other) {
            let (file, row) = (rows.tally.name, *row);
            return Err(IndicatorError::MixedCells { file, one, row, cell: *cell, other: cell.resolution() });
        }
        Ok(Self { rows, resolution })
    }

    /// Value of each cell: at the same resolution its own, else by the area that the hexagons share.
    ///
    /// The H3 hierarchy is not used: a parent covers its children only to about 5 %.
    pub(super) fn spread(&self, indicator: &Indicator, cells: &[CellIndex]) -> Interpolated {
        let (Some(from), Some(to)) = (self.resolution, cells.first().map(|cell| cell.resolution())) else {
            return self.result(indicator, vec![None; cells.len()], vec![0.0; cells.len()]);
        };
        if from == to {
            return self.of_same_cells(indicator, cells);
        }
        let reached = reach(cells, from, to);
        let is_near = |cell: CellIndex| match from.cmp(&to) {
            std::cmp::Ordering::Greater => cell.parent(to).is_some_and(|parent| reached.contains(&parent)),
            _ => reached.contains(&cell),
        };
        let weigh = |values: &[f64], ground: f64| match (indicator.kind, values.get(1)) {
            (IndicatorKind::Intensive, Some(&weight)) => weight,
            (IndicatorKind::Intensive, None) => ground,
            _ => 1.0,
        };
        let inside: Vec<&(u64, CellIndex, Vec<f64>)> =
            self.rows.accepted.iter().filter(|(_, cell, _)| is_near(*cell)).collect();
        let far = self.rows.accepted.iter().filter(|(_, cell, _)| !is_near(*cell));
        let far: Vec<f64> = far.map(|(_, cell, values)| values[0] * weigh(values, cell.area_km2())).collect();
        let outlines: Vec<MultiPolygon> = inside.iter().map(|(_, cell, _)| boundary::outline(*cell)).collect();
        let numbers: Vec<u64> = inside.iter().map(|(number, ..)| *number).collect();
        let cached = CachedOverlay::new(outlines, &numbers, cells);
        let sources: Vec<Option<AreaValue>> = inside
            .iter()
            .enumerate()
            .map(|(index, (_, _, values))| {
                Some(AreaValue { value: values[0], weight: weigh(values, cached.km2(index)) })
            })
            .collect();
        let (values, covered, mut conservation) = spread(&cached, &sources, indicator.kind);
        let beyond: f64 = far.iter().sum();
        conservation.total += beyond;
        conservation.outside += beyond;
        conservation.magnitude += far.iter().map(|mass| mass.abs()).sum::<f64>();
        if indicator.kind == IndicatorKind::Extensive {
            conservation.add_quarantined(self.rows.lost);
        }
        Interpolated { conservation: Some(conservation), ..self.result(indicator, values, covered) }
    }

    /// Values of cells at the resolution of the table.
    fn of_same_cells(&self, indicator: &Indicator, cells: &[CellIndex]) -> Interpolated {
        let mass = |cell: CellIndex, values: &[f64]| match (indicator.kind, values.get(1)) {
            (IndicatorKind::Intensive, weight) => values[0] * weight.copied().unwrap_or_else(|| cell.area_km2()),
            _ => values[0],
        };
        let rows: FxHashMap<CellIndex, usize> = cells.iter().enumerate().map(|(row, &cell)| (cell, row)).collect();
        let (mut values, mut conservation) = (vec![None; cells.len()], Conservation::default());
        for (_, cell, found) in &self.rows.accepted {
            let mass = mass(*cell, found);
            conservation.total += mass;
            conservation.magnitude += mass.abs();
            match rows.get(cell) {
                Some(&row) => {
                    values[row] = Some(found[0]);
                    conservation.on_cells += mass;
                }
                None => conservation.outside += mass,
            }
        }
        if indicator.kind == IndicatorKind::Extensive {
            conservation.add_quarantined(self.rows.lost);
        }
        let covered = values.iter().map(|value| if value.is_some() { 1.0 } else { 0.0 }).collect();
        Interpolated { conservation: Some(conservation), ..self.result(indicator, values, covered) }
    }

    fn result(&self, indicator: &Indicator, values: Vec<Option<f64>>, covered: Vec<f64>) -> Interpolated {
        Interpolated {
            name: indicator.name.clone(),
            kind: indicator.kind,
            weight: indicator.weight.clone(),
            values,
            covered,
            conservation: None,
            account: self.rows.tally.clone(),
        }
    }
}

/// Cells of the coarser resolution that can overlap the requested ones: their parents and the neighbours.
fn reach(cells: &[CellIndex], from: Resolution, to: Resolution) -> FxHashSet<CellIndex> {
    let coarse: FxHashSet<CellIndex> = cells.iter().filter_map(|cell| cell.parent(from.min(to))).collect();
    let sorted: std::collections::BTreeSet<CellIndex> = coarse.into_iter().collect();
    sorted.into_iter().flat_map(|cell| cell.grid_disk::<Vec<_>>(1)).collect()
}

/// An example value of a column that contains text in every row, instead of numbers.
pub(super) fn text_of<K>(rows: &KeyedRows<K>) -> Option<String> {
    let wrong = |code: Code| rows.tally.quarantined.get(&code).copied().unwrap_or(0);
    if rows.tally.accepted > 0 || wrong(Code::Value) == 0 {
        return None;
    }
    let found = rows.quarantined.iter().find(|refused| refused.code == Code::Value && !refused.value.trim().is_empty());
    found.map(|refused| refused.value.clone())
}

/// Columns of a table by name.
pub(super) fn columns(file: &str, names: &[String], wanted: &[&str]) -> Result<Vec<usize>, IndicatorError> {
    let find = |wanted: &&str| {
        names.iter().position(|name| name == wanted).ok_or_else(|| IndicatorError::NoValues {
            file: file.to_owned(),
            column: (*wanted).to_owned(),
            found: quoted(names),
        })
    };
    wanted.iter().map(find).collect()
}
