//! Run configuration: settings to a validated engine.

use std::path::Path;
use std::sync::Arc;

use super::prepare::{check_memory, context_layers};
use super::sources::Sources;
use super::{Engine, QuarantineFile, ReportExtent};
use crate::config::table::settings_table;
use crate::config::{ConfigError, Plan, Settings};
use crate::cube::CubeBuilder;
use crate::error::Error;
use crate::format::Input;
use crate::grid::Containment;
use crate::ingest::{Import, Ledger, Role};
use crate::layer::context::{ContextFile, Extent};
use crate::output::AtomicFile;
use crate::polygon::{PolygonError, Regions};
use crate::score::Method;

/// Builder of an [`Engine`]. Setters carry the names of [`Settings`].
#[derive(Debug, Default)]
#[must_use]
pub struct Builder {
    settings: Settings,
    area: Option<Input>,
    method: Option<Method>,
    progress: Option<Progress>,
    only_checks: bool,
}

/// Callback with the number of records accepted so far.
pub struct Progress(pub(super) Box<dyn FnMut(u64) + Send>);

impl std::fmt::Debug for Progress {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Progress")
    }
}

/// Makes a setter for every row of the table of settings, and a test of it, except those with other types, below.
macro_rules! setters {
    ($(
        $(#[doc = $about:literal])+
        $(#[serde($($serde:tt)*)])?
        $name:ident: $holder:ident<$item:ident>, $group:ident, $placeholder:literal, $verbs:ident
        $(, default $default:literal)? $(, shown $shown:literal)? $(, file $role:expr)? $(, flag $shape:expr)?
        $(, setter $setter:ident)?;
    )*) => {
        /// Setters of the settings, under the names of [`Settings`].
        impl Builder {
            $(setter! { [$($setter)?] [$(#[doc = $about])+] $name $holder<$item> })*
        }

        /// Checks each setter: it sets its setting and nothing else.
        #[test]
        fn every_setting_has_a_setter() {
            use crate::config::tests::{example, from_toml};
            $(setter! { [$($setter)? test] $name $item })*
        }
    };
}

/// Makes the setter of one setting by its type; that of a list adds to it.
macro_rules! setter {
    ([Typed $($test:ident)?] $($row:tt)*) => {};
    ([] $about:tt $name:ident Vec<String>) => { setter! { $about $name(item: impl ToString) push(item.to_string()) } };
    ([] $about:tt $name:ident Option<String>) => { setter! { $about $name(text: impl ToString) replace(text.to_string()) } };
    ([] $about:tt $name:ident Option<PathBuf>) => {
        setter! { $about $name(path: impl AsRef<Path>) replace(path.as_ref().to_owned()) }
    };
    ([] $about:tt $name:ident Option<$item:ident>) => { setter! { $about $name(value: $item) replace(value) } };
    ([$($about:tt)+] $name:ident($value:ident: $type:ty) $change:ident($item:expr)) => {
        $($about)+
        pub fn $name(mut self, $value: $type) -> Self {
            self.settings.$name.$change($item);
            self
        }
    };
    ([test] $name:ident PathBuf) => { setter! { [test] $name String } };
    ([test] $name:ident $item:ident) => {
        let name = stringify!($name).replace('_', "-");
        let setting = crate::config::SETTINGS.iter().find(|setting| setting.name == name).expect("listed");
        let value: $item = example(setting).parse().expect("of its type");
        assert_eq!(Builder::default().$name(value).settings, from_toml(setting), "{name}");
    };
}

settings_table! { setters }

impl Builder {
    /// Replaces all settings.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Study area as GeoJSON polygons. Default: cells with reports and their neighbours.
    pub fn area(mut self, polygons: impl Into<Input>) -> Self {
        self.area = Some(polygons.into());
        self
    }

    /// Scoring method. Default `tension-2`.
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Days that the data covers, without the last one; may be called for several. Default: calendar months with a report.
    pub fn covered(mut self, from: impl ToString, to: impl ToString) -> Self {
        self.settings.covered.push(format!("{}..{}", from.to_string(), to.to_string()));
        self
    }

    /// Cells that belong to the study area. Default `overlapping`.
    pub fn containment(mut self, mode: Containment) -> Self {
        self.settings.containment = Some(mode.id().to_owned());
        self
    }

    /// Indicator in the index of context, by its name in results; with a weight below 0, low values count. May be called for
    /// several; see [`Composite`](crate::indicator::Composite).
    pub fn context_index(mut self, indicator: &str, weight: f64) -> Self {
        self.settings.context_index.push(format!("{indicator}={weight}"));
        self
    }

    /// Column of a role; may be called for several. Default: by its name.
    pub fn column(mut self, role: Role, name: &str) -> Self {
        self.settings.column.push(format!("{role}={name}"));
        self
    }

    /// Reads for [`Engine::check`] only: nothing is counted, and a study area without usable polygons is a finding rather than
    /// an error.
    pub fn without_counts(mut self) -> Self {
        self.only_checks = true;
        self
    }

    /// Calls a function with the number of records accepted so far, after every batch.
    pub fn on_progress(mut self, progress: impl FnMut(u64) + Send + 'static) -> Self {
        self.progress = Some(Progress(Box::new(progress)));
        self
    }

    /// Checks the settings, reads the method and the study area, and opens the quarantine file, before any report is read.
    ///
    /// # Errors
    /// A setting, method, area or quarantine file that cannot be used.
    pub fn build(self) -> Result<Engine, Error> {
        let mut plan = Plan::try_from(&self.settings)?;
        let settings = &plan.settings;
        let mut method = match (self.method, &settings.method) {
            (Some(method), _) => method,
            (None, Some(name)) => Method::named_or_load(name)?,
            (None, None) => Method::default(),
        };
        if let Some(table) = &settings.weights {
            method = method.weighed_by(table)?;
        }
        method.check()?;
        let mut quarantine = QuarantineFile(settings.quarantine.as_deref().map(AtomicFile::create).transpose()?);
        let mut areas = Ledger::default();
        let mut area = None;
        let mut sources = Sources::new(settings.clone());
        if let Some(polygons) = self.area.or(settings.area.clone().map(Input::Path)) {
            sources.add("area", &polygons);
            let mut regions = Regions::load(&polygons, None, plan.repair_geometry)?;
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
        let context = if let Some(area) = &area {
            if !self.only_checks {
                check_memory(&plan, area)?;
            }
            Some(context_layers(&plan, Extent::of(area.cells().iter().copied()))?)
        } else {
            plan.context.iter().try_for_each(ContextFile::check)?;
            None
        };
        let count = settings.threads.unwrap_or(0);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
        let pool = pool.map_err(|error| ConfigError::Threads { count, source: error.into() })?;
        let counts = (!self.only_checks).then(|| pool.install(|| CubeBuilder::new(plan.resolution, &plan.time_zone)));
        let (import, indicators) = (Import::new(Arc::clone(&plan.reading)), std::mem::take(&mut plan.indicators));
        let engine = Engine {
            counts,
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
            waiting: Vec::new(),
            ledger: Ledger::default(),
            areas,
            sources,
        };
        indicators.into_iter().try_fold(engine, Engine::indicator)
    }
}
