#!/usr/bin/env bash
# Trains the variants: LASS-Net, and the network that is told tags.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "data -> exp/{tags,lass}"; then
    run_musasr --gpu train lass
fi
