//! Verdict on all positions of a file: a system that they cannot be of, an order of the axes, a choice to tell of.

use super::{LatLngResult, PositionColumns, Positions};
use crate::ingest::words::Form;
use crate::ingest::{Bbox, ExpectedArea, FileTally, IngestError, Role, candidates};

impl Positions {
    /// Eastings and northings of the first report, where nothing states their system.
    pub(in crate::ingest) fn assumed_example(&self) -> Option<(f64, f64)> {
        self.is_assumed.then_some(self.example)
    }

    /// Remembers what speaks against the system that is assumed.
    pub(super) fn see_assumed(&mut self, x: f64, y: f64, converted: &LatLngResult) {
        if self.example == (0.0, 0.0) {
            self.example = (x, y);
        }
        match converted {
            Ok((lat, lng)) => {
                self.in_ireland += u64::from(candidates::is_in_ireland(*lat, *lng));
                let is_elsewhere = match self.expected {
                    ExpectedArea::Anywhere => false,
                    ExpectedArea::Likely(bbox) | ExpectedArea::Only(bbox) => !bbox.holds(*lat, *lng),
                };
                self.elsewhere += u64::from(is_elsewhere);
            }
            Err(_) => self.metres += 1,
        }
    }

    /// The area that positions are expected in, for a look at candidates.
    pub(super) fn wanted(&self) -> candidates::Wanted {
        let degrees = |bbox: Bbox| [bbox.west, bbox.south, bbox.east, bbox.north];
        let (bbox, is_only) = match self.expected {
            ExpectedArea::Anywhere => (None, false),
            ExpectedArea::Likely(bbox) => (Some(degrees(bbox)), false),
            ExpectedArea::Only(bbox) => (Some(degrees(bbox)), true),
        };
        candidates::Wanted { bbox, is_only }
    }

    /// Where other systems would put positions whose system is assumed, within the area they are expected in.
    pub(in crate::ingest) fn doubt(&self) -> Option<String> {
        let wanted = self.wanted();
        if !self.is_assumed || wanted.bbox.is_none() {
            return None;
        }
        let (x, y) = self.example;
        let only = candidates::Wanted { is_only: true, ..wanted };
        let others = candidates::listed(x, y, only, Some(self.crs));
        let found = !others.is_empty();
        found.then(|| format!("x≈{x:.0}, y≈{y:.0} fit another system too: {}", others.join(", or ")))
    }

    /// Notices about the positions of a file, at its end.
    pub(in crate::ingest) fn notices(&self, file: &str, accepted: u64) -> Vec<String> {
        let mut notices = Vec::new();
        // Few of them are strays, and named by their lines.
        if self.zeros >= 3 && self.zeros * 2 > accepted {
            notices.push(format!(
                "{file}: {} positions have a coordinate of 0, which stands for a missing one in many programs; correct them where \
                 the file was made, or keep to the place of the others with --bbox WEST,SOUTH,EAST,NORTH",
                self.zeros
            ));
        }
        if self.only > 0 {
            notices.push(format!("{file}: {} collections of one point are read as this point", self.only));
        }
        if self.thousands > 0 {
            notices.push(format!(
                "{file}: {} positions such as {} are read with separators of thousands",
                self.thousands, self.separated
            ));
        }
        notices
    }

    /// The error of a file most of whose pairs of numbers only make sense the other way round.
    pub(in crate::ingest) fn order_verdict(
        &self,
        file: &str,
        columns: PositionColumns,
        name: impl Fn(Role) -> String,
    ) -> Result<(), IngestError> {
        let PositionColumns::Words(_, form) = columns else { return Ok(()) };
        if self.reversed * 2 <= self.pairs {
            return Ok(());
        }
        let own = match form {
            Form::LonLat => Role::LonLat,
            Form::LatLon => Role::LatLon,
            _ => Role::Position,
        };
        let (first, role) = if self.is_lat_first { ("latitude", Role::LonLat) } else { ("longitude", Role::LatLon) };
        let (file, column, count) = (file.to_owned(), name(own), self.reversed);
        Err(IngestError::SuspectOrder { file, column, count, first, role })
    }

    /// The error of a file whose positions share a reason to doubt them.
    pub(in crate::ingest) fn verdict(&self, tally: &FileTally) -> Result<(), IngestError> {
        let file = tally.name.clone();
        let most = |count: u64| count > 0 && count * 2 > tally.read;
        let (x, y) = self.example;
        let advice = || candidates::advice(x, y, self.wanted(), &tally.unread);
        if most(self.in_ireland) {
            let why = "are in Ireland or the sea, if they are of the British National Grid";
            let advice = format!("{}, or --input-crs EPSG:27700 says that they are", advice());
            return Err(IngestError::SuspectCrs { file, x, y, why, advice });
        }
        let are_foreign = || {
            let only = candidates::Wanted { is_only: true, ..self.wanted() };
            !candidates::listed(x, y, only, Some(self.crs)).is_empty()
        };
        if most(self.elsewhere) && are_foreign() {
            let why = "are outside the expected area, if they are of the British National Grid";
            let advice = format!("{}, or --input-crs EPSG:27700 says that they are", advice());
            return Err(IngestError::SuspectCrs { file, x, y, why, advice });
        }
        if tally.accepted > 0 {
            return Ok(());
        }
        if most(self.metres) {
            let why =
                if self.is_assumed { "are not on the British National Grid" } else { "are not longitude and latitude" };
            return Err(IngestError::SuspectCrs { file, x, y, why, advice: advice() });
        }
        if most(self.mirrored) {
            return Err(IngestError::SuspectSwap {
                file,
                count: self.mirrored,
                advice: tally.advice_on_order(self.crs),
            });
        }
        Ok(())
    }
}
