//! Surge: the current rate of a place against its own past, with its uncertainty.

mod effect;
mod excess;
pub(in crate::score) mod odds;

pub use effect::Effect;
pub use excess::{Excess, credible_excess};

use crate::rounding::times;
use odds::{BetaOdds, Quantile};

/// Counts and exposures of one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurgeCounts {
    /// O, reports in the current window; fractional where an interval lies partly inside.
    pub window: f64,
    /// `n_B`, reports in the baseline.
    pub baseline: f64,
    /// |W|, covered days of the window, above 0.
    pub window_days: f64,
    /// |B|, covered days of the baseline, above 0.
    pub baseline_days: f64,
}

/// Prior of a cell's rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// λ̄, reports per day of the neighbourhood, 0 or more.
    pub rate: f64,
    /// κ, weight of that rate in days.
    pub days: f64,
    /// a0, shape of the prior on the current rate.
    pub shape: f64,
    /// φ, over-dispersion, at least 1.
    pub dispersion: f64,
}

/// Current rate ÷ baseline rate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RateRatio {
    /// Median.
    pub rr: f64,
    /// 5 % quantile: the credible excess.
    pub lo: f64,
    /// 95 % quantile.
    pub hi: f64,
    /// P(current rate > baseline rate).
    pub p_exceed: f64,
    /// Reports expected in the window from the baseline alone.
    pub expected: f64,
}

impl std::fmt::Display for RateRatio {
    /// `2.50 times (1.98 to 3.13)`.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = out.precision().unwrap_or(2);
        let [rr, lo, hi] = [self.rr, self.lo, self.hi].map(|ratio| times(ratio, digits));
        write!(out, "{rr} times ({lo} to {hi})")
    }
}

/// The posterior rate ratio of two Gamma–Poisson rates, in closed form.
///
/// Baseline rate λ0 ~ Gamma(α0, β0) with α0 = (`n_B` + κλ̄)/φ, β0 = (|B| + κ)/φ. Current rate λ1 ~ Gamma(α1, β1) with
/// α1 = O/φ + a0, β1 = |W|/φ + a0/λs, λs = α0/β0. With X ~ Beta(α1, α0) the ratio θ = λ1/λ0 is distributed as
/// (β0/β1)·X/(1−X), so its quantiles and P(θ > 1) need no simulation. They agree with 40-digit arithmetic to 1e-9.
///
/// With almost no past the ratio can be astronomic: it is cut at 1e±299, and outputs cut it further.
///
/// Returns `None` if nothing is known of the past: no report in the cell's baseline or its neighbourhood. Complexity: about six
/// evaluations of the incomplete beta function. Sources: Gamma–Poisson smoothing, Clayton & Kaldor,
/// Biometrics 43 (1987) 671–681; ratio of two Gamma variates as a Beta prime, Johnson, Kotz & Balakrishnan, *Continuous
/// Univariate Distributions* 2 (1995) §25.
///
/// ```
/// use tensionmap::unstable::score::{Prior, SurgeCounts, rate_ratio};
/// let prior = Prior { rate: 0.1, days: 28.0, shape: 0.5, dispersion: 1.0 };
/// let doubled = SurgeCounts { window: 56.0, baseline: 364.0, window_days: 28.0, baseline_days: 364.0 };
/// let ratio = rate_ratio(doubled, prior).ok_or("no past")?;
/// assert!(ratio.lo > 1.5 && ratio.hi < 2.7 && ratio.p_exceed > 0.999);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn rate_ratio(counts: SurgeCounts, prior: Prior) -> Option<RateRatio> {
    Posterior::new(counts, prior).map(Posterior::rate_ratio)
}

/// The ratio θ as the odds of X ~ Beta(a, b) ÷ a/b ÷ `times`.
#[derive(Clone, Copy, Debug)]
struct Posterior {
    /// α1.
    a: f64,
    /// α0.
    b: f64,
    /// (E/φ + a0) ÷ (O/φ + a0), with E reports expected: equal to (β1/β0)·(α0/α1).
    times: f64,
    expected: f64,
}

impl Posterior {
    fn new(counts: SurgeCounts, prior: Prior) -> Option<Self> {
        let Prior { rate, days, shape, dispersion } = prior;
        let prior_and_past = counts.baseline + days * rate;
        let exposure = counts.baseline_days + days;
        if prior_and_past <= 0.0 || exposure <= 0.0 {
            return None;
        }
        let b = prior_and_past / dispersion;
        let expected = prior_and_past / exposure * counts.window_days;
        let a = counts.window / dispersion + shape;
        Some(Self { a, b, times: (expected / dispersion + shape) / a, expected })
    }

    fn rate_ratio(self) -> RateRatio {
        let odds = self.odds();
        let ratio = |quantile| odds.quantile(quantile) / self.times;
        RateRatio {
            rr: ratio(Quantile::MEDIAN),
            lo: ratio(Quantile::LOW),
            hi: ratio(Quantile::HIGH),
            p_exceed: odds.p_above(self.times),
            expected: self.expected,
        }
    }

    fn odds(self) -> BetaOdds {
        BetaOdds::new(self.a, self.b)
    }

    fn ratio(self, quantile: Quantile) -> f64 {
        self.odds().quantile(quantile) / self.times
    }
}

/// φ: Pearson's χ² per degree of freedom of each cell's blocks against that cell's own mean, pooled over cells; at least 1.
///
/// `blocks` contains the counts of each cell's equally long baseline blocks, cell after cell, `per_cell` per cell. Cells without
/// any report are left out; with fewer than two blocks, or without any report, φ = 1.
/// O(n). Source: `McCullagh` & Nelder, *Generalized Linear Models* (1989) §4.5.
///
/// ```
/// // Mean 4; (9+9+0+…)/4 = 4.5 over 3 degrees of freedom.
/// assert!((tensionmap::unstable::score::dispersion(&[1.0, 7.0, 4.0, 4.0], 4) - 1.5).abs() < 1e-12);
/// ```
#[must_use]
pub fn dispersion(blocks: &[f64], per_cell: usize) -> f64 {
    if per_cell < 2 {
        return 1.0;
    }
    let (mut chi_squared, mut freedom) = (0.0, 0.0);
    for cell in blocks.chunks_exact(per_cell) {
        let mean = cell.iter().sum::<f64>() / per_cell as f64;
        if mean > 0.0 {
            chi_squared += cell.iter().map(|n| (n - mean).powi(2) / mean).sum::<f64>();
            freedom += (per_cell - 1) as f64;
        }
    }
    if freedom > 0.0 { f64::max(1.0, chi_squared / freedom) } else { 1.0 }
}
