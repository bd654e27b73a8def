#!/usr/bin/env bash
# Builds the node, installing what is missing, and starts a development chain. Arguments go to `icn dev`:
#
#   scripts/run.sh                      keeps the chain between runs
#   scripts/run.sh --tmp                starts a new chain, forgotten at the end
#   scripts/run.sh --rpc-port 9955      another port
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

scripts/setup.sh
find_rust
build_programs
say "In other terminals: alias icn='$(target_directory)/debug/icn'"
exec "$(target_directory)/debug/icn" dev "$@"
