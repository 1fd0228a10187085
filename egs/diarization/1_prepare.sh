#!/usr/bin/env bash
# Makes voices, their conversations, music, and the conversations under music.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "embedded voices, music -> data/{voices,conversations,music,under_music}"; then
    run_musasr prepare diarization
fi
