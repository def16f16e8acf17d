"""Attackers and honest clients are processes of their own, forked from the one that asks: one that
is busy delays no other's clock, and each has its own priority.
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
# Attackers give way to honest clients on the CPU that they share: what is measured is the tracker.
ATTACKER_NICE = 10


class JobError(Exception):
    """A job ended without a result; has what it printed last."""


@dataclass(frozen=True)
class Place:
    """CPUs of the tracker and of all others; none: wherever the kernel likes."""
    tracker_cpus: tuple = ()
    other_cpus: tuple = ()

    @staticmethod
    def apart():
        """The tracker on a CPU of its own, where there are two."""
        cpus = sorted(os.sched_getaffinity(0))
        return Place(tuple(cpus[:1]), tuple(cpus[1:])) if len(cpus) > 1 else Place()

    def attack(self, target, *arguments):
        return Job(target, arguments, self.other_cpus, ATTACKER_NICE)

    def honest(self, target, *arguments):
        return Job(target, arguments, self.other_cpus, 0)


class Job:
    """Runs target(pipe, *arguments) in a process. What it returns is its result."""

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
        """The next thing that the job says; its result, at the end."""
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
    """For which threads of that process could have run while others had the CPU; 0 of none."""
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            total += int(task.read_text(encoding="ascii").split()[1])
    return total / 1e9


def run(target, pipe, arguments, cpus, nice, parent):
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        return  # it was gone before
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if cpus:
        os.sched_setaffinity(0, cpus)
    os.nice(nice)
    try:
        say(pipe, target(pipe, *arguments))
    except (BrokenPipeError, ConnectionResetError):
        pass  # nobody wants to know any more
    except Exception:  # pylint: disable=broad-exception-caught
        pipe.send(("error", traceback.format_exc()))


def say(pipe, value):
    pipe.send(("value", value))


def told(pipe):
    """Whether there is a word from the one who asks, or he is gone."""
    return pipe.poll(0)
