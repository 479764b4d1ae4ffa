#!/usr/bin/env python3
"""What "rests on assumed defaults": what nobody gave and nobody has published, and did something in the run."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

program = os.environ.get("DISTSIM", "build/distsim")
scratch = Path(tempfile.mkdtemp())
tests = failures = 0


def check(name, fault):
    global tests, failures
    tests += 1
    if fault:
        failures += 1
        for line in str(fault).splitlines():
            print("#", line)
    print("not ok" if fault else "ok", tests, "-", name, flush=True)


def assumed(scenario, *sets, out="out"):
    """The settings that a run says it rests on."""
    options = [f"--set={value}" for value in sets]
    result = subprocess.run([program, "run", scenario, *options, "--no-plots", "--quiet", "--out", str(scratch / out)],
                            capture_output=True, timeout=60)
    if result.returncode not in (0, 3):
        raise RuntimeError(result.stderr.decode())
    return {entry["setting"]: entry for entry in json.loads((scratch / out / "summary.json").read_text())["assumed_defaults"]}


def check_has(name, found, has=(), lacks=()):
    fault = [f"lacks {s}" for s in has if s not in found] + [f"has {s}" for s in lacks if s in found]
    check(name, "\n".join(fault + sorted(found)) if fault else "")


try:
    # Every access link of it states its latency, and the root has none.
    check_has("the root's latency is nobody's", assumed("scenarios/sender_threads.json"), has=["sender.window"], lacks=["location.latency"])

    # Its routes have schedules: what a sending does when one closes, and nobody says.
    zones = "scenarios/two_zones.json"
    check_has("a setting of routes", assumed(zones), has=["route.on_window_close"], lacks=["route.rate_limit_clock"])
    check_has("given, though equal to the default", assumed(zones, "routes.*.on_window_close=finish"), lacks=["route.on_window_close"])
    # As if one route had no more than its ends: the other's setting still counts.
    one = assumed(zones, "routes.0.on_window_close=finish")["route.on_window_close"]["entities"]
    check("one route of two", "" if one == 1 else one)

    limit = 'routes.*.rate_limit.hours=[{"from": 8, "to": 18, "percent": "50 %"}]'
    check_has("the clock of a rate limit", assumed(zones, limit), has=["route.rate_limit_clock"])
    check_has("the clock of a rate limit, given", assumed(zones, limit, "routes.*.rate_limit_clock=sending_site"),
              lacks=["route.rate_limit_clock"])

    # What the user gives as a guess is listed with its value.
    guess = json.loads(Path(zones).read_text())
    guess["defaults"]["site"].update(interface="10 Gbit/s", assumed=["interface"])
    (scratch / "guess.json").write_text(json.dumps(guess))
    found = assumed(str(scratch / "guess.json"))
    check("a guess of the user's", "" if found.get("site.interface", {}).get("value") == "10 Gbit/s" else found)

    # The echo knows what was given and what was not: it runs to the same bytes.
    for number, sets in enumerate(([], ["sites.*.sender.window=1 MiB", "routes.0.on_window_close=finish"])):
        first, again = f"first{number}", f"again{number}"
        before = assumed(zones, *sets, out=first)
        after = assumed(str(scratch / first / "scenario.json"), out=again)
        check(f"the echo rests on the same, {number}", "" if before == after else f"{before}\n{after}")
        differ = [file.name for file in sorted((scratch / first).iterdir())
                  if file.name != "run.json" and file.read_bytes() != (scratch / again / file.name).read_bytes()]
        check(f"the echo runs to the same bytes, {number}", "\n".join(differ))
finally:
    shutil.rmtree(scratch)
print(f"1..{tests}")
sys.exit(failures > 0)
