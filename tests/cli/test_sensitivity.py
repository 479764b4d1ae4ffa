#!/usr/bin/env python3
"""What to change first: effects that can be worked out by hand, which settings are looked at, what is kept and refused."""
import contextlib
import math
import os
import re
import sqlite3
import sys

sys.path.insert(0, "tests/support")
from studies import CERTAIN, UNIFORM, distsim, expect, path, refuse, rows, run_all, simulated, text, write  # noqa: E402

DELAY = "sites.PS1.notification_delay=0 s..10 s"
THREAD = "sites.PS1.distribution_manager.dp_thread_time=0 s..20 s"
POOL = "sites.PS1.software_distribution.max_packages=1..10"


def effects(directory, metric):
    return [row for row in rows(directory, "sensitivity.csv") if row["metric"] == metric]


def test_delays_that_add_up():
    """8 s + delay + thread: each effect is its range, wherever the others are, whatever way it is gone."""
    done = distsim("sensitivity", certain, "-v", DELAY, "-v", POOL, "-v", THREAD, "-t", "5", "--out", path("sum"))
    got = effects("sum", "delivery_mean")
    expect([row["setting"] for row in got] == [v.split("=")[0] for v in (THREAD, DELAY, POOL)], got)
    expect([row["rank"] for row in got] == ["1", "2", "3"], got)
    for row, wanted in zip(got, (20, 10, 0)):
        for column in ("mu_star", "mu_star_low", "mu_star_high", "mu"):
            expect(math.isclose(float(row[column]), wanted, rel_tol=1e-9, abs_tol=1e-9), column, row)
        expect(float(row["sigma"]) < 1e-9, row)
    # a margin gets less by what a time gets more
    expect([round(float(row["mu"])) for row in effects("sum", "margin:in 30 s")] == [-20, -10, 0], "margin")
    expect("No difference to any of them: " + POOL.split("=")[0] in done.stdout, done.stdout)
    expect(len(rows("sum", "runs.csv")) == 5 * 4, "five trajectories of three settings")


def test_settings_that_are_named_are_shown():
    """8 s + thread + a delay of up to 10 ms, a two thousandth of the thread's 20 s: named, it has a row, a bar and what it is."""
    little, rate = "sites.PS1.notification_delay=0 s..10 ms", "locations.*.down=100 Mbit/s..200 Mbit/s"
    scenario = write("named.json", dict(CERTAIN, locations=[CERTAIN["locations"][0], dict(CERTAIN["locations"][1], down="150 Mbit/s"),
                                                            dict(CERTAIN["locations"][1], name="other")],
                                        sites=[dict(site, notification_delay="3 s") for site in CERTAIN["sites"]]))
    said = distsim("sensitivity", scenario, "-v", little, "-v", THREAD, "-v", POOL, "-t", "4", "-m", "delivery_mean", "--out",
                   path("named")).stdout
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in said.splitlines() if line.startswith("|")]
    expect([row[0] for row in table[2:6]] == ["**delivery_mean**", "dp_thread_time", "notification_delay", "max_packages"], table)
    expect([little.split("=")[0], "0 s to 10 ms", "3 s"] in table, table)
    expect(little.split("=")[0] in text("named", "plots/sensitivity.svg"), "not in the picture")
    # of several it is from the least to the most, also where the range begins at what one of them is
    distsim("sensitivity", scenario, "-v", rate, "-v", little, "-t", "2", "-m", "delivery_mean", "--out", path("several"), "--no-plots")
    found = {row["setting"]: row["is"] for row in effects("several", "delivery_mean")}
    expect(found["locations.*.down"] == "100 Mbit/s to 150 Mbit/s", found)


def test_a_direction_that_cannot_be_told():
    """Where the interval of mu has both signs the table says so, and the bar has no colour of better or worse."""
    wide = write("wide.json", dict(UNIFORM, packages=[dict(UNIFORM["packages"][0], content=[
        {"files": "application", "size": {"uniform": {"min": "1 MB", "max": "300 MB"}}}])]))
    said = distsim("sensitivity", wide, "-v", "locations.branch.down=50 Mbit/s..200 Mbit/s", "-v", DELAY, "-t", "2", "-m", "delivery_mean",
                   "--out", path("unclear")).stdout
    rate = next(row for row in effects("unclear", "delivery_mean") if row["setting"].endswith("down"))
    expect(float(rate["mu"]) < 0 < float(rate["mu_high"]), "all is too sure to test this", rate)
    row = next(line for line in said.splitlines() if line.startswith("| down"))
    expect(" ?" in row and "?: not clear" in said, said)
    expect(" ?" not in next(line for line in said.splitlines() if line.startswith("| notification_delay")), said)
    drawn = text("unclear", "plots/sensitivity.svg")
    # in the key and as a bar, while the delay is less of it is better
    expect("not clear" in drawn and len(re.findall(r"(?i)rgb\(216, 216, 216\)|#d8d8d8", drawn)) >= 2, drawn[:2000])


