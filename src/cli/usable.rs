//! Refusals that depend on settings alone: of each setting, and of settings and the product beside each other. They come before
//! anything is read.

use crate::config::{ConfigError, NamedInput, Plan, Settings};
use crate::engine::{check_indicator_name, no_residents};
use crate::error::{HotspotError, ScoreError};
use crate::hotspot::{STATISTICS, Statistic};
use crate::indicator::{Composite, Indicator};
use crate::invalid::unknown;
use crate::layer::{ValueKind, no_numbers, part_name};
use crate::output::Request;
use crate::score::DensityUnit;
use crate::score::columns::{
    ASSESSMENT_COLUMNS, CHANGE_COLUMNS, CONTEXT_INDEX, ColumnSchema, any_score_columns, score_columns,
};
use crate::{Error, InvalidValue, Method};

/// Parts of a command line that are in no setting.
#[derive(Clone, Copy, Default)]
pub(super) struct Beside<'a> {
    /// Statistic of `hotspots`.
    pub(super) statistic: Option<&'a dyn Statistic>,
    /// Number of dates of `series`, where it is stated.
    pub(super) dates: Option<usize>,
}

/// Checks the settings that a command uses.
///
/// # Errors
/// The first that cannot be used, whatever the inputs hold.
pub(super) fn check(settings: &Settings, verb: &str, beside: Beside<'_>) -> Result<Plan, Error> {
    for file in settings.files().into_iter().filter(|file| !file.is_output) {
        if let Some(option) = NamedInput::option_in(&file.path) {
            let (path, setting) = (file.path.display().to_string(), file.setting.replace('_', "-"));
            return Err(ConfigError::NotInput { path, setting, option }.into());
        }
    }
    let plan = Plan::try_from(settings)?;
    // Neither a check nor a saved layer is scored.
    if ["check", "render"].contains(&verb) {
        return Ok(plan);
    }
    let method = Method::of_settings(settings.method.as_deref(), settings.weights.as_deref())?;
    method.check()?;
    if verb == "density" {
        return Ok(plan);
    }
    for (place, indicator) in plan.indicators.iter().enumerate() {
        check_indicator_name(indicator, &plan.indicators[..place], &plan.layout)?;
    }
    covariates(&plan, &method, verb)?;
    if beside.statistic.is_some_and(Statistic::needs_residents) && plan.settings.residents.is_none() {
        return Err(HotspotError::NoResidents.into());
    }
    plan.view.check_change(plan.compare_to.is_some())?;
    // Areas have a column of their codes, whose name is in their file.
    if verb != "rollup" {
        columns(&plan, &method, beside.statistic)?;
    }
    Ok(plan)
}

/// Wishes for a result by the settings of a command.
pub(super) fn request<'a>(plan: &'a Plan, verb: &str, beside: Beside<'_>) -> Request<'a> {
    let Plan { layout, view, title, marking, .. } = plan;
    Request { layout, view, title, marking, of_areas: verb == "rollup", dates: beside.dates }
}

/// Checks that residents and the index of context are there if the method or a setting wants them.
fn covariates(plan: &Plan, method: &Method, verb: &str) -> Result<(), Error> {
    let names: Vec<&str> = plan.indicators.iter().map(|indicator| indicator.name.as_str()).collect();
    let residents = plan.settings.residents.as_deref();
    // Those of areas are a property of these.
    if let Some(name) = residents.filter(|name| verb != "rollup" && !names.contains(name)) {
        return Err(no_residents(name, &names).into());
    }
    if method.density == DensityUnit::PerThousandResidents && residents.is_none() {
        return Err(ScoreError::NoResidents.into());
    }
    Composite::check(&plan.context_index, &names)?;
    if method.points.context > 0.0 && plan.context_index.is_empty() {
        return Err(ScoreError::NoContext { points: method.points.context }.into());
    }
    Ok(())
}

/// Checks that the columns that settings name are among those of the layer, and those to classify numbers.
fn columns(plan: &Plan, method: &Method, statistic: Option<&dyn Statistic>) -> Result<(), InvalidValue> {
    let has_evidence = method.evidence.is_some();
    let mut schemas: Vec<ColumnSchema> = score_columns(has_evidence).to_vec();
    schemas.extend(CHANGE_COLUMNS.into_iter().filter(|_| plan.compare_to.is_some()));
    schemas.extend(ASSESSMENT_COLUMNS.into_iter().filter(|_| plan.settings.assessments.is_some()));
    schemas.extend(statistic.into_iter().flat_map(Statistic::columns).map(|column| column.schema));
    schemas.extend((!plan.context_index.is_empty()).then_some(CONTEXT_INDEX));
    let parts: Vec<String> = plan.context_index.iter().map(|share| part_name(&share.indicator)).collect();
    let indicators = plan.indicators.iter().map(|Indicator { name, .. }| name.as_str());
    let numbers: Vec<&str> = indicators.chain(parts.iter().map(String::as_str)).collect();
    let names: Vec<&str> = schemas.iter().map(|schema| schema.name).chain(numbers.iter().copied()).collect();
    // Without any past, a method with evidence has the columns of one without.
    let spare = |name: &str| has_evidence && any_score_columns().any(|schema| schema.name == name);
    let known = |what, name: &str| {
        let is_known = names.contains(&name) || spare(name);
        if is_known { Ok(()) } else { Err(unknown(what, name, &names, ", which are the columns of the layer")) }
    };
    plan.layout.select.iter().try_for_each(|name| known("select", name))?;
    let Some(fill) = plan.view.fill.as_deref() else { return Ok(()) };
    known("fill", fill)?;
    let of_statistic = || STATISTICS.iter().filter_map(|one| one.fill()).any(|one| one.column == fill);
    let kind = schemas.iter().find(|schema| schema.name == fill).map_or(ValueKind::Real, |schema| schema.kind);
    match &plan.view.classes {
        Some(classes) if ![ValueKind::Real, ValueKind::Whole].contains(&kind) && !of_statistic() => {
            Err(no_numbers(classes, fill))
        }
        _ => Ok(()),
    }
}
