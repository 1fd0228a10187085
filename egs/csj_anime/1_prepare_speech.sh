#!/usr/bin/env bash
# Prepares the speech corpus: Kaldi data dirs with audio, transcripts and speakers.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "speech corpus -> data/speech/{train,dev,test}"; then
    run_in_parts prepare speech
fi
