"""Trackers over HTTP and HTTPS."""

import shutil

from .protocol import (
    Contender, Goal, Kind, Mix, Protocol, from_command_line, opentracker_path)
from .server import file_limit, free_port
from .streams import certificate_in, first_answer

GYRE, OPENTRACKER, FLOOR = "gyre_http", "opentracker", "floor"
HITCH, NGINX = "opentracker + hitch", "opentracker + nginx"
NEW, KEPT, IDLE = "new connections", "keep-alive", "idle"
TLS, RESUMED, IDLE_TLS = "TLS", "TLS resumed", "idle TLS"
PLAIN_MIXES, TLS_MIXES = (NEW, KEPT, IDLE), (TLS, RESUMED, IDLE_TLS)
# As many as a process may have open here, less a reserve.
IDLE_CONNECTIONS = min(50_000, file_limit() - 1000)
CONNECTIONS = 128

MIXES = (
    Mix(NEW, "a new connection per announce", {"": {"keep_alive": False}}),
    Mix(KEPT, f"{CONNECTIONS} connections that stay open for one announce after another"),
    Mix(TLS, "a new TLS connection with a full handshake per announce",
        {"": {"keep_alive": False, "enable_tls": True}}),
    Mix(RESUMED, "a new TLS connection per announce, resumed by ticket",
        {"": {"keep_alive": False, "enable_tls": True}, "network": {"tls_resumption": True}}),
    Mix(IDLE, f"as keep-alive, beside {IDLE_CONNECTIONS:,} idle connections that made one "
        "announce", {"": {"keep_alive": True}}, has_latency=False,
        idle_connections=IDLE_CONNECTIONS),
    Mix(IDLE_TLS, "the same with TLS", {"": {"keep_alive": True, "enable_tls": True}},
        has_latency=False, idle_connections=IDLE_CONNECTIONS),
)


def contenders(build, extra):
    """In the order of their turns."""
    yield gyre(build)
    path = opentracker_path()
    if path:
        yield opentracker(path)
    for text in extra:
        yield from_command_line(text)
    yield floor(build)
    yield gyre_tls(build)
    if path and (hitch := shutil.which("hitch", path="/usr/sbin:/usr/bin")):
        yield behind_hitch(path, hitch)
    if path and (nginx := shutil.which("nginx", path="/usr/sbin:/usr/bin")):
        yield behind_nginx(path, nginx)


def gyre(build):
    return Contender(
        GYRE, Kind.GYRE, "this project's tracker, with the whitelist that opentracker has, and no "
        "limit of peers per address; every other setting at its default",
        lambda place: gyre_command(build, place, []), mixes=PLAIN_MIXES)


def gyre_tls(build):
    def command(place):
        certificate, key, _ = certificate_in(place.folder)
        return gyre_command(build, place, [
            "GYRE_NETWORK__ENABLE_TLS=true", f"GYRE_NETWORK__TLS_CERTIFICATE_PATH={certificate}",
            f"GYRE_NETWORK__TLS_PRIVATE_KEY_PATH={key}"])

    return Contender(GYRE, Kind.GYRE, "for TLS, the same with an ECDSA certificate", command,
                     mixes=TLS_MIXES, secure=True)


def gyre_command(build, place, settings):
    return ["env", f"GYRE_SOCKET_WORKERS={place.workers}", "GYRE_LOG_LEVEL=warn",
            "GYRE_NETWORK__USE_IPV6=false", f"GYRE_NETWORK__ADDRESS_IPV4=127.0.0.1:{place.port}",
            "GYRE_LIMITS__MAX_PEERS_PER_ADDRESS=0", "GYRE_ACCESS_LIST__MODE=allow",
            f"GYRE_ACCESS_LIST__PATH={place.whitelist}", *settings,
            str(build / "http/gyre_http")]


def opentracker(path):
    return Contender(
        OPENTRACKER, Kind.OTHER,
        "Debian's build, which serves whitelisted torrents only and closes each connection after "
        "its response",
        lambda place: [path, "-f", str(opentracker_configuration(place, place.port))],
        most_workers=1, mixes=(NEW,))


def opentracker_configuration(place, port):
    configuration = place.folder / f"opentracker-{port}.conf"
    configuration.write_text(f"listen.tcp 127.0.0.1:{port}\naccess.whitelist {place.whitelist}\n",
                             encoding="ascii")
    return configuration


