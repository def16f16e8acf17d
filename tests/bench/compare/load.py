"""The load: gyre_udp_load_test with a configuration file of its own for each run."""

import json
import subprocess
from dataclasses import dataclass

from .server import cpu_list


@dataclass(frozen=True)
class Mix:
    name: str
    about: str
    weights: tuple  # of connect, announce, scrape


MIXES = {mix.name: mix for mix in (
    Mix("default", "50 connects, 50 announces, 1 scrape", (50, 50, 1)),
    Mix("announces", "announces alone", (0, 100, 0)))}

PEERS_PER_TORRENT = 2
PEERS_WANTED = 30
# Of each socket, in all modes. Few enough to fit in a receive buffer of the system's default size:
# a server that has no larger one would lose the rest, and then wait for requests that wait for lost
# ones. With 10,000 torrents neither gyre_udp nor opentracker's event loop answered more with 32 or
# 64; scripts/compare-udp.sh says when a server was not kept busy.
MAX_IN_FLIGHT = 16
# Answers of the first second are not counted: sockets connect, queues fill.
UNCOUNTED_SECONDS = 1


class LoadError(Exception):
    pass


class LoadTester:
    def __init__(self, binary, cpus, torrents, folder):
        self._binary = binary
        self._cpus = cpus
        self._torrents = torrents
        self._path = folder / "load-test.toml"

    @property
    def peers(self):
        return PEERS_PER_TORRENT * self._torrents

    def write_info_hashes(self, path):
        self._configure({}, MIXES["announces"])
        with open(path, "wb") as out:
            subprocess.run([self._binary, "-c", self._path, "--print-info-hashes"], check=True,
                           stdin=subprocess.DEVNULL, stdout=out)

    def announce_once(self, server, seconds):
        """For `seconds`, as fast as it is answered; each peer in turn."""
        return self._run(server, {"mode": "saturate", "duration": seconds}, MIXES["announces"])

    def saturate(self, server, mix, seconds):
        return self._run(server, {"mode": "saturate", **counted(seconds)}, mix)

    def at_rate(self, server, mix, seconds, rate):
        return self._run(server, {"mode": "rate", "rate": round(rate), **counted(seconds)}, mix)

    def _run(self, server, settings, mix):
        """The tester's report, with the command and the file that it came from."""
        configuration = self._configure({"server_address": server.address, **settings}, mix)
        command = ["taskset", "-c", cpu_list(self._cpus), str(self._binary),
                   "-c", str(self._path), "--tracker-pid", str(server.process.pid)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)
        server.check_alive()
        if done.returncode != 0 or not done.stdout.strip():
            raise LoadError(f"load on {server.contender.name}: {' '.join(command)} exited with "
                            f"{done.returncode}\n{done.stderr}")
        return {"command": command, "configuration": configuration,
                "report": json.loads(done.stdout.splitlines()[-1])}

    def _configure(self, settings, mix):
        top = {"workers": len(self._cpus), **settings}
        connect, announce, scrape = mix.weights
        requests = {"number_of_torrents": self._torrents, "number_of_peers": self.peers,
                    "announce_peers_wanted": PEERS_WANTED, "weight_connect": connect,
                    "weight_announce": announce, "weight_scrape": scrape}
        text = "".join([*lines(top), "\n[network]\n", *lines({"max_in_flight": MAX_IN_FLIGHT}),
                        "\n[requests]\n", *lines(requests)])
        self._path.write_text(text, encoding="ascii")
        return text


def counted(seconds):
    return {"duration": seconds + UNCOUNTED_SECONDS, "summarize_last": seconds}


def lines(settings):
    for key, value in settings.items():
        yield f"{key} = {json.dumps(value)}\n"
