"""Limits of gyre_ws: budgets, the access list and its reload, connections. A client over a budget
is answered but not stored.
"""

import os
import signal
import unittest

from bep15 import info_hash
from tracker import wait_until
from webtorrent import announce, offer, peer_id, scrape
from ws_tracker import WsTrackerTest

LISTED, OTHER = info_hash(1), info_hash(2)
REFUSAL = "info_hash not allowed"


class BudgetsTest(WsTrackerTest):
    def start(self, **limits):
        return self.start_tracker({"socket_workers": 2,
                                   **{f"limits.{name}": count for name, count in limits.items()}})

    def refused(self, tracker, budget):
        return tracker.total("gyre_announces_refused_total", budget=budget)

    def join(self, tracker, swarm, number, *arguments, **options):
        client = self.client_of(tracker, **options)
        return client, sum(client.announce(swarm, peer_id(number), "started", 1, *arguments))

    def test_peers(self):
        tracker = self.start(max_peers=40)
        clients = [self.join(tracker, info_hash(n), n) for n in range(40)]
        self.assertIn(tracker.peers(), range(35, 41))
        late, count = self.join(tracker, info_hash(0), 99, [offer(1)])
        self.assertIn(count, (1, 2), "it is in, unless the peer that went was in its swarm")
        self.assertGreater(tracker.total("gyre_peers_evicted_total"), 0)
        self.assertIn(tracker.peers(), range(35, 41))
        for client, _ in clients:
            client.close()
        self.assertEqual(late.announce(info_hash(0), peer_id(99), None, 1)[0], 0)
        late.close()
        tracker.wait_for_peers(0)
        tracker.assert_adds_up()

    def test_torrents(self):
        tracker = self.start(max_torrents=5)
        counts = [self.join(tracker, info_hash(n), n)[1] for n in range(8)]
        self.assertEqual(counts[:5], [1] * 5)
        evicted = tracker.total("gyre_peers_evicted_total")
        self.assertEqual(sum(counts) + self.refused(tracker, "torrents"), 8)
        self.assertEqual(tracker.peers(), sum(counts) - evicted)
        self.assertLessEqual(tracker.total("gyre_torrents"), 5)

    def test_peers_of_a_swarm(self):
        tracker = self.start(max_peers_per_swarm=3)
        self.assertEqual([self.join(tracker, OTHER, n)[1] for n in range(5)], [1, 2, 3, 3, 3])
        self.assertEqual(self.refused(tracker, "swarm"), 2)

    def test_peers_of_a_connection(self):
        tracker = self.start(max_peers_per_connection=3)
        client = self.client_of(tracker)
        swarms = [info_hash(n) for n in range(1000)]
        counts = [sum(client.announce(swarm, peer_id(1), "started", 1)) for swarm in swarms[:50]]
        self.assertLessEqual(sum(counts), 3 * 2)  # each worker counts its own
        self.assertGreaterEqual(sum(counts), 3)
        self.assertEqual(self.refused(tracker, "connection"), 50 - sum(counts))
        stored = swarms[counts.index(1)]
        self.assertEqual(client.announce(stored, peer_id(1), "stopped", 1), (0, 0))
        self.assertEqual(client.announce(stored, peer_id(1), "started", 1), (0, 1))

    def test_peers_of_an_address(self):
        tracker = self.start(max_peers_per_address=3)
        counts = [self.join(tracker, OTHER, n)[1] for n in range(5)]
        self.assertEqual(counts, [1, 2, 3, 3, 3])
        self.assertEqual(self.refused(tracker, "address"), 2)
        client, count = self.join(tracker, OTHER, 9, source="127.0.0.2")
        self.assertEqual(count, 4)
        client.close()
        tracker.wait_for_peers(3)

    def test_peers_of_an_address_in_all_workers(self):
        tracker = self.start(max_peers_per_address=3)
        counts = [self.join(tracker, info_hash(n), 1)[1] for n in range(20)]
        self.assertEqual(sum(counts), 3)

    def is_let_in(self, tracker):
        """Announces over one more connection, which stays open."""
        try:
            self.client_of(tracker)
            return True
        except (ConnectionError, AssertionError):  # closed at once, sooner or later
            return False

    def test_connections(self):
        tracker = self.start(max_connections=16)
        clients = [self.join(tracker, OTHER, n)[0] for n in range(8)]
        for _ in range(30):
            self.is_let_in(tracker)
        wait_until(lambda: tracker.closed("evicted") + tracker.closed("over_limit") > 0,
                   "some are closed")
        for client in clients:  # open WebSockets are not evicted
            self.assertEqual(client.settle(), [])
        tracker.assert_adds_up()

    def test_connections_of_an_address(self):
        tracker = self.start(max_connections_per_address=3)
        clients = [self.client_of(tracker) for _ in range(3)]
        self.assertFalse(self.is_let_in(tracker))
        self.client_of(tracker, "127.0.0.2")
        clients[0].close()
        wait_until(lambda: self.is_let_in(tracker), "there is room again")

    def test_offers_of_an_announce(self):
        tracker = self.start_tracker({"protocol.max_offers": 3})
        for number in range(5):
            self.join(tracker, OTHER, number)
        self.join(tracker, OTHER, 9, [offer(n) for n in range(5)])
        tracker.wait_for_total(3, "gyre_messages_sent_total", type="offer")
        self.assertEqual(tracker.total("gyre_offers_total", result="relayed"), 3)
        self.assertEqual(tracker.total("gyre_offers_total", result="over_max_offers"), 2)

    def test_as_many_offers_as_a_message_holds(self):
        tracker = self.start_tracker({"limits.offers_per_second": 0, "socket_workers": 2})
        others = [self.join(tracker, OTHER, number)[0] for number in range(20)]
        tiny = [{"offer": {}, "offer_id": str(n)} for n in range(1000)]
        self.join(tracker, OTHER, 99, tiny)
        got = [len(client.caught_up(OTHER)) for client in others]
        self.assertEqual(sorted(got), [0] * 10 + [1] * 10)
        self.assertEqual(tracker.total("gyre_offers_total", result="over_max_offers"), 990)
        tracker.assert_adds_up()

    def test_what_is_longer_than_may_wait_arrives(self):
        tracker = self.start_tracker({"limits.max_unsent": 65536, "socket_workers": 2,
                                      "protocol.max_scrape_torrents": 1000})
        client = self.client_of(tracker)
        swarms = [info_hash(n) for n in range(1000)]
        self.assertEqual(client.scrape(*swarms), [(0, 0, 0)] * 1000)
        self.assertEqual(client.scrape(*swarms), [(0, 0, 0)] * 1000)

    def test_torrents_of_a_scrape(self):
        tracker = self.start_tracker({"protocol.max_scrape_torrents": 3, "socket_workers": 2})
        client = self.client_of(tracker)
        client.tell(scrape(*[info_hash(n) for n in range(5)]))
        self.assertEqual(list(client.json()["files"]),
                         [info_hash(n).decode("latin-1") for n in range(3)])


