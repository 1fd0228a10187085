#!/usr/bin/env bash
# Scores dev and test with every variant.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "variants -> exp/<variant>/scores"; then
    run_musasr evaluate music_tags
fi
