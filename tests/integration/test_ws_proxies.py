"""gyre_ws behind proxies and for web sites: which addresses are trusted, and which origins may use
the tracker. An address shows by its family, and by how many peers it may have.
"""

import os
import socket
import unittest

import websocket
from bep15 import info_hash
from http_tracker import proxy_header
from webtorrent import peer_id
from ws_tracker import Client, WsTrackerTest

TRUSTED, STRANGER = "127.0.0.1", "127.0.0.2"
PEERS_PER_ADDRESS = {"limits.max_peers_per_address": 1, "socket_workers": 2}


class AddressTest(WsTrackerTest):
    def assert_address(self, tracker, client, address, swarm):
        """One peer per address in that torrent: another announce is not stored."""
        name = "6" if ":" in address else "4"
        before = tracker.total("gyre_requests_total", ip=name)
        self.assertEqual(sum(client.announce(swarm, peer_id(1), "started", 1)), 1)
        self.assertEqual(sum(client.announce(swarm, peer_id(2), "started", 1)), 1)
        self.assertEqual(tracker.total("gyre_requests_total", ip=name), before + 2)
        client.announce(swarm, peer_id(1), "stopped", 1)


class HeaderTest(AddressTest):
    def start(self, name="X-Forwarded-For", form="last_address", networks=TRUSTED, **more):
        return self.start_tracker({"network.runs_behind_reverse_proxy": True,
                                   "network.reverse_proxy_ip_header_name": name,
                                   "network.reverse_proxy_ip_header_format": form,
                                   "network.trusted_networks": networks,
                                   **PEERS_PER_ADDRESS, **more})

    def test_addresses_of_clients(self):
        tracker = self.start()
        swarm = info_hash(1)
        for value in ("192.0.2.1", "192.0.2.66, 192.0.2.1", "2001:db8::1"):
            with self.subTest(value):
                client = self.client_of(tracker, headers={"x-forwarded-for": value})
                self.assert_address(tracker, client, value, swarm)
        clients = [self.client_of(tracker, headers={"X-Forwarded-For": f"192.0.2.{n}"})
                   for n in (1, 2, 1)]
        self.assertEqual([sum(client.announce(swarm, peer_id(n), "started", 1))
                          for n, client in enumerate(clients)], [1, 2, 2])
        self.assertEqual(tracker.total("gyre_announces_refused_total", budget="address"), 4)
        tracker.assert_adds_up()

    def test_strangers_are_who_they_are(self):
        tracker = self.start()
        clients = [self.client_of(tracker, STRANGER, headers={"X-Forwarded-For": f"192.0.2.{n}"})
                   for n in range(2)]
        self.assertEqual([sum(client.announce(info_hash(1), peer_id(n), "started", 1))
                          for n, client in enumerate(clients)], [1, 1])

    def test_other_headers(self):
        for name, form, value in (("X-Real-IP", "single_address", "2001:db8::1"),
                                  ("Forwarded", "forwarded", 'for="[2001:db8::1]:99"')):
            with self.subTest(name), self.tracker_class(
                    {"network.runs_behind_reverse_proxy": True,
                     "network.reverse_proxy_ip_header_name": name,
                     "network.reverse_proxy_ip_header_format": form,
                     "network.trusted_networks": TRUSTED, **PEERS_PER_ADDRESS}) as tracker, \
                    tracker.client(headers={name: value}) as client:
                self.assert_address(tracker, client, value, info_hash(1))

    def test_a_proxy_that_does_not_say_who_is_told_so(self):
        tracker = self.start()
        for value in (None, "unknown", "192.0.2.1, 1.2.3.4.5"):
            with self.subTest(value), tracker.http_client() as client:
                client.send(websocket.upgrade_request(headers={"X-Forwarded-For": value}))
                response = client.response()
                self.assertGreaterEqual(response.status, 400)
                self.assertIn(b"proxy", response.body)
        tracker.assert_adds_up()

    def test_a_unix_socket(self):
        path = os.path.join(self.temporary_folder(), "socket")
        tracker = self.start(**{"network.unix_sockets": path})
        for number in range(8):
            connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connected.connect(path)
            with Client(connected) as client:
                address = f"2001:db8:0:{number}::1"
                client.upgrade(headers={"X-Forwarded-For": address})
                self.assert_address(tracker, client, address, info_hash(number))

    def test_clients_are_limited_and_never_the_proxy(self):
        path = os.path.join(self.temporary_folder(), "socket")
        tracker = self.start(**{"limits.max_connections_per_address": 2,
                                "limits.max_peers_per_address": 0, "network.unix_sockets": path})
        for number in range(5):
            client = self.client_of(tracker, headers={"X-Forwarded-For": f"192.0.2.{number}"})
            self.assertEqual(sum(client.announce(info_hash(1), peer_id(number), "started", 1)),
                             number + 1)
        again = self.client_of(tracker, headers={"X-Forwarded-For": "192.0.2.1"})
        again.scrape(info_hash(1))
        upgrade = websocket.upgrade_request(headers={"X-Forwarded-For": "192.0.2.1"})
        with tracker.http_client() as third:
            third.send(upgrade)
            self.assertEqual(third.rest(), b"")
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connected.connect(path)
        with Client(connected) as fourth:
            fourth.send(upgrade)
            self.assertEqual(fourth.rest(), b"")
        tracker.wait_for_closed("over_address_limit", 2)
        tracker.assert_adds_up()


