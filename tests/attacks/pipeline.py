"""Connections that always have requests pending: how is a client served that asks now and then?"""

import time
from dataclasses import dataclass

from bep3 import request

from .asking import from_addresses
from .figures import Figure
from .honest import LATENCY_GOAL_MS, Crowd
from .jobs import say
from .running import Wanted
from .wires import Wire, close_all, connect, drive

BLOCKS = {
    "/health": request("/health") * 400,
    "/scrape of 100": request(
        "/scrape?" + "&".join(f"info_hash={number:020}" for number in range(100))) * 4,
}


@dataclass(frozen=True)
class Pipeline:
    connections: int = 64
    target: str = "/health"
    seconds: float = 3
    addresses: int = 1  # of the attackers
    patience_s: float = 10

    name = "pipeline"
    program = "gyre_http"

    def title(self):
        return (f"{self.connections} connections of GET {self.target}"
                f"{from_addresses(self.addresses)}")

    def wanted(self):
        return Wanted(self.program)

    def request_size(self):
        block = BLOCKS[self.target]
        return len(block) / block.count(b"GET ")

    def run(self, running):
        kept = Crowd("http", patience_s=self.patience_s)
        anew = Crowd("new http", clients=5, per_second=20, patience_s=self.patience_s)
        with kept.beside(running.endpoint, running.place) as keeping, \
                anew.beside(running.endpoint, running.place) as coming, \
                running.place.attack(flood, running.endpoint, self) as attack:
            begin = attack.hear(60)
            sent, received = attack.hear(self.seconds + 60)
            figures = [*keeping.measured(begin, 20).figures("honest, kept alive", None),
                       *coming.measured(begin, 10).figures("honest, new", None)]
        # Attackers request as much as they get: a goal for the median, and no client unanswered.
        goals = {"median": {"at_most": LATENCY_GOAL_MS}, "served": {"at_least": 100}}
        return [Figure(each.name, each.value, each.unit, **goals.get(each.name.split(": ")[1], {}))
                for each in figures] + [
            Figure("attackers: requests", sent / self.request_size() / self.seconds / 1e3,
                   "thousand/s"),
            Figure("attackers: received", received / self.seconds / 1e6, "MB/s")]


def flood(pipe, endpoint, attack):
    wires = [Wire(connect(endpoint, number % attack.addresses))
             for number in range(attack.connections)]
    say(pipe, time.perf_counter())
    block = BLOCKS[attack.target]
    drive(wires, attack.seconds, is_done=lambda wire: False, refill=lambda wire: block)
    close_all(wires)
    return sum(wire.sent for wire in wires), sum(wire.received for wire in wires)
