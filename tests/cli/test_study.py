#!/usr/bin/env python3
"""Studies as a user makes them: replications, comparisons, what is kept and continued, what is refused."""
import contextlib
import json
import math
import os
import re
import signal
import sqlite3
import statistics
import subprocess
import sys

sys.path.insert(0, "tests/support")
from studies import (DISTSIM, RATE, SCRATCH, TABLES, UNIFORM, distsim, expect, path, refuse, rows, run_all, signalled, simulated, text,
                     write)

T_975_9 = 2.262157  # Student's t, 9 degrees of freedom

# The same without chance: 100 MB, 8 s.
CERTAIN = dict(UNIFORM, packages=[dict(UNIFORM["packages"][0], content=[{"files": "application", "size": "100 MB"}])])


def test_replications_give_the_t_interval():
    distsim("run", uniform, "-n", "10", "--out", path("ten"), code=3 if share_met("ten", uniform) < 0.5 else 0)
    values = [float(row["delivery_mean"]) for row in rows("ten", "runs.csv")]
    estimate = next(row for row in rows("ten", "estimates.csv") if row["metric"] == "delivery_mean")
    half = T_975_9 * statistics.stdev(values) / math.sqrt(10)
    expect(len(values) == 10 and len(set(values)) == 10 and all(4 <= v <= 12 for v in values), values)
    for name, wanted in (("mean", statistics.fmean(values)), ("mean_low", statistics.fmean(values) - half),
                         ("mean_high", statistics.fmean(values) + half), ("sd", statistics.stdev(values)),
                         ("min", min(values)), ("max", max(values)), ("p50", statistics.median(values)),
                         # the exact interval of the median of 10 reaches from the 2nd to the 9th value
                         ("p50_low", sorted(values)[1]), ("p50_high", sorted(values)[8])):
        expect(math.isclose(float(estimate[name]), wanted, rel_tol=1e-6), name, estimate[name], wanted)
    expect(estimate["p95_low"] == "" and estimate["p95_high"] == "", "59 values are needed for the 95th percentile")


def share_met(directory, scenario, objective="in 9 s"):
    """An objective that most runs miss decides the exit code; whether they do is chance."""
    subprocess.run([DISTSIM, "run", scenario, "-n", "10", "-q", "--out", path(directory + ".met")], timeout=90)
    return float(next(r["mean"] for r in rows(directory + ".met", "estimates.csv") if r["metric"] == "met:" + objective))


def test_what_cannot_be_is_in_no_interval():
    """Two runs say little: Student's t of one degree of freedom, 12.7062 standard errors, reaches below nothing, and a moment's
    before the first request. A margin may be that early, or late."""
    late = dict(UNIFORM, actions=[dict(UNIFORM["actions"][0], at="5 s")], objectives=[{"name": "soon", "by": "14 s"}])
    for seed in range(1, 20):
        distsim("run", write("two.json", late), "-n", "2", "-q", "--set", f"seed={seed}", "--out", path(f"two{seed}"), "--metric",
                "delivery_mean", "--metric", "last_on_dp", "--metric", "margin:soon")
        x, y = (float(row["delivery_mean"]) for row in rows(f"two{seed}"))
        mean, half = (x + y) / 2, 12.7062 * abs(x - y) / 2
        wide = half > mean
        estimates = {row["metric"]: row for row in rows(f"two{seed}", "estimates.csv")}
        for metric, low, high in (("delivery_mean", max(0, mean - half), mean + half),
                                  ("last_on_dp", max(5, 5 + mean - half), 5 + mean + half),
                                  ("margin:soon", 9 - mean - half, 9 - mean + half)):
            ours = estimates[metric]
            expect(math.isclose(float(ours["mean_low"]), low, rel_tol=1e-4, abs_tol=1e-4), metric, ours, low)
            expect(math.isclose(float(ours["mean_high"]), high, rel_tol=1e-4, abs_tol=1e-4), metric, ours, high)
        if wide:
            return
    expect(False, "none of these was so uncertain")


def test_share_of_runs_that_meet_an_objective():
    met = [float(row["delivery_mean"]) <= 9 for row in rows("ten", "runs.csv")]
    estimate = next(row for row in rows("ten", "estimates.csv") if row["metric"] == "met:in 9 s")
    z, n, s = 1.959964, 10, sum(met)
    half = z * math.sqrt(s * (n - s) / n + z * z / 4) / (n + z * z)
    middle = (s + z * z / 2) / (n + z * z)
    expect(math.isclose(float(estimate["mean"]), s / n), estimate)
    expect(math.isclose(float(estimate["mean_low"]), middle - half, rel_tol=1e-5), estimate)
    expect(math.isclose(float(estimate["mean_high"]), middle + half, rel_tol=1e-5), estimate)


def test_same_luck_in_every_variant():
    """At half the rate each run takes exactly twice its time: +100 % in every replication, without any doubt."""
    distsim("compare", uniform, "--vary", RATE + "=100 Mbit/s,50 Mbit/s", "-n", "10", "--out", path("half"))
    runs = rows("half", "runs.csv")
    for fast, slow in zip(runs[:10], runs[10:]):
        expect(fast["replication"] == slow["replication"], fast, slow)
        expect(math.isclose(2 * float(fast["delivery_mean"]), float(slow["delivery_mean"]), rel_tol=1e-9), fast, slow)
    ours = next(row for row in rows("half", "comparisons.csv") if row["metric"] == "delivery_mean")
    expect(ours["baseline"] == "down=100 Mbit/s" and ours["variant"] == "down=50 Mbit/s", ours)
    expect(ours["verdict"] == "worse", ours)
    for name in ("relative", "relative_low", "relative_high"):
        expect(math.isclose(float(ours[name]), 1, rel_tol=1e-6), name, ours)


