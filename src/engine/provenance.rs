//! Provenance of a layer, built from a prepared run.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Prepared;
use super::prepared::Scored;
use super::sources::file_name;
use crate::code::Code;
use crate::cube::Cube;
use crate::hotspot::Hotspots;
use crate::incident::Day;
use crate::indicator::{Composite, IndicatorKind, Interpolated};
use crate::ingest::FileTally;
use crate::layer::{
    AreaFileSummary, ContextLayer, ContextSummary, DaySpan, EvidenceSummary, IndicatorSummary, InputSummary,
    Provenance, RepairedArea, RollUpSummary,
};
use crate::score::{ActiveAssessments, CellScore, Method, Status};

impl Prepared {
    /// Provenance of the layer of these scores.
    pub(super) fn provenance(
        &self,
        method: &Method,
        (scores, change): &Scored,
        assessments: Option<&ActiveAssessments>,
        hotspots: Option<&Hotspots>,
    ) -> Provenance {
        let Self { plan, cube, ledger, areas, indicators, .. } = self;
        let (sources, without_weight) = sources(cube, method, scores.as_of);
        // Sorted: the order in which files were named is not part of a result.
        let mut inputs: Vec<InputSummary> = ledger.files.iter().zip(self.sources.options()).map(input).collect();
        inputs.sort_by(|a, b| (&a.name, a.read, a.accepted).cmp(&(&b.name, b.read, b.accepted)));
        let count = |is: fn(&CellScore) -> bool| scores.cells.iter().filter(|cell| is(cell)).count();
        Provenance {
            tensionmap: env!("CARGO_PKG_VERSION").into(),
            title: plan.title.clone(),
            marking: plan.marking.clone(),
            profile: "internal".into(),
            method: method.name.clone(),
            method_hash: method.hash(),
            d_half: scores.anchor.d_half(),
            density: method.density.unit().into(),
            d_half_from: scores.anchor.about().into(),
            as_of: scores.as_of.to_string(),
            compared_to: change.as_ref().map(|change| change.since.to_string()),
            time_zone: plan.time_zone.clone(),
            window: span(scores.window, scores.window_days),
            baseline: scores.baseline.map(|baseline| span(baseline, scores.baseline_days)),
            dispersion: scores.dispersion,
            resolution: self.scored_areas.is_none().then(|| cube.resolution().into()),
            study_cells: scores.cells.len(),
            sparse_below: method.sparse_below,
            sparse_cells: count(|cell| cell.sparse && cell.status == Status::Scored),
            silent_cells: count(|cell| !matches!(cell.status, Status::Scored | Status::NoPast)),
            inputs,
            read: ledger.read(),
            accepted: ledger.accepted(),
            quarantined: ledger.quarantined(),
            quarantined_by_code: ledger.codes().into_iter().map(|(code, n)| (code.id().into(), n)).collect(),
            above_limit: self.plan.max_rejects.above_limit([ledger, areas]),
            warnings_by_code: ledger.warnings().into_iter().map(|(code, n)| (code.id().into(), n)).collect(),
            allowed_columns: plan.reading.allowed.clone(),
            unlocated_share: share(ledger.unlocated(), ledger.read()),
            outside_study_area: scores.outside,
            rolled_up: self.scored_areas.as_deref().map(RollUpSummary::from),
            not_known_at_as_of: scores.later,
            without_weight,
            unmapped_categories: ledger.unmapped(),
            sources,
            attributions: ledger.attributions(),
            indicators: indicators.iter().map(indicator).collect(),
            context: self.context.as_ref().map(context),
            context_points: Some(method.points.scaled()[4]).filter(|points| *points > 0.0),
            context_layers: self.context_layers.iter().map(ContextLayer::about).cloned().collect(),
            areas: self.areas.files.iter().map(area_file).collect(),
            assessments: assessments.map(|assessments| assessments.entries.clone()),
            hotspots: hotspots.map(|hotspots| hotspots.about.clone()),
            evidence: EvidenceSummary::of(scores, method),
            levels: method.levels.clone(),
            breaks: method.breaks.clone(),
        }
    }
}

fn share(part: u64, total: u64) -> f64 {
    if total == 0 { 0.0 } else { part as f64 / total as f64 }
}

fn span((from, to): (Day, Day), covered_days: i32) -> DaySpan {
    DaySpan { from: from.to_string(), to: to.to_string(), covered_days }
}

/// Share of each source in the reports known at a date, and the number of those whose category has no weight.
fn sources(cube: &Cube, method: &Method, as_of: Day) -> (BTreeMap<String, f64>, u64) {
    let (mut counts, mut without_weight) = (BTreeMap::<String, u64>::new(), 0);
    for (class, n) in cube.classes().iter().zip(cube.known_by_class(as_of)).filter(|(_, n)| *n > 0) {
        *counts.entry(class.source_name().to_owned()).or_default() += n;
        if method.category_weight(class.category) <= 0.0 {
            without_weight += n;
        }
    }
    let total = counts.values().sum();
    (counts.into_iter().map(|(source, n)| (source, share(n, total))).collect(), without_weight)
}

fn input((file, options): (&FileTally, &Map<String, Value>)) -> InputSummary {
    InputSummary {
        name: file_name(&file.name),
        format: file.format.into(),
        read: file.read,
        accepted: file.accepted,
        quarantined: file.quarantined(),
        options: options.clone(),
    }
}

fn indicator(indicator: &Interpolated) -> IndicatorSummary {
    let quarantined = |code| indicator.account.quarantined.get(&code).copied().unwrap_or(0);
    let without_value = [Code::Value, Code::ValueNonFinite, Code::NoMatch].into_iter().map(quarantined).sum();
    let area = || (indicator.kind == IndicatorKind::Intensive).then(|| "area".to_owned());
    IndicatorSummary {
        name: indicator.name.clone(),
        kind: indicator.kind.id().into(),
        metres: if let IndicatorKind::Within { metres } = indicator.kind { Some(metres) } else { None },
        weight: indicator.weight.clone().or_else(area),
        cells_with_value: indicator.values.iter().flatten().count(),
        polygons_without_value: without_value,
        invalid_polygons: indicator.account.quarantined() - without_value,
        conservation: indicator.conservation,
    }
}

fn context(composite: &Composite) -> ContextSummary {
    let method = "100 × weighted mean of percentile ranks (rank − 1) / (n − 1) over the cells; ties share the mean rank; \
                  none where an indicator is missing";
    let known = composite.values.iter().flatten().count();
    ContextSummary {
        method: method.into(),
        weights: composite.parts.iter().map(|part| (part.share.indicator.clone(), part.share.weight)).collect(),
        cells_with_value: known,
        cells_without: composite.values.len() - known,
    }
}

fn area_file(file: &FileTally) -> AreaFileSummary {
    let repaired = |&(feature, area_change): &(u64, f64)| RepairedArea { feature, area_change };
    AreaFileSummary {
        name: file_name(&file.name),
        column: file.value.clone(),
        read: file.read,
        accepted: file.accepted,
        quarantined: file.quarantined(),
        codes: file.quarantined.clone(),
        warnings: file.warnings.clone(),
        repaired: file.repaired.iter().map(repaired).collect(),
    }
}
