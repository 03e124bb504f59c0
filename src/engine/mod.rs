//! The façade: one builder, one run, stages 2 to 8 in order.

mod builder;
mod calibrate;
mod coverage;
mod density;
mod explain;
mod hotspots;
mod ready;
mod refusals;
mod render;
mod roll_up;
mod series;
mod sources;

pub use builder::{Builder, Progress};
pub use coverage::CoverageRun;
pub use density::{DensityMap, Surface};
pub use explain::Explained;
pub use hotspots::NearRepeatsRun;
pub use ready::Ready;
pub use series::SeriesRun;

use density::Places;
use refusals::{Refusals, account, accounts};
use sources::Sources;

use crate::area::{AreaError, Indicator, Loaded, RollUp};
use crate::config::{ConfigError, Plan};
use crate::cube::{Cube, CubeBuilder};
use crate::error::Error;
use crate::grid::StudyArea;
use crate::incident::{Day, When};
use crate::ingest::{Batch, Code, FileTally, Import, IngestError, Input, Ledger};
use crate::layer::{ContextLayer, Layer, is_taken};
use crate::score::{Change, Method, Scores};

/// Reports in, explained layer out.
///
/// ```
/// use tensionmap::{Engine, Input};
/// // A year of one report a fortnight, then five in the last week.
/// let mut csv = String::from("lon,lat,date,category\n");
/// for week in (0..52).step_by(2) {
///     let day: tensionmap::Day = "2025-03-03".parse()?;
///     csv += &format!("2.5,54.7,{},public_order\n", day + 7 * week);
/// }
/// csv += &"2.5,54.7,2026-02-27,public_order\n".repeat(5);
/// let run = Engine::builder().resolution(8).as_of("2026-03-02").build()?
///     .incidents(Input::Bytes("log.csv".into(), csv.into_bytes()))?
///     .run()?;
/// let top = run.scores.standing_out()[0];
/// assert_eq!(top.n_window, 7.0); // two of the fortnightly ones fell into the 28 days as well
/// assert!(top.ratio.is_some_and(|ratio| ratio.rr > 2.0 && ratio.p_exceed > 0.95));
/// assert_eq!((run.ledger.read(), run.ledger.accepted()), (31, 31));
/// # Ok::<(), tensionmap::Error>(())
/// ```
#[derive(Debug)]
pub struct Engine {
    plan: Plan,
    method: Method,
    area: Option<StudyArea>,
    /// What is drawn under and over the cells, once these are known.
    context: Option<Vec<ContextLayer>>,
    indicators: Vec<Indicator>,
    refusals: Refusals,
    pool: rayon::ThreadPool,
    progress: Option<Progress>,
    /// `None` when nothing is to be counted.
    counts: Option<CubeBuilder>,
    /// Areas to count in, for [`Self::roll_up`].
    roll_up: Option<RollUp>,
    /// Positions to keep, for [`Self::density`].
    places: Option<Places>,
    /// Days and places met, for [`Self::check`].
    extent: Extent,
    cubes: Vec<Cube>,
    import: Import,
    ledger: Ledger,
    /// What became of the areas of polygon files.
    areas: Ledger,
    sources: Sources,
}

/// What a run yields.
#[derive(Debug)]
pub struct Run {
    /// What may leave: cells, values, legend, provenance. `layer.save("map.png")`.
    pub layer: Layer,
    /// The scores, typed.
    pub scores: Scores,
    /// What changed since the date to compare with, if one was given.
    pub change: Option<Change>,
    /// The exact counts they rest on.
    pub cube: Cube,
    /// What became of every report.
    pub ledger: Ledger,
    /// What became of every area of the polygon files: the study area's, then one account an indicator.
    pub areas: Ledger,
    /// Automatic choices, in words.
    pub notices: Vec<String>,
    /// Whether no more reports, and no more areas, were refused than the settings allow.
    pub within_max_rejects: bool,
    /// What it was told to read.
    sources: Sources,
}

