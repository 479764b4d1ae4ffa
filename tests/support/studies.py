"""What tests of studies share: a scenario whose answer is known, and the program as a user starts it."""
import csv
import json
import os
import subprocess
import sys
import tempfile

DISTSIM = os.environ.get("DISTSIM", "build/distsim")
SCRATCH = tempfile.TemporaryDirectory(prefix="distsim-study-")

# One package of 50 to 150 MB, equally likely, over a link of 12.5 MB/s, and nothing else takes time: 4 to 12 s, 8 s in the
# mean, with a standard deviation of 8 / sqrt(12) s.
UNIFORM = {
    "name": "uniform",
    "start": "2026-03-09T08:00:00",
    "until": "1 h",
    "defaults": {
        "site": {
            "notification_delay": "0 s",
            "replication_lag": "0 s",
            "distribution_manager": {
                "snapshot_rate": "unlimited", "compress_rate": "unlimited", "dp_thread_time": "0 s", "metadata_time": "0 s",
            },
            "scheduler": {"scheduler_delay": "0 s"},
            "status_manager": {"status_time": "0 s"},
        }
    },
    "locations": [
        {"name": "hq"},
        {"name": "branch", "parent": "hq", "up": "100 Mbit/s", "down": "100 Mbit/s", "latency": "0 ms"},
    ],
    "sites": [{"code": "PS1", "type": "primary", "location": "hq"}],
    "distribution_points": [{"name": "BRANCH", "site": "PS1", "location": "branch"}],
    "packages": [
        {"id": "PS100001", "source_site": "PS1",
         "content": [{"files": "application", "size": {"uniform": {"min": "50 MB", "max": "150 MB"}}}]}
    ],
    "actions": [{"at": "0 s", "do": "distribute", "package": "PS100001", "to": "BRANCH"}],
    "objectives": [{"name": "in 9 s", "by": "9 s"}],
}
# Nothing of it is left to chance: 8 s.
CERTAIN = dict(
    UNIFORM, name="certain", objectives=[{"name": "in 30 s", "by": "30 s"}],
    packages=[{"id": "PS100001", "source_site": "PS1", "content": [{"files": "application", "size": "100 MB"}]}])
RATE = "locations.branch.down"
TABLES = ("runs.csv", "estimates.csv", "comparisons.csv", "comparison.md", "summary.json")


class Wrong(Exception):
    pass


def expect(true, *said):
    if not true:
        raise Wrong(" ".join(str(s) for s in said))


def path(name):
    return os.path.join(SCRATCH.name, name)


def write(name, scenario):
    with open(path(name), "w") as f:
        json.dump(scenario, f)
    return path(name)


def distsim(*arguments, code=0):
    done = subprocess.run([DISTSIM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    expect(done.returncode == code, arguments, "ended with", done.returncode, done.stderr, done.stdout)
    return done


def rows(directory, table="runs.csv"):
    with open(os.path.join(path(directory), table), newline="") as f:
        return list(csv.DictReader(f))


def signalled(process, number):
    """Sends a signal. Early in a thread's life gcc 12's thread sanitizer loses one now and then: what it keeps of signals is made
    twice when one comes meanwhile. So under sanitizers it is sent again; the program takes all of a second for one wish."""
    process.send_signal(number)
    for _ in range(3 if "DISTSIM_TEST_SCALE" in os.environ else 0):
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            process.send_signal(number)


def text(directory, name):
    with open(os.path.join(path(directory), name)) as f:
        return f.read()


def simulated(directory):
    return json.loads(text(directory, "run.json"))["runs_simulated"]


def refuse(code, *arguments, said):
    done = distsim(*arguments, code=code)
    expect(said in done.stderr, "said:", done.stderr, "wanted:", said)
    return done


def run_all(group, names):
    """Runs the functions of a module whose names begin with test_, in order, and prints TAP."""
    tests = [(name[5:].replace("_", "-"), test) for name, test in names.items() if name.startswith("test_")]
    print(f"1..{len(tests)}")
    failed = False
    for number, (name, test) in enumerate(tests, 1):
        try:
            why = test()  # a text: why it was skipped
            print(f"ok {number} /{group}/{name}" + (f" # SKIP {why}" if why else ""), flush=True)
        except (Wrong, subprocess.TimeoutExpired, OSError, ValueError, LookupError, StopIteration) as error:
            failed = True
            print("\n".join("# " + line for line in str(error).splitlines()[:60] or [repr(error)]))
            print(f"not ok {number} /{group}/{name}", flush=True)
    sys.exit(failed)
