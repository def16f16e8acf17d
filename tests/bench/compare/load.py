"""The load: a protocol's load tester with a configuration file of its own for each run."""

import json
import subprocess

from .server import cpu_list


PEERS_PER_TORRENT = 2
# The first second is not counted: sockets connect, queues fill.
UNCOUNTED_SECONDS = 1


class LoadError(Exception):
    pass


class LoadTester:
    def __init__(self, protocol, build, cpus, torrents, folder):
        self._protocol = protocol
        self._binary = build / protocol.load_tester
        self._cpus = cpus
        self._torrents = torrents
        self._path = folder / "load-test.toml"

    @property
    def peers(self):
        return PEERS_PER_TORRENT * self._torrents

    def announce_mix(self, contender):
        protocol = self._protocol
        name = protocol.secure_announce_mix if contender.secure else protocol.announce_mix
        return protocol.mixes[name]

    def write_info_hashes(self, path):
        any_mix = next(iter(self._protocol.mixes.values()))
        self._configure({}, self._protocol.mixes.get(self._protocol.announce_mix, any_mix), {})
        with open(path, "wb") as out:
            subprocess.run([self._binary, "-c", self._path, "--print-info-hashes"], check=True,
                           stdin=subprocess.DEVNULL, stdout=out)

    def announce_once(self, server, seconds):
        """Announces each peer in turn for `seconds`, as fast as responses come."""
        return self._run(server, {"mode": "saturate", "duration": seconds},
                         self.announce_mix(server.contender))

    def saturate(self, server, mix, seconds):
        return self._run(server, {"mode": "saturate", **counted(seconds)}, mix)

    def at_rate(self, server, mix, seconds, rate):
        return self._run(server, {"mode": "rate", "rate": round(rate), **counted(seconds)}, mix)

    def _run(self, server, settings, mix):
        """The load tester's report, with its command and configuration."""
        configuration = self._configure({"server_address": server.address, **settings}, mix,
                                        server.load)
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

    def _configure(self, settings, mix, of_contender):
        sections = self._protocol.sections(self._torrents, self.peers, mix, of_contender)
        sections[""] |= {self._protocol.settings.get("workers", "workers"): len(self._cpus),
                         **settings}
        text = "\n".join("".join([f"[{name}]\n" if name else "", *lines(values)])
                         for name, values in sections.items() if values)
        self._path.write_text(text, encoding="ascii")
        return text


def counted(seconds):
    return {"duration": seconds + UNCOUNTED_SECONDS, "summarize_last": seconds}


def lines(settings):
    for key, value in settings.items():
        yield f"{key} = {json.dumps(value)}\n"
