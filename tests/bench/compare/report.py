"""The dated report: what ran where, the figures, what they say, and what they do not."""

import shlex
import shutil
import textwrap

from .load import PEERS_PER_TORRENT
from .reading import goals_sentence, limits, reading
from .summary import counted, unique
from .table import goal_table, table

COLUMNS = 120


def write_report(path, results, figures, files):
    """The files, charts and all figures, are copied to a folder of the report's name beside it."""
    folder = path.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    charts = [file for file in files if file.suffix == ".svg"]
    for file in (*files, *(chart.with_suffix(".png") for chart in charts)):
        shutil.copy(file, folder)
    parts = [f"# {figures.protocol.title}, {results['started'][:10]}",
             *question(results, figures),
             "## Figures", figures_note(results), table(figures),
             *[f"![{chart.stem}]({folder.name}/{chart.name})" for chart in charts],
             "## Reading", bullets(reading(figures)),
             "## Goals", goals_sentence(figures), goal_table(figures),
             "## Limits of these figures", bullets(limits(results, figures.protocol)),
             "## Machine and versions", bullets(facts(results, figures.protocol)),
             "## Commands", *commands(results)]
    path.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def question(results, figures):
    yield paragraph(f"Is {figures.protocol.gyre} faster than {figures.protocol.rivals[0]}, how "
                    "near is it to what the kernel allows, and what does it take? "
                    f"{goals_sentence(figures)}")
    yield f"    {results['command']}"
    yield paragraph(
        f"{counted(results['rounds'], 'round')} in {results['minutes']:.0f} minutes. In each, "
        "these ran in turn, on CPUs of their own, under the same generator on the other CPUs:")
    yield bullets(f"`{contender['name']}`: {contender['about']}"
                  for contender in results["contenders"])
    mixes = "; ".join(f"*{name}*, {figures.protocol.mixes[name].about}"
                      for name in unique(each.mix for each in figures.scenarios))
    population = figures.protocol.population or (
        f"Torrents are as popular as in aquatic's load test, with {PEERS_PER_TORRENT} peers each "
        f"on average; {figures.protocol.load_note}. Every peer had announced before a "
        "measurement began.")
    yield paragraph(f"{population} Mixes: {mixes}.")


def figures_note(results):
    return paragraph(
        f"Medians of {counted(results['rounds'], 'round')}, with the least and the most in "
        "brackets; ratios are taken within each round. The 99th percentile is that of a fixed "
        "rate, half of what the slowest tracker answered in the first round. CPU time is the "
        "server's, in the kernel and out of it.")


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
    """Of the first round with most torrents: the others differ by ports, numbers and weights."""
    most = max(run["torrents"] for run in results["runs"])
    runs = [run for run in results["runs"] if run["torrents"] == most and run["round"] == 1]
    yield paragraph("The servers, in the first round with the most torrents. BUILD is the folder "
                    "of the programs, REPOSITORY that of the sources, FOLDER a temporary one; "
                    "`results.json` has every command, configuration and figure.")
    yield code(unique(shlex.join(run["server_command"]) for run in runs))
    yield paragraph("The generator's configuration for one run to saturation, with everything else "
                    "at its default:")
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
