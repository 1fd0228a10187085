#!/usr/bin/env bash
# Separates the test mixtures, shown the right faces and wrong ones.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "models, test mixtures -> exp/*/test/scores.json"; then
    run_musasr evaluate looking_to_listen
fi
