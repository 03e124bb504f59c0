"""Rate ratios by drawing the two rates from their gamma distributions: no beta function, no quantile solver.

python3 tests/reference/rate_ratio_draws.py > tests/reference/rate_ratio_draws.csv      (numpy)
A million draws a case, seeded. For each quantile the order statistics five standard errors either side of it; for the
exceedance the share of draws give or take five of its standard errors.
"""
import numpy as np

draws, kappa, shape = 1_000_000, 28, 0.5
# window, baseline, window_days, baseline_days, rate, dispersion: α1 from 0.5 and α0 from 0.5 to 10⁵ and in every pairing.
cases = [(0, 0, 28, 364, 0.5 / 28, 1), (0, 0, 28, 364, 0.05, 1), (0, 12, 28, 364, 0.05, 1), (0, 400, 28, 364, 1, 1), (0, 99_972, 28, 364, 1, 1),
         (1, 0, 28, 364, 0.02, 1), (3, 0, 28, 364, 0.1, 2), (3, 2, 10, 56, 0.02, 1), (5, 40, 28, 364, 0.1, 1.3), (12, 90, 28, 364, 0.3, 1),
         (25, 160, 28, 364, 0.4, 1.6), (73, 338, 28, 364, 0.8, 1.29), (300, 900, 28, 364, 3, 4), (400, 2500, 28, 364, 7, 1),
         (1000, 10, 28, 364, 0.1, 1), (1000, 100_000, 1, 200, 500, 1), (99_999.5, 0, 28, 364, 0.5 / 28, 1), (99_999.5, 99_972, 28, 364, 1, 1),
         (7_700, 99_000, 28, 364, 270, 1), (40, 300, 28, 364, 0.9, 50)]
print("window,baseline,window_days,baseline_days,rate,dispersion,rr_from,rr_to,lo_from,lo_to,hi_from,hi_to,p_from,p_to")
rng = np.random.default_rng(20261125)
for window, baseline, window_days, baseline_days, rate, phi in cases:
    shape0, per0 = (baseline + kappa * rate) / phi, (baseline_days + kappa) / phi
    shape1, per1 = window / phi + shape, window_days / phi + shape / (shape0 / per0)
    ratio = np.sort(rng.gamma(shape1, 1 / per1, draws) / rng.gamma(shape0, 1 / per0, draws))
    bounds = []
    for p in (0.5, 0.05, 0.95):
        off = 5 * np.sqrt(draws * p * (1 - p))
        bounds += [ratio[int(draws * p - off)], ratio[int(draws * p + off) + 1]]
    share = np.mean(ratio > 1)
    # A share of 0 or 1 still has an error: that of 25 draws.
    off = max(5 * np.sqrt(share * (1 - share) / draws), 25 / draws)
    print(",".join(repr(float(v)) for v in (window, baseline, window_days, baseline_days, rate, phi, *bounds, share - off, share + off)))
