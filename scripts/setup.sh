#!/usr/bin/env bash
# Installs what is missing to build, run and test: Debian's clang, libclang-dev and mold. Checks for Rust, Node.js, npm and
# Python. Changes nothing that is there.
#
#   scripts/setup.sh            what the node needs
#   scripts/setup.sh --tests    also what scripts/test.sh needs
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

with_tests=false
case "${1:-}" in
    "") ;;
    --tests) with_tests=true ;;
    *) fail "usage: scripts/setup.sh [--tests]" ;;
esac

# Prints the Debian packages that are missing: clang++ compiles RocksDB by the headers of g++, libclang reads its interface, clang and mold link.
missing_packages() {
    command -v clang++ >/dev/null || echo clang
    command -v mold >/dev/null || echo mold
    compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null || compgen -G '/usr/lib*/libclang*.so*' >/dev/null \
        || compgen -G '/usr/lib/*/libclang*.so*' >/dev/null || echo libclang-dev
    command -v c++ >/dev/null || echo g++
}

install_packages() {
    local packages as_root=()
    mapfile -t packages < <(missing_packages)
    [ "${#packages[@]}" -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "missing: ${packages[*]}. Install them with your system's package manager and run this again."
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "missing: ${packages[*]}. Run as root: apt-get install ${packages[*]}"
        as_root=(sudo)
    fi
    say "Installing ${packages[*]}."
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
}

check_test_tools() {
    cargo fmt --version >/dev/null 2>&1 || fail "rustfmt is missing. Run 'rustup component add rustfmt'."
    cargo clippy --version >/dev/null 2>&1 || fail "clippy is missing. Run 'rustup component add clippy'."
    command -v node >/dev/null || fail "Node.js is missing. Install Node.js $node_min or newer with npm."
    local found
    found="$(node --version)"
    version_at_least "${found#v}" "$node_min" || fail "Node.js $found is too old: $node_min or newer is needed."
    command -v npm >/dev/null || fail "npm is missing. Install it beside Node.js."
    python3 -c 'import tomllib' 2>/dev/null || fail "Python 3.11 or newer is missing."
}

install_packages
find_rust
if $with_tests; then check_test_tools; fi
say "Set up: $(rustc --version), $(clang --version | head -n 1), $(mold --version | cut -d' ' -f1-2)."
