//! Numbers that are dates in another unit than the stated one: seconds read as milliseconds, spreadsheet days as seconds.
//!
//! The length of a number in bits tells its unit, as far as dates of 1978 to 2106 go. So one count by length shows in which unit
//! a whole column is.

use jiff::civil::Date;

use super::date_format::{DateFormat, ParsedMoment, meaning};
use super::days::DayCount;
use crate::incident::Day;

/// Share of the numbers that must have the other unit.
const MOST: f64 = 0.9;
/// Bits of numbers that are dates of our time, from and up to, by unit.
static LENGTHS: [(DateFormat, u32, u32); 7] = [
    (DateFormat::EpochDays, 14, 16),
    (DateFormat::Excel, 16, 17),
    (DateFormat::Pattern(String::new()), 25, 26),
    (DateFormat::EpochSeconds, 29, 33),
    (DateFormat::EpochMillis, 39, 43),
    (DateFormat::EpochMicros, 49, 53),
    (DateFormat::EpochNanos, 59, 63),
];

/// Pattern of days as numbers of eight digits.
const DIGITS: &str = "%Y%m%d";

/// Numbers of a column by their length.
#[derive(Clone, Debug)]
pub(super) struct NumberLengths {
    stated: DateFormat,
    /// Least and largest number of each length in bits, and how many there are.
    lengths: [(i64, i64, u64); 65],
    /// Numbers that are whole seconds by the stated unit.
    whole: u64,
    /// Numbers of eight digits that are a day.
    days: u64,
}

/// Unit that fits a column, beside the stated one.
#[derive(Debug)]
pub(super) struct OtherUnit {
    pub(super) stated: DateFormat,
    pub(super) fits: DateFormat,
    pub(super) count: u64,
    /// The least of its numbers.
    pub(super) found: i64,
    /// Day of that number by the stated unit, if it is one.
    pub(super) now: Option<Day>,
    /// First and last day by the unit that fits.
    pub(super) then: (Day, Day),
}

impl NumberLengths {
    /// An account for one stated unit; `None` where texts or several formats are stated.
    pub(super) fn of(formats: &[DateFormat]) -> Option<Box<Self>> {
        let [stated] = formats else { return None };
        let is_unit = LENGTHS.iter().any(|(unit, ..)| unit == stated) || *stated == digits();
        let new = || Self { stated: stated.clone(), lengths: [(i64::MAX, i64::MIN, 0); 65], whole: 0, days: 0 };
        is_unit.then(|| Box::new(new()))
    }

    /// Counts a text if it is a number.
    pub(super) fn add_text(&mut self, text: &str) {
        if let Ok(number) = text.parse::<f64>() {
            self.add(number as i64);
        }
    }

    pub(super) fn add(&mut self, number: i64) {
        let (least, largest, count) = &mut self.lengths[64 - number.unsigned_abs().leading_zeros() as usize];
        (*least, *largest, *count) = (number.min(*least), number.max(*largest), *count + 1);
        self.whole += u64::from(number % self.stated.per_second().unwrap_or(1) == 0);
        let (month, day) = (number / 100 % 100, number % 100);
        self.days += u64::from((1..=12).contains(&month) && (1..=31).contains(&day));
    }

    /// The unit of most numbers, if the stated one makes no sense of them.
    pub(super) fn other_unit(&self) -> Option<OtherUnit> {
        let all: u64 = self.lengths.iter().map(|(.., count)| count).sum();
        let is_most = |count: u64| all > 0 && count as f64 >= MOST * all as f64;
        let of = |from: u32, to: u32| &self.lengths[from as usize..to as usize];
        let count = |from, to| of(from, to).iter().map(|(.., count)| count).sum::<u64>();
        let (unit, from, to) = LENGTHS.iter().find(|(_, from, to)| is_most(count(*from, *to)))?;
        let fits = if matches!(unit, DateFormat::Pattern(_)) { digits() } else { unit.clone() };
        let is_other = match (&self.stated, &fits) {
            (stated, fits) if stated == fits => false,
            // Days of 1922 to 1989 in a spreadsheet are days of 1992 to 2059 since 1970.
            (DateFormat::Excel, DateFormat::EpochDays) => false,
            // Whole seconds in parts of a second: the file really is of 1970.
            (DateFormat::EpochMillis, DateFormat::EpochSeconds)
            | (DateFormat::EpochMicros, DateFormat::EpochMillis)
            | (DateFormat::EpochNanos, DateFormat::EpochMicros) => !is_most(self.whole),
            (_, DateFormat::Pattern(_)) => is_most(self.days),
            _ => true,
        };
        let day = |format: &DateFormat, number: i64| match meaning(format, &number.to_string())? {
            ParsedMoment::Day(day) => Some(day),
            ParsedMoment::Local(seconds) | ParsedMoment::Instant(seconds) => {
                i32::try_from(seconds.div_euclid(86_400)).ok().map(Day).filter(|day| Day::RANGE.contains(day))
            }
            ParsedMoment::Interval(when) => Some(when.start),
        };
        let filled = || of(*from, *to).iter().filter(|(.., count)| *count > 0);
        let (least, largest) = (filled().map(|length| length.0).min()?, filled().map(|length| length.1).max()?);
        is_other.then_some(OtherUnit {
            count: count(*from, *to),
            found: least,
            now: day(&self.stated, least),
            then: (day(&fits, least)?, day(&fits, largest)?),
            stated: self.stated.clone(),
            fits,
        })
    }
}

fn digits() -> DateFormat {
    DateFormat::Pattern(DIGITS.to_owned())
}

/// The pattern with a year of two digits, where one of four reads years before 100.
pub(super) fn short_year(formats: &[DateFormat], days: &[DayCount]) -> Option<(DateFormat, Day)> {
    let [DateFormat::Pattern(pattern)] = formats else { return None };
    let is_early = |count: &&DayCount| count.day < Day::from(Date::constant(100, 1, 1));
    let sum = |days: &mut dyn Iterator<Item = &DayCount>| days.map(|count| count.n).sum::<u64>();
    let (all, early) = (sum(&mut days.iter()), sum(&mut days.iter().filter(is_early)));
    let is_it = pattern.contains("%Y") && all > 0 && early as f64 >= MOST * all as f64;
    is_it.then(|| Some((DateFormat::Pattern(pattern.replace("%Y", "%y")), days.first()?.day))).flatten()
}
