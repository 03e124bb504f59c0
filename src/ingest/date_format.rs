//! Stated formats of dates, and the clock of times without an offset.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use crate::incident::{Day, When};
use crate::invalid::{InvalidValue, did_you_mean, named};

/// Format of dates other than ISO 8601.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(try_from = "String")]
#[non_exhaustive]
pub enum DateFormat {
    /// A pattern of `strftime`, such as `%d/%m/%Y` or `%d %B %Y %H:%M`. One without a day, such as `%b-%y`, covers the whole
    /// month. `%z` also reads `+01`, `Z`, `UTC` and `GMT`, and `%b` also `Sept`.
    Pattern(String),
    /// Seconds since 1970-01-01T00:00:00Z.
    EpochSeconds,
    /// Thousandths of seconds since then.
    EpochMillis,
    /// Millionths.
    EpochMicros,
    /// Thousand-millionths.
    EpochNanos,
    /// Days since 1970-01-01.
    EpochDays,
    /// Days of a spreadsheet, with the time as a fraction: 45817 is 2025-06-09.
    Excel,
    /// Years from April to March, such as `2025/26`.
    FinancialYear,
}

/// Formats that are not patterns, by name.
const NAMES: [(&str, DateFormat); 7] = [
    ("epoch-s", DateFormat::EpochSeconds),
    ("epoch-ms", DateFormat::EpochMillis),
    ("epoch-us", DateFormat::EpochMicros),
    ("epoch-ns", DateFormat::EpochNanos),
    ("epoch-days", DateFormat::EpochDays),
    ("excel", DateFormat::Excel),
    ("financial-year", DateFormat::FinancialYear),
];

impl FromStr for DateFormat {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        if let Some((_, format)) = NAMES.into_iter().find(|(name, _)| *name == text) {
            return Ok(format);
        }
        // A pattern that cannot write a day or a month would quarantine every record.
        let day = Date::constant(2022, 9, 17).to_zoned(TimeZone::UTC);
        let written = day.ok().and_then(|day| strtime::format(text, &day).ok());
        if written.is_some_and(|written| read(text, &written).is_some()) {
            return Ok(Self::Pattern(text.to_owned()));
        }
        let advice = did_you_mean(text, NAMES.iter().map(|(name, _)| *name)).unwrap_or_default();
        let expected = format!(
            "a pattern such as %d/%m/%Y or %b-%y, or epoch-s, epoch-ms, epoch-us, epoch-ns, epoch-days, excel or financial-year{advice}"
        );
        Err(InvalidValue::expecting("date-format", text, expected))
    }
}

impl DateFormat {
    /// Parts of a second that a number since 1970 counts.
    pub(super) fn per_second(&self) -> Option<i64> {
        match self {
            Self::EpochSeconds => Some(1),
            Self::EpochMillis => Some(1000),
            Self::EpochMicros => Some(1_000_000),
            Self::EpochNanos => Some(1_000_000_000),
            _ => None,
        }
    }
}

