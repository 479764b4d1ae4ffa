#!/usr/bin/env bash
# A real Slurm of two virtual nodes runs a study as a job array; a task is killed, the merge says so, the task is submitted
# again, and the results are those of one process. Needs root and the packages of "scripts/setup ci"; leaves a Slurm that
# this machine may have alone (own configuration, ports, and munge).
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
. tests/cli/tap.sh
DISTSIM=$(realpath "${DISTSIM:-build/distsim}")

for program in slurmctld slurmd sbatch scontrol munged; do
    if ! command -v "$program" >/dev/null; then
        echo "1..0 # SKIP $program is not installed (scripts/setup ci)"
        exit 0
    fi
done
if (($(id -u) != 0)); then
    echo "1..0 # SKIP not root: Slurm's daemons cannot be started"
    exit 0
fi

# ---- the cluster ----

cluster=$scratch/cluster
# Free ones, so that several such tests may run on one machine.
read -r controller node1 node2 < <(python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*(s.getsockname()[1] for s in sockets))')
host=$(hostname -s)
daemons=()
mkdir -p "$cluster/state"
export SLURM_CONF=$cluster/slurm.conf

stop_cluster() {
    [[ ${#daemons[@]} -eq 0 ]] || timeout 20 scontrol shutdown >/dev/null 2>&1 || true
    # Slurm's go by themselves now; munged does not.
    for ((k = 0; k < ${#daemons[@]}; k++)); do
        ((k > 0)) || kill "${daemons[k]}" 2>/dev/null || true
        timeout 20 tail --pid="${daemons[k]}" -f /dev/null || kill -9 "${daemons[k]}" 2>/dev/null || true
    done
    rm -rf "$scratch"
}
trap stop_cluster EXIT
trap 'exit 1' INT TERM

start() {
    "$@" >>"$cluster/daemons.log" 2>&1 &
    daemons+=("$!")
}
# Asks again and again; a daemon answers within a second or not at all.
until_true() {
    local end=$((SECONDS + 20))
    until "$@" >/dev/null 2>&1; do
        if ((SECONDS >= end)); then
            echo "not within 20 s: $*"
            tail -n 20 "$cluster"/*.log
            return 1
        fi
    done
}

head -c 1024 /dev/urandom >"$cluster/munge.key"
chmod 600 "$cluster/munge.key"
cat >"$SLURM_CONF" <<EOF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$cluster/munge.socket
CredType=cred/munge
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool.%n
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.%n.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd.%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$node1 CPUs=2 RealMemory=500 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$node2 CPUs=2 RealMemory=500 State=UNKNOWN
PartitionName=all Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
EOF

start_cluster() {
    # --force: the socket's directory lies in one that everybody may write to.
    start munged --foreground --force --num-threads=2 --key-file="$cluster/munge.key" --socket="$cluster/munge.socket" \
        --pid-file="$cluster/munge.pid" --log-file="$cluster/munge.log" --seed-file="$cluster/munge.seed"
    until_true munge --socket="$cluster/munge.socket" --no-input || return 1
    start slurmctld -D
    start slurmd -D -N n1
    start slurmd -D -N n2
    until_true all_idle
}
all_idle() {
    [[ $(sinfo --noheader --Node --states=idle --format=%N | sort -u | wc -l) -eq 2 ]]
}

# ---- the study ----

study=(compare scenarios/tutorial/12_workload.json --vary 'locations.branch.down=20 Mbit/s,50 Mbit/s' -n 60)
tables=(runs.csv estimates.csv comparisons.csv comparison.md summary.json)
out=$scratch/array

# The program of task 2 is killed in the middle of its work, after its first sign of life, once.
cat >"$scratch/distsim" <<EOF
#!/usr/bin/env bash
if [[ \${SLURM_ARRAY_TASK_ID-} == 2 && ! -e "$scratch/killed" ]]; then
    touch "$scratch/killed"
    mkfifo "$scratch/progress"
    "$DISTSIM" "\$@" --progress json --workers 1 2>"$scratch/progress" &
    read -r <"$scratch/progress"
    kill -9 \$! \$\$
fi
exec "$DISTSIM" "\$@"
EOF
chmod +x "$scratch/distsim"

# Submits, and waits for the merge job. The log of that is what it prints.
by_slurm() {
    local said
    said=$(DISTSIM="$scratch/distsim" timeout 30 scripts/slurm/submit 4 "$@" -- "${study[@]}" --out "$out") || return 1
    echo "$said"
    [[ $said =~ results:\ job\ ([0-9]+) ]] || return 1
    # A job that only waits for the merge job; --wait returns when it has ended.
    timeout 60 sbatch --wait --dependency="afterany:${BASH_REMATCH[1]}" --output=/dev/null --wrap=true || return 1
    cat "$out.merge.log"
}
a_killed_task_is_told() {
    local said
    said=$(by_slurm)
    echo "$said"
    tail "$out".*-of-4.log
    [[ -e $scratch/killed && $said == *"Run shards 2 of 4 again"* && ! -e $out ]]
}
submitted_again() {
    local said
    said=$(by_slurm --array=2)
    echo "$said"
    cat "$out.2-of-4.log"
    [[ $said == *"120 runs, all that the study has"* && -e $out ]]
}
# It had made some runs when it was killed, and made the rest only.
went_on_where_it_was() {
    local made
    made=$(sed -n 's/^shard 2\/4: 30 runs, \([0-9]*\) of them made now$/\1/p' "$out.2-of-4.log")
    echo "made: $made"
    ((made > 0 && made < 30))
}
both_nodes_worked() {
    grep -q "Launching batch job" "$cluster/slurmd.n1.log" && grep -q "Launching batch job" "$cluster/slurmd.n2.log"
}
same_results() {
    local table
    for table in "${tables[@]}"; do
        cmp "$scratch/one/$table" "$out/$table" || return 1
    done
    grep '"runs_simulated":	0,' "$out/run.json"
}

check "a cluster of two nodes" start_cluster
if ((failures == 0)); then
    check "one process" "$DISTSIM" "${study[@]}" --out "$scratch/one" --quiet
    check "the merge tells of a task that was killed" a_killed_task_is_told
    check "submitted again, all runs are there" submitted_again
    check "the task went on where it was" went_on_where_it_was
    check "both nodes worked" both_nodes_worked
    check "same results as of one process" same_results
    check "without --out it says what to write" '!' scripts/slurm/submit 4 -- "${study[@]}"
fi
finish
