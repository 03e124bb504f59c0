"""Mann–Kendall by pymannkendall and Sen's slope by scipy, which share nothing with our code.

python3 tests/reference/mann_kendall.py > tests/reference/mann_kendall.csv      (pymannkendall 1.4.3, scipy 1.15 or newer)
Series are whole numbers and halves, so that the text holds them exactly; many have ties. One a line: statistics, then values.
"""
import numpy as np
from pymannkendall import original_test
from scipy.stats import theilslopes

rng = np.random.default_rng(20261125)
series = [[1, 1, 1, 2], [3, 3, 3, 3, 3], list(range(12)), list(range(12, 0, -1)), [0] * 20 + [1], [5, -5, 5, -5, 5, -5]]
for n in (3, 5, 10, 26, 53, 104, 360):
    for drift in (0, 0.05, -0.2):
        series.append(np.round(2 * (rng.normal(0, 3, n) + drift * np.arange(n))) / 2)
    series.append(rng.poisson(0.4, n))
print("n,s,variance,z,p,sen_slope,values")
for values in series:
    values = np.asarray(values, dtype=float)
    found = original_test(values)
    slope = theilslopes(values, np.arange(len(values))).slope
    numbers = [len(values), int(found.s), found.var_s, found.z, found.p, slope]
    print(",".join(repr(float(x)) if isinstance(x, float) else str(x) for x in numbers), " ".join(f"{v:g}" for v in values), sep=",")
