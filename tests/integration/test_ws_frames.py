"""The tracker's WebSockets as bytes (RFC 6455, RFC 7692): handshake, fragmented frames, close
codes, limits, compression. The codecs' unit tests have every case; these need a connection.
"""

import os
import unittest

import websocket
from bep3 import request
from http_tracker import wait_until
from webtorrent import announce, encode, offer, peer_id, relayed_offer, reply_to_announce
from websocket import (BINARY, CONTINUATION, DEFLATE, INVALID_PAYLOAD, PING, PONG, PROTOCOL_ERROR,
                       RSV1, TEXT, TOO_BIG, deflated, fragments, frame)
from ws_tracker import SharedWsTrackerTest

MESSAGE_SIZE_MAX = 131072


class HandshakeTest(SharedWsTrackerTest):
    def test_as_clients_ask(self):
        for path, headers in (
                ("/", {}), ("/announce/abc?x=1", {}), ("/stats", {}),
                ("/", {"Connection": "keep-alive, Upgrade", "Upgrade": "WebSocket"}),
                ("/", {"Origin": "http://127.0.0.1:37271", "Pragma": "no-cache",
                       "Cookie": "a=" + "b" * 2000}),
                ("/", {"Sec-WebSocket-Key": "URLOxrAnb2E0kW35OWBDGg=="}),
                ("/", {"Host": None})):
            with self.subTest(path=path, headers=headers):
                client = self.client(path=path, headers=headers)
                self.assertEqual(client.settle(), [])

    def test_what_is_agreed(self):
        with self.tracker.http_client() as client:
            response = client.upgrade(headers={"Sec-WebSocket-Protocol": "webtorrent, other",
                                               "Sec-WebSocket-Extensions": "x-unknown; a=1"})
        self.assertEqual(response.headers["sec-websocket-protocol"], "webtorrent")
        self.assertNotIn("sec-websocket-extensions", response.headers)

    def test_refusals_are_for_people(self):
        for status, options in (
                (400, {"headers": {"Sec-WebSocket-Key": None}}),
                (400, {"headers": {"Sec-WebSocket-Key": "short"}}),
                (400, {"headers": {"Connection": "keep-alive"}}),
                (400, {"version": "HTTP/1.0"}),
                (405, {"method": "POST"}),
                (426, {"headers": {"Sec-WebSocket-Version": "8"}}),
                (426, {"headers": {"Sec-WebSocket-Version": None}})):
            with self.subTest(options), self.tracker.http_client() as client:
                client.send(websocket.upgrade_request("/", **options))
                response = client.response()
                self.assertEqual(response.status, status)
                self.assertRegex(response.body, rb"\A[\x20-\x7e]{20,}\n\Z")
                self.assertEqual(response.headers.get("sec-websocket-version"),
                                 "13" if status == 426 else None)
        self.tracker.assert_adds_up()

    def test_after_a_page_on_the_same_connection(self):
        with self.tracker.http_client() as client:
            client.send(request("/health") + websocket.upgrade_request())
            self.assertEqual(client.response().status, 200)
            self.assertEqual(client.response(with_body=False).status, 101)
            self.assertEqual(client.settle(), [])

    def test_in_pieces_and_with_the_first_frame(self):
        swarm = self.new_hash()
        upgrade = websocket.upgrade_request()
        message = frame(encode(announce(swarm, peer_id(1), "started", 1)))
        size = len(upgrade)
        for cut in (1, size - 1, size, size + 3, size + len(message)):
            with self.subTest(cut), self.tracker.http_client() as client:
                client.send((upgrade + message)[:cut])
                client.send((upgrade + message)[cut:])
                self.assertEqual(client.response(with_body=False).status, 101)
                self.assertEqual(client.json(), reply_to_announce(swarm, 0, 1))
            self.tracker.wait_for_peers(0)


