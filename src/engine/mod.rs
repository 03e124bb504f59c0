//! The façade: one builder, one prepared run, one run a product.

mod builder;
mod calibrate;
mod check;
mod coverage;
mod density;
mod embedder;
mod explain;
mod hotspots;
mod idle;
mod layer;
mod map;
mod plausible;
mod prepare;
mod prepared;
mod provenance;
mod quarantine;
mod render;
mod roll_up;
mod run;
mod series;
mod sources;
mod vanished;

use std::sync::Arc;

pub use builder::Builder;
pub use check::Check;
pub use density::Surface;
pub use embedder::Progress;
#[cfg(feature = "cli")]
pub(crate) use explain::cell_of;
pub use map::Map;
pub use prepared::Prepared;
#[cfg(feature = "cli")]
pub(crate) use prepared::no_residents;
pub use run::Run;

use check::ReportExtent;
use density::ReportPositions;
use embedder::Embedder;
use quarantine::QuarantineFile;
use sources::Sources;

use crate::config::{ConfigError, Plan, Reading};
use crate::cube::{Cube, CubeBuilder};
use crate::error::Error;
use crate::format::{FormatError, Input, archive};
use crate::grid::StudyArea;
use crate::incident::{Incident, Strand};
use crate::indicator::{Indicator, RollUp};
use crate::ingest::{Accept, FileDays, FileTally, Import, IngestError, Ledger, Quarantine, ReadOptions, Revised};
use crate::layer::{ContextLayer, TableLayout, is_taken};
use crate::score::Method;

/// Reports in, explained layer out.
///
/// ```
/// use tensionmap::{Engine, Input};
/// // A year of one report a fortnight, then one a day on the last five days.
/// let mut csv = String::from("lon,lat,date,category\n");
/// for week in (0..52).step_by(2) {
///     let day: tensionmap::Day = "2025-03-03".parse()?;
///     csv += &format!("2.5,54.7,{},public_order\n", day + 7 * week);
/// }
/// for day in ["02-25", "02-26", "02-27", "02-28", "03-01"] {
///     csv += &format!("2.5,54.7,2026-{day},public_order\n");
/// }
/// let run = Engine::builder().resolution(8).as_of("2026-03-02").build()?
///     .incidents(Input::Bytes("log.csv".into(), csv.into_bytes()))?
///     .run()?;
/// let top = run.scores.standing_out()[0];
/// assert_eq!(top.n_window, 7.0); // two of the fortnightly ones fell into the 28 days as well
/// assert!(top.evidence.is_some_and(|evidence| evidence.total > 2.5));
/// assert!(top.ratio.is_some_and(|ratio| ratio.rr > 2.0 && ratio.p_exceed > 0.95));
/// assert_eq!((run.ledger.read(), run.ledger.accepted()), (31, 31));
/// # Ok::<(), tensionmap::Error>(())
/// ```
#[derive(Debug)]
pub struct Engine {
    plan: Plan,
    method: Method,
    area: Option<StudyArea>,
    /// Layers drawn under and over the cells, once these are known.
    context: Option<Vec<ContextLayer>>,
    indicators: Vec<Indicator>,
    quarantine: QuarantineFile,
    pool: rayon::ThreadPool,
    embedder: Embedder,
    /// `None` when nothing is to be counted.
    counts: Option<CubeBuilder>,
    /// Areas to count in, for [`Self::roll_up`].
    roll_up: Option<RollUp>,
    /// Positions to keep, for [`Self::density`].
    positions: Option<ReportPositions>,
    /// Extent in time and space, for [`Self::check`].
    extent: ReportExtent,
    cubes: Vec<Cube>,
    import: Import,
    /// Inputs that a later one may replace, in part.
    waiting: Vec<(Input, Reading)>,
    ledger: Ledger,
    /// Account of the areas of polygon files.
    areas: Ledger,
    sources: Sources,
}

impl Engine {
    /// Starts here.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Reads and counts reports from a file, bytes, standard input, a polars frame or a polars query. Where a later file
    /// replaces an earlier one ([`Revised::Replace`]), inputs wait until all are given, and the last is read first.
    ///
    /// # Errors
    /// Errors of [`Import::read`].
    pub fn incidents(self, input: impl Into<Input>) -> Result<Self, Error> {
        self.incidents_with(input, Reading::default())
    }

    /// Reads and counts reports as [`Self::incidents`], with options of reading that hold for this input alone.
    ///
    /// # Errors
    /// An option that is not usable; errors of [`Self::incidents`].
    pub fn incidents_with(mut self, input: impl Into<Input>, reading: Reading) -> Result<Self, Error> {
        let input = input.into();
        if self.plan.reading.revised == Revised::Replace {
            self.plan.reading_of(&reading)?;
            self.waiting.push((input, reading));
        } else {
            self.read(&input, &reading)?;
        }
        Ok(self)
    }

    /// Counts reports that the program holds or makes itself. Each is checked as those of files are, and quarantined if it is out of
    /// place or time.
    ///
    /// ```
    /// use tensionmap::{Category, Day, Engine, Incident, LatLng, When};
    /// let (quay, day): (LatLng, Day) = (LatLng::new(54.7, 2.5)?, "2026-02-27".parse()?);
    /// let incidents = (0..9).map(|k| Incident::new(quay, When::day(day - k), Category::HateIncident));
    /// let run = Engine::builder().as_of(day + 1).build()?.incidents_from(incidents)?.run()?;
    /// assert_eq!(run.ledger.accepted(), 9);
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    ///
    /// # Errors
    /// A quarantine file that cannot be written. Positions without one that can be used, for a common reason.
    pub fn incidents_from<I>(mut self, incidents: I) -> Result<Self, Error>
    where
        I: IntoIterator<Item = Incident>,
        I::IntoIter: Send,
    {
        let incidents = incidents.into_iter();
        let reading = Reading::default();
        self.import_with(None, &reading, |import, accept, quarantine| import.take(incidents, accept, quarantine))?;
        Ok(self)
    }

