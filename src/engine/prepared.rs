//! Prepared run: counts, date, rows and their values. Every product starts here.

use std::sync::Arc;

use geo::{MultiPolygon, unary_union};

use super::embedder::Embedder;
use super::sources::Sources;
use super::{Map, Progress, Run};
use crate::config::Plan;
use crate::cube::Cube;
use crate::error::Error;
use crate::grid::StudyArea;
use crate::hotspot::Hotspots;
use crate::incident::{Day, Strand};
use crate::indicator::{AreaCounts, Composite, Interpolated};
use crate::ingest::Ledger;
use crate::invalid::{InvalidValue, did_you_mean};
use crate::layer::{ContextLayer, Layer, LayerParts, ScoredAreas};
use crate::score::{Absence, AbsentSource, Assessments, Change, Covariates, Method, PlaceKind, Scores, Scoring};

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
    pub(super) embedder: Embedder,
}

/// Scores at the as-of, and changes if these were asked for.
pub(super) type Scored = (Scores, Option<Change>);

impl Prepared {
    /// The scores of any date.
    ///
    /// # Errors
    /// A method that needs residents or an index of context, which are not there.
    pub fn scoring(&self) -> Result<Scoring<'_>, Error> {
        self.scoring_by(&self.method)
    }

    pub(super) fn scoring_by<'a>(&'a self, method: &'a Method) -> Result<Scoring<'a>, Error> {
        self.embedder.tell(Progress::Scoring { done: 0, total: 1 })?;
        let areas = self.scored_areas.as_deref();
        let covariates = Covariates {
            areas: areas.map(|areas| &areas.ground),
            residents: match areas {
                Some(areas) => areas.residents.as_deref(),
                None => self.residents()?,
            },
            context: self.context.as_ref().map(|context| context.values.as_slice()),
            covered: self.plan.covered.as_ref(),
        };
        Ok(self.pool.install(|| Scoring::new(&self.cube, &self.area, method, covariates))?)
    }

    /// The indicator that holds residents, if one was named.
    pub(super) fn residents(&self) -> Result<Option<&[Option<f64>]>, InvalidValue> {
        let residents = self.plan.settings.residents.as_ref().map(|name| {
            let named = self.indicators.iter().find(|indicator| indicator.name == *name);
            named.map(|indicator| indicator.values.as_slice()).ok_or_else(|| {
                let names: Vec<&str> = self.indicators.iter().map(|indicator| indicator.name.as_str()).collect();
                no_residents(name, &names)
            })
        });
        residents.transpose()
    }

    /// The layer of scores at the as-of, with the notices that a reader must know.
    ///
    /// # Errors
    /// Errors of [`Self::scoring`].
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

    /// Scores at the as-of.
    pub(super) fn scored(&self, scoring: &Scoring<'_>) -> Scored {
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
    pub(super) fn finish(mut self, scored: Scored, hotspots: Option<Hotspots>) -> Result<Run, Error> {
        self.embedder.watch.check()?;
        if scored.0.absent.iter().any(is_missing) {
            self.ledger.may_be_a_part();
        }
        let layer = self.layer(&self.method, &scored, hotspots)?;
        let (scores, change) = scored;
        let Self { plan, method, cube, ledger, areas, mut notices, sources, embedder, .. } = self;
        notices.extend(score_notices(&scores, &cube, &method, layer.areas().is_some()));
        notices.extend(layer.assessments().iter().flat_map(|assessments| assessments.sentences(&method)));
        notices.extend(change.iter().flat_map(|change| layer.describe_change(change, &method)));
        let product = Map { layer, scores, change, cube };
        Ok(Run::new(product, [ledger, areas], notices, plan.max_rejects, sources, embedder))
    }

    /// Layer of scores by a method.
    pub(super) fn layer(&self, method: &Method, scored: &Scored, hotspots: Option<Hotspots>) -> Result<Layer, Error> {
        let assessments = self.assessments.as_ref().map(|file| file.at(self.as_of, method, &self.area));
        let provenance = self.provenance(method, scored, assessments.as_ref(), hotspots.as_ref());
        let (scores, change) = scored.clone();
        let parts = LayerParts {
            scores,
            areas: self.scored_areas.clone(),
            indicators: self.indicators.clone(),
            context: self.context.clone(),
            change,
            assessments,
            hotspots,
            outline: self.area.outline().map(dissolved),
            context_layers: self.context_layers.clone(),
            provenance,
        };
        Ok(Layer::new(parts, self.plan.layout.clone(), self.plan.view(&method.breaks))?)
    }

    /// True if no more reports, and no more areas, were quarantined than the settings allow.
    #[must_use]
    pub fn within_max_rejects(&self) -> bool {
        self.excess().is_none()
    }

    /// Sentence on the records above that limit, and the flag that accepts them.
    pub(crate) fn excess(&self) -> Option<String> {
        self.plan.max_rejects.excess([&self.ledger, &self.areas])
    }
}

/// Error of residents by the name of none of the indicators.
pub(crate) fn no_residents(name: &str, indicators: &[&str]) -> InvalidValue {
    let advice = did_you_mean(name, indicators.iter().copied()).unwrap_or_default();
    let expected = match indicators {
        [] => "an indicator of this name, with --indicator FILE:COLUMN:KIND".to_owned(),
        names => format!("the name of an indicator (there are: {}){advice}", names.join(", ")),
    };
    InvalidValue::expecting("residents", name, expected)
}

/// Boundary of a study area as a whole: borders between its areas are none of it.
fn dissolved(outline: &MultiPolygon) -> MultiPolygon {
    if outline.0.len() > 1 { unary_union(outline) } else { outline.clone() }
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
    if scores.has_evidence() {
        notices.extend(evidence_notices(scores, method));
    } else if scores.baseline.is_none() {
        let (days, min) = (scores.baseline_days, method.baseline_least_days);
        notices.push(format!("only {days} covered days before the window, fewer than {min}: no surge and no spread"));
    }
    if scores.window_days < scores.window.1.0 - scores.window.0.0 {
        let (days, all) = (scores.window_days, scores.window.1.0 - scores.window.0.0);
        notices.push(format!("only {days} of the window's {all} days are covered by the data"));
    }
    // A layer of areas has a notice on these already.
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

/// True for a source that fell silent and is missing since.
fn is_missing(absent: &AbsentSource) -> bool {
    matches!(absent.absence, Absence::Missing(Some(_)))
}

/// Notices on what the evidence of a date lacks.
fn evidence_notices(scores: &Scores, method: &Method) -> Vec<String> {
    let mut notices = Vec::new();
    let last = scores.window.1 - 1;
    if scores.window.1 < scores.as_of {
        let held = if scores.held_since.is_some() { "; levels are held from then" } else { "" };
        notices.push(format!("reports come by month: scores are as of {last}, the end of the last whole month{held}"));
    }
    let told = scores.absent.iter().filter(|absent| scores.baseline.is_some() || absent.absence != Absence::NoPast);
    notices.extend(told.map(|absent| {
        let part = if is_missing(absent) { format!("; the data {}", Ledger::PART) } else { String::new() };
        absent.sentence() + &part
    }));
    if scores.baseline.is_none() && scores.baseline_days < method.baseline_least_days {
        let (days, min) = (scores.baseline_days, method.baseline_least_days);
        notices.push(format!(
            "only {days} covered days before the window, fewer than {min}: no evidence and no level; the map shows intensity (--covered names \
             other days)"
        ));
    }
    notices
}