def test_what_is_in_no_table_is_named():
    said = " ".join(distsim("sensitivity", certain, "-t", "4", "--out", path("others")).stdout.split())
    in_tables = {row["setting"] for row in rows("others", "sensitivity.csv")}
    missing = [name for name in in_tables if name not in said]
    expect(not missing, missing)


def test_effects_are_those_of_the_runs():
    """The elementary effects by hand, from design.csv and runs.csv: one setting changes per step, by two thirds of its range."""
    rate, size = "locations.branch.down=50 Mbit/s..200 Mbit/s", "packages.PS100001.content[0].size=50 MB..200 MB"
    distsim("sensitivity", certain, "-v", rate, "-v", size, "-t", "6", "-m", "delivery_mean", "--out", path("product"))
    times = [float(row["delivery_mean"]) for row in rows("product", "runs.csv")]
    design = rows("product", "design.csv")
    by_setting = {rate.split("=")[0]: [], size.split("=")[0]: []}
    for i, row in enumerate(design):
        megabytes, megabits = (float(row[setting.split("=")[0]].split(" ")[0]) for setting in (size, rate))
        expect(math.isclose(times[i], megabytes * 8 / megabits, rel_tol=1e-6), row, times[i])
        if row["changed"]:
            before, after = (float(design[k][row["changed"]].split(" ")[0]) for k in (i - 1, i))
            by_setting[row["changed"]].append((times[i] - times[i - 1]) / ((after - before) / 150))
    for row in effects("product", "delivery_mean"):
        found = by_setting[row["setting"]]
        expect(len(found) == 6, found)
        expect(math.isclose(float(row["mu_star"]), sum(map(abs, found)) / 6, rel_tol=1e-6), row, found)
        expect(math.isclose(float(row["mu"]), sum(found) / 6, rel_tol=1e-6), row, found)
        expect(float(row["sigma"]) > 0, "the effect of a rate depends on the size")


def test_values_are_written_as_people_do():
    """Thirds of a range are rounded, in the unit that fits, and what is written is what was simulated: 800 Mbit and a delay."""
    rate, delay = "locations.branch.down=10 Mbit/s..50 Mbit/s", "sites.PS1.notification_delay=0.5 s..8 s"
    narrow = "sites.PS1.distribution_manager.dp_thread_time=3.0001 s..3.0002 s"
    done = distsim("sensitivity", certain, "-v", rate, "-v", delay, "-v", narrow, "-t", "4", "-m", "delivery_mean", "--out", path("words"))
    for row, run in zip(rows("words", "design.csv"), rows("words", "runs.csv")):
        cells = [row[setting.split("=")[0]] for setting in (rate, delay, narrow)]
        expect(cells[0] in ("10 Mbit/s", "23.3 Mbit/s", "36.7 Mbit/s", "50 Mbit/s"), cells)
        expect(cells[1] in ("500 ms", "3 s", "5.5 s", "8 s"), cells)
        # of a range that is narrower than four digits, all digits
        expect(cells[2].endswith(" s") and 3.0001 <= float(cells[2][:-2]) <= 3.0002, cells)
        delay_s = {"500 ms": 0.5}.get(cells[1]) or float(cells[1].split(" ")[0])
        wanted = 800 / float(cells[0].split(" ")[0]) + delay_s + float(cells[2].split(" ")[0])
        expect(math.isclose(float(run["delivery_mean"]), wanted, rel_tol=1e-6), cells, run, wanted)
    expect(" B/s" not in text("words", "design.csv") and "4500 ms" not in done.stdout, done.stdout)


