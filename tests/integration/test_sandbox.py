"""What a serving tracker has given up, as the kernel shows it. All other tests in this folder run
with it, and with the filter of system calls where the build has no sanitizers (CMakeLists.txt).
"""

import os
import re
import signal
import tempfile
import unittest

from bep15 import info_hash
from http_tracker import HttpTrackerTest
from tracker import TrackerTest, run_binary, wait_until
from ws_tracker import WsTrackerTest


def has_landlock(tracker):
    return "Landlock" in tracker.log() and "no Landlock" not in tracker.log()


class Sandbox:
    """Mixin for a test case that starts a tracker of its class."""

    def of_threads(self, tracker, field):
        """The values of that field of /proc/.../status, in all threads."""
        tasks = f"/proc/{tracker.process.pid}/task"
        values = set()
        for task in os.listdir(tasks):
            with open(f"{tasks}/{task}/status", encoding="ascii") as status:
                values.add(int(re.search(rf"^{field}:\s+(\d+)$", status.read(), re.M)[1]))
        return values

    def assert_of_threads(self, tracker, field, value):
        """Each thread enters on its own, before it begins; some may not have begun yet."""
        wait_until(lambda: self.of_threads(tracker, field) == {value}, f"{field} is {value}")

    def start(self, sandbox=True, system_call_filter=False, **settings):
        return self.start_tracker({"socket_workers": 2, "privileges.sandbox": sandbox,
                                   "privileges.system_call_filter": system_call_filter,
                                   **settings})

    def test_every_thread_is_inside(self):
        tracker = self.start()
        self.assertRegex(tracker.log(), r"info: sandbox: no new privileges")
        self.assert_of_threads(tracker, "NoNewPrivs", 1)
        self.assert_of_threads(tracker, "Seccomp", 0)

    @unittest.skipIf("GYRE_SANITIZED" in os.environ, "sanitizers make system calls of their own")
    def test_every_thread_has_the_filter(self):
        tracker = self.start(system_call_filter=True)
        self.assertIn("; system calls are filtered", tracker.log())
        self.assert_of_threads(tracker, "NoNewPrivs", 1)
        self.assert_of_threads(tracker, "Seccomp", 2)

    def test_neither_if_switched_off(self):
        tracker = self.start(sandbox=False)
        self.assertIn("sandbox: off", tracker.log())
        self.assert_of_threads(tracker, "NoNewPrivs", 0)
        self.assert_of_threads(tracker, "Seccomp", 0)

    def test_a_list_replaced_by_renaming_is_read(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "list")
            for content in (info_hash(1), info_hash(2)):
                with open(path + ".new", "w", encoding="ascii") as file:
                    file.write(content.hex() + "\n")
                os.rename(path + ".new", path)
                if content == info_hash(1):
                    tracker = self.start(**{"access_list.mode": "deny", "access_list.path": path})
            tracker.signal(signal.SIGHUP)
            tracker.wait_for_log("access list: 1 info_hashes", count=2)
            self.assertNotIn("error", tracker.log())

    def test_a_list_that_leads_elsewhere_is_not_read(self):
        """A link that was changed to lead out of the folders that were named at the start."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "list")
            with open(path, "w", encoding="ascii") as file:
                file.write(info_hash(1).hex() + "\n")
            tracker = self.start(**{"access_list.mode": "deny", "access_list.path": path})
            if not has_landlock(tracker):
                self.skipTest("this kernel has no Landlock")
            os.remove(path)
            os.symlink("/etc/passwd", path)
            tracker.signal(signal.SIGHUP)
            tracker.wait_for_log(r"access list: .*Permission denied.*the reload changed nothing")


class UdpTest(Sandbox, TrackerTest):
    def test_a_secret_that_everybody_can_read_is_warned_of(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(os.urandom(32))
            file.flush()
            os.chmod(file.name, 0o644)
            tracker = self.start(**{"protocol.connection_id_secret_path": file.name})
            self.assertIn(f"protocol.connection_id_secret_path: {file.name} has mode 0644",
                          tracker.log())


class HttpTest(Sandbox, HttpTrackerTest):
    pass


class WsTest(Sandbox, WsTrackerTest):
    pass


class RefusalTest(unittest.TestCase):
    def test_settings_are_booleans(self):
        result = run_binary(settings={"privileges.sandbox": "perhaps"})
        self.assertEqual(result.returncode, 1)
        self.assertIn("GYRE_PRIVILEGES__SANDBOX", result.stderr)


if __name__ == "__main__":
    unittest.main()
