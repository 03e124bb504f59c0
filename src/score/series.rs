//! A study area through time: the scores of many dates from one pass, and the trend of each cell.

use std::str::FromStr;

use h3o::CellIndex;
use rayon::prelude::*;

use super::anchor::Anchor;
use super::scoring::Scoring;
use super::situation::{Date, Moment};
use super::{ScoreError, Status};
use crate::hotspot::{mann_kendall, sen_slope};
use crate::incident::Day;
use crate::invalid::InvalidValue;

/// From one date of a series to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Every {
    /// So many days.
    Days(u16),
    /// So many calendar months, for reports that are dated by month.
    Months(u16),
}

impl Every {
    /// Seven days, the rhythm of tension meetings.
    pub const WEEK: Self = Self::Days(7);

    /// The dates from `from` on, in ascending order, that lead up to `to`, which is always the last; none when `from` is later.
    ///
    /// Months are counted back from `to`: to the same day of the month, or to its last day where that is earlier.
    ///
    /// ```
    /// use tensionmap::{Day, score::Every};
    /// let shown = |every: Every, from: &str, to: &str| {
    ///     let dates = every.dates(from.parse()?, to.parse()?);
    ///     Ok::<_, tensionmap::InvalidValue>(dates.iter().map(Day::to_string).collect::<Vec<_>>())
    /// };
    /// assert_eq!(shown(Every::WEEK, "2026-02-10", "2026-03-02")?, ["2026-02-16", "2026-02-23", "2026-03-02"]);
    /// assert_eq!(shown("1mo".parse()?, "2026-01-01", "2026-03-31")?, ["2026-01-31", "2026-02-28", "2026-03-31"]);
    /// # Ok::<(), tensionmap::InvalidValue>(())
    /// ```
    #[must_use]
    pub fn dates(self, from: Day, to: Day) -> Vec<Day> {
        let back = |k: i32| match self {
            Self::Days(days) => to - k * i32::from(days.max(1)),
            Self::Months(months) => {
                Day::from(to.date().saturating_sub(jiff::Span::new().months(k * i32::from(months.max(1)))))
            }
        };
        // As many as there are days; beyond four-digit years dates stand still.
        let all = 0..=Day::RANGE.end.0 - Day::RANGE.start.0;
        let mut dates: Vec<Day> = all.map(back).take_while(|&date| date >= from && date >= Day::RANGE.start).collect();
        dates.reverse();
        dates
    }
}

impl FromStr for Every {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let unit = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let every = match (text[..unit].parse::<u16>(), &text[unit..]) {
            (Ok(days @ 1..=3660), "d") => Some(Self::Days(days)),
            (Ok(weeks @ 1..=520), "w") => Some(Self::Days(7 * weeks)),
            (Ok(months @ 1..=120), "mo") => Some(Self::Months(months)),
            _ => None,
        };
        every.ok_or_else(|| {
            InvalidValue::bare("every", text, "days, weeks or months up to ten years, such as 7d, 2w or 1mo")
        })
    }
}

/// The scores of a study area at many dates. All of them have one anchor, so that they compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The study cells, sorted.
    pub cells: Vec<CellIndex>,
    /// What each date says of the study area as a whole, earliest first.
    pub dates: Vec<Date>,
    /// D½ and where it came from. Unless frozen, it is calibrated on history before the first date: no date looks ahead.
    pub anchor: Anchor,
    /// All cells at the first date, then all at the second, and so on.
    moments: Vec<Moment>,
}

/// The trend of a cell's score over the dates that have data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// How many dates it rests on.
    pub n: usize,
    /// Mann–Kendall's z: above 0, the score rises.
    pub z: f64,
    /// Its two-sided p, 0 to 1. Successive windows share reports, so it is too small: it ranks cells and proves nothing.
    pub p: f64,
    /// Sen's slope in points a week; absent without two dates.
    pub sen_slope: Option<f64>,
}

