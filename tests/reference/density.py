"""Quartic kernel density by its definition: every point against every sampled pixel, along the great circle.

Writes density_points.csv and density_expected.csv beside itself; needs numpy. tests/density.rs reads them.
"""
import pathlib
import numpy as np

HERE = pathlib.Path(__file__).parent
R, RADIUS, PIXEL = 6_371_007.180918475, 500.0, 25.0
WEST, SOUTH, EAST, NORTH = -1.20, 52.60, -1.10, 52.66

rng = np.random.default_rng(7)
lat = np.concatenate([rng.normal(52.63, 0.006, 120), rng.uniform(52.59, 52.67, 80)]).round(6)
lng = np.concatenate([rng.normal(-1.15, 0.009, 120), rng.uniform(-1.21, -1.09, 80)]).round(6)
np.savetxt(HERE / "density_points.csv", np.stack([lat, lng], 1), "%.6f", ",", header="lat,lng", comments="")

mercator = lambda lat: np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))
south, north = mercator(SOUTH), mercator(NORTH)
middle = 2 * np.arctan(np.exp((south + north) / 2)) - np.pi / 2
pixel = PIXEL / (R * np.cos(middle))
width, height = int(np.ceil(np.radians(EAST - WEST) / pixel)), int(np.ceil((north - south) / pixel))
rows = []
for row in range(3, height, 17):
    for column in range(3, width, 17):
        y = 2 * np.arctan(np.exp(north - (row + 0.5) * pixel)) - np.pi / 2
        x = np.radians(WEST) + (column + 0.5) * pixel
        phi, lam = np.radians(lat), np.radians(lng)
        a = np.sin((phi - y) / 2) ** 2 + np.cos(phi) * np.cos(y) * np.sin((lam - x) / 2) ** 2
        d = 2 * R * np.arcsin(np.sqrt(a))
        raw = np.where(d < RADIUS, (1 - (d / RADIUS) ** 2) ** 2, 0).sum()
        rows.append((row, column, (d < RADIUS + 2 * PIXEL).sum(), raw))
np.savetxt(HERE / "density_expected.csv", rows, "%d,%d,%d,%.9f", header=f"row,column,near,raw ({width} x {height})", comments="")
