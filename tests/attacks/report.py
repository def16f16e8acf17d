"""The figures as tables, for the terminal, and as a dated report with its charts beside it."""

import shutil
from itertools import groupby

from compare.report import bullets, paragraph
from compare.table import markdown

from .figures import number
from .suite import ABOUT, BEFORE, NOW

HONEST_WAITED = ": waited for a CPU"
QUESTION = ("What do honest clients see while a few others do their worst, and what does it cost "
            "the tracker?")
METHOD = (
    "Each attack had a tracker of its own with one worker on one CPU; attackers and honest clients "
    "shared the others. Honest clients are processes of their own, and attackers have a lower "
    "priority (nice 10), so that what is timed is the tracker. Each honest client asks at its "
    "own pace and waits for its answer; a time is from sending to the whole answer, of a new "
    "connection from before it is opened. All are on loopback, from addresses of their own in "
    "127.0.0.0/8.")
LIMITS = (
    "One run on one machine: worst cases are those that happened, and another process that takes "
    "the CPU is one of them.",
    "Times include what others took of the CPUs. For how long the tracker waited for its CPU is a "
    "figure of each case, and `results.json` has it of the honest clients, all together. A case "
    "whose time was missed by no more than that was tried again.",
    "Python's attackers are slower than an attacker need be. What they find is a lower bound of "
    "what is possible; attacks that few bytes make are not limited by it.",
    "Loopback has neither delay nor loss, and nobody's uplink is between attacker and tracker.",
    "Of a served client that is slow, only its time tells; of one that is refused, its time is "
    "how long it took to be told.")


def tables(outcomes):
    """For each attack, a table of its cases."""
    parts = []
    for name, of_attack in groupby(outcomes, lambda outcome: outcome.attack):
        of_attack = list(of_attack)
        parts += [f"### {name}: {ABOUT[name]}", attack_table(of_attack)]
        parts += [f"{each.case} ({each.version}) could not be measured: "
                  f"`{each.error.strip().splitlines()[-1]}`" for each in of_attack if each.error]
    return "\n\n".join(parts)


def attack_table(outcomes):
    versions = [each for each in (BEFORE, NOW) if any(of.version == each for of in outcomes)]
    rows = []
    for case in dict.fromkeys(outcome.case for outcome in outcomes):
        of_case = {each.version: {figure.name: figure for figure in each.figures}
                   for each in outcomes if each.case == case}
        shown = case
        for name in dict.fromkeys(name for figures in of_case.values() for name in figures):
            if name.endswith((": refused", ": median", ": worst", HONEST_WAITED)):
                continue  # beside the one before or behind, or in the file of all figures
            cells = [cell(of_case.get(version, {}), name) for version in versions]
            goal = next(figures[name].goal_text() for figures in of_case.values()
                        if name in figures)
            rows.append([shown, name.replace(": p99", ": median, p99, worst"), *cells,
                         goal or "-", verdict(of_case.get(NOW, {}).get(name))])
            shown = ""
    return markdown(["case", "figure", *versions, "goal", ""], rows)


def cell(figures, name):
    """A figure with those that belong to it."""
    if name not in figures:
        return "-"
    text = figures[name].text()
    if name.endswith(": p99"):
        of = name.removesuffix("p99")
        return f"{number(figures[of + 'median'].value)}, {number(figures[name].value)}, " \
               f"{figures[of + 'worst'].text()}"
    refused = figures.get(name.removesuffix("served") + "refused")
    if name.endswith(": served") and refused.value:
        return f"{text}; refused: {refused.text()}"
    return text


def verdict(figure):
    if figure is None or not figure.has_goal:
        return ""
    return "met" if figure.is_met() else "**missed**"


def goals(outcomes, version):
    """(met, all) of what was measured; an attack that could not be made has missed one."""
    judged = [figure.is_met() for each in outcomes if each.version == version
              for figure in each.figures if figure.has_goal]
    judged += [False for each in outcomes if each.version == version and each.error]
    return sum(judged), len(judged)


def answer(outcomes):
    met, count = goals(outcomes, NOW)
    text = f"Of {count} goals, {met} are met and {count - met} missed"
    met_before, count_before = goals(outcomes, BEFORE)
    if count_before:
        text += f"; the version before met {met_before} of {count_before}"
    return text + "."


def write_report(path, results, outcomes, charts):
    """Charts and all figures are copied to a folder of the report's name."""
    folder = path.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    for file in (results["path"], *charts):
        shutil.copy(file, folder)
    parts = [f"# Attacks beside honest clients, {results['started'][:10]}",
             paragraph(f"{QUESTION} {answer(outcomes)}"),
             *[f"![{chart.stem}]({folder.name}/{chart.name})" for chart in charts],
             "## Figures", tables(outcomes),
             "## Method", paragraph(METHOD),
             "## Limits of these figures", bullets(LIMITS),
             "## Machine and versions", bullets(facts(results)),
             "## Command", f"    {results['command']}"]
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def facts(results):
    machine = results["machine"]
    yield (f"{machine['cpu']}, {machine['cpus']} CPUs, {machine['memory_mib']:,} MiB of memory; "
           f"hypervisor: {machine['hypervisor']}; load {machine['load_at_start']:.2f} at the start")
    yield f"Linux {machine['kernel']}, {machine['distribution']}"
    for version, text in results["versions"].items():
        yield f"{version}: {text}"
    yield "memory of the attacks on handshakes: " + results["memory"]
