//! Composite index of context: weighted percentile ranks of several indicators, each part kept.

use std::str::FromStr;

use super::Interpolated;
use crate::invalid::{InvalidValue, did_you_mean};

/// Weight of an indicator in the index.
///
/// On the command line `NAME` or `NAME=WEIGHT`; below 0, low values count.
///
/// ```
/// use tensionmap::unstable::indicator::Share;
/// let near: Share = "pubs_nearest_m=-0.5".parse()?;
/// assert_eq!((near.indicator.as_str(), near.weight), ("pubs_nearest_m", -0.5));
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// Name of the indicator in results.
    pub indicator: String,
    /// Its weight, not 0. Only the ratio of weights matters.
    pub weight: f64,
}

impl FromStr for Share {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let (name, weight) = text.rsplit_once('=').unwrap_or((text, "1"));
        let is_usable = |weight: &f64| (1e-6..=1e6).contains(&weight.abs()) && !name.is_empty();
        let expected = "NAME=WEIGHT, such as imd_score=2, from 0.000001 to 1000000; below 0, low values count";
        let weight = weight.trim().parse().ok().filter(is_usable);
        let weight = weight.ok_or_else(|| InvalidValue::expecting("context-index", text, expected))?;
        Ok(Self { indicator: name.to_owned(), weight })
    }
}

/// An index of context: 0 where every indicator is at its lowest in the study area, 100 where every one is at its highest.
///
/// For a cell c and the indicators i with weights w:
///
/// > index = 100 Σᵢ |wᵢ| pᵢ(c) / Σᵢ |wᵢ|,  pᵢ(c) = (rᵢ(c) − 1) / (nᵢ − 1)
///
/// where r is the rank among the n cells that have a value, from 1 for the lowest. Cells with the same value have the
/// mean of their ranks, so a constant indicator, or a single cell, has p = ½. A weight below 0 gives 1 − p.
///
/// A cell without a value of one of the indicators has no index, but keeps its other contributions.
///
/// Percentile ranks are added up, without weights, in the Social Vulnerability Index (Flanagan et al., *A Social
/// Vulnerability Index for Disaster Management*, J. Homeland Security and Emergency Management 8(1) (2011) 3). On
/// weighted sums see OECD & JRC, *Handbook on Constructing Composite Indicators* (2008) §§ 5–6. A weight is the worth
/// of one unit of rank, and a high part compensates for a low one. Ranks are only comparable within one study area.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Composite {
    /// Index of each cell, 0 to 100.
    pub values: Vec<Option<f64>>,
    /// Contribution of each indicator, in the order of the settings.
    pub parts: Vec<Contribution>,
}

/// Contribution of an indicator to the index.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Contribution {
    /// Indicator and its weight.
    pub share: Share,
    /// Points of each cell, 0 to 100; the parts of a cell with an index add up to it.
    pub points: Vec<Option<f64>>,
}

impl Composite {
    /// Name of the index in results; contributions are called `context_` and the name of the indicator.
    pub const NAME: &str = "context";

    /// Computes the index of indicators on the same cells. O(n log n) for n cells and each share.
    ///
    /// ```
    /// use tensionmap::unstable::indicator::{Composite, Share};
    /// let a = [Some(1.0), Some(5.0), Some(5.0), Some(9.0), None];
    /// let b = [Some(7.0), Some(6.0), Some(4.0), Some(4.5), Some(9.0)];
    /// let share = |name: &str, weight| Share { indicator: name.to_owned(), weight };
    /// let index = Composite::of(&[(share("a", 3.0), &a[..]), (share("b", -1.0), &b[..])]);
    /// // The second cell: tied for the ranks 2 and 3 of 4 in a, third of 5 and reversed in b.
    /// assert_eq!(index.parts[0].points[1], Some(100.0 * 0.75 * 0.5));
    /// assert_eq!(index.values[1], Some(100.0 * (0.75 * 0.5 + 0.25 * 0.5)));
    /// assert_eq!((index.values[4], index.parts[1].points[4]), (None, Some(0.0)));
    /// ```
    #[must_use]
    pub fn of(indicators: &[(Share, &[Option<f64>])]) -> Self {
        let all: f64 = indicators.iter().map(|(share, _)| share.weight.abs()).sum();
        let contribution = |(share, values): &(Share, &[Option<f64>])| {
            let points = |rank: f64| {
                let counted = if share.weight < 0.0 { 1.0 - rank } else { rank };
                100.0 * counted * share.weight.abs() / all
            };
            let points = percentile_ranks(values).into_iter().map(|rank| rank.map(points)).collect();
            Contribution { share: share.clone(), points }
        };
        let parts: Vec<Contribution> = indicators.iter().map(contribution).collect();
        let rows = indicators.iter().map(|(_, values)| values.len()).min().unwrap_or(0);
        let values = (0..rows).map(|row| parts.iter().map(|part| part.points[row]).sum()).collect();
        Self { values, parts }
    }