def test_pairs_are_those_in_which_both_have_a_value():
    """Within 8 s come 100 MB at 12.5 MB/s, half of the runs, and 75 MB at 9.375 MB/s, a quarter of them; what has not come has
    no time of copying. Of the same size it takes a third more, in each pair: of other pairs it would not."""
    short = write("short.json", dict(UNIFORM, until="8 s", objectives=[]))
    distsim("compare", short, "--vary", RATE + "=100 Mbit/s,75 Mbit/s", "-n", "40", "-m", "wait:copying", "--no-plots", "--out",
            path("pairs"))
    said = distsim("compare", short, "--vary", RATE + "=100 Mbit/s,75 Mbit/s", "-n", "40", "-m", "wait:copying", "--no-plots", "--out",
                   path("pairs")).stdout
    values = [row["wait:copying"] for row in rows("pairs", "runs.csv")]
    pairs = [(float(x), float(y)) for x, y in zip(values[:40], values[40:]) if x and y]
    expect(2 < len(pairs) < sum(x != "" for x in values[:40]) < 40, len(pairs), values)
    ours = next(row for row in rows("pairs", "comparisons.csv") if row["metric"] == "wait:copying")
    expect(math.isclose(float(ours["difference"]), statistics.fmean(y - x for x, y in pairs), rel_tol=1e-9), ours, pairs)
    for name in ("relative", "relative_low", "relative_high"):
        expect(math.isclose(float(ours[name]), 1 / 3, rel_tol=1e-6), name, ours)
    expect(ours["verdict"] == "worse", ours)
    # which is said: the means are of other runs than the difference
    expect(int(ours["n"]) == len(pairs) and f"({len(pairs)} pairs)" in text("pairs", "comparison.md"), ours, said)
    expect("in which both have a value" in said, said)
    expect(all(row["n"] == "40" for row in rows("pairs", "comparisons.csv") if row["metric"] == "delivery_mean"), "n of all")
    undefined = {row["label"]: int(row["undefined"]) for row in rows("pairs", "estimates.csv")}
    expect(list(undefined.values()) == [sum(not x for x in values[:40]), sum(not x for x in values[40:])], undefined)


def test_other_baseline_turns_the_verdict():
    distsim("compare", uniform, "--vary", RATE + "=100 Mbit/s,50 Mbit/s", "-n", "10", "--out", path("turned"), "--baseline",
            "down=50 Mbit/s", "--require", "delivery_mean=better")
    ours = next(row for row in rows("turned", "comparisons.csv") if row["metric"] == "delivery_mean")
    expect(ours["verdict"] == "better" and math.isclose(float(ours["relative"]), -0.5, rel_tol=1e-6), ours)


def printed(*arguments, code=0):
    """What the screen shows, with the lines of the table in cells."""
    text = distsim("compare", *arguments, code=code).stdout
    wide = [line for line in text.splitlines() if len(line) > 100]
    expect(not wide, "lines of more than 100 columns:", *wide)
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    expect(table and all(len(row) == len(table[0]) for row in table), "no Markdown table:", text)
    return text, table


def under(table, metric):
    """The rows of a metric."""
    at = [row[0].startswith(f"**{metric}**") for row in table].index(True)
    end = next((i for i in range(at + 1, len(table)) if table[i][0].startswith("**")), len(table))
    return table[at + 1:end]


def test_the_table_fits_the_screen_and_is_markdown():
    """100 MB over 12.5, 6.25 and 12.49 MB/s: 8 s, 16 s, and 6.4 ms more than 8 s, which a difference of milliseconds shows."""
    text, table = printed(certain, "--vary", RATE + "=100 Mbit/s,50 Mbit/s,99.92 Mbit/s", "--out", path("table"), "--no-plots")
    expect(table[0] == ["down", "value", "difference", "%", "verdict"], table[0])
    expect(set("".join(table[1])) == {"-"}, table[1])
    rows = under(table, "delivery_mean")
    expect([row[0] for row in rows] == ["100 Mbit/s", "50 Mbit/s", "99.92 Mbit/s"], rows)
    expect([row[1] for row in rows] == ["8.00 s", "16.00 s", "8.01 s"], rows)
    expect([row[3] for row in rows] == ["", "+100.0 %", "+0.1 %"] and rows[0][4] == "baseline", rows)
    # 8 and 16 s after 08:00 are within the same minute
    expect([row[1] for row in under(table, "last_on_dp")][:2] == ["Mon 9 Mar 08:00:08", "Mon 9 Mar 08:00:16"], table)
    expect([row[1] for row in under(table, "met:in 9 s")] == ["met", "missed", "met"], table)
    expect("bytes_resent" not in text and "delivery_p50" not in text and "**delivered**" not in text, text)
    expect(open(os.path.join(path("table"), "comparison.md")).read() in text, "comparison.md is what was printed")
    everything = {row["metric"] for row in rows_of_table("table")}
    expect({"delivery_p50", "delivered", "bytes_resent"} <= everything, everything)


def rows_of_table(directory):
    return rows(directory, "comparisons.csv")


