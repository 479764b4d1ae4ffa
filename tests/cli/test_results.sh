#!/usr/bin/env bash
# What "distsim run" leaves behind: whole results or none, the same bytes every time, and its exit codes.
# shellcheck disable=SC2016,SC2317 # what is in single quotes is for eval; functions are called by way of check
set -u
# shellcheck source=tests/cli/tap.sh
source tests/cli/tap.sh

distsim=${DISTSIM:-build/distsim}
small=tests/scenarios/small.json
out=$scratch/out

# exits CODE COMMAND...: the command ends with this code.
exits() {
    local wanted=$1 status=0
    shift
    "$@" || status=$?
    [[ $status == "$wanted" ]] || { echo "exit status $status, not $wanted"; return 1; }
}

# Nothing but what is named is in the directory, hidden files included.
only() {
    local directory=$1 found
    shift
    found=$(find "$directory" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' ')
    [[ $found == "$* " || ( -z $found && $# == 0 ) ]] || { echo "in $directory: $found"; return 1; }
}

same_results() {
    diff -r --exclude=run.json "$1" "$2"
}

# Exit codes 0 and 3 are both good runs.
runs() {
    local status=0
    "$distsim" run "$@" || status=$?
    [[ $status == 0 || $status == 3 ]]
}

# A scenario that takes a while: many packages to many distribution points, made from a small one.
big=$scratch/big.json
cat >"$big" <<'END'
{
  "name": "big", "start": "2016-05-16T10:30:00", "until": "60 d",
  "locations": [ { "name": "hq" }, { "name": "town{001..300}", "parent": "hq", "up": "10 Mbit/s", "down": "10 Mbit/s" } ],
  "sites": [ { "code": "PS1", "type": "primary", "location": "hq" } ],
  "distribution_points": [
END
for i in $(seq -f %03g 1 300); do
    printf '    { "name": "DP%s", "site": "PS1", "location": "town%s" }%s\n' "$i" "$i" "$([[ $i == 300 ]] || echo ,)"
done >>"$big"
cat >>"$big" <<'END'
  ],
  "packages": [ { "id": "PS1{00001..00400}", "source_site": "PS1", "content": [ { "files": "f", "size": "7 MB" }, { "files": "g", "size": "1 MB", "count": 7 } ] } ],
  "actions": [ { "at": "0 s", "do": "distribute", "package": "*", "to": ["*"] } ]
}
END

check "a run writes a result" runs "$small" --quiet --out "$out/a"
check "and nothing beside it" only "$out" a
check "all files are there" only "$out/a" attempts.csv deliveries.csv events.csv plots run.json scenario.json summary.json timeline.csv transfers.csv
check "the same again gives the same bytes" eval 'runs "$small" --quiet --out "$out/b" && same_results "$out/a" "$out/b"'
check "the effective scenario gives the same results" \
    eval 'runs "$out/a/scenario.json" --quiet --out "$out/c" && same_results "$out/a" "$out/c"'
check "a result is replaced" eval 'rm "$out/a/events.csv" && runs "$small" --quiet --out "$out/a" && same_results "$out/a" "$out/b"'
mkdir "$out/a/.git" && touch "$out/a/.git/HEAD" "$out/a/notes"
check "but not with files of others in it" eval 'exits 2 "$distsim" run "$small" --quiet --out "$out/a" 2>"$scratch/stderr"'
check "which are named, and still there" \
    eval 'grep -q ": .git/HEAD, notes;" "$scratch/stderr" && test -e "$out/a/notes" && rm -r "$out/a/.git" "$out/a/notes"'
check "the summary goes to stdout, nothing to stderr" \
    eval 'runs "$small" --out "$out/a" >"$scratch/stdout" 2>"$scratch/stderr"; grep -q "^Results: " "$scratch/stdout" && ! grep . "$scratch/stderr"'
check "the summary fits on a screen" \
    eval '[[ $(wc -l <"$scratch/stdout") -le 45 && $(LC_ALL=C.UTF-8 wc -L <"$scratch/stdout") -le 100 ]] || { cat "$scratch/stdout"; false; }'
check "summary.json is JSON and says it is complete" python3 -c 'import json,sys; assert json.load(open(sys.argv[1]))["complete"] is True' "$out/a/summary.json"
check "sums of the tables are those of the summary" python3 - "$out/a" <<'END'
import csv, json, math, sys
directory = sys.argv[1]
summary = json.load(open(directory + "/summary.json"))
def rows(name):
    return list(csv.DictReader(open(f"{directory}/{name}.csv", newline="")))
deliveries, transfers, attempts, timeline = map(rows, ("deliveries", "transfers", "attempts", "timeline"))
assert len(deliveries) == summary["totals"]["deliveries"]
for row in deliveries:
    if row["on_dp_s"]:
        causes = sum(float(value) for key, value in row.items() if key.endswith("_s") and key not in
                     ("requested_s", "on_dp_s", "site_knows_s", "central_knows_s"))
        assert math.isclose(causes, float(row["on_dp_s"]) - float(row["requested_s"]), rel_tol=1e-12, abs_tol=1e-9), row
for row in transfers:
    if row["finished_s"]:
        states = sum(float(value) for key, value in row.items() if key.startswith("in_"))
        assert math.isclose(states, float(row["finished_s"]) - float(row["created_s"]), rel_tol=1e-12, abs_tol=1e-9), row
    tries = [a for a in attempts if a["transfer"] == row["id"]]
    assert len(tries) == int(row["attempts"])
    for a in tries:
        assert float(a["started_s"]) <= float(a["ended_s"])
times = [float(row["time_s"]) for row in timeline]
assert times == sorted(times)
sent = {}
for row in timeline:
    if row["metric"] == "bytes_sent":
        sent[row["entity"]] = float(row["value"])
moved = sum(float(a["bytes"]) for a in attempts for t in transfers if t["id"] == a["transfer"] and t["kind"] == "send_request")
assert math.isclose(sum(sent.values()), moved, rel_tol=1e-9), (sent, moved)
END

check "--wall-clock adds columns" \
    eval 'runs "$small" --quiet --no-plots --wall-clock --out "$out/w" && head -1 "$out/w/deliveries.csv" | grep -q ",central_knows_at$"'
check "--no-plots draws nothing" test ! -e "$out/w/plots"
check "--set changes the answer" \
    eval 'runs "$small" --quiet --no-plots --set seed=2 --out "$out/s" && ! cmp -s "$out/s/scenario.json" "$out/w/scenario.json"'

# Without gnuplot: one line says so, the rest is there. The program itself is all that is needed in PATH.
mkdir -p "$scratch/bin"
check "without gnuplot the tables are written" \
    eval 'PATH="$scratch/bin" runs "$small" --quiet --out "$out/n" 2>"$scratch/stderr" && test -s "$out/n/transfers.csv"'
check "and one line says what is missing" eval '[[ $(wc -l <"$scratch/stderr") == 1 ]] && grep -q "install gnuplot" "$scratch/stderr"'
printf '#!/bin/sh\necho "out of ink" >&2\nexit 1\n' >"$scratch/bin/gnuplot"
chmod +x "$scratch/bin/gnuplot"
check "a gnuplot that fails is a warning" \
    eval 'PATH="$scratch/bin:$PATH" runs "$small" --quiet --out "$out/n" 2>"$scratch/stderr" && grep -q "out of ink" "$scratch/stderr"'
check "and leaves no directory of pictures" test ! -e "$out/n/plots"
rm "$scratch/bin/gnuplot"

# Mistakes of the user.
check "no file is wrong usage" exits 2 "$distsim" run
check "two files are wrong usage" exits 2 "$distsim" run "$small" "$small"
check "an unknown option is wrong usage" exits 2 "$distsim" run --frobnicate "$small"
check "a file that is not there is wrong" exits 2 "$distsim" run "$scratch/nowhere.json"
check "--help is fine" exits 0 "$distsim" run --help
mkdir -p "$scratch/thesis" && touch "$scratch/thesis/chapter1"
check "a folder that is no result is refused" exits 2 "$distsim" run "$small" --quiet --out "$scratch/thesis"
check "and left alone" only "$scratch/thesis" chapter1
echo '{}' >"$scratch/thesis/summary.json"
check "also when it has a summary.json" exits 2 "$distsim" run "$small" --quiet --out "$scratch/thesis"
check "nothing of it is lost" only "$scratch/thesis" chapter1 summary.json
check "a missed objective is 3" exits 3 "$distsim" run "$small" --quiet --no-plots --out "$out/m" --set 'objectives.soon.by=1 min'

# Interrupted: a whole, readable result that says so.
late=$scratch/late.json
sed 's/"actions":/"objectives": [ { "name": "late", "by": "59 d" } ], "actions":/' "$big" >"$late"
interrupt() {
    "$distsim" run "$late" --quiet --no-plots --out "$out/i" &
    local child=$! status=0
    # It has begun when its directory is there.
    for _ in $(seq 200); do
        compgen -G "$out/.i.partial-*" >/dev/null && break
        sleep 0.01
    done
    kill -"$1" "$child"
    wait "$child" || status=$?
    [[ $status == 130 ]] || { echo "exit status $status, not 130"; return 1; }
    python3 -c 'import json,sys; assert json.load(open(sys.argv[1]))["complete"] is False' "$out/i/summary.json"
}
check "SIGINT ends the run with a whole result" interrupt INT
check "SIGTERM does too" interrupt TERM

# Before the run begins: while it reads a scenario that does not come to its end.
interrupt_reading() {
    mkfifo "$scratch/fifo.$1"
    "$distsim" run "$scratch/fifo.$1" --quiet --out "$out/early" 2>"$scratch/stderr" &
    local child=$! status=0
    exec 3>"$scratch/fifo.$1" # when the program has opened it
    kill -"$1" "$child"
    wait "$child" || status=$?
    exec 3>&-
    [[ $status == 130 ]] || { echo "exit status $status, not 130"; return 1; }
    grep -qx "distsim: interrupted before the run began: nothing was written" "$scratch/stderr"
}
# (The thread sanitizer calls handlers when a call returns, and this one does not.)
if grep -q __tsan_init "$distsim"; then
    skip "signals before the run begins" "the thread sanitizer holds them back"
else
    check "SIGINT before the run begins says so" interrupt_reading INT
    check "SIGTERM does too" interrupt_reading TERM
fi
check "and nothing is written" eval '! compgen -G "$out/*early*" && ! compgen -G "$out/.early*"'

# On a terminal it is said that it was heard.
check "that it was heard is said on a terminal" python3 - "$distsim" "$late" "$out/t" <<'END'
import os, pty, signal, sys
program, scenario, place = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execv(program, [program, "run", scenario, "--no-plots", "--out", place])
said = b""
while b"%)" not in said: # its progress: the run has begun
    said += os.read(terminal, 1000)
os.kill(child, signal.SIGINT)
try:
    while more := os.read(terminal, 1000):
        said += more
except OSError: # its end
    pass
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 130
assert b"stopping: " in said, said
END

check "an objective whose deadline it did not reach is neither met nor missed" python3 -c '
import json, sys
assert [o["met"] for o in json.load(open(sys.argv[1]))["objectives"]] == [None]' "$out/i/summary.json"

# A file that may not grow is a full disk.
limited() (
    ulimit -f 2
    exec "$distsim" run "$small" --quiet --no-plots --out "$out/limited"
)
check "a file size limit is a failure" exits 1 limited
check "that leaves nothing" eval '! compgen -G "$out/*limited*" && ! compgen -G "$out/.limited*"'

without_directory() (
    mkdir "$scratch/gone" && cd "$scratch/gone" && rmdir "$scratch/gone" && exec "$distsim" run "$from_root/$small" --quiet
)
from_root=$PWD
distsim_from_root=$(realpath "$distsim")
distsim=$distsim_from_root
check "without a current directory nothing is written elsewhere" exits 1 without_directory

endless() (
    ulimit -v 1000000
    exec "$distsim" check /dev/zero
)
[[ $distsim == *build/release* || $distsim == *build/distsim ]] && # sanitizers need the address space
    check "endless input is refused" exits 2 endless

# Killed: no partial result in its place, then or later; the next run cleans up.
kill_in_the_middle() {
    local delay
    for delay in 0 0.05 0.2 0.5 1; do
        rm -rf "$out/k"
        "$distsim" run "$big" --quiet --no-plots --out "$out/k" &
        local child=$!
        sleep "$delay"
        kill -KILL "$child" 2>/dev/null
        wait "$child" 2>/dev/null
        [[ ! -e $out/k || -s $out/k/summary.json && -s $out/k/run.json ]] || { ls -la "$out/k"; return 1; }
    done
    runs "$small" --quiet --no-plots --out "$out/k" && ! compgen -G "$out/.k.*"
}
check "killed with SIGKILL leaves no partial result" kill_in_the_middle

# Places that cannot be written to.
mkdir -p "$scratch/disk"
if mount -t tmpfs -o size=256k tmpfs "$scratch/disk" 2>/dev/null; then
    trap 'umount -l "$scratch/disk"; rm -rf "$scratch"' EXIT
    cp -r "$out/w" "$scratch/disk/name"
    check "a full disk is exit code 1" eval 'exits 1 "$distsim" run "$big" --quiet --no-plots --set until="2 h" --out "$scratch/disk/name" 2>"$scratch/stderr"'
    check "says what and where" eval 'grep -q "$scratch/disk/.*[Nn]o space" "$scratch/stderr"'
    check "keeps the old result and leaves nothing else" eval 'only "$scratch/disk" name && same_results "$scratch/disk/name" "$out/w"'
    mount -o remount,ro "$scratch/disk"
    check "a read-only place is exit code 1" eval 'exits 1 "$distsim" run "$big" --quiet --out "$scratch/disk/name" 2>"$scratch/stderr"'
    check "says so at once" grep -q "$scratch/disk.*Read-only" "$scratch/stderr"
else
    skip "a full disk" "mounting a tmpfs is not allowed here"
    skip "a read-only place" "mounting a tmpfs is not allowed here"
fi
if [[ -w /dev/full ]]; then
    check "a summary that cannot be printed is exit code 1" eval 'exits 1 "$distsim" run "$small" --no-plots --out "$out/f" >/dev/full'
else
    skip "a summary that cannot be printed" "there is no /dev/full"
fi

finish
