"""WebSocket connections that are slow, half open, lost, flooding, or many at once: their peers go
with them, others are served, and every closed connection is counted with its reason.
"""

import os
import ssl
import unittest
from random import Random

import websocket
from bep15 import info_hash
from http_tracker import make_certificate, wait_until
from webtorrent import announce, encode, offer, offer_id, peer_id, text
from websocket import DEFLATE, GOING_AWAY, POLICY, frame
from ws_tracker import WsTrackerTest

SANITIZED = "GYRE_SANITIZED" in os.environ
SWARM = info_hash(1)
UNLIMITED = {"limits.messages_per_second": 0, "limits.offers_per_second": 0}


def large_offers(count, size=10_000):
    return [{"offer": {"type": "offer", "sdp": "x" * size}, "offer_id": text(offer_id(n))}
            for n in range(count)]


class ConnectionsTest(WsTrackerTest):
    def assert_serves(self, tracker, **options):
        with tracker.client(**options) as client:
            self.assertEqual(client.scrape(info_hash(99)), [(0, 0, 0)])
        tracker.assert_adds_up()

    def join(self, tracker, number, swarm=SWARM, **options):
        client = self.client_of(tracker, **options)
        client.announce(swarm, peer_id(number), "started", 1)
        return client


class DeadlinesTest(ConnectionsTest):
    def test_who_does_not_ask_in_time(self):
        tracker = self.start_tracker({"deadlines.request": 1})
        silent, slow = tracker.http_client(), tracker.http_client()
        with silent, slow:
            slow.send(websocket.upgrade_request()[:-3])
            for client in (silent, slow):
                self.assertEqual(client.rest(), b"")
        tracker.wait_for_closed("request_late", 2)
        self.assert_serves(tracker)

    def test_half_open_connections(self):
        tracker = self.start_tracker({"deadlines.ping_interval": 1, "deadlines.pong": 3,
                                      "socket_workers": 2})
        alive, dead, busy = (self.join(tracker, n) for n in range(3))
        pings = 0
        while tracker.closed("no_pong") == 0:
            busy.announce(SWARM, peer_id(2), None, 1)  # no pongs, but other messages
            alive.socket.settimeout(0.1)
            try:
                received = alive.frame()
                self.assertEqual(received.opcode, websocket.PING)
                alive.send(frame(received.payload, websocket.PONG))
                pings += 1
            except TimeoutError:
                pass
        self.assertGreaterEqual(pings, 1)
        tracker.wait_for_peers(2)
        self.assertTrue(dead.rest().startswith(frame(b"", websocket.PING, mask=None)))
        self.assertEqual(tracker.closed("no_pong"), 1)
        self.assert_serves(tracker)

    def test_a_dead_one_is_found_when_its_client_is_back(self):
        tracker = self.start_tracker({"deadlines.ping_interval": 3600, "deadlines.pong": 1})
        self.join(tracker, 1)  # answers no ping
        back, other = self.join(tracker, 1), self.client_of(tracker)
        tracker.wait_for_closed("no_pong", 1)
        self.assertEqual(other.announce(SWARM, peer_id(2), "started", 1, [offer(1)]), (0, 2))
        self.assertEqual(len(back.caught_up(SWARM)), 1)
        self.assert_serves(tracker)

    def test_no_end_of_the_closing_handshake(self):
        tracker = self.start_tracker({"deadlines.lingering_close": 1})
        client = self.join(tracker, 1)
        client.send(websocket.close_frame(1000))
        tracker.wait_for_peers(0)
        tracker.wait_for_closed("by_client", 1)
        self.assert_serves(tracker)


