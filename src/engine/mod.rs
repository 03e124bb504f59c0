//! The façade: one builder, one run, stages 2 to 8 in order.

mod builder;
mod explain;
mod refusals;
mod roll_up;

pub use builder::{Builder, Progress};
pub use explain::Explained;
pub use roll_up::RolledUp;

use refusals::{Refusals, account, accounts};

use crate::area::{AreaError, Composite, Indicator, Interpolated, Kind, Loaded, RollUp};
use crate::config::{ConfigError, Plan};
use crate::cube::{Cube, CubeBuilder};
use crate::error::{Error, InvalidValue};
use crate::grid::StudyArea;
use crate::incident::Day;
use crate::ingest::{Batch, Code, FileTally, Import, IngestError, Input, Ledger};
use crate::layer::{FIELDS, Layer, Provenance};
use crate::score::{self, Method, Scores};

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
    indicators: Vec<Indicator>,
    refusals: Refusals,
    pool: rayon::ThreadPool,
    progress: Option<Progress>,
    /// `None` when nothing is to be counted.
    counts: Option<CubeBuilder>,
    /// Areas to count in, for [`Self::roll_up`].
    roll_up: Option<RollUp>,
    /// Days and places met, for [`Self::check`].
    extent: Extent,
    cubes: Vec<Cube>,
    import: Import,
    ledger: Ledger,
    /// What became of the areas of polygon files.
    areas: Ledger,
}

/// What a run yields.
#[derive(Debug)]
pub struct Run {
    /// What may leave: cells, values, legend, provenance. `layer.save("map.png")`.
    pub layer: Layer,
    /// The scores, typed.
    pub scores: Scores,
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
        let ends = |values: &[f64], one: f64| {
            values.iter().fold((one, one), |(least, most), &value| (least.min(value), most.max(value)))
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
        let Self { import, counts, roll_up, extent, refusals, pool, progress, ledger, .. } = &mut self;
        let input = input.into();
        let mut accepted = ledger.accepted();
        let tally = pool.install(|| {
            import.read(
                &input,
                &mut |batch| {
                    match counts {
                        Some(counts) => counts.add(batch),
                        None => extent.add(batch),
                    }
                    if let Some(areas) = roll_up {
                        areas.add(batch);
                    }
                    accepted += batch.len() as u64;
                    if let Some(Progress(tell)) = progress {
                        tell(accepted);
                    }
                },
                &mut |refused| refusals.add(refused),
            )
        })?;
        ledger.files.push(tally);
        Ok(self)
    }

