"""Points of every two-dimensional reference system in the EPSG registry, converted to WGS84 by PROJ without grids.

    reference_systems.py > points.csv                     # 49 points of each: 3 minutes
    TENSIONMAP_POINTS=points.csv cargo test --lib offered_systems_are_those_that_agree

The test compares `src/format/crs/systems.txt` with what agrees; with TENSIONMAP_BLESS=1 it rewrites the file.
Columns: code, x, y, longitude, latitude, metres that PROJ's operation is accurate to.
With codes as arguments, 5 points of each: `tests/reference/reference_systems.csv`. Needs pyproj."""

import math
import sys
import warnings

from pyproj import CRS, Transformer
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from pyproj.exceptions import CRSError, ProjError

warnings.filterwarnings("ignore")
WGS84 = CRS(4326)


def places(area, side):
    """Longitudes and latitudes over an area, a little within its edges."""
    west, south, east, north = area.west, area.south, area.east, area.north
    east += 360 if east < west else 0
    for column in range(side):
        for row in range(side):
            across, up = (0.02 + 0.96 * index / (side - 1) for index in (column, row))
            longitude = west + (east - west) * across
            yield longitude - 360 if longitude > 180 else longitude, south + (north - south) * up


def accuracy(transformer):
    """Metres that the operation of the last point is accurate to."""
    try:
        return transformer.get_last_used_operation().accuracy
    except ProjError:
        return transformer.accuracy


def points(code, side):
    crs = CRS(code)
    # Easting and longitude come first, as in files, whatever order the registry gives.
    forth = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    back = Transformer.from_crs(crs, WGS84, always_xy=True)
    for place in places(crs.area_of_use, side):
        x, y = (round(number, 3) for number in forth.transform(*place))
        longitude, latitude = back.transform(x, y)
        metres = accuracy(back)
        # Outside the areas of all operations PROJ knows no accuracy, and shifts nothing.
        if metres >= 0 and all(map(math.isfinite, (x, y, longitude, latitude))):
            yield code, x, y, longitude, latitude, metres


def main():
    stated = [int(code) for code in sys.argv[1:]]
    kinds = (PJType.PROJECTED_CRS, PJType.GEOGRAPHIC_2D_CRS)
    listed = (query_crs_info(auth_name="EPSG", pj_types=[kind], allow_deprecated=True) for kind in kinds)
    for code in stated or [int(info.code) for infos in listed for info in infos]:
        try:
            rows = list(points(code, 7))
        except (CRSError, ProjError) as error:
            print(f"EPSG:{code}: {error}", file=sys.stderr)
            continue
        for row in rows if not stated else rows[:: len(rows) // 5][:5]:
            print(row[0], row[1], row[2], round(row[3], 9), round(row[4], 9), row[5], sep=",")


main()
