"""A tracker's memory is bounded, and it still answers when it is full."""

import os
import socket
import unittest

from bep15 import info_hash
from tracker import TrackerTest, wait_until


class LimitsTest(TrackerTest):
    def announce_peers(self, client, torrent, ports):
        return [client.announce(torrent, port, left=1) for port in ports]

    def test_peers_in_all(self):
        """A full tracker replaces; whoever else comes costs an unproven torrent its place."""
        tracker = self.start_tracker({"limits.max_peers": 40,
                                      "limits.max_peers_per_swarm": 100})
        client = self.client_of(tracker)
        witness = self.client_of(tracker, source="127.9.9.9")
        witness.announce(info_hash(1), 100, left=1)
        answers = self.announce_peers(client, info_hash(1), range(1, 51))
        self.assertEqual(answers[-1].leechers, 40)
        self.assertEqual(len(answers[-1].peers), 40)
        self.announce_peers(client, info_hash(2), (1, 2, 3))
        self.assertEqual(client.scrape(info_hash(1), info_hash(2)), [(0, 0, 40), (0, 0, 0)])
        self.assertEqual(tracker.total("gyre_peers_replaced_total", limit="swarm"), 11)
        self.assertEqual(tracker.total("gyre_announces_refused_total", budget="peers"), 3)
        self.assertEqual(tracker.total("gyre_torrents_evicted_total"), 0, "one with a witness")
        self.assertEqual(tracker.total("gyre_budget_used", budget="peers"), 40)
        self.assertEqual(tracker.total("gyre_budget_limit", budget="peers"), 40)

    def test_a_budget_is_for_both_families_and_is_given_back(self):
        tracker = self.start_tracker({"network.use_ipv6": True, "limits.max_peers": 100})
        first = self.client_of(tracker)
        second = self.client_of(tracker, family=socket.AF_INET6)
        first.announce(info_hash(1), 1)
        second.announce(info_hash(1), 1)
        self.assertEqual(tracker.total("gyre_budget_used", budget="peers"), 2)
        self.assertEqual(tracker.total("gyre_budget_used", budget="torrents"), 2)
        second.announce(info_hash(1), 1, event=3)
        self.assertEqual(tracker.total("gyre_budget_used", budget="peers"), 1)

    def test_torrents(self):
        """Whoever fills the tracker loses his own; others' torrents stay and find room."""
        tracker = self.start_tracker({"limits.max_torrents": 100})
        client = self.client_of(tracker)
        others = [self.client_of(tracker, source=f"127.7.{number}.1") for number in range(20)]
        for number, other in enumerate(others):
            other.announce(info_hash(number), 1)
        for number in range(1000, 2000):
            self.assertEqual(client.announce(info_hash(number), 1).leechers, 1)
        for number, other in enumerate(others):
            self.assertEqual(other.scrape(info_hash(number)), [(0, 0, 1)])
        self.assertEqual(tracker.total("gyre_announces_refused_total", budget="torrents"), 0)
        self.assertGreater(tracker.total("gyre_torrents_evicted_total"), 900)
        self.assertLessEqual(tracker.total("gyre_torrents"), 100)

    @unittest.skipIf("GYRE_SANITIZED" in os.environ, "sanitizers take several times the memory")
    def test_memory(self):
        """Whatever it is full of, it stays near its limit and answers."""
        tracker = self.start_tracker({"limits.max_memory": "8 MiB"})
        client = self.client_of(tracker)
        limit = tracker.total("gyre_memory_limit_bytes")
        self.assertEqual(limit, 8 << 20)
        number = 0
        while tracker.total("gyre_torrents_evicted_total") == 0 and number < 400_000:
            for number in range(number, number + 5_000):
                client.announce(info_hash(number), 1)
        self.assertGreater(tracker.total("gyre_torrents_evicted_total"), 0)
        wait_until(lambda: tracker.total("gyre_budget_scarce") == 1, "memory is scarce")
        self.assertLess(tracker.total("process_resident_memory_bytes"), 1.25 * limit)

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