class ProxyProtocolTest(AddressTest):
    def test_both_versions(self):
        tracker = self.start_tracker({"network.proxy_protocol": True, **PEERS_PER_ADDRESS})
        for number, (header, address) in enumerate((
                (b"PROXY TCP4 192.0.2.1 192.0.2.2 4000 80\r\n", "192.0.2.1"),
                (b"PROXY TCP6 2001:db8::1 ::2 4000 80\r\n", "2001:db8::1"),
                (proxy_header("192.0.2.3"), "192.0.2.3"),
                (proxy_header("2001:db8::3", extra=bytes(300)), "2001:db8::3"),
                (proxy_header("2001:db8::3", command=0), "127.0.0.1"))):
            with self.subTest(header[:40]), tracker.http_client() as client:
                client.send(header)
                client.upgrade()
                self.assert_address(tracker, client, address, info_hash(number))
        with tracker.http_client() as client:
            client.send(websocket.upgrade_request())
            self.assertEqual(client.rest(), b"")
        tracker.wait_for_closed("bad_handshake", 1)
        tracker.assert_adds_up()


class OriginTest(WsTrackerTest):
    def allowed(self, tracker, *origins):
        """The origins that are accepted; None: no Origin header."""
        found = []
        for origin in origins:
            with tracker.http_client() as client:
                client.send(websocket.upgrade_request(headers={"Origin": origin}))
                response = client.response(with_body=False)
                self.assertIn(response.status, (101, 403))
                if response.status == 101:
                    found.append(origin)
        return found

    def test_all_without_lists(self):
        tracker = self.start_tracker()
        every = (None, "null", "https://example.org", "http://127.0.0.1:8080")
        self.assertEqual(self.allowed(tracker, *every), list(every))

    def test_allowed_only(self):
        tracker = self.start_tracker({
            "network.allow_origins": "https://example.org, http://localhost:8080, *.example.net"})
        good = ["https://example.org", "HTTPS://Example.ORG", "http://localhost:8080",
                "https://a.example.net", "http://b.a.example.net:99", None]
        bad = ["http://example.org", "https://example.org:444", "https://www.example.org",
               "http://localhost", "https://example.net", "https://xexample.net",
               "https://example.net.evil.org", "null", ""]
        self.assertEqual(self.allowed(tracker, *good, *bad[:-1]), good)
        tracker.wait_for_total(len(bad) - 1, "gyre_upgrades_total", result="origin")

    def test_denied(self):
        tracker = self.start_tracker({"network.deny_origins": "*.example.net, null",
                                      "network.deny_empty_origin": True})
        self.assertEqual(self.allowed(tracker, None, "null", "https://a.example.net",
                                      "https://example.org"), ["https://example.org"])

    def test_who_is_refused_reads_why(self):
        tracker = self.start_tracker({"network.deny_empty_origin": True})
        with tracker.http_client() as client:
            client.send(websocket.upgrade_request())
            self.assertRegex(client.response().body, rb"\A[ -~]*origin[ -~]*\n\Z")


if __name__ == "__main__":
    unittest.main()
