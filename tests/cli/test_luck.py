#!/usr/bin/env python3
"""Chance as a whole: what queueing theory says of threads on a link, what shared luck is worth, and that nobody's draws depend
on who else is there."""
import json
import math
import os
import statistics
import sys

sys.path.insert(0, "tests/support")
from studies import CERTAIN, distsim, expect, path, refuse, rows, run_all, write  # noqa: E402

SCALE = float(os.environ.get("DISTSIM_TEST_SCALE", "1"))
PER_SITE = "sites.CS1.sender.max_concurrent_per_site"


def replications(full):
    return max(6, round(full * SCALE))


def compare(name, scenario, varied, n, *more):
    """The means by point, and the rows of comparisons.csv, of the mean delivery."""
    distsim("compare", scenario, "--vary", varied, "-n", str(n), "-m", "delivery_mean", "--no-plots", "--out", path(name), *more)
    runs = rows(name, "runs.csv")
    points = [[float(row["delivery_mean"]) for row in runs if row["point"] == str(i)] for i in range(1 + int(runs[-1]["point"]))]
    expect(all(len(values) == n for values in points), name)
    return points, rows(name, "comparisons.csv")


def expect_mean(values, wanted, what):
    """Within four standard errors; that nobody is there at first makes it less, by a percent or so of twelve hours."""
    error = statistics.stdev(values) / math.sqrt(len(values))
    mean = statistics.fmean(values)
    expect(-4 * error - 0.02 * wanted <= mean - wanted <= 4 * error, what, "mean", mean, "+-", error, "theory", wanted)


# Packages take 8 s of the link and come every 10 s: rho = 0.8. One after another: 8 s + the wait of Pollaczek and Khinchine, lambda
# E S^2 / (2 (1 - rho)): with exponential sizes E S^2 = 2 x 64, 32 s, with fixed ones 64, 16 s. Sharing (M/G/1-PS): 8 s / (1 - rho) =
# 40 s, whatever the sizes.
TUTORIAL_13 = "scenarios/tutorial/13_threads_and_chance.json"


def test_threads_make_no_difference_to_exponential_sizes():
    (one, many), comparisons = compare("exponential", TUTORIAL_13, PER_SITE + "=1,50", replications(12))
    expect_mean(one, 40, "M/M/1 first come, first served")
    expect_mean(many, 40, "M/M/1 shared")
    expect(comparisons[0]["verdict"] in ("no difference at this precision", "alike"), comparisons)
    expect(max(abs(float(comparisons[0][bound])) for bound in ("relative_low", "relative_high")) < (0.02 if SCALE == 1 else 0.1),
           "too vague to say so:", comparisons)


def test_threads_do_make_a_difference_to_fixed_sizes():
    (one, many), comparisons = compare("fixed", TUTORIAL_13, PER_SITE + "=1,50", replications(8), "--set",
                                       "workloads.apps.size=80 MB")
    expect_mean(one, 24, "M/D/1 first come, first served")
    expect_mean(many, 40, "M/D/1 shared")
    expect(comparisons[0]["verdict"] == "worse", comparisons)


def erlang_c_mean(threads, arrival_rate, service_s):
    """Time in the system of M/M/c."""
    load = arrival_rate * service_s
    waiting = load ** threads / math.factorial(threads) * threads / (threads - load)
    probability = waiting / (sum(load ** k / math.factorial(k) for k in range(threads)) + waiting)
    return service_s + probability / (threads / service_s - arrival_rate)


def test_threads_help_on_a_long_link_until_it_is_full():
    # with more threads than the link takes, as many are on the way as in M/M/5: min(n, 5) connections' worth is served of n
    three, five = erlang_c_mean(3, 1 / 8, 20), erlang_c_mean(5, 1 / 8, 20)
    expect(math.isclose(three, 48.09, abs_tol=0.01) and math.isclose(five, 21.04, abs_tol=0.01), "of its comment")
    points, comparisons = compare("long", "scenarios/tutorial/14_threads_on_a_long_link.json", PER_SITE + "=5,3,10",
                                  replications(8))
    for values, wanted, what in zip(points, (five, three, five), ("five", "three", "ten")):
        expect_mean(values, wanted, what + " threads")
    verdicts = [row["verdict"] for row in comparisons]
    expect(verdicts[0] == "worse" and verdicts[1] in ("alike", "no difference at this precision"), comparisons)


# ---- warm-up ----


def taking(name, seconds):
    """A package every 100 s, on its way for so many seconds, one after the other."""
    ids = [f"PS1{i:05}" for i in range(len(seconds))]
    return write(name, dict(CERTAIN, until="3 h", objectives=[], packages=[
        {"id": package, "source_site": "PS1", "content": [{"files": package, "size": f"{12.5 * s} MB"}]}
        for package, s in zip(ids, seconds)
    ], actions=[
        {"at": f"{100 * i} s", "do": "distribute", "package": package, "to": "BRANCH"} for i, package in enumerate(ids)
    ]))


