//! Where a layer came from: what a reader needs to judge it, and to make it again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::RolledUp;
use super::context::ContextSummary;
use crate::config::Plan;
use crate::cube::Cube;
use crate::indicator::{Composite, Conservation, IndicatorKind, Interpolated};
use crate::ingest::{Allowed, Code, FileTally, Ledger};
use crate::score::{Assessment, LevelRule, Method, Scores, Status};

/// A word of this program, or of the file that it was read from.
type Word = Cow<'static, str>;

/// All that a reader needs to judge a layer and to make it again. Nothing here depends on the order of the records.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the words of the output, each a plain quantity")]
pub struct Provenance {
    pub tensionmap: Word,
    pub title: String,
    pub marking: String,
    /// Disclosure profile: `internal` shows exact counts.
    pub profile: Word,
    pub method: String,
    pub method_hash: String,
    /// D½, in mass per `density`.
    pub d_half: Option<f64>,
    pub density: Word,
    pub d_half_from: Word,
    pub as_of: String,
    /// The earlier date that changes are told from.
    pub compared_to: Option<String>,
    pub time_zone: String,
    pub window: Span,
    pub baseline: Option<Span>,
    /// φ.
    pub dispersion: f64,
    /// Of the cells; none where areas are scored.
    pub resolution: Option<u8>,
    /// Cells, or areas, that are scored; those below likewise.
    pub study_cells: usize,
    /// Reports in the window below which a cell with reports is sparse.
    pub sparse_below: f64,
    pub sparse_cells: usize,
    /// Cells without a report that counts.
    pub silent_cells: usize,
    pub inputs: Vec<Input>,
    pub read: u64,
    pub accepted: u64,
    pub quarantined: u64,
    pub quarantined_by_code: BTreeMap<Word, u64>,
    pub warnings_by_code: BTreeMap<Word, u64>,
    /// Columns about people that were read, and why.
    pub allowed_columns: Vec<Allowed>,
    /// Share of the records read that have no position.
    pub unlocated_share: f64,
    pub outside_study_area: u64,
    /// How reports came into areas, where these are scored.
    #[serde(flatten)]
    pub rolled_up: Option<RolledUp>,
    pub not_known_at_as_of: u64,
    /// Reports known at the as-of whose category has no weight.
    pub without_weight: u64,
    pub unmapped_categories: BTreeMap<String, u64>,
    /// Share of the reports known at the as-of by source.
    pub sources: BTreeMap<String, f64>,
    pub indicators: Vec<Indicator>,
    /// How the index of context is made up.
    pub context: Option<Context>,
    /// Points of the score that the method gives to context; absent where it gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_points: Option<f64>,
    /// Files that pictures show under and over the cells.
    pub context_layers: Vec<ContextSummary>,
    /// Files of areas: the study area's, then one entry an indicator.
    pub areas: Vec<Areas>,
    /// Levels that people set, as they stand at the as-of; absent when no file of them was given.
    pub assessments: Option<Vec<Assessment>>,
    /// The statistic of hot spots and everything that decides in it; absent where none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hotspots: Option<Value>,
    /// The scale of levels, calmest first.
    pub levels: Vec<LevelRule>,
    /// Where classes of a column begin, as the method file has frozen them; absent where it has not.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub breaks: BTreeMap<String, Vec<f64>>,
}

/// Days `[from, to)` and how many of them the data covers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "three plain quantities")]
pub struct Span {
    pub from: String,
    pub to: String,
    pub covered_days: i32,
}

/// The account of one input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "five plain quantities")]
pub struct Input {
    pub name: String,
    pub format: Word,
    pub read: u64,
    pub accepted: u64,
    pub quarantined: u64,
}

/// How an indicator was brought onto the cells.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "plain quantities")]
pub struct Indicator {
    pub name: String,
    pub kind: Word,
    /// Of points within so many metres, how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metres: Option<u32>,
    /// The column that weighs it, or `area`; none for what has no weight.
    pub weight: Option<String>,
    pub cells_with_value: usize,
    pub polygons_without_value: u64,
    pub invalid_polygons: u64,
    /// Where the total went; in the indicator's unit, for intensive values × km² or × weight.
    pub conservation: Option<Conservation>,
}

/// How the index of context is made up.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "plain quantities")]
pub struct Context {
    pub method: Word,
    /// Indicators and weights; below 0, low values count.
    pub weights: Vec<(String, f64)>,
    pub cells_with_value: usize,
    /// Cells that lack a value of one of the indicators.
    pub cells_without: usize,
}

impl From<&Composite> for Context {
    fn from(composite: &Composite) -> Self {
        let known = composite.values.iter().flatten().count();
        Self {
            method: "100 × weighted mean of percentile ranks (rank − 1) / (n − 1) over the cells; ties share the mean rank; \
                     none where an indicator is missing"
                .into(),
            weights: composite.parts.iter().map(|part| (part.share.indicator.clone(), part.share.weight)).collect(),
            cells_with_value: known,
            cells_without: composite.values.len() - known,
        }
    }
}

/// The account of one file of areas.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "plain quantities")]
pub struct Areas {
    pub name: String,
    /// The column brought onto the cells; `None` for the study area.
    pub column: Option<String>,
    pub read: u64,
    pub accepted: u64,
    pub quarantined: u64,
    pub codes: BTreeMap<Code, u64>,
    pub warnings: BTreeMap<Code, u64>,
    pub repaired: Vec<Repaired>,
}