class AccessListTest(WsTrackerTest):
    def setUp(self):
        self.path = os.path.join(self.temporary_folder(), "list")

    def write(self, *info_hashes):
        with open(self.path + ".new", "w", encoding="ascii") as file:
            file.writelines(f"{listed.hex()}\n" for listed in info_hashes)
        os.rename(self.path + ".new", self.path)

    def start(self, mode):
        return self.start_tracker({"access_list.mode": mode, "access_list.path": self.path,
                                   "socket_workers": 2})

    def assert_refused(self, client, swarm):
        client.tell(announce(swarm, peer_id(1), "started", 1, [offer(1)]))
        self.assertEqual(client.failure(swarm), REFUSAL)
        self.assertEqual(client.scrape(swarm), [(0, 0, 0)])

    def test_modes(self):
        for mode, allowed, refused in (("allow", LISTED, OTHER), ("deny", OTHER, LISTED)):
            with self.subTest(mode):
                self.write(LISTED)
                tracker = self.start(mode)
                for _ in range(6):
                    client = self.client_of(tracker)
                    self.assert_refused(client, refused)
                    client.announce(allowed, peer_id(1), "started", 1)
                tracker.wait_for_peers(6)
                tracker.assert_adds_up()

    def test_torrents_that_are_denied_now_are_forgotten(self):
        self.write()
        tracker = self.start("deny")
        swarms = [info_hash(n) for n in range(20)]
        clients = [self.client_of(tracker) for _ in range(4)]
        for number, client in enumerate(clients):
            for swarm in swarms:
                client.announce(swarm, peer_id(number), "started", 1)
        clients[0].announce(swarms[0], peer_id(0), None, 1, [offer(n) for n in range(3)])
        got = [client.caught_up(swarms[0]) for client in clients]
        self.write(*swarms[:15])
        tracker.signal(signal.SIGHUP)
        tracker.wait_for_peers(4 * 5)
        self.assertEqual(tracker.total("gyre_torrents"), 5)
        for client in clients:
            self.assert_refused(client, swarms[0])
            self.assertEqual(client.scrape(*swarms), [(0, 0, 0)] * 15 + [(0, 0, 4)] * 5)
        self.assertEqual([len(messages) for messages in got], [0, 1, 1, 1])
        offered = int(got[1][0]["offer"]["sdp"].split()[2])
        clients[1].answer(swarms[0], peer_id(1), peer_id(0), offered)
        self.assertEqual(clients[1].failure(swarms[0]), REFUSAL)
        self.write()
        tracker.signal(signal.SIGHUP)
        tracker.wait_for_log("access list: 0 info_hashes", 2)
        wait_until(lambda: clients[0].scrape(swarms[0]) == [(0, 0, 0)], "it is answered")
        self.assertEqual(clients[0].announce(swarms[0], peer_id(0), "started", 1), (0, 1))
        tracker.assert_adds_up()

    def test_many_are_forgotten_soon_though_nobody_says_anything(self):
        self.write()
        tracker = self.start_tracker({"access_list.mode": "deny", "access_list.path": self.path,
                                      "limits.max_peers_per_connection": 0,
                                      "limits.messages_per_second": 0})
        swarms = [info_hash(n) for n in range(5000)]
        client = self.client_of(tracker)
        for swarm in swarms:
            client.announce(swarm, peer_id(1), "started", 1)
        self.write(*swarms)
        tracker.signal(signal.SIGHUP)
        wait_until(lambda: tracker.peers() == 0, "all are forgotten", 10)


if __name__ == "__main__":
    unittest.main()
