"""Rate ratios in 40-digit arithmetic by mpmath, which shares nothing with our code or its libraries.

python3 tests/reference/rate_ratio.py > tests/reference/rate_ratio.csv      (mpmath 1.3.0 or newer, numpy for the cases)
Formulas: the surge section of the method, written here a second time from its definition.
"""
import numpy as np
from mpmath import betainc, exp, findroot, linspace, log, log1p, loggamma, mp, mpf, quad, sqrt

mp.dps = 40
print("window,baseline,window_days,baseline_days,rate,dispersion,rr,lo,hi,p_exceed")
rng = np.random.default_rng(20261122)
cases = [(0, 0, 28, 364, 0.05, 1.0), (0, 400, 28, 364, 1.0, 1.29), (73, 338, 28, 364, 0.8, 1.29), (1, 0, 28, 364, 0.001, 1.0),
         (400, 2500, 28, 364, 7.0, 1.0), (300, 900, 28, 364, 3.0, 4.0), (3, 2, 10, 56, 0.02, 1.0)]
cases += [(rng.poisson(rng.gamma(1, 20)), rng.poisson(rng.gamma(1, 200)), int(rng.integers(1, 29)), int(rng.integers(56, 365)),
           rng.gamma(1, 0.5), 1 + rng.gamma(1, 0.5)) for _ in range(60)]
# Corners: next to no past, a past or a window of 10⁵ to 10⁷, ratios beyond all measure, strong over-dispersion.
cases += [(o, 0, 28, 364, rate, phi) for o in (0, 1, 30, 1000) for rate in (1e-9, 1e-6, 1e-3) for phi in (1, 2.5)]
cases += [(o, n, 28, 364, 0.01, 1) for o in (0, 3, 100, 10_000, 100_000, 10_000_000) for n in (0, 10, 1000, 100_000, 10_000_000)]
cases += [(o, o * 13 * more, 28, 364, o * more / 28, phi) for o in (10, 1000, 100_000, 10_000_000) for more in (0.97, 1, 1.03) for phi in (1, 1.7)]
cases += [(o, n, 28, 364, 0.5, phi) for o, n in ((0, 100), (40, 100), (5, 0), (300, 40)) for phi in (20, 1000)]
kappa, shape = mpf(28), mpf("0.5")


def tail(a, b, t):
    """I_x(a, b) at log-odds t below the mean's. mpmath's own function, or the density's integral where that is slow."""
    if a + b < 20_000:
        return betainc(a, b, 0, 1 / (1 + exp(-t)), regularized=True)
    ln_beta = loggamma(a) + loggamma(b) - loggamma(a + b)

    def ln_density(u):
        return a * u - (a + b) * (log1p(exp(u)) if u < 0 else u + log1p(exp(-u))) - ln_beta
    low, step = t, 1 / sqrt(a + b)
    while ln_density(low) > ln_density(t) - 120:
        low, step = low - step, step * 2
    return quad(lambda u: exp(ln_density(u)), linspace(low, t, 5))


def below(a, b, t):
    """I_x(a, b) at log-odds t, by the smaller tail."""
    return tail(a, b, t) if t < log(a / b) else 1 - tail(b, a, -t)


def quantile(a, b, p):
    """Log-odds t with I_x(a, b) = p: a bracket that surely holds it, then regula falsi to 25 digits."""
    def miss(t):
        return below(a, b, t) - p
    low = high = log(a / b)
    step = sqrt(1 / a + 1 / b) / 4
    while miss(low) > 0:
        low, step = low - step, step * 2
    step = sqrt(1 / a + 1 / b) / 4
    while miss(high) < 0:
        high, step = high + step, step * 2
    return findroot(miss, (low, high), solver="anderson", tol=mpf(10) ** -50, maxsteps=200)


for o, n, w, b, rate, phi in cases:
    rate, phi = mpf(f"{rate:.6g}"), mpf(f"{phi:.6g}")
    a0, b0 = (n + kappa * rate) / phi, (b + kappa) / phi
    a1, b1 = o / phi + shape, w / phi + shape / (a0 / b0)
    rr, lo, hi = (b0 / b1 * exp(quantile(a1, a0, mpf(p))) for p in ("0.5", "0.05", "0.95"))
    past = log(b0 / b1)
    p = tail(a0, a1, past) if past < log(a0 / a1) else 1 - tail(a1, a0, -past)
    print(",".join(repr(float(v)) for v in (o, n, w, b, rate, phi, rr, lo, hi, p)))
