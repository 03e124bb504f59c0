//! Every output column with a fixed name.

use super::super::{CellScore, RateRatio, Status};
use super::{ColumnSchema, ColumnValue, ValueKind, level_number, level_of, optional, text, within};
use crate::incident::Category;
use crate::indicator::Composite;
use crate::rounding::{cell_digits, round_to, significant};

/// Maximum of numbers without one.
const ANY: f64 = f64::MAX;
/// Maximum rate ratio in outputs: beyond it the past rate is next to nothing, and more digits would not be meaningful.
const MAX_RATIO: f64 = 1e6;
/// Minimum non-zero share in outputs: a trace is not the same as none, and is drawn differently.
const MIN_SHARE: f64 = 1e-4;
/// Number of categories listed for a cell.
pub(crate) const TOP_CATEGORIES_LISTED: usize = 3;

/// Points of a score; null without data, where there is not even a score of 0.
fn points(status: Status, score: f64) -> ColumnValue<'static> {
    if status == Status::NoData { ColumnValue::Null } else { ColumnValue::Real(score) }
}

fn ratio(cell: &CellScore, part: fn(&RateRatio) -> f64) -> ColumnValue<'_> {
    optional(cell.ratio.as_ref(), |ratio| ColumnValue::Real(part(ratio)))
}

fn capped(ratio: f64, digits: usize) -> f64 {
    round_to(ratio.min(MAX_RATIO), digits)
}

/// Number of every cell, restored from 0 to its maximum.
macro_rules! number {
    ($name:literal, $unit:literal, $max:expr, $digits:literal, $about:literal, $field:ident) => {
        ColumnSchema::real($name, $unit, (0.0, $max), |value| round_to(value, $digits), $about)
            .cell(|cell| ColumnValue::Real(cell.$field))
            .restored_by(|cell, _, value| within(value, $max).map(|value| cell.$field = value))
    };
}

/// Part of a rate ratio, null in cells without one.
macro_rules! ratio {
    ($name:literal, $unit:literal, $max:expr, $digits:literal, $about:literal, $part:ident) => {
        ColumnSchema::real($name, $unit, (0.0, $max), |value| capped(value, $digits), $about)
            .cell(|cell| ratio(cell, |ratio| ratio.$part))
            .restored_by(|cell, _, value| {
                if *value != ColumnValue::Null {
                    cell.ratio.get_or_insert_default().$part = within(value, $max)?;
                }
                Some(())
            })
    };
}

/// Share of a strand.
macro_rules! share {
    ($name:literal, $about:literal, $strand:literal) => {
        ColumnSchema {
            name_in_areas: Some(concat!($name, "_share")),
            ..ColumnSchema::real(
                $name,
                "share",
                (0.0, 1.0),
                |share| round_to(if share > 0.0 { share.max(MIN_SHARE) } else { 0.0 }, 4),
                $about,
            )
            .cell(|cell| ColumnValue::Real(cell.strands[$strand]))
            .restored_by(|cell, _, value| within(value, 1.0).map(|value| cell.strands[$strand] = value))
        }
    };
}

/// H3 cell of a row.
pub(crate) const H3: ColumnSchema = ColumnSchema::text("h3", "H3 cell")
    .cell(|cell| text(String::from_utf8_lossy(&cell_digits(cell.cell)).into_owned()));
pub(crate) const SCORE: ColumnSchema =
    ColumnSchema::real("score", "points", (0.0, 100.0), |value| round_to(value, 2), "tension score, 0 to 100 points")
        .cell(|cell| points(cell.status, cell.score))
        .moment(|moment| points(moment.status, moment.score))
        .restored_by(|cell, _, value| {
            if *value != ColumnValue::Null {
                cell.score = within(value, 100.0)?;
            }
            Some(())
        });
pub(crate) const LEVEL: ColumnSchema =
    ColumnSchema::level("level", "level", "computed level, 6 (calm) to 1; null where nothing was scored")
        .cell(|cell| optional(cell.level, level_number))
        .moment(|moment| optional(moment.level, level_number))
        .restored_by(|cell, levels, value| {
            let level = if *value == ColumnValue::Null { None } else { Some(level_of(value, levels)?) };
            (cell.level, cell.raw_level) = (level, level);
            Some(())
        });
pub(crate) const RAG: ColumnSchema = ColumnSchema::text("rag", "computed level as a colour: green, amber or red")
    .cell(|cell| optional(cell.level, |level| text(level.rag().id())))
    .moment(|moment| optional(moment.level, |level| text(level.rag().id())));