def test_long_names_do_not_widen_the_table():
    """Two settings, and an objective with a long name: the labels stand above the table."""
    long = dict(CERTAIN, objectives=[{"name": "everything is where it has to be before anybody comes to work", "by": "9 s"}])
    text, table = printed(write("long.json", long), "--vary", RATE + "=100 Mbit/s,50 Mbit/s", "--vary",
                          "sites.PS1.distribution_manager.metadata_time=0 s,1 s", "--vary",
                          "sites.PS1.scheduler.scheduler_delay=0 s,1 s", "--out", path("long"), "--no-plots")
    expect("- point 3: down=100 Mbit/s, metadata_time=1 s, scheduler_delay=1 s" in text, text)
    expect([row[0] for row in under(table, "delivery_mean")] == list("01234567"), table)
    expect(under(table, "met:everything is where it has to be before anybody comes to work"), table)


def test_a_bar_in_a_name_is_none_of_the_table():
    bars = write("bars.json", dict(CERTAIN, objectives=[{"name": "a|b||c", "by": "9 s"}]))
    distsim("compare", bars, "--vary", RATE + "=100 Mbit/s,50 Mbit/s", "--out", path("bars"), "--no-plots")
    table = [line for line in text("bars", "comparison.md").splitlines() if line.startswith("|")]
    expect(any("met:a\\|b\\|\\|c" in line for line in table), table)
    expect({len(re.findall(r"(?<!\\)\|", line)) for line in table} == {6}, table)


def test_what_all_agree_on_takes_a_line():
    _, table = printed(certain, "--vary", "seed=1,2", "--out", path("agree"), "--no-plots")
    expect(["**delivery_mean**: 8.0 s, the same in all runs", "", "", "", ""] in table, table)


def test_objectives_have_intervals_in_their_own_unit():
    """Of 50 to 150 MB, uniform, what comes by 13 s: 97.5 MB fit through 60 Mbit/s, 130 MB through 80. The table says what
    comparisons.csv has, to the last digit that it gives."""
    named = "met:all on_dp by 13 s", "margin:all on_dp by 13 s"
    said, table = printed(uniform, "--vary", RATE + "=60 Mbit/s,80 Mbit/s", "-n", "40", "--out", path("objectives"), "-m", named[0], "-m",
                          named[1])
    found = {row["metric"]: row for row in rows_of_table("objectives")}
    for name, per, unit in (named[0], 100, " points"), (named[1], 1, " s"):
        cells, ours = under(table, name)[1], found[name]
        bounds = re.fullmatch(r"\(([-+][\d.]+)(?: s)? to ([-+][\d.]+)" + unit + r"\)", cells[3])
        expect(bounds, cells)
        for text_of, column in zip(bounds.groups(), ("difference_low", "difference_high")):
            digits = len(text_of.partition(".")[2])
            expect(abs(float(text_of) - per * float(ours[column])) <= 0.51 * 10 ** -digits, cells, ours)
        expect(cells[3].strip("()") in text("objectives", "plots/metrics.svg"), "not in the picture:", cells)
    expect(f"varied: `{RATE}`" in said and "40 runs each" in said and "95 % confidence" in said, said)
    expect(said.startswith(text("objectives", "comparison.md")), "what is pasted says what it is of")


def test_what_every_pair_agrees_on():
    """Metadata of another's package: runs differ from one another, and no pair does."""
    _, table = printed(uniform, "--vary", "sites.PS1.sender.max_concurrent_per_site=3,4", "-n", "20", "--out", path("alike"), "--no-plots")
    lines = [row[0] for row in table if row[0].startswith("**delivery_mean**")]
    expect(len(lines) == 1 and lines[0].endswith(", alike in every pair of runs: alike"), table)
    met, table = printed(uniform, "--vary", "sites.PS1.sender.max_concurrent_per_site=3,4", "-n", "20", "--out", path("alike"), "--no-plots",
                         "-m", "met:all on_dp by 9 s")
    expect([row[0] for row in table if row[0].endswith("alike in every pair of runs: no difference")], table)
    expect("No difference: none that can be told" in text("alike", "comparison.md"), met)


def test_a_long_setting_keeps_its_last_words():
    """A mean to the second, intervals, "no difference": 100 columns are not enough for all of the name."""
    said, table = printed(uniform, "--vary", "sites.PS1.sender.max_concurrent_per_site=3,4", "-n", "2", "--out", path("words"), "--no-plots")
    expect(table[0][0] in ("max_concurrent_per_site", "...concurrent_per_site", "...per_site"), table[0])
    expect("varied: `sites.PS1.sender.max_concurrent_per_site`" in said, said)


def test_more_late_is_worse():
    """An objective by 4 s: 8 s are 4 s late, 16 s are 12 s late: 8 s less of a margin, and 100 % of the time that it took."""
    late = dict(CERTAIN, objectives=[{"name": "soon", "by": "4 s"}])
    distsim("compare", write("late.json", late), "--vary", RATE + "=100 Mbit/s,50 Mbit/s", "--out", path("late"), "--no-plots")
    ours = next(row for row in rows("late", "comparisons.csv") if row["metric"] == "margin:soon")
    expect(ours["verdict"] == "worse" and math.isclose(float(ours["difference"]), -8), ours)
    expect(math.isclose(float(ours["relative"]), -1), ours)
    late = dict(UNIFORM, objectives=[{"name": "soon", "by": "1 s"}])
    distsim("compare", write("late2.json", late), "--vary", RATE + "=100 Mbit/s,50 Mbit/s", "-n", "5", "--out", path("late2"),
            "--no-plots")
    ours = next(row for row in rows("late2", "comparisons.csv") if row["metric"] == "margin:soon")
    expect(ours["verdict"] == "worse" and float(ours["relative_high"]) < 0, ours)
    expect(float(ours["relative_low"]) <= float(ours["relative"]) <= float(ours["relative_high"]), ours)


