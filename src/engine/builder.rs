//! What a run is told before it reads anything.

use std::path::Path;

use super::prepared::{check_memory, context_layers};
use super::sources::Sources;
use super::{Engine, QuarantineFile, ReportExtent};
use crate::config::{ConfigError, Plan, Settings};
use crate::cube::CubeBuilder;
use crate::error::Error;
use crate::grid::Containment;
use crate::ingest::{Import, Input, Ledger, Role};
use crate::layer::context::ContextFile;
use crate::output::AtomicFile;
use crate::polygon::{PolygonError, Regions};
use crate::score::Method;

/// Collects what a run needs. Setters carry the names of [`Settings`].
#[derive(Debug, Default)]
#[must_use]
pub struct Builder {
    settings: Settings,
    area: Option<Input>,
    method: Option<Method>,
    progress: Option<Progress>,
    only_checks: bool,
}

/// Told the number of records accepted so far, now and then.
pub struct Progress(pub(super) Box<dyn FnMut(u64) + Send>);

impl std::fmt::Debug for Progress {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Progress")
    }
}

impl Builder {
    /// Takes a whole set of settings.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// H3 resolution, 0 to 15. Default 8.
    pub fn resolution(mut self, resolution: u8) -> Self {
        self.settings.resolution = Some(resolution);
        self
    }

    /// The day at whose start the situation is scored. Default: the day after the latest report.
    pub fn as_of(mut self, date: impl ToString) -> Self {
        self.settings.as_of = Some(date.to_string());
        self
    }

    /// Analysis time zone. Default `Europe/London`.
    pub fn timezone(mut self, name: &str) -> Self {
        self.settings.timezone = Some(name.to_owned());
        self
    }

    /// Study area as GeoJSON polygons. Default: cells with reports and their neighbours.
    pub fn area(mut self, polygons: impl Into<Input>) -> Self {
        self.area = Some(polygons.into());
        self
    }

    /// Scoring method. Default `tension-1`.
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Category weights: `tension`, `count`, `cchi-sqrt` or a TOML file. Default: the method's.
    pub fn weights(mut self, table: &str) -> Self {
        self.settings.weights = Some(table.to_owned());
        self
    }

    /// The indicator that holds residents, for a method whose density is per 1,000 of them.
    pub fn residents(mut self, indicator: &str) -> Self {
        self.settings.residents = Some(indicator.to_owned());
        self
    }

    /// Days that the data covers, the last one left out; may be called for several. Default: calendar months with a report.
    pub fn covered(mut self, from: impl ToString, to: impl ToString) -> Self {
        self.settings.covered.push(format!("{}..{}", from.to_string(), to.to_string()));
        self
    }

    /// Says what changed since this as-of.
    pub fn compare_to(mut self, date: impl ToString) -> Self {
        self.settings.compare_to = Some(date.to_string());
        self
    }

    /// Which cells belong to the study area: `centroid`, `full`, `overlapping` or `covers`. Default `overlapping`.
    pub fn containment(mut self, mode: Containment) -> Self {
        self.settings.containment = Some(mode.id().to_owned());
        self
    }

    /// Counts an indicator, by its name in results, in the index of context; below 0, its low values. May be called for
    /// several; see [`Composite`](crate::area::Composite).
    pub fn context_index(mut self, indicator: &str, weight: f64) -> Self {
        self.settings.context_index.push(format!("{indicator}={weight}"));
        self
    }

    /// Shows a layer under or over the cells of pictures, as `FILE`, `FILE:STYLE` or `FILE:STYLE:under|over`; may be called for
    /// several. [`STYLES`](crate::layer::context::STYLES) has the styles.
    pub fn context(mut self, file: &str) -> Self {
        self.settings.context.push(file.to_owned());
        self
    }

    /// Whether areas whose rings cross are repaired instead of refused. Default: no.
    pub fn repair_geometry(mut self, repairs: bool) -> Self {
        self.settings.repair_geometry = Some(repairs);
        self
    }

    /// Layout of the input by name. Default: recognised by its exact columns.
    pub fn preset(mut self, name: &str) -> Self {
        self.settings.preset = Some(name.to_owned());
        self
    }