pub(crate) const STATUS: ColumnSchema =
    ColumnSchema::text("status", "what is known: scored, no_reports or no_data; silence is not calm")
        .cell(|cell| text(cell.status.id()))
        .moment(|moment| text(moment.status.id()))
        .restored_by(|cell, _, value| {
            let ColumnValue::Text(word) = value else { return None };
            Status::ALL.into_iter().find(|status| status.id() == word).map(|status| cell.status = status)
        });
pub(crate) const SPARSE: ColumnSchema =
    ColumnSchema::new(ValueKind::Flag, "sparse", "few reports: fewer in the window than the method calls enough")
        .cell(|cell| ColumnValue::Flag(cell.sparse))
        .moment(|moment| ColumnValue::Flag(moment.sparse))
        .restored_by(|cell, _, value| {
            let ColumnValue::Flag(flag) = *value else { return None };
            cell.sparse = flag;
            Some(())
        });
/// Class of a row on the map. Its values come from the legend of the layer.
pub(crate) const BAND: ColumnSchema =
    ColumnSchema::text("band", "class on the map: its range of scores, whether few reports, or why there is none");
pub(crate) const INTENSITY: ColumnSchema =
    number!("intensity", "points", 100.0, 2, "points for intensity: weighted, decayed reports", intensity)
        .moment(|moment| ColumnValue::Real(moment.intensity));
pub(crate) const U_INTENSITY: ColumnSchema =
    number!("u_intensity", "", 1.0, 4, "intensity on its own scale, 0 to 1", u_intensity);
pub(crate) const SURGE: ColumnSchema =
    number!("surge", "points", 100.0, 2, "points for surge: credible excess over the place's own past", surge)
        .moment(|moment| ColumnValue::Real(moment.surge));
pub(crate) const CORROBORATION: ColumnSchema = number!(
    "corroboration",
    "points",
    100.0,
    2,
    "points for corroboration: strands and sources that agree",
    corroboration
)
.moment(|moment| ColumnValue::Real(moment.corroboration));
pub(crate) const SPREAD: ColumnSchema =
    number!("spread", "points", 100.0, 2, "points for spread: neighbours that are rising too", spread)
        .moment(|moment| ColumnValue::Real(moment.spread));
pub(crate) const CONTEXT_POINTS: ColumnSchema =
    ColumnSchema::real("context", "points", (0.0, 100.0), |value| round_to(value, 2), "points for context")
        .moment(|moment| ColumnValue::Real(moment.context));
pub(crate) const DENSITY: ColumnSchema = number!(
    "density",
    "mass",
    ANY,
    3,
    "density of reports, weighted and decayed, per km² or per 1,000 residents",
    density
)
.moment(|moment| ColumnValue::Real(moment.density));
pub(crate) const N_WINDOW: ColumnSchema =
    number!("n_window", "reports", ANY, 2, "reports in the window; months count by their share", n_window)
        .moment(|moment| ColumnValue::Real(moment.n_window))
        .reporting(|line| ColumnValue::Real(line.window));
pub(crate) const N_BASELINE: ColumnSchema =
    number!("n_baseline", "reports", ANY, 2, "reports in the baseline", n_baseline)
        .moment(|moment| ColumnValue::Real(moment.n_baseline));
pub(crate) const N_EXPECTED: ColumnSchema = ratio!(
    "n_expected",
    "reports",
    ANY,
    2,
    "reports to be expected: what the window would hold at the place's own normal",
    expected
);
pub(crate) const RR: ColumnSchema =
    ratio!("rr", "ratio", MAX_RATIO, 3, "rate ratio: current rate ÷ own past rate, median", rr);
pub(crate) const RR_LO: ColumnSchema = ratio!("rr_lo", "ratio", MAX_RATIO, 3, "5 % quantile of the rate ratio", lo);
pub(crate) const RR_HI: ColumnSchema = ratio!("rr_hi", "ratio", MAX_RATIO, 3, "95 % quantile of the rate ratio", hi);
pub(crate) const P_EXCEED: ColumnSchema =
    ratio!("p_exceed", "probability", 1.0, 4, "probability that the current rate is above the past one", p_exceed);
