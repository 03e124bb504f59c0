"""Cells of polygons whose ring goes round a pole, by shapely (GEOS) and h3-py: round_pole.geojson and round_pole.csv.

    python3 tests/reference/round_pole.py        # needs numpy, shapely >= 2, h3 >= 4

The polygons are made up here. Nothing is cut: each ring is laid out with every step the short way, closed along the pole of the
smaller side, repeated every 360 degrees, and each cell is looked at where it lies. A row is a polygon, a resolution, a mode, how many cells it has and the exclusive or of their numbers.
"""
import functools, json, math, operator, os
import h3, numpy as np, shapely
from shapely.affinity import translate

HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(20261125)
exact = lambda x: round(x * 64) / 64


def short(step):
    return step - 360 * round(step / 360)


def laid_out(ring):
    out = [tuple(ring[0])]
    for x, y in ring[1:]:
        out.append((out[-1][0] + short(x - out[-1][0]), y))
    return out


def closed(ring, pole):
    if abs(ring[-1][0] - ring[0][0]) < 1:
        return ring[:-1] + ring[:1]
    return ring + [(ring[-1][0], pole), (ring[0][0], pole), ring[0]]


def sine_sum(ring):
    """The integral of sin(latitude) over longitude, by 1000 steps an edge; going east."""
    total = 0
    for (a, b), (c, d) in zip(ring, ring[1:]):
        total += (c - a) * np.sin(np.radians(b + (d - b) * (np.arange(1000) + 0.5) / 1000)).mean()
    return total * math.copysign(1, ring[-1][0] - ring[0][0])


def ground(rings):
    shell = laid_out(rings[0])
    assert abs(shell[-1][0] - shell[0][0]) == 360
    pole = -90 if sine_sum(shell) < 0 else 90
    every = lambda ring: shapely.unary_union([translate(shapely.Polygon(closed(ring, pole)), 360 * k) for k in range(-4, 5)])
    whole = every(shell)
    for hole in rings[1:]:
        whole = whole.difference(every(laid_out(hole)))
    assert whole.is_valid
    shapely.prepare(whole)
    return whole


def wrapped(x):
    return exact((x + 180) % 360 - 180)


def star(lat, swing, corners, west=False, start=0.0, wiggle=0.0):
    at = np.linspace(0, 360, corners, endpoint=False)
    ring = [[wrapped(start + x + rng.uniform(-wiggle, wiggle)), exact(lat + rng.uniform(-swing, swing))] for x in at]
    ring = ring[::-1] if west else ring
    return ring + ring[:1]


def box(x, y, w, h):
    return [[wrapped(x + a * w), y + b * h] for a, b in [(-1, -1), (-1, 1), (1, 1), (1, -1), (-1, -1)]]


made = {
    "three corners": [star(-65, 5, 3, start=20)],
    "south": [star(-65, 10, 60)],
    "north and west": [star(62, 12, 90, west=True, start=7, wiggle=1.9)],
    "to and fro": [[[x, y] for x, y in [(170, -50), (-170, -52), (176, -56), (-176, -60), (-60, -55), (60, -65), (170, -50)]]],
    "on the equator": [star(2, 12, 40, west=True, start=3)],
    "holes": [star(55, 8, 50), box(20, 75, 9, 4), box(180, 78, 12, 5), star(87, 1, 12, west=True, start=11)],
    "along a parallel": [[[-180, -70], [-60, -70], [60, -70], [180, -70], [-180, -70]]],
}
with open(f"{HERE}/round_pole.geojson", "w") as out:
    feature = lambda name, rings: json.dumps({"type": "Feature", "properties": {"name": name}, "geometry": {
        "type": "Polygon", "coordinates": rings}}, separators=(",", ":"))
    out.write('{"type":"FeatureCollection","features":[\n' + ",\n".join(feature(*item) for item in made.items()) + "\n]}\n")

with open(f"{HERE}/round_pole.csv", "w") as out:
    out.write("polygon,resolution,mode,cells,xor\n")
    for resolution in (1, 2, 3):
        cells = sorted(cell for base in h3.get_res0_cells() for cell in h3.cell_to_children(base, resolution))
        centres = shapely.points([h3.cell_to_latlng(cell)[::-1] for cell in cells])
        outlines = []
        for cell in cells:
            ring = [(lng, lat) for lat, lng in h3.cell_to_boundary(cell)]
            outlines.append(shapely.Polygon(closed(laid_out(ring + ring[:1]), math.copysign(90, ring[0][1]))))
        outlines = np.array(outlines)
        for name, rings in made.items():
            whole = ground(rings)
            for mode, held in [
                ("centroid", shapely.contains(whole, centres)),
                ("full", shapely.covers(whole, outlines)),
                ("overlapping", shapely.intersects(whole, outlines)),
                ("covers", shapely.relate_pattern(whole, outlines, "T********")),
            ]:
                numbers = [h3.str_to_int(cell) for cell, inside in zip(cells, held) if inside]
                xor = functools.reduce(operator.xor, numbers, 0)
                out.write(f'{name},{resolution},{mode},{len(numbers)},{xor:x}\n')
