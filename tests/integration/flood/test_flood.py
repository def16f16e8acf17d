"""A flood of malformed datagrams: the tracker keeps serving, does not grow, and counts them all."""

import os
import re
import subprocess
import unittest

from bep15 import info_hash
from tracker import TrackerTest, wait_until

FLOOD = os.environ["UDP_FLOOD_BAD"]
DATAGRAMS = int(os.environ.get("GYRE_FLOOD_DATAGRAMS", "1000000"))
SEED = os.environ.get("GYRE_FLOOD_SEED", "1")
# Slack for allocators and sanitizers; a leak of a byte per datagram would exceed it.
GROWTH_ALLOWED = 4 << 20
if "GYRE_SANITIZED" in os.environ:
    GROWTH_ALLOWED *= 4  # what is freed is kept for a while


class FloodTest(TrackerTest):
    def test_flood(self):
        tracker = self.start_tracker({"socket_workers": 2})
        host, port = tracker.endpoint()
        sent, growth = self.flood(tracker, f"{host}:{port}")

        client = self.client_of(tracker)
        client.announce(info_hash(1), 1001)
        self.assertEqual(client.announce(info_hash(1), 1002).peers, [("127.0.0.1", 1001)])
        sent += 3

        def answered_or_dropped():
            return (tracker.total("gyre_responses_total", ip="4")
                    + tracker.total("gyre_datagrams_dropped_total", ip="4"))

        def received():
            return tracker.total("gyre_datagrams_received_total", ip="4")

        wait_until(lambda: answered_or_dropped() == received(),
                   "every datagram received is answered or counted as dropped")
        lost = sent - received()
        answered = tracker.total("gyre_responses_total", ip="4")
        print(f"sent {sent}, received {sent - lost:.0f}, lost in the kernel {lost:.0f}, "
              f"answered {answered:.0f}, grew by {growth} bytes")
        self.assertGreaterEqual(lost, 0)
        self.assertLess(lost, 0.01 * sent)
        self.assertLess(growth, GROWTH_ALLOWED)

    def flood(self, tracker, address):
        """Datagrams sent, and the growth of the tracker's memory after the first tenth."""
        with subprocess.Popen([FLOOD, address, str(DATAGRAMS), SEED], text=True,
                              stdout=subprocess.PIPE) as process:
            self.addCleanup(process.kill)
            sent, at_first_tenth = 0, None
            for line in process.stdout:
                sent = int(re.match(r"\r?sent (\d+) ", line)[1])
                if at_first_tenth is None:
                    at_first_tenth = tracker.resident_bytes()
        self.assertEqual(process.returncode, 0, "the flood ended with an error, see above")
        self.assertGreaterEqual(sent, DATAGRAMS)
        return sent, tracker.resident_bytes() - at_first_tenth


if __name__ == "__main__":
    unittest.main()
