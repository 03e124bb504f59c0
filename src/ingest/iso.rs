//! ISO 8601 moments and the calendar, in the forms that nearly all files have and without a library between.

/// `YYYY-MM-DD`, or that with `T` or a space and `hh:mm[:ss[.fff…]]` and `Z` or `±hh:mm`: day since 1970, second of the
/// day, and seconds the clock is ahead of UTC if it says so.
#[inline]
pub(super) fn iso_moment(text: &str) -> Option<(i32, u32, Option<i32>)> {
    let bytes = text.as_bytes();
    let date: &[u8; 10] = bytes.first_chunk()?;
    // All digits first and one question after, which is a branch instead of eight.
    let at = |index: usize| digit(date[index]);
    let digits = [at(0), at(1), at(2), at(3), at(5), at(6), at(8), at(9)];
    let mut largest = 0;
    for digit in digits {
        largest = largest.max(digit);
    }
    if largest > 9 || date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3];
    let day = day_number(year, digits[4] * 10 + digits[5], digits[6] * 10 + digits[7])?;
    let rest = &bytes[10..];
    if rest.is_empty() {
        return Some((day, 0, None));
    }
    // `Thh:mm:ss`, or without the seconds.
    let (clock, rest) = match rest.first_chunk::<9>() {
        Some(clock) if clock[6] == b':' => ([clock[1], clock[2], clock[4], clock[5], clock[7], clock[8]], &rest[9..]),
        _ => {
            let clock = rest.first_chunk::<6>()?;
            ([clock[1], clock[2], clock[4], clock[5], b'0', b'0'], &rest[6..])
        }
    };
    if !matches!(bytes[10], b'T' | b' ' | b't') || bytes[13] != b':' || clock.iter().any(|byte| !byte.is_ascii_digit())
    {
        return None;
    }
    let two = |at: usize| digit(clock[at]) * 10 + digit(clock[at + 1]);
    let (hour, minute, second) = (two(0), two(2), two(4));
    let rest = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            &fraction[digits..]
        }
        rest => rest,
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
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
    Some((day, hour * 3600 + minute * 60 + second, offset))
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

/// Days since 1970-01-01 of a date of the Gregorian calendar, years 1 to 9999 (Hinnant, *chrono-compatible low-level date
/// algorithms*, `days_from_civil`).
#[inline]
fn day_number(year: u32, month: u32, day: u32) -> Option<i32> {
    const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = *DAYS.get((month as usize).wrapping_sub(1))? + u32::from(is_leap && month == 2);
    if day == 0 || day > last || year == 0 {
        return None;
    }
    let year = year as i32 - i32::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month as i32 + 9) % 12) + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Months from March of the year 0 to that of a day since 1970, by the same paper's `civil_from_days`.
pub(super) fn month_number(day: i32) -> i32 {
    let day = day + 719_468;
    let (era, day_of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    (era * 400 + year_of_era) * 12 + (5 * day_of_year + 2) / 153
}
