"""Trackers over WebSockets, plain and with TLS: WebTorrent."""

import json
import shlex
import shutil
import subprocess

from .machine import REPOSITORY
from .protocol import Contender, Goal, Kind, Mix, Protocol, from_command_line
from .server import file_limit
from .streams import certificate_in, first_answer

NPM = REPOSITORY / "build/npm"  # filled by scripts/npm-packages.sh
REFERENCE_PACKAGE = NPM / "node_modules/bittorrent-tracker"
REFERENCE_SCRIPT = REPOSITORY / "tests/clients/webtorrent/reference_tracker.js"
GYRE, REFERENCE, FLOOR, FLOOR_BURSTS = "gyre_ws", "bittorrent-tracker", "floor", "floor in bursts"
PLAIN, TLS, DEFLATE, IDLE, IDLE_TLS = "ws", "wss", "deflate", "idle", "idle wss"
IDLE_WANTED = 50_000
# As many as a process may have open here, less a reserve.
IDLE_CONNECTIONS = min(IDLE_WANTED, file_limit() - 1000)
CONNECTIONS, OFFERS, SDP_SIZE = 100, 10, 1500
MAX_IN_FLIGHT = 64
# Hardly any load beside the idle connections, so that memory shows them alone.
QUIET = {"network": {"max_in_flight": 1}, "torrents": {"offers_per_request": 0}}

# Idle connections come first, in a fresh server: what a load leaves in the heap would outweigh what
# they take.
MIXES = (
    Mix(IDLE, f"{IDLE_CONNECTIONS:,} idle connections that announced once, each in a swarm, "
        "beside a few announces without offers", QUIET, has_latency=False,
        idle_connections=IDLE_CONNECTIONS, saturates=False),
    Mix(IDLE_TLS, f"as {IDLE}, with TLS", {**QUIET, "": {"enable_tls": True}}, has_latency=False,
        idle_connections=IDLE_CONNECTIONS, saturates=False),
    Mix(PLAIN, f"announces with {OFFERS} offers of {SDP_SIZE:,} bytes of SDP each from "
        f"{CONNECTIONS} peers of one swarm, who answer every offer"),
    Mix(TLS, f"as {PLAIN}, with TLS", {"": {"enable_tls": True}}),
    Mix(DEFLATE, f"as {PLAIN}, compressed in both directions", {"": {"deflate": True}}),
)


def contenders(build, extra):
    """In the order of their turns."""
    yield gyre(build)
    if node := reference_program():
        yield reference(node)
    for text in extra:
        yield from_command_line(text)
    yield floor(build, FLOOR, "a bare io_uring WebSocket echo: each message, of gyre_ws's mean "
                "message size, goes back to its sender on its own",
                lambda place: 1)
    yield floor(build, FLOOR_BURSTS, "the same, with as many messages per read and write as "
                "gyre_ws has on average in this run",
                lambda place: round(place.messages_per_transfer))
    yield gyre_tls(build)


def gyre(build):
    return Contender(
        GYRE, Kind.GYRE, "this project's tracker, without limits per connection or address, since "
        "all come from one address; every other setting at its default",
        lambda place: gyre_command(build, place, []), mixes=(IDLE, PLAIN, DEFLATE))


def gyre_tls(build):
    def command(place):
        certificate, key, _ = certificate_in(place.folder)
        return gyre_command(build, place, [
            "GYRE_NETWORK__ENABLE_TLS=true", f"GYRE_NETWORK__TLS_CERTIFICATE_PATH={certificate}",
            f"GYRE_NETWORK__TLS_PRIVATE_KEY_PATH={key}"])

    return Contender(GYRE, Kind.GYRE, "for TLS, the same with an ECDSA certificate", command,
                     mixes=(IDLE_TLS, TLS), secure=True)


def gyre_command(build, place, settings):
    return ["env", f"GYRE_SOCKET_WORKERS={place.workers}", "GYRE_LOG_LEVEL=error",
            "GYRE_NETWORK__USE_IPV6=false", f"GYRE_NETWORK__ADDRESS_IPV4=127.0.0.1:{place.port}",
            "GYRE_LIMITS__MESSAGES_PER_SECOND=0", "GYRE_LIMITS__OFFERS_PER_SECOND=0", *settings,
            str(build / "ws/gyre_ws")]


