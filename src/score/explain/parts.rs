//! What an explanation holds: plain numbers under the names that its JSON has.

use std::fmt::Display;

use h3o::CellIndex;
use serde::{Serialize, Serializer};

use crate::incident::Day;
use crate::score::Status;
use crate::score::level::{Level, Rag};

/// One cell's score at one date, explained. As text ([`Display`]) it can be read aloud; as JSON its field names are stable and
/// its numbers unrounded.
///
/// ```
/// use tensionmap::score::{Given, Scoring};
/// use tensionmap::{Engine, Method, StudyArea, sample};
/// let run = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
/// let area = StudyArea::observed(run.cube.cells());
/// let method = Method::default();
/// let top = run.scores.standing_out()[0];
/// let why = Scoring::new(&run.cube, &area, &method, Given::default())?.explain(top.cell, run.scores.as_of)?;
/// let points: f64 = why.points.iter().map(|component| component.points).sum();
/// let mass: f64 = why.intensity.categories.iter().map(|part| part.mass).sum();
/// assert!((points - why.score).abs() < 1e-9 && (mass - why.intensity.mass).abs() < 1e-9);
/// assert!(why.to_string().contains("What is not known"));
/// # Ok::<(), tensionmap::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Cell.
    #[serde(serialize_with = "as_text")]
    pub cell: CellIndex,
    /// Latitude of its centre, in degrees.
    pub lat: f64,
    /// Longitude of its centre, in degrees.
    pub lng: f64,
    /// T: everything before this day counts, nothing from it on.
    #[serde(serialize_with = "as_text")]
    pub as_of: Day,
    /// What the score rests on.
    #[serde(serialize_with = "status_id")]
    pub status: Status,
    /// Fewer reports in the window than the method calls enough.
    pub sparse: bool,
    /// 0–100, the sum of the points.
    pub score: f64,
    /// The level, as its number; absent where nothing was scored.
    #[serde(serialize_with = "level_number")]
    pub level: Option<Level>,
    /// The level that this date alone gives.
    #[serde(serialize_with = "level_number")]
    pub raw_level: Option<Level>,
    /// Points by component; context only where the method gives it any.
    pub points: Vec<Component>,
    /// What the place's own past says.
    pub surge: Surge,
    /// What the reports weigh.
    pub intensity: Intensity,
    /// Who agrees.
    pub corroboration: Corroboration,
    /// What the neighbours do.
    pub spread: Spread,
    /// The scale, calmest level first, and what the cell meets of it.
    pub levels: Vec<LevelCheck>,
    /// The earlier weeks that the rule about falling levels looks at, newest first.
    pub earlier: Vec<Week>,
    /// 52 weekly as-ofs with the same anchor, oldest first; the last one is this date.
    pub history: Vec<Week>,
    /// What is not known, in words.
    pub not_known: Vec<String>,
}

/// Points of one component.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Component {
    /// Its name in outputs.
    pub name: &'static str,
    /// How full it is, 0–1.
    pub u: f64,
    /// Most points it can give.
    pub most: f64,
    /// Points: `most` × `u`.
    pub points: f64,
}

/// The numbers behind the surge component.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Surge {
    /// First day of the window.
    #[serde(serialize_with = "as_text")]
    pub window_from: Day,
    /// Day after its last.
    #[serde(serialize_with = "as_text")]
    pub window_to: Day,
    /// |W|, covered days of the window.
    pub window_days: i32,
    /// First day of the baseline.
    #[serde(serialize_with = "as_text")]
    pub baseline_from: Day,
    /// |B|, covered days of the baseline, which ends where the window begins.
    pub baseline_days: i32,
    /// Covered days that a baseline needs.
    pub baseline_least_days: i32,
    /// O, reports in the window.
    pub observed: f64,
    /// `n_B`, reports in the baseline.
    pub n_baseline: f64,
    /// The comparison; absent without reports, without enough history or without any past round about.
    pub comparison: Option<Comparison>,
}

/// Current rate ÷ own past rate: what is believed beforehand, what is believed now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// κ, weight of the rate round about, in days.
    pub prior_days: f64,
    /// λ̄, reports a day round about: the disk's cells and, as one more, the area's mean.
    pub prior_rate: f64,
    /// Reports a day and cell of the disk of ring 2.
    pub disk_rate: f64,
    /// Cells of that disk, this one included.
    pub disk_cells: usize,
    /// Reports a day and cell of the whole study area.
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

/// The numbers behind the intensity component. Each breakdown sums to `mass`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Intensity {
    /// Weighted, faded reports.
    pub mass: f64,
    /// What mass is divided by: km², or thousands of residents.
    pub size: f64,
    /// What the density is a density of.
    pub unit: &'static str,
    /// Mass ÷ size.
    pub density: f64,
    /// D½, the density at which the component is half full.
    pub d_half: Option<f64>,
    /// Where D½ came from.
    pub d_half_from: &'static str,
    /// Most mass that one report may contribute here.
    pub cap: Option<f64>,
    /// Reports of this cell that the cap holds down.
    pub capped_reports: u64,
    /// Mass that the cap took from them.
    pub capped_mass: f64,
    /// What was exchanged with neighbours, where the method smooths.
    pub smoothing: Option<Smoothing>,
    /// By strand, all three.
    pub strands: Vec<Part>,
    /// By category, largest first.
    pub categories: Vec<Part>,
    /// By source, largest first; reports whose source is not stated are a part of their own.
    pub sources: Vec<Part>,
    /// By age in days before T, each report spread over the days of its interval; coming events last, together with what of a
    /// running interval lies after T and does not count yet.
    pub ages: Vec<Part>,
}

