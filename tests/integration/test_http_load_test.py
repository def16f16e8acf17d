"""gyre_http_load_test: its report against the tracker's own counters, connection modes, exits and
errors."""

import contextlib
import os
import signal
import socket
import threading
import unittest

from http_tracker import HttpTrackerTest, make_certificate, wait_until
from load_tester import PERCENTILES, LoadTester, address_of, ended_process
from tracker import OWN_HOST

BINARY = os.environ.get("GYRE_HTTP_LOAD_TEST", "gyre_http_load_test")
# Little load, and timeouts so long that nothing is lost on a busy machine.
DEFAULTS = {"duration": 1, "num_connections": 8, "connection_creation_interval_ms": 0,
            "network.response_timeout_ms": 60_000, "network.connect_timeout": 60,
            "network.client_addresses": 4, "torrents.number_of_torrents": 100,
            "torrents.number_of_peers": 1000}
TESTER = LoadTester(BINARY, DEFAULTS)
KINDS = {"announce", "scrape", "error"}
INVALID = {"malformed_head", "closed_early", "too_large", "malformed_body", "implausible_peers"}


class LoadTest(HttpTrackerTest):
    def load(self, tracker, settings=None, *arguments, family=socket.AF_INET):
        return TESTER.report({"server_address": address_of(tracker.endpoint(family)),
                              **(settings or {})}, *arguments)

    def assert_flawless(self, report):
        self.assertEqual(set(report["responses_per_s"]), {"total"} | KINDS)
        self.assertEqual(set(report["invalid"]), INVALID)
        self.assertGreater(report["responses"], 0)
        self.assertEqual(report["responses"], report["requests"])
        self.assertEqual(report["lost"], 0)
        self.assertEqual(set(report["invalid"].values()), {0})
        self.assertEqual(report["responses_per_s"]["error"], 0)
        for trouble in ("failed", "ended", "unclosed", "tls_failed", "idle_ended"):
            self.assertEqual(report["connections"][trouble], 0, trouble)
        latency = report["latency_us"]
        self.assertEqual(sorted(latency.values()), [latency[key] for key in PERCENTILES])

    def assert_counters_agree(self, tracker, report):
        tracker.assert_adds_up()
        self.assertEqual(tracker.total("gyre_requests_total"), report["requests"])
        self.assertEqual(tracker.total("gyre_connections_accepted_total"),
                         report["connections"]["opened"])


class ModesTest(LoadTest):
    def test_connections_are_kept(self):
        tracker = self.start_tracker()
        report = self.load(tracker, {}, "--tracker-pid", str(tracker.process.pid))
        self.assert_flawless(report)
        self.assert_counters_agree(tracker, report)
        self.assertEqual(report["mode"], "saturate")
        self.assertEqual(report["connections"]["opened"], DEFAULTS["num_connections"])
        self.assertGreater(report["peers_per_announce"], 0)
        self.assertGreater(report["tracker"]["cpu_us_per_response"], 0)
        self.assertGreater(report["tracker"]["resident_bytes"], 0)

    def test_a_new_connection_for_each_request(self):
        for close_by in ("tracker", "client", "reset"):
            with self.subTest(close_by=close_by):
                tracker = self.start_tracker()
                report = self.load(tracker, {"keep_alive": False, "network.close_by": close_by})
                self.assert_flawless(report)
                # The first connections may not have sent their request yet.
                unused = report["connections"]["opened"] - report["requests"]
                self.assertGreaterEqual(unused, 0)
                self.assertLessEqual(unused, DEFAULTS["num_connections"])

    def test_rate(self):
        tracker = self.start_tracker()
        report = self.load(tracker, {"mode": "rate", "rate": 500, "duration": 2})
        self.assert_flawless(report)
        self.assert_counters_agree(tracker, report)
        self.assertEqual(report["rate"]["requested"], 500)
        self.assertLessEqual(report["requests"], 500 * report["seconds"] + 200)

    def test_scrapes_too(self):
        tracker = self.start_tracker()
        report = self.load(tracker, {"torrents.weight_scrape": 5})
        self.assert_flawless(report)
        for kind in ("announce", "scrape"):
            self.assertGreater(report["responses_per_s"][kind], 0)

    def test_ipv6_and_two_workers(self):
        tracker = self.start_tracker({"network.use_ipv6": True})
        report = self.load(tracker, {"num_workers": 2}, family=socket.AF_INET6)
        self.assert_flawless(report)
        self.assertEqual(report["connections"]["opened"], 2 * DEFAULTS["num_connections"])
        self.assertEqual(tracker.total("gyre_requests_total", ip="6"), report["requests"])

    def test_idle_connections_stay(self):
        tracker = self.start_tracker()
        report = self.load(tracker, {"idle_connections": 100, "duration": 2})
        self.assert_flawless(report)
        self.assertEqual(report["connections"]["idle_held"], 100)
        self.assertEqual(tracker.total("gyre_connections_accepted_total"),
                         100 + DEFAULTS["num_connections"])

    def test_idle_connections_that_the_tracker_closes_are_reported(self):
        tracker = self.start_tracker({"deadlines.idle": 1})
        report = self.load(tracker, {"idle_connections": 20, "duration": 4})
        self.assertEqual(report["connections"]["idle_ended"], 20)


