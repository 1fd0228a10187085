#!/usr/bin/env bash
# Writes the tables: errors, the claims of the source, speech under music.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "exp/diarize -> results/{results.json,table.md}"; then
    run_musasr report diarization
fi