impl fmt::Display for DateFormat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, format)| format == self).map(|(name, _)| *name);
        match (self, name) {
            (Self::Pattern(pattern), _) if pattern.contains(' ') => write!(out, "{pattern:?}"),
            (Self::Pattern(pattern), _) => out.write_str(pattern),
            (_, name) => out.write_str(name.unwrap_or_default()),
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ParsedMoment {
    Day(Day),
    /// Seconds since 1970-01-01T00:00:00 on a local clock.
    Local(i64),
    /// Seconds since 1970-01-01T00:00:00Z.
    Instant(i64),
    /// Days that something may have happened on.
    Interval(When),
}

/// Reads a text by a pattern.
pub(super) fn read(pattern: &str, text: &str) -> Option<ParsedMoment> {
    let parts = strtime::parse(pattern, plain(pattern, text).as_ref()).ok()?;
    if let Ok(instant) = parts.to_timestamp() {
        return Some(ParsedMoment::Instant(second(instant)));
    }
    if parts.iana_time_zone().is_some() {
        return Some(ParsedMoment::Instant(second(parts.to_zoned().ok()?.timestamp())));
    }
    let Ok(day) = parts.to_date().map(Day::from) else {
        let is_month = parts.day().is_none() && parts.day_of_year().is_none();
        let month = Date::new(parts.year()?, parts.month().filter(|_| is_month)?, 1).ok()?;
        return Some(ParsedMoment::Interval(When::month(month.into())));
    };
    let Ok(time) = parts.to_time() else { return Some(ParsedMoment::Day(day)) };
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    Some(ParsedMoment::Local(i64::from(day.0) * 86_400 + seconds))
}

/// A text in the forms that patterns read: `Sept` as `Sep`, and for `%z` an offset of four digits.
fn plain<'a>(pattern: &str, text: &'a str) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(text);
    if let Some(at) = text.to_ascii_lowercase().find("sept").filter(|at| !text[at + 4..].starts_with(['e', 'E'])) {
        text = Cow::Owned(format!("{}{}", &text[..at + 3], &text[at + 4..]));
    }
    if !pattern.ends_with("%z") {
        return text;
    }
    // A comment may follow, as in `GMT+0100 (British Summer Time)`.
    let whole = text.split(" (").next().unwrap_or_default();
    let named = |name: &str| whole.strip_suffix(name);
    let (head, offset) = if let Some(head) = named("UTC").or_else(|| named("GMT")).or_else(|| named("Z")) {
        (head, "+0000".to_owned())
    } else {
        let Some(at) = whole.rfind(['+', '-']) else { return text };
        let digits = whole[at + 1..].replace(':', "");
        // `+1` could be one hour or ten.
        if !matches!(digits.len(), 2 | 4 | 6) {
            return text;
        }
        let head = whole[..at].trim_end_matches("UTC").trim_end_matches("GMT");
        (head, format!("{}{digits:0<4}", &whole[at..=at]))
    };
    Cow::Owned(format!("{head}{offset}"))
}

/// Local seconds since 1970 of a spreadsheet's number of days, or the day of a whole one.
///
/// From 61, 1900-03-01, on: before it spreadsheets count a day that never was.
pub(super) fn of_spreadsheet(number: f64) -> Option<ParsedMoment> {
    const DAY_OF_1970: i32 = 25_569;
    let days = Some(number.floor()).filter(|days| (61.0..=2_958_465.0).contains(days))? as i32 - DAY_OF_1970;
    let seconds = ((number - number.floor()) * 86_400.0).round() as i64;
    Some(match seconds {
        0 => ParsedMoment::Day(Day(days)),
        _ => ParsedMoment::Local(i64::from(days) * 86_400 + seconds),
    })
}

/// The days of a financial year such as `2025/26`, `2025-26` or `2025/2026`.
pub(super) fn financial_year(text: &str) -> Option<When> {
    let (first, second) = text.split_once(['/', '-'])?;
    let number = |text: &str| text.parse::<i16>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let year = number(first).filter(|_| first.len() == 4)?;
    let next = number(second).filter(|_| matches!(second.len(), 2 | 4))?;
    let follows = if second.len() == 4 { next == year + 1 } else { next == (year + 1) % 100 };
    let april = |year: i16| Date::new(year, 4, 1).ok().map(Day::from);
    Some(When { start: april(year)?, end: april(year + 1)? }).filter(|_| follows)
}

