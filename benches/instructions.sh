#!/usr/bin/env bash
# Counts the instructions of fixed jobs on the sample and compares them with benches/instructions.txt: a slow-down fails
# whatever the clock says. What is faster by more than the tolerance is only told.
#   benches/instructions.sh PROGRAM            compares
#   benches/instructions.sh PROGRAM --update   writes the file anew
set -euo pipefail
cd "$(dirname "$0")/.."
program="$(realpath "$1")"
known=benches/instructions.txt
# In per cent. Maps with seeds of their own make a run differ from the next by less than a thousandth.
tolerance=3

if ! command -v valgrind >/dev/null; then
    apt-get install -y valgrind >/dev/null 2>&1 || { echo "instructions: skipped, valgrind is missing and cannot be installed"; exit 0; }
fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
# Twenty times the sample: reading and counting beside a start-up that is over soon.
{ cat data/incidents.csv; for _ in {1..19}; do tail -n +2 data/incidents.csv; done; } >"$work/many.csv"

sample=(data/incidents.csv --area data/boundary.geojson --as-of 2026-03-02 --max-rejects 1% --threads 1 --quiet)
many=("$work/many.csv" --max-rejects 1% --dedupe off --threads 1 --quiet)
count() {
    local log="$work/log"
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$log" "$program" "$@" >/dev/null
    awk '/Collected/ { print $NF }' "$log"
}
# Without a manifest: what hashing takes depends on what the processor has for it, which valgrind has not.
measure() {
    echo "start-up $(count --version)"
    echo "read $(count check "${many[@]}")"
    echo "count $(count map "${many[@]}" --as-of 2026-03-02 --manifest none -o "$work/many.geojson")"
    echo "map $(count map "${sample[@]}" -o "$work/map.png" -o "$work/map.geojson" --manifest none)"
    echo "series $(count series "${sample[@]}" -o "$work/series.csv" --manifest none)"
}

if [ "${2:-}" = --update ]; then
    measure | tee "$known"
    exit
fi
measure | awk -v tolerance="$tolerance" '
    NR == FNR { known[$1] = $2; next }
    !($1 in known) { printf "%-9s %14d  new: run with --update\n", $1, $2; bad = 1; next }
    {
        change = 100 * ($2 / known[$1] - 1)
        word = change > tolerance ? "SLOWER" : change < -tolerance ? "faster: run with --update" : ""
        bad += change > tolerance
        printf "%-9s %14d instructions, %+.2f %% %s\n", $1, $2, change, word
    }
    END { exit bad > 0 }' "$known" -
