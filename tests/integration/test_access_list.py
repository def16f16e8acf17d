"""Access lists: which torrents are served, and how the list changes while the tracker runs."""

import os
import shutil
import signal
import tempfile
import unittest
import unittest.mock

from bep15 import info_hash, parse_error
from tracker import DEFAULTS, TrackerTest, run_binary, wait_until

LISTED, OTHER = info_hash(1), info_hash(2)
REFUSAL = "info_hash not allowed"


class AccessListTestCase(TrackerTest):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="gyre-list-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "list")

    def write_list(self, *info_hashes):
        self.write("".join(f"{listed.hex()}\n" for listed in info_hashes))

    def write(self, text):
        """Replaces the file atomically, as an operator's tool does."""
        with open(self.path + ".new", "w", encoding="ascii") as file:
            file.write(text)
        os.rename(self.path + ".new", self.path)

    def settings(self, mode, **more):
        return {"access_list.mode": mode, "access_list.path": self.path, **more}

    def start(self, mode, **more):
        tracker = self.start_tracker(self.settings(mode, **more))
        return tracker, self.client_of(tracker)

    def assert_allowed(self, client, swarm):
        self.assertEqual(client.announce_raw(swarm, 1001)[:4], b"\0\0\0\1")
        self.assertEqual(client.scrape(swarm), [(0, 0, 1)])

    def assert_refused(self, client, swarm):
        self.assertEqual(parse_error(client.announce_raw(swarm, 1001)), REFUSAL)
        self.assertEqual(client.scrape(swarm), [(0, 0, 0)])


class AccessListTest(AccessListTestCase):
    def test_deny(self):
        self.write_list(LISTED)
        _, client = self.start("deny")
        self.assert_refused(client, LISTED)
        self.assert_allowed(client, OTHER)

    def test_allow(self):
        self.write_list(LISTED)
        _, client = self.start("allow")
        self.assert_allowed(client, LISTED)
        self.assert_refused(client, OTHER)

    def test_off_reads_no_file(self):
        _, client = self.start("off")
        self.assert_allowed(client, LISTED)

    def test_spellings_of_a_list(self):
        blank_before, no_newline_after = info_hash(0xABCDEF01), OTHER
        self.write(f"# denied\n\n{LISTED.hex().upper()}\r\n  {blank_before.hex()}\n"
                   f"{no_newline_after.hex()}")
        tracker, client = self.start("deny")
        self.assertRegex(tracker.log(), r"access list: 3 info_hashes")
        for denied in (LISTED, blank_before, no_newline_after):
            self.assert_refused(client, denied)

    def test_an_empty_allow_list_serves_nothing(self):
        self.write_list()
        _, client = self.start("allow")
        self.assert_refused(client, LISTED)

    def test_scrapes_of_mixed_hashes_keep_their_order(self):
        self.write_list(LISTED)
        _, client = self.start("deny")
        client.announce(OTHER, 1001)
        self.assertEqual(client.scrape(LISTED, OTHER, LISTED), [(0, 0, 0), (0, 0, 1), (0, 0, 0)])

    def test_reload_by_either_signal(self):
        self.write_list(LISTED)
        tracker, client = self.start("deny")
        for count, signal_number in enumerate((signal.SIGHUP, signal.SIGUSR1), start=2):
            with self.subTest(signal_number.name):
                self.write_list(OTHER, *[info_hash(100 + n) for n in range(count)])
                tracker.signal(signal_number)
                tracker.wait_for_log(rf"access list: {count + 1} info_hashes")
                self.assert_refused(client, OTHER)
                self.assert_allowed(client, LISTED)
                self.write_list(LISTED)
                tracker.signal(signal_number)
                tracker.wait_for_log("access list: 1 info_hashes?", count=count)
                self.assert_refused(client, LISTED)
                self.assert_allowed(client, OTHER)

    def test_a_broken_list_leaves_the_old_one_in_force(self):
        self.write_list(LISTED)
        tracker, client = self.start("deny")
        self.write(f"{OTHER.hex()}\nnot an info hash\n")
        tracker.signal(signal.SIGHUP)
        tracker.wait_for_log(rf"{self.path}:2\b")
        self.assert_refused(client, LISTED)
        self.assert_allowed(client, OTHER)

    def test_a_missing_list_leaves_the_old_one_in_force(self):
        self.write_list(LISTED)
        tracker, client = self.start("deny")
        os.unlink(self.path)
        tracker.signal(signal.SIGHUP)
        tracker.wait_for_log(rf"{self.path}.*No such file")
        self.assert_refused(client, LISTED)

    def test_torrents_that_are_denied_now_are_forgotten(self):
        self.write_list()
        tracker, client = self.start("deny", **{"cleaning.torrent_cleaning_interval": 1})
        client.announce(LISTED, 1001)
        client.announce(OTHER, 1001)
        self.write_list(LISTED)
        tracker.signal(signal.SIGHUP)
        wait_until(lambda: tracker.total("gyre_torrents", ip="4") == 1, "only one torrent is left")
        self.assertEqual(client.scrape(LISTED, OTHER), [(0, 0, 0), (0, 0, 1)])
        # Allowed again, it starts from scratch.
        self.write_list()
        tracker.signal(signal.SIGHUP)
        tracker.wait_for_log("access list: 0 info_hashes", count=2)
        self.assertEqual(client.announce(LISTED, 1002).seeders, 0)
        self.assertEqual(client.scrape(LISTED), [(0, 0, 1)])

    def test_a_bad_list_stops_the_start(self):
        broken = {"a word": ("nonsense\n", 1), "39 digits": (LISTED.hex() + "\n" + "a" * 39, 2),
                  "41 digits": ("\n" + "a" * 41, 2)}
        for name, (text, line) in broken.items():
            with self.subTest(name):
                self.write(text)
                result = run_binary(settings={**DEFAULTS, **self.settings("allow")})
                self.assertNotEqual(result.returncode, 0)
                self.assertIn(f"{self.path}:{line}", result.stderr)
        os.unlink(self.path)
        result = run_binary(settings={**DEFAULTS, **self.settings("allow")})
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(self.path, result.stderr)