    /// Which column plays a role; may be called for several.
    pub fn column(mut self, role: Role, name: &str) -> Self {
        self.settings.column.push(format!("{role}={name}"));
        self
    }

    /// Where every refused report and area is written, as NDJSON.
    pub fn quarantine(mut self, path: impl AsRef<Path>) -> Self {
        self.settings.quarantine = Some(path.as_ref().to_owned());
        self
    }

    /// Refused reports that are taken as normal: a number such as `20`, or a share such as `3%`. The same limit holds for
    /// the areas of all polygon files together. Default 0.
    pub fn max_rejects(mut self, limit: &str) -> Self {
        self.settings.max_rejects = Some(limit.to_owned());
        self
    }

    /// Title of the map.
    pub fn title(mut self, title: &str) -> Self {
        self.settings.title = Some(title.to_owned());
        self
    }

    /// Protective marking of every output.
    pub fn marking(mut self, marking: &str) -> Self {
        self.settings.marking = Some(marking.to_owned());
        self
    }

    /// Worker threads. Results do not depend on it.
    pub fn threads(mut self, count: usize) -> Self {
        self.settings.threads = Some(count);
        self
    }

    /// Reads for [`Engine::check`] only: without counting, and a study area of which nothing can be used is a finding rather
    /// than an error.
    pub fn without_counts(mut self) -> Self {
        self.only_checks = true;
        self
    }

    /// Is told the number of records accepted so far, a batch at a time.
    pub fn on_progress(mut self, progress: impl FnMut(u64) + Send + 'static) -> Self {
        self.progress = Some(Progress(Box::new(progress)));
        self
    }

    /// Checks the settings, reads the method and the study area, and opens the quarantine file, before any report is read.
    ///
    /// # Errors
    /// A setting that cannot be used; a method, area or quarantine file likewise.
    pub fn build(self) -> Result<Engine, Error> {
        let mut plan = Plan::try_from(&self.settings)?;
        let method = match (self.method, &self.settings.method) {
            (Some(method), _) => method,
            (None, Some(path)) => Method::load(path)?,
            (None, None) => Method::default(),
        };
        let method = match &self.settings.weights {
            Some(table) => method.weighed_by(table)?,
            None => method,
        };
        method.check()?;
        let mut quarantine = QuarantineFile(self.settings.quarantine.as_deref().map(AtomicFile::create).transpose()?);
        let mut areas = Ledger::default();
        let mut area = None;
        let mut sources = Sources::new(self.settings.clone());
        if let Some(polygons) = self.area.or(self.settings.area.map(Input::Path)) {
            sources.add("area", &polygons);
            let mut regions = Regions::load(&polygons, None, plan.repairs)?;
            let outcome = regions.study_area(plan.resolution, plan.containment);
            quarantine.add_regions(regions, &mut areas)?;
            area = match outcome {
                Ok(area) => Some(area),
                Err(PolygonError::NothingAccepted { .. }) if self.only_checks => None,
                Err(error) => {
                    quarantine.commit()?;
                    return Err(error.into());
                }
            };
        }
        let mut context = None;
        if let Some(area) = &area {
            check_memory(&plan, area)?;
            context = Some(context_layers(&plan, area)?);
        }
        plan.context.iter().filter(|_| context.is_none()).try_for_each(ContextFile::check)?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.settings.threads.unwrap_or(0)).build();
        let pool = pool.map_err(|error| ConfigError::Threads {
            count: self.settings.threads.unwrap_or(0),
            source: error.into(),
        })?;
        let (resolution, indicators) = (plan.resolution, std::mem::take(&mut plan.indicators));
        let import = Import::new(plan.reading.clone());
        let engine = Engine {
            counts: (!self.only_checks).then(|| pool.install(|| CubeBuilder::new(resolution, &plan.time_zone))),
            roll_up: None,
            positions: None,
            extent: ReportExtent::default(),
            indicators: Vec::new(),
            plan,
            method,
            area,
            context,
            quarantine,
            pool,
            progress: self.progress,
            cubes: Vec::new(),
            import,
            ledger: Ledger::default(),
            areas,
            sources,
        };
        indicators.into_iter().try_fold(engine, Engine::indicator)
    }
}
