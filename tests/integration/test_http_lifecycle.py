"""gyre_http from startup to stop: messages, exit codes, privileges, pending requests."""

import signal
import tempfile
import time
import unittest

from bep15 import info_hash
from bep3 import Closed, announce_target, request
from http_tracker import HttpTrackerTest, run_binary
from root_only_files import RootOnlyFiles
from tracker import OWN_HOST, Tracker

LOCAL = {"network.address_ipv4": "127.0.0.1:0", "network.use_ipv6": False}


class StartTest(HttpTrackerTest):
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
                         r"\Agyre_http \d+\.\d+\.\d+, wolfSSL \d+\.\d+\S+\n\Z")
        self.assertIn("certificates", run_binary("-h").stdout)

    def test_an_address_in_use(self):
        tracker = self.start_tracker({"socket_workers": 2})
        address = "{}:{}".format(*tracker.endpoint())
        self.assert_refused({"network.address_ipv4": address}, address, "in use")

    def test_beside_the_udp_tracker_on_the_same_port(self):
        with Tracker({"network.address_ipv4": f"{OWN_HOST}:0"}) as udp:
            address = "{}:{}".format(*udp.endpoint())
            tracker = self.start_tracker({"network.address_ipv4": address})
            self.assertEqual(self.client_of(tracker).ask("/health").status, 200)

    def test_rules_between_settings(self):
        self.assert_refused({"network.enable_tls": True}, "network.tls_certificate_path")
        self.assert_refused({"network.unix_sockets": "/tmp/gyre"}, "network.unix_sockets")
        self.assert_refused({"network.trusted_networks": "10.0.0.0/99"},
                            "network.trusted_networks", "10.0.0.0/99")

    def test_the_log_tells_addresses_and_readiness(self):
        tracker = self.start_tracker({"network.use_ipv6": True, "socket_workers": 2})
        tracker.wait_for_log(r"\bready$")
        log = tracker.log()
        self.assertIn(run_binary("-v").stdout, log)
        self.assertEqual(len(tracker.endpoints()), 2)
        self.assertRegex(log, r"announce URL: http://127\.0\.0\.1:\d+/announce\n")
        self.assertRegex(log, r"announce URL: http://\[::1\]:\d+/announce\n")

    def test_ring_sizes(self):
        for size in (16, 17, 16384):
            with self.subTest(size):
                tracker = self.start_tracker({"network.ring_size": size})
                self.assertEqual(self.client_of(tracker).ask("/health").status, 200)
                tracker.stop()


class StopTest(HttpTrackerTest):
    def test_what_was_received_is_answered(self):
        tracker = self.start_tracker({"socket_workers": 2})
        clients = [self.client_of(tracker) for _ in range(20)]
        for client in clients:
            client.ask("/health")
        for client in clients:
            client.send(request(announce_target(info_hash(1), 1001)) * 20)
        tracker.signal(signal.SIGTERM)
        for client in clients:
            for _ in range(20):
                self.assertEqual(client.response().status, 200)
            self.assertEqual(client.rest(), b"")
        tracker.expect_clean_exit()

    def test_who_asks_and_asks_does_not_put_it_off(self):
        # A client that pauses for 10 ms has nothing in flight and may be dropped, as on a busy
        # machine.
        self.assertTrue(any(self.asks_until_told_of_the_end() for _ in range(50)))

    def asks_until_told_of_the_end(self):
        """False if it paused, so that its connection was closed."""
        tracker = self.start_tracker({"socket_workers": 1})
        client = self.client_of(tracker)
        client.ask("/health")
        asked = request("/health")
        client.send(asked * 2)
        sent_at, longest_pause = time.monotonic(), 0
        tracker.signal(signal.SIGTERM)
        try:
            while (answer := client.response()).headers.get("connection") != "close":
                self.assertEqual(answer.status, 200)
                longest_pause = max(longest_pause, time.monotonic() - sent_at)
                sent_at = time.monotonic()
                client.send(asked)
        except (Closed, BrokenPipeError):
            self.assertGreater(longest_pause, 0.008)
            tracker.expect_clean_exit()
            return False
        self.assertEqual(client.socket.recv(1), b"")  # not a reset
        tracker.expect_clean_exit()
        return True

    def test_a_successor_may_have_the_port_at_once(self):
        settings = {"network.address_ipv4": f"{OWN_HOST}:0", "socket_workers": 2}
        for _ in range(3):
            tracker = self.start_tracker(settings)
            settings["network.address_ipv4"] = "{}:{}".format(*tracker.endpoint())
            client = self.client_of(tracker)
            self.assertEqual(client.ask("/health").status, 200)
            tracker.signal(signal.SIGTERM)
            tracker.expect_clean_exit()


class RootOnlyFilesTest(RootOnlyFiles, HttpTrackerTest):
    def run_program(self, settings):
        return run_binary(settings=settings)


if __name__ == "__main__":
    unittest.main()
