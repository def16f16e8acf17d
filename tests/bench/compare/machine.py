"""Facts about the machine and versions, for judging or repeating a run."""

import os
import platform
import re
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


def machine():
    fields = lscpu()
    return {"cpu": fields.get("Model name", platform.machine()),
            "cpus": len(os.sched_getaffinity(0)),
            "threads_per_core": fields.get("Thread(s) per core", "unknown"),
            "hypervisor": fields.get("Hypervisor vendor", "none seen"),
            "l2_cache": fields.get("L2 cache", "unknown"),
            "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
            "kernel": platform.release(),
            "distribution": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown"),
            "rmem_default": sysctl("net/core/rmem_default"),
            "rmem_max": sysctl("net/core/rmem_max"),
            "load_at_start": os.getloadavg()[0]}


def versions(build, protocol):
    return {"gyre": output(["git", "-C", REPOSITORY, "describe", "--always", "--dirty"]),
            protocol.gyre: output([build / protocol.program, "-v"]),
            "compiler": compiler(build), "tls_library": tls_library(build),
            **{name: package_version(name) for name in protocol.packages}}


def lscpu():
    text = output(["lscpu"], LC_ALL="C")
    return dict(re.split(r":\s+", line, maxsplit=1) for line in text.splitlines() if ": " in line)


def compiler(build):
    """The compiler and build type, from CMake's cache."""
    cache = (build / "CMakeCache.txt").read_text(encoding="utf-8")
    path = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", cache, re.M)[1]
    build_type = re.search(r"^CMAKE_BUILD_TYPE:\w+=(.*)$", cache, re.M)[1]
    return f"{output([path, '--version']).splitlines()[0]}, {build_type}"


def tls_library(build):
    """gyre's TLS library, as found by cmake/wolfssl.cmake."""
    cache = (build / "CMakeCache.txt").read_text(encoding="utf-8")
    prefix = Path(re.search(r"^GYRE_WOLFSSL_PREFIX:\w+=(.*)$", cache, re.M)[1])
    try:
        return f"wolfSSL {(prefix / 'version').read_text(encoding='utf-8').strip()}"
    except OSError:
        return "none"


def package_version(name):
    return output(["dpkg-query", "--show", "--showformat", "${Version}", name]) or "not installed"


def sysctl(path):
    return int(Path("/proc/sys", path).read_text(encoding="ascii"))


def output(command, **environment):
    """A command's output; empty if it does not exist or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True,
                              env={**os.environ, **environment}).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
