//! Class breaks of a legend: quantiles, equal intervals, natural breaks, round numbers, or manual.

use std::fmt;
use std::num::ParseFloatError;
use std::str::FromStr;

use crate::invalid::{InvalidValue, did_you_mean};

/// Classification of values.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Classes {
    /// Quantiles: as many values in each; at most this number of classes.
    Quantile(usize),
    /// Equal intervals.
    Equal(usize),
    /// Natural breaks: the minimum sum of squares about the classes' means, exactly (Fisher, On grouping for maximum
    /// homogeneity, J. Am. Stat. Assoc. 53 (1958) 789–798; Jenks took it to maps).
    Jenks(usize),
    /// Round width (1, 2 or 5 times a power of ten); at most this number of classes.
    Pretty(usize),
    /// Manual breaks in rising order: the first begins the first class, the last ends the last.
    Manual(Vec<f64>),
}

/// Classifications with a name, and the purpose of each.
pub const CLASSIFIERS: [(&str, &str); 4] = [
    ("quantile", "as many cells in each class: shows order, hides how far apart values are"),
    ("equal", "classes of one width: shows size, one outlier empties the rest"),
    ("jenks", "natural breaks: groups what is alike, at the least sum of squares"),
    ("pretty", "classes of one round width"),
];

/// Maximum number of classes: more shades cannot be distinguished.
const MAX_CLASSES: usize = 9;
/// Default number of classes.
const DEFAULT_CLASSES: usize = 5;

/// As settings have it.
impl fmt::Display for Classes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quantile(n) => write!(out, "quantile:{n}"),
            Self::Equal(n) => write!(out, "equal:{n}"),
            Self::Jenks(n) => write!(out, "jenks:{n}"),
            Self::Pretty(n) => write!(out, "pretty:{n}"),
            Self::Manual(breaks) => {
                out.write_str(&breaks.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
            }
        }
    }
}

impl FromStr for Classes {
    type Err = InvalidValue;

    /// `quantile`, `equal`, `jenks` or `pretty`, with a number of classes as in `jenks:7`; or breaks as in `0,10,50`.
    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        const EXPECTED: &str =
            "quantile, equal, jenks or pretty, with 2 to 9 classes as in jenks:7; or breaks that rise, as in 0,10,50";
        let invalid = || {
            let name = text.split(':').next().unwrap_or(text);
            let advice = did_you_mean(name, CLASSIFIERS.map(|(name, _)| name)).filter(|_| !is_classifier(name));
            InvalidValue::expecting("classes", text, EXPECTED.to_owned() + &advice.unwrap_or_default())
        };
        if text.contains(',') {
            let breaks = text.split(',').map(|number| number.trim().parse()).collect::<Result<_, _>>();
            let breaks =
                breaks.map_err(|_error: ParseFloatError| InvalidValue::expecting("classes", text, EXPECTED))?;
            return Self::manual(breaks).ok_or_else(invalid);
        }
        let (name, n) = match text.split_once(':') {
            Some((name, n)) => (name, n.parse().ok().filter(|n| (2..=MAX_CLASSES).contains(n)).ok_or_else(invalid)?),
            None => (text, DEFAULT_CLASSES),
        };
        Ok(match name.to_ascii_lowercase().as_str() {
            "quantile" => Self::Quantile(n),
            "equal" => Self::Equal(n),
            "jenks" => Self::Jenks(n),
            "pretty" => Self::Pretty(n),
            _ => return Err(invalid()),
        })
    }
}

/// True for a number that a legend can show.
fn is_break(at: f64) -> bool {
    at == 0.0 || (1e-9..=1e15).contains(&at.abs())
}

fn is_classifier(name: &str) -> bool {
    CLASSIFIERS.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
}

impl Classes {
    /// Manual classes; `None` unless there are 2 to 10 breaks in rising order, each 0 or of a size from 10⁻⁹ to 10¹⁵.
    #[must_use]
    pub fn manual(breaks: Vec<f64>) -> Option<Self> {
        let rise = breaks.windows(2).all(|pair| pair[0] < pair[1]) && breaks.iter().copied().all(is_break);
        (rise && (2..=MAX_CLASSES + 1).contains(&breaks.len())).then_some(Self::Manual(breaks))
    }

