"""Who gets which offers and answers, which peers belong to whom, and that no client can act for
another; with one worker, and with two that share the swarms and connections.
"""

import os
import ssl
import tempfile
import unittest

import websocket
from http_tracker import make_certificate
from tracker import wait_until
from webtorrent import answer, offer, peer_id, relayed_answer, relayed_offer, scrape
from ws_tracker import SharedWsTrackerTest, WsTrackerTest

NOT_DUE = "no such offer was sent to this peer, or it has expired"


def offers(count, first=0):
    return [offer(first + n) for n in range(count)]


class SignalingTest(SharedWsTrackerTest):
    settings = {"socket_workers": 1, "limits.messages_per_second": 0,
                "limits.offers_per_second": 0}
    rounds = 1  # several torrents and connections, spread over workers

    def assert_counts(self, swarm, complete, incomplete):
        """Eventually: a closed connection's peers are removed a moment later."""
        client = self.client()
        wait_until(lambda: client.scrape(swarm)[0][::2] == (complete, incomplete),
                   f"{complete} seeders and {incomplete} leechers")

    def repeat(self, test):
        for _ in range(self.rounds):
            test(self.new_hash())

    def join(self, swarm, number, left=1, client=None):
        client = client or self.client()
        client.announce(swarm, peer_id(number), "started", left)
        return client

    def test_offer_and_answer(self):
        def run(swarm):
            one, other = self.join(swarm, 1, 0), self.client()
            self.assertEqual(other.announce(swarm, peer_id(2), "started", 1, offers(5)), (1, 1))
            self.assertEqual(one.json(), relayed_offer(swarm, peer_id(2), 0))
            one.answer(swarm, peer_id(1), peer_id(2), 0)
            self.assertEqual(other.json(), relayed_answer(swarm, peer_id(1), 0))
            for client in (one, other):
                self.assertEqual(client.caught_up(swarm), [])

        self.repeat(run)

    def test_connections_in_many_torrents(self):
        swarms = [self.new_hash() for _ in range(20 * self.rounds)]
        clients = [self.client() for _ in range(4)]
        for swarm in swarms:
            for number, client in enumerate(clients):
                self.assertEqual(client.announce(swarm, peer_id(number), "started", 1),
                                 (0, number + 1))
        for swarm in swarms:
            for number, client in enumerate(clients):
                client.announce(swarm, peer_id(number), None, 1, offers(3))
                for other, receiver in enumerate(clients):
                    if other == number:
                        continue
                    got = receiver.json()
                    self.assertEqual(got["peer_id"], peer_id(number).decode())
                    receiver.tell({"action": "announce", "info_hash": got["info_hash"],
                                   "peer_id": peer_id(other).decode(),
                                   "to_peer_id": got["peer_id"], "offer_id": got["offer_id"],
                                   "answer": {"type": "answer", "sdp": got["offer"]["sdp"]}})
                    back = client.json()
                    self.assertEqual((back["peer_id"], back["offer_id"], back["answer"]["sdp"]),
                                     (peer_id(other).decode(), got["offer_id"],
                                      got["offer"]["sdp"]))
        self.assertEqual(clients[0].scrape(*swarms), [(0, 0, 4)] * len(swarms))
        for client in clients:
            client.close()
        self.tracker.wait_for_peers(0)

    def test_each_offer_goes_to_another_peer(self):
        def run(swarm):
            others = [self.join(swarm, n) for n in range(12)]
            sender = self.client()
            sender.announce(swarm, peer_id(99), "started", 1, offers(11))
            got = [client.caught_up(swarm) for client in others]
            self.assertEqual(sorted(map(len, got)), [0] * 2 + [1] * 10)
            self.assertCountEqual([message for messages in got for message in messages],
                                  [relayed_offer(swarm, peer_id(99), n) for n in range(10)])

        self.repeat(run)

    def test_offers_of_seeders_go_to_leechers(self):
        def run(swarm):
            seeders = [self.join(swarm, n, 0) for n in range(3)]
            leechers = [self.join(swarm, n) for n in range(3, 5)]
            for n in range(3):
                seeders[n].announce(swarm, peer_id(n), None, 0, offers(5))
                self.assertEqual([len(client.caught_up(swarm)) for client in leechers], [1, 1])
            self.assertEqual([client.caught_up(swarm) for client in seeders], [[]] * 3)
            leechers[0].announce(swarm, peer_id(3), None, 1, offers(5))
            self.assertEqual([len(client.caught_up(swarm)) for client in seeders], [1] * 3)

        self.repeat(run)

    def test_nobody_speaks_for_another(self):
        def run(swarm):
            victim, other, attacker = self.join(swarm, 1, 0), self.join(swarm, 2), self.client()
            attacker.announce(swarm, peer_id(1), "stopped", 1)
            self.assert_counts(swarm, 1, 1)
            other.announce(swarm, peer_id(2), None, 1, offers(5))
            self.assertEqual(victim.caught_up(swarm), [relayed_offer(swarm, peer_id(2), 0)])
            self.join(swarm, 3, 1, attacker)
            for name in (1, 3):
                attacker.answer(swarm, peer_id(name), peer_id(2), 0)
                self.assertEqual(attacker.failure(swarm), NOT_DUE)
            victim.answer(swarm, peer_id(1), peer_id(2), 0)
            self.assertEqual(victim.caught_up(swarm), [])
            self.assertEqual(other.caught_up(swarm), [relayed_answer(swarm, peer_id(1), 0)])

        self.repeat(run)

    def test_a_peer_id_twice(self):
        def run(swarm):
            victim, other, attacker = self.join(swarm, 1, 0), self.join(swarm, 2), self.client()
            self.assertEqual(attacker.announce(swarm, peer_id(1), "started", 1), (1, 2))
            self.assertEqual(victim.frame().opcode, websocket.PING)  # still there?
            other.announce(swarm, peer_id(2), None, 1, offers(5))
            got = [client.caught_up(swarm) for client in (victim, attacker)]
            self.assertCountEqual([*got[0], *got[1]], [relayed_offer(swarm, peer_id(2), n)
                                                       for n in range(2)])
            self.assertEqual([len(messages) for messages in got], [1, 1])
            attacker.announce(swarm, peer_id(1), None, 1, offers(5))
            self.assertEqual(victim.caught_up(swarm), [])  # not to its own peer_id
            self.assertEqual(len(other.caught_up(swarm)), 1)
            attacker.close()
            self.assert_counts(swarm, 1, 1)
            other.announce(swarm, peer_id(2), None, 1, offers(5, 10))
            self.assertEqual(victim.caught_up(swarm), [relayed_offer(swarm, peer_id(2), 10)])

        self.repeat(run)

    def test_two_peer_ids_on_a_connection_the_newest_ones(self):
        def run(swarm):
            other = self.join(swarm, 1)
            several = self.client()
            for number in range(2, 6):
                several.announce(swarm, peer_id(number), "started", None)
            self.assertEqual(other.announce(swarm, peer_id(1), None, 1, offers(4)), (0, 3))
            self.assertCountEqual(several.caught_up(swarm),
                                  [relayed_offer(swarm, peer_id(1), n) for n in range(2)])
            several.announce(swarm, peer_id(3), "stopped", None)
            self.assert_counts(swarm, 0, 3)
            several.announce(swarm, peer_id(4), "stopped", None)
            self.assert_counts(swarm, 0, 2)
            several.close()
            self.assert_counts(swarm, 0, 1)

        self.repeat(run)

    def test_answers_that_are_not_due(self):
        def run(swarm):
            one, other = self.join(swarm, 1, 0), self.join(swarm, 2)
            other.announce(swarm, peer_id(2), None, 1, offers(1))
            self.assertEqual(one.caught_up(swarm), [relayed_offer(swarm, peer_id(2), 0)])
            for wrong in (answer(swarm, peer_id(1), peer_id(2), 1),
                          answer(swarm, peer_id(1), peer_id(3), 0),
                          answer(swarm, peer_id(4), peer_id(2), 0),
                          answer(self.new_hash(), peer_id(1), peer_id(2), 0)):
                one.tell(wrong)
                self.assertEqual(one.failure(), NOT_DUE)
            other.close()
            self.assert_counts(swarm, 1, 0)
            one.answer(swarm, peer_id(1), peer_id(2), 0)
            self.assertEqual(one.failure(swarm), "the peer that made the offer is gone")
            one.answer(swarm, peer_id(1), peer_id(2), 0)
            self.assertEqual(one.failure(swarm), NOT_DUE)

        self.repeat(run)

    def test_scrapes_of_torrents_of_all_workers(self):
        swarms = [self.new_hash() for _ in range(60)]
        client = self.client()
        for number, swarm in enumerate(swarms):
            if number % 2:
                self.join(swarm, 1, number % 3, client)
        wanted = [(int(n % 2 == 1 and n % 3 == 0), 0, int(n % 2 == 1 and n % 3 > 0))
                  for n in range(60)]
        for _ in range(self.rounds):
            self.assertEqual(self.client().scrape(*swarms), wanted)
        client.tell(scrape(*swarms))
        self.assertEqual([name.encode("latin-1") for name in client.json()["files"]], swarms)