/// The days of a week such as `2025-W23`, from Monday, or of a quarter such as `2025-Q2`.
pub(super) fn week_or_quarter(text: &str) -> Option<When> {
    let (year, part) = text.split_once('-')?;
    let number = |digits: &str, length: usize| {
        let is_number = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i16>().ok().filter(|_| is_number)
    };
    let year = number(year, 4)?;
    if let Some(week) = part.strip_prefix('W') {
        let week = i8::try_from(number(week, 2)?).ok()?;
        let monday = Day::from(ISOWeekDate::new(year, week, Weekday::Monday).ok()?.date());
        return Some(When { start: monday, end: monday + 7 });
    }
    let quarter = number(part.strip_prefix('Q')?, 1).filter(|quarter| (1..=4).contains(quarter))?;
    let month = |month: i16| Date::new(year, i8::try_from(month).ok()?, 1).ok().map(Day::from);
    Some(When { start: month(3 * quarter - 2)?, end: month(3 * quarter)?.end_of_month() })
}

/// Time that a text means by a format.
pub(super) fn meaning(format: &DateFormat, text: &str) -> Option<ParsedMoment> {
    match format {
        DateFormat::Pattern(pattern) => read(pattern, text),
        DateFormat::EpochDays => text.parse().ok().map(|days| ParsedMoment::Day(Day(days))),
        DateFormat::Excel => text.parse().ok().and_then(of_spreadsheet),
        DateFormat::FinancialYear => financial_year(text).map(ParsedMoment::Interval),
        _ => Some(ParsedMoment::Instant(text.parse::<i64>().ok()?.div_euclid(format.per_second()?))),
    }
}

/// Time that a text means by the first of several formats that reads it, or the two that read it as different times.
pub(super) fn one_meaning<'a>(
    formats: &'a [DateFormat],
    text: &str,
) -> Result<Option<ParsedMoment>, [&'a DateFormat; 2]> {
    let found = formats.iter().filter_map(|format| Some((format, meaning(format, text)?)));
    // `%Y` reads 25 as the year 25, where `%y` is meant.
    let (sound, odd): (Vec<_>, Vec<_>) = found.partition(|(_, moment)| !moment.is_before_year(1000));
    let found = if sound.is_empty() { odd } else { sound };
    let Some((first, moment)) = found.first() else { return Ok(None) };
    match found.iter().find(|(_, other)| other != moment) {
        Some((other, _)) => Err([*first, *other]),
        None => Ok(Some(*moment)),
    }
}

impl ParsedMoment {
    fn is_before_year(self, year: i16) -> bool {
        let start = Date::new(year, 1, 1).map_or(0, |date| i64::from(Day::from(date).0));
        let day = match self {
            Self::Day(day) => day.0.into(),
            Self::Local(seconds) | Self::Instant(seconds) => seconds.div_euclid(86_400),
            Self::Interval(when) => when.start.0.into(),
        };
        day < start
    }
}

/// True if a text can be read by a format.
pub(super) fn reads(format: &DateFormat, text: &str) -> bool {
    meaning(format, text).is_some()
}

