//! Many dates instead of one.

use std::path::Path;

use h3o::CellIndex;
use serde_json::{Value, json};

use super::{Engine, Ready, Run, Sources};
use crate::cube::Cube;
use crate::error::Error;
use crate::hotspot::is_by_month;
use crate::incident::Day;
use crate::ingest::Ledger;
use crate::invalid::InvalidValue;
use crate::layer::Layer;
use crate::output::{self, Manifest, OutputError};
use crate::score::{Anchor, Every, Scoring, Series, Trend};

/// Scores through time, and what became of every report.
#[derive(Debug)]
pub struct SeriesRun {
    /// The scores of every cell at every date.
    pub series: Series,
    /// The trend of each cell's score, in the order of the series' cells.
    pub trends: Vec<Option<Trend>>,
    /// The last date as a map layer, by the series' anchor.
    pub layer: Layer,
    /// The exact counts they rest on.
    pub cube: Cube,
    /// What became of every report.
    pub ledger: Ledger,
    /// What became of every area of the polygon files.
    pub areas: Ledger,
    /// Automatic choices and what a reader must know, in words.
    pub notices: Vec<String>,
    /// Whether no more reports, and no more areas, were refused than the settings allow.
    pub within_max_rejects: bool,
    sources: Sources,
}

/// The span of a series unless it is told: 52 weeks.
const YEAR: i32 = 364;
/// Dates below which the normal distribution behind p is rough.
const FEW: usize = 10;
/// From what z a rise is told.
const CLEAR: f64 = 2.0;

impl Engine {
    /// Scores everything read so far at dates from `from` to the as-of: [`Ready::series`].
    ///
    /// ```
    /// use tensionmap::{Engine, sample, score::Every};
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
    /// As [`Self::run`] and [`Ready::series`].
    pub fn series(self, from: Option<Day>, every: Every) -> Result<SeriesRun, Error> {
        self.ready()?.series(from, every)
    }
}

impl Ready {
    /// Scores the dates from `from` on that lead up to the as-of. Without `from`, those of the last 52 weeks that have a past
    /// to compare with; if none has, those by which anything was known.
    ///
    /// # Errors
    /// A `from` after the as-of or before anything was known; a series too large to hold; as [`Ready::scoring`].
    pub fn series(self, from: Option<Day>, every: Every) -> Result<SeriesRun, Error> {
        self.must_be_of_cells("series")?;
        if let Some(date) = self.plan.compare_to {
            return Err(InvalidValue::bare(
                "compare-to",
                date,
                "no date beside a series, which shows every change itself",
            )
            .into());
        }
        if let Some(fill) = self.plan.view.fill.as_ref().filter(|fill| *fill != "score") {
            let expected = "score: a series shows scores; map shows other columns";
            return Err(InvalidValue::bare("fill", fill, expected).into());
        }
        let scoring = self.scoring()?;
        let (series, trends, scores) = self.pool.install(|| {
            let dates = match from {
                Some(from) => every.dates(from, self.as_of),
                None => self.dates(&scoring, every),
            };
            let series = scoring.series(&dates)?;
            let trends = series.trends();
            let scores = scoring.at_with(self.as_of, series.anchor);
            Ok::<_, Error>((series, trends, scores))
        })?;
        drop(scoring);
        let Run { layer, cube, ledger, areas, mut notices, within_max_rejects, sources, .. } =
            self.told((scores, None))?;
        notices.extend(said(&series));
        if matches!(every, Every::Days(_)) && is_by_month(&cube) {
            notices.push(BY_MONTH.to_owned());
        }
        notices.extend(rising(&series, &trends));
        if layer.standing().is_some() {
            notices.push("the levels of a series are computed; what people assessed is no part of it".to_owned());
        }
        Ok(SeriesRun { series, trends, layer, cube, ledger, areas, notices, within_max_rejects, sources })
    }

    /// The dates of the last year as far as there is something to score them by.
    fn dates(&self, scoring: &Scoring<'_>, every: Every) -> Vec<Day> {
        let year = every.dates(self.as_of - YEAR, self.as_of);
        let compares = year.iter().position(|&date| scoring.windows(date).comparable);
        let known = self.cube.calendar().first_known;
        let first = compares.or_else(|| year.iter().position(|&date| known.is_some_and(|known| known <= date)));
        year[first.unwrap_or(0)..].to_vec()
    }
}

