#!/usr/bin/env python3
"""Sweeps as a user makes them: combinations, pairs, ranges, samples, studies in a file, and what is refused."""
import json
import math
import os
import sys

sys.path.insert(0, "tests/support")
from studies import CERTAIN, RATE, SCRATCH, UNIFORM, distsim, expect, path, rows, run_all, simulated, text, write  # noqa: E402

# One package over one link, and nothing else takes time: it is there after size / min(rate, window / round trip).
LINK = dict(CERTAIN, name="link", objectives=UNIFORM["objectives"])
CHANCE = dict(UNIFORM, name="chance")
SIZE = "packages.PS100001.content.0.size"


def points(directory, *axes):
    return [tuple(row[axis] for axis in axes) for row in rows(directory)]


def test_every_combination_takes_what_it_must():
    """100 and 200 MB at 10, 20 and 40 MB/s."""
    distsim("sweep", link, "--vary", SIZE + "=100 MB,200 MB", "--vary", RATE + "=10 MB/s,20 MB/s,40 MB/s", "--out", path("all"))
    found = {(r[SIZE], r[RATE]): float(r["delivery_max"]) for r in rows("all")}
    wanted = {(f"{s} MB", f"{r} MB/s"): s / r for s in (100, 200) for r in (10, 20, 40)}
    expect(found.keys() == wanted.keys() and all(math.isclose(found[k], wanted[k]) for k in wanted), found)
    expect(points("all", SIZE, RATE) == list(wanted), "the last one changes fastest")


def test_pairs():
    distsim("sweep", link, "--together", "--vary", SIZE + "=100 MB,200 MB", "--vary", RATE + "=10 MB/s,20 MB/s", "--out",
            path("pairs"))
    expect([(r[SIZE], r[RATE], float(r["delivery_max"])) for r in rows("pairs")] ==
           [("100 MB", "10 MB/s", 10), ("200 MB", "20 MB/s", 10)], rows("pairs"))


def test_ranges_have_steps():
    distsim("sweep", link, "--vary", RATE + "=10 Mbit/s..100 Mbit/s step 30 Mbit/s", "--vary", "seed=3..5", "--out",
            path("steps"))
    expect(points("steps", RATE, "seed") == [(f"{r} Mbit/s", str(s)) for r in (10, 40, 70, 100) for s in (3, 4, 5)],
           points("steps", RATE, "seed"))
    for row in rows("steps"):
        expect(math.isclose(float(row["delivery_max"]), 800 / float(row[RATE].split()[0])), row)
    # 0.1 + 2 * 0.1 is 0.3 for people; what does not fall on a step is not reached
    distsim("sweep", link, "--vary", "locations.branch.latency=0.1 s..0.35 s step 0.1 s", "--vary", "seed=1..3,7", "--out",
            path("tenths"))
    expect(points("tenths", "locations.branch.latency", "seed")[::4] == [("100 ms", "1"), ("200 ms", "1"), ("300 ms", "1")],
           points("tenths", "locations.branch.latency", "seed"))
    expect(points("tenths", "seed")[:4] == [("1",), ("2",), ("3",), ("7",)], "lists may have ranges in them")


def test_samples_are_sobol_points():
    """The first points of the sequence in two dimensions are (.5,.5) (.75,.25) (.25,.75) (.375,.375) (.875,.875)."""
    distsim("sweep", link, "--samples", "5", "--vary", RATE + "=100 Mbit/s..900 Mbit/s", "--vary", "seed=1..20", "--out",
            path("sobol"))
    # a seed of 1..20 is 1 + floor(20 u); 20 x 0.375 is 7.5
    wanted = [(500, 11), (700, 6), (300, 16), (400, 8), (800, 18)]
    expect(points("sobol", RATE, "seed") == [(f"{r} Mbit/s", str(s)) for r, s in wanted], points("sobol", RATE, "seed"))


def test_samples_that_are_alike_are_run_once():
    distsim("sweep", link, "--samples", "32", "--vary", "seed=1..3", "--vary", "distribution_points.BRANCH.type=standard",
            "--out", path("alike"))
    expect(sorted(points("alike", "seed")) == [("1",), ("2",), ("3",)], points("alike", "seed"))


