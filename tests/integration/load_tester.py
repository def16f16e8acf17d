"""Running a load tester for black-box tests, whichever it is."""

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
        """(exit status, standard output, standard error), with no sanitizer complaining."""
        with self.start(settings, *arguments) as process:
            out, err = process.communicate(timeout=200)
        if SANITIZER_REPORT.search(err):
            raise AssertionError(err)
        return process.returncode, out, err

    def report(self, settings, *arguments):
        """Of a run that succeeds, with the defaults where `settings` say nothing else."""
        code, out, err = self.run({**self.defaults, **settings}, *arguments)
        if code != 0 or out.count("\n") != 1:
            raise AssertionError(f"exit status {code}, {out!r}\n{err}")
        return json.loads(out)


def address_of(endpoint):
    host, port = endpoint[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def ended_process():
    """The number of a process that is no more."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return gone.pid