class FramesTest(SharedWsTrackerTest):
    settings = {"limits.messages_per_second": 0}

    def setUp(self):
        self.swarm = self.new_hash()
        self.message = encode(announce(self.swarm, peer_id(1), "started", 1,
                                       [offer(n) for n in range(5)]))
        self.wanted = [encode(reply_to_announce(self.swarm, 0, 1))]
        self.peer = self.client()

    def assert_answered(self, *frames):
        self.peer.send(b"".join(frames))
        self.assertEqual(self.peer.settle(), self.wanted)

    def test_pieces_of_a_message(self):
        for size in (1, 2, 125, 126, 1000, 1 << 16):
            for opcode in (TEXT, BINARY):
                with self.subTest(size=size, opcode=opcode):
                    self.assert_answered(*fragments(self.message, size, opcode))

    def test_masks_and_sizes(self):
        for mask in (b"\0\0\0\0", b"\xff\xff\xff\xff", os.urandom(4)):
            self.assert_answered(frame(self.message, mask=mask))
        padded = self.message + b" " * 65536
        self.assert_answered(frame(padded))
        self.assert_answered(frame(b"", fin=False), frame(self.message, CONTINUATION, fin=False),
                             frame(b"", CONTINUATION))

    def test_pings_between_the_pieces(self):
        client = self.client()
        for n, piece in enumerate(fragments(self.message, 1000)):
            client.send(piece)
            client.send(frame(b"%d" % n, PING))
            client.send(frame(b"unasked", PONG))
        for n in range(len(fragments(self.message, 1000))):
            received = client.frame()
            if received.opcode == TEXT:
                self.assertEqual(received.payload, self.wanted[0])
                received = client.frame()
            self.assertEqual((received.opcode, received.payload), (PONG, b"%d" % n))
        self.assertEqual(client.settle(), [])

    def test_pings_of_all_sizes(self):
        client = self.client()
        for payload in (b"", b"x", bytes(range(125)), b"\xff" * 125):
            self.assertEqual(client.ping(payload), [])

    def test_bytes_one_by_one(self):
        client = self.client()
        message = encode(announce(self.swarm, peer_id(1), "started", 1))
        for byte in b"".join(fragments(message, 100)):
            client.send(bytes([byte]))
        self.assertEqual(client.settle(), self.wanted)

    def test_many_messages_in_one_write(self):
        client = self.client()
        client.send(frame(self.message) * 200)
        self.assertEqual(client.settle(), self.wanted * 200)

    def test_ends(self):
        for name, (frames, code) in websocket.ENDS.items():
            with self.subTest(name), self.client() as client:
                client.announce(self.swarm, peer_id(1), "started", 1)
                client.send(frames + frame(b"", PING))
                self.assertEqual(client.close_code(), code)
        self.peer.close()
        wait_until(lambda: self.tracker.total("gyre_connections") == 0, "all have ended")
        self.tracker.wait_for_peers(0)
        self.tracker.assert_adds_up()

    def test_ends_of_messages_in_pieces(self):
        name, (frames, code) = "text that is not UTF-8", websocket.ENDS["text that is not UTF-8"]
        for start in (b"", *[b"".join(fragments(self.message, 1000)[:n]) for n in (1, 2)]):
            with self.subTest(start[:20]), self.client() as client:
                client.send(start + (frames if not start
                                     else frame(b"\xc0\xaf", CONTINUATION)))
                self.assertEqual(client.close_code(), code, name)

    def test_what_is_too_big(self):
        size = MESSAGE_SIZE_MAX
        for name, sent in {
                "a frame": frame(b"", size=size + 1),
                "the largest frame": frame(b"", size=(1 << 63) - 1),
                "pieces": b"".join(fragments(b" " * (size + 1), 40000)),
                "pieces that are announced": frame(b" " * size, fin=False)
                                             + frame(b"", CONTINUATION, size=1)}.items():
            with self.subTest(name), self.client() as client:
                client.send(sent)
                self.assertEqual(client.close_code(), TOO_BIG)
        self.assert_answered(frame(self.message.ljust(size)))
        self.assert_answered(*fragments(self.message.ljust(size), 50000))

    def test_sizes_that_are_not_written_shortest(self):
        for sent in (frame(b"{}", size_bytes=2), frame(b"{}", size_bytes=8),
                     frame(b"x" * 65535, size_bytes=8), frame(b"", size=1 << 63)):
            with self.client() as client:
                client.send(sent)
                self.assertEqual(client.close_code(), PROTOCOL_ERROR)


