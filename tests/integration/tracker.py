"""A running tracker for black-box tests: starts on free ports, stops and checks.

    with Tracker({"socket_workers": 2}) as tracker:
        with tracker.client() as client: ...

Leaving the block sends SIGTERM and asserts that the process exits with 0 and that no sanitizer
complained. This is gyre_udp; http_tracker.py has gyre_http. Readiness comes from the service
manager's protocol (READY=1 to NOTIFY_SOCKET), ports from the log. Settings have the configuration
file's keys, "section.key".
"""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from bep15 import Client, info_hash

BINARY = os.environ.get("GYRE_UDP", "gyre_udp")
START_WITHIN_SECONDS = 60
STOP_WITHIN_SECONDS = 30
WAIT_SECONDS = 60
SANITIZER_REPORT = re.compile(r"(ERROR|WARNING): \w*Sanitizer|runtime error:")

# A loopback address that no other process of the tests uses, so that a free port of it stays free.
# Ports of 127.0.0.1 are taken at any time by connections of concurrent tests.
OWN_HOST = "127.{}.{}.{}".format(64 + (os.getpid() >> 16 & 63), os.getpid() >> 8 & 255,
                                 os.getpid() & 255)

# Free ports on loopback, one family, one worker: for most tests.
DEFAULTS = {
    "socket_workers": 1,
    "network.use_ipv4": True,
    "network.use_ipv6": False,
    "network.address_ipv4": "127.0.0.1:0",
    "network.address_ipv6": "[::1]:0",
    "metrics.run_prometheus_endpoint": True,
    "metrics.prometheus_endpoint_address": "127.0.0.1:0",
}


def environment_name(key):
    return "GYRE_" + key.upper().replace(".", "__")


def as_text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def environment_of(settings):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("GYRE_")}
    environment.update({environment_name(key): as_text(value)
                        for key, value in settings.items() if value is not None})
    return environment


def run_binary(*arguments, settings=None, timeout=START_WITHIN_SECONDS, binary=BINARY):
    """Runs a tracker to its end, for options that print and for startups that must fail.

    Settings that are left out have the program's defaults, including the well-known port.
    """
    return subprocess.run([binary, *arguments], env=environment_of(settings or {}),
                          capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, check=False)