class TlsTest(LoadTest):
    def start_with_tls(self):
        certificate, key = make_certificate(self.temporary_folder())
        return self.start_tracker({"network.enable_tls": True,
                                   "network.tls_certificate_path": certificate,
                                   "network.tls_private_key_path": key})

    def test_full_handshakes(self):
        report = self.load(self.start_with_tls(), {"keep_alive": False, "enable_tls": True})
        self.assert_flawless(report)
        self.assertGreaterEqual(report["connections"]["tls_full"], report["requests"])
        self.assertEqual(report["connections"]["tls_resumed"], 0)

    def test_resumed_handshakes(self):
        report = self.load(self.start_with_tls(), {"keep_alive": False, "enable_tls": True,
                                                   "network.tls_resumption": True})
        self.assert_flawless(report)
        # Handshakes that start before the first ticket arrives are full ones.
        self.assertLessEqual(report["connections"]["tls_full"], 2 * DEFAULTS["num_connections"])
        self.assertGreater(report["connections"]["tls_resumed"], 0)

    def test_connections_are_kept(self):
        report = self.load(self.start_with_tls(), {"enable_tls": True, "idle_connections": 20})
        self.assert_flawless(report)
        self.assertEqual(report["connections"]["tls_full"], 20 + DEFAULTS["num_connections"])

    def test_a_tracker_without_tls(self):
        code, out, err = TESTER.run({
            **DEFAULTS, "server_address": address_of(self.start_tracker().endpoint()),
            "enable_tls": True, "network.connect_timeout": 1})
        self.assertEqual((code, out), (1, ""))
        self.assertIn("only 0 of 8 connections", err)


class RequestsTest(LoadTest):
    def test_every_peer_is_announced(self):
        tracker = self.start_tracker({"limits.max_peers_per_address": 0})
        self.assert_flawless(self.load(tracker, {"duration": 2}))
        self.assertGreater(tracker.total("gyre_peers"), 950)
        self.assertLessEqual(tracker.total("gyre_peers"), 1000)

    def test_the_printed_info_hashes_are_those_announced(self):
        path = os.path.join(self.temporary_folder(), "list")
        code, printed, err = TESTER.run({**DEFAULTS, "seed": 3}, "--print-info-hashes")
        self.assertEqual(code, 0, err)
        self.assertEqual(len(printed.split()), 100)
        with open(path, "w", encoding="ascii") as file:
            file.write(printed)
        tracker = self.start_tracker({"access_list.mode": "allow", "access_list.path": path})
        self.assert_flawless(self.load(tracker, {"seed": 3}))
        others = self.load(tracker, {"seed": 4})
        self.assertEqual(others["responses_per_s"]["announce"], 0)
        self.assertGreater(others["responses_per_s"]["error"], 0)


