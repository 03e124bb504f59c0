"""Joins one layer's formats on h3 and in space, in geopandas, DuckDB and polars: travel.py FOLDER.

FOLDER holds map.* of cells, numbers.* of the same cells with --id-type u64, areas.* of wards, and series.*. Run with `-W error`: a
warning is a failure. tests/clients.rs makes the folder and runs this; PYTHON names a Python with the modules:

    python3 -m venv venv && venv/bin/pip install geopandas duckdb polars pyarrow
    PYTHON=$PWD/venv/bin/python cargo test --test it clients:: -- --nocapture
"""
import datetime
import itertools
import sys

import duckdb
import geopandas
import pandas
import polars
import pyarrow.parquet

folder = sys.argv[1]
AS_OF = datetime.date(2026, 3, 2)


def read(name):
    """A layer as geopandas reads its format."""
    path = f"{folder}/{name}"
    if name.endswith(".parquet"):
        return geopandas.read_parquet(path)
    if name.endswith(".arrow"):
        return geopandas.read_feather(path)
    # A GeoPackage has its styles beside the layer.
    return geopandas.read_file(path, layer="tension" if name.endswith(".gpkg") else None)


# One reference system and one type of h3, whatever the format.
formats = ["parquet", "arrow", "geojson", "gpkg", "fgb"]
cells = {ending: read(f"map.{ending}") for ending in formats}
areas = {ending: read(f"areas.{ending}") for ending in formats}
for ending, layer in [*cells.items(), *areas.items()]:
    assert layer.crs == "EPSG:4326" and layer.crs.to_authority() == ("EPSG", "4326"), (ending, layer.crs)
    assert {str(day)[:10] for day in layer.as_of} == {str(AS_OF)}, (ending, layer.as_of.dtype)
    kind = str(layer.as_of.dtype)
    assert kind.startswith("datetime64") or isinstance(layer.as_of[0], datetime.date), (ending, kind)
table = pandas.read_csv(f"{folder}/map.csv", parse_dates=["as_of"])
assert set(table.as_of.dt.date) == {AS_OF}

# Joined on h3: every pair of formats, cell by cell, with the same scores.
tables = {ending: pandas.DataFrame(layer[["h3", "score"]]) for ending, layer in cells.items()} | {"csv": table[["h3", "score"]]}
for (one, left), (other, right) in itertools.combinations(tables.items(), 2):
    joined = left.merge(right, on="h3", validate="1:1")
    assert len(joined) == len(left) == len(right) > 50, (one, other, len(joined))
    same = (joined.score_x == joined.score_y) | (joined.score_x.isna() & joined.score_y.isna())
    assert same.all(), (one, other)

# Joined in space: cells of one format within wards of another, without a word about the reference system.
for one, other in itertools.product(formats, formats):
    within = cells[one].sjoin(areas[other], predicate="intersects")
    assert len(within) > 50 and "name" in within.columns, (one, other)

# DuckDB joins files by themselves.
db = duckdb.connect()
pairs = db.execute(
    f"SELECT count(*), sum(p.score = c.score OR p.score IS NULL AND c.score IS NULL), any_value(p.as_of), any_value(c.as_of) "
    f"FROM '{folder}/map.parquet' p JOIN '{folder}/map.csv' c USING (h3)"
).fetchone()
assert pairs == (len(table), len(table), AS_OF, AS_OF), pairs
kinds = dict(db.execute(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '{folder}/map.parquet')").fetchall())
assert (kinds["h3"], kinds["as_of"]) == ("VARCHAR", "DATE"), kinds
long = db.execute(
    f"SELECT count(*) FROM '{folder}/series.parquet' s JOIN '{folder}/map.parquet' p USING (h3, as_of)"
).fetchone()
assert long == (len(table),), long

# polars too.
parquet = polars.read_parquet(f"{folder}/map.parquet", columns=["h3", "score", "as_of"])
arrow = polars.read_ipc(f"{folder}/map.arrow", columns=["h3", "score", "as_of"])
plain = polars.read_csv(f"{folder}/map.csv", columns=["h3", "score", "as_of"], try_parse_dates=True)
assert parquet.schema == arrow.schema == plain.schema, (parquet.schema, arrow.schema, plain.schema)
assert parquet.schema["as_of"] == polars.Date and parquet.schema["h3"] == polars.String
for left, right in itertools.combinations([parquet, arrow, plain], 2):
    joined = left.join(right, on=["h3", "as_of"], how="inner", validate="1:1")
    assert joined.height == len(table)
    assert joined.select((polars.col("score").eq_missing(polars.col("score_right"))).all()).item()

# As numbers they join with each other and with the texts that they stand for.
numbers = polars.read_parquet(f"{folder}/numbers.parquet", columns=["h3"])
assert numbers.schema["h3"] == polars.UInt64
assert [f"{cell:x}" for cell in numbers["h3"]] == parquet["h3"].to_list()
wholes = {
    "arrow": polars.read_ipc(f"{folder}/numbers.arrow", columns=["h3"])["h3"].to_list(),
    "csv": pandas.read_csv(f"{folder}/numbers.csv").h3.to_list(),
    "gpkg": read("numbers.gpkg").h3.to_list(),
    "fgb": sorted(read("numbers.fgb").h3),
    "series": sorted(set(pyarrow.parquet.read_table(f"{folder}/numberseries.parquet")["h3"].to_pylist())),
}
for ending, found in wholes.items():
    assert found == numbers["h3"].to_list(), ending
print(f"{len(table)} cells join: {', '.join(tables)}; wards: {', '.join(formats)}")