/// One part of an intensity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// What it is.
    pub name: String,
    /// Reports of this cell that count towards it; fractional where an interval is spread over several parts.
    pub reports: f64,
    /// Those of them in the window: over all parts they sum to O.
    pub in_window: f64,
    /// Their mass, and what smoothing brought in from neighbours.
    pub mass: f64,
    /// Mass ÷ the cell's.
    pub share: f64,
}

/// Mass exchanged with neighbours: `kept` and what was `received` sum to the cell's mass.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Smoothing {
    /// Mass of the cell's own reports.
    pub own: f64,
    /// What of it stays.
    pub kept: f64,
    /// What of it goes to neighbours.
    pub given: f64,
    /// What of that leaves the study area.
    pub given_outside: f64,
    /// What comes from each neighbour under study.
    pub received: Vec<Received>,
}

/// Mass from a neighbour.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Received {
    /// The neighbour.
    #[serde(serialize_with = "as_text")]
    pub cell: CellIndex,
    /// What came from it.
    pub mass: f64,
}

/// The numbers behind the corroboration component.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Corroboration {
    /// S, strands that are present.
    pub present: usize,
    /// Share of the intensity from which a strand is present.
    pub strand_share: f64,
    /// Strands and their shares of the intensity.
    pub strands: Vec<StrandShare>,
    /// Q: distinct sources in the window; 1 where none is named.
    pub distinct: u32,
    /// Sources with a report in the window, most reports first.
    pub sources: Vec<SourceCount>,
    /// Reports in the window whose source is not stated.
    pub unstated: f64,
}

/// A strand's share of the intensity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StrandShare {
    /// The strand.
    pub name: &'static str,
    /// 0–1.
    pub share: f64,
    /// Whether it counts as present.
    pub present: bool,
}

/// A source's reports in the window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceCount {
    /// As the reports name it.
    pub name: String,
    /// How many; fractional where an interval lies partly in the window.
    pub reports: f64,
}

/// The numbers behind the spread component.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Neighbours in the study area.
    pub under_study: usize,
    /// Those of them that are rising.
    pub rising: usize,
    /// Exceedance probability from which a neighbour is rising.
    pub spread_p: f64,
    /// Every neighbour on the grid.
    pub neighbours: Vec<Neighbour>,
}

/// A neighbour.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Neighbour {
    /// Cell.
    #[serde(serialize_with = "as_text")]
    pub cell: CellIndex,
    /// Whether it lies in the study area; nothing is known of one that does not.
    pub under_study: bool,
    /// What its score rests on.
    #[serde(serialize_with = "neighbour_status")]
    pub status: Option<Status>,
    /// Its score.
    pub score: Option<f64>,
    /// Reports in its window.
    pub n_window: Option<f64>,
    /// P(current rate > past rate); absent where there is nothing to compare.
    pub p_exceed: Option<f64>,
    /// Whether that is enough to count as rising.
    pub rising: bool,
}

/// A level of the scale and what the cell meets of it at this date alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelCheck {
    /// The number that readers know it by.
    pub number: u8,
    /// Its name.
    pub name: String,
    /// Its colour.
    pub rag: Rag,
    /// For a named assessor to set, never computed.
    pub assessor_only: bool,
    /// Whether every condition is met; the highest such level is this date's.
    pub reached: bool,
    /// What it needs.
    pub conditions: Vec<Condition>,
}

/// One condition of a level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Condition {
    /// `score`, `p_exceed`, `reports` or `corroboration`.
    pub kind: &'static str,
    /// What is needed.
    pub needed: f64,
    /// What was found; absent where it cannot be told.
    pub found: Option<f64>,
    /// Whether it is met.
    pub met: bool,
    /// The same in words.
    pub words: String,
}

/// One weekly as-of of the cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Week {
    /// T of that week.
    #[serde(serialize_with = "as_text")]
    pub as_of: Day,
    /// What its score rests on.
    #[serde(serialize_with = "status_id")]
    pub status: Status,
    /// 0–100.
    pub score: f64,
    /// The level.
    #[serde(serialize_with = "level_number")]
    pub level: Option<Level>,
    /// The level that the date alone gives.
    #[serde(serialize_with = "level_number")]
    pub raw_level: Option<Level>,
    /// Reports in its window.
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
    /// The levels that are computed, with the score each begins at.
    pub fn scale(&self) -> impl Iterator<Item = (f64, &LevelCheck)> {
        let score = |level: &LevelCheck| {
            level.conditions.iter().find(|condition| condition.kind == "score").map(|score| score.needed)
        };
        self.levels.iter().filter_map(move |level| Some((score(level)?, level)))
    }

    /// The scale's entry for a level.
    #[must_use]
    pub fn level_check(&self, level: Level) -> Option<&LevelCheck> {
        self.levels.get(level.rank())
    }
}

fn as_text<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over the field as it is")]
fn status_id<S: Serializer>(status: &Status, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(status.id())
}

#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde hands over the field as it is")]
fn neighbour_status<S: Serializer>(status: &Option<Status>, to: S) -> Result<S::Ok, S::Error> {
    status.map(Status::id).serialize(to)
}

#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde hands over the field as it is")]
fn level_number<S: Serializer>(level: &Option<Level>, to: S) -> Result<S::Ok, S::Error> {
    level.map(Level::number).serialize(to)
}
