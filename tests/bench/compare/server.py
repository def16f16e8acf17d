"""A server under test: started on CPUs of its own, ready when it answers a connect request.

    with Server(contender, place, cpus) as server: ...
"""

import os
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

READY_WITHIN_SECONDS = 60
STOP_WITHIN_SECONDS = 30
CONNECT_REQUEST = struct.pack(">QII", 0x41727101980, 0, 0x67797265)


class ServerError(Exception):
    """Says which server failed, how, and what it printed."""


class Server:
    def __init__(self, contender, place, cpus):
        self.contender = contender
        self.address = f"127.0.0.1:{place.port}"
        self.command = ["taskset", "-c", cpu_list(cpus), *contender.command(place)]
        self.process = None
        self._log_path = place.folder / f"{place.port}.log"
        self._folder = place.folder

    def __enter__(self):
        with open(self._log_path, "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self._folder)
        try:
            self._await_answer()
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def __exit__(self, *_):
        self.resume()
        self.process.terminate()
        try:
            self.process.wait(STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def pause(self):
        """Takes no CPU time while others have their turn."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def waited_seconds(self):
        """For which its threads could have run and another process had the CPU."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text(encoding="ascii").split()[1])
                   for task in tasks) / 1e9

    def check_alive(self):
        if self.process.poll() is not None:
            raise self._failure(f"exited with {self.process.returncode}")

    def _await_answer(self):
        host, port = self.address.split(":")
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.1)
            while time.monotonic() < deadline:
                self.check_alive()
                client.sendto(CONNECT_REQUEST, (host, int(port)))
                try:
                    client.recv(2048)
                    return
                except TimeoutError:
                    pass
        raise self._failure(f"answered no connect request within {READY_WITHIN_SECONDS} s")

    def _failure(self, what):
        log = self._log_path.read_text(encoding="utf-8", errors="replace")[-2000:]
        return ServerError(f"{self.contender.name} {what}: {' '.join(self.command)}\n{log}")


def cpu_list(cpus):
    return ",".join(map(str, cpus))


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def split_cpus(workers):
    """The server's CPUs from the bottom of what this process may use, the generator's the rest."""
    cpus = sorted(os.sched_getaffinity(0))
    return cpus[:workers], cpus[workers:]


def worker_counts():
    """1, 2, 4 ... as long as at least as many CPUs remain for the generator."""
    cpu_count = len(os.sched_getaffinity(0))
    counts = [1]
    while counts[-1] * 4 <= cpu_count:
        counts.append(counts[-1] * 2)
    return counts
