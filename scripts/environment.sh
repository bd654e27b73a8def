# shellcheck shell=bash
# Sourced by the other scripts: where the repository, the toolchain and the built programs are.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

# The oldest toolchain that builds the workspace; `rust-version` in Cargo.toml.
rust_min="1.95"
node_min="20"

say() { printf '%s\n' "$*"; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# True when version $1 is at least version $2.
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# The home directory that the system knows, whatever HOME says.
login_home() { { getent passwd "$(id -u)" 2>/dev/null || true; } | cut -d: -f6; }

# Makes `cargo` runnable. rustup's `cargo` needs RUSTUP_HOME to find its toolchains, whose default is under HOME: with another
# HOME it is looked for beside the `cargo` that was found and in the login's home.
find_rust() {
    if [ -z "${HOME:-}" ]; then
        HOME="$(login_home)"
        export HOME
    fi
    [ -n "${CARGO_HOME:-}" ] || unset CARGO_HOME
    local login directory
    login="$(login_home)"
    for directory in "${CARGO_HOME:+$CARGO_HOME/bin}" "$HOME/.cargo/bin" "${login:+$login/.cargo/bin}" /usr/local/cargo/bin; do
        command -v cargo >/dev/null && break
        if [ -n "$directory" ] && [ -x "$directory/cargo" ]; then PATH="$directory:$PATH"; fi
    done
    command -v cargo >/dev/null || fail "Rust is missing. Install Rust $rust_min or newer with rustup (https://rustup.rs) and run this again."

    if ! cargo --version >/dev/null 2>&1; then
        local beside
        beside="$(dirname "$(dirname "$(command -v cargo)")")"
        for directory in "$(dirname "$beside")/.rustup" "$(dirname "$beside")/rustup" "${login:+$login/.rustup}" /usr/local/rustup; do
            if [ -n "$directory" ] && [ -d "$directory/toolchains" ]; then
                export RUSTUP_HOME="$directory"
                cargo --version >/dev/null 2>&1 && break
            fi
        done
    fi
    local found
    found="$(rustc --version 2>/dev/null | cut -d' ' -f2)" || true
    [ -n "$found" ] || fail "cargo is there but has no toolchain. Run 'rustup toolchain install stable', or set RUSTUP_HOME to where your toolchains are."
    version_at_least "$found" "$rust_min" || fail "Rust $found is too old: $rust_min or newer is needed. Run 'rustup update stable'."
}

# Where cargo puts what it builds.
target_directory() { printf '%s\n' "${CARGO_TARGET_DIR:-$root/target}"; }

# Installs the programs in Python that judge tallies, and names their interpreter in $judges.
install_judges() {
    local directory
    directory="$(target_directory)/tally-judges"
    judges="$directory/bin/python"
    [ -x "$judges" ] || python3 -m venv "$directory"
    "$directory/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r tests/tally/requirements.txt
}

# Builds the programs. Every script names the whole workspace, so that cargo chooses the same features and run, test and bench
# share what is built; `-p icn-node` would choose fewer and build the dependencies a second time.
build_programs() { cargo build --workspace --bins --locked; }
