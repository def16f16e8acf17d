"""Is gyre faster than other trackers? One command, one machine, one run.

Runs gyre's tracker, the tracker it is usually compared with (if installed), a bare echo and any
tracker given as NAME=COMMAND in turn under the same load generator. Writes all figures to
results.json, charts, and on request a report.
"""

import argparse
import json
import shlex
import signal
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

from . import http, udp, ws
from .load import LoadError
from .machine import REPOSITORY, machine, versions
from .measure import Plan, measure
from .report import write_report
from .server import ServerError, split_cpus, worker_counts
from .summary import Figures
from .table import table

QUICK = {"rounds": 1, "seconds": 2, "tries": 1}
PROTOCOLS = {protocol.name: protocol for protocol in (udp.PROTOCOL, http.PROTOCOL, ws.PROTOCOL)}


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped by SIGTERM"))  # stops servers
    try:
        results = read(options.again) if options.again else run(options)
    except (ServerError, LoadError) as error:
        sys.exit(str(error))
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / "results.json"
    path.write_text(as_json(results), encoding="utf-8")
    figures = Figures(results["runs"], options.protocol)
    print(table(figures))
    say(f"all figures: {path}")
    charts = draw(results, figures, options.output)
    if options.report:
        write_report(options.report, results, figures, [path, *charts])
        say(f"report: {options.report}")


def parse_options():
    protocol = PROTOCOLS.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if not protocol:
        sys.exit(f"usage: python3 -m compare {'|'.join(PROTOCOLS)} [options] [NAME=COMMAND...]")
    parser = argparse.ArgumentParser(
        prog=protocol.script, description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trackers", nargs="*", metavar="NAME=COMMAND",
                        help="another tracker; {port}, {workers} and {whitelist} are filled in")
    parser.add_argument("--rounds", type=positive, help="default 5")
    parser.add_argument("--seconds", type=positive,
                        help="length of the measured part of a run, default 5")
    parser.add_argument("--tries", type=positive,
                        help="of a run that other processes disturb, default 3")
    parser.add_argument("--torrents", type=positives, metavar="N,N...",
                        help=f"default {','.join(map(str, protocol.torrents))}; there are twice as "
                             "many peers")
    parser.add_argument("--mix", choices=protocol.mixes, action="append",
                        help="; ".join(f"{mix.name}: {mix.about}"
                                       for mix in protocol.mixes.values()))
    parser.add_argument("--workers", type=positives, metavar="N,N...",
                        help="of each server; default 1,2,4... as the machine has CPUs")
    parser.add_argument("--only", metavar="NAME,NAME...",
                        help=f"only these servers, such as {protocol.gyre},{protocol.floor}")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it runs")
    parser.add_argument("--output", type=Path, metavar="DIR",
                        help=f"default compare-{protocol.name} in --build")
    parser.add_argument("--report", type=Path, metavar="FILE.md",
                        help="write a report, with charts in a folder of its name")
    parser.add_argument("--again", type=Path, metavar="RESULTS.json",
                        help="measure nothing: charts and report of an earlier run")
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build/bench", metavar="DIR",
                        help="with the programs, built for speed; default build/bench")
    options = parser.parse_args(sys.argv[2:])
    options.protocol = protocol
    fill_in(options)
    if not all(all(split_cpus(workers)) for workers in options.workers):
        parser.error("every server and its generator need CPUs of their own: at least two, and "
                     "more than --workers")
    try:
        options.contenders = chosen(options)
    except ValueError as error:
        parser.error(str(error))
    return options


def chosen(options):
    everyone = list(options.protocol.contenders(options.build.resolve(), options.trackers))
    if not options.only:
        return everyone
    names = options.only.split(",")
    for name in names:
        if name not in (contender.name for contender in everyone):
            raise ValueError(f"--only: {name!r} does not take part; these do: "
                             f"{', '.join(contender.name for contender in everyone)}")
    return [contender for contender in everyone if contender.name in names]


def fill_in(options):
    """Fills in defaults that depend on other options."""
    defaults = {"rounds": 5, "seconds": 5, "tries": 3, "torrents": options.protocol.torrents,
                "mix": list(options.protocol.mixes), "workers": worker_counts(),
                "output": options.build / f"compare-{options.protocol.name}"}
    if options.quick:
        defaults |= {**QUICK, "torrents": options.protocol.torrents[:1]}
    for key, value in defaults.items():
        if getattr(options, key) is None:
            setattr(options, key, value)


def positive(text):
    value = int(text)
    if value <= 0:
        raise ValueError
    return value


def positives(text):
    return [positive(word) for word in text.split(",")]


def run(options):
    build = options.build.resolve()
    plan = Plan(options.protocol, build, options.contenders, options.workers, options.torrents,
                options.mix, options.rounds, options.seconds, options.tries)
    rival = options.protocol.rivals[0]
    if not options.only and rival not in (each.name for each in plan.contenders):
        say(f"{rival} is not installed ({options.protocol.rival_hint}): going on without it")
    say(f"{', '.join(contender.name for contender in plan.contenders)}: "
        f"about {plan.estimated_seconds() / 60:.0f} min, more if other processes disturb it")
    results = {"started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
               "command": shlex.join([options.protocol.script, *sys.argv[2:]]),
               "machine": machine(), "versions": versions(build, options.protocol),
               "rounds": plan.rounds, "seconds": plan.seconds,
               "contenders": [{"name": contender.name, "kind": contender.kind,
                               "about": contender.about} for contender in plan.contenders]}
    begin = time.monotonic()
    results["runs"] = measure(plan, say)
    results["minutes"] = (time.monotonic() - begin) / 60
    return results


def as_json(results):
    """One line per run."""
    runs = ",\n".join(json.dumps(run) for run in results["runs"])
    head = json.dumps({key: value for key, value in results.items() if key != "runs"}, indent=1)
    return f'{head[:-2]},\n "runs": [\n{runs}\n]}}\n'


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def draw(results, figures, folder):
    """The files' paths; without matplotlib none, and a message why."""
    try:
        from .charts import draw_charts  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        say(f"no charts: {error} (apt-get install python3-matplotlib)")
        return []
    return draw_charts(results, figures, folder)


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
