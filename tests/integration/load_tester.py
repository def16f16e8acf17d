"""Runs any load tester for black-box tests."""

import json
import subprocess
import sys

from tracker import SANITIZER_REPORT, environment_of

PERCENTILES = ("p50", "p90", "p99", "p99_9", "p99_99", "max")


class LoadTester:
    def __init__(self, binary, defaults):
        self.binary = binary
        self.defaults = defaults

    def start(self, settings, *arguments):
        return subprocess.Popen([self.binary, *arguments], env=environment_of(settings), text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def run(self, settings, *arguments):
        """(exit status, standard output, standard error); asserts that no sanitizer complained."""
        with self.start(settings, *arguments) as process:
            out, err = process.communicate(timeout=200)
        if SANITIZER_REPORT.search(err):
            raise AssertionError(err)
        return process.returncode, out, err

    def report(self, settings, *arguments):
        """The report of a successful run with these settings."""
        code, out, err = self.run({**self.defaults, **settings}, *arguments)
        if code != 0 or out.count("\n") != 1:
            raise AssertionError(f"exit status {code}, {out!r}\n{err}")
        return json.loads(out)


def address_of(endpoint):
    host, port = endpoint[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def ended_process():
    """The PID of a process that has ended."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return gone.pid
