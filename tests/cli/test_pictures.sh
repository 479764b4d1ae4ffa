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

# ---- with gnuplot itself: what the pictures say ----

says() {
    grep -qF ">$2<" "$1" || { grep -o ">[^<]*<" "$1"; return 1; }
}
check "the walk-through is drawn" "$distsim" run scenarios/contoso.json --quiet --out "$out/contoso"
check "a deadline is told to the second" says "$out/contoso/plots/deliveries.svg" "1  as published: 100 % by Mon 16 May 12:34:30, met"
check "a key of what the picture shows" says "$out/contoso/plots/throughput.svg" "carried, Mbit/s (mean)"
check "and of nothing else" eval '! grep -q ">capacity<\|>peak" "$out/contoso/plots/throughput.svg"'
for picture in timeline jobs throughput deliveries; do
    check "$picture.svg is by the clock of the top site" eval \
        'says "$out/contoso/plots/$picture.svg" "Mon 16 May" && grep -q "local time at the top site" "$out/contoso/plots/$picture.svg"'
done
check "what held back a sending has a key" says "$out/contoso/plots/timeline.svg" "window or max_rate"
check "what held back none has no key" eval '! grep -q ">a link<" "$out/contoso/plots/timeline.svg"'
check "a rate limit and a link have one each" eval '"$distsim" run scenarios/tutorial/08_rate_limit.json --quiet --out "$out/limit" &&
    says "$out/limit/plots/timeline.svg" "rate limit or pulse mode" && says "$out/limit/plots/timeline.svg" "a link"'
check "so have a closed schedule, and idle time that is left out" \
    eval '"$distsim" run scenarios/tutorial/07_office_hours.json --quiet --out "$out/office" &&
    says "$out/office/plots/timeline.svg" "kept waiting by a closed schedule" && says "$out/office/plots/timeline.svg" "2 d 5 h idle"'
check "pull jobs are lanes" eval '"$distsim" run scenarios/tutorial/10_pull_chain.json --quiet --out "$out/pull" &&
    says "$out/pull/plots/jobs.svg" "FAR" && says "$out/pull/plots/jobs.svg" "no source (8212)"'

