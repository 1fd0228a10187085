#!/usr/bin/env bash
# Trains every variant, one after the other.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "features -> exp/<variant>"; then
    run_musasr --gpu train music_tags
fi
