"""Runs the benchmark of the swarms, and writes a report with charts from its figures.

Figures are kept beside the report in results.json; a run of some sections replaces only theirs.
"""

import argparse
import datetime
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from compare.machine import REPOSITORY, compiler, machine, output

from . import cache
from .charts import draw_charts
from .report import write_report

SECTIONS = ["memory", "speed", "growth", "expiry"]
NAME = "swarm-store"


def main():
    options = parse()
    document = options.document or latest_document()
    results_path = document.with_suffix("") / "results.json"
    results = json.loads(results_path.read_text(encoding="utf-8")) if results_path.exists() else {}
    status = 0
    if not options.report:
        status = measure(options, results)
        results_path.parent.mkdir(parents=True, exist_ok=True)
        results_path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if not results:
        sys.exit(f"{results_path}: no figures there; run without --report first")
    draw_charts(results, results_path.parent)
    write_report(document, results)
    print(f"report: {document}", file=sys.stderr)
    sys.exit(status)


def parse():
    parser = argparse.ArgumentParser(prog="bench-swarm-store.sh",
                                     description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--section", action="append", choices=[*SECTIONS, "cache"],
                        help="only these; may be repeated. cache runs under valgrind")
    parser.add_argument("--rounds", type=int, default=7, help="of what is measured by time")
    parser.add_argument("--scale", type=float, default=1, help="of all numbers of peers")
    parser.add_argument("--lock", default="", help="file to lock while time is measured")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the report")
    parser.add_argument("--document", type=Path, help="the report, a .md file; its figures and "
                        "charts lie in a folder of its name. Default: the latest one")
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build/bench")
    return parser.parse_args()


def latest_document():
    folder = REPOSITORY / "documents/benchmarks"
    return max(folder.glob(f"*-{NAME}.md"),
               default=folder / f"{datetime.date.today()}-{NAME}.md")


def measure(options, results):
    """Replaces earlier figures with new ones; returns the exit status."""
    program = options.build / "tests/bench/swarm_store_benchmark"
    sections = options.section or [*SECTIONS, "cache"]
    status, rows = 0, []
    timed = [section for section in sections if section != "cache"]
    if timed:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "rows.json")
            command = [program, "--json", path, "--rounds", str(options.rounds),
                       "--scale", str(options.scale), "--lock", options.lock,
                       *(["--check"] if options.check else []),
                       *(word for section in timed for word in ("--section", section))]
            status = subprocess.run(command, check=False).returncode
            rows += json.loads(path.read_text(encoding="utf-8"))
    if "cache" in sections:
        rows += cache.measure(program)
    others = [row for row in results.get("rows", []) if row["section"] not in sections]
    results.update(
        rows=sorted(others + rows, key=lambda row: [*SECTIONS, "cache"].index(row["section"])),
        date=str(datetime.date.today()), notes=[], machine=machine(), rounds=options.rounds,
        commit=output(["git", "-C", REPOSITORY, "describe", "--always", "--dirty"]),
        command=command_of(options),
        compiler=compiler(options.build))
    return status


def command_of(options):
    """The command for all sections, of which a run may have replaced some."""
    return shlex.join(["scripts/bench-swarm-store.sh", "--rounds", str(options.rounds),
                       *(["--scale", str(options.scale)] if options.scale != 1 else [])])


if __name__ == "__main__":
    main()
