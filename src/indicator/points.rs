//! Points as an indicator: counts, sums and distances.

use h3o::CellIndex;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::conservation::Conservation;
use super::{Indicator, IndicatorKind, Interpolated};
use crate::grid::{self, LatLng};
use crate::ingest::IngestError;
use crate::ingest::table::{KeyedRows, KeyedTable};
use crate::polygon::PointIndex;

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
        let rows = table.rows(&wanted, &values, &mut |records| place.read(records))?;
        place.verdict(&rows.tally)?;
        Ok(Self { rows })
    }

    /// Count, sum, distance in metres or count within a radius, of each cell.
    ///
    /// Counts and sums are of the points in the cell; every cell has one, possibly 0. Distances are great circles on a sphere
    /// with the earth's authalic radius, from the cell's centre; the radius itself is within. O((points + cells) log points).
    pub(super) fn spread(&self, indicator: &Indicator, cells: &[CellIndex]) -> Interpolated {
        let places = || self.rows.accepted.iter().map(|(_, at, _)| *at);
        let amounts = self.rows.accepted.iter().map(|(_, _, values)| values.first().copied().unwrap_or(1.0));
        let lost = match indicator.kind {
            IndicatorKind::Count => self.rows.tally.quarantined() as f64,
            _ => self.rows.lost,
        };
        let (values, conservation) = match indicator.kind {
            IndicatorKind::Nearest => {
                let index = PointIndex::new(&places().collect::<Vec<_>>());
                let metres = |&cell: &CellIndex| index.nearest(centre(cell)?).map(|(_, metres)| metres);
                (cells.par_iter().map(metres).collect(), None)
            }
            IndicatorKind::Within { metres } => {
                let index = PointIndex::new(&places().collect::<Vec<_>>());
                let count = |&cell: &CellIndex| Some(index.within(centre(cell)?, f64::from(metres)).len() as f64);
                (cells.par_iter().map(count).collect(), None)
            }
            _ => {
                let (sums, conservation) = in_cells(places().zip(amounts), cells, lost);
                (sums.into_iter().map(Some).collect(), Some(conservation))
            }
        };
        Interpolated {
            name: indicator.name.clone(),
            kind: indicator.kind,
            weight: None,
            values,
            covered: vec![1.0; cells.len()],
            conservation,
            account: self.rows.tally.clone(),
        }
    }

    /// An example value if all values of the column are text.
    pub(super) fn text(&self) -> Option<String> {
        super::table::text_of(&self.rows)
    }
}

/// Sums over the points of each cell.
fn in_cells(
    points: impl Iterator<Item = (LatLng, f64)>,
    cells: &[CellIndex],
    refused: f64,
) -> (Vec<f64>, Conservation) {
    let mut sums = vec![0.0; cells.len()];
    let rows: FxHashMap<CellIndex, usize> = cells.iter().enumerate().map(|(row, &cell)| (cell, row)).collect();
    let (mut total, mut outside, mut magnitude) = (refused, 0.0, refused.abs());
    let ((lat, lng), amounts): ((Vec<f64>, Vec<f64>), Vec<f64>) =
        points.map(|(at, amount)| ((at.lat(), at.lng()), amount)).unzip();
    let found = cells.first().map_or_else(Vec::new, |first| grid::cells_in_range(&lat, &lng, first.resolution()));
    for (index, amount) in amounts.into_iter().enumerate() {
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
pub(super) fn centre(cell: CellIndex) -> Option<LatLng> {
    let at = h3o::LatLng::from(cell);
    LatLng::new(at.lat(), at.lng()).ok()
}
