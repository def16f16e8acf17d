"""Nobody crowds others out of a swarm: one address, or one network of many addresses."""

import unittest
from collections import Counter

from bep15 import info_hash
from http_tracker import HttpTrackerTest
from tracker import TrackerTest

HONEST = 30
WANTED = 50


def honest_address(number):
    return f"127.{100 + number}.0.1"


def network_of(address):
    return address.rsplit(".", 1)[0]


class Shares:
    """`figures_of(answer)` gives the count of leechers and the addresses of peers."""

    def setUp(self):
        super().setUp()
        self.clients = {}

    def announce_from(self, tracker, source, port, wanted):
        if source not in self.clients:
            self.clients[source] = self.client_of(tracker, source=source)
        return self.figures_of(
            self.clients[source].announce(info_hash(1), port, left=1, numwant=wanted))

    def fill(self, tracker, sources, ports):
        for source in sources:
            for port in ports:
                self.announce_from(tracker, source, port, 0)

    def answers(self, tracker, count=10):
        return [self.announce_from(tracker, "127.99.0.1", 7000, WANTED) for _ in range(count)]

    def test_one_address_beside_others(self):
        tracker = self.start_tracker({})
        self.fill(tracker, [honest_address(number) for number in range(HONEST)], [7000])
        self.fill(tracker, ["127.50.0.1"], range(1000, 1064))
        for peer_count, hosts in self.answers(tracker):
            self.assertIn(peer_count, (HONEST + 64, HONEST + 65), "counts are of everybody")
            self.assertLessEqual(Counter(hosts)["127.50.0.1"], len(hosts) / 8)
            self.assertGreaterEqual(len(set(hosts)), HONEST)

    def test_a_network_beside_others(self):
        tracker = self.start_tracker({})
        self.fill(tracker, [honest_address(number) for number in range(HONEST)], [7000])
        self.fill(tracker, [f"127.50.0.{number}" for number in range(1, 51)], range(1000, 1010))
        for peer_count, hosts in self.answers(tracker):
            self.assertGreaterEqual(peer_count, HONEST + 500)
            self.assertLessEqual(Counter(map(network_of, hosts))["127.50.0"], len(hosts) / 4)

    def test_all_of_one_address(self):
        """As in tests on one machine: there is nobody else."""
        tracker = self.start_tracker({})
        self.fill(tracker, ["127.99.0.1"], range(1000, 1200))
        for _, hosts in self.answers(tracker):
            self.assertEqual(len(hosts), WANTED)


class UdpSharesTest(Shares, TrackerTest):
    @staticmethod
    def figures_of(answer):
        return answer.leechers, [host for host, _ in answer.peers]


class HttpSharesTest(Shares, HttpTrackerTest):
    @staticmethod
    def figures_of(answer):
        return answer.value()[b"incomplete"], [host for host, _ in answer.peers()]


if __name__ == "__main__":
    unittest.main()
