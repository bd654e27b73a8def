#!/usr/bin/env bash
# Installs what is missing and runs every check. Continuous integration runs exactly this.
#
#   scripts/test.sh              all steps
#   scripts/test.sh tests lint   only these; the steps are listed at the end of this file
#   scripts/test.sh --slow       all steps with minutes of fuzzing, more cases, 100 rounds of kill -9, planted mistakes and a
#                                million simulated heights, then the usual tests in the release profile; write its result into docs/spec/testing.md
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

failed=()
ran=0

# Runs one step by its name, unless others were chosen; a failure is reported at the end, so that one run tells all.
step() {
    local name="$1" start=$SECONDS
    if [ "${#chosen[@]}" -gt 0 ] && [[ " ${chosen[*]} " != *" $name "* ]]; then return 0; fi
    printf '\n== %s\n' "$name"
    ran=$((ran + 1))
    # Outside of a condition, where bash would ignore the step's `set -e`.
    set +e
    (set -e; "step_$name")
    local status=$?
    set -e
    if [ "$status" -eq 0 ]; then
        printf '== %s: passed in %s s\n' "$name" "$((SECONDS - start))"
    else
        printf '== %s: FAILED after %s s\n' "$name" "$((SECONDS - start))"
        failed+=("$name")
    fi
}

# Runs the Rust tests with cargo's profile $1.
rust_tests() {
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --workspace --locked --cargo-profile "$1" --profile "$profile"
    else
        cargo test --workspace --locked --profile "$1" --no-fail-fast
    fi
}

step_format() { cargo fmt --all --check; }
step_dependencies() { python3 scripts/dependencies.py; }
step_links() { python3 scripts/links.py; }
# With the tests, so that what they ask of the dependencies is known: alone, the programs would be built twice.
step_build() { cargo build --workspace --bins --tests --locked; }
step_tests() { rust_tests dev; }
step_clients() {
    cd tests/clients
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    ICN_BIN="$(target_directory)/debug/icn" npm test
}
# The grammar that editors colour CCL by.
step_editors() {
    cd contracts/ccl/editors/vscode
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    npm test
}
# Other programs count the same elections.
step_tally() {
    install_judges
    "$judges" tests/tally/judge.py "$elections"
    "$judges" tests/tally/judge.py --blt primitives/tally/tests/rules/scottish/*.blt
}
# The boundary's attacks and the pinned roots once more with our crates not optimised: frames are larger, and nothing is left
# out. The dependencies are those of the other steps: their profile is the same.
step_unoptimized() {
    local plain=(--config profile.dev.opt-level=0) crate
    for crate in icn-runtime icn-executor icn-storage; do plain+=(--config "profile.dev.package.$crate.opt-level=0"); done
    cargo test --workspace --locked --no-fail-fast "${plain[@]}" --test attacks --test replay
}
step_lint() { cargo clippy --workspace --all-targets --locked -- -D warnings; }
# Private items are documented too, so links to them lead somewhere.
step_docs() {
    RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" \
        cargo doc --workspace --no-deps --document-private-items --locked
}
step_book() { mdbook build docs; }
# Mistakes in a copy of the source, each of which a test finds.
step_planted() { python3 scripts/planted.py; }
# A million heights: an hour.
step_simulation() { "$(target_directory)/debug/icn-sim" --seeds 0..9500 --keep-going; }
# With the usual number of cases: what the long form searches for does not depend on the profile.
step_release() {
    unset BOLERO_RANDOM_TEST_TIME_MS PROPTEST_CASES KILL_ROUNDS ICN_CASES
    rust_tests release
}

slow=false
chosen=()
for argument in "$@"; do
    case "$argument" in
        --slow) slow=true ;;
        -*) fail "unknown option $argument; see the head of scripts/test.sh" ;;
        *)
            declare -F "step_$argument" >/dev/null || fail "there is no step $argument; see the end of scripts/test.sh"
            chosen+=("$argument")
            ;;
    esac
done

profile=ci elections=300
if $slow; then
    profile=slow elections=10000
    export BOLERO_RANDOM_TEST_TIME_MS=120000 PROPTEST_CASES=4096 KILL_ROUNDS=100 ICN_CASES=100000
fi

scripts/setup.sh --tests
find_rust

step format
step dependencies
step links
step build
step tests
step unoptimized
step clients
step editors
step tally
step lint
step docs
if command -v mdbook >/dev/null; then step book; fi
if $slow; then
    step planted
    step simulation
    step release
fi

printf '\n'
[ "$ran" -gt 0 ] || fail "no step ran"
[ "${#failed[@]}" -eq 0 ] || fail "failed: ${failed[*]}"
say "All $ran steps passed."