def wait_until(condition, what, seconds=WAIT_SECONDS):
    """Polls until `condition` is true and returns its value; raises `what` if it never is."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def confinement():
    """What trackers give up in this run of the tests: see CMakeLists.txt."""
    return {name: value for name, value in os.environ.items()
            if name.startswith("GYRE_PRIVILEGES__")}


class Tracker:
    binary = BINARY
    schemes = "udp"  # of the addresses in its log; a pattern

    def __init__(self, settings=None, arguments=(), defaults=None, prefix=()):
        """A setting of None keeps the program's default; `prefix` runs the program."""
        self.prefix = list(prefix)
        self.settings = {**(DEFAULTS if defaults is None else defaults), **(settings or {})}
        self.arguments = list(arguments)
        self.process = None
        self.folder = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, exception_type, *_):
        try:
            if exception_type is None:
                self.stop()
        finally:
            if exception_type is not None:
                print(f"--- log of the tracker ---\n{self.log()}---", flush=True)
            self.discard()

    def start(self):
        self.folder = tempfile.mkdtemp(prefix="gyre-test-")
        notify_path = os.path.join(self.folder, "notify")
        log_path = os.path.join(self.folder, "log")
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, \
                    open(log_path, "wb") as log:
                notify.bind(notify_path)
                notify.settimeout(0.05)
                environment = {**confinement(), **environment_of(self.settings),
                               "NOTIFY_SOCKET": notify_path}
                self.process = subprocess.Popen(
                    [*self.prefix, self.binary, *self.arguments], env=environment,
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log)
                self._await_ready(notify)
        except BaseException:
            self.discard()
            raise

    def _await_ready(self, notify):
        deadline = time.monotonic() + START_WITHIN_SECONDS
        while time.monotonic() < deadline:
            try:
                if b"READY=1" in notify.recv(4096).split(b"\n"):
                    return
            except socket.timeout:
                pass
            if self.process.poll() is not None:
                raise AssertionError(
                    f"the tracker exited with {self.process.returncode}:\n{self.log()}")
        raise AssertionError(f"the tracker was never ready:\n{self.log()}")

    def stop(self, signal_number=signal.SIGTERM):
        self.process.send_signal(signal_number)
        self.expect_clean_exit()

    def expect_clean_exit(self):
        try:
            code = self.process.wait(STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the tracker did not stop:\n{self.log()}") from None
        log = self.log()
        if code != 0 or SANITIZER_REPORT.search(log):
            raise AssertionError(f"the tracker exited with {code}:\n{log}")

    def discard(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def endpoints(self):
        """(host, port) of every address that it listens on, in the log's order."""
        found = re.findall(rf"listening on (?:{self.schemes})://(\[[^\]]+\]|[^:\s]+):(\d+)",
                           self.log())
        return [(host.strip("[]"), int(port)) for host, port in found]

    def endpoint(self, family=socket.AF_INET):
        return next(endpoint for endpoint in self.endpoints()
                    if (":" in endpoint[0]) == (family == socket.AF_INET6))

    def client(self, source=None, family=socket.AF_INET, host=None):
        """A client of the family's first address, or of `host` at that port."""
        endpoint = self.endpoint(family)
        return Client((host or endpoint[0], endpoint[1]), source)

    def signal(self, signal_number):
        self.process.send_signal(signal_number)

    def wait_for_log(self, pattern, count=1):
        wait_until(lambda: len(re.findall(pattern, self.log())) >= count,
                   f"{count} x {pattern!r} in the log")

    def metrics_text(self):
        host, port = re.search(r"metrics at http://(\S+):(\d+)/metrics", self.log()).groups()
        connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=30)
        try:
            connection.request("GET", "/metrics")
            response = connection.getresponse()
            body = response.read().decode()
        finally:
            connection.close()
        if response.status != 200:
            raise AssertionError(f"/metrics answered {response.status}: {body}")
        return body

    def metrics(self):
        """Every sample as {(name, ((label, value), ...)): number}."""
        samples = {}
        for line in self.metrics_text().splitlines():
            match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if match and not line.startswith("#"):
                labels = tuple(sorted(re.findall(r'(\w+)="([^"]*)"', match[2] or "")))
                samples[match[1], labels] = float(match[3])
        return samples

    def total(self, name, **labels):
        """The sum of the samples with that name and these labels."""
        return sum(value for (sample, sample_labels), value in self.metrics().items()
                   if sample == name and set(labels.items()) <= set(sample_labels))

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class TrackerTest(unittest.TestCase):
    """A test case whose methods start what they need."""

    tracker_class = Tracker

    def start_tracker(self, settings=None, **options):
        """A tracker that is stopped and checked when the test ends."""
        tracker = self.tracker_class(settings, **options)
        tracker.start()
        self.addCleanup(tracker.discard)
        self.addCleanup(tracker.stop)
        return tracker

    def client_of(self, tracker, *arguments, **options):
        client = tracker.client(*arguments, **options)
        self.addCleanup(client.close)
        return client


class SharedTrackerTest(TrackerTest):
    """A test case whose methods share one tracker, started with `settings`.

    Each method uses its own info_hashes, so that none sees another's peers.
    """

    settings = {}
    tracker = None
    hashes_taken = 0

    @classmethod
    def setUpClass(cls):
        cls.tracker = cls.tracker_class(cls.settings)
        cls.tracker.start()

    @classmethod
    def tearDownClass(cls):
        try:
            cls.tracker.stop()
        finally:
            cls.tracker.discard()

    def client(self, *arguments, **options):
        return self.client_of(self.tracker, *arguments, **options)

    def new_hash(self):
        SharedTrackerTest.hashes_taken += 1
        return info_hash(SharedTrackerTest.hashes_taken)
