"""Processes of attackers and honest clients, forked from the test: a busy one does not delay
another's clock, and each has its own priority.
"""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

FORK = multiprocessing.get_context("fork")
STOP_WITHIN_SECONDS = 10
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
# Attackers yield the shared CPU to honest clients: the tracker is what is measured.
ATTACKER_NICE = 10


class JobError(Exception):
    """A job ended without a result; contains its last output."""


@dataclass(frozen=True)
class Place:
    """CPUs of the tracker and of everything else; empty: left to the kernel."""
    tracker_cpus: tuple = ()
    other_cpus: tuple = ()

    @staticmethod
    def apart():
        """The tracker on its own CPU, if there are two."""
        cpus = sorted(os.sched_getaffinity(0))
        return Place(tuple(cpus[:1]), tuple(cpus[1:])) if len(cpus) > 1 else Place()

    def attack(self, target, *arguments):
        return Job(target, arguments, self.other_cpus, ATTACKER_NICE)

    def honest(self, target, *arguments):
        return Job(target, arguments, self.other_cpus, 0)


class Job:
    """Runs target(pipe, *arguments) in a process; the return value is its result."""

    def __init__(self, target, arguments, cpus=(), nice=0):
        self.pipe, theirs = FORK.Pipe()
        self._process = FORK.Process(target=run, daemon=True,
                                     args=(target, theirs, arguments, cpus, nice, os.getpid()))
        self._process.start()
        theirs.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def tell(self, word):
        self.pipe.send(word)

    def hear(self, seconds):
        """The job's next message; at the end, its result."""
        deadline = time.monotonic() + seconds
        while not self.pipe.poll(0.1):
            if time.monotonic() > deadline:
                raise JobError(f"no word within {seconds} s")
        try:
            kind, value = self.pipe.recv()
        except EOFError:
            raise JobError("it has died") from None
        if kind == "error":
            raise JobError(value)
        return value

    def stop(self):
        self.pipe.close()
        self._process.terminate()
        self._process.join(STOP_WITHIN_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def waited_seconds(pid):
    """Time for which its threads were runnable but others had the CPU; 0 if there is none."""
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            total += int(task.read_text(encoding="ascii").split()[1])
    return total / 1e9


def run(target, pipe, arguments, cpus, nice, parent):
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        return  # already gone
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if cpus:
        os.sched_setaffinity(0, cpus)
    os.nice(nice)
    try:
        say(pipe, target(pipe, *arguments))
    except (BrokenPipeError, ConnectionResetError):
        pass  # the parent is gone
    except Exception:  # pylint: disable=broad-exception-caught
        pipe.send(("error", traceback.format_exc()))


def say(pipe, value):
    pipe.send(("value", value))


def told(pipe):
    """Whether the parent has sent a message or is gone."""
    return pipe.poll(0)
