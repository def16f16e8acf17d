"""A server under test: started on its own CPUs, with all its processes, and ready when it answers.

    with Server(contender, place, cpus, answers) as server: ...
"""

import contextlib
import os
import random
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path

READY_WITHIN_SECONDS = 60
FILES_WANTED = 200_000
ANSWER_WITHIN_SECONDS, POLL_SECONDS = 0.1, 0.02
STOP_WITHIN_SECONDS = 30


class ServerError(Exception):
    """Names the server that failed, how, and its output."""


class Server:
    def __init__(self, contender, place, cpus, answers):
        self.contender = contender
        self.load = contender.load(place)  # settings of the load tester
        self._answers = answers
        self._port = place.port
        self.address = f"127.0.0.1:{place.port}"
        self.command = ["taskset", "-c", cpu_list(cpus), *contender.command(place)]
        self.process = None
        self._log_path = place.folder / f"{place.port}.log"
        self._folder = place.folder

    def __enter__(self):
        with open(self._log_path, "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self._folder,
                                            process_group=0)
        try:
            self._await_answer()
        except BaseException:
            self._signal(signal.SIGKILL)
            self.process.wait()
            raise
        return self

    def __exit__(self, *_):
        self.resume()
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait()

    def pause(self):
        """Suspends it while others have their turn."""
        self._signal(signal.SIGSTOP)

    def resume(self):
        self._signal(signal.SIGCONT)

    def waited_seconds(self):
        """Time for which its threads were runnable but another process had the CPU."""
        return sum(int((task / "schedstat").read_text(encoding="ascii").split()[1])
                   for process in members(self.process.pid)
                   for task in (process / "task").iterdir()) / 1e9

    def resident_bytes(self):
        pages = sum(int((process / "statm").read_text(encoding="ascii").split()[1])
                    for process in members(self.process.pid))
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _signal(self, number):
        """Signals its process group, and waits until none is left."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def check_alive(self):
        if self.process.poll() is not None:
            raise self._failure(f"exited with {self.process.returncode}")

    def _await_answer(self):
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            self.check_alive()
            if self._answers(self._port, ANSWER_WITHIN_SECONDS):
                return
            time.sleep(POLL_SECONDS)
        raise self._failure(f"answered nothing within {READY_WITHIN_SECONDS} s")

    def _failure(self, what):
        log = self._log_path.read_text(encoding="utf-8", errors="replace")[-2000:]
        return ServerError(f"{self.contender.name} {what}: {' '.join(self.command)}\n{log}")


def members(group):
    """The processes of that group, from /proc."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # just ended
            stat = (process / "stat").read_text(encoding="utf-8", errors="replace")
            if int(stat.rpartition(")")[2].split()[2]) == group:
                yield process


def cpu_list(cpus):
    return ",".join(map(str, cpus))


def free_port():
    """A port that is free for UDP and TCP, below the ephemeral range."""
    while True:
        address = ("127.0.0.1", random.randrange(10_000, 30_000))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, \
                socket.socket(socket.AF_INET, socket.SOCK_STREAM) as streams, \
                contextlib.suppress(OSError):
            datagrams.bind(address)
            streams.bind(address)
            return address[1]


def file_limit():
    """The limit of open files for child processes, after an attempt to raise it."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_WANTED, FILES_WANTED))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def split_cpus(workers):
    """The first CPUs for the server, the rest for the generator."""
    cpus = sorted(os.sched_getaffinity(0))
    return cpus[:workers], cpus[workers:]


def worker_counts():
    """1, 2, 4 ... while at least as many CPUs remain for the generator."""
    cpu_count = len(os.sched_getaffinity(0))
    counts = [1]
    while counts[-1] * 4 <= cpu_count:
        counts.append(counts[-1] * 2)
    return counts
