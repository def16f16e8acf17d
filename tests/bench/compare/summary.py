"""From runs to figures: medians with spread, ratios round by round, and the goals."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

from .contenders import FLOOR, GYRE, GYRE_WITH_LIST, OPENTRACKER, OPENTRACKER_THREAD
from .measure import DISTURBED_SHARES

PERCENTILES = ("p50", "p90", "p99", "p99_9", "p99_99")
# What each measure is read from: the phase, and the way into the tester's report.
MEASURES = {
    "responses_per_s": ("saturate", ("responses_per_s", "total")),
    "cpu_us": ("saturate", ("tracker", "cpu_us_per_response")),
    "resident_bytes": ("saturate", ("tracker", "resident_bytes")),
    "loss_share": ("saturate", ("loss_share",)),
    "cpu_share": ("saturate", ("tracker", "cpu_share")),
    "errors_per_s": ("saturate", ("responses_per_s", "error")),
    "peers_per_announce": ("saturate", ("peers_per_announce",)),
    "latency_loss_share": ("latency", ("loss_share",)),
    "rate": ("latency", ("rate", "requested")),
    "rate_achieved": ("latency", ("rate", "achieved")),
    **{percentile: ("latency", ("latency_us", percentile)) for percentile in PERCENTILES},
}


@dataclass(frozen=True)
class Spread:
    median: float
    min: float
    max: float


def spread(values):
    return Spread(statistics.median(values), min(values), max(values))


@dataclass(frozen=True)
class Scenario:
    workers: int
    torrents: int
    mix: str

    def text(self):
        plural = "" if self.workers == 1 else "s"
        return f"{self.workers} worker{plural}, {self.torrents:,} torrents, mix {self.mix}"


class Figures:
    """What all runs say, asked by scenario and contender."""

    def __init__(self, runs):
        self.runs = [run for run in runs if run["phase"] != "announce all"]
        self.scenarios = unique(Scenario(run["workers"], run["torrents"], run["mix"])
                                for run in self.runs)
        self.contenders = unique(run["contender"] for run in self.runs)

    def contenders_of(self, scenario):
        return [name for name in self.contenders if self.of(scenario, name, "saturate")]

    def values(self, scenario, contender, measure):
        """One value of each round."""
        phase, way = MEASURES[measure]
        return [at(run["report"], way) for run in self.of(scenario, contender, phase)]

    def spread(self, scenario, contender, measure):
        return spread(self.values(scenario, contender, measure))

    def median(self, scenario, contender, measure):
        return self.spread(scenario, contender, measure).median

    def ratio(self, scenario, contender, other, measure):
        """Over the rounds; nothing when one of them took no part."""
        pairs = zip(self.values(scenario, contender, measure),
                    self.values(scenario, other, measure))
        ratios = [value / of for value, of in pairs if of]
        return spread(ratios) if ratios else None

    def limited_by_generator(self, scenario, contender):
        """In how many of how many runs the generator was the limit, so that more was possible."""
        runs = self.of(scenario, contender, "saturate")
        return sum(run["report"]["limited_by"] == "generator" for run in runs), len(runs)

    def disturbed_count(self, scenario, contender):
        """In how many runs others had too much of the CPUs, however often it was tried."""
        return sum(run["disturbed_share"] > DISTURBED_SHARES[phase]
                   for phase in ("saturate", "latency")
                   for run in self.of(scenario, contender, phase))

    def invalid_count(self, scenario, contender):
        return sum(sum(run["report"]["invalid"].values())
                   for phase in ("saturate", "latency")
                   for run in self.of(scenario, contender, phase))

    def of(self, scenario, contender, phase):
        return [run for run in self.runs
                if (run["workers"], run["torrents"], run["mix"]) ==
                (scenario.workers, scenario.torrents, scenario.mix)
                and run["contender"] == contender and run["phase"] == phase]


def at(report, way):
    for key in way:
        report = report[key]
    return report


def unique(values):
    return list(dict.fromkeys(values))


@dataclass(frozen=True)
class Goal:
    """What one contender's measure must be as a ratio to each of some others'."""
    title: str
    measure: str
    contender: str
    to: tuple
    is_met: Callable[[float], bool]
    torrents: tuple = ()  # the scenarios that it is for, by torrents; empty: all


# With opentracker, gyre_udp is judged where both do the same work: with the list.
VERSUS_OPENTRACKER = {"contender": GYRE_WITH_LIST, "to": (OPENTRACKER, OPENTRACKER_THREAD)}
GOALS = (
    Goal("responses/s: at least 1.75", "responses_per_s", **VERSUS_OPENTRACKER,
         torrents=(10_000,), is_met=lambda ratio: ratio >= 1.75),
    Goal("responses/s: at least 1.6", "responses_per_s", **VERSUS_OPENTRACKER,
         torrents=(1_000_000,), is_met=lambda ratio: ratio >= 1.6),
    Goal("CPU per response: at most 0.6", "cpu_us", **VERSUS_OPENTRACKER,
         is_met=lambda ratio: ratio <= 0.6),
    Goal("memory: below 1", "resident_bytes", **VERSUS_OPENTRACKER,
         is_met=lambda ratio: ratio < 1),
    Goal("p99 at equal load: below 1", "p99", **VERSUS_OPENTRACKER,
         is_met=lambda ratio: ratio < 1),
    Goal("responses/s: at least 0.9", "responses_per_s", GYRE, (FLOOR,), torrents=(10_000,),
         is_met=lambda ratio: ratio >= 0.9),
)


@dataclass(frozen=True)
class Verdict:
    goal: Goal
    scenario: Scenario
    to: str
    ratio: Spread

    @property
    def is_met(self):
        return self.goal.is_met(self.ratio.median)


def verdicts(figures):
    """On every goal that was measured, with one worker."""
    for goal, scenario in product(GOALS, figures.scenarios):
        if scenario.workers != 1 or (goal.torrents and scenario.torrents not in goal.torrents):
            continue
        for to in goal.to:
            if ratio := figures.ratio(scenario, goal.contender, to, goal.measure):
                yield Verdict(goal, scenario, to, ratio)
