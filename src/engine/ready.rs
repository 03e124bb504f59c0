//! Everything read, placed and dated: what scoring, a series, an explanation and a calibration start from.

use std::path::PathBuf;
use std::sync::Arc;

use super::refusals::{Refusals, account, accounts};
use super::sources::Sources;
use super::{Engine, Run};
use crate::area::{AreaCounts, Composite, Indicator, Interpolated, Kind, Loaded, Regions, RollUp};
use crate::config::{ConfigError, Plan};
use crate::cube::{Cube, CubeBuilder};
use crate::error::Error;
use crate::grid::{Containment, StudyArea};
use crate::hotspot::Hotspots;
use crate::incident::{Day, Strand};
use crate::ingest::{IngestError, Input, Ledger};
use crate::invalid::InvalidValue;
use crate::layer::context::Extent;
use crate::layer::{ContextLayer, Layer, Provenance, ScoredAreas};
use crate::score::{Assessments, Change, Given, Method, PlaceKind, ScoreError, Scores, Scoring};

/// Reports counted, a study area and a date chosen, indicators brought onto the cells.
///
/// ```
/// use tensionmap::{Engine, sample};
/// let ready = Engine::builder().as_of("2026-03-02").area(sample::boundary()).build()?
///     .incidents(sample::incidents())?.ready()?;
/// let scoring = ready.scoring()?;
/// let (now, before) = (scoring.at(ready.as_of), scoring.at(ready.as_of - 28));
/// assert_eq!(now.cells.len(), before.cells.len());
/// # Ok::<(), tensionmap::Error>(())
/// ```
#[derive(Debug)]
pub struct Ready {
    pub(super) plan: Plan,
    pub(super) pool: rayon::ThreadPool,
    /// How reports are weighed.
    pub method: Method,
    /// The exact counts.
    pub cube: Cube,
    /// The cells that are scored.
    pub area: StudyArea,
    /// The date that is asked about.
    pub as_of: Day,
    /// Indicators on the cells.
    pub indicators: Vec<Interpolated>,
    /// The index of context, when one was asked for.
    pub context: Option<Composite>,
    /// What pictures show under and over the cells.
    pub context_layers: Vec<ContextLayer>,
    /// Reports counted in areas too, when there were some to count in.
    pub counted_in: Option<AreaCounts>,
    /// The areas that are scored instead of cells.
    pub(super) tracts: Option<Arc<ScoredAreas>>,
    /// Levels that people set.
    pub assessments: Option<Assessments>,
    /// What became of every report.
    pub ledger: Ledger,
    /// What became of every area of the polygon files.
    pub areas: Ledger,
    /// Automatic choices, in words.
    pub notices: Vec<String>,
    pub(super) sources: Sources,
}

/// Bytes for each cell under study while it is scored and drawn: what is seen of it, its moments, its score and its outline.
const PER_CELL: u64 = 1200;

/// Whether there is memory to score the cells of a study area.
pub(super) fn fits(plan: &Plan, area: &StudyArea) -> Result<(), Error> {
    let bytes = (area.cells().len() as u64).saturating_mul(PER_CELL);
    let advice = "choose larger cells with --resolution, or a smaller --area";
    Ok(plan.reading.memory.allow(bytes, "scoring the cells under study", advice)?)
}

/// What is drawn under and over the cells of a study area.
pub(super) fn context_layers(plan: &Plan, area: &StudyArea) -> Result<Vec<ContextLayer>, Error> {
    context_layers_in(plan, Extent::of(area.cells().iter().copied()))
}

/// The same where the map is to lie in an extent.
pub(super) fn context_layers_in(plan: &Plan, extent: Option<Extent>) -> Result<Vec<ContextLayer>, Error> {
    let Some(extent) = extent.filter(|_| !plan.context.is_empty()) else { return Ok(Vec::new()) };
    plan.context.iter().map(|file| Ok(file.read(extent, &plan.reading.memory)?)).collect()
}

impl Engine {
    /// Finishes counting, chooses what was left open, and brings indicators onto the cells.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn ready(self) -> Result<Ready, Error> {
        self.made_ready(Self::make_ready)
    }

    /// Makes it ready in one way or the other, and puts the quarantine file in its place.
    pub(super) fn made_ready(
        mut self,
        make: impl FnOnce(Self, &mut Refusals) -> Result<Ready, Error>,
    ) -> Result<Ready, Error> {
        let mut refusals = std::mem::replace(&mut self.refusals, Refusals(None));
        let ready = make(self, &mut refusals);
        // What was refused is most needed when nothing came of the run.
        refusals.commit()?;
        ready
    }

    fn make_ready(self, refusals: &mut Refusals) -> Result<Ready, Error> {
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
        fits(&plan, &area)?;
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
            accounts(loaded, &mut areas, refusals)?;
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
        let assessments = assessments_of_cells(&plan, &method, &area, &mut areas, refusals)?;
        Ok(Ready {
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
            tracts: None,
            assessments,
            ledger,
            areas,
            notices,
            sources,
        })
    }
}

/// Levels that people set, for cells and for areas of `--areas`, and what became of both files.
fn assessments_of_cells(
    plan: &Plan,
    method: &Method,
    area: &StudyArea,
    areas: &mut Ledger,
    refusals: &mut Refusals,
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
        account(regions, areas, refusals)?;
    }
    enter(&read, areas, refusals)?;
    Ok(Some(read))
}

/// Enters what became of a file of assessments.
pub(super) fn enter(read: &Assessments, areas: &mut Ledger, refusals: &mut Refusals) -> Result<(), IngestError> {
    areas.files.push(read.account.clone());
    read.refused.iter().try_for_each(|refused| refusals.add(refused))
}

