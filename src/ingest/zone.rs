//! Local days of moments, quickly: nearly every day of a time zone has one offset, which is looked up once.

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::iso::month_number;

/// A time zone that remembers the days it has been asked about.
#[derive(Debug)]
pub(super) struct ZoneClock {
    zone: TimeZone,
    /// For each day of UTC from [`Self::FIRST`], the minutes the local clock is ahead all day long and the days beside it;
    /// [`UNKNOWN`] before it was asked, [`MIXED`] where the clocks change nearby. And the number of its month.
    days: Vec<(i16, u16)>,
}

const UNKNOWN: i16 = i16::MAX;
const MIXED: i16 = i16::MIN;

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

    /// What a time on the local clock is.
    #[inline]
    pub(super) fn local(&mut self, clock: i64) -> Local {
        match self.calm(clock.div_euclid(86_400)) {
            Some((offset, _)) => Local::Sound { offset },
            None => self.near_a_change(clock),
        }
    }

    /// Seconds the clock is ahead on a day, if it is the same then and on the days beside it, and the number of the month.
    #[inline]
    pub(super) fn calm(&mut self, day: i64) -> Option<(i32, u16)> {
        let index = usize::try_from(day - Self::FIRST).ok().filter(|&index| index < self.days.len())?;
        match self.days[index] {
            (MIXED, _) => None,
            (UNKNOWN, _) => self.learn(index, day),
            (minutes, month) => Some((i32::from(minutes) * 60, month)),
        }
    }

    #[cold]
    fn learn(&mut self, index: usize, day: i64) -> Option<(i32, u16)> {
        let at = |day: i64| Timestamp::from_second(day * 86_400).ok();
        let calm = at(day - 1).zip(at(day + 2)).and_then(|(before, after)| {
            let change = self.zone.following(before).next();
            let is_calm = change.is_none_or(|change| change.timestamp() > after);
            let seconds = self.zone.to_offset(before).seconds();
            // An offset of broken minutes, as before there was standard time, has no place in the table.
            (is_calm && seconds % 60 == 0).then_some(seconds)
        });
        let month = month_number(day as i32) as u16;
        self.days[index] = (calm.map_or(MIXED, |seconds| (seconds / 60) as i16), month);
        calm.map(|seconds| (seconds, month))
    }

    #[cold]
    fn near_a_change(&self, clock: i64) -> Local {
        let Ok(at) = Timestamp::from_second(clock) else { return Local::Sound { offset: 0 } };
        match self.zone.to_ambiguous_zoned(TimeZone::UTC.to_datetime(at)).offset() {
            AmbiguousOffset::Unambiguous { offset } => Local::Sound { offset: offset.seconds() },
            AmbiguousOffset::Fold { .. } => Local::Twice,
            AmbiguousOffset::Gap { .. } => Local::Never,
        }
    }
}
