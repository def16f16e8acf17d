"""The runs: every contender in turn, round by round, so that drift of the machine affects all
alike.

A round starts each server and announces every peer to it. Then, mix by mix, the servers are
saturated one after the other, seconds apart; then latency is measured at the same rate for all,
half of what the slowest tracker answered in the first round. Servers that are not under load are
suspended by SIGSTOP.
"""

import math
import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from .load import PEERS_PER_TORRENT, UNCOUNTED_SECONDS, LoadError, LoadTester
from .machine import REPOSITORY
from .protocol import Kind, Place, Protocol
from .server import Server, free_port, split_cpus

# A pass over all peers that was too short is repeated with more time.
PASS_MARGIN = 1.3
# A run is repeated if others (processes, or virtual machines on the host) had the server's or the
# generator's CPU for a larger share of the time than this; the last try is kept. Latency is more
# sensitive, but an idle virtual machine is already at about 0.01.
DISTURBED_SHARES = {"saturate": 0.05, "latency": 0.02}
# Starting servers and generators, and generating torrents and peers.
SECONDS_PER_RUN, SECONDS_PER_MILLION_TORRENTS = 0.6, 3


@dataclass(frozen=True)
class Plan:
    protocol: Protocol
    build: Path  # the folder of the programs
    contenders: list
    worker_counts: list
    torrents: list
    mixes: list
    rounds: int
    seconds: int
    tries: int  # attempts of a disturbed run

    def scales(self):
        return [(workers, torrents) for workers in self.worker_counts
                for torrents in self.torrents]

    def estimated_seconds(self):
        runs = 2 * len(self.mixes)
        return self.rounds * len(self.contenders) * sum(
            runs * (self.seconds + UNCOUNTED_SECONDS)
            + pass_seconds(PEERS_PER_TORRENT * torrents, self.protocol.announces_per_second)
            + (runs + 1) * (SECONDS_PER_RUN + SECONDS_PER_MILLION_TORRENTS * torrents / 1e6)
            for _, torrents in self.scales())


def takes(contender, mix_name):
    return not contender.mixes or mix_name in contender.mixes


def takes_any(contender, mix_names):
    return any(takes(contender, name) for name in mix_names)


def key_of(contender):
    """Key of its rate, which differs with TLS."""
    return contender.name, contender.secure


def held_connections(report):
    held = report["connections"]["idle_held"]
    if held <= 0:
        raise LoadError("the server has closed every idle connection")
    return held


def pass_seconds(peers, announces_per_second):
    return max(1, math.ceil(PASS_MARGIN * peers / announces_per_second))


def measure(plan, say):
    """All runs, as a list of dictionaries; `say` reports progress."""
    runs = []
    for workers, torrents in plan.scales():
        with tempfile.TemporaryDirectory(prefix="gyre-compare-") as folder:
            Path(folder).chmod(0o755)  # opentracker becomes another user
            runs += Scale(plan, workers, torrents, Path(folder), say).measure()
    return runs


