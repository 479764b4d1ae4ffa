"""What tests of the command line share: they run the program as a user would and print TAP."""
import csv
import json
import os
import subprocess
import sys
import tempfile

DISTSIM = os.environ.get("DISTSIM", "build/distsim")
SCALE = float(os.environ.get("DISTSIM_TEST_SCALE", "1"))
SCRATCH = tempfile.TemporaryDirectory(prefix="distsim-test-")


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


def distsim(*arguments, codes=(0,)):
    done = subprocess.run([DISTSIM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    expect(done.returncode in codes, arguments, "ended with", done.returncode, done.stdout, done.stderr)
    return done


def refuse(*arguments, said):
    done = distsim(*arguments, codes=(2,))
    expect(said in done.stderr, "said:", done.stderr, "wanted:", said)


def rows(directory, table):
    with open(os.path.join(path(directory), table), newline="") as f:
        return list(csv.DictReader(f))


def text(directory, name):
    with open(os.path.join(path(directory), name)) as f:
        return f.read()


def simulated(directory):
    return json.loads(text(directory, "run.json"))["runs_simulated"]


# One package of 100 MB over a link of 12.5 MB/s: 8 s. Nothing else takes time but what a test gives it.
CERTAIN = {
    "name": "certain",
    "start": "2026-03-09T08:00:00",
    "until": "1 h",
    "defaults": {
        "site": {
            "interface": "unlimited",
            "notification_delay": "0 s",
            "replication_lag": "0 s",
            "distribution_manager": {
                "snapshot_rate": "unlimited", "compress_rate": "unlimited", "dp_thread_time": "0 s", "metadata_time": "0 s",
            },
            "scheduler": {"scheduler_delay": "0 s"},
            "status_manager": {"status_time": "0 s"},
        },
        "distribution_point": {"interface": "unlimited"},
    },
    "locations": [
        {"name": "hq"},
        {"name": "branch", "parent": "hq", "up": "100 Mbit/s", "down": "100 Mbit/s", "latency": "0 ms"},
    ],
    "sites": [{"code": "PS1", "type": "primary", "location": "hq"}],
    "distribution_points": [{"name": "BRANCH", "site": "PS1", "location": "branch"}],
    "packages": [
        {"id": "PS100001", "source_site": "PS1", "content": [{"files": "application", "size": "100 MB"}]}
    ],
    "actions": [{"at": "0 s", "do": "distribute", "package": "PS100001", "to": "BRANCH"}],
    "objectives": [{"name": "in 30 s", "by": "30 s"}],
}


def run_tests(suite, of):
    """Runs all that is named test_... in the dictionary, in its order."""
    tests = [(name[5:].replace("_", "-"), test) for name, test in list(of.items()) if name.startswith("test_")]
    print(f"1..{len(tests)}")
    failed = False
    for number, (name, test) in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} /{suite}/{name}", flush=True)
        except (Wrong, subprocess.TimeoutExpired, OSError, ValueError, LookupError, StopIteration) as error:
            failed = True
            print("\n".join("# " + line for line in str(error).splitlines()[:20] or [repr(error)]))
            print(f"not ok {number} /{suite}/{name}", flush=True)
    sys.exit(failed)
