#!/usr/bin/env python3
"""Studies in parts: shards, merging them, and what is printed of a store."""
import contextlib
import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys

sys.path.insert(0, "tests/support")
from studies import (DISTSIM, RATE, SCRATCH, TABLES, UNIFORM, distsim, expect, path, refuse, rows, run_all, simulated, text,
                     write)

VARY = ("--vary", RATE + "=80 Mbit/s,50 Mbit/s")


def compare(directory, *more, n="10", **keywords):
    return distsim("compare", uniform, *VARY, "-n", n, "--no-plots", "--out", path(directory), *more, **keywords)


def shard(directory, which, n="10"):
    compare(directory, "--shard", which, n=n)
    return path(f"{directory}.{which.replace('/', '-of-')}.study")


def merge(directory, *stores, **keywords):
    return distsim("merge", *stores, "--store", path(directory + ".study"), **keywords)


def runs_of(store):
    """(point, replication) of all runs in a store."""
    return [(int(row["point"]), int(row["replication"])) for row in csv.DictReader(io.StringIO(distsim("export", store).stdout))]


def expect_same_results(one, other):
    for table in TABLES:
        expect(text(one, table) == text(other, table), table, "differs")


def change(store, sql):
    with contextlib.closing(sqlite3.connect(store, isolation_level=None)) as database:
        expect(database.execute(sql).rowcount > 0, sql, "changed nothing")


def test_shards_merged_are_the_whole_study():
    compare("whole")
    stores = [shard("parts", f"{i}/3") for i in (1, 2, 3)]
    expect(not os.path.exists(path("parts")), "a part has no results")
    expect(not [name for name in os.listdir(SCRATCH.name) if "partial" in name], os.listdir(SCRATCH.name))
    done = merge("parts", *stores)
    expect("20 runs, all that the study has" in done.stdout, done.stdout)
    compare("parts")
    expect(simulated("parts") == 0, simulated("parts"), "runs were simulated again")
    expect_same_results("whole", "parts")


def test_every_run_is_in_one_shard():
    """And each shard sees both points, also when there are as many shards as points."""
    for n in (1, 2, 3, 7):
        parts = [runs_of(shard(f"split{n}", f"{i}/{n}")) for i in range(1, n + 1)]
        expect(sorted(sum(parts, [])) == [(p, r) for p in (0, 1) for r in range(10)], n, parts)
        expect(max(map(len, parts)) - min(map(len, parts)) <= 1, n, "not equally large:", parts)
        expect(n > 3 or all({p for p, _ in part} == {0, 1} for part in parts), n, "a shard has one point only:", parts)


def test_more_replications_keep_what_a_shard_has():
    few = runs_of(shard("growing", "2/3"))
    more = runs_of(shard("growing", "2/3", n="15"))
    expect(set(few) < set(more), few, more)
    stores = [shard("growing", f"{i}/3", n="15") for i in (1, 2, 3)]
    expect("30 runs" in merge("growing", *stores).stdout)


def test_more_shards_than_runs():
    stores = [shard("many", f"{i}/5", n="2") for i in range(1, 6)]
    expect(sorted(map(len, map(runs_of, stores))) == [0, 1, 1, 1, 1])
    merge("many", *stores)


def test_two_shards_at_a_time():
    both = [subprocess.Popen([DISTSIM, "compare", uniform, *VARY, "-n", "500", "--out", path("race"), "--shard", f"{i}/2", "-q"],
                             stdin=subprocess.DEVNULL) for i in (1, 2)]
    expect([one.wait(60) for one in both] == [0, 0])
    expect("1000 runs" in merge("race", path("race.1-of-2.study"), path("race.2-of-2.study")).stdout)


def test_ranges_of_runs():
    """Runs count from 0: all points of replication 0, then all of replication 1."""
    compare("ranges", "--runs", "0..4")
    compare("ranges", "--runs", "5..19")
    stores = path("ranges.runs-0-4.study"), path("ranges.runs-5-19.study")
    expect(runs_of(stores[0]) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)], runs_of(stores[0]))
    merge("ranges", *stores)
    compare("ranges")
    expect(simulated("ranges") == 0 and text("ranges", "runs.csv") == text("whole", "runs.csv"))
    compare("ranges", "--runs", "7")
    expect(runs_of(path("ranges.runs-7-7.study")) == [(1, 3)])