def test_requirement_decides_the_exit_code():
    done = distsim("compare", uniform, "--vary", RATE + "=100 Mbit/s,50 Mbit/s", "-n", "10", "--out", path("half"),
                   "--require", "delivery_mean=not-worse", code=3)
    expect("required delivery_mean=not-worse, but of down=50 Mbit/s it is: worse" in done.stderr, done.stderr)
    # Two packages of other luck differ by nobody knows how much: two runs do not show that one is not worse.
    done = distsim("compare", uniform, "--vary", "seed=1,2", "-n", "2", "--out", path("open"), "--no-plots", "--require",
                   "delivery_mean=not-worse", code=3)
    expect("more --replications or a larger --tolerance" in done.stderr, done.stderr)
    done = distsim("compare", uniform, "--vary", "seed=1,2", "-n", "1", "--out", path("single"), "--no-plots", "--require",
                   "delivery_mean=better", code=3)
    expect("says nothing where there is chance" in done.stdout and "no verdict" in done.stdout, done.stdout)
    distsim("compare", uniform, "--vary", RATE + "=100 Mbit/s,101 Mbit/s,200 Mbit/s", "-n", "20", "--out", path("faster"), "--no-plots",
            "--require", "delivery_mean=better", "--require", "met:in 9 s=not-worse")


def test_moments_of_other_starts():
    """The same a day later: the last one comes 8 s after its start, on another day."""
    later = write("later.json", dict(CERTAIN, name="later", start="2026-03-10T08:00:00"))
    _, table = printed(certain, later, "--out", path("later"), "--no-plots")
    expect(["**last_on_dp**: 8.0 s after its start, the same in all runs", "", "", "", ""] in table, table)
    expect(simulated("half") == 0, "all runs were there")


def test_pictures_of_other_starts():
    """The same, but a day and half an hour later: alike since their starts, and one objective is due half an hour sooner."""
    with open("scenarios/tutorial/03_a_long_link.json") as f:
        first = json.load(f)
    first.pop("comment", None)
    first["start"] = "2026-03-09T20:00:00"
    first["objectives"] = [{"name": "soon", "by": "100 s"}, {"name": "before work", "by": "20:50"}]
    files = write("first.json", first), write("second.json", dict(first, start="2026-03-10T20:30:00"))
    distsim("compare", *files, "-q", "--out", path("starts"))
    for name in ("timelines", "deliveries"):
        drawn = text("starts", f"plots/{name}.svg")
        expect("time since the start of each scenario" in drawn and "local time" not in drawn, name, drawn[:3000])
        expect("9 Mar" not in drawn and "10 Mar" not in drawn and "20:0" not in drawn, "the clock of one of them in", name)
        expect(re.search(r">10 s<|>20 s<|>30 s<|>1 min<", drawn), "no ticks of time passed in", name)
    drawn = text("starts", "plots/deliveries.svg")
    within = re.findall(r"(first|second)[^<]*: 95 % within ([^<]*), all within ([^<]*)<", drawn)
    expect([name for name, *_ in within] == ["first", "second"] and within[0][1:] == within[1][1:], within)
    expect("1  soon: 100 % by 1 min 40 s after the start, " in drawn, drawn[:4000])
    expect("2  before work, of first: 100 % by 50 min after the start, met" in drawn, drawn[:4000])
    expect("3  before work, of second: 100 % by 20 min after the start, met" in drawn, drawn[:4000])


def test_curves_are_steps():
    """A package in each of 20 runs: half of them have all of it, or not yet, from the 10th of their times on. No run ever has half
    of it, nor does anything come between two deliveries."""
    distsim("compare", uniform, "--vary", RATE + "=100 Mbit/s,50 Mbit/s", "-n", "20", "-q", "--out", path("steps"))
    drawn = text("steps", "plots/deliveries.svg")
    tenth = [sorted(float(row["delivery_mean"]) for row in rows("steps") if row["point"] == point)[9] for point in "01"]
    said = re.findall(r"95 % by Mon 9 Mar 08:00:(\d\d), all by Mon 9 Mar 08:00:(\d\d)<", drawn)
    expect(said == [(f"{t:02.0f}", f"{t:02.0f}") for t in tenth], said, tenth)
    curves = re.findall(r'stroke-width="2.20"[^>]*>\s*<path[^>]* d=\'([^\']*)\'', drawn)
    curves = [[tuple(map(float, xy.split(","))) for xy in re.findall(r"[-.\d]+,[-.\d]+", curve)] for curve in curves]
    curves = [curve[2:] for curve in curves if len(curve) > 2]  # behind the line of the key
    expect(len(curves) == 2 and all(len({y for _, y in curve}) == 2 for curve in curves), curves)
    bands = [[tuple(map(float, xy.split(","))) for xy in band.split()]
             for band in re.findall(r"fill-opacity = '0.15[^>]* points = '([^']*)'", drawn)]
    expect(bands, "no bands")
    for band in bands:
        expect(all(abs(a[0] - b[0]) < 0.05 or abs(a[1] - b[1]) < 0.05 for a, b in zip(band, band[1:])), band)


def test_files_are_compared_too():
    slow = dict(UNIFORM, locations=[UNIFORM["locations"][0], dict(UNIFORM["locations"][1], down="50 Mbit/s")])
    distsim("compare", uniform, write("slow.json", slow), "-n", "10", "--out", path("files"))
    ours = next(row for row in rows("files", "comparisons.csv") if row["metric"] == "delivery_mean")
    expect(ours["baseline"] == "uniform" and ours["variant"] == "slow" and ours["verdict"] == "worse", ours)


