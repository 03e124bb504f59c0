//! Credible excess: the part of a rate ratio that a score needs, computed cheaply for cells at their normal rate.

use std::f64::consts::FRAC_1_SQRT_2;

use statrs::function::erf::erfc;

use super::odds::Quantile;
use super::{Posterior, Prior, SurgeCounts};

/// Exceedance probability at which the ratio's 5 % quantile is 1.
const CREDIBLE: f64 = 0.95;

/// Minimum of the tested probabilities for the shortcut below to apply.
const HIGH: f64 = 0.75;

/// Part of a rate ratio that a score needs.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Excess {
    /// log2 of the 5 % quantile of the rate ratio, cut to 0–1: a credible doubling is 1.
    pub u: f64,
    mask: u16,
}

impl Excess {
    /// Returns true if P(current rate > baseline rate) is at least the tested probability at this index.
    #[must_use]
    pub fn exceeds(self, place: usize) -> bool {
        self.mask >> place & 1 == 1
    }

    fn of(u: f64, p: &[f64], mut reaches: impl FnMut(f64) -> bool) -> Self {
        Self { u, mask: p.iter().rev().fold(0, |mask, &p| mask << 1 | u16::from(reaches(p))) }
    }
}

/// Credible excess of [`rate_ratio`](super::rate_ratio), at a small part of its cost.
///
/// `u` is `lo.log2().clamp(0.0, 1.0)` to 1e-9 and `exceeds(i)` is exactly `p_exceed >= p[i]`, for up to 16 probabilities `p`.
/// `None` where `rate_ratio` is. Most cells are at their normal rate: there a bound or Peizer and Pratt's approximation decides.
/// A value within its error of a threshold, a shape below 1 and a `u` between 0 and 1 are computed in full. Source: Peizer &
/// Pratt, Journal of the American Statistical Association 63 (1968) 1416–1456.
///
/// ```
/// use tensionmap::unstable::score::{Prior, SurgeCounts, credible_excess};
/// let prior = Prior { rate: 0.1, days: 28.0, shape: 0.5, dispersion: 1.0 };
/// let doubled = SurgeCounts { window: 56.0, baseline: 364.0, window_days: 28.0, baseline_days: 364.0 };
/// let excess = credible_excess(doubled, prior, &[0.8, 0.95]).ok_or("no past")?;
/// assert!(excess.u > 0.5 && excess.u < 1.0 && excess.exceeds(0) && excess.exceeds(1));
/// # Ok::<(), &str>(())
/// ```
///
/// # Panics
/// Panics with more than 16 probabilities.
#[must_use]
pub fn credible_excess(counts: SurgeCounts, prior: Prior, p: &[f64]) -> Option<Excess> {
    assert!(p.len() <= 16, "expected at most 16 probabilities");
    let posterior = Posterior::new(counts, prior)?;
    let Posterior { a, b, times, .. } = posterior;
    // Expected or fewer, and skewed to the right: the median is below the mean (Groeneveld & Meeden, The American
    // Statistician 31 (1977) 120–121), so the exceedance is below ½.
    let only_high = p.iter().all(|&p| p > HIGH || p <= 0.0);
    if only_high && (times >= 1.0 && a <= b || is_hardly_above(a, b, times)) {
        return Some(Excess::of(0.0, p, |p| p <= 0.0));
    }
    let approx = ApproxTail::p_above(a, b, times, only_high);
    let credible = |times| ApproxTail::p_above(a, b, times, only_high)?.at_least(CREDIBLE);
    let u = if approx.and_then(|approx| approx.at_least(CREDIBLE)) == Some(false) {
        0.0
    } else if credible(2.0 * times) == Some(true) {
        1.0
    } else {
        posterior.ratio(Quantile::LOW).log2().clamp(0.0, 1.0)
    };
    let mut exact = None;
    Some(Excess::of(u, p, |p| {
        p <= 0.0
            || approx
                .and_then(|approx| approx.at_least(p))
                .unwrap_or_else(|| *exact.get_or_insert_with(|| posterior.odds().p_above(times)) >= p)
    }))
}

/// Returns true if a rate exceeds its expectation by less than 0.4 standard deviations of the log-odds. Their variance
/// is 1/a + 1/b. Then the exceedance is below [`HIGH`]. False for shapes below 2.
fn is_hardly_above(a: f64, b: f64, times: f64) -> bool {
    // x − 1 is above ln x, so the logarithm can be left out.
    let above = times.recip() - 1.0;
    a >= 2.0 && b >= 2.0 && (above <= 0.0 || above * above * a * b <= 0.16 * (a + b))
}