class EndsTest(LoadTest):
    def test_a_signal_ends_an_endless_run_with_a_report(self):
        tracker = self.start_tracker()
        settings = {**DEFAULTS, "server_address": address_of(tracker.endpoint()), "duration": 0}
        with TESTER.start(settings) as process:
            wait_until(lambda: tracker.total("gyre_requests_total") > 0, "requests come")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=200)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(out.count("\n"), 1)

    def test_nothing_listens(self):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as free:
            free.bind((OWN_HOST, 0))
            address = address_of(free.getsockname())
        code, out, err = TESTER.run({**DEFAULTS, "server_address": address,
                                     "network.connect_timeout": 1})
        self.assertEqual((code, out), (1, ""))
        self.assertEqual(err.count(f"http://{address} refuses connections"), 1, err)
        self.assertIn(f"only 0 of 8 connections to {address} within 1 s", err)

    def test_no_such_process(self):
        gone = ended_process()
        code, out, err = TESTER.run(DEFAULTS, "--tracker-pid", str(gone))
        self.assertEqual((code, out), (1, ""))
        self.assertIn(f"--tracker-pid: no process {gone}", err)


def response(body, head="HTTP/1.1 200 OK"):
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode("ascii") + body


class FaultyTrackerTest(unittest.TestCase):
    """A tracker's mistakes are counted by kind."""

    @contextlib.contextmanager
    def tracker_that_answers(self, pieces):
        """Successive connections get these pieces, or nothing for None."""
        def serve():
            while True:
                connection, _ = server.accept()
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(0.5)
                    request = connection.recv(4096)
                    if request == b"end":
                        return
                    while request:
                        for piece in pieces:
                            connection.sendall(piece)
                        request = closes or connection.recv(4096)
                        if request is True:
                            break

        closes = not pieces or b"Length" not in b"".join(pieces)
        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=serve)
            thread.start()
            try:
                yield address_of(server.getsockname())
            finally:
                with socket.create_connection(server.getsockname()) as last:
                    last.sendall(b"end")
                    thread.join()

    def report_on(self, *pieces):
        with self.tracker_that_answers(pieces) as address:
            return TESTER.report({"server_address": address, "num_connections": 1,
                                  "network.response_timeout_ms": 400})

    def test_faults(self):
        cases = {"malformed_head": response(b"d5:peers0:e", "HTTP/2 200"),
                 "closed_early": b"HTTP/1.1 200 OK\r\n",
                 "too_large": b"HTTP/1.1 200 OK\r\n\r\n" + 70_000 * b"x",
                 "malformed_body": response(b"d5:peers0:"),
                 "implausible_peers": response(b"d5:peers6:\x7f\0\0\1\0\0e")}
        self.assertEqual(set(cases), INVALID)
        for fault, answer in cases.items():
            with self.subTest(fault=fault):
                report = self.report_on(answer)
                self.assertGreater(report["invalid"][fault], 0)
                self.assertEqual(report["responses"], 0)

    def test_responses_in_pieces(self):
        answer = response(b"d5:peers12:\x7f\0\0\1\x1a\xe1\x7f\0\0\2\x1a\xe1e")
        report = self.report_on(answer[:20], answer[20:60], answer[60:])
        self.assertGreater(report["responses_per_s"]["announce"], 0)
        self.assertEqual(set(report["invalid"].values()), {0})
        self.assertEqual(report["peers_per_announce"], 2)
        self.assertEqual(report["peers_quantiles"], [2] * 20)

    def test_a_response_may_end_with_its_connection(self):
        report = self.report_on(b"HTTP/1.0 200 OK\r\n\r\nd5:peers0:e")
        self.assertGreater(report["responses_per_s"]["announce"], 0)
        self.assertEqual(set(report["invalid"].values()), {0})

    def test_errors_are_responses_of_their_own_kind(self):
        for answer in (response(b"d14:failure reason2:noe"),
                       response(b"go away", "HTTP/1.1 404 Not Found")):
            with self.subTest(answer=answer):
                report = self.report_on(answer)
                self.assertGreater(report["responses_per_s"]["error"], 0)
                self.assertEqual(report["responses_per_s"]["announce"], 0)

    def test_no_response_is_a_loss(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            report = TESTER.report({"server_address": address_of(silent.getsockname()),
                                    "network.response_timeout_ms": 100})
        self.assertGreater(report["lost"], 0)
        self.assertEqual(report["responses"], 0)


if __name__ == "__main__":
    unittest.main()
