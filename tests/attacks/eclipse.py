"""Eclipse: one attacker adds many peers to an honest swarm, so that a newcomer's offers go to no
one else; on one connection with many peer_ids, or on many connections from one address.
"""

import time
from dataclasses import dataclass

import webtorrent
import websocket
from bep15 import info_hash

from .figures import Figure
from .honest import Measured, Sample
from .running import Wanted
from .wires import connect_ws

SWARM = info_hash(8)
ANNOUNCES, OFFERS = 5, 10
SHARE_OF_AN_ADDRESS = 8  # one in this many offers of an announce, while there are others
FAKE = 1_000_000  # their peer_ids start here
A_NETWORK = 250  # addresses from one to the next, so that each honest peer has its own


@dataclass(frozen=True)
class Eclipse:
    honest: int = 20
    connections: int = 1
    peer_ids: int = 300  # of the attacker, per connection

    name = "eclipse"
    program = "gyre_ws"

    def title(self):
        ids = f" x {self.peer_ids} peer_ids" if self.peer_ids > 1 else ""
        noun = "connection" if self.connections == 1 else "connections of one address"
        return f"{self.connections} {noun}{ids} among {self.honest} peers"

    def wanted(self):
        return Wanted(self.program)

    def run(self, running):
        with running.place.attack(surround, running.endpoint, self) as attack:
            samples, to_attacker, to_honest, reached, count = attack.hear(60)
        most = ANNOUNCES * max(1, OFFERS // SHARE_OF_AN_ADDRESS)
        return [*Measured(samples).figures(),
                Figure("peers in the swarm, by the tracker's count", count),
                Figure("offers of a newcomer to the attacker", to_attacker,
                       f"of {ANNOUNCES * OFFERS}", at_most=most),
                Figure("offers of a newcomer to honest peers", to_honest,
                       f"of {ANNOUNCES * OFFERS}", at_least=ANNOUNCES * OFFERS - most),
                Figure("honest peers that got any", reached, f"of {self.honest}")]


def surround(_, endpoint, attack):
    samples = []

    def announce(client, number, event=None, offers=()):
        begin = time.perf_counter()
        client.send_text(webtorrent.encode(
            webtorrent.announce(SWARM, webtorrent.peer_id(number), event, offers=list(offers))))
        while "complete" not in (reply := client.json()):
            pass
        samples.append(Sample(begin, time.perf_counter() - begin))
        return reply["incomplete"]

    peers = [websocket.Client(connect_ws(endpoint, A_NETWORK * number, second=79))
             for number in range(attack.honest)]
    for number, client in enumerate(peers):
        announce(client, number, "started")
    attackers = [websocket.Client(connect_ws(endpoint, 0)) for _ in range(attack.connections)]
    for number, client in enumerate(attackers):
        fakes = range(FAKE + number * attack.peer_ids, FAKE + (number + 1) * attack.peer_ids)
        client.send(b"".join(websocket.frame(webtorrent.encode(
            webtorrent.announce(SWARM, webtorrent.peer_id(fake), "started", offers=[])))
            for fake in fakes))
        client.settle()
    newcomer = websocket.Client(connect_ws(endpoint, A_NETWORK * attack.honest, second=79))
    for turn in range(ANNOUNCES):
        count = announce(newcomer, attack.honest, None if turn else "started",
                         [webtorrent.offer(turn * OFFERS + n) for n in range(OFFERS)])
    got = [offers_in(client.settle()) for client in peers]
    taken = sum(offers_in(client.settle()) for client in attackers)
    for client in (*peers, *attackers, newcomer):
        client.close()
    return samples, taken, sum(got), sum(map(bool, got)), count


def offers_in(messages):
    return sum(b'"offer"' in message for message in messages)