/// Approximate tail probability with its margin of error.
#[derive(Clone, Copy, Debug)]
struct ApproxTail {
    p: f64,
    margin: f64,
}

impl ApproxTail {
    /// P(odds > `times` · a/b) for X ~ Beta(a, b); `None` where a shape is below 1.
    ///
    /// The margin is at least twice the largest error found on a grid of shapes and probabilities: see the test. Its floor is for
    /// rounding at shapes of millions. With `only_high`, a value below [`HIGH`] may be returned as 0.
    fn p_above(a: f64, b: f64, times: f64, only_high: bool) -> Option<Self> {
        let min_shape = a.min(b);
        if min_shape < 1.0 {
            return None;
        }
        let n = a + b - 1.0;
        let odds = times * a / b;
        let q = (1.0 + odds).recip();
        let p = odds * q;
        let (s, t) = (a - 0.5, b - 0.5);
        let (np, nq) = (n * p, n * q);
        let miss = s - np;
        // Peizer & Pratt's deviance over its own first term; both vanish where nothing is missed.
        let per_miss = if miss.abs() > 1e-5 * np.min(nq) {
            let deviance = s * (s / np).ln() + t * (t / nq).ln();
            (2.0 * deviance).sqrt() / miss.abs()
        } else {
            (np * q).sqrt().recip()
        };
        let d = a - 1.0 / 3.0 - (n + 1.0 / 3.0) * p + 0.02 * (q / a - p / b + (q - 0.5) / (a + b));
        let z = d * per_miss * (1.0 + 1.0 / (6.0 * n)).sqrt().recip();
        // 0.73 at this z: below every tested probability.
        let p = if only_high && z < 0.6 { 0.0 } else { 0.5 * erfc(-z * FRAC_1_SQRT_2) };
        Some(Self { p, margin: f64::max(0.01 / min_shape, 1e-4) })
    }

    /// Returns true if the probability is at least `p`; `None` within the margin.
    fn at_least(self, p: f64) -> Option<bool> {
        let is_above = self.p >= p + self.margin;
        (is_above || self.p < p - self.margin).then_some(is_above)
    }
}

#[cfg(test)]
mod tests {
    use super::super::odds::BetaOdds;
    use super::*;

    /// From 1e-9 to 1e7, closest where the approximation is worst.
    fn shapes() -> Vec<f64> {
        let tiny = [1e-9, 1e-6, 1e-4, 0.01, 0.1, 0.5, 0.9];
        let usual = (0..120).map(|step| 1.0 + f64::from(step) * 0.025);
        let large = (0..60).map(|step| 4.0 * f64::powi(1.28, step));
        tiny.into_iter().chain(usual).chain(large).collect()
    }

    /// The margin holds twice over, for every pair of shapes from 1 and the whole range of probabilities. Below there
    /// is no approximation, and the bound by the mean holds for all.
    #[test]
    fn the_margin_is_twice_the_largest_error() {
        let mut worst = 0.0_f64;
        for (a, b) in shapes().into_iter().flat_map(|a| shapes().into_iter().map(move |b| (a, b))) {
            let odds = BetaOdds::new(a, b);
            assert!(a > b || odds.p_above(1.0) <= 0.5 + 1e-9, "{a} {b}: {}", odds.p_above(1.0));
            if a < 1.0 || b < 1.0 {
                assert!(ApproxTail::p_above(a, b, 1.0, false).is_none(), "{a} {b}");
                continue;
            }
            let sd = (1.0 / a + 1.0 / b).sqrt();
            for step in -40..=40 {
                let times = (f64::from(step) * 0.125 * sd).exp();
                let approx = ApproxTail::p_above(a, b, times, false).unwrap();
                let used = (approx.p - odds.p_above(times)).abs() / approx.margin;
                assert!(used <= 0.5, "{a} {b} at {times}: {used} of the margin");
                worst = worst.max(used);
                let known = ApproxTail::p_above(a, b, times, true).unwrap().at_least(HIGH);
                assert!(known.is_none_or(|known| known == (odds.p_above(times) >= HIGH)), "{a} {b} at {times}");
                assert!(!is_hardly_above(a, b, times) || odds.p_above(times) < HIGH, "{a} {b} at {times}");
            }
        }
        // Not a margin so wide that it decides nothing.
        assert!(worst > 0.3, "{worst}");
    }
}
