"""Deny lists: networks, peer_ids and user agents that are not served, and their reload."""

import os
import shutil
import signal
import socket
import tempfile
import unittest

from bep15 import info_hash, parse_error
from bep3 import PEER_ID, announce_target, request
from http_tracker import HttpTrackerTest, proxy_header
from tracker import DEFAULTS, TrackerTest, run_binary, wait_until
from webtorrent import announce, peer_id
from websocket import upgrade_request
from ws_tracker import WsTrackerTest

SWARM = info_hash(1)
SERVED, DENIED = "127.0.0.1", "127.8.0.1"
NETWORK_TEXT = "your network is not served by this tracker"
CLIENT_TEXT = "your client is not served by this tracker"


class Lists:
    """Files of lists, for a test case."""

    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="gyre-deny-")
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, *lines):
        path = os.path.join(self.folder, name)
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write("".join(line + "\n" for line in lines))
        os.rename(path + ".new", path)
        return path

    def start(self, more=None, **lists):
        """Each list by its name: networks, peer_ids, user_agents."""
        settings = {f"deny.{name}_path": self.write(name, *lines) for name, lines in lists.items()}
        return self.start_tracker({**settings, **(more or {})})

    def denied(self, tracker, name, reason, **labels):
        return tracker.total(name, reason=reason, **labels)


class UdpTest(Lists, TrackerTest):
    def test_denied_networks_get_no_answer_not_even_to_a_connect(self):
        tracker = self.start(networks=["# list", "127.8.0.0/16", "2001:db8::/32"])
        denied, served = tracker.client(DENIED), tracker.client(SERVED)
        self.addCleanup(denied.close)
        self.addCleanup(served.close)
        self.assertEqual(served.announce(SWARM, 1001).leechers, 1)
        denied.socket.settimeout(0.3)
        with self.assertRaises(socket.timeout):
            denied.connect()
        wait_until(lambda: self.denied(tracker, "gyre_datagrams_dropped_total",
                                       "denied_network") == 1, "the connect is counted")

    def test_denied_peer_ids(self):
        tracker = self.start(peer_ids=["-XX01", "0x2d5959"])
        client = self.client_of(tracker)
        for denied in (b"-XX0100-123456789012", b"-YY0100-123456789012"):
            self.assertEqual(parse_error(client.announce_raw(SWARM, 1001, peer_id=denied)),
                             CLIENT_TEXT)
        self.assertEqual(client.announce(SWARM, 1001, peer_id=b"-XX0200-123456789012").leechers, 1)
        self.assertEqual(self.denied(tracker, "gyre_failures_total", "denied_peer_id"), 2)
        self.assertEqual(tracker.total("gyre_responses_total", type="error"), 2)

    def test_reload(self):
        tracker = self.start(networks=[], peer_ids=["-XX"])
        client = self.client_of(tracker)
        name = b"-XX0100-123456789012"
        self.assertEqual(parse_error(client.announce_raw(SWARM, 1001, peer_id=name)), CLIENT_TEXT)
        path = self.write("networks", "127.0.0.0/8", "127.0.0.1/8")
        tracker.signal(signal.SIGHUP)
        tracker.wait_for_log(rf"deny list: {path}:2: .*bits after the first 8 must be 0.*"
                             "the reload changed nothing")
        self.assertEqual(parse_error(client.announce_raw(SWARM, 1001, peer_id=name)), CLIENT_TEXT)
        self.write("networks")
        self.write("peer_ids")
        tracker.signal(signal.SIGHUP)
        tracker.wait_for_log("deny lists: 0 networks, 0 peer_ids, 0 user agents")
        self.assertEqual(client.announce(SWARM, 1001, peer_id=name).leechers, 1)
        self.write("networks", *[f"10.{n >> 8 & 255}.{n & 255}.0/25" for n in range(50_000)],
                   "127.0.0.0/8")
        tracker.signal(signal.SIGHUP)
        tracker.wait_for_log("deny lists: 50001 networks")
        client.socket.settimeout(0.3)
        with self.assertRaises(socket.timeout):
            client.announce(SWARM, 1001)

    def test_a_bad_list_stops_the_start(self):
        for name, line in (("networks", "10.0.0.0/99"), ("peer_ids", "0xgg")):
            path = self.write(name, "", line)
            result = run_binary(settings={**DEFAULTS, f"deny.{name}_path": path})
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(f"{path}:2: ", result.stderr)


