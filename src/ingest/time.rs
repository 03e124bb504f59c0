//! Dates: from the columns of a record to a [`When`]. By default only unambiguous forms are accepted: ISO 8601 days, months,
//! years and moments. `03/04/2022` is quarantined, never guessed; a [`DateFormat`] states its order.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::date_format::{self, ParsedMoment, is_day_or_month_first, one_meaning, proposals, reads, second, two_ways};
pub use super::date_format::{DateFormat, NaiveTimes};
use super::iso::{iso_moment, iso_utc, month_number};
use super::midnights::Midnights;
use super::scale::NumberLengths;
use super::zone::{Local, ZoneClock};
use crate::code::Code;
use crate::format::record::Clock;
use crate::format::{Fault, Field};
use crate::incident::{Day, When};

const EXPECTED: &str = "ISO 8601: 2022-09-17, 2022-09, 2022-09-17T21:30 or 2022-09-17T21:30:00Z; another form is stated \
                        with --date-format, such as %d/%m/%Y, epoch-s or epoch-ms";
/// Faults for which a format is looked for; later ones show the one found last.
const MAX_SEARCHES: u32 = 40;

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
    /// Stated formats; of none, ISO 8601 is read.
    formats: Vec<DateFormat>,
    naive: NaiveTimes,
    /// Number of dates with each warning.
    pub(super) months: u64,
    pub(super) years: u64,
    pub(super) folds: u64,
    /// Times without an offset.
    pub(super) clocks: u64,
    pub(super) midnights: Midnights,
    /// Dates that a stated format read.
    pub(super) by_format: u64,
    /// Numbers in place of dates, where one unit of them is stated.
    pub(super) numbers: Option<Box<NumberLengths>>,
    /// Formats found for the last text that could not be read, and how often any were looked for.
    proposed: Vec<DateFormat>,
    searches: u32,
}

impl Dates {
    pub(super) fn new(zone: &TimeZone, formats: &[DateFormat], naive: NaiveTimes) -> Self {
        let (zone, formats, midnights) = (ZoneClock::new(zone), formats.to_vec(), Midnights::default());
        let (months, years, folds, clocks, by_format) = (0, 0, 0, 0, 0);
        let (numbers, proposed, searches) = (NumberLengths::of(&formats), Vec::new(), 0);
        Self { zone, formats, naive, months, years, folds, clocks, midnights, by_format, numbers, proposed, searches }
    }

    /// The days a value covers: a moment its local day, a month all of it.
    ///
    /// # Errors
    /// `Q_NO_TIME`, `Q_BAD_DATE`, `Q_AMBIGUOUS_DATE`, `Q_DST_GAP`.
    #[inline]
    pub(super) fn when(&mut self, field: Field<'_>) -> Result<When, Box<Fault>> {
        self.day(field).map_or_else(|| self.slow(field), |day| Ok(When::day(day)))
    }

    pub(super) fn formats(&self) -> &[DateFormat] {
        &self.formats
    }

    /// The days of a text in ISO 8601, or else in a stated format.
    pub(super) fn iso(&mut self, text: &str) -> Result<When, Box<Fault>> {
        let stated = std::mem::take(&mut self.formats);
        let found = self.when(Field::Text(text));
        self.formats = stated;
        if found.is_err() && !self.formats.is_empty() { self.when(Field::Text(text)) } else { found }
    }

