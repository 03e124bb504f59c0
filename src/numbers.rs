//! Rounding for readers: no output shows digits that mean nothing.

/// A number with at most so many digits after the point.
pub(crate) fn at_most(value: f64, digits: usize) -> f64 {
    // Adding zero turns −0 into 0. Through text, which rounds the exact decimal value and is the same on every machine.
    format!("{value:.digits$}").parse().unwrap_or(value) + 0.0
}

/// A number with so many significant digits, at least 1.
pub(crate) fn significant(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

/// A rate ratio in words: beyond a hundred its size means no more than that there was next to nothing before.
pub(crate) fn times(ratio: f64, digits: usize) -> String {
    if ratio > 100.0 { "more than 100".to_owned() } else { format!("{ratio:.digits$}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_keeps_the_digits_asked_for() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < f64::EPSILON, "{a} is not {b}");
        close(at_most(1.005_001, 2), 1.01);
        close(at_most(-0.000_4, 3), 0.0);
        close(significant(309.7, 3), 310.0);
        close(significant(0.001_234_56, 3), 0.001_23);
        close(significant(0.0, 3), 0.0);
        assert_eq!((times(2.345, 1), times(3e300, 1)), ("2.3".to_owned(), "more than 100".to_owned()));
    }
}
