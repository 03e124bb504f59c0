//! A cube of counts as whole reports by cell and slice of time, which a scan needs: a share of a report has no place of its own.

use super::HotspotError;
use super::slices::{borders, counted};
use crate::cube::Cube;
use crate::grid::StudyArea;
use crate::incident::Day;
use crate::score::{Coverage, Every, Method};

/// Reports of each cell of a study area in each slice of time, and before them.
#[derive(Clone, Debug, PartialEq)]
pub struct Cases {
    /// Where slices begin and end, one more than there are slices; the last is the as-of.
    pub borders: Vec<Day>,
    /// Reports in the first cell in each slice, oldest first, then those in the second, and so on.
    pub counts: Vec<u32>,
    /// Reports in each cell before the first slice; months count by their share.
    pub before: Vec<f64>,
    /// Reports in the slices that no single one holds, such as those dated by month: they are in no count.
    pub left_out: u64,
    /// Days of the slices without data: they count as quiet.
    pub uncovered_days: i32,
}

/// Days since the last report that are taken for quiet.
const PATIENCE: i32 = 7;

impl Cases {
    /// Slices of full length that lead up to the as-of, and the reports in each.
    ///
    /// Slices and reports are those of [`Panel`](super::Panel), but that up to a week since the last report is taken for quiet,
    /// and that reports dated more coarsely than a slice are left out and counted.
    ///
    /// # Errors
    /// Fewer than ten such slices; more than 2³² reports in one of them.
    pub fn of(
        cube: &Cube,
        area: &StudyArea,
        method: &Method,
        coverage: &Coverage,
        as_of: Day,
        chosen: (Every, Option<usize>),
    ) -> Result<Self, HotspotError> {
        let (borders, uncovered_days) = borders(coverage, as_of, chosen, PATIENCE)?;
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

    /// How many slices there are.
    #[must_use]
    pub fn slices(&self) -> usize {
        self.borders.len() - 1
    }
}
