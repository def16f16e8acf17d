"""Trackers over UDP (BEP 15)."""

import random
import socket
import struct

from .protocol import (
    Contender, Goal, Kind, Mix, Protocol, from_command_line, opentracker_path)

GYRE, GYRE_WITH_LIST, FLOOR = "gyre_udp", "gyre_udp + list", "floor"
# Which of the two is faster depends on the machine: both are measured.
OPENTRACKER, OPENTRACKER_THREAD = "opentracker", "opentracker + thread"
CONNECT_REQUEST = struct.pack(">QII", 0x41727101980, 0, 0x67797265)
# Per socket, in all modes. Few enough to fit in a receive buffer of the system's default size: a
# server without a larger one would lose the rest, and requests that wait for lost ones would leave
# it idle. With 10,000 torrents neither gyre_udp nor opentracker's event loop answered more with 32
# or 64; scripts/compare-udp.sh reports when a server was not kept busy.
MAX_IN_FLIGHT = 16
PEERS_WANTED = 30


def mix(name, about, connect, announce, scrape):
    return Mix(name, about, {"requests": {"weight_connect": connect, "weight_announce": announce,
                                          "weight_scrape": scrape}})


MIXES = (mix("default", "50 connects, 50 announces, 1 scrape", 50, 50, 1),
         mix("announces", "announces alone", 0, 100, 0))


def contenders(build, extra):
    """In the order of their turns: those that are compared run close together."""
    yield gyre(build)
    yield floor(build)
    if path := opentracker_path():
        yield gyre_with_list(build)
        yield opentracker(path)
        yield opentracker_thread(path)
    for text in extra:
        yield from_command_line(text)


def gyre(build):
    return Contender(
        GYRE, Kind.GYRE, "this project's tracker, every other setting at its default",
        lambda place: [*gyre_settings(place), str(build / "udp/gyre_udp")])


def gyre_with_list(build):
    """Debian's opentracker looks up every torrent in a whitelist: here gyre_udp does so too."""
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
        "Debian's build, which serves whitelisted torrents only; one worker is its event loop "
        "(listen.udp.workers 0), more are threads",
        lambda place: opentracker_command(path, place, 0 if place.workers == 1 else place.workers))


def opentracker_thread(path):
    return Contender(
        OPENTRACKER_THREAD, Kind.OTHER,
        "the same with one blocking thread for UDP (listen.udp.workers 1) beside an idle event "
        "loop",
        lambda place: opentracker_command(path, place, 1), most_workers=1)


def opentracker_command(path, place, threads):
    configuration = place.folder / f"opentracker-{threads}.conf"
    configuration.write_text(f"listen.udp.workers {threads}\n"
                             f"listen.udp 127.0.0.1:{place.port}\n"
                             f"access.whitelist {place.whitelist}\n", encoding="ascii")
    return [path, "-f", str(configuration)]


def floor(build):
    return Contender(
        FLOOR, Kind.FLOOR, "a bare io_uring echo whose responses have the sizes of gyre_udp's",
        lambda place: [str(build / "tests/bench/udp_echo_floor"), f"127.0.0.1:{place.port}",
                       ",".join(map(str, answer_sizes(place.peers_quantiles))),
                       str(place.workers)])


def answer_sizes(peers_quantiles):
    """Shuffled: long and short ones alternate as popular and unpopular torrents do."""
    sizes = [20 + 6 * peers for peers in peers_quantiles]
    random.Random(0).shuffle(sizes)
    return sizes or [20]


