"""Announce intervals grow while the workers are loaded, and return: with a threshold of 1 %."""

import contextlib
import threading
import unittest

from bep15 import info_hash
from http_tracker import HttpTrackerTest
from tracker import TrackerTest, wait_until
from webtorrent import announce, peer_id
from ws_tracker import WsTrackerTest

GAUGE = "gyre_announce_interval_seconds"
SWARM = info_hash(1)


@contextlib.contextmanager
def load(work):
    """Calls `work` again and again, on a thread of its own."""
    stopping = threading.Event()

    def run():
        while not stopping.is_set():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def settings(interval, threshold=1, **more):
    return {"socket_workers": 1, "protocol.adaptive_interval": threshold,
            "protocol.peer_announce_interval": interval, **more}


class UdpTest(TrackerTest):
    def test_it_grows_under_load_and_returns(self):
        tracker = self.start_tracker(settings(10, **{"protocol.peer_announce_jitter": 0}))
        client, other = self.client_of(tracker), self.client_of(tracker)
        self.assertEqual(client.announce(SWARM, 1001).interval, 10)
        self.assertEqual(tracker.total(GAUGE), 10)
        with load(lambda: other.announce(SWARM, 1002)):
            wait_until(lambda: client.announce(SWARM, 1001).interval > 10, "the interval grows")
            self.assertIn(client.announce(SWARM, 1001).interval, range(10, 31))
        tracker.wait_for_log("the workers use more than 1 %")
        wait_until(lambda: tracker.total(GAUGE) == 10, "the interval returns")
        self.assertEqual(client.announce(SWARM, 1001).interval, 10)
        tracker.wait_for_log("clients are told the configured interval again")

    def test_switched_off_it_stays(self):
        tracker = self.start_tracker(settings(10, 0, **{"protocol.peer_announce_jitter": 0}))
        self.assertEqual(self.client_of(tracker).announce(SWARM, 1001).interval, 10)
        self.assertEqual(tracker.total(GAUGE), 10)


class HttpTest(HttpTrackerTest):
    def test_min_interval_is_in_proportion(self):
        tracker = self.start_tracker(settings(10, **{"protocol.peer_announce_jitter": 0,
                                                     "protocol.min_announce_interval": 5}))
        other = self.client_of(tracker)
        with load(lambda: other.announce(SWARM, 1002)):
            client, value = self.client_of(tracker), {}

            def is_longer():
                value.update(client.announce(SWARM, 1001).value())
                return value[b"interval"] > 11

            wait_until(is_longer, "the interval grows")
            self.assertIn(value[b"min interval"], range(5, value[b"interval"] // 2 + 1))


class WsTest(WsTrackerTest):
    def test_it_grows_under_load(self):
        tracker = self.start_tracker(settings(10, **{"limits.messages_per_second": 0}))
        other = self.client_of(tracker)
        with load(lambda: other.announce(SWARM, peer_id(2))):
            client = self.client_of(tracker)

            def is_longer():
                client.tell(announce(SWARM, peer_id(1)))
                return client.json()["interval"] > 10

            wait_until(is_longer, "the interval grows")


if __name__ == "__main__":
    unittest.main()