def test_samples_are_what_is_written():
    distsim("sweep", link, "--samples", "20", "--vary", RATE + "=13 Mbit/s..17 Mbit/s", "--out", path("written"))
    rates = [float(r[RATE].split()[0]) for r in rows("written")]
    expect(len(set(rates)) == 20 and all(13 <= rate <= 17 for rate in rates), rates)
    for row, rate in zip(rows("written"), rates):
        expect(math.isclose(float(row["delivery_max"]), 800 / rate), row)


def test_values_with_commas_are_written_as_json():
    uniform = [{"uniform": {"min": "50 MB", "max": "60 MB"}}, {"uniform": {"min": "500 MB", "max": "600 MB"}}]
    distsim("sweep", link, "--vary", SIZE + "=" + json.dumps(uniform), "-n", "2", "--out", path("json"))
    seconds = [float(r["delivery_max"]) for r in rows("json")]
    expect(len(seconds) == 4 and all(4 <= s <= 4.8 for s in seconds[:2]) and all(40 <= s <= 48 for s in seconds[2:]), seconds)


def test_list_runs_nothing():
    done = distsim("sweep", chance, "--list", "--vary", RATE + "=10 MB/s,20 MB/s", "--vary", "seed=1..3", "-n", "7", "--out",
                   path("listed"))
    expect("6 points, 7 replications of each: 42 runs" in done.stdout, done.stdout)
    labels = [f"down={r} MB/s, seed={s}" for r in (10, 20) for s in (1, 2, 3)]
    expect([line.split(maxsplit=1)[1] for line in done.stdout.splitlines()[2:8]] == labels, done.stdout)
    expect("run 6 r + p" in done.stdout.splitlines()[-1], done.stdout)
    # of a part its runs: of 42 the last ten are those of replication 5 from point 2 on, and of replication 6
    done = distsim("sweep", chance, "--list", "--vary", RATE + "=10 MB/s,20 MB/s", "--vary", "seed=1..3", "-n", "7", "--runs", "32..41")
    expect([line.split(maxsplit=3) for line in done.stdout.splitlines()[4:]] ==
           [[str(32 + i), str((2 + i) % 6), str(5 + (2 + i) // 6), labels[(2 + i) % 6]] for i in range(10)], done.stdout)
    refuse("sweep", chance, "--list", "--vary", "seed=1..3", "-n", "7", "--runs", "32..41", said="the runs 0..20")
    expect(not [name for name in os.listdir(SCRATCH.name) if "listed" in name], "--list has left something")


def test_a_study_in_a_file_says_the_same():
    os.makedirs(path("studies"), exist_ok=True)
    study = write("studies/rates.json", {
        "comment": "the scenario is found from here", "file": "../chance.json", "set": {"seed": 3},
        "vary": {RATE: ["10 MB/s", "20 MB/s"], "locations.branch.up": "80 Mbit/s..160 Mbit/s step 80 Mbit/s"}, "together": True,
        "replications": 4, "metrics": ["delivery_max", "met:in 9 s"]})
    distsim("sweep", study, "--out", path("file"))
    distsim("sweep", chance, "--set", "seed=3", "--together", "--vary", RATE + "=10 MB/s,20 MB/s", "--vary",
            "locations.branch.up=80 Mbit/s,160 Mbit/s", "-n", "4", "-m", "delivery_max", "-m", "met:in 9 s", "--out", path("options"))
    for table in ("runs.csv", "estimates.csv", "sweep.md", "summary.json"):
        expect(text("file", table) == text("options", table), table, "differs")
    # the command line has the last word
    distsim("sweep", study, "-n", "2", "-m", "delivered", "--out", path("last"))
    expect([row["delivered"] for row in rows("last")] == ["1"] * 4, rows("last"))
    # also about how points are chosen: two values of each, of which four samples make all combinations
    distsim("sweep", study, "--samples", "4", "-n", "1", "--out", path("sampled"), "--no-plots")
    expect(len(rows("sampled")) == 4, rows("sampled"))


def test_table_is_short():
    """The fastest ones of fifty, in the order of the study."""
    done = distsim("sweep", link, "--vary", RATE + "=1 MB/s..50 MB/s step 1 MB/s", "--out", path("short"), "-m", "delivery_max")
    shown = [line.split("|")[1].strip() for line in done.stdout.splitlines() if line.startswith("| ")][1:]
    expect(len(shown) < 30 and shown == [f"{8 * r} Mbit/s" for r in range(51 - len(shown), 51)], done.stdout)
    expect(len(rows("short")) == 50, "all are in the tables")


def pictures(directory):
    return {name: text(directory, "plots/" + name) for name in sorted(os.listdir(os.path.join(path(directory), "plots")))}


def test_pictures():
    """A curve over one setting, a map over two with the values of its six cells, dots for samples; over three a panel for each."""
    one, two = ("--vary", RATE + "=10 MB/s,20 MB/s,40 MB/s"), ("--vary", SIZE + "=100 MB,200 MB")
    distsim("sweep", link, *one, "--out", path("curve"))
    expect(sorted(pictures("curve")) == ["delivery_p95.svg", "last_on_dp.svg", "margin_in_9_s.svg"], pictures("curve").keys())
    for word in (">10 MB/s<", ">40 MB/s<", ">locations.branch.down<", ">seconds<", "link: "):
        expect(word in pictures("curve")["delivery_p95.svg"], word, "is missing in the curve")
    distsim("sweep", link, *one, *two, "--out", path("map"), "-m", "delivery_p95")
    for seconds in ("10", "5", "2.5", "20"):
        expect(f">{seconds}<" in pictures("map")["delivery_p95.svg"], seconds, "is missing in the map")
    distsim("sweep", chance, "--samples", "8", "--vary", RATE + "=10 MB/s..20 MB/s", "-n", "3", "--out", path("dots"), "-m",
            "met:in 9 s")
    expect("share of the runs that meet it" in pictures("dots")["met_in_9_s.svg"], pictures("dots").keys())
    # In the mean 15 to 3.75 s for the rates, 5.83 to 11.67 s for the sizes, and nothing for the seed.
    distsim("sweep", link, *one, *two, "--vary", "seed=1,2", "--out", path("panels"), "-m", "delivery_max")
    panels = pictures("panels")["delivery_max.svg"]
    order = [panels.find(f">{setting}<") for setting in (RATE, SIZE, "seed")]
    expect(-1 < order[0] < order[1] < order[2], "what moves it most comes first:", order)
    expect("all 12 points" in panels and ">200 MB<" in panels and ">40 MB/s<" in panels, "labels are missing")
    lines = [panels.upper().count(colour) for colour in ("0, 114, 178", "153, 153, 153")]
    expect("grey: no effect that these points show" in panels and lines[0] > lines[1] > 0, "the seed alone has none:", lines)
    distsim("sweep", link, *one, *two, "--no-plots", "--out", path("unwanted"))
    expect(not os.path.exists(path("unwanted/plots")), "unwanted pictures")


def test_few_samples_rank_no_chance():
    """What differs between 20 samples of the first two settings is the size and the rate of the others: it takes more packages than
    one to have a choice, and 5 ms are nothing beside 2 to 24 s. They come last, grey, and as they were given."""
    idle = ["sites.PS1.distribution_manager.dp_thread_time", "sites.PS1.software_distribution.max_packages"]
    clear = [RATE, SIZE]
    for given in (idle, idle[::-1]):
        ranges = {idle[0]: "0 ms..5 ms", idle[1]: "1..10", RATE: "50 Mbit/s..200 Mbit/s", SIZE: "50 MB..150 MB"}
        varies = [word for setting in given + clear for word in ("--vary", setting + "=" + ranges[setting])]
        distsim("sweep", link, "--samples", "20", *varies, "-m", "delivery_max", "--out", path("few"))
        panels = pictures("few")["delivery_max.svg"]
        order = [panels.find(f">{setting}<") for setting in clear + given]
        expect(-1 < order[0] and order == sorted(order), order)
        expect("grey: no effect that these points show" in panels, panels[:2000])


def test_number_of_workers_changes_no_byte():
    for workers in ("1", "4"):
        distsim("sweep", chance, "--samples", "8", "--vary", RATE + "=10 MB/s..20 MB/s", "-n", "4", "-j", workers, "--out",
                path("workers" + workers))
    for table in ("runs.csv", "estimates.csv", "sweep.md", "summary.json"):
        expect(text("workers1", table) == text("workers4", table), table, "differs")


def test_a_sweep_goes_on_where_it_was():
    distsim("sweep", chance, "--vary", RATE + "=10 MB/s,20 MB/s", "-n", "3", "--out", path("more"))
    distsim("sweep", chance, "--vary", RATE + "=10 MB/s,20 MB/s,30 MB/s", "-n", "4", "--out", path("more"))
    expect(simulated("more") == 12 - 6, text("more", "run.json"))


def test_parts_of_a_sweep_are_put_together():
    sweep = ("sweep", chance, "--samples", "6", "--vary", RATE + "=4 MB/s..20 MB/s", "-n", "4", "--no-plots")
    for part in ("1/2", "2/2"):
        distsim(*sweep, "--shard", part, "--out", path("parts"))
    distsim("merge", path("parts.1-of-2.study"), path("parts.2-of-2.study"), "--store", path("parts.study"))
    distsim(*sweep, "--out", path("parts"))
    distsim(*sweep, "--out", path("whole"))
    expect(simulated("parts") == 0, text("parts", "run.json"))
    for table in ("runs.csv", "sweep.md", "summary.json"):
        expect(text("parts", table) == text("whole", table), table, "differs")


def refuse(*arguments, said, code=2):
    done = distsim(*arguments, "--out", path("refused"), code=code)
    expect(said in done.stderr, "said:", done.stderr, "wanted:", said)


def test_wrong_usage_is_refused_with_what_to_write():
    refuse("sweep", link, said="what is varied?")
    refuse("sweep", link, link, said="give one scenario")
    refuse("sweep", link, "--vary", "seed=20..1", said="the range 20..1 is empty")
    refuse("sweep", link, "--vary", "seed=1..2.5", said="not a whole number")
    refuse("sweep", link, "--vary", RATE + "=1 Mbit/s..2 Mbit/s", said="step 100 kbit/s")
    refuse("sweep", link, "--vary", RATE + "=1 Mbit/s..2", said="has no unit")
    refuse("sweep", link, "--vary", RATE + "=1 Mbit/s..unlimited", "--samples", "3", said="cannot reach to unlimited")
    refuse("sweep", link, "--vary", RATE + "=1 Mbit/s..2 Mbit/s step 0 bit/s", said="more than 0")
    refuse("sweep", link, "--vary", RATE + "=1 Mbit/s..2 Mbit/s step 1 bit/s", said="wider steps")
    refuse("sweep", link, "--vary", "seed=[]", said="has no values")
    refuse("sweep", link, "--vary", "seed=1,2", "--together", "--samples", "2", said="take one")
    refuse("sweep", link, "--vary", "seed=1,2", "--samples", "-1", said="whole number from 1")
    refuse("sweep", link, "--vary", "seed=1,2", "--samples", "0", said="whole number from 1")
    refuse("sweep", link, "--vary", "seed=1,2", "--samples", "20000", said="no more than 10000")
    refuse("sweep", link, "--vary", "seeds=1..2", said='did you mean "seed"')
    refuse("sweep", link, "--vary", "sites.PS1.sender.retry=1..2", said="retr")
    expect(not [name for name in os.listdir(SCRATCH.name) if "refused" in name], "wrong usage has left something")


def test_settings_that_contradict_each_other_are_refused():
    """What a label says is what was simulated: one setting of one entity is given once."""
    every, one = "locations.*.latency", "locations.branch.latency"
    for first, second in ((every, one), (one, every), (one, "locations.b*.latency"), (one, "locations.1.latency")):
        for command in ("sweep", "compare"):
            refuse(command, link, "--vary", first + "=1 ms,2 ms", "--vary", second + "=3 ms,4 ms",
                   said=f'"{first}" and "{second}" both vary locations.branch.latency: the later one would win; vary it once')
        refuse("sensitivity", link, "--vary", first + "=1 ms..2 ms", "--vary", second + "=3 ms..4 ms", said="vary it once")
        refuse("plan", link, "--meet", "in 9 s", "--find", first + " in 1 ms,2 ms", "--find", second + " in 3 ms,4 ms",
               said="vary it once")
    refuse("sweep", link, "--vary", SIZE + "=1 MB,2 MB", "--vary", "packages.*.content.*.size=3 MB,4 MB", said="both vary")
    for path_set in (one, every):
        refuse("sweep", link, "--set", path_set + "=7 ms", "--vary", every + "=1 ms,2 ms",
               said=f'--set {path_set}=7 ms has no effect, since "{every}" is varied; leave one of them out')
    # all but one
    distsim("sweep", link, "--set", every + "=7 ms", "--vary", one + "=0 ms,2 ms", "--list")
    distsim("sweep", link, "--set", "seed=3", "--set", "seed=4", "--vary", one + "=0 ms,2 ms", "--list")


def test_a_default_that_counts_nowhere_is_refused():
    """Whichever is given first, one for all leaves nothing of a default; nor does a scenario in which all have their own."""
    default, every, one = (first + ".latency" for first in ("defaults.location", "locations.*", "locations.branch"))
    hq, branch = LINK["locations"]  # a top location has none
    bare = {key: value for key, value in branch.items() if key != "latency"}
    two = write("two.json", dict(LINK, locations=[hq, bare, dict(bare, name="other")]))
    nothing = f'"{default}" makes no difference: whatever it is for has a value of its own'
    for vary in ((default, every), (every, default)):
        varies = [word for path in vary for word in ("--vary", path + "=1 ms,2 ms")]
        refuse("sweep", two, *varies, said=nothing)
        refuse("compare", two, *varies, said=nothing)
    refuse("sweep", link, "--vary", default + "=1 ms,2 ms", said=nothing)
    refuse("sweep", two, "--vary", default + "=1 ms,2 ms", "--set", every + "=7 ms", said=nothing)
    refuse("sweep", two, "--samples", "8", "--vary", default + "=1 ms..2 ms", "--vary", every + "=1 ms..2 ms", said=nothing)
    refuse("sensitivity", two, "--vary", default + "=1 ms..2 ms", "--vary", every + "=3 ms..4 ms", said=nothing)
    refuse("plan", two, "--meet", "in 9 s", "--find", default + " in 1 ms,2 ms", "--find", every + " in 3 ms,4 ms", said=nothing)
    refuse("sweep", two, "--set", default + "=7 ms", "--vary", every + "=1 ms,2 ms",
           said=f"--set {default}=7 ms has no effect, since what it is for is varied; leave one of them out")
    # beside one that has its own it is for the other
    distsim("sweep", two, "--vary", default + "=0 ms,2 ms", "--vary", one + "=0 ms,2 ms", "--list")
    distsim("sweep", two, "--set", default + "=7 ms", "--vary", one + "=0 ms,2 ms", "--list")


def test_wrong_studies_are_refused_where_they_are_wrong():
    good = {"file": "link.json", "vary": {"seed": [1, 2]}}
    for wrong, said in ((dict(good, sampels=3), 'unknown key "sampels"; did you mean "samples"?'),
                        (dict(good, vary=[1]), "write an object"), (dict(good, vary={"seed": None}), "null is no value"),
                        (dict(good, samples=1.5), "whole number"), (dict(good, together=1), "write true or false"),
                        (dict(good, metrics="delivery_max"), "write a list of metrics"), (dict(good, file=3), "path of a scenario"),
                        ({"vary": {"seed": [1]}}, '"file" is missing')):
        study = write("wrong.json", wrong)
        refuse("sweep", study, said=said)
        refuse("sweep", study, said=study + ":1:")
    refuse("sweep", write("wrong.json", []), said="wrong.json:1:1: a study, or a scenario, is an object, { ... }")
    refuse("sweep", write("wrong.json", dict(good, file="nowhere.json")), said="nowhere.json")
    refuse("sweep", write("wrong.json", dict(good, vary={"seed": [1, 2], "sites.PS2.replication_lag": "1 s"})), said="PS2")


link, chance = write("link.json", LINK), write("chance.json", CHANCE)
run_all("sweep", dict(globals()))
