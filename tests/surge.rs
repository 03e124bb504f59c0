//! The rate ratio: against 40-digit arithmetic, against draws of the two rates, and its short cut against itself.

use statrs::function::beta::beta_reg;
use tensionmap::unstable::score::{Prior, SurgeCounts, credible_excess, rate_ratio};

use crate::support::{own, rows};

/// `tests/reference/rate_ratio.py`: silence to 10⁷ reports, next to no past, strong over-dispersion.
#[test]
fn rate_ratios_equal_mpmaths() {
    let mut worst = 0.0_f64;
    for case in rows(&own("tests/reference/rate_ratio.csv")) {
        let case: Vec<f64> = case.iter().map(|text| text.parse().unwrap()).collect();
        let (counts, prior) = case_of(&case);
        let ratio = rate_ratio(counts, prior).unwrap();
        for (found, expected) in
            [(ratio.rr, case[6]), (ratio.lo, case[7]), (ratio.hi, case[8]), (ratio.p_exceed, case[9])]
        {
            if (1e-290..1e290).contains(&expected) {
                let relative = (found / expected - 1.0).abs();
                assert!(relative < 1e-9, "{case:?}: {found} is not {expected}");
                worst = worst.max(relative);
            } else {
                let cut = if expected < 1.0 { (0.0..1e-280).contains(&found) } else { (1e280..1e308).contains(&found) };
                assert!(cut, "{case:?}: {found} is not {expected}");
            }
        }
        assert!((ratio.p_exceed - case[9]).abs() < 1e-12 || case[0] + case[1] > 1e6, "{case:?}: {}", ratio.p_exceed);
    }
    eprintln!("largest relative difference to mpmath: {worst:.1e}");
}

/// A million draws of the two rates in each of 20 corners, α from 0.5 to 10⁵ (`tests/reference/rate_ratio_draws.py`).
/// The file holds the order statistics five standard errors either side of each quantile.
#[test]
fn rate_ratios_lie_where_draws_of_the_two_rates_do() {
    let cases = rows(&own("tests/reference/rate_ratio_draws.csv"));
    assert_eq!(cases.len(), 20);
    for case in cases {
        let case: Vec<f64> = case.iter().map(|text| text.parse().unwrap()).collect();
        let (counts, prior) = case_of(&case);
        let ratio = rate_ratio(counts, prior).unwrap();
        let found = [ratio.rr, ratio.lo, ratio.hi, ratio.p_exceed];
        for (found, bounds) in found.iter().zip(case[6..].chunks(2)) {
            assert!((bounds[0]..=bounds[1]).contains(found), "{case:?}: {found} is not within {bounds:?}");
        }
    }
}

fn case_of(case: &[f64]) -> (SurgeCounts, Prior) {
    let counts = SurgeCounts { window: case[0], baseline: case[1], window_days: case[2], baseline_days: case[3] };
    (counts, Prior { rate: case[4], days: 28.0, shape: 0.5, dispersion: case[5] })
}

/// The twin: statrs' incomplete beta function, put together as the method defines the ratio.
#[test]
fn rate_ratios_equal_statrs() {
    let mut random = Random(20_261_125);
    for _ in 0..20_000 {
        let (counts, prior) = random.cell();
        let ratio = rate_ratio(counts, prior).unwrap();
        let a0 = (counts.baseline + prior.days * prior.rate) / prior.dispersion;
        let b0 = (counts.baseline_days + prior.days) / prior.dispersion;
        let a1 = counts.window / prior.dispersion + prior.shape;
        let b1 = counts.window_days / prior.dispersion + prior.shape * b0 / a0;
        // By the odds nearer to 0: beta_reg takes what is next to 1 for 1.
        let exceeds = |ratio: f64| {
            let (above, below) = (b0, b1 * ratio);
            if below < above {
                1.0 - beta_reg(a1, a0, below / (above + below))
            } else {
                beta_reg(a0, a1, above / (above + below))
            }
        };
        for (ratio, expected) in [(1.0, ratio.p_exceed), (ratio.lo, 0.95), (ratio.rr, 0.5), (ratio.hi, 0.05)]
            .into_iter()
            .filter(|(ratio, _)| (1e-280..1e280).contains(ratio))
        {
            let found = exceeds(ratio);
            assert!((found - expected).abs() < 1e-10, "{counts:?} {prior:?}: P(θ > {ratio}) = {found}, not {expected}");
        }
    }
}