def test_deadlines_have_a_point_where_the_curves_are_about_them():
    """A share of one package's deliveries is no point on a scale of all. All times of the key are as exact."""
    package = UNIFORM["packages"][0]
    two = dict(UNIFORM, packages=[dict(package, content=[{"files": "application", "size": "100 MB"}]),
                                  dict(package, id="PS100002", content=[{"files": "other", "size": "650 MB"}])],
               actions=[{"at": "0 s", "do": "distribute", "package": "*", "to": "BRANCH"}])
    for name, objective, points in (("of all", {}, 1), ("of one", {"package": "PS100002"}, 0)):
        scenario = write("deadline.json", dict(two, objectives=[dict({"name": name, "by": "70 s"}, **objective)]))
        distsim("compare", scenario, "--vary", RATE + "=100 Mbit/s,90 Mbit/s", "--out", path("deadline " + name), "-q")
        picture = text("deadline " + name, "plots/deliveries.svg")
        dots = len(re.findall(r"<use [^>]*#gpPt6'[^>]*/>", picture))
        expect(dots == points, name, dots)
        expect(f"1  {name}: 100 % by" in picture, picture[:3000])
        # 750 MB at 12.5 and 11.25 MB/s: 60 and 66.7 s
        expect("all by Mon 9 Mar 08:01:00<" in picture and "all by Mon 9 Mar 08:01:07<" in picture, picture[-3000:])


def test_files_with_different_objectives():
    """Nobody has named any: what both have is compared, and what is left out is said; what is named all must have."""
    other = dict(UNIFORM, objectives=[{"name": "soon", "by": "12 s"}, {"name": "in a minute", "by": "1 min"}])
    both = dict(UNIFORM, objectives=[*UNIFORM["objectives"], {"name": "soon", "by": "10 s"}])
    files = write("both.json", both), write("other.json", other)
    done = distsim("compare", *files, "-n", "3", "--out", path("objectives"))
    expect('left out, since not all scenarios have it: objective "in 9 s", "in a minute"' in done.stderr, done.stderr)
    found = {row["metric"] for row in rows("objectives", "comparisons.csv")}
    expect({"met:soon", "margin:soon", "delivery_mean"} <= found, found)
    expect(not [metric for metric in found if "9 s" in metric or "minute" in metric], found)
    drawn = text("objectives", "plots/deliveries.svg")
    expect("soon" in drawn and "in 9 s" not in drawn, "a deadline is drawn that one of them does not have")
    refuse(2, "compare", *files, "-m", "met:in 9 s", "--out", path("objectives"),
           said='other: no objective "in 9 s" in the scenario')


def test_a_metric_that_is_named_is_shown_once():
    """Nothing is sent to another site here; named twice it is a column once."""
    done = distsim("run", uniform, "-n", "2", "-m", "bytes_sent", "-m", "bytes_sent", "--out", path("nothing"))
    shown = [[cell.strip() for cell in line.split("|")] for line in done.stdout.splitlines() if line.startswith("| bytes")]
    expect(len(shown) == 1 and "0 B" in shown[0], done.stdout)
    expect(list(rows("nothing", "runs.csv")[0]) == ["point", "label", "replication", "bytes_sent"], rows("nothing", "runs.csv"))
    done = distsim("sweep", uniform, "--vary", "seed=1,2", "-n", "2", "-m", "bytes_sent", "--out", path("nothing2"))
    expect("| bytes_sent" in done.stdout, done.stdout)


def test_number_of_workers_changes_no_byte():
    for workers in ("1", "5"):
        distsim("compare", uniform, "--vary", RATE + "=80 Mbit/s,50 Mbit/s,20 Mbit/s", "-n", "8", "-j", workers, "--out",
                path("workers" + workers))
    for table in TABLES + ("plots/metrics.svg", "plots/deliveries.svg"):
        expect(text("workers1", table) == text("workers5", table), table, "differs")


def test_more_replications_later_add_what_is_missing():
    distsim("compare", uniform, "--vary", RATE + "=80 Mbit/s,50 Mbit/s", "-n", "4", "--out", path("more"))
    few = text("more", "runs.csv").splitlines()
    distsim("compare", uniform, "--vary", RATE + "=80 Mbit/s,50 Mbit/s", "-n", "7", "--out", path("more"))
    expect(simulated("more") == 6, simulated("more"))
    expect(text("more", "runs.csv").splitlines()[:5] == few[:5], "the first ones have changed")


def test_another_metric_later_costs_no_run():
    """All that is measured of all deliveries is kept, whatever was asked for; what is about some of them, when it is named."""
    for metrics in (["delivery_mean"], ["delivery_p95", "wait:copying", "warm_up", "met:in 9 s", "margin:in 9 s"]):
        wanted = [word for metric in metrics for word in ("-m", metric)]
        distsim("compare", uniform, "--vary", RATE + "=80 Mbit/s,50 Mbit/s", "-n", "4", "--no-plots", "--out", path("kept"), *wanted)
        distsim("compare", uniform, "--vary", RATE + "=80 Mbit/s,50 Mbit/s", "-n", "4", "--no-plots", "--out", path("anew"),
                "--store", path("anew" + metrics[0]), *wanted)
        expect(simulated("kept") == (8 if metrics == ["delivery_mean"] else 0), metrics, simulated("kept"))
        expect(text("kept", "runs.csv") == text("anew", "runs.csv"), "differs from what is measured at once")
        expect(list(rows("kept", "runs.csv")[0])[-len(metrics):] == metrics, "is measured besides what was named")
    distsim("compare", uniform, "--vary", RATE + "=80 Mbit/s,50 Mbit/s", "-n", "4", "--no-plots", "--out", path("kept"), "-m",
            "delivery_mean[dp=BRANCH]")
    expect(simulated("kept") == 8, simulated("kept"))


