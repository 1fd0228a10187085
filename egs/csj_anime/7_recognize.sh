#!/usr/bin/env bash
# Separates and recognises the test sets with every asked system.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "systems, test mixtures -> exp/<system>/decode"; then
    run_in_parts --gpu recognize
fi
