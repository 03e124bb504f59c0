#!/usr/bin/env bash
# Draws the gallery: docs/gallery.sh PROGRAM. Real data is read from ../shared/data, and skipped where that is not there.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "${1:?give the tensionmap program}")
out=docs/gallery
shared=../shared/data
ogl="Contains public sector information licensed under the Open Government Licence v3.0 (data.police.uk)."

sample=(data/incidents.csv --area data/boundary.geojson --as-of 2026-03-02 --max-rejects 1% -q
    --marking "SAMPLE · A CITY THAT DOES NOT EXIST")
"$program" map "${sample[@]}" --title "Dogger Haven, on A4" --page a4-portrait --dpi 96 -o "$out/sample-a4.png"
"$program" map "${sample[@]}" --title "Dogger Haven: now, and what changed" --picture two-up --compare-to 2026-02-02 \
    --page 1440x810 -o "$out/sample-two-up.png"
"$program" map "${sample[@]}" --title "Dogger Haven: strand by strand" --picture strands --palette viridis --page 1200x900 \
    -o "$out/sample-strands.png"
"$program" coverage "${sample[@]}" --title "Dogger Haven: who still reports" --page 1200x900 -o "$out/sample-coverage.png"
"$program" explain 54.7679,2.3005 "${sample[@]}" --title "Dogger Haven" --page 1200x900 -o "$out/sample-cell.png"
"$program" density "${sample[@]}" --title "Dogger Haven: density of reports" --page 1200x900 -o "$out/sample-density.png"

if [ -d "$shared" ]; then
    leicester=(--marking "EXAMPLE · OPEN DATA" "$shared/leicester/incidents/leicester-city-2019-12_2022-10-street.csv.gz" -q --max-rejects 5%
        --area "$shared/leicester/areas/leicester_boundary.geojson" --attribution "$ogl")
    wards="$shared/leicester/areas/leicester_wards_2013.geojson"
    "$program" map "${leicester[@]}" --as-of 2022-10-01 --title "Leicester, September 2022" --context "$wards:districts" \
        --page 1440x1080 -o "$out/leicester.png"
    "$program" map "${leicester[@]}" --as-of 2022-10-01 --resolution 9 --fill score_change --compare-to 2022-09-01 \
        --title "Leicester: what changed in September 2022" --projection bng --page 1200x900 -o "$out/leicester-change.png"
    "$program" series "${leicester[@]}" --from 2021-12-01 --to 2022-10-01 --every 1mo --title "Leicester, month by month" \
        --page 1440x1080 -o "$out/leicester-series.png"
    "$program" map --marking "EXAMPLE · OPEN DATA" "$shared/ucdp-ged-car/GEDEvent_v23_1_car.geojson" --timezone UTC --resolution 4 --coarse point --as-of 2014-03-01 -q \
        --max-rejects 100% --title "Central African Republic, February 2014" \
        --context "$shared/naturalearth-context/world_countries_110m.geojson:land" \
        --context "$shared/naturalearth-context/world_countries_110m.geojson:boundaries:over" \
        --attribution "UCDP Georeferenced Event Dataset 23.1 (CC BY 4.0). Made with Natural Earth." --page 1200x900 \
        -o "$out/central-african-republic.png"
    printf 'lon,lat,date,category\n' >"$out/fiji.csv"
    # Made-up reports on both sides of longitude 180°.
    for day in 2025-0{3,4,5,6,7,8,9}-{03,17} 2025-1{0,1,2}-{03,17} 2026-01-{03,17} 2026-02-{03,10,12,14,17,19,21,24,26}; do
        for place in 178.44,-18.14 179.36,-16.43 -179.97,-16.80 -179.3,-17.2 177.44,-17.61; do
            printf '%s,%s,public_order\n' "$place" "$day" >>"$out/fiji.csv"
        done
    done
    "$program" map "$out/fiji.csv" --resolution 5 --as-of 2026-03-02 --timezone Pacific/Fiji -q --dedupe off \
        --marking "EXAMPLE · MADE-UP REPORTS" --title "Across longitude 180°: Fiji" --page 1200x900 \
        --context "$shared/naturalearth-context/tricky_countries_50m.geojson:land" -o "$out/fiji.png"
    rm "$out/fiji.csv"
else
    echo "skipped: the pictures of $shared, which is not here"
fi
rm -f "$out"/*.pgw "$out"/*.aux.xml "$out"/*manifest.json
