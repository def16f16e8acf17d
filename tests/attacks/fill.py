"""A flood of torrents that fills a tracker: do seeders and leechers of new torrents meet, and does
a seedbox keep its torrents?
"""

import socket
import time
from collections import deque
from dataclasses import dataclass

from bep15 import Client, announce_request, info_hash

from .figures import Figure
from .honest import Measured, Sample
from .jobs import say, told
from .running import Wanted

FLOODED, NEW, SEEDBOX = 100_000_000, 50_000_000, 10_000_000  # the first torrent of each
NETWORKS = 250  # from which honest clients come, a /24 each
LEECHER_AFTER_S = 0.5
PATIENCE_S = 5


@dataclass(frozen=True)
class Fill:
    seconds: float = 10
    max_torrents: int = 100_000
    seedbox: int = 10_000  # torrents of one address, announced before the flood
    torrents_per_second: int = 30_000
    pairs_per_second: int = 50
    networks: int = 1  # of the attacker

    name = "fill"
    program = "gyre_udp"

    def title(self):
        networks = "one network" if self.networks == 1 else f"{self.networks} networks"
        return f"torrents without end from {networks}, room for {self.max_torrents:,}"

    def wanted(self):
        return Wanted(self.program, {"limits.max_torrents": self.max_torrents})

    def run(self, running):
        box = Client(running.endpoint, "127.80.1.1")
        begin = time.perf_counter()
        announce_many(box, range(SEEDBOX, SEEDBOX + self.seedbox))
        box_seconds = time.perf_counter() - begin
        with running.place.attack(flood, running.endpoint, self) as attack:
            attack.hear(60)
            with running.place.honest(meet, running.endpoint, self) as meeting:
                samples, met, asked = meeting.hear(self.seconds + 120)
            attack.tell("stop")
            flooded, seconds = attack.hear(60)
        found = self._found_in_seedbox(running.endpoint)
        box.close()
        # Of many networks, each holds less than the seedbox: nothing tells it from a flood.
        goal = 100 if self.networks <= 2 else None
        return [*Measured(samples).figures(),
                Figure("leechers of new torrents that were returned the seeder", 100 * met / asked,
                       "%", at_least=goal),
                Figure("torrents of a seedbox that were found after the flood", 100 * found, "%",
                       at_least=goal),
                Figure("seedbox: time to announce all its torrents", box_seconds, "s"),
                Figure("attacker: torrents", flooded / seconds / 1e3, "thousand/s"),
                Figure("tracker: torrents evicted",
                       running.tracker.total("gyre_torrents_evicted_total"))]

    def _found_in_seedbox(self, endpoint):
        asked = range(SEEDBOX, SEEDBOX + self.seedbox, max(1, self.seedbox // 500))
        found = 0
        for number in asked:
            with Client(endpoint, f"127.84.{number % NETWORKS}.1") as leecher:
                peers = leecher.announce(info_hash(number), 6881).peers
            found += any(host == "127.80.1.1" for host, _ in peers)
        return found / len(asked)


def announce_many(client, numbers, window=200):
    """Announces all, with up to `window` without a response; asks again for those that are lost."""
    connection = client.connect()
    pending, todo = {}, deque(numbers)
    client.socket.settimeout(0.5)
    while todo or pending:
        while todo and len(pending) < window:
            number = todo.popleft()
            pending[number & 0xFFFFFFFF] = number
            client.send(announce_request(connection, info_hash(number), 6881, left=0, numwant=0,
                                         transaction=number))
        try:
            pending.pop(int.from_bytes(client.receive()[4:8], "big"), None)
        except socket.timeout:
            todo.extend(pending.values())
            pending.clear()


def flood(pipe, endpoint, attack):
    """Responses are not read."""
    clients = []
    for number in range(attack.networks):
        client = Client(endpoint, f"127.{100 + number // NETWORKS}.{number % NETWORKS}.9")
        client.connect()
        clients.append(client)
    template = bytearray(announce_request(0, info_hash(FLOODED), 6881, numwant=0))
    say(pipe, "begun")
    begin, number = time.perf_counter(), 0
    while not told(pipe):
        for _ in range(500):
            client = clients[number % len(clients)]
            template[:8] = client.connection.to_bytes(8, "big")
            template[16:36] = b"flood torrent" + number.to_bytes(7, "big")
            client.send(template)
            number += 1
        time.sleep(max(0, begin + number / attack.torrents_per_second - time.perf_counter()))
    pipe.recv()
    return number, time.perf_counter() - begin


def meet(_, endpoint, attack):
    """Seeders of new torrents and, a little later, their leechers, each from another network."""
    seeders, leechers = ([Client(endpoint, f"127.{second}.{number}.1")
                          for number in range(NETWORKS)] for second in (82, 83))
    samples, waiting = [], deque()
    met = asked = 0
    begin = time.perf_counter()
    for number in range(int(attack.seconds * attack.pairs_per_second)):
        due = begin + number / attack.pairs_per_second
        while waiting and waiting[0][0] <= due:
            _, earlier = waiting.popleft()
            asked += 1
            met += has_met(leechers[earlier % NETWORKS], earlier, samples)
        time.sleep(max(0, due - time.perf_counter()))
        timed_announce(seeders[number % NETWORKS], number, 0, samples)
        waiting.append((due + LEECHER_AFTER_S, number))
    for _, earlier in waiting:
        asked += 1
        met += has_met(leechers[earlier % NETWORKS], earlier, samples)
    return samples, met, asked


def has_met(leecher, number, samples):
    response = timed_announce(leecher, number, 1, samples)
    wanted = f"127.82.{number % NETWORKS}.1"
    return response is not None and any(host == wanted for host, _ in response.peers)


def timed_announce(client, number, left, samples):
    client.socket.settimeout(PATIENCE_S)
    begin, error, response = time.perf_counter(), None, None
    try:
        response = client.announce(info_hash(NEW + number), 6881, left=left)
    except (OSError, ValueError) as problem:
        error = f"{type(problem).__name__}: {problem}"[:60]
    samples.append(Sample(begin, time.perf_counter() - begin, 1, error))
    return response
