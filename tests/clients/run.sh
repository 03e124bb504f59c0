#!/bin/sh
# Opens every output in the programs that people open them with, as far as they are installed: QGIS, GDAL, geopandas, DuckDB,
# kepler.gl. Prints what it skipped.
#
#   tests/clients/run.sh [path of tensionmap]
#
# PYTHON names a Python with geopandas and duckdb (pip install geopandas pyarrow duckdb), KEPLER a folder in which
# `npm install @kepler.gl/schemas` was run.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
program=${1:-$here/target/release/tensionmap}
[ -x "$program" ] || { echo "skipped: $program is not built"; exit 0; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT INT TERM
bad=0
check() { # check WHAT COMMAND...
    what=$1
    shift
    if "$@" > "$work/log" 2>&1; then echo "ok: $what"; else bad=$((bad + 1)); echo "FAILED: $what"; tail -20 "$work/log"; fi
}

made() { # made FOLDER INPUT [settings...]
    folder=$work/$1 input=$2
    shift 2
    mkdir "$folder"
    "$program" map "$input" --as-of 2026-03-02 --max-rejects 1% --quiet "$@" -o "$folder/map.geojson" -o "$folder/map.geojsonl" \
        -o "$folder/map.csv" -o "$folder/map.gpkg" -o "$folder/map.fgb" -o "$folder/map.parquet" -o "$folder/map.arrow" -o "$folder/map.kepler.json" \
        -o "$folder/map.png" > /dev/null || exit 1
}

# The sample; a title and an indicator whose names are markup and formulas; cells across longitude 180°.
made city "$here/data/incidents.csv" --area "$here/data/boundary.geojson"
made nasty "$here/data/incidents.csv" --area "$here/data/boundary.geojson" --title '</title><script>__xss=1</script>' \
    --marking '=1+1' --indicator "$here/data/areas.geojson:deprivation:intensive,name=<b onload=x>=cmd"
printf 'lon,lat,date,category\n179.99,-16.8,2026-02-20,asb\n-179.99,-16.8,2026-02-20,asb\n' > "$work/fiji.csv"
made fiji "$work/fiji.csv" --resolution 5 --timezone Pacific/Fiji

for set in city nasty fiji; do
    for name in map.geojson map.gpkg map.fgb map.parquet; do
        check "render: $set $name" sh -c '"$1" render "$2/$3" --manifest none -q -o "$2/again.png" && cmp "$2/again.png" "$2/map.png"' \
            sh "$program" "$work/$set" "$name"
    done
done

# Areas in place of cells, some of which have holes and parts.
mkdir "$work/areas"
cat > "$work/wards.geojson" << 'END'
{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"name":"Ring"},"geometry":{"type":"Polygon","coordinates":[[[2.2,54.6],[2.4,54.6],[2.4,54.8],[2.2,54.8],[2.2,54.6]],[[2.3,54.7],[2.3,54.75],[2.35,54.75],[2.35,54.7],[2.3,54.7]]]}},
{"type":"Feature","properties":{"name":"Hole, '=1+1"},"geometry":{"type":"Polygon","coordinates":[[[2.3,54.7],[2.35,54.7],[2.35,54.75],[2.3,54.75],[2.3,54.7]]]}},
{"type":"Feature","properties":{"name":"Parts"},"geometry":{"type":"MultiPolygon","coordinates":[[[[2.4,54.6],[2.5,54.6],[2.5,54.8],[2.4,54.8],[2.4,54.6]]],[[[2.6,54.6],[2.7,54.6],[2.7,54.8],[2.6,54.8],[2.6,54.6]]]]}}]}
END
"$program" rollup "$here/data/incidents.csv" --areas "$work/wards.geojson" --name name --as-of 2026-03-02 --max-rejects 1% --quiet --manifest none \
    -o "$work/areas/map.geojson" -o "$work/areas/map.geojsonl" -o "$work/areas/map.csv" -o "$work/areas/map.gpkg" \
    -o "$work/areas/map.fgb" -o "$work/areas/map.parquet" -o "$work/areas/map.arrow" -o "$work/areas/map.kepler.json" > /dev/null || exit 1
# The cells of each level dissolved: fewer rows, holes and islands.
mkdir "$work/levels"
for set in city fiji; do
    input=$here/data/incidents.csv more="--area $here/data/boundary.geojson"
    [ $set = fiji ] && input=$work/fiji.csv more='--resolution 5 --timezone Pacific/Fiji'
    # shellcheck disable=SC2086
    "$program" map "$input" --as-of 2026-03-02 --max-rejects 1% --quiet $more --geometry outlines --manifest none \
        -o "$work/levels/$set.gpkg" -o "$work/levels/$set.geojson" > /dev/null || exit 1
done

count() { wc -l < "$work/$1/map.geojsonl"; }