/// Days and places of reports.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    span: Option<(Day, Day)>,
    place: Option<[f64; 4]>,
}

impl Extent {
    fn add(&mut self, batch: &Batch) {
        let (Some(when), Some(&lat), Some(&lng)) = (batch.when().first(), batch.lat().first(), batch.lng().first())
        else {
            return;
        };
        // Column by column, what is widened kept out of memory.
        let (mut first, mut last) = (when.start, when.end);
        for when in batch.when() {
            (first, last) = (first.min(when.start), last.max(when.end));
        }
        // Four at a time, as a processor that waits for none of them takes them.
        let ends = |values: &[f64], one: f64| {
            let (fours, rest) = values.as_chunks::<4>();
            let (mut least, mut most) = ([one; 4], [one; 4]);
            for four in fours {
                least = std::array::from_fn(|lane| if four[lane] < least[lane] { four[lane] } else { least[lane] });
                most = std::array::from_fn(|lane| if four[lane] > most[lane] { four[lane] } else { most[lane] });
            }
            let all = || least.iter().chain(&most).chain(rest);
            (all().copied().fold(one, f64::min), all().copied().fold(one, f64::max))
        };
        let ((south, north), (west, east)) = (ends(batch.lat(), lat), ends(batch.lng(), lng));
        self.widen(first, last, south, west);
        self.widen(first, last, north, east);
    }

    fn widen(&mut self, start: Day, end: Day, lat: f64, lng: f64) {
        let (first, last) = self.span.get_or_insert((start, end));
        (*first, *last) = ((*first).min(start), (*last).max(end));
        let [west, south, east, north] = self.place.get_or_insert([lng, lat, lng, lat]);
        (*west, *south, *east, *north) = (west.min(lng), south.min(lat), east.max(lng), north.max(lat));
    }
}

/// What a look at the input yields, without scoring.
#[derive(Debug)]
pub struct Check {
    /// What became of every report.
    pub ledger: Ledger,
    /// What became of every area of the polygon files: the study area's, then one account an indicator.
    pub areas: Ledger,
    /// First day, and day after the last.
    pub span: Option<(Day, Day)>,
    /// West, south, east and north of the reports, in degrees; of their cells when they were counted.
    pub extent: Option<[f64; 4]>,
    /// Whether no more reports, and no more areas, were refused than the settings allow.
    pub within_max_rejects: bool,
}

impl Engine {
    /// Starts here.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Reads and counts reports from a file, bytes, standard input, a polars frame or a polars query.
    ///
    /// # Errors
    /// As [`Import::read`].
    pub fn incidents(mut self, input: impl Into<Input>) -> Result<Self, Error> {
        let Self { import, counts, roll_up, places, extent, refusals, pool, progress, ledger, plan, .. } = &mut self;
        let input = input.into();
        let mut accepted = ledger.accepted();
        let tally = pool.install(|| {
            import.read(
                &input,
                &mut |batch| {
                    let mut taken = 0;
                    match counts {
                        Some(counts) => {
                            counts.add(batch);
                            taken += counts.bytes();
                        }
                        None => extent.add(batch),
                    }
                    if let Some(areas) = roll_up {
                        areas.add(batch);
                        taken += areas.bytes();
                    }
                    if let Some(places) = places {
                        places.add(batch);
                        taken += places.bytes();
                    }
                    plan.reading.memory.counts_take(taken);
                    accepted += batch.len() as u64;
                    if let Some(Progress(tell)) = progress {
                        tell(accepted);
                    }
                },
                &mut |refused| refusals.add(refused),
            )
        })?;
        ledger.files.push(tally);
        self.sources.add_reports(Some(&input));
        Ok(self)
    }

    /// Adds counts made earlier or elsewhere.
    ///
    /// # Errors
    /// A cube of another resolution or time zone than this run's.
    pub fn cube(mut self, cube: Cube) -> Result<Self, Error> {
        let empty = CubeBuilder::new(self.plan.resolution, &self.plan.time_zone).build()?;
        self.ledger.files.push(FileTally::of_cube(&cube));
        self.sources.add_reports(None);
        self.cubes.push(empty.merge(cube)?);
        Ok(self)
    }

