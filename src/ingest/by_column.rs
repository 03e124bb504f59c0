//! Checks of positions, dates and ids over the columns of a block, in loops without a branch where most rows are plain.

use super::dedupe::{Memory, SeenIds};
use super::position::Positions;
use super::time::{Dates, QuickDay};
use super::{Bbox, ExpectedArea};
use crate::format::Crs;
use crate::format::record::Clock;
use crate::incident::When;

impl Bbox {
    /// Every longitude and latitude.
    const EARTH: Self = Self { west: -180.0, south: -90.0, east: 180.0, north: 90.0 };

    /// True if a position is inside and on neither line of 0, without a branch; false in a box across longitude 180°.
    #[inline]
    #[expect(clippy::needless_bitwise_bool, reason = "the compiler then looks at several places at once")]
    fn surely_holds(self, lat: f64, lng: f64) -> bool {
        let between = (self.west <= lng) & (lng <= self.east) & (self.south <= lat) & (lat <= self.north);
        between & (lat.abs() > 1.0) & (lng != 0.0)
    }
}

impl Positions {
    /// The reference system of the file.
    pub(super) fn crs(&self) -> Crs {
        self.crs
    }

    /// Clears `are_plain` for positions that need a further check.
    pub(super) fn are_plain(&self, x: &[f64], y: &[f64], are_plain: &mut [bool]) {
        let sure = match self.expected {
            ExpectedArea::Anywhere => Bbox::EARTH,
            ExpectedArea::Likely(bbox) | ExpectedArea::Only(bbox) => bbox,
        };
        // Most often all are, which shows without a branch a place.
        if x.iter().zip(y).fold(true, |are_sure, (&x, &y)| are_sure & sure.surely_holds(y, x)) {
            return;
        }
        for ((&x, &y), is_plain) in x.iter().zip(y).zip(are_plain) {
            *is_plain &= self.is_plain(y, x);
        }
    }
}

impl SeenIds {
    /// Skips records whose ids only rise. `last` takes the largest id so far and returns the largest of the records; true if
    /// they were skipped.
    pub(super) fn pass(&mut self, last: impl FnOnce(Option<i64>) -> Option<i64>) -> bool {
        let Memory::Rising(before) = &mut self.memory else { return false };
        let after = last(*before);
        *before = after.or(*before);
        after.is_some()
    }
}

impl QuickDay {
    #[inline]
    pub(super) fn when(self) -> When {
        When::day(self.day)
    }
}

impl Dates {
    /// The days of times on one clock.
    pub(super) fn glances(&mut self, clock: Clock, times: &[i64], out: &mut Vec<Option<QuickDay>>) {
        out.clear();
        out.extend(times.iter().map(|&time| self.glance(clock, time)));
    }

    /// Counts every ordinary time.
    pub(super) fn count_all(&mut self, glances: &[Option<QuickDay>]) {
        let glances = glances.iter().flatten();
        self.clocks += glances.clone().filter(|glance| glance.is_clock).count() as u64;
        for glance in glances.filter(|glance| glance.month > 0) {
            self.midnights.see(glance.month.into(), false);
        }
    }
}
