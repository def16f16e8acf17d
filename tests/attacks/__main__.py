"""What do honest clients notice while others attack? Runs attacks against gyre's trackers, each
beside honest clients, and prints every figure with its goal.

    scripts/attack.sh [--no-install] [options] [ATTACK...]
"""

import argparse
import json
import shlex
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

from compare.machine import REPOSITORY, machine, output
from compare.server import file_limit

from .jobs import Place
from .memory_limit import MemoryLimit
from .report import answer, goals, tables, write_report
from .running import program_path
from .suite import ABOUT, ATTACKS, BEFORE, NOW, Outcome, run


def main():
    options = parse_options()
    if options.again:
        results = json.loads(options.again.read_text(encoding="utf-8"))
    else:
        results = measure(options)
    outcomes = [Outcome.of_json(each) for each in results["outcomes"]]
    options.output.mkdir(parents=True, exist_ok=True)
    results["path"] = options.output / "results.json"
    results["path"].write_text(json.dumps({**results, "path": ""}, indent=1) + "\n",
                               encoding="utf-8")
    print(tables(outcomes))
    print(f"\n{answer(outcomes)}")
    say(f"all figures: {results['path']}")
    charts = draw(outcomes, options.output)
    if options.report:
        write_report(options.report, results, outcomes, charts)
        say(f"report: {options.report}")
    met, count = goals(outcomes, NOW)
    sys.exit(met != count)


def parse_options():
    parser = argparse.ArgumentParser(
        prog="scripts/attack.sh", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Exit status 0: all goals are met.")
    parser.add_argument("attacks", nargs="*", metavar="ATTACK",
                        help="; ".join(f"{name}: {about}" for name, about in ABOUT.items()))
    parser.add_argument("--only", metavar="TEXT", default="",
                        help="only the cases whose name has that text")
    parser.add_argument("--tries", type=int, default=3, metavar="N",
                        help="of a case that other processes disturb, default 3")
    parser.add_argument("--report", type=Path, metavar="FILE.md")
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build/release", metavar="DIR",
                        help="with the programs, built for speed; default build/release")
    parser.add_argument("--against", type=Path, metavar="DIR",
                        help="a build of an earlier version, which is attacked as well")
    parser.add_argument("--tracker-ws", type=Path, metavar="PATH",
                        help="gyre_ws, in place of that of --build")
    parser.add_argument("--tracker-http", type=Path, metavar="PATH", help="gyre_http, likewise")
    parser.add_argument("--output", type=Path, metavar="DIR", help="default attacks in --build")
    parser.add_argument("--again", type=Path, metavar="RESULTS.json",
                        help="attack nothing: tables, charts and report of an earlier run")
    options = parser.parse_args()
    for name in options.attacks:
        if name not in ATTACKS:
            parser.error(f"there is no attack {name!r}; there are {', '.join(ATTACKS)}")
    options.output = options.output or options.build / "attacks"
    return options


def measure(options):
    chosen = [attack for name in options.attacks or ATTACKS for attack in ATTACKS[name]
              if options.only in attack.title()]
    versions = {**({BEFORE: options.against.resolve()} if options.against else {}),
                NOW: options.build.resolve()}
    place = Place.apart()
    if not place.tracker_cpus:
        say("only one CPU: tracker, attackers and honest clients share it, and all are slower")
    file_limit()
    with MemoryLimit(512) as limit:
        memory = "held by a control group" if limit.is_there else "watched only, not held"
    results = {"started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
               "command": shlex.join(["scripts/attack.sh", *sys.argv[1:]]),
               "machine": machine(), "memory": memory,
               "versions": {version: version_of(build, options if version == NOW else None)
                            for version, build in versions.items()},
               "outcomes": []}
    begin = time.monotonic()
    for index, attack in enumerate(chosen, start=1):
        for version, build in versions.items():
            say(f"{index} of {len(chosen)}, {time.monotonic() - begin:.0f} s: {attack.name}, "
                f"{attack.title()} ({version})")
            binary = binary_of(options if version == NOW else None, build, attack.program)
            outcome = run(attack, binary, version, place, options.tries)
            results["outcomes"].append(outcome.as_json())
            say(f"    {summary(outcome)}")
    return results


def binary_of(options, build, program):
    given = options and {"gyre_ws": options.tracker_ws,
                         "gyre_http": options.tracker_http}.get(program)
    return given.resolve() if given else program_path(build, program)


def version_of(build, options):
    """The program's version and the repository's commit."""
    binary = binary_of(options, build, "gyre_ws")
    commit = output(["git", "-C", str(binary.parent), "describe", "--always", "--dirty"])
    return f"{output([str(binary), '-v'])} at {commit or 'an unknown commit'}"


def summary(outcome):
    if outcome.error:
        return outcome.error.strip().splitlines()[-1]
    missed = [figure for figure in outcome.figures if figure.has_goal and not figure.is_met()]
    return "; ".join(f"missed: {each.name} {each.text()}" for each in missed) or "all goals met"


def draw(outcomes, folder):
    """The files' paths; without matplotlib none, and a message why."""
    try:
        from .charts import draw_charts  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        say(f"no charts: {error} (apt-get install python3-matplotlib)")
        return []
    return draw_charts(outcomes, folder)


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
