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
    grep -q "^distsim: the memory is used up; no results were written\." "$scratch/stderr" && grep -q -- "--tables summary" "$scratch/stderr"
}

if (ulimit -v 90000 && "$distsim" --version) >/dev/null 2>&1; then
    for kib in 90000 100000 120000; do
        check "a run in $kib KiB says that they are used up" starves "$kib" run "$scratch/large.json" --no-memory-check --out "$out/large"
        check "and leaves nothing that looks like a result" test ! -e "$out/large"
    done
    check "a result that was there" "$distsim" run tests/scenarios/workload_only.json --quiet --no-plots --out "$out/large"
    cp -r "$out/large" "$scratch/before"
    check "stays when memory ends while another is made for its place" eval 'starves 100000 run "$scratch/large.json" --no-memory-check --out "$out/large" &&
        diff -r "$out/large" "$scratch/before"'
    check "and what was begun is removed by the next run" eval \
        '"$distsim" run tests/scenarios/workload_only.json --quiet --no-plots --out "$out/large" && [[ $(ls -A "$out") == large ]]'
    check "a study too" starves 100000 run "$scratch/large.json" --replications 2 --out "$out/study"
else
    skip "memory that ends" "the program does not start in 90 MB (sanitizers)"
fi

# Before it begins, what it will take is compared with what there is.
refused() {
    local status=0
    (
        ulimit -v 500000
        "$distsim" run "$scratch/large.json" --out "$out/refused" "$@"
    ) >"$scratch/stdout" 2>"$scratch/stderr" || status=$?
    cat "$scratch/stderr"
    [[ $status == 1 && ! -s $scratch/stdout && ! -e $out/refused ]] && grep -q "of memory are needed" "$scratch/stderr" &&
        grep -q "ulimit -v allows" "$scratch/stderr"
}
if (ulimit -v 500000 && "$distsim" --version) >/dev/null 2>&1; then
    check "a run for which there is no memory is not begun" refused
    check "and it is said what would take less" grep -q -- "--tables summary takes about" "$scratch/stderr"
fi

# within FACTOR SCENARIO TABLES: the estimate is that close to what the run has taken at most.
within() {
    local factor=$1 scenario=$2 tables=$3
    "$distsim" run "$scenario" --tables "$tables" --quiet --no-plots --no-advice --out "$out/within" || [[ $? == 3 ]] || return 1
    "$distsim" check "$scenario" | python3 -c '
import json, re, sys
factor, place, tables = float(sys.argv[1]), sys.argv[2], sys.argv[3]
said = re.findall(r"([\d.]+) (MB|GB)", sys.stdin.read())
value, unit = said[0 if tables == "all" else 1]
estimate = float(value) * {"MB": 1e6, "GB": 1e9}[unit]
peak = json.load(open(place + "/run.json"))["peak_memory_bytes"]
print(tables, "estimate", estimate, "peak", peak)
sys.exit(not peak / factor <= estimate <= peak * factor)' "$factor" "$out/within" "$tables"
}
# 1 primary, 250 secondaries and 5,000 distribution points of maximum.json, with 20 packages.
sed -e 's/{A..Y}{0..9}{A..Y}/@@/g; s/{A..Y}/{A..A}/g; s/@@/{A..A}{0..9}{A..Y}/g; s/{00001..00060}/{00001..00016}/g' \
    -e 's/{00061..00090}/{00061..00063}/g; /UPD{00001/d' scenarios/maximum.json >"$scratch/part.json"
if [[ -z ${DISTSIM_TEST_SCALE:-} ]]; then
    for tables in all summary; do
        check "the estimate for 100,000 deliveries is good to a factor of 2, --tables $tables" within 2 "$scratch/part.json" "$tables"
        check "that for emea.json too, --tables $tables" within 2 scenarios/emea.json "$tables"
        check "and that for a year, --tables $tables" within 2 scenarios/year.json "$tables"
    done
fi

# deliveries N ACTION,...: of one package at a central site, with 40 primaries and a distribution point at each.
deliveries() {
    local n=$1 actions
    printf -v actions '%s, ' "${@:2}"
    printf '%s' '{ "name": "few", "start": "2026-03-09T08:00:00", "until": "30 d", "locations": [ { "name": "hq" } ],
        "sites": [ { "code": "CAS", "type": "central", "location": "hq" },
                   { "code": "P{01..40}", "type": "primary", "parent": "CAS", "location": "hq" } ],
        "distribution_points": [ { "name": "DP{01..40}", "site": "P{01..40}" } ],
        "packages": [ { "id": "APP00001", "source_site": "CAS", "content": [ { "files": "f", "size": "1 MB" } ] } ],
        "actions": [ ' "${actions%, }" ' ] }' >"$scratch/few.json"
    "$distsim" check "$scratch/few.json" >"$scratch/stdout" || return 1
    cat "$scratch/stdout"
    grep -q "about $n deliveries" "$scratch/stdout"
}
distribute='{ "at": "0 s", "do": "distribute", "package": "*", "to": "*" }'
updates=()
for day in {1..20}; do
    updates+=("{ \"at\": \"$day d\", \"do\": \"update\", \"package\": \"*\" }")
done
check "twenty updates are twenty more of each delivery" deliveries 840 "$distribute" "${updates[@]}"
check "what is on a medium is delivered too" deliveries 40 '{ "at": "0 s", "do": "preload", "package": "*", "to": "*" }'
check "each redistribution is one more" deliveries 160 "$distribute" \
    '{ "at": "1 d", "do": "redistribute", "package": "*", "to": "*", "every": "10 d" }'
check "what is removed is distributed again" deliveries 160 '{ "at": "0 s", "do": "distribute", "package": "*", "to": "*", "every": "9 d" }' \
    '{ "at": "1 d", "do": "remove", "package": "*", "to": "*", "every": "9 d" }'

finish