def test_an_objective_may_be_called_anything():
    called = dict(UNIFORM, objectives=[{"name": "all: of [site=PS2]", "by": "9 s"}, {"name": "[x]", "by": "9 s"}])
    distsim("compare", write("called.json", called), "--vary", "seed=1,2", "-n", "2", "--no-plots", "--out", path("called"), "-m",
            "met:all: of [site=PS2]", "-m", "margin:[x]")
    ours = rows("called", "runs.csv")[0]
    expect(float(ours["met:all: of [site=PS2]"]) == (float(ours["margin:[x]"]) >= 0), ours)


def test_precision_decides_how_often():
    """The mean of 8 s within 10 %, that is half a width of 0.1 / 1.1 of it: some (2 x 2.31 / 0.727)^2 = 40 runs."""
    distsim("run", uniform, "--precision", "10%", "--metric", "delivery_mean", "--out", path("precise"))
    estimate = rows("precise", "estimates.csv")[0]
    half = (float(estimate["mean_high"]) - float(estimate["mean_low"])) / 2
    expect(half <= 0.1 / 1.1 * float(estimate["mean"]), estimate)
    expect(20 <= int(estimate["n"]) <= 80, estimate)


def test_precision_takes_ten_runs_and_five_more_that_agree():
    """8 s within 90 % in any two runs; what is asked for is looked at from the tenth on, and must hold for five more."""
    done = distsim("run", uniform, "--precision", "90%", "-m", "delivery_mean", "--out", path("loose"))
    expect(rows("loose", "estimates.csv")[0]["n"] == "15" and simulated("loose") == 15, rows("loose", "estimates.csv"))
    expect("after 15 replications: delivery_mean." in done.stdout, done.stdout)


def test_precision_that_is_not_reached():
    """A thousandth of the mean takes (1.96 x 2.31 / 0.008)^2, 320,000 runs."""
    done = distsim("run", uniform, "--precision", "0.1%", "--most", "15", "-m", "delivery_mean", "--out", path("hopeless"), code=3)
    expect("15 replications are not enough for 0.1 %: delivery_mean needs most" in done.stdout, done.stdout)
    expect(rows("hopeless", "estimates.csv")[0]["n"] == "15", "what there is was not written")
    # Fewer could not be enough for anything: ten, and five more.
    refuse(2, "run", uniform, "--precision", "90%", "--most", "14", "--out", path("few"), said="--most: write a whole number from 15 on")


def test_precision_is_about_times_of_deliveries():
    """8.5 s less the 4 to 12 s that it takes is near 0 in the mean: a fifth of that would take thousands of runs."""
    even = write("even.json", dict(UNIFORM, objectives=[{"name": "even", "by": "8.5 s"}]))
    done = distsim("run", even, "--precision", "20%", "-s", "seed=3", "--out", path("even"))
    expect("delivery_mean, delivery_p50, delivery_p95, last_on_dp." in done.stdout, done.stdout)
    estimates = {row["metric"]: row for row in rows("even", "estimates.csv")}
    margin = estimates["margin:even"]
    expect(float(margin["mean_high"]) - float(margin["mean"]) > 0.2 * abs(float(margin["mean"])), margin)
    expect(margin["n"] == estimates["delivery_mean"]["n"], "the others are measured too")


def test_an_objective_that_most_runs_miss():
    """50 to 150 MB at 12.5 MB/s: none is there within 3.9 s, all are within 12.1 s; within 6 s a quarter of them is."""
    for seconds, code in (("3.9 s", 3), ("6 s", 3), ("12.1 s", 0)):
        scenario = write("missed.json", dict(UNIFORM, objectives=[{"name": "soon", "by": seconds}]))
        distsim("run", scenario, "-n", "40", "-q", "--out", path("missed " + seconds), code=code)


def test_quantiles_of_runs():
    """95 % of the way from the first of 21 values to the last is the 20th, half of it the 11th."""
    distsim("run", uniform, "-n", "21", "-q", "-m", "delivery_mean", "--out", path("quantiles"))
    values = sorted(float(row["delivery_mean"]) for row in rows("quantiles", "runs.csv"))
    estimate = rows("quantiles", "estimates.csv")[0]
    expect(math.isclose(float(estimate["p95"]), values[19], rel_tol=1e-9), estimate, values)
    expect(math.isclose(float(estimate["p50"]), values[10], rel_tol=1e-9), estimate, values)


