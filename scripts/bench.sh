#!/usr/bin/env bash
# Measures the node in one run and writes target/bench/*.json; the figures are explained in docs/operate/performance.md.
#
#   scripts/bench.sh                all benches
#   scripts/bench.sh rpc reads      only these: executor, rpc, network, simulation, records, ancestry, bundles, blobs, contracts, tallies, reads (with memory), tree
#   scripts/bench.sh weights        measures the weights of our pallets and writes runtime/src/weights
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

# Our crates as in a release; the dependencies are those of the tests, the hot ones optimised in the dev profile.
export CARGO_PROFILE_DEV_OPT_LEVEL=3

bench() { "$programs/icn-bench" "$@"; }

bench_executor() { bench executor; }
bench_rpc() { bench rpc; }
bench_network() { bench network; }
bench_simulation() { bench simulation; }
bench_records() { bench records; }
bench_bundles() { bench bundles; }
bench_ancestry() { bench ancestry; }
bench_blobs() { bench blobs; }
bench_contracts() {
    local directory
    directory="$(target_directory)/peers"
    cargo build --manifest-path benches/peers/Cargo.toml --target-dir "$directory" --release --locked
    bench contracts --peers "$directory/release/icn-bench-peers"
    cargo bench --profile dev -p icn-covm --locked
    cargo run --locked -p icn-ccl-lsp --example latency
}
# Against programs in Python, on the same elections.
bench_tallies() {
    local judges
    install_judges
    "$judges" tests/tally/judge.py --time
}
bench_reads() { bench reads; }
bench_tree() {
    local directory
    directory="$(target_directory)/nomt"
    cargo build --manifest-path benches/nomt/Cargo.toml --target-dir "$directory" --locked
    bench tree --nomt "$directory/debug/icn-bench-nomt"
}
# FRAME is built a second time, with its benchmarks.
bench_weights() {
    cargo build --workspace --bin icn-bench --features icn-bench/runtime-benchmarks --locked
    bench weights --date "$(date +%F)"
    cargo fmt -p icn-runtime
}

chosen=("$@")
[ "${#chosen[@]}" -gt 0 ] || chosen=(executor rpc network simulation records ancestry bundles blobs contracts tallies reads tree)
for name in "${chosen[@]}"; do
    declare -F "bench_$name" >/dev/null || fail "there is no bench $name; see the head of scripts/bench.sh"
done

scripts/setup.sh
find_rust
build_programs
programs="$(target_directory)/debug"
export ICN_BIN="$programs/icn"
for name in "${chosen[@]}"; do "bench_$name"; done
say "The tables are in $(target_directory)/bench."
