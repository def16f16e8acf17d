"""Real clients' packets, byte for byte, and the responses that they need."""

import socket
import unittest

import captured_packets as captured
from bep15 import ANNOUNCE, parse_announce, parse_connect, parse_scrape
from tracker import SharedTrackerTest


class CapturedPacketsTest(SharedTrackerTest):
    settings = {"network.use_ipv6": True}

    def exchange(self, client, packet):
        connection = client.connection_id()
        response = client.exchange(packet.with_connection(connection))
        self.assertEqual(response[4:8], packet.transaction)
        return response

    def setUp(self):
        """One peer to be returned to all of them, at an address that none of them has."""
        seeder = self.client(source="127.0.0.99")
        seeder.announce(bytes.fromhex(captured.TORRENT), 9999, left=0)

    def test_connects(self):
        client = self.client()
        for packet in captured.CONNECTS:
            with self.subTest(packet.name):
                response = client.exchange(packet.with_connection(0x41727101980))
                self.assertNotEqual(parse_connect(response), 0)

    def test_sessions(self):
        """started, scrape and stopped of each client, one after another from one address."""
        client = self.client()
        for started, stopped in zip(captured.STARTED, captured.STOPPED):
            with self.subTest(started.name):
                answer = parse_announce(self.exchange(client, started))
                self.assertEqual(answer.peers, [("127.0.0.99", 9999)])
            for scrape in captured.SCRAPES:
                rows = parse_scrape(self.exchange(client, scrape))
                self.assertEqual(rows, [(1, 0, 1)])
            with self.subTest(stopped.name):
                response = self.exchange(client, stopped)
                self.assertEqual(len(response), 20)
                self.assertEqual(parse_announce(response).leechers, 0)

    def test_all_at_once_learn_of_each_other(self):
        clients = [self.client(source=f"127.0.1.{n + 1}") for n in range(len(captured.STARTED))]
        for client, packet in zip(clients, captured.STARTED):
            self.exchange(client, packet)
        everyone = {(f"127.0.1.{n + 1}", packet.port) for n, packet in enumerate(captured.STARTED)}
        for client, packet in zip(clients, captured.STARTED):
            with self.subTest(packet.name):
                own = (client.socket.getsockname()[0], packet.port)
                peers = parse_announce(self.exchange(client, packet)).peers
                self.assertCountEqual(peers, everyone - {own} | {("127.0.0.99", 9999)})
        for client, packet in zip(clients, captured.STOPPED):
            self.exchange(client, packet)

    def test_ipv6_sessions(self):
        client = self.client(family=socket.AF_INET6)
        client.announce(bytes.fromhex(captured.TORRENT), 9999, left=0)
        for packet in captured.STARTED_IPV6:
            with self.subTest(packet.name):
                response = self.exchange(client, packet)
                self.assertEqual((len(response) - 20) % 18, 0)
                peers = parse_announce(response, socket.AF_INET6).peers
                self.assertIn(("::1", 9999), peers)
                self.assertNotIn(("::1", packet.port), peers)

    def test_a_hybrid_torrent_is_two_swarms(self):
        client = self.client()
        for packet in captured.PARTIAL_SEED:
            with self.subTest(packet.name):
                answer = parse_announce(self.exchange(client, packet))
                self.assertEqual(answer.peers, [])
                self.assertEqual(client.scrape(packet.info_hash), [(0, 0, 1)])

    def test_completed_with_unknown_left(self):
        client = self.client()
        response = self.exchange(client, captured.COMPLETED[0])
        self.assertEqual(int.from_bytes(response[:4], "big"), ANNOUNCE)
        self.exchange(client, captured.STOPPED[-1])

    def test_a_garbled_scrape_has_four_rows(self):
        rows = parse_scrape(self.exchange(self.client(), captured.GARBLED_SCRAPE))
        self.assertEqual(rows, [(0, 0, 0)] * 4)


if __name__ == "__main__":
    unittest.main()
