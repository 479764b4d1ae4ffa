#!/usr/bin/env python3
"""Every rule of models/README.md has a test that drives its component alone, and one in a whole hierarchy or scenario: their
names carry its number ("/sender/S2/...", "outage: S5: ...")."""
import glob
import re
import sys

WHOLE = re.compile(r"/hierarchy/|^/(versions|faults|removal|groups)/")


def text_of(pattern):
    for path in sorted(glob.glob(pattern)):
        with open(path) as f:
            yield f.read()


rules = re.findall(r"^- \*\*([A-Z]\d)\*\*", next(text_of("models/README.md")), re.M)
component, whole = set(), set()
for source in list(text_of("tests/models/test_*.c")) + list(text_of("tests/app/test_*.c")):
    for name in re.findall(r'g_test_add\w*\(\s*"([^"]+)"', source):
        (whole if WHOLE.search(name) else component).update(re.findall(r"/([A-Z]\d)/", name))
for source in text_of("tests/cli/test_scenarios.py"):
    for name in re.findall(r'check(?:_times)?\(\s*f?"([^"]+)"', source):
        whole.update(re.findall(r"\b([A-Z]\d)\b", name.split(": ", 1)[-1]))

missing = [f"{rule}: no test {kind}" for kind, tested in (("of its component", component), ("in a whole scenario", whole))
           for rule in rules if rule not in tested]
print("1..2")
print("ok 1 - there are rules" if len(rules) >= 30 else f"not ok 1 - only {len(rules)} rules found")
print("not ok 2 - every rule is tested alone and in a whole" if missing else "ok 2 - every rule is tested alone and in a whole")
for line in missing:
    print("#", line)
sys.exit(bool(missing) or len(rules) < 30)
