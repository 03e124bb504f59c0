//! `density`: kernel density of reports.

use geo::MultiPolygon;

use super::prepare::as_of;
use super::vanished::nothing_accepted;
use super::{Engine, Progress, Run};
use crate::density::{Density, Frame, MIN_REPORTS};
use crate::error::Error;
use crate::incident::{Day, Strand};
use crate::ingest::Batch;
use crate::invalid::InvalidValue;
use crate::layer::DensityLayer;
use crate::rounding::legible;

/// Kernel, raster and window of a density surface.
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    /// Bandwidth of the kernel in metres.
    pub bandwidth: f64,
    /// Side of a pixel in metres.
    pub pixel: f64,
    /// Kernel-weighted reports below which a place is left blank; at least [`MIN_REPORTS`].
    pub min_reports: f64,
    /// First day of the window; without one it is as long as the method's and ends with `to`.
    pub from: Option<Day>,
    /// Day after its last, at most the as-of, which it is by default.
    pub to: Option<Day>,
}

impl Default for Surface {
    /// 500 m in pixels of 25 m, nothing shown of fewer than 5 reports, the method's window.
    fn default() -> Self {
        Self { bandwidth: 500.0, pixel: 25.0, min_reports: 5.0, from: None, to: None }
    }
}

impl Surface {
    /// Checks that the numbers make sense together.
    ///
    /// # Errors
    /// A bandwidth outside 1 m to 100 km; a pixel outside 1/64 to 1/2 of it; `min_reports` below [`MIN_REPORTS`].
    pub fn check(&self) -> Result<(), InvalidValue> {
        let Self { bandwidth, pixel, min_reports, .. } = *self;
        if !(1.0..=100_000.0).contains(&bandwidth) {
            return Err(InvalidValue::expecting("bandwidth", legible(bandwidth), "1 to 100,000 metres"));
        }
        let (finest, coarsest) = (bandwidth / Density::SPAN.end(), bandwidth / Density::SPAN.start());
        if !(finest..=coarsest).contains(&pixel) {
            let expected = format!(
                "{finest:.1} to {coarsest:.1} metres for a bandwidth of {bandwidth}: larger ones void the bound of the error, \
                 smaller ones show nothing more"
            );
            return Err(InvalidValue::expecting("pixel", legible(pixel), expected));
        }
        if !(MIN_REPORTS..=1e9).contains(&min_reports) {
            let expected = format!("{MIN_REPORTS} or more: fewer would show single reports, and where people live");
            return Err(InvalidValue::expecting("least", legible(min_reports), expected));
        }
        Ok(())
    }

    /// Checks that the window begins before its end, and ends by the as-of.
    pub(crate) fn check_by(&self, as_of: Day) -> Result<(), InvalidValue> {
        window(self, as_of, 1).map(drop)
    }
}

/// Positions and days of accepted reports. Memory grows with the reports: 28 bytes each.
#[derive(Debug, Default)]
pub(super) struct ReportPositions {
    lat: Vec<f64>,
    lng: Vec<f64>,
    /// Middle of the days over which each happened, and the day from which it is known.
    days: Vec<(Day, Day)>,
    /// Day after the latest report that is not an event still to come.
    end: Option<Day>,
}

impl ReportPositions {
    pub(super) fn add(&mut self, batch: &Batch) {
        self.lat.extend_from_slice(batch.lat());
        self.lng.extend_from_slice(batch.lng());
        for ((when, &known), &class) in batch.when().iter().zip(batch.known()).zip(batch.class()) {
            self.days.push((when.start + (when.end.0 - when.start.0) / 2, known));
            if batch.classes()[class as usize].strand != Strand::Potential {
                self.end = self.end.max(Some(when.end));
            }
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        (self.lat.capacity() as u64) * 28
    }
}

impl Engine {
    /// Keeps the position of every report read from now on, for [`Self::density`].
    #[must_use]
    pub fn keep_positions(mut self) -> Self {
        self.positions = Some(ReportPositions::default());
        self
    }

