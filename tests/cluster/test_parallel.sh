#!/usr/bin/env bash
# A study by GNU parallel: a job fails, the same command goes on, and the results are those of one process.
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
. tests/cli/tap.sh
DISTSIM=$(realpath "${DISTSIM:-build/distsim}")
if ! command -v parallel >/dev/null; then
    echo "1..0 # SKIP GNU parallel is not installed"
    exit 0
fi

study=(compare scenarios/tutorial/12_workload.json --vary 'locations.branch.down=20 Mbit/s,50 Mbit/s' -n 10)
tables=(runs.csv estimates.csv comparisons.csv comparison.md summary.json)

# Shard 2 is killed before it can do anything, once.
cat >"$scratch/distsim" <<EOF
#!/usr/bin/env bash
if [[ \$* == *"--shard 2/3"* && ! -e "$scratch/killed" ]]; then
    touch "$scratch/killed"
    kill -9 \$\$
fi
[[ \$* != *--shard* ]] || echo "\$*" >>"$scratch/started"
exec "$DISTSIM" "\$@"
EOF
chmod +x "$scratch/distsim"

by_parallel() {
    DISTSIM="$scratch/distsim" scripts/parallel/study 3 --jobs 2 -- "${study[@]}" --out "$scratch/parallel" 2>&1
}
a_missing_shard_is_told() {
    local said status=0
    said=$(by_parallel) || status=$?
    echo "$said"
    ((status == 1)) && [[ $said == *"Run shards 2 of 3 again"* && ! -e $scratch/parallel ]] &&
        [[ $(wc -l <"$scratch/started") -eq 2 ]]
}
it_goes_on() {
    rm "$scratch/started"
    by_parallel && [[ $(wc -l <"$scratch/started") -eq 1 ]] && grep -q -- '--shard 2/3' "$scratch/started"
}
same_results() {
    local table
    for table in "${tables[@]}"; do
        cmp "$scratch/one/$table" "$scratch/parallel/$table"
    done
    grep '"runs_simulated":	0,' "$scratch/parallel/run.json"
}
another_command_starts_anew() {
    study=("${study[@]}" --metric delivery_mean)
    rm "$scratch/started"
    by_parallel && [[ $(wc -l <"$scratch/started") -eq 3 ]]
}

check "one process" "$DISTSIM" "${study[@]}" --out "$scratch/one" --quiet
check "a missing shard is told" a_missing_shard_is_told
check "started again it goes on" it_goes_on
check "same results as of one process" same_results
check "another command starts anew" another_command_starts_anew
check "without --out it says what to write" '!' scripts/parallel/study 3 -- "${study[@]}"
check "without a number it says what to write" '!' scripts/parallel/study -- "${study[@]}" --out "$scratch/no"
finish
