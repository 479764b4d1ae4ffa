#!/usr/bin/env python3
"""What becomes of a study's store when the program is killed, the disk is full, or the file is not what it should be."""
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, "tests/support")
from studies import DISTSIM, RATE, SCRATCH, TABLES, UNIFORM, distsim, expect, path, refuse, run_all, signalled, simulated, text, write

WORKLOAD = "scenarios/tutorial/12_workload.json"
# Replications: so many that the program is killed before they are made, and enough for a store to outgrow each disk and each
# limit below: 300 of each of two points take some 650 KB.
MANY, N = 2000, 300
VARY = ("--vary", RATE + "=80 Mbit/s,50 Mbit/s")


def study(directory, *more, n=N):
    return [DISTSIM, "compare", uniform, *VARY, "-n", str(n), "-j", "2", "--no-plots", "--out", path(directory), *more]


def started(command):
    return subprocess.Popen([*command, "--progress", "json"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)


def finish(command):
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=90)


def in_store(store):
    """Reading with the program, as a user would: the store may be one that was left behind."""
    return len(distsim("export", store).stdout.splitlines()) - 1


def expect_undisturbed(directory, n=N):
    undisturbed = f"undisturbed-{n}"
    if not os.path.exists(path(undisturbed)):
        finish(study(undisturbed, "-q", n=n))
    for table in TABLES:
        expect(text(directory, table) == text(undisturbed, table), table, "differs from an undisturbed study's")


def test_killed_again_and_again():
    """At once, while the store is made, or after some signs of life; what was kept is never made again."""
    moments = random.Random(4)
    kept = 0
    for _ in range(10):
        victim = started(study("killed", n=MANY))
        seen = 0
        for _ in range(moments.choice((0, 0, 1, 1, 2))):
            line = victim.stderr.readline()
            seen = json.loads(line)["done"] if line else seen
        victim.kill()
        victim.communicate()
        if os.path.exists(path("killed.study")) and os.path.getsize(path("killed.study")):
            now = in_store(path("killed.study"))
            expect(now >= kept + seen, "there were", kept, "and", seen, "more, now there are", now)
            kept = now
        expect(not os.path.exists(path("killed")), "results of half a study")
    expect(0 < kept < 2 * MANY, kept)
    finish(study("killed", "-q", n=MANY))
    expect(simulated("killed") == 2 * MANY - kept, simulated("killed"), kept)
    expect_undisturbed("killed", n=MANY)
    expect(not [name for name in os.listdir(SCRATCH.name) if "killed" in name and name not in ("killed", "killed.study")],
           os.listdir(SCRATCH.name))


def test_interrupted_it_finishes_what_is_running():
    """Two long runs at a time: when the first one is done the other is at work, and is kept as well."""
    command = [DISTSIM, "run", WORKLOAD, "--set", "until=3600 d", "-n", "100", "-j", "2", "--out", path("long")]
    for number in (signal.SIGINT, signal.SIGTERM):
        before = in_store(path("long.study")) if os.path.exists(path("long.study")) else 0
        victim = started(command)
        line = json.loads(victim.stderr.readline())
        expect(line["done"] == 1 and line["running"] == 2, line)
        signalled(victim, number)
        said = victim.communicate(timeout=60)[1]
        expect(victim.returncode == 130, victim.returncode, said)
        kept = in_store(path("long.study"))
        expect(before + 2 <= kept < 100 and f"{kept} of 100 runs are kept" in said, kept, said)
        expect(not os.path.exists(path("long")), "results of half a study")


def test_interrupted_while_runs_are_made_again_for_pictures():
    """All runs are there, so the tables are; the pictures come with the same command, which simulates nothing for the tables."""
    command = [DISTSIM, "compare", WORKLOAD, "--set", "until=3600 d", "--vary", "locations.branch.down=20 Mbit/s,30 Mbit/s", "-n", "4",
               "-j", "2", "--out", path("drawn")]
    distsim(*command[1:], "--no-plots", "-q")
    tables = {name: text("drawn", name) for name in TABLES}
    victim = started(command)
    while "runs_again" not in json.loads(victim.stderr.readline()):
        pass
    signalled(victim, signal.SIGINT)
    said = victim.communicate(timeout=60)[1]
    expect(victim.returncode == 130, victim.returncode, said)
    expect("interrupted: timelines.svg and deliveries.svg were not drawn" in said, said)
    expect(tables == {name: text("drawn", name) for name in TABLES}, "tables differ")
    expect(simulated("drawn") == 0 and not os.path.exists(path("drawn/plots/deliveries.svg")), "was drawn nevertheless")
    distsim(*command[1:], "-q")
    expect(simulated("drawn") == 0 and os.path.exists(path("drawn/plots/deliveries.svg")), "does not go on")