def test_what_cannot_be_is_in_no_interval():
    """A deadline that is now met, now missed: few trajectories say little, but no effect is smaller than none or larger than all."""
    rate = "locations.branch.down=50 Mbit/s..200 Mbit/s"
    soon = write("soon.json", dict(CERTAIN, objectives=[{"name": "soon", "by": "12 s"}]))
    distsim("sensitivity", soon, "-v", rate, "-v", DELAY, "-t", "3", "--out", path("few"))
    found = rows("few", "sensitivity.csv")
    expect(any(float(row["mu_star_low"]) == 0 < float(row["mu_star"]) for row in found), "all is too sure to test this", found)
    for row in found:
        expect(0 <= float(row["mu_star_low"]) <= float(row["mu_star"]) <= float(row["mu_star_high"]), row)
        expect(row["unit"] != "1" or (float(row["mu_star_high"]) <= 1 and -1 <= float(row["mu_low"]) <= float(row["mu_high"]) <= 1), row)


def test_whole_numbers_are_where_they_are():
    """So many files of 100 MB take 8 s each: a linear response, whose mu* is 8 s times the range. A third of the way from 1 to 3
    there is no whole number: what counts is the step that was made."""
    for out, high in (("two", 2), ("three", 3), ("six", 6)):
        distsim("sensitivity", certain, "-v", f"packages.PS100001.content.0.count=1..{high}", "-t", "6", "-m", "delivery_mean",
                "--out", path(out))
        row = effects(out, "delivery_mean")[0]
        for column in ("mu_star", "mu_star_low", "mu_star_high", "mu", "mu_low", "mu_high"):
            expect(math.isclose(float(row[column]), 8 * (high - 1), rel_tol=1e-6), high, column, row)
        expect(float(row["sigma"]) < 1e-6, row)


def test_no_share_changes_by_more_than_all():
    """Within 18 s it is met in the lower half of the range: each step of two thirds loses it, and none can lose more."""
    soon = dict(CERTAIN, objectives=[{"name": "soon", "by": "18 s"}])
    done = distsim("sensitivity", write("soon.json", soon), "-v", THREAD, "-t", "4", "-m", "met:soon", "--out", path("soon"))
    row = effects("soon", "met:soon")[0]
    for column in ("mu_star", "mu_star_low", "mu_star_high", "mu", "mu_low", "mu_high"):
        expect(math.isclose(float(row[column]), -1 if column in ("mu", "mu_low", "mu_high") else 1), column, row)
    expect("150 %" not in done.stdout and "-100 %" in done.stdout, done.stdout)


def test_intervals_have_95_percent():
    """Student's t of the effects that design.csv and runs.csv give; t.975 of 5 degrees of freedom is 2.570582."""
    delay, size = "locations.branch.down=50 Mbit/s..200 Mbit/s", "packages.PS100001.content[0].size=50 MB..200 MB"
    distsim("sensitivity", certain, "-v", delay, "-v", size, "-t", "6", "-m", "delivery_mean", "--out", path("product"))
    for row in effects("product", "delivery_mean"):
        half = 2.570582 * float(row["sigma"]) / math.sqrt(6)
        expect(half > 0, row)
        expect(math.isclose(float(row["mu_high"]) - float(row["mu"]), half, rel_tol=1e-6), row)
        expect(math.isclose(float(row["mu"]) - float(row["mu_low"]), half, rel_tol=1e-6), row)


def test_the_table_fits_the_screen():
    said = distsim("sensitivity", certain, "-t", "4", "--out", path("found")).stdout
    wide = [line for line in said.splitlines() if line.startswith("|") and len(line) > 100]
    expect(not wide, "lines of more than 100 columns:", *wide)
    expect("| **delivery_mean** |" in said and "| locations.*.down " in said, said)


def test_settings_that_do_something_are_found():
    """Half to double of what is; nothing of pull distribution points, senders or failures, which there are not."""
    distsim("sensitivity", certain, "-t", "4", "--out", path("found"))
    found = {row["setting"]: (row["is"], row["range"]) for row in effects("found", "delivery_mean")}
    expect(found["locations.*.down"] == ("100 Mbit/s", "50 Mbit/s to 200 Mbit/s"), found)
    expect(found["sites.*.software_distribution.max_threads_per_package"] == ("5", "2 to 10"), found)
    expect(not [name for name in found if ".pull." in name or ".sender." in name or "retr" in name], found)
    best = effects("found", "delivery_mean")[0]
    expect(best["setting"] == "locations.*.down" and float(best["mu"]) < 0, best)
    # from 16 s at half to 4 s at double the rate: an elementary effect lies between the slopes at the ends, 24 s and 1.5 s
    expect(1.5 < float(best["mu_star"]) < 24, best)


