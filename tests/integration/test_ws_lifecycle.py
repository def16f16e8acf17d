"""gyre_ws from startup to stop: messages, exit codes, pages, certificates and counters."""

import os
import shutil
import signal
import ssl
import tempfile
import unittest

import webtorrent
import websocket
from bep15 import info_hash
from bep3 import request
from http_tracker import make_certificate, trusting_client, wait_until
from root_only_files import RootOnlyFiles
from tracker import OWN_HOST
from ws_tracker import SharedWsTrackerTest, WsTrackerTest, run_binary

LOCAL = {"network.address_ipv4": "127.0.0.1:0", "network.use_ipv6": False}
ALICE, BOB, CAROL = (webtorrent.peer_id(n) for n in range(3))


class WsLifecycleTest(WsTrackerTest):
    def assert_told(self, tracker, *clients):
        "That the tracker is shutting down, once they have hung up."
        for client in clients:
            self.assertEqual(client.close_code(), websocket.GOING_AWAY)
            client.close()
        tracker.expect_clean_exit()


class StartTest(WsTrackerTest):
    def assert_refused(self, settings, *expected):
        result = run_binary(settings={**LOCAL, **settings})
        self.assertEqual(result.returncode, 1)
        for text in expected:
            self.assertIn(text, result.stderr)

    def test_options(self):
        printed = run_binary("-p")
        self.assertEqual((printed.returncode, printed.stderr), (0, ""))
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(printed.stdout)
            file.flush()
            self.assertEqual(run_binary("-P", "-c", file.name).stdout, run_binary("-P").stdout)
        self.assertRegex(run_binary("-v").stdout,
                         r"\Agyre_ws \d+\.\d+\.\d+, wolfSSL \d+\.\d+\S+\n\Z")
        self.assertIn("1001", run_binary("-h").stdout)

    def test_an_address_in_use(self):
        tracker = self.start_tracker({"socket_workers": 2})
        address = "{}:{}".format(*tracker.endpoint())
        self.assert_refused({"network.address_ipv4": address}, address, "in use")

    def test_rules_between_settings(self):
        self.assert_refused({"network.enable_tls": True}, "network.tls_certificate_path")
        self.assert_refused({"network.allow_origins": "example.org"}, "network.allow_origins",
                            "https://example.org")

    def test_the_log_tells_addresses_and_readiness(self):
        tracker = self.start_tracker({"network.use_ipv6": True, "socket_workers": 2})
        tracker.wait_for_log(r"\bready$")
        log = tracker.log()
        self.assertIn(run_binary("-v").stdout, log)
        self.assertEqual(len(tracker.endpoints()), 2)
        self.assertRegex(log, r"announce URL: ws://127\.0\.0\.1:\d+/announce\n")
        self.assertRegex(log, r"announce URL: ws://\[::1\]:\d+/announce\n")

    def test_ring_sizes(self):
        for size in (16, 17, 16384):
            with self.subTest(size):
                tracker = self.start_tracker({"network.ring_size": size})
                with tracker.client() as client:
                    self.assertEqual(client.announce(info_hash(1), ALICE), (0, 1))
                tracker.stop()


