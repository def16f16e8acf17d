"""gyre_ws and hostile clients: they harm nobody else."""

import os
import ssl
import unittest

import webtorrent
import websocket
from bep15 import info_hash
from http_tracker import make_certificate, trusting_client, wait_until
from ws_tracker import WsTrackerTest

ALICE, BOB = (webtorrent.peer_id(n) for n in range(2))


class LimitsTest(WsTrackerTest):
    def test_connections_of_all_workers_count_wherever_they_have_moved(self):
        limit = 32
        tracker = self.start_tracker({"socket_workers": 3, "limits.max_connections": limit})
        for n in range(4 * limit):
            try:
                client = tracker.http_client()
                self.addCleanup(client.close)
                client.upgrade()
                client.announce(info_hash(1), webtorrent.peer_id(n))
            except (websocket.Closed, AssertionError, OSError):
                pass  # one too many
            self.assertLessEqual(tracker.total("gyre_connections"), limit)
        self.assertEqual(tracker.peers(), limit)
        self.assertEqual(tracker.closed("over_limit"), 3 * limit)
        tracker.assert_adds_up()

    def test_parts_of_messages_do_not_use_up_the_memory(self):
        size = 1 << 20
        tracker = self.start_tracker({"network.websocket_max_message_size": size,
                                      "deadlines.request": 3600})
        part = websocket.frame(b" " * (size - 1))[:-1]
        for _ in range(80):
            client = self.client_of(tracker)
            try:
                client.send(part)
                client.socket.settimeout(0.1)
                client.frame()
            except OSError:
                pass  # all was received, or it was evicted
            except websocket.Closed:
                pass
        honest = self.client_of(tracker)
        message = webtorrent.announce(info_hash(1), ALICE, offers=[webtorrent.offer(1)])
        for piece in websocket.fragments(webtorrent.encode(message), 100):
            honest.send(piece)
            honest.settle()
        self.assertEqual(tracker.peers(), 1)
        self.assertGreater(tracker.closed("no_input_memory"), 0)
        tracker.assert_adds_up()

    def test_a_message_has_its_deadline_and_each_its_own(self):
        tracker = self.start_tracker({"deadlines.request": 1})
        slow, steady = (self.client_of(tracker) for _ in range(2))
        slow.send(websocket.frame(b"{", fin=False))
        frame = websocket.frame(webtorrent.encode(webtorrent.answer(info_hash(1), ALICE, BOB, 1)))
        half = len(frame) // 2
        steady.send(frame[:half])
        wait_until(lambda: steady.send(frame[half:] + frame[:half]) or
                   tracker.closed("request_late") == 1, "the message in pieces is late")
        with self.assertRaises(websocket.Closed):
            slow.frame()
        steady.send(frame[half:])
        steady.settle()


class TlsTest(WsTrackerTest):
    def test_what_is_no_record_behind_an_announce(self):
        certificate, key = make_certificate(os.path.join(self.temporary_folder(), "pair"),
                                            "tracker.test")
        tracker = self.start_tracker({"network.enable_tls": True,
                                      "network.tls_certificate_path": certificate,
                                      "network.tls_private_key_path": key})
        alice = self.client_of(tracker, tls=trusting_client())
        alice.announce(info_hash(1), ALICE)
        connected = tracker.connect()
        self.addCleanup(connected.close)
        received, to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = trusting_client().wrap_bio(received, to_send, server_hostname="tracker.test")

        def exchange(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    connected.sendall(to_send.read())
                    received.write(connected.recv(65536))

        exchange(session.do_handshake)
        session.write(websocket.upgrade_request())
        self.assertIn(b" 101 ", exchange(lambda: session.read(65536)))
        announce = webtorrent.announce(info_hash(1), BOB, offers=[webtorrent.offer(1)])
        session.write(websocket.frame(webtorrent.encode(announce)))
        connected.sendall(to_send.read() + b"\x17\x03\x03\x00\x20" + b"x" * 32)
        wait_until(lambda: tracker.total("gyre_connections") == 1, "it is closed")
        self.assertIn("offer", alice.json(), "the announce before it was handled")
        self.assertEqual(alice.scrape(info_hash(1)), [(0, 0, 1)])
        tracker.assert_adds_up()


if __name__ == "__main__":
    unittest.main()