def test_more_trajectories_keep_the_first():
    arguments = ("sensitivity", certain, "-v", DELAY, "-v", THREAD, "--out", path("more"))
    distsim(*arguments, "-t", "3")
    few = text("more", "runs.csv").splitlines()
    distsim(*arguments, "-t", "5")
    expect(simulated("more") == 2 * 3, simulated("more"))
    expect(text("more", "runs.csv").splitlines()[:len(few)] == few, "the first ones have changed")
    distsim(*arguments, "-t", "5")
    expect(simulated("more") == 0, simulated("more"))


def test_number_of_workers_changes_no_byte():
    for workers in ("1", "4"):
        distsim("sensitivity", certain, "-t", "3", "-j", workers, "--out", path("workers" + workers))
    for table in ("runs.csv", "sensitivity.csv", "design.csv", "sensitivity.md", "summary.json"):
        expect(text("workers1", table) == text("workers4", table), table, "differs")


def test_parts_make_the_same_whole():
    arguments = ("sensitivity", certain, "-v", DELAY, "-v", THREAD, "-t", "4", "--out")
    for part in ("1/2", "2/2"):
        distsim(*arguments, path("parts"), "--shard", part)
    distsim("merge", path("parts.1-of-2.study"), path("parts.2-of-2.study"), "--store", path("parts.study"))
    distsim(*arguments, path("parts"))
    distsim(*arguments, path("undivided"))
    expect(simulated("parts") == 0, simulated("parts"))
    for table in ("runs.csv", "sensitivity.csv"):
        expect(text("parts", table) == text("undivided", table), table, "differs")


def test_every_trajectory_has_its_own_luck():
    distsim("sensitivity", write("uniform.json", UNIFORM), "-v", DELAY, "-v", THREAD, "-t", "4", "-s", "seed=7", "--out",
            path("chance"))
    with contextlib.closing(sqlite3.connect(path("chance.study"))) as store:
        seeds = [row[0] for row in store.execute("SELECT seed FROM runs JOIN points ON point = id ORDER BY id")]
    expect(seeds == [7] * 3 + [8] * 3 + [9] * 3 + [10] * 3, seeds)
    # and along a trajectory it is the same: nothing but the ranges shows
    for row, wanted in zip(effects("chance", "delivery_mean"), (20, 10)):
        expect(math.isclose(float(row["mu_star"]), wanted, rel_tol=1e-6) and float(row["sigma"]) < 1e-6, row)


def test_wrong_usage_is_refused_with_what_to_write():
    out = ("--out", path("refused"))
    refuse(2, "sensitivity", certain, *out, "-v", "sites.PS1.notification_delay=10 s", said="is no range; write for example")
    refuse(2, "sensitivity", certain, *out, "-v", "sites.PS1.notification_delay=10 s..5 s", said="is empty")
    refuse(2, "sensitivity", certain, *out, "-v", "sites.PS1.notification_delay=10..50", said="has no unit")
    refuse(2, "sensitivity", certain, *out, "-v", "sites.PS1.notification_delya=1 s..5 s", said="there is no setting")
    refuse(2, "sensitivity", certain, *out, "-v", "sites.PS9.notification_delay=1 s..5 s", said="PS9")
    refuse(2, "sensitivity", certain, *out, "-v", "sites.PS1.type=1..5", said="is no number")
    refuse(2, "sensitivity", certain, *out, "-v", "locations.branch.down=1 Mbit/s..unlimited", said="cannot reach to unlimited")
    refuse(2, "sensitivity", certain, *out, "-v", DELAY, "-v", DELAY, said="is varied twice")
    refuse(2, "sensitivity", certain, *out, "-v", "sites.PS1.software_distribution.max_packages=0..5", said="max_packages")
    refuse(2, "sensitivity", certain, *out, "-v", DELAY, "-t", "1", said="whole number from 2")
    refuse(2, "sensitivity", certain, certain, *out, said="give one scenario")
    refuse(2, "sensitivity", certain, *out, "-v", DELAY, "-m", "delivery_maen", said='did you mean "delivery_mean"')
    expect(not [name for name in os.listdir(path("")) if "refused" in name], "wrong usage has left something")


certain = write("certain.json", CERTAIN)
run_all("sensitivity", dict(globals()))
