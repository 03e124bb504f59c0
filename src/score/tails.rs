//! The tails behind the evidence: counts under calm, the mean of their surprises, and the cap of a day.
//!
//! A count is negative binomial, with the Poisson distribution as its limit. Both share one set of formulas in ratios
//! that stay finite at the limit.

use std::f64::consts::{LOG10_E, TAU};

use statrs::function::gamma::ln_gamma;

use super::surge::odds::stirling_remainder;

/// ln of the minimum probability, 1e-300.
const LN_MIN_P: f64 = -690.775_527_898_213_7;

/// Maximum count whose lower terms are summed one by one.
const MAX_SUMMED: f64 = 40.0;

/// Maximum mean whose quantile is found by summing, and maximum terms of that sum.
const MAX_SUMMED_MEAN: f64 = 30.0;
const MAX_SUMMED_COUNT: f64 = 300.0;

/// Minimum term of a sum; below it logarithms are taken.
const MIN_TERM: f64 = 1e-280;

/// Minimum upper tail that is 1 − a lower sum: there the difference still has 13 digits.
const MIN_REST: f64 = 0.02;

/// ln of the mid-p upper tail P(X > x) + P(X = x)/2 of a count X, cut to [1e-300, 1].
///
/// X is negative binomial with that `mean` above 0 and `variance`. It is Poisson where the variance is no larger than
/// the mean. Between whole x ≥ 0, the gamma and the incomplete beta functions continue it.
#[must_use]
pub fn ln_mid_p(x: f64, mean: f64, variance: f64) -> f64 {
    Law::new(mean, variance).ln_mid_p(x).clamp(LN_MIN_P, 0.0)
}

/// Mid-p upper tail as a probability, without a logarithm where x is whole and small.
pub(super) fn mid_p(x: f64, mean: f64, variance: f64) -> f64 {
    let law = Law::new(mean, variance);
    if x > MAX_SUMMED || x.fract() != 0.0 {
        return law.ln_mid_p_by_fraction(x).clamp(LN_MIN_P, 0.0).exp();
    }
    law.mid_p_by_sum(x).unwrap_or_else(|| law.ln_mid_p_by_sum(x).clamp(LN_MIN_P, 0.0).exp())
}

/// Smallest whole k with P(X ≤ k) ≥ q for a Poisson count X; infinite for q = 1.
#[must_use]
pub fn poisson_quantile(q: f64, mean: f64) -> f64 {
    if q >= 1.0 {
        return f64::INFINITY;
    }
    if mean < MAX_SUMMED_MEAN {
        let (mut term, mut below, mut k) = ((-mean).exp(), 0.0, 0.0);
        // The sum is good to some 15 digits: nearer to q than that, the exact tail decides.
        while below + term < q - 1e-13 && k < MAX_SUMMED_COUNT {
            below += term;
            k += 1.0;
            term *= mean / k;
        }
        if below + term > q + 1e-13 {
            return k;
        }
    }
    let law = Law::poisson(mean);
    // The goal is in (low, high].
    let (mut low, mut high) = (-1.0_f64, mean.ceil());
    while !law.reaches(high, q) {
        (low, high) = (high, 2.0 * high + 1.0);
    }
    while high - low > 1.0 {
        let middle = low.midpoint(high).floor();
        if law.reaches(middle, q) { high = middle } else { low = middle }
    }
    high
}

/// A count's distribution. Its P(k + 1) ÷ P(k) is (`first` + `share` · k) ÷ (k + 1).
#[derive(Clone, Copy, Debug)]
struct Law {
    mean: f64,
    /// Variance ÷ mean.
    ratio: f64,
    /// `ratio` − 1, which is also mean ÷ r: 0 for Poisson.
    excess: f64,
    /// y = `excess` ÷ `ratio`.
    share: f64,
    /// r · y = mean ÷ `ratio`.
    first: f64,
}

impl Law {
    fn new(mean: f64, variance: f64) -> Self {
        if variance <= mean * (1.0 + 1e-7) {
            return Self::poisson(mean);
        }
        // Not ratio − 1, which cancels near Poisson.
        let excess = variance - mean;
        let ratio = variance / mean;
        Self { mean, ratio, excess: excess / mean, share: excess / variance, first: mean / ratio }
    }

    fn poisson(mean: f64) -> Self {
        Self { mean, ratio: 1.0, excess: 0.0, share: 0.0, first: mean }
    }

    fn ln_mid_p(self, x: f64) -> f64 {
        if x > MAX_SUMMED || x.fract() != 0.0 { self.ln_mid_p_by_fraction(x) } else { self.ln_mid_p_by_sum(x) }
    }

