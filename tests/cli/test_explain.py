#!/usr/bin/env python3
"""distsim explain: the stories of deliveries, their facts against what follows from the scenarios by hand or from the
result tables, and what it says to those who ask wrongly."""
import collections
import csv
import datetime
import json
import math
import os
import re
import subprocess
import tempfile

DISTSIM = os.environ.get("DISTSIM", "build/distsim")
SCRATCH = tempfile.TemporaryDirectory(prefix="distsim-explain-")
CAUSE_OF = [  # how a line begins or what it says -> column of deliveries.csv
    (r"until \S+ was told", "metadata_wait"), (r"waited for (a|the) package thread", "package_thread_wait"),
    (r"\S+ took a snapshot", "snapshot"), (r"waited for a distribution point thread", "dp_thread_wait"),
    (r"a distribution point thread created|\S+ first created", "dp_thread"), (r"waited for the compressor", "compressor_wait"),
    (r"\S+ compressed it", "compressing"), (r"the scheduler", "scheduler_wait"), (r"sent ", "sending"),
    (r"waited for a sending thread", "sender_wait"), (r"code 12", "despool_retry_wait"), (r"\S+ unpacked", "despooling"),
    (r"waited for a transfer thread|its transfer thread", "transfer_thread_wait"), (r"waited for the copy to", "earlier_copy_wait"), (r"copied", "copying"),
    (r"added its files", "adding_files"), (r"waited to try again|\d+ tries failed", "retry_wait"),
    (r"waited for a despooling", "despooler_wait"),
]
n_tests = n_failed = 0


def check(name, ok, said=""):
    global n_tests, n_failed
    n_tests += 1
    if not ok:
        n_failed += 1
        for line in str(said).splitlines()[:40]:
            print("#", line)
    print("ok" if ok else "not ok", n_tests, "-", name, flush=True)


