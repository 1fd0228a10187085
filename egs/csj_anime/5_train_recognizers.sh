#!/usr/bin/env bash
# Trains the recognisers (back ends) of the asked systems.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
. utils/trainings.sh
parse_options "$@"

if in_stage "speech or mixtures, units -> exp/none+<back end>"; then
    run_trainings recognizers
fi
