#!/usr/bin/env bash
# Checks of the source that neither rustc nor clippy make: .ci/guard.sh self-test | imports | release | prose | api | supply.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/tensionmap/target}"
cargo run --quiet --locked --manifest-path .ci/guard/Cargo.toml -- "$@"