class TwoWorkersTest(SignalingTest):
    settings = {**SignalingTest.settings, "socket_workers": 2}
    rounds = 8

    @classmethod
    def tearDownClass(cls):
        try:
            for name in ("gyre_connections_moved_total", "gyre_messages_forwarded_total"):
                if cls.tracker.total(name) == 0:
                    raise AssertionError(f"{name} is 0: the workers have shared nothing")
            cls.tracker.assert_adds_up()
        finally:
            super().tearDownClass()


class TlsTest(TwoWorkersTest):
    """Connections move with their TLS sessions."""

    rounds = 3

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="gyre-ws-"))
        certificate, key = make_certificate(os.path.join(folder, "pair"), "tracker.test")
        cls.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        cls.tls.load_verify_locations(certificate)
        cls.settings = {**cls.settings, "network.enable_tls": True,
                        "network.tls_certificate_path": certificate,
                        "network.tls_private_key_path": key}
        super().setUpClass()

    def client(self, **options):
        return super().client(tls=self.tls, **options)


class DeflateTest(TwoWorkersTest):
    """Every message is compressed."""

    settings = {**TwoWorkersTest.settings, "network.compress_from": 1}
    rounds = 3

    def client(self, **options):
        client = super().client(headers=websocket.DEFLATE, **options)
        client.send_text = lambda text: client.send(
            websocket.frame(websocket.deflated(text), rsv=websocket.RSV1))
        return client


