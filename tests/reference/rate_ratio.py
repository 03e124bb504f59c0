"""Rate ratios in 40-digit arithmetic by mpmath, which shares nothing with our code or its libraries.

python3 tests/reference/rate_ratio.py > tests/reference/rate_ratio.csv      (mpmath 1.3.0 or newer, numpy for the cases)
Formulas: the surge section of the method, written here a second time from its definition.
"""
import numpy as np
from mpmath import betainc, exp, findroot, log, mp, mpf

mp.dps = 40
print("window,baseline,window_days,baseline_days,rate,dispersion,rr,lo,hi,p_exceed")
rng = np.random.default_rng(20261122)
cases = [(0, 0, 28, 364, 0.05, 1.0), (0, 400, 28, 364, 1.0, 1.29), (73, 338, 28, 364, 0.8, 1.29), (1, 0, 28, 364, 0.001, 1.0),
         (400, 2500, 28, 364, 7.0, 1.0), (300, 900, 28, 364, 3.0, 4.0), (3, 2, 10, 56, 0.02, 1.0)]
cases += [(rng.poisson(rng.gamma(1, 20)), rng.poisson(rng.gamma(1, 200)), int(rng.integers(1, 29)), int(rng.integers(56, 365)),
           rng.gamma(1, 0.5), 1 + rng.gamma(1, 0.5)) for _ in range(60)]
kappa, shape = mpf(28), mpf("0.5")


def quantile(a, b, p):
    """Log-odds t with I_x(a, b) = p: a bracket that surely holds it, then regula falsi to 25 digits."""
    def miss(t):
        if t < 0:
            return betainc(a, b, 0, 1 / (1 + exp(-t)), regularized=True) - p
        return 1 - p - betainc(b, a, 0, 1 / (1 + exp(t)), regularized=True)
    low = high = log(a / b)
    step = mpf(1) / 4
    while miss(low) > 0:
        low, step = low - step, step * 2
    step = mpf(1) / 4
    while miss(high) < 0:
        high, step = high + step, step * 2
    return findroot(miss, (low, high), solver="anderson", tol=mpf(10) ** -50, maxsteps=200)


for o, n, w, b, rate, phi in cases:
    rate, phi = mpf(f"{rate:.6g}"), mpf(f"{phi:.6g}")
    a0, b0 = (n + kappa * rate) / phi, (b + kappa) / phi
    a1, b1 = o / phi + shape, w / phi + shape / (a0 / b0)
    rr, lo, hi = (b0 / b1 * exp(quantile(a1, a0, mpf(p))) for p in ("0.5", "0.05", "0.95"))
    p = betainc(a0, a1, 0, b0 / (b0 + b1), regularized=True)
    print(",".join(repr(float(v)) for v in (o, n, w, b, rate, phi, rr, lo, hi, p)))
