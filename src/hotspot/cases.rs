//! Whole reports by cell and slice of time, for a scan: it permutes single reports, and cannot place a share of one.

use super::HotspotError;
use super::Slices;
use super::slices::{borders, counted};
use crate::cube::Cube;
use crate::grid::StudyArea;
use crate::incident::Day;
use crate::score::{Coverage, Method};

/// Reports of each cell of a study area in each slice of time, and before them.
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
    /// Slices and reports are those of [`Panel`](super::Panel) with two differences. Up to a week since the last report is taken
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
