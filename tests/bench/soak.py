"""Is gyre_udp stable when all of its parts are busy for long?

One tracker with short expiry times, under everything at once: peers that come, stop or vanish, an
access list that changes and is reloaded every few seconds, and malformed datagrams. Prints a line
per interval and a verdict: memory, counters, losses, exit. Exits with 1 if anything is wrong.

    scripts/soak-udp.sh [--minutes 10] [--output DIR]
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from soak_chart import draw_chart
from tracker import Tracker, wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
PEER_AGE_SECONDS = 20
SETTINGS = {
    "socket_workers": 1,
    "protocol.peer_announce_interval": PEER_AGE_SECONDS // 2,
    "protocol.peer_announce_jitter": 0,
    "cleaning.torrent_cleaning_interval": 1,
    "cleaning.max_peer_age": PEER_AGE_SECONDS,
    "access_list.mode": "allow",
}
STOPPED_SHARE = 0.2
LISTED_SHARE = 0.9
RELOAD_INTERVAL_SECONDS = 3
# Until as many peers vanish as come, and the list has its full length.
SETTLING_PHASES = 3
# A response may be lost in the generator's receive buffer while the flood has its CPU. What the
# tracker does not receive is counted separately, and must be nothing.
LOST_SHARE_ALLOWED = 1e-4


@dataclass
class Sample:
    seconds: float
    resident_bytes: int
    torrents: int
    peers: int
    responses: int


@dataclass
class Check:
    what: str
    is_met: bool
    found: str


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped by SIGTERM"))  # and the tracker
    split_cpus()
    with tempfile.TemporaryDirectory(prefix="gyre-soak-") as folder:
        soak = Soak(options, Path(folder))
        checks = soak.run()
    for check in checks:
        print(f"{'ok    ' if check.is_met else 'FAILED'} {check.what}: {check.found}")
    if options.output:
        write_output(options.output, soak.samples, checks)
    sys.exit(not all(check.is_met for check in checks))


def parse_options():
    parser = argparse.ArgumentParser(prog="scripts/soak-udp.sh", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--interval", type=float, default=10, help="seconds between two lines")
    parser.add_argument("--phase", type=int, default=30,
                        help="seconds after which all peers vanish and others come")
    parser.add_argument("--rate", type=int, default=40_000, help="requests per second")
    parser.add_argument("--bad-rate", type=int, default=5_000, help="broken datagrams per second")
    parser.add_argument("--torrents", type=int, default=50_000, help="of each phase")
    parser.add_argument("--growth-allowed", type=float, default=4, metavar="MIB",
                        help="by which memory in the second half may exceed that in the first")
    parser.add_argument("--output", type=Path, metavar="DIR", help="for samples and a chart")
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build/bench", metavar="DIR")
    return parser.parse_args()


def split_cpus():
    """This process and its generators leave the first CPU to the tracker."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) > 1:
        os.sched_setaffinity(0, cpus[1:])
        Soak.tracker_cpus = cpus[:1]


