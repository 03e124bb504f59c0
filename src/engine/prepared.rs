//! Prepared run: reports counted, date and study area chosen, indicators on the cells. Every product starts here.

use std::path::PathBuf;
use std::sync::Arc;

use super::quarantine::QuarantineFile;
use super::sources::Sources;
use super::{Engine, Map, Run};
use crate::config::{ConfigError, Plan};
use crate::cube::{Cube, CubeBuilder};
use crate::disclosure::Profile;
use crate::error::Error;
use crate::format::Input;
use crate::grid::{Containment, StudyArea};
use crate::hotspot::Hotspots;
use crate::incident::{Day, Strand};
use crate::indicator::{AreaCounts, Composite, Indicator, IndicatorKind, Interpolated, Loaded, RollUp};
use crate::ingest::{IngestError, Ledger};
use crate::invalid::InvalidValue;
use crate::layer::context::Extent;
use crate::layer::{ContextLayer, Layer, LayerParts, ScoredAreas};
use crate::polygon::Regions;
use crate::score::{Assessments, Change, Covariates, Method, PlaceKind, ScoreError, Scores, Scoring};

/// Reports counted, a study area and a date chosen, indicators brought onto the cells.
///
/// ```
/// use tensionmap::{Engine, sample};
/// let prepared = Engine::builder().as_of("2026-03-02").area(sample::boundary()).build()?
///     .incidents(sample::incidents())?.prepare()?;
/// let scoring = prepared.scoring()?;
/// let (now, before) = (scoring.at(prepared.as_of), scoring.at(prepared.as_of - 28));
/// assert_eq!(now.cells.len(), before.cells.len());
/// # Ok::<(), tensionmap::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Prepared {
    pub(super) plan: Plan,
    pub(super) pool: rayon::ThreadPool,
    /// Scoring method.
    pub method: Method,
    /// Exact counts.
    pub cube: Cube,
    /// Cells that are scored.
    pub area: StudyArea,
    /// Date that is scored.
    pub as_of: Day,
    /// Indicators on the cells.
    pub indicators: Vec<Interpolated>,
    /// Index of context, if one was asked for.
    pub context: Option<Composite>,
    /// Layers that pictures show under and over the cells.
    pub context_layers: Vec<ContextLayer>,
    /// Reports counted in areas as well, if areas were given.
    pub counted_in: Option<AreaCounts>,
    /// Areas that are scored instead of cells.
    pub(super) scored_areas: Option<Arc<ScoredAreas>>,
    /// Levels that people set, with their reasons.
    pub assessments: Option<Assessments>,
    /// Account of every report.
    pub ledger: Ledger,
    /// Account of every area of the polygon files.
    pub areas: Ledger,
    /// Automatic choices, in words.
    pub notices: Vec<String>,
    pub(super) sources: Sources,
}

/// Memory for one cell while it is scored and drawn: observations, scores by date and outline.
const BYTES_PER_CELL: u64 = 1200;

/// Errors if scoring the cells of a study area would take more memory than allowed.
pub(super) fn check_memory(plan: &Plan, area: &StudyArea) -> Result<(), Error> {
    let bytes = (area.cells().len() as u64).saturating_mul(BYTES_PER_CELL);
    let advice = "choose larger cells with --resolution, or a smaller --area";
    Ok(plan.reading.file.memory.allow(bytes, "scoring the cells under study", advice)?)
}

/// Context layers over the extent of a study area.
pub(super) fn context_layers(plan: &Plan, area: &StudyArea) -> Result<Vec<ContextLayer>, Error> {
    context_layers_in(plan, Extent::of(area.cells().iter().copied()))
}

/// Context layers over an extent.
pub(super) fn context_layers_in(plan: &Plan, extent: Option<Extent>) -> Result<Vec<ContextLayer>, Error> {
    let Some(extent) = extent.filter(|_| !plan.context.is_empty()) else { return Ok(Vec::new()) };
    plan.context.iter().map(|file| Ok(file.read(extent, &plan.reading.file.memory)?)).collect()
}

