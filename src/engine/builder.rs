//! Run configuration: settings to a validated engine.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use super::embedder::Embedder;
use super::prepare::{check_memory, context_layers};
use super::sources::Sources;
use super::{Engine, Progress, QuarantineFile, ReportExtent};
use crate::config::table::settings_table;
use crate::config::{ConfigError, Plan, Settings, thread_count};
use crate::cube::CubeBuilder;
use crate::error::Error;
use crate::format::{Input, InputFormat};
use crate::grid::Containment;
use crate::ingest::{Categories, Import, Ledger, Role};
use crate::layer::Page;
use crate::layer::context::{ContextFile, Extent};
use crate::output::{AtomicFile, Encoder};
use crate::polygon::{PolygonError, Regions};
use crate::rounding::legible;
use crate::score::Method;
use crate::watch::Watch;

/// Builder of an [`Engine`]. Setters carry the names of [`Settings`].
#[derive(Debug, Default)]
#[must_use]
pub struct Builder {
    settings: Settings,
    area: Option<Input>,
    method: Option<Method>,
    categories: Option<Categories>,
    /// Context layers in memory, with the style and place of each.
    context_layers: Vec<(Input, String)>,
    embedder: Embedder,
    formats: Vec<InputFormat>,
    only_checks: bool,
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
    /// Lays settings over what was set before: those that are unset leave it as it is.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.area = self.area.filter(|_| settings.area.is_none());
        self.method = self.method.filter(|_| settings.method.is_none());
        self.categories = self.categories.filter(|_| settings.categories.is_none());
        self.settings = settings.over(self.settings);
        self
    }

    /// Study area: polygons of a GeoJSON file or from memory, such as a [`geo::MultiPolygon`]. Default: cells with reports and their
    /// neighbours.
    pub fn area(mut self, polygons: impl Into<Input>) -> Self {
        self.area = Some(polygons.into());
        self.settings.area = None;
        self
    }

    /// Scoring method. Default `tension-2`.
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self.settings.method = None;
        self
    }

    /// Category of each label in the input; replaces entries of the built-in tables. [`Categories::load`] reads a file.
    pub fn categories(mut self, table: Categories) -> Self {
        self.categories = Some(table);
        self.settings.categories = None;
        self
    }

    /// Context layer in memory, drawn in a style such as `roads` or `water:over`; may be called for several. [`Self::context`] takes
    /// files.
    ///
    /// ```
    /// use geo::{LineString, line_string};
    /// use tensionmap::{Engine, Input, geo, sample};
    /// let road: LineString = line_string![(x: 2.2, y: 54.7), (x: 2.6, y: 54.8)];
    /// let roads = Input::features("roads", [(road, [("name", "Quay Street".into())])]);
    /// let run = Engine::builder().as_of(sample::AS_OF).area(sample::boundary()).context_layer(roads, "roads").build()?
    ///     .incidents(sample::incidents())?.run()?;
    /// assert!(run.release().notices().iter().any(|notice| notice.starts_with("context roads: 1 of 1 features")));
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    pub fn context_layer(mut self, features: impl Into<Input>, style: &str) -> Self {
        self.context_layers.push((features.into(), style.to_owned()));
        self
    }

    /// Page of pictures and its pixels per inch. Default [`Page::SHEET`].
    pub fn page(mut self, page: Page) -> Self {
        self.settings.page = Some(page.to_string());
        self.settings.dpi = Some(page.dpi());
        self
    }

    /// Days that the data covers, without the last one; may be called for several. Default: calendar months with a report.
    pub fn covered(mut self, from: impl ToString, to: impl ToString) -> Self {
        self.settings.covered.push(format!("{}..{}", from.to_string(), to.to_string()));
        self
    }

    /// Days that one source covers, without the last one; may be called for several.
    pub fn covered_by(mut self, source: &str, from: impl ToString, to: impl ToString) -> Self {
        self.settings.covered.push(format!("{source}={}..{}", from.to_string(), to.to_string()));
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
        self.settings.context_index.push(format!("{indicator}={}", legible(weight)));
        self
    }

    /// Column of a role; may be called for several. Default: by its name.
    pub fn column(mut self, role: Role, name: &str) -> Self {
        self.settings.column.push(format!("{role}={name}"));
        self
    }

    /// Adds a format of results: [`Run::save`](super::Run::save) finds it by its extensions, before those that come with the library,
    /// and [`Run::encode`](super::Run::encode) by its name. May be called for several; `examples/embed.rs` has one.
    pub fn encoder<T: Clone + 'static>(mut self, encoder: impl Encoder<T> + Send + 'static) -> Self {
        self.embedder.encoders.push(encoder);
        self
    }

    /// Adds a format of reports, looked at before those that come with the library. May be called for several.
    pub fn reader(mut self, format: InputFormat) -> Self {
        self.formats.push(format);
        self
    }

    /// Reads for [`Engine::check`] only: nothing is counted, and a study area without usable polygons is a finding rather than
    /// an error.
    pub fn without_counts(mut self) -> Self {
        self.only_checks = true;
        self
    }

    /// Tells a function where the run stands. If it breaks, the run ends with [`Error::Cancelled`] and leaves no result.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use tensionmap::{Engine, Error, Progress, sample};
    /// let stop = |progress: Progress<'_>| match progress {
    ///     Progress::Reading { accepted, .. } if accepted > 100 => ControlFlow::Break(()),
    ///     _ => ControlFlow::Continue(()),
    /// };
    /// let stopped = Engine::builder().on_progress(stop).build()?.incidents(sample::incidents());
    /// assert!(matches!(stopped, Err(Error::Cancelled(_))));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn on_progress(mut self, tell: impl FnMut(Progress<'_>) -> ControlFlow<()> + Send + 'static) -> Self {
        self.embedder.callback = Some(Arc::new(Mutex::new(tell)));
        self
    }

    /// Stops the run once this flag is set, from any thread or signal: it ends with [`Error::Cancelled`] and leaves no result.
    ///
    /// Asked in every batch that is read, date that is scored, block of permutations and write, and before results are put in their
    /// places. A quarantine file that was complete by then stays.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use tensionmap::{Engine, Error, sample};
    /// let flag = Arc::new(AtomicBool::new(false));
    /// let engine = Engine::builder().cancel(flag.clone()).build()?;
    /// flag.store(true, Ordering::Relaxed);
    /// assert!(matches!(engine.incidents(sample::incidents()), Err(Error::Cancelled(_))));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn cancel(mut self, flag: Arc<AtomicBool>) -> Self {
        self.embedder.watch = Watch::on(flag);
        self
    }

    /// Checks the settings, reads the method and the study area, and opens the quarantine file, before any report is read.
    ///
    /// # Errors
    /// A setting, method, area or quarantine file that cannot be used.
    pub fn build(self) -> Result<Engine, Error> {
        let mut plan = Plan::try_from(&self.settings)?;
        let reading = Arc::make_mut(&mut plan.reading);
        reading.file.formats = self.formats;
        let settings = &plan.settings;
        let method = match (self.method, &settings.weights) {
            (None, weights) => Method::of_settings(settings.method.as_deref(), weights.as_deref())?,
            (Some(method), None) => method,
            (Some(method), Some(table)) => method.weighed_by(table)?,
        };
        method.check()?;
        let mut quarantine = QuarantineFile(settings.quarantine.as_deref().map(AtomicFile::create).transpose()?);
        let mut areas = Ledger::default();
        let mut area = None;
        let mut sources = Sources::new(settings.clone(), plan.view.fonts.clone());
        for (features, style) in self.context_layers {
            sources.add("context", &features);
            plan.context.push(ContextFile::of(features, &style)?);
        }
        if let Some(table) = self.categories {
            sources.add("categories", &Input::Bytes(Categories::UNNAMED.to_owned(), table.to_toml().into_bytes()));
            Arc::make_mut(&mut plan.reading).categories = table;
        }
        let count = thread_count(settings.threads);
        let watch = self.embedder.watch.clone();
        let carry = move |_thread| watch.clone().carry();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).start_handler(carry).build();
        let pool = pool.map_err(|error| ConfigError::Threads { count, source: error.into() })?;
        if let Some(polygons) = self.area.or(settings.area.clone().map(Input::Path)) {
            sources.add("area", &polygons);
            let mut regions = pool.install(|| Regions::load(&polygons, None, plan.repair_geometry))?;
            let outcome = regions.study_area(plan.resolution, plan.containment);
            quarantine.add_regions(regions, &mut areas)?;
            area = match outcome {
                Ok(area) => Some(area),
                Err(PolygonError::NothingAccepted { .. }) if self.only_checks => None,
                Err(error) => {
                    quarantine.commit(&sources)?;
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
            embedder: self.embedder,
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
