#!/usr/bin/env bash
# Drawing can fail, hang and be interrupted: results are never lost, and never half written. Other programs stand in for
# gnuplot: they are found first in PATH.
# shellcheck disable=SC2016,SC2317 # what is in single quotes is for eval; functions are called by way of check
set -u
# shellcheck source=tests/cli/tap.sh
source tests/cli/tap.sh

distsim=${DISTSIM:-build/distsim}
small=tests/scenarios/small.json
out=$scratch/out
mkdir -p "$scratch/bin" "$out"
mkfifo "$scratch/told" "$scratch/never"
export scratch

# gnuplot SCRIPT: this is gnuplot from now on.
gnuplot() {
    printf '#!/bin/sh\n%s\n' "$1" >"$scratch/bin/gnuplot"
    chmod +x "$scratch/bin/gnuplot"
}

# draws CODE NAME: a run ends with this code (3 is a good run: the scenario misses an objective); what it says is in
# $scratch/stderr.
draws() {
    local status=0
    PATH=$scratch/bin:$PATH "$distsim" run "$small" --quiet --out "$out/$2" 2>"$scratch/stderr" || status=$?
    cat "$scratch/stderr"
    [[ $status == "$1" ]] || { echo "exit status $status, not $1"; return 1; }
}

# The tables and the list of files are there, whole; nothing is beside the result.
whole() {
    local leftovers
    leftovers=$(find "$(dirname "$1")" -name '.*.*-??????')
    [[ -z $leftovers ]] || { echo "left over: $leftovers"; return 1; }
    python3 - "$1" <<'END'
import json, os, sys
files = json.load(open(sys.argv[1] + "/run.json"))["files"]
found = sorted(os.path.relpath(os.path.join(d, f), sys.argv[1]) for d, _, fs in os.walk(sys.argv[1]) for f in fs)
assert found == files, (found, files)
assert {"transfers.csv", "deliveries.csv", "timeline.csv", "summary.json"} <= set(files)
assert json.load(open(sys.argv[1] + "/summary.json"))["complete"] is True
END
}

no_pictures() {
    [[ ! -e $1/plots ]] || { ls -la "$1/plots"; return 1; }
}

gnuplot 'kill -SEGV $$'
check "a gnuplot that crashes is a warning" draws 3 crash
check "which says so for each picture" eval '[[ $(grep -c "^distsim run: .*\.svg was not drawn: gnuplot died of signal 11" "$scratch/stderr") == 4 ]]'
check "the tables are there" whole "$out/crash"
check "and no empty directory of pictures" no_pictures "$out/crash"

gnuplot 'echo "<svg><path d=\"M 0 "'
check "half a picture is a warning" draws 3 half
check "which says so" grep -q 'timeline.svg was not drawn: gnuplot drew only a part' "$scratch/stderr"
check "half pictures are not kept" no_pictures "$out/half"

gnuplot 'head -c 1000000 /dev/zero | tr "\0" "x" >&2; exit 1'
check "a gnuplot that says much does not hang" draws 3 much
check "and is quoted in few words" eval '[[ $(wc -c <"$scratch/stderr") -lt 2000 ]]'

gnuplot '(echo $$ >"$scratch/pid"; exec cat "$scratch/never") & echo "<svg></svg>"'
check "what gnuplot leaves running is not waited for" draws 3 daemon
check "its pictures are there" test -s "$out/daemon/plots/timeline.svg"
check "the result is whole" whole "$out/daemon"

printf 'no program' >"$scratch/bin/gnuplot"
chmod +x "$scratch/bin/gnuplot"
check "a gnuplot that is no program is a warning" draws 3 broken
check "and leaves no directory either" no_pictures "$out/broken"

# interrupted SIGNAL...: the signals come while gnuplot hangs.
interrupted() {
    local child pid status=0 signal
    rm -rf "$out/i"
    gnuplot 'trap "" TERM INT HUP; echo $$ >"$scratch/told"; cat "$scratch/never"'
    PATH=$scratch/bin:$PATH "$distsim" run "$small" --quiet --out "$out/i" 2>"$scratch/stderr" &
    child=$!
    read -r pid <"$scratch/told"
    for signal; do
        kill "-$signal" "$child"
    done
    wait "$child" || status=$?
    cat "$scratch/stderr"
    [[ $status == 130 ]] || { echo "exit status $status, not 130"; return 1; }
    ! kill -0 "$pid" 2>/dev/null || { echo "gnuplot still runs"; return 1; }
    grep -q "interrupted: timeline.svg and what comes after it were not drawn" "$scratch/stderr" &&
        no_pictures "$out/i" && whole "$out/i"
}
for signal in INT TERM HUP; do
    check "SIG$signal while drawing ends gnuplot and keeps the results" interrupted $signal
done
check "two signals at once are one" interrupted TERM INT
check "twice the same too" interrupted INT INT

# The group, as a terminal and timeout(1) do it.
group() {
    local child status=0
    rm -rf "$out/g"
    gnuplot 'echo $$ >"$scratch/told"; cat "$scratch/never"'
    PATH=$scratch/bin:$PATH setsid "$distsim" run "$small" --quiet --out "$out/g" 2>"$scratch/stderr" &
    child=$!
    read -r _ <"$scratch/told"
    kill -TERM "$child"
    kill -TERM -- "-$child" 2>/dev/null
    wait "$child" || status=$?
    [[ $status == 130 ]] && no_pictures "$out/g" && whole "$out/g"
}
check "nor do the program and its group make two" group

# gnuplot does not outlive a program that is killed.
killed() {
    local child pid
    gnuplot 'echo $$ >"$scratch/told"; exec cat "$scratch/never"'
    PATH=$scratch/bin:$PATH "$distsim" run "$small" --quiet --out "$out/k" &
    child=$!
    read -r pid <"$scratch/told"
    kill -KILL "$child"
    wait "$child" 2>/dev/null
    # It is the kernel that ends it, and somebody else who takes note.
    while [[ -e /proc/$pid && $(cut -d' ' -f3 /proc/"$pid"/stat 2>/dev/null) != Z ]]; do
        :
    done
}
check "a killed program takes gnuplot with it" killed

# The disk is full when the pictures come.
mkdir -p "$scratch/disk"
if mount -t tmpfs -o size=2m tmpfs "$scratch/disk" 2>/dev/null; then
    trap 'umount -l "$scratch/disk"; rm -rf "$scratch"' EXIT
    gnuplot 'echo "<svg></svg>"'
    out=$scratch/disk
    check "small pictures fit on a small disk" draws 3 name
    check "and make a whole result" eval 'whole "$out/name" && cp -r "$out/name" "$scratch/before"'
    gnuplot 'head -c 3000000 /dev/zero | tr "\0" " "; echo "<svg></svg>"'
    check "a disk that gets full while drawing is exit code 1" draws 1 name
    check "says what and where" grep -q "$scratch/disk/.*timeline.svg.*[Nn]o space" "$scratch/stderr"
    check "keeps the result of before and leaves nothing else" eval 'whole "$out/name" && diff -r "$out/name" "$scratch/before"'
else
    skip "a disk that gets full while drawing" "mounting a tmpfs is not allowed here"
fi

finish
