//! Road to a prepared run: reports counted, a date chosen, the counts placed in cells or areas, other inputs read for these.

use std::path::PathBuf;
use std::sync::Arc;

use geo::MultiPolygon;

use super::plausible::{bulk_of, check_area, observed_area};
use super::quarantine::QuarantineFile;
use super::vanished::nothing_accepted;
use super::{Engine, Prepared, Progress, idle};
use crate::config::Plan;
use crate::cube::{Cube, CubeBuilder};
use crate::error::Error;
use crate::format::Input;
use crate::grid::{Containment, StudyArea, stand_in};
use crate::incident::Day;
use crate::indicator::{AreaCounts, Composite, Indicator, IndicatorKind, Interpolated, Loaded, RollUp};
use crate::ingest::{Bulk, IngestError};
use crate::invalid::InvalidValue;
use crate::layer::context::Extent;
use crate::layer::{ContextLayer, ScoredAreas};
use crate::polygon::Regions;
use crate::score::{Assessments, ScoreError};

/// Memory for one cell while it is scored and drawn: observations, scores by date and outline.
const BYTES_PER_CELL: u64 = 1200;

/// Counts of reports by what is scored.
pub(super) enum Counts {
    Cells(Cube),
    Areas(AreaCounts),
}

/// Scored rows, cells or areas, and the values that belong to them.
pub(super) struct Units {
    pub(super) cube: Cube,
    pub(super) area: StudyArea,
    pub(super) indicators: Vec<Interpolated>,
    pub(super) context: Option<Composite>,
    pub(super) context_layers: Vec<ContextLayer>,
    pub(super) counted_in: Option<AreaCounts>,
    pub(super) scored_areas: Option<ScoredAreas>,
}

/// Errors if scoring the cells of a study area would take more memory than allowed.
pub(super) fn check_memory(plan: &Plan, area: &StudyArea) -> Result<(), Error> {
    let bytes = (area.cells().len() as u64).saturating_mul(BYTES_PER_CELL);
    let advice = "choose larger cells with --resolution, or a smaller --area";
    Ok(plan.reading.file.memory.allow(bytes, "scoring the cells under study", advice)?)
}

/// Context layers over an extent.
pub(super) fn context_layers(plan: &Plan, extent: Option<Extent>) -> Result<Vec<ContextLayer>, Error> {
    let Some(extent) = extent.filter(|_| !plan.context.is_empty()) else { return Ok(Vec::new()) };
    plan.context.iter().map(|file| Ok(file.read(extent, &plan.reading.file.memory)?)).collect()
}

impl Engine {
    /// Finishes counting, chooses what was left open, and brings indicators onto the cells.
    ///
    /// # Errors
    /// Errors of [`Self::run`].
    pub fn prepare(self) -> Result<Prepared, Error> {
        self.prepare_counts(Self::count_cells)
    }

    /// Prepares what is counted and puts the quarantine file in its place.
    pub(super) fn prepare_counts(
        mut self,
        count: impl FnOnce(&mut Self) -> Result<Counts, Error>,
    ) -> Result<Prepared, Error> {
        self.read_waiting()?;
        let bulk = self.look_over().and_then(|bulk| self.check_each().map(|()| bulk));
        let mut quarantine = std::mem::take(&mut self.quarantine);
        let (embedder, sources) = (self.embedder.clone(), self.sources.clone());
        embedder.tell(Progress::Preparing { indicators: self.indicators.len() })?;
        let idle = idle::notices(&self);
        let prepared = bulk.and_then(|bulk| {
            let counts = count(&mut self)?;
            self.check_outside(&bulk, &counts)?;
            self.place(counts, idle, &mut quarantine)
        });
        embedder.watch.check()?;
        // The quarantine file is needed most when the run fails, but not when it was stopped.
        quarantine.commit(&sources)?;
        prepared
    }

    fn count_cells(&mut self) -> Result<Counts, Error> {
        let empty = || CubeBuilder::new(self.plan.resolution, &self.plan.time_zone);
        let cube = self.counts.take().unwrap_or_else(empty).build()?;
        let cube = std::mem::take(&mut self.cubes).into_iter().try_fold(cube, Cube::merge)?;
        if cube.is_empty() { Err(nothing_accepted(&self.ledger)) } else { Ok(Counts::Cells(cube)) }
    }

