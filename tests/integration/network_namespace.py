"""A private network for tests: their own addresses, and no route to the outside.

The calling process moves into it, with everything that it starts later. Needs root.
"""

import ctypes
import os
import subprocess
import unittest

CLONE_NEWNET = 0x40000000
IPV4 = "10.77.0.1"
IPV6 = "fd77::1"


def enter(*more_addresses):
    """Loopback, and IPV4 and IPV6 on a veth pair; raises SkipTest without root."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("making a network namespace needs root")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise unittest.SkipTest(f"no network namespace: {os.strerror(ctypes.get_errno())}")
    ip("link set lo up")
    ip("link add v0 type veth peer name v1")
    for address in (f"{IPV4}/24", f"{IPV6}/64", *more_addresses):
        ip(f"address add {address} dev v0" + (" nodad" if ":" in address else ""))
    ip("link set v0 up")
    ip("link set v1 up")
    ip(f"route add default via {IPV4} dev v0")


def ip(arguments):
    subprocess.run(["ip", *arguments.split()], check=True)
