#!/usr/bin/env python3
"""What is sound but not advised is said by check and, in a line each, by run, whose run.json holds all of it; neither refuses it.

tests/warned/NAME.json is the scenario, tests/warned/NAME.warning what check prints on stderr. Lines at its top that start with "# ":
    # set PATH=VALUE  is passed with --set
    # file PATH       the scenario, in place of NAME.json
"""
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


def distsim(*arguments):
    return subprocess.run([program, *arguments], capture_output=True, timeout=60)


def run(path, *options):
    return distsim("run", path, *options, "--no-plots", "--tables", "summary", "--out", str(scratch / "out"))


def read(warning):
    """The scenario of a case, its options, and what is to be said."""
    lines = warning.read_text(encoding="utf-8").splitlines(keepends=True)
    path, options = f"tests/warned/{warning.stem}.json", []
    while lines and lines[0].startswith("# "):
        tag, _, rest = lines.pop(0)[2:].rstrip("\n").partition(" ")
        if tag == "set":
            options.append(f"--set={rest}")
        else:
            path = rest
    return path, options, "".join(lines)


def corpus():
    for warning in sorted(Path("tests/warned").glob("*.warning")):
        path, options, wanted = read(warning)
        result = distsim("check", path, *options)
        said = result.stderr.decode()
        check(warning.stem, "" if result.returncode == 0 and said == wanted and b": fine: " in result.stdout
              else f"exit code {result.returncode}\nexpected:\n{wanted}\ngot:\n{said}")
        if ": warning: " not in wanted:
            continue
        result = run(path, *options)
        lines = [line for line in wanted.splitlines() if ": warning: " in line]
        said = result.stderr.decode().splitlines()
        check(f"{warning.stem}, run", "" if result.returncode in (0, 3) and said[:3] == lines[:3] and len(said) <= 4
              else f"exit code {result.returncode}\n" + "\n".join(said))
        result = run(path, *options, "--quiet")
        check(f"{warning.stem}, run --quiet", result.stderr.decode())
        kept = json.loads((scratch / "out" / "run.json").read_text())["warnings"]
        more = [line for line in wanted.splitlines() if line.startswith("and ")]
        check(f"{warning.stem}, run.json", "" if kept == lines + more else "\n".join(kept))


def shipped():
    """What the shipped scenarios are warned of is what they are there to show."""
    for path in sorted(Path("scenarios").rglob("*.json")):
        said = distsim("check", str(path)).stderr.decode()
        comment = json.loads(path.read_text()).get("comment", "")
        means_it = "distsim check warns of" in (comment if isinstance(comment, str) else " ".join(comment))
        check(f"{path}", "" if bool(said) == means_it else f"its comment {'speaks' if means_it else 'says nothing'} of warnings:\n{said}")


def mistakes_first():
    """A scenario with a mistake is not judged further."""
    result = distsim("check", "tests/scenarios/small.json", "--set=sites.PS1.sender.max_concurrent_per_site=5", "--set=seed=x")
    check("no warnings beside mistakes", "" if result.returncode == 2 and b"warning" not in result.stderr else result.stderr.decode())


try:
    corpus()
    shipped()
    mistakes_first()
finally:
    shutil.rmtree(scratch)
print(f"1..{tests}")
sys.exit(failures > 0)