qgis=$here/../shared/peers/qgis_check.py
if [ -f "$qgis" ] && /usr/bin/python3 -c 'import qgis.core' 2> /dev/null; then
    for set in city nasty; do
        for name in map.geojson map.geojsonl map.fgb map.gpkg; do
            style="--style $work/$set/map.qml"
            # The style of a GeoPackage is in it.
            [ $name = map.gpkg ] && style='--layer tension'
            # shellcheck disable=SC2086
            check "QGIS: $set $name" /usr/bin/python3 "$qgis" "$work/$set/$name" $style --png "$work/$set/$name.png" --min-ink 5 \
                --expect-count "$(count $set)" --expect-crs EPSG:4326 --expect-geom Polygon --unique h3 \
                --expect-renderer categorizedSymbol --expect-field h3:string --expect-field score:double --expect-field band:string
        done
    done
    for name in map.geojson map.fgb map.gpkg; do
        style="--style $work/areas/map.qml"
        [ $name = map.gpkg ] && style='--layer tension'
        # shellcheck disable=SC2086
        check "QGIS: areas $name" /usr/bin/python3 "$qgis" "$work/areas/$name" $style --png "$work/areas/$name.png" --min-ink 5 \
            --expect-count 3 --expect-crs EPSG:4326 --unique name --expect-renderer categorizedSymbol --expect-field name:string \
            --expect-field score:double --expect-field band:string
    done
    for name in city.gpkg city.geojson; do
        style="--style $work/levels/city.qml"
        [ $name = city.gpkg ] && style='--layer tension'
        # shellcheck disable=SC2086
        check "QGIS: levels of $name" /usr/bin/python3 "$qgis" "$work/levels/$name" $style --png "$work/levels/$name.png" --min-ink 5 \
            --expect-crs EPSG:4326 --unique band --expect-renderer categorizedSymbol
    done
    check 'QGIS: levels of Fiji' /usr/bin/python3 "$qgis" "$work/levels/fiji.gpkg" --layer tension --expect-bbox=-180,-18,180,-15
    check 'QGIS: Fiji' /usr/bin/python3 "$qgis" "$work/fiji/map.gpkg" --layer tension --expect-count "$(count fiji)" \
        --expect-geom MultiPolygon --expect-bbox=-180,-18,180,-15 --unique h3
    check 'QGIS: map.png' /usr/bin/python3 "$qgis" "$work/city/map.png" --expect-crs EPSG:3857 --png "$work/sheet.png"
    check 'QGIS: map.sld' /usr/bin/python3 "$here/tests/clients/sld.py" "$work/city/map.fgb" "$work/city/map.sld"
else
    echo 'skipped: QGIS (python3-qgis and ../shared/peers/qgis_check.py)'
fi

if command -v ogrinfo > /dev/null; then
    for set in city nasty fiji areas; do
        for name in map.geojson map.geojsonl map.fgb; do
            ogrinfo -al -so "$work/$set/$name" > "$work/info" 2>&1
            check "GDAL: $set $name" grep -q "^Feature Count: $(count $set)\$" "$work/info"
        done
        ogrinfo -so "$work/$set/map.gpkg" tension > "$work/info" 2>&1
        check "GDAL: $set map.gpkg" grep -q "^Feature Count: $(count $set)\$" "$work/info"
    done
    # The index finds what a scan finds.
    part='2.30 54.74 2.33 54.77'
    # shellcheck disable=SC2086
    for name in map.gpkg map.fgb map.geojson; do
        layer=-al
        [ $name = map.gpkg ] && layer=tension
        ogrinfo -q -spat $part "$work/city/$name" $layer 2> /dev/null | grep ' h3 (String)' | sort > "$work/$name.found"
    done
    check 'GDAL: index of map.gpkg' sh -c "test -s '$work/map.geojson.found' && cmp '$work/map.gpkg.found' '$work/map.geojson.found'"
    check 'GDAL: index of map.fgb' cmp "$work/map.fgb.found" "$work/map.geojson.found"
else
    echo 'skipped: GDAL (ogrinfo)'
fi

python=${PYTHON:-python3}
if "$python" -c 'import geopandas, duckdb' 2> /dev/null; then
    for set in city nasty fiji areas; do
        check "geopandas, DuckDB: $set" "$python" "$here/tests/clients/tables.py" "$work/$set"
    done
else
    echo 'skipped: geopandas and DuckDB (PYTHON=…)'
fi

if command -v node > /dev/null && [ -d "${KEPLER:-}/node_modules/@kepler.gl/schemas" ]; then
    for set in city nasty fiji areas; do
        check "kepler.gl: $set" sh -c "cd '$KEPLER' && node '$here/tests/clients/kepler.cjs' '$work/$set/map.kepler.json' $(count $set)"
    done
else
    echo 'skipped: kepler.gl (node and KEPLER=…)'
fi
echo "$bad failures"
[ "$bad" = 0 ]
