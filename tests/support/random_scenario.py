"""Random small scenarios that use everything the program knows, as JSON data.

What there is in a hierarchy is drawn here; settings are not listed but taken from the effective scenario (distsim check
--print), where every setting stands with its unit, so that settings which are new are varied as well."""
import json
import os
import random
import re
import subprocess

DISTSIM = os.environ.get("DISTSIM", "build/distsim")
COMPONENTS = ("software_distribution", "distribution_manager", "scheduler", "sender", "despooler", "transfer_manager",
              "status_manager", "pull")


class Dice(random.Random):
    def chance(self, share):
        return self.random() < share

    def rate(self):
        return f"{self.randrange(2000, 60000)} B/s"


def effective(scenario, *sets):
    """The scenario with every setting explicit; None and what is wrong with it."""
    command = [DISTSIM, "check", "--print", "-"]
    for s in sets:
        command += ["--set", s]
    done = subprocess.run(command, input=json.dumps(scenario), capture_output=True, text=True)
    return (json.loads(done.stdout), "") if done.returncode == 0 else (None, done.stderr)


def knows(component):
    """The settings and words that the program has for a component."""
    done = subprocess.run([DISTSIM, "describe", component], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else ""


def limits(dice, route):
    """A schedule, a rate limit or pulse mode, of a route or a distribution point."""
    result = {}
    if dice.chance(0.5):
        for _ in range(dice.randrange(1, 3)):
            first = dice.randrange(0, 24)
            result.setdefault("schedule", []).append({
                "from": f"{first:02}:00", "to": f"{(first + dice.randrange(1, 12)) % 24:02}:00",
                "availability": dice.choice(("open", "medium-high", "high", "closed"))})
        result["schedule"] = [entry for entry in result["schedule"] if entry["to"] != "00:00"] or result["schedule"][:0]
    if dice.chance(0.5):
        limiter = dice.choice(("duty", "nominal", "timeslice") if route.get("bandwidth") else ("duty", "timeslice"))
        result["rate_limit"] = {"limiter": limiter, "hours": [
            {"from": dice.randrange(0, 12), "to": dice.randrange(13, 24), "percent": f"{dice.randrange(5, 101)} %"}]}
    elif dice.chance(0.5):
        result["pulse"] = {"block": f"{dice.randrange(10, 250)} kB", "delay": f"{dice.randrange(1, 4)} s"}
    if dice.chance(0.3):
        result["pulse_detail"] = True
    if "from" in route and dice.chance(0.5):
        result["on_window_close"] = "suspend"
    return result


def hierarchy(dice, clocks):
    locations = [{"name": "L0"}]
    for i in range(1, dice.randrange(2, 6)):
        locations.append({"name": f"L{i}", "parent": f"L{dice.randrange(i)}", "up": dice.rate(), "down": dice.rate(),
                          "latency": "0 s" if dice.chance(0.5) else f"{dice.randrange(10, 200)} ms"})
        if clocks and dice.chance(0.3):
            locations[-1]["background"] = "office"
        if clocks and dice.chance(0.3):
            locations[-1]["utc_offset"] = f"{dice.randrange(-9, 10)} h"
    somewhere = lambda: dice.choice(locations)["name"]
    central = dice.chance(0.7)
    sites = [{"code": "TOP", "type": "central" if central else "primary", "location": somewhere()}]
    primaries = ["TOP"]
    if central:
        primaries = [f"P{i:02}" for i in range(dice.randrange(1, 4))]
        sites += [{"code": p, "type": "primary", "parent": "TOP", "location": somewhere()} for p in primaries]
    for i in range(dice.randrange(0, 5)):
        sites.append({"code": f"S{i:02}", "type": "secondary", "parent": dice.choice(primaries), "location": somewhere()})
    homes = [s["code"] for s in sites if s["type"] != "central"]
    dps = []
    for i in range(dice.randrange(1, 7)):
        dp = {"name": f"DP{i}", "site": dice.choice(homes), "interface": dice.rate() if dice.chance(0.5) else "1 Gbit/s"}
        on_server = any(d.get("on_site_server") and d["site"] == dp["site"] for d in dps)
        standard = [d["name"] for d in dps if d.get("type") != "pull"]
        if not on_server and dice.chance(0.2):
            dp["on_site_server"] = True
        elif standard and dice.chance(0.4):
            others = [d["name"] for d in dps]
            sources = dice.sample(others, dice.randrange(1, min(3, len(others)) + 1))
            dp.update(type="pull", sources=[{"dp": s, "rank": dice.randrange(1, 3)} for s in sources])
            if not set(sources) & set(standard):
                dp["sources"].append({"dp": dice.choice(standard)})
        if not dp.get("on_site_server"):
            dp["location"] = somewhere()
        if dice.chance(0.3):
            dp["disk_rate"] = dice.rate()
        if dice.chance(0.3):
            dp["drives"] = [{"size": f"{dice.randrange(100, 4000)} kB", "used": f"{dice.randrange(0, 100)} kB"}
                            for _ in range(dice.randrange(1, 4))]
            dp["drive_reserve"] = f"{dice.randrange(0, 300)} kB"
        if dice.chance(0.3):
            dp["per_file_time"] = f"{dice.randrange(1, 50) / 10} s"
        dps.append(dp)
    routes = []
    for s in sites:
        if "parent" in s and dice.chance(0.3):
            routes.append({"from": s["parent"], "to": s["code"], "bandwidth": dice.rate()})
    secondaries = [s["code"] for s in sites if s["type"] == "secondary"]
    for one in secondaries:
        for other in secondaries:
            if one != other and dice.chance(0.3):
                routes.append({"from": one, "to": other})
                if dice.chance(0.5):
                    routes[-1]["bandwidth"] = dice.rate()
    if clocks and "rate_limit" in knows("route"):
        for limited in routes + [d for d in dps if not d.get("on_site_server")]:
            if dice.chance(0.4):
                limited.update(limits(dice, limited))
    return locations, sites, dps, routes


def groups(dice, dps):
    """Groups of distribution points, of all those of a site, and of another group."""
    result = []
    for i in range(dice.randrange(0, 3)):
        members = [dice.choice([d["name"] for d in dps] + ["site:" + d["site"] for d in dps] + [f"group:{g['name']}" for g in result])
                   for _ in range(dice.randrange(1, 4))]
        result.append({"name": f"G{i}", "members": members})
    return result


def configured(dice, dps):
    """A distribution point that is made to pull, or no longer does."""
    away = [d for d in dps if not d.get("on_site_server")]
    standard = [d["name"] for d in dps if d.get("type") != "pull"]
    if not away or not standard:
        return []
    dp, source = dice.choice(away)["name"], dice.choice(standard)
    action = {"at": f"{dice.randrange(1, 6000)} s", "do": "configure", "to": dp, "type": dice.choice(("standard", "pull"))}
    if action["type"] == "pull":
        if source == dp:
            return []
        action["sources"] = [{"dp": source}]
    return [action]


def actions(dice, packages, dps, groups):
    result = []
    ids, names = [p["id"] for p in packages], [d["name"] for d in dps] + [f"group:{g['name']}" for g in groups]
    some = lambda of: dice.sample(of, dice.randrange(1, len(of) + 1))
    words = knows("action")
    if dice.chance(0.2):
        result.append({"at": "0 s", "do": "preload", "package": some(ids), "to": some(names)})
    if dice.chance(0.3):
        result += configured(dice, dps)
    for i in range(dice.randrange(1, 4)):
        at = 0 if i == 0 else dice.randrange(0, 3000)
        result.append({"at": f"{at} s", "do": "distribute", "package": some(ids), "to": some(names)})
    if dice.chance(0.2):
        result.append({"at": "5 s", "do": "create", "package": some(ids)})
    for _ in range(dice.randrange(0, 3) if '"update"' in words else 0):
        update = {"at": f"{dice.randrange(1, 6000)} s", "do": "update", "package": some(ids)}
        if dice.chance(0.5):
            update["changed_share"] = f"{dice.randrange(1, 100)} %"
        if dice.chance(0.5):
            update["content"] = [{"files": f"new{dice.randrange(2)}", "count": dice.randrange(1, 9), "size": "7 kB"}]
        result.append(update)
    for kind in ("join", "leave"):
        if f'"{kind}"' in words and groups and dice.chance(0.3):
            group = dice.choice(groups)["name"]
            result.append({"at": f"{dice.randrange(1, 6000)} s", "do": kind, "group": group, "to": some(names)})
            result.append({"at": f"{dice.randrange(0, 6000)} s", "do": "distribute", "package": some(ids), "to": f"group:{group}"})
    for kind in ("redistribute", "remove", "validate"):
        if f'"{kind}"' in words and dice.chance(0.3):
            result.append({"at": f"{dice.randrange(500, 6000)} s", "do": kind, "package": some(ids), "to": some(names)})
    for action in result:
        if action["do"] not in ("preload", "create", "configure") and dice.chance(0.1):
            action.update(every=f"{dice.randrange(500, 3000)} s", times=dice.randrange(1, 5))
    return result


def workloads(dice, sites, dps):
    """Packages that come at random."""
    result = []
    for i in range(dice.randrange(0, 3)):
        result.append({"name": f"W{i}", "source_site": dice.choice(sites)["code"], "to": dice.choice(dps)["name"],
                       "mean_time_between": f"{dice.randrange(500, 5000)} s", "until": f"{dice.randrange(1000, 20000)} s"})
        if dice.chance(0.5):
            result[-1].update(size={"uniform": {"min": "1 kB", "max": "90 kB"}}, files=dice.randrange(1, 9), high="30 %")
        else:
            result[-1].update(order=dice.choice(("in_order", "shuffled", "at_random")), packages=[
                {"id": f"L{k}", "size": f"{dice.randrange(1, 90)} kB"} for k in range(dice.randrange(1, 4))])
    return result


def vary(dice, settings, chance):
    """Changes settings of a component of the effective scenario, by the kind that their value shows."""
    for name, value in settings.items():
        if isinstance(value, (dict, list)) or not dice.chance(0.4):
            continue
        number = re.fullmatch(r"([\d.e+-]+) (s|B/s|B)", str(value)) if isinstance(value, str) else None
        if isinstance(value, bool):
            settings[name] = not value
        elif str(value).endswith(" %") and chance:
            settings[name] = f"{dice.randrange(0, 60)} %"
        elif name == "compression_ratio":
            settings[name] = dice.choice((0.25, 0.5, 1, 1.5))
        elif isinstance(value, int):
            settings[name] = dice.randrange(1, 5)
        elif value == "unlimited":
            settings[name] = dice.rate()
        elif number and number.group(2) == "s":
            seconds = max(1.0, round(float(number.group(1)) * dice.uniform(0.1, 1.5), 1))
            settings[name] = f"{seconds} s"
            if chance and dice.chance(0.15):
                settings[name] = dice.choice(({"uniform": {"min": "1 s", "max": f"{seconds + 1} s"}},
                                              {"exponential": {"mean": f"{seconds} s"}},
                                              {"lognormal": {"median": f"{seconds} s", "p95": f"{3 * seconds} s"}}))
        elif number and number.group(2) == "B/s":
            settings[name] = dice.rate()
        elif number and name == "window":
            settings[name] = f"{dice.randrange(1000, 10000)} B"


def scenario(seed, clocks=True, faults=True, chance=True):
    """A scenario, effective; with clocks: also what hangs on the time of day; with chance: settings that are drawn."""
    dice = Dice(seed)
    locations, sites, dps, routes = hierarchy(dice, clocks)
    packages = []
    for i in range(dice.randrange(1, 12)):
        content = [{"files": f"f{dice.randrange(4)}-{k}", "count": dice.randrange(1, 20), "size": f"{dice.randrange(100, 90000)} B"}
                   for k in range(dice.randrange(1, 3))]
        packages.append({"id": f"PKG{i}", "source_site": dice.choice(sites)["code"],
                         "priority": dice.choice(("high", "medium", "low")), "content": content})
    result = {"name": f"random-{seed}", "start": "2026-03-09T07:30:00", "until": f"{dice.choice((3000, 40000, 200000))} s",
              "seed": seed + 1, "locations": locations, "sites": sites, "distribution_points": dps, "routes": routes,
              "packages": packages, "groups": groups(dice, dps)}
    result["actions"] = actions(dice, packages, dps, result["groups"])
    if chance and dice.chance(0.4) and knows("workload"):
        result["workloads"] = workloads(dice, sites, dps)
    if clocks:
        result["calendars"] = {"office": [{"days": "mon-fri", "from": "08:00", "to": "18:00", "value": "60 %"}]}
    result["actions"] = [a for a in result["actions"] if float(a["at"].split()[0]) < float(result["until"].split()[0])]
    for workload in result.get("workloads", []):
        if float(workload["until"].split()[0]) > float(result["until"].split()[0]):
            del workload["until"]
    if faults:
        for location in locations[1:]:
            if dice.chance(0.3):
                result.setdefault("faults", []).append({"location": location["name"], "from": f"{dice.randrange(0, 2500)} s",
                                                        "for": f"{dice.randrange(1, 4000)} s"})
        words = knows("fault")
        if "\n  damage\n" in words and dice.chance(0.4):
            result.setdefault("faults", []).append({"distribution_point": dice.choice(dps)["name"], "package": dice.choice(packages)["id"],
                                                    "from": f"{dice.randrange(0, 2500)} s", "damage": dice.choice(("corrupt", "missing"))})
        for kind, of in (("site", sites[1:]), ("distribution_point", [d for d in dps if not d.get("on_site_server")])):
            for entity in of:
                if f"\n  {kind}\n" in words and dice.chance(0.15):
                    fault = {kind: entity.get("code") or entity["name"]}
                    if chance and dice.chance(0.5):
                        fault.update({"mean_time_between": "2000 s", "for": {"uniform": {"min": "10 s", "max": "900 s"}}})
                    else:
                        fault.update({"from": f"{dice.randrange(0, 2500)} s", "for": f"{dice.randrange(1, 4000)} s"})
                    result.setdefault("faults", []).append(fault)
    if "binary_delta_replication" in knows("package"):
        for package in packages:
            package["binary_delta_replication"] = dice.chance(0.5)
    plain, mistakes = effective(result)
    assert plain, f"seed {seed}: {mistakes}"
    for site in plain["sites"]:
        for component in COMPONENTS:
            vary(dice, site.get(component, {}), chance)
    varied, mistakes = effective(plain)
    assert varied, f"seed {seed}, varied: {mistakes}"
    return varied
