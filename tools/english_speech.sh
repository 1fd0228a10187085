#!/usr/bin/env bash
# tools/english_speech.sh OUT: English speech for measurements, as a Kaldi data dir: the sentences beside this script in four
# voices of flite (Debian's package flite).
set -euo pipefail
export LC_ALL=C

if [[ $# -ne 1 || $1 == -* ]]; then
    echo "usage: tools/english_speech.sh OUT" >&2
    exit 2
fi
if ! type -P flite >/dev/null; then
    echo "tools/english_speech.sh: error: flite is not installed; run apt install flite" >&2
    exit 1
fi
sentences=$(dirname "${BASH_SOURCE[0]}")/english_sentences.txt
mkdir -p "$1/wav"
out=$(cd "$1" && pwd)
rm -f "$out"/{wav.scp,text,utt2spk,spk2utt}
for voice in awb kal16 rms slt; do
    number=0
    members=()
    while IFS= read -r sentence; do
        number=$((number + 1))
        id=$voice-$(printf '%03d' "$number")
        flite -voice "$voice" -t "$sentence" -o "$out/wav/$id.wav"
        printf '%s %s\n' "$id" "$out/wav/$id.wav" >>"$out/wav.scp"
        printf '%s %s\n' "$id" "$sentence" >>"$out/text"
        printf '%s %s\n' "$id" "$voice" >>"$out/utt2spk"
        members+=("$id")
    done <"$sentences"
    printf '%s %s\n' "$voice" "${members[*]}" >>"$out/spk2utt"
done
echo "$out: $(wc -l <"$out/text") utterances"
