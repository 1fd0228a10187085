#!/usr/bin/env bash
# Writes the table.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "evaluation -> results/{results.json,table.md}"; then
    run_musasr report lass
fi