    /// Adds an indicator to bring onto the cells.
    ///
    /// # Errors
    /// A file that does not exist, or a name that is taken in the outputs, unless nothing is to be put out; the contents are
    /// checked by [`Self::run`], when the cells are known.
    pub fn indicator(mut self, indicator: Indicator) -> Result<Self, Error> {
        let name = &indicator.name;
        let is_id = self.plan.form.id_column.as_ref().is_some_and(|id| id.eq_ignore_ascii_case(name));
        let is_other = || self.indicators.iter().any(|other| other.name.eq_ignore_ascii_case(name));
        if self.counts.is_some() && (is_id || is_taken(name) || is_other()) {
            return Err(ConfigError::IndicatorName { name: name.clone() }.into());
        }
        let files = std::iter::once(&indicator.input).chain(indicator.areas.as_ref().map(|codes| &codes.areas));
        for path in files.filter_map(Input::path) {
            std::fs::metadata(path).map_err(|source| IngestError::Io { file: path.display().to_string(), source })?;
        }
        self.sources.add("indicator", &indicator.input);
        self.indicators.push(indicator);
        Ok(self)
    }

    /// Says what was read, without scoring it. The areas of indicators are judged as [`Self::run`] judges them; with neither
    /// reports nor a study area, when there is nothing else to check, also as ground to fill with cells.
    ///
    /// # Errors
    /// A file of areas that cannot be used at all; a quarantine file that cannot be written.
    pub fn check(mut self) -> Result<Check, Error> {
        let checked = self.check_indicators();
        self.refusals.commit()?;
        checked?;
        let mut extent = self.extent;
        if let Some(counts) = self.counts {
            let cube = counts.build()?;
            for (cell, counts) in cube.by_cell() {
                let at = h3o::LatLng::from(cell);
                let days = counts.iter().map(|&count| cube.row(cell, count).when);
                let span = days.reduce(|a, b| When { start: a.start.min(b.start), end: a.end.max(b.end) });
                if let Some(span) = span {
                    extent.widen(span.start, span.end, at.lat(), at.lng());
                }
            }
        }
        Ok(Check {
            span: extent.span,
            extent: extent.place,
            within_max_rejects: self.plan.max_rejects.allows(&self.ledger) && self.plan.max_rejects.allows(&self.areas),
            ledger: self.ledger,
            areas: self.areas,
        })
    }

    fn check_indicators(&mut self) -> Result<(), Error> {
        let alone = self.ledger.files.is_empty() && self.areas.files.is_empty();
        let mut known = Vec::new();
        for indicator in &self.indicators {
            let mut loaded = Loaded::read_with(indicator, self.plan.repairs, &mut known)?;
            let judged = loaded.check(indicator).and_then(|()| match loaded.regions().filter(|_| alone) {
                Some(regions) => regions.fit(self.plan.resolution),
                None => Ok(()),
            });
            accounts(loaded, &mut self.areas, &mut self.refusals)?;
            if let (true, Some(file)) = (is_taken(&indicator.name), self.areas.files.last_mut()) {
                let problem = ConfigError::IndicatorName { name: indicator.name.clone() };
                file.notices.push(format!("{}: {problem}", indicator.input.name()));
            }
            match judged {
                Ok(()) | Err(AreaError::NothingAccepted { .. }) => {}
                Err(error @ AreaError::Text { .. }) => {
                    let code = error.code().map_or("", Code::id);
                    self.areas
                        .files
                        .iter_mut()
                        .rev()
                        .take(1)
                        .for_each(|file| file.notices.push(format!("{code}: {error}")));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Scores everything read so far.
    ///
    /// # Errors
    /// No input, or none of its records accepted; an unusable indicator; a quarantine file that cannot be written.
    pub fn run(self) -> Result<Run, Error> {
        self.ready()?.run()
    }
}
