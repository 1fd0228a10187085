# shellcheck shell=bash disable=SC2154 # stages.sh sets what is not set here
# How stages 4 to 6 run their trainings. Sourced after stages.sh.

# run_trainings groups...: the trainings of these groups, each once what it starts from is done. On one machine they are
# processes of one command; on a cluster each is a job of its own, and the command that waits for them stays here.
run_trainings() {
    local program=${cmd%% *} launcher=()
    case ${program##*/} in
        slurm.pl | queue.pl)
            launcher=(--launcher "$cmd")
            local cmd=utils/run.pl # of run_musasr, which looks here first
            ;;
    esac
    run_musasr --gpu train "$@" --systems "$systems" "${launcher[@]}"
}
