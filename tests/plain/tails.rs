//! Upper tails by plain sums: the negative binomial, the Poisson and the Gamma distribution.

use statrs::function::gamma::ln_gamma;

/// Smallest chance that is told.
const LEAST: f64 = 1e-300;

/// ln of P(X > x) + P(X = x)/2 of the negative binomial of this mean and variance, Poisson where that is no more than the mean.
///
/// For x that is no whole number, P(X = x) by Gamma functions, and P(X > x) the sum of P(X = x + 1), P(X = x + 2) and so on.
pub(super) fn ln_mid_p(x: f64, mean: f64, variance: f64) -> f64 {
    let mean = mean.max(1e-12);
    let (ln_here, next): (f64, Box<dyn Fn(f64) -> f64>) = if variance <= mean * (1.0 + 1e-7) {
        (x * mean.ln() - mean - ln_gamma(x + 1.0), Box::new(move |n| mean / (n + 1.0)))
    } else {
        let r = mean * mean / (variance - mean);
        let y = mean / (r + mean);
        let ways = ln_gamma(r + x) - ln_gamma(r) - ln_gamma(x + 1.0);
        (ways + r * (-y).ln_1p() + x * y.ln(), Box::new(move |n| y * (r + n) / (n + 1.0)))
    };
    let (mut n, mut term, mut sum) = (x, 1.0, 0.5);
    loop {
        let ratio = next(n);
        term *= ratio;
        sum += term;
        n += 1.0;
        // Later terms fall at least as fast as by the larger of this ratio and the last one, which is below 1.
        if ratio < 1.0 && term < 1e-17 * sum * (1.0 - ratio) {
            break;
        }
    }
    (ln_here + sum.ln()).clamp(LEAST.ln(), 0.0)
}

/// −log10 Q(a, x), Q the upper regularised incomplete Gamma function.
pub(super) fn surprise_of_gamma(a: f64, x: f64) -> f64 {
    let ln_front = a * x.ln() - x - ln_gamma(a);
    let ln_upper = if x <= 0.0 {
        0.0
    } else if x < a + 1.0 {
        let (mut n, mut term) = (a, 1.0 / a);
        let mut sum = term;
        while term > 1e-18 * sum {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        (-ln_front.exp() * sum).ln_1p()
    } else {
        // Γ(a, x) = x^a e^−x / (x + (1−a)/(1 + 1/(x + (2−a)/(1 + 2/(x + …))))), from far inside outwards.
        let inner = (1..=4000).rev().fold(x, |inner, k| {
            let k = f64::from(k);
            x + (k - a) / (1.0 + k / inner)
        });
        ln_front - inner.ln()
    };
    -ln_upper.max(LEAST.ln()) / std::f64::consts::LN_10
}

/// The q-quantile of a Poisson distribution, and how near the sum came to q on either side of it.
pub(super) fn poisson_quantile(q: f64, mean: f64) -> (f64, f64) {
    let (mut n, mut sum, mut nearest) = (0.0, 0.0, f64::INFINITY);
    loop {
        sum += (n * mean.ln() - mean - ln_gamma(n + 1.0)).exp();
        nearest = (sum - q).abs().min(nearest);
        if sum >= q {
            return (n, nearest);
        }
        n += 1.0;
    }
}

/// Values in closed form.
#[test]
fn tails_are_those_of_others() {
    let near = |found: f64, expected: f64| {
        assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0), "{found} {expected}");
    };
    // Two and more of mean 1, Poisson: 1 − 2/e; half of one.
    near(ln_mid_p(1.0, 1.0, 1.0).exp(), 1.0 - 1.5 * (-1.0_f64).exp());
    // Geometric: r = 1, mean 1, P(X > 2) = 1/8, P(X = 2) = 1/8.
    near(ln_mid_p(2.0, 1.0, 2.0).exp(), 0.1875);
    near(ln_mid_p(0.0, 1.0, 2.0).exp(), 0.75);
    // Of shape 1 it is e^−x, of shape 2 (1 + x) e^−x.
    for x in [0.01_f64, 0.5, 1.9, 2.1, 3.5, 30.0, 500.0] {
        near(surprise_of_gamma(1.0, x), x / std::f64::consts::LN_10);
        near(surprise_of_gamma(2.0, x), (x - x.ln_1p()) / std::f64::consts::LN_10);
    }
    near(surprise_of_gamma(1.0, 1000.0), 300.0);
    near(poisson_quantile(0.999, 0.01).0, 1.0);
    near(poisson_quantile(0.999, 1.0).0, 5.0);
}
