"""Hot-spot statistics by programs that share nothing with our code.

python3 tests/reference/hotspots.py      (esda 2.9.0, libpysal 4.14.1, pymannkendall 1.4.3, scipy 1.17, statsmodels 0.15, numpy 2.4)
Writes beside itself: local_statistics.csv, global_statistics.csv, benjamini_hochberg.csv, hamed_rao.csv, emerging.csv.
What none of these programs computes, Gi* in space and time, is the formula of Ord and Getis 1995 as whole matrices in numpy.
"""
import csv
import os
import warnings

import numpy as np
import pymannkendall
from esda.getisord import G, G_Local
from esda.moran import Moran, Moran_Local
from libpysal.weights import W
from scipy.spatial import cKDTree
from scipy.stats import norm, theilslopes
from statsmodels.stats.multitest import multipletests

warnings.simplefilter("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(20261128)


def shown(x):
    return "" if isinstance(x, float) and not np.isfinite(x) else repr(float(x)) if isinstance(x, (float, np.floating)) else str(x)


def write(name, header, rows):
    with open(os.path.join(HERE, name), "w", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(header)
        table.writerows([[shown(x) for x in row] for row in rows])


def within(points, distance):
    tree = cKDTree(points)
    return [sorted(set(tree.query_ball_point(p, distance)) - {i}) for i, p in enumerate(points)]


def two_sided(observed, draws):
    """Twice the smaller tail of esda's draws; its own p_sim leaves ties out of the lower one."""
    near = 1e-9 * np.abs(draws).max(1)
    below, above = (draws <= (observed + near)[:, None]).sum(1), (draws >= (observed - near)[:, None]).sum(1)
    return np.minimum(1, 2 * (np.minimum(below, above) + 1) / (draws.shape[1] + 1))


def ord_getis(x, weights):
    """Gi* as matrices: weights with the place itself."""
    n, total, squares = len(x), weights.sum(1), (weights**2).sum(1)
    return (weights @ x - x.mean() * total) / (x.std() * np.sqrt((n * squares - total**2) / (n - 1)))


points = rng.uniform(0, 10, (80, 2))
cases = {
    # The six points of esda's own tests.
    "six": (np.array([2, 3, 3.2, 5, 8, 7]), within([(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)], 15)),
    # Counts with many ties; one place without neighbours.
    "counts": (rng.poisson(1.5, 80) + 6 * (np.hypot(*(points - 5).T) < 2), within(points, 1.6)),
    "reals": (np.round(rng.lognormal(1, 1, 80), 3), within(points, 2.5)),
}
rows, whole = [], []
for case, (x, near) in cases.items():
    x = np.asarray(x, dtype=float)
    n = len(x)
    w = lambda: W(dict(enumerate(near)), silence_warnings=True)
    local = lambda transform, star: G_Local(x, w(), transform=transform, star=star, permutations=0).Zs
    drawn = G_Local(x, w(), transform="B", star=True, permutations=19_999, seed=1, n_jobs=1)
    moran = Moran_Local(x, w(), transformation="r", permutations=19_999, seed=1, n_jobs=1, keep_simulations=True)
    p_gi, p_moran = two_sided(drawn.Gs, drawn.rGs), two_sided(moran.Is, moran.rlisas)
    z = [local("B", False), local("B", True), local("R", False), local("R", True)]
    for i in range(n):
        rows.append([case, i, x[i], " ".join(map(str, near[i])), *(float(one[i]) for one in z), float(p_gi[i]),
                     float(moran.Is[i]), int(moran.q[i]), float(p_moran[i])])
    for transform in "BR":
        m = Moran(x, w(), transformation=transform, permutations=0)
        whole.append([case, f"moran-{transform.lower()}", m.I, m.EI, m.VI_rand, m.z_rand, m.p_rand])
    g = G(x, w(), permutations=0)
    whole.append([case, "general-g", float(g.G), g.EG, float(g.VG), float(g.z_norm), 2 * float(g.p_norm)])
write("local_statistics.csv",
      "case,place,value,near,gi,gi_star,gi_row,gi_star_row,gi_p,moran_i,quadrant,moran_p".split(","), rows)
write("global_statistics.csv", "case,statistic,value,expected,variance,z,p".split(","), whole)

p = np.concatenate([rng.uniform(0, 1, 60), rng.uniform(0, 0.01, 20), [0.02] * 5, [1.0] * 5, [0.0]])
write("benjamini_hochberg.csv", ["p", "q"], zip(p.tolist(), multipletests(p, method="fdr_bh")[1].tolist()))

rows = []
with open(os.path.join(HERE, "mann_kendall.csv")) as source:
    for row in csv.DictReader(source):
        x = np.array([float(v) for v in row["values"].split()])
        if len(set(x)) < 2 or len(x) < 4:
            continue
        mk = pymannkendall.hamed_rao_modification_test(x)
        sen = theilslopes(x, np.arange(len(x)), 0.95)
        rows.append([mk.var_s, mk.z, mk.p, float(sen.low_slope), float(sen.high_slope), row["values"]])
write("hamed_rao.csv", "variance,z,p,slope_lo,slope_hi,values".split(","), rows)


def category(signs, trend):
    """ESRI's edition 3 with the precedence of Category::of, written as questions to the side that is asked about."""
    n = len(signs)
    for side in (1, -1):
        hits = [t for t in range(n) if signs[t] == side]
        if 10 * len(hits) >= 9 * n:
            return side * (8 if hits[-1] != n - 1 else {1: 3, 0: 4, -1: 5}[side * trend])
    for side in (1, -1):
        hits = [t for t in range(n) if signs[t] == side]
        if not hits or hits[-1] != n - 1:
            continue
        if -side in signs:
            return side * 7
        if hits == list(range(hits[0], n)):
            return side * (1 if len(hits) == 1 else 2)
        return side * 6
    return 0


cells, slices, lag = 60, 14, 1
places = rng.uniform(0, 10, (cells, 2))
near = within(places, 1.7)
t = np.arange(slices)
panel = rng.poisson(6.0, (cells, slices)).astype(float)
for i, (px, py) in enumerate(places):
    if px < 2.5:
        panel[i] = rng.poisson(30 + (py > 6) * 2.5 * t) * ((py > 3) | (t < slices - 1))   # hot, ever hotter, or no longer
    elif px > 7.5:
        panel[i] = rng.poisson(6 + 24 * ((t == slices - 1) if py > 7 else (t >= slices - 3) if py > 4 else (t % 4 < 2)))
binary = np.eye(cells)
for i, js in enumerate(near):
    binary[i, js] = 1
reach = np.array([[1.0 if 0 <= a - b <= lag else 0.0 for b in t] for a in t])
z = ord_getis(panel.ravel(), np.kron(binary, reach))
q = multipletests(2 * norm.sf(np.abs(z)), method="fdr_bh")[1].reshape(cells, slices)
z = z.reshape(cells, slices)
signs = (np.sign(z) * (q <= 0.05)).astype(int)
rows = []
for i in range(cells):
    mk = pymannkendall.original_test(z[i])
    code = category(list(signs[i]), int(np.sign(mk.z)) if mk.p <= 0.05 else 0)
    text = lambda values: " ".join(repr(float(v)) for v in values)
    rows.append([" ".join(map(str, near[i])), text(panel[i]), text(z[i]), "".join("-0+"[s + 1] for s in signs[i]), mk.z, mk.p, code])
write("emerging.csv", "near,values,z,signs,trend_z,trend_p,code".split(","), rows)
print({c: sum(r[-1] == c for r in rows) for c in sorted({r[-1] for r in rows})})