    /// Adds counts made earlier or elsewhere.
    ///
    /// # Errors
    /// A cube of another resolution or time zone than this run's.
    pub fn cube(mut self, cube: Cube) -> Result<Self, Error> {
        let empty = CubeBuilder::new(self.plan.resolution, &self.plan.time_zone).build()?;
        self.ledger.files.push(FileTally::of_cube(&cube));
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
        if self.counts.is_some() && (is_taken(name) || self.indicators.iter().any(|other| other.name == *name)) {
            return Err(ConfigError::IndicatorName { name: name.clone() }.into());
        }
        let files = std::iter::once(&indicator.input).chain(indicator.areas.as_ref().map(|codes| &codes.areas));
        for path in files.filter_map(Input::path) {
            std::fs::metadata(path).map_err(|source| IngestError::Io { file: path.display().to_string(), source })?;
        }
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
            for row in cube.rows() {
                let at = h3o::LatLng::from(row.cell);
                extent.widen(row.when.start, row.when.end, at.lat(), at.lng());
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
    pub fn run(mut self) -> Result<Run, Error> {
        let mut refusals = std::mem::replace(&mut self.refusals, Refusals(None));
        let run = self.score(&mut refusals);
        // What was refused is most needed when nothing came of the run.
        refusals.commit()?;
        run
    }

    fn score(self, refusals: &mut Refusals) -> Result<Run, Error> {
        let Self { plan, method, area, indicators, pool, counts, cubes, ledger, mut areas, .. } = self;
        let mut notices: Vec<String> = ledger.files.iter().flat_map(|file| file.notices.clone()).collect();
        let counts = counts.unwrap_or_else(|| CubeBuilder::new(plan.resolution, &plan.time_zone));
        let mut cube = counts.build()?;
        for other in cubes {
            cube = cube.merge(other)?;
        }
        if cube.rows().is_empty() {
            return Err(nothing_accepted(&ledger));
        }
        let as_of = if let Some(day) = plan.as_of {
            day
        } else {
            let day = latest(&cube)?;
            notices.push(format!("as-of {day}, the day after the latest report; choose another with --as-of"));
            day
        };
        let area = area.unwrap_or_else(|| {
            // Only what was known then: a later report must not widen the area, which would move its mean.
            let known = cube.rows().iter().filter(|row| row.known <= as_of).map(|row| row.cell);
            let area = StudyArea::observed(known);
            notices.push(format!(
                "study area: the {} cells with reports and their neighbours; give one with --area",
                area.cells().len()
            ));
            area
        });
        if let Some(first) = cube.rows().iter().map(|row| row.known).min().filter(|&first| first > as_of) {
            // With a study area of its own, a date before all data is a map of "no data".
            if area.cells().is_empty() {
                return Err(score::ScoreError::NothingKnown { as_of, first }.into());
            }
        }
        let scores = score::at(&cube, &area, as_of, &method)?;
        let mut known = Vec::new();
        let spread = |indicator: &Indicator| {
            let mut loaded = Loaded::read_with(indicator, plan.repairs, &mut known)?;
            let spread = loaded.spread(indicator, area.cells());
            accounts(loaded, &mut areas, refusals)?;
            Ok(spread?)
        };
        let indicators =
            pool.install(|| indicators.iter().map(spread).collect::<Result<Vec<Interpolated>, Error>>())?;
        let context = Composite::chosen(&plan.context, &indicators)?;
        for notice in areas.files.iter().flat_map(|file| &file.notices) {
            // A file that is read for several columns says the same of each.
            if !notices.contains(notice) {
                notices.push(notice.clone());
            }
        }
        notices.extend(indicators.iter().filter_map(balance));
        notices.extend(remarks(&scores, &cube, &method));
        let provenance =
            Provenance::new(&plan, &method, &scores, &cube, [&ledger, &areas], (&indicators, context.as_ref()));
        let layer = Layer::new(scores.clone(), indicators, context, area.outline().cloned(), provenance);
        let within_max_rejects = plan.max_rejects.allows(&ledger) && plan.max_rejects.allows(&areas);
        Ok(Run { layer, scores, cube, ledger, areas, notices, within_max_rejects })
    }
}

/// Whether outputs have a value of this name already.
fn is_taken(name: &str) -> bool {
    FIELDS.contains(&name)
        || name.strip_prefix(Composite::NAME).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

/// Where the total of an indicator went.
fn balance(indicator: &Interpolated) -> Option<String> {
    let unit = match (indicator.kind, &indicator.weight) {
        (Kind::Intensive, None) => " (value × km²)".to_owned(),
        (Kind::Intensive, Some(weight)) => format!(" (value × {weight})"),
        _ => String::new(),
    };
    let conservation = indicator.conservation?;
    Some(format!("{} {}{unit}: {conservation}", indicator.kind.id(), indicator.name))
}

/// The day after the last report that is not an event still to come.
fn latest(cube: &Cube) -> Result<Day, Error> {
    let past = cube
        .rows()
        .iter()
        .filter(|row| cube.classes()[row.class as usize].strand != crate::incident::Strand::Potential);
    past.map(|row| row.when.end).max().ok_or_else(|| {
        InvalidValue::bare("as-of", "none", "a date with --as-of, since every report is about a coming event").into()
    })
}

fn nothing_accepted(ledger: &Ledger) -> Error {
    if ledger.files.is_empty() {
        return ConfigError::NoInput.into();
    }
    let reasons = if ledger.read() > 0 { ledger.codes() } else { ledger.warnings() };
    let shown: Vec<String> = reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    let first = ledger.files.iter().find_map(|file| file.examples.first());
    let names = || ledger.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ");
    let advice =
        first.map_or_else(|| format!("expected reports in {}", names()), |example| format!("the first is {example}"));
    IngestError::NothingAccepted { read: ledger.read(), reasons: shown.join(", "), advice }.into()
}

/// What a reader of the result must be told.
fn remarks(scores: &Scores, cube: &Cube, method: &Method) -> Vec<String> {
    let mut remarks = Vec::new();
    let unannounced = |row: &&crate::cube::Row| {
        let coming = cube.classes()[row.class as usize].strand == crate::incident::Strand::Potential;
        coming && row.known >= row.when.end && row.when.end > scores.as_of
    };
    let unannounced: u64 = cube.rows().iter().filter(unannounced).map(|row| u64::from(row.n)).sum();
    if unannounced > 0 {
        remarks.push(format!(
            "coming events without a day they became known, which count only once they are over: {unannounced}; give them a \
             reported-at"
        ));
    }
    if method.d_half.is_none() {
        let value = scores.anchor.d_half().map_or_else(String::new, |value| format!(" = {value} mass per km²"));
        remarks.push(format!("anchor D½{value} {}", scores.anchor.about()));
    }
    if scores.baseline.is_none() {
        let (days, least) = (scores.baseline_days, method.baseline_least_days);
        remarks.push(format!("only {days} covered days before the window, fewer than {least}: no surge and no spread"));
    }
    if scores.window_days < method.window_days {
        let (days, all) = (scores.window_days, method.window_days);
        remarks.push(format!("only {days} of the window's {all} days are covered by the data"));
    }
    if scores.outside > 0 {
        remarks.push(format!("accepted reports outside the study area, which are in no score: {}", scores.outside));
    }
    if scores.later > 0 {
        remarks.push(format!(
            "accepted reports not known or not begun by {}, which do not count: {}",
            scores.as_of, scores.later
        ));
    }
    remarks
}
