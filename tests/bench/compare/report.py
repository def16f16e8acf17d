"""The dated report: question, answer, figures, charts, method and limits."""

import shlex
import shutil
import textwrap

from .load import PEERS_PER_TORRENT
from .reading import answer, goals_sentence, limits, reading
from .summary import counted, unique
from .table import goal_table, table

COLUMNS = 120


def write_report(path, results, figures, files):
    """Copies the files (charts and all figures) to a folder of the report's name beside it."""
    folder = path.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, folder)
    charts = [file for file in files if file.suffix == ".svg"]
    protocol = figures.protocol
    parts = [f"# {protocol.title}, {results['started'][:10]}",
             paragraph(f"**Question.** {question(figures)}"),
             paragraph(f"**Answer.** {answer(figures)}"),
             "## Figures", figures_note(results), table(figures),
             "## Charts",
             *[f"![{chart.stem}]({folder.name}/{chart.name})" for chart in charts],
             "## What the figures say", bullets(reading(figures)),
             *goals(figures),
             "## Method", *method(results, figures),
             "## Limits of these figures", bullets(limits(results, protocol))]
    path.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def question(figures):
    gyre, rival = figures.protocol.gyre, figures.protocol.rivals[0]
    if rival in figures.contenders:
        return (f"Is {gyre} faster than {rival}, how close does it come to what the kernel allows, "
                "and what does it cost?")
    return f"How close does {gyre} come to what the kernel allows?"


def figures_note(results):
    return paragraph(
        f"Medians of {counted(results['rounds'], 'round')}, with minimum and maximum in brackets; "
        "ratios are taken within each round. p99 is the 99th percentile of latency at a fixed "
        "rate, half of what the slowest tracker answered in the first round. CPU time is the "
        "server's, user and kernel.")


def goals(figures):
    yield "## Goals"
    yield paragraph(
        "What this project wants its trackers to reach, fixed before the measurement. Each is a "
        "bound on a ratio to another server, or on the figure itself. A goal counts as met by the "
        "median over the rounds. " + goals_sentence(figures))
    yield goal_table(figures)


def method(results, figures):
    yield f"    {results['command']}"
    yield paragraph(
        f"{counted(results['rounds'], 'round')} in {results['minutes']:.0f} minutes. In each, "
        "these servers ran in turn on CPUs of their own, under the same load generator on the "
        "other CPUs:")
    yield bullets(f"`{contender['name']}`: {contender['about']}"
                  for contender in results["contenders"])
    mixes = "; ".join(f"*{name}*, {figures.protocol.mixes[name].about}"
                      for name in unique(each.mix for each in figures.scenarios))
    population = figures.protocol.population or (
        f"Torrents are as popular as in aquatic's load test, with {PEERS_PER_TORRENT} peers each "
        f"on average; {figures.protocol.load_note}. Every peer had announced before a "
        "measurement began.")
    yield paragraph(f"{population} Mixes: {mixes}.")
    yield bullets(facts(results, figures.protocol))
    yield from commands(results)


def facts(results, protocol):
    machine, versions = results["machine"], results["versions"]
    yield (f"{machine['cpu']}, {machine['cpus']} CPUs, L2 {machine['l2_cache']}, "
           f"{machine['memory_mib']:,} MiB of memory; hypervisor: {machine['hypervisor']}")
    yield f"Linux {machine['kernel']}, {machine['distribution']}"
    yield (f"net.core.rmem_default {machine['rmem_default']:,}, rmem_max "
           f"{machine['rmem_max']:,}")
    yield f"{versions[protocol.gyre]} at {versions['gyre'] or 'an unknown commit'}"
    yield versions["compiler"]
    if protocol.has_tls:
        yield f"TLS in {protocol.gyre}: {versions['tls_library']}"
    for name, version in protocol.versions().items():
        yield f"{name}: {version or 'not installed'}"
    for package in protocol.packages:
        yield f"{package}: Debian's package, {versions.get(package, 'not installed')}"


def commands(results):
    """Those of the first round with the most torrents: the others differ in ports and numbers."""
    most = max(run["torrents"] for run in results["runs"])
    runs = [run for run in results["runs"] if run["torrents"] == most and run["round"] == 1]
    yield paragraph("The servers' commands in the first round with the most torrents. BUILD is the "
                    "build folder, REPOSITORY the source folder, FOLDER a temporary one; "
                    "`results.json` has every command, configuration and figure.")
    yield code(unique(shlex.join(run["server_command"]) for run in runs))
    yield paragraph("The generator's configuration for one saturating run; everything else is at "
                    "its default:")
    run = next(run for run in runs if run["phase"] == "saturate")
    yield code([run["configuration"].strip(), "", "# run as: " + shlex.join(run["command"])])


def paragraph(text):
    return textwrap.fill(text, COLUMNS, break_on_hyphens=False, break_long_words=False)


def bullets(texts):
    return "\n".join(textwrap.fill(text, COLUMNS, initial_indent="- ", subsequent_indent="  ",
                                   break_on_hyphens=False, break_long_words=False)
                     for text in texts)


def code(lines):
    return "\n".join(["```", *lines, "```"])