class SlowReadersTest(ConnectionsTest):
    def assert_grown_less(self, tracker, before, size):
        """In bytes; sanitizers keep freed memory for a while."""
        if not SANITIZED:
            self.assertLess(tracker.resident_bytes() - before, size)

    def offer_until(self, sender, condition):
        """Announces with offers for all others until the condition holds."""
        for _ in range(2000):
            sender.announce(SWARM, peer_id(0), None, 1, large_offers(5))
            if condition():
                return
        self.fail("2000 announces have changed nothing")

    def test_who_does_not_read_is_closed(self):
        tracker = self.start_tracker({**UNLIMITED, "limits.max_unsent": 65536,
                                      "deadlines.write": 1})
        slow = self.join(tracker, 1, receive_buffer=4096)
        sender = self.join(tracker, 0)
        before = tracker.resident_bytes()
        self.offer_until(sender, lambda: tracker.total("gyre_messages_dropped_total",
                                                       reason="backpressure") > 0)
        self.offer_until(sender, lambda: tracker.closed("reading_too_slow") == 1)
        tracker.wait_for_peers(1)
        self.assert_grown_less(tracker, before, 32 << 20)
        slow.close()
        self.assert_serves(tracker)

    def test_who_reads_late_gets_whole_messages(self):
        tracker = self.start_tracker({**UNLIMITED, "limits.max_unsent": 200_000,
                                      "socket_workers": 2})
        slow = self.join(tracker, 1, receive_buffer=4096)
        sender = self.join(tracker, 0)
        self.offer_until(sender, lambda: tracker.total("gyre_messages_dropped_total",
                                                       reason="backpressure") > 5)
        got = slow.caught_up(SWARM)
        self.assertGreater(len(got), 15)  # of 10 kB
        for message in got:
            self.assertEqual(len(message["offer"]["sdp"]), 10_000)
        sender.announce(SWARM, peer_id(0), None, 1, large_offers(1))
        self.assertEqual(len(slow.caught_up(SWARM)), 1)
        self.assert_serves(tracker)

    def test_requests_without_end_and_no_reading(self):
        tracker = self.start_tracker({**UNLIMITED, "deadlines.write": 1})
        client = self.client_of(tracker, receive_buffer=4096)
        swarms = [text(info_hash(n)) for n in range(200)]
        requests = frame(encode({"action": "scrape", "info_hash": swarms})) * 10
        client.socket.setblocking(False)
        unsent = b""  # the rest of a partial send: frames stay whole

        def is_closed():
            nonlocal unsent
            unsent = unsent or requests
            try:
                unsent = unsent[client.socket.send(unsent):]
            except BlockingIOError:
                pass
            except OSError:
                return True
            return tracker.closed("reading_too_slow") == 1

        before = tracker.resident_bytes()
        wait_until(is_closed, "the connection is closed")
        tracker.wait_for_closed("reading_too_slow", 1)
        self.assert_grown_less(tracker, before, 16 << 20)
        self.assert_serves(tracker)


class FloodsTest(ConnectionsTest):
    def test_messages_over_the_rate(self):
        tracker = self.start_tracker({"limits.messages_per_second": 1,
                                      "limits.messages_at_once": 10})
        calm, flooding = self.join(tracker, 1), self.client_of(tracker)
        message = frame(encode(announce(SWARM, peer_id(2), "started", 1)))
        flooding.send(message * 60)
        tracker.wait_for_total(48, "gyre_messages_dropped_total", reason="over_rate")
        for _ in range(10):
            self.assertEqual(flooding.json()["action"], "announce")
        self.assertEqual(tracker.peers(), 2)
        calm.announce(SWARM, peer_id(1), None, 1)
        flooding.send(message * 100)
        self.assertEqual(flooding.close_code(), POLICY)
        tracker.wait_for_peers(1)
        tracker.wait_for_closed("policy", 1)
        self.assert_serves(tracker)

    def test_pings_over_the_rate(self):
        tracker = self.start_tracker({"limits.messages_per_second": 1,
                                      "limits.messages_at_once": 10})
        client = self.client_of(tracker)
        client.send(frame(b"x" * 125, websocket.PING) * 150)
        self.assertEqual(client.close_code(), POLICY)
        self.assert_serves(tracker)

    def test_offers_over_the_rate(self):
        tracker = self.start_tracker({"limits.offers_per_second": 1,
                                      "limits.offers_at_once": 12})
        others = [self.join(tracker, n) for n in range(10)]
        sender = self.client_of(tracker)
        for count in (10, 2, 0):
            sender.announce(SWARM, peer_id(99), None, 1, [offer(n) for n in range(10)])
            got = [len(client.caught_up(SWARM)) for client in others]
            self.assertIn(sum(got), (count, count + 1))
        self.assertGreaterEqual(tracker.total("gyre_offers_total", result="over_rate"), 17)
        self.assert_serves(tracker)

    def test_broken_messages(self):
        tracker = self.start_tracker({**UNLIMITED, "socket_workers": 2})
        random = Random(1)
        whole = encode(announce(SWARM, peer_id(1), "started", 1, [offer(n) for n in range(3)]))
        pieces = (b"", b"\0", b"\"", b"{", b"}", b"\\", b"\\u12", b"\xff", b"null", b",", b"[[[[")
        for _ in range(200):
            with tracker.client() as client:
                try:
                    for _ in range(10):
                        broken = bytearray(whole)
                        for _ in range(random.randrange(1, 5)):
                            at = random.randrange(len(broken))
                            broken[at:at + random.randrange(20)] = random.choice(pieces)
                        client.send_text(bytes(broken))
                    client.settle()
                except (websocket.Closed, ConnectionError):
                    continue
        tracker.wait_for_peers(0)
        self.assertGreater(tracker.total("gyre_failures_total", reason="malformed"), 0)
        self.assert_serves(tracker)

    def test_broken_frames(self):
        tracker = self.start_tracker({**UNLIMITED, "socket_workers": 2})
        random = Random(2)
        message = encode(announce(SWARM, peer_id(1), "started", 1))
        whole = (websocket.upgrade_request("/", DEFLATE) + frame(message) + frame(b"a", 9)
                 + frame(websocket.deflated(message), rsv=websocket.RSV1)
                 + b"".join(websocket.fragments(message, 50)) + websocket.close_frame(1000))
        start = len(websocket.upgrade_request("/", DEFLATE))
        for number in range(500):
            broken = bytearray(whole)
            for _ in range(random.randrange(1, 6)):
                at = random.randrange(start if number % 4 else 0, len(broken))
                broken[at] ^= 1 << random.randrange(8)
            with tracker.http_client() as client:
                try:
                    client.send(broken[:random.randrange(len(broken))])
                    client.finish_sending()
                except OSError:
                    continue
                client.rest()
        tracker.wait_for_all_closed(500)
        tracker.wait_for_peers(0)
        self.assert_serves(tracker)