    /// The tail of a whole x, by recurrence from P(X = 0); `None` where terms may vanish.
    #[inline]
    fn mid_p_by_sum(self, x: f64) -> Option<f64> {
        let mut term = self.ln_p_none().exp();
        let (mut k, mut below) = (0.0, 0.0);
        while k < x {
            below += term;
            term *= (self.first + self.share * k) / (k + 1.0);
            k += 1.0;
        }
        if term < MIN_TERM {
            return None;
        }
        let p = 1.0 - (below + 0.5 * term);
        Some(if p > MIN_REST { p } else { term * (0.5 + self.above(x)) })
    }

    /// The tail of a whole x, by recurrence from P(X = 0).
    #[inline]
    fn ln_mid_p_by_sum(self, x: f64) -> f64 {
        let mut term = self.ln_p_none().exp();
        let (mut k, mut below) = (0.0, 0.0);
        while k < x {
            below += term;
            term *= (self.first + self.share * k) / (k + 1.0);
            k += 1.0;
        }
        let p = 1.0 - (below + 0.5 * term);
        if p > MIN_REST { p.ln() } else { term.ln() + (0.5 + self.above(x)).ln() }
    }

    /// The tail of any x, by a continued fraction of the smaller side.
    fn ln_mid_p_by_fraction(self, x: f64) -> f64 {
        let ln_at = self.ln_p_at(x);
        if x + 1.0 <= self.mean {
            let p = 1.0 - ln_at.exp() * (self.below(x) - 0.5);
            if p > MIN_REST {
                return p.ln();
            }
        }
        ln_at + (0.5 + self.above(x)).ln()
    }

    /// P(X > x) ÷ P(X = x), quickest from the mean on.
    ///
    /// P(X > x) is the incomplete beta function `I_y(x + 1, r)` (Abramowitz & Stegun 26.5.26), for Poisson the lower
    /// incomplete gamma function.
    fn above(self, x: f64) -> f64 {
        let Self { mean, ratio, share, first, .. } = self;
        let lambda = 1.0 + (x + 1.0 - mean) / ratio;
        (first + share * x) / Fraction { a: x + 1.0, unit: 1.0, x: share, bx: first, lambda }.rate()
    }

    /// P(X ≤ x) ÷ P(X = x), quickest up to the mean.
    fn below(self, x: f64) -> f64 {
        let Self { mean, ratio, excess, share, first } = self;
        let lambda = 1.0 + (mean - x - 1.0) / ratio;
        let (y, by) = (ratio.recip(), (x + 1.0) / ratio);
        (first + share * x) / Fraction { a: 1.0, unit: excess / mean, x: y, bx: by, lambda }.rate()
    }

    /// True if P(X ≤ k) ≥ q.
    fn reaches(self, k: f64, q: f64) -> bool {
        let at = self.ln_p_at(k).exp();
        if k + 1.0 > self.mean { at * self.above(k) <= 1.0 - q } else { at * self.below(k) >= q }
    }

    /// ln P(X = 0), which is −r · ln(variance ÷ mean).
    fn ln_p_none(self) -> f64 {
        // The rounding of `ratio` cancels between logarithm and divisor; that of `excess` would not.
        if self.excess > 0.0 { -self.mean * (self.ratio.ln() / (self.ratio - 1.0)) } else { -self.mean }
    }

    /// ln P(X = x).
    ///
    /// The deviance of x and r, and what Stirling's formula leaves: sums of one sign, which do not cancel. Source:
    /// Loader, *Fast and Accurate Computation of Binomial Probabilities* (2000).
    fn ln_p_at(self, x: f64) -> f64 {
        if x == 0.0 {
            return self.ln_p_none();
        }
        let Self { mean, ratio, excess, share, first } = self;
        let off = x - mean;
        let mut deviance = x * beyond_log(-off / (ratio * x), share + first / x);
        if excess > 0.0 {
            deviance += mean / excess * beyond_log(share * off / mean, ratio.recip() + share * x / mean);
        }
        let r = mean / excess;
        let remainders = stirling_remainder(r + x) - stirling_remainder(r) - stirling_remainder(x);
        remainders - 0.5 * (TAU * x * (1.0 + x * excess / mean)).ln() - deviance
    }
}

/// Unit 1 with b·x stays finite as b grows, unit 1/a as a grows. Their limits at y = 0 are the fractions of the
/// incomplete gamma functions.
#[derive(Clone, Copy, Debug)]
struct Fraction {
    /// a · unit.
    a: f64,
    unit: f64,
    x: f64,
    bx: f64,
    /// a − (a + b)·x + 1.
    lambda: f64,
}

