#!/usr/bin/env python3
"""What a run keeps (--tables): the summary says the same with and without rows, and what was not kept is said."""
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, "tests/support")
import random_scenario  # noqa: E402
from studies import CERTAIN, DISTSIM, distsim, expect, path, refuse, run_all, signalled, write  # noqa: E402


def summary(name):
    with open(os.path.join(path(name), "summary.json"), encoding="utf-8") as file:
        return json.load(file)


def run(scenario, name, tables):
    done = subprocess.run([DISTSIM, "run", scenario, "--tables", tables, "--no-plots", "--no-advice", "--out", path(name)],
                          capture_output=True, text=True)
    expect(done.returncode in (0, 3), done.stderr)
    return done.stdout


def differences(one, other, at=""):
    """Where they differ; sums that were made in another order may differ in their last digits."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [d for key in one.keys() | other.keys() if key != "tables"
                for d in differences(one.get(key), other.get(key), f"{at}/{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [d for i, (a, b) in enumerate(zip(one, other)) for d in differences(a, b, f"{at}/{i}")]
    number = (int, float)
    if isinstance(one, number) and isinstance(other, number) and abs(one - other) <= 1e-6 + 1e-9 * max(abs(one), abs(other)):
        return []
    return [] if one == other else [f"{at}: {one} {other}"]


def test_the_summary_is_the_same_without_rows():
    for scenario in ("scenarios/outage.json", "scenarios/two_zones.json", "scenarios/pull_herd.json", "scenarios/tutorial/06_update_delta.json"):
        run(scenario, "all", "all")
        run(scenario, "summary", "summary")
        wrong = differences(summary("all"), summary("summary"))
        expect(not wrong, scenario, wrong[:3])


def test_with_everything_that_may_happen():
    for seed in range(3000, 3006):
        scenario = write(f"random-{seed}", random_scenario.scenario(seed))
        run(scenario, "all", "all")
        run(scenario, "summary", "summary")
        wrong = differences(summary("all"), summary("summary"))
        expect(not wrong, seed, wrong[:3])


def test_only_what_was_asked_for_is_there():
    scenario = write("certain", CERTAIN)
    said = run(scenario, "summary", "summary")
    expect(sorted(os.listdir(path("summary"))) == ["run.json", "scenario.json", "summary.json"], os.listdir(path("summary")))
    expect("no tables and pictures" in said, said)
    expect(summary("summary")["tables"] == "summary")
    said = run(scenario, "none", "none")
    expect("--tables none" in said, said)
    whole, none = summary("summary"), summary("none")
    for key in ("delivered", "open", "delivery_time", "last_on_dp_s", "last_known_at_site_s", "last_known_at_central_s"):
        expect(none["totals"][key] == whole["totals"][key], key)
    expect(none["objectives"] == whole["objectives"])
    for key in ("send_requests", "bytes", "causes_s"):
        expect(key not in none["totals"], key)
    for key in ("paths", "time_spent", "assumed_defaults"):
        expect(key not in none, key)
    expect("Links" not in said, "what holds back is not known:", said)
    expect(not [pool["name"] for pool in none["pools"] if "waited_per_site_s" in pool], none["pools"])


def test_words_are_checked():
    refuse(2, "run", write("certain", CERTAIN), "--tables", "rows", said="--tables is all, summary or none, not rows")


def test_explain_takes_results_without_tables():
    run(write("certain", CERTAIN), "summary", "summary")
    said = distsim("explain", path("summary")).stdout
    expect("BRANCH" in said, said)


def test_an_interrupted_run_keeps_what_has_ended():
    scenario = dict(CERTAIN, name="long", until="300 d", objectives=[], actions=[
        {"at": "0 s", "every": "5 min", "do": "redistribute", "package": "PS100001", "to": "BRANCH"}])
    process = subprocess.Popen([DISTSIM, "run", write("long.json", scenario), "--tables", "summary", "--no-advice", "--out", path("long")],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    begun = time.monotonic()
    while not any(name.startswith(".long.partial-") for name in os.listdir(path("."))) and time.monotonic() < begun + 20:
        time.sleep(0.01)
    signalled(process, signal.SIGINT)
    said, errors = process.communicate(timeout=60)
    if process.returncode == 0:
        return  # it was faster
    expect(process.returncode == 130, process.returncode, errors)
    cut = summary("long")
    expect(cut["complete"] is False)
    totals = cut["totals"]
    expect(totals["deliveries"] == totals["delivered"] + totals["open"] + totals["failed"] + totals["cancelled"], totals)
    expect("INTERRUPTED" in said, said)


run_all("kept", dict(globals()))