#[test]
fn the_excess_is_what_the_ratio_says() {
    the_excess_is_what_the_ratio_says_in(150_000);
}

/// `cargo test --test it ten_million -- --ignored`
#[test]
#[ignore = "40 s; run it after a change to src/score/surge"]
fn the_excess_is_what_the_ratio_says_ten_million_times() {
    the_excess_is_what_the_ratio_says_in(10_000_000);
}

/// Decisions bit for bit, u to 1e-9: thresholds at random, the method's, and as close to the exceedance as floats get.
fn the_excess_is_what_the_ratio_says_in(cells: usize) {
    let mut random = Random(5);
    let (mut partial, mut exceeding) = (0, 0);
    for at in 0..cells {
        let (counts, prior) = random.cell();
        let ratio = rate_ratio(counts, prior).unwrap();
        let p = match at % 3 {
            0 => [0.8, 0.8, 0.95],
            1 => [random.unit(), random.unit(), random.unit()],
            _ => [ratio.p_exceed, ratio.p_exceed.next_up(), ratio.p_exceed + 0.02 * (random.unit() - 0.5)],
        };
        let excess = credible_excess(counts, prior, &p).unwrap();
        let u = ratio.lo.log2().clamp(0.0, 1.0);
        assert!((excess.u - u).abs() <= 1e-9, "{counts:?} {prior:?}: u {} is not {u}", excess.u);
        assert_eq!(
            [0, 1, 2].map(|place| excess.exceeds(place)),
            p.map(|p| ratio.p_exceed >= p),
            "{counts:?} {prior:?} {p:?} {}",
            ratio.p_exceed
        );
        partial += usize::from(u > 0.0 && u < 1.0);
        exceeding += usize::from(excess.exceeds(0));
    }
    // The random cells are of every kind, or this showed nothing.
    assert!(partial > cells / 50 && exceeding > cells / 5 && exceeding < cells * 4 / 5, "{partial} {exceeding}");
}

/// Nothing known of the past: neither has an answer; nothing known of the window: both have one.
#[test]
fn the_excess_is_absent_where_the_ratio_is() {
    let counts = SurgeCounts { window: 3.0, baseline: 0.0, window_days: 28.0, baseline_days: 364.0 };
    let prior = Prior { rate: 0.0, days: 28.0, shape: 0.5, dispersion: 1.0 };
    assert_eq!(credible_excess(counts, prior, &[0.8; 3]), None);
    assert_eq!(rate_ratio(counts, prior), None);
    let prior = Prior { rate: 1e-9, ..prior };
    assert!(credible_excess(counts, prior, &[0.8; 3]).is_some() && rate_ratio(counts, prior).is_some());
    let counts = SurgeCounts { window_days: 0.0, ..counts };
    assert!(credible_excess(counts, prior, &[0.8; 3]).is_some() && rate_ratio(counts, prior).is_some());
}

/// Knuth's linear congruential generator.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Between the two, evenly by its logarithm.
    fn magnitude(&mut self, low: f64, high: f64) -> f64 {
        low * (high / low).powf(self.unit())
    }

    /// A cell of any size: usual ones, silent ones, ones without a past, whole and fractional counts, odd priors.
    fn cell(&mut self) -> (SurgeCounts, Prior) {
        let baseline_days = (56.0 + self.unit() * 309.0).floor();
        let window_days = (1.0 + self.unit() * 28.0).floor();
        let kind = self.unit();
        let rate = if kind < 0.1 { self.magnitude(1e-9, 1e-2) } else { self.magnitude(1e-3, 1e2) };
        let baseline = if kind < 0.2 { 0.0 } else { rate * baseline_days * (0.5 + self.unit()) };
        let usual = (baseline + 28.0 * rate) / (baseline_days + 28.0) * window_days;
        let window = if kind < 0.15 { 0.0 } else { usual * self.magnitude(0.4, 2.5) + 6.0 * self.unit() * self.unit() };
        let whole = self.unit() < 0.7;
        let [window, baseline] = [window, baseline].map(|count| if whole { count.round() } else { count });
        let odd = self.unit() < 0.2;
        let days = if odd { self.magnitude(1e-3, 1e3) } else { 28.0 };
        let shape = if odd { self.magnitude(1e-3, 1e3) } else { 0.5 };
        let dispersion = if self.unit() < 0.1 { self.magnitude(1.0, 50.0) } else { 1.0 + self.unit() };
        (SurgeCounts { window, baseline, window_days, baseline_days }, Prior { rate, days, shape, dispersion })
    }
}