def estimates(scenario, name, *metrics):
    done = distsim("run", scenario, "-n", "1", "--out", path(name), *(word for metric in metrics for word in ("-m", metric)))
    return {row["metric"]: row for row in rows(name, "estimates.csv")}, done.stdout


def test_warm_up_is_cut_where_mser_5_says():
    """A published example of White, Cobb and Spratt's rule: two batches of five go, the rest has a mean of 5.0, all 6.75."""
    times = [20, 18, 16, 14, 12, 10, 9, 8, 7, 6, 5, 5, 4, 6, 5, 5, 4, 6, 5, 5, 4, 5, 6, 5, 5, 5, 6, 4, 5, 5, 5, 5, 4, 6, 5, 6, 4, 5, 5, 5]
    got, _ = estimates(taking("settles.json", times), "settles", "delivery_mean", "delivery_mean[warm-up=auto]", "warm_up",
                       "delivery_mean[warm-up=1000 s]", "delivery_max[warm-up=auto,dp=BRANCH]")
    for metric, wanted in (("delivery_mean", 6.75), ("delivery_mean[warm-up=auto]", 5), ("warm_up", 1000),
                           ("delivery_mean[warm-up=1000 s]", 5), ("delivery_max[warm-up=auto,dp=BRANCH]", 6)):
        expect(math.isclose(float(got[metric]["mean"]), wanted, rel_tol=1e-9), metric, got[metric]["mean"], wanted)


def test_a_run_too_short_to_settle_says_so():
    """Delivery times that only ever get shorter: the best cut is the last one that is allowed."""
    got, said = estimates(taking("never.json", [90 - 2 * i for i in range(40)]), "never", "delivery_mean", "warm_up",
                          "delivery_mean[warm-up=auto]")
    for metric in ("warm_up", "delivery_mean[warm-up=auto]"):
        expect(got[metric]["mean"] == "" and got[metric]["undefined"] == "1", got[metric])
        expect(metric + " is without 1 of 1 runs: too short" in said, said)
    expect(math.isclose(float(got["delivery_mean"]["mean"]), 51), got["delivery_mean"])
    refuse(2, "run", path("never.json"), "-n", "1", "-m", "delivery_mean[warm-up=7]", "--out", path("refused"), said="[warm-up=auto]")


# ---- a week of a stochastic company ----

WEEK = "scenarios/emea_stochastic.json"
METRICS = ["delivery_mean", "delivery_p95", "delivery_max", "last_on_dp", "margin:updates in the evening",
           "margin:applications by Friday evening"]


def test_shared_luck_is_worth_many_runs():
    """A difference of two that have nothing in common has the sum of their variances."""
    for name, varied in (("threads", "sites.JNB.software_distribution.max_threads_per_package=5,10"),
                         ("retries", "sites.*.despooler.despool_retry_delay=5 min,150 s")):
        distsim("compare", WEEK, "--vary", varied, "-n", str(replications(12)), "--no-plots", "--out", path(name),
                *(word for metric in METRICS for word in ("-m", metric)))
        runs = rows(name, "runs.csv")
        for metric in METRICS:
            x, y = ([float(row[metric]) for row in runs if row["point"] == point] for point in "01")
            apart = statistics.variance(x) + statistics.variance(y)
            paired = statistics.variance([a - b for a, b in zip(x, y)])
            expect(apart > 0, metric, "does not vary")
            expect(apart >= 5 * paired, varied, metric, "unpaired", apart, "paired", paired)


def test_a_new_distribution_point_changes_nobody_elses_luck():
    """One more at PS1. What comes, when and how large is drawn as before; the trees of PS2 and PS3 do not see it at all: their
    deliveries, with the database's delays and the lines' outages, are the same to the last digit."""
    with open(WEEK) as f:
        scenario = dict(json.load(f), objectives=[])  # whether they are met is another matter
    write("week.json", scenario)
    scenario["distribution_points"].insert(0, {"name": "NEW1", "site": "PS1"})
    write("more.json", scenario)
    far = {"PS2", "VIE", "WAW", "PRG", "BUD", "PS3", "LIS", "MIL", "CMN", "JNB"}
    for name, file in (("before", path("week.json")), ("after", path("more.json"))):
        distsim("run", file, "--no-plots", "--no-advice", "--out", path(name))
    before, after = rows("before", "deliveries.csv"), rows("after", "deliveries.csv")
    expect(len(after) * 150 == len(before) * 151, len(after), len(before))
    drawn = [{(row["package"], row["requested_s"], row["bytes"]) for row in table} for table in (before, after)]
    expect(drawn[0] == drawn[1], "other packages")
    same = [sorted(list(row.items()) for row in table if row["site"] in far) for table in (before, after)]
    expect(len(same[0]) > 5000 and same[0] == same[1], "other fates in the trees of PS2 and PS3")
    expect(sum(float(row["despool_retry_wait_s"]) > 0 for row in before if row["site"] in far) > 100, "the delays show")


run_all("luck", dict(globals()))
