//! Output columns: one schema for layers, areas, series, coverage and frames.
//!
//! A column is one constant: name, type, unit, range, meaning, rounding, its value in each kind of row, and the inverse by which a
//! saved layer is read back. Products list these constants, so that renaming a column is one edit.

use std::borrow::Cow;

use super::{CellChange, CellScore, DatedScore, Level, LevelRule, RateRatio, SourceActivity, Status, Trend};
use crate::area::Composite;
use crate::incident::Category;
use crate::rounding::{at_most, cell_digits, significant};

/// Value of a column in one row.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnValue<'a> {
    /// No value: unknown, or not applicable to this row.
    Null,
    /// True or false.
    Flag(bool),
    /// Whole number.
    Whole(i64),
    /// Number, rounded in everything but frames.
    Real(f64),
    /// Text.
    Text(Cow<'a, str>),
}

/// Type of the values of a column, nulls aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// [`ColumnValue::Flag`].
    Flag,
    /// [`ColumnValue::Whole`].
    Whole,
    /// [`ColumnValue::Real`].
    Real,
    /// [`ColumnValue::Text`].
    Text,
}

impl ValueKind {
    /// Name in `tensionmap list columns`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Whole => "whole",
            Self::Real => "real",
            Self::Text => "text",
        }
    }
}

/// Value of a column in a row of type `R`: exact, not rounded yet.
type FromRow<R> = for<'a> fn(&'a R) -> ColumnValue<'a>;

/// Puts a value read from a saved layer, null or of the column's type, into its cell; `None` if the column cannot hold it.
pub(crate) type Restore = fn(&mut CellScore, &[LevelRule], &ColumnValue<'_>) -> Option<()>;

/// Schema of an output column.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ColumnSchema {
    /// Name in outputs.
    pub name: &'static str,
    /// Meaning, in one line.
    pub about: &'static str,
    /// Type of its values.
    pub kind: ValueKind,
    /// Unit of numbers; empty without one.
    pub unit: &'static str,
    /// Minimum and maximum of numbers: `f64::MIN` and `f64::MAX` if unbounded; absent for levels, whose scale is the method's.
    pub range: Option<(f64, f64)>,
    /// Rounding of numbers in everything but frames.
    rounding: Option<fn(f64) -> f64>,
    /// Name in tables of areas, where the plain name is that of a count.
    pub(crate) name_in_areas: Option<&'static str>,
    pub(crate) of_cell: Option<FromRow<CellScore>>,
    pub(crate) of_moment: Option<FromRow<DatedScore>>,
    pub(crate) of_trend: Option<FromRow<Trend>>,
    pub(crate) of_change: Option<FromRow<CellChange>>,
    pub(crate) of_reporting: Option<FromRow<SourceActivity>>,
    /// Inverse of `of_cell`; `None` for a column derived from others.
    pub(crate) restore: Option<Restore>,
}

impl ColumnSchema {
    const fn new(kind: ValueKind, name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            kind,
            unit: "",
            range: None,
            rounding: None,
            name_in_areas: None,
            of_cell: None,
            of_moment: None,
            of_trend: None,
            of_change: None,
            of_reporting: None,
            restore: None,
        }
    }

    const fn text(name: &'static str, about: &'static str) -> Self {
        Self::new(ValueKind::Text, name, about)
    }

    const fn level(name: &'static str, unit: &'static str, about: &'static str) -> Self {
        Self { unit, ..Self::new(ValueKind::Whole, name, about) }
    }

    const fn whole(name: &'static str, unit: &'static str, range: (f64, f64), about: &'static str) -> Self {
        Self { unit, range: Some(range), ..Self::new(ValueKind::Whole, name, about) }
    }

    const fn real(
        name: &'static str,
        unit: &'static str,
        range: (f64, f64),
        rounding: fn(f64) -> f64,
        about: &'static str,
    ) -> Self {
        Self { unit, range: Some(range), rounding: Some(rounding), ..Self::new(ValueKind::Real, name, about) }
    }

    const fn cell(self, value: FromRow<CellScore>) -> Self {
        Self { of_cell: Some(value), ..self }
    }

    const fn moment(self, value: FromRow<DatedScore>) -> Self {
        Self { of_moment: Some(value), ..self }
    }

    const fn trend(self, value: FromRow<Trend>) -> Self {
        Self { of_trend: Some(value), ..self }
    }

    const fn change(self, value: FromRow<CellChange>) -> Self {
        Self { of_change: Some(value), ..self }
    }

    const fn reporting(self, value: FromRow<SourceActivity>) -> Self {
        Self { of_reporting: Some(value), ..self }
    }

    const fn restored_by(self, restore: Restore) -> Self {
        Self { restore: Some(restore), ..self }
    }

    const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// The value as outputs have it: numbers rounded.
    pub(crate) fn rounded<'a>(&self, value: ColumnValue<'a>) -> ColumnValue<'a> {
        match (value, self.rounding) {
            (ColumnValue::Real(number), Some(round)) => ColumnValue::Real(round(number)),
            (value, _) => value,
        }
    }
}

