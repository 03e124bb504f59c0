//! Dates: from the columns of a record to a [`When`]. By default only unambiguous forms are accepted: ISO 8601 days, months,
//! years and moments. `03/04/2022` is quarantined, never guessed; a [`DateFormat`] states its order.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::date_format::{self, ParsedMoment, is_day_or_month_first, second};
pub use super::date_format::{DateFormat, NaiveTimes};
use super::iso::{iso_moment, iso_utc, month_number};
use super::midnights::Midnights;
use super::zone::{Local, ZoneClock};
use crate::code::Code;
use crate::format::record::Clock;
use crate::format::{Fault, Field};
use crate::incident::{Day, When};

const EXPECTED: &str = "ISO 8601: 2022-09-17, 2022-09, 2022-09-17T21:30 or 2022-09-17T21:30:00Z; another form is stated \
                        with --date-format, such as %d/%m/%Y, epoch-s or epoch-ms";

/// The day of an ordinary time, and the counts it adds to.
#[derive(Clone, Copy, Debug)]
pub(super) struct QuickDay {
    pub(super) day: Day,
    /// Number of the month of a time that counts among the [`Midnights`], else 0.
    pub(super) month: u16,
    /// True if the time has no offset.
    pub(super) is_clock: bool,
}

/// Reads the dates of one file.
#[derive(Debug)]
pub(super) struct Dates {
    zone: ZoneClock,
    format: Option<DateFormat>,
    naive: NaiveTimes,
    /// Number of dates with each warning.
    pub(super) months: u64,
    pub(super) years: u64,
    pub(super) folds: u64,
    /// Times without an offset.
    pub(super) clocks: u64,
    pub(super) midnights: Midnights,
}

impl Dates {
    pub(super) fn new(zone: &TimeZone, format: Option<&DateFormat>, naive: NaiveTimes) -> Self {
        Self {
            zone: ZoneClock::new(zone),
            format: format.cloned(),
            naive,
            months: 0,
            years: 0,
            folds: 0,
            clocks: 0,
            midnights: Midnights::default(),
        }
    }

    /// The days a value covers: a moment its local day, a month all of it.
    ///
    /// # Errors
    /// `Q_NO_TIME`, `Q_BAD_DATE`, `Q_AMBIGUOUS_DATE`, `Q_DST_GAP`.
    #[inline]
    pub(super) fn when(&mut self, field: Field<'_>) -> Result<When, Box<Fault>> {
        self.day(field).map_or_else(|| self.slow(field), |day| Ok(When::day(day)))
    }

    /// The day of an ordinary time; [`Self::when`] reads every other, and has the errors.
    #[inline]
    pub(super) fn day(&mut self, field: Field<'_>) -> Option<Day> {
        let glance = match field {
            Field::Text(text) if self.format.is_none() => match iso_utc(text) {
                Some((day, second)) => self.moment(Clock::Utc, day.into(), second as i32),
                None => self.text_at_a_glance(text),
            },
            Field::Instant(seconds) => self.glance(Clock::Utc, seconds),
            Field::Local(seconds) => self.glance(Clock::Local, seconds),
            Field::Day(day) => self.glance(Clock::Calendar, day.0.into()),
            _ => None,
        }?;
        self.count(glance);
        Some(glance.day)
    }

    fn text_at_a_glance(&mut self, text: &str) -> Option<QuickDay> {
        match iso_moment(text)? {
            (day, _, None) if text.len() == 10 => self.glance(Clock::Calendar, day.into()),
            (day, second, None) => self.moment(Clock::Local, day.into(), second as i32),
            (day, second, Some(offset)) => {
                self.glance(Clock::Utc, i64::from(day) * 86_400 + i64::from(second) - i64::from(offset))
            }
        }
    }

    /// The day of a time, if no clock changes on its day and no warning applies.
    #[inline]
    pub(super) fn glance(&mut self, clock: Clock, time: i64) -> Option<QuickDay> {
        const DAYS: std::ops::Range<i64> = Day::RANGE.start.0 as i64..Day::RANGE.end.0 as i64;
        if clock == Clock::Calendar {
            return DAYS.contains(&time).then_some(QuickDay { day: Day(time as i32), month: 0, is_clock: false });
        }
        let day = time.div_euclid(86_400);
        self.moment(clock, day, time.rem_euclid(86_400) as i32)
    }