    /// The day of an ordinary time; [`Self::when`] reads every other, and has the errors.
    #[inline]
    pub(super) fn day(&mut self, field: Field<'_>) -> Option<Day> {
        let glance = match field {
            Field::Text(text) if self.formats.is_empty() => match iso_utc(text) {
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

    fn local(&mut self, field: Field<'_>, clock: i64) -> Result<i32, Box<Fault>> {
        let day = clock.div_euclid(86_400) as i32;
        self.clocks += 1;
        if self.naive == NaiveTimes::Utc {
            return Ok(self.zone.day(clock));
        }
        match self.zone.local(clock) {
            Local::Sound { offset } => {
                let is_suspect = is_before_midnight(clock.rem_euclid(86_400) as i32, offset);
                // What is an offset before midnight means the day after, which may be another month's.
                self.midnights.see(month_number(day + i32::from(is_suspect)).max(0) as usize, is_suspect);
            }
            Local::Twice => self.folds += 1,
            Local::Never => {
                let expected = "a time that the clocks showed; this one was skipped when they went forward (times in UTC are read with \
                                --naive-times utc)";
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
        let found = self.slow_days(field)?;
        if found.is_some_and(|when| !when.is_sound()) {
            let expected = "a day from 0001-01-01 to 9999-12-30; one beyond stands for none, and an end that is open is left empty";
            return Err(Fault::new(Code::BadDate, "", field.displayed(), expected));
        }
        found.ok_or_else(|| Fault::new(Code::BadDate, "", field.displayed(), self.expected(&field.displayed())))
    }

    /// Expectation in place of a text, with a format that reads it if there is one.
    fn expected(&mut self, text: &str) -> String {
        self.search(text, 1);
        let names: Vec<String> = self.formats.iter().map(ToString::to_string).collect();
        let stated = (!names.is_empty()).then(|| format!("a date that --date-format {} reads", names.join(" or ")));
        match (stated, self.proposed.iter().find(|format| reads(format, text.trim()))) {
            (None, None) => EXPECTED.to_owned(),
            (None, Some(fits)) => format!("ISO 8601, such as 2022-09-17; --date-format {fits} reads this one"),
            (Some(stated), None) => stated,
            (Some(stated), Some(fits)) => format!("{stated}; --date-format {fits} reads this one"),
        }
    }

    /// Looks for formats that read a text, unless so many of the last ones do.
    fn search(&mut self, text: &str, enough: usize) {
        let fit = self.proposed.iter().filter(|format| reads(format, text.trim())).count();
        if self.searches < MAX_SEARCHES && fit < enough {
            self.searches += 1;
            self.proposed = proposals(text);
        }
    }

    fn slow_days(&mut self, field: Field<'_>) -> Result<Option<When>, Box<Fault>> {
        match (&mut self.numbers, field) {
            (Some(numbers), Field::Integer(number)) => numbers.add(number),
            (Some(numbers), Field::Number(number)) => numbers.add(number as i64),
            (Some(numbers), Field::Text(text)) if !self.formats.is_empty() => numbers.add_text(text.trim()),
            _ => {}
        }
        Ok(match field {
            // A number can be anything, and is checked before any arithmetic.
            Field::Instant(seconds) if in_range(seconds) => Some(When::day(Day(self.zone.day(seconds)))),
            Field::Local(clock) if in_range(clock) => Some(When::day(Day(self.local(field, clock)?))),
            Field::Text(text) => self.text(field, text.trim())?,
            Field::Integer(number) => self.number(field, number)?,
            Field::Number(number) if self.formats.contains(&DateFormat::Excel) => {
                self.text(field, &number.to_string())?
            }
            Field::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                self.number(field, number as i64)?
            }
            _ => None,
        })
    }

    fn parsed(&mut self, field: Field<'_>, moment: ParsedMoment) -> Result<When, Box<Fault>> {
        Ok(match moment {
            ParsedMoment::Day(day) => When::day(day),
            ParsedMoment::Local(clock) => When::day(Day(self.local(field, clock)?)),
            ParsedMoment::Instant(seconds) => When::day(Day(self.zone.day(seconds))),
            ParsedMoment::Interval(when) => {
                *(if when.days() > 31 { &mut self.years } else { &mut self.months }) += 1;
                when
            }
        })
    }

    fn number(&mut self, field: Field<'_>, number: i64) -> Result<Option<When>, Box<Fault>> {
        let unit = if let [format] = &self.formats[..] { format.per_second() } else { None };
        // `%Y%m%d` may come as a number; a bare year is one.
        let Some(unit) = unit else { return self.text(field, &number.to_string()) };
        self.by_format += 1;
        let seconds = number.div_euclid(unit);
        Ok(in_range(seconds).then(|| When::day(Day(self.zone.day(seconds)))))
    }

    fn text(&mut self, field: Field<'_>, text: &str) -> Result<Option<When>, Box<Fault>> {
        if !self.formats.is_empty() {
            let moment = one_meaning(&self.formats, text).map_err(|[one, other]| {
                let expected = format!("a date that one of the formats reads, or all alike; {one} and {other} differ");
                Fault::new(Code::AmbiguousDate, "", text, expected)
            })?;
            return match moment {
                Some(ParsedMoment::Instant(seconds)) if !in_range(seconds) => Ok(None),
                Some(moment) => {
                    self.by_format += 1;
                    self.parsed(field, moment).map(Some)
                }
                None => Ok(None),
            };
        }
        if is_day_or_month_first(text) {
            self.search(text, 2);
            let [one, other] = two_ways(&self.proposed);
            let expected = format!("a date that reads one way only; say which with --date-format {one} or {other}");
            return Err(Fault::new(Code::AmbiguousDate, "", text, expected));
        }
        if let Some(month) = year_month(text) {
            self.months += 1;
            return Ok(Some(When::month(month.into())));
        }
        if let Some(year) = year(text) {
            self.years += 1;
            return Ok(Some(When { start: year.into(), end: Day::from(year.last_of_year()) + 1 }));
        }
        if let Some(when) = date_format::week_or_quarter(text) {
            return Ok(Some(when));
        }
        if let Some((day, seconds, zone)) = iso_moment(text) {
            let clock = i64::from(day) * 86_400 + i64::from(seconds);
            return Ok(Some(When::day(Day(match zone {
                Some(offset) => self.zone.day(clock - i64::from(offset)),
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
        let at = |seconds: i64, dates: &mut Self| Some(When::day(Day(dates.zone.day(seconds))));
        if text.contains('[') {
            return Ok(text.parse::<jiff::Zoned>().ok().and_then(|moment| at(second(moment.timestamp()), self)));
        }
        // The offset decides first: a date-time parser would accept `…+01:00` and ignore it.
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Ok(at(second(instant), self));
        }
        let Ok(moment) = text.parse::<jiff::civil::DateTime>() else { return Ok(None) };
        let Ok(clock) = TimeZone::UTC.to_timestamp(moment).map(second) else { return Ok(None) };
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

/// The text, if it is of this number of digits.
fn digits(text: &str, count: usize) -> Option<&str> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

fn year(text: &str) -> Option<Date> {
    let year = digits(text, 4)?.parse().ok().filter(|year| (1000..=3000).contains(year))?;
    Date::new(year, 1, 1).ok()
}

fn year_month(text: &str) -> Option<Date> {
    let (year, month) = text.split_once('-')?;
    Date::new(digits(year, 4)?.parse().ok()?, digits(month, 2)?.parse().ok()?, 1).ok()
}

/// The days that a text covers, for the fuzzer and tests.
///
/// # Errors
/// Those of a record.
pub fn parse(text: &str, zone: &TimeZone, formats: &[DateFormat]) -> Result<When, Box<Fault>> {
    Dates::new(zone, formats, NaiveTimes::default()).when(Field::Text(text))
}
