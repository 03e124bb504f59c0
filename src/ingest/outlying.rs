//! Dates far from all others: a year typed wrong, or a date that stands for none.
//!
//! The rule looks at the gap before the few latest dates, or after the few earliest, beside the gaps that are usual between
//! the others. Reports that come in bursts, seldom or once a year have wide gaps of their own, and keep their ends.

use crate::incident::Day;

/// Days on which programs put a date that is missing, in the calendar of any time zone.
const STAND_INS: [i32; 8] = [-719_162, -79_257, -25_570, -25_569, -25_568, -25_567, -1, 0];
/// Days at which programs put an end that is open, or at which their clocks end: 2038-01-19, 2079-06-06, 2099-12-31, 2100-01-01,
/// 2106-02-07, 2199-12-31.
const OPEN_ENDS: [i32; 6] = [24_855, 39_968, 47_481, 47_482, 49_710, 84_005];
/// Distance in days from every other date that makes such a day a stand-in.
pub(super) const ALONE_DAYS: i32 = 366;
/// Years outside which no report of any file lies: from 1700 up to 2200.
const SOUND: std::ops::Range<Day> = Day(-98_615)..Day(84_006);
/// Gap in days that is wide whatever the span of the others.
const YEARS_OFF: i32 = 1096;
/// Gap in days between ages.
const DECADES_OFF: i32 = 7305;
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
    let days = one_age(sound(days));
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
    let days = if is_alone { &days[real..] } else { days };
    let Some(real) = days.iter().rposition(|(day, _)| !OPEN_ENDS.contains(&day.0)) else { return days };
    let is_alone = real + 1 < days.len() && days[real + 1].0.0 - days[real].0.0 >= ALONE_DAYS;
    if is_alone { &days[..=real] } else { days }
}

/// The days without those of another age: an eighth of all reports or less, decades away from the rest, which lie close.
fn one_age(mut days: &[(Day, u64)]) -> &[(Day, u64)] {
    let sum = |days: &[(Day, u64)]| days.iter().map(|(_, n)| n).sum::<u64>();
    let span = |days: &[(Day, u64)]| days.last().map_or(0, |last| last.0.0 - days[0].0.0);
    let all = sum(days);
    while let Some((gap, place)) = (1..days.len()).map(|place| (days[place].0.0 - days[place - 1].0.0, place)).max() {
        let (before, after) = days.split_at(place);
        let (more, fewer) = if sum(before) >= sum(after) { (before, after) } else { (after, before) };
        if gap < DECADES_OFF || gap <= 2 * span(more) || 8 * sum(fewer) > all {
            break;
        }
        days = more;
    }
    days
}

