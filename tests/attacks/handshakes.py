"""Abandoned TLS handshakes: a ClientHello of 517 bytes each, for which the tracker creates a
session, signs, and waits. Its memory is limited, and it must not be killed.
"""

import selectors
import socket
import time
from dataclasses import dataclass

from .asking import address, from_addresses
from .figures import Figure
from .honest import Crowd
from .jobs import say, told
from .lockout import HELLO
from .running import Wanted

REFUSED = "over_handshake_limit"  # prefix of the close reason in the tracker's metrics
COME_BACK_WITHIN_MS = 2000


@dataclass(frozen=True)
class Handshakes:
    program: str = "gyre_http"
    connections: int = 12_000
    within_s: float = 8
    memory_mib: int = 512
    attempts: int = 3
    addresses: int = 1  # of the attackers

    name = "handshakes"

    def title(self):
        return (f"{self.program}: {self.connections:,} ClientHellos in {self.memory_mib} MiB"
                f"{from_addresses(self.addresses)}")

    def wanted(self):
        return Wanted(self.program, tls=True)

    def run(self, running):
        of = "ws" if self.program == "gyre_ws" else "http"
        crowd = Crowd(f"new {of}", clients=3, per_second=10, patience_s=2, tls=True,
                      attempts=self.attempts)
        with crowd.beside(running.endpoint, running.place) as honest, \
                running.place.attack(greet, running.endpoint, self) as attack:
            begin = attack.hear(10)
            first_cpu = cpu = running.cpu_seconds()
            resident = 0
            while not attack.pipe.poll(0.05):  # if it is killed, the last value counts
                resident = max(resident, running.resident_mib())
                cpu = max(cpu, running.cpu_seconds())
            sent, seconds = attack.hear(10)
            measured = honest.measured(begin, 20)
            resident = max(resident, running.resident_mib())
            refused = refusals(running)
            attack.tell("stop")
            gone = attack.hear(30)
        most_mib = self.memory_mib if running.memory.is_there else None
        return [*measured.figures(p99_ms=COME_BACK_WITHIN_MS),
                Figure("honest: most attempts", max(each.attempts for each in measured.samples),
                       at_most=self.attempts),
                Figure("tracker killed", int(not running.is_alive()), at_most=0),
                Figure("resident at most", resident, "MiB", at_most=most_mib),
                Figure("CPU per ClientHello", (cpu - first_cpu) * 1e6 / max(sent, 1), "us"),
                Figure("attacker: ClientHellos sent", sent),
                Figure("attacker: over after", seconds, "s"),
                Figure("attacker: closed by the tracker", gone),
                Figure("refused, as the tracker counts", refused)]


def refusals(running):
    if not running.is_alive():
        return 0
    return sum(value for (name, labels), value in running.tracker.metrics().items()
               if name == "gyre_connections_closed_total"
               and dict(labels)["reason"].startswith(REFUSED))


def greet(pipe, endpoint, attack):
    """Opens connections at an even pace without waiting, and holds them until told to stop."""
    selector = selectors.DefaultSelector()
    opened, sent = [], 0
    begin = time.perf_counter()
    say(pipe, begin)
    # Time for those that are not accepted at once: as long again.
    while time.perf_counter() - begin < 2 * attack.within_s:
        share = (time.perf_counter() - begin) / attack.within_s
        while len(opened) < min(1, share) * attack.connections:
            connected = socket.socket()
            connected.setblocking(False)
            connected.bind((address(len(opened) % attack.addresses, 99), 0))
            connected.connect_ex(endpoint)
            selector.register(connected, selectors.EVENT_WRITE)
            opened.append(connected)
        for key, _ in selector.select(0.005):
            selector.unregister(key.fileobj)
            try:
                key.fileobj.send(HELLO)
                sent += 1
            except OSError:
                pass  # already refused
        if len(opened) >= attack.connections and not selector.get_map():
            break
    say(pipe, (sent, time.perf_counter() - begin))
    while not told(pipe):
        time.sleep(0.02)
    selector.close()
    ended = sum(map(has_ended, opened))
    for connected in opened:
        connected.close()
    return ended


def has_ended(connected):
    try:
        while connected.recv(65536):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True
