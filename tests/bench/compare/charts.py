"""Charts of the figures, as SVG. Needs matplotlib."""

import matplotlib

matplotlib.use("Agg")  # no display is needed

from matplotlib import pyplot  # noqa: E402  pylint: disable=wrong-import-position

from .summary import PERCENTILES, counted  # noqa: E402

# Okabe and Ito's palette, safe for colour-blind readers, as are the colours that protocols give to
# their contenders; each contender also has its own hatch or marker.
OTHER_COLOURS = ["#009E73", "#CC79A7", "#F0E442"]
HATCHES = ["", "//", "", "\\\\", "-", "|"]
MARKERS = ["o", "s", "^", "D", "v", "P"]


def draw_charts(results, figures, folder):
    """The paths of the SVG files. What was not measured has no chart."""
    use_style(matplotlib.rcParams)
    draw = Drawing(results, figures, folder)
    unit = figures.protocol.unit
    paths = [draw.bars("throughput", f"{unit.capitalize()}s per second", "responses_per_s", 1e3,
                       f"thousand {unit}s/s"),
             draw.bars("cpu", f"CPU time per {unit} (lower is better)", "cpu_us", 1,
                       "microseconds"),
             draw.latencies(),
             draw.bars("memory", f"{figures.protocol.memory_title} (lower is better)",
                       "resident_bytes", 2**20, "MiB", logarithmic=True)]
    if len({scenario.workers for scenario in figures.scenarios}) > 1:
        paths.append(draw.scaling())
    return [path for path in paths if path]


def use_style(parameters):
    """One look for all charts. Text stays text, which keeps the files small."""
    parameters.update({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
                       "figure.facecolor": "white", "svg.fonttype": "none",
                       "svg.hashsalt": "gyre"})


