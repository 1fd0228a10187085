#!/usr/bin/env bash
# Trains the separators (front ends) of the asked systems.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
. utils/trainings.sh
parse_options "$@"

if in_stage "mixtures -> exp/<front end>"; then
    run_trainings separators
fi