    /// Stops where most reports are outside what is scored.
    fn check_outside(&self, bulk: &Bulk, counts: &Counts) -> Result<(), IngestError> {
        let check = |bulk, inside, total, areas: &[MultiPolygon]| {
            check_area(bulk, [inside, total], areas, &self.plan, &self.ledger)
        };
        match counts {
            Counts::Areas(counted) => {
                let total = self.ledger.accepted() - counted.coarse;
                check(bulk, total.saturating_sub(counted.outside), total, &counted.areas.polygons)
            }
            Counts::Cells(cube) => {
                let Some((area, outline)) = self.area.as_ref().and_then(|area| Some((area, area.outline()?))) else {
                    return Ok(());
                };
                // A cube that was read has cells alone.
                let of_cells = (bulk.total < cube.total()).then(|| bulk_of(cube, Day::RANGE.end).1);
                let bulk = of_cells.as_ref().unwrap_or(bulk);
                let inside = cube.by_cell().filter(|(cell, _)| area.row(*cell).is_some());
                let inside = inside.flat_map(|(_, counts)| counts).map(|count| u64::from(count.n())).sum();
                check(bulk, inside, cube.total(), std::slice::from_ref(outline))
            }
        }
    }

    /// Places what was counted; `idle` has the sentences on settings without an effect.
    fn place(mut self, counts: Counts, idle: Vec<String>, quarantine: &mut QuarantineFile) -> Result<Prepared, Error> {
        let credible = self.ledger.check_dates();
        let cube = match &counts {
            Counts::Cells(cube) => cube,
            Counts::Areas(counted) => &counted.cube,
        };
        let ends = || cube.calendar().intervals.iter().map(|(when, _)| when.end);
        let end = ends().filter(|end| credible.is_none_or(|credible| *end <= credible)).max().or_else(|| ends().max());
        let mut chosen = Vec::new();
        let as_of = as_of(&self.plan, end, &mut chosen)?;
        if let Some(latest) = ends().filter(|end| *end <= as_of).max() {
            self.check_reach(as_of, latest)?;
            self.ledger.check_end(as_of, latest);
        }
        let mut notices: Vec<String> = self.ledger.notices().cloned().chain(idle).collect();
        if matches!(counts, Counts::Areas(_)) {
            notices.extend(self.areas.notices().cloned());
        }
        notices.extend(chosen);
        let units = match counts {
            Counts::Cells(cube) => self.cells(cube, as_of, &mut notices, quarantine)?,
            Counts::Areas(counted) => self.scored_areas(counted, &mut notices)?,
        };
        notices.extend(units.context_layers.iter().map(ContextLayer::describe));
        let assessments = self.assessments(&units, quarantine)?;
        let Units { cube, area, indicators, context, context_layers, counted_in, scored_areas } = units;
        let Self { plan, pool, method, ledger, areas, sources, embedder, .. } = self;
        Ok(Prepared {
            plan,
            pool,
            method,
            cube,
            area,
            as_of,
            indicators,
            context,
            context_layers,
            counted_in,
            scored_areas: scored_areas.map(Arc::new),
            assessments,
            ledger,
            areas,
            notices,
            sources,
            embedder,
        })
    }

    /// Checks that the past of an as-of has a report; `latest` is the day after the last one before it.
    fn check_reach(&self, as_of: Day, latest: Day) -> Result<(), ScoreError> {
        let (days, reach) = (as_of.0 - latest.0, self.method.window_days + self.method.baseline_days);
        if days <= reach || self.plan.covered.is_some() || self.ledger.has_event_from(as_of - reach) {
            return Ok(());
        }
        Err(ScoreError::NothingNear { as_of, latest: latest - 1, next: latest, days, reach })
    }