def test_task_of_a_job_array():
    os.environ["SLURM_ARRAY_TASK_ID"] = "2"
    try:
        compare("task", "--shard", "auto/3")
        refuse(2, "compare", uniform, *VARY, "--shard", "auto/1", "--out", path("task"), said="--array=1-1")
        refuse(2, "compare", uniform, *VARY, "--shard", "auto", "--out", path("task"), said="write auto/N")
    finally:
        del os.environ["SLURM_ARRAY_TASK_ID"]
    expect(runs_of(path("task.2-of-3.study")) == runs_of(path("parts.2-of-3.study")))
    refuse(2, "compare", uniform, *VARY, "--shard", "auto/3", "--out", path("task"), said="no task of a Slurm job array")


def test_replications_of_one_scenario():
    for i in (1, 2):
        distsim("run", uniform, "-n", "9", "--shard", f"{i}/2", "--out", path("one"))
    merge("one", path("one.1-of-2.study"), path("one.2-of-2.study"))
    for name in ("one", "alone"):
        subprocess.run([DISTSIM, "run", uniform, "-n", "9", "-q", "--out", path(name)], stdin=subprocess.DEVNULL, timeout=60)
    expect(simulated("one") == 0 and simulated("alone") == 9)
    for table in TABLES[:2] + TABLES[-1:]:
        expect(text("one", table) == text("alone", table), table)


def test_missing_runs_are_listed():
    """Of 2 x 100 runs, 67 in one shard of three are missing."""
    stores = [shard("gaps", f"{i}/3", n="100") for i in (1, 2, 3)]
    done = merge("gaps", stores[0], stores[2], code=1)
    listed = [line for line in done.stderr.splitlines() if line.startswith("  run ")]
    lacking = sorted(runs_of(stores[1]), key=lambda run: (run[1], run[0]))
    expect(len(listed) == 20 and f"and {len(lacking) - 20} more" in done.stderr, done.stderr)
    for line, (point, replication) in zip(listed, lacking):
        run = 2 * replication + point
        label = ("down=80 Mbit/s", "down=50 Mbit/s")[point]
        expect(line == f"  run {run}: {label}, replication {replication} (shard 2/3)", line)
    expect("shards 2 of 3" in done.stderr, done.stderr)
    expect("200 runs" in merge("gaps", stores[1], stores[0]).stdout, "what was there is missing now")


def test_a_run_that_was_measured_otherwise_is_missing():
    """A metric of some deliveries is measured when it is named only."""
    compare("metrics", "--shard", "1/2", "-m", "delivery_max[dp=BRANCH]")
    shard("metrics", "2/2")
    done = merge("metrics", path("metrics.1-of-2.study"), path("metrics.2-of-2.study"), code=1)
    expect("10 of 20 runs" in done.stderr and "(shard 2/2)" in done.stderr and "(shard 1/2)" not in done.stderr, done.stderr)


def test_shards_that_name_different_metrics_are_merged():
    """Whatever is measured of all deliveries is in every store."""
    for part, metric in (("1/2", "delivery_max"), ("2/2", "wait:copying")):
        compare("named", "--shard", part, "-m", metric)
    merge("named", path("named.1-of-2.study"), path("named.2-of-2.study"))
    compare("named", "-m", "last_on_dp")
    expect(simulated("named") == 0, simulated("named"))


def test_a_killed_shard_can_be_read():
    command = [DISTSIM, "run", uniform, "-n", "3000", "-j", "1", "--shard", "1/1", "--out", path("dead"), "--progress", "json"]
    part = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    seen = json.loads(part.stderr.readline())["done"]
    part.kill()
    part.communicate()
    there = len(runs_of(path("dead.1-of-1.study")))
    expect(seen <= there < 3000, seen, there)
    done = merge("dead", path("dead.1-of-1.study"), code=1)
    expect(f"{there} of 3000 runs" in done.stderr, done.stderr)


def test_what_both_have_must_be_equal():
    store = path("parts.1-of-3.study")
    merge("twice", store, *(path(f"parts.{i}-of-3.study") for i in (1, 2, 3)))
    shutil.copy(store, path("changed.study"))
    change(path("changed.study"), "UPDATE measures SET value = value + 1 WHERE metric = 'delivery_max' AND replication = 0")
    done = merge("differs", store, path("changed.study"), code=1)
    expect("changed.study" in done.stderr and "replication 0" in done.stderr and "delivery_max" in done.stderr, done.stderr)
    expect(not os.path.exists(path("differs.study")), "half a store was left")
    before = distsim("export", path("parts.study")).stdout
    merge("parts", path("changed.study"), code=1)
    expect(distsim("export", path("parts.study")).stdout == before, "was changed nevertheless")


