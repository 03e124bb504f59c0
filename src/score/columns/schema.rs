//! Every output column with a fixed name.

use super::super::evidence_rules::NO_WINDOW;
use super::super::{Effect, Status};
use super::ColumnValue::{self, Date, Flag, Null, Real, Text, Whole};
use super::{ColumnSchema, ValueKind, between, level_number, level_of, optional, text, within};
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
    if status == Status::NoData { Null } else { Real(score) }
}

/// A number, null for a window that reports dated by month do not have.
fn known(number: f64) -> ColumnValue<'static> {
    if number < 0.0 { Null } else { Real(number) }
}

/// Inverse of [`known`].
fn restored(value: &ColumnValue<'_>) -> Option<f64> {
    if *value == Null { Some(NO_WINDOW) } else { within(value, ANY) }
}

/// A share as outputs have it: a trace is not rounded to none.
fn visible(share: f64) -> f64 {
    if share > 0.0 { share.max(MIN_SHARE) } else { 0.0 }
}

/// Columns, one row each: the constant, its base, and its value in each kind of row.
macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident = $base:expr $(, $field:ident: $value:expr)*;)*) => {
        $($(#[$doc])* pub(crate) const $name: ColumnSchema = ColumnSchema { $($field: Some($value),)* ..$base };)*
    };
}

/// Number with a number of decimals.
macro_rules! real {
    ($name:expr, $unit:literal, $range:expr, $digits:literal, $about:literal) => {
        ColumnSchema::real($name, $unit, $range, |value| round_to(value, $digits), $about)
    };
}

/// Number of every cell, restored from 0 to its maximum.
macro_rules! number {
    ($name:literal, $unit:literal, $max:expr, $digits:literal, $about:literal, $field:ident) => {
        ColumnSchema {
            of_cell: Some(|cell| Real(cell.$field)),
            restore: Some(|cell, _, value| within(value, $max).map(|value| cell.$field = value)),
            ..real!($name, $unit, (0.0, $max), $digits, $about)
        }
    };
}

/// Part of a rate ratio, null in cells without one.
macro_rules! ratio {
    ($name:literal, $unit:literal, $max:expr, $digits:literal, $about:literal, $part:ident) => {
        ColumnSchema {
            of_cell: Some(|cell| optional(cell.ratio.as_ref(), |ratio| Real(ratio.$part))),
            restore: Some(|cell, _, value| {
                if *value != Null {
                    cell.ratio.get_or_insert_default().$part = within(value, $max)?;
                }
                Some(())
            }),
            ..ColumnSchema::real($name, $unit, (0.0, $max), |value| round_to(value.min(MAX_RATIO), $digits), $about)
        }
    };
}

/// Part of the evidence, null in cells without it.
macro_rules! evidence {
    ($name:literal, $unit:literal, $digits:literal, $about:literal, $($part:tt)+) => {
        ColumnSchema {
            of_cell: Some(|cell| optional(cell.evidence, |evidence| Real(evidence.$($part)+))),
            of_dated: Some(|dated| optional(dated.evidence, |evidence| Real(evidence.$($part)+))),
            restore: Some(|cell, _, value| {
                if *value != Null {
                    cell.evidence.get_or_insert_default().$($part)+ = within(value, ANY)?;
                }
                Some(())
            }),
            ..real!($name, $unit, (0.0, ANY), $digits, $about)
        }
    };
}

/// Reports in a window of the evidence.
macro_rules! reports_in {
    ($name:literal, $about:literal, $window:literal) => {
        ColumnSchema {
            of_cell: Some(|cell| known(cell.reports[$window])),
            of_dated: Some(|dated| known(dated.reports[$window])),
            restore: Some(|cell, _, value| restored(value).map(|value| cell.reports[$window] = value)),
            ..real!($name, "reports", (0.0, ANY), 2, $about)
        }
    };
}

/// Expectation in a window of the evidence.
macro_rules! expected_in {
    ($name:literal, $about:literal, $window:literal) => {
        ColumnSchema {
            of_cell: Some(|cell| optional(cell.evidence, |evidence| known(evidence.expected[$window]))),
            of_dated: Some(|dated| optional(dated.evidence, |evidence| known(evidence.expected[$window]))),
            restore: Some(|cell, _, value| {
                if let Some(evidence) = &mut cell.evidence {
                    evidence.expected[$window] = restored(value)?;
                }
                Some(())
            }),
            ..real!($name, "reports", (0.0, ANY), 3, $about)
        }
    };
}

/// Share of a strand.
macro_rules! share {
    ($name:literal, $about:literal, $strand:literal) => {
        ColumnSchema {
            name_in_areas: Some(concat!($name, "_share")),
            of_cell: Some(|cell| Real(cell.strands[$strand])),
            restore: Some(|cell, _, value| within(value, 1.0).map(|value| cell.strands[$strand] = value)),
            ..ColumnSchema::real($name, "share", (0.0, 1.0), |share| round_to(visible(share), 4), $about)
        }
    };
}

columns! {
    /// H3 cell of a row.
    H3 = ColumnSchema::text("h3", "H3 cell"),
        of_cell: |cell| text(String::from_utf8_lossy(&cell_digits(cell.cell)).into_owned());
    SCORE = real!("score", "points", (0.0, 100.0), 2, "tension score, 0 to 100 points"),
        of_cell: |cell| points(cell.status, cell.score),
        of_dated: |dated| points(dated.status, dated.score),
        restore: |cell, _, value| {
            if *value != Null {
                cell.score = within(value, 100.0)?;
            }
            Some(())
        };
    LEVEL = ColumnSchema::level("level", "level", "computed level, 6 (calm) to 1; null where nothing was scored"),
        of_cell: |cell| optional(cell.level, level_number),
        of_dated: |dated| optional(dated.level, level_number),
        restore: |cell, levels, value| {
            let level = if *value == Null { None } else { Some(level_of(value, levels)?) };
            (cell.level, cell.raw_level) = (level, level);
            Some(())
        };
    RAG = ColumnSchema::text("rag", "computed level as a colour: green, amber or red"),
        of_cell: |cell| optional(cell.level, |level| text(level.rag().id())),
        of_dated: |dated| optional(dated.level, |level| text(level.rag().id()));
    STATUS = ColumnSchema::text("status", "what is known: scored, no_reports or no_data; silence is not calm"),
        of_cell: |cell| text(cell.status.id()),
        of_dated: |dated| text(dated.status.id()),
        restore: |cell, _, value| {
            let Text(word) = value else { return None };
            Status::ALL.into_iter().find(|status| status.id() == word).map(|status| cell.status = status)
        };
    SPARSE = ColumnSchema::new(
        ValueKind::Flag, "sparse", "few reports: fewer in the window than the method calls enough"),
        of_cell: |cell| Flag(cell.sparse),
        of_dated: |dated| Flag(dated.sparse),
        restore: |cell, _, value| if let Flag(flag) = *value { cell.sparse = flag; Some(()) } else { None };
    /// Class of a row on the map. Its values come from the legend of the layer.
    BAND = ColumnSchema::text(
        "band", "class on the map: its range of scores, whether few reports, or why there is none");
    INTENSITY =
        number!("intensity", "points", 100.0, 2, "points for intensity: weighted, decayed reports", intensity),
        of_dated: |dated| Real(dated.intensity);
    U_INTENSITY = number!("u_intensity", "", 1.0, 4, "intensity on its own scale, 0 to 1", u_intensity);
    SURGE = number!("surge", "points", 100.0, 2, "points for surge: credible excess over the place's own past", surge),
        of_dated: |dated| Real(dated.surge);
    CORROBORATION = number!(
        "corroboration", "points", 100.0, 2, "points for corroboration: strands and sources that agree", corroboration),
        of_dated: |dated| Real(dated.corroboration);
    SPREAD = number!("spread", "points", 100.0, 2, "points for spread: neighbours that are rising too", spread),
        of_dated: |dated| Real(dated.spread);
    CONTEXT_POINTS = real!("context", "points", (0.0, 100.0), 2, "points for context"),
        of_dated: |dated| Real(dated.context);
    DENSITY = number!(
        "density", "mass", ANY, 3, "density of reports, weighted and decayed, per km² or per 1,000 residents", density),
        of_dated: |dated| Real(dated.density);
    N_WINDOW = number!("n_window", "reports", ANY, 2, "reports in the window; months count by their share", n_window),
        of_dated: |dated| Real(dated.n_window),
        of_reporting: |line| Real(line.window);
    N_BASELINE = number!("n_baseline", "reports", ANY, 2, "reports in the baseline", n_baseline),
        of_dated: |dated| Real(dated.n_baseline);
    N_EXPECTED = ratio!("n_expected", "reports", ANY, 2,
        "reports to be expected: what the window would hold at the place's own normal", expected),
        of_dated: |dated| optional(dated.effect(), |effect| Real(effect.expected));
    RR = ratio!("rr", "ratio", MAX_RATIO, 3, "rate ratio: current rate ÷ own past rate, median", rr),
        of_dated: |dated| optional(dated.effect().and_then(Effect::rr), Real);
    RR_LO = ratio!("rr_lo", "ratio", MAX_RATIO, 3, "5 % quantile of the rate ratio", lo),
        of_dated: |dated| optional(dated.effect().and_then(Effect::rr_lo), Real);
    RR_HI = ratio!("rr_hi", "ratio", MAX_RATIO, 3, "95 % quantile of the rate ratio", hi),
        of_dated: |dated| optional(dated.effect().and_then(Effect::rr_hi), Real);
    P_EXCEED = ratio!(
        "p_exceed", "probability", 1.0, 4, "probability that the current rate is above the past one", p_exceed),
        of_dated: |dated| optional(dated.effect().and_then(Effect::p_exceed), Real);
    EXPERIENCED = share!("experienced", "share of the intensity that people experienced", 0);
    EVIDENCED = share!("evidenced", "share of the intensity that is evidenced", 1);
    POTENTIAL = share!("potential", "share of the intensity about what may come", 2);
    TOP_CATEGORIES = ColumnSchema::text("top_categories", "the three categories with most of the intensity"),
        of_cell: |cell| text(category_shares(&cell.categories)),
        restore: |cell, _, value| {
            let Text(text) = value else { return None };
            parse_category_shares(text).map(|shares| cell.categories = shares)
        };
    SOURCES = ColumnSchema::whole("sources", "sources", (0.0, ANY), "distinct sources in the window"),
        of_cell: |cell| Whole(cell.sources.into()),
        of_dated: |dated| Whole(dated.sources.into()),
        restore: |cell, _, value| {
            let Whole(number) = *value else { return None };
            u32::try_from(number).ok().map(|sources| cell.sources = sources)
        };
    EVIDENCE = evidence!("evidence", "", 4,
        "evidence of a rise: 1, 2, 3 are about once in 10, 100, 1,000 calm weeks of such a place; neighbours included", total);
    EVIDENCE_ALONE = evidence!("evidence_alone", "", 4, "evidence of the place's own reports, without its neighbours", alone);
    NEIGHBOURS = ColumnSchema {
        restore: Some(|cell, _, value| {
            if *value != Null {
                cell.evidence.get_or_insert_default().neighbours = between(value, -1000.0, 1e6)?;
            }
            Some(())
        }),
        ..evidence!("neighbours", "", 4,
            "what the neighbours add to the evidence, below 0 what they take; as far as the place itself is unusual", neighbours)
    }, of_cell: |cell| optional(cell.evidence, |evidence| Real(evidence.neighbours));
    P_VALUE = ColumnSchema::real("p_value", "probability", (0.0, 1.0), |value| significant(value, 3),
        "chance of reports as surprising as the place's own, in a calm week"),
        of_cell: |cell| optional(cell.evidence, |evidence| Real(10.0_f64.powf(-evidence.alone))),
        of_dated: |dated| optional(dated.evidence, |evidence| Real(10.0_f64.powf(-evidence.alone)));
    N_7 = reports_in!("n_7", "reports in the shortest window of the evidence, 7 days", 0);
    N_10 = reports_in!("n_10", "reports in the middle window, 10 days", 1);
    N_14 = reports_in!("n_14", "reports in the longest window, 14 days", 2);
    EXPECTED_7 = expected_in!("expected_7", "reports to be expected in 7 days, from the place's past and the area-wide factor", 0);
    EXPECTED_10 = expected_in!("expected_10", "reports to be expected in 10 days", 1);
    EXPECTED_14 = expected_in!("expected_14", "reports to be expected in 14 days", 2);
    AREA_FACTOR = evidence!("area_factor", "ratio", 4,
        "area-wide factor: reports elsewhere in the area in the shortest window ÷ those to be expected there", factor);
    SURGE_ALONE = ColumnSchema { about: "points for surge: evidence of the place's own reports", ..SURGE };
    SPREAD_CHANGE = ColumnSchema {
        range: Some((-100.0, 100.0)),
        restore: Some(|cell, _, value| between(value, -100.0, 100.0).map(|value| cell.spread = value)),
        ..ColumnSchema { about: "points that the neighbours add to surge; below 0 those they take", ..SPREAD }
    };
    /// Intensity where it has no points: on a scale of its own.
    INTENSITY_SCALE = real!("intensity", "0 to 100", (0.0, 100.0), 2,
        "intensity: weighted, decayed reports per km² on a scale of 0 to 100; in no score"),
        of_cell: |cell| Real(100.0 * cell.u_intensity),
        of_dated: |dated| Real(100.0 * dated.u_intensity),
        restore: |cell, _, value| within(value, 100.0).map(|value| cell.u_intensity = value / 100.0);
    /// As-of of a row: of the layer, or of one date of a series.
    AS_OF = ColumnSchema::date("as_of", "as-of: everything before this day counts, nothing from it on");

    TREND_Z = real!(
        "trend_z", "", (-ANY, ANY), 4, "Mann–Kendall's z of the score over the dates with data: above 0 it rises"),
        of_trend: |trend| Real(trend.z);
    TREND_P = ColumnSchema::real("trend_p", "probability", (0.0, 1.0), |value| significant(value, 3),
        "its two-sided p: ranks cells, and is too small for a test"),
        of_trend: |trend| Real(trend.p);
    SEN_SLOPE = real!("sen_slope", "points a week", (-ANY, ANY), 4, "Sen's slope of the score"),
        of_trend: |trend| optional(trend.sen_slope, Real);

    SCORE_CHANGE = real!("score_change", "points", (-100.0, 100.0), 2, "score less the earlier one, in points"),
        of_change: |change| optional(change.score, Real);
    LEVEL_BEFORE = ColumnSchema::level("level_before", "level", "level at the earlier date"),
        of_change: |change| optional(change.before, level_number);
    LEVEL_CHANGE = ColumnSchema::level("level_change", "levels", "levels that tension rose; below 0 it fell"),
        of_change: |change| optional(change.levels(), |levels| Whole(levels.into()));

    ASSESSED_LEVEL = ColumnSchema::level("assessed_level", "level", "level that people set");
    ASSESSED_RAG = ColumnSchema::text("assessed_rag", "level that people set as a colour: green, amber or red");
    ASSESSOR = ColumnSchema::text("assessor", "who set the level");
    ASSESSED_REASON = ColumnSchema::text("assessed_reason", "why the level was set");
    ASSESSED_ON = ColumnSchema::date("assessed_on", "when the level was set");

    CONTEXT_INDEX = real!(Composite::NAME, "", (0.0, 100.0), 2, "index of context, 0 to 100");

    AREA_KM2 =
        ColumnSchema::real("area_km2", "km²", (0.0, ANY), |value| significant(value, 6), "size of the area in km²");
    REPORTS = ColumnSchema::whole("reports", "reports", (0.0, ANY), "accepted reports in the area, of whatever date");
    REPORTS_PER_KM2 = ColumnSchema::real(
        "reports_per_km2", "reports/km²", (0.0, ANY), |value| significant(value, 4), "accepted reports per km²");
    HEARD = ColumnSchema::text("heard", "reports in the window beside what is usual: no_data, no_reports, seldom, \
        fell_silent, fewer_than_usual, as_usual, more_than_usual"),
        of_reporting: |line| text(line.status.id());
    DAYS_SINCE = ColumnSchema::whole(
        "days_since", "days", (0.0, ANY), "days since the last report, 0 for the day before the as-of"),
        of_reporting: |line| optional(line.days_since, |days| Whole(days.into()));

    PLACE_KIND = ColumnSchema::text("kind", "kind of place: study_area, area or cell"),
        of_reporting: |line| text(line.kind.id());
    PLACE = ColumnSchema::text("place", "number of the cell, name of the area, or study area"),
        of_reporting: |line| text(&*line.place);
    SOURCE = ColumnSchema::text("source", "source of the reports; all, or not stated"),
        of_reporting: |line| text(&*line.source);
    LAST_REPORT = ColumnSchema::date("last_report", "last day that a report is about"),
        of_reporting: |line| optional(line.last, Date);
    REPORTS_52_WEEKS =
        real!("reports_52_weeks", "reports", (0.0, ANY), 2, "reports in the 364 days before the as-of"),
        of_reporting: |line| Real(line.year);
    COVERED_DAYS = ColumnSchema::whole(
        "covered_days", "days", (0.0, 366.0), "days of the 364 before the as-of that the source covers there"),
        of_reporting: |line| optional(line.covered_days, |days| Whole(days.into()));
    MISSING_SINCE = ColumnSchema::date(
        "missing_since", "first day of a silence so long that the source is missing; empty if it is not"),
        of_reporting: |line| optional(line.missing_since, Date);
    USUAL = real!("usual", "reports", (0.0, ANY), 2, "median reports in past windows of the same length"),
        of_reporting: |line| optional(line.usual, Real);

    LEVEL_BAND = ColumnSchema { about: "class on the map: the level, or why there is none", ..BAND };
    LEVEL_NAME = ColumnSchema::text("level_name", "what readers call the level");
    LEVEL_CELLS = ColumnSchema::whole("cells", "cells", (1.0, ANY), "cells of that level");
    LEVEL_AREAS = ColumnSchema::whole("areas", "areas", (1.0, ANY), "areas of that level");
    LEVEL_KM2 = ColumnSchema { about: "their ground, in km²", ..AREA_KM2 }, rounding: |value| round_to(value, 3);
    SCORE_MAX = real!("score_max", "points", (0.0, 100.0), 2, "the highest score among them, in points");
}

/// Counts by strand, in the order of [`Strand::ALL`](crate::Strand::ALL), under the names of their shares.
pub(crate) const STRAND_REPORTS: [ColumnSchema; 3] = [
    ColumnSchema::whole(EXPERIENCED.name, "reports", (0.0, ANY), "accepted reports of the strand experienced"),
    ColumnSchema::whole(EVIDENCED.name, "reports", (0.0, ANY), "accepted reports of the strand evidenced"),
    ColumnSchema::whole(POTENTIAL.name, "reports", (0.0, ANY), "accepted reports of the strand potential"),
];

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
