"""Poisoning: one party adds many peers to a swarm of UDP or HTTP clients, so that newcomers are
returned no one else.
"""

import time
from dataclasses import dataclass

from bep15 import Client, info_hash

from .figures import Figure
from .honest import Measured, Sample
from .running import Wanted

SWARM = info_hash(9)
PORTS = 64  # of each address, which is what limits.max_peers_per_address allows by default
ASKED, WANTED = 40, 50


@dataclass(frozen=True)
class Poison:
    honest: int = 30
    addresses: int = 1  # of the attacker
    networks: int = 1

    name = "poison"
    program = "gyre_udp"

    def title(self):
        addresses = "one address" if self.addresses == 1 else f"{self.addresses} addresses"
        networks = "" if self.networks == 1 else f" of {self.networks} networks"
        return f"{addresses}{networks} x {PORTS} ports among {self.honest} peers"

    def wanted(self):
        return Wanted(self.program)

    def run(self, running):
        with running.place.attack(surround, running.endpoint, self) as attack:
            samples, fake, all_returned, reached, count = attack.hear(120)
        # An eighth of an answer per address, a quarter per network.
        goals = {1: 12.5} if self.addresses == 1 else {1: 25}
        goal = goals.get(self.networks)
        return [*Measured(samples).figures(),
                Figure("peers in the swarm, by the tracker's count", count),
                Figure("peers returned that are the attacker's", 100 * fake / all_returned, "%",
                       at_most=goal),
                Figure("honest peers that were returned to anybody", reached,
                       f"of {self.honest}", at_least=self.honest if goal else None)]


def surround(_, endpoint, attack):
    samples = []

    def announce(client, port, **fields):
        begin = time.perf_counter()
        response = client.announce(SWARM, port, **fields)
        samples.append(Sample(begin, time.perf_counter() - begin))
        return response

    for number in range(attack.honest):
        with Client(endpoint, f"127.90.{number % 250}.{1 + number // 250}") as client:
            announce(client, 6881, left=number % 2)
    for number in range(attack.addresses):
        network, host = number % attack.networks, number // attack.networks
        with Client(endpoint, f"127.91.{network}.{1 + host}") as client:
            for port in range(1000, 1000 + PORTS):
                announce(client, port, numwant=0)
    fake = returned = 0
    reached = set()
    for number in range(ASKED):
        with Client(endpoint, f"127.92.{number}.1") as newcomer:
            response = announce(newcomer, 0, numwant=WANTED)  # port 0 is not stored
        returned += len(response.peers)
        fake += sum(host.startswith("127.91.") for host, _ in response.peers)
        reached |= {host for host, _ in response.peers if host.startswith("127.90.")}
    return samples, fake, returned, len(reached), response.leechers + response.seeders