def behind_hitch(path, hitch):
    def command(place):
        backend = free_port()
        certificate, key, bundle = certificate_in(place.folder)
        bundle.write_bytes(key.read_bytes() + certificate.read_bytes())
        configuration = place.folder / f"hitch-{place.port}.conf"
        configuration.write_text(f"""frontend = "[127.0.0.1]:{place.port}"
backend = "[127.0.0.1]:{backend}"
pem-file = "{bundle}"
workers = 1
backlog = 4096
tls-protos = TLSv1.2 TLSv1.3
user = "nobody"
group = "nogroup"
quiet = on
""", encoding="ascii")
        return behind(path, place, backend, f"{hitch} --config={configuration}")

    return Contender(HITCH, Kind.OTHER, "opentracker behind a TLS proxy of one worker, both on the "
                     "tracker's CPU", command, most_workers=1, mixes=(TLS, RESUMED), secure=True)


def behind_nginx(path, nginx):
    def command(place):
        backend = free_port()
        certificate, key, _ = certificate_in(place.folder)
        configuration = place.folder / f"nginx-{place.port}.conf"
        configuration.write_text(f"""daemon off;
worker_processes 1;
worker_rlimit_nofile 100000;
pid {place.folder}/nginx-{place.port}.pid;
error_log stderr error;
events {{ worker_connections 20000; }}
http {{
  access_log off;
  client_body_temp_path {place.folder}/nginx-body;
  proxy_temp_path {place.folder}/nginx-proxy;
  fastcgi_temp_path {place.folder}/nginx-fastcgi;
  uwsgi_temp_path {place.folder}/nginx-uwsgi;
  scgi_temp_path {place.folder}/nginx-scgi;
  server {{
    listen 127.0.0.1:{place.port} ssl backlog=4096;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_tickets on;
    ssl_session_cache shared:tls:10m;
    location / {{ proxy_pass http://127.0.0.1:{backend}; }}
  }}
}}
""", encoding="ascii")
        return behind(path, place, backend, f"{nginx} -c {configuration} -e stderr")

    return Contender(NGINX, Kind.OTHER, "opentracker behind nginx as TLS proxy of one worker, both "
                     "on the tracker's CPU", command, most_workers=1, mixes=(TLS, RESUMED),
                     secure=True)


def behind(path, place, backend, proxy):
    """opentracker behind a proxy, as one command."""
    return ["sh", "-c", f"{path} -f {opentracker_configuration(place, backend)} & exec {proxy}"]


def floor(build):
    return Contender(
        FLOOR, Kind.FLOOR, "a bare io_uring responder whose responses hold as many peers as "
        "gyre_http's",
        lambda place: [str(build / "tests/bench/http_floor"), f"127.0.0.1:{place.port}",
                       str(round(place.peers_per_announce)), str(place.workers)],
        mixes=PLAIN_MIXES)


def answers(port, seconds):
    """Any request, over TLS and then without: a proxy answers 502 until its tracker is there."""
    return any(answers_request(port, seconds, secure) for secure in (True, False))


def answers_request(port, seconds, secure):
    answer = first_answer(port, seconds, secure,
                          b"GET /scrape?info_hash=aaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\n"
                          b"Host: x\r\nConnection: close\r\n\r\n")
    return answer.startswith(b"HTTP/1.") and b" 502 " not in answer.split(b"\r\n")[0]


def at_least(share):
    return lambda ratio: ratio >= share


# Per second of the server's CPU, so that a slow generator hides nothing.
GOALS = (
    Goal("responses per CPU second: at least 2", "per_core", GYRE, (OPENTRACKER,),
         at_least(2), mixes=(NEW,)),
    Goal("responses per CPU second: at least 2", "per_core", GYRE, (HITCH, NGINX),
         at_least(2), mixes=(TLS, RESUMED)),
    Goal("responses per CPU second: at least 0.8", "per_core", GYRE, (FLOOR,),
         at_least(0.8), mixes=(NEW, KEPT)),
    Goal("bytes per idle connection: at most 1,024", "idle_bytes", GYRE, (),
         lambda size: size <= 1024, mixes=(IDLE,)),
    Goal("bytes per idle connection: at most 8,192", "idle_bytes", GYRE, (),
         lambda size: size <= 8192, mixes=(IDLE_TLS,)),
)