    /// Study cells with their indicators; reports are counted in areas as well if [`Self::count_in`] named some.
    fn cells(
        &mut self,
        cube: Cube,
        as_of: Day,
        notices: &mut Vec<String>,
        quarantine: &mut QuarantineFile,
    ) -> Result<Units, Error> {
        let Self { plan, pool, areas, indicators, .. } = self;
        let area = self.area.take().unwrap_or_else(|| {
            // Only cells of reports known then: a later report must not widen the area, which would move its mean.
            let area = observed_area(&cube, as_of);
            notices.push(format!(
                "study area: the {} cells with reports and their neighbours; give one with --area",
                area.cells().len()
            ));
            area
        });
        check_memory(plan, &area)?;
        let read = || context_layers(plan, Extent::of(area.cells().iter().copied()));
        let context_layers = self.context.take().map_or_else(read, Ok)?;
        // With a study area of its own, a date before all data is a map of "no data".
        let first = cube.calendar().first_known.filter(|_| area.cells().is_empty());
        if let Some(first) = first {
            return Err(ScoreError::NothingKnown { as_of, first }.into());
        }
        let mut known = Vec::new();
        let spread = |indicator: &Indicator| {
            let mut loaded = Loaded::read_with(indicator, plan.repair_geometry, &mut known)?;
            let spread = loaded.spread(indicator, area.cells());
            quarantine.add_indicator(loaded, areas)?;
            Ok(spread?)
        };
        let indicators =
            pool.install(|| indicators.iter().map(spread).collect::<Result<Vec<Interpolated>, Error>>())?;
        let context = Composite::chosen(&plan.context_index, &indicators)?;
        for notice in areas.notices() {
            // A file that is read for several columns has the same notices for each.
            if !notices.contains(notice) {
                notices.push(notice.clone());
            }
        }
        notices.extend(indicators.iter().filter_map(balance));
        let counted_in = self.roll_up.take().map(RollUp::build).transpose()?;
        notices.extend(counted_in.iter().flat_map(AreaCounts::notices));
        Ok(Units { cube, area, indicators, context, context_layers, counted_in, scored_areas: None })
    }

    /// Levels that people set for rows, or for areas of `--areas`, with the accounts of their files.
    fn assessments(&mut self, units: &Units, quarantine: &mut QuarantineFile) -> Result<Option<Assessments>, Error> {
        let Self { plan, method, areas, .. } = self;
        let Some(path) = &plan.settings.assessments else { return Ok(None) };
        let load = |(areas, key): &(PathBuf, Option<String>)| {
            Regions::load(&Input::Path(areas.clone()), key.as_deref(), plan.repair_geometry)
        };
        let scored_areas = units.scored_areas.as_ref();
        let regions = plan.areas.as_ref().filter(|_| scored_areas.is_none()).map(load).transpose()?;
        let cells_of = |code: &str| {
            if let Some(scored) = scored_areas {
                return Some(vec![stand_in(scored.ids.iter().position(|id| id == code)?)]);
            }
            let regions = regions.as_ref()?;
            let index = (0..regions.polygons.len()).find(|&index| regions.code(index).as_deref() == Some(code))?;
            let cells =
                StudyArea::of_polygons(&regions.polygons[index], plan.resolution, Containment::Centroid).ok()?;
            Some(cells.cells().to_vec())
        };
        let read = Assessments::read(&Input::Path(path.clone()), method, &units.area, &cells_of)?;
        if let Some(regions) = regions {
            quarantine.add_regions(regions, areas)?;
        }
        areas.files.push(read.account.clone());
        read.quarantined.iter().try_for_each(|record| quarantine.add(record))?;
        Ok(Some(read))
    }
}

/// Date that was asked for, else the day after the latest report, events still to come left out.
pub(super) fn as_of(plan: &Plan, end: Option<Day>, notices: &mut Vec<String>) -> Result<Day, InvalidValue> {
    let latest = || {
        let day = end.ok_or_else(|| {
            InvalidValue::expecting("as-of", "none", "a date with --as-of, since every report is about a coming event")
        })?;
        notices.push(format!("as-of {day}, the day after the latest report; choose another with --as-of"));
        Ok(day)
    };
    plan.as_of.map_or_else(latest, Ok)
}

/// Sentence on where the total of an indicator went.
fn balance(indicator: &Interpolated) -> Option<String> {
    let unit = match (indicator.kind, &indicator.weight) {
        (IndicatorKind::Intensive, None) => " (value × km²)".to_owned(),
        (IndicatorKind::Intensive, Some(weight)) => format!(" (value × {weight})"),
        _ => String::new(),
    };
    let conservation = indicator.conservation?;
    Some(format!("{} {}{unit}: {conservation}", indicator.kind.id(), indicator.name))
}
