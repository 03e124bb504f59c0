//! Rate ratios of a thousand cells at their normal, and their use in a score. Times are per thousand cells.

use divan::Bencher;
use divan::counter::ItemsCount;
use statrs::function::beta::beta_reg;
use tensionmap::unstable::score::{Prior, SurgeCounts, credible_excess, rate_ratio};

#[divan::bench]
fn ratio(bencher: Bencher) {
    each(bencher, |counts, prior| rate_ratio(counts, prior).map_or(0.0, |ratio| ratio.lo));
}

#[divan::bench]
fn excess(bencher: Bencher) {
    each(bencher, |counts, prior| credible_excess(counts, prior, &[0.8, 0.95]).map_or(0.0, |excess| excess.u));
}

/// One P(θ > 1) by statrs: a ratio needs it, and twenty more for its quantiles.
#[divan::bench]
fn statrs_p_exceed(bencher: Bencher) {
    each(bencher, |counts, prior| {
        let (a0, b0) = (counts.baseline + prior.days * prior.rate, counts.baseline_days + prior.days);
        let (a1, b1) = (counts.window / prior.dispersion + prior.shape, counts.window_days + prior.shape * b0 / a0);
        beta_reg(a0 / prior.dispersion, a1, b0 / (b0 + b1))
    });
}

fn each(bencher: Bencher, of: impl Fn(SurgeCounts, Prior) -> f64) {
    let cells = cells();
    bencher
        .counter(ItemsCount::new(cells.len()))
        .bench_local(|| cells.iter().map(|&(counts, prior)| of(counts, prior)).sum::<f64>());
}

/// 10 to 400 reports in 364 days, a Poisson share of them in the last 28, over-dispersion 1 to 2, a prior like the cell.
fn cells() -> Vec<(SurgeCounts, Prior)> {
    let mut state = 7_u64;
    let mut unit = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let cell = |_| {
        let usual = 10.0 * f64::powf(40.0, unit());
        let mut poisson = |mean: f64| {
            let (mut count, mut product) = (0.0, unit());
            while product > (-mean).exp() {
                count += 1.0;
                product *= unit();
            }
            count
        };
        let (window, baseline) = (poisson(usual / 13.0), poisson(usual));
        let prior =
            Prior { rate: usual / 364.0 * (0.7 + 0.6 * unit()), days: 28.0, shape: 0.5, dispersion: 1.0 + unit() };
        (SurgeCounts { window, baseline, window_days: 28.0, baseline_days: 364.0 }, prior)
    };
    (0..1000).map(cell).collect()
}