    /// The day of a second of a day, if its day is an ordinary one.
    #[inline]
    fn moment(&mut self, clock: Clock, day: i64, second: i32) -> Option<QuickDay> {
        let is_clock = clock == Clock::Local;
        let (offset, month) = self.zone.calm(day)?;
        if is_clock && self.naive == NaiveTimes::Local {
            let is_suspect = is_before_midnight(second, offset);
            return (!is_suspect).then_some(QuickDay { day: Day(day as i32), month, is_clock });
        }
        Some(QuickDay { day: Day(day as i32 + (second + offset).div_euclid(86_400)), month: 0, is_clock })
    }

    /// Counts an ordinary time.
    #[inline]
    pub(super) fn count(&mut self, glance: QuickDay) {
        self.clocks += u64::from(glance.is_clock);
        if glance.month > 0 {
            self.midnights.see(glance.month.into(), false);
        }
    }

    #[inline]
    fn instant(&mut self, seconds: i64) -> i32 {
        self.zone.day(seconds)
    }

    fn local(&mut self, field: Field<'_>, clock: i64) -> Result<i32, Box<Fault>> {
        let day = clock.div_euclid(86_400) as i32;
        self.clocks += 1;
        if self.naive == NaiveTimes::Utc {
            return Ok(self.instant(clock));
        }
        match self.zone.local(clock) {
            Local::Sound { offset } => {
                let is_suspect = is_before_midnight(clock.rem_euclid(86_400) as i32, offset);
                // What is an offset before midnight means the day after, which may be another month's.
                self.midnights.see(month_number(day + i32::from(is_suspect)).max(0) as usize, is_suspect);
            }
            Local::Twice => self.folds += 1,
            Local::Never => {
                let expected = "a time that the clocks showed; this one was skipped when they went forward";
                return Err(Fault::new(Code::DstGap, "", field.displayed(), expected));
            }
        }
        Ok(day)
    }

