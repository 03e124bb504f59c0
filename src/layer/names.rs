//! Names of columns: those that a layer has or may have, and those that formats add.

use super::columns::part_name;
use super::{Provenance, hotspots};
use crate::indicator::Composite;
use crate::score::columns::{ASSESSMENT_COLUMNS, CHANGE_COLUMNS, CONTEXT_INDEX, any_score_columns, score_columns};

/// Names of shapes and keys that formats add to the columns.
pub(super) const FORMAT_COLUMNS: [&str; 5] = ["fid", "geom", "geometry", "bbox", "wkt"];

/// Properties of simplestyle 1.1, which GeoJSON adds on request.
pub(super) const SIMPLESTYLE: [&str; 6] = ["title", "fill", "marker-color", "fill-opacity", "stroke", "stroke-width"];

/// True if the column rests on reports: every layer has it, or every one that compares two dates.
pub(super) fn rests_on_reports(name: &str) -> bool {
    any_score_columns().chain(&CHANGE_COLUMNS).any(|schema| schema.name == name)
}

/// True if a layer has, or may have, a column of this name, so that an indicator cannot. Databases ignore case.
pub(crate) fn is_taken(name: &str) -> bool {
    let name = &name.to_ascii_lowercase();
    let fixed = any_score_columns().chain(&CHANGE_COLUMNS).chain(&ASSESSMENT_COLUMNS).map(|schema| schema.name);
    fixed.chain(FORMAT_COLUMNS).any(|fixed| fixed == name)
        || hotspots::is_taken(name)
        || name.strip_prefix(Composite::NAME).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

/// Names of all columns of a layer of cells.
pub(super) fn of_layer(provenance: &Provenance) -> Vec<String> {
    let Provenance { compared_to, assessments, hotspots, indicators, context, .. } = provenance;
    let changes = compared_to.iter().flat_map(|_| &CHANGE_COLUMNS);
    let assessed = assessments.iter().flat_map(|_| &ASSESSMENT_COLUMNS);
    let scored = score_columns(provenance.evidence.is_some());
    let schemas = scored.iter().chain(changes).chain(assessed).chain(context.iter().map(|_| &CONTEXT_INDEX));
    let fixed = schemas.map(|schema| schema.name).chain(hotspots::names(hotspots.as_ref())).map(str::to_owned);
    let parts = context.iter().flat_map(|context| &context.weights).map(|(indicator, _)| part_name(indicator));
    fixed.chain(indicators.iter().map(|indicator| indicator.name.clone())).chain(parts).collect()
}
