"""All attacks, and how one is run: on its own tracker, which is stopped and checked afterwards.
"""

import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass

from .amplify import Amplify
from .eclipse import Eclipse
from .figures import Figure
from .fill import Fill
from .handshakes import Handshakes
from .inflate import BODIES, Bomb, Inflate
from .jobs import JobError, Place
from .lockout import Lockout
from .memory_limit import MemoryLimit
from .pipeline import Pipeline
from .poison import Poison
from .running import Running

ATTACKS = {
    "inflate": [Inflate(30), Inflate(100), Inflate(100, addresses=100),
                *[Inflate(30, body=body) for body in ("string", "offers", "scrape")]],
    "bomb": [Bomb(body) for body in BODIES],
    "amplify": [Amplify(), Amplify(in_ids=True)],
    "lockout": [
        *[Lockout(kind, silent_s=0) for kind in ("nothing said", "half a head")],
        *[Lockout(kind) for kind in ("upgraded", "upgraded, with pongs")],
        *[Lockout(kind, addresses=64) for kind in ("nothing said", "upgraded",
                                                   "upgraded, with pongs")],
        *[Lockout(kind, comes_again=True) for kind in ("half a head", "upgraded")],
        Lockout("upgraded", descriptors=120),
        *[Lockout(kind, tls=True, silent_s=0) for kind in ("half a ClientHello",
                                                           "half a handshake")],
        *[Lockout(kind, "gyre_http", silent_s=0) for kind in ("nothing said", "half a head")],
        Lockout("kept alive", "gyre_http"),
        Lockout("nothing said", "gyre_http", descriptors=120),
        Lockout("half a handshake", "gyre_http", tls=True, silent_s=0),
        Lockout("half a handshake", "gyre_http", tls=True, descriptors=120),
    ],
    "eclipse": [Eclipse(), Eclipse(connections=50, peer_ids=1)],
    "handshakes": [Handshakes("gyre_http"), Handshakes("gyre_http", addresses=100),
                   Handshakes("gyre_ws")],
    "pipeline": [Pipeline(64), Pipeline(64, "/scrape of 100"), Pipeline(256),
                 Pipeline(256, addresses=256)],
    "fill": [Fill(), Fill(networks=2), Fill(networks=250)],
    "poison": [Poison(), Poison(honest=300), Poison(addresses=100),
               Poison(addresses=100, networks=100)],
}
ABOUT = {
    "inflate": "bursts of messages of 257 bytes that inflate to 131,000",
    "bomb": "what a message costs, by the size that it inflates to",
    "amplify": "one sender whose compressed offers go out uncompressed to honest peers",
    "lockout": "silent connections that take every place there is",
    "eclipse": "one attacker that poses as many peers of a swarm",
    "handshakes": "TLS handshakes that are started and abandoned, with little memory",
    "pipeline": "connections that always have requests waiting",
    "fill": "torrents without end, which fill a tracker",
    "poison": "many peers of one party in a swarm",
}


@dataclass(frozen=True)
class Outcome:
    attack: str
    case: str
    program: str
    version: str  # NOW or BEFORE
    seconds: float
    figures: list
    error: str = ""

    def as_json(self):
        return asdict(self)

    @staticmethod
    def of_json(fields):
        return Outcome(**{**fields, "figures": [Figure(**each) for each in fields["figures"]]})


NOW, BEFORE = "now", "before"
WAITED = "tracker: waited for its CPU"


def waited_ms(figures):
    """Time for which others had the CPUs of tracker and honest clients."""
    return sum(figure.value for figure in figures if ": waited for" in figure.name)


def is_disturbed(figures):
    """Whether another process may be why a time was missed."""
    waited = waited_ms(figures)
    return any(each.unit == "ms" and not each.is_met() and each.value < each.at_most + waited
               for each in figures)


def run_on(attack, binary, place=Place()):
    """The figures. JobError, AssertionError or OSError: the attack failed, or the tracker did not
    end as it should.
    """
    with ExitStack() as stack:
        memory = None
        if hasattr(attack, "memory_mib"):
            memory = stack.enter_context(MemoryLimit(attack.memory_mib))
        running = stack.enter_context(Running(attack.wanted(), binary, place, memory))
        waited = running.waited_ms()
        figures = attack.run(running)
        return [*figures, Figure(WAITED, max(0, running.waited_ms() - waited), "ms")]


def run(attack, binary, version, place, tries=1):
    """Repeats, up to `tries` times, if a time was missed while others had the CPUs that long."""
    begin = time.monotonic()
    figures, error = [], ""
    for _ in range(tries):
        try:
            figures, error = run_on(attack, binary, place), ""
        except (JobError, AssertionError, OSError) as problem:
            figures, error = [], f"{type(problem).__name__}: {problem}"[:1000]
        if not is_disturbed(figures):
            break
    return Outcome(attack.name, attack.title(), attack.program, version,
                   time.monotonic() - begin, figures, error)
