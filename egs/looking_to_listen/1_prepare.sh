#!/usr/bin/env bash
# Draws talking heads and reads sound and faces of each clip.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "films of one speaker each -> data/{films,faces}"; then
    run_musasr prepare looking_to_listen
fi
