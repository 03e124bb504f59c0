//! Reports of a cube by cell and slice of time: by their shares, or whole ones.

use rayon::prelude::*;

use super::HotspotError;
use super::emerging::MIN_SLICES;
use super::names::defaults;
use crate::cube::Cube;
use crate::grid::StudyArea;
use crate::incident::{Day, Every, ReportClass, Strand, When};
use crate::score::{Coverage, Method};

/// Reports of each cell of a study area in each slice of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// First day of each slice, then the as-of, so one more than there are slices.
    pub borders: Vec<Day>,
    /// Counts of the first cell in each slice, oldest first, then those of the second, and so on.
    pub values: Vec<f64>,
    /// Number of days in the slices without data, which count as quiet.
    pub uncovered_days: i32,
}

/// Maximum number of slices unless another is chosen: a year of weeks.
pub(super) const DEFAULT_SLICES: usize = 52;

/// Slices of time that lead up to the as-of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slices {
    /// Length of each. Default: a week.
    pub every: Every,
    /// Maximum number, 10 or more. Default: 52, or as many as there are.
    pub max: Option<usize>,
}

impl Slices {
    /// Up to 52 weeks.
    pub const DEFAULT: Self = Self { every: Every::WEEK, max: None };
}

defaults!(Slices);

impl Panel {
    /// Counts reports in slices of full length that lead up to the as-of.
    ///
    /// As in `n_window`, reports count that are experienced or evidenced, of a category with a weight, and known by the
    /// as-of. An interval counts by the share of its days in a slice. Slices go back from the as-of to the maximum
    /// number, or to the first with a day without data. Such a day is before the first report, or in a missing month.
    /// Days between the last report and the as-of are taken for quiet if fewer than a slice.
    ///
    /// # Errors
    /// Fewer than ten such slices.
    pub fn of(
        cube: &Cube,
        area: &StudyArea,
        method: &Method,
        coverage: &Coverage,
        as_of: Day,
        slices: Slices,
    ) -> Result<Self, HotspotError> {
        let (borders, uncovered_days) = borders(coverage, as_of, slices, 0)?;
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

    /// Number of slices.
    #[must_use]
    pub fn slices(&self) -> usize {
        self.borders.len() - 1
    }
}

/// Whole reports of each cell of a study area in each slice of time, and before them. They are for a scan, as it
/// permutes single reports and cannot place a share of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Cases {
    /// First day of each slice, then the as-of, so one more than there are slices.
    pub borders: Vec<Day>,
    /// Reports of the first cell in each slice, oldest first, then those of the second, and so on.
    pub counts: Vec<u32>,
    /// Reports in each cell before the first slice; months count by their share.
    pub before: Vec<f64>,
    /// Number of reports longer than a slice, such as those dated by month. They are not counted.
    pub left_out: u64,
    /// Number of days in the slices without data, which count as quiet.
    pub uncovered_days: i32,
}

/// Maximum number of days since the last report that are taken for quiet.
const PATIENCE: i32 = 7;

impl Cases {
    /// Counts reports in slices of full length that lead up to the as-of.
    ///
    /// Slices and reports are those of [`Panel`] with two differences. Up to a week since the last report is taken
    /// for quiet, and reports longer than a slice are left out.
    ///
    /// # Errors
    /// Fewer than ten such slices; more than 2³² reports in one of them.
    pub fn of(
        cube: &Cube,
        area: &StudyArea,
        method: &Method,
        coverage: &Coverage,
        as_of: Day,
        slices: Slices,
    ) -> Result<Self, HotspotError> {
        let (borders, uncovered_days) = borders(coverage, as_of, slices, PATIENCE)?;
        let slices = borders.len() - 1;
        let counts_of = counted(cube, method);
        let mut counts = vec![0_u32; area.cells().len() * slices];
        let mut before = vec![0.0; area.cells().len()];
        let mut left_out = 0;
        for report in cube.rows().filter(|report| counts_of[report.class as usize] && report.known <= as_of) {
            let Some(place) = area.row(report.cell) else { continue };
            before[place] += report.within(Day::RANGE.start, borders[0]);
            if report.when.end <= borders[0] || report.when.start >= as_of {
                continue;
            }
            let slice = borders.partition_point(|border| *border <= report.when.start);
            if slice == 0 || report.when.end > borders[slice] {
                left_out += u64::from(report.n);
                continue;
            }
            let count = &mut counts[place * slices + slice - 1];
            *count = count.checked_add(report.n).ok_or(HotspotError::ManyCases { place })?;
        }
        Ok(Self { borders, counts, before, left_out, uncovered_days })
    }

    /// Number of slices.
    #[must_use]
    pub fn slices(&self) -> usize {
        self.borders.len() - 1
    }
}

/// Borders of the slices, and the number of days in them without data. The last slices may begin up to `patience` days after
/// the last covered day.
fn borders(
    coverage: &Coverage,
    as_of: Day,
    Slices { every, max }: Slices,
    patience: i32,
) -> Result<(Vec<Day>, i32), HotspotError> {
    let last = coverage.spans().last().map_or(as_of, |(_, to)| *to);
    let is_full = |from: Day, to: Day| coverage.days(from, to.min(last)) == (to.min(last).0 - from.0).max(0);
    let first = coverage.spans().first().map_or(as_of, |(from, _)| *from);
    let mut borders = every.dates(first, as_of);
    let keeps = borders.windows(2).rev().take(max.unwrap_or(DEFAULT_SLICES));
    let kept = keeps.take_while(|slice| slice[0] < last + patience && is_full(slice[0], slice[1])).count();
    if kept < MIN_SLICES {
        return Err(HotspotError::ShortHistory { found: kept, as_of });
    }
    borders.drain(..borders.len() - 1 - kept);
    Ok((borders, as_of.0 - last.0))
}

/// True for each class whose reports count: with a weight, experienced or evidenced.
pub(super) fn counted(cube: &Cube, method: &Method) -> Vec<bool> {
    let counts =
        |class: &ReportClass| class.strand != Strand::Potential && method.category_weight(class.category) > 0.0;
    cube.classes().iter().map(counts).collect()
}
