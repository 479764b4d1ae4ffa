#!/usr/bin/env python3
"""What must hold in every scenario, on random ones, run as a user would: the accounts of time and bytes add up, nothing is
faster than its path, runs that ought to be alike are, and every delivery can be explained."""
import csv
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, "tests/support")
import random_scenario  # noqa: E402

DISTSIM = os.environ.get("DISTSIM", "build/distsim")
SCALE = float(os.environ.get("DISTSIM_TEST_SCALE") or 1)
SCRATCH = tempfile.TemporaryDirectory(prefix="distsim-random-")
KNOWN_TIMES = ("requested_s", "on_dp_s", "site_knows_s", "central_knows_s")


class Wrong(Exception):
    pass


def expect(true, *said):
    if not true:
        raise Wrong(" ".join(str(s) for s in said))


def close(a, b, relative=1e-9, absolute=1e-9):
    return abs(a - b) <= absolute + relative * max(abs(a), abs(b))


def rounds(n, first=0):
    return range(first, first + max(1, round(n * SCALE)))


class Results:
    def __init__(self, scenario, name):
        self.scenario = scenario
        self.out = os.path.join(SCRATCH.name, name)
        path = self.out + ".json"
        with open(path, "w") as f:
            json.dump(scenario, f)
        self.run(path)

    def run(self, path):
        done = subprocess.run([DISTSIM, "run", path, "--quiet", "--no-plots", "--out", self.out], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        expect(done.returncode in (0, 3), done.returncode, done.stderr)
        for name in ("deliveries", "transfers", "attempts", "timeline"):
            with open(os.path.join(self.out, name + ".csv"), newline="") as f:
                setattr(self, name, list(csv.DictReader(f)))
        with open(os.path.join(self.out, "summary.json")) as f:
            self.summary = json.load(f)
        self.ended_s = self.summary["ended_s"]


def causes_of(row):
    return {k: float(v) for k, v in row.items() if k.endswith("_s") and k not in KNOWN_TIMES and v}


# ---- one run ----

def deliveries_add_up(r):
    sums = {}
    for row in r.deliveries:
        expect(row["state"] in ("delivered", "failed", "cancelled", "open"), row)
        expect(row["state"] == "delivered" or row["reason"], "no reason:", row)
        causes = causes_of(row)
        if row["state"] != "delivered":
            continue
        times = [float(row[k]) for k in KNOWN_TIMES if row[k]]
        expect(times == sorted(times), "known before it was there:", row)
        expect(all(v >= 0 for v in causes.values()), "negative wait:", row)
        expect(close(sum(causes.values()), times[1] - times[0], 1e-12, 1e-8), "causes do not add up:", row)
        for group in ("totals", row["package"], row["site"], row["dp"]):
            for cause, seconds in causes.items():
                sums[group, cause[:-2]] = sums.get((group, cause[:-2]), 0) + seconds
    s = r.summary
    groups = [("totals", s["totals"])] + [(g[key], g) for name, key in (
        ("packages", "package"), ("sites", "site"), ("slowest_distribution_points", "distribution_point")) for g in s[name]]
    told = {(name, cause): seconds for name, g in groups for cause, seconds in g["causes_s"].items()}
    for key in set(told) | set(sums):
        expect(close(told.get(key, 0), sums.get(key, 0), 1e-9, 1e-6), "summary.json and deliveries.csv:", key)
    n = s["totals"]
    expect(n["deliveries"] == n["delivered"] + n["failed"] + n["open"] + n["cancelled"] == len(r.deliveries), n)


def transfers_add_up(r):
    tries = {}
    for a in r.attempts:
        tries.setdefault(a["transfer"], []).append(a)
        expect(float(a["started_s"]) <= float(a["ended_s"]) and float(a["bytes"]) >= 0, a)
    for t in r.transfers:
        states = [float(v) for k, v in t.items() if k.startswith("in_")]
        end = float(t["finished_s"]) if t["finished_s"] else r.ended_s
        expect(min(states) >= 0 and close(sum(states), end - float(t["created_s"]), 1e-12, 1e-8), "states do not add up:", t)
        own = tries.get(t["id"], [])
        expect(len(own) == int(t["attempts"]), "tries:", t, own)
        if t["state"] == "done" and t["kind"] != "pull_job":
            expect(close(sum(float(a["bytes"]) for a in own), float(t["bytes"]) + float(t["bytes_resent"]), 1e-9, 1e-3),
                   "bytes of tries:", t, own)


def nothing_is_early(r):
    """No copy from a site begins before the content is there: at its source site, or sent to it. What has been preloaded is
    there from the beginning."""
    source = {p["id"]: p["source_site"] for p in r.scenario["packages"]}
    there_before = any(a["do"] == "preload" for a in r.scenario["actions"])
    arrived = {}
    for t in r.transfers:
        if t["kind"] == "send_request" and t["state"] == "done":
            key = t["package"], t["version"], t["to"]
            arrived[key] = min(arrived.get(key, float("inf")), float(t["finished_s"]))
    for t in r.transfers:
        expect(float(t["created_s"]) >= 0 and (not t["finished_s"] or float(t["finished_s"]) <= r.ended_s + 1e-6), "outside the run:", t)
        if t["kind"] == "pull_job" or there_before or source.get(t["package"], t["from"]) == t["from"]:
            continue
        key = t["package"], t["version"], t["from"]
        expect(arrived.get(key, float("inf")) <= float(t["created_s"]) + 1e-9, "before it could be:", t, arrived.get(key))


def moved_by(r):
    """Bytes by transfer: those of its tries; of pull jobs, whose tries are notifications, what the mean rate says."""
    tries = {}
    for a in r.attempts:
        tries[a["transfer"]] = tries.get(a["transfer"], 0) + float(a["bytes"])
    moved = {}
    for t in r.transfers:
        moved[t["id"]] = tries.get(t["id"], 0)
        if t["kind"] == "pull_job":
            moving_s = float(t["in_moving_s"])
            moved[t["id"]] = float(t["mean_bytes_per_s"]) * moving_s if moving_s else float(t["bytes"]) * (t["state"] == "done")
    return moved


class Network:
    """The links of each transfer's path, as N1 says, with what they can carry."""

    def __init__(self, scenario):
        self.locations = {l["name"]: l for l in scenario["locations"]}
        self.hosts = {s["code"]: s for s in scenario["sites"]}
        self.hosts.update({d["name"]: d for d in scenario["distribution_points"]})

    def host(self, name):
        h = self.hosts[name]
        return self.hosts[h["site"]] if h.get("on_site_server") else h

    def place(self, h):
        return h.get("location") or self.hosts[h["site"]]["location"]

    def path(self, origin, goal):
        a, b = self.host(origin), self.host(goal)
        if a is b:
            return []
        links = [(name_of(a) + " interface out", a["interface"]), (name_of(b) + " interface in", b["interface"])]
        up, down = self.ancestors(self.place(a)), self.ancestors(self.place(b))
        links += [(l + " up", self.locations[l]["up"]) for l in up if l not in down]
        links += [(l + " down", self.locations[l]["down"]) for l in down if l not in up]
        return links

    def ancestors(self, location):
        chain = []
        while location:
            chain.append(location)
            location = self.locations[location].get("parent")
        return chain


def name_of(host):
    return host.get("code") or host["name"]


def rate_of(text):
    return float("inf") if text == "unlimited" else float(text.split()[0])


def the_timeline_has_only_changes(r):
    before, last_s = {}, 0
    for row in r.timeline:
        key = row["entity"], row["metric"]
        expect(float(row["time_s"]) >= last_s, "not in the order of time:", row)
        expect(row["metric"] == "bytes_sent" or before.get(key) != row["value"], "no change:", row)
        before[key], last_s = row["value"], float(row["time_s"])


def bytes_are_accounted_for(r):
    """What links carried is what transfers moved over them. Of a pull job only the last source is known: a path counts
    where all that came to its end came by one source."""
    network, carried = Network(r.scenario), {}
    moved = moved_by(r)
    pulls = any(t["kind"] == "pull_job" and moved[t["id"]] > 0 for t in r.transfers)
    for t in r.transfers:
        n = moved[t["id"]]
        for link, capacity in network.path(t["from"], t["to"]):
            carried[link] = carried.get(link, 0) + n
            if t["kind"] != "pull_job" and capacity != "unlimited" and n > 0:
                expect(float(t["in_moving_s"]) >= n / rate_of(capacity) * (1 - 1e-9) - 1e-6, "faster than", link, capacity, t)
    for kind in ("send_request", "dp_job", "pull_job"):
        of_kind = sum(moved[t["id"]] for t in r.transfers if t["kind"] == kind)
        expect(close(r.summary["totals"][kind + "s"]["bytes_moved"], of_kind, 1e-6, 1), "bytes of all", kind, of_kind)
    told = {l["name"]: l["bytes"] for l in r.summary["links"]}
    for link in carried:
        if not pulls or link.endswith(" interface in"):
            expect(close(told.get(link, 0), carried[link], 1e-6, 1), "bytes of", link, told.get(link), carried[link])
    # What held a transfer back was on its way, and most of its bytes were.
    for t in r.transfers:
        if t["limited_by"].startswith("link:"):
            name = t["limited_by"][5:]
            expect(name in told, "limited by a link that carried nothing:", t)
            on_way = [l for l, c in network.path(t["from"], t["to"])]
            expect(t["kind"] == "pull_job" or name in on_way or " interface" not in name and not name.endswith((" up", " down")),
                   "limited by a link elsewhere:", t, on_way)


# ---- its explanation ----

def explain(*arguments):
    done = subprocess.run([DISTSIM, "explain", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    expect(done.returncode == 0 and not done.stderr, arguments, done.returncode, done.stderr)
    expect(all(len(line) <= 100 for line in done.stdout.splitlines()), "more than 100 columns:\n" + done.stdout)
    return done.stdout


def can_be_explained(r, n):
    if not r.deliveries:
        return
    table = explain(r.out, "--package", "*", "--slowest", "1000")
    expect(len(r.deliveries) == 1 or f": {len(r.deliveries)} deliveries" in table, table)
    times = {}
    for row in r.deliveries:
        times.setdefault((row["package"], row["dp"]), []).append(row)
    one = [k for k in sorted(times) if len(times[k]) == 1]
    start = 7 * 3600 + 30 * 60
    for key in one[:n]:
        row = times[key][0]
        text = explain(r.out, "--package", key[0], "--dp", key[1])
        lines = re.findall(r"^  (\d\d):(\d\d):(\d\d) to (\d\d):(\d\d):(\d\d) ", text, re.M)
        clocks = [int(l[i]) * 3600 + int(l[i + 1]) * 60 + int(l[i + 2]) for l in lines for i in (0, 3)]
        expect(all(a == b for a, b in zip(clocks[1::2], clocks[2::2])), "gap or overlap:\n" + text)
        begin = float(row["requested_s"])
        end = float(row["on_dp_s"]) if row["on_dp_s"] else r.ended_s if row["state"] == "open" else None
        if clocks:
            expect(clocks[0] == int(start + begin + 1e-6) % 86400, "does not begin with the request:\n" + text)
            expect(end is None or clocks[-1] == int(start + end + 1e-6) % 86400, "does not end in the end:\n" + text)
        else:
            expect(end is None or end - begin < 1e-6, "nothing told:\n" + text)


# ---- two runs ----

def same_bytes(a, b):
    for name in sorted(os.listdir(a.out)):
        if name == "run.json":
            continue
        with open(os.path.join(a.out, name), "rb") as f, open(os.path.join(b.out, name), "rb") as g:
            expect(f.read() == g.read(), name, "differs")


def same_deliveries(a, b, factor=1.0):
    expect(len(a.deliveries) == len(b.deliveries), len(a.deliveries), len(b.deliveries))
    for x, y in zip(a.deliveries, b.deliveries):
        for key in x:
            if key.endswith("_s"):
                same = (x[key] == "") == (y[key] == "") and close(float(x[key] or 0), factor * float(y[key] or 0), 1e-7, 1e-6)
            else:
                same = x[key] == y[key]
            expect(same, key, "differs:", x, y)


def scaled(value, factor):
    """All rates times the factor, all durations by it."""
    if isinstance(value, dict):
        return {k: scaled(v, factor) for k, v in value.items()}
    if isinstance(value, list):
        return [scaled(v, factor) for v in value]
    found = re.fullmatch(r"(-?[\d.e+-]+) (s|B/s)", value) if isinstance(value, str) else None
    if not found:
        return value
    number = float(found.group(1)) * (factor if found.group(2) == "B/s" else 1 / factor)
    return f"{number:.17g} {found.group(2)}"


def one_run(seed):
    r = Results(random_scenario.scenario(seed), f"one-{seed}")
    deliveries_add_up(r)
    the_timeline_has_only_changes(r)
    transfers_add_up(r)
    nothing_is_early(r)
    bytes_are_accounted_for(r)
    can_be_explained(r, 3)


def reload(seed):
    a = Results(random_scenario.scenario(seed), f"reload-{seed}")
    b = Results.__new__(Results)
    b.out = a.out + "-again"
    b.run(os.path.join(a.out, "scenario.json"))
    same_bytes(a, b)


def twice_as_fast(seed):
    plain = random_scenario.scenario(seed, clocks=False, chance=False)
    same_deliveries(Results(plain, f"plain-{seed}"), Results(scaled(plain, 2), f"twice-{seed}"), 2)


def idle_site(seed):
    plain = random_scenario.scenario(seed)
    more = json.loads(json.dumps(plain))
    more["locations"].append({"name": "faraway", "parent": "L0", "up": "1 kB/s", "down": "1 kB/s"})
    central = plain["sites"][0]["type"] == "central"
    more["sites"].append({"code": "IDL", "type": "primary" if central else "secondary", "parent": "TOP", "location": "faraway"})
    more["distribution_points"].append({"name": "IDLE", "site": "IDL"})
    same_deliveries(Results(plain, f"without-{seed}"), Results(more, f"with-{seed}"))


def more_capacity(seed):
    """One package to one point, and nothing in the way. Replication takes no time: content that comes before its database
    change is tried again five minutes later, so that faster could be later (P1)."""
    plain = random_scenario.scenario(seed, clocks=False, faults=False, chance=False)
    dice = random_scenario.Dice(seed)
    standard = [d["name"] for d in plain["distribution_points"] if d.get("type") != "pull"]
    plain["until"] = "10000000 s"
    for dp in plain["distribution_points"]:
        dp["drives"] = []
    plain["actions"] = [{"at": "0 s", "do": "distribute", "package": plain["packages"][0]["id"], "to": dice.choice(standard)}]
    for site in plain["sites"]:
        site["replication_lag"] = site["notification_delay"] = "0 s"
        site["distribution_manager"]["package_thread_tail"] = "0 s"
    before = Results(plain, f"before-{seed}")
    expect(before.deliveries[0]["state"] == "delivered", before.deliveries)
    for location in plain["locations"][1:]:
        way = dice.choice(("up", "down"))
        location[way] = f"{1.7 * rate_of(location[way])} B/s" if location[way] != "unlimited" else "unlimited"
    after = Results(plain, f"after-{seed}")
    expect(float(after.deliveries[0]["on_dp_s"]) <= float(before.deliveries[0]["on_dp_s"]) + 1e-6, "later:",
           before.deliveries, after.deliveries)


PROPERTIES = (
    ("accounts add up, bytes are where they should be, every delivery can be explained", one_run, rounds(30)),
    ("the effective scenario gives the same bytes", reload, rounds(6, 100)),
    ("twice the rates, half the durations: half the times", twice_as_fast, rounds(8, 200)),
    ("an idle site changes nothing else", idle_site, rounds(6, 300)),
    ("more capacity is never later", more_capacity, rounds(10, 400)),
)


def outcome(job):
    try:
        job[0](job[1])
    except (Wrong, AssertionError) as e:
        return f"seed {job[1]}: {e}"
    return None


n_failed = 0
print(f"1..{len(PROPERTIES)}")
with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
    for number, (name, function, seeds) in enumerate(PROPERTIES, 1):
        wrong = [w for w in pool.map(outcome, ((function, seed) for seed in seeds)) if w]
        n_failed += bool(wrong)
        for w in wrong[:5]:
            print("#", "\n# ".join(w.splitlines()[:40])[:4000])
        print("not ok" if wrong else "ok", number, "-", f"{name} ({len(seeds)} scenarios)", flush=True)
raise SystemExit(n_failed > 0)
