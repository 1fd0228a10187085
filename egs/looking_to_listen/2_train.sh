#!/usr/bin/env bash
# Trains the separator that sees faces, and the one that only hears.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "sound, faces -> exp/{audio_visual,audio_only}"; then
    run_musasr --gpu train looking_to_listen
fi
