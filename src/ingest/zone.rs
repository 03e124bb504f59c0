//! Local days of moments, quickly: between two changes of its offset a time zone is one subtraction.

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// A time zone that remembers the stretches of time it has been asked about.
#[derive(Debug)]
pub(super) struct ZoneClock {
    zone: TimeZone,
    /// Stretches of one offset, in no order; a few decades of a zone are some dozens.
    stretches: Vec<Stretch>,
    last: usize,
}

/// Moments in `[from, to)` for which local time is `offset` seconds ahead.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: i64,
    to: i64,
    offset: i32,
}

/// What a local time is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Local {
    /// A moment, with the clock so many seconds ahead of UTC.
    Sound { offset: i32 },
    /// Two moments.
    Twice,
    /// None: the clocks skipped it.
    Never,
}

impl ZoneClock {
    pub(super) fn new(zone: &TimeZone) -> Self {
        Self { zone: zone.clone(), stretches: Vec::new(), last: 0 }
    }

    /// The local day of a moment, in days since 1970-01-01.
    #[inline]
    pub(super) fn day(&mut self, seconds: i64) -> i32 {
        let offset = self.stretch(seconds).offset;
        (seconds + i64::from(offset)).div_euclid(86_400) as i32
    }

    /// What a time on the local clock is.
    #[inline]
    pub(super) fn local(&mut self, clock: i64) -> Local {
        // More than a day and a half inside one stretch, no change of the clocks is near.
        const NEAR: i64 = 129_600;
        let stretch = self.stretch(clock);
        if clock - NEAR >= stretch.from && clock + NEAR < stretch.to {
            return Local::Sound { offset: stretch.offset };
        }
        let Ok(at) = Timestamp::from_second(clock) else { return Local::Sound { offset: stretch.offset } };
        match self.zone.to_ambiguous_zoned(TimeZone::UTC.to_datetime(at)).offset() {
            AmbiguousOffset::Unambiguous { offset } => Local::Sound { offset: offset.seconds() },
            AmbiguousOffset::Fold { .. } => Local::Twice,
            AmbiguousOffset::Gap { .. } => Local::Never,
        }
    }

    #[inline]
    fn stretch(&mut self, seconds: i64) -> Stretch {
        let holds = |stretch: &Stretch| stretch.from <= seconds && seconds < stretch.to;
        if let Some(stretch) = self.stretches.get(self.last).filter(|stretch| holds(stretch)) {
            return *stretch;
        }
        if let Some(index) = self.stretches.iter().position(holds) {
            self.last = index;
            return self.stretches[index];
        }
        self.learn(seconds)
    }

    #[cold]
    fn learn(&mut self, seconds: i64) -> Stretch {
        // Beyond the calendar there is nothing to ask; such a day is refused by who asked.
        let Ok(at) = Timestamp::from_second(seconds) else { return Stretch { from: seconds, to: seconds, offset: 0 } };
        let before = self.zone.preceding(at).next().map_or(i64::MIN, |change| change.timestamp().as_second());
        let after = self.zone.following(at).next().map_or(i64::MAX, |change| change.timestamp().as_second());
        let offset = self.zone.to_offset(at).seconds();
        // `preceding` leaves out a change at this very second.
        let change = self.zone.preceding(at.checked_add(jiff::SignedDuration::from_secs(1)).unwrap_or(at)).next();
        let from = change.map_or(before, |change| change.timestamp().as_second());
        // A change that is not one of the offset (of the name only) ends a stretch early, which costs a look and no more.
        let stretch = Stretch { from, to: after, offset };
        self.last = self.stretches.len();
        self.stretches.push(stretch);
        stretch
    }
}
