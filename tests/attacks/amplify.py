"""Amplification: offers that compress well are sent once and relayed uncompressed to ten honest
peers per message.
"""

import json
import time
from dataclasses import dataclass

import webtorrent
import websocket
from bep15 import info_hash

from .figures import Figure
from .honest import Crowd
from .jobs import say
from .running import Wanted
from .wires import Wire, close_all, connect_ws, deflated_frame, drive

SWARM = info_hash(7)
# What the tracker's defaults allow: this many at once, then this many per second.
AT_ONCE, PER_SECOND = 400, 20
# An honest browser with 50 torrents has 10 offers of 3 kB relayed for each now and then.
RELAYED_GOAL_KB_PER_SECOND = 1000
FACTOR_GOAL = 20  # the tracker allows 16, plus frame headers


@dataclass(frozen=True)
class Amplify:
    victims: int = 12
    offers: int = 10
    sdp_size: int = 12_500
    seconds: float = 5
    goal_kb_per_s: float = RELAYED_GOAL_KB_PER_SECOND
    in_ids: bool = False  # the long part is offer_id

    name = "amplify"
    program = "gyre_ws"

    def title(self):
        what = "offer_ids" if self.in_ids else "offers"
        return f"{self.offers} {what} of {self.sdp_size / 1000:g} kB to {self.victims} peers"

    def wanted(self):
        return Wanted(self.program)

    def run(self, running):
        with Crowd("ws").beside(running.endpoint, running.place) as honest, \
                running.place.attack(relay, running.endpoint, self) as attack:
            begin = attack.hear(60)
            cpu = running.cpu_seconds()
            attack.tell("go")
            sent, relayed, seconds, lost = attack.hear(self.seconds + 60)
            cpu = running.cpu_seconds() - cpu
            measured = honest.measured(begin)
        return [*measured.figures(),
                Figure("peers: that the tracker closed", lost, f"of {self.victims}", at_most=0),
                Figure("relayed to them", relayed / 1e3 / seconds, "kB/s",
                       at_most=self.goal_kb_per_s),
                Figure("relayed per byte in", relayed / max(sent, 1), at_most=FACTOR_GOAL),
                Figure("CPU that it cost", cpu, "s")]


def offer(number, attack):
    filler = "a" * attack.sdp_size
    sdp, offer_id = ("", filler) if attack.in_ids else (filler, "")
    return {"offer": {"type": "offer", "sdp": sdp}, "offer_id": f"{offer_id}{number:020}"}


def relay(pipe, endpoint, attack):
    message = webtorrent.announce(SWARM, webtorrent.peer_id(999), offers=[
        offer(number, attack) for number in range(attack.offers)])
    frame = deflated_frame(json.dumps(message).encode())
    victims = [victim(endpoint, number) for number in range(attack.victims)]
    attacker = Wire(connect_ws(endpoint, headers=websocket.DEFLATE))
    say(pipe, time.perf_counter())
    pipe.recv()
    begin = time.perf_counter()
    frames_sent = 0

    def allowed(wire):
        """As much as a client may send that keeps to its rate."""
        nonlocal frames_sent
        if wire is not attacker:
            return b""
        count = int(AT_ONCE + PER_SECOND * (time.perf_counter() - begin)) - frames_sent
        count = min(count, 50)
        frames_sent += count
        return frame * count

    while (left := attack.seconds - (time.perf_counter() - begin)) > 0:
        if not attacker.to_send and not attacker.is_closed:
            attacker.to_send = memoryview(allowed(attacker))
        drive([wire for wire in (attacker, *victims) if not wire.is_closed], min(left, 0.05),
              is_done=lambda wire: False)
    close_all([attacker, *victims])
    return (attacker.sent, sum(wire.received for wire in victims), time.perf_counter() - begin,
            sum(wire.is_closed for wire in victims))


def victim(endpoint, number):
    """An honest peer that has joined the swarm."""
    client = websocket.Client(connect_ws(endpoint, number, second=78))
    client.send_text(webtorrent.encode(
        webtorrent.announce(SWARM, webtorrent.peer_id(number), "started", offers=[])))
    client.json()
    return Wire(client.socket)
