//! Fields of an explanation: plain numbers with the names of its JSON keys.

use std::fmt::Display;

use h3o::CellIndex;
use serde::{Serialize, Serializer};

use crate::incident::Day;
use crate::score::level::{Level, Rag};
use crate::score::{Absence, Status};

/// Explanation of one cell's score at one date.
///
/// As text ([`Display`]) it can be read aloud; as JSON its keys are stable and its numbers unrounded.
///
/// ```
/// use tensionmap::unstable::score::Covariates;
/// use tensionmap::Scoring;
/// use tensionmap::{Engine, Method, StudyArea, sample};
/// let run = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
/// let area = StudyArea::observed(run.cube.cells());
/// let method = Method::default();
/// let top = run.scores.standing_out()[0];
/// let why = Scoring::new(&run.cube, &area, &method, Covariates::default())?.explain(top.cell, run.scores.as_of)?;
/// let points: f64 = why.points.iter().map(|component| component.points).sum();
/// let mass: f64 = why.intensity.categories.iter().map(|part| part.mass).sum();
/// assert!((points - why.score).abs() < 1e-9 && (mass - why.intensity.mass).abs() < 1e-9);
/// assert!(why.to_string().contains("What is not known"));
/// # Ok::<(), tensionmap::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// Cell.
    #[serde(serialize_with = "as_text")]
    pub cell: CellIndex,
    /// Latitude of its centre, in degrees.
    pub lat: f64,
    /// Longitude of its centre, in degrees.
    pub lng: f64,
    /// T: reports before this day count, none from it on.
    #[serde(serialize_with = "as_text")]
    pub as_of: Day,
    /// Basis of the score.
    pub status: Status,
    /// True if the window has fewer reports than the method's `sparse_below`.
    pub sparse: bool,
    /// 0–100, the sum of the points.
    pub score: f64,
    /// Level, as its number; absent where nothing was scored.
    pub level: Option<Level>,
    /// Level by this date alone.
    pub raw_level: Option<Level>,
    /// Points by component; context only if the method gives it points.
    pub points: Vec<Component>,
    /// Comparison with the place's own past.
    pub surge: Surge,
    /// Evidence of a rise with all its parts; absent in a method without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceBreakdown>,
    /// Points of one unit of evidence; absent likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points_per_evidence: Option<f64>,
    /// Date that level and score are of, if too little of the days since is covered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_since: Option<Day>,
    /// Mass of the reports.
    pub intensity: Intensity,
    /// Agreement of strands and sources.
    pub corroboration: Corroboration,
    /// Neighbours that are rising.
    pub spread: SpreadBreakdown,
    /// Levels of the scale with their conditions, calmest first.
    pub levels: Vec<LevelCheck>,
    /// Earlier weeks used by the rule about falling levels, newest first.
    pub earlier: Vec<Week>,
    /// 52 weekly as-ofs with the same anchor, oldest first; the last is this date.
    pub history: Vec<Week>,
    /// Unknowns, as sentences.
    pub not_known: Vec<String>,
}

/// Points of one component.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Component {
    /// Name in outputs.
    pub name: &'static str,
    /// Points as a share of the maximum, 0–1.
    pub u: f64,
    /// Maximum points.
    pub most: f64,
    /// Points: `most` × `u`.
    pub points: f64,
}

/// Numbers of the surge component.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Surge {
    /// First day of the window.
    #[serde(serialize_with = "as_text")]
    pub window_from: Day,
    /// Day after the last day of the window.
    #[serde(serialize_with = "as_text")]
    pub window_to: Day,
    /// |W|, covered days of the window.
    pub window_days: i32,
    /// First day of the baseline.
    #[serde(serialize_with = "as_text")]
    pub baseline_from: Day,
    /// |B|, covered days of the baseline before the window.
    pub baseline_days: i32,
    /// Minimum covered days of a baseline.
    pub baseline_least_days: i32,
    /// O, reports in the window.
    pub observed: f64,
    /// `n_B`, reports in the baseline.
    pub n_baseline: f64,
    /// Comparison; absent without reports, without enough history or without any past reports nearby.
    pub comparison: Option<Comparison>,
}

/// Evidence of a rise with its parts.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EvidenceBreakdown {
    /// E; absent without a past, or if the sources of this place are missing.
    pub total: Option<f64>,
    /// E0, of the place's own reports alone.
    pub alone: Option<f64>,
    /// S, sum of what the neighbours add.
    pub neighbours: Option<f64>,
    /// Share of S that counts, 0–1: none until the place itself is unusual.
    pub neighbours_weight: Option<f64>,
    /// Chance under calm of own reports as surprising as these.
    pub p_value: Option<f64>,
    /// True if the evidence is that of a whole month.
    pub by_month: bool,
    /// Index of the window with the smallest chance.
    pub leading: Option<usize>,
    /// Windows, shortest first.
    pub windows: Vec<WindowEvidence>,
    /// Reports of one day that count at most.
    pub day_counts_most: f64,
    /// Reports of the baseline, after the cut.
    pub baseline_reports: Option<f64>,
    /// λ̄, reports a day of its surroundings.
    pub prior_rate: Option<f64>,
    /// k, weight of λ̄ in days.
    pub prior_days: Option<f64>,
    /// Cells of its surroundings, itself included.
    pub prior_cells: Option<usize>,
    /// Mean reports of the area's cells in their baselines.
    pub area_mean: Option<f64>,
    /// Reports of the whole area in the shortest window ÷ those to be expected.
    pub area_factor: Option<f64>,
    /// False if the sources at hand gave only a small part of this cell's past reports.
    pub is_heard: bool,
    /// Sources with their covered days.
    pub sources: Vec<SourceBreakdown>,
    /// Each neighbour's part.
    pub neighbour_evidence: Vec<NeighbourEvidence>,
}