def test_two_writers():
    first = started(study("two", n=MANY))
    first.stderr.readline()
    refuse(1, *study("two", n=MANY)[1:], said="another distsim is at work on this study")
    refuse(1, "export", path("two.study"), said="another distsim is at work on this study")
    first.communicate(timeout=60)
    expect(first.returncode == 0, first.returncode)
    expect_undisturbed("two", n=MANY)


@contextlib.contextmanager
def small_disk(size):
    """A file system of its own, where we may have one; else None."""
    place = path("disk")
    os.makedirs(place, exist_ok=True)
    mounted = os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place],
                                                   stderr=subprocess.DEVNULL).returncode == 0
    try:
        yield place if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", place], check=True)


def remount(place, option):
    subprocess.run(["mount", "-o", "remount," + option, place], check=True)


def test_full_disk():
    """Full at any moment: before there is a store, while it is made, after some runs. Larger later, it goes on."""
    for size in ("4k", "12k", "24k", "40k", "120k", "400k"):
        with small_disk(size) as disk:
            if not disk:
                return "no file system can be mounted"
            shutil.rmtree(path("full"), ignore_errors=True)
            command = study("full", "--store", os.path.join(disk, "a.study"))
            done = refuse(1, *command[1:], said="the disk is full")
            expect("goes on when there is room" in done.stderr and "\n" not in done.stderr.strip(), done.stderr)
            expect(not os.path.exists(path("full")), "results of half a study")
            remount(disk, "size=32m")
            kept = in_store(os.path.join(disk, "a.study")) if os.path.getsize(os.path.join(disk, "a.study")) else 0
            expect((kept > 0) == (size in ("120k", "400k")) and kept < 2 * N, size, kept)
            finish(command)
            expect(simulated("full") == 2 * N - kept, size, simulated("full"), kept)
            expect_undisturbed("full")