/// The date that is asked about, else the day after the latest report.
pub(super) fn as_of(plan: &Plan, cube: &Cube, notices: &mut Vec<String>) -> Result<Day, Error> {
    if let Some(day) = plan.as_of {
        return Ok(day);
    }
    let day = latest(cube)?;
    notices.push(format!("as-of {day}, the day after the latest report; choose another with --as-of"));
    Ok(day)
}

impl Ready {
    /// The scores of any date.
    ///
    /// # Errors
    /// A method that needs residents or an index of context, which are not there.
    pub fn scoring(&self) -> Result<Scoring<'_>, Error> {
        self.scoring_by(&self.method)
    }

    pub(super) fn scoring_by<'a>(&'a self, method: &'a Method) -> Result<Scoring<'a>, Error> {
        let tracts = self.tracts.as_deref();
        let given = Given {
            areas: tracts.map(|tracts| &tracts.ground),
            residents: match tracts {
                Some(tracts) => tracts.residents.as_deref(),
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

    /// The scores at the as-of, as a layer with all that a reader must be told.
    ///
    /// # Errors
    /// As [`Self::scoring`].
    pub fn run(mut self) -> Result<Run, Error> {
        let scoring = self.scoring()?;
        let scored = self.scored(&scoring);
        let reporting = self.tracts.is_some().then(|| self.pool.install(|| scoring.reporting(self.as_of)));
        drop(scoring);
        if let (Some(lines), Some(tracts)) = (reporting, self.tracts.as_mut().and_then(Arc::get_mut)) {
            tracts.reporting = lines.into_iter().filter(|line| line.kind == PlaceKind::Cell).collect();
            // Of each place the first line is about all sources.
            tracts.reporting.dedup_by(|line, first| line.place == first.place);
        }
        self.told(scored)
    }

    /// The scores at the as-of, and what changed if that was asked for.
    pub(super) fn scored(&self, scoring: &Scoring<'_>) -> (Scores, Option<Change>) {
        self.pool.install(|| {
            let scores = scoring.at(self.as_of);
            // One anchor for both: what changed is then the place, not the measure.
            let earlier = self.plan.compare_to.map(|date| scoring.at_with(date, scores.anchor));
            let change = earlier.map(|earlier| scores.since(&earlier));
            (scores, change)
        })
    }

    /// Scores as a layer, with all that a reader must be told.
    ///
    /// # Errors
    /// A view that the layer cannot give.
    pub(super) fn told(self, scored: (Scores, Option<Change>)) -> Result<Run, Error> {
        self.told_with(scored, None)
    }

    /// The same with what a statistic of hot spots found.
    ///
    /// # Errors
    /// As [`Self::told`].
    pub(super) fn told_with(
        self,
        (scores, change): (Scores, Option<Change>),
        hotspots: Option<Hotspots>,
    ) -> Result<Run, Error> {
        let within_max_rejects = self.within_max_rejects();
        let layer = self.layer(&self.method, &scores, change.as_ref(), hotspots)?;
        let Self { method, cube, ledger, areas, mut notices, sources, .. } = self;
        notices.extend(remarks(&scores, &cube, &method, layer.areas().is_some()));
        notices.extend(layer.standing().iter().flat_map(|standing| standing.in_words(&method)));
        notices.extend(change.iter().flat_map(|change| layer.changed_in_words(change, &method)));
        Ok(Run { layer, scores, change, cube, ledger, areas, notices, within_max_rejects, sources })
    }

    /// The layer of scores by a method.
    pub(super) fn layer(
        &self,
        method: &Method,
        scores: &Scores,
        change: Option<&Change>,
        hotspots: Option<Hotspots>,
    ) -> Result<Layer, Error> {
        let Self { plan, cube, area, indicators, context, context_layers, ledger, areas, .. } = self;
        let provenance = Provenance::new(plan, method, scores, cube, [ledger, areas], (indicators, context.as_ref()));
        let outline = area.outline().cloned();
        let mut layer = Layer::new(scores.clone(), indicators.clone(), context.clone(), outline, provenance);
        layer.set_areas(self.tracts.clone());
        layer.set_change(change.cloned());
        layer.set_standing(self.assessments.as_ref().map(|file| file.at(self.as_of, method, area)));
        layer.set_context_layers(context_layers.clone());
        layer.set_hotspots(hotspots);
        layer.set_form(plan.form.clone())?;
        layer.set_view(plan.view(&method.breaks))?;
        Ok(layer)
    }

    /// Whether no more reports, and no more areas, were refused than the settings allow.
    #[must_use]
    pub fn within_max_rejects(&self) -> bool {
        self.plan.max_rejects.allows(&self.ledger) && self.plan.max_rejects.allows(&self.areas)
    }
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

/// What a reader of the result must be told.
fn remarks(scores: &Scores, cube: &Cube, method: &Method, in_areas: bool) -> Vec<String> {
    let mut remarks = Vec::new();
    let is_coming = |class: u32| cube.classes()[class as usize].strand == Strand::Potential;
    let unannounced =
        |row: &crate::cube::Row| is_coming(row.class) && row.known >= row.when.end && row.when.end > scores.as_of;
    let unannounced: u64 = if cube.profiles().iter().any(|profile| is_coming(profile.class)) {
        cube.rows().filter(unannounced).map(|row| u64::from(row.n)).sum()
    } else {
        0
    };
    if unannounced > 0 {
        remarks.push(format!(
            "coming events without a day they became known, which count only once they are over: {unannounced}; give them a \
             reported-at"
        ));
    }
    if method.d_half.is_none() {
        let value = scores
            .anchor
            .d_half()
            .map_or_else(String::new, |value| format!(" = {value} mass {}", method.density.unit()));
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
    // What lies in no area has been said.
    if scores.outside > 0 && !in_areas {
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