/// Most memory for a series.
const MOST_BYTES: usize = 8 << 30;

impl Scoring<'_> {
    /// Scores any dates in one pass, each as [`Scoring::at_with`] does alone with the series' anchor. Dates may be in any
    /// order and given twice; the series has each once, earliest first. Unless the method freezes the anchor, it is calibrated
    /// on history before the first date.
    ///
    /// Takes about 200 bytes a cell and date; [`Scoring::each`] keeps nothing.
    ///
    /// # Errors
    /// No date; a first date before anything was known; more cells and dates than 8 GiB hold.
    pub fn series(&self, dates: &[Day]) -> Result<Series, ScoreError> {
        let first = dates.iter().min().ok_or(ScoreError::NoDates)?;
        self.series_with(dates, self.anchor(*first))
    }

    /// The same with an anchor that was found elsewhere.
    ///
    /// # Errors
    /// As [`Scoring::series`].
    pub fn series_with(&self, dates: &[Day], anchor: Anchor) -> Result<Series, ScoreError> {
        let mut dates = dates.to_vec();
        dates.sort_unstable();
        dates.dedup();
        let &as_of = dates.first().ok_or(ScoreError::NoDates)?;
        if let Some(first) = self.cube.calendar().first_known.filter(|&first| first > as_of) {
            return Err(ScoreError::NothingKnownYet { as_of, first });
        }
        let cells = self.area.cells().to_vec();
        let moments = cells.len().saturating_mul(dates.len());
        if moments.saturating_mul(size_of::<Moment>()) > MOST_BYTES {
            return Err(ScoreError::TooLong { dates: dates.len(), cells: cells.len() });
        }
        let mut series =
            Series { cells, dates: Vec::with_capacity(dates.len()), anchor, moments: Vec::with_capacity(moments) };
        self.each(&dates, anchor, |date, moments| {
            series.dates.push(date.clone());
            series.moments.extend_from_slice(moments);
        });
        Ok(series)
    }
}

impl Series {
    /// All cells at the date of this index, in the order of [`Self::cells`].
    ///
    /// # Panics
    /// If there is no such date.
    #[must_use]
    pub fn at(&self, date: usize) -> &[Moment] {
        let cells = self.cells.len();
        &self.moments[date * cells..(date + 1) * cells]
    }

    /// The cell of this row through time.
    pub fn of(&self, row: usize) -> impl Iterator<Item = (&Date, &Moment)> {
        self.dates.iter().zip(self.moments.iter().skip(row).step_by(self.cells.len().max(1)))
    }

    /// The row of a cell.
    #[must_use]
    pub fn row(&self, cell: CellIndex) -> Option<usize> {
        self.cells.binary_search(&cell).ok()
    }

    /// The trend of each cell's score, in the order of [`Self::cells`]; `None` for a cell without a date that has data.
    ///
    /// A date without data is no zero and left out. A date on which nothing was reported although there is data counts with
    /// the score it has: that is what a series of silence, then reports, rises from. O(cells × dates²).
    #[must_use]
    pub fn trends(&self) -> Vec<Option<Trend>> {
        (0..self.cells.len()).into_par_iter().map(|row| self.trend(row)).collect()
    }

    fn trend(&self, row: usize) -> Option<Trend> {
        // A billionth of a point is noise of the arithmetic, and no rise.
        let score = |moment: &Moment| (moment.score * 1e9).round() / 1e9;
        let weeks = |date: &Date| f64::from(date.windows.as_of.0) / 7.0;
        let known = self.of(row).filter(|(_, moment)| moment.status != Status::NoData);
        let points: Vec<(f64, f64)> = known.map(|(date, moment)| (weeks(date), score(moment))).collect();
        let scores: Vec<f64> = points.iter().map(|&(_, score)| score).collect();
        let found = mann_kendall(&scores);
        (found.n > 0).then(|| Trend { n: found.n, z: found.z, p: found.p, sen_slope: sen_slope(&points) })
    }
}
