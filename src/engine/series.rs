//! `series`: scores at many dates instead of one.

use h3o::CellIndex;

use super::{Engine, Prepared, Progress, Run};
use crate::error::Error;
use crate::incident::{Day, Every};
use crate::invalid::InvalidValue;
use crate::layer::SeriesTable;
use crate::score::columns::SCORE;
use crate::score::{Anchor, Scoring, Series, Trend};

/// Default span of a series: 52 weeks.
const DEFAULT_SPAN_DAYS: i32 = 364;
/// Number of dates below which the normal approximation behind p is rough.
const FEW_DATES: usize = 10;
/// Smallest Mann–Kendall z of a rise that is worth a notice.
const MIN_RISING_Z: f64 = 2.0;

impl Engine {
    /// Scores everything read so far at dates from `from` to the as-of: [`Prepared::series`].
    ///
    /// ```
    /// use tensionmap::{Engine, sample};
    /// use tensionmap::Every;
    /// let run = Engine::builder().as_of("2026-03-02").area(sample::boundary()).build()?
    ///     .incidents(sample::incidents())?
    ///     .series(Some("2026-01-05".parse()?), Every::WEEK)?;
    /// assert_eq!(run.series.dates.len(), 9);
    /// let rising = run.trends.iter().flatten().filter(|trend| trend.z > 0.0).count();
    /// assert!(rising > 0);
    /// run.save(std::env::temp_dir().join("tensionmap-series.csv"))?;
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Errors of [`Self::run`] and [`Prepared::series`].
    pub fn series(self, from: Option<Day>, every: Every) -> Result<Run<SeriesTable>, Error> {
        self.prepare()?.series(from, every)
    }
}

impl Prepared {
    /// Scores the dates from `from` on that lead up to the as-of. Without `from`, those of the last 52 weeks that have a past
    /// to compare with; if none has, those by which a report was known.
    ///
    /// # Errors
    /// A `from` after the as-of or before the first report was known; a series too large to hold; errors of
    /// [`Prepared::scoring`].
    pub fn series(self, from: Option<Day>, every: Every) -> Result<Run<SeriesTable>, Error> {
        self.must_be_of_cells("series")?;
        if let Some(date) = self.plan.compare_to {
            let expected = "no date beside a series, which shows every change itself";
            return Err(InvalidValue::expecting("compare-to", date, expected).into());
        }
        if let Some(fill) = self.plan.view.fill.as_ref().filter(|fill| *fill != SCORE.name) {
            let expected = "score: a series shows scores; map shows other columns";
            return Err(InvalidValue::expecting("fill", fill, expected).into());
        }
        let scoring = self.scoring()?;
        let (series, trends, scores) = self.pool.install(|| {
            let dates = match from {
                Some(from) => every.dates(from, self.as_of),
                None => self.dates(&scoring, every),
            };
            let total = dates.len();
            let scored = |done| self.embedder.tell(Progress::Scoring { done, total });
            let first = dates.iter().copied().min().unwrap_or(self.as_of);
            let series = scoring.series_with(&dates, scoring.anchor(first), scored)?;
            let trends = series.trends();
            let scores = scoring.at_with(self.as_of, series.anchor);
            Ok::<_, Error>((series, trends, scores))
        })?;
        drop(scoring);
        let mut run = self.finish((scores, None), None)?;
        let Run { product: map, notices, findings, .. } = &mut run;
        notices.extend(series_notices(&series));
        if matches!(every, Every::Days(_)) && map.cube.is_by_month() {
            notices.push(BY_MONTH.to_owned());
        }
        *findings = rising(&series, &trends);
        notices.extend_from_slice(findings);
        if map.layer.assessments().is_some() {
            notices.push("the levels of a series are computed; what people assessed is not part of it".to_owned());
        }
        Ok(run.map(|map| SeriesTable { series, trends, layer: map.layer }))
    }

    /// Dates of the last 52 weeks, from the first that has a past to compare with.
    fn dates(&self, scoring: &Scoring<'_>, every: Every) -> Vec<Day> {
        let year = every.dates(self.as_of - DEFAULT_SPAN_DAYS, self.as_of);
        let compares = year.iter().position(|&date| scoring.windows(date).comparable);
        let known = self.cube.calendar().first_known;
        let first = compares.or_else(|| year.iter().position(|&date| known.is_some_and(|known| known <= date)));
        year[first.unwrap_or(0)..].to_vec()
    }
}

/// Notices on the dates and the anchor of a series.
fn series_notices(series: &Series) -> Vec<String> {
    let dates = &series.dates;
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return Vec::new() };
    let (first, last) = (first.windows.as_of, last.windows.as_of);
    let mut notices = vec![format!("series of {} dates from {first} to {last}", dates.len())];
    let frozen = "a frozen one (d_half in the method file) compares with other runs";
    match series.anchor {
        Anchor::Calibrated(_) => notices.push(format!("one anchor for all dates, from before {first}; {frozen}")),
        Anchor::Current(_) => notices.push(format!("one anchor for all dates, from the window of {first}; {frozen}")),
        Anchor::Frozen(_) | Anchor::None => {}
    }
    let short = dates.iter().filter(|date| !date.windows.comparable).count();
    let empty = dates.iter().filter(|date| date.windows.window_days == 0).count();
    if short > 0 {
        notices.push(format!("dates with too little history before them, which have no surge and no spread: {short}"));
    }
    if empty > 0 {
        notices.push(format!("dates without data in their window, which have no score: {empty}"));
    }
    if dates.len() < FEW_DATES {
        notices.push(format!(
            "trends of fewer than {FEW_DATES} dates are rough: trend_p rests on the normal distribution"
        ));
    }
    notices
}

/// Notice on dates within the months of reports that are dated by month.
const BY_MONTH: &str = "most reports are dated by month and known once it is over: dates within a month see less and less of \
                        their window; --every 1mo, up to the first day of a month, does not";

/// Notices on the cells whose score rises most clearly.
fn rising(series: &Series, trends: &[Option<Trend>]) -> Vec<String> {
    let trends = series.cells.iter().zip(trends).filter_map(|(&cell, &trend)| Some((cell, trend?)));
    let mut rising: Vec<(CellIndex, Trend)> = trends.filter(|(_, trend)| trend.z >= MIN_RISING_Z).collect();
    rising.sort_by(|a, b| b.1.z.total_cmp(&a.1.z));
    let sentence = |(cell, trend): &(CellIndex, Trend)| {
        let slope = trend.sen_slope.unwrap_or_default();
        format!("rises: {cell} by {slope:.2} points a week (Mann–Kendall z {:.1} over {} dates)", trend.z, trend.n)
    };
    rising.iter().take(3).map(sentence).collect()
}
