#!/usr/bin/env bash
# What happens when memory ends in the middle of a run: words, exit code 1, and nothing that looks like a result.
# shellcheck disable=SC2016,SC2317 # what is in single quotes is for eval; functions are called by way of check
set -u
# shellcheck source=tests/cli/tap.sh
source tests/cli/tap.sh

distsim=${DISTSIM:-build/distsim}
out=$scratch/out

# Two million deliveries: more than fits into the limits below at 64 bytes each.
cat >"$scratch/large.json" <<'END'
{ "name": "large", "start": "2026-03-09T08:00:00", "until": "30 d",
  "locations": [ { "name": "hq" } ],
  "sites": [ { "code": "PS1", "type": "primary", "location": "hq" } ],
  "distribution_points": [ { "name": "DP{0001..2000}", "site": "PS1" } ],
  "packages": [ { "id": "P{0001..1000}", "source_site": "PS1", "content": [ { "files": "f", "size": "1 MB" } ] } ],
  "actions": [ { "at": "0 s", "do": "distribute", "package": "*", "to": "*" } ] }
END

# starves KIB OPTION...: a run with so much memory ends as it should.
starves() {
    local status=0 kib=$1
    shift
    (
        ulimit -c 0
        ulimit -v "$kib"
        "$distsim" "$@" --quiet
    ) >"$scratch/stdout" 2>"$scratch/stderr" || status=$?
    cat "$scratch/stderr"
    [[ $status == 1 && ! -s $scratch/stdout ]] || { echo "exit status $status"; return 1; }
    grep -q "^distsim: the memory is used up; no results were written\." "$scratch/stderr"
}

if (ulimit -v 90000 && "$distsim" --version) >/dev/null 2>&1; then
    for kib in 90000 100000 120000; do
        check "a run in $kib KiB says that they are used up" starves "$kib" run "$scratch/large.json" --out "$out/large"
        check "and leaves nothing that looks like a result" test ! -e "$out/large"
    done
    check "a result that was there" "$distsim" run tests/scenarios/workload_only.json --quiet --no-plots --out "$out/large"
    cp -r "$out/large" "$scratch/before"
    check "stays when memory ends while another is made for its place" eval 'starves 100000 run "$scratch/large.json" --out "$out/large" &&
        diff -r "$out/large" "$scratch/before"'
    check "and what was begun is removed by the next run" eval \
        '"$distsim" run tests/scenarios/workload_only.json --quiet --no-plots --out "$out/large" && [[ $(ls -A "$out") == large ]]'
    check "a study too" starves 100000 run "$scratch/large.json" --replications 2 --out "$out/study"
else
    skip "memory that ends" "the program does not start in 90 MB (sanitizers)"
fi

finish
