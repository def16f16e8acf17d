"""The three trackers on one host with their defaults: each has its own ports."""

import unittest

import network_namespace
import webtorrent
from bep15 import info_hash
from http_tracker import HttpTracker
from tracker import Tracker
from ws_tracker import WsTracker

DEFAULTS = {"metrics.run_prometheus_endpoint": True, "socket_workers": 1}


def setUpModule():
    network_namespace.enter()


class SideBySideTest(unittest.TestCase):
    def test_all_three_with_defaults(self):
        swarm = info_hash(1)
        with Tracker(defaults=DEFAULTS) as udp, HttpTracker(defaults=DEFAULTS) as http, \
                WsTracker(defaults=DEFAULTS) as ws:
            for tracker, port in ((udp, 3000), (http, 3000), (ws, 3001)):
                self.assertEqual(tracker.endpoints(), [("0.0.0.0", port), ("::", port)])
            with udp.client(host="127.0.0.1") as client:
                self.assertEqual(client.announce(swarm, 1001).leechers, 1)
            with http.client(endpoint=("127.0.0.1", 3000)) as client:
                self.assertEqual(client.announce(swarm, 1001).value()[b"incomplete"], 1)
            with ws.client(endpoint=("127.0.0.1", 3001)) as client:
                self.assertEqual(client.announce(swarm, webtorrent.peer_id(1)), (0, 1))
            for tracker, port in ((udp, 9000), (http, 9001), (ws, 9002)):
                self.assertIn(f"metrics at http://127.0.0.1:{port}/metrics", tracker.log())
                self.assertEqual(tracker.total("gyre_workers"), 1)


if __name__ == "__main__":
    unittest.main()
