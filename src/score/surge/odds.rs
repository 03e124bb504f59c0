//! The odds X/(1−X) of X ~ Beta(a, b), to the last digits and in a fraction of a microsecond.
//!
//! The variable is d, the logarithm of the odds ÷ a/b. It is near 0 for any shapes. Its density is log-concave: ln of
//! either tail bends one way only, so Newton's method on it always converges.

use statrs::function::gamma::ln_gamma;

const LN_SQRT_TAU: f64 = 0.918_938_533_204_672_8;

/// Maximum |d|: beyond e^±690 a ratio means no more than "astronomic", and its products with shapes would overflow.
const MAX_LOG_RATIO: f64 = 690.0;

/// A probability with its logarithms and its standard normal quantile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quantile {
    ln_below: f64,
    ln_above: f64,
    z: f64,
}

impl Quantile {
    pub(super) const LOW: Self =
        Self { ln_below: -2.995_732_273_553_991, ln_above: -0.051_293_294_387_550_58, z: -1.644_853_626_951_472_2 };
    pub(super) const MEDIAN: Self =
        Self { ln_below: -std::f64::consts::LN_2, ln_above: -std::f64::consts::LN_2, z: 0.0 };
    pub(super) const HIGH: Self = Self { ln_below: Self::LOW.ln_above, ln_above: Self::LOW.ln_below, z: -Self::LOW.z };
}

/// X ~ Beta(a, b).
#[derive(Clone, Copy, Debug)]
pub(super) struct BetaOdds {
    a: f64,
    b: f64,
    mean: f64,
    rest: f64,
    /// ln of the density of d at 0.
    ln_peak: f64,
}

impl BetaOdds {
    /// The odds of Beta(a, b), both shapes above 0.
    pub(super) fn new(a: f64, b: f64) -> Self {
        let (mean, rest) = (a / (a + b), b / (a + b));
        // Not ln B(a, b), whose terms cancel: at shapes of 10⁷ that would leave seven digits.
        let remainders = stirling_remainder(a) + stirling_remainder(b) - stirling_remainder(a + b);
        Self { a, b, mean, rest, ln_peak: 0.5 * (a * rest).ln() - LN_SQRT_TAU - remainders }
    }

    /// The odds of 1 − X: d changes its sign, and the tails swap.
    fn mirrored(self) -> Self {
        Self { a: self.b, b: self.a, mean: self.rest, rest: self.mean, ..self }
    }

    /// P(odds > `times` · a/b), with the relative accuracy of the smaller tail.
    pub(super) fn p_above(self, times: f64) -> f64 {
        if self.lies_high(times) {
            self.mirrored().lower_tail(-times.ln(), times.recip()).p()
        } else {
            1.0 - self.lower_tail(times.ln(), times).p()
        }
    }

    /// The quantile of the odds ÷ a/b, cut to e^±690.
    ///
    /// Starts from Cornish & Fisher's expansion (Abramowitz & Stegun 26.2.49) in cumulants of d. Newton's method
    /// follows on ln of the tail that holds d, each step of fourth order. One or two evaluations suffice, three at tiny
    /// shapes.
    pub(super) fn quantile(self, quantile: Quantile) -> f64 {
        let mut d = self.cornish_fisher(quantile.z).clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO);
        for _ in 0..50 {
            let times = d.exp();
            let (step, error) = if self.lies_high(times) {
                let (step, error) = self.mirrored().lower_tail(-d, times.recip()).step_to(quantile.ln_above);
                (-step, error)
            } else {
                self.lower_tail(d, times).step_to(quantile.ln_below)
            };
            let last = d;
            d = (d + step).clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO);
            let min_step = f64::EPSILON * d.abs();
            if error < 1e-13 || (d - last).abs() <= min_step || d.is_nan() {
                break;
            }
        }
        d.exp()
    }

    /// True if the upper tail is to be computed: there its continued fraction converges quickly (DLMF §8.17(v)).
    fn lies_high(self, times: f64) -> bool {
        times * self.a * (self.b + 1.0) > (self.a + 1.0) * self.b
    }

    fn lower_tail(self, d: f64, times: f64) -> Tail {
        let odds = self.mean * times;
        let x = odds / (self.rest + odds);
        let y = self.rest / (self.rest + odds);
        // The large shape's terms cancel; the side of the smaller mean has the least cancellation.
        let ln_fall = if self.a < self.b { self.ln_fall(d, times) } else { self.mirrored().ln_fall(-d, times.recip()) };
        Tail { a: self.a, n: self.a + self.b, x, y, ln_density: self.ln_peak + ln_fall, rate: rate(self.a, self.b, x) }
    }

    /// ln of density ÷ density at d = 0, which is a·d − (a+b)·ln(1 + mean·(e^d − 1)).
    fn ln_fall(self, d: f64, times: f64) -> f64 {
        let more = self.mean * (times - 1.0);
        let ln = if more.abs() < 0.5 { more.ln_1p() } else { (self.rest + self.mean * times).ln() };
        self.a * d - (self.a + self.b) * ln
    }

    fn cornish_fisher(self, z: f64) -> f64 {
        // ψ⁽ⁿ⁾(v) by its first term about v − ½, kept finite for small shapes, where it is only a starting value.
        let [i, j] = [self.a, self.b].map(|shape| (shape - 0.5).max(0.5).recip());
        let variance = i + j;
        let sd = variance.sqrt();
        let skewness = (j * j - i * i) / (variance * sd);
        let kurtosis = 2.0 * (i * i * i + j * j * j) / (variance * variance);
        let w = z + (z * z - 1.0) * skewness / 6.0 + z * (z * z - 3.0) * kurtosis / 24.0
            - z * (2.0 * z * z - 5.0) * skewness * skewness / 36.0;
        (j - i) / 2.0 + sd * w
    }
}