/// Evidence of one window.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct WindowEvidence {
    /// First day.
    #[serde(serialize_with = "as_text")]
    pub from: Day,
    /// Day after the last day.
    #[serde(serialize_with = "as_text")]
    pub to: Day,
    /// Reports, every one.
    pub reports: f64,
    /// Reports of sources at hand after the cut of days with very many.
    pub counted: f64,
    /// Reports to be expected, with the area-wide factor.
    pub expected: Option<f64>,
    /// Reports elsewhere in the area ÷ those to be expected there.
    pub area_factor: Option<f64>,
    /// Variance of the count under calm.
    pub variance: Option<f64>,
    /// Chance of so many or more under calm.
    pub p: Option<f64>,
    /// φ of its variance law.
    pub dispersion: f64,
    /// τ² of its variance law.
    pub fluctuation: f64,
}

/// A source and the days it covers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SourceBreakdown {
    /// Name.
    pub source: String,
    /// First day of its baseline.
    #[serde(serialize_with = "as_text")]
    pub baseline_from: Day,
    /// Covered days of its baseline.
    pub baseline_days: i32,
    /// Covered days of the window.
    pub window_days: i32,
    /// Why it is left out, if it is.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub absence: Option<Absence>,
}

/// A neighbour's part in the evidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NeighbourEvidence {
    /// Cell.
    #[serde(serialize_with = "as_text")]
    pub cell: CellIndex,
    /// Evidence of its own reports; absent outside the study area or without a past.
    pub alone: Option<f64>,
    /// Part that it adds to S, or takes below 0.
    pub adds: f64,
    /// True if it is unusual by itself.
    pub up: bool,
}

/// Current rate ÷ own past rate: prior and posterior.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// κ, weight of the neighbourhood's rate, in days.
    pub prior_days: f64,
    /// λ̄, reports per day: the mean of the disk's cells with the area mean as one more.
    pub prior_rate: f64,
    /// Reports per day and cell of the ring-2 disk.
    pub disk_rate: f64,
    /// Cells of that disk, this one included.
    pub disk_cells: usize,
    /// Reports per day and cell of the whole study area.
    pub area_rate: f64,
    /// φ, over-dispersion.
    pub dispersion: f64,
    /// Shape of the past rate's gamma distribution.
    pub alpha0: f64,
    /// Its rate, in days.
    pub beta0: f64,
    /// Shape of the current rate's gamma distribution.
    pub alpha1: f64,
    /// Its rate, in days.
    pub beta1: f64,
    /// Reports expected in the window from the past.
    pub expected: f64,
    /// Median of current ÷ past rate.
    pub rr: f64,
    /// Its 5 % quantile.
    pub rr_lo: f64,
    /// Its 95 % quantile.
    pub rr_hi: f64,
    /// P(current rate > past rate).
    pub p_exceed: f64,
}

/// Numbers of the intensity component. Each breakdown sums to `mass`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Intensity {
    /// Weighted, decayed reports.
    pub mass: f64,
    /// Denominator of the density: km², or thousands of residents.
    pub size: f64,
    /// Unit of the density.
    pub unit: &'static str,
    /// Mass ÷ size.
    pub density: f64,
    /// D½, the density at which the component is half full.
    pub d_half: Option<f64>,
    /// Origin of D½.
    pub d_half_from: &'static str,
    /// Maximum mass of a single report in this cell.
    pub cap: Option<f64>,
    /// Reports of this cell limited by the cap.
    pub capped_reports: u64,
    /// Mass removed from them by the cap.
    pub capped_mass: f64,
    /// Mass exchanged with neighbours, if the method smooths.
    pub smoothing: Option<Smoothing>,
    /// By strand, all three.
    pub strands: Vec<IntensityPart>,
    /// By category, largest first.
    pub categories: Vec<IntensityPart>,
    /// By source, largest first; reports without a source are a part of their own.
    pub sources: Vec<IntensityPart>,
    /// By age in days before T. Each report is spread over its interval's days. The last part holds coming events, and
    /// the days of running intervals after T, which do not count yet.
    pub ages: Vec<IntensityPart>,
}

/// Part of an intensity.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct IntensityPart {
    /// Strand, category, source or age.
    pub name: String,
    /// Reports of this cell in the part; fractional if an interval is spread over several parts.
    pub reports: f64,
    /// Reports in the window; over all parts they sum to O.
    pub in_window: f64,
    /// Mass of the reports, with the mass received from neighbours by smoothing.
    pub mass: f64,
    /// Share of the cell's mass, 0–1.
    pub share: f64,
}

