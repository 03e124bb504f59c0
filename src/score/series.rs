//! Series: the scores of many dates from one sweep, and the trend of each cell.

use h3o::CellIndex;
use rayon::prelude::*;

use super::anchor::Anchor;
use super::date_scores::{DateSummary, DatedScore};
use super::scoring::Scoring;
use super::{ScoreError, Status};
use crate::incident::Day;
use crate::trend::{mann_kendall, sen_slope};
use crate::watch::Cancelled;

/// Scores of a study area at many dates, comparable because they share one anchor.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Series {
    /// The study cells, sorted.
    pub cells: Vec<CellIndex>,
    /// Summary of the study area at each date, earliest first.
    pub dates: Vec<DateSummary>,
    /// D½ and its origin. Unless frozen, it is calibrated on history before the first date: no date looks ahead.
    pub anchor: Anchor,
    /// All cells at the first date, then all at the second, and so on.
    dated_scores: Vec<DatedScore>,
}

/// The trend of a cell's score over the dates that have data.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Trend {
    /// Number of dates that have data.
    pub n: usize,
    /// Mann–Kendall's z: above 0, the score rises.
    pub z: f64,
    /// Two-sided p, 0 to 1. Successive windows share reports, so it is too small: it ranks cells and proves nothing.
    pub p: f64,
    /// Sen's slope in points per week; absent with fewer than two dates.
    pub sen_slope: Option<f64>,
}

/// Maximum memory of a series.
const MAX_SERIES_BYTES: usize = 8 << 30;

impl Scoring<'_> {
    /// Scores dates in one sweep; each result equals that of [`Scoring::at_with`] with the series' anchor.
    ///
    /// Dates may be in any order and repeated; the series contains each once, earliest first. Unless the method freezes the
    /// anchor, it is calibrated on history before the first date. Memory: about 200 bytes per cell and date.
    ///
    /// # Errors
    /// Returns an error if there is no date, if nothing was known at the first, or if the series exceeds 8 GiB.
    pub fn series(&self, dates: &[Day]) -> Result<Series, ScoreError> {
        let &first = dates.iter().min().ok_or(ScoreError::NoDates)?;
        self.series_with(dates, self.anchor(first), |_| Ok(()))
    }

    /// Scores dates in one sweep with a given anchor. After each, `scored` is given the number of dates that are ready.
    ///
    /// # Errors
    /// Returns an error in the cases of [`Scoring::series`], or if `scored` does.
    pub fn series_with(
        &self,
        dates: &[Day],
        anchor: Anchor,
        mut scored: impl FnMut(usize) -> Result<(), Cancelled>,
    ) -> Result<Series, ScoreError> {
        let mut dates = dates.to_vec();
        dates.sort_unstable();
        dates.dedup();
        let &as_of = dates.first().ok_or(ScoreError::NoDates)?;
        if let Some(first) = self.cube.calendar().first_known.filter(|&first| first > as_of) {
            return Err(ScoreError::NothingKnownYet { as_of, first });
        }
        let cells = self.area.cells().to_vec();
        let all = cells.len().saturating_mul(dates.len());
        if all.saturating_mul(size_of::<DatedScore>()) > MAX_SERIES_BYTES {
            return Err(ScoreError::TooLong { dates: dates.len(), cells: cells.len() });
        }
        let (summaries, dated_scores) = (Vec::with_capacity(dates.len()), Vec::with_capacity(all));
        let mut series = Series { cells, dates: summaries, anchor, dated_scores };
        self.try_each(&dates, anchor, |date, dated_scores| {
            series.dates.push(date.clone());
            series.dated_scores.extend_from_slice(dated_scores);
            scored(series.dates.len())
        })?;
        Ok(series)
    }
}

impl Series {
    /// True if it is by a method with evidence.
    pub(crate) fn has_evidence(&self) -> bool {
        self.dates.iter().any(|date| !date.laws.is_empty())
    }

    /// All cells at the date of this index, in the order of [`Self::cells`].
    ///
    /// # Panics
    /// Panics if `date` is not below the number of dates.
    #[must_use]
    pub fn at(&self, date: usize) -> &[DatedScore] {
        let cells = self.cells.len();
        &self.dated_scores[date * cells..(date + 1) * cells]
    }

    /// The scores of one cell, by row, through time.
    pub fn of(&self, row: usize) -> impl Iterator<Item = (&DateSummary, &DatedScore)> {
        self.dates.iter().zip(self.dated_scores.iter().skip(row).step_by(self.cells.len().max(1)))
    }

    /// The row of a cell.
    #[must_use]
    pub fn row(&self, cell: CellIndex) -> Option<usize> {
        self.cells.binary_search(&cell).ok()
    }

    /// The trend of each cell's score, in the order of [`Self::cells`]; `None` for a cell without any data.
    ///
    /// Dates without data are left out. Dates that are covered but have no report keep their score: a series of silence
    /// followed by reports rises from there. O(cells × dates × log dates) in most cases.
    #[must_use]
    pub fn trends(&self) -> Vec<Option<Trend>> {
        (0..self.cells.len()).into_par_iter().map(|row| self.trend(row)).collect()
    }

    fn trend(&self, row: usize) -> Option<Trend> {
        // Differences below a billionth of a point are rounding noise, not a rise.
        let score = |dated: &DatedScore| (dated.score * 1e9).round() / 1e9;
        let weeks = |date: &DateSummary| f64::from(date.windows.as_of.0) / 7.0;
        let known = self.of(row).filter(|(_, dated)| dated.status != Status::NoData);
        let points: Vec<(f64, f64)> = known.map(|(date, dated)| (weeks(date), score(dated))).collect();
        let scores: Vec<f64> = points.iter().map(|&(_, score)| score).collect();
        let found = mann_kendall(&scores);
        (found.n > 0).then(|| Trend { n: found.n, z: found.z, p: found.p, sen_slope: sen_slope(&points) })
    }
}
