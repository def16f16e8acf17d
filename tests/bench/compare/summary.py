"""From runs to figures: medians with spread, ratios round by round, and the goals."""

import statistics
from dataclasses import astuple, dataclass
from itertools import product

from .measure import DISTURBED_SHARES
from .protocol import Goal, Protocol

ABSOLUTE = "itself"  # for goals without rivals
PERCENTILES = ("p50", "p90", "p99", "p99_9", "p99_99")
# Where each measure comes from: the phase, and the path into the run.
MEASURES = {
    "responses_per_s": ("saturate", ("report", "responses_per_s", "total")),
    "cpu_us": ("saturate", ("report", "tracker", "cpu_us_per_response")),
    "resident_bytes": ("saturate", ("report", "tracker", "resident_bytes")),
    "loss_share": ("saturate", ("report", "loss_share")),
    "cpu_share": ("saturate", ("report", "tracker", "cpu_share")),
    "errors_per_s": ("saturate", ("report", "responses_per_s", "error")),
    "peers_per_announce": ("saturate", ("report", "peers_per_announce")),
    "idle_bytes": ("saturate", ("idle_bytes",)),  # per connection
    "latency_loss_share": ("latency", ("report", "loss_share")),
    "rate": ("latency", ("report", "rate", "requested")),
    "rate_achieved": ("latency", ("report", "rate", "achieved")),
    **{percentile: ("latency", ("report", "latency_us", percentile)) for percentile in PERCENTILES},
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
        return (f"{counted(self.workers, 'worker')}, {counted(self.torrents, 'torrent')}, "
                f"mix {self.mix}")


class Figures:
    """The figures of all runs, by scenario and contender."""

    def __init__(self, runs, protocol: Protocol):
        self.protocol = protocol
        self._measures = MEASURES | protocol.measures
        self.runs = [run for run in runs if run["phase"] != "announce all"]
        self.scenarios = unique(Scenario(run["workers"], run["torrents"], run["mix"])
                                for run in self.runs)
        self.contenders = unique(run["contender"] for run in self.runs)

    def contenders_of(self, scenario):
        return [name for name in self.contenders if self.of(scenario, name, "saturate")]

    def values(self, scenario, contender, measure):
        """One value per round."""
        if measure == "per_core":  # per second of the server's CPU time
            return [1e6 / cpu_us for cpu_us in self.values(scenario, contender, "cpu_us") if cpu_us]
        phase, way = self._measures[measure]
        values = [at(run, way) for run in self.of(scenario, contender, phase)]
        return [value for value in values if value is not None]

    def has(self, scenario, contender, measure):
        return bool(self.values(scenario, contender, measure))

    def spread(self, scenario, contender, measure):
        return spread(self.values(scenario, contender, measure))

    def median(self, scenario, contender, measure):
        return self.spread(scenario, contender, measure).median

    def ratio(self, scenario, contender, other, measure):
        """Over the rounds; None if one of them took no part."""
        pairs = zip(self.values(scenario, contender, measure),
                    self.values(scenario, other, measure))
        ratios = [value / of for value, of in pairs if of]
        return spread(ratios) if ratios else None

    def limited_by_generator(self, scenario, contender):
        """(runs in which the generator was the limit, runs)"""
        runs = self.of(scenario, contender, "saturate")
        return sum(run["report"]["limited_by"] == "generator" for run in runs), len(runs)

    def disturbed_count(self, scenario, contender):
        """Runs in which others took too much CPU in every attempt."""
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


def at(run, way):
    """None if the run does not have it."""
    for key in way:
        run = (run or {}).get(key)
    return run


def counted(count, noun):
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def unique(values):
    return list(dict.fromkeys(values))


@dataclass(frozen=True)
class Verdict:
    goal: Goal
    scenario: Scenario
    to: str
    ratio: Spread
    floor: Spread | None = None  # the floor's ratio to the same, which bounds any tracker

    @property
    def is_met(self):
        return self.goal.is_met(self.ratio.median)

    @property
    def is_missed_by_floor(self):
        """Missed, and in every round also by the floor, which only echoes."""
        return (not self.is_met and self.floor is not None
                and not any(map(self.goal.is_met, astuple(self.floor))))


def verdicts(figures):
    """On every goal that was measured, with one worker."""
    for goal, scenario in product(figures.protocol.goals, figures.scenarios):
        if scenario.workers != 1 or not is_for(goal, scenario):
            continue
        for to in goal.to:
            if ratio := figures.ratio(scenario, goal.contender, to, goal.measure):
                yield Verdict(goal, scenario, to, ratio, bound(figures, scenario, to, goal.measure))
        if not goal.to and figures.has(scenario, goal.contender, goal.measure):
            figure = figures.spread(scenario, goal.contender, goal.measure)
            yield Verdict(goal, scenario, ABSOLUTE, figure)


def bound(figures, scenario, to, measure):
    """The floor's ratio, unless it was not saturated."""
    floor = figures.protocol.floor
    if (measure not in figures.protocol.bound_by_floor
            or figures.limited_by_generator(scenario, floor)[0]):
        return None
    return figures.ratio(scenario, floor, to, measure)


def is_for(goal, scenario):
    return ((not goal.torrents or scenario.torrents in goal.torrents)
            and (not goal.mixes or scenario.mix in goal.mixes))
