#!/usr/bin/env python3
"""The JSON Schema that the program prints: valid under both drafts, refuses what is wrong in form, accepts every scenario."""
import gc
import json
import os
import re
import subprocess
import sys
from pathlib import Path

try:
    import jsonschema
except ImportError:
    print("1..0 # SKIP python3-jsonschema is not installed")
    sys.exit(0)

program = os.environ.get("DISTSIM", "build/distsim")
gc.disable()  # there are no cycles worth the search in what the largest scenario comes to
tests = failures = 0


def check(name, fault):
    global tests, failures
    tests += 1
    if fault:
        failures += 1
        for line in str(fault).splitlines()[:12]:
            print("#", line)
    print("not ok" if fault else "ok", tests, "-", name, flush=True)


def distsim(*arguments):
    return subprocess.run([program, *arguments], capture_output=True, timeout=60)


schema = json.loads(distsim("describe", "--schema").stdout)
validators = {"draft-07": jsonschema.Draft7Validator, "2020-12": jsonschema.Draft202012Validator}
for draft, validator in validators.items():
    try:
        validator.check_schema(schema)
        fault = ""
    except jsonschema.SchemaError as error:
        fault = error
    check(f"is a schema of {draft}", fault)

# Only these keywords mean the same in both.
common = {"$schema", "$ref", "title", "description", "default", "type", "enum", "pattern", "minLength", "minimum", "maximum",
          "exclusiveMinimum", "items", "minItems", "properties", "required", "additionalProperties", "allOf", "anyOf", "definitions"}


def keywords(node):
    """All keywords of a schema and of those in it."""
    for key, value in node.items():
        yield key
        if key in ("properties", "definitions"):
            for below in value.values():
                yield from keywords(below)
        elif key in ("allOf", "anyOf"):
            for below in value:
                yield from keywords(below)
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            yield from keywords(value)


check("has only what both drafts know", set(keywords(schema)) - common)


def verdicts(instance):
    return {draft: validator(schema).is_valid(instance) for draft, validator in validators.items()}


def as_schemas_see(entity):
    """Which digits a name has ("DP001") is all the same to a schema; quantities begin with a digit, and stay."""
    return re.sub(r"(?<=[A-Za-z])\d+", lambda digits: "0" * len(digits[0]), json.dumps(entity))


for path in sorted([*Path("scenarios").rglob("*.json"), *Path("tests/scenarios").rglob("*.json")]):
    printed = distsim("check", "--print", str(path))
    if printed.returncode != 0:
        continue  # a test of its own
    for draft, validator in validators.items():
        errors = [f"{error.json_path}: {error.message}" for error in validator(schema).iter_errors(json.loads(path.read_text()))]
        check(f"accepts {path}, {draft}", "\n".join(errors))
    effective = json.loads(printed.stdout)
    for entities in effective.values():
        if isinstance(entities, list):
            del entities[500:-10]  # of a hundred thousand that a range has made, the rest is like these
            entities[:] = {as_schemas_see(entity): entity for entity in entities}.values()
    check(f"accepts what {path} comes to", not all(verdicts(effective).values()))

structural = 0
for error in sorted(Path("tests/bad").glob("*.error")):
    if "# structural\n" not in error.read_text(encoding="utf-8"):
        continue
    structural += 1
    instance = json.loads(error.with_suffix(".json").read_text(encoding="utf-8"))
    check(f"refuses {error.stem}", [draft for draft, valid in verdicts(instance).items() if valid])
check("has enough to refuse", structural < 60)

base = json.loads(Path("tests/scenarios/small.json").read_text())


def described(node):
    """Settings without words for people."""
    for name, table in node["definitions"].items():
        for key, value in table.get("properties", {}).items():
            if key != "comment" and not value.get("description"):
                yield f"{name}.{key}"


check("every setting has a description", "\n".join(described(schema)))
check("comments may stand anywhere", not all(verdicts({**base, "comment": ["a", "b"]}).values()))
for name, text, fine in (("parts", "1 d 23 h", True), ("three parts", "1 h 2 min 3 s", True), ("a plus", "+5 s", True),
                         ("a sign within", "1 h -2 min", False), ("parts without a space", "1h30min", False)):
    lag = {**base, "defaults": {"site": {"replication_lag": text}}}
    said = subprocess.run([program, "check", "-"], input=json.dumps(lag).encode(), capture_output=True, timeout=60)
    check(f"a duration with {name}: the schema and check agree",
          "" if set(verdicts(lag).values()) == {fine} and (said.returncode == 0) == fine else f"{verdicts(lag)} {said}")
check("a scenario may name its schema", not all(verdicts({**base, "$schema": "scenario.schema.json"}).values()))

print(f"1..{tests}")
sys.exit(failures > 0)