def answers(port, seconds):
    """A connect request."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(seconds)
        client.sendto(CONNECT_REQUEST, ("127.0.0.1", port))
        try:
            client.recv(2048)
        except OSError:
            return False
        return True


# gyre_udp is compared with opentracker where both do the same work: with the list.
VERSUS_OPENTRACKER = {"contender": GYRE_WITH_LIST, "to": (OPENTRACKER, OPENTRACKER_THREAD)}
GOALS = (
    Goal("responses/s: at least 1.75", "responses_per_s", **VERSUS_OPENTRACKER,
         torrents=(10_000,), is_met=lambda ratio: ratio >= 1.75),
    Goal("responses/s: at least 1.6", "responses_per_s", **VERSUS_OPENTRACKER,
         torrents=(1_000_000,), is_met=lambda ratio: ratio >= 1.6),
    Goal("CPU per response: at most 0.6", "cpu_us", **VERSUS_OPENTRACKER,
         is_met=lambda ratio: ratio <= 0.6),
    Goal("memory: below 1", "resident_bytes", **VERSUS_OPENTRACKER,
         is_met=lambda ratio: ratio < 1),
    Goal("p99 at equal load: below 1", "p99", **VERSUS_OPENTRACKER,
         is_met=lambda ratio: ratio < 1),
    Goal("responses/s: at least 0.9", "responses_per_s", GYRE, (FLOOR,), torrents=(10_000,),
         is_met=lambda ratio: ratio >= 0.9),
)


def reading(figures, scenario):
    median = figures.median(scenario, GYRE, "responses_per_s")
    text = f"gyre_udp answers {median:,.0f} requests per second"
    if ratio := figures.ratio(scenario, GYRE, FLOOR, "responses_per_s"):
        text += f", {ratio.median:.2f} of the floor"
    text += "."
    for name in (OPENTRACKER, OPENTRACKER_THREAD):
        if with_list := figures.ratio(scenario, GYRE_WITH_LIST, name, "responses_per_s"):
            without = figures.ratio(scenario, GYRE, name, "responses_per_s").median
            cpu = figures.ratio(scenario, GYRE_WITH_LIST, name, "cpu_us").median
            p99 = figures.ratio(scenario, GYRE_WITH_LIST, name, "p99").median
            text += (f" Against *{name}*, both with a whitelist: {with_list.median:.2f} times the "
                     f"responses, {cpu:.2f} times the CPU time for each, {p99:.2f} times the "
                     "99th percentile of latency at the same "
                     f"{figures.median(scenario, GYRE, 'rate'):,.0f} requests per second. Without "
                     f"its whitelist, gyre_udp answers {without:.2f} times as many.")
    return text


def limits(results):
    yield ("Everything ran over loopback, without network card, driver or interrupts. The "
           "kernel delivers a datagram within the call that sends it, so the generator's CPU does "
           "part of the tracker's receiving, and the other way round.")
    yield (f"Saturated means that {MAX_IN_FLIGHT} requests of each socket are always in flight; "
           "latency would then show the length of that queue. It is measured separately, at the "
           "same fixed rate for all, from the time at which a request was due. Its high "
           "percentiles show the machine's pauses as much as the tracker's.")
    yield ("Each server has the receive buffer that it asks for. opentracker keeps the system's "
           f"default ({results['machine']['rmem_default']:,} bytes here), and would lose more "
           "under longer queues and bursts.")


PROTOCOL = Protocol(
    name="udp", script="scripts/compare-udp.sh", title="UDP trackers compared", gyre=GYRE,
    rivals=(OPENTRACKER, OPENTRACKER_THREAD), floor=FLOOR, program="udp/gyre_udp",
    load_tester="load-test/gyre_udp_load_test", mixes={each.name: each for each in MIXES},
    announce_mix="announces", secure_announce_mix="announces", torrents=[10_000, 1_000_000],
    announces_per_second=300_000,
    settings={"section": "requests",
              "values": {"": {}, "network": {"max_in_flight": MAX_IN_FLIGHT},
                         "requests": {"announce_peers_wanted": PEERS_WANTED}}},
    contenders=contenders, answers=answers, goals=GOALS,
    bound_by_floor=("responses_per_s", "cpu_us"),
    colours={GYRE: "#0072B2", GYRE_WITH_LIST: "#56B4E9", OPENTRACKER: "#E69F00",
             OPENTRACKER_THREAD: "#D55E00", FLOOR: "#BBBBBB"},
    packages=("opentracker",),
    load_note=f"announces ask for {PEERS_WANTED} peers", limits=limits, reading=reading)