class DeflateTest(SharedWsTrackerTest):
    settings = {"network.compress_from": 400, "limits.messages_per_second": 0}

    def agreed(self, offered, tracker=None):
        with (tracker or self.tracker).http_client() as client:
            return client.upgrade(headers={"Sec-WebSocket-Extensions": offered}).headers.get(
                "sec-websocket-extensions")

    def test_what_is_agreed(self):
        both = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        for offered, agreed in (
                ("permessage-deflate", both),
                ("permessage-deflate; client_max_window_bits", both),
                ("permessage-deflate; server_no_context_takeover; client_max_window_bits=10", both),
                ("permessage-deflate; server_max_window_bits=10", both +
                 "; server_max_window_bits=10"),
                ("permessage-deflate; server_max_window_bits=8, permessage-deflate", both),
                ("permessage-deflate; unknown", None),
                ("permessage-deflate; client_max_window_bits=16", None),
                ("x-webkit-deflate-frame", None)):
            with self.subTest(offered):
                self.assertEqual(self.agreed(offered), agreed)

    def test_it_can_be_switched_off(self):
        with self.tracker_class({"network.enable_compression": False}) as tracker:
            self.assertIsNone(self.agreed("permessage-deflate", tracker))
            with tracker.client() as client:
                client.send(frame(deflated(b"{}"), rsv=RSV1))
                self.assertEqual(client.close_code(), PROTOCOL_ERROR)

    def test_messages(self):
        swarm = self.new_hash()
        plain, compressing = self.client(), self.client(headers=DEFLATE)
        small = self.client(headers={
            "Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=9"})
        ids = [peer_id(n) for n in range(3)]
        for n, client in enumerate((plain, compressing)):
            self.assertEqual(client.announce(swarm, ids[n], "started", 1), (0, n + 1))
        message = encode(announce(swarm, ids[2], "started", 1, [offer(n) for n in range(2)]))
        for frames in (frame(deflated(message), rsv=RSV1), frame(message),
                       b"".join(fragments(deflated(message), 50, rsv=RSV1)),
                       frame(deflated(message, 9), BINARY, rsv=RSV1)):
            small.send(frames)
            self.assertEqual(small.json(), reply_to_announce(swarm, 0, 3))
            got = [client.json() for client in (plain, compressing)]
            self.assertCountEqual(got, [relayed_offer(swarm, ids[2], n) for n in range(2)])
        compressing.tell(announce(swarm, ids[1], None, 1, [offer(n) for n in range(2)]))
        self.assertEqual(compressing.json(), reply_to_announce(swarm, 0, 3))
        received = small.frame()
        self.assertTrue(received.compressed)
        self.assertLess(len(received.payload), 400)
        self.assertIn(b"a=candidate:1 1 UDP 1", websocket.inflated(received.payload, 9))

    def test_pings_within_and_messages_behind(self):
        client = self.client(headers=DEFLATE)
        swarm = self.new_hash()
        message = encode(announce(swarm, peer_id(1), "started", 1, [offer(1)]))
        client.send(frame(b"one", PING).join(fragments(deflated(message), 60, rsv=RSV1)[:2]))
        self.assertEqual(client.frame().payload, b"one")
        client.send(b"".join(fragments(deflated(message), 60, rsv=RSV1)[2:]) + frame(message))
        self.assertEqual(client.settle(), [encode(reply_to_announce(swarm, 0, 1))] * 2)

    def test_ends(self):
        bomb = deflated(b" " * (MESSAGE_SIZE_MAX + 1))
        for name, sent, code in (
                ("a bomb", frame(bomb, rsv=RSV1), TOO_BIG),
                ("a large bomb", frame(deflated(b" " * (64 << 20)), rsv=RSV1), TOO_BIG),
                ("no deflate", frame(b"\xff" * 50, rsv=RSV1), INVALID_PAYLOAD),
                ("half a stream", frame(deflated(b"{\"a\":1}" * 99)[:-10], rsv=RSV1),
                 INVALID_PAYLOAD),
                ("not UTF-8", frame(deflated(b"\xc0\xaf"), rsv=RSV1), INVALID_PAYLOAD),
                ("a compressed ping", frame(b"", PING, rsv=RSV1), PROTOCOL_ERROR),
                ("a mark on a later piece", frame(deflated(b"{}"), fin=False, rsv=RSV1)
                 + frame(b"", CONTINUATION, rsv=RSV1), PROTOCOL_ERROR)):
            with self.subTest(name), self.client(headers=DEFLATE) as client:
                client.send(sent)
                self.assertEqual(client.close_code(), code)
        self.tracker.assert_adds_up()

    def test_the_largest_message_when_inflated(self):
        client = self.client(headers=DEFLATE)
        swarm = self.new_hash()
        message = encode(announce(swarm, peer_id(1), "started", 1)).ljust(MESSAGE_SIZE_MAX)
        client.send(frame(deflated(message), rsv=RSV1))
        self.assertEqual(client.json(), reply_to_announce(swarm, 0, 1))


if __name__ == "__main__":
    unittest.main()