pub(crate) const EXPERIENCED: ColumnSchema = share!("experienced", "share of the intensity that people experienced", 0);
pub(crate) const EVIDENCED: ColumnSchema = share!("evidenced", "share of the intensity that is evidenced", 1);
pub(crate) const POTENTIAL: ColumnSchema = share!("potential", "share of the intensity about what may come", 2);
pub(crate) const TOP_CATEGORIES: ColumnSchema =
    ColumnSchema::text("top_categories", "the three categories with most of the intensity")
        .cell(|cell| text(category_shares(&cell.categories)))
        .restored_by(|cell, _, value| {
            let ColumnValue::Text(text) = value else { return None };
            parse_category_shares(text).map(|shares| cell.categories = shares)
        });
pub(crate) const SOURCES: ColumnSchema =
    ColumnSchema::whole("sources", "sources", (0.0, ANY), "distinct sources in the window")
        .cell(|cell| ColumnValue::Whole(cell.sources.into()))
        .moment(|moment| ColumnValue::Whole(moment.sources.into()))
        .restored_by(|cell, _, value| {
            let ColumnValue::Whole(number) = *value else { return None };
            u32::try_from(number).ok().map(|sources| cell.sources = sources)
        });
/// As-of of a row: of the layer, or of one date of a series.
pub(crate) const AS_OF: ColumnSchema =
    ColumnSchema::text("as_of", "as-of: everything before this day counts, nothing from it on");

pub(crate) const TREND_Z: ColumnSchema = ColumnSchema::real(
    "trend_z",
    "",
    (-ANY, ANY),
    |value| round_to(value, 4),
    "Mann–Kendall's z of the score over the dates with data: above 0 it rises",
)
.trend(|trend| ColumnValue::Real(trend.z));
pub(crate) const TREND_P: ColumnSchema = ColumnSchema::real(
    "trend_p",
    "probability",
    (0.0, 1.0),
    |value| significant(value, 3),
    "its two-sided p: ranks cells, and is too small for a test",
)
.trend(|trend| ColumnValue::Real(trend.p));
pub(crate) const SEN_SLOPE: ColumnSchema = ColumnSchema::real(
    "sen_slope",
    "points a week",
    (-ANY, ANY),
    |value| round_to(value, 4),
    "Sen's slope of the score",
)
.trend(|trend| optional(trend.sen_slope, ColumnValue::Real));

pub(crate) const SCORE_CHANGE: ColumnSchema = ColumnSchema::real(
    "score_change",
    "points",
    (-100.0, 100.0),
    |value| round_to(value, 2),
    "score less the earlier one, in points",
)
.change(|change| optional(change.score, ColumnValue::Real));
pub(crate) const LEVEL_BEFORE: ColumnSchema = ColumnSchema::level("level_before", "level", "level at the earlier date")
    .change(|change| optional(change.before, level_number));
pub(crate) const LEVEL_CHANGE: ColumnSchema =
    ColumnSchema::level("level_change", "levels", "levels that tension rose; below 0 it fell")
        .change(|change| optional(change.levels(), |levels| ColumnValue::Whole(levels.into())));

pub(crate) const ASSESSED_LEVEL: ColumnSchema = ColumnSchema::level("assessed_level", "level", "level that people set");
pub(crate) const ASSESSED_RAG: ColumnSchema =
    ColumnSchema::text("assessed_rag", "level that people set as a colour: green, amber or red");
pub(crate) const ASSESSOR: ColumnSchema = ColumnSchema::text("assessor", "who set the level");
pub(crate) const ASSESSED_REASON: ColumnSchema = ColumnSchema::text("assessed_reason", "why the level was set");
pub(crate) const ASSESSED_ON: ColumnSchema = ColumnSchema::text("assessed_on", "when the level was set");

pub(crate) const CONTEXT_INDEX: ColumnSchema =
    ColumnSchema::real(Composite::NAME, "", (0.0, 100.0), |value| round_to(value, 2), "index of context, 0 to 100");

pub(crate) const AREA_KM2: ColumnSchema =
    ColumnSchema::real("area_km2", "km²", (0.0, ANY), |value| significant(value, 6), "size of the area in km²");
pub(crate) const REPORTS: ColumnSchema =
    ColumnSchema::whole("reports", "reports", (0.0, ANY), "accepted reports in the area, of whatever date");
