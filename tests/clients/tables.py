"""Whether geopandas and DuckDB read a folder's tables, and the same values from each: tables.py FOLDER."""
import sys
import xml.dom.minidom

import duckdb
import geopandas
import pandas
import pyarrow.feather
import pyarrow.parquet

folder = sys.argv[1]
layer = geopandas.read_file(f"{folder}/map.geojson")
parquet = geopandas.read_parquet(f"{folder}/map.parquet")
assert parquet.crs == "EPSG:4326", parquet.crs
# What a row is of: a cell, or an area by its name.
key = next(name for name in layer.columns if name != "id")
assert parquet[key].is_unique and parquet.geometry.is_valid.all()
assert list(parquet[key]) == list(layer[key])
assert parquet.crs == layer.crs and parquet.geometry.values.geom_equals(layer.geometry.values).all()
arrow = pyarrow.feather.read_table(f"{folder}/map.arrow")
shapes = geopandas.GeoDataFrame.from_arrow(arrow)
assert shapes.crs == parquet.crs and shapes.geometry.geom_equals(parquet.geometry).all()
assert geopandas.read_feather(f"{folder}/map.arrow").crs == parquet.crs
plain = pyarrow.parquet.read_table(f"{folder}/map.parquet")
assert arrow.column_names == plain.column_names
assert all(arrow[name].to_pylist() == plain[name].to_pylist() for name in plain.column_names if name != "geometry")
packaged = geopandas.read_file(f"{folder}/map.gpkg", layer="tension")
flat = geopandas.read_file(f"{folder}/map.fgb").set_index(key).loc[layer[key]].reset_index()
table = pandas.read_csv(f"{folder}/map.csv", keep_default_na=False, na_values=[""])
# A date, or midnight of it where a format has no dates.
for frame in (layer, parquet, packaged, flat):
    frame["as_of"] = frame["as_of"].astype(str).str[:10]
names = [name for name in layer.columns if name not in ("id", "geometry")]


def same(a, b):
    # An empty text and none at all are one in a CSV.
    return a == b or all(pandas.isna(value) or value == "" for value in (a, b))


for name in names:
    # In a spreadsheet a name that would be a formula is none.
    plain = "'" + name if name.startswith(("=", "+", "-", "@")) else name
    for other in (packaged, flat):
        assert all(map(same, layer[name], other[name])), name
    assert all(same(a, b) or str(a) == str(b) for a, b in zip(layer[name], table[plain])), name
    if name != key:
        assert all(map(same, layer[name], parquet[name])), name
assert not any(str(value).startswith(("=", "+", "@")) for row in table.values for value in row if isinstance(value, str))

# The bounds of rows are found where GeoParquet says they are, and pass over what lies elsewhere.
about = pyarrow.parquet.ParquetFile(f"{folder}/map.parquet").metadata.metadata
assert b"tensionmap" in about and b'"version":"1.1.0"' in about[b"geo"]
west, south, east, north = parquet.geometry.iloc[0].bounds
part = geopandas.read_parquet(f"{folder}/map.parquet", bbox=(west, south, east, north))
assert 1 <= len(part) <= len(parquet) and parquet[key].iloc[0] in set(part[key])
rows, cells = duckdb.sql(f"select count(*), count(distinct {key}) from '{folder}/map.parquet'").fetchall()[0]
assert rows == cells == len(layer)
found = duckdb.sql(f"select count(*) from '{folder}/map.parquet' where bbox.xmax >= {west} and bbox.xmin <= {east}").fetchall()[0]
assert 1 <= found[0] <= rows

for style in ("map.qml", "map.sld"):
    xml.dom.minidom.parse(f"{folder}/{style}")