impl Engine {
    /// Finishes counting, chooses what was left open, and brings indicators onto the cells.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn prepare(self) -> Result<Prepared, Error> {
        self.prepare_by(Self::prepare_cells)
    }

    /// Prepares cells or areas and puts the quarantine file in its place.
    pub(super) fn prepare_by(
        mut self,
        prepare: impl FnOnce(Self, &mut QuarantineFile) -> Result<Prepared, Error>,
    ) -> Result<Prepared, Error> {
        let mut quarantine = std::mem::take(&mut self.quarantine);
        let prepared = prepare(self, &mut quarantine);
        // The quarantine file is needed most when the run fails.
        quarantine.commit()?;
        prepared
    }

    fn prepare_cells(self, quarantine: &mut QuarantineFile) -> Result<Prepared, Error> {
        let Self {
            plan,
            method,
            area,
            context,
            indicators,
            pool,
            counts,
            cubes,
            ledger,
            mut areas,
            roll_up: counted_in,
            sources,
            ..
        } = self;
        let mut notices: Vec<String> = ledger.files.iter().flat_map(|file| file.notices.clone()).collect();
        let counts = counts.unwrap_or_else(|| CubeBuilder::new(plan.resolution, &plan.time_zone));
        let mut cube = counts.build()?;
        for other in cubes {
            cube = cube.merge(other)?;
        }
        if cube.is_empty() {
            return Err(nothing_accepted(&ledger));
        }
        let as_of = as_of(&plan, &cube, &mut notices)?;
        let area = area.unwrap_or_else(|| {
            // Only what was known then: a later report must not widen the area, which would move its mean.
            let area = StudyArea::observed(cube.cells_known_by(as_of));
            notices.push(format!(
                "study area: the {} cells with reports and their neighbours; give one with --area",
                area.cells().len()
            ));
            area
        });
        check_memory(&plan, &area)?;
        let context_layers = context.map_or_else(|| context_layers(&plan, &area), Ok)?;
        // With a study area of its own, a date before all data is a map of "no data".
        let first = cube.calendar().first_known.filter(|_| area.cells().is_empty());
        if let Some(first) = first {
            return Err(ScoreError::NothingKnown { as_of, first }.into());
        }
        let mut known = Vec::new();
        let spread = |indicator: &Indicator| {
            let mut loaded = Loaded::read_with(indicator, plan.repairs, &mut known)?;
            let spread = loaded.spread(indicator, area.cells());
            quarantine.add_indicator(loaded, &mut areas)?;
            Ok(spread?)
        };
        let indicators =
            pool.install(|| indicators.iter().map(spread).collect::<Result<Vec<Interpolated>, Error>>())?;
        let context = Composite::chosen(&plan.context_index, &indicators)?;
        for notice in areas.files.iter().flat_map(|file| &file.notices) {
            // A file that is read for several columns says the same of each.
            if !notices.contains(notice) {
                notices.push(notice.clone());
            }
        }
        notices.extend(indicators.iter().filter_map(balance));
        let counted_in = counted_in.map(RollUp::build).transpose()?;
        notices.extend(counted_in.iter().flat_map(AreaCounts::notices));
        notices.extend(context_layers.iter().map(ContextLayer::describe));
        let assessments = assessments_of_cells(&plan, &method, &area, &mut areas, quarantine)?;
        Ok(Prepared {
            plan,
            pool,
            method,
            cube,
            area,
            as_of,
            indicators,
            context,
            context_layers,
            counted_in,
            scored_areas: None,
            assessments,
            ledger,
            areas,
            notices,
            sources,
        })
    }
}

/// Levels that people set for cells and for areas of `--areas`, with the accounts of both files.
fn assessments_of_cells(
    plan: &Plan,
    method: &Method,
    area: &StudyArea,
    areas: &mut Ledger,
    quarantine: &mut QuarantineFile,
) -> Result<Option<Assessments>, Error> {
    let Some(path) = &plan.assessments else { return Ok(None) };
    let load = |(areas, key): &(PathBuf, Option<String>)| {
        Regions::load(&Input::Path(areas.clone()), key.as_deref(), plan.repairs)
    };
    let regions = plan.areas.as_ref().map(load).transpose()?;
    let cells_of = |code: &str| {
        let regions = regions.as_ref()?;
        let index = (0..regions.polygons.len()).find(|&index| regions.code(index).as_deref() == Some(code))?;
        let cells = StudyArea::of_polygons(&regions.polygons[index], plan.resolution, Containment::Centroid).ok()?;
        Some(cells.cells().to_vec())
    };
    let read = Assessments::read(&Input::Path(path.clone()), method, area, &cells_of)?;
    if let Some(regions) = regions {
        quarantine.add_regions(regions, areas)?;
    }
    enter_assessments(&read, areas, quarantine)?;
    Ok(Some(read))
}

