//! Surge: is the current rate of a place above its own past, and how surely?

use crate::numbers::times;
use statrs::function::beta::{beta_reg, ln_beta};

/// Counts and exposures of one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counts {
    /// O, reports in the current window; fractional where an interval lies partly inside.
    pub window: f64,
    /// `n_B`, reports in the baseline.
    pub baseline: f64,
    /// |W|, covered days of the window, above 0.
    pub window_days: f64,
    /// |B|, covered days of the baseline, above 0.
    pub baseline_days: f64,
}

/// What is believed of a cell before its own counts are seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// λ̄, reports per day round about, 0 or more.
    pub rate: f64,
    /// κ, weight of that rate in days.
    pub days: f64,
    /// a0, shape of the prior on the current rate.
    pub shape: f64,
    /// φ, over-dispersion, at least 1.
    pub dispersion: f64,
}

/// Current rate ÷ baseline rate.
#[derive(Clone, Copy, Debug, PartialEq)]
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
/// Baseline rate λ0 ~ Gamma(α0, β0) with α0 = (`n_B` + κλ̄)/φ, β0 = (|B| + κ)/φ; current rate λ1 ~ Gamma(α1, β1) with
/// α1 = O/φ + a0, β1 = |W|/φ + a0/λs, λs = α0/β0. With X ~ Beta(α1, α0) the ratio θ = λ1/λ0 is distributed as
/// (β0/β1)·X/(1−X), so its quantiles and P(θ > 1) need no simulation.
///
/// Where the past is next to nothing the ratio can be astronomic, and only says so; outputs cut it short.
///
/// Returns `None` when nothing is known of the past: no report in the cell's baseline nor round about it. Complexity:
/// some twenty evaluations of the incomplete beta function. Sources: Gamma–Poisson smoothing, Clayton & Kaldor,
/// Biometrics 43 (1987) 671–681; ratio of two Gamma variates as a Beta prime, Johnson, Kotz & Balakrishnan, *Continuous
/// Univariate Distributions* 2 (1995) §25.
///
/// ```
/// use tensionmap::score::{rate_ratio, Counts, Prior};
/// let prior = Prior { rate: 0.1, days: 28.0, shape: 0.5, dispersion: 1.0 };
/// let doubled = Counts { window: 56.0, baseline: 364.0, window_days: 28.0, baseline_days: 364.0 };
/// let ratio = rate_ratio(doubled, prior).ok_or("no past")?;
/// assert!(ratio.lo > 1.5 && ratio.hi < 2.7 && ratio.p_exceed > 0.999);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn rate_ratio(counts: Counts, prior: Prior) -> Option<RateRatio> {
    let Prior { rate, days, shape, dispersion } = prior;
    let a0 = (counts.baseline + days * rate) / dispersion;
    let b0 = (counts.baseline_days + days) / dispersion;
    if a0 <= 0.0 || b0 <= 0.0 {
        return None;
    }
    let usual = a0 / b0;
    let a1 = counts.window / dispersion + shape;
    let b1 = counts.window_days / dispersion + shape / usual;
    let quantile = |p: f64| b0 / b1 * odds_quantile(a1, a0, p);
    Some(RateRatio {
        rr: quantile(0.5),
        lo: quantile(0.05),
        hi: quantile(0.95),
        // P(X > x) = I_{1−x}(α0, α1), which keeps its digits where 1 − I_x would lose them.
        p_exceed: beta_reg(a0, a1, b0 / (b0 + b1)),
        expected: usual * counts.window_days,
    })
}

/// The p-quantile of X/(1−X) for X ~ Beta(a, b): Newton's method on the log-odds t, kept inside a shrinking bracket.
///
/// The distribution is evaluated in the tail that holds t, where it is small and keeps its digits.
fn odds_quantile(a: f64, b: f64, p: f64) -> f64 {
    let (mut low, mut high) = (-700.0_f64, 700.0_f64);
    let mut t = (a / b).ln();
    let ln_b = ln_beta(a, b);
    for _ in 0..200 {
        let error = if t < 0.0 {
            beta_reg(a, b, 1.0 / (1.0 + (-t).exp())) - p
        } else {
            (1.0 - p) - beta_reg(b, a, 1.0 / (1.0 + t.exp()))
        };
        if error > 0.0 {
            high = t;
        } else {
            low = t;
        }
        // ln of dI/dt = x^a (1−x)^b / B(a, b), with x = 1/(1+e^−t) and 1−x = 1/(1+e^t).
        let ln_slope = -a * (-t).exp().ln_1p() - b * t.exp().ln_1p() - ln_b;
        let newton = t - error / ln_slope.exp();
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        if (next - t).abs() <= 1e-14 * t.abs().max(1.0) {
            return next.exp();
        }
        t = next;
    }
    t.exp()
}

/// φ: Pearson's χ² per degree of freedom of each cell's blocks against that cell's own mean, pooled over cells; at least 1.
///
/// `blocks` holds the counts of each cell's equally long baseline blocks, cell after cell, `per_cell` a cell. Cells
/// without any report say nothing of dispersion and are left out; with fewer than two blocks, or no report at all, φ = 1.
/// O(n). Source: `McCullagh` & Nelder, *Generalized Linear Models* (1989) §4.5.
///
/// ```
/// // Mean 4; (9+9+0+…)/4 = 4.5 over 3 degrees of freedom.
/// assert!((tensionmap::score::dispersion(&[1.0, 7.0, 4.0, 4.0], 4) - 1.5).abs() < 1e-12);
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

/// TEMPORARY
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Excess {
    /// clamp(log2(rr_lo), 0, 1)
    pub u: f64,
    /// bits
    pub exceeds: u16,
}

/// TEMPORARY
#[must_use]
pub(super) fn credible_excess(counts: Counts, prior: Prior, p: &[f64]) -> Option<Excess> {
    let ratio = rate_ratio(counts, prior)?;
    let exceeds = (0..).zip(p).map(|(bit, &p)| u16::from(ratio.p_exceed >= p) << bit).sum();
    Some(Excess { u: ratio.lo.log2().clamp(0.0, 1.0), exceeds })
}
