//! Tables of H3 cells with values, such as Kontur's population, resampled to the study area by exact shares.

use geo::MultiPolygon;
use h3o::{CellIndex, Resolution};
use rustc_hash::{FxHashMap, FxHashSet};

use super::conservation::Conservation;
use super::interpolate::{AreaValue, SpreadValues, spread};
use super::{Indicator, IndicatorError, IndicatorKind, Interpolated};
use crate::code::Code;
use crate::format::Fault;
use crate::format::names::listed as quoted;
use crate::grid::boundary;
use crate::ingest::position::h3_cell;
use crate::ingest::table::{KeyedRows, KeyedTable, ValueFaults};
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
    /// Cells of several resolutions are an error: H3 cells do not contain their children exactly, so ground would count
    /// twice or not at all.
    pub(super) fn read(table: KeyedTable, column: usize, values: &[usize]) -> Result<Self, IndicatorError> {
        let name = table.names().get(column).cloned().unwrap_or_default();
        let mut rows = table.rows(&[column], values, ValueFaults::OfRow, &mut |records| {
            h3_cell(Code::BadCell, &name, records.field(column))
        })?;
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
        let (kind, weight) = (indicator.kind, indicator.weight.clone());
        let (Some(from), Some(to)) = (self.resolution, cells.first().map(|cell| cell.resolution())) else {
            let values = Interpolated::of(kind, vec![None; cells.len()], &self.rows.tally);
            return Interpolated { weight, covered: vec![0.0; cells.len()], ..values };
        };
        let (values, covered, mut conservation) =
            if from == to { self.on_same_cells(kind, cells) } else { self.by_area(kind, cells, from, to) };
        if kind == IndicatorKind::Extensive {
            conservation.add_quarantined(self.rows.lost);
        }
        let conservation = Some(conservation);
        Interpolated { weight, covered, conservation, ..Interpolated::of(kind, values, &self.rows.tally) }
    }

    /// Values of cells at another resolution than the table's.
    fn by_area(&self, kind: IndicatorKind, cells: &[CellIndex], from: Resolution, to: Resolution) -> SpreadValues {
        let reached = reach(cells, from, to);
        let is_near = |cell: CellIndex| match from.cmp(&to) {
            std::cmp::Ordering::Greater => cell.parent(to).is_some_and(|parent| reached.contains(&parent)),
            _ => reached.contains(&cell),
        };
        let weigh = |values: &[f64], ground: f64| match (kind, values.get(1)) {
            (IndicatorKind::Intensive, Some(&weight)) => weight,
            (IndicatorKind::Intensive, None) => ground,
            _ => 1.0,
        };
        let (inside, far): (Vec<_>, Vec<_>) = self.rows.accepted.iter().partition(|(_, cell, _)| is_near(*cell));
        let outlines: Vec<MultiPolygon> = inside.iter().map(|(_, cell, _)| boundary::outline(*cell)).collect();
        let numbers: Vec<u64> = inside.iter().map(|(number, ..)| *number).collect();
        let cached = CachedOverlay::new(outlines, &numbers, cells);
        let source = |(index, (_, _, values)): (usize, &&(u64, CellIndex, Vec<f64>))| {
            Some(AreaValue { value: values[0], weight: weigh(values, cached.km2(index)) })
        };
        let sources: Vec<Option<AreaValue>> = inside.iter().enumerate().map(source).collect();
        let (values, covered, mut conservation) = spread(&cached, &sources, kind);
        let far: Vec<f64> = far.iter().map(|(_, cell, values)| values[0] * weigh(values, cell.area_km2())).collect();
        let beyond: f64 = far.iter().sum();
        conservation.total += beyond;
        conservation.outside += beyond;
        conservation.magnitude += far.iter().map(|mass| mass.abs()).sum::<f64>();
        (values, covered, conservation)
    }

    /// Values of cells at the resolution of the table.
    fn on_same_cells(&self, kind: IndicatorKind, cells: &[CellIndex]) -> SpreadValues {
        let rows: FxHashMap<CellIndex, usize> = cells.iter().enumerate().map(|(row, &cell)| (cell, row)).collect();
        let (mut values, mut conservation) =
            (vec![None; cells.len()], Conservation { measured: true, ..Conservation::default() });
        for (_, cell, found) in &self.rows.accepted {
            let weight = || found.get(1).copied().unwrap_or_else(|| cell.area_km2());
            let mass = found[0] * if kind == IndicatorKind::Intensive { weight() } else { 1.0 };
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
        let covered = values.iter().map(|value| if value.is_some() { 1.0 } else { 0.0 }).collect();
        (values, covered, conservation)
    }
}

/// Cells of the coarser resolution that can overlap the requested ones: their parents and the neighbours.
fn reach(cells: &[CellIndex], from: Resolution, to: Resolution) -> FxHashSet<CellIndex> {
    let coarse: FxHashSet<CellIndex> = cells.iter().filter_map(|cell| cell.parent(from.min(to))).collect();
    coarse.into_iter().flat_map(|cell| cell.grid_disk::<Vec<_>>(1)).collect()
}

/// An example value of a column that contains text in every row, instead of numbers.
pub(super) fn text_of<K>(rows: &KeyedRows<K>) -> Option<String> {
    if !rows.accepted.is_empty() {
        return None;
    }
    let is_text = |row: &&(u64, K, Box<Fault>)| row.2.code == Code::Value && !row.2.found.trim().is_empty();
    if let Some((.., fault)) = rows.valueless.iter().find(is_text) {
        return Some(fault.found.clone());
    }
    let found = rows.quarantined.iter().find(|refused| refused.code == Code::Value && !refused.value.trim().is_empty());
    found.map(|refused| refused.value.clone())
}

/// Columns of a table by name.
pub(super) fn columns(file: &str, names: &[String], wanted: &[&str]) -> Result<Vec<usize>, IndicatorError> {
    let find = |wanted: &&str| {
        let (file, column) = (file.to_owned(), (*wanted).to_owned());
        let position = names.iter().position(|name| name == wanted);
        position.ok_or_else(|| IndicatorError::NoValues { file, column, found: quoted(names) })
    };
    wanted.iter().map(find).collect()
}
