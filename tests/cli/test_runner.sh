#!/usr/bin/env bash
# tests/run counts what test programs say, and is not fooled by those that die, hang or say nothing.
set -u
# shellcheck source=tests/cli/tap.sh
source tests/cli/tap.sh

# program NAME LINE...: a test program of these shell commands
program() {
    local name=$1
    shift
    printf '%s\n' '#!/bin/bash' "$@" >"$scratch/$name"
    chmod +x "$scratch/$name"
}

# sums STATUS LINE NAME...: running these programs ends with this status and this last line
# shellcheck disable=SC2317 # called by way of check
sums() {
    local status=0 wanted_status=$1 wanted=$2 output
    shift 2
    output=$(python3 tests/run --timeout 2 "${@/#/$scratch/}" 2>&1) || status=$?
    echo "$output"
    [[ $status == "$wanted_status" && ${output##*$'\n'} == "$wanted" ]]
}

program good 'echo 1..2' 'echo ok 1 - a' 'echo "# a comment: not ok"' 'echo "    not ok 1 - a subtest"' 'echo ok 2 - b'
program late 'echo ok 1 - a' 'echo 1..1'
program skips 'echo ok 1 - a' 'echo "ok 2 - b # SKIP no network"' 'echo 1..2'
program nothing_to_do 'echo "1..0 # SKIP not here"'
program bad 'echo ok 1 - a' 'echo not ok 2 - b' 'echo not ok 3 - c' 'echo 1..3' 'exit 1'
program crash 'echo 1..2' 'echo ok 1 - a' 'kill -SEGV $$'
program hang 'echo 1..1' 'echo ok 1 - a' 'sleep 60'
program silent 'true'
program no_plan 'echo ok 1 - a'
program short 'echo 1..3' 'echo ok 1 - a'
program empty 'echo 1..0'
program status 'echo 1..1' 'echo ok 1 - a' 'exit 23'
program bails 'echo 1..1' 'echo "Bail out! no memory"'
program orphan 'sleep 60 &' 'echo 1..1' 'echo ok 1 - a'
program script.sh 'echo ok 1 - a' 'echo 1..1'
printf '%s\n' 'print("ok 1 - a")' 'print("1..1")' >"$scratch/script.py"

check "counts what passed" sums 0 "2 passed, 0 failed" good
check "adds programs up" sums 0 "5 passed, 0 failed" good late script.sh script.py
check "counts what was skipped" sums 0 "1 passed, 0 failed, 1 skipped" skips
check "counts a program that is skipped" sums 0 "2 passed, 0 failed, 1 skipped" good nothing_to_do
check "counts what failed" sums 1 "3 passed, 2 failed" good bad
check "a crash is a failure" sums 1 "1 passed, 1 failed" crash
check "a program that takes too long is a failure" sums 1 "1 passed, 1 failed" hang
check "a program that says nothing is a failure" sums 1 "0 passed, 1 failed" silent
check "a program without a plan is a failure" sums 1 "1 passed, 1 failed" no_plan
check "a program that ends early is a failure" sums 1 "1 passed, 1 failed" short
check "a program without tests is a failure" sums 1 "0 passed, 1 failed" empty
check "an exit status is a failure" sums 1 "1 passed, 1 failed" status
check "bailing out is a failure" sums 1 "0 passed, 1 failed" bails
check "a program that is not there is a failure" sums 1 "0 passed, 1 failed" missing
check "does not wait for what a test leaves behind" sums 0 "1 passed, 0 failed" orphan
check "no tests at all is not a success" sums 1 "0 passed, 0 failed"
check "of a failing program's output all but what passed is shown" \
    bash -c "diff <(tests/run '$scratch/bad' | grep '|') <(printf '     | %s\n' 'not ok 2 - b' 'not ok 3 - c' 1..3)"

finish
