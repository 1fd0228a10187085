#!/usr/bin/env bash
# Makes a film of known content from voices, sentences and music that no training has heard, transcribes and scores it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage --on_request "systems, unseen voices and music -> film/{film.mp4,truth.json,results.json,film.md}"; then
    run_musasr --gpu film make transcribe score
fi
