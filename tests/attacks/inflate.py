"""Decompression bombs: permessage-deflate turns 257 bytes into 131,000 bytes of JSON that must be
parsed.
"""

import json
import time
from dataclasses import dataclass

import websocket

from .asking import from_addresses
from .figures import Figure
from .honest import Crowd
from .jobs import say, told
from .running import Wanted
from .wires import LAST, Wire, close_all, connect_ws, deflated_frame, drive

SIZE = 131_000  # just below the default of websocket_max_message_size
PLAIN = {"action": "announce", "info_hash": "a" * 20, "peer_id": "b" * 20, "left": 1,
         "event": "started", "numwant": 0, "offers": []}

QUIET_SECONDS, QUIET_SHARE = 0.5, 0.1


def with_member(name, text, plain=PLAIN):
    """An announce with one more member, as text, since no library would write it."""
    head = json.dumps({key: value for key, value in plain.items() if key != name})
    return f'{head[:-1]},"{name}":{text}}}'.encode()


BODIES = {
    "plain": json.dumps(PLAIN).encode(),
    "string": with_member("x", '"' + "a" * (SIZE - 300) + '"'),
    "array": with_member("x", "[" + "0," * ((SIZE - 300) // 2) + "0]"),
    "arrays": with_member("x", "[" + "[]," * ((SIZE - 300) // 3) + "0]"),
    "offers": with_member("offers", "[" + '{"offer":{"sdp":""},"offer_id":""},' *
                          ((SIZE - 400) // 35) + "{}]"),
    "escapes": with_member("x", '"' + "\\u0041" * ((SIZE - 300) // 6) + '"'),
    "scrape": json.dumps({"action": "scrape",
                          "info_hash": [f"{number:020}" for number in range(5000)]}).encode(),
}


@dataclass(frozen=True)
class Inflate:
    """Many connections, each sending one burst at the same time."""
    connections: int = 100
    messages: int = 400
    body: str = "array"
    addresses: int = 1  # of the attackers
    within_s: float = 120  # the attack ends then, whatever was answered
    patience_s: float = 120

    name = "inflate"
    program = "gyre_ws"

    def title(self):
        return (f"{self.connections} connections x {self.messages} {self.body}"
                f"{from_addresses(self.addresses)}")

    def wanted(self):
        return Wanted(self.program)

    def run(self, running):
        crowd = Crowd("ws", patience_s=self.patience_s)
        with crowd.beside(running.endpoint, running.place) as honest, \
                running.place.attack(burst, running.endpoint, self) as attack:
            begin = attack.hear(60)
            cpu = running.cpu_seconds()
            attack.tell("go")
            stop_when_quiet(attack, running)
            sent, _, answered, closed, seconds = attack.hear(60)
            cpu = running.cpu_seconds() - cpu
            measured = honest.measured(begin)
        return [*measured.figures(),
                Figure("attackers: sent", sent / 1e3, "kB"),
                Figure("attackers: CPU that they cost", cpu, "s"),
                Figure("attackers: over after", seconds, "s"),
                Figure("attackers: answered to the end", answered, f"of {self.connections}"),
                Figure("attackers: closed", closed, f"of {self.connections}")]


@dataclass(frozen=True)
class Bomb:
    """One connection: the cost of a message of each kind."""
    body: str = "array"
    messages: int = 400
    within_s: float = 20

    name = "bomb"
    program = "gyre_ws"
    connections = addresses = 1

    def title(self):
        return f"{self.body}, {len(BODIES[self.body]):,} bytes"

    def wanted(self):
        return Wanted(self.program)

    def run(self, running):
        with Crowd("ws", clients=5, per_second=20).beside(running.endpoint, running.place) as \
                honest, running.place.attack(burst, running.endpoint, self) as attack:
            begin = attack.hear(60)
            cpu = running.cpu_seconds()
            attack.tell("go")
            stop_when_quiet(attack, running)
            sent, size, answered, _, _ = attack.hear(60)
            cpu = running.cpu_seconds() - cpu
            measured = honest.measured(begin, 10)
        return [*measured.figures(),
                Figure("attacker: a message on the wire", size, "bytes"),
                Figure("attacker: CPU per message sent", cpu * 1e6 * size / max(sent, 1), "us"),
                Figure("attacker: CPU per MB sent", cpu * 1e6 / max(sent, 1), "s"),
                Figure("attacker: answered to the end", answered, "of 1")]


def burst(pipe, endpoint, attack):
    """Reports when it is ready, and starts when told to."""
    message = deflated_frame(BODIES[attack.body])
    data = message * (attack.messages - 1) + LAST  # the ping counts too
    wires = [Wire(connect_ws(endpoint, number % attack.addresses, headers=websocket.DEFLATE), data)
             for number in range(attack.connections)]
    say(pipe, time.perf_counter())
    pipe.recv()
    seconds = drive(wires, attack.within_s, until=lambda: told(pipe))
    close_all(wires)
    return (sum(wire.sent for wire in wires), len(message),
            sum(wire.has_last_pong for wire in wires), sum(wire.is_closed for wire in wires),
            seconds)


def stop_when_quiet(attack, running):
    """Tells the attacker, which may wait for messages that were dropped, that the tracker is nearly
    idle: the attack is over.
    """
    cpu = running.cpu_seconds()
    while not attack.pipe.poll(QUIET_SECONDS):
        before, cpu = cpu, running.cpu_seconds()
        if cpu - before < QUIET_SHARE * QUIET_SECONDS:
            attack.tell("stop")
            return