/// Maximum of numbers without one.
const ANY: f64 = f64::MAX;
/// Maximum rate ratio in outputs: beyond it the past rate is next to nothing, and more digits would not be meaningful.
const MAX_RATIO: f64 = 1e6;
/// Minimum non-zero share in outputs: a trace is not the same as none, and is drawn differently.
const MIN_SHARE: f64 = 1e-4;
/// Number of categories listed for a cell.
pub(crate) const TOP_CATEGORIES_LISTED: usize = 3;

pub(crate) fn text<'a>(text: impl Into<Cow<'a, str>>) -> ColumnValue<'a> {
    ColumnValue::Text(text.into())
}

pub(crate) fn real(value: f64, digits: usize) -> ColumnValue<'static> {
    ColumnValue::Real(at_most(value, digits))
}

/// The value, or null.
pub(crate) fn optional<T>(value: Option<T>, of: impl FnOnce(T) -> ColumnValue<'static>) -> ColumnValue<'static> {
    value.map_or(ColumnValue::Null, of)
}

pub(crate) fn count(number: u64) -> ColumnValue<'static> {
    ColumnValue::Whole(i64::try_from(number).unwrap_or(i64::MAX))
}

pub(crate) fn level_number(level: Level) -> ColumnValue<'static> {
    ColumnValue::Whole(level.number().into())
}

/// A number from 0 to `max`.
pub(crate) fn within(value: &ColumnValue<'_>, max: f64) -> Option<f64> {
    if let ColumnValue::Real(number) = *value {
        Some(number).filter(|number| (0.0..=max).contains(number))
    } else {
        None
    }
}

/// The level of a scale with this number.
pub(crate) fn level_of(value: &ColumnValue<'_>, levels: &[LevelRule]) -> Option<Level> {
    let ColumnValue::Whole(number) = *value else { return None };
    Level::among(levels, u8::try_from(number).ok()?)
}

/// Points of a score; null without data, where there is not even a score of 0.
fn points(status: Status, score: f64) -> ColumnValue<'static> {
    if status == Status::NoData { ColumnValue::Null } else { ColumnValue::Real(score) }
}

fn ratio(cell: &CellScore, part: fn(&RateRatio) -> f64) -> ColumnValue<'_> {
    optional(cell.ratio.as_ref(), |ratio| ColumnValue::Real(part(ratio)))
}

fn capped(ratio: f64, digits: usize) -> f64 {
    at_most(ratio.min(MAX_RATIO), digits)
}