/// An area that was repaired, and by how much that changed it: from −1 (nothing is left) to 1.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "plain quantities")]
pub struct Repaired {
    pub feature: u64,
    pub area_change: f64,
}

impl From<&FileTally> for Areas {
    fn from(file: &FileTally) -> Self {
        let repaired = |&(feature, area_change): &(u64, f64)| Repaired { feature, area_change };
        Self {
            name: bare_name(file),
            column: file.value.clone(),
            read: file.read,
            accepted: file.accepted,
            quarantined: file.quarantined(),
            codes: file.refused.clone(),
            warnings: file.warnings.clone(),
            repaired: file.repaired.iter().map(repaired).collect(),
        }
    }
}

/// The name only: a layer must not tell whose folders it was made in.
fn bare_name(file: &FileTally) -> String {
    Path::new(&file.name).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

impl Provenance {
    /// It as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    pub(crate) fn new(
        plan: &Plan,
        method: &Method,
        scores: &Scores,
        cube: &Cube,
        [ledger, areas]: [&Ledger; 2],
        (indicators, context): (&[Interpolated], Option<&Composite>),
    ) -> Self {
        let span = |(from, to): (crate::Day, crate::Day), covered_days| Span {
            from: from.to_string(),
            to: to.to_string(),
            covered_days,
        };
        let (mut sources, mut without_weight) = (BTreeMap::<String, u64>::new(), 0);
        for (class, n) in cube.classes().iter().zip(cube.known_by_class(scores.as_of)).filter(|(_, n)| *n > 0) {
            *sources.entry(class.source_name().to_owned()).or_default() += n;
            if method.category_weight(class.category) <= 0.0 {
                without_weight += n;
            }
        }
        let total = sources.values().sum();
        let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        let input = |file: &FileTally| Input {
            name: bare_name(file),
            format: file.format.into(),
            read: file.read,
            accepted: file.accepted,
            quarantined: file.quarantined(),
        };
        let indicator = |indicator: &Interpolated| {
            let refused = |code| indicator.account.refused.get(&code).copied().unwrap_or(0);
            let without_value = [Code::Value, Code::ValueNonFinite, Code::NoMatch].into_iter().map(refused).sum();
            let area = || (indicator.kind == IndicatorKind::Intensive).then(|| "area".to_owned());
            Indicator {
                name: indicator.name.clone(),
                kind: indicator.kind.id().into(),
                metres: if let IndicatorKind::Within { metres } = indicator.kind { Some(metres) } else { None },
                weight: indicator.weight.clone().or_else(area),
                cells_with_value: indicator.values.iter().flatten().count(),
                polygons_without_value: without_value,
                invalid_polygons: indicator.account.quarantined() - without_value,
                conservation: indicator.conservation,
            }
        };
        // Sorted: which file was named first is no part of a result.
        let mut inputs: Vec<Input> = ledger.files.iter().map(input).collect();
        inputs.sort_by(|a, b| (&a.name, a.read, a.accepted).cmp(&(&b.name, b.read, b.accepted)));
        Self {
            tensionmap: env!("CARGO_PKG_VERSION").into(),
            title: plan.title.clone(),
            marking: plan.marking.clone(),
            profile: "internal".into(),
            method: method.name.clone(),
            method_hash: method.hash(),
            d_half: scores.anchor.d_half(),
            density: method.density.unit().into(),
            d_half_from: scores.anchor.about().into(),
            as_of: scores.as_of.to_string(),
            compared_to: None,
            time_zone: plan.time_zone.clone(),
            window: span(scores.window, scores.window_days),
            baseline: scores.baseline.map(|baseline| span(baseline, scores.baseline_days)),
            dispersion: scores.dispersion,
            resolution: Some(cube.resolution().into()),
            study_cells: scores.cells.len(),
            sparse_below: method.sparse_below,
            sparse_cells: scores.cells.iter().filter(|cell| cell.sparse && cell.status == Status::Scored).count(),
            silent_cells: scores.cells.iter().filter(|cell| cell.status != Status::Scored).count(),
            inputs,
            read: ledger.read(),
            accepted: ledger.accepted(),
            quarantined: ledger.quarantined(),
            quarantined_by_code: ledger.codes().into_iter().map(|(code, n)| (code.id().into(), n)).collect(),
            warnings_by_code: ledger.warnings().into_iter().map(|(code, n)| (code.id().into(), n)).collect(),
            allowed_columns: plan.reading.allowed.clone(),
            unlocated_share: share(ledger.unlocated(), ledger.read()),
            outside_study_area: scores.outside,
            rolled_up: None,
            not_known_at_as_of: scores.later,
            without_weight,
            unmapped_categories: ledger.unmapped(),
            sources: sources.into_iter().map(|(source, n)| (source, share(n, total))).collect(),
            indicators: indicators.iter().map(indicator).collect(),
            context: context.map(Context::from),
            context_points: Some(method.points.scaled()[4]).filter(|points| *points > 0.0),
            context_layers: Vec::new(),
            areas: areas.files.iter().map(Areas::from).collect(),
            assessments: None,
            hotspots: None,
            levels: method.levels.clone(),
            breaks: method.breaks.clone(),
        }
    }
}
