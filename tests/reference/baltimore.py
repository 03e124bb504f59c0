"""Gi, Gi* and local Moran of Baltimore's house prices by esda 2.9.0, each house with those nearer than 5 units.

python3 tests/reference/baltimore.py ../shared/data/spatial-stats/baltimore.geojson > tests/reference/baltimore.csv
Neighbours and answers only: prices stay where they are.
"""
import json
import sys
import warnings

import numpy as np
from esda.getisord import G_Local
from esda.moran import Moran_Local
from libpysal.weights import W
from scipy.spatial import cKDTree

warnings.simplefilter("ignore")
features = json.load(open(sys.argv[1]))["features"]
points = np.array([f["geometry"]["coordinates"][:2] for f in features])
price = np.array([f["properties"]["PRICE"] for f in features], dtype=float)
tree = cKDTree(points)
near = [sorted(set(tree.query_ball_point(p, 5)) - {i}) for i, p in enumerate(points)]
w = lambda: W(dict(enumerate(near)), silence_warnings=True)
gi, star = (G_Local(price, w(), transform="B", star=star, permutations=0).Zs for star in (False, True))
moran = Moran_Local(price, w(), transformation="r", permutations=0).Is
print("near,gi,gi_star,moran_i")
for row in zip(near, gi, star, moran):
    print(" ".join(map(str, row[0])), *("" if not np.isfinite(x) else repr(float(x)) for x in row[1:]), sep=",")
