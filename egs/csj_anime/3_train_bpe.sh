#!/usr/bin/env bash
# Trains the units that the recognisers write.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "training transcripts -> data/units"; then
    run_musasr prepare units
fi
