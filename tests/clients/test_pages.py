"""What people see who open a tracker's address, with curl and in a headless Chromium."""

import shutil
import subprocess
import unittest

from http_tracker import HttpTrackerTest
from ws_tracker import WsTrackerTest

WITHIN_SECONDS = 60


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          timeout=WITHIN_SECONDS).stdout


class HttpPageTest(HttpTrackerTest):
    scheme = "http"

    def setUp(self):
        host, port = self.start_tracker().endpoint()
        self.url = f"http://{host}:{port}/"
        self.announce_url = f"{self.scheme}://{host}:{port}/announce"

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_curl(self):
        page = output_of("curl", "--silent", "--show-error", "--fail", self.url)
        self.assertIn(self.announce_url, page)
        self.assertEqual(output_of("curl", "--silent", "--fail", self.url + "health"), "ok\n")

    @unittest.skipUnless(shutil.which("chromium"), "chromium is not installed")
    def test_browser(self):
        page = output_of("chromium", "--headless", "--no-sandbox", "--disable-gpu",
                         "--no-first-run", f"--user-data-dir={self.temporary_folder()}",
                         "--dump-dom", self.url)
        self.assertIn("<h1>", page)
        self.assertIn(self.announce_url, page)


class WsPageTest(WsTrackerTest, HttpPageTest):
    scheme = "ws"


if __name__ == "__main__":
    unittest.main()