def explain(*arguments):
    done = subprocess.run([DISTSIM, "explain", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def run(scenario, name, *sets):
    out = os.path.join(SCRATCH.name, name)
    command = [DISTSIM, "run", scenario, "--quiet", "--no-plots", "--out", out]
    for s in sets:
        command += ["--set", s]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode in (0, 3), done.stderr
    return out


def table(out, name):
    with open(os.path.join(out, name + ".csv"), newline="") as f:
        return list(csv.DictReader(f))


def rows_of(text):
    """The lines of a story, wrapped lines joined: (hop, from, to, text), times in seconds since midnight."""
    rows, hop = [], None
    for line in text.splitlines():
        found = re.match(r"  (\d\d):(\d\d):(\d\d) to (\d\d):(\d\d):(\d\d) +\S.*?  (.*)$", line)
        if found:
            n = [int(x) for x in found.groups()[:6]]
            rows.append([hop, n[0] * 3600 + n[1] * 60 + n[2], n[3] * 3600 + n[4] * 60 + n[5], found.group(7)])
        elif re.match(r"\S+ to \S+( \(clocks.*)?$", line):
            hop = re.match(r"(\S+ to \S+)", line).group(1)
        elif rows and line.startswith(" " * 30):
            rows[-1][3] += " " + line.strip()
    return rows


def check_form(name, text):
    check(name + ": no line is longer than 100 characters", all(len(line) <= 100 for line in text.splitlines()), text)
    rows = rows_of(text)
    check(name + ": one line follows the other", rows and all(a[2] == b[1] for a, b in zip(rows, rows[1:])), text)
    return rows


def story(name, *arguments):
    code, out, err = explain(*arguments)
    check(name + ": is told", code == 0 and not err, err)
    return out, check_form(name, out)


def at(clock):
    parts = [int(x) for x in clock.split(":")]
    return parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0)


def tutorials():
    """All of these start at 08:00; the numbers are those of the scenarios' comments."""
    text, rows = story("one link", "scenarios/tutorial/01_one_link.json")
    check("one link: copied in 100 s, held back by the branch's 100 Mbit/s",
          [r[1:3] for r in rows] == [[at("08:00"), at("08:01:40")]] and "link to branch (100 Mbit/s)" in rows[0][3]
          and "1.25 GB at 100 Mbit/s" in rows[0][3], text)

    # Six requests of 300 MB, three at a time on 10 MB/s: the fourth waits 90 s for the first three.
    text, rows = story("threads", "scenarios/tutorial/02_threads_on_a_shared_link.json", "--package", "CS100004")
    check("threads: waits for the first wave", len(rows) == 2 and rows[0][2] - rows[0][1] == 90 and
          "3 of 3 busy with CS100001, CS100002 and CS100003" in rows[0][3] and "to PS1" in rows[0][3], text)
    check("threads: then shares the link with the two others of its wave",
          rows[1][2] == at("08:03") and "shared with 2 others" in rows[1][3], text)

    # The second wave of five waits one wave of 20 s; nobody holds it back but its window.
    text, rows = story("long link", "scenarios/tutorial/03_a_long_link.json", "--package", "CS100004")
    check("long link: a wave of waiting, a wave of sending by window",
          [r[2] - r[1] for r in rows] == [20, 20] and "held back by its window" in rows[1][3], text)

    text, rows = story("child site", "scenarios/tutorial/04_a_child_site.json")
    check("child site: hop by hop", [(r[0], r[2] - r[1], r[3].split()[0]) for r in rows] ==
          [("CS1 to PS1", 20, "sent"), ("CS1 to PS1", 10, "PS1"), ("PS1 to SEC", 100, "sent"), ("PS1 to SEC", 10, "SEC")],
          text)
    check("child site: each by its own link", "link to country" in rows[0][3] and "link to town" in rows[2][3], text)

    text, rows = story("metadata", "scenarios/tutorial/05_waiting_for_metadata.json")
    check("metadata: code 12 for 300 s after 8 s", rows[0][2] == at("08:00:08") and "code 12" in rows[1][3] and
          rows[1][1:3] == [at("08:00:08"), at("08:05:08")], text)

    text, rows = story("pull", "scenarios/tutorial/09_pull_dp.json", "--dp", "PULL1")
    check("pull: 20 min without source, a second to be notified, 8 s from HQ1", [r[2] - r[1] for r in rows] == [1200, 1, 8]
          and "8212" in rows[0][3] and "notified PULL1" in rows[1][3] and "from HQ1" in rows[2][3]
          and "link to branch" in rows[2][3], text)


def emea():
    out = run("scenarios/emea.json", "emea")
    text, rows = story("emea's slowest", out)
    head = re.match(r"(\S+) to (\S+) of (\S+): delivered", text)
    deliveries = [r for r in table(out, "deliveries") if r["on_dp_s"]]
    slowest = max(float(r["on_dp_s"]) - float(r["requested_s"]) for r in deliveries)
    row = next(r for r in deliveries if r["package"] == head.group(1) and r["dp"] == head.group(2))
    check("emea: it is the slowest", math.isclose(float(row["on_dp_s"]) - float(row["requested_s"]), slowest), text)

    start = datetime.datetime(2026, 3, 9, 8)
    def second(time_s):
        when = start + datetime.timedelta(seconds=float(time_s) + 1e-6)
        return at(when.strftime("%H:%M:%S"))
    check("emea: from the request to the distribution point",
          rows[0][1] == second(row["requested_s"]) and rows[-1][2] == second(row["on_dp_s"]), text)
    told = collections.Counter()
    for hop, begin, end, words in rows:
        cause = next((c for pattern, c in CAUSE_OF if re.match(r"(\(to [^)]*\) )?(" + pattern + ")", words)), words)
        told[cause] += (end - begin) % 86400
    expected = collections.Counter()
    for key, value in row.items():
        if key.endswith("_s") and key not in ("requested_s", "on_dp_s", "site_knows_s", "central_knows_s"):
            expected["sender_wait" if key.startswith("sender_wait") else key[:-2]] += float(value)
    check("emea: the story tells the causes of deliveries.csv, to the second",
          all(abs(told[c] - expected[c]) <= 2 for c in set(told) | set(expected)), f"{told}\n{expected}\n{text}")

    # Who was busy while it waited for a transfer thread, from attempts.csv.
    transfers = {t["id"]: t for t in table(out, "transfers")}
    own = next(t for t in transfers.values() if t["kind"] == "dp_job" and t["package"] == row["package"] and t["to"] == row["dp"])
    begin, end = float(own["created_s"]), float(own["started_s"])
    busy = collections.Counter()
    for a in table(out, "attempts"):
        t = transfers[a["transfer"]]
        if t["kind"] == "dp_job" and t["from"] == own["from"] and t["id"] != own["id"]:
            shared = min(end, float(a["ended_s"])) - max(begin, float(a["started_s"]))
            if shared > 0:
                busy[t["package"]] += shared
    wait = next(words for hop, a, b, words in rows if words.startswith("waited for a transfer thread"))
    named = re.search(r"15 of 15 busy with (\S+), (\S+), (\S+) and (\d+) more", wait)
    check("emea: all 15 threads were busy, most with these",
          named and list(named.groups()[:3]) == [p for p, s in busy.most_common(3)] and
          int(named.group(4)) == len(busy) - 3, f"{wait}\n{busy}")

    # A selection: the table's numbers from deliveries.csv.
    code, text, err = explain(out, "--package", "UPD*", "--dp", "ZABR0?", "--slowest", "7")
    several = [r for r in deliveries if r["package"].startswith("UPD") and r["dp"].startswith("ZABR0")]
    several.sort(key=lambda r: float(r["requested_s"]) - float(r["on_dp_s"]))
    check("a selection: 7 of them", code == 0 and "emea: 7 deliveries: 7 delivered, 0 failed, 0 open" in text, text + err)
    check("a selection: 100 columns", all(len(line) <= 100 for line in text.splitlines()), text)
    lines = re.findall(r"^ *\S.*  (\S+) +to (\S+)  .* delivered ", text, re.M)
    check("a selection: the slowest first", [d for p, d in lines] and sorted(lines) == sorted((r["package"], r["dp"])
          for r in several[:7]), f"{text}\n{lines}")
    longest = max(float(r["copying_s"]) for r in several[:7])
    copying = re.search(r"^.*  copying to the distribution point$", text, re.M).group(0)
    mean = sum(float(r["copying_s"]) for r in several[:7]) / 7
    def spelled(seconds):
        return f"{seconds // 60:.0f} min" + (f" {seconds % 60:.0f} s" if round(seconds % 60) else "")
    check("a selection: sum, mean and longest of a cause", mean < 3600 and spelled(round(mean)) in copying and
          (longest >= 3600 or spelled(round(longest)) in copying), f"{copying} {mean} {longest}")
    shares = sum(float(x) for x in re.findall(r" ([\d.]+) %  *\d", text))
    check("a selection: shares make 100 %", abs(shares - 100) < 1.5, text)
    code, everything, err = explain(out, "--dp", "*")
    check("everything", code == 0 and f"emea: {len(deliveries)} deliveries" in everything and "and 5990 more" in everything,
          everything + err)
    code, one, err = explain(out, "--package", row["package"], "--dp", row["dp"])
    check("the slowest one by name is the same story", one == explain(out)[1], one + err)
    check("the scenario tells the same as its results", explain("scenarios/emea.json")[1] == explain(out)[1])


FAULTS = {
    "name": "faults", "start": "2026-03-09T23:00:00", "until": "2 h",
    "defaults": {"site": {"notification_delay": "0 s", "replication_lag": "0 s",
                          "distribution_manager": {"snapshot_rate": "unlimited", "compress_rate": "unlimited",
                                                   "dp_thread_time": "0 s", "metadata_time": "0 s"},
                          "scheduler": {"scheduler_delay": "0 s"}, "despooler": {"despool_rate": "unlimited"},
                          "sender": {"instruction_size": "0 B"},
                          "transfer_manager": {"retries": 1, "retry_delay": "10 min"},
                          "status_manager": {"status_time": "0 s"}}},
    "locations": [{"name": "hq"}, {"name": "b", "parent": "hq", "up": "8 Mbit/s", "down": "8 Mbit/s"},
                  {"name": "c", "parent": "hq", "up": "8 Mbit/s", "down": "8 Mbit/s"},
                  {"name": "d", "parent": "hq", "up": "8 Mbit/s", "down": "8 Mbit/s"}],
    "sites": [{"code": "PS1", "type": "primary", "location": "hq"},
              {"code": "SEC", "type": "secondary", "parent": "PS1", "location": "b"}],
    "distribution_points": [{"name": "DPB", "site": "SEC", "on_site_server": True},
                            {"name": "DPC", "site": "PS1", "location": "c"},
                            {"name": "DPD", "site": "PS1", "location": "d"}],
    "packages": [{"id": "P1", "source_site": "PS1", "content": [{"files": "f", "size": "600 MB"}]},
                 {"id": "P2", "source_site": "PS1", "content": [{"files": "g", "size": "8 GB"}]}],
    "actions": [{"at": "0 s", "do": "distribute", "package": "P1", "to": ["DPB", "DPC"]},
                {"at": "10 min", "do": "distribute", "package": "P2", "to": "DPD"}],
    "faults": [{"location": "b", "from": "5 min", "for": "2 min"}, {"location": "c", "from": "1 min", "for": "30 min"}],
}


def faults():
    """1 MB/s each. To SEC 600 s; the link is gone from 23:05 to 23:07: 300 MB are there, a minute's wait (retry_delay), a
    try of 30 s that finds nobody, another minute, so on at 23:07:30 for the other 300 s. DPC is lost at 23:01, tried again
    at 23:11 in vain: failed. DPD needs 8000 s from 23:10 on, and the run ends after 6600 of them, at 01:00."""
    path = os.path.join(SCRATCH.name, "faults.json")
    with open(path, "w") as f:
        json.dump(FAULTS, f)
    text, rows = story("a lost connection", path, "--dp", "DPB")
    check("a lost connection: 300 s, 150 s, 300 s", [r[2] - r[1] for r in rows] == [300, 150, 300] and
          "300 MB" in rows[0][3] and "connection lost" in rows[0][3] and rows[1][3].startswith("2 tries failed") and
          rows[2][2] == at("23:12:30"), text)
    text, rows = story("failed", path, "--dp", "DPC")
    check("failed: 60 MB, ten minutes' wait, nobody there", "failed after 11 min" in text and
          [r[2] - r[1] for r in rows] == [60, 600] and "60 MB" in rows[0][3] and
          rows[1][3].startswith("2 tries failed"), text)
    text, rows = story("open", path, "--dp", "DPD")
    check("open: still copying when the run ended", "still open when the run ended, after 1 h 50 min" in text and
          "copying" in text.splitlines()[0] and rows[-1][1] == at("23:10") and rows[-1][2] == at("01:00") and
          rows[-1][3].startswith("(to Tue 10 Mar) copied"), text)
    check("what ends on its own day has no date", "(to" not in explain(path, "--dp", "DPB")[1])
    code, text, err = explain(path, "--dp", "*")
    check("all three together", code == 0 and "3 deliveries: 1 delivered, 1 failed, 1 open" in text, text + err)


def limits():
    """1 MB/s at 50 %, from 07:00 on; the route closes at 08:00 with 1.8 of 3 GB sent, opens at 18:00, and needs 2400 s for
    the rest. A second package waits for the first, as there is one sending at a time (S2): closed from 8 to 18 as well."""
    scenario = dict(FAULTS, name="limits", start="2026-03-09T07:00:00", until="1 d", faults=[], routes=[{
        "from": "PS1", "to": "SEC", "schedule": [{"from": "08:00", "to": "18:00", "availability": "closed"}],
        "on_window_close": "suspend", "rate_limit": {"hours": [{"percent": "50 %"}]}}],
        packages=[{"id": p, "source_site": "PS1", "content": [{"files": p, "size": size}]}
                  for p, size in (("P1", "3 GB"), ("P2", "300 MB"))],
        actions=[{"at": at_, "do": "distribute", "package": p, "to": "DPB"} for at_, p in (("0 s", "P1"), ("1 s", "P2"))])
    path = os.path.join(SCRATCH.name, "limits.json")
    with open(path, "w") as f:
        json.dump(scenario, f)
    text, rows = story("limits", path, "--package", "P1")
    check("limits: held back by the rate limit, then by the schedule", [r[2] - r[1] for r in rows] == [3600, 36000, 2400] and
          "1.8 GB at 4 Mbit/s, held back by its rate limit; then its schedule closed" in rows[0][3] and
          rows[1][3] == "waited for the route to SEC to open" and "1.2 GB" in rows[2][3], text)
    text, rows = story("limits, the second", path, "--package", "P2")
    check("limits: one at a time", [r[2] - r[1] for r in rows] == [3599, 36000, 2400, 600] and
          "only 1 at a time, busy with P1" in rows[0][3] and "route to SEC to open" in rows[1][3], text)


def versions():
    """March's update, version 2: 1.8 GB over a route of 2.5 MB/s at 25 %, 2880 s from 10 March 10:00 on; April's, version 3,
    the same from 14 April 10:00 on (the scenario's comment)."""
    path = "scenarios/patch_tuesday.json"
    for version, day in ((2, "Tue 10 Mar"), (3, "Tue 14 Apr")):
        code, text, err = explain(path, "--dp", "P01DP", "--version", str(version))
        check(f"version {version}", code == 0 and f"CS100099 version {version} to P01DP" in text and
              "delivered after 48 min" in text and f"asked for {day} 10:00:00" in text, text + err)
    code, text, err = explain(path, "--version", "3")
    check("version 3 to all twelve", code == 0 and "12 deliveries: 11 delivered, 1 failed" in text, text + err)


def sizes():
    """SEC unpacks and PS1 takes in 10 MB/s each: version 1 is 100 MB, 10 s and 10 s; version 2 has other files, 300 MB; version 3
    some of 50 MB more: PS1 takes in all 350 MB, to SEC goes a delta of 50 MB."""
    scenario = json.loads(json.dumps(FAULTS))
    scenario.update(name="sizes", until="1 d", faults=[],
                    packages=[{"id": "P1", "source_site": "PS1", "content": [{"files": "f", "size": "100 MB"}]}],
                    actions=[{"at": "0 s", "do": "distribute", "package": "P1", "to": "DPB"},
                             {"at": "1 h", "do": "update", "package": "P1", "content": [{"files": "f", "size": "300 MB"}]},
                             {"at": "2 h", "do": "update", "package": "P1", "content": [{"files": "g", "size": "50 MB"}]}])
    site = scenario["defaults"]["site"]
    site["distribution_manager"]["snapshot_rate"] = site["despooler"]["despool_rate"] = "10 MB/s"
    path = os.path.join(SCRATCH.name, "sizes.json")
    with open(path, "w") as f:
        json.dump(scenario, f)
    for version, taken_in, unpacked in ((1, 100, 100), (2, 300, 300), (3, 350, 50)):
        text, rows = story(f"sizes of version {version}", path, "--version", str(version))
        check(f"sizes of version {version}: {taken_in} MB taken in, {unpacked} MB unpacked",
              [(r[2] - r[1], r[3]) for r in rows if "snapshot" in r[3] or "unpacked" in r[3]] ==
              [(taken_in // 10, f"PS1 took a snapshot of the new version, {taken_in} MB"),
               (unpacked // 10, f"SEC unpacked it into its library, {unpacked} MB")], text)


def written(name, **changes):
    """FAULTS with these changes, in a file."""
    path = os.path.join(SCRATCH.name, name + ".json")
    with open(path, "w") as f:
        json.dump(dict(FAULTS, name=name, until="2 d", **dict({"faults": []}, **changes)), f)
    return path


def called_off():
    """3 GB to SEC over 1 MB/s: 3000 s. After 1000 s DPB does not want it any more, and DPE, at the same place, has been asked
    for at 500 s: of the 3 GB DPB sees 1, DPE 2.5."""
    points = FAULTS["distribution_points"] + [{"name": "DPE", "site": "SEC", "location": "b", "interface": "unlimited"}]
    packages = [{"id": "P1", "source_site": "PS1", "content": [{"files": "f", "size": "3 GB"}]}]
    path = written("removed", distribution_points=points, packages=packages, actions=[
        {"at": "0 s", "do": "distribute", "package": "P1", "to": "DPB"},
        {"at": "500 s", "do": "distribute", "package": "P1", "to": "DPE"},
        {"at": "1000 s", "do": "remove", "package": "P1", "to": "DPB"}])
    text, rows = story("removed", path, "--dp", "DPB")
    check("removed: 1 GB in 1000 s, of 3", "cancelled after 16 min 40 s (removed)" in text and
          [r[2] - r[1] for r in rows] == [1000] and rows[0][3].startswith("sent 1 GB of 3 GB at 8 Mbit/s, held back by the "
          "link to b (8 Mbit/s)") and "when this was cancelled" in rows[0][3], text)
    text, rows = story("asked for on its way", path, "--dp", "DPE")
    check("asked for on its way: 2.5 GB in 2500 s, of 3", rows[0][2] - rows[0][1] == 2500 and
          rows[0][3].startswith("sent 2.5 GB of 3 GB at 8 Mbit/s, held back by the link to b (8 Mbit/s)") and
          rows[0][3].endswith("; begun for others, 23:00:00"), text)

    # A second package of 600 MB comes beside at 1000 s: half as fast until it is through, at 2200 s. The update, of all 3 GB,
    # at 1600 s, takes the third place: 1000 s alone, 600 s by two.
    path = written("updated", packages=packages + [{"id": "P2", "source_site": "PS1", "content": [
        {"files": "g", "size": "600 MB"}]}], actions=[
            {"at": "0 s", "do": "distribute", "package": "P1", "to": "DPB"},
            {"at": "1000 s", "do": "distribute", "package": "P2", "to": "DPB"},
            {"at": "1600 s", "do": "update", "package": "P1", "content": [{"files": "f", "size": "3 GB"}]}])
    text, rows = story("superseded", path, "--package", "P1", "--version", "1")
    check("superseded: 1 GB and 300 MB in 1600 s, of 3 GB, 6.5 Mbit/s", "(superseded)" in text and
          [r[2] - r[1] for r in rows] == [1600] and rows[0][3].startswith("sent 1.3 GB of 3 GB at 6.5 Mbit/s"), text)


def tries():
    """600 MB to DPC, one file, over 1 MB/s. The link is gone for a minute at 5, 15, 25, ... min, 8 times; tries again 6 min later
    begin from scratch (X3) at 11, 21, ...: one of 300 s, seven of 240 s, 1980 MB for nothing, 8 waits; at 81 min the last. Of 5
    times each is told."""
    site = json.loads(json.dumps(FAULTS["defaults"]["site"]))
    site["transfer_manager"] = {"retries": 100, "retry_delay": "6 min"}
    for n in (5, 8):
        path = written(f"tries{n}", start="2026-03-09T08:00:00", defaults={"site": site}, actions=[
            {"at": "0 s", "do": "distribute", "package": "P1", "to": "DPC"}],
            faults=[{"location": "c", "from": f"{5 + 10 * i} min", "for": "1 min"} for i in range(n)])
        text, rows = story(f"{n} tries", path, "--dp", "DPC")
        check(f"{n} tries: ends with one of 600 s", rows[-1][2] - rows[-1][1] == 600 and
              rows[-1][3].startswith("copied 600 MB"), text)
        if n == 5:
            check("5 tries: each with its wait", [r[2] - r[1] for r in rows] == [300, 360] + 4 * [240, 360] + [600] and
                  all("copied 240 MB" in r[3] and "; then it failed (connection lost)" in r[3] for r in rows[2:10:2]) and
                  all(r[3] == "waited to try again (connection lost)" for r in rows[1:10:2]), text)
        else:
            check("8 tries: one line", [r[2] - r[1] for r in rows] == [81 * 60, 600] and rows[0][3] ==
                  "8 tries failed (connection lost): copied 1.98 GB in 33 min, and waited 48 min between them", text)


def requests():
    """600 MB to DPC over 1 MB/s at 08:00 and again at 09:00, 600 s each; version 2, all new, 300 MB, at 10:00 and again at 11:00."""
    path = written("requests", start="2026-03-09T08:00:00", actions=[
        {"at": "0 s", "do": "distribute", "package": "P1", "to": "DPC"},
        {"at": "1 h", "do": "redistribute", "package": "P1", "to": "DPC"},
        {"at": "2 h", "do": "update", "package": "P1", "content": [{"files": "f", "size": "300 MB"}]},
        {"at": "3 h", "do": "redistribute", "package": "P1", "to": "DPC"}])
    for version, request, begin, seconds in ((1, 1, "08:00", 600), (1, 2, "09:00", 600), (2, 1, "10:00", 300), (2, 2, "11:00", 300)):
        text, rows = story(f"version {version}, request {request}", path, "--version", str(version), "--request", str(request))
        check(f"version {version}, request {request}: at {begin}, {seconds} s", [r[1:3] for r in rows] ==
              [[at(begin), at(begin) + seconds]] and text.splitlines()[0].startswith(
                  "P1" + (" version 2" if version == 2 else "") + " to DPC of PS1" + (", request 2" if request == 2 else "") + ": "),
              text)
    code, text, err = explain(path, "--dp", "DPC")
    lines = [" ".join(line.split()) for line in text.partition("The slowest\n")[2].splitlines()]
    check("requests: the table tells which is which", code == 0 and [line.partition(" delivered")[0] for line in lines] == [
        "10 min P1 to DPC Mon 9 Mar 08:00", "10 min P1 to DPC, request 2 Mon 9 Mar 09:00",
        "5 min P1 version 2 to DPC Mon 9 Mar 10:00", "5 min P1 version 2 to DPC, request 2 Mon 9 Mar 11:00"], text + err)
    code, text, err = explain(path, "--request", "3")
    check("requests: no third", code == 2 and not text and "nothing of this was asked for" in err, text + err)


def fall_back():
    """PULL, told in 1 s at 23:30:00, loads 1 MB/s from S1, which is lost at 23:30:31: 30 s, 30 MB, 3 of the 10 files. The other
    70 MB come from S2, whose way is 0.5 MB/s: 140 s."""
    links = [{"name": "hq"}] + [{"name": name, "parent": "hq", "up": up, "down": "8 Mbit/s"}
                                for name, up in (("a", "8 Mbit/s"), ("b", "4 Mbit/s"))]
    path = written("fall_back", locations=links, sites=FAULTS["sites"][:1], distribution_points=[
        {"name": "S1", "site": "PS1"}, {"name": "S2", "site": "PS1", "location": "b"},
        {"name": "PULL", "site": "PS1", "type": "pull", "location": "a",
         "sources": [{"dp": "S1", "rank": 1}, {"dp": "S2", "rank": 2}]}],
        packages=[{"id": "P1", "source_site": "PS1", "content": [{"files": "f", "count": 10, "size": "10 MB"}]}],
        actions=[{"at": "0 s", "do": "distribute", "package": "P1", "to": "S*"},
                 {"at": "30 min", "do": "distribute", "package": "P1", "to": "PULL"}],
        faults=[{"distribution_point": "S1", "from": "1831 s", "for": "1 h"}])
    text, rows = story("fall back", path, "--dp", "PULL")
    check("fall back: 1 s to be told, 30 s from S1, 140 s from S2", [r[2] - r[1] for r in rows] == [1, 30, 140], text)
    out = run(path, "fall_back")
    with open(os.path.join(out, "summary.json")) as f:
        links = {r["name"]: r for r in json.load(f)["links"]}
    check("fall back: each link held back what it did, 30 and 70 MB",
          [links[name]["held_back_bytes"] for name in ("a down", "b up")] == [30e6, 70e6], links)
    check("fall back: most of it was held back by the second source's link",
          [r["limited_by"] for r in table(out, "transfers") if r["kind"] == "pull_job"] == ["link:b up"], out)
    check("fall back: each download with its source and its link", rows[1][3] ==
          "downloaded 30 MB at 8 Mbit/s from S1, held back by the link to a (8 Mbit/s); then it failed (connection lost)" and
          rows[2][3] == "downloaded 70 MB at 4 Mbit/s from S2, held back by the link from b (4 Mbit/s)", text)


def failed_looks():
    """S1 is lost from 30 min to 5 h 30 min. PULL, told at 30 min 1 s, looks in vain then and every 30 min: 10 times, until
    it finds S1 again at 5 h 30 min 1 s, and loads 10 MB in 10 s."""
    links = [{"name": "hq"}] + [{"name": name, "parent": "hq", "up": "8 Mbit/s", "down": "8 Mbit/s"} for name in "ab"]
    path = written("looks", locations=links, sites=FAULTS["sites"][:1], distribution_points=[
        {"name": "S1", "site": "PS1", "location": "b"},
        {"name": "PULL", "site": "PS1", "type": "pull", "location": "a", "sources": [{"dp": "S1"}]}],
        packages=[{"id": "P1", "source_site": "PS1", "content": [{"files": "f", "count": 10, "size": "1 MB"}]}],
        actions=[{"at": "0 s", "do": "distribute", "package": "P1", "to": "S*"},
                 {"at": "30 min", "do": "distribute", "package": "P1", "to": "PULL"}],
        faults=[{"distribution_point": "S1", "from": "30 min", "for": "5 h"}])
    out = run(path, "looks")
    text, rows = story("looks in vain", out, "--dp", "PULL")
    check("looks in vain: told once, with their number", [r[2] - r[1] for r in rows] == [1, 18000 - 86400, 10] and rows[1][3] ==
          "(to Tue 10 Mar) PULL found no source that had the content and could be reached, 10 times; waited to look again", text)
    looks = [e for e in table(out, "events") if e["status_id"] == "sources_failed"]
    check("looks in vain: a row in events.csv for each",
          [float(e["time_s"]) for e in looks] == [1801 + 1800 * i for i in range(10)] and
          all((e["site"], e["component"], e["package"], e["object"]) == ("PS1", "PullDP", "P1", "PULL") for e in looks), looks)
    # Every 4 h it looks at 0:30, 4:30 and 8:30; every 2 h at 6:30.
    with open(os.path.join(run(path, "looks seldom", "sites.PS1.pull.source_wait=4 h"), "summary.json")) as f:
        tried = {t["set"]: t["last_after_s"] for t in json.load(f)["advice"]["trials"] if t["tried"]}
    check("looks in vain: looking more often is tried", abs(tried.get("sites.PS1.pull.source_wait=2h", 0) - 6.5 * 3600 - 11) < 1e-6,
          tried)


def cut_short():
    """A run that was interrupted is told until then, and no further."""
    out = run("scenarios/tutorial/04_a_child_site.json", "cut")
    summary = os.path.join(out, "summary.json")
    with open(summary) as f:
        said = json.load(f)
    said["complete"], said["ended_s"] = False, 60
    with open(summary, "w") as f:
        json.dump(said, f)
    text, rows = story("cut short", out)
    check("cut short: open, sending to SEC since 30 s", "still open when the run ended, after 1 min" in text and
          rows[-1][:3] == ["PS1 to SEC", at("08:00:30"), at("08:01:00")], text)


def wrong():
    def refuses(name, code, words, *arguments):
        got, out, err = explain(*arguments)
        check(name, got == code and not out and all(w in err for w in words), f"{got}\n{out}\n{err}")
    small = "scenarios/tutorial/04_a_child_site.json"
    out = run(small, "wrong")
    refuses("no results", 2, ["which results?"])
    refuses("two results", 2, ["which results?"], out, out)
    refuses("an unknown option", 2, ["--help"], out, "--fast")
    refuses("a place that is not there", 2, ["nowhere"], os.path.join(SCRATCH.name, "nowhere"))
    os.mkdir(os.path.join(SCRATCH.name, "empty"))
    refuses("a directory without results", 2, ["not a directory of results"], os.path.join(SCRATCH.name, "empty"))
    refuses("--version x", 2, ["from 1 to"], out, "--version", "x")
    refuses("no such version", 2, ["nothing of this"], out, "--version", "2")
    refuses("no such package", 2, ['no package', '"NONE"'], out, "--package", "NONE")
    refuses("no such point", 2, ['no distribution point', '"NO*"'], out, "--dp", "NO*")
    refuses("patterns keep to upper and lower case", 2, ["no package"], out, "--package", "cs100001")
    for number in ("0", "-1", "many", "1.5", ""):
        refuses(f"--slowest {number}", 2, ["from 1 to"], out, "--slowest=" + number)
    code, text, err = explain("--help")
    check("--help: an example and the exit codes", code == 0 and "example: distsim explain" in text and "exit codes" in text, text)

    summary, scenario = os.path.join(out, "summary.json"), os.path.join(out, "scenario.json")
    with open(summary) as f:
        text = f.read()
    with open(summary, "w") as f:
        f.write(re.sub(r'("version":\s*)"[^"]*"', r'\1"0.0.0"', text))
    refuses("results of another program", 2, ["distsim 0.0.0", "Run it again", "distsim run " + scenario], out)
    with open(summary, "w") as f:
        f.write(text)
    with open(scenario) as f:
        was = f.read()
    with open(scenario, "w") as f:
        f.write(was.replace('"seed": 1', '"seed": 2'))
    refuses("results of another scenario", 2, ["not the scenario of these results", "Run it again"], out)
    with open(scenario, "w") as f:
        f.write("{")
    refuses("a scenario that cannot be read", 2, ["scenario.json:1:"], out)
    for broken in ("", "[]", "{}", '{"ended_s": "x"}'):
        with open(summary, "w") as f:
            f.write(broken)
        refuses(f"a summary that is none: {broken}", 2, ["not a summary"], out)
    os.remove(scenario)
    with open(summary, "w") as f:
        f.write(text)
    refuses("no scenario", 2, ["scenario.json"], out)
    never = dict(FAULTS, until="5 min", actions=FAULTS["actions"][:1], faults=[])
    path = os.path.join(SCRATCH.name, "never.json")
    with open(path, "w") as f:
        json.dump(never, f)
    refuses("what nobody asked for", 2, ["nothing of this was asked for"], path, "--package", "P2")
    if os.path.exists("/dev/full"):
        with open("/dev/full", "w") as full:
            done = subprocess.run([DISTSIM, "explain", small], stdout=full, stderr=subprocess.PIPE, text=True)
        check("nowhere to print to", done.returncode == 1 and "cannot write" in done.stderr, done.stderr)


tutorials()
emea()
faults()
limits()
versions()
sizes()
called_off()
tries()
requests()
fall_back()
failed_looks()
cut_short()
wrong()
print(f"1..{n_tests}")
raise SystemExit(n_failed > 0)