@unittest.skipIf(os.geteuid() != 0, "dropping privileges needs root")
class DroppedPrivilegesTest(AccessListTestCase):
    """Only root can enter the list's folder; the tracker becomes nobody."""

    def setUp(self):
        super().setUp()
        # The leak detector needs /proc at exit, which a chroot does not have.
        without_leaks = unittest.mock.patch.dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        without_leaks.start()
        self.addCleanup(without_leaks.stop)

    def settings(self, mode, **more):
        return super().settings(mode, **{"privileges.drop_privileges": True, **more})

    def test_what_only_root_may_read_is_in_force_and_stays(self):
        self.write_list(LISTED)
        secret = os.path.join(self.folder, "secret")
        tracker, client = self.start("deny", **{"protocol.connection_id_secret_path": secret})
        self.assertEqual(os.stat(secret).st_uid, 0)
        self.assert_refused(client, LISTED)
        self.assertRegex(tracker.log(), rf"warning: access list: {self.path}: Permission denied "
                         r"\(as user nobody\); .* cannot be reloaded")
        self.write_list(OTHER)
        tracker.signal(signal.SIGHUP)
        tracker.wait_for_log("error: access list: .*Permission denied.*the reload changed nothing")
        self.assert_refused(client, LISTED)
        self.assert_allowed(client, OTHER)
        os.chmod(self.folder, 0o755)
        tracker.signal(signal.SIGHUP)
        tracker.wait_for_log("access list: 1 info_hashes", 2)
        self.assert_refused(client, OTHER)

    def test_what_cannot_be_read_at_all_stops_the_start(self):
        result = run_binary(settings={**DEFAULTS, **self.settings("deny")})
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"{self.path}: No such file", result.stderr)
        self.write("nonsense\n")
        result = run_binary(settings={**DEFAULTS, **self.settings("deny")})
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"{self.path}:1", result.stderr)

    def test_in_a_chroot_the_list_inside_is_in_force(self):
        self.write_list(OTHER)
        root = os.path.join(self.folder, "root")
        os.chmod(self.folder, 0o755)
        outside, inside = self.path, root + self.path
        os.makedirs(os.path.dirname(inside))
        for exists in ("both", "inside"):
            with self.subTest(exists):
                self.path = inside
                self.write_list(LISTED)
                self.path = outside
                if exists == "inside":
                    os.unlink(outside)
                tracker, client = self.start("deny", **{"privileges.chroot_path": root})
                self.assertNotIn("warning", tracker.log())
                self.assert_refused(client, LISTED)
                self.assert_allowed(client, OTHER)
                self.path = inside
                self.write_list(OTHER, info_hash(3))
                self.path = outside
                tracker.signal(signal.SIGHUP)
                tracker.wait_for_log("access list: 2 info_hashes")
                self.assert_refused(client, OTHER)


if __name__ == "__main__":
    unittest.main()
