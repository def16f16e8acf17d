"""Rates of publicly routable clients: public addresses in a network of their own."""

import socket
import unittest

import network_namespace
from bep15 import Client, announce_request, connect_request, info_hash
from http_tracker import HttpTracker
from tracker import TrackerTest, wait_until

CLIENT = "203.0.113.5"
NEIGHBOUR = "203.0.113.6"
OTHER = "198.51.100.5"
IPV6_CLIENT = "2001:db8::5"
ADDRESSES = ("203.0.113.1/24", f"{CLIENT}/24", f"{NEIGHBOUR}/24", f"{OTHER}/24",
             "2001:db8::1/64", f"{IPV6_CLIENT}/64")
SERVER = {socket.AF_INET: "203.0.113.1", socket.AF_INET6: "2001:db8::1"}
BURST = 400  # seconds' worth
LISTEN = {"network.use_ipv6": True, "network.address_ipv4": "0.0.0.0:0",
          "network.address_ipv6": "[::]:0", "socket_workers": 1,
          "metrics.run_prometheus_endpoint": True}


def setUpModule():
    network_namespace.enter(*ADDRESSES)


class UdpRatesTest(TrackerTest):
    def answered(self, tracker, source, count, host=None):
        """How many of so many announces are answered."""
        family = socket.AF_INET6 if ":" in source else socket.AF_INET
        client = self.client_of(tracker, source, family, host or SERVER[family])
        connection = client.connect()
        answers = 0
        for at in range(0, count, 50):
            requests = [announce_request(connection, info_hash(1), 6881, transaction=i)
                        for i in range(at, min(at + 50, count))]
            answers += len(client.answers_to(*requests))
        return answers

    def test_an_address_has_its_burst(self):
        tracker = self.start_tracker({**LISTEN, "limits.requests_per_second_per_address": 1})
        for source in (CLIENT, IPV6_CLIENT):
            with self.subTest(source):
                answers = self.answered(tracker, source, BURST + 200)
                self.assertGreaterEqual(answers, BURST)
                self.assertLess(answers, BURST + 100)
        self.assertEqual(self.answered(tracker, NEIGHBOUR, 300), 300)
        self.assertEqual(self.answered(tracker, OTHER, 300), 300)
        self.assertEqual(self.answered(tracker, "127.0.0.1", 800, "127.0.0.1"), 800)
        for ip in ("4", "6"):
            self.assertGreater(tracker.total("gyre_datagrams_dropped_total", reason="over_rate",
                                             ip=ip), 100)

    def test_without_a_valid_id_nobody_is_charged(self):
        tracker = self.start_tracker({**LISTEN, "limits.requests_per_second_per_address": 1})
        client = self.client_of(tracker, CLIENT, socket.AF_INET, SERVER[socket.AF_INET])
        for _ in range(1000):
            client.send(announce_request(12345, info_hash(1), 6881))
        wait_until(lambda: tracker.total("gyre_datagrams_dropped_total",
                                         reason="invalid_connection_id") == 1000, "drops")
        self.assertEqual(self.answered(tracker, CLIENT, 300), 300)

    def test_by_default_a_seedbox_is_served(self):
        """10,000 torrents within a second."""
        tracker = self.start_tracker({**LISTEN, "limits.requests_per_second_per_address": None})
        self.assertEqual(self.answered(tracker, CLIENT, 10_000), 10_000)
        self.assertEqual(tracker.total("gyre_datagrams_dropped_total"), 0)


class HttpRatesTest(TrackerTest):
    tracker_class = HttpTracker

    def connect(self, tracker, source):
        connection = socket.create_connection((SERVER[socket.AF_INET], tracker.endpoint()[1]),
                                              timeout=10, source_address=(source, 0))
        self.addCleanup(connection.close)
        return connection

    def is_served(self, tracker, source):
        try:
            with self.connect(tracker, source) as connection:
                connection.sendall(b"GET /health HTTP/1.0\r\n\r\n")
                return connection.recv(8) == b"HTTP/1.1"
        except ConnectionResetError:
            return False

    def test_new_connections(self):
        tracker = self.start_tracker({**LISTEN, "limits.connections_per_second_per_address": 1})
        served = sum(self.is_served(tracker, CLIENT) for _ in range(BURST + 100))
        self.assertGreaterEqual(served, BURST)
        self.assertLess(served, BURST + 50)
        self.assertEqual(tracker.total("gyre_connections_closed_total",
                                       reason="over_connection_rate"), BURST + 100 - served)
        self.assertTrue(self.is_served(tracker, OTHER))

    def test_requests(self):
        tracker = self.start_tracker({**LISTEN, "limits.requests_per_second_per_address": 1})
        connection = self.connect(tracker, CLIENT)
        request = b"GET /announce?info_hash=aaaaaaaaaaaaaaaaaaaa&port=1 HTTP/1.1\r\nHost: t\r\n\r\n"
        received = b""
        for _ in range(BURST + 100):  # until it is closed
            try:
                connection.sendall(request)
                received += connection.recv(65536)
            except OSError:
                break
        self.assertGreaterEqual(received.count(b"5:peers"), BURST)
        self.assertEqual(received.count(b"too many requests"), 1)
        self.assertIn(b"8:retry in", received)
        self.assertEqual(tracker.total("gyre_failures_total", reason="over_rate"), 1)


if __name__ == "__main__":
    unittest.main()
