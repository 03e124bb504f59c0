//! ISO 8601 moments and the calendar, in the forms that nearly all files have and without a library between.

/// `YYYY-MM-DD`, or that with `T` or a space and `hh:mm[:ss[.fff…]]` and `Z` or `±hh:mm`. The result is the day since
/// 1970, the second of the day, and the seconds the clock is ahead of UTC if they are stated.
#[inline]
pub(super) fn iso_moment(text: &str) -> Option<(i32, u32, Option<i32>)> {
    let bytes = text.as_bytes();
    let day = date(bytes)?;
    if bytes.len() == 10 {
        return Some((day, 0, None));
    }
    let (second, offset) = clock(&bytes[10..])?;
    Some((day, second, offset))
}

/// Parses `YYYY-MM-DDThh:mm:ssZ`, the form that programs write, faster than [`iso_moment`].
#[inline]
pub(super) fn iso_utc(text: &str) -> Option<(i32, u32)> {
    let bytes: &[u8; 20] = text.as_bytes().try_into().ok()?;
    if bytes[10] != b'T' || bytes[19] != b'Z' {
        return None;
    }
    Some((date(bytes)?, second_of_day(eight(bytes, 11)?)?))
}

/// Days since 1970 of the date at the start of a text.
#[inline]
fn date(bytes: &[u8]) -> Option<i32> {
    let [yy, month, day] = triple(eight(bytes, 2)?, b'-')?;
    day_number(pair(bytes)? * 100 + yy, month, day)
}

/// The second of the day of `hh:mm:ss`.
#[inline]
fn second_of_day(clock: u64) -> Option<u32> {
    let [hour, minute, second] = triple(clock, b':')?;
    (hour <= 23 && minute <= 59 && second <= 59).then_some(hour * 3600 + minute * 60 + second)
}

/// `T` or a space and `hh:mm`, with or without seconds, their fraction, and an offset.
fn clock(text: &[u8]) -> Option<(u32, Option<i32>)> {
    let [b'T' | b' ' | b't', text @ ..] = text else { return None };
    let has_seconds = text.get(5) == Some(&b':');
    let (clock, rest) = match eight(text, 0) {
        Some(clock) if has_seconds => (clock, &text[8..]),
        _ => {
            let [a, b, c, d, e] = *text.first_chunk()?;
            (u64::from_le_bytes([a, b, c, d, e, b':', b'0', b'0']), &text[5..])
        }
    };
    let second = second_of_day(clock)?;
    let rest = match rest {
        // One of a minute, as in `23:59.5`, is an error in the library.
        [b'.', fraction @ ..] if has_seconds => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            &fraction[digits..]
        }
        rest => rest,
    };
    let offset = match rest {
        [] => None,
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), offset @ ..] => {
            let (hours, minutes) = match offset.len() {
                5 if offset[2] == b':' => (pair(offset)?, pair(&offset[3..])?),
                4 => (pair(offset)?, pair(&offset[2..])?),
                2 => (pair(offset)?, 0),
                _ => return None,
            };
            if hours > 18 || minutes > 59 {
                return None;
            }
            let seconds = (hours * 3600 + minutes * 60) as i32;
            Some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => return None,
    };
    Some((second, offset))
}

/// A digit's value; of any other character a number above 9.
#[inline]
fn digit(byte: u8) -> u32 {
    u32::from(byte.wrapping_sub(b'0'))
}

/// A number of two digits.
#[inline]
fn pair(pair: &[u8]) -> Option<u32> {
    let (tens, ones) = (digit(*pair.first()?), digit(*pair.get(1)?));
    (tens < 10 && ones < 10).then_some(tens * 10 + ones)
}

/// Eight bytes, the first the lowest.
#[inline]
fn eight(bytes: &[u8], from: usize) -> Option<u64> {
    bytes.get(from..)?.first_chunk().map(|eight| u64::from_le_bytes(*eight))
}

/// Three numbers of two digits with separators between, as `22-09-17` and `21:30:00`: every byte is looked at in one sum.
#[inline]
fn triple(text: u64, separator: u8) -> Option<[u32; 3]> {
    const EACH: u64 = u64::MAX / 255;
    const BETWEEN: u64 = 0x0000_ff00_00ff_0000;
    // Added to a digit above 9 or a separator above 0, these reach the upper bit.
    const ROOM: u64 = ((EACH * 0x76) & !BETWEEN) | ((EACH * 0x7f) & BETWEEN);
    let zeros = ((EACH * 0x30) & !BETWEEN) | ((EACH * u64::from(separator)) & BETWEEN);
    let values = text ^ zeros;
    let beyond = values.wrapping_add(ROOM) | values;
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8);
    let pair = |at: u32| u32::from((pairs >> (8 * at)) as u8);
    (beyond & (EACH * 0x80) == 0).then(|| [pair(0), pair(3), pair(6)])
}

/// Days since 1970-01-01 of a date of the Gregorian calendar, years 1 to 9999.
#[inline]
fn day_number(year: u32, month: u32, day: u32) -> Option<i32> {
    /// Days of a common year before each month, and before the next.
    const BEFORE: [u32; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
    // One or none, without a branch: years come in no order that could be guessed.
    let divides = |by: u32| u32::from(year.is_multiple_of(by));
    let leap = divides(4) - divides(100) + divides(400);
    let before = *BEFORE.get((month as usize).wrapping_sub(1))?;
    let length = BEFORE.get(month as usize)? - before + leap * u32::from(month == 2);
    if day == 0 || day > length || year == 0 {
        return None;
    }
    let years = year - 1;
    let days = years * 365 + years / 4 - years / 100 + years / 400 + before + leap * u32::from(month > 2) + day;
    Some(days as i32 - 719_163)
}

/// Months from March of the year 0 to that of a day since 1970, by Hinnant, *chrono-compatible low-level date algorithms*,
/// `civil_from_days`.
pub(super) fn month_number(day: i32) -> i32 {
    let day = day + 719_468;
    let (era, day_of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    (era * 400 + year_of_era) * 12 + (5 * day_of_year + 2) / 153
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::month_number;
    use crate::incident::Day;

    #[test]
    fn months_are_those_of_the_calendar() {
        let mut day = Date::constant(1, 1, 1);
        while day.year() < 2400 {
            let months = i32::from(day.year()) * 12 + i32::from(day.month()) - 3;
            assert_eq!(month_number(Day::from(day).0), months, "{day}");
            day = day.saturating_add(jiff::Span::new().days(11));
        }
    }
}
