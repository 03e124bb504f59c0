#!/usr/bin/env bash
# Licences, sources, bans and advisories of all packages that are locked, and what our own packages pack.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

listed=()
for part in . fuzz .ci/guard; do
    listed+=("$folder/${part//\//-}.json")
    cargo metadata --locked --format-version 1 --manifest-path "$part/Cargo.toml" >"${listed[-1]}"
done
.ci/guard.sh supply "${listed[@]}"
if cargo deny --version >/dev/null 2>&1; then
    for part in . fuzz .ci/guard; do
        cargo deny --manifest-path "$part/Cargo.toml" check --config "$PWD/deny.toml" bans licenses sources
    done
else
    echo "cargo-deny is not installed: the guard alone has checked deny.toml"
fi

# Advisories lie outside the repository, as they grow daily. A lock also has packages of features that we never switch on; what no build
# of ours takes, on any platform and with any feature, is left out.
built() {
    cargo tree --locked --workspace --all-features --target all --edges normal,build,dev --prefix none --format '{p}' --manifest-path "$1/Cargo.toml"
}
if [ -f ../shared/peers/advisory_check.py ] && [ -f ../shared/advisories/crates.tar.xz ] && command -v python3 >/dev/null; then
    tar -xJf ../shared/advisories/crates.tar.xz -C "$folder"
    for part in . fuzz .ci/guard; do
        built "$part" | awk '{print $1, substr($2, 2)}' >"$folder/built"
        awk -v RS= -v ORS='\n\n' '
            NR == FNR { for (at = 1; at < NF; at += 2) is_built[$at " " $(at + 1)] = 1; next }
            match($0, /name = "[^"]+"\nversion = "[^"]+"/) {
                split(substr($0, RSTART, RLENGTH), words, "\"")
                if ((words[2] " " words[4]) in is_built) print
            }' "$folder/built" "$part/Cargo.lock" >"$folder/Cargo.lock"
        printf '%s/Cargo.lock: ' "$part"
        python3 ../shared/peers/advisory_check.py "$folder/Cargo.lock" "$folder"
    done
else
    echo "advisories are not checked: ../shared/advisories, ../shared/peers/advisory_check.py or python3 is absent"
fi

# Each package has its licence, and nothing that only the repository needs.
cmp LICENSE crates/h3-batch/LICENSE
for package in tensionmap h3-batch; do
    cargo package --list --locked --allow-dirty -p "$package" >"$folder/packed"
    grep -qx LICENSE "$folder/packed"
    grep -qx README.md "$folder/packed"
    if grep -E '^(fuzz|benches|\.ci|docs/gallery|tests/golden)/' "$folder/packed"; then
        echo "$package packs these; see its list \`include\`" >&2
        exit 1
    fi
done
