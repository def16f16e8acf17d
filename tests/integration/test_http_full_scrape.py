"""Full scrapes: clients get the complete list of torrents, however they read, and nobody else
waits."""

import gzip
import http.client
import os
import unittest

from bep3 import announce_target, decode, request
from http_tracker import HttpTrackerTest, make_certificate, wait_until
from test_http_tls import trusting_client

TORRENTS = 5000  # some 400 kB of text: many pieces


class FullScrapeTest(HttpTrackerTest):
    def start(self, **more):
        tracker = self.start_tracker({"full_scrape.enabled": True, "full_scrape.interval": 1,
                                      "full_scrape.responses_per_interval": 100, **more})
        self.swarms = {os.urandom(20) for _ in range(TORRENTS)}
        return tracker

    def fill(self, tracker, **options):
        """Announces all swarms, and waits for a list that contains them."""
        with self.client_of(tracker, **options) as client:
            client.send(b"".join(request(announce_target(swarm, 1001, numwant=0))
                                 for swarm in self.swarms))
            for _ in self.swarms:
                client.response()
        wait_until(lambda: len(self.files(tracker, **options)) == len(self.swarms),
                   "all torrents are in the list")

    def read(self, client):
        """(head, body) of the next response, the body dechunked."""
        response = http.client.HTTPResponse(client.socket)
        response.begin()
        return response, response.read()

    def files(self, tracker, **options):
        with self.client_of(tracker, **options) as client:
            client.send(request("/scrape"))
            head, body = self.read(client)
            if head.getheader("transfer-encoding") != "chunked":
                return {}  # there is no list yet
            return decode(body)[b"files"]

    def test_every_torrent_once(self):
        tracker = self.start()
        self.fill(tracker)
        self.assertEqual(set(self.files(tracker)), self.swarms)
        tracker.assert_adds_up()

    def test_compressed_when_asked_for(self):
        tracker = self.start()
        self.fill(tracker)
        client = self.client_of(tracker)
        for accepted, encoding in (("gzip", "gzip"), ("gzip, zstd", "zstd"), ("br", None)):
            client.send(request("/scrape", f"Accept-Encoding: {accepted}"))
            head, body = self.read(client)
            self.assertEqual(head.getheader("content-encoding"), encoding)
            if encoding == "gzip":
                self.assertEqual(set(decode(gzip.decompress(body))[b"files"]), self.swarms)
        self.assertEqual(client.ask("/health").body, b"ok\n", "the connection goes on")

    def test_http_1_0_ends_with_the_connection(self):
        tracker = self.start()
        self.fill(tracker)
        client = self.client_of(tracker)
        client.send(request("/scrape", version="HTTP/1.0"))
        head, body = client.rest().split(b"\r\n\r\n", 1)
        self.assertNotIn(b"chunked", head)
        self.assertEqual(set(decode(body)[b"files"]), self.swarms)

    def test_over_tls(self):
        certificate, key = make_certificate(self.temporary_folder(), "tracker.test")
        tracker = self.start(**{"network.enable_tls": True,
                                "network.tls_certificate_path": certificate,
                                "network.tls_private_key_path": key})
        self.fill(tracker, tls=trusting_client())
        self.assertEqual(set(self.files(tracker, tls=trusting_client())), self.swarms)

    def test_what_is_asked_meanwhile_is_answered_behind_it(self):
        tracker = self.start()
        self.fill(tracker)
        client = self.client_of(tracker)
        client.send(request("/scrape") + request("/health") + request("/", "Connection: close"))
        sent = client.rest()
        self.assertIn(b"\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n", sent)
        self.assertEqual(sent.count(b"HTTP/1.1 200 OK"), 3)

    def test_others_are_served_while_nobody_reads_it(self):
        tracker = self.start(**{"socket_workers": 1})
        self.fill(tracker)
        sleepers = [self.client_of(tracker, receive_buffer=4096) for _ in range(5)]
        for client in sleepers:
            client.send(request("/scrape"))
        with self.client_of(tracker) as client:
            self.assertEqual(client.ask("/health").status, 200)
        for client in sleepers[:3]:
            client.reset()
        for client in sleepers[3:]:
            _, body = self.read(client)
            self.assertEqual(set(decode(body)[b"files"]), self.swarms)
            client.close()
        tracker.assert_adds_up()

    def test_rationed(self):
        tracker = self.start(**{"full_scrape.responses_per_interval": 1,
                                "full_scrape.interval": 86400})
        client = self.client_of(tracker)

        def refusal():
            client.send(request("/scrape"))
            head, body = self.read(client)
            if head.getheader("transfer-encoding"):
                return None
            reason = decode(body)[b"failure reason"]
            self.assertIn(b"try again later", reason)
            return reason

        wait_until(lambda: refusal() is None and refusal() is not None, "a list is given once")
        tracker.assert_adds_up()


if __name__ == "__main__":
    unittest.main()
