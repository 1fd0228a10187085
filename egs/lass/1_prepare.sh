#!/usr/bin/env bash
# Prepares sounds with captions, the vocabulary of the captions, and the test list.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "sounds and captions -> data/{train,dev,test,words}"; then
    run_musasr prepare lass
fi