    #[cold]
    fn slow(&mut self, field: Field<'_>) -> Result<When, Box<Fault>> {
        if field.is_blank() {
            return Err(Fault::new(Code::NoTime, "", "nothing", EXPECTED));
        }
        let bad = || bad(field);
        let when = match field {
            // A number can be anything, and is checked before any arithmetic.
            Field::Instant(seconds) if in_range(seconds) => When::day(Day(self.instant(seconds))),
            Field::Local(clock) if in_range(clock) => When::day(Day(self.local(field, clock)?)),
            Field::Text(text) => self.text(field, text.trim())?.ok_or_else(bad)?,
            Field::Integer(number) => self.number(field, number)?.ok_or_else(bad)?,
            Field::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                self.number(field, number as i64)?.ok_or_else(bad)?
            }
            _ => return Err(bad()),
        };
        sound(field, when)
    }

    fn number(&mut self, field: Field<'_>, number: i64) -> Result<Option<When>, Box<Fault>> {
        let seconds = match &self.format {
            Some(DateFormat::EpochSeconds) => number,
            Some(DateFormat::EpochMillis) => number.div_euclid(1000),
            // `%Y%m%d` may come as a number; a bare year is one.
            _ => return self.text(field, &number.to_string()),
        };
        Ok(in_range(seconds).then(|| When::day(Day(self.instant(seconds)))))
    }

    fn text(&mut self, field: Field<'_>, text: &str) -> Result<Option<When>, Box<Fault>> {
        match self.format.clone() {
            Some(DateFormat::Pattern(pattern)) => {
                let Some(written) = date_format::read(&pattern, text) else { return Ok(None) };
                return Ok(Some(When::day(match written {
                    ParsedMoment::Day(day) => day,
                    ParsedMoment::Local(clock) => Day(self.local(field, clock)?),
                    ParsedMoment::Instant(seconds) => Day(self.instant(seconds)),
                })));
            }
            Some(_epoch) => {
                return match text.parse() {
                    Ok(number) => self.number(field, number),
                    Err(_not_a_number) => Ok(None),
                };
            }
            None => {}
        }
        if is_day_or_month_first(text) {
            let expected = "a date that reads one way only; say which with --date-format %d/%m/%Y or %m/%d/%Y";
            return Err(Fault::new(Code::AmbiguousDate, "", text, expected));
        }
        if let Some(month) = year_month(text) {
            self.months += 1;
            return Ok(Some(When::month(month.into())));
        }
        if let Some(year) = year(text) {
            self.years += 1;
            let start = Day::from(year);
            return Ok(Some(When { start, end: Day::from(year.last_of_year()) + 1 }));
        }
        if let Some((day, seconds, zone)) = iso_moment(text) {
            let clock = i64::from(day) * 86_400 + i64::from(seconds);
            return Ok(Some(When::day(Day(match zone {
                Some(offset) => self.instant(clock - i64::from(offset)),
                None if text.len() == 10 => day,
                None => self.local(field, clock)?,
            }))));
        }
        self.unusual(field, text)
    }

    /// Rare ISO forms, read by the library: fractions, named zones, leap seconds, basic notation.
    fn unusual(&mut self, field: Field<'_>, text: &str) -> Result<Option<When>, Box<Fault>> {
        if !text.starts_with(|c: char| c.is_ascii_digit()) || !text.contains('-') {
            return Ok(None);
        }
        if text.len() == 10 {
            return Ok(text.parse::<Date>().ok().map(|date| When::day(date.into())));
        }
        let at = |seconds: i64, dates: &mut Self| Some(When::day(Day(dates.instant(seconds))));
        if text.contains('[') {
            return Ok(text.parse::<jiff::Zoned>().ok().and_then(|moment| at(second(moment.timestamp()), self)));
        }
        // The offset decides first: a date-time parser would accept `…+01:00` and ignore it.
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Ok(at(second(instant), self));
        }
        let Ok(moment) = text.parse::<jiff::civil::DateTime>() else { return Ok(None) };
        let clock = TimeZone::UTC.to_timestamp(moment).map(second);
        let Ok(clock) = clock else { return Ok(None) };
        Ok(Some(When::day(Day(self.local(field, clock)?))))
    }
}

/// True for seconds of the years of four digits.
fn in_range(seconds: i64) -> bool {
    (i64::from(Day::RANGE.start.0) * 86_400..i64::from(Day::RANGE.end.0) * 86_400).contains(&seconds)
}

/// True if midnight is an offset after a second of the day, and not at it.
#[inline]
fn is_before_midnight(second: i32, offset: i32) -> bool {
    matches!(second + offset, 0 | 86_400) && second != 0
}

#[inline]
fn sound(field: Field<'_>, when: When) -> Result<When, Box<Fault>> {
    if when.is_sound() { Ok(when) } else { Err(bad(field)) }
}

#[cold]
fn bad(field: Field<'_>) -> Box<Fault> {
    Fault::new(Code::BadDate, "", field.displayed(), EXPECTED)
}

fn year(text: &str) -> Option<Date> {
    (text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
    Date::new(text.parse().ok()?, 1, 1).ok().filter(|date| (1000..=3000).contains(&date.year()))
}

fn year_month(text: &str) -> Option<Date> {
    let (year, month) = text.split_once('-')?;
    let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(year, 4) && digits(month, 2)).then_some(())?;
    Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()
}

