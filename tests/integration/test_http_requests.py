"""HTTP requests in every form that clients use, and the response to each."""

import unittest

from bep3 import announce_target, request, scrape_target
from http_tracker import SharedHttpTrackerTest


class FormsTest(SharedHttpTrackerTest):
    """One announce, spelled in different ways, is the same announce."""

    def assert_announced(self, swarm, response):
        self.assertEqual(response.value()[b"incomplete"], 1)
        self.assertEqual(self.client().scrape(swarm), {swarm: (0, 0, 1)})

    def test_paths(self):
        for path in ("/announce", "/announce.php", "/x/announce", "//announce",
                     "http://tracker.test/announce", "http://tracker.test:80/x/announce"):
            with self.subTest(path=path):
                swarm = self.new_hash()
                self.assert_announced(swarm, self.client().announce(swarm, 1001, path=path))

    def test_http_1_0_closes_unless_asked_not_to(self):
        swarm = self.new_hash()
        client = self.client()
        target = announce_target(swarm, 1001)
        kept = client.ask(target, "Connection: keep-alive", version="HTTP/1.0")
        self.assertEqual(kept.headers["connection"], "keep-alive")
        self.assert_announced(swarm, client.ask(target, version="HTTP/1.0"))
        self.assertEqual(client.rest(), b"")

    def test_connection_close(self):
        client = self.client()
        response = client.announce(self.new_hash(), 1001, "Connection: close")
        self.assertEqual(response.headers["connection"], "close")
        self.assertEqual(client.rest(), b"")

    def test_bare_line_feeds(self):
        swarm = self.new_hash()
        self.assert_announced(swarm, self.client().ask(announce_target(swarm, 1001),
                                                       newline="\n"))

    def test_byte_by_byte(self):
        swarm = self.new_hash()
        client = self.client()
        for byte in request(announce_target(swarm, 1001)):
            client.send(bytes([byte]))
        self.assert_announced(swarm, client.response())

    def test_cut_at_every_byte(self):
        swarm = self.new_hash()
        whole = request(announce_target(swarm, 1001)) * 2
        for cut in range(1, len(whole)):
            with self.client() as client:
                client.send(whole[:cut])
                client.send(whole[cut:])
                for _ in range(2):
                    self.assertEqual(client.response().value()[b"incomplete"], 1, cut)

    def test_pipelined(self):
        swarm = self.new_hash()
        client = self.client()
        client.send(b"".join(request(announce_target(swarm, 1001 + n)) for n in range(50)))
        counts = [client.response().value()[b"incomplete"] for _ in range(50)]
        self.assertEqual(counts, list(range(1, 51)))

    def test_pipelined_beyond_what_leaves_at_once(self):
        swarms = [self.new_hash() for _ in range(100)]
        client = self.client()
        client.send(request(scrape_target(*swarms)) * 40)
        for _ in range(40):
            self.assertEqual(set(client.response().rows()), set(swarms))

    def test_head(self):
        swarm = self.new_hash()
        client = self.client()
        response = client.ask(announce_target(swarm, 1001), method="HEAD")
        self.assertEqual(response.status, 200)
        self.assertGreater(int(response.headers["content-length"]), 0)
        self.assertEqual(client.scrape(swarm), {swarm: (0, 0, 0)}, "HEAD changes nothing")

    def test_many_headers(self):
        swarm = self.new_hash()
        headers = [f"X-{n}: {n}" for n in range(98)]
        self.assert_announced(swarm, self.client().announce(swarm, 1001, *headers))


class PagesTest(SharedHttpTrackerTest):
    """Other requests get a page, and what is not HTTP an error."""

    def assert_closed_after(self, sent, status, words):
        client = self.client()
        client.send(sent)
        response = client.response()
        self.assertEqual(response.status, status)
        self.assertIn(words, response.body.decode())
        self.assertEqual(client.rest(), b"")

    def test_a_page_for_people(self):
        response = self.client().ask("/")
        self.assertEqual((response.status, response.headers["content-type"]),
                         (200, "text/html; charset=utf-8"))
        self.assertIn("http://tracker.test/announce", response.body.decode())

    def test_other_paths_and_methods(self):
        client = self.client()
        self.assertEqual(client.ask("/favicon.ico").status, 404)
        self.assertEqual(client.ask("/health").status, 200)
        response = client.ask("/announce", "Content-Length: 3", method="POST")
        self.assertEqual((response.status, response.headers["allow"]), (405, "GET, HEAD"))
        self.assertEqual(client.rest(), b"")

    def test_too_long_a_request_line(self):
        self.assert_closed_after(b"GET /scrape?" + b"info_hash=%00" * 1000, 414,
                                 "Request-URI Too Long")

    def test_too_long_a_head(self):
        self.assert_closed_after(b"GET / HTTP/1.1\r\nX: " + b"x" * 9000, 431, "headers")

    def test_no_http(self):
        self.assert_closed_after(b"\x13BitTorrent protocol" + bytes(48), 400, "")
        self.assert_closed_after(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 400, "")

    def test_tls_on_a_port_for_http(self):
        hello = bytes.fromhex("16030100a5010000a10303") + bytes(160)
        self.assert_closed_after(hello, 400, "http://")

    def test_what_follows_an_answer_that_closes_is_not_answered(self):
        self.assert_closed_after(request("/announce", method="PUT") + request("/"), 405, "GET")


if __name__ == "__main__":
    unittest.main()
