"""Lockout: silent connections take all slots, up to the tracker's limit or its process's file
descriptors. Clients that then arrive with a request must be served.
"""

import signal
import ssl
import time
from dataclasses import dataclass, field

import websocket
from bep3 import request
from bep15 import info_hash
from http_tracker import trusting_client

from .asking import from_addresses
from .figures import Figure
from .honest import LATENCY_GOAL_MS, Crowd
from .jobs import say, told
from .running import Wanted
from .wires import connect, connect_ws

LIMIT, NEWCOMERS = 64, 20
PONG = websocket.frame(b"", websocket.PONG)
PONG_EVERY_SECONDS, LOOK_EVERY_SECONDS = 0.2, 0.02
RELOAD_WITHIN_SECONDS = 5
# A tracker may spare new connections for this long.
SILENT_SECONDS = 0.25


def client_hello():
    """A current TLS client's ClientHello, always the same."""
    received, to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = trusting_client().wrap_bio(received, to_send, server_hostname="tracker.test")
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return to_send.read()


def tcp(endpoint, number, said=b""):
    connected = connect(endpoint, number, timeout=1)
    connected.sendall(said)
    return connected


def idle(endpoint, number):
    """Keep-alive, after one request."""
    connected = tcp(endpoint, number, request("/health"))
    connected.recv(4096)
    return connected


HELLO = client_hello()
# What a connection sends before it falls silent.
KINDS = {
    "nothing said": tcp,
    "half a head": lambda endpoint, number: tcp(endpoint, number, request("/announce")[:-6]),
    "half a ClientHello": lambda endpoint, number: tcp(endpoint, number, HELLO[:100]),
    "half a handshake": lambda endpoint, number: tcp(endpoint, number, HELLO),
    "kept alive": idle,
    "upgraded": lambda endpoint, number: connect_ws(endpoint, number, timeout=1),
    "upgraded, with pongs": lambda endpoint, number: connect_ws(endpoint, number, timeout=1),
}


@dataclass(frozen=True)
class Lockout:
    kind: str
    program: str = "gyre_ws"
    tls: bool = False
    descriptors: int = 0  # of the process: then this is the limit
    comes_again: bool = False  # reconnects when closed
    addresses: int = 1  # of the attackers
    silent_s: float = SILENT_SECONDS  # before honest clients come
    newcomers: int = NEWCOMERS
    settings: dict = field(default_factory=dict)

    name = "lockout"

    def title(self):
        limit = f"{self.descriptors} descriptors" if self.descriptors else f"{LIMIT} connections"
        again = ", who come again" if self.comes_again else ""
        again += from_addresses(self.addresses)
        again += "" if self.silent_s else ", just opened"
        return f"{self.program}{', TLS' if self.tls else ''}, {limit}: {self.kind}{again}"

    def wanted(self):
        settings = {} if self.descriptors else {"limits.max_connections": LIMIT}
        return Wanted(self.program, settings | self.settings, self.tls, self.descriptors,
                      with_list=True)

    def run(self, running):
        of = "ws" if self.program == "gyre_ws" else "http"
        # An evicted WebSocket is a lost peer; a keep-alive connection is simply reopened.
        kept = Crowd(of, clients=5, per_second=20, patience_s=2, tls=self.tls,
                     attempts=1 if of == "ws" else 2)
        new = Crowd(f"new {of}", clients=4, per_second=40, patience_s=2, tls=self.tls)
        with kept.beside(running.endpoint, running.place) as staying, \
                running.place.attack(hold, running.endpoint, self) as attack:
            begin, held = attack.hear(60)
            with new.beside(running.endpoint, running.place) as coming:
                come = coming.measured(begin, self.newcomers)
            stayed = staying.measured(begin, 10)
            answered = running.metrics_answer()
            reloaded = reloads(running)
            attack.tell("stop")
            closed = attack.hear(10)
        return [*come.figures("honest, new"),
                *stayed.figures("honest, there before", LATENCY_GOAL_MS if of == "ws" else None),
                Figure("metrics answered", int(answered), at_least=1),
                Figure("reload took effect", int(reloaded), at_least=1),
                Figure("attacker: connections opened", held),
                Figure("attacker: connections closed by the tracker", closed)]


def reloads(running):
    running.list_path.write_text(info_hash(1).hex() + "\n", encoding="ascii")
    running.tracker.signal(signal.SIGHUP)
    deadline = time.monotonic() + RELOAD_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if "access list: 1 info_hash" in running.tracker.log():
            return True
        time.sleep(LOOK_EVERY_SECONDS)
    return False


def hold(pipe, endpoint, attack):
    """Takes all slots; if it is to reconnect, keeps doing so, 64 connections per check."""
    wanted = attack.descriptors or LIMIT
    held, closed, opened = [], 0, 0

    def take(number):
        try:
            connected = KINDS[attack.kind](endpoint, number % attack.addresses)
            connected.setblocking(False)
            held.append(connected)
            return True
        except (OSError, AssertionError):
            return False

    for number in range(wanted):
        opened += take(number)
        if number - opened > 2:
            break  # nothing is accepted any more
    silent_from = time.monotonic()
    has_said, pong_due = False, 0
    while not told(pipe):
        if not has_said and time.monotonic() >= silent_from + attack.silent_s:
            has_said = True
            say(pipe, (time.perf_counter(), opened))
        if "pongs" in attack.kind and time.monotonic() > pong_due:
            pong_due = time.monotonic() + PONG_EVERY_SECONDS
            send_to_all(held, PONG)
        for connected in [each for each in held if has_ended(each)]:
            connected.close()
            held.remove(connected)
            closed += 1
            if attack.comes_again:
                take(closed % wanted)
        time.sleep(LOOK_EVERY_SECONDS)
    for connected in held:
        connected.close()
    return closed


def send_to_all(held, data):
    for connected in held:
        try:
            connected.send(data)
        except OSError:
            pass  # it has been closed


def has_ended(connected):
    try:
        while data := connected.recv(4096):
            if data[0] == 0x80 | websocket.CLOSE:
                return True
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True
