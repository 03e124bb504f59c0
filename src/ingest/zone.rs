//! Local days of moments, quickly: nearly every day of a time zone has one offset, which is looked up once.

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::iso::month_number;

/// A time zone that remembers the days it has been asked about.
#[derive(Debug)]
pub(super) struct ZoneClock {
    zone: TimeZone,
    /// For each day from [`Self::FIRST`], the minutes the local clock is ahead all through the day of UTC and the local
    /// one. [`UNKNOWN`] before it was asked, [`MIXED`] where the clocks change. With them the number of its month.
    days: Vec<(i16, u16)>,
}

const UNKNOWN: i16 = i16::MAX;
const MIXED: i16 = i16::MIN;

/// Moments of a local time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Local {
    /// One moment; the clock is `offset` seconds ahead of UTC.
    Sound { offset: i32 },
    /// Two moments.
    Twice,
    /// None: the clocks skipped it.
    Never,
}

impl ZoneClock {
    /// 1900-01-01 in days since 1970-01-01, and the days from there to 2100.
    const FIRST: i64 = -25_567;
    const COUNT: usize = 73_049;

    pub(super) fn new(zone: &TimeZone) -> Self {
        Self { zone: zone.clone(), days: vec![(UNKNOWN, 0); Self::COUNT] }
    }

    /// The local day of a moment, in days since 1970-01-01.
    #[inline]
    pub(super) fn day(&mut self, seconds: i64) -> i32 {
        let offset = match self.calm(seconds.div_euclid(86_400)) {
            Some((offset, _)) => offset,
            None => Timestamp::from_second(seconds).map_or(0, |at| self.zone.to_offset(at).seconds()),
        };
        (seconds + i64::from(offset)).div_euclid(86_400) as i32
    }

    /// Classifies a time on the local clock.
    #[inline]
    pub(super) fn local(&mut self, clock: i64) -> Local {
        match self.calm(clock.div_euclid(86_400)) {
            Some((offset, _)) => Local::Sound { offset },
            None => self.around_change(clock),
        }
    }

    /// Seconds the clock is ahead, and the number of the month. `None` unless the seconds are the same all through a day of
    /// UTC and the local one, and each local time is one moment.
    #[inline]
    pub(super) fn calm(&mut self, day: i64) -> Option<(i32, u16)> {
        // What is before the first is beyond the last, too.
        let index = (day - Self::FIRST) as usize;
        match *self.days.get(index)? {
            (MIXED, _) => None,
            (UNKNOWN, _) => self.learn(index, day),
            (minutes, month) => Some((i32::from(minutes) * 60, month)),
        }
    }

    #[cold]
    fn learn(&mut self, index: usize, day: i64) -> Option<(i32, u16)> {
        let (start, end) = (day * 86_400, (day + 1) * 86_400);
        let calm = match (self.around_change(start), self.around_change(end - 1)) {
            // An offset of broken minutes, as before there was standard time, has no place in the table.
            (Local::Sound { offset }, last) if last == (Local::Sound { offset }) && offset % 60 == 0 => {
                let ahead = i64::from(offset);
                self.is_steady(start.min(start - ahead), end.max(end - ahead)).then_some(offset)
            }
            _ => None,
        };
        let month = month_number(day as i32) as u16;
        self.days[index] = (calm.map_or(MIXED, |seconds| (seconds / 60) as i16), month);
        calm.map(|seconds| (seconds, month))
    }

    /// True if the clock does not change between two moments.
    fn is_steady(&self, after: i64, before: i64) -> bool {
        let change = Timestamp::from_second(after).ok().and_then(|after| self.zone.following(after).next());
        change.is_none_or(|change| change.timestamp().as_second() >= before)
    }

    #[cold]
    fn around_change(&self, clock: i64) -> Local {
        let Ok(at) = Timestamp::from_second(clock) else { return Local::Sound { offset: 0 } };
        match self.zone.to_ambiguous_zoned(TimeZone::UTC.to_datetime(at)).offset() {
            AmbiguousOffset::Unambiguous { offset } => Local::Sound { offset: offset.seconds() },
            AmbiguousOffset::Fold { .. } => Local::Twice,
            AmbiguousOffset::Gap { .. } => Local::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Around every change of clocks days and times are those of the library, and no more days than the change touches are
    /// left to it. Among the zones are some that change by half an hour, at a minute past midnight, and by a whole day.
    #[test]
    fn days_around_changes_are_those_of_the_library() {
        let zones = ["Europe/London", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"];
        for zone in zones.map(|name| TimeZone::get(name).expect("bundled")) {
            let mut clock = ZoneClock::new(&zone);
            let first = Timestamp::from_second(-1_900_000_000).expect("in range");
            let changes = zone.following(first).map(|change| change.timestamp().as_second());
            for change in changes.take_while(|change| *change < 4_000_000_000) {
                let day = change.div_euclid(86_400);
                let times =
                    ((day - 2) * 86_400..(day + 3) * 86_400).step_by(900).flat_map(|at| [at, at + 59, at + 899]);
                for time in times {
                    let at = Timestamp::from_second(time).expect("in range");
                    let date = zone.to_datetime(at).date();
                    assert_eq!(clock.day(time), crate::incident::Day::from(date).0, "{zone:?} {at}");
                    assert_eq!(clock.local(time), clock.around_change(time), "{zone:?} {at}");
                }
                let mixed = (day - 2..day + 3).filter(|&day| clock.calm(day).is_none()).count();
                // Before, some offsets are of broken minutes.
                assert!(mixed <= 3 || change < 0, "{zone:?} {mixed} days at {change}");
            }
        }
    }
}
