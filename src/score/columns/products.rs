//! Columns of each product, in the order of its tables.

use super::ColumnSchema;
#[allow(clippy::wildcard_imports, reason = "the products use every column")]
use super::schema::*;

/// Columns of every layer, in order: of a method with evidence, or without.
pub(crate) fn score_columns(with_evidence: bool) -> &'static [ColumnSchema] {
    if with_evidence { &EVIDENCE_COLUMNS } else { &SCORE_COLUMNS }
}

/// Columns of a series: of a method with evidence, or without.
pub(crate) fn series_columns(with_evidence: bool) -> &'static [ColumnSchema] {
    if with_evidence { &EVIDENCE_SERIES_COLUMNS } else { &SERIES_COLUMNS }
}

/// Columns of layers of any method.
pub(crate) fn any_score_columns() -> impl Iterator<Item = &'static ColumnSchema> {
    EVIDENCE_COLUMNS.iter().chain(&SCORE_COLUMNS)
}

/// Columns of layers by evidence.
static EVIDENCE_COLUMNS: [ColumnSchema; 36] = [
    H3,
    SCORE,
    LEVEL,
    RAG,
    STATUS,
    SPARSE,
    BAND,
    EVIDENCE,
    EVIDENCE_ALONE,
    NEIGHBOURS,
    P_VALUE,
    N_7,
    N_10,
    N_14,
    EXPECTED_7,
    EXPECTED_10,
    EXPECTED_14,
    AREA_FACTOR,
    SURGE_ALONE,
    SPREAD_CHANGE,
    CORROBORATION,
    INTENSITY_SCALE,
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

/// Columns of a series by evidence: one row a date and cell.
static EVIDENCE_SERIES_COLUMNS: [ColumnSchema; 35] = [
    H3,
    AS_OF,
    SCORE,
    LEVEL,
    RAG,
    STATUS,
    SPARSE,
    EVIDENCE,
    EVIDENCE_ALONE,
    NEIGHBOURS,
    P_VALUE,
    N_7,
    N_10,
    N_14,
    EXPECTED_7,
    EXPECTED_10,
    EXPECTED_14,
    AREA_FACTOR,
    SURGE_ALONE,
    SPREAD_CHANGE,
    CORROBORATION,
    CONTEXT_POINTS,
    INTENSITY_SCALE,
    DENSITY,
    N_WINDOW,
    N_BASELINE,
    N_EXPECTED,
    RR,
    RR_LO,
    RR_HI,
    P_EXCEED,
    SOURCES,
    TREND_Z,
    TREND_P,
    SEN_SLOPE,
];

/// Columns of layers without evidence.
static SCORE_COLUMNS: [ColumnSchema; 26] = [
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
const OUTLINE_COLUMNS: [ColumnSchema; 10] =
    [LEVEL_BAND, LEVEL, LEVEL_NAME, RAG, LEVEL_CELLS, LEVEL_AREAS, LEVEL_KM2, SCORE_MAX, N_WINDOW, AS_OF];

/// Columns of a series without evidence: one row a date and cell.
static SERIES_COLUMNS: [ColumnSchema; 19] = [
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

/// Columns of a coverage table: one row a place and source; the last two belong to a method with evidence.
static COVERAGE_COLUMNS: [ColumnSchema; 11] = [
    PLACE_KIND,
    PLACE,
    SOURCE,
    LAST_REPORT,
    DAYS_SINCE,
    REPORTS_52_WEEKS,
    USUAL,
    N_WINDOW,
    HEARD,
    COVERED_DAYS,
    MISSING_SINCE,
];

/// Columns of a coverage table, of a method with evidence or without.
pub(crate) fn coverage_columns(with_evidence: bool) -> &'static [ColumnSchema] {
    if with_evidence { &COVERAGE_COLUMNS } else { &COVERAGE_COLUMNS[..9] }
}

/// True if [`Scores::frame`](crate::Scores::frame) or [`Series::frame`](crate::score::Series::frame) has the column.
#[cfg(feature = "polars")]
pub(in super::super) fn in_frames(column: &ColumnSchema) -> bool {
    [RAG, BAND, N_EXPECTED, TOP_CATEGORIES, SOURCES].iter().all(|other| other.name != column.name)
}

/// Every output column with a fixed name, and the products that have it; hot spots, indicators and counts by category aside.
pub(crate) fn output_columns() -> Vec<(ColumnSchema, Vec<&'static str>)> {
    let in_areas =
        |column: &ColumnSchema| ColumnSchema { name: column.name_in_areas.unwrap_or(column.name), ..*column };
    let of_areas = EVIDENCE_COLUMNS[1..].iter().map(in_areas).collect::<Vec<_>>();
    let products: [(&'static str, &[&[ColumnSchema]]); 5] = [
        ("map", &[&EVIDENCE_COLUMNS, &CHANGE_COLUMNS, &ASSESSMENT_COLUMNS, &[CONTEXT_INDEX]]),
        ("rollup", &[&of_areas, &CHANGE_COLUMNS, &ASSESSMENT_COLUMNS, &AREA_COLUMNS]),
        ("series", &[&EVIDENCE_SERIES_COLUMNS]),
        ("coverage", &[&COVERAGE_COLUMNS]),
        ("outlines", &[&OUTLINE_COLUMNS]),
    ];
    let mut all: Vec<(ColumnSchema, Vec<&'static str>)> = Vec::new();
    for (product, lists) in products {
        for column in lists.iter().copied().flatten() {
            match all.iter_mut().find(|(known, _)| (known.name, known.about) == (column.name, column.about)) {
                Some((_, products)) => products.push(product),
                None => all.push((*column, vec![product])),
            }
        }
    }
    all
}
