#!/usr/bin/env bash
# Compares the public interface with docs/public-api.txt, or writes that file with --bless.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/tensionmap/target}"
export CARGO_TERM_COLOR=never

# rustdoc's JSON is unstable. RUSTC_BOOTSTRAP is set for rustdoc alone: build scripts watch it, and would run again.
RUSTDOC="$PWD/.ci/rustdoc.sh" cargo rustdoc --locked --quiet --lib -- -Z unstable-options --output-format json
.ci/guard.sh api "$CARGO_TARGET_DIR/doc/tensionmap.json" "$@"
