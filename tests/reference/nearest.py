"""Distances from places to the polygons of area_shares.geojson, by PROJ's geodesics on a sphere: nearest.csv.

    python3 tests/reference/nearest.py        # needs numpy, shapely >= 2, pyproj

A row is a place, the nearest polygon and the metres to it. Edges are straight in longitude and latitude, as shapely (GEOS)
takes them, which also tells whether a place is inside. The distance to an edge is the least of 200 parts of it, and then of
40 rounds of golden-section search round that part; the sphere has the area of the WGS84 ellipsoid, 6 371 007.180918475 m.
"""
import json, math, os
import numpy as np, pyproj, shapely

HERE = os.path.dirname(os.path.abspath(__file__))
RADIUS = 6371007.180918475
sphere = pyproj.Geod(a=RADIUS, b=RADIUS)
rng = np.random.default_rng(20261125)
GOLDEN = (math.sqrt(5) - 1) / 2


def metres(lng, lat, x, y):
    return sphere.inv(np.full_like(x, lng), np.full_like(y, lat), x, y)[2]


def to_edges(lng, lat, a, b):
    """The least distance to edges from a to b, arrays of places."""
    part = np.linspace(0, 1, 201)[:, None]
    tried = np.array([metres(lng, lat, *(a + (b - a) * t).T) for t in part])
    best = part[tried.argmin(axis=0), 0]
    low, high = np.clip(best - 0.005, 0, 1), np.clip(best + 0.005, 0, 1)
    at = lambda t: metres(lng, lat, *(a + (b - a) * t[:, None]).T)
    for _ in range(40):
        one, two = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        left = at(one) < at(two)
        low, high = np.where(left, low, one), np.where(left, two, high)
    return np.minimum(at((low + high) / 2), tried.min(axis=0)).min()


polygons = [shapely.from_geojson(json.dumps(f["geometry"])) for f in json.load(open(f"{HERE}/area_shares.geojson"))["features"]]
edges = []
for polygon in polygons:
    rings = [np.array(ring.coords) for part in polygon.geoms for ring in [part.exterior, *part.interiors]]
    edges.append((np.concatenate([r[:-1] for r in rings]), np.concatenate([r[1:] for r in rings])))

places = [(round(x, 6), round(y, 6)) for x, y in zip(rng.uniform(2.2, 2.8, 40), rng.uniform(54.5, 54.9, 40))]
places += [(round(x, 6), round(y, 6)) for x, y in zip(rng.uniform(9.7, 10.3, 25), rng.uniform(44.8, 45.2, 25))]
places += [(round(x, 6), round(y, 6)) for x, y in zip(rng.uniform(-180, 180, 20), rng.uniform(-90, 90, 20))]
places += [(0.0, 90.0), (77.0, -90.0), (180.0, 0.0), (-180.0, 0.0)]
with open(f"{HERE}/nearest.csv", "w") as out:
    out.write("lng,lat,polygon,metres\n")
    for lng, lat in places:
        inside = [polygon.intersects(shapely.Point(lng, lat)) for polygon in polygons]
        far = [0.0 if within else to_edges(lng, lat, *ends) for within, ends in zip(inside, edges)]
        nearest = int(np.argmin(far))
        out.write(f"{lng},{lat},{nearest + 1},{far[nearest]:.6f}\n")
