#!/usr/bin/env bash
# Prepares the music corpus, and draws the plan of the test mixtures.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "music corpus -> data/music/{train,dev,test}, plan of the test mixtures"; then
    run_in_parts prepare music
fi