    /// Breaks for values in any order: where classes begin, and where the last ends. Values that are not finite are left out. A class
    /// holds its own break and ends below the next; the last includes its end. Equal values share a class, so there may be fewer
    /// classes than asked for. Empty without values, unless manual.
    ///
    /// ```
    /// use tensionmap::unstable::layer::Classes;
    /// let values = [1.0, 2.0, 3.0, 10.0, 11.0, 50.0];
    /// assert_eq!(Classes::Jenks(3).breaks(&values), [1.0, 10.0, 50.0, 50.0]);
    /// assert_eq!(Classes::Quantile(2).breaks(&values), [1.0, 6.5, 50.0]);
    /// assert_eq!(Classes::Equal(2).breaks(&values), [1.0, 25.5, 50.0]);
    /// assert_eq!(Classes::Pretty(5).breaks(&values), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]);
    /// ```
    #[must_use]
    pub fn breaks(&self, values: &[f64]) -> Vec<f64> {
        if let Self::Manual(breaks) = self {
            return breaks.clone();
        }
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let (Some(&min), Some(&max)) = (sorted.first(), sorted.last()) else { return Vec::new() };
        if min >= max {
            return vec![min, max];
        }
        let mut breaks = match *self {
            Self::Quantile(n) => (0..=n).map(|k| quantile(&sorted, k as f64 / n as f64)).collect(),
            Self::Equal(n) => (0..=n).map(|k| min + (max - min) * (k as f64 / n as f64)).collect(),
            Self::Jenks(n) => jenks(&sorted, n),
            Self::Pretty(n) => pretty(min, max, n),
            Self::Manual(_) => Vec::new(),
        };
        // Rounding must not leave out the ends.
        if let (Self::Quantile(_) | Self::Equal(_), Some(last)) = (self, breaks.last_mut()) {
            *last = max;
        }
        // Many equal values: a class without width holds nothing. The last of natural breaks may hold one value.
        let end = breaks.pop();
        breaks.dedup();
        breaks.extend(end.filter(|end| matches!(self, Self::Jenks(_)) || breaks.last() != Some(end)));
        breaks
    }
}

/// Quantile by linear interpolation between neighbours (Hyndman & Fan, Am. Stat. 50 (1996) 361–365, type 7).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the values")]
    let below = at.floor() as usize;
    let (low, high) = (sorted[below], sorted[(below + 1).min(sorted.len() - 1)]);
    low + (high - low) * (at - below as f64)
}

/// The finest breaks of at most `n` classes from `min` to `max` whose width is 1, 2 or 5 times a power of ten.
fn pretty(min: f64, max: f64, n: usize) -> Vec<f64> {
    let rough = ((max - min) / n as f64).log10().floor();
    let widths = (0..3).flat_map(|more| [1.0, 2.0, 5.0].map(|step| (step, rough + f64::from(more))));
    for (step, power) in widths {
        // A power of ten below 1 is not a binary number: dividing by a whole one rounds once.
        let at = |k: f64| if power < 0.0 { k * step / 10_f64.powf(-power) } else { k * step * 10_f64.powf(power) };
        let width = at(1.0);
        let (from, to) = ((min / width).floor(), (max / width).ceil());
        if to - from <= n as f64 {
            return std::iter::successors(Some(from), |k| Some(k + 1.0)).take_while(|k| *k <= to).map(at).collect();
        }
    }
    vec![min, max]
}