/// P(D ≤ d) of a beta variate's d, with the terms of its derivatives.
#[derive(Clone, Copy, Debug)]
struct Tail {
    a: f64,
    /// a + b.
    n: f64,
    x: f64,
    /// 1 − x.
    y: f64,
    ln_density: f64,
    /// Density ÷ P(D ≤ d): the reversed hazard rate.
    rate: f64,
}

impl Tail {
    fn p(self) -> f64 {
        f64::min(1.0, self.ln_density.exp() / self.rate)
    }

    /// The step in d to where ln P equals `ln_goal`, and an estimate of its error.
    ///
    /// Reversion of the Taylor series of ln P (Abramowitz & Stegun 3.6.25).
    fn step_to(self, ln_goal: f64) -> (f64, f64) {
        let Self { a, n, x, y, ln_density, rate } = self;
        let newton = (ln_goal - ln_density + rate.ln()) / rate;
        // Derivatives of ln density, then of k = (ln rate)′, then Taylor coefficients of ln P ÷ rate.
        let (s, s1, s2) = (a - n * x, -n * x * y, n * x * y * (x - y));
        let k = s - rate;
        let k1 = s1 - rate * k;
        let k2 = s2 - rate * (k * k + k1);
        let (c2, c3, c4) = (k / 2.0, (k * k + k1) / 6.0, (k * k * k + 3.0 * k * k1 + k2) / 24.0);
        // Newton's step in units of the curve's bend.
        let bend = newton.abs() * (c2.abs() + c3.abs().sqrt() + c4.abs().cbrt());
        if bend > 0.5 {
            return (newton, f64::INFINITY);
        }
        let (r2, r3, r4) = (-c2, 2.0 * c2 * c2 - c3, 5.0 * c2 * (c3 - c2 * c2) - c4);
        (newton * (1.0 + newton * (r2 + newton * (r3 + newton * r4))), newton.abs() * bend.powi(4))
    }
}

/// Density of the log-odds at x ÷ P(X ≤ x), for x up to about the mean.
///
/// Even part of the continued fraction of the incomplete beta function, by forward recurrence. It takes some ten terms
/// at tens of reports, and about the square root of the shapes near the mean of large ones. Source: `DiDonato` &
/// Morris, *Algorithm 708*, ACM Transactions on Mathematical Software 18 (1992) 360–373.
fn rate(a: f64, b: f64, x: f64) -> f64 {
    let lambda = a - (a + b) * x + 1.0;
    let mut below = (a + 1.0).recip();
    let (mut last, mut now) = ((1.0, 0.0), (a * lambda * below, 1.0));
    for m in 1..1_000_000 {
        let m = f64::from(m);
        let above = (a + 2.0 * m + 1.0).recip();
        let part = m * (b - m) * x * below;
        let alpha = (a + m - 1.0) * (a + b + m - 1.0) * x * below * part;
        let beta = m + part + (a + m) * (lambda + m * (2.0 - x)) * above;
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

/// ln Γ(z) less Stirling's (z − ½) ln z − z + ½ ln 2π, z above 0.
pub(in crate::score) fn stirling_remainder(z: f64) -> f64 {
    if z < 10.0 {
        return ln_gamma(z) - (z - 0.5) * z.ln() + z - LN_SQRT_TAU;
    }
    // Abramowitz & Stegun 6.1.41; the next term is below 1e-15.
    let s = (z * z).recip();
    let series = 1.0 / 1188.0 - s * (691.0 / 360_360.0);
    (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * series)))) / z
}
