#!/usr/bin/env bash
# Figures of every variant and of their ensemble, and the claims beside theirs.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "scores -> results/{results.json,table.md}"; then
    run_musasr report music_tags
fi