/// Number of every cell, restored from 0 to its maximum.
macro_rules! number {
    ($name:literal, $unit:literal, $max:expr, $digits:literal, $about:literal, $field:ident) => {
        ColumnSchema::real($name, $unit, (0.0, $max), |value| at_most(value, $digits), $about)
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
                |share| at_most(if share > 0.0 { share.max(MIN_SHARE) } else { 0.0 }, 4),
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
    ColumnSchema::real("score", "points", (0.0, 100.0), |value| at_most(value, 2), "tension score, 0 to 100 points")
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
const SPARSE: ColumnSchema =
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
const INTENSITY: ColumnSchema =
    number!("intensity", "points", 100.0, 2, "points for intensity: weighted, decayed reports", intensity)
        .moment(|moment| ColumnValue::Real(moment.intensity));
const U_INTENSITY: ColumnSchema = number!("u_intensity", "", 1.0, 4, "intensity on its own scale, 0 to 1", u_intensity);
const SURGE: ColumnSchema =
    number!("surge", "points", 100.0, 2, "points for surge: credible excess over the place's own past", surge)
        .moment(|moment| ColumnValue::Real(moment.surge));
const CORROBORATION: ColumnSchema = number!(
    "corroboration",
    "points",
    100.0,
    2,
    "points for corroboration: strands and sources that agree",
    corroboration
)
.moment(|moment| ColumnValue::Real(moment.corroboration));
const SPREAD: ColumnSchema =
    number!("spread", "points", 100.0, 2, "points for spread: neighbours that are rising too", spread)
        .moment(|moment| ColumnValue::Real(moment.spread));
const CONTEXT_POINTS: ColumnSchema =
    ColumnSchema::real("context", "points", (0.0, 100.0), |value| at_most(value, 2), "points for context")
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
const N_BASELINE: ColumnSchema = number!("n_baseline", "reports", ANY, 2, "reports in the baseline", n_baseline)
    .moment(|moment| ColumnValue::Real(moment.n_baseline));
const N_EXPECTED: ColumnSchema = ratio!(
    "n_expected",
    "reports",
    ANY,
    2,
    "reports to be expected: what the window would hold at the place's own normal",
    expected
);
const RR: ColumnSchema = ratio!("rr", "ratio", MAX_RATIO, 3, "rate ratio: current rate ÷ own past rate, median", rr);
const RR_LO: ColumnSchema = ratio!("rr_lo", "ratio", MAX_RATIO, 3, "5 % quantile of the rate ratio", lo);
const RR_HI: ColumnSchema = ratio!("rr_hi", "ratio", MAX_RATIO, 3, "95 % quantile of the rate ratio", hi);
const P_EXCEED: ColumnSchema =
    ratio!("p_exceed", "probability", 1.0, 4, "probability that the current rate is above the past one", p_exceed);
const EXPERIENCED: ColumnSchema = share!("experienced", "share of the intensity that people experienced", 0);
const EVIDENCED: ColumnSchema = share!("evidenced", "share of the intensity that is evidenced", 1);
const POTENTIAL: ColumnSchema = share!("potential", "share of the intensity about what may come", 2);
const TOP_CATEGORIES: ColumnSchema =
    ColumnSchema::text("top_categories", "the three categories with most of the intensity")
        .cell(|cell| text(category_shares(&cell.categories)))
        .restored_by(|cell, _, value| {
            let ColumnValue::Text(text) = value else { return None };
            parse_category_shares(text).map(|shares| cell.categories = shares)
        });
const SOURCES: ColumnSchema = ColumnSchema::whole("sources", "sources", (0.0, ANY), "distinct sources in the window")
    .cell(|cell| ColumnValue::Whole(cell.sources.into()))
    .moment(|moment| ColumnValue::Whole(moment.sources.into()))
    .restored_by(|cell, _, value| {
        let ColumnValue::Whole(number) = *value else { return None };
        u32::try_from(number).ok().map(|sources| cell.sources = sources)
    });
/// As-of of a row: of the layer, or of one date of a series.
pub(crate) const AS_OF: ColumnSchema =
    ColumnSchema::text("as_of", "as-of: everything before this day counts, nothing from it on");

const TREND_Z: ColumnSchema = ColumnSchema::real(
    "trend_z",
    "",
    (-ANY, ANY),
    |value| at_most(value, 4),
    "Mann–Kendall's z of the score over the dates with data: above 0 it rises",
)
.trend(|trend| ColumnValue::Real(trend.z));
const TREND_P: ColumnSchema = ColumnSchema::real(
    "trend_p",
    "probability",
    (0.0, 1.0),
    |value| significant(value, 3),
    "its two-sided p: ranks cells, and is too small for a test",
)
.trend(|trend| ColumnValue::Real(trend.p));
const SEN_SLOPE: ColumnSchema = ColumnSchema::real(
    "sen_slope",
    "points a week",
    (-ANY, ANY),
    |value| at_most(value, 4),
    "Sen's slope of the score",
)
.trend(|trend| optional(trend.sen_slope, ColumnValue::Real));

pub(crate) const SCORE_CHANGE: ColumnSchema = ColumnSchema::real(
    "score_change",
    "points",
    (-100.0, 100.0),
    |value| at_most(value, 2),
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
    ColumnSchema::real(Composite::NAME, "", (0.0, 100.0), |value| at_most(value, 2), "index of context, 0 to 100");

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

const PLACE_KIND: ColumnSchema =
    ColumnSchema::text("kind", "kind of place: study_area, area or cell").reporting(|line| text(line.kind.id()));
const PLACE: ColumnSchema = ColumnSchema::text("place", "number of the cell, name of the area, or study area")
    .reporting(|line| text(&*line.place));
const SOURCE: ColumnSchema =
    ColumnSchema::text("source", "source of the reports; all, or not stated").reporting(|line| text(&*line.source));
const LAST_REPORT: ColumnSchema = ColumnSchema::text("last_report", "last day that a report is about")
    .reporting(|line| optional(line.last, |day| text(day.to_string())));
const REPORTS_52_WEEKS: ColumnSchema = ColumnSchema::real(
    "reports_52_weeks",
    "reports",
    (0.0, ANY),
    |value| at_most(value, 2),
    "reports in the 364 days before the as-of",
)
.reporting(|line| ColumnValue::Real(line.year));
const USUAL: ColumnSchema = ColumnSchema::real(
    "usual",
    "reports",
    (0.0, ANY),
    |value| at_most(value, 2),
    "median reports in past windows of the same length",
)
.reporting(|line| optional(line.usual, ColumnValue::Real));

pub(crate) const LEVEL_BAND: ColumnSchema = BAND.about("class on the map: the level, or why there is none");
pub(crate) const LEVEL_NAME: ColumnSchema = ColumnSchema::text("level_name", "what readers call the level");
pub(crate) const LEVEL_CELLS: ColumnSchema = ColumnSchema::whole("cells", "cells", (1.0, ANY), "cells of that level");
pub(crate) const LEVEL_AREAS: ColumnSchema = ColumnSchema::whole("areas", "areas", (1.0, ANY), "areas of that level");
pub(crate) const LEVEL_KM2: ColumnSchema =
    ColumnSchema { rounding: Some(|value| at_most(value, 3)), ..AREA_KM2 }.about("their ground, in km²");
pub(crate) const SCORE_MAX: ColumnSchema = ColumnSchema::real(
    "score_max",
    "points",
    (0.0, 100.0),
    |value| at_most(value, 2),
    "the highest score among them, in points",
);

impl ColumnSchema {
    /// Count of reports under the name of a share.
    const fn counted(self, about: &'static str) -> Self {
        Self::whole(self.name, "reports", (0.0, ANY), about)
    }
}

/// Columns of every layer, in order.
pub(crate) const SCORE_COLUMNS: [ColumnSchema; 26] = [
    H3,
    SCORE,
    LEVEL,
    RAG,
    STATUS,
    SPARSE,
    BAND,
    INTENSITY,
    U_INTENSITY,
    SURGE,
    CORROBORATION,
    SPREAD,
    DENSITY,
    N_WINDOW,
    N_BASELINE,
    N_EXPECTED,
    RR,
    RR_LO,
    RR_HI,
    P_EXCEED,
    EXPERIENCED,
    EVIDENCED,
    POTENTIAL,
    TOP_CATEGORIES,
    SOURCES,
    AS_OF,
];

/// Columns of layers that compare two dates.
pub(crate) const CHANGE_COLUMNS: [ColumnSchema; 3] = [SCORE_CHANGE, LEVEL_BEFORE, LEVEL_CHANGE];

/// Columns of layers with assessments.
pub(crate) const ASSESSMENT_COLUMNS: [ColumnSchema; 5] =
    [ASSESSED_LEVEL, ASSESSED_RAG, ASSESSOR, ASSESSED_REASON, ASSESSED_ON];

/// Columns of areas beside those of cells; counts by category follow.
pub(crate) const AREA_COLUMNS: [ColumnSchema; 8] = {
    let [experienced, evidenced, potential] = STRAND_REPORTS;
    [AREA_KM2, REPORTS, REPORTS_PER_KM2, experienced, evidenced, potential, HEARD, DAYS_SINCE]
};

/// Columns of dissolved outlines: one row a level.
pub(crate) const OUTLINE_COLUMNS: [ColumnSchema; 10] =
    [LEVEL_BAND, LEVEL, LEVEL_NAME, RAG, LEVEL_CELLS, LEVEL_AREAS, LEVEL_KM2, SCORE_MAX, N_WINDOW, AS_OF];

/// Columns of a series: one row a date and cell.
pub(crate) const SERIES_COLUMNS: [ColumnSchema; 19] = [
    H3,
    AS_OF,
    SCORE,
    LEVEL,
    RAG,
    STATUS,
    SPARSE,
    SURGE,
    INTENSITY,
    CORROBORATION,
    SPREAD,
    CONTEXT_POINTS,
    DENSITY,
    N_WINDOW,
    N_BASELINE,
    SOURCES,
    TREND_Z,
    TREND_P,
    SEN_SLOPE,
];

/// Columns of a coverage table: one row a place and source.
pub(crate) const COVERAGE_COLUMNS: [ColumnSchema; 9] =
    [PLACE_KIND, PLACE, SOURCE, LAST_REPORT, DAYS_SINCE, REPORTS_52_WEEKS, USUAL, N_WINDOW, HEARD];

/// Columns that [`Scores::frame`](super::Scores) and [`Series::frame`](super::Series) leave out.
#[cfg(feature = "polars")]
pub(super) const NOT_IN_FRAMES: [ColumnSchema; 5] = [RAG, BAND, N_EXPECTED, TOP_CATEGORIES, SOURCES];

/// Every output column with a fixed name, and the products that have it; hot spots, indicators and counts by category aside.
#[must_use]
pub fn output_columns() -> Vec<(ColumnSchema, Vec<&'static str>)> {
    let in_areas =
        |column: &ColumnSchema| ColumnSchema { name: column.name_in_areas.unwrap_or(column.name), ..*column };
    let of_areas = SCORE_COLUMNS[1..].iter().map(in_areas).collect::<Vec<_>>();
    let products: [(&'static str, &[&[ColumnSchema]]); 5] = [
        ("map", &[&SCORE_COLUMNS, &CHANGE_COLUMNS, &ASSESSMENT_COLUMNS, &[CONTEXT_INDEX]]),
        ("rollup", &[&of_areas, &CHANGE_COLUMNS, &ASSESSMENT_COLUMNS, &AREA_COLUMNS]),
        ("series", &[&SERIES_COLUMNS]),
        ("coverage", &[&COVERAGE_COLUMNS]),
        ("outlines", &[&OUTLINE_COLUMNS]),
    ];
    let mut all: Vec<(ColumnSchema, Vec<&'static str>)> = Vec::new();
    for (product, column) in products
        .iter()
        .flat_map(|(product, lists)| lists.iter().flat_map(|list| list.iter()).map(move |column| (*product, column)))
    {
        match all.iter_mut().find(|(known, _)| (known.name, known.about) == (column.name, column.about)) {
            Some((_, products)) => products.push(product),
            None => all.push((*column, vec![product])),
        }
    }
    all
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