def test_what_can_be_relied_on():
    """Of a time, what 95 % of the runs do not exceed; of a margin what 95 % have at least, which of 9 s less that time is 9 s less
    what 95 % do not exceed. 59 runs are needed to be sure of either."""
    nine = write("nine.json", dict(UNIFORM, objectives=[{"name": "nine", "by": "9 s"}]))
    code = 0 if share_met("sure", nine, "nine") >= 0.5 else 3
    done = distsim("run", nine, "-n", "60", "--out", path("sure"), code=code)
    times, margins = ({row["metric"]: row for row in rows("sure", "estimates.csv")}[m] for m in ("delivery_mean", "margin:nine"))
    for time, margin in (("p95", "p5"), ("p95_low", "p5_high"), ("p95_high", "p5_low"), ("p5", "p95"), ("p5_low", "p95_high")):
        expect(math.isclose(float(margins[margin]), 9 - float(times[time]), abs_tol=1e-9), time, times, margins)
    values = sorted(float(row["delivery_mean"]) for row in rows("sure"))
    expect(values[54] < float(times["p95"]) <= values[57] <= float(times["p95_high"]) <= values[59], times, values)
    words = {}
    for line in done.stdout.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4:
            metric = cells[0] or metric
            words.setdefault(metric, {})[cells[1]] = cells[2]
    expect("95 % have at least" in words["margin:nine"] and "95 % within" not in words["margin:nine"], done.stdout)
    expect("95 % within" in words["delivery_mean"] and "95 % have at least" not in words["delivery_mean"], done.stdout)
    expect(words["margin:nine"]["95 % have at least"].startswith("-"), "a twentieth of the runs takes 11.6 s or more:", done.stdout)


def test_precision_of_a_moment_counts_from_the_request():
    """The same time later: of the moment since the start less would do."""
    for at in ("0 s", "40 min"):
        later = dict(UNIFORM, actions=[dict(UNIFORM["actions"][0], at=at)])
        distsim("run", write("later.json", later), "--precision", "10%", "-m", "last_on_dp", "--out", path("at " + at))
    n = [len(rows("at " + at)) for at in ("0 s", "40 min")]
    expect(n[0] == n[1] > 10, n)