/// Mass exchanged with neighbours: `kept` and `received` sum to the cell's mass.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Smoothing {
    /// Mass of the cell's own reports.
    pub own: f64,
    /// Own mass kept.
    pub kept: f64,
    /// Own mass given to neighbours.
    pub given: f64,
    /// Part of `given` that leaves the study area.
    pub given_outside: f64,
    /// Mass received from each neighbour in the study area.
    pub received: Vec<Received>,
}

/// Mass received from a neighbour.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Received {
    /// The neighbour.
    #[serde(serialize_with = "as_text")]
    pub cell: CellIndex,
    /// Mass received.
    pub mass: f64,
}

/// Numbers of the corroboration component.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Corroboration {
    /// S, number of strands present.
    pub present: usize,
    /// Minimum share of the intensity of a present strand.
    pub strand_share: f64,
    /// Strands and their shares of the intensity.
    pub strands: Vec<StrandShare>,
    /// Q, distinct sources in the window; 1 if none is named.
    pub distinct: u32,
    /// Sources with a report in the window, most reports first.
    pub sources: Vec<SourceCount>,
    /// Reports in the window without a source.
    pub unstated: f64,
}

/// A strand's share of the intensity.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StrandShare {
    /// Strand.
    pub name: &'static str,
    /// Share, 0–1.
    pub share: f64,
    /// True if the strand counts as present.
    pub present: bool,
}

/// A source's reports in the window.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SourceCount {
    /// Name in the reports.
    pub name: String,
    /// Reports; fractional if an interval lies partly in the window.
    pub reports: f64,
}

/// Numbers of the spread component.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SpreadBreakdown {
    /// Neighbours in the study area.
    pub under_study: usize,
    /// Neighbours that are rising.
    pub rising: usize,
    /// Minimum exceedance probability of a rising neighbour.
    pub spread_p: f64,
    /// All neighbours on the grid.
    pub neighbours: Vec<Neighbour>,
}

/// A neighbour.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Neighbour {
    /// Cell.
    #[serde(serialize_with = "as_text")]
    pub cell: CellIndex,
    /// True if it lies in the study area; otherwise nothing is known of it.
    pub under_study: bool,
    /// Basis of its score.
    pub status: Option<Status>,
    /// Score, 0–100.
    pub score: Option<f64>,
    /// Reports in the window.
    pub n_window: Option<f64>,
    /// P(current rate > past rate); absent if there is nothing to compare.
    pub p_exceed: Option<f64>,
    /// True if `p_exceed` reaches `spread_p`.
    pub rising: bool,
}

/// A level of the scale with its conditions at this date alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LevelCheck {
    /// Number for readers.
    pub number: u8,
    /// Name for readers.
    pub name: String,
    /// Colour.
    pub rag: Rag,
    /// For a named assessor to set, never computed.
    pub assessor_only: bool,
    /// True if every condition is met; the highest such level is this date's.
    pub reached: bool,
    /// Conditions of the level.
    pub conditions: Vec<Condition>,
}

/// One condition of a level.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Condition {
    /// `evidence`, `score`, `p_exceed`, `reports` or `corroboration`.
    pub kind: &'static str,
    /// Minimum.
    pub needed: f64,
    /// Value of the cell; absent if unknown.
    pub found: Option<f64>,
    /// True if the condition is met.
    pub met: bool,
    /// Description with both values.
    pub words: String,
}

/// One weekly as-of of the cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Week {
    /// T of that week.
    #[serde(serialize_with = "as_text")]
    pub as_of: Day,
    /// Basis of the score.
    pub status: Status,
    /// Evidence; absent in a method without it, or without a past.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<f64>,
    /// Score, 0–100.
    pub score: f64,
    /// Level under the rule about falling levels.
    pub level: Option<Level>,
    /// Level by this date alone.
    pub raw_level: Option<Level>,
    /// Reports in the window.
    pub n_window: f64,
    /// Points for surge.
    pub surge: f64,
    /// Points for intensity.
    pub intensity: f64,
    /// Points for corroboration.
    pub corroboration: f64,
    /// Points for spread.
    pub spread: f64,
    /// Points for context.
    pub context: f64,
}

impl Explanation {
    /// Computed levels with their minimum scores; of levels by evidence, the points that this evidence has.
    pub fn scale(&self) -> impl Iterator<Item = (f64, &LevelCheck)> {
        let score = |level: &LevelCheck| {
            level.conditions.iter().find_map(|condition| match condition.kind {
                "score" => Some(condition.needed),
                "evidence" => Some(condition.needed * self.points_per_evidence.unwrap_or(0.0)),
                _ => None,
            })
        };
        self.levels.iter().filter_map(move |level| Some((score(level)?, level)))
    }

    /// Entry of the scale for a level.
    #[must_use]
    pub fn level_check(&self, level: Level) -> Option<&LevelCheck> {
        self.levels.get(level.rank())
    }
}

fn as_text<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}