def test_parts_of_other_studies_are_refused():
    store = path("parts.1-of-3.study")
    slow = write("slower.json", dict(UNIFORM, until="2 h"))
    distsim("compare", slow, *VARY, "--shard", "2/3", "--out", path("slower"))
    done = merge("foreign", store, path("slower.2-of-3.study"), code=2)
    expect('slower.2-of-3.study: holds results of another scenario under "down=80 Mbit/s" than' in done.stderr, done.stderr)
    distsim("compare", uniform, "--vary", RATE + "=80 Mbit/s,40 Mbit/s", "--shard", "2/3", "--out", path("vary"))
    done = merge("foreign", store, path("vary.2-of-3.study"), code=2)
    expect("is of another study" in done.stderr and "down=40 Mbit/s" in done.stderr, done.stderr)
    shutil.copy(store, path("old.study"))
    change(path("old.study"), "UPDATE provenance SET value = '0.0.1' WHERE key = 'program_version'")
    expect("was made by distsim 0.0.1" in merge("foreign", path("old.study"), code=2).stderr)
    with open(path("diary.study"), "w") as f:
        f.write("my diary\n" * 100)
    expect("is not the store of a study" in merge("foreign", store, path("diary.study"), code=2).stderr)
    expect(not os.path.exists(path("foreign.study")), "half a store was left")


def test_export():
    store = path("parts.study")
    as_csv = list(csv.DictReader(io.StringIO(distsim("export", store).stdout)))
    as_json = json.loads(distsim("export", store, "--json").stdout)
    for ours, row in zip(rows("parts", "runs.csv"), as_csv, strict=True):
        for name in ("point", "label", "replication", "delivery_mean", "met:in 9 s"):
            expect(ours[name] == row[name], name, ours, row)
    runs = [(point["label"], run) for point in as_json["points"] for run in point["runs"]]
    for (label, run), row in zip(runs, as_csv, strict=True):
        expect(label == row["label"] and run["replication"] == int(row["replication"]), run, row)
        expect(run["metrics"]["delivery_mean"] == float(row["delivery_mean"]), run, row)
    with open("/dev/full", "w") as full:
        for form in ([], ["--json"]):
            done = subprocess.run([DISTSIM, "export", store, *form], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
            expect(done.returncode == 1 and "No space left" in done.stderr, done)


def test_wrong_usage_is_refused_with_what_to_write():
    out = ("--out", path("refused"))
    refuse(2, "compare", uniform, *VARY, *out, "--shard", "4/3", said="write 1/3 to 3/3")
    refuse(2, "compare", uniform, *VARY, *out, "--shard", "0/3", said="write 1/3 to 3/3")
    refuse(2, "compare", uniform, *VARY, *out, "--shard", "1/0", said="for example 3/8")
    refuse(2, "compare", uniform, *VARY, *out, "--shard", "2", said="for example 3/8")
    refuse(2, "compare", uniform, *VARY, *out, "--shard", "1/2/3", said="for example 3/8")
    refuse(2, "compare", uniform, *VARY, *out, "--shard", "-1/3", said="write 1/3 to 3/3")
    refuse(2, "compare", uniform, *VARY, *out, "-n", "10", "--runs", "15..20", said="write 15..19")
    refuse(2, "compare", uniform, *VARY, *out, "-n", "10", "--runs", "30..40", said="the runs 0..19")
    refuse(2, "compare", uniform, *VARY, *out, "--runs", "5..3", said="write 3..5")
    refuse(2, "compare", uniform, *VARY, *out, "--runs", "5-7", said="for example 0..99")
    refuse(2, "compare", uniform, *VARY, *out, "--runs", "5..", said="for example 0..99")
    refuse(2, "compare", uniform, *VARY, *out, "--runs", "0..3", "--shard", "1/2", said="not both")
    refuse(2, "run", uniform, *out, "--precision", "2%", "--shard", "1/2", said="--replications instead")
    refuse(2, "merge", "--store", path("refused.study"), said="which stores?")
    refuse(2, "merge", path("parts.study"), said="--store OUT")
    refuse(2, "merge", path("parts.study"), "--store", path("parts.study"), said="name another file")
    refuse(1, "merge", path("nowhere.study"), "--store", path("refused.study"), said="nowhere.study")
    refuse(2, "export", said="give one store")
    refuse(1, "export", path("nowhere.study"), said="nowhere.study")
    expect(not [name for name in os.listdir(SCRATCH.name) if "refused" in name], "wrong usage has left something")


uniform = write("uniform.json", UNIFORM)
run_all("shards", dict(globals()))