pub(crate) const REPORTS_PER_KM2: ColumnSchema = ColumnSchema::real(
    "reports_per_km2",
    "reports/km²",
    (0.0, ANY),
    |value| significant(value, 4),
    "accepted reports per km²",
);
/// Counts by strand, in the order of [`Strand::ALL`](crate::Strand::ALL).
pub(crate) const STRAND_REPORTS: [ColumnSchema; 3] = [
    ColumnSchema { name_in_areas: None, ..EXPERIENCED }.counted("accepted reports of the strand experienced"),
    ColumnSchema { name_in_areas: None, ..EVIDENCED }.counted("accepted reports of the strand evidenced"),
    ColumnSchema { name_in_areas: None, ..POTENTIAL }.counted("accepted reports of the strand potential"),
];
pub(crate) const HEARD: ColumnSchema = ColumnSchema::text(
    "heard",
    "reports in the window beside what is usual: no_data, no_reports, seldom, fell_silent, fewer_than_usual, as_usual, \
     more_than_usual",
)
.reporting(|line| text(line.status.id()));
pub(crate) const DAYS_SINCE: ColumnSchema =
    ColumnSchema::whole("days_since", "days", (0.0, ANY), "days since the last report, 0 for the day before the as-of")
        .reporting(|line| optional(line.days_since, |days| ColumnValue::Whole(days.into())));

pub(crate) const PLACE_KIND: ColumnSchema =
    ColumnSchema::text("kind", "kind of place: study_area, area or cell").reporting(|line| text(line.kind.id()));
pub(crate) const PLACE: ColumnSchema =
    ColumnSchema::text("place", "number of the cell, name of the area, or study area")
        .reporting(|line| text(&*line.place));
pub(crate) const SOURCE: ColumnSchema =
    ColumnSchema::text("source", "source of the reports; all, or not stated").reporting(|line| text(&*line.source));
pub(crate) const LAST_REPORT: ColumnSchema = ColumnSchema::text("last_report", "last day that a report is about")
    .reporting(|line| optional(line.last, |day| text(day.to_string())));
pub(crate) const REPORTS_52_WEEKS: ColumnSchema = ColumnSchema::real(
    "reports_52_weeks",
    "reports",
    (0.0, ANY),
    |value| round_to(value, 2),
    "reports in the 364 days before the as-of",
)
.reporting(|line| ColumnValue::Real(line.year));
pub(crate) const USUAL: ColumnSchema = ColumnSchema::real(
    "usual",
    "reports",
    (0.0, ANY),
    |value| round_to(value, 2),
    "median reports in past windows of the same length",
)
.reporting(|line| optional(line.usual, ColumnValue::Real));

pub(crate) const LEVEL_BAND: ColumnSchema = BAND.about("class on the map: the level, or why there is none");
pub(crate) const LEVEL_NAME: ColumnSchema = ColumnSchema::text("level_name", "what readers call the level");
pub(crate) const LEVEL_CELLS: ColumnSchema = ColumnSchema::whole("cells", "cells", (1.0, ANY), "cells of that level");
pub(crate) const LEVEL_AREAS: ColumnSchema = ColumnSchema::whole("areas", "areas", (1.0, ANY), "areas of that level");
pub(crate) const LEVEL_KM2: ColumnSchema =
    ColumnSchema { rounding: Some(|value| round_to(value, 3)), ..AREA_KM2 }.about("their ground, in km²");
pub(crate) const SCORE_MAX: ColumnSchema = ColumnSchema::real(
    "score_max",
    "points",
    (0.0, 100.0),
    |value| round_to(value, 2),
    "the highest score among them, in points",
);

impl ColumnSchema {
    /// Count of reports under the name of a share.
    const fn counted(self, about: &'static str) -> Self {
        Self::whole(self.name, "reports", (0.0, ANY), about)
    }
}

/// Categories with the largest shares, as `asb 45%, riot 30%`.
fn category_shares(shares: &[(Category, f64)]) -> String {
    let mut top = String::with_capacity(64);
    for (category, share) in shares.iter().take(TOP_CATEGORIES_LISTED) {
        let between = if top.is_empty() { "" } else { ", " };
        // A share of 0 to 100 %.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 100")]
        let percent = (share * 100.0).round_ties_even() as u8;
        top.extend([between, category.id(), " ", &percent.to_string(), "%"]);
    }
    top
}

/// Inverse of [`category_shares`].
fn parse_category_shares(text: &str) -> Option<Vec<(Category, f64)>> {
    let share = |part: &str| {
        let (id, share) = part.strip_suffix('%')?.rsplit_once(' ')?;
        let percent = share.parse::<u32>().ok().filter(|percent| *percent <= 100)?;
        Some((id.parse().ok()?, f64::from(percent) / 100.0))
    };
    text.split(", ").filter(|part| !part.is_empty()).map(share).collect()
}
