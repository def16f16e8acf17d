"""The figures as tables, for the terminal, and as a dated report with its charts."""

import shutil
from itertools import groupby

from compare.report import bullets, paragraph
from compare.table import markdown

from .figures import number
from .suite import ABOUT, BEFORE, NOW

HONEST_WAITED = ": waited for a CPU"
QUESTION = ("What do honest clients see while a few others attack the tracker, and what does the "
            "attack cost it?")
GOALS = ("Goals are bounds that this project fixed before the measurement: honest clients are "
         "served, and soon; an attacker gets no more than its share.")
METHOD = (
    "Each attack has its own tracker with one worker on one CPU; attackers and honest clients "
    "share the other CPUs. Honest clients run in their own processes, and attackers at a lower "
    "priority (nice 10), so that the times are the tracker's. Each honest client sends requests at "
    "its own pace and waits for each response; a time runs from sending to the complete response, "
    "for a new connection from before it is opened. All use loopback, from different addresses in "
    "127.0.0.0/8.")
LIMITS = (
    "One run on one machine: the worst case is the worst that happened, and another process that "
    "takes the CPU may have caused it.",
    "Times include what other processes took of the CPUs. How long the tracker waited for its CPU "
    "is a figure of each case; `results.json` also has the honest clients' sum. A case that missed "
    "its time by no more than that was run again.",
    "Attackers written in Python are slower than they could be, so these figures are a lower bound "
    "of what is possible. Attacks that need few bytes are not affected.",
    "Loopback has neither delay nor loss, and no uplink lies between attacker and tracker.",
    "The time of a refused client is how long it took until it was refused.")


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
                continue  # shown beside another figure, or in results.json only
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
    """(met, total); an attack that could not be run counts as one missed."""
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
    """Copies charts and all figures to a folder of the report's name."""
    folder = path.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    for file in (results["path"], *charts):
        shutil.copy(file, folder)
    parts = [f"# Attacks beside honest clients, {results['started'][:10]}",
             paragraph(f"**Question.** {QUESTION}"),
             paragraph(f"**Answer.** {answer(outcomes)} {GOALS}"),
             "## Charts",
             *[f"![{chart.stem}]({folder.name}/{chart.name})" for chart in charts],
             "## Figures", tables(outcomes),
             "## Method", f"    {results['command']}", paragraph(METHOD), bullets(facts(results)),
             "## Limits of these figures", bullets(LIMITS)]
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def facts(results):
    machine = results["machine"]
    yield (f"{machine['cpu']}, {machine['cpus']} CPUs, {machine['memory_mib']:,} MiB of memory; "
           f"hypervisor: {machine['hypervisor']}; load {machine['load_at_start']:.2f} at the start")
    yield f"Linux {machine['kernel']}, {machine['distribution']}"
    for version, text in results["versions"].items():
        yield f"{version}: {text}"
    yield "memory of the attacks on handshakes: " + results["memory"]
