#!/usr/bin/env bash
# Diarises the test sets with every variant.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "exp/voices, conversations -> exp/diarize/<test set>/<variant>.{json,rttm}"; then
    run_musasr evaluate diarization
fi