class HttpTest(Lists, HttpTrackerTest):
    def assert_closed_unread(self, tracker, source):
        with self.assertRaises((ConnectionError, AssertionError)):
            self.client_of(tracker, source).announce(SWARM, 1001)
        wait_until(lambda: self.denied(tracker, "gyre_connections_closed_total",
                                       "denied_network") == 1, "the connection is counted")

    def test_connections_of_denied_networks_are_closed(self):
        tracker = self.start(networks=["127.8.0.0/16"])
        self.assertEqual(self.client_of(tracker, SERVED).announce(SWARM, 1).status, 200)
        self.assert_closed_unread(tracker, DENIED)
        tracker.assert_adds_up()

    def test_a_connection_that_was_open_before_the_list_is_refused(self):
        tracker = self.start(networks=[])
        client = self.client_of(tracker, DENIED)
        self.assertIn(b"peers", client.announce(SWARM, 1).value())
        self.write("networks", DENIED)
        tracker.signal(signal.SIGHUP)
        tracker.wait_for_log("deny lists: 1 networks")
        self.assertEqual(client.announce(SWARM, 1).failure(), NETWORK_TEXT)

    def test_user_agents_and_peer_ids(self):
        tracker = self.start(user_agents=["avhttp/2"], peer_ids=["-XX01"])
        client = self.client_of(tracker)
        agent = "User-Agent: avhttp/2.9.9"
        self.assertEqual(client.announce(SWARM, 1, agent).failure(), CLIENT_TEXT)
        self.assertEqual(client.ask("/scrape?info_hash=" + "a" * 20, agent).failure(), CLIENT_TEXT)
        self.assertEqual(client.ask("/health", agent).status, 200)
        other = "User-Agent: AvHttp/2.9.9"
        self.assertIn(b"peers", client.announce(SWARM, 1, other).value())
        for name in (b"-XX0100-123456789012", b"-XX01\x00\xff00-12345678901"):
            self.assertEqual(client.announce(SWARM, 1, peer_id=name[:20]).failure(), CLIENT_TEXT)
        self.assertIn(b"peers", client.announce(SWARM, 1, peer_id=PEER_ID).value())
        failures = "gyre_failures_total"
        self.assertEqual(self.denied(tracker, failures, "denied_user_agent"), 2)
        self.assertEqual(self.denied(tracker, failures, "denied_peer_id"), 2)
        tracker.assert_adds_up()

    def test_the_form_of_refusals(self):
        for form in ("retry_in_never", "gone"):
            tracker = self.start({"protocol.refusal": form}, user_agents=["avhttp/2"])
            response = self.client_of(tracker).announce(SWARM, 1, "User-Agent: avhttp/2")
            if form == "gone":
                self.assertEqual(response.status, 410)
            else:
                self.assertEqual(response.value()[b"retry in"], b"never")

    def test_behind_a_proxy_the_client_is_refused(self):
        tracker = self.start({"network.runs_behind_reverse_proxy": True,
                              "network.trusted_networks": "127.0.0.1"},
                             networks=["192.0.2.0/24", "127.0.0.0/8"])
        client = self.client_of(tracker)
        for address, text in (("192.0.2.7", NETWORK_TEXT), ("198.51.100.1", None)):
            value = client.announce(SWARM, 1, f"X-Forwarded-For: {address}").value()
            self.assertEqual(value.get(b"failure reason", b"").decode() or None, text)
        self.assertEqual(self.denied(tracker, "gyre_failures_total", "denied_network"), 1)

    def test_the_proxy_protocol_names_whom_to_close(self):
        tracker = self.start({"network.proxy_protocol": True},
                             networks=["192.0.2.0/24", "127.0.0.0/8"])
        client = self.client_of(tracker)
        client.send(proxy_header("198.51.100.1") + request(announce_target(SWARM, 1001)))
        self.assertIn(b"peers", client.response().value())
        denied = self.client_of(tracker)
        denied.send(proxy_header("192.0.2.1") + request(announce_target(SWARM, 1001)))
        with self.assertRaises((ConnectionError, AssertionError)):
            denied.response()
        wait_until(lambda: self.denied(tracker, "gyre_connections_closed_total",
                                       "denied_network") == 1, "the connection is counted")


class WsTest(Lists, WsTrackerTest):
    def test_connections_of_denied_networks_are_closed(self):
        tracker = self.start(networks=["127.8.0.0/16"])
        self.assertEqual(self.client_of(tracker).announce(SWARM, peer_id(1)), (0, 1))
        with self.assertRaises((ConnectionError, AssertionError)):
            self.client_of(tracker, DENIED)
        wait_until(lambda: self.denied(tracker, "gyre_connections_closed_total",
                                       "denied_network") == 1, "the connection is counted")

    def test_denied_user_agents_get_no_websocket(self):
        tracker = self.start(user_agents=["avhttp/2"])
        client = tracker.http_client()
        self.addCleanup(client.close)
        client.send(upgrade_request(headers={"User-Agent": "avhttp/2.9.9"}))
        self.assertEqual(client.response().status, 403)
        self.assertEqual(tracker.total("gyre_upgrades_total", result="denied_user_agent"), 1)

    def test_denied_peer_ids_and_networks_of_open_connections(self):
        tracker = self.start(peer_ids=["-XX01"], networks=[])
        client = self.client_of(tracker, DENIED)
        client.tell(announce(SWARM, b"-XX0100-123456789012"))
        self.assertEqual(client.failure(SWARM), CLIENT_TEXT)
        self.assertEqual(client.announce(SWARM, peer_id(1)), (0, 1))
        self.write("networks", DENIED)
        tracker.signal(signal.SIGHUP)
        tracker.wait_for_log("deny lists: 1 networks")
        client.tell(announce(SWARM, peer_id(1)))
        self.assertEqual(client.failure(SWARM), NETWORK_TEXT)
        self.assertEqual(self.denied(tracker, "gyre_failures_total", "denied_peer_id"), 1)
        self.assertEqual(self.denied(tracker, "gyre_failures_total", "denied_network"), 1)
        tracker.assert_adds_up()


if __name__ == "__main__":
    unittest.main()
