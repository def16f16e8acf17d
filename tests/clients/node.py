"""Runs the programs of tests/clients/webtorrent in Node.js, with the packages that they import."""

import os
import subprocess
import unittest

from tracker import wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = os.path.join(HERE, "..", "..", "scripts")
STOP_WITHIN_SECONDS = 20


def packages_folder():
    """The folder of the packages, installed if missing; raises SkipTest without Node.js.

    Call this before entering a network namespace: they may have to be downloaded.
    """
    done = subprocess.run([os.path.join(SCRIPTS, "npm-packages.sh")], capture_output=True,
                          text=True, check=False)
    if done.returncode == 3:
        raise unittest.SkipTest(done.stderr)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout.strip()


class Program:
    """A running program, whose output shows its progress. Killed at the end of a with block.
    """

    def __init__(self, folder, script, *arguments, certificate=None):
        """`folder`: for its output; `certificate`: an additional trusted one."""
        self.output = os.path.join(folder, f"{script}-{os.urandom(4).hex()}.log")
        environment = dict(os.environ)
        if certificate:
            environment["NODE_EXTRA_CA_CERTS"] = certificate
        with open(os.path.join(HERE, "webtorrent", script), "rb") as source, \
                open(self.output, "wb") as output, open(f"{self.output}.error", "wb") as error:
            # A module from standard input resolves imports from the working folder.
            self.process = subprocess.Popen(
                ["node", "--input-type=module", "-", *arguments], cwd=packages_folder(),
                env=environment, stdin=source, stdout=output, stderr=error)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def lines(self):
        with open(self.output, encoding="utf-8") as output:
            return output.read().split("\n")[:-1]

    def errors(self):
        with open(f"{self.output}.error", encoding="utf-8", errors="replace") as error:
            return error.read()

    def first_line(self, seconds):
        """Waits for it."""
        def first():
            if not self.lines() and self.process.poll() is not None:
                raise AssertionError(f"it exited with {self.process.returncode}: {self.errors()}")
            return self.lines()

        return wait_until(first, f"{self.process.args[3:]} gets on", seconds)[0]

    def finish(self, seconds):
        """Its output lines, after it has ended."""
        if self.process.wait(seconds) != 0:
            raise AssertionError(f"it exited with {self.process.returncode}: {self.errors()}")
        return self.lines()

    def stop(self):
        self.process.terminate()
        self.process.wait(STOP_WITHIN_SECONDS)