impl SeriesRun {
    /// Whether [`Self::save`] knows the extension of a path.
    ///
    /// # Errors
    /// An extension that no output of a series has.
    pub fn check_path(path: &Path) -> Result<(), OutputError> {
        output::series::check_path(path)
    }

    /// Writes the series, complete or not at all: as a long table (`.csv`, `.parquet`), one row a date and cell with the
    /// cell's trend repeated, or as a page of up to twelve maps (`.png`).
    ///
    /// # Errors
    /// Another extension; a place that cannot be written.
    pub fn save(&self, path: impl AsRef<Path> + Sync) -> Result<(), OutputError> {
        self.save_all(&[path], None)
    }

    /// Writes it to several files, and last of all the manifest: all of them, or none.
    ///
    /// # Errors
    /// That of the first path that has one; an input that cannot be read a second time, for its hash.
    pub fn save_all(&self, paths: &[impl AsRef<Path> + Sync], manifest: Option<Manifest>) -> Result<(), OutputError> {
        paths.iter().try_for_each(|path| Self::check_path(path.as_ref()))?;
        let manifest = self.sources.told(manifest, &self.ledger, || self.about())?;
        let (series, about) = ((&self.series, self.trends.as_slice()), self.about());
        output::save_as(paths, &[], manifest, |path, file| {
            output::series::write(series, &self.layer, &about, path, file)
        })
    }

    /// The provenance of the last date, with what is said of all dates under `series`.
    #[must_use]
    pub fn about(&self) -> Value {
        let mut about = self.layer.provenance().to_json();
        let dates: Vec<String> = self.series.dates.iter().map(|date| date.windows.as_of.to_string()).collect();
        about["series"] = json!({"dates": dates, "one_anchor_from_before": dates.first()});
        about
    }
}

/// What a reader must know of all dates.
fn said(series: &Series) -> Vec<String> {
    let dates = &series.dates;
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return Vec::new() };
    let (first, last) = (first.windows.as_of, last.windows.as_of);
    let mut said = vec![format!("series of {} dates from {first} to {last}", dates.len())];
    let frozen = "a frozen one (d_half in the method file) compares with other runs";
    match series.anchor {
        Anchor::Calibrated(_) => said.push(format!("one anchor for all dates, from before {first}; {frozen}")),
        Anchor::Current(_) => said.push(format!("one anchor for all dates, from the window of {first}; {frozen}")),
        Anchor::Frozen(_) | Anchor::None => {}
    }
    let count =
        |which: &dyn Fn(&crate::score::Windows) -> bool| dates.iter().filter(|date| which(&date.windows)).count();
    let (short, empty) = (count(&|windows| !windows.comparable), count(&|windows| windows.window_days == 0));
    if short > 0 {
        said.push(format!("dates with too little history before them, which have no surge and no spread: {short}"));
    }
    if empty > 0 {
        said.push(format!("dates without data in their window, which have no score: {empty}"));
    }
    if dates.len() < FEW {
        said.push(format!("trends of fewer than {FEW} dates are rough: trend_p rests on the normal distribution"));
    }
    said
}

/// What is said of dates within the months of reports that are dated by month.
const BY_MONTH: &str = "most reports are dated by month and known once it is over: dates within a month see less and less of \
                        their window; --every 1mo, up to the first day of a month, does not";

/// The cells whose score rises most clearly.
fn rising(series: &Series, trends: &[Option<Trend>]) -> Vec<String> {
    let of = |(cell, trend): (&CellIndex, &Option<Trend>)| {
        trend.filter(|trend| trend.z >= CLEAR).map(|trend| (*cell, trend))
    };
    let mut rising: Vec<(CellIndex, Trend)> = series.cells.iter().zip(trends).filter_map(of).collect();
    rising.sort_by(|a, b| b.1.z.total_cmp(&a.1.z));
    let told = |(cell, trend): &(CellIndex, Trend)| {
        let slope = trend.sen_slope.unwrap_or_default();
        format!("rises: {cell} by {slope:.2} points a week (Mann–Kendall z {:.1} over {} dates)", trend.z, trend.n)
    };
    rising.iter().take(3).map(told).collect()
}