def reading(figures, scenario):
    median = figures.median(scenario, GYRE, "responses_per_s")
    text = (f"gyre_http answers {median:,.0f} requests per second, with "
            f"{figures.median(scenario, GYRE, 'cpu_us'):.1f} us of CPU time for each")
    if ratio := figures.ratio(scenario, GYRE, FLOOR, "per_core"):
        text += f", {ratio.median:.2f} of what the floor answers in the same CPU time"
    text += "."
    if ratio := figures.ratio(scenario, FLOOR, OPENTRACKER, "per_core"):
        text += (f" The floor, which does nothing but take and answer, answers {ratio.median:.2f} "
                 "times as many as *opentracker* in the same CPU time: the kernel leaves no more "
                 "than that to be gained.")
    for name in (OPENTRACKER, HITCH, NGINX):
        if ratio := figures.ratio(scenario, GYRE, name, "per_core"):
            rate = figures.ratio(scenario, GYRE, name, "responses_per_s").median
            text += (f" Against *{name}*: {rate:.2f} times the responses, {ratio.median:.2f} times "
                     "as many in the same CPU time")
            if p99 := figures.ratio(scenario, GYRE, name, "p99"):
                text += (f", {p99.median:.2f} times the 99th percentile of latency at the same "
                         f"{figures.median(scenario, GYRE, 'rate'):,.0f} requests per second")
            text += "."
    if figures.has(scenario, GYRE, "idle_bytes"):
        text += (f" Each of the {IDLE_CONNECTIONS:,} idle connections takes "
                 f"{figures.median(scenario, GYRE, 'idle_bytes'):,.0f} bytes of its memory.")
    return text


def limits(_results):
    yield ("Everything ran over loopback, without network card, driver or interrupts. The "
           "kernel does the receiver's part of TCP within the sender's call, so the generator's "
           "CPU does much of the tracker's work for a connection (all of the three-way handshake), "
           "and the tracker's CPU some of the generator's. A tracker behind a real network has "
           "more to do than is counted here.")
    yield ("With a new connection per request the generator has more to do than a good server. "
           "Where it was the limit, responses per second show the generator, and only CPU time per "
           "response compares servers: hence goals are in responses per CPU second. A server that "
           "is not saturated wakes up more often, which costs CPU time: this favours the slower "
           "one.")
    yield (f"Saturated means that {CONNECTIONS} connections always wait for a response; latency "
           "would then show the length of that queue. It is measured separately, at the same fixed "
           "rate for all, from the time at which a request was due.")
    yield ("opentracker closes each connection after its response, whatever the request asks for, "
           "so it is not measured with keep-alive.")
    if IDLE_CONNECTIONS < 50_000:
        yield (f"A process may open {file_limit():,} files on this machine (a hard limit), so "
               f"{IDLE_CONNECTIONS:,} idle connections were held, not 50,000.")
    yield ("Memory per idle connection is the growth of the server's resident set divided by "
           "their number. The kernel's memory for sockets is not included.")
    yield ("TLS is 1.3 with X25519 and an ECDSA certificate of P-256; the generator uses OpenSSL "
           "and resumes with the newest ticket. Proxy and tracker share one CPU, as gyre_http "
           "has one.")


PROTOCOL = Protocol(
    name="http", script="scripts/compare-http.sh", title="HTTP trackers compared", gyre=GYRE,
    rivals=(OPENTRACKER, HITCH, NGINX), floor=FLOOR, program="http/gyre_http",
    load_tester="load-test/gyre_http_load_test", mixes={each.name: each for each in MIXES},
    announce_mix=NEW, secure_announce_mix=RESUMED, torrents=[10_000], announces_per_second=5_000,
    settings={"section": "torrents", "workers": "num_workers",
              "values": {"": {"num_connections": CONNECTIONS,
                              "connection_creation_interval_ms": 0}}},
    contenders=contenders, answers=answers, goals=GOALS,
    colours={GYRE: "#0072B2", OPENTRACKER: "#E69F00", HITCH: "#D55E00", NGINX: "#CC79A7",
             FLOOR: "#BBBBBB"},
    packages=("opentracker", "hitch", "nginx-light", "libssl3"),
    load_note="announces do not say how many peers they want", limits=limits,
    reading=reading, has_tls=True)