def test_without_chance_one_run_is_enough():
    done = distsim("run", certain, "-n", "20", "--out", path("certain"))
    expect("nothing in uniform is left to chance" in done.stderr, done.stderr)
    expect([float(r["delivery_mean"]) for r in rows("certain", "runs.csv")] == [8.0], rows("certain", "runs.csv"))
    # what is certain is no estimate
    expect("interval" not in done.stdout and "too few" not in done.stdout and "20.65" not in done.stdout, done.stdout)
    expect(["met:in 9 s", "met"] in [[cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines()],
           done.stdout)
    met = next(row for row in rows("certain", "estimates.csv") if row["metric"] == "met:in 9 s")
    expect(met["mean"] == "1" and met["mean_low"] == met["mean_high"] == "", met)


def test_what_cannot_be_measured_is_an_error():
    """It takes 1 h; nothing is requested after the beginning."""
    out = ("-n", "2", "--out", path("unmeasured"))
    refuse(2, "run", uniform, *out, "-m", "delivery_mean[warm-up=1 h]", said="leaves nothing: the run ends after 1 h")
    refuse(2, "run", uniform, *out, "-m", "delivery_mean[package=]", said="write a name")
    refuse(2, "run", uniform, *out, "-m", "delivery_mean[warm-up=59 min]", said="could not be measured in any run")
    expect(not os.path.exists(path("unmeasured")), "an empty result")
    done = distsim("run", uniform, *out, "-m", "delivery_mean[warm-up=59 min]", "-m", "delivery_mean")
    expect("delivery_mean[warm-up=59 min] is without 2 of 2 runs" in done.stdout, done.stdout)


def many(directory, *more):
    return [DISTSIM, "run", uniform, "-n", "3000", "-j", "2", "--progress", "json", "--out", path(directory), *more]


def begun(directory):
    """A study that has made a few of its 3,000 runs."""
    study = subprocess.Popen(many(directory), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             text=True)
    line = json.loads(study.stderr.readline())
    expect(line["runs"] == 3000 or directory in os.listdir(SCRATCH.name), line)
    expect(set(line) == {"runs", "done", "running", "left", "elapsed_s", "runs_per_s", "left_s"}, line)
    return study


def test_killed_it_goes_on_where_it_was():
    study = begun("killed")
    study.kill()
    study.communicate()
    expect(not os.path.exists(path("killed")), "results of half a study")
    with contextlib.closing(sqlite3.connect(path("killed.study"))) as store:
        kept = store.execute("SELECT count(*) FROM runs").fetchone()[0]
        expect(store.execute("PRAGMA integrity_check").fetchone()[0] == "ok", "damaged")
    expect(0 < kept < 3000, kept)
    subprocess.run(many("killed"), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=90)
    expect(simulated("killed") == 3000 - kept, simulated("killed"), kept)
    subprocess.run(many("whole"), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=90)
    expect(text("killed", "runs.csv") == text("whole", "runs.csv"), "differs from a study that nobody killed")


def test_interrupted_it_keeps_what_is_done():
    study = begun("interrupted")
    signalled(study, signal.SIGINT)
    said = study.communicate()[1]
    expect(study.returncode == 130 and "the same command goes on from there" in said, study.returncode, said[-500:])
    expect(not os.path.exists(path("interrupted")), "results of half a study")


def test_results_of_another_scenario_are_not_mixed():
    distsim("compare", uniform, "--vary", "seed=1,2", "-n", "2", "--out", path("mixed"))
    before = text("mixed", "runs.csv")
    other = write("uniform2.json", dict(UNIFORM, until="2 h"))
    refuse(2, "compare", other, "--vary", "seed=1,2", "-n", "2", "--out", path("mixed"),
           said='its file or a --set has changed since (until is "3600 s" there, "7200 s" here); give another --out')
    refuse(2, "compare", uniform, "--vary", "seed=1,2", "--out", path("mixed"),
           "--set", "objectives.0.by=8 s", said="(objectives.0.by is ")
    expect(text("mixed", "runs.csv") == before, "results were touched")


def test_a_store_of_another_version_is_refused():
    distsim("compare", uniform, "--vary", "seed=1,2", "-n", "2", "--out", path("version"))
    with contextlib.closing(sqlite3.connect(path("version.study"), isolation_level=None)) as store:
        store.execute("UPDATE provenance SET value = '0.0.1' WHERE key = 'program_version'")
    refuse(2, "compare", uniform, "--vary", "seed=1,2", "-n", "2", "--out", path("version"), said="was made by distsim 0.0.1")


def test_what_is_no_store_is_left_alone():
    with open(path("mine.study"), "w") as f:
        f.write("my diary\n" * 1000)
    refuse(2, "compare", uniform, "--vary", "seed=1,2", "--out", path("mine"), said="is not the store of a study")
    with open(path("mine.study")) as f:
        expect(f.read() == "my diary\n" * 1000, "touched")
    with contextlib.closing(sqlite3.connect(path("other.study"), isolation_level=None)) as store:
        store.execute("CREATE TABLE diary (day TEXT)")
    refuse(2, "compare", uniform, "--vary", "seed=1,2", "--out", path("other"), said="is not the store of a study")


def test_two_writers():
    distsim("compare", uniform, "--vary", "seed=1,2", "-n", "2", "--out", path("busy"))
    store = sqlite3.connect(path("busy.study"), isolation_level=None)
    store.execute("BEGIN IMMEDIATE")
    refuse(1, "compare", uniform, "--vary", "seed=1,2", "-n", "3", "--out", path("busy"), said="another distsim is at work")
    store.execute("ROLLBACK")
    store.close()
    distsim("compare", uniform, "--vary", "seed=1,2", "-n", "3", "--out", path("busy"))


def test_options_as_people_write_them():
    out = ("--out", path("written"))
    distsim("run", uniform, "-qn3", "-j2", "--metrics", "delivery_mean", "--no-plots", "-o" + path("written"))
    expect(len(rows("written")) == 3 and json.loads(text("written", "run.json"))["workers"] == 2, rows("written"))
    distsim("run", "-q", "-sseed=2", "-n", "2", *out, "--store", path("written2"), "--metric", "delivery_mean", "--", uniform)
    expect(json.loads(text("written", "summary.json"))["points"][0]["seed"] == 2, text("written", "summary.json"))
    refuse(2, "run", uniform, "-n", "-3", *out, said="whole number from 1")
    refuse(2, "run", uniform, "-nx", *out, said="Cannot parse integer value")
    refuse(2, "run", uniform, "-n2", "--metrics", "delivery_mean,delivery_p95", *out, said="name each with a --metric of its own")
    for command, default in (("run -n1", "10"), ("compare", "20"), ("sweep", "20"), ("sensitivity", "1"), ("plan", "as many as it takes")):
        expect(f"({default})" in next(line for line in distsim(*command.split(), "--help").stdout.splitlines() if "replications=N" in line),
               command)
    refuse(2, "plan", uniform, "-n", "0", *out, said="whole number from 1")


def test_wrong_usage_is_refused_with_what_to_write():
    out = ("--out", path("refused"))
    refuse(2, "compare", uniform, *out, "--vary", "seed=1,2", "-m", "delivery_maen", said='did you mean "delivery_mean"')
    refuse(2, "compare", uniform, *out, "--vary", "seed=1,2", "-m", "met:in 8 s", said='did you mean "in 9 s"')
    refuse(2, "compare", uniform, *out, "--vary", "seed=1,2", "-m", "delivery_mean[site=PS2]", said="no such site")
    refuse(2, "compare", uniform, *out, "--vary", "seed=1,2", "-m", "delivery_mean[city=PS2]", said="write site, dp or package")
    refuse(2, "compare", uniform, *out, "--vary", "seed", said="write for example")
    refuse(2, "compare", uniform, *out, "--vary", "seed=1,,2", said="a value is missing")
    refuse(2, "compare", uniform, *out, "--vary", "seed=1,1", said="has the value 1 twice")
    refuse(2, "compare", uniform, *out, "--vary", "sites.PS1.sender.max_concurent_per_site=1,2", said="max_concurrent_per_site")
    refuse(2, "compare", uniform, *out, "--vary", RATE + "=1 Mbit/s,1 Mbyte", said="1 Mbyte")
    refuse(2, "compare", uniform, *out, said="nothing to compare with")
    refuse(2, "compare", uniform, *out, "--vary", "seed=1,2", "--require", "delivery_mean", said="METRIC=better")
    refuse(2, "compare", uniform, *out, "--vary", "seed=1,2", "--require", "wait:copying=better", said="is not measured")
    refuse(2, "compare", uniform, *out, "--vary", "seed=1,2", "--baseline", "seed=3", said='there is no "seed=3"')
    refuse(2, "compare", uniform, *out, "--vary", "seed=1,2", "--tolerance", "1", said="has no unit")
    refuse(2, "compare", uniform, *out, "--vary", "seed=1,2", "-n", "0", said="whole number from 1")
    refuse(2, "run", uniform, *out, "--precision", "2", said="has no unit")
    refuse(2, "run", path("nowhere.json"), *out, "-n", "2", said="nowhere.json")
    expect(not [name for name in os.listdir(SCRATCH.name) if "refused" in name], "wrong usage has left something")


uniform = write("uniform.json", UNIFORM)
certain = write("certain.json", CERTAIN)
run_all("study", dict(globals()))