impl Fraction {
    /// unit · density of the log-odds at x ÷ `I_x(a, b)`, quickest for x up to about the mean.
    ///
    /// Even part of the continued fraction, by forward recurrence. It takes some ten terms at tens of reports, and
    /// about the square root of the shapes near the mean of large ones. Source: `DiDonato` & Morris, *Algorithm 708*,
    /// ACM Transactions on Mathematical Software 18 (1992) 360–373.
    #[inline]
    fn rate(self) -> f64 {
        let Self { a, unit, x, bx, lambda } = self;
        let mut below = (a + unit).recip();
        let (mut last, mut now) = ((1.0, 0.0), (a * lambda * below, 1.0));
        for m in 1..1_000_000 {
            let m = f64::from(m);
            let above = (a + unit * (2.0 * m + 1.0)).recip();
            let part = m * (bx - m * x) * below;
            let head = a + unit * (m - 1.0);
            let alpha = head * (head * x + unit * bx) * below * part;
            let beta = m + unit * part + (a + unit * m) * (lambda + m * (2.0 - x)) * above;
            below = above;
            let next = (beta * now.0 + alpha * last.0, beta * now.1 + alpha * last.1);
            let (change, denominator) = (next.0 * now.1 - now.0 * next.1, next.0 * now.1);
            (last, now) = (now, next);
            if change.abs() <= 1e-16 * denominator.abs() || change.is_nan() {
                break;
            }
            if now.0.abs() > 1e100 {
                [last, now] = [last, now].map(|(over, under)| (over * 1e-100, under * 1e-100));
            }
        }
        now.0 / now.1
    }
}

/// s − ln(1 + s), given both s and 1 + s to full precision.
fn beyond_log(s: f64, whole: f64) -> f64 {
    if s.abs() > 0.5 {
        return s - whole.ln();
    }
    // ln(1 + s) = 2 artanh t (Abramowitz & Stegun 4.1.27, 4.6.22), whose first term leaves s · t.
    let t = s / (2.0 + s);
    let square = t * t;
    let (mut power, mut sum, mut odd) = (square, 0.0, 3.0);
    while power > 1e-17 * square {
        sum += power / odd;
        power *= square;
        odd += 2.0;
    }
    t * (s - 2.0 * sum)
}

/// The mean of surprises under calm: gamma distributed with mean 1.
#[derive(Clone, Copy, Debug)]
pub struct Calm {
    shape: f64,
    ln_gamma: f64,
}

impl Calm {
    /// Calm of that shape, above 0.
    #[must_use]
    pub fn new(shape: f64) -> Self {
        Self { shape, ln_gamma: ln_gamma(shape) }
    }