class FamiliesTest(WsTrackerTest):
    def start(self, together, **more):
        self.tracker = self.start_tracker({
            "network.use_ipv6": True, "socket_workers": 2,
            "protocol.peers_of_both_families": together, **more})
        self.clients = {name: self.client_of(self.tracker, family=family)
                        for name, family in (("4", websocket.socket.AF_INET),
                                             ("6", websocket.socket.AF_INET6))}

    def test_together(self):
        swarm = b"both families" + bytes(7)
        self.start(True)
        self.assertEqual(self.clients["4"].announce(swarm, peer_id(1), "started", 1), (0, 1))
        self.assertEqual(self.clients["6"].announce(swarm, peer_id(2), "started", 1, offers(2)),
                         (0, 2))
        self.assertEqual(self.clients["4"].caught_up(swarm), [relayed_offer(swarm, peer_id(2), 0)])

    def test_apart(self):
        swarm = b"each by itself" + bytes(6)
        self.start(False)
        self.assertEqual(self.clients["4"].announce(swarm, peer_id(1), "started", 1), (0, 1))
        self.assertEqual(self.clients["6"].announce(swarm, peer_id(2), "started", 1, offers(2)),
                         (0, 1))
        self.assertEqual(self.clients["4"].caught_up(swarm), [])
        self.clients["4"].answer(swarm, peer_id(1), peer_id(2), 0)
        self.assertEqual(self.clients["4"].failure(swarm), NOT_DUE)


if __name__ == "__main__":
    unittest.main()