/// Natural breaks of sorted values: each class begins at a value, the last ends at the maximum.
///
/// Dynamic programming by class, each row by divide and conquer. The start of the last class of the first `j` values
/// never decreases with `j`. So a row takes n·log n steps instead of n².
fn jenks(sorted: &[f64], classes: usize) -> Vec<f64> {
    let mut values: Vec<(f64, f64)> = Vec::new();
    for &value in sorted {
        match values.last_mut() {
            Some((last, count)) if *last >= value => *count += 1.0,
            _ => values.push((value, 1.0)),
        }
    }
    let n = values.len();
    // Sums about the middle value: squares of large numbers would lose their differences.
    let middle = values[n / 2].0;
    let mut sums = vec![(0.0, 0.0, 0.0)];
    for &(value, count) in &values {
        let (weight, sum, squares) = sums[sums.len() - 1];
        let off = value - middle;
        sums.push((weight + count, sum + count * off, squares + count * off * off));
    }
    // About their mean, of the values from `i` up to `j`.
    let scatter = |i: usize, j: usize| {
        let weight = sums[j].0 - sums[i].0;
        let sum = sums[j].1 - sums[i].1;
        (sums[j].2 - sums[i].2 - sum * sum / weight).max(0.0)
    };
    let mut best: Vec<f64> = std::iter::once(0.0).chain((1..=n).map(|j| scatter(0, j))).collect();
    let mut begins: Vec<Vec<usize>> = Vec::new();
    for class in 1..classes.min(n) {
        let mut next = vec![f64::INFINITY; n + 1];
        let mut begin = vec![0; n + 1];
        // Spans of ends, and where their last class may begin.
        let mut spans = vec![(class + 1, n, class, n - 1)];
        while let Some((low, high, first, last)) = spans.pop() {
            if low > high {
                continue;
            }
            let end = usize::midpoint(low, high);
            let before = best.iter().enumerate().take(last.min(end - 1) + 1);
            for (from, best) in before.skip(first.max(class)) {
                let sum = best + scatter(from, end);
                if sum < next[end] {
                    (next[end], begin[end]) = (sum, from);
                }
            }
            spans.push((low, end - 1, first, begin[end]));
            spans.push((end + 1, high, begin[end], last));
        }
        best = next;
        begins.push(begin);
    }
    let (mut breaks, mut end) = (vec![values[n - 1].0], n);
    for begin in begins.iter().rev() {
        end = begin[end];
        breaks.push(values[end].0);
    }
    breaks.push(values[0].0);
    breaks.reverse();
    breaks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Result<Classes, String> {
        text.parse().map_err(|error: InvalidValue| error.to_string())
    }

    #[test]
    fn classes_are_named_or_given() {
        assert_eq!(parsed("jenks:7"), Ok(Classes::Jenks(7)));
        assert_eq!(parsed("quantile"), Ok(Classes::Quantile(5)));
        assert_eq!(parsed("0, 2.5,10"), Ok(Classes::Manual(vec![0.0, 2.5, 10.0])));
        for (text, classifier) in CLASSIFIERS.map(|(name, _)| (format!("{name}:4"), name)) {
            assert!(parsed(&text).is_ok(), "{classifier}");
        }
        for text in ["natural", "jenks:1", "jenks:99", "jenks:x", "10,5", "1,1", "0,nan", "0,inf", "1,", ""] {
            assert!(parsed(text).unwrap_err().contains("or breaks that rise, as in 0,10,50"), "{text}");
        }
    }

    #[test]
    fn few_and_equal_values_make_few_classes() {
        for classes in [Classes::Quantile(5), Classes::Equal(5), Classes::Jenks(5), Classes::Pretty(5)] {
            assert_eq!(classes.breaks(&[]), Vec::<f64>::new());
            assert_eq!(classes.breaks(&[f64::NAN, 3.0]), [3.0, 3.0]);
            assert_eq!(classes.breaks(&[3.0; 9]), [3.0, 3.0]);
            let two = classes.breaks(&[1.0, 2.0]);
            assert!(two.len() >= 2 && two[0] <= 1.0 && two[two.len() - 1] >= 2.0, "{classes:?} {two:?}");
        }
        assert_eq!(Classes::Quantile(4).breaks(&[0.0, 0.0, 0.0, 0.0, 5.0]), [0.0, 5.0]);
        assert_eq!(Classes::Pretty(5).breaks(&[0.12, 0.31]), [0.1, 0.15, 0.2, 0.25, 0.3, 0.35]);
        assert_eq!(Classes::Pretty(4).breaks(&[-7.0, 12.0]), [-10.0, 0.0, 10.0, 20.0]);
    }

    /// Minimum sum of squares, by trying every way to divide the values.
    fn min_scatter(sorted: &[f64], classes: usize) -> f64 {
        let scatter = |part: &[f64]| {
            let mean = part.iter().sum::<f64>() / part.len() as f64;
            part.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
        };
        if classes == 1 || sorted.len() == 1 {
            return scatter(sorted);
        }
        let split = |at: usize| scatter(&sorted[..at]) + min_scatter(&sorted[at..], classes - 1);
        (1..sorted.len()).map(split).fold(scatter(sorted), f64::min)
    }

    proptest! {
        #[test]
        fn natural_breaks_are_the_best(mut values in prop::collection::vec(-50_i32..50, 2..11), classes in 2_usize..5) {
            values.sort_unstable();
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let breaks = Classes::Jenks(classes).breaks(&values);
            let class = |value: f64| breaks[..breaks.len() - 1].iter().rposition(|&from| value >= from).unwrap();
            let mut sum = 0.0;
            for k in 0..breaks.len() - 1 {
                let part: Vec<f64> = values.iter().copied().filter(|&value| class(value) == k).collect();
                prop_assert!(!part.is_empty());
                let mean = part.iter().sum::<f64>() / part.len() as f64;
                sum += part.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
            }
            prop_assert!((sum - min_scatter(&values, classes)).abs() < 1e-9, "{breaks:?} of {values:?}");
        }

        /// Every value has a class, whatever the method.
        #[test]
        fn classes_hold_every_value(values in prop::collection::vec(-1e6_f64..1e6, 1..60), n in 2_usize..10) {
            for classes in [Classes::Quantile(n), Classes::Equal(n), Classes::Jenks(n), Classes::Pretty(n)] {
                let breaks = classes.breaks(&values);
                prop_assert!(breaks.len() >= 2 && breaks.len() <= n + 1, "{classes:?}: {breaks:?}");
                prop_assert!(breaks.windows(2).all(|pair| pair[0] <= pair[1]));
                prop_assert!(values.iter().all(|&v| v >= breaks[0] && v <= breaks[breaks.len() - 1]), "{classes:?}: {breaks:?}");
            }
        }
    }
}