class Soak:
    tracker_cpus = None

    def __init__(self, options, folder):
        self._options, self._folder = options, folder
        self._list_path = folder / "allowed"
        self._random = random.Random(1)
        self._tracker = None
        self._load = None
        self._flood = None
        self._phase = 0
        self._listed = []
        self._sent, self._requests, self._lost, self._bad, self._reloads = 0, 0, 0, 0, 0
        self.samples = []

    def run(self):
        """The checks and their outcomes."""
        self._write_list()
        self._tracker = Tracker({**SETTINGS, "access_list.path": self._list_path})
        self._tracker.start()
        try:
            pin(self._tracker.process.pid, self.tracker_cpus)
            self._run_load()
            return [*self._checks_at_rest(), self._check_memory(), self._check_exit()]
        finally:
            for process in (self._load, self._flood):
                if process is not None:
                    process.kill()
            self._tracker.discard()

    def _run_load(self):
        """Does what is due once a second; load and flood run beside it."""
        options, begin = self._options, time.monotonic()
        next_reload, next_sample = RELOAD_INTERVAL_SECONDS, options.interval
        self._start_phase()
        while self._load is not None:
            elapsed = time.monotonic() - begin
            self._start_flood()
            if elapsed >= next_reload:
                next_reload += RELOAD_INTERVAL_SECONDS
                self._reload()
            if elapsed >= next_sample:
                next_sample += options.interval
                self._sample(elapsed)
            self._await_load(until=begin + int(elapsed) + 1)
            if self._load.poll() is not None:
                self._end_phase()
                if elapsed < 60 * options.minutes:
                    self._start_phase()
        self._end_flood()

    def _start_phase(self):
        """New torrents and peers; the old ones expire and leave the list."""
        self._phase += 1
        options = self._options
        path = self._folder / "load.toml"
        path.write_text(
            f'server_address = "{self._address()}"\nmode = "rate"\nrate = {options.rate}\n'
            f"duration = {options.phase}\nseed = {self._phase}\n[requests]\n"
            f"number_of_torrents = {options.torrents}\nnumber_of_peers = {2 * options.torrents}\n"
            f"stopped_probability = {STOPPED_SHARE}\n", encoding="ascii")
        command = [options.build / "load-test/gyre_udp_load_test", "-c", path]
        hashes = subprocess.run([*command, "--print-info-hashes"], check=True, text=True,
                                capture_output=True).stdout.splitlines()
        self._listed = self._listed[-options.torrents:] + hashes
        self._reload()
        self._load = subprocess.Popen(command, text=True, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL)

    def _await_load(self, until):
        try:
            self._load.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass

    def _end_phase(self):
        output, status = self._load.communicate()[0], self._load.returncode
        self._load = None
        if status != 0:
            sys.exit(f"gyre_udp_load_test exited with {status}")
        report = json.loads(output)
        self._sent += report["requests"]
        self._requests += report["requests"]
        self._lost += report["lost"]

    def _start_flood(self):
        self._end_flood()
        self._flood = subprocess.Popen(
            [self._options.build / "tests/integration/flood/udp_flood_bad", self._address(),
             str(self._options.bad_rate), str(self._random.randrange(1 << 32))],
            text=True, stdout=subprocess.PIPE)

    def _end_flood(self):
        if self._flood is None:
            return
        output, _ = self._flood.communicate()
        if self._flood.returncode != 0:
            sys.exit("the flood of broken datagrams got no answer to its probes, see above")
        sent = int(re.findall(r"sent (\d+) of", output)[-1])
        self._sent += sent
        self._bad += sent
        self._flood = None

    def _reload(self):
        self._write_list()
        self._tracker.signal(signal.SIGHUP)
        self._reloads += 1
        self._tracker.wait_for_log("access list: ", self._reloads + 1)  # the first is from startup

    def _write_list(self):
        """Most torrents, in a changing selection."""
        listed = (each for each in self._listed if self._random.random() < LISTED_SHARE)
        self._list_path.write_text("".join(f"{each}\n" for each in listed), encoding="ascii")

    def _sample(self, elapsed):
        metrics = self._tracker.metrics()

        def total(name):
            return int(sum(value for (sample, _), value in metrics.items() if sample == name))

        sample = Sample(elapsed, self._tracker.resident_bytes(), total("gyre_torrents"),
                        total("gyre_peers"), total("gyre_responses_total"))
        before = self.samples[-1] if self.samples else Sample(0, 0, 0, 0, 0)
        rate = (sample.responses - before.responses) / (elapsed - before.seconds)
        self.samples.append(sample)
        print(f"{elapsed:6.0f} s: {sample.resident_bytes / 2**20:6.1f} MiB, "
              f"{sample.torrents:7,} torrents, {sample.peers:8,} peers, {rate:9,.0f} responses/s, "
              f"{self._reloads} reloads, {self._bad:,} broken datagrams", flush=True)

    def _checks_at_rest(self):
        """Every datagram sent was received or counted as lost, and every one received is accounted
        for."""
        def total(name):
            return int(self._tracker.total(name))

        def unexplained():
            return (total("gyre_datagrams_received_total") - total("gyre_responses_total")
                    - total("gyre_datagrams_dropped_total"))

        wait_until(lambda: unexplained() == 0, "every datagram is answered or counted as dropped")
        received, dropped = total("gyre_datagrams_received_total"), total("gyre_kernel_drops_total")
        yield Check("received = answered + dropped with a reason", unexplained() == 0,
                    f"{received:,} received")
        yield Check("sent = received + dropped by the kernel", self._sent == received + dropped,
                    f"{self._sent:,} sent, {dropped:,} dropped by the kernel")
        yield Check("nothing is dropped by the kernel", dropped == 0, f"{dropped:,}")
        yield Check(f"at most {LOST_SHARE_ALLOWED:.2%} of the requests have no response",
                    self._lost <= LOST_SHARE_ALLOWED * self._requests,
                    f"{self._lost:,} of {self._requests:,}")

    def _check_memory(self):
        """The maximum of each half of the time after startup, since memory follows the phases."""
        settled = [sample.resident_bytes / 2**20 for sample in self.samples
                   if sample.seconds > SETTLING_PHASES * self._options.phase]
        half = len(settled) // 2
        first, second = max(settled[:half], default=0), max(settled[half:], default=0)
        allowed = self._options.growth_allowed
        found = f"{first:.1f} to {second:.1f} MiB" if half else "too few samples: run longer"
        return Check(f"memory grows by at most {allowed:g} MiB from the first half to the second",
                     half > 0 and second - first <= allowed, found)

    def _check_exit(self):
        """The same process still runs, and exits with status 0."""
        if self._tracker.process.poll() is not None:
            return Check("the tracker runs to the end", False, self._tracker.log()[-2000:])
        try:
            self._tracker.stop()
        except AssertionError as error:
            return Check("SIGTERM ends the tracker with status 0", False, str(error))
        return Check("SIGTERM ends the tracker with status 0", True, "it did")

    def _address(self):
        return "{}:{}".format(*self._tracker.endpoint())


def pin(pid, cpus):
    """All current threads of a process."""
    for task in Path(f"/proc/{pid}/task").iterdir() if cpus else ():
        os.sched_setaffinity(int(task.name), cpus)


def write_output(folder, samples, checks):
    folder.mkdir(parents=True, exist_ok=True)
    results = {"samples": [asdict(sample) for sample in samples],
               "checks": [asdict(check) for check in checks]}
    (folder / "soak.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    draw_chart(samples, folder / "soak.svg")


if __name__ == "__main__":
    main()
