#!/usr/bin/env bash
# The only door: from nothing to the table of results. `./run.sh --help` lists options and stages.
#
# Installs what is missing (tools/install.sh), then runs the numbered scripts of egs/csj_anime in order. The trainings of
# stages 4 to 6 are one graph: what needs nothing of each other runs side by side. A run that was stopped goes on where
# it was: stages that are done say so and return.
set -euo pipefail
given=("$@")
. "$(dirname "${BASH_SOURCE[0]}")/egs/csj_anime/path.sh"
. utils/stages.sh

print_help() {
    echo "Usage: ./run.sh [--name value ...]"
    echo "Trains and compares recognisers of speech under music, and prints our numbers beside the paper's."
    echo
    print_options
    echo
    print_stages
}

# Every child is a process group of its own, so that it can be stopped with all that it started.
set -m

stop_children() {
    local child
    for child in $(jobs -p); do kill -TERM -- "-$child" 2>/dev/null || true; done
    wait 2>/dev/null
}

# The command that goes on from stage $1, with the options as they were given.
print_resume_command() {
    local words=("$0") index
    for ((index = 0; index < ${#given[@]}; index += 2)); do
        if [[ ${given[index]} != --stage ]]; then words+=("${given[@]:index:2}"); fi
    done
    printf '%s ' "${words[@]@Q}" | sed "s/'\([-+=:,.\/[:alnum:]_]*\)'/\1/g"
    printf -- '--stage %d\n' "$1"
}

on_signal() {
    trap '' INT TERM HUP
    stop_children
    printf '\nrun.sh: stopped; go on with: ' >&2
    print_resume_command "$current" >&2
    exit "$1"
}

# Runs a child to its end, so that a signal is answered at once and not after it. One that is merely suspended, as a
# scheduler may, has not ended, though `wait` returns. (bash 5 has `wait -f` for that; clusters have older ones.)
run_child() {
    local status=0 child
    "$@" &
    child=$!
    wait "$child" || status=$?
    while [[ -n $(jobs -sp) ]]; do
        sleep 1
        status=0
        wait "$child" || status=$?
    done
    return "$status"
}

stage_script() { printf '%s\n' egs/csj_anime/"$1"_*.sh; }

run_stage() {
    local status=0 log=$workdir/log/stage$1
    run_child "$(stage_script "$1")" "${options[@]}" || status=$?
    if ((status == 0)); then return; fi
    if compgen -G "$(printf %q "$log").*.log" >/dev/null; then log+='*'; fi
    printf 'run.sh: stage %s failed (log: %s.log); once that is mended, go on with: ' "$1" "$log" >&2
    print_resume_command "$1" >&2
    exit "$status"
}

parse_options "$@"
options=(--config "$config" --workdir "$workdir" --stage "$stage" --stop_stage "$stop_stage"
    --nj "$nj" --num_parts "$num_parts" --ngpu "$ngpu" --cmd "$cmd" --systems "$systems" "${overrides[@]}")
if [[ -n $music_conf ]]; then options+=(--music_conf "$music_conf"); fi

current=$stage
trap 'on_signal 130' INT
trap 'on_signal 143' TERM HUP
run_child tools/install.sh

while ((current <= stop_stage)); do
    run_stage "$current"
    current=$((current + 1))
done
if ((stop_stage == 8)); then
    echo "results: $workdir/results (table1.md, table2.md, report.html, results.json)"
fi