/// First day that is not far before the others, if there is any day.
///
/// Faster than [`bulk`] where the first weeks hold too many reports to be lone ones. O(days).
pub(crate) fn first(mut days: Vec<(Day, u64)>) -> Option<Day> {
    let first = days.iter().map(|(day, _)| *day).min()?;
    let last = days.iter().map(|(day, _)| *day).max()?;
    let (mut all, mut begin) = (0, 0);
    for &(day, n) in &days {
        all += n;
        begin += if day < first + MONTHS_OFF { n } else { 0 };
    }
    let lone = few(all).max(if last.0 - first.0 < DECADES_OFF { 0 } else { all / 8 });
    if SOUND.contains(&first) && !is_stand_in(first) && begin > lone {
        return Some(first);
    }
    days.sort_unstable();
    days.dedup_by(|more, first| {
        let is_same = more.0 == first.0;
        first.1 += if is_same { more.1 } else { 0 };
        is_same
    });
    bulk(&days).map(|(first, _)| first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A generator of numbers in `0..below`.
    struct Random(u64);

    impl Random {
        fn below(&mut self, below: i32) -> i32 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i32::try_from((self.0 >> 33) % u64::from(below.unsigned_abs().max(1))).expect("below an i32")
        }
    }

    /// Days of a made-up log: by day, by week, in bursts, with a summer without reports, or seldom.
    fn log(random: &mut Random) -> Vec<i32> {
        let (start, n) = (random.below(9000) + 9000, random.below(400) + 12);
        let mut day = start;
        let kind = random.below(5);
        let rate = random.below(6) + 1;
        (0..n)
            .map(|_| {
                day += match kind {
                    0 => i32::from(random.below(rate) == 0),
                    1 => 7 * random.below(2),
                    // Two days in three are of the same burst.
                    2 => {
                        if random.below(40) > 0 {
                            random.below(2)
                        } else {
                            random.below(60)
                        }
                    }
                    3 => {
                        if (day - start) % 365 > 300 {
                            66
                        } else {
                            random.below(3)
                        }
                    }
                    _ => random.below(120),
                };
                day
            })
            .collect()
    }

    /// A year typed wrong, or a date that stands for none.
    fn typo(random: &mut Random, day: i32) -> i32 {
        match random.below(6) {
            0 => day - 730_485,
            1 => -25_567,
            2 => 0,
            3 => day + 27 * 365,
            4 => day + 180 * 365,
            _ => day - 100 * 365,
        }
    }

    fn counted(days: &[i32]) -> Vec<(Day, u64)> {
        let mut counts = std::collections::BTreeMap::new();
        for day in days {
            *counts.entry(Day(*day)).or_default() += 1;
        }
        counts.into_iter().collect()
    }

    /// Trials, of these with typos all of them noticed, and sound logs with an alarm.
    fn trials(count: u64) -> (u64, u64) {
        let (mut noticed, mut alarms) = (0, 0);
        for seed in 0..count {
            let mut random = Random(seed);
            let mut days = log(&mut random);
            let (first, last) = bulk(&counted(&days)).expect("days");
            alarms += u64::from(days.iter().any(|day| !(first.0..=last.0).contains(day)));
            let (from, to) = (days.iter().min().copied(), days.iter().max().copied());
            let typos = (days.len() / 50).max(1);
            for day in days.iter_mut().take(typos) {
                *day = typo(&mut random, *day);
            }
            let (first, last) = bulk(&counted(&days)).expect("days");
            noticed += u64::from(from <= Some(first.0) && Some(last.0) <= to);
        }
        (noticed, alarms)
    }

    #[test]
    fn dates_of_another_age_are_noticed_and_no_sound_log_is() {
        let (noticed, alarms) = trials(2000);
        assert_eq!(alarms, 0);
        assert!(noticed >= 1990, "{noticed}");
    }

    #[test]
    #[ignore = "the same at 10,000 logs"]
    fn dates_of_another_age_are_noticed_in_ten_thousand_logs() {
        let (noticed, alarms) = trials(10_000);
        assert!(alarms == 0 && noticed >= 9950, "noticed {noticed}, alarms {alarms}");
    }

    #[test]
    fn a_year_off_is_far_from_close_dates_and_not_from_rare_ones() {
        let kept = |days: &[i32]| bulk(&counted(days)).map(|(first, last)| (first.0, last.0));
        let daily: Vec<i32> = (20_000..20_300).collect();
        let with = |days: &[i32], more: &[i32]| [days, more].concat();
        assert_eq!(kept(&with(&daily, &[20_450])), Some((20_000, 20_299)));
        assert_eq!(kept(&with(&daily, &[20_340])), Some((20_000, 20_340)));
        assert_eq!(kept(&with(&daily, &[19_800])), Some((20_000, 20_299)));
        // Many reports after a silence are no typing error.
        assert_eq!(kept(&with(&daily, &(20_450..20_460).collect::<Vec<_>>())), Some((20_000, 20_459)));
        let every_two_months: Vec<i32> = (0..30).map(|k| 18_000 + 61 * k).collect();
        assert_eq!(kept(&with(&every_two_months, &[20_000])), Some((18_000, 20_000)));
        assert_eq!(kept(&with(&every_two_months, &[29_000])), Some((18_000, 19_769)));
        let yearly: Vec<i32> = (0..10).map(|k| 16_000 + 365 * k).collect();
        assert_eq!(kept(&yearly), Some((16_000, 19_285)));
        assert_eq!(kept(&with(&yearly, &[30_000])), Some((16_000, 19_285)));
        assert_eq!(kept(&[16_436, 18_262, 20_089]), Some((16_436, 20_089)));
        assert_eq!(kept(&[20_089, 20_100, 29_950]), Some((20_089, 20_100)));
        assert_eq!(kept(&[20_000]), Some((20_000, 20_000)));
        assert_eq!(kept(&[]), None);
        // A pile of dates that stand for none is nobody's beginning, but a file may begin in 1970.
        assert_eq!(kept(&with(&daily, &[0; 80])), Some((20_000, 20_299)));
        assert_eq!(kept(&with(&daily, &[47_481; 80])), Some((20_000, 20_299)));
        assert_eq!(kept(&(0..90).collect::<Vec<_>>()), Some((0, 89)));
        // A tenth of another age is noticed, and two ages of a file are not.
        assert_eq!(kept(&with(&daily, &(29_800..29_830).collect::<Vec<_>>())), Some((20_000, 20_299)));
        assert_eq!(kept(&with(&daily, &(9_000..9_100).collect::<Vec<_>>())), Some((9_000, 20_299)));
        assert_eq!(kept(&[-700_000, -690_000]), Some((-700_000, -690_000)));
    }
}
