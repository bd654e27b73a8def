#!/usr/bin/env bash
# Builds the programs and measures them: tables on standard output, JSON under target/bench. Ratios within one run say more than
# numbers between machines, so let nothing else run.
#
#   scripts/bench.sh                   everything
#   scripts/bench.sh executor --help   one bench, with its own flags
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

scripts/setup.sh
find_rust
build_programs
icn_bench="$(target_directory)/debug/icn-bench"
if [ "$#" -gt 0 ]; then exec "$icn_bench" "$@"; fi

# `nomt` is compared with and used nowhere else: its own workspace, with the compiler's same flags.
mkdir -p "$(target_directory)/bench"
CARGO_TARGET_DIR="$(target_directory)/nomt" \
    cargo run --quiet --locked --manifest-path benches/nomt/Cargo.toml -- 10000 1000000 >"$(target_directory)/bench/nomt.json"
for bench in executor tree rpc reads; do "$icn_bench" "$bench"; done