/// Enters the account of a file of assessments and writes its quarantined rows.
pub(super) fn enter_assessments(
    read: &Assessments,
    areas: &mut Ledger,
    quarantine: &mut QuarantineFile,
) -> Result<(), IngestError> {
    areas.files.push(read.account.clone());
    read.quarantined.iter().try_for_each(|record| quarantine.add(record))
}

/// Date that was asked for, else the day after the latest report.
pub(super) fn as_of(plan: &Plan, cube: &Cube, notices: &mut Vec<String>) -> Result<Day, Error> {
    if let Some(day) = plan.as_of {
        return Ok(day);
    }
    let day = latest(cube)?;
    notices.push(format!("as-of {day}, the day after the latest report; choose another with --as-of"));
    Ok(day)
}

impl Prepared {
    /// The scores of any date.
    ///
    /// # Errors
    /// A method that needs residents or an index of context, which are not there.
    pub fn scoring(&self) -> Result<Scoring<'_>, Error> {
        self.scoring_by(&self.method)
    }

    pub(super) fn scoring_by<'a>(&'a self, method: &'a Method) -> Result<Scoring<'a>, Error> {
        let areas = self.scored_areas.as_deref();
        let given = Covariates {
            areas: areas.map(|areas| &areas.ground),
            residents: match areas {
                Some(areas) => areas.residents.as_deref(),
                None => self.residents()?,
            },
            context: self.context.as_ref().map(|context| context.values.as_slice()),
            covered: self.plan.covered.as_ref(),
        };
        Ok(self.pool.install(|| Scoring::new(&self.cube, &self.area, method, given))?)
    }

    /// The indicator that holds residents, if one was named.
    pub(super) fn residents(&self) -> Result<Option<&[Option<f64>]>, InvalidValue> {
        let residents = self.plan.residents.as_ref().map(|name| {
            let named = self.indicators.iter().find(|indicator| indicator.name == *name);
            named.map(|indicator| indicator.values.as_slice()).ok_or_else(|| {
                let names: Vec<&str> = self.indicators.iter().map(|indicator| indicator.name.as_str()).collect();
                let expected = format!("the name of an indicator (there are: {})", names.join(", "));
                InvalidValue::bare("residents", name, expected)
            })
        });
        residents.transpose()
    }

    /// The layer of scores at the as-of, with the notices that a reader must know.
    ///
    /// # Errors
    /// As [`Self::scoring`].
    pub fn run(mut self) -> Result<Run, Error> {
        let scoring = self.scoring()?;
        let scored = self.scored(&scoring);
        let reporting = self.scored_areas.is_some().then(|| self.pool.install(|| scoring.reporting(self.as_of)));
        drop(scoring);
        if let (Some(lines), Some(areas)) = (reporting, self.scored_areas.as_mut().and_then(Arc::get_mut)) {
            areas.reporting = lines.into_iter().filter(|line| line.kind == PlaceKind::Cell).collect();
            // Of each place the first line is about all sources.
            areas.reporting.dedup_by(|line, first| line.place == first.place);
        }
        self.finish(scored, None)
    }

    /// Scores at the as-of, and changes if these were asked for.
    pub(super) fn scored(&self, scoring: &Scoring<'_>) -> (Scores, Option<Change>) {
        self.pool.install(|| {
            let scores = scoring.at(self.as_of);
            // One anchor for both dates: the difference is then the place's, not the measure's.
            let earlier = self.plan.compare_to.map(|date| scoring.at_with(date, scores.anchor));
            let change = earlier.map(|earlier| scores.since(&earlier));
            (scores, change)
        })
    }

    /// Turns scores, and hot spots if there are any, into the layer of a finished run.
    ///
    /// # Errors
    /// A view that the layer cannot give.
    pub(super) fn finish(
        self,
        (scores, change): (Scores, Option<Change>),
        hotspots: Option<Hotspots>,
    ) -> Result<Run, Error> {
        let within_max_rejects = self.within_max_rejects();
        let layer = self.layer(&self.method, &scores, change.as_ref(), hotspots)?;
        let Self { method, cube, ledger, areas, mut notices, sources, .. } = self;
        notices.extend(score_notices(&scores, &cube, &method, layer.areas().is_some()));
        notices.extend(layer.assessments().iter().flat_map(|assessments| assessments.sentences(&method)));
        notices.extend(change.iter().flat_map(|change| layer.describe_change(change, &method)));
        let product = Map { layer, scores, change, cube };
        Ok(Run { product, ledger, areas, notices, within_max_rejects, profile: Profile::default(), sources })
    }

    /// Layer of scores by a method.
    pub(super) fn layer(
        &self,
        method: &Method,
        scores: &Scores,
        change: Option<&Change>,
        hotspots: Option<Hotspots>,
    ) -> Result<Layer, Error> {
        let assessments = self.assessments.as_ref().map(|file| file.at(self.as_of, method, &self.area));
        let provenance = self.provenance(method, scores, change, assessments.as_ref(), hotspots.as_ref());
        let parts = LayerParts {
            scores: scores.clone(),
            areas: self.scored_areas.clone(),
            indicators: self.indicators.clone(),
            context: self.context.clone(),
            change: change.cloned(),
            assessments,
            hotspots,
            outline: self.area.outline().cloned(),
            context_layers: self.context_layers.clone(),
            provenance,
        };
        Ok(Layer::new(parts, self.plan.form.clone(), self.plan.view(&method.breaks))?)
    }

    /// True if no more reports, and no more areas, were quarantined than the settings allow.
    #[must_use]
    pub fn within_max_rejects(&self) -> bool {
        self.plan.max_rejects.allows(&self.ledger) && self.plan.max_rejects.allows(&self.areas)
    }
}

