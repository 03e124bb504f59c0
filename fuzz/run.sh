#!/usr/bin/env bash
# Runs fuzz targets, so many seconds each, on their seeds and on what earlier runs found; stops at the first finding.
#   fuzz/run.sh [seconds] [targets…]     FUZZ_POLARS=1 adds the target that needs polars
#   FUZZ_FRESH=1 starts from the seeds alone, so that the same inputs are made on each machine
set -euo pipefail
cd "$(dirname "$0")"
seconds="${1:-10}"
shift || true
# cargo-fuzz wants flags of a nightly compiler; the stable one has them too and lets them be used for this.
export RUSTC_BOOTSTRAP=1
cache="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/tensionmap/target}/fuzz"
export CARGO_TARGET_DIR="$cache"
# What is freed is kept by the address sanitizer to catch its use; a little of it will do within the memory limit.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_odr_violation=0:quarantine_size_mb=16:malloc_context_size=8:allocator_may_return_null=1}"

command -v cargo-fuzz >/dev/null || env -u RUSTC_BOOTSTRAP -u CARGO_TARGET_DIR cargo install cargo-fuzz --locked

features=()
all=(geojson ndjson csv time places position crs config categories method area shapes gis compressed archive workbook end_to_end)
if [ -n "${FUZZ_POLARS:-}" ]; then
    features=(--features polars)
    all+=(cube)
fi
[ $# -gt 0 ] && all=("$@")

cargo fuzz build "${features[@]}"
for target in "${all[@]}"; do
    # The longest input that is made: parsers of one value need no kilobytes.
    case $target in
        time | position) length=256 ;;
        method | config | categories | crs | places) length=4096 ;;
        *) length=16384 ;;
    esac
    case $target in
        geojson | ndjson | area) dict=json ;;
        csv | end_to_end | compressed | places | archive) dict=csv ;;
        workbook | shapes) dict=xml ;;
        time) dict=time ;;
        crs) dict=crs ;;
        config | method | categories) dict=toml ;;
        *) dict= ;;
    esac
    # Watched byte by byte, polygons are slow and a picture takes seconds; and polars more memory than the rest of the program.
    timeout=3 memory=256
    [ "$target" = area ] || [ "$target" = shapes ] && timeout=5
    [ "$target" = end_to_end ] && timeout=60
    # The decoder of polars asks for as much as a damaged length says, 2 GB at most, and does not touch it.
    malloc=
    [ "$target" = cube ] && timeout=5 memory=512 malloc=-malloc_limit_mb=4096
    corpus="$cache/corpus/$target"
    [ -n "${FUZZ_FRESH:-}" ] && corpus="$(mktemp -d)"
    mkdir -p "$corpus" "$cache/artifacts/$target"
    printf '\n== %s\n' "$target"
    # A directory of seeds of its own: what is found goes to the first directory named.
    "$cache/x86_64-unknown-linux-gnu/release/$target" "$corpus" "seeds/$target" \
        -max_total_time="$seconds" -rss_limit_mb=$memory -timeout=$timeout -max_len=$length \
        -artifact_prefix="$cache/artifacts/$target/" -print_final_stats=1 $malloc ${dict:+-dict=dict/$dict.dict} \
        ${FUZZ_ARGS:-} 2>&1 | grep -Ev '^(INFO|NEW_FUNC|#[0-9]+.*(NEW|REDUCE))' || {
        echo "fuzz: $target found something: see $cache/artifacts/$target" >&2
        exit 1
    }
done
