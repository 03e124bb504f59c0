"""Ground that synthetic polygons share with H3 cells, by shapely (GEOS): area_shares.geojson and area_shares.csv.

    python3 tests/reference/area_shares.py        # needs numpy, shapely >= 2, h3 >= 4

The polygons are made up here: stars with up to 400 corners, some with a hole, some in two parts. Both they and the outlines
of the cells (H3's own C library) are laid into Lambert's cylindrical equal-area projection (x = longitude in radians, y = sine
of latitude), edges of polygons parted so that none rises by more than 0.01 degrees. A row is a polygon, a cell, and the shares
of the polygon and of the cell that both have in common.
"""
import json, math, os
import h3, numpy as np, shapely

HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(20261124)


def star(x, y, size, corners):
    turn = np.sort(rng.uniform(0, 2 * math.pi, corners))
    reach = size * rng.uniform(0.35, 1.0, corners)
    return [(round(x + r * math.cos(t) * 1.7, 7), round(y + r * math.sin(t), 7)) for t, r in zip(turn, reach)]


def closed(ring):
    return ring + ring[:1]


def stepped(ring):
    out = []
    for (x, y), (u, v) in zip(ring, ring[1:]):
        n = max(1, math.ceil(abs(v - y) / 0.01))
        out += [(x + (u - x) * k / n, y + (v - y) * k / n) for k in range(n)]
    return out


def project(points):
    return [(math.radians(x), math.sin(math.radians(y))) for x, y in points]


features = []
for number, (x, y, size, corners, kind, res) in enumerate([
    (2.30, 54.75, 0.020, 12, "plain", 8), (2.40, 54.75, 0.010, 40, "hole", 9), (2.55, 54.80, 0.030, 400, "plain", 8),
    (2.35, 54.65, 0.004, 9, "plain", 9), (2.60, 54.65, 0.015, 120, "two", 8), (-1.12, 52.64, 0.012, 60, "hole", 8),
    (151.21, -33.87, 0.020, 33, "plain", 8), (-77.04, 0.01, 0.020, 25, "two", 8), (24.94, 65.30, 0.0008, 16, "plain", 10),
    (10.0, 45.0, 0.25, 30, "hole", 6),
]):
    outer = star(x, y, size, corners)
    rings = [closed(outer)]
    if kind == "hole":
        rings.append(closed([(round(x + size * 0.2 * math.cos(-t), 7), round(y + size * 0.15 * math.sin(-t), 7)) for t in np.linspace(0, 5.5, 9)]))
    parts = [rings]
    if kind == "two":
        parts.append([closed(star(x + 4 * size, y, size / 2, 10))])
    shape = shapely.MultiPolygon([(p[0], p[1:]) for p in parts])
    assert shapely.is_valid(shape), number
    features.append({"type": "Feature", "properties": {"v": number + 1, "resolution": res},
                     "geometry": {"type": "MultiPolygon", "coordinates": [[list(map(list, r)) for r in p] for p in parts]}})

with open(f"{HERE}/area_shares.geojson", "w") as out:
    out.write('{"type":"FeatureCollection","features":[\n' + ",\n".join(json.dumps(f, separators=(",", ":")) for f in features) + "\n]}\n")

with open(f"{HERE}/area_shares.csv", "w") as out:
    out.write("polygon,cell,share_of_polygon,share_of_cell\n")
    for number, feature in enumerate(features, 1):
        parts = feature["geometry"]["coordinates"]
        shape = shapely.MultiPolygon([(project(stepped(p[0])), [project(stepped(r)) for r in p[1:]]) for p in parts])
        res = feature["properties"]["resolution"]
        cells = set()
        for p in parts:
            for x, y in p[0]:
                cells |= set(h3.grid_disk(h3.latlng_to_cell(y, x, res), 2))
            cells |= set(h3.polygon_to_cells(h3.LatLngPoly([(y, x) for x, y in p[0]]), res))
        total = 0.0
        for cell in sorted(cells):
            outline = shapely.Polygon(project([(lng, lat) for lat, lng in h3.cell_to_boundary(cell)]))
            shared = shapely.area(shapely.intersection(shape, outline))
            if shared > 0:
                total += shared
                out.write(f"{number},{cell},{shared / shape.area:.15e},{shared / outline.area:.15e}\n")
        assert abs(total / shape.area - 1) < 1e-11, (number, total / shape.area)
