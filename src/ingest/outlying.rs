//! Dates far from all others: a year typed wrong, or a date that stands for none.
//!
//! The rule looks at the gap before the few latest dates, or after the few earliest, beside the gaps that are usual between
//! the others. Reports that come in bursts, seldom or once a year have wide gaps of their own, and keep their ends.

use crate::incident::Day;

/// Days on which programs put a date that is missing, in the calendar of any time zone.
const STAND_INS: [i32; 8] = [-719_162, -79_257, -25_570, -25_569, -25_568, -25_567, -1, 0];
/// Distance in days from every other date that makes such a day a stand-in.
const ALONE_DAYS: i32 = 366;
/// Years outside which no report of any file lies: from 1700 up to 2200.
const SOUND: std::ops::Range<Day> = Day(-98_615)..Day(84_006);
/// Gap in days that is wide whatever the span of the others.
const YEARS_OFF: i32 = 1096;
/// Gap in days that is wide if the others lie close and span half as much.
const MONTHS_OFF: i32 = 90;
/// Days with a date below which a gap of months says little.
const MIN_DAYS: usize = 20;

/// True for a day that stands for no date in many programs, such as 1900-01-01 or 1970-01-01.
#[inline]
pub(super) fn is_stand_in(day: Day) -> bool {
    day.0 <= 0 && STAND_INS.contains(&day.0)
}

/// First and last of the days, sorted and with the number of their reports, that are not far from the others.
///
/// `None` without a day. O(days).
pub(crate) fn bulk(days: &[(Day, u64)]) -> Option<(Day, Day)> {
    let days = sound(days);
    let all: u64 = days.iter().map(|(_, n)| n).sum();
    let few = few(all);
    let (mut low, mut high) = (beyond(days.iter(), few), days.len().checked_sub(1 + beyond(days.iter().rev(), few))?);
    let gap = |place: usize| days[place + 1].0.0 - days[place].0.0;
    let is_tiny = all < 5;
    let (span, count) = (days[high].0.0 - days[low].0.0, high - low + 1);
    let usual = (low..high).map(gap).max().unwrap_or(0);
    // Of very few dates, those at the other end are all there is to compare with.
    let others = |places: std::ops::Range<usize>| if is_tiny { places.map(gap).max().unwrap_or(0) } else { 0 };
    let is_far = |gap: i32, usual: i32, few: u64| {
        let times = if count >= MIN_DAYS {
            4
        } else if count >= 6 {
            8
        } else {
            16
        };
        let is_near = count < MIN_DAYS || gap < MONTHS_OFF || gap > 2 * span || few > (all / 50).max(3);
        gap > times * usual.max(1) && (gap >= YEARS_OFF || !is_near)
    };
    let (mut later, mut earlier) = (usual.max(others(0..low)), usual.max(others(high..days.len() - 1)));
    let mut left: u64 = days[high + 1..].iter().map(|(_, n)| n).sum();
    while high + 1 < days.len() && !is_far(gap(high), later, left) {
        later = later.max(gap(high));
        high += 1;
        left -= days[high].1;
    }
    let mut left: u64 = days[..low].iter().map(|(_, n)| n).sum();
    while low > 0 && !is_far(gap(low - 1), earlier, left) {
        earlier = earlier.max(gap(low - 1));
        low -= 1;
        left -= days[low].1;
    }
    Some((days[low].0, days[high].0))
}

/// Reports at either end that may be far from the others.
fn few(all: u64) -> u64 {
    match all {
        0..3 => 0,
        3..5 => 1,
        _ => (all / 20).max((all / 5).min(3)),
    }
}

/// Number of days at an end that hold up to so many reports.
fn beyond<'a>(days: impl Iterator<Item = &'a (Day, u64)>, few: u64) -> usize {
    let mut sum = 0;
    days.take_while(|(_, n)| {
        sum += n;
        sum <= few
    })
    .count()
}

/// The days without stand-ins at the beginning and years of no report at either end, unless these are all there is.
fn sound(days: &[(Day, u64)]) -> &[(Day, u64)] {
    let within = |&&(day, _): &&(Day, u64)| SOUND.contains(&day);
    let from = days.iter().position(|day| within(&day)).unwrap_or(0);
    let to = days.iter().rposition(|day| within(&day)).map_or(days.len(), |last| last + 1);
    let days = &days[from..to];
    let Some(real) = days.iter().position(|&(day, _)| !is_stand_in(day)) else { return days };
    let is_alone = real > 0 && days[real].0.0 - days[real - 1].0.0 >= ALONE_DAYS;
    if is_alone { &days[real..] } else { days }
}

/// First day that is not far before the others, if there is any day.
///
/// Faster than [`bulk`] where the first weeks hold too many reports to be lone ones. O(days).
pub(crate) fn first(mut days: Vec<(Day, u64)>) -> Option<Day> {
    let first = days.iter().map(|(day, _)| *day).min()?;
    let (mut all, mut begin) = (0, 0);
    for &(day, n) in &days {
        all += n;
        begin += if day < first + MONTHS_OFF { n } else { 0 };
    }
    if SOUND.contains(&first) && !is_stand_in(first) && begin > few(all) {
        return Some(first);
    }
    days.sort_unstable();
    bulk(&days).map(|(first, _)| first)
}
