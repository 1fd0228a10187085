#!/usr/bin/env bash
# Joins each asked system's separator and recogniser, and fine-tunes them.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
. utils/trainings.sh
parse_options "$@"

if in_stage "separators, recognisers -> exp/<front end>+<back end>:<fine-tuned>"; then
    run_trainings joint
fi
