//! Stated formats of dates, and the clock of times without an offset.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use crate::incident::Day;
use crate::invalid::{InvalidValue, did_you_mean, named};

/// Format of dates other than ISO 8601.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(try_from = "String")]
#[non_exhaustive]
pub enum DateFormat {
    /// A pattern of `strftime`, such as `%d/%m/%Y` or `%d %B %Y %H:%M`.
    Pattern(String),
    /// Seconds since 1970-01-01T00:00:00Z.
    EpochSeconds,
    /// Thousandths of seconds since then.
    EpochMillis,
}

impl FromStr for DateFormat {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        match text {
            "epoch-s" => Ok(Self::EpochSeconds),
            "epoch-ms" => Ok(Self::EpochMillis),
            _ => {
                // A pattern that cannot write a day would quarantine every record.
                let day = Date::constant(2022, 9, 17).to_zoned(TimeZone::UTC);
                let written = day.ok().and_then(|day| strtime::format(text, &day).ok());
                let back = written.and_then(|written| strtime::parse(text, written).ok());
                let usable = back.is_some_and(|parts| parts.to_date().is_ok() || parts.to_timestamp().is_ok());
                let advice = did_you_mean(text, ["epoch-s", "epoch-ms"]).unwrap_or_default();
                let expected = format!("a pattern such as %d/%m/%Y or %Y%m%d, or epoch-s or epoch-ms{advice}");
                usable
                    .then(|| Self::Pattern(text.to_owned()))
                    .ok_or_else(|| InvalidValue::expecting("date-format", text, expected))
            }
        }
    }
}

impl TryFrom<String> for DateFormat {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        text.parse()
    }
}

/// Clock of times without an offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NaiveTimes {
    /// Clocks of the analysis time zone.
    #[default]
    Local,
    /// Coordinated Universal Time: what a system wrote that dropped its `Z`.
    Utc,
}

impl FromStr for NaiveTimes {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        named("naive-times", text, [("local", Self::Local), ("utc", Self::Utc)])
    }
}

/// Outcome of parsing a text by a pattern.
pub(super) enum ParsedMoment {
    Day(Day),
    /// Seconds since 1970-01-01T00:00:00 on a local clock.
    Local(i64),
    /// Seconds since 1970-01-01T00:00:00Z.
    Instant(i64),
}

/// Reads a text by a pattern.
pub(super) fn read(pattern: &str, text: &str) -> Option<ParsedMoment> {
    let parts = strtime::parse(pattern, text).ok()?;
    if let Ok(instant) = parts.to_timestamp() {
        return Some(ParsedMoment::Instant(second(instant)));
    }
    let day = Day::from(parts.to_date().ok()?);
    let Ok(time) = parts.to_time() else { return Some(ParsedMoment::Day(day)) };
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    Some(ParsedMoment::Local(i64::from(day.0) * 86_400 + seconds))
}

/// The second a moment falls in. The library cuts fractions off towards 1970, which before it is the second after.
pub(super) fn second(moment: Timestamp) -> i64 {
    moment.as_second() - i64::from(moment.subsec_nanosecond() < 0)
}

/// `d/m/y` and the like, both numbers small enough to be either.
pub(super) fn is_day_or_month_first(text: &str) -> bool {
    let date = text.split([' ', 'T', ',']).next().unwrap_or_default();
    let parts: Vec<&str> = date.split(['/', '.', '-']).collect();
    let [first, second, year] = parts[..] else { return false };
    let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.len() <= 2);
    let is_year = matches!(year.len(), 2 | 4) && year.bytes().all(|byte| byte.is_ascii_digit());
    let either = |number: Option<u32>| number.is_some_and(|number| (1..=12).contains(&number));
    is_year && either(number(first)) && either(number(second))
}