    /// Reads the inputs that the settings name, each with its own options ([`Settings::input`](crate::Settings::input)).
    ///
    /// # Errors
    /// A pattern without a match, a folder without Parquet files; errors of [`Self::incidents`].
    pub fn named_inputs(self) -> Result<Self, Error> {
        let inputs = self.plan.settings.inputs()?;
        inputs.into_iter().try_fold(self, |engine, (input, reading)| engine.incidents_with(input, reading))
    }

    /// Reads the inputs that wait, the last first, and enters them in the order given.
    fn read_waiting(&mut self) -> Result<(), Error> {
        let first = self.ledger.files.len();
        let waiting = std::mem::take(&mut self.waiting);
        waiting.iter().rev().try_for_each(|(input, reading)| self.read(input, reading))?;
        self.ledger.files[first..].reverse();
        self.sources.reverse_reports(first);
        Ok(())
    }

    fn read(&mut self, input: &Input, reading: &Reading) -> Result<(), Error> {
        let mut options = self.plan.reading_of(reading)?;
        if self.counts.is_none() && self.roll_up.is_some() {
            // Areas alone say by their size which reports they can count.
            options = Arc::new(ReadOptions { cells: None, ..(*options).clone() });
        }
        self.import_with(Some(input), reading, |import, accept, quarantine| {
            import.read_with(input, &options, accept, quarantine)
        })
    }

    /// Imports from an input, or from memory where there is none.
    fn import_with(
        &mut self,
        input: Option<&Input>,
        reading: &Reading,
        read: impl FnOnce(&mut Import, &mut Accept<'_>, &mut Quarantine<'_>) -> Result<FileTally, IngestError> + Send,
    ) -> Result<(), Error> {
        let Self { import, counts, roll_up, positions, extent, quarantine, pool, embedder, ledger, plan, .. } = self;
        let name = input.map_or_else(|| Import::INCIDENTS.to_owned(), Input::name);
        embedder.watch.begin_input();
        let mut accepted = ledger.accepted();
        let tally = pool.install(|| {
            read(
                import,
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
                    if let Some(positions) = positions {
                        positions.add(batch);
                        taken += positions.bytes();
                    }
                    plan.reading.file.memory.set_counts(taken);
                    accepted += batch.len() as u64;
                    let (bytes, total) = embedder.watch.bytes();
                    // The intake asks the watch after every batch.
                    let _stopped = embedder.tell(Progress::Reading { input: &name, bytes, total, accepted });
                },
                &mut |record| quarantine.add(record),
            )
        })?;
        ledger.files.push(tally);
        self.sources.add_reports(input, reading);
        Ok(())
    }

    /// Adds counts made earlier or elsewhere.
    ///
    /// # Errors
    /// A cube of another resolution or time zone than this run's.
    pub fn cube(mut self, cube: Cube) -> Result<Self, Error> {
        let empty = CubeBuilder::new(self.plan.resolution, &self.plan.time_zone).build()?;
        let is_coming = |class: u32| cube.classes()[class as usize].strand == Strand::Potential;
        let rows = cube.rows().map(|row| (row.when, row.known, is_coming(row.class), row.n.into()));
        self.ledger.files.push(FileTally::counted(cube.total(), FileDays::of_rows(rows)));
        self.sources.add_reports(None, &Reading::default());
        self.cubes.push(empty.merge(cube)?);
        Ok(self)
    }

    /// Adds an indicator to bring onto the cells.
    ///
    /// # Errors
    /// A file that does not exist, or a name that is taken in the outputs, unless nothing is to be put out. The
    /// contents are checked by [`Self::run`], when the cells are known.
    pub fn indicator(mut self, indicator: Indicator) -> Result<Self, Error> {
        if self.counts.is_some() {
            check_indicator_name(&indicator, &self.indicators, &self.plan.layout)?;
        }
        let files = std::iter::once(&indicator.input).chain(indicator.areas.as_ref().map(|codes| &codes.areas));
        for path in files.filter_map(Input::path) {
            if !archive::is_member(path) {
                std::fs::metadata(path)
                    .map_err(|source| FormatError::Io { file: path.display().to_string(), source })?;
            }
        }
        self.sources.add("indicator", &indicator.input);
        let is_of_people = indicator.is_of_people || self.plan.settings.residents.as_ref() == Some(&indicator.name);
        self.indicators.push(Indicator { is_of_people, ..indicator });
        Ok(self)
    }

    /// Scores everything read so far.
    ///
    /// # Errors
    /// No input, or none of its records accepted; an unusable indicator; a quarantine file that cannot be written.
    pub fn run(self) -> Result<Run, Error> {
        self.prepare()?.run()
    }
}

/// Errors if a column of the result, or one of the indicators before it, has the name of an indicator.
pub(crate) fn check_indicator_name(
    indicator: &Indicator,
    before: &[Indicator],
    layout: &TableLayout,
) -> Result<(), ConfigError> {
    let name = &indicator.name;
    let is_id = layout.id_column.as_ref().is_some_and(|id| id.eq_ignore_ascii_case(name));
    if is_id || is_taken(name) || before.iter().any(|other| other.name.eq_ignore_ascii_case(name)) {
        return Err(ConfigError::IndicatorName { name: name.clone() });
    }
    Ok(())
}