class Scale:
    """All rounds for one number of workers and torrents."""

    def __init__(self, plan, workers, torrents, folder, say):
        self._plan, self._workers, self._torrents = plan, workers, torrents
        self._folder, self._say = folder, say
        self._server_cpus, generator_cpus = split_cpus(workers)
        self._generator_count = len(generator_cpus)
        self._load = LoadTester(plan.protocol, plan.build, generator_cpus, torrents, folder)
        self._contenders = [each for each in plan.contenders
                            if workers <= each.most_workers and takes_any(each, plan.mixes)]
        self._mixes = [plan.protocol.mixes[name] for name in plan.mixes]
        self._whitelist = folder / "whitelist"
        self._announces_per_second = {}  # by contender
        self._peers_per_announce, self._peers_quantiles = 0.0, []
        self._messages_per_transfer = 1.0
        self._rates = {}  # by mix
        self._runs = []

    def measure(self):
        self._load.write_info_hashes(self._whitelist)
        self._learn_from_gyre()
        for number in range(1, self._plan.rounds + 1):
            self._measure_round(number)
        return self._runs

    def _learn_from_gyre(self):
        """Runs before the floor starts, which needs the sizes of responses."""
        for contender in self._contenders:
            mixes = [mix for mix in self._mixes_of(contender)
                     if self._teaches_floor(contender, mix)]
            if not mixes:
                continue
            with self._server(contender) as server:
                if self._plan.protocol.announce_mix:
                    self._announce_all(server)
                report = self._load.saturate(server, mixes[0], self._plan.seconds)["report"]
            self._peers_per_announce = report["peers_per_announce"]
            self._peers_quantiles = report["peers_quantiles"]
            if messages := report.get("messages"):
                self._messages_per_transfer = messages["per_transfer"]

    def _measure_round(self, number):
        with ExitStack() as stack:
            servers = [self._filled_server(stack, number, each) for each in self._contenders]
            for mix in self._mixes:
                self._take_turns(number, "saturate", mix, servers, self._load.saturate)
            patient = [server for server in servers if server.contender.has_latency]
            for mix in self._mixes:
                if not mix.has_latency:
                    continue
                if number == 1:
                    self._rates[mix.name] = self._half_of_slowest(mix)
                self._take_turns(number, "latency", mix, patient, self._load.at_rate,
                                 self._rates[mix.name])

    def _filled_server(self, stack, number, contender):
        server = stack.enter_context(self._server(contender))
        if self._plan.protocol.announce_mix:
            run = self._announce_all(server)
            self._runs.append(self._described(number, "announce all",
                                              self._load.announce_mix(contender), server, run))
        server.pause()
        return server

    def _take_turns(self, number, phase, mix, servers, load, *arguments):
        """Seconds apart, since a shared machine changes within a minute."""
        for server in servers:
            if takes(server.contender, mix.name):
                server.resume()
                self._record(number, phase, mix, server, load, arguments)
                server.pause()

    def _mixes_of(self, contender):
        return [mix for mix in self._mixes if takes(contender, mix.name)]

    def _server(self, contender):
        place = Place(port=free_port(), workers=self._workers, whitelist=self._whitelist,
                      folder=self._folder, peers_per_announce=self._peers_per_announce,
                      peers_quantiles=self._peers_quantiles,
                      messages_per_transfer=self._messages_per_transfer)
        return Server(contender, place, self._server_cpus, self._plan.protocol.answers)

    def _announce_all(self, server):
        """So that all peers are stored and responses have their full size."""
        name, peers = key_of(server.contender), self._load.peers
        guess = self._plan.protocol.announces_per_second * self._workers
        seconds = pass_seconds(peers, self._announces_per_second.get(name, guess))
        while True:
            run = self._load.announce_once(server, seconds)
            rate = run["report"]["responses_per_s"]["announce"]
            if rate <= 0:
                raise LoadError(f"{server.contender.name} answers no announces: "
                                f"{' '.join(server.command)}")
            if rate * seconds >= peers:
                break
            seconds *= 2
        # A slow pass may have been disturbed.
        self._announces_per_second[name] = max(rate, self._announces_per_second.get(name, 0))
        return run

    def _record(self, number, phase, mix, server, load, arguments):
        resident = server.resident_bytes()
        run = self._undisturbed(
            server, phase, lambda: load(server, mix, self._plan.seconds, *arguments))
        if mix.idle_connections:
            grown = run["report"]["tracker"]["resident_bytes"] - resident
            run["idle_bytes"] = grown / held_connections(run["report"])
        self._runs.append(self._described(number, phase, mix, server, run))
        self._say(f"round {number}, workers {self._workers}, {self._torrents:,} torrents, "
                  f"{mix.name}: {server.contender.name} {outcome(phase, run['report'])}")

    def _teaches_floor(self, contender, mix):
        return contender.name == self._plan.protocol.gyre and any(
            takes(each, mix.name) for each in self._contenders if each.kind == Kind.FLOOR)

    def _undisturbed(self, server, phase, load):
        for attempt in range(1, self._plan.tries + 1):
            begin, lost = time.monotonic(), self._lost_seconds(server)
            run = load()
            lost, seconds = self._lost_seconds(server) - lost, time.monotonic() - begin
            # The generator never sleeps: CPU time that it did not get went to others.
            missed = 1 - run["report"]["generator"]["cpu_share"] / self._generator_count
            run["disturbed_share"] = max(lost / seconds / self._workers, missed)
            if run["disturbed_share"] <= DISTURBED_SHARES[phase]:
                break
            self._say(f"{server.contender.name}: others had {run['disturbed_share']:.1%} of a CPU "
                      f"in try {attempt} of {self._plan.tries}")
        return run

    def _lost_seconds(self, server):
        return server.waited_seconds() + stolen_seconds()

    def _described(self, number, phase, mix, server, run):
        run = {**run, "command": self._shown(run["command"])}
        return {"round": number, "workers": self._workers, "torrents": self._torrents,
                "mix": mix.name, "contender": server.contender.name, "phase": phase,
                "server_command": self._shown(server.command), **run}

    def _shown(self, command):
        """Without paths that are specific to this machine."""
        for path, name in ((self._folder, "FOLDER"), (self._plan.build, "BUILD"),
                           (REPOSITORY, "REPOSITORY")):
            command = [word.replace(str(path), name) for word in command]
        return command

    def _half_of_slowest(self, mix):
        trackers = {contender.name for contender in self._contenders
                    if contender.kind != Kind.FLOOR}
        rates = [(run["contender"] in trackers, replies_per_second(run["report"]))
                 for run in self._runs if run["mix"] == mix.name and run["phase"] == "saturate"]
        slowest = min([rate for is_tracker, rate in rates if is_tracker]
                      or [rate for _, rate in rates])
        return max(1, slowest / 2)  # on a busy machine one may answer nothing


def replies_per_second(report):
    """Number of responses to requests; relayed messages count as responses."""
    rates = report["responses_per_s"]
    if "messages" not in report:
        return rates["total"]
    return rates["announce"] + rates["scrape"] + rates["error"]


def stolen_seconds():
    """Steal time of all CPUs, in steps of 10 ms."""
    total = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()
    return int(total[8]) / os.sysconf("SC_CLK_TCK")


def outcome(phase, report):
    total, latency = report["responses_per_s"]["total"], report["latency_us"]
    if phase == "latency":
        return f"at {total:,.0f}/s: p50 {latency['p50']:,.0f} us, p99 {latency['p99']:,.0f} us"
    if messages := report.get("messages"):
        return f"{messages['per_s']:,.0f} messages/s, {messages['tracker_cpu_us']:.2f} us each"
    return f"{total:,.0f}/s, {report['tracker']['cpu_us_per_response']:.2f} us each"
