"""Two charts, as SVG: how long honest clients wait, and how many are refused. Needs matplotlib."""

import matplotlib

matplotlib.use("Agg")  # no display is needed

from matplotlib import pyplot  # noqa: E402  pylint: disable=wrong-import-position

from compare.charts import use_style  # noqa: E402  pylint: disable=wrong-import-position

from .figures import number  # noqa: E402
from .honest import LATENCY_GOAL_MS  # noqa: E402
from .suite import BEFORE, NOW  # noqa: E402

COLOURS = {BEFORE: "#E69F00", NOW: "#0072B2"}
LEAST_MS = 0.1


def draw_charts(outcomes, folder):
    """The paths of the SVG files. What was not measured has no chart."""
    use_style(matplotlib.rcParams)
    matplotlib.rcParams["font.size"] = 9
    waits = {label(each): {} for each in outcomes}
    refused = {label(each): {} for each in outcomes}
    for each in outcomes:
        for figure in each.figures:
            if figure.name.startswith("honest") and figure.name.endswith(": worst"):
                found = waits[label(each)]
                found[each.version] = max(found.get(each.version, LEAST_MS), figure.value)
            if figure.name.startswith("honest") and figure.name.endswith(": served"):
                found = refused[label(each)]
                found[each.version] = max(found.get(each.version, 0), 100 - figure.value)
    paths = [bars(waits, folder / "latency.svg", "Longest wait of an honest client",
                  "milliseconds", goal=LATENCY_GOAL_MS, logarithmic=True),
             bars(refused, folder / "refused.svg", "Honest clients that were not served", "%")]
    return [path for path in paths if path]


def label(outcome):
    return f"{outcome.attack}: {outcome.case}"


def bars(found, path, title, unit, goal=None, logarithmic=False):
    """A bar per version in each row of `found`, labelled with its number."""
    found = {name: values for name, values in found.items() if any(values.values())}
    if not found:
        return None
    versions = [each for each in (BEFORE, NOW) if any(each in values for values in found.values())]
    figure, axes = pyplot.subplots(figsize=(9, 1.2 + 0.19 * len(found) * (1 + len(versions))))
    height = 0.8 / len(versions)
    for index, version in enumerate(versions):
        rows = [row for row, values in enumerate(found.values()) if version in values]
        values = [list(found.values())[row][version] for row in rows]
        places = [row - 0.4 + (index + 0.5) * height for row in rows]
        axes.barh(places, values, 0.9 * height, color=COLOURS[version], label=version)
        for place, value in zip(places, values):
            axes.annotate(number(value), (value, place), (3, 0), fontsize=7, va="center",
                          textcoords="offset points")
    if goal:
        axes.axvline(goal, color="black", linestyle="--", linewidth=1, label="goal for the p99")
    if logarithmic:
        axes.set_xscale("log")
    axes.set_yticks(range(len(found)), list(found))
    axes.set_ylim(len(found) - 0.4, -0.6)  # top down
    axes.margins(x=0.08)
    axes.set_xlabel(unit)
    figure.suptitle(f"{title} (lower is better)", x=0.01, ha="left")
    figure.legend(frameon=False, fontsize=8, loc="upper right", ncols=3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return path