    /// −log₁₀ P(L > `mean_surprise`), at most 300.
    ///
    /// The power series of the lower incomplete gamma function (DLMF 8.7.1) serves near the mean. Beyond, it is the
    /// continued fraction of the upper one (DLMF 8.9.2).
    #[must_use]
    pub fn evidence(self, mean_surprise: f64) -> f64 {
        let Self { shape, ln_gamma } = self;
        let z = shape * mean_surprise;
        let ln_density = shape * z.ln() - z - ln_gamma;
        let ln_p = if z < 2.0 * shape + 3.0 {
            // Terms enough for any shape; to test each would hold the processor up for longer.
            let end = shape + 17.0 + 3.5 * z;
            let mut term = shape.recip();
            let (mut sum, mut n) = (term, shape);
            while n < end {
                n += 1.0;
                term *= z / n;
                sum += term;
            }
            (1.0 - ln_density.exp() * sum).ln()
        } else {
            let upper = Fraction { a: 1.0, unit: 0.0, x: 1.0, bx: shape, lambda: 1.0 + z - shape };
            ln_density - upper.rate().ln()
        };
        ln_p.clamp(LN_MIN_P, 0.0).abs() * LOG10_E
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(ln_p: f64, expected: f64) {
        assert!((ln_p - expected).abs() < 1e-12, "{ln_p} is not {expected}");
    }

    #[test]
    fn geometric_counts_have_a_closed_form() {
        // Powers of two where the sum would else round the small square.
        for mean in [9.536_743_164_062_5e-7_f64, 0.015_625, 1.0, 7.5, 30.0, 400.0, 1e4] {
            let share: f64 = mean / (1.0 + mean);
            for x in [0.0_f64, 0.33, 1.0, 2.7667, 5.0, 40.0, 40.5, 50.0, 300.0, 1e4] {
                let expected = (x * -(1.0 / mean).ln_1p() + (0.5 * (1.0 + share)).ln()).max(LN_MIN_P);
                assert_close(ln_mid_p(x, mean, mean + mean * mean), expected);
            }
        }
    }

    #[test]
    fn no_count_and_one_have_a_closed_form() {
        for (mean, excess) in [(1e-12, 1e-6), (0.3, 0.5), (2.0, 9999.0), (20.0, 1e-3), (1e6, 3.0)] {
            let none = (-mean / excess * f64::ln_1p(excess)).exp();
            assert_close(ln_mid_p(0.0, mean, mean * (1.0 + excess)), (1.0 - none / 2.0).ln());
            assert_close(ln_mid_p(0.0, mean, mean), (1.0 - (-mean).exp() / 2.0).ln());
        }
        for mean in [0.3_f64, 1.0, 4.0] {
            assert_close(ln_mid_p(1.0, mean, 0.5 * mean), (1.0 - (-mean).exp() * (1.0 + mean / 2.0)).ln());
        }
    }

    #[test]
    fn overdispersion_fades_into_poisson() {
        for (x, mean) in [(0.0, 0.5), (3.0, 0.5), (2.7667, 4.0), (60.0, 45.0), (1e4, 9.9e3)] {
            let poisson = ln_mid_p(x, mean, mean);
            assert!((ln_mid_p(x, mean, mean * (1.0 + 2e-7)) - poisson).abs() < 1e-5, "{x} {mean}");
        }
    }

    #[test]
    fn ways_to_the_tail_agree() {
        for mean in [1e-3, 0.4, 3.0, 12.0, 39.0, 60.0] {
            for ratio in [1.0, 1.0 + 1e-6, 1.3, 4.0, 100.0] {
                let law = Law::new(mean, mean * ratio);
                for x in (1..=40).map(f64::from) {
                    assert_close(law.ln_mid_p_by_sum(x), law.ln_mid_p_by_fraction(x));
                    if (0.8 * mean..1.25 * mean).contains(&x) {
                        let sides = law.ln_p_at(x).exp() * (law.above(x) + law.below(x));
                        assert!((sides - 1.0).abs() < 1e-12, "{x} {mean} {ratio}: {sides}");
                    }
                }
            }
        }
    }

    #[test]
    fn tail_falls_with_the_count_and_rises_with_the_variance() {
        for mean in [0.05, 2.0, 35.0] {
            for ratio in [1.0, 1.2, 5.0] {
                let tails: Vec<f64> = (0..400).map(|n| ln_mid_p(0.25 * f64::from(n), mean, mean * ratio)).collect();
                assert!(tails.windows(2).all(|pair| pair[1] < pair[0] + 1e-13), "{mean} {ratio}");
            }
            let x = 3.0 * mean + 10.0;
            let tails = [1.0, 1.001, 1.1, 1.5, 2.0, 3.0].map(|ratio| ln_mid_p(x, mean, mean * ratio));
            assert!(tails.is_sorted(), "{mean}: {tails:?}");
        }
    }

    #[test]
    fn tail_is_cut() {
        assert_close(ln_mid_p(1e6, 1e-12, 1e-12), LN_MIN_P);
        assert_close(ln_mid_p(0.0, 1e6, 1e6), 0.0);
        assert_close(Calm::new(1.25).evidence(1e4), 300.0);
    }

    #[test]
    fn calm_of_a_whole_shape_has_a_closed_form() {
        for l in [0.0_f64, 1e-9, 0.4, 1.0, 3.4, 3.6, 4.9, 5.1, 20.0, 300.0] {
            assert_close(Calm::new(1.0).evidence(l), l * LOG10_E);
            let z = 2.0 * l;
            assert_close(Calm::new(2.0).evidence(l), ((z - z.ln_1p()) * LOG10_E).min(300.0));
        }
    }

    #[test]
    fn quantile_is_the_first_count_to_reach_q() {
        // scipy.stats.poisson.ppf
        for (mean, expected) in
            [(0.001, 0.0), (0.0011, 1.0), (0.5, 4.0), (3.0, 10.0), (40.0, 61.0), (745.0, 831.0), (1e5, 100_979.0)]
        {
            assert!((poisson_quantile(0.999, mean) - expected).abs() < 0.5, "{mean}");
        }
        assert!(poisson_quantile(1.0, 3.0).is_infinite());
    }
}