    /// Density of the reports read since [`Self::keep_positions`] that were known by the as-of. A report counts if the
    /// middle of its days is in the window, so one dated by month counts in one window only.
    ///
    /// # Errors
    /// No input, none of its records accepted or none of them in the window. A window, bandwidth or pixel that cannot
    /// be used. A quarantine file that cannot be written.
    pub fn density(mut self, surface: &Surface) -> Result<Run<DensityLayer>, Error> {
        surface.check()?;
        self.read_waiting()?;
        self.embedder.tell(Progress::Preparing { indicators: 0 })?;
        let plausible = self.check_places().and_then(|()| self.check_each());
        self.quarantine.commit(&self.sources)?;
        plausible?;
        let places = self.positions.take().unwrap_or_default();
        if places.lat.is_empty() {
            return Err(nothing_accepted(&self.ledger));
        }
        let credible = self.ledger.check_dates();
        let mut notices: Vec<String> = self.ledger.notices().chain(self.areas.notices()).cloned().collect();
        let end = places.end.map(|end| credible.map_or(end, |credible| end.min(credible)));
        let as_of = as_of(&self.plan, end, &mut notices)?;
        let (from, to) = window(surface, as_of, self.method.window_days)?;
        let is_used = |(middle, known): &(Day, Day)| (from..to).contains(middle) && *known <= as_of;
        let rows = places.days.iter().zip(places.lat.iter().zip(&places.lng));
        let (lat, lng): (Vec<f64>, Vec<f64>) =
            rows.filter(|(days, _)| is_used(days)).map(|(_, (lat, lng))| (lat, lng)).unzip();
        drop(places);
        let outline = self.area.as_ref().and_then(|area| area.outline().cloned());
        let Some(extent) = outline.as_ref().map_or_else(|| around(&lat, &lng, surface.bandwidth), bounds) else {
            let expected = format!("reports from {from} up to {to} that were known by {as_of}; choose --from and --to");
            return Err(InvalidValue::expecting("window", "no reports", expected).into());
        };
        let frame = Frame::of_pixel(extent, surface.pixel)?;
        let pixels = (frame.width() * frame.height()) as u64;
        self.plan.reading.file.memory.allow(pixels * 16, "the raster", "choose larger pixels with --pixel")?;
        let density = self.pool.install(|| Density::quartic(frame, &lat, &lng, surface.bandwidth))?;
        if density.points() == 0 {
            let expected =
                format!("reports of {from} up to {to} in the study area; choose another --area, --from and --to");
            return Err(InvalidValue::expecting("window", "no reports", expected).into());
        }
        if density.max() < surface.min_reports {
            notices.push(format!(
                "no place has as many as {} reports (weighted by the kernel), so nothing is drawn; a longer window or a larger \
                 bandwidth may have",
                surface.min_reports
            ));
        }
        let product = DensityLayer {
            density,
            min_reports: surface.min_reports,
            window: (from, to),
            as_of,
            read: self.ledger.read(),
            accepted: self.ledger.accepted(),
            quarantined: self.ledger.quarantined(),
            quarantined_by_code: self.ledger.codes(),
            above_limit: self.plan.max_rejects.above_limit([&self.ledger, &self.areas]),
            used: lat.len() as u64,
            attributions: self.ledger.attributions(),
            outline,
            title: self.plan.title,
            marking: self.plan.marking,
            view: self.plan.view,
        };
        Ok(Run::new(product, [self.ledger, self.areas], notices, self.plan.max_rejects, self.sources, self.embedder))
    }
}

/// First day and day after the last; nothing later than the as-of.
fn window(surface: &Surface, as_of: Day, days: i32) -> Result<(Day, Day), InvalidValue> {
    let to = surface.to.unwrap_or(as_of);
    let from = surface.from.unwrap_or(to - days);
    if to > as_of {
        return Err(InvalidValue::expecting(
            "to",
            to,
            format!("a day up to the as-of, {as_of}: nothing later is known"),
        ));
    }
    if from >= to {
        return Err(InvalidValue::expecting("from", from, format!("a day before the end of the window, {to}")));
    }
    Ok((from, to))
}

/// West, south, east and north of the points and of what is within reach of them; the shorter way round.
fn around(lat: &[f64], lng: &[f64], reach: f64) -> Option<[f64; 4]> {
    let ends = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), at| (min.min(at), max.max(at)))
    };
    let (south, north) = ends(&mut lat.iter().copied());
    let plain = ends(&mut lng.iter().copied());
    let across = ends(&mut lng.iter().map(|&lng| if lng < 0.0 { lng + 360.0 } else { lng }));
    let is_across = across.1 - across.0 < (plain.1 - plain.0) / 2.0;
    let (west, east) = if is_across { across } else { plain };
    if lat.is_empty() {
        return None;
    }
    let high = (reach / crate::grid::EARTH_RADIUS_M).to_degrees();
    let wide = high / south.abs().max(north.abs()).min(80.0).to_radians().cos();
    let turned = |lng: f64| if lng > 180.0 { lng - 360.0 } else { lng };
    let (west, east) = if is_across {
        (west - wide, turned(east + wide))
    } else {
        ((west - wide).max(-180.0), (east + wide).min(180.0))
    };
    Some([west, (south - high).max(-85.0), east, (north + high).min(85.0)])
}

/// West, south, east and north of polygons; those on both sides of longitude 180° the shorter way round.
fn bounds(outline: &MultiPolygon) -> Option<[f64; 4]> {
    use geo::CoordsIter;
    let (lat, lng): (Vec<f64>, Vec<f64>) = outline.coords_iter().map(|at| (at.y, at.x)).unzip();
    around(&lat, &lng, 0.0)
}
