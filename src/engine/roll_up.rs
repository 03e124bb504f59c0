//! Reports counted in areas as well as in cells; or in areas instead, which are scored as cells are.

use geo::BoundingRect;

use super::prepare::{Counts, Units, context_layers};
use super::vanished::nothing_accepted;
use super::{Engine, Prepared, Run};
use crate::error::Error;
use crate::format::Input;
use crate::format::names::listed;
use crate::indicator::{AreaCounts, RollUp};
use crate::invalid::InvalidValue;
use crate::layer::ScoredAreas;
use crate::layer::context::Extent;
use crate::polygon::{Contiguity, Regions};
use crate::score::Method;

impl Engine {
    /// Takes areas, each named by a property. Every report read from now on is counted in its areas as well as in its
    /// cell. With a study area, only areas that have a point in it are taken.
    ///
    /// # Errors
    /// Errors of [`Regions::read`] and [`RollUp::new`].
    pub fn count_in(mut self, areas: impl Into<Input>, name: &str) -> Result<Self, Error> {
        let key = self.plan.areas.as_ref().and_then(|(_, key)| key.as_deref());
        let areas = areas.into();
        let mut regions = self.pool.install(|| Regions::load(&areas, key, self.plan.repair_geometry))?;
        self.sources.add("areas", &areas);
        if let Some(outline) = self.area.as_ref().and_then(|area| area.outline()) {
            regions.keep_within(outline);
            if regions.polygons.is_empty() {
                let expected = format!("a study area with a point of one of the areas of {}", regions.file);
                return Err(InvalidValue::expecting("area", "polygons elsewhere", expected).into());
            }
        }
        regions.compare();
        let residents = self.plan.settings.residents.as_deref().filter(|_| self.counts.is_none());
        let holds = self.plan.reading.cells.is_some();
        let roll_up = RollUp::new(&regions, name, &self.plan.time_zone);
        let roll_up = roll_up.map(|roll_up| if holds { roll_up.holding_coarse() } else { roll_up });
        let roll_up = roll_up.and_then(|roll_up| match residents {
            Some(property) => {
                let roll_up = roll_up.with_residents(&regions, property)?;
                let without = roll_up.without_residents();
                if !without.is_empty() {
                    let (count, names) = (without.len(), listed(&without));
                    regions.notice(format!(
                        "areas of unknown residents, as their {property:?} is not a number of 0 or more: {count}: {names}"
                    ));
                }
                Ok(roll_up)
            }
            None => Ok(roll_up),
        });
        self.quarantine.add_regions(regions, &mut self.areas)?;
        match roll_up {
            Ok(roll_up) => self.roll_up = Some(roll_up),
            Err(error) => {
                self.quarantine.commit(&self.sources)?;
                return Err(error.into());
            }
        }
        Ok(self)
    }

    /// Takes areas for [`Self::roll_up`] alone: nothing is counted in cells, and residents are a property of the areas.
    ///
    /// # Errors
    /// Errors of [`Self::count_in`]; a property that is to be a column, and has the name of another; a property for
    /// residents that holds no numbers.
    pub fn count_only_in(mut self, areas: impl Into<Input>, name: &str) -> Result<Self, Error> {
        self.counts = None;
        self = self.count_in(areas, name)?;
        if let Some(roll_up) = &self.roll_up {
            ScoredAreas::check_names(roll_up.areas(), &self.plan.layout)?;
        }
        Ok(self)
    }