def reference_program():
    """Node.js, if the npm package is installed too."""
    return shutil.which("node") if REFERENCE_PACKAGE.exists() else None


def reference(node):
    return Contender(
        REFERENCE, Kind.OTHER, "the reference from npm, single-threaded, WebSockets only; it has "
        "neither TLS nor compression",
        lambda place: ["sh", "-c", f"cd {shlex.quote(str(NPM))} && exec {node} --input-type=module "
                       f"- {place.port} <{shlex.quote(str(REFERENCE_SCRIPT))}"],
        most_workers=1, mixes=(IDLE, PLAIN))


def floor(build, name, about, burst):
    return Contender(
        name, Kind.FLOOR, about,
        lambda place: [str(build / "tests/bench/ws_floor"), f"127.0.0.1:{place.port}",
                       str(place.workers)],
        mixes=(PLAIN,), has_latency=False,
        load=lambda place: {"": {"echo": True, "echo_burst": max(1, burst(place))}})


def answers(port, seconds):
    """A handshake, over TLS and then without."""
    request = (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
               b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
               b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    return any(first_answer(port, seconds, secure, request).startswith(b"HTTP/1.1 101")
               for secure in (True, False))


def versions():
    description = REFERENCE_PACKAGE / "package.json"
    return {"bittorrent-tracker, from npm": description.exists() and json.loads(
                description.read_text(encoding="utf-8"))["version"],
            "Node.js": shutil.which("node") and subprocess.run(
                ["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()}


# Per second of the server's CPU, so that a slow generator hides nothing.
GOALS = (
    Goal("messages per CPU second: at least 8", "per_core", GYRE, (REFERENCE,),
         lambda ratio: ratio >= 8, mixes=(PLAIN,)),
    Goal("messages per CPU second: at least 0.75", "per_core", GYRE, (FLOOR,),
         lambda ratio: ratio >= 0.75, mixes=(PLAIN,)),
    Goal("microseconds outside of the kernel per message: at most 3", "user_cpu_us", GYRE, (),
         lambda us: us <= 3, mixes=(PLAIN,)),
    Goal("bytes per idle connection: at most 0.2", "idle_bytes", GYRE, (REFERENCE,),
         lambda ratio: ratio <= 0.2, mixes=(IDLE,)),
    Goal("bytes per idle connection: at most 3,072", "idle_bytes", GYRE, (),
         lambda size: size <= 3072, mixes=(IDLE,)),
    Goal("bytes per idle connection: at most 8,192", "idle_bytes", GYRE, (),
         lambda size: size <= 8192, mixes=(IDLE_TLS,)),
)


def reading(figures, scenario):
    def of(measure):
        return figures.median(scenario, GYRE, measure)

    if figures.has(scenario, GYRE, "idle_bytes"):
        text = (f"each of the {IDLE_CONNECTIONS:,} idle connections takes "
                f"{of('idle_bytes'):,.0f} bytes of gyre_ws's memory")
        if ratio := figures.ratio(scenario, GYRE, REFERENCE, "idle_bytes"):
            text += (f", {ratio.median:.3f} of the "
                     f"{figures.median(scenario, REFERENCE, 'idle_bytes'):,.0f} bytes that "
                     f"*{REFERENCE}* takes")
        return text + "."
    text = (f"gyre_ws handles {of('responses_per_s'):,.0f} messages per second, with "
            f"{of('cpu_us'):.2f} us of CPU time for each, of which {of('user_cpu_us'):.2f} us are "
            "its own and the rest the kernel's")
    if scenario.mix == PLAIN:
        text += f", and {of('per_transfer'):.1f} messages per transfer"
    text += "."
    if ratio := figures.ratio(scenario, GYRE, REFERENCE, "per_core"):
        rate = figures.ratio(scenario, GYRE, REFERENCE, "responses_per_s").median
        text += (f" That is {ratio.median:.1f} times as many as *{REFERENCE}* in the same CPU "
                 f"time, and {rate:.1f} times as many in all")
        if p99 := figures.ratio(scenario, GYRE, REFERENCE, "p99"):
            text += (f"; the 99th percentile of its time to an answer is {p99.median:.2f} times "
                     f"that of *{REFERENCE}* at {of('rate'):,.0f} announces per second")
        text += "."
    for name in (FLOOR, FLOOR_BURSTS):
        if ratio := figures.ratio(scenario, GYRE, name, "per_core"):
            text += (f" In the same CPU time it handles {ratio.median:.2f} times what the *{name}* "
                     "does.")
    fewest = min(scenarios_like(figures, scenario), key=lambda other: other.workers)
    if fewest.workers < scenario.workers:
        scale = of("responses_per_s") / figures.median(fewest, GYRE, "responses_per_s")
        text += f" With {scenario.workers} workers it is {scale:.2f} times what it is with one."
    return text


def scenarios_like(figures, scenario):
    return [other for other in figures.scenarios
            if (other.torrents, other.mix) == (scenario.torrents, scenario.mix)]


def limits(results):
    yield ("Everything ran over loopback, without network card, driver or interrupts. The "
           "kernel does the receiver's part of TCP within the sender's call, so the generator's "
           "CPU does part of the tracker's work, and the other way round.")
    yield ("Messages are those that the tracker receives (announces, answers) and sends (replies, "
           "offers, answers), without pings. The generator checks each: swarm, peers, the whole "
           "SDP, and that an answer belongs to an offer of its receiver. Its masks are constant, "
           "and it answers everything that one read brought with one write.")
    yield ("A saturated tracker receives and sends several messages per system call, which makes "
           "them cheap: most of a message's cost is the kernel's work per transfer. The "
           f"*{FLOOR}* transfers every message on its own, like a tracker with little to do; the "
           f"*{FLOOR_BURSTS}* as many at once as gyre_ws, by the generator's count of its reads "
           "and writes, and shows how much is left to gain at that load. Both move gyre_ws's mean "
           "number of bytes per message, but one for one, where a tracker receives few long "
           "announces and sends many shorter messages.")
    yield (f"Saturated means that {MAX_IN_FLIGHT} announces always wait for their reply, at most "
           "one on each connection; latency would then show the length of that queue. It is "
           "measured separately, at the same fixed rate of announces for all, from the time at "
           "which an announce was due to each answer to one of its offers.")
    if IDLE_CONNECTIONS < IDLE_WANTED:
        yield (f"A process may open {file_limit():,} files on this machine (a hard limit), so "
               f"{IDLE_CONNECTIONS:,} idle connections were held, not {IDLE_WANTED:,}.")
    yield ("Memory per idle connection is the growth of the server's resident set divided by "
           "their number. The kernel's memory for sockets is not included.")
    if max(run["workers"] for run in results["runs"]) == 1:
        yield (f"With {results['machine']['cpus']} CPUs, shared with the generator, two workers "
               "could not be compared with one.")


PROTOCOL = Protocol(
    name="ws", script="scripts/compare-ws.sh", title="WebTorrent trackers compared", gyre=GYRE,
    rivals=(REFERENCE,), floor=FLOOR, program="ws/gyre_ws",
    load_tester="load-test/gyre_ws_load_test", mixes={each.name: each for each in MIXES},
    announce_mix="", secure_announce_mix="", torrents=[1], announces_per_second=1,
    settings={"section": "torrents", "workers": "num_workers",
              "values": {"": {"num_connections_per_worker": CONNECTIONS,
                              "connection_creation_interval_ms": 0},
                         "network": {"max_in_flight": MAX_IN_FLIGHT, "connect_timeout": 60},
                         "torrents": {"offers_per_request": OFFERS, "sdp_size": SDP_SIZE}}},
    contenders=contenders, answers=answers, goals=GOALS,
    colours={GYRE: "#0072B2", REFERENCE: "#E69F00", FLOOR: "#BBBBBB", FLOOR_BURSTS: "#888888"},
    packages=("libsimdjson14", "zlib1g"), load_note="", limits=limits, reading=reading,
    has_tls=True, unit="message",
    measures={"responses_per_s": ("saturate", ("report", "messages", "per_s")),
              "cpu_us": ("saturate", ("report", "messages", "tracker_cpu_us")),
              "user_cpu_us": ("saturate", ("report", "messages", "tracker_user_cpu_us")),
              "per_transfer": ("saturate", ("report", "messages", "per_transfer"))},
    peers_title="offers per announce", memory_title="Resident memory after the load",
    rival_hint="scripts/npm-packages.sh", versions=versions,
    population=f"{CONNECTIONS} connections of each thread of the generator are peers of one swarm, "
    "a quarter of them seeders.")
