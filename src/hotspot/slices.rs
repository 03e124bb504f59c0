//! A cube of counts as a panel: reports by cell and slice of time.

use rayon::prelude::*;

use super::HotspotError;
use super::emerging::LEAST_SLICES;
use crate::cube::Cube;
use crate::grid::StudyArea;
use crate::incident::{Day, ReportClass, Strand, When};
use crate::score::{Coverage, Every, Method};

/// Reports of each cell of a study area in each slice of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Where slices begin and end, one more than there are slices; the last is the as-of.
    pub borders: Vec<Day>,
    /// The counts of the first cell in each slice, oldest first, then those of the second, and so on.
    pub values: Vec<f64>,
    /// Days of the slices without data: they count as quiet.
    pub uncovered_days: i32,
}

/// Most slices that are looked at unless more are asked for: a year of weeks.
pub const USUAL_SLICES: usize = 52;

impl Panel {
    /// Slices of full length that lead up to the as-of, and the reports in each.
    ///
    /// Counted are, as in `n_window`, the reports of categories with a weight, experienced or evidenced, that were known by the
    /// as-of; an interval counts by the share of its days in a slice. Slices go back from the as-of as far as the data does, 52
    /// unless `most` says otherwise, and end where a slice has a day that is not covered: before the first report, or in a month
    /// that is missing, which is not a month of zeros. Days between the last report and the as-of are taken for quiet if fewer
    /// than a slice.
    ///
    /// # Errors
    /// Fewer than ten such slices.
    pub fn of(
        cube: &Cube,
        area: &StudyArea,
        method: &Method,
        coverage: &Coverage,
        as_of: Day,
        chosen: (Every, Option<usize>),
    ) -> Result<Self, HotspotError> {
        let (borders, uncovered_days) = borders(coverage, as_of, chosen, 0)?;
        let kept = borders.len() - 1;
        let counts = counted(cube, method);
        let by_cell: Vec<_> = cube.by_cell().filter_map(|(cell, words)| Some((area.row(cell)?, cell, words))).collect();
        let of_cell = |&(row, cell, words): &(usize, h3o::CellIndex, &[crate::cube::Count])| {
            let mut values = vec![0.0; kept];
            for report in words.iter().map(|&word| cube.row(cell, word)) {
                if counts[report.class as usize] && report.known <= as_of && report.when.start < as_of {
                    let When { start, end } = report.when;
                    let first = borders.partition_point(|border| *border <= start).saturating_sub(1);
                    for slice in (first..kept).take_while(|slice| borders[*slice] < end) {
                        values[slice] += report.within(borders[slice], borders[slice + 1]);
                    }
                }
            }
            (row, values)
        };
        let found: Vec<(usize, Vec<f64>)> = by_cell.par_iter().with_min_len(64).map(of_cell).collect();
        let mut values = vec![0.0; area.cells().len() * kept];
        for (row, of_cell) in found {
            values[row * kept..][..kept].copy_from_slice(&of_cell);
        }
        Ok(Self { borders, values, uncovered_days })
    }

    /// How many slices there are.
    #[must_use]
    pub fn slices(&self) -> usize {
        self.borders.len() - 1
    }
}

/// Where slices begin and end, and how many days of them are not covered. The last ones may begin up to `patience` days after
/// the last covered day.
pub(super) fn borders(
    coverage: &Coverage,
    as_of: Day,
    (every, most): (Every, Option<usize>),
    patience: i32,
) -> Result<(Vec<Day>, i32), HotspotError> {
    let last = coverage.spans().last().map_or(as_of, |(_, to)| *to);
    let is_full = |from: Day, to: Day| coverage.days(from, to.min(last)) == (to.min(last).0 - from.0).max(0);
    let first = coverage.spans().first().map_or(as_of, |(from, _)| *from);
    let mut borders = every.dates(first, as_of);
    let keeps = borders.windows(2).rev().take(most.unwrap_or(USUAL_SLICES));
    let kept = keeps.take_while(|slice| slice[0] < last + patience && is_full(slice[0], slice[1])).count();
    if kept < LEAST_SLICES {
        return Err(HotspotError::ShortHistory { found: kept, as_of });
    }
    borders.drain(..borders.len() - 1 - kept);
    Ok((borders, as_of.0 - last.0))
}

/// Whether reports of each class count: with a weight, experienced or evidenced.
pub(super) fn counted(cube: &Cube, method: &Method) -> Vec<bool> {
    let counts =
        |class: &ReportClass| class.strand != Strand::Potential && method.category_weight(class.category) > 0.0;
    cube.classes().iter().map(counts).collect()
}
