//! Rounding of displayed numbers, and their shortest texts.

use h3o::CellIndex;

const POWERS: [f64; 8] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7];

/// A number rounded to `digits` decimals.
pub(crate) fn round_to(value: f64, digits: usize) -> f64 {
    // Adding zero turns −0 into 0.
    quickly(value, digits).unwrap_or_else(|| format!("{value:.digits$}").parse().unwrap_or(value)) + 0.0
}

/// Result of rounding through text, which rounds the exact decimal value; `None` near a tie.
///
/// Away from ties it is an integer divided by a power of ten, and one division rounds that like parsing its text.
fn quickly(value: f64, digits: usize) -> Option<f64> {
    let power = POWERS.get(digits)?;
    let scaled = value * power;
    if scaled.abs() >= 1e12 || scaled.is_nan() {
        return None;
    }
    // The nearest integer except for ties, which are left to the text; a cast is an instruction, `round` a call.
    #[allow(clippy::cast_possible_truncation, reason = "a number below 10^12")]
    let whole = (scaled + 0.5_f64.copysign(scaled)) as i64 as f64;
    // Below 10¹² the product is off by less than 10⁻⁴.
    ((scaled - whole).abs() < 0.499).then(|| whole / power)
}

/// Writes the shortest decimal that parses to this number.
///
/// Rounded numbers are written without a search: of 15 digits or fewer only one decimal parses to a number.
pub(crate) fn write_real(out: &mut Vec<u8>, value: f64) -> Result<(), serde_json::Error> {
    let is_written = [4, 7].into_iter().any(|digits| write_scaled(out, value, digits));
    // Zeros, very small and very large numbers are left to serde.
    if is_written { Ok(()) } else { serde_json::to_writer(out, &value) }
}

/// [`write_real`] for a number rounded to seven decimals, such as a coordinate.
pub(crate) fn write_degrees(out: &mut Vec<u8>, value: f64) -> Result<(), serde_json::Error> {
    if write_scaled(out, value, 7) { Ok(()) } else { serde_json::to_writer(out, &value) }
}

/// 00 to 99.
const PAIRS: [u8; 200] = {
    let (mut pairs, mut k) = ([b'0'; 200], 0);
    while k < pairs.len() {
        pairs[k] = b"0123456789"[if k % 2 == 0 { k / 20 } else { k / 2 % 10 }];
        k += 1;
    }
    pairs
};

/// Writes a number of at most `digits` decimals; returns false if it has more.
fn write_scaled(out: &mut Vec<u8>, value: f64, mut digits: usize) -> bool {
    let size = value.abs();
    let scaled = size * POWERS[digits];
    if !(1e-3..1e11).contains(&size) || scaled >= 1e15 {
        return false;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number below 10^15")]
    let mut rest = (scaled + 0.5) as u64;
    if (rest as f64 / POWERS[digits]).to_bits() != size.to_bits() {
        return false;
    }
    while digits > 1 && rest.is_multiple_of(10) {
        (rest, digits) = (rest / 10, digits - 1);
    }
    #[allow(clippy::cast_possible_truncation, reason = "a number below 100")]
    let pair = |rest: u64| (rest % 100) as usize * 2;
    let mut text = [b'0'; 22];
    let mut start = text.len();
    // Two digits at a time, and at least one before the point.
    while rest > 0 || text.len() - start <= digits {
        start -= 2;
        text[start..start + 2].copy_from_slice(&PAIRS[pair(rest)..pair(rest) + 2]);
        rest /= 100;
    }
    // The digits before the point move to make room for it.
    let point = text.len() - digits - 1;
    text.copy_within(start..=point, start - 1);
    text[point] = b'.';
    start -= 1;
    // A leading zero is dropped unless it is the only digit before the point.
    if text[start] == b'0' && text[start + 1] != b'.' {
        start += 1;
    }
    if value < 0.0 {
        out.push(b'-');
    }
    out.extend_from_slice(&text[start..]);
    true
}

/// Fifteen hexadecimal digits of a cell, whose first four bits are 0.
pub(crate) fn cell_digits(cell: CellIndex) -> [u8; 15] {
    let number = u64::from(cell);
    #[allow(clippy::cast_possible_truncation, reason = "the last four bits")]
    std::array::from_fn(|place| b"0123456789abcdef"[(number >> (56 - 4 * place)) as usize & 15])
}

/// A number rounded to `digits` significant digits, 1 or more.
pub(crate) fn significant(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

/// Text of a number, with an exponent where it would have many zeros.
pub(crate) fn legible(value: f64) -> String {
    let is_long = value.is_finite() && value != 0.0 && !(1e-6..1e21).contains(&value.abs());
    if is_long { format!("{value:e}") } else { value.to_string() }
}

/// Text of a rate ratio: above 100 its size only shows that the baseline was nearly 0.
pub(crate) fn times(ratio: f64, digits: usize) -> String {
    if ratio > 100.0 { "more than 100".to_owned() } else { format!("{ratio:.digits$}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random() -> impl FnMut() -> f64 {
        let mut seed = 20_261_128_u64;
        move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        }
    }

    #[test]
    fn quick_rounding_is_that_of_text() {
        let mut random = random();
        for round in 0..200_000 {
            let digits = round % 8;
            let size = 10_f64.powi(i32::try_from(round % 23).unwrap() - 9);
            // Halves of the last digit too, and their neighbours.
            let half = (random() * 2000.0).floor() / 2.0 / 10_f64.powi(i32::try_from(digits).unwrap());
            for value in [(random() - 0.5) * size, half, half.next_up(), -half.next_down()] {
                let text: f64 = format!("{value:.digits$}").parse().unwrap();
                assert_eq!(round_to(value, digits).to_bits(), (text + 0.0).to_bits(), "{value:?} to {digits}");
            }
        }
    }

    #[test]
    fn numbers_are_written_as_serde_json_writes_them() {
        let mut random = random();
        let same = |value: f64| {
            let mut text = Vec::new();
            write_real(&mut text, value).unwrap();
            assert_eq!(String::from_utf8(text).unwrap(), serde_json::to_string(&value).unwrap());
        };
        for value in [0.0, -0.0, 1.0, -1.0, 10.0, 0.1, 0.001, 1e-4, 1e-7, 99.99, 1e11, 1e15, 1e16, 1e300, 0.000_999_9] {
            same(value);
        }
        for round in 0..200_000 {
            let size = 10_f64.powi(i32::try_from(round % 20).unwrap() - 5);
            let value = (random() - 0.5) * size;
            same(round_to(value, round % 8));
            same(value);
        }
    }

    #[test]
    fn rounding_keeps_the_digits_asked_for() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < f64::EPSILON, "{a} is not {b}");
        close(round_to(1.005_001, 2), 1.01);
        close(round_to(-0.000_4, 3), 0.0);
        close(significant(309.7, 3), 310.0);
        close(significant(0.001_234_56, 3), 0.001_23);
        close(significant(0.0, 3), 0.0);
        let texts = [0.0, -0.0, 1.5, 1e15, 1e300, -5e-324, 1e-7, f64::INFINITY].map(legible);
        assert_eq!(texts, ["0", "-0", "1.5", "1000000000000000", "1e300", "-5e-324", "1e-7", "inf"]);
        assert_eq!((times(2.345, 1), times(3e300, 1)), ("2.3".to_owned(), "more than 100".to_owned()));
    }
}
