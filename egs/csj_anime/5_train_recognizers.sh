#!/usr/bin/env bash
# Trains the recognisers (back ends) of the asked systems; with those of stage 6, if that is asked for too (see stage 4).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
. utils/trainings.sh
stop_stage=5 # of a script that is run alone
parse_options "$@"

groups=(recognizers joint)
if in_stage 5 "speech or mixtures, units -> exp/none+<back end>"; then
    run_trainings "${groups[@]:0:stop_stage > 5 ? 2 : 1}"
fi