/// Forms of days and of times, as files have them.
const DAYS: [&str; 24] = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%m.%d.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y-%m-%d",
    "%Y%m%d",
    "%d %B %Y",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%a, %d %b %Y",
    "%a %b %d %Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%m.%d.%y",
    "%d-%m-%y",
    "%m-%d-%y",
    "%d-%b-%y",
    "%d %b %Y",
    "%b %d, %Y",
];
const TIMES: [&str; 7] = ["", " %H:%M", " %H:%M:%S%.f", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S%.f", ", %H:%M"];
const ZONES: [&str; 4] = ["", "%z", " %z", " %Q"];
const MONTHS: [&str; 8] = ["%b-%y", "%b-%Y", "%B %Y", "%b %y", "%m/%Y", "%m-%Y", "%Y/%m", "%Y%m"];

/// Formats by which a text can be read, at most two; of months and days the British order first.
pub(super) fn proposals(text: &str) -> Vec<DateFormat> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        // Spreadsheet days and parts of seconds of 1980 to 2100; other numbers are more often patterns.
        let known = match number.abs() {
            number if (29_221.0..73_416.0).contains(&number) => Some(DateFormat::Excel),
            number if (3.2e8..4.2e9).contains(&number) => Some(DateFormat::EpochSeconds),
            number if (3.2e11..4.2e12).contains(&number) => Some(DateFormat::EpochMillis),
            number if (3.2e14..4.2e15).contains(&number) => Some(DateFormat::EpochMicros),
            number if (3.2e17..4.2e18).contains(&number) => Some(DateFormat::EpochNanos),
            _ => None,
        };
        if known.is_some() {
            return known.into_iter().collect();
        }
    }
    if financial_year(text).is_some() {
        return vec![DateFormat::FinancialYear];
    }
    let is_year_plausible = |pattern: &&String| match read(pattern, text) {
        None => false,
        Some(ParsedMoment::Day(day)) => {
            (Day::from(Date::constant(1900, 1, 1))..Day::from(Date::constant(2101, 1, 1))).contains(&day)
        }
        Some(_) => true,
    };
    let timed = DAYS.iter().flat_map(|day| TIMES.iter().map(move |time| (day, time)));
    let zoned = timed.flat_map(|(day, time)| {
        let zones = if time.is_empty() { &ZONES[..1] } else { &ZONES[..] };
        zones.iter().map(move |zone| format!("{day}{time}{zone}"))
    });
    let all: Vec<String> = zoned.chain(MONTHS.map(str::to_owned)).collect();
    let mut fit = all.iter().filter(is_year_plausible).map(|pattern| pattern.replace("%.f", ""));
    let Some(first) = fit.next() else { return Vec::new() };
    let other = fit.find(|other| is_other_order(&first, other));
    let usable = |pattern: String| pattern.parse().ok().filter(|_| read(&pattern, text).is_some());
    // A fraction of a second has to be named where there is one.
    let with_fraction = |pattern: String| usable(pattern.clone()).or_else(|| usable(pattern.replace("%S", "%S%.f")));
    [Some(first), other].into_iter().flatten().filter_map(with_fraction).collect()
}

/// The two formats among those that fit, where day and month may be either.
pub(super) fn two_ways(proposed: &[DateFormat]) -> [DateFormat; 2] {
    let either = || ["%d/%m/%Y", "%m/%d/%Y"].map(|pattern| DateFormat::Pattern(pattern.to_owned()));
    proposed.to_vec().try_into().unwrap_or_else(|_| either())
}

/// True for nothing, or a time as it follows a date.
fn is_time(rest: &str) -> bool {
    let text = format!("2022-09-17{rest}");
    // A zone follows a time alone.
    let mut forms = TIMES[1..].iter().flat_map(|time| ZONES.iter().map(move |zone| format!("%Y-%m-%d{time}{zone}")));
    rest.is_empty() || forms.any(|form| read(&form, &text).is_some())
}

/// True for patterns that differ in the order of day and month only.
fn is_other_order(one: &str, other: &str) -> bool {
    one != other && one.replace("%d", "*").replace("%m", "*") == other.replace("%d", "*").replace("%m", "*")
}

/// The second a moment falls in. The library cuts fractions off towards 1970, which before it is the second after.
pub(super) fn second(moment: Timestamp) -> i64 {
    moment.as_second() - i64::from(moment.subsec_nanosecond() < 0)
}

/// `d/m/y` and the like, both numbers small enough to be either, alone or with a time that can be read.
pub(super) fn is_day_or_month_first(text: &str) -> bool {
    let date = text.split([' ', 'T', ',']).next().unwrap_or_default();
    let Some(separator) = date.chars().find(|letter| ['/', '.', '-'].contains(letter)) else { return false };
    let parts: Vec<&str> = date.split(separator).collect();
    let [first, second, year] = parts[..] else { return false };
    let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.len() <= 2);
    let is_year = matches!(year.len(), 2 | 4) && year.bytes().all(|byte| byte.is_ascii_digit());
    let either = |number: Option<u32>| number.is_some_and(|number| (1..=12).contains(&number));
    is_year && either(number(first)) && either(number(second)) && is_time(&text[date.len()..])
}