class Drawing:
    def __init__(self, results, figures, folder):
        self._results, self._figures, self._folder = results, figures, folder
        names = figures.contenders
        others = iter(OTHER_COLOURS * len(names))
        self._colours = {name: figures.protocol.colours.get(name) or next(others) for name in names}
        # With one worker only; scaling has its own chart.
        fewest = min(scenario.workers for scenario in figures.scenarios)
        self._scenarios = [each for each in figures.scenarios if each.workers == fewest]
        self._saturated = [each for each in self._scenarios
                           if figures.protocol.mixes[each.mix].saturates]

    def bars(self, name, title, measure, unit, label, logarithmic=False):
        """A group of bars for each scenario in which the measure means something."""
        scenarios = self._scenarios if measure == "resident_bytes" else self._saturated
        if not scenarios:
            return None
        figure, axes = pyplot.subplots(figsize=self._size(2.6 * len(scenarios)))
        width = 0.84 / len(self._figures.contenders)
        for index, contender in enumerate(self._figures.contenders):
            groups = [group for group, scenario in enumerate(scenarios)
                      if self._figures.has(scenario, contender, measure)]
            spreads = [self._figures.spread(scenarios[group], contender, measure)
                       for group in groups]
            places = [group - 0.42 + (index + 0.5) * width for group in groups]
            medians = [spread.median / unit for spread in spreads]
            below = [(spread.median - spread.min) / unit for spread in spreads]
            above = [(spread.max - spread.median) / unit for spread in spreads]
            axes.bar(places, medians, 0.92 * width, yerr=[below, above], label=contender,
                     color=self._colours[contender], hatch=HATCHES[index % len(HATCHES)],
                     edgecolor="white", error_kw={"elinewidth": 1, "capsize": 3})
            for place, median, over in zip(places, medians, above):
                axes.annotate(number(median), (place, median + over), (0, 3), fontsize=8,
                              textcoords="offset points", ha="center")
        if logarithmic:
            axes.set_yscale("log")
        axes.set_xticks(range(len(scenarios)), [label_of(each) for each in scenarios])
        axes.set_ylabel(label)
        return self._finish(figure, name, title, note="; whiskers: minimum and maximum")

    def latencies(self):
        """Percentiles at the same offered load, a panel for each scenario."""
        scenarios = [each for each in self._scenarios if self._names(each)]
        if not scenarios:
            return None
        figure, panels = pyplot.subplots(1, len(scenarios), sharey=True, squeeze=False,
                                         figsize=self._size(3.2 * len(scenarios)))
        for axes, scenario in zip(panels[0], scenarios):
            for contender in self._names(scenario):
                index = self._figures.contenders.index(contender)
                medians = [self._figures.median(scenario, contender, percentile)
                           for percentile in PERCENTILES]
                axes.plot(PERCENTILES, medians, label=contender, linewidth=1.8,
                          color=self._colours[contender], marker=MARKERS[index % len(MARKERS)])
            rate = self._figures.median(scenario, self._names(scenario)[0], "rate")
            axes.set_title(f"{label_of(scenario)}\n{rate:,.0f} requests/s", fontsize=9)
            axes.set_yscale("log")
            axes.set_xticks(range(len(PERCENTILES)), ["50 %", "90 %", "99 %", "99.9 %", "99.99 %"],
                            fontsize=7)
            axes.grid(axis="y", which="major", alpha=0.3)
        panels[0][0].set_ylabel("microseconds")
        return self._finish(figure, "latency", "Latency at equal load (lower is better)")

    def _names(self, scenario):
        """The contenders whose latency was measured."""
        return [name for name in self._figures.contenders
                if self._figures.has(scenario, name, "p99")]

    def scaling(self):
        """Responses per second over workers, a panel for each load."""
        loads = list(dict.fromkeys((each.torrents, each.mix) for each in self._figures.scenarios))
        figure, panels = pyplot.subplots(1, len(loads), sharey=True, squeeze=False,
                                         figsize=self._size(3.2 * len(loads)))
        for axes, load in zip(panels[0], loads):
            scenarios = [each for each in self._figures.scenarios
                         if (each.torrents, each.mix) == load]
            for index, contender in enumerate(self._figures.contenders):
                taken = [each for each in scenarios
                         if contender in self._figures.contenders_of(each)]
                axes.plot([each.workers for each in taken],
                          [self._figures.median(each, contender, "responses_per_s") / 1e3
                           for each in taken], label=contender,
                          color=self._colours[contender], marker=MARKERS[index % len(MARKERS)])
            axes.set_title(label_of(scenarios[0]), fontsize=9)
            axes.set_xlabel("workers")
        panels[0][0].set_ylabel(f"thousand {self._figures.protocol.unit}s/s")
        panels[0][0].set_ylim(bottom=0)
        unit = self._figures.protocol.unit.capitalize()
        return self._finish(figure, "scaling", f"{unit}s per second by number of workers")

    def _size(self, content_width):
        """In inches, with room for the legend."""
        return max(content_width + 1.5, 1.9 * len(self._figures.contenders)), 4.5

    def _finish(self, figure, name, title, note=""):
        by_label = {label: handle for axes in figure.axes
                    for handle, label in zip(*axes.get_legend_handles_labels())}
        handles, labels = list(by_label.values()), list(by_label)
        figure.suptitle(title, x=0.02, ha="left", fontsize=12, fontweight="bold")
        figure.legend(handles, labels, loc="upper left", bbox_to_anchor=(0.01, 0.94), frameon=False,
                      ncols=len(labels), fontsize=9)
        figure.text(0.02, 0.015, self._footer() + note, fontsize=7, color="#555555")
        figure.tight_layout(rect=(0, 0.03, 1, 0.9))
        path = self._folder / f"{name}.svg"
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)
        return path

    def _footer(self):
        machine, rounds = self._results["machine"], self._results["rounds"]
        return (f"{self._results['started'][:10]}, {machine['cpu']}, {machine['cpus']} CPUs, Linux "
                f"{machine['kernel']}, loopback; medians of {counted(rounds, 'round')}")


def label_of(scenario):
    return f"{counted(scenario.torrents, 'torrent')}\nmix {scenario.mix}"


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