# Every tutorial has its pictures, and nothing else to say.
every_tutorial() {
    local file
    for file in scenarios/tutorial/*.json; do
        "$distsim" run "$file" --quiet --no-advice --out "$out/tutorial" 2>"$scratch/stderr" && ! grep . "$scratch/stderr" || return 1
    done
}
check "every tutorial is drawn" every_tutorial

# The link is down for 24 hours, and the threads that try are held for PS1. Then 8 packages of 600 MB have 240 s each:
# 32 minutes of 24 hours 32 minutes are 2.2 %, also with a little margin.
cat >"$scratch/down.json" <<'END'
{ "name": "down", "start": "2026-03-09T08:00:00", "until": "3 d",
  "locations": [ { "name": "hq" }, { "name": "branch", "parent": "hq", "up": "20 Mbit/s", "down": "20 Mbit/s" } ],
  "sites": [ { "code": "CS1", "type": "central", "location": "hq" },
    { "code": "PS1", "type": "primary", "parent": "CS1", "location": "branch" } ],
  "distribution_points": [ { "name": "DP1", "site": "PS1" } ],
  "packages": [ { "id": "CS1{00001..00008}", "source_site": "CS1", "content": [ { "files": "f", "size": "600 MB" } ] } ],
  "actions": [ { "at": "0 s", "do": "distribute", "package": "*", "to": ["*"] } ],
  "faults": [ { "location": "branch", "from": "0 s", "for": "24 h" } ] }
END
check "an outage is drawn" eval '"$distsim" run "$scratch/down.json" --quiet --no-advice --out "$out/down"'
check "as time in which the link is not full" says "$out/down/plots/throughput.svg" "link to branch, 20 Mbit/s: 4.8 GB, full 2.2 % of this time"
check "what is held says for whom" says "$out/down/plots/timeline.svg" "PS1"

# What is removed while it waits is wanted by nobody: it is no curve that never ends.
python3 - "$scratch" <<'END'
import json, sys
down = json.load(open(sys.argv[1] + "/down.json"))
down["actions"].append({"at": "1 h", "do": "remove", "package": "CS100001", "to": "*"})
json.dump(down, open(sys.argv[1] + "/removed.json", "w"))
END
check "what was cancelled is not missing in the picture" eval '"$distsim" run "$scratch/removed.json" --quiet --no-advice --out "$out/removed" &&
    says "$out/removed/plots/deliveries.svg" "down: 7 deliveries of 7 packages to 1 distribution point; cancelled ones are left out; local time at the top site" &&
    ! grep -q "CS100001\|missing" "$out/removed/plots/deliveries.svg"'

# P12 cannot be reached for a week: the thread is held for 210 s of every 750 s, and the stretch is as much paler: 0.4 + 0.6 x
# 0.28 of the way from white (255) to its grey (96) is 165. The length of what is left out is written where there is room
# between headings: beside the five threads of the sender, not in jobs.svg, where each group has one lane.
check "patch_tuesday is drawn" "$distsim" run scenarios/patch_tuesday.json --quiet --no-advice --out "$out/patch"
check "the link that is down is among those drawn" grep -q ">link to branch12, " "$out/patch/plots/throughput.svg"
check "of eleven links that carry the same, one" eval '[[ $(grep -c ">11 links alike: link to branch01, " "$out/patch/plots/throughput.svg") == 1 ]] &&
    ! grep -q ">link to branch0\|not drawn" "$out/patch/plots/throughput.svg"'
check "a stretch that is held now and then is paler" grep -qF "rgb(165,165,165)" "$out/patch/plots/timeline.svg"
check "what is left out is told where there is room" eval 'says "$out/patch/plots/timeline.svg" "34 d 19 h idle" &&
    ! grep -q " idle<" "$out/patch/plots/jobs.svg"'

# A source that many pull from holds them back: 2 x 100 MB out of an interface of 80 Mbit/s, into some of 1 Gbit/s. Of a
# distribution point that nobody pulls from nothing is kept: DP3 has 80 Mbit/s, and is only named.
cat >"$scratch/source.json" <<'END'
{ "name": "source", "start": "2026-03-09T08:00:00", "until": "1 d",
  "defaults": { "site": { "interface": "unlimited" } },
  "locations": [ { "name": "hq" }, { "name": "far", "parent": "hq", "up": "1 Gbit/s", "down": "1 Gbit/s" } ],
  "sites": [ { "code": "PS1", "type": "primary", "location": "hq" } ],
  "distribution_points": [ { "name": "SRC", "site": "PS1", "interface": "80 Mbit/s" },
    { "name": "DP{1..2}", "site": "PS1", "location": "far", "type": "pull", "sources": [ { "dp": "SRC" } ] },
    { "name": "DP3", "site": "PS1", "location": "far", "interface": "80 Mbit/s" } ],
  "packages": [ { "id": "PS100001", "source_site": "PS1", "content": [ { "files": "f", "size": "100 MB" } ] } ],
  "actions": [ { "at": "0 s", "do": "distribute", "package": "*", "to": ["*"] } ] }
END
check "the interface of a source that holds all back is drawn" eval \
    '"$distsim" run "$scratch/source.json" --quiet --out "$out/source" &&
    grep -q ">interface out of SRC, 80 Mbit/s: 200 MB, full" "$out/source/plots/throughput.svg"'
check "and in the table" grep -q "^[0-9.]*,SRC interface out,link_rate,10000000," "$out/source/timeline.csv"
check "other interfaces are named at least" eval \
    'grep -q "; not drawn: interface into DP3, which limits [0-9]* %" "$out/source/plots/throughput.svg" &&
    ! grep -q "^[^,]*,DP3 " "$out/source/timeline.csv"'

# A capacity that changes twice a day for a year is a band, from the lowest to the highest.
cat >"$scratch/daily.json" <<'END'
{ "name": "daily", "start": "2026-01-01T00:00:00", "until": "365 d",
  "calendars": { "office": [ { "days": "mon-sun", "from": "08:00", "to": "18:00", "value": "60 %" } ] },
  "locations": [ { "name": "hq" },
    { "name": "far", "parent": "hq", "up": "6 Mbit/s", "down": "6 Mbit/s", "background": "office" } ],
  "sites": [ { "code": "PS1", "type": "primary", "location": "hq" } ],
  "distribution_points": [ { "name": "DP1", "site": "PS1", "location": "far" } ],
  "packages": [ { "id": "PS100001", "source_site": "PS1", "content": [ { "files": "f", "size": "100 MB" } ] } ],
  "actions": [ { "at": "0 s", "do": "distribute", "package": "*", "to": ["*"] },
    { "at": "1 d", "do": "redistribute", "package": "*", "to": ["*"], "every": "1 d" } ] }
END
check "a capacity that changes every day is a band" eval '"$distsim" run "$scratch/daily.json" --quiet --no-advice --out "$out/daily" &&
    says "$out/daily/plots/throughput.svg" "capacity, lowest to highest"'
check "and no line" eval '! grep -q ">capacity<" "$out/daily/plots/throughput.svg"'

# Nothing takes time: what can be drawn is, and a line says why the rest is not there.
cat >"$scratch/instant.json" <<'END'
{ "name": "instant", "start": "2026-03-09T08:00:00", "until": "1 d",
  "defaults": { "site": { "interface": "unlimited", "notification_delay": "0 s",
    "distribution_manager": { "snapshot_rate": "unlimited", "dp_thread_time": "0 s" } } },
  "locations": [ { "name": "hq" } ],
  "sites": [ { "code": "PS1", "type": "primary", "location": "hq" } ],
  "distribution_points": [ { "name": "DP1", "site": "PS1", "interface": "unlimited" } ],
  "packages": [ { "id": "PS100001", "source_site": "PS1", "content": [ { "files": "f", "size": "1 MB" } ] } ],
  "actions": [ { "at": "0 s", "do": "distribute", "package": "*", "to": ["*"] } ] }
END
check "a run in which nothing takes time" eval '"$distsim" run "$scratch/instant.json" --out "$out/instant" 2>"$scratch/stderr"'
check "has a picture of its deliveries" says "$out/instant/plots/deliveries.svg" "PS100001: all 1 by Mon 9 Mar 08:00"
# 1.4 MB at 1 MB/s are there at 08:00:01.4, 1.6 MB at 08:00:01.6.
rounded() {
    sed "s/\"size\": \"1 MB\"/\"size\": \"$1\"/; s/\"snapshot_rate\": \"unlimited\"/\"snapshot_rate\": \"1 MB\/s\"/" "$scratch/instant.json" >"$scratch/rounded.json"
    rm -rf "$out/rounded"
    "$distsim" run "$scratch/rounded.json" --quiet --no-advice --out "$out/rounded"
    says "$out/rounded/plots/deliveries.svg" "PS100001: all 1 by Mon 9 Mar 08:00:0$2" &&
        "$distsim" run "$scratch/rounded.json" --no-advice --no-plots --out "$out/rounded2" 2>&1 | grep -F "last one Mon 9 Mar 08:00:0$2"
}
check "times are rounded down as in the summary" rounded "1.4 MB" 1
check "and up" rounded "1.6 MB" 2
check "and a line about those that it has not" \
    eval 'cat "$scratch/stderr"; grep -q "nothing to draw for timeline.svg (.*), throughput.svg (" "$scratch/stderr"'
check "but not with --quiet" eval '"$distsim" run "$scratch/instant.json" --quiet --out "$out/instant" 2>"$scratch/stderr" && ! grep . "$scratch/stderr"'

# Of the ten applications eight are asked for in time, and ten updates only later: 80 % of what the objective asks about,
# 40 % of everything.
python3 - "$scratch" <<'END'
import json, sys
run = json.load(open(sys.argv[1] + "/instant.json"))
run["packages"] = [dict(run["packages"][0], id=id) for id in ("APP{01..10}", "UPD{01..10}")]
run["actions"] = [{"at": at, "do": "distribute", "package": package, "to": ["*"]}
                  for at, package in (("0 s", ["APP%02d" % i for i in range(1, 9)]), ("2 h", ["APP09", "APP10"]), ("5 h", ["UPD*"]))]
run["objectives"] = [{"name": "applications", "share": "100 %", "by": "1 h", "package": "APP*"}]
json.dump(run, open(sys.argv[1] + "/asked.json", "w"))
END
check "what an objective asks about has a curve of its own" \
    eval 'code=0; "$distsim" run "$scratch/asked.json" --quiet --out "$out/asked" || code=$?; [[ $code == 3 ]] &&
    says "$out/asked/plots/deliveries.svg" "objective 1: 80 % by then"'
check "not where another curve shows it" eval '! grep -q ">objective 1:" "$out/contoso/plots/deliveries.svg"'

# ---- of comparisons ----

threads=(compare scenarios/sender_threads.json --vary 'sites.CS1.sender.max_concurrent_per_site=1,10,3')
compares() {
    "$distsim" "${threads[@]}" --quiet --out "$out/threads" "$@" && ls "$out/threads/plots"
}
check "a comparison is drawn" compares
# each PICTURE WORDS...: the picture has these words.
each() {
    local picture=$1 words
    shift
    for words; do
        grep -q ">$words" "$picture" || { echo "not there: $words"; grep -o ">[^<]*<" "$picture"; return 1; }
    done
}
site=max_concurrent_per_site
check "each variant has its lanes, of the same sender" each "$out/threads/plots/timelines.svg" "$site=1 (baseline): CS1 sender: " \
    "$site=10: CS1 sender: 240 send requests to 6 sites" "$site=3: CS1 sender: 240 send requests to 6 sites"
check "on one time axis" eval '[[ $(grep -o ">20:30<" "$out/threads/plots/timelines.svg" | wc -l) == 1 ]]'
# Six sites, so many threads each.
check "with as many threads as may work" each "$out/threads/plots/timelines.svg" "$site=1 (.*; 6 of 60 threads used" \
    "$site=10: .*; 60 of 60 threads used" "$site=3: .*; 18 of 60 threads used"
check "each has its curve" each "$out/threads/plots/deliveries.svg" "$site=1 (baseline): 95 % by .*, all by " \
    "$site=10: 95 % by .*, all by " "$site=3: 95 % by .*, all by "
check "and deadlines say who meets them" says "$out/threads/plots/deliveries.svg" "2  security updates in 2 h: 80 % by Mon 9 Mar 22:00, met by all"
check "differences are there in percent" eval 'says "$out/threads/plots/metrics.svg" "Difference from max_concurrent_per_site=1" &&
    grep -q ">-[0-9.]* %: better<" "$out/threads/plots/metrics.svg"'
check "another baseline comes first" eval 'compares --baseline max_concurrent_per_site=3 &&
    grep -q "site=3 (baseline): CS1 sender" "$out/threads/plots/timelines.svg" &&
    says "$out/threads/plots/metrics.svg" "Difference from max_concurrent_per_site=3"'
check "where nothing is asked for at once, time counts from each request" eval '"$distsim" compare scenarios/tutorial/12_workload.json \
    --vary "locations.branch.down=20 Mbit/s,50 Mbit/s" -n 3 --out "$out/chance" 2>"$scratch/stderr" &&
    says "$out/chance/plots/deliveries.svg" "Share of the deliveries that have come, by the time since they were asked for" &&
    grep -q "the median of 3 runs" "$out/chance/plots/deliveries.svg"'
check "what would show nothing is said" grep -q "nothing to draw for timelines.svg (nothing was sent" "$scratch/stderr"
check "more variants than can be told apart are left out" eval '"$distsim" compare tests/scenarios/small.json --vary seed=1,2,3,4,5,6,7,8 \
    --quiet --out "$out/eight" && grep -q "2 more variants are not drawn" "$out/eight/plots/deliveries.svg" &&
    grep -q "2 more variants are not drawn" "$out/eight/plots/timelines.svg"'
check "long names are cut in the middle: the value is told" eval '"$distsim" compare "$small" --quiet --out "$out/long" \
    --vary "sites.*.sender.max_concurrent_per_site=3,4" --vary "sites.*.software_distribution.max_threads_per_package=5,7" \
    --vary "sites.*.sender.max_concurrent_all_sites=8,9" &&
    each "$out/long/plots/deliveries.svg" "max_concurrent_per_site=4, .*…, max_concurrent_all_sites=9: "'
check "no pictures are drawn with --no-plots" eval 'compares --no-plots; no_pictures "$out/threads"'

# ---- with others in its place ----

# What is handed to gnuplot: a link of 20 Mbit/s that is full carries 20, and can.
gnuplot 'cp throughput.dat "$scratch" 2>/dev/null; echo "<svg></svg>"'
PATH=$scratch/bin:$PATH "$distsim" run "$scratch/down.json" --quiet --no-advice --out "$out/data"
# most COLUMN BLOCK: the highest value in this column of the block, to 6 digits.
most() {
    awk -v column="$1" -v block="$2" '$1 == "#" { now = $2; next }
        now == block && $column !~ /NaN/ && $column + 0 > high { high = $column + 0 }
        END { printf "%.6g\n", high }' "$scratch/throughput.dat"
}
check "rates are in Mbit/s" eval '[[ $(most 2 rate2) == 20 && $(most 3 rate2) == 20 && $(most 2 capacity2) == 20 ]]'

# A link that is full for 480 s on Monday and on Friday at the same time of day: what is between is left out. Then it is
# full for 960 s of little more than that, and each panel has the gap once.
python3 - "$scratch" <<'END'
import json, sys
down = json.load(open(sys.argv[1] + "/down.json"))
del down["faults"]
down["until"] = "6 d"
down["packages"] = [dict(down["packages"][0], id="CS10000{1..2}")]
down["packages"][0]["content"][0]["size"] = "1.2 GB"
down["actions"] = [{"at": at, "do": "distribute", "package": package, "to": ["*"]} for at, package in (("0 s", "CS100001"), ("4 d", "CS100002"))]
json.dump(down, open(sys.argv[1] + "/twice.json", "w"))
END
rm "$scratch/bin/gnuplot"
check "a link that is used twice in a week is drawn" "$distsim" run "$scratch/twice.json" --quiet --no-advice --out "$out/twice"
check "without the days between" eval 'grep -q ">link to branch, 20 Mbit/s: 2.4 GB, full [6-9][0-9] % of this time<" "$out/twice/plots/throughput.svg" &&
    [[ $(grep -o ">4 d idle<" "$out/twice/plots/throughput.svg" | wc -l) == 2 ]]'

check "nor are they in the picture of deliveries" eval 'says "$out/twice/plots/deliveries.svg" "4 d idle" &&
    grep -q "; between dotted lines idle time is left out<" "$out/twice/plots/deliveries.svg"'

# What marks time that is left out does not go through headings, which are in the middle of 1.3 lines.
gnuplot 'cp jobs-1.dat "$scratch" 2>/dev/null; echo "<svg></svg>"'
check "emea is handed to gnuplot" eval 'PATH=$scratch/bin:$PATH "$distsim" run scenarios/emea.json --quiet --no-advice --out "$out/emea"; [[ $? -le 3 ]]'
check "its headings are crossed by nothing" python3 - "$scratch/jobs-1.dat" <<'END'
import sys
rows = {}
for line in open(sys.argv[1]):
    if line.startswith("#"):
        block = rows.setdefault(line.split()[1], [])
    elif line.strip() and "NaN" not in line:
        block.append(line.split())
breaks = [(float(row[2]), float(row[3])) for row in rows["breaks"]]
headings = [float(row[0]) for row in rows["headings"]]
assert len(breaks) == 2 * len(headings) > 2, (breaks, headings)
assert not [y for y in headings for top, bottom in breaks if top < y + 0.5 and bottom > y - 0.5]
END

# What is shipped has a time axis on which time rises, something on it, and shares of it that are no less than none and no
# more than all. (Not those of a year and of the largest hierarchy, for their time.)
gnuplot 'echo "<svg></svg>"; for part in throughput.set throughput.dat; do cp $part "$scratch/$scenario.$part" 2>/dev/null; done'
hand_over() {
    local file
    for file in scenarios/*.json scenarios/tutorial/*.json; do
        [[ $file == */year.json || $file == */maximum.json ]] && continue
        scenario=$(basename "$file" .json) PATH=$scratch/bin:$PATH "$distsim" run "$file" --quiet --no-advice --out "$out/shipped"
        [[ $? == [03] ]] || return 1
    done
}
check "what is shipped is handed to gnuplot" hand_over
check "its throughput is on an axis that rises" python3 - "$scratch" <<'END'
import glob, re, sys
settings = glob.glob(sys.argv[1] + "/*.throughput.set")
assert len(settings) > 15, settings
for name in settings:
    text = open(name).read()
    low, high = (float(re.search(r"^%s = (\S+)$" % x, text, re.M)[1]) for x in ("xmin", "xmax"))
    ticks = [float(x) for x in re.findall(r'" ([-0-9.e+]+)', re.search(r"^set xtics .*$", text, re.M)[0])]
    assert low < high and ticks and ticks == sorted(set(ticks)), (name, low, high, ticks)
    assert low <= ticks[0] and ticks[-1] <= high, (name, low, high, ticks)
    shares = [float(x) for x in re.findall(r"full (\S+) % of this time", text)]
    assert all(0 <= x <= 100 for x in shares), (name, shares)
    rows, block = [], ""
    for line in open(name[:-3] + "dat"):
        if line.startswith("#"):
            block = line.split()[1]
        elif block.startswith("rate") and line.strip():
            rows.append(line.split())
    assert [row for row in rows if low <= float(row[0]) <= high and float(row[1]) > 0], name