    /// Scores the areas of [`Self::count_in`] as [`Self::run`] scores cells: from each one's own reports, beside its
    /// own past. Areas that touch it are its neighbours. Nothing is smoothed. Cells of [`Map::scores`](super::Map::scores) only stand in
    /// for the areas of [`Layer::areas`](crate::Layer::areas), row by row.
    ///
    /// ```
    /// use tensionmap::{Engine, sample};
    /// let run = Engine::builder().as_of("2026-03-02").build()?
    ///     .count_only_in(sample::areas(), "name")?.incidents(sample::incidents())?.roll_up()?;
    /// let areas = run.layer.areas().ok_or("a layer of areas")?;
    /// assert_eq!(areas.areas.names.len(), run.scores.cells.len());
    /// run.layer.save(std::env::temp_dir().join("tensionmap-areas.gpkg"))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// No areas. No input, or none of its records accepted. Indicators, or counts made earlier, which do not contain
    /// areas. A method that needs residents or an index of context, which are not there.
    pub fn roll_up(self) -> Result<Run, Error> {
        self.prepare_areas()?.run()
    }

    /// Prepares the areas that [`Self::roll_up`] scores, to calibrate on or to score any date of. The cells of [`Prepared::area`] are
    /// stand-ins, one an area.
    ///
    /// # Errors
    /// Errors of [`Self::roll_up`].
    pub fn prepare_areas(self) -> Result<Prepared, Error> {
        self.prepare_counts(Self::count_areas)
    }

    fn count_areas(&mut self) -> Result<Counts, Error> {
        let Some(roll_up) = self.roll_up.take() else {
            return Err(InvalidValue::expecting("areas", "none", "polygons to count in, with --areas").into());
        };
        if let Some(indicator) = self.indicators.first() {
            let expected = "none for areas, which are scored from their reports alone; leave it out";
            return Err(InvalidValue::expecting("indicator", &indicator.name, expected).into());
        }
        if !self.cubes.is_empty() {
            let expected = "reports, since a cube knows their cells and not their places";
            return Err(InvalidValue::expecting("input", "a cube", expected).into());
        }
        if self.ledger.accepted() == 0 {
            return Err(nothing_accepted(&self.ledger));
        }
        Ok(Counts::Areas(roll_up.build()?))
    }

    /// Areas with their sizes and neighbours; cells stand in for them, one an area.
    pub(super) fn scored_areas(&self, counted: AreaCounts, notices: &mut Vec<String>) -> Result<Units, Error> {
        notices.extend(counted.notices());
        let ground = self.pool.install(|| Contiguity::of(&counted.areas.polygons));
        notices.extend(area_notices(&ground, &self.method));
        let parts = counted.areas.polygons.iter().flatten().filter_map(BoundingRect::bounding_rect);
        let boxes = parts.map(|part| [part.min().x, part.min().y, part.max().x, part.max().y]);
        let context_layers = context_layers(&self.plan, Extent::of_boxes(boxes))?;
        let (area, ids, counts) = (counted.study_area(), counted.areas.ids(), counted.counts());
        let AreaCounts { areas, residents, cube, outside, on_border, in_several, coarse: _ } = counted;
        let reporting = Vec::new();
        let scored = ScoredAreas { areas, ids, residents, ground, counts, reporting, outside, on_border, in_several };
        let (indicators, scored_areas) = (Vec::new(), Some(scored));
        Ok(Units { cube, area, indicators, context: None, context_layers, counted_in: None, scored_areas })
    }
}

/// Notices on the limits of scores of areas.
fn area_notices(ground: &Contiguity, method: &Method) -> Vec<String> {
    let mut notices = Vec::new();
    let alone = ground.neighbours.iter().filter(|neighbours| neighbours.is_empty()).count();
    if alone > 0 {
        notices.push(format!(
            "areas that touch no other, so have no points for spread: {alone}; a gap between areas parts them, however thin"
        ));
    }
    if method.kept_share < 1.0 {
        notices.push("areas are not smoothed, whatever the method has for cells (kept_share)".to_owned());
    }
    notices
}

impl Prepared {
    /// Errors if the run scores areas: the operation needs real cells.
    pub(super) fn must_be_of_cells(&self, what: &str) -> Result<(), InvalidValue> {
        if self.scored_areas.is_none() {
            return Ok(());
        }
        Err(InvalidValue::expecting(
            "areas",
            what,
            "a layer of cells: areas are scored by run, scoring and calibrate alone",
        ))
    }
}
