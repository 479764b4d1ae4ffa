#!/usr/bin/env python3
"""What is wrong with a scenario is said exactly, by check and by run, and nothing is written.

tests/bad/NAME.json is the scenario, tests/bad/NAME.error what is printed on stderr; "[...]" there stands for anything in a line.
Lines at the top of .error that start with "# ":
    # structural      the JSON Schema refuses it too (tests/cli/test_schema.py)
    # set PATH=VALUE  is passed with --set
    # file PATH       the scenario, in place of NAME.json
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

program = os.environ.get("DISTSIM", "build/distsim")
scratch = Path(tempfile.mkdtemp())
tests = failures = 0


def check(name, fault):
    """Prints a test's result; `fault` is what is wrong, or empty."""
    global tests, failures
    tests += 1
    if fault:
        failures += 1
        for line in fault.splitlines():
            print("#", line)
    print("not ok" if fault else "ok", tests, "-", name, flush=True)


def distsim(*arguments, stdin=b""):
    return subprocess.run([program, *arguments], input=stdin, capture_output=True, timeout=60)


def fault_of(result, wanted):
    """Compares what a command did with what it should print on stderr (a string, or a compiled pattern)."""
    text = result.stderr.decode("utf-8", "replace")
    if result.returncode != 2:
        return f"exit code {result.returncode}, expected 2\n{text}"
    if result.stdout:
        return f"printed on stdout: {result.stdout[:200]}"
    pattern = "[^\n]*".join(re.escape(part) for part in wanted.split("[...]"))
    if not re.fullmatch(pattern, text):
        return f"expected:\n{wanted}\ngot:\n{text}"
    if any(scratch.glob("out*")):
        return "left results behind"
    return ""


def refused(name, path, wanted, *sets):
    """Both commands refuse the scenario with these words."""
    options = [f"--set={value}" for value in sets]
    check(name, fault_of(distsim("check", path, *options), wanted))
    check(f"{name}, run", fault_of(distsim("run", path, *options, "--out", str(scratch / "out")), wanted))


def corpus():
    for error in sorted(Path("tests/bad").glob("*.error")):
        lines = error.read_text(encoding="utf-8").splitlines(keepends=True)
        path, sets = f"tests/bad/{error.stem}.json", []
        while lines and lines[0].startswith("# "):
            tag, _, rest = lines.pop(0)[2:].rstrip("\n").partition(" ")
            if tag == "set":
                sets.append(rest)
            elif tag == "file":
                path = rest
        refused(error.stem, path, "".join(lines), *sets)


def made_here():
    """What is too large or too odd for a file of its own."""
    nested = scratch / "nested.json"
    nested.write_bytes(b"[" * 50_000_000)
    refused("50 MB of brackets", str(nested), f"{nested}:1:65: brackets are nested deeper than 64\n[...]\n[...]^\n")
    nested.write_bytes(b'{"a":' * 1_000_000)
    refused("a million objects in each other", str(nested), f"{nested}:1:321: brackets are nested deeper than 64\n[...]\n[...]^\n")
    nested.unlink()

    missing = scratch / "missing.json"
    refused("a file that is not there", str(missing), f"{missing}: cannot be read: No such file or directory\n")
    refused("a directory", str(scratch), f"{scratch}: is a directory, not a scenario\n")
    refused("a path through a file", "tests/bad/empty.json/x", "tests/bad/empty.json/x: cannot be read: Not a directory\n")
    refused("a device that cannot be read", "/proc/self/mem", "/proc/self/mem: cannot be read: Input/output error\n")

    large = scratch / "large.json"
    with large.open("wb") as file:
        file.truncate(3 << 30)
    refused("a file of 3 GiB", str(large), f"{large}: is larger than 2 GiB\n")
    large.unlink()

    if os.geteuid() != 0:
        secret = scratch / "secret.json"
        secret.write_text("{}")
        secret.chmod(0)
        refused("a file without permission", str(secret), f"{secret}: cannot be read: Permission denied\n")

    text = b'{ "name": 5 }\n'
    wanted = ('<stdin>:1:1: "start" is missing', "<stdin>:1:11: name: a number stands here; write a text in quotes")
    for command in ("check", "run"):
        said = distsim(command, "-", stdin=text).stderr.decode()
        check(f"standard input, {command}", "" if all(part in said for part in wanted) else said)
    small = Path("tests/scenarios/small.json").read_bytes()
    fine = distsim("check", "-", stdin=small)
    check("standard input has one name, fine or not", "" if fine.stdout.startswith(b"<stdin>: fine: ") else str(fine))
    again = distsim("compare", "-", "--vary=seed=1,2", "--quiet", f"--out={scratch}/out", stdin=small)
    check("and is read once", "" if again.returncode == 2 and b"can only be read once" in again.stderr and not again.stdout
          and not any(scratch.glob("out*")) else str(again))
    result = distsim("check", "tests/bad/unit_mbps.json", "tests/scenarios/small.json")
    check("a good file beside a bad one", "" if result.returncode == 2 and b"small.json: fine: 3 locations" in result.stdout
          and b"unit_mbps.json:5:45: " in result.stderr else str(result))
    bom = distsim("check", "-", stdin=b"\xef\xbb\xbf" + Path("tests/scenarios/small.json").read_bytes())
    check("a byte order mark is passed over", "" if bom.returncode == 0 else bom.stderr.decode())
    crlf = distsim("check", "-", stdin=Path("tests/bad/unit_mbps.json").read_bytes().replace(b"\n", b"\r\n"))
    check("lines may end as on Windows", "" if b"<stdin>:5:45: " in crlf.stderr and b"\r" not in crlf.stderr else str(crlf))


