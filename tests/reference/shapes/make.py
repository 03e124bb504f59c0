"""Two areas in every container: a lake with an island in it, two parts, a height; and two reports. GDAL writes all but GeoArrow.

    python tests/reference/shapes/make.py      (geopandas, pyogrio, pyarrow)
"""
import os
import sqlite3
from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely.geometry import MultiPolygon, Point, Polygon

os.chdir(Path(__file__).parent)


def square(west, south, size):
    corners = [(west, south), (west + size, south), (west + size, south + size), (west, south + size), (west, south)]
    return [(x, y, 80.0) for x, y in corners]


lake = Polygon(square(-1.30, 52.50, 0.12), [square(-1.27, 52.53, 0.06)])
island = Polygon(square(-1.25, 52.55, 0.02))
apart = Polygon(square(-1.30, 52.65, 0.02))
areas = gpd.GeoDataFrame(
    {
        "code": ["E01", "E02"],
        "name": ["Lake & Isle", "Hill"],
        "homes": pd.array([1200, 40], dtype="Int32"),
        "rate": [0.125, 2.5],
    },
    geometry=[MultiPolygon([lake, island, apart]), Polygon(square(-1.15, 52.50, 0.10))],
    crs="EPSG:4326",
)
reports = gpd.GeoDataFrame(
    {"date": ["2026-02-01", "2026-02-02"], "category": ["arson", "hate_incident"]},
    geometry=[Point(-1.24, 52.56), Point(-1.10, 52.55)],
    crs="EPSG:4326",
)
flat = areas.set_geometry(areas.geometry.force_2d())
grid = areas.to_crs(27700)
for old in Path().glob("areas*"):
    old.unlink()
areas.to_file("areas.geojson", driver="GeoJSON", COORDINATE_PRECISION=15)
areas.to_file("areas.fgb", driver="FlatGeobuf", SPATIAL_INDEX="YES")
areas.to_parquet("areas.parquet", compression="snappy")
flat.to_parquet("areas_geoarrow.parquet", geometry_encoding="geoarrow")
areas.to_file("areas.kml", driver="LIBKML")
grid.to_file("areas_27700.shp")
for name in ["areas.gpkg", "areas_27700.gpkg"]:
    table = areas if name == "areas.gpkg" else grid
    table.to_file(name, layer="wards", driver="GPKG", SPATIAL_INDEX="NO")
    reports.to_file(name, layer="incidents", driver="GPKG", SPATIAL_INDEX="NO")
    file = sqlite3.connect(name)
    file.execute("pragma page_size=512")
    file.execute("vacuum")
    file.close()
