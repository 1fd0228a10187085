#!/usr/bin/env bash
# Prepares tagged music: made on the spot, or read; its labels and its log mel spectrograms.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "tagged music -> data/music/{train,dev,test}"; then
    run_musasr prepare music_tags
fi
