#!/usr/bin/env bash
# A throw-away Slurm cluster on this machine, for tests: munge, slurmctld and slurmd on loopback, in one folder.
#
#   tools/slurm_testbed.sh run COMMAND...   install what is missing, start, run the command, stop
#   tools/slurm_testbed.sh install          Debian's slurm-wlm and munge, where they are missing
#   tools/slurm_testbed.sh start DIR        start in DIR, which is made; a short path (a socket is in it)
#   tools/slurm_testbed.sh stop DIR         stop it, and remove DIR
#
# The daemons run as whoever calls this: root is needed by `install` alone. Where a cluster cannot be had, one line says
# why and the status is 3; `run` then runs its command without one, with that line in MUSASR_NO_SLURM.
set -euo pipefail

say() { printf 'slurm_testbed.sh: %s\n' "$*" >&2; }
cannot() { say "no Slurm for tests: $*"; exit 3; }

# Debian keeps the daemons out of a plain user's PATH.
PATH=$PATH:/usr/sbin:/sbin

is_installed() { type -P munged >/dev/null && type -P slurmctld >/dev/null && type -P slurmd >/dev/null; }

install_packages() {
    local log
    if is_installed; then return; fi
    type -P apt-get >/dev/null || cannot "slurm-wlm and munge are not installed, and there is no apt-get here"
    ((EUID == 0)) || cannot "slurm-wlm and munge are not installed, and installing them needs root"
    log=$(mktemp)
    say "installing slurm-wlm and munge"
    # Lists first as they are: fetching them anew takes longer than the packages.
    if ! fetch_packages >"$log" 2>&1 && ! { apt-get update && fetch_packages; } >>"$log" 2>&1; then
        tail -n 3 "$log" >&2
        cannot "apt-get could not install slurm-wlm and munge (output: $log)"
    fi
    rm -f "$log"
}

fetch_packages() { DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends slurm-wlm munge; }

# Prints two ports that nothing listens on.
free_ports() {
    python3 - <<'PYTHON'
import socket
sockets = [socket.socket() for _ in range(2)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PYTHON
}

# Four processors and two GPUs that exist in the configuration only; jobs of the partition `urgent` put others back into
# the queue, those of `ruthless` end them.
write_config() {
    local dir=$1 host=$2 controller_port=$3 node_port=$4
    touch "$dir/gpu0" "$dir/gpu1"
    echo "Name=gpu File=$dir/gpu[0-1]" >"$dir/gres.conf"
    cat >"$dir/slurm.conf" <<CONFIG
ClusterName=testbed
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller_port
SlurmdPort=$node_port
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_min_interval=100000,sched_interval=2,bf_interval=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
MessageTimeout=5
KillWait=2
GresTypes=gpu
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 RealMemory=64000 Gres=gpu:2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES DefMemPerCPU=100 PriorityTier=1
PartitionName=cheap Nodes=ALL DefMemPerCPU=100 PriorityTier=1 PreemptMode=CANCEL
PartitionName=urgent Nodes=ALL DefMemPerCPU=100 PriorityTier=9
CONFIG
}

start() {
    local dir=$1 host
    is_installed || cannot "slurm-wlm and munge are not installed (as root: tools/slurm_testbed.sh install)"
    ((${#dir} < 80)) || cannot "the path of a socket would be too long in $dir; name a shorter folder"
    host=$(uname -n)
    host=${host%%.*}
    mkdir -p "$dir/state" "$dir/spool"
    (umask 077 && head -c 128 /dev/urandom >"$dir/munge.key")
    # shellcheck disable=SC2046 # two words
    write_config "$dir" "$host" $(free_ports)
    export SLURM_CONF=$dir/slurm.conf
    if ! start_daemons "$dir" >"$dir/start.log" 2>&1 || ! await_node; then
        tail -n 5 "$dir"/*.log >&2
        stop "$dir"
        cannot "the daemons did not start (their last lines are above)"
    fi
}

start_daemons() {
    munged --force --key-file="$1/munge.key" --socket="$1/munge.socket" --pid-file="$1/munged.pid" \
        --log-file="$1/munged.log" --seed-file="$1/munged.seed"
    slurmctld -c
    slurmd -c
}

# Slurm answers and its node takes jobs; a few seconds after the start.
await_node() {
    local deadline=$((SECONDS + 30))
    until [[ $(sinfo -h -p main -o %T 2>/dev/null) == idle ]]; do
        ((SECONDS < deadline)) || return 1
        sleep 0.2
    done
}

stop() {
    local dir=$1 name pid
    [[ -f $dir/slurm.conf ]] || { say "error: $dir holds no testbed"; exit 2; }
    export SLURM_CONF=$dir/slurm.conf
    timeout 10 scancel --quiet --full --signal=KILL --user="$(id -un)" 2>/dev/null || true
    for name in slurmd slurmctld munged; do
        pid=$(cat "$dir/$name.pid" 2>/dev/null) || continue
        kill "$pid" 2>/dev/null || continue
        for ((tries = 0; tries < 50; tries++)); do
            kill -0 "$pid" 2>/dev/null || continue 2
            sleep 0.1
        done
        kill -KILL "$pid" 2>/dev/null || true
    done
    rm -rf "$dir"
}

run() {
    local why status=0
    # In shells of their own: `cannot` leaves.
    if ! why=$( (install_packages) 2>&1 >/dev/null); then
        without "$why" "$@"
    fi
    testbed=$(mktemp -d "${TMPDIR:-/tmp}/slurm.XXXXXX")
    trap 'stop "$testbed"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    if ! why=$( (start "$testbed") 2>&1 >/dev/null); then
        trap - EXIT
        without "$why" "$@"
    fi
    SLURM_CONF=$testbed/slurm.conf MUSASR_SLURM_TESTBED=$testbed "$@" || status=$?
    exit "$status"
}

without() {
    local why=$1
    shift
    printf '%s\n' "$why" >&2
    MUSASR_NO_SLURM=${why##*$'\n'} exec "$@"
}

case ${1:-} in
    run) shift; run "$@" ;;
    install) install_packages ;;
    start | stop) "$1" "${2:?wanted: tools/slurm_testbed.sh $1 DIR}" ;;
    *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; [[ ${1:-} == --help ]] || exit 2 ;;
esac
