#!/bin/sh
# What a run leaves behind when it is killed or the disk fails it, at every call that writes: the old files whole, or the new
# ones whole; no temporary file after an error; the right exit code. Needs strace; a full disk also needs root, for a small tmpfs.
#
#   tests/faults.sh [path of tensionmap]
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
program=${1:-$here/target/release/tensionmap}
command -v strace > /dev/null || { echo "skipped: strace is not installed"; exit 0; }
[ -x "$program" ] || { echo "skipped: $program is not built"; exit 0; }
work=$(mktemp -d) || exit 1
trap 'umount "$work/small" 2> /dev/null; rm -rf "$work"' EXIT INT TERM
results='map.geojson map.csv map.gpkg map.fgb map.arrow map.qml map.sld map.manifest.json'

run() { # run FOLDER TITLE [before...]: writes the bundle into a folder
    folder=$1 title=$2
    shift 2
    RAYON_NUM_THREADS=1 "$@" "$program" map "$here/data/incidents.csv" --as-of 2026-03-02 --resolution 7 --max-rejects 1% --quiet --threads 1 \
        --title "$title" -o "$folder/map.geojson" -o "$folder/map.csv" -o "$folder/map.gpkg" -o "$folder/map.fgb" -o "$folder/map.arrow" \
        > "$work/out" 2> "$work/err"
}

mkdir "$work/old" "$work/new" "$work/at"
run "$work/old" old || { cat "$work/err"; exit 1; }
run "$work/new" new || { cat "$work/err"; exit 1; }
bad=0 cases=0
complain() { bad=$((bad + 1)); echo "FAILED: $1"; cat "$work/err"; }

check() { # check WHAT EXIT: each file is the old or the new one, and nothing else is there
    for name in $results; do
        cmp -s "$work/at/$name" "$work/old/$name" || cmp -s "$work/at/$name" "$work/new/$name" || complain "$1: $name is neither old nor new"
    done
    # The manifest is put in its place last: if it is the new one, everything is.
    if cmp -s "$work/at/map.manifest.json" "$work/new/map.manifest.json"; then
        for name in $results; do
            cmp -s "$work/at/$name" "$work/new/$name" || complain "$1: a new manifest beside an old $name"
        done
    fi
    if [ "$2" != 137 ]; then
        left=$(cd "$work/at" && ls -A | grep -c '\.tmp$')
        [ "$left" = 0 ] || complain "$1: $left temporary files are left"
    fi
}

try() { # try CALL FAULT EXIT FOLLOW [PATHS]: at the first call, the second, and so on, until there is no such call
    call=$1 fault=$2 expected=$3 follow=$4 paths=${5:-} when=1
    while :; do
        rm -rf "$work/at" && cp -a "$work/old" "$work/at"
        # shellcheck disable=SC2086
        run "$work/at" new strace $follow -o "$work/trace" -e trace="$call" $paths -e inject="$call:$fault:when=$when"
        got=$?
        [ "$got" = 0 ] && ! grep -q INJECTED "$work/trace" && break
        check "$call $fault, call $when" "$got"
        cases=$((cases + 1))
        # A message that cannot be written is no failure, nor a file that gets no second name, nor a folder that cannot be opened.
        if [ "$got" = 0 ]; then
            grep INJECTED "$work/trace" | grep -q 'write([12],\|linkat(\|openat(' || complain "$call $fault, call $when: exit 0"
            [ "$call" = openat ] || cmp -s "$work/at/map.manifest.json" "$work/new/map.manifest.json" ||
                complain "$call $fault, call $when: exit 0 and an old manifest"
        else
            [ "$got" = "$expected" ] || complain "$call $fault, call $when: exit $got instead of $expected"
        fi
        if [ "$got" = 5 ]; then
            # The message itself may be what could not be written.
            grep -q "^error: " "$work/err" || grep INJECTED "$work/trace" | grep -q 'write(2' || complain "$call $fault, call $when: no message"
            # All is put back, unless all was in its place and only the disk did not answer.
            cmp -s "$work/at/map.manifest.json" "$work/new/map.manifest.json" ||
                for name in $results; do
                    cmp -s "$work/at/$name" "$work/old/$name" || complain "$call $fault, call $when: $name is new beside an old manifest"
                done
        fi
        when=$((when + 1))
        [ "$when" -gt 400 ] && { complain "$call $fault never ends"; break; }
    done
    echo "$call $fault${follow:+, all threads}: $((when - 1)) calls"
    # What was left by a kill is removed by the next run.
    run "$work/at" new || complain "$call $fault: the next run fails"
    [ "$(cd "$work/at" && ls -A | grep -c '\.tmp$')" = 0 ] || complain "$call $fault: the next run leaves temporary files"
}

# Names under way are random: calls are followed whatever they are about, but for openat, with which the system loads its libraries.
results_alone="-P $work/at"
for name in $results; do results_alone="$results_alone -P $work/at/$name"; done
for call in write fsync rename linkat openat; do
    only=''
    [ "$call" = openat ] && only=$results_alone
    # strace counts the calls of each thread by itself: those of all, then those of the first alone.
    for follow in -f ''; do
        try "$call" signal=KILL 137 "$follow" "$only"
        try "$call" error=ENOSPC 5 "$follow" "$only"
        try "$call" error=EIO 5 "$follow" "$only"
    done
done

# A disk that is full.
if [ "$(id -u)" = 0 ] && mkdir "$work/small" && mount -t tmpfs -o size=512k none "$work/small" 2> /dev/null; then
    cp -a "$work/old/." "$work/small/"
    free=$(df -k --output=avail "$work/small" | tail -1)
    head -c "$(((free - 40) * 1024))" /dev/zero > "$work/small/filler"
    run "$work/small" new
    got=$?
    [ "$got" = 5 ] || complain "full disk: exit $got instead of 5"
    for name in $results; do cmp -s "$work/small/$name" "$work/old/$name" || complain "full disk: $name is not the old one"; done
    [ "$(cd "$work/small" && ls -A | grep -c '\.tmp$')" = 0 ] || complain "full disk: temporary files are left"
    echo "full disk: exit $got, $(head -1 "$work/err")"
    umount "$work/small"
else
    echo "skipped: a full disk (needs root and tmpfs)"
fi

# Two runs at once.
rm -rf "$work/at" && cp -a "$work/old" "$work/at"
run_slowly() { run "$work/at" new strace -f -o /dev/null -e trace=rename -e inject=rename:delay_enter=1500000:when=1; }
run_slowly & slow=$!
sleep 0.8
"$program" map "$here/data/incidents.csv" -q -o "$work/at/map.csv" > /dev/null 2> "$work/second"
got=$?
[ "$got" = 6 ] || complain "a second run: exit $got instead of 6"
wait "$slow" || complain "a second run: the first one fails"
check "a second run" 0
echo "a second run: exit $got, $(cat "$work/second")"

echo "$cases cases, $bad failures"
[ "$bad" = 0 ]
