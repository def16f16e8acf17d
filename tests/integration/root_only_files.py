"""Certificates that only root can read, as certbot stores them, and a tracker that drops
privileges: shared by test_http_lifecycle.py and test_ws_lifecycle.py. The instructions of
documents/operating.md are extracted from it and executed.
"""

import os
import re
import shutil
import signal
import ssl
import stat
import subprocess
import textwrap
import unittest
import unittest.mock

from http_tracker import make_certificate, trusting_client, wait_until
from tracker import as_text

GUIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "documents",
                     "operating.md")
NAME = "tracker.test"


def block_of_guide(first_line):
    """The indented block of the guide that starts with this."""
    with open(GUIDE, encoding="utf-8") as guide:
        block = re.search(rf"^    {re.escape(first_line)}\n(?:(?:    .*)?\n)+", guide.read(), re.M)
    return textwrap.dedent(block[0])


@unittest.skipIf(os.geteuid() != 0, "dropping privileges needs root")
class RootOnlyFiles:
    """Mixin for a test case that starts a tracker of its class."""

    def setUp(self):
        # The leak detector needs /proc at exit, which a chroot does not have.
        without_leaks = unittest.mock.patch.dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        without_leaks.start()
        self.addCleanup(without_leaks.stop)
        self.folder = self.temporary_folder()
        os.chmod(self.folder, 0o755)
        self.live = self.new_pair("live")
        self.settings = {"privileges.drop_privileges": True, **self.tls_settings(self.live)}

    def new_pair(self, name):
        """A folder like those in /etc/letsencrypt/live, which only root can enter."""
        folder = os.path.join(self.folder, name)
        certificate, key = make_certificate(folder, NAME)
        os.rename(certificate, os.path.join(folder, "fullchain.pem"))
        os.rename(key, os.path.join(folder, "privkey.pem"))
        self.close_to_others(folder)
        return folder

    def close_to_others(self, folder):
        os.chmod(folder, 0o700)
        for file in os.scandir(folder):
            os.chmod(file.path, 0o600)

    def tls_settings(self, folder):
        return {"network.enable_tls": True,
                "network.tls_certificate_path": os.path.join(folder, "fullchain.pem"),
                "network.tls_private_key_path": os.path.join(folder, "privkey.pem")}

    def shown(self, tracker):
        """The certificate that a client receives."""
        with tracker.connect() as connected:
            with trusting_client().wrap_socket(connected, server_hostname=NAME) as secure:
                return secure.getpeercert(binary_form=True)

    def written(self, folder):
        with open(os.path.join(folder, "fullchain.pem"), encoding="ascii") as file:
            return ssl.PEM_cert_to_DER_cert(file.read())

    def assert_lines(self, tracker, level, pattern, count):
        lines = re.findall(rf"{level}.*{pattern}.*", tracker.log())
        self.assertEqual(len(lines), count, tracker.log())

    def run_deploy_hook(self, lineage, folder):
        script = block_of_guide("#!/bin/sh")
        for setting, value in (("name", os.path.basename(lineage)), ("folder", folder),
                               ("group", "nogroup")):
            script, found = re.subn(rf"^{setting}=.*$", f"{setting}={value}", script, flags=re.M)
            self.assertEqual(found, 1)
        subprocess.run(["sh"], input=script, text=True, check=True,
                       env={**os.environ, "RENEWED_LINEAGE": lineage})

    def test_what_only_root_may_read_serves_and_stays(self):
        tracker = self.start_tracker(self.settings)
        before = self.written(self.live)
        self.assertEqual(self.shown(tracker), before)
        path = os.path.join(self.live, "fullchain.pem")
        self.assert_lines(tracker, "warning", rf"{path}: Permission denied \(as user nobody\)", 1)
        self.assert_lines(tracker, "warning", "deploy hook.*LoadCredential=", 1)
        # Renewed, but still unreadable: logged on each signal, not otherwise.
        os.replace(os.path.join(self.new_pair("renewed"), "fullchain.pem"), path)
        for count in (1, 2):
            tracker.signal(signal.SIGHUP)
            tracker.wait_for_log(rf"error.*{path}: Permission denied.*the reload changed nothing",
                                 count)
        self.assertEqual(self.shown(tracker), before)

    def test_files_that_cannot_be_read_are_an_error_once(self):
        """The certificate thread checks every two seconds; here it can enter the folder."""
        os.chmod(self.live, 0o755)
        tracker = self.start_tracker(self.settings)
        renewed = self.new_pair("renewed")
        for name in ("privkey.pem", "fullchain.pem"):
            os.replace(os.path.join(renewed, name), os.path.join(self.live, name))
        tracker.wait_for_log("error.*Permission denied.*the reload changed nothing")
        # Logged again only when something changes: here, it becomes readable.
        for name in ("privkey.pem", "fullchain.pem"):
            shutil.chown(os.path.join(self.live, name), "nobody")
        wait_until(lambda: self.shown(tracker) == self.written(self.live), "the new one is shown")
        self.assertLessEqual(len(re.findall("error.*Permission denied", tracker.log())), 3)

    def test_the_deploy_hook_of_the_guide(self):
        folder = os.path.join(self.folder, "for_the_tracker")
        self.run_deploy_hook(self.live, folder)
        tracker = self.start_tracker({**self.settings, **self.tls_settings(folder)})
        self.assertEqual(self.shown(tracker), self.written(self.live))
        self.assert_lines(tracker, "warning", "Permission denied", 0)
        # For another certificate: must be ignored.
        other = self.new_pair("other")
        self.run_deploy_hook(self.new_pair("again"), folder)
        again = os.path.join(self.folder, "again")
        wait_until(lambda: self.shown(tracker) == self.written(again), "the renewed one is shown")
        self.assertNotEqual(self.written(folder), self.written(other))

    def test_a_tracker_that_could_read_nothing_can_after_the_hook(self):
        tracker = self.start_tracker(self.settings)
        before = self.shown(tracker)
        renewed = self.new_pair("renewed")
        self.run_deploy_hook(renewed, self.live)
        wait_until(lambda: self.shown(tracker) == self.written(renewed), "the renewed is shown")
        self.assertNotEqual(self.shown(tracker), before)

    def chroot(self):
        """A root directory with /dev/urandom, which wolfSSL may need."""
        root = os.path.join(self.folder, "root")
        urandom = os.path.join(root, "dev", "urandom")
        os.makedirs(os.path.dirname(urandom))
        try:
            os.mknod(urandom, 0o444 | stat.S_IFCHR, os.makedev(1, 9))
            os.chmod(urandom, 0o444)
            with open(urandom, "rb"):
                return root
        except OSError as error:
            self.skipTest(f"no devices can be made here: {error}")

    def test_inside_a_chroot(self):
        root = self.chroot()
        inside = f"{root}{self.live}"
        os.makedirs(inside)
        tracker = self.start_tracker({**self.settings, "privileges.chroot_path": root})
        self.assertEqual(self.shown(tracker), self.written(self.live))
        self.assert_lines(tracker, "warning", rf"No such file.*\(as user nobody, inside {root}\)",
                          1)
        renewed = self.new_pair("renewed")
        self.run_deploy_hook(renewed, inside)
        wait_until(lambda: self.shown(tracker) == self.written(renewed), "the one inside is shown")

    def test_a_chroot_without_random_numbers(self):
        """With some builds of wolfSSL startup fails."""
        settings = {**self.settings, "privileges.chroot_path": self.folder}
        try:
            tracker = self.start_tracker(settings)
        except AssertionError as error:
            self.assertIn("may need /dev/urandom inside", str(error))
        else:
            self.assertEqual(self.shown(tracker), self.written(self.live))

    def test_what_nobody_can_read_ends_the_start(self):
        os.unlink(os.path.join(self.live, "privkey.pem"))
        settings = {"network.address_ipv4": "127.0.0.1:0", "network.use_ipv6": False,
                    **self.settings}
        result = self.run_program({key: as_text(value) for key, value in settings.items()})
        self.assertEqual(result.returncode, 1)
        self.assertIn("privkey.pem: No such file", result.stderr)

    def test_credentials_of_systemd_as_the_guide_names_them(self):
        unit = block_of_guide("[Unit]")
        credentials = os.path.join(self.folder, "credentials")
        os.mkdir(credentials)
        for name, path in re.findall(r"^LoadCredential=(\w+):(\S+)$", unit, re.M):
            shutil.copy(os.path.join(self.live, os.path.basename(path)),
                        os.path.join(credentials, name))
        settings = {
            name.removeprefix("GYRE_").lower().replace("__", "."): value.replace("%d", credentials)
            for name, value in re.findall(r"^Environment=(\w+)=(\S+)$", unit, re.M)}
        tracker = self.start_tracker({"network.enable_tls": True, **settings})
        self.assertEqual(self.shown(tracker), self.written(self.live))
