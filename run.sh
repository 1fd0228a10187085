#!/usr/bin/env bash
# The only door: from nothing to the table of results. `./run.sh --help` lists options and stages.
#
# Installs what is missing (tools/install.sh), then runs the numbered scripts of a recipe, a folder of egs/, in order. A run
# that was stopped goes on where it was: stages that are done say so and return.
set -euo pipefail
given=("$@")
. "$(dirname "${BASH_SOURCE[0]}")/egs/common.sh"
. utils/options.sh
option recipe NAME mini run "a folder of egs/, or the path of such a folder elsewhere"
. utils/stage_options.sh

print_help() {
    echo "Usage: ./run.sh [--name value ...]"
    echo "Runs a recipe, stage by stage, from nothing to its results."
    echo
    print_options
    echo
    print_stages
    echo
    echo "Recipes: $(list_recipes)"
}

# What stages launch ends when this script is killed without a word (utils/launchers/task.py).
export MUSASR_WATCH=$$

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

run_stage() {
    local status=0 log=$workdir/log/stage$1
    run_child "${stage_scripts[$1]}" "${words[@]}" || status=$?
    if ((status == 0)); then return; fi
    if compgen -G "$(printf %q "$log").*.log" >/dev/null; then log+='*'; fi
    printf 'run.sh: stage %s failed (log: %s.log); once that is mended, go on with: ' "$1" "$log" >&2
    print_resume_command "$1" >&2
    exit "$status"
}

print_results() {
    local names
    names=$(cd "$workdir/results" && printf ', %s' *)
    echo "results: $workdir/results (${names:2})"
}

parse_options "$@"
words_for stage

current=$stage
trap 'on_signal 130' INT
trap 'on_signal 143' TERM HUP
run_child tools/install.sh

for current in "${!stage_scripts[@]}"; do
    if ((stage <= current && current <= stop_stage)); then run_stage "$current"; fi
done
if ((stage <= usual_stage && usual_stage <= stop_stage)) && [[ -f $workdir/results/results.json ]]; then
    print_results
fi
