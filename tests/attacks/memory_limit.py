"""A control group (version 1 or 2) that limits a tracker's memory. Needs root. The tracker sees the
limit.
"""

import contextlib
import os
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
JOIN = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
# In version 1 the process sees its own group, as in a container.
JOIN_V1 = f'echo $$ > "$0/cgroup.procs" && mount --bind "$0" {ROOT}/memory && exec "$@"'
GONE_WITHIN_SECONDS = 5


class MemoryLimit:
    """For a with block: prefix() goes before the command. `is_there`: whether it works here."""

    def __init__(self, mib):
        self._bytes = mib << 20
        self._group = None
        self._is_v1 = False

    @property
    def is_there(self):
        return self._group is not None

    def __enter__(self):
        name = f"gyre-attack-{os.getpid()}"
        for group, limit, is_v1 in ((ROOT / name, "memory.max", False),
                                    (ROOT / "memory" / name, "memory.limit_in_bytes", True)):
            if self._make(group, limit):
                self._group, self._is_v1 = group, is_v1
                break
        return self

    def _make(self, group, limit):
        parent_has_it = (group.parent / "cgroup.procs").exists()
        if not parent_has_it or os.geteuid() != 0:
            return False
        try:
            group.mkdir(exist_ok=True)
            (group / limit).write_text(str(self._bytes), encoding="ascii")
        except OSError:
            with contextlib.suppress(OSError):
                group.rmdir()
            return False
        with contextlib.suppress(OSError):  # no swap, if there is any
            if (group / "memory.swap.max").exists():
                (group / "memory.swap.max").write_text("0", encoding="ascii")
        return True

    def prefix(self):
        if not self._group:
            return []
        if self._is_v1:
            return ["unshare", "--mount", "sh", "-c", JOIN_V1, str(self._group)]
        return ["sh", "-c", JOIN, str(self._group)]

    def __exit__(self, *_):
        deadline = time.monotonic() + GONE_WITHIN_SECONDS
        while self._group and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                self._group.rmdir()
                self._group = None
            time.sleep(0.05)