def usage():
    """Wrong command lines."""
    for name, arguments, wanted in (
        ("no command", [], "usage: distsim COMMAND"),
        ("a command with a slip", ["chek"], 'distsim: no command "chek"; did you mean "check"?\n'),
        ("no such command", ["frobnicate"], 'distsim: no command "frobnicate"; distsim --help lists them\n'),
        ("check without a file", ["check"], "distsim check: which scenario?"),
        ("check with an unknown option", ["check", "--fast"], "distsim check: Unknown option --fast"),
        ("describe of nothing", ["describe", "sendr"], 'no component or setting "sendr"; did you mean "sender"?\n'),
        ("describe of a short word that is none", ["describe", "foo"], 'no component or setting "foo"; distsim describe lists them\n'),
        ("describe of no setting of a component", ["describe", "sender.retry"],
         'sender has no setting "retry"; did you mean "retry_delay"'),
        ("a number of a list that has nothing", ["check", "scenarios/contoso.json", "--set", "routes.0.bandwidth=1 Mbit/s"],
         "there is no route 0: the scenario has no routes\n"),
        ("describe of two kinds", ["describe", "--all", "--schema"], "distsim describe: "),
    ):
        result = distsim(*arguments)
        said = result.stderr.decode()
        check(name, "" if result.returncode == 2 and not result.stdout and wanted in said else f"{result.returncode} {said}")
    for arguments in (["--help"], ["--version"], ["check", "--help"], ["describe", "--help"], ["run", "--help"],
                      ["describe"], ["describe", "sender"], ["describe", "sender.retry_delay"], ["describe", "--all"]):
        result = distsim(*arguments)
        check(" ".join(arguments), "" if result.returncode == 0 and result.stdout and not result.stderr else str(result))
    for name, arguments, wanted in (
        ("a setting of a table that stands in two places, once", ["describe", "count"], lambda text: text.count("number of files") == 1),
        ("so with --all", ["describe", "--all"], lambda text: text.count("\nfile_set: ") == 1
         and "stands at packages[].content[], actions[].content[]" in text),
        ("the range of the seed", ["describe", "seed"], lambda text: "whole number, 0 to 4294967295" in text),
        ("a time zone without a distribution", ["describe", "utc_offset"], lambda text: "distribution" not in text),
        ("a latency with one", ["describe", "latency"], lambda text: "or a distribution" in text),
    ):
        text = distsim(*arguments).stdout.decode()
        check(f"describe tells {name}", "" if wanted(text) else text)
    for arguments in (["--help"], ["describe"], ["describe", "--all"], ["run", "-n", "1", "--help"],
                      *([command, "--help"] for command in ("run", "check", "explain", "compare", "sweep", "plan", "sensitivity",
                                                            "merge", "export", "describe"))):
        text = distsim(*arguments).stdout.decode()
        wide = [line for line in text.splitlines() if len(line) > 100]
        check(f"{' '.join(arguments)} fits into 100 columns", "\n".join(wide) or ("" if "[OPTION?]" not in text else text))
    for command in ("check", "describe"):
        result = distsim(command, "--help")
        check(f"{command} --help has an example", "" if b"distsim " + command.encode() in result.stdout and b"xample" in result.stdout
              else result.stdout.decode())
    with open("/dev/full", "wb") as full:
        result = subprocess.run([program, "describe", "--all"], stdout=full, stderr=subprocess.PIPE)
    check("a full disk is a failure", "" if result.returncode == 1 and result.stderr else str(result))


try:
    corpus()
    made_here()
    usage()
finally:
    shutil.rmtree(scratch)
print(f"1..{tests}")
sys.exit(failures > 0)
