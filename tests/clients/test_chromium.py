"""WebTorrent in the browser: a file moves between two pages of a headless Chromium."""

import hashlib
import shutil
import unittest

import network_namespace
import node
from transfer import FILE_NAME, TRANSFER_WITHIN_SECONDS, TransferTest, WssTransfer, WsTransfer


def setUpModule():
    if not shutil.which("chromium"):
        raise unittest.SkipTest("chromium is not installed: scripts/install-packages.sh test")
    node.packages_folder()
    network_namespace.enter()


class ChromiumTest(WsTransfer, TransferTest):
    def test_transfer(self):
        pages = self.enterContext(node.Program(
            self.folder, "chromium_peers.js", f"{self.seeder_folder}/{FILE_NAME}",
            self.announce_url(), self.new_folder("profile")))
        arrived = pages.first_line(TRANSFER_WITHIN_SECONDS)
        self.assertEqual(arrived, hashlib.sha256(self.content).hexdigest(), pages.errors())
        self.assertEqual(self.tracker.total("gyre_upgrades_total", result="upgraded_with_deflate"),
                         2, "browsers ask for compression")
        self.assertGreaterEqual(self.tracker.total("gyre_answers_relayed_total"), 1)
        pages.stop()
        self.tracker.wait_for_peers(0)


class ChromiumTlsTest(WssTransfer, ChromiumTest):
    pass


if __name__ == "__main__":
    unittest.main()
