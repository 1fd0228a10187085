# shellcheck shell=bash disable=SC2154 # stages.sh sets what is not set here
# How a stage runs trainings. Sourced after stages.sh.

# run_trainings GROUP: this stage's group of trainings, and with it the groups of the later stages that are asked for too.
# They are one graph: each training starts as soon as what it starts from is there, so the later stages find their work
# done. On this machine they are processes of one command; another launcher gets a job for each, and the command that
# waits for them stays here.
run_trainings() {
    local groups=("$1") launcher=()
    add_later_groups
    if ! runs_on_this_machine; then
        launcher=(--launcher "$cmd")
        local cmd=utils/run.pl # of run_musasr, which looks here first
    fi
    run_musasr --gpu train "${groups[@]}" "${launcher[@]}"
}

# Adds to $groups what the stages after this one, up to --stop_stage, hand to run_trainings in their scripts.
add_later_groups() {
    local number group
    for number in "${!stage_scripts[@]}"; do
        if ((number <= stage_number || number > stop_stage)); then continue; fi
        group=$(sed -n 's/^ *run_trainings //p' "${stage_scripts[number]}")
        if [[ -n $group ]]; then groups+=("$group"); fi
    done
}