class PagesTest(SharedWsTrackerTest):
    def http_client(self):
        client = self.tracker.http_client()
        self.addCleanup(client.close)
        return client

    def test_pages(self):
        client = self.http_client()
        index = client.ask("/")
        self.assertEqual(index.status, 200)
        self.assertIn("ws://tracker.test/announce", index.body.decode())
        self.assertEqual(client.ask("/health").body, b"ok\n")
        self.assertEqual(client.ask("/favicon.ico").status, 404)
        refused = client.ask("/announce?info_hash=x")
        self.assertEqual((refused.status, refused.headers["upgrade"]), (426, "websocket"))
        client.upgrade("/any/path?x=1")
        self.assertEqual(client.announce(self.new_hash(), ALICE), (0, 1))

    def test_requests_that_came_together(self):
        client = self.http_client()
        swarm = self.new_hash()
        announce = websocket.frame(webtorrent.encode(webtorrent.announce(swarm, ALICE)))
        client.send(request("/health") * 3 + websocket.upgrade_request() + announce)
        for _ in range(3):
            self.assertEqual(client.response().status, 200)
        self.assertEqual(client.response(with_body=False).status, 101)
        self.assertEqual(client.json(), webtorrent.reply_to_announce(swarm, 0, 1))

    def test_refusals_close(self):
        for bytes_sent, status in (
                (request("/", "Content-Length: 1", method="POST"), 405),
                (b"\x00\x01", 400), (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
                (websocket.upgrade_request(headers={"Sec-WebSocket-Version": "8"}), 426),
                (websocket.upgrade_request(headers={"Sec-WebSocket-Key": "short"}), 400)):
            with self.subTest(bytes_sent=bytes_sent):
                client = self.http_client()
                client.send(bytes_sent)
                response = client.response()
                self.assertEqual(response.status, status)
                self.assertTrue(response.body)
                self.assertEqual(client.rest(), b"")


class StopTest(WsLifecycleTest):
    def test_every_client_is_told(self):
        tracker = self.start_tracker({"socket_workers": 2})
        clients = [self.client_of(tracker) for _ in range(40)]
        for n, client in enumerate(clients):
            client.announce(info_hash(n), webtorrent.peer_id(n))
        waits = self.client_of(tracker)  # and sent nothing
        tracker.signal(signal.SIGTERM)
        self.assert_told(tracker, *clients, waits)

    def test_what_was_received_is_answered(self):
        tracker = self.start_tracker({"socket_workers": 2})
        client = self.client_of(tracker)
        swarm = info_hash(1)
        client.announce(swarm, ALICE)
        for _ in range(20):
            client.tell(webtorrent.scrape(swarm))
        tracker.signal(signal.SIGTERM)
        for _ in range(20):
            self.assertEqual(client.json()["action"], "scrape")
        self.assert_told(tracker, client)

    def test_who_does_not_answer_the_close_does_not_put_it_off(self):
        tracker = self.start_tracker({"deadlines.lingering_close": 1})
        silent = self.client_of(tracker)
        silent.announce(info_hash(1), ALICE)
        undecided = tracker.http_client()
        self.addCleanup(undecided.close)
        undecided.send(b"GET /announce HTTP/1.1\r\n")
        tracker.signal(signal.SIGTERM)
        tracker.expect_clean_exit()

    def test_who_does_not_read_does_not_put_it_off(self):
        tracker = self.start_tracker({"deadlines.lingering_close": 1, "deadlines.write": 1,
                                      "limits.messages_per_second": 0})
        swarm = info_hash(1)
        reader = self.client_of(tracker, receive_buffer=4096)
        reader.announce(swarm, ALICE)
        hashes = [info_hash(n) for n in range(100)]
        for _ in range(300):
            reader.tell(webtorrent.scrape(*hashes))
        tracker.signal(signal.SIGTERM)
        tracker.expect_clean_exit()

    def test_a_successor_may_have_the_port_at_once(self):
        settings = {"network.address_ipv4": f"{OWN_HOST}:0", "socket_workers": 2}
        for _ in range(3):
            tracker = self.start_tracker(settings)
            settings["network.address_ipv4"] = "{}:{}".format(*tracker.endpoint())
            client = self.client_of(tracker)
            client.announce(info_hash(1), ALICE)
            tracker.signal(signal.SIGTERM)
            self.assert_told(tracker, client)


class TlsTest(WsLifecycleTest):
    def setUp(self):
        self.folder = self.temporary_folder()
        self.pair = make_certificate(os.path.join(self.folder, "pair"), "tracker.test")

    def start(self, **more):
        return self.start_tracker({"network.enable_tls": True,
                                   "network.tls_certificate_path": self.pair[0],
                                   "network.tls_private_key_path": self.pair[1], **more})

    def client(self, tracker, **options):
        return self.client_of(tracker, tls=trusting_client(), **options)

    def certificate_of(self, tracker):
        client = tracker.http_client(tls=trusting_client())
        self.addCleanup(client.close)
        return client.socket.getpeercert(binary_form=True)

    def written(self):
        with open(self.pair[0], encoding="ascii") as file:
            return ssl.PEM_cert_to_DER_cert(file.read())

    def replace_pair(self):
        new = make_certificate(os.path.join(self.folder, "new"), "tracker.test")
        for source, target in zip(new, self.pair):
            os.replace(source, target)
        shutil.rmtree(os.path.join(self.folder, "new"))

    def test_the_page_has_the_url_for_tls(self):
        tracker = self.start()
        client = tracker.http_client(tls=trusting_client())
        self.addCleanup(client.close)
        self.assertIn("wss://tracker.test/announce", client.ask("/").body.decode())

    def test_plain_http_is_told_so(self):
        tracker = self.start()
        client = tracker.http_client()
        self.addCleanup(client.close)
        client.send(websocket.upgrade_request())
        response = client.response()
        self.assertEqual(response.status, 400)
        self.assertIn("wss://", response.body.decode())
        self.assertEqual(client.rest(), b"")
        tracker.assert_adds_up()

    def test_new_certificates_drop_nobody(self):
        tracker = self.start(**{"socket_workers": 2})
        clients = [self.client(tracker) for _ in range(8)]
        for n, client in enumerate(clients):
            client.announce(info_hash(n), webtorrent.peer_id(n))
        before = self.certificate_of(tracker)
        self.replace_pair()
        tracker.signal(signal.SIGHUP)
        wait_until(lambda: self.certificate_of(tracker) == self.written(), "the new one is shown")
        self.assertNotEqual(before, self.written())
        self.replace_pair()
        wait_until(lambda: self.certificate_of(tracker) == self.written(),
                   "the new one is shown without a signal")
        for n, client in enumerate(clients):
            self.assertEqual(client.scrape(info_hash(n)), [(0, 0, 1)])

    def test_every_client_is_told_of_the_stop(self):
        tracker = self.start(**{"socket_workers": 2})
        clients = [self.client(tracker) for _ in range(10)]
        for n, client in enumerate(clients):
            client.announce(info_hash(n), webtorrent.peer_id(n))
        tracker.signal(signal.SIGTERM)
        self.assert_told(tracker, *clients)


class RootOnlyFilesTest(RootOnlyFiles, WsTrackerTest):
    def run_program(self, settings):
        return run_binary(settings=settings)


class MetricsTest(WsTrackerTest):
    def test_what_is_received_is_what_is_done(self):
        tracker = self.start_tracker({"socket_workers": 2, "protocol.max_offers": 3})
        swarm = info_hash(1)
        alice, bob, carol = (self.client_of(tracker) for _ in range(3))
        alice.announce(swarm, ALICE)
        bob.announce(swarm, BOB)
        carol.announce(swarm, CAROL, offers=[webtorrent.offer(n) for n in range(5)])
        offered = [client.json()["offer_id"] for client in (alice, bob)]
        self.assertEqual(sorted(offered), sorted(webtorrent.text(webtorrent.offer_id(n))
                                                 for n in range(2)))
        number = 0 if offered[0] == webtorrent.text(webtorrent.offer_id(0)) else 1
        alice.answer(swarm, ALICE, CAROL, number)
        self.assertEqual(carol.json(), webtorrent.relayed_answer(swarm, ALICE, number))
        alice.answer(swarm, ALICE, CAROL, number)
        alice.failure(swarm)
        bob.scrape(swarm, info_hash(2))
        bob.send_text("nonsense")
        self.assertTrue(bob.json()["failure reason"])
        carol.leave()
        bob.reset()
        tracker.wait_for_peers(1)
        tracker.assert_adds_up()

        def total(name, **labels):
            return tracker.total(f"gyre_{name}", **labels)

        self.assertEqual({kind: total("requests_total", type=kind)
                          for kind in ("announce", "answer", "scrape", "malformed")},
                         {"announce": 3, "answer": 2, "scrape": 1, "malformed": 1})
        self.assertEqual({kind: total("messages_sent_total", type=kind)
                          for kind in ("announce", "scrape", "failure", "offer", "answer")},
                         {"announce": 3, "scrape": 1, "failure": 2, "offer": 2, "answer": 1})
        self.assertEqual({result: total("offers_total", result=result)
                          for result in ("relayed", "no_peer", "over_max_offers", "over_rate")},
                         {"relayed": 2, "no_peer": 1, "over_max_offers": 2, "over_rate": 0})
        self.assertEqual(total("answers_relayed_total"), 1)
        self.assertEqual(total("failures_total"), 2)
        self.assertEqual(total("messages_dropped_total"), 0)
        self.assertEqual(total("upgrades_total"), 3)
        self.assertEqual(total("close_frames_total", code="1000"), 1)
        self.assertEqual((total("websockets"), total("torrents"), total("seeders")), (1, 1, 0))
        self.assertEqual(total("answers_due"), 1)
        self.assertGreaterEqual(total("response_latency_seconds_count"), 7)  # more: it moved


if __name__ == "__main__":
    unittest.main()