    /// Index of the chosen indicators.
    ///
    /// # Errors
    /// A name that no indicator has, or that is chosen twice.
    pub(crate) fn chosen(shares: &[Share], indicators: &[Interpolated]) -> Result<Option<Self>, InvalidValue> {
        if shares.is_empty() {
            return Ok(None);
        }
        let mut found = Vec::new();
        let names: Vec<&str> = indicators.iter().map(|indicator| indicator.name.as_str()).collect();
        Self::check(shares, &names)?;
        for share in shares {
            let named = indicators.iter().filter(|indicator| indicator.name == share.indicator);
            found.extend(named.take(1).map(|indicator| (share.clone(), indicator.values.as_slice())));
        }
        Ok(Some(Self::of(&found)))
    }

    /// Checks that each share is of another indicator among those of these names.
    pub(crate) fn check(shares: &[Share], names: &[&str]) -> Result<(), InvalidValue> {
        for (index, share) in shares.iter().enumerate() {
            let wrong = |expected: &str| InvalidValue::expecting("context-index", &share.indicator, expected);
            if !names.contains(&share.indicator.as_str()) {
                let advice = did_you_mean(&share.indicator, names.iter().copied()).unwrap_or_default();
                let names = names.join(", ");
                return Err(wrong(&format!("the name of an indicator of this run ({names}), each once{advice}")));
            }
            if shares[..index].iter().any(|other| other.indicator == share.indicator) {
                return Err(wrong("each indicator once"));
            }
        }
        Ok(())
    }
}

/// (rank − 1) ÷ (n − 1) among the known values; equal ones share the mean of their ranks.
fn percentile_ranks(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut known: Vec<(f64, usize)> =
        values.iter().enumerate().filter_map(|(row, value)| value.map(|value| (value, row))).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    let last = known.len().saturating_sub(1) as f64;
    let mut ranks = vec![None; values.len()];
    let mut before = 0;
    // −0 and 0 are the same value.
    for tied in known.chunk_by(|a, b| a.0 >= b.0) {
        let mean = before as f64 + (tied.len() - 1) as f64 / 2.0;
        for &(_, row) in tied {
            ranks[row] = Some(if last > 0.0 { mean / last } else { 0.5 });
        }
        before += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Each rank equals a count: the values below, and half of the ties.
        #[test]
        fn ranks_equal_counts(values in prop::collection::vec(prop::option::of((-4..4_i8).prop_map(f64::from)), 2..40)) {
            let known: Vec<f64> = values.iter().flatten().copied().collect();
            let ranks = percentile_ranks(&values);
            for (value, rank) in values.iter().zip(&ranks) {
                let expected = value.map(|value| {
                    let below = known.iter().filter(|&&other| other < value).count() as f64;
                    let tied = known.iter().filter(|&&other| (other - value).abs() < 0.5).count() as f64 - 1.0;
                    if known.len() > 1 { (below + tied / 2.0) / (known.len() - 1) as f64 } else { 0.5 }
                });
                prop_assert!(rank.is_some() == expected.is_some());
                prop_assert!((rank.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-12);
            }
        }

        /// Parts add up to the index, which stays between 0 and 100 for all weights.
        #[test]
        fn parts_add_up(a in prop::collection::vec(prop::option::of(-9.0..9.0_f64), 30), b in prop::collection::vec(prop::option::of(-9.0..9.0_f64), 30), w in 0.1..9.0_f64) {
            let share = |name: &str, weight| Share { indicator: name.to_owned(), weight };
            let index = Composite::of(&[(share("a", w), &a[..]), (share("b", -1.0), &b[..])]);
            for row in 0..30 {
                let parts: Option<f64> = index.parts.iter().map(|part| part.points[row]).sum();
                prop_assert_eq!(parts.is_some(), a[row].is_some() && b[row].is_some());
                prop_assert_eq!(index.values[row], parts);
                prop_assert!(parts.is_none_or(|points| (0.0..=100.0 + 1e-9).contains(&points)));
            }
        }
    }

    #[test]
    fn a_constant_has_the_middle_rank() {
        assert_eq!(percentile_ranks(&[Some(3.0), Some(3.0), None]), [Some(0.5), Some(0.5), None]);
        assert_eq!(percentile_ranks(&[Some(3.0)]), [Some(0.5)]);
        assert_eq!(percentile_ranks(&[Some(0.0), Some(-0.0)]), [Some(0.5), Some(0.5)]);
    }
}
