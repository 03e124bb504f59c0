//! Decimal numbers as text, to the nearest float. The usual number, of few digits, takes a short way that is exact.
//!
//! Measured on 100,000 coordinates of six decimals, in instructions by callgrind on an x86-64 cloud machine: [`plain`]
//! 85, [`json`] 146. With `lexical-parse-float` 1 (`parse_partial` and `parse`, JSON format) they are 184 and 193. A
//! record of CSV takes about 2,080 instructions (`benches/instructions.txt`, job `read`), so with that crate its two
//! coordinates would cost 9.5 % of ingest more. In wall time the two are level at six decimals, and numbers of 15
//! digits are read five times as fast by it.

/// Powers of ten that a float holds exactly.
const EXACT: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Factors for appending up to eight digits to a number.
const TENS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// A number as JSON writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Integer(i64),
    Float(f64),
}

impl Number {
    #[inline]
    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Self::Integer(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

/// The JSON number at the start of `text`, and its length; `None` when there is none. One too large is infinite.
///
/// A number of at most 19 digits is often an integer below 2⁵³ divided by a power of ten up to 10²². Both are exact floats, and
/// IEEE 754 rounds their quotient to the nearest (Clinger, PLDI 1990). Any other number goes to the standard library.
#[inline]
pub(crate) fn json(text: &str) -> Option<(Number, usize)> {
    let bytes = text.as_bytes();
    let negative = bytes.first() == Some(&b'-');
    let whole = usize::from(negative);
    let (mut mantissa, mut digits) = run(bytes, whole, 0);
    let mut at = whole + digits;
    if digits == 0 || digits > 1 && bytes[whole] == b'0' {
        return None;
    }
    let mut places = 0;
    if bytes.get(at) == Some(&b'.') {
        (mantissa, places) = fraction(bytes, at + 1, mantissa);
        at += 1 + places;
        digits += places;
        if places == 0 {
            return None;
        }
    } else if digits <= 18 && !matches!(bytes.get(at), Some(b'e' | b'E')) {
        let number = mantissa as i64;
        return Some((Number::Integer(if negative { -number } else { number }), at));
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        let exponent = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        if at == exponent {
            return None;
        }
    } else if digits <= 19 && mantissa < 1 << 53 && places < EXACT.len() {
        // A signed number becomes a float in one instruction.
        let number = mantissa as i64 as f64 / EXACT[places];
        return Some((Number::Float(if negative { -number } else { number }), at));
    }
    let lexeme = &text[..at];
    match lexeme.parse::<i64>() {
        Ok(number) => Some((Number::Integer(number), at)),
        Err(_not_whole) => Some((Number::Float(lexeme.parse().ok()?), at)),
    }
}

/// A word whose bytes are all 1.
const EACH: u64 = u64::MAX / 255;

/// The upper bit of each of eight bytes, less `0`, that is not a digit; only the first one is reliable.
#[inline]
fn beyond_nine(values: u64) -> u64 {
    (values.wrapping_add(EACH * 0x76) | values) & (EACH * 0x80)
}

/// Number that eight digits make, the first in the lowest byte: pairs are added up, pairs of pairs, and so on. Source:
/// Lemire, *Number parsing at a gigabyte per second*, Software: Practice and Experience 51, 2021.
#[inline]
fn value_of_eight(digits: u64) -> u64 {
    let pairs = (digits.wrapping_mul(10) + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(10_000) + (fours >> 32)) & 0xffff_ffff
}

/// Like [`run`], but eight digits at once where eight bytes are left. The length of coordinates varies, so that the processor
/// would mispredict the end of a loop.
#[inline]
fn fraction(bytes: &[u8], from: usize, number: u64) -> (u64, usize) {
    let ahead = bytes.len().saturating_sub(from);
    let word = match (bytes.get(from..).and_then(<[u8]>::first_chunk), bytes.last_chunk()) {
        (Some(word), _) => u64::from_le_bytes(*word),
        // The last eight bytes, those before the fraction shifted out.
        (None, Some(word)) if ahead > 0 => u64::from_le_bytes(*word) >> (64 - 8 * ahead),
        _ => return run(bytes, from, number),
    };
    let values = word ^ (EACH * 0x30);
    let digits = beyond_nine(values).trailing_zeros() as usize / 8;
    if digits == 0 || digits == 8 && ahead > 8 {
        return run(bytes, from, number);
    }
    // The first digit is the lowest byte, and zeros go before it.
    let padded = values << (64 - 8 * digits);
    (number.wrapping_mul(TENS[digits]).wrapping_add(value_of_eight(padded)), digits)
}

/// The run of digits at `at`, appended to the digits of `number`, and its length. Wraps beyond 19 digits, which callers count.
#[inline]
fn run(bytes: &[u8], from: usize, mut number: u64) -> (u64, usize) {
    let digits = bytes.get(from..).unwrap_or_default();
    for (length, &byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return (number, length);
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    (number, digits.len())
}

/// The number that is all of `text`, as JSON writes it; a short one may begin with zeros.
#[inline]
pub(crate) fn plain(text: &str) -> Option<f64> {
    short(text.as_bytes())
        .or_else(|| json(text).filter(|(_, length)| *length == text.len()).map(|(number, _)| number.as_f64()))
}

/// Number that is all of `bytes`, if these are eight or more: up to seven digits, a point, and up to seven digits. This
/// is a coordinate, by a shorter way than [`json`].
#[inline]
fn short(bytes: &[u8]) -> Option<f64> {
    let last = u64::from_le_bytes(*bytes.last_chunk()?);
    let negative = bytes[0] == b'-';
    let sign = usize::from(negative);
    let (whole, digits) = run(bytes, sign, 0);
    let point = sign + digits;
    let places = bytes.len().wrapping_sub(point + 1);
    if !(1..=7).contains(&digits) || !(1..=7).contains(&places) || bytes[point] != b'.' {
        return None;
    }
    // The digits after the point, and zeros for what is before them.
    let values = (last ^ (EACH * 0x30)) & (u64::MAX << (64 - 8 * places));
    if beyond_nine(values) != 0 {
        return None;
    }
    // At most 14 digits are below 2⁵³.
    let mantissa = whole * TENS[places] + value_of_eight(values);
    let value = mantissa as i64 as f64 / EXACT[places];
    Some(if negative { -value } else { value })
}

/// A whole number of at most 18 digits and nothing else, without a leading zero: as files number their records.
#[inline]
pub(crate) fn whole(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let length = bytes.len();
    // Four to eight digits as two reads that overlap.
    if let (4..=8, Some(first), Some(last)) = (length, bytes.first_chunk(), bytes.last_chunk()) {
        let ends = [first, last].map(|four| u64::from(u32::from_le_bytes(*four)));
        let word = ends[0] | ends[1] << (8 * (length - 4));
        let values = (word ^ (EACH * 0x30)) << (64 - 8 * length);
        let is_plain = beyond_nine(values) == 0 && bytes[0] != b'0';
        return is_plain.then(|| value_of_eight(values) as i64);
    }
    let (number, digits) = run(bytes, 0, 0);
    let is_plain = digits == bytes.len() && (1..=18).contains(&digits) && (digits == 1 || bytes[0] != b'0');
    is_plain.then_some(number as i64)
}

/// A number as people and programs write it into tables. It is as in JSON, or with a plus sign, without digits on one
/// side of the point, or `inf` and `nan`.
#[inline]
pub(crate) fn loose(text: &str) -> Option<f64> {
    plain(text).or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The short way gives what the standard library gives, bit for bit.
        #[test]
        fn every_float_reads_as_the_standard_library_reads_it(whole in "-?(0|[1-9][0-9]{0,20})", rest in "(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?") {
            let text = whole + &rest;
            let (number, length) = json(&text).expect("it is a number");
            prop_assert_eq!(length, text.len());
            let expected: f64 = text.parse().expect("it is a number");
            // Adding zero turns −0 into 0.
            prop_assert_eq!((number.as_f64() + 0.0).to_bits(), (expected + 0.0).to_bits());
        }
    }

    proptest! {
        /// Of whatever characters, the text is the number that the standard library reads, or none; and what follows a number
        /// changes nothing about it.
        #[test]
        fn text_reads_as_the_standard_library_reads_it(text in "[-+.0-9eE:/ é]{0,18}", after in "[],} ]?[0-9a-z.,]{0,20}") {
            let expected = text.parse::<f64>().ok();
            // A whole −0 is 0.
            let bits = |number: f64| (number + 0.0).to_bits();
            prop_assert_eq!(loose(&text).map(bits), expected.map(bits));
            let text = text + &after;
            let number = json(&text);
            let alone = number.and_then(|(_, length)| json(&text[..length]));
            prop_assert!(number == alone || text[number.map_or(0, |(_, length)| length)..].starts_with(['e', 'E']));
            let number = number.filter(|(_, length)| *length == text.len());
            prop_assert_eq!(whole(&text), match number {
                Some((Number::Integer(number), _)) if !text.starts_with('-') && text.len() <= 18 => Some(number),
                _ => None,
            });
        }

        #[test]
        fn coordinates_read_as_the_standard_library_reads_them(text in "-?[0-9]{1,4}(\\.[0-9]{0,14})?") {
            let bits = |number: f64| (number + 0.0).to_bits();
            prop_assert_eq!(loose(&text).map(bits), text.parse().ok().map(bits));
        }
    }

    #[test]
    fn what_is_no_json_number_is_none() {
        for text in ["", "-", "+1", ".5", "1.", "1.e5", "01", "-01", "1e", "1e+", "NaN", "x", "--1"] {
            assert!(json(text).is_none_or(|(_, length)| length < text.len()), "{text}");
        }
        assert_eq!(json("9007199254740993"), Some((Number::Integer(9_007_199_254_740_993), 16)));
        assert_eq!(json("-1.7594e400,").map(|(number, n)| (number.as_f64(), n)), Some((f64::NEG_INFINITY, 11)));
        assert_eq!(json("12,3"), Some((Number::Integer(12), 2)));
    }
}
