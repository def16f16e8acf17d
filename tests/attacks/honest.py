"""Honest clients beside an attack: each sends a few requests per second, and every response is
timed.

They are threads of one process, so none waits for another's response. A missing or wrong response
counts as a refusal, and the client continues with a new connection.
"""

import os
import time
from collections import Counter
from dataclasses import dataclass, field
from threading import Event, Thread

from .asking import KINDS
from .figures import Figure, percentile
from .jobs import Place, say, waited_seconds

BEGIN_WITHIN_SECONDS = 60
LATENCY_GOAL_MS = 50


@dataclass(frozen=True)
class Sample:
    begin: float  # time.perf_counter(), shared by all processes
    seconds: float
    attempts: int = 1
    error: str | None = None


@dataclass
class Measured:
    samples: list
    waited_ms: float = 0  # for a CPU, sum of all clients
    errors: Counter = field(default_factory=Counter)

    def __post_init__(self):
        self.errors = Counter(sample.error for sample in self.samples if sample.error)

    @property
    def refused(self):
        return sum(self.errors.values())

    @property
    def served_percent(self):
        return 100 * (1 - self.refused / len(self.samples))

    def _why(self):
        return "; ".join(f"{count} x {error}" for error, count in self.errors.most_common(2))

    def milliseconds(self):
        return [sample.seconds * 1e3 for sample in self.samples]

    def figures(self, prefix="honest", p99_ms=LATENCY_GOAL_MS):
        """For refused ones, the time that they had waited."""
        times = self.milliseconds()
        return [Figure(f"{prefix}: served", self.served_percent, "%", at_least=100),
                Figure(f"{prefix}: refused", self.refused, f"of {len(times)}", note=self._why()),
                Figure(f"{prefix}: median", percentile(times, 0.5), "ms"),
                Figure(f"{prefix}: p99", percentile(times, 0.99), "ms", at_most=p99_ms),
                Figure(f"{prefix}: worst", max(times), "ms"),
                Figure(f"{prefix}: waited for a CPU", self.waited_ms, "ms")]


@dataclass(frozen=True)
class Crowd:
    """Who they are and how often they send requests. `patience_s` is how long they wait for a
    response."""
    kind: str  # of KINDS
    clients: int = 10
    per_second: float = 40  # sum of all
    patience_s: float = 10
    tls: bool = False
    attempts: int = 1

    def beside(self, endpoint, place=Place()):
        return Beside(self, endpoint, place)


class Beside:
    """Within a with block the crowd sends requests; the block starts when each client has been
    served or refused once."""

    def __init__(self, crowd, endpoint, place):
        self._crowd = crowd
        self._job = place.honest(ask_until_told, crowd, endpoint)

    def __enter__(self):
        try:
            self._job.hear(BEGIN_WITHIN_SECONDS + self._crowd.patience_s)
        except BaseException:
            self._job.stop()
            raise
        return self

    def __exit__(self, *_):
        self._job.stop()

    def measured(self, since, least=60):
        """Requests that ended after `since`, and at least this many."""
        self._job.tell((since, least))
        seconds = least / self._crowd.per_second + least * self._crowd.patience_s
        return Measured(*self._job.hear(seconds + BEGIN_WITHIN_SECONDS))


def ask_until_told(pipe, crowd, endpoint):
    samples, stop = [], Event()
    threads = [Thread(target=ask_often, args=(crowd, endpoint, number, samples, stop))
               for number in range(crowd.clients)]
    for thread in threads:
        thread.start()
    while len(samples) < crowd.clients:
        time.sleep(0.005)
    waited = waited_seconds(os.getpid())
    say(pipe, "begun")
    since, least = pipe.recv()
    while len(after(samples, since)) < least:
        time.sleep(0.01)
    waited = waited_seconds(os.getpid()) - waited
    stop.set()
    for thread in threads:
        thread.join()
    return after(samples, since), waited * 1e3


def after(samples, since):
    return [sample for sample in list(samples) if sample.begin + sample.seconds >= since]


def ask_often(crowd, endpoint, number, samples, stop):
    client = KINDS[crowd.kind](endpoint, number, crowd)
    pause = crowd.clients / crowd.per_second
    due = time.perf_counter() + pause * number / crowd.clients  # spread over time
    while not stop.wait(max(0, due - time.perf_counter())):
        begin = time.perf_counter()
        attempts, error = crowd.attempts, None
        try:
            attempts = client.ask()
        except (OSError, ValueError, AssertionError) as problem:
            error = f"{type(problem).__name__}: {problem}"[:60]
        samples.append(Sample(begin, time.perf_counter() - begin, attempts, error))
        due = max(due + pause, time.perf_counter())
    client.close()