/// The days that a text covers, for the fuzzer and tests.
///
/// # Errors
/// Those of a record.
pub fn parse(text: &str, zone: &TimeZone, format: Option<&DateFormat>) -> Result<When, Box<Fault>> {
    Dates::new(zone, format, NaiveTimes::default()).when(Field::Text(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn london(text: &str, format: Option<&DateFormat>) -> Result<(String, i32), Code> {
        let london = TimeZone::get("Europe/London").expect("bundled");
        parse(text, &london, format).map(|when| (when.start.to_string(), when.days())).map_err(|fault| fault.code)
    }

    #[test]
    fn dates_months_and_moments_are_their_local_days() {
        for (text, start, length) in [
            ("2022-09-17", "2022-09-17", 1),
            (" 2022-09-17 ", "2022-09-17", 1),
            ("2022-09", "2022-09-01", 30),
            ("2024-02", "2024-02-01", 29),
            ("2022", "2022-01-01", 365),
            ("2022-09-17T21:30", "2022-09-17", 1),
            ("2022-09-17T21:30:00", "2022-09-17", 1),
            ("2022-09-17 21:30:00.000", "2022-09-17", 1),
            // 23:30 UTC is half past midnight the next day in British Summer Time, and the same day in winter.
            ("2022-09-17T23:30:00Z", "2022-09-18", 1),
            ("2022-01-17T23:30:00Z", "2022-01-17", 1),
            ("2022-09-17T23:30:00+02:00", "2022-09-17", 1),
            ("2022-09-17T23:30:00.123456789+0000", "2022-09-18", 1),
            ("2022-09-17T23:30:00[America/New_York]", "2022-09-18", 1),
            ("2026-06-30T23:59:60Z", "2026-07-01", 1),
            // Before 1970 fractions of a second still lie after it.
            ("1965-01-31T23:59:59,5Z", "1965-01-31", 1),
            ("1965-01-31T23:59:59,5", "1965-01-31", 1),
            ("1965-01-31T23:59:59.5+00:00[Europe/London]", "1965-01-31", 1),
            ("9999-12-30", "9999-12-30", 1),
        ] {
            assert_eq!(london(text, None), Ok((start.to_owned(), length)), "{text}");
        }
    }

    #[test]
    fn what_could_be_misread_is_an_error() {
        for (text, code) in [
            ("", Code::NoTime),
            ("01/02/2026", Code::AmbiguousDate),
            ("1.2.26", Code::AmbiguousDate),
            ("13/02/2026", Code::BadDate),
            ("17 September 2022", Code::BadDate),
            ("2022-13", Code::BadDate),
            ("2022-02-30", Code::BadDate),
            ("44821", Code::BadDate),
            ("1756684800", Code::BadDate),
            ("20220917x", Code::BadDate),
            ("2022-09-17T23:30:00[Mars/Base]", Code::BadDate),
            ("2026-W36-2", Code::BadDate),
            ("2026-09-01T24:00:00Z", Code::BadDate),
            ("1969-12-31T23:59.18", Code::BadDate),
            ("0000-00-00", Code::BadDate),
            ("+024-01", Code::BadDate),
            ("9999-12", Code::BadDate),
            ("-000001-01-01", Code::BadDate),
            ("2026-03-29T01:30:00", Code::DstGap),
        ] {
            assert_eq!(london(text, None), Err(code), "{text}");
        }
        assert_eq!(london("2026-10-25T01:30:00", None), Ok(("2026-10-25".to_owned(), 1)));
    }

    proptest! {
        /// The short way to a day agrees with the library's calendar and time zones.
        #[test]
        fn jiff_agrees(seconds in -2_208_988_800_i64..7_000_000_000, minutes in -14 * 60_i32..14 * 60) {
            let london = TimeZone::get("Europe/London").expect("bundled");
            let instant = Timestamp::from_second(seconds).expect("in range");
            let day = |date: Date| (Day::from(date).to_string(), 1);
            prop_assert_eq!(london_day(&instant.to_string()), day(london.to_datetime(instant).date()));
            let offset = jiff::tz::Offset::from_seconds(minutes * 60).expect("in range");
            let text = instant.display_with_offset(offset).to_string();
            prop_assert_eq!(london_day(&text), day(london.to_datetime(instant).date()));
            let local = london.to_datetime(instant);
            if seconds % 3 == 0 {
                prop_assert_eq!(london_day(&local.to_string()), day(local.date()));
            }
        }
    }

    fn london_day(text: &str) -> (String, i32) {
        london(text, None).expect("a moment")
    }
}