class StormsTest(ConnectionsTest):
    """A thousand clients connect, announce, answer and leave in every way."""

    def storm(self, tracker, count, **options):
        random = Random(3)
        together = 50
        for begin in range(0, count, together):
            clients = [tracker.http_client(**options) for _ in range(together)]
            for number, client in enumerate(clients, begin):
                client.send(websocket.upgrade_request("/", DEFLATE if number % 3 == 0 else None))
                swarm = info_hash(random.randrange(20))
                client.send(frame(encode(announce(swarm, peer_id(number), "started", number % 2,
                                                  [offer(n) for n in range(number % 4)]))))
            random.shuffle(clients)
            for number, client in enumerate(clients):
                self.leave(client, number % 8)
        tracker.wait_for_all_closed(count)
        tracker.wait_for_peers(0)
        self.assertEqual(tracker.total("gyre_connections_accepted_total"), count)
        for gauge in ("gyre_torrents", "gyre_seeders", "gyre_websockets"):
            self.assertEqual(tracker.total(gauge), 0, gauge)
        self.assert_serves(tracker, **options)

    def leave(self, client, way):
        try:
            if way == 0:
                client.close()
                return
            if way == 1:
                client.reset()
                return
            if way == 2:
                client.finish_sending()
                client.rest()
                client.close()
                return
            client.response(with_body=False)
            if way == 3:
                client.send(frame(b"x" * 5000, size=9000))
            elif way == 4:
                client.send(websocket.close_frame(GOING_AWAY))
            elif way == 5:
                client.deflate = True
                client.leave(GOING_AWAY)
            elif way == 6:
                client.send(frame(b"", mask=None))
                client.rest()
            client.close()
        except OSError as error:
            self.fail(f"way {way}: {error}")

    def test_stop_in_the_midst_of_it(self):
        for together in range(5, 60, 5):
            tracker = self.start_tracker({**UNLIMITED, "socket_workers": 2,
                                          "deadlines.lingering_close": 1})
            clients = [self.client_of(tracker) for _ in range(together)]
            for number, client in enumerate(clients):
                for swarm in range(3):
                    client.tell(announce(info_hash(swarm), peer_id(number), "started", 1,
                                         [offer(n) for n in range(3)]))
            tracker.process.terminate()
            for client in clients:
                self.assertEqual(client.close_code(), GOING_AWAY)
                client.close()
            tracker.expect_clean_exit()

    def test_plain(self):
        tracker = self.start_tracker({**UNLIMITED, "socket_workers": 2})
        self.storm(tracker, 400 if SANITIZED else 1000)

    def test_tls(self):
        pair = make_certificate(os.path.join(self.temporary_folder(), "pair"), "tracker.test")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(pair[0])
        tracker = self.start_tracker({**UNLIMITED, "socket_workers": 2,
                                      "network.enable_tls": True,
                                      "network.tls_certificate_path": pair[0],
                                      "network.tls_private_key_path": pair[1]})
        self.storm(tracker, 100 if SANITIZED else 300, tls=context)


if __name__ == "__main__":
    unittest.main()
