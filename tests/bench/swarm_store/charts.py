"""Charts of the figures, as SVG. Needs matplotlib."""

import re

import matplotlib

matplotlib.use("Agg")  # no display is needed

from matplotlib import pyplot  # noqa: E402  pylint: disable=wrong-import-position

from compare.charts import use_style  # noqa: E402  pylint: disable=wrong-import-position

# Okabe and Ito's palette, safe for colour-blind readers.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#E69F00", "#009E73", "#777777"


def draw_charts(results, folder):
    """Draws the charts that there are figures for; returns the names of the SVG files."""
    use_style(matplotlib.rcParams)
    rows = results["rows"]
    charts = {"growth": growth_chart, "fetching": fetching_chart, "memory": memory_chart}
    return [finish(draw(rows), results, folder / f"{name}.svg") for name, draw in charts.items()
            if any(row["section"] == SECTION_OF[name] for row in rows)]


SECTION_OF = {"growth": "growth", "fetching": "speed", "memory": "memory"}


def growth_chart(rows):
    """What an announce and a peer cost, from a thousand peers to a hundred million."""
    figure, (time, memory) = pyplot.subplots(1, 2, figsize=(10, 4.2))
    for quantity, colour, style in (("time of an announce", BLUE, "o-"),
                                    ("the same without fetching ahead", ORANGE, "s--")):
        points = points_of(rows, "growth", quantity)
        time.plot(*zip(*points), style, color=colour, label=quantity)
    time.set_ylabel("nanoseconds")
    time.legend(frameon=False, fontsize=8)
    # With few peers, fixed costs and whole pages dominate.
    points = [point for point in points_of(rows, "growth", "memory for each peer")
              if point[0] >= 10_000]
    if points:
        memory.plot(*zip(*points), "o-", color=GREEN)
    memory.set_ylabel("bytes for each peer")
    for axes in (time, memory):
        axes.set_xscale("log")
        axes.set_xlabel("peers, twice the torrents")
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", alpha=0.3)
    figure.suptitle("What an announce and a peer take as the tracker grows", x=0.02, ha="left",
                    fontsize=12, fontweight="bold")
    return figure


def fetching_chart(rows):
    """Announces per second, by what is prefetched."""
    ways = ["one after the other", "torrents fetched ahead", "torrents and peers fetched ahead"]
    picked = {(row["subject"], row["quantity"]): row["value"] for row in rows
              if row["section"] == "speed" and row["quantity"] in ways}
    subjects = list(dict.fromkeys(subject for subject, _ in picked))
    figure, axes = pyplot.subplots(figsize=(8, 4.2))
    for index, (way, colour) in enumerate(zip(ways, (GREY, ORANGE, BLUE))):
        places = [group + (index - 1) * 0.28 for group in range(len(subjects))]
        bars = axes.bar(places, [picked.get((subject, way), 0) for subject in subjects], 0.26,
                        label=way, color=colour)
        axes.bar_label(bars, fmt="%.2f", fontsize=8)
    axes.set_xticks(range(len(subjects)), [subject.replace(", ", "\n") for subject in subjects])
    axes.set_ylabel("million announces per second")
    axes.legend(frameon=False, fontsize=8)
    figure.suptitle("One thread, 30 peers for each announce", x=0.02, ha="left", fontsize=12,
                    fontweight="bold")
    return figure


def memory_chart(rows):
    """Bytes for each peer by the size of swarms."""
    figure, axes = pyplot.subplots(figsize=(8, 4.2))
    for family, colour, goal in (("IPv4", BLUE, 12), ("IPv6", ORANGE, 30)):
        points = [(float(match[1].replace(",", "")), row["value"]) for row in rows
                  if row["quantity"] == "memory for each peer" and
                  (match := re.search(rf"of ([\d,]+) {family}", row["subject"]))]
        if points:
            axes.plot(*zip(*sorted(points)), "o-", color=colour, label=family)
        axes.axhline(goal, color=colour, linestyle=":", linewidth=1, label=f"goal for {family}")
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("peers of each swarm")
    axes.set_ylabel("bytes for each peer")
    axes.legend(frameon=False, fontsize=8, ncols=2)
    figure.suptitle("Memory of large swarms", x=0.02, ha="left", fontsize=12, fontweight="bold")
    return figure


def points_of(rows, section, quantity):
    return sorted((float(row["subject"].split()[0].replace(",", "")), row["value"])
                  for row in rows if row["section"] == section and row["quantity"] == quantity)


def finish(figure, results, path):
    machine = results["machine"]
    figure.text(0.02, 0.01, f"{results['date']}, {machine['cpu']}, {machine['cpus']} CPUs, Linux "
                f"{machine['kernel']}; best of {results['rounds']} rounds", fontsize=7,
                color="#555555")
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return path.name