def test_a_file_that_may_not_grow():
    """As ulimit -f has it: at any moment, and while merging."""
    def limited(size, *arguments):
        return subprocess.run([DISTSIM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    if limited(0, "--version").returncode < 0:
        return "the thread sanitizer writes a file of its own before the program starts"
    finish(study("limit", "--shard", "1/1", "-q"))
    for size in (0, 5000, 40000, 400000):
        shutil.rmtree(path("grown"), ignore_errors=True)
        for command in (study("grown")[1:], ["merge", path("limit.1-of-1.study"), "--store", path("grown2.study")]):
            done = limited(size, *command)
            expect(done.returncode == 1 and ".study: cannot be written: the file may not grow" in done.stderr, size, done)
            expect(f"(ulimit -f: {size} bytes at most)" in done.stderr, size, done)
    finish(study("grown", "-q"))
    expect_undisturbed("grown")


def test_where_runs_come_from():
    """Each command that has made runs, also those of parts; a command that made none is not there."""
    for i in (1, 2):
        distsim(*study("origin", "--shard", f"{i}/2", "-q")[1:])
    distsim("merge", path("origin.1-of-2.study"), path("origin.2-of-2.study"), "--store", path("origin.study"))
    distsim(*study("origin", "-q")[1:])
    with contextlib.closing(sqlite3.connect(path("origin.study"), isolation_level=None)) as store:
        commands = sorted((json.loads(text) for text, in store.execute("SELECT json FROM commands")), key=lambda c: c["date"])
    expect([c["command_line"][-2] for c in commands] == ["1/2", "2/2"], commands)
    expect(all(c["machine"]["name"] and c["directory"] == os.getcwd() for c in commands), commands)


def test_full_disk_while_merging():
    with small_disk("64k") as disk:
        if not disk:
            return "no file system can be mounted"
        finish(study("part", "--shard", "1/1", "-q"))
        out = os.path.join(disk, "whole.study")
        refuse(1, "merge", path("part.1-of-1.study"), "--store", out, said="the disk is full")
        expect(not os.listdir(disk), "left behind:", os.listdir(disk))
        remount(disk, "size=32m")
        distsim("merge", path("part.1-of-1.study"), "--store", out)


def test_read_only_place():
    with small_disk("32m") as disk:
        if not disk:
            return "no file system can be mounted"
        store = os.path.join(disk, "a.study")
        finish(study("ro", "-q", "--store", store))
        remount(disk, "ro")
        refuse(1, *study("ro", "--store", store)[1:], said="may not be written: give another --store")
        refuse(1, *study("ro", "--store", os.path.join(disk, "b.study"))[1:], said="cannot be made")
        expect(in_store(store) == 2 * N, "cannot be read")
        distsim("merge", store, "--store", path("from-ro.study"))


def test_what_is_no_file():
    os.mkdir(path("directory.study"))
    os.mkfifo(path("pipe.study"))
    for store in (path("directory.study"), path("pipe.study"), "/dev/full", "/dev/null"):
        refuse(2, *study("refused", "--store", store)[1:], said=store + ": is not the store of a study; it was left alone")
        refuse(2, "export", store, said="is not the store of a study")
    expect(not os.listdir(path("directory.study")))
    refuse(1, *study("refused", "--store", path("nowhere/a.study"))[1:], said="nowhere: No such file or directory")
    expect(not [name for name in os.listdir(SCRATCH.name) if "refused" in name], os.listdir(SCRATCH.name))


def everything_in(directory):
    return {name: (open(os.path.join(directory, name), "rb").read(), os.stat(os.path.join(directory, name)).st_mtime_ns)
            for name in os.listdir(directory)}


def test_somebody_elses_database_is_never_touched():
    """Not even to finish what its owner has left half done: in a log that is not checkpointed, in a journal."""
    for mode, statement in (("DELETE", None), ("WAL", "INSERT INTO diary VALUES ('tuesday')"), ("DELETE", "half")):
        directory = path("theirs")
        shutil.rmtree(directory, ignore_errors=True)
        os.mkdir(directory)
        store = os.path.join(directory, "a.study")
        owner = subprocess.run([sys.executable, "-c", f"""
import os, sqlite3
database = sqlite3.connect({store!r}, isolation_level=None)
database.execute("PRAGMA journal_mode = {mode}")
database.execute("CREATE TABLE diary (day TEXT)")
if {statement == "half"}:  # spilled to the file before it is committed
    database.execute("PRAGMA cache_size = 1")
    database.execute("BEGIN")
    for day in range(2000):
        database.execute("INSERT INTO diary VALUES (?)", (str(day) * 50,))
elif {statement!r}:
    database.execute({statement!r})
if {statement!r}:
    os._exit(0)  # without closing
database.close()
"""], stdin=subprocess.DEVNULL, timeout=60)
        expect(owner.returncode == 0)
        before = everything_in(directory)
        expect((len(before) > 1) == bool(statement), list(before))
        refuse(2, *study("mine", "--store", store)[1:], said="is not the store of a study; it was left alone")
        refuse(2, "export", store, said="is not the store of a study")
        expect(everything_in(directory) == before, mode, statement, "was touched")


def test_a_damaged_store():
    finish(study("damaged", "-q"))
    with open(path("damaged.study"), "r+b") as store:
        store.seek(4096)
        store.write(b"?" * 20000)
    done = refuse(1, *study("damaged", "-q")[1:], said="damaged.study: is damaged; give another --store, or remove this one")
    expect(simulated("damaged") == 2 * N, "results were touched", done.stderr)
    finish(study("layout", "-n", "1", "-q"))
    with contextlib.closing(sqlite3.connect(path("layout.study"), isolation_level=None)) as store:
        store.execute("PRAGMA user_version = 1")
    refuse(2, "export", path("layout.study"), said="is laid out as by another distsim; give another --store")
    with open(path("short.study"), "wb") as store:
        store.write(b"SQLite format 3\0")
    refuse(2, "export", path("short.study"), said="is not the store of a study")


def test_too_much_of_everything():
    """A hundred packages an hour for a hundred years are refused before there is a store."""
    with open(WORKLOAD) as f:
        busy = json.load(f)
    busy.update(until="36500 d")
    busy["workloads"][0]["mean_time_between"] = "36 s"
    done = distsim("run", write("busy.json", busy), "-n", "2", "--out", path("busy"), code=2)
    expect("100000" in done.stderr, done.stderr)
    expect([name for name in os.listdir(SCRATCH.name) if "busy" in name] == ["busy.json"], os.listdir(SCRATCH.name))


def test_chance_makes_too_much_of_one_replication():
    """A package a second until one pause in some 30,000 of them outlasts the rest of three days. The seed was looked for:
    replication 0 has 522 packages, replication 1 no pause in more than the 200,000 that are allowed, replication 2 55,073,
    which take about as long as to find that out."""
    burst = dict(UNIFORM, name="burst", seed=11766, until="3 d", packages=[], actions=[], objectives=[], workloads=[{
        "name": "apps", "mean_time_between": {"empirical": {"values": ["1 s"] * 30000 + ["10 d"]}}, "size": "1 MB",
        "source_site": "PS1", "to": "BRANCH"}])
    command = ("run", write("burst.json", burst), "-j", "2", "--out", path("burst"))
    distsim(*command, "-n", "1", "-q")
    done = refuse(1, *command, "-n", "3", said="burst: by chance, replication 1 has more than 200000 packages or actions; "
                  "make its workloads smaller; 2 of 3 runs are kept in " + path("burst.study"))
    expect("\n" not in done.stderr.strip() and in_store(path("burst.study")) == 2, done.stderr)
    distsim(*command, "-n", "3", "--runs", "2", "--store", path("burst.study"), "-q")
    expect(json.loads(text("burst", "run.json"))["runs_simulated"] == 1, "the results of the first are there")


uniform = write("uniform.json", UNIFORM)
run_all("store", dict(globals()))
