//! Points as an indicator: counts, sums and distances; and distances to areas.

use h3o::CellIndex;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::conservation::Conservation;
use super::{IndicatorError, IndicatorKind, Interpolated};
use crate::grid::{self, LatLng};
use crate::ingest::IngestError;
use crate::ingest::table::{KeyedRows, KeyedTable, ValueFaults};
use crate::polygon::{DistanceIndex, PointIndex, Regions};

/// Points of a file, with the numbers of a column if the kind has one.
#[derive(Clone, Debug)]
pub(super) struct PointTable {
    pub(super) rows: KeyedRows<LatLng>,
}

impl PointTable {
    pub(super) fn read(mut table: KeyedTable, value: Option<usize>) -> Result<Self, IngestError> {
        let mut place = table.positions()?;
        let wanted = place.wanted.clone();
        let values: Vec<usize> = value.into_iter().collect();
        let rows = table.rows(&wanted, &values, ValueFaults::OfRow, &mut |records| place.read(records))?;
        place.verdict(&rows.tally)?;
        Ok(Self { rows })
    }

    /// Count, sum, distance in metres or count within a radius, of each cell.
    ///
    /// Every cell has a count or sum, possibly 0. Distances are great circles on a sphere with the earth's authalic
    /// radius, from the cell's centre; the radius itself is within. O((points + cells) log points).
    pub(super) fn spread(&self, kind: IndicatorKind, cells: &[CellIndex]) -> Interpolated {
        let point = |(_, at, values): &(u64, LatLng, Vec<f64>)| (*at, values.first().copied().unwrap_or(1.0));
        let points: Vec<(LatLng, f64)> = self.rows.accepted.iter().map(point).collect();
        let index = || PointIndex::new(&points.iter().map(|(at, _)| *at).collect::<Vec<_>>());
        let is_count = kind == IndicatorKind::Count;
        let lost = if is_count { self.rows.tally.quarantined() as f64 } else { self.rows.lost };
        let (values, conservation) = match kind {
            IndicatorKind::Nearest => {
                let index = index();
                let metres = |&cell: &CellIndex| index.nearest(centre(cell)?).map(|(_, metres)| metres);
                (cells.par_iter().map(metres).collect(), None)
            }
            IndicatorKind::Within { metres } => {
                let index = index();
                let count = |&cell: &CellIndex| Some(index.within(centre(cell)?, f64::from(metres)).len() as f64);
                (cells.par_iter().map(count).collect(), None)
            }
            _ => {
                let (sums, conservation) = in_cells(&points, cells, lost);
                (sums.into_iter().map(Some).collect(), Some(conservation))
            }
        };
        Interpolated { conservation, ..Interpolated::of(kind, values, &self.rows.tally) }
    }
}

impl Regions {
    /// Metres from the centre of each cell to the nearest region, by [`DistanceIndex::nearest`].
    ///
    /// # Errors
    /// No region.
    pub fn distances(&self, cells: &[CellIndex]) -> Result<Interpolated, IndicatorError> {
        self.not_empty()?;
        let index = DistanceIndex::new(&self.polygons);
        let metres = |&cell: &CellIndex| index.nearest(centre(cell)?).map(|(_, metres)| metres);
        Ok(Interpolated::of(IndicatorKind::Nearest, cells.par_iter().map(metres).collect(), &self.account))
    }
}

/// Sums over the points of each cell.
fn in_cells(points: &[(LatLng, f64)], cells: &[CellIndex], refused: f64) -> (Vec<f64>, Conservation) {
    let mut sums = vec![0.0; cells.len()];
    let rows: FxHashMap<CellIndex, usize> = cells.iter().enumerate().map(|(row, &cell)| (cell, row)).collect();
    let (mut total, mut outside, mut magnitude) = (refused, 0.0, refused.abs());
    let (lat, lng): (Vec<f64>, Vec<f64>) = points.iter().map(|(at, _)| (at.lat(), at.lng())).unzip();
    let found = cells.first().map_or_else(Vec::new, |first| grid::cells_in_range(&lat, &lng, first.resolution()));
    for (index, &(_, amount)) in points.iter().enumerate() {
        total += amount;
        magnitude += amount.abs();
        match found.get(index).and_then(|cell| rows.get(cell)) {
            Some(&row) => sums[row] += amount,
            None => outside += amount,
        }
    }
    let on_cells = sums.iter().sum();
    (sums, Conservation { total, on_cells, outside, refused, magnitude, measured: true })
}

/// Centre of a cell.
fn centre(cell: CellIndex) -> Option<LatLng> {
    let at = h3o::LatLng::from(cell);
    LatLng::new(at.lat(), at.lng()).ok()
}
