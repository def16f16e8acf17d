"""A tracker under attack: one worker on its own CPU, with the limits that an attack needs, and the
kernel's view of it.
"""

import contextlib
import os
import re
import tempfile
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from http_tracker import HttpTracker, make_certificate
from tracker import Tracker
from ws_tracker import WsTracker

from .jobs import waited_seconds

CLASSES = {"gyre_udp": Tracker, "gyre_ws": WsTracker, "gyre_http": HttpTracker}


@dataclass(frozen=True)
class Wanted:
    """What an attack needs."""
    program: str = "gyre_ws"
    settings: dict = field(default_factory=dict)
    tls: bool = False
    descriptors: int = 0  # of the process; 0: the system's limit
    with_list: bool = False  # an empty deny list; Running.list_path


class Running:
    """For a with block: endpoint, pid and resources used."""

    def __init__(self, wanted, binary, place, memory=None):
        self.wanted, self.place, self.memory = wanted, place, memory
        self._folder = tempfile.TemporaryDirectory(prefix="gyre-attack-")
        self.list_path = Path(self._folder.name, "denied")
        settings = {"socket_workers": 1, **wanted.settings}
        if wanted.tls:
            certificate, key = make_certificate(self._folder.name + "/tls", "tracker.test")
            settings |= {"network.enable_tls": True, "network.tls_certificate_path": certificate,
                         "network.tls_private_key_path": key}
        if wanted.with_list:
            self.list_path.write_text("", encoding="ascii")
            settings |= {"access_list.mode": "deny", "access_list.path": str(self.list_path)}
        self.tracker = CLASSES[wanted.program](settings, prefix=self._prefix())
        self.tracker.binary = str(binary)

    def _prefix(self):
        prefix = list(self.memory.prefix()) if self.memory else []
        if self.place.tracker_cpus:
            prefix += ["taskset", "-c", ",".join(map(str, self.place.tracker_cpus))]
        if self.wanted.descriptors:
            prefix += ["prlimit", f"--nofile={self.wanted.descriptors}:{self.wanted.descriptors}"]
        return prefix

    def __enter__(self):
        self.tracker.start()
        self.pid = self.tracker.process.pid
        self.endpoint = self.tracker.endpoint()
        return self

    def __exit__(self, exception_type, *_):
        try:
            if exception_type is None and self.is_alive():
                self.tracker.stop()
        finally:
            self.tracker.discard()
            self._folder.cleanup()

    def is_alive(self):
        return self.tracker.process.poll() is None

    def cpu_seconds(self):
        """Of all threads; nothing for a dead process."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                total += int(task.read_text(encoding="ascii").split()[0])
        return total / 1e9

    def waited_ms(self):
        """Time for which others had its CPU."""
        return waited_seconds(self.pid) * 1e3

    def resident_mib(self):
        with contextlib.suppress(OSError, ValueError):
            with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
                found = re.search(r"VmHWM:\s*(\d+) kB", status.read())
                return int(found[1]) / 1024 if found else 0.0
        return 0.0

    def metrics_answer(self, seconds=2):
        """Whether they are served, over a separate connection."""
        url = re.search(r"metrics at (\S+)/metrics", self.tracker.log())[1] + "/metrics"
        try:
            with urllib.request.urlopen(url, timeout=seconds) as response:
                return response.status == 200
        except OSError:
            return False


def program_path(build, program):
    """The program in a build folder."""
    return Path(build) / program.removeprefix("gyre_") / program


def binary_of_tests(program):
    """The program under ctest."""
    return os.environ[program.upper()]