END

gnuplot 'kill -SEGV $$'
check "a gnuplot that crashes is a warning" draws 3 crash
check "which says so for each picture" eval '[[ $(grep -c "^distsim run: .*\.svg was not drawn: gnuplot died of signal 11" "$scratch/stderr") == 4 ]]'
check "the tables are there" whole "$out/crash"
check "and no empty directory of pictures" no_pictures "$out/crash"

# The tables of a comparison and the list of its files are there.
whole_study() {
    python3 - "$1" <<'END'
import json, os, sys
files = json.load(open(sys.argv[1] + "/run.json"))["files"]
found = sorted(os.path.relpath(os.path.join(d, f), sys.argv[1]) for d, _, fs in os.walk(sys.argv[1]) for f in fs)
assert found == files, (found, files)
assert {"runs.csv", "estimates.csv", "comparisons.csv", "comparison.md", "summary.json"} <= set(files)
END
}
compares_without() {
    rm -rf "$out/without"
    PATH=$1 "$distsim" compare "$small" --vary seed=1,2 --quiet --out "$out/without" 2>"$scratch/stderr"
    cat "$scratch/stderr"
    whole_study "$out/without" && no_pictures "$out/without"
}
check "a comparison is whole when gnuplot crashes" compares_without "$scratch/bin:$PATH"
check "which is said for each picture" eval '[[ $(grep -c "^distsim compare: .*\.svg was not drawn: gnuplot died of signal 11" "$scratch/stderr") == 3 ]]'
check "and without gnuplot" compares_without /nowhere
check "which is a line" eval '[[ $(grep -c . "$scratch/stderr") == 1 ]] && grep -q "no pictures: gnuplot was not found" "$scratch/stderr"'

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
    # env: also when nohup(1) has this script ignore SIGHUP
    PATH=$scratch/bin:$PATH env --default-signal=HUP "$distsim" run "$small" --quiet --out "$out/i" 2>"$scratch/stderr" &
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

# A comparison, while its pictures are drawn.
interrupted_study() {
    local child status=0
    rm -rf "$out/c"
    PATH=$scratch/bin:$PATH "$distsim" compare "$small" --vary seed=1,2 --quiet --out "$out/c" 2>"$scratch/stderr" &
    child=$!
    read -r _ <"$scratch/told"
    kill -INT "$child"
    wait "$child" || status=$?
    cat "$scratch/stderr"
    [[ $status == 130 ]] || { echo "exit status $status, not 130"; return 1; }
    grep -q "interrupted: " "$scratch/stderr" && no_pictures "$out/c" && whole_study "$out/c"
}
check "Ctrl-C while a comparison is drawn keeps its results" interrupted_study

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
