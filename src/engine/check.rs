//! `check`: the account of the input, without scores.

use super::Engine;
use super::plausible::{check_area, inside_at_most};
use super::vanished::{check_each, nothing_accepted};
use crate::code::Code;
use crate::config::ConfigError;
use crate::error::Error;
use crate::grid::StudyArea;
use crate::incident::{Day, When};
use crate::indicator::{IndicatorError, Loaded};
use crate::ingest::{Batch, Ledger};
use crate::layer::is_taken;
use crate::polygon::PolygonError;

/// Account of the input, without scores.
#[derive(Debug)]
#[non_exhaustive]
pub struct Check {
    /// Account of every report.
    pub ledger: Ledger,
    /// Account of every area of the polygon files: the study area's, then one account an indicator.
    pub areas: Ledger,
    /// First day, and day after the last.
    pub span: Option<(Day, Day)>,
    /// West, south, east and north of the reports, in degrees; of their cells when they were counted.
    pub extent: Option<[f64; 4]>,
    /// True if no more reports, and no more areas, were quarantined than the settings allow.
    pub within_max_rejects: bool,
    /// Sentence on the records above that limit, and the flag that accepts them.
    pub(crate) excess: Option<String>,
    allows_empty: bool,
}

impl Check {
    /// Checks that a run would have reports of every input.
    ///
    /// ```
    /// use tensionmap::{Engine, sample};
    /// let check = Engine::builder().build()?.incidents(sample::incidents())?.check()?;
    /// assert!(check.usable().is_ok());
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    ///
    /// # Errors
    /// An input without an accepted record, unless the settings allow that.
    pub fn usable(&self) -> Result<(), Error> {
        if !self.ledger.files.is_empty() && self.ledger.accepted() == 0 && !self.allows_empty {
            return Err(nothing_accepted(&self.ledger));
        }
        check_each(&self.ledger, self.allows_empty)
    }
}

/// Extent of reports in time and space.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ReportExtent {
    span: Option<(Day, Day)>,
    place: Option<[f64; 4]>,
}

impl ReportExtent {
    pub(super) fn add(&mut self, batch: &Batch) {
        let (Some(when), Some(&lat), Some(&lng)) = (batch.when().first(), batch.lat().first(), batch.lng().first())
        else {
            return;
        };
        // Column by column, with the running extent in registers.
        let (mut first, mut last) = (when.start, when.end);
        for when in batch.when() {
            (first, last) = (first.min(when.start), last.max(when.end));
        }
        // Four independent lanes, so that no comparison waits for another.
        let ends = |values: &[f64], one: f64| {
            let (fours, rest) = values.as_chunks::<4>();
            let (mut min, mut max) = ([one; 4], [one; 4]);
            for four in fours {
                min = std::array::from_fn(|lane| if four[lane] < min[lane] { four[lane] } else { min[lane] });
                max = std::array::from_fn(|lane| if four[lane] > max[lane] { four[lane] } else { max[lane] });
            }
            let all = || min.iter().chain(&max).chain(rest);
            (all().copied().fold(one, f64::min), all().copied().fold(one, f64::max))
        };
        let ((south, north), (west, east)) = (ends(batch.lat(), lat), ends(batch.lng(), lng));
        self.widen(first, last, south, west);
        self.widen(first, last, north, east);
    }

    fn widen(&mut self, start: Day, end: Day, lat: f64, lng: f64) {
        let (first, last) = self.span.get_or_insert((start, end));
        (*first, *last) = ((*first).min(start), (*last).max(end));
        let [west, south, east, north] = self.place.get_or_insert([lng, lat, lng, lat]);
        (*west, *south, *east, *north) = (west.min(lng), south.min(lat), east.max(lng), north.max(lat));
    }
}

impl Engine {
    /// Reports what was read, without scoring it. Areas of indicators are checked by the rules of [`Self::run`]. With neither
    /// reports nor a study area, they are also checked as polygons to fill with cells.
    ///
    /// # Errors
    /// A file of areas that cannot be used at all; a quarantine file that cannot be written.
    pub fn check(mut self) -> Result<Check, Error> {
        self.read_waiting()?;
        self.ledger.check_dates();
        let checked = self.check_places().and_then(|()| self.check_indicators());
        self.embedder.watch.check()?;
        self.quarantine.commit(&self.sources)?;
        checked?;
        let mut extent = self.extent;
        if let Some(counts) = self.counts {
            let cube = counts.build()?;
            for (cell, counts) in cube.by_cell() {
                let at = h3o::LatLng::from(cell);
                let days = counts.iter().map(|&count| cube.row(cell, count).when);
                let span = days.reduce(|a, b| When { start: a.start.min(b.start), end: a.end.max(b.end) });
                if let Some(span) = span {
                    extent.widen(span.start, span.end, at.lat(), at.lng());
                }
            }
        }
        let excess = self.plan.max_rejects.excess([&self.ledger, &self.areas]);
        Ok(Check {
            span: extent.span,
            extent: extent.place,
            within_max_rejects: excess.is_none(),
            excess,
            allows_empty: self.plan.allows_empty(),
            ledger: self.ledger,
            areas: self.areas,
        })
    }

    /// Looks over the positions, and compares them with the study area if there is one.
    pub(super) fn check_places(&mut self) -> Result<(), Error> {
        let bulk = self.look_over()?;
        if let Some(outline) = self.area.as_ref().and_then(StudyArea::outline) {
            let areas = std::slice::from_ref(outline);
            let inside = inside_at_most(&bulk, areas);
            check_area(&bulk, [inside, bulk.total], areas, &self.plan, &self.ledger)?;
        }
        Ok(())
    }

    fn check_indicators(&mut self) -> Result<(), Error> {
        let alone = self.ledger.files.is_empty() && self.areas.files.is_empty();
        let mut known = Vec::new();
        for indicator in &self.indicators {
            let mut loaded = Loaded::read_with(indicator, self.plan.repair_geometry, &mut known)?;
            let usable = loaded.check(indicator).and_then(|()| {
                let regions = loaded.regions().filter(|_| alone);
                Ok(regions.map_or(Ok(()), |regions| regions.fit(self.plan.resolution))?)
            });
            self.quarantine.add_indicator(loaded, &mut self.areas)?;
            if let (true, Some(file)) = (is_taken(&indicator.name), self.areas.files.last_mut()) {
                let problem = ConfigError::IndicatorName { name: indicator.name.clone() };
                file.notices.push(format!("{}: {problem}", indicator.input.name()));
            }
            match usable {
                Ok(()) | Err(IndicatorError::Polygon(PolygonError::NothingAccepted { .. })) => {}
                Err(error @ IndicatorError::Polygon(PolygonError::Text { .. })) => {
                    let code = error.code().map_or("", Code::id);
                    if let Some(file) = self.areas.files.last_mut() {
                        file.notices.push(format!("{code}: {error}"));
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
