#!/usr/bin/env bash
# Trains the separators (front ends) of the asked systems. Where stages 5 and 6 are asked for too, their trainings join
# the same graph: each starts as soon as what it starts from is there, and those stages then find their work done.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
. utils/trainings.sh
stop_stage=4 # of a script that is run alone
parse_options "$@"

groups=(separators recognizers joint)
if in_stage 4 "mixtures -> exp/<front end>"; then
    run_trainings "${groups[@]:0:stop_stage > 6 ? 3 : stop_stage - 3}"
fi
