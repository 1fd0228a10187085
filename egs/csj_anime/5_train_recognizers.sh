#!/usr/bin/env bash
# Trains the recognisers (back ends) of the asked systems. Needs nothing of stage 4: the two may run side by side.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage 5 "speech or mixtures, units -> exp/none+<back end>"; then
    run_musasr --gpu train recognizers --systems "$systems"
fi
