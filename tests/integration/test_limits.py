"""A tracker's memory is bounded, and it still answers when it is full."""

import socket
import unittest

from bep15 import info_hash
from tracker import TrackerTest, wait_until


class LimitsTest(TrackerTest):
    def announce_peers(self, client, torrent, ports):
        return [client.announce(torrent, port, left=1) for port in ports]

    def test_peers_in_all(self):
        """The last 5 % are reserved for swarms with fewer than two."""
        tracker = self.start_tracker({"limits.max_peers": 40,
                                      "limits.max_peers_per_swarm": 100})
        client = self.client_of(tracker)
        answers = self.announce_peers(client, info_hash(1), range(1, 51))
        self.assertEqual(answers[-1].leechers, 38)
        self.assertEqual(len(answers[-1].peers), 38, "who is not stored is answered")
        self.announce_peers(client, info_hash(2), (1, 2, 3))
        self.assertEqual(client.scrape(info_hash(1), info_hash(2)), [(0, 0, 38), (0, 0, 2)])
        self.assertEqual(tracker.total("gyre_announces_refused_total", budget="peers"), 13)
        self.assertEqual(tracker.total("gyre_budget_used", budget="peers"), 40)
        self.assertEqual(tracker.total("gyre_budget_limit", budget="peers"), 40)

    def test_a_budget_is_for_both_families_and_is_given_back(self):
        tracker = self.start_tracker({"network.use_ipv6": True, "limits.max_peers": 2,
                                      "limits.max_torrents": 2,
                                      "limits.max_peers_per_swarm": 100})
        first = self.client_of(tracker)
        second = self.client_of(tracker, family=socket.AF_INET6)
        first.announce(info_hash(1), 1)
        second.announce(info_hash(1), 1)
        self.assertEqual(first.announce(info_hash(1), 2).leechers, 1)
        second.announce(info_hash(1), 1, event=3)
        self.assertEqual(first.announce(info_hash(1), 2).leechers, 2)

    def test_torrents(self):
        tracker = self.start_tracker({"limits.max_torrents": 3})
        client = self.client_of(tracker)
        for number in range(5):
            answer = client.announce(info_hash(number), 1)
            self.assertEqual((answer.leechers, answer.peers), (int(number < 3), []))
        self.assertEqual(tracker.total("gyre_announces_refused_total", budget="torrents"), 2)
        wait_until(lambda: tracker.total("gyre_torrents") == 3, "the torrents are counted")

    def test_peers_of_a_swarm(self):
        """The newest are stored, whichever others were evicted."""
        tracker = self.start_tracker({"limits.max_peers_per_swarm": 50})
        client = self.client_of(tracker)
        self.announce_peers(client, info_hash(1), range(1, 201))
        answer = client.announce(info_hash(1), 200, left=1)
        self.assertEqual(answer.leechers, 50)
        self.assertEqual(len(set(answer.peers)), 49)
        self.assertEqual(tracker.total("gyre_peers_replaced_total", limit="swarm"), 150)

    def test_the_host_itself_is_not_limited(self):
        tracker = self.start_tracker({"limits.max_peers_per_address": 1})
        client = self.client_of(tracker)
        self.assertEqual(self.announce_peers(client, info_hash(1), range(1, 11))[-1].leechers, 10)


if __name__ == "__main__":
    unittest.main()
