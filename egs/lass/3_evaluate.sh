#!/usr/bin/env bash
# Puts the test list through each variant, with the right queries and those of the controls.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "exp, data/test -> evaluation/rows.jsonl"; then
    run_musasr evaluate lass
fi
