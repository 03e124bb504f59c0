"""Cells of H3's mode CONTAINMENT_OVERLAPPING_BBOX, by H3's own C library: overlapping_bbox.csv.

    python3 tests/reference/overlapping_bbox.py ../shared/data/h3-vectors/h3o/shapes      # needs h3 >= 4.3

A row is a shape, a resolution, how many cells it has and the exclusive or of their 64-bit numbers, in hexadecimal; resolutions
up to the first with more than 20,000 cells.
"""
import functools, json, operator, os, sys
import h3

HERE = os.path.dirname(os.path.abspath(__file__))
with open(f"{HERE}/overlapping_bbox.csv", "w") as out:
    out.write("shape,resolution,cells,xor\n")
    for name in sorted(os.listdir(sys.argv[1])):
        geometry = json.load(open(os.path.join(sys.argv[1], name)))
        shape = h3.geo_to_h3shape(geometry.get("geometry", geometry))
        for resolution in range(10):
            cells = h3.h3shape_to_cells_experimental(shape, resolution, "bbox_overlap")
            xor = functools.reduce(operator.xor, map(h3.str_to_int, cells), 0)
            out.write(f"{name.removesuffix('.geojson')},{resolution},{len(cells)},{xor:x}\n")
            if len(cells) > 20_000:
                break
