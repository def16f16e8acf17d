"""All trackers side by side under a mixture of attacks, for minutes: does their memory stay within
its limit, and are honest clients served in time?

    scripts/soak.sh [--no-install] [--minutes N] [--build DIR]
"""

import argparse
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import websocket
from bep15 import Client, info_hash
from compare.machine import REPOSITORY
from compare.server import file_limit

from . import fill, handshakes, inflate, pipeline
from .figures import Figure
from .honest import Crowd
from .jobs import Place, told
from .running import Running, Wanted, program_path
from .wires import Wire, close_all, connect_ws, deflated_frame, drive

MEMORY_MIB = 128  # of each tracker
OVERSHOOT = 1.15  # measured once a second, and admission stops at the limit
P99_MS = 100
SAMPLE_EVERY_S = 1


@dataclass(frozen=True)
class Part:
    """A tracker, who attacks it, and who else uses it."""
    program: str
    crowd: Crowd
    attacks: tuple  # (target, argument)
    tls: bool = False

    def name(self):
        return self.program + (" with TLS" if self.tls else "")

    def running(self, build, place):
        wanted = Wanted(self.program, {"limits.max_memory": f"{MEMORY_MIB} MiB"}, tls=self.tls)
        return Running(wanted, program_path(build, self.program), place)


def parts(seconds):
    crowd = {"clients": 5, "per_second": 10, "patience_s": 5}
    return [
        Part("gyre_udp", Crowd("udp", attempts=3, **crowd),
             ((fill.flood, fill.Fill(torrents_per_second=10_000)), (poison_again, None))),
        Part("gyre_http", Crowd("new http", **crowd),
             ((pipeline.flood, pipeline.Pipeline(64, seconds=seconds, addresses=8)),)),
        Part("gyre_http", Crowd("new http", tls=True, attempts=3, **crowd),
             ((greet_again, handshakes.Handshakes("gyre_http", addresses=10)),), tls=True),
        Part("gyre_ws", Crowd("ws", **crowd),
             ((inflate_again, inflate.Inflate(20, addresses=4)),)),
    ]


def poison_again(pipe, endpoint, _):
    """Peers of many addresses and ports in a few swarms, at an even pace."""
    number = 0
    while not told(pipe):
        with Client(endpoint, f"127.{93 + number % 4}.{number // 4 % 250}.1") as client:
            for port in range(1000, 1064):
                client.announce(info_hash(number % 10), port, numwant=0)
        number += 1
        time.sleep(0.05)


def greet_again(pipe, endpoint, attack):
    while not told(pipe):
        handshakes.greet(Quiet(), endpoint, attack)


def inflate_again(pipe, endpoint, attack):
    message = deflated_frame(inflate.BODIES[attack.body])
    while not told(pipe):
        wires = [Wire(connect_ws(endpoint, number % attack.addresses, headers=websocket.DEFLATE),
                      message * attack.messages) for number in range(attack.connections)]
        drive(wires, 10, until=lambda: told(pipe))
        close_all(wires)


class Quiet:
    """In place of a pipe: nobody listens, and everything is to end at once."""

    def send(self, _):
        pass

    def poll(self, _):
        return True


def soak(build, seconds):
    place = Place.apart()
    with ExitStack() as stack:
        served = []
        for part in parts(seconds + 30):
            running = stack.enter_context(part.running(build, place))
            honest = stack.enter_context(part.crowd.beside(running.endpoint, place))
            served.append((part, running, honest))
        for part, running, _ in served:
            for target, argument in part.attacks:
                stack.enter_context(place.attack(target, running.endpoint, argument))
        begin = time.perf_counter()
        progress(served, begin, seconds)
        figures = []
        for part, running, honest in served:
            figures += [Figure(f"{part.name()}, {each.name}", each.value, each.unit, each.at_most,
                               each.at_least, each.note)
                        for each in [*honest.measured(begin).figures(p99_ms=P99_MS),
                                     Figure("resident at most", running.resident_mib(), "MiB",
                                            at_most=OVERSHOOT * MEMORY_MIB),
                                     Figure("alive", int(running.is_alive()), at_least=1)]]
        return figures


def progress(served, begin, seconds):
    while (passed := time.perf_counter() - begin) < seconds:
        if sys.stderr.isatty():
            memory = ", ".join(f"{part.name()} {running.resident_mib():.0f} MiB"
                               for part, running, _ in served)
            print(f"\r{passed:.0f} of {seconds:.0f} s: {memory}  ", end="", file=sys.stderr)
        time.sleep(SAMPLE_EVERY_S)


def main():
    parser = argparse.ArgumentParser(prog="scripts/soak.sh", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, metavar="N")
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build/release", metavar="DIR")
    options = parser.parse_args()
    file_limit()
    figures = soak(options.build.resolve(), 60 * options.minutes)
    for each in figures:
        mark = "" if each.is_met() else "  MISSED"
        print(f"{each.name:55} {each.text():>24}  {each.goal_text()}{mark}")
    sys.exit(not all(each.is_met() for each in figures))


if __name__ == "__main__":
    main()