/// Sentence on where the total of an indicator went.
fn balance(indicator: &Interpolated) -> Option<String> {
    let unit = match (indicator.kind, &indicator.weight) {
        (IndicatorKind::Intensive, None) => " (value × km²)".to_owned(),
        (IndicatorKind::Intensive, Some(weight)) => format!(" (value × {weight})"),
        _ => String::new(),
    };
    let conservation = indicator.conservation?;
    Some(format!("{} {}{unit}: {conservation}", indicator.kind.id(), indicator.name))
}

/// Day after the last report, events still to come left out.
fn latest(cube: &Cube) -> Result<Day, Error> {
    cube.calendar().intervals.iter().map(|(when, _)| when.end).max().ok_or_else(|| {
        InvalidValue::bare("as-of", "none", "a date with --as-of, since every report is about a coming event").into()
    })
}

pub(super) fn nothing_accepted(ledger: &Ledger) -> Error {
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

/// Notices on the limits of a date's scores.
fn score_notices(scores: &Scores, cube: &Cube, method: &Method, in_areas: bool) -> Vec<String> {
    let mut notices = Vec::new();
    let is_coming = |class: u32| cube.classes()[class as usize].strand == Strand::Potential;
    let unannounced =
        |row: &crate::cube::Row| is_coming(row.class) && row.known >= row.when.end && row.when.end > scores.as_of;
    let unannounced: u64 = if cube.profiles().iter().any(|profile| is_coming(profile.class)) {
        cube.rows().filter(unannounced).map(|row| u64::from(row.n)).sum()
    } else {
        0
    };
    if unannounced > 0 {
        notices.push(format!(
            "coming events without a day they became known, which count only once they are over: {unannounced}; give them a \
             reported-at"
        ));
    }
    if method.d_half.is_none() {
        let value = scores
            .anchor
            .d_half()
            .map_or_else(String::new, |value| format!(" = {value} mass {}", method.density.unit()));
        notices.push(format!("anchor D½{value} {}", scores.anchor.about()));
    }
    if scores.baseline.is_none() {
        let (days, least) = (scores.baseline_days, method.baseline_least_days);
        notices.push(format!("only {days} covered days before the window, fewer than {least}: no surge and no spread"));
    }
    if scores.window_days < method.window_days {
        let (days, all) = (scores.window_days, method.window_days);
        notices.push(format!("only {days} of the window's {all} days are covered by the data"));
    }
    // What lies in no area has been said.
    if scores.outside > 0 && !in_areas {
        notices.push(format!("accepted reports outside the study area, which are in no score: {}", scores.outside));
    }
    if scores.later > 0 {
        notices.push(format!(
            "accepted reports not known or not begun by {}, which do not count: {}",
            scores.as_of, scores.later
        ));
    }
    notices
}
