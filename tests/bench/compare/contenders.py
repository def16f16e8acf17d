"""Who is compared: how each server is started. What they have in common is in server.py."""

import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

GYRE, GYRE_WITH_LIST, FLOOR = "gyre_udp", "gyre_udp + list", "floor"
# Which of the two is faster depends on the machine, so both take part.
OPENTRACKER, OPENTRACKER_THREAD = "opentracker", "opentracker + thread"


class Kind(str, Enum):
    GYRE = "gyre"
    OTHER = "other tracker"
    FLOOR = "floor"


@dataclass(frozen=True)
class Place:
    """Where a server is to run, and for what load."""
    port: int
    workers: int
    whitelist: Path  # the torrents of the load, one info_hash of 40 hex digits on each line
    folder: Path  # for its files
    peers_per_announce: float  # what gyre_udp answered with on average; 0 as long as it is unknown


@dataclass(frozen=True)
class Contender:
    name: str
    kind: Kind
    about: str
    command: Callable[[Place], list[str]]
    most_workers: int = 1024


def contenders(build, extra):
    """In the order of their turns: the floor comes last, for its answers are as long as gyre's."""
    yield gyre(build)
    if path := opentracker_path():
        yield gyre_with_list(build)
        yield opentracker(path)
        yield opentracker_thread(path)
    for text in extra:
        yield from_command_line(text)
    yield floor(build)


def opentracker_path():
    return shutil.which("opentracker", path="/usr/bin:/usr/local/bin:/usr/sbin:/bin")


def gyre(build):
    return Contender(
        GYRE, Kind.GYRE, "this project's tracker, every other setting at its default",
        lambda place: [*gyre_settings(place), str(build / "udp/gyre_udp")])


def gyre_with_list(build):
    """Debian's opentracker looks every torrent up in a whitelist: here gyre_udp does so too."""
    return Contender(
        GYRE_WITH_LIST, Kind.GYRE, "the same with the whitelist that opentracker has",
        lambda place: [*gyre_settings(place), "GYRE_ACCESS_LIST__MODE=allow",
                       f"GYRE_ACCESS_LIST__PATH={place.whitelist}",
                       str(build / "udp/gyre_udp")])


def gyre_settings(place):
    return ["env", f"GYRE_SOCKET_WORKERS={place.workers}", "GYRE_NETWORK__USE_IPV6=false",
            f"GYRE_NETWORK__ADDRESS_IPV4=127.0.0.1:{place.port}"]


def opentracker(path):
    return Contender(
        OPENTRACKER, Kind.OTHER,
        "the distribution's build, which serves whitelisted torrents only; one worker is its event "
        "loop (listen.udp.workers 0), more are threads",
        lambda place: opentracker_command(path, place, 0 if place.workers == 1 else place.workers))


def opentracker_thread(path):
    return Contender(
        OPENTRACKER_THREAD, Kind.OTHER,
        "the same with a blocking thread for UDP (listen.udp.workers 1) beside an idle event loop",
        lambda place: opentracker_command(path, place, 1), most_workers=1)


def opentracker_command(path, place, threads):
    configuration = place.folder / f"opentracker-{threads}.conf"
    configuration.write_text(f"listen.udp.workers {threads}\n"
                             f"listen.udp 127.0.0.1:{place.port}\n"
                             f"access.whitelist {place.whitelist}\n", encoding="ascii")
    return [path, "-f", str(configuration)]


def floor(build):
    return Contender(
        FLOOR, Kind.FLOOR, "a bare io_uring echo whose answers have the size of gyre_udp's",
        lambda place: [str(build / "tests/bench/udp_echo_floor"), f"127.0.0.1:{place.port}",
                       str(20 + 6 * round(place.peers_per_announce)), str(place.workers)])


def from_command_line(text):
    """NAME=COMMAND, where {port}, {workers} and {whitelist} are filled in."""
    name, _, command = text.partition("=")
    if not name or not command:
        raise ValueError(f"{text!r} is not NAME=COMMAND")
    return Contender(name, Kind.OTHER, command, lambda place: [
        word.format(port=place.port, workers=place.workers, whitelist=place.whitelist)
        for word in shlex.split(command)])
