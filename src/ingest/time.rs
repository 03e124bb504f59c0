//! From what a record says about its time to a [`When`]. Only unambiguous forms are taken: ISO 8601 days, months and
//! moments. `03/04/2022` is refused, never guessed.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::{Fault, Field, Reason};
use crate::incident::{Day, When};

const EXPECTED: &str = "ISO 8601: 2022-09-17, 2022-09, 2022-09-17T21:30 or 2022-09-17T21:30:00Z";

/// The days a record covers. A moment with an offset becomes its local day in `zone`; one without is already local; a
/// month stays a month.
///
/// # Errors
/// `Q_NO_DATE` when there is none, `Q_BAD_DATE` for any other form.
pub fn parse(column: &str, field: Field<'_>, zone: &TimeZone) -> Result<When, Fault> {
    if field.is_blank() {
        return Err(Fault::new(Reason::NoDate, column, "nothing", EXPECTED));
    }
    let parsed = match field {
        // A day number can be anything, and is looked at before it is counted with.
        Field::Day(day) if Day::RANGE.contains(&day) => Some(When::day(day)),
        Field::Instant(instant) => Some(When::day(local(instant, zone))),
        Field::Local(local) => Some(When::day(local.date().into())),
        Field::Text(text) => when(text.trim(), zone),
        _ => None,
    };
    parsed.filter(|when| when.is_sound()).ok_or_else(|| Fault::new(Reason::BadDate, column, field.shown(), EXPECTED))
}

fn local(instant: Timestamp, zone: &TimeZone) -> Day {
    zone.to_datetime(instant).date().into()
}

fn when(text: &str, zone: &TimeZone) -> Option<When> {
    if let Some(month) = year_month(text) {
        return Some(When::month(month.into()));
    }
    if text.len() == 10 {
        return text.parse::<Date>().ok().map(|date| When::day(date.into()));
    }
    if text.contains('[') {
        return text.parse::<Zoned>().ok().map(|moment| When::day(local(moment.timestamp(), zone)));
    }
    // The offset decides first: a date-time parser would accept `…+01:00` and ignore it.
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(When::day(local(instant, zone)));
    }
    text.parse::<DateTime>().ok().map(|moment| When::day(moment.date().into()))
}

fn year_month(text: &str) -> Option<Date> {
    let (year, month) = text.split_once('-')?;
    let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(year, 4) && digits(month, 2)).then_some(())?;
    Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(text: &str) -> Option<(String, i32)> {
        let london = TimeZone::get("Europe/London").ok()?;
        let when = parse("date", Field::Text(text), &london).ok()?;
        Some((when.start.to_string(), when.days()))
    }

    #[test]
    fn moments_become_local_days_and_months_stay_months() {
        for (text, start, length) in [
            ("2022-09-17", "2022-09-17", 1),
            ("2022-09", "2022-09-01", 30),
            ("2024-02", "2024-02-01", 29),
            ("2022-09-17T21:30:00", "2022-09-17", 1),
            ("2022-09-17 21:30:00.000", "2022-09-17", 1),
            // 23:30 UTC is half past midnight the next day in British Summer Time, and the same day in winter.
            ("2022-09-17T23:30:00Z", "2022-09-18", 1),
            ("2022-01-17T23:30:00Z", "2022-01-17", 1),
            ("2022-09-17T23:30:00+02:00", "2022-09-17", 1),
            ("2022-09-17T23:30:00[America/New_York]", "2022-09-18", 1),
            ("9999-12-30", "9999-12-30", 1),
        ] {
            assert_eq!(days(text), Some((start.to_owned(), length)), "{text}");
        }
    }

    #[test]
    fn what_could_be_misread_is_refused() {
        for text in [
            "03/04/2022",
            "17 September 2022",
            "2022-13",
            "2022-02-30",
            "44821",
            "20220917x",
            "2022",
            "2022-09-17T23:30:00[Mars/Base]",
            "+024-01",
            "2024-+1",
            "9999-12",
            "-000001-01-01",
        ] {
            assert_eq!(days(text), None, "{text}");
        }
    }
}
