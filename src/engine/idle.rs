//! Settings of a run that have nothing to act on, each named with the reason.

use super::Engine;
use crate::grid::Containment;
use crate::score::DensityUnit;

/// Sentences on the settings that have no effect on a run.
pub(super) fn notices(engine: &Engine) -> Vec<String> {
    let Engine { plan, method, area, indicators, roll_up, .. } = engine;
    let settings = &plan.settings;
    let has_codes = settings.assessments.is_some() || indicators.iter().any(|indicator| indicator.areas.is_some());
    let idle = [
        (
            settings.areas.is_some() && !has_codes && roll_up.is_none(),
            "--areas has no effect: no table of --indicator and no --assessments has codes of areas; `tensionmap rollup` scores areas",
        ),
        (
            plan.containment != Containment::default() && area.is_none() && roll_up.is_none(),
            "--containment has no effect: there is no --area whose cells it could choose",
        ),
        (
            settings.residents.is_some() && method.density == DensityUnit::PerKm2,
            "--residents has no effect on scores: the method takes density per km²",
        ),
    ];
    idle.into_iter().filter(|(is_idle, _)| *is_idle).map(|(_, notice)| notice.to_owned()).collect()
}
