//! Provenance of a layer: plain data to interpret it and to reproduce it.
#![allow(missing_docs, reason = "the fields are the words of the output, each a plain quantity")]

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::context::ContextLayerSummary;
use crate::code::Code;
use crate::incident::Day;
use crate::indicator::Conservation;
use crate::ingest::Allowed;
use crate::invalid::InvalidValue;
use crate::rounding::round_to;
use crate::score::{AbsentSource, Assessment, LevelRule, Method, Scores, VarianceLaw};
use crate::visible::check_line;

/// Words in place of a marking, of a run that leaves it out.
pub(crate) const NO_MARKING: &str = "no marking";

/// Checks a marking: one that is cut off or cannot be seen does not mark.
pub(crate) fn check_marking(text: &str) -> Result<(), InvalidValue> {
    if text.is_empty() {
        return Err(InvalidValue::expecting("marking", text, "a text"));
    }
    check_line("marking", text, 80)
}

/// A marking as pages show it: nothing where it is left out.
pub(crate) fn drawn_marking(marking: &str) -> &str {
    if marking == NO_MARKING { "" } else { marking }
}

/// Word from this program, or from the file it was read from.
type Word = Cow<'static, str>;

/// Provenance of a layer: enough to interpret and to reproduce it. It does not depend on the order of the records.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
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
    /// Earlier date that the change is from.
    pub compared_to: Option<String>,
    pub time_zone: String,
    pub window: DaySpan,
    pub baseline: Option<DaySpan>,
    /// φ.
    pub dispersion: f64,
    /// Resolution of the cells; absent in a layer of areas.
    pub resolution: Option<u8>,
    /// Scored cells, or areas; likewise in the counts below.
    pub study_cells: usize,
    /// Reports in the window below which a cell with reports is sparse.
    pub sparse_below: f64,
    pub sparse_cells: usize,
    /// Cells without a report that counts.
    pub silent_cells: usize,
    pub inputs: Vec<InputSummary>,
    pub read: u64,
    pub accepted: u64,
    pub quarantined: u64,
    pub quarantined_by_code: BTreeMap<Word, u64>,
    /// Sentence on quarantined records, of more than the settings allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above_limit: Option<String>,
    pub warnings_by_code: BTreeMap<Word, u64>,
    /// Columns of personal data that were read, and why.
    pub allowed_columns: Vec<Allowed>,
    /// Share of the records read without a position.
    pub unlocated_share: f64,
    pub outside_study_area: u64,
    /// Placement of reports in areas, in a layer of areas.
    #[serde(flatten)]
    pub rolled_up: Option<RollUpSummary>,
    pub not_known_at_as_of: u64,
    /// Reports known at the as-of whose category has no weight.
    pub without_weight: u64,
    pub unmapped_categories: BTreeMap<String, u64>,
    /// Share of the reports known at the as-of by source.
    pub sources: BTreeMap<String, f64>,
    /// Statements that publishers of recognised layouts ask for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributions: Vec<String>,
    pub indicators: Vec<IndicatorSummary>,
    /// Composition of the index of context.
    pub context: Option<ContextSummary>,
    /// Points of the score that the method gives to context; absent where it gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_points: Option<f64>,
    /// Files that pictures draw under and over the cells.
    pub context_layers: Vec<ContextLayerSummary>,
    /// Files of areas: the study area's, then one entry an indicator.
    pub areas: Vec<AreaFileSummary>,
    /// Assessments in force at the as-of; absent without a file of them.
    pub assessments: Option<Vec<Assessment>>,
    /// Hot spot statistic with all its parameters; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hotspots: Option<Value>,
    /// Basis of the evidence; absent in a method without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceSummary>,
    /// Scale of levels, calmest first.
    pub levels: Vec<LevelRule>,
    /// Class breaks by column that the method file fixes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub breaks: BTreeMap<String, Vec<f64>>,
}

/// Basis of the evidence of a layer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct EvidenceSummary {
    /// Length in days of each window.
    pub windows: Vec<i32>,
    /// Variance law of each window.
    pub laws: Vec<VarianceLaw>,
    /// Reports of the whole area in the shortest window ÷ those to be expected.
    pub area_factor: Option<f64>,
    /// True if the evidence is that of a whole month.
    pub by_month: bool,
    /// Date that the levels are of, if too little of the days since is covered.
    pub held_since: Option<Day>,
    /// Sources that are left out, and why.
    pub absent: Vec<AbsentSource>,
}

/// Days from `from` up to and without `to`, and the number of them that the data covers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DaySpan {
    pub from: String,
    pub to: String,
    pub covered_days: i32,
}

/// Counts of one input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSummary {
    pub name: String,
    pub format: Word,
    pub read: u64,
    pub accepted: u64,
    pub quarantined: u64,
    /// Options of reading that held for this input alone.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub options: serde_json::Map<String, serde_json::Value>,
}

/// Counts of reports by how they were placed in areas.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RollUpSummary {
    /// Property that names the areas.
    pub area_name: String,
    /// Property that holds their codes.
    pub area_code: Option<String>,
    pub outside_every_area: u64,
    pub on_a_border: u64,
    pub in_several_areas: u64,
}

/// Interpolation of an indicator onto the cells.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndicatorSummary {
    pub name: String,
    pub kind: Word,
    /// Radius in metres, for a count of points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metres: Option<u32>,
    /// Weighting column, or `area`; absent without a weight.
    pub weight: Option<String>,
    pub cells_with_value: usize,
    pub polygons_without_value: u64,
    pub invalid_polygons: u64,
    /// Account of the total, in the indicator's unit; for intensive values × km² or × weight.
    pub conservation: Option<Conservation>,
}

/// Composition of the index of context.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContextSummary {
    pub method: Word,
    /// Indicators and weights; of negative weights, low values count.
    pub weights: Vec<(String, f64)>,
    pub cells_with_value: usize,
    /// Cells without a value of one of the indicators.
    pub cells_without: usize,
}

/// Counts of one file of areas.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaFileSummary {
    pub name: String,
    /// Column of the indicator; absent for the study area.
    pub column: Option<String>,
    pub read: u64,
    pub accepted: u64,
    pub quarantined: u64,
    pub codes: BTreeMap<Code, u64>,
    pub warnings: BTreeMap<Code, u64>,
    pub repaired: Vec<RepairedArea>,
}

/// Repaired area, and the relative change of its size: −1 (nothing left) to 1.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepairedArea {
    pub feature: u64,
    pub area_change: f64,
}

impl Provenance {
    /// The provenance as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl EvidenceSummary {
    pub(crate) fn of(scores: &Scores, method: &Method) -> Option<Self> {
        let windows = method.evidence.as_ref()?.windows.iter().map(|window| window.days).collect();
        scores.has_evidence().then(|| Self {
            windows,
            laws: scores.laws.clone(),
            area_factor: scores.area_factor.map(|factor| round_to(factor, 4)),
            by_month: scores.by_month,
            held_since: scores.held_since,
            absent: scores.absent.clone(),
        })
    }
}
