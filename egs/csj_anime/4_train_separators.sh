#!/usr/bin/env bash
# Trains the separators (front ends) of the asked systems. Needs nothing of stage 5: the two may run side by side.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage 4 "mixtures -> exp/<front end>"; then
    run_musasr --gpu train separators --systems "$systems"
fi
