#!/usr/bin/env bash
# Writes the table: what is gained, and what the faces are worth.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "scores -> results/{results.json,table.md}"; then
    run_musasr report looking_to_listen
fi
