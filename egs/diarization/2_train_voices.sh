#!/usr/bin/env bash
# Trains the network that tells voices apart.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "voices, music -> exp/voices"; then
    run_musasr --gpu train diarization
fi
