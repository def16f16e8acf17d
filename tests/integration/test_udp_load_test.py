"""gyre_udp_load_test: its report against the tracker's own counters, modes, exits and errors."""

import contextlib
import json
import os
import signal
import socket
import struct
import tempfile
import threading
import unittest

from load_tester import PERCENTILES, LoadTester, address_of, ended_process
from tracker import OWN_HOST, TrackerTest, wait_until

BINARY = os.environ.get("GYRE_UDP_LOAD_TEST", "gyre_udp_load_test")
SOCKETS = 4
# Little load, and timeouts so long that nothing is lost on a busy machine.
DEFAULTS = {"duration": 1, "network.response_timeout_ms": 60_000, "network.connect_timeout": 60,
            "requests.number_of_torrents": 100, "requests.number_of_peers": 1000}
KINDS = {"connect", "announce", "scrape", "error"}
INVALID = {"wrong_size", "unknown_action", "unknown_transaction", "wrong_action",
           "implausible_peers"}


TESTER = LoadTester(BINARY, DEFAULTS)
start, run = TESTER.start, TESTER.run


class LoadTest(TrackerTest):
    def settings_for(self, tracker, settings=None, family=socket.AF_INET):
        return {**DEFAULTS, "server_address": address_of(tracker.endpoint(family)),
                **(settings or {})}

    def load(self, tracker, settings=None, *arguments, **options):
        """Runs to the end, and returns the report."""
        code, out, err = run(self.settings_for(tracker, settings, **options), *arguments)
        self.assertEqual(code, 0, err)
        return self.report_of(out)

    def report_of(self, out):
        self.assertEqual(out.count("\n"), 1, "the report is one line")
        report = json.loads(out)
        self.assertEqual(set(report), {
            "mode", "seconds", "requests", "responses", "responses_per_s",
            "responses_per_s_spread", "lost", "loss_share", "latency_us", "invalid",
            "peers_per_announce", "peers_quantiles", "generator", "tracker", "limited_by", "rate",
            "search"})
        self.assertEqual(set(report["responses_per_s"]), {"total"} | KINDS)
        self.assertEqual(set(report["invalid"]), INVALID)
        self.assertIn(report["limited_by"], ("tracker", "generator", "rate"))
        return report

    def assert_flawless(self, report):
        self.assertGreater(report["responses"], 0)
        self.assertEqual(report["responses"], report["requests"])
        self.assertEqual(report["lost"], 0)
        self.assertEqual(set(report["invalid"].values()), {0})
        self.assertEqual(report["responses_per_s"]["error"], 0)
        latency = report["latency_us"]
        self.assertEqual(sorted(latency.values()), [latency[key] for key in PERCENTILES])
        self.assertGreater(latency["p50"], 0)

    def assert_counters_agree(self, tracker, report):
        self.assertEqual(tracker.total("gyre_datagrams_received_total"), report["requests"])
        self.assertEqual(tracker.total("gyre_responses_total"), report["responses"])


class ModesTest(LoadTest):
    def test_saturate(self):
        tracker = self.start_tracker()
        report = self.load(tracker, {}, "--tracker-pid", str(tracker.process.pid))
        self.assert_flawless(report)
        self.assert_counters_agree(tracker, report)
        self.assertEqual((report["mode"], report["rate"], report["search"]),
                         ("saturate", None, None))
        self.assertGreaterEqual(report["seconds"], 1)
        for kind in ("connect", "announce"):
            self.assertGreater(report["responses_per_s"][kind], 0)
        self.assertAlmostEqual(sum(report["responses_per_s"][kind] for kind in KINDS),
                               report["responses_per_s"]["total"], delta=1)
        self.assertGreater(report["tracker"]["cpu_us_per_response"], 0)
        self.assertGreaterEqual(report["tracker"]["resident_peak_bytes"],
                                report["tracker"]["resident_bytes"])
        self.assertGreater(report["tracker"]["resident_bytes"], 0)

    def test_rate(self):
        tracker = self.start_tracker()
        report = self.load(tracker, {"mode": "rate", "rate": 2000, "duration": 2})
        self.assert_flawless(report)
        self.assert_counters_agree(tracker, report)
        self.assertEqual(report["rate"]["requested"], 2000)
        # The connects before the start, and requests due when the end was noticed.
        self.assertLessEqual(report["requests"], 2000 * report["seconds"] + SOCKETS + 200)

    def test_search_without_a_good_rate(self):
        tracker = self.start_tracker()
        report = self.load(tracker, {"mode": "search", "rate": 100, "search_p99_max_us": 1,
                                     "search_step_duration": 1})
        self.assertEqual(report["search"]["highest_rate"], 0)
        self.assertEqual([(step["rate"], step["good"]) for step in report["search"]["steps"]],
                         [(100, False), (100, False)], "what fails is tried twice")

    def test_an_interrupted_search_reports_what_it_found(self):
        tracker = self.start_tracker()
        settings = self.settings_for(tracker, {
            "mode": "search", "rate": 100, "search_p99_max_us": 1e9, "search_loss_max": 1,
            "search_step_duration": 1})
        with start(settings) as process:
            for line in process.stderr:
                if line.startswith("tried"):
                    break
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=200)
        self.assertEqual(process.returncode, 0, err)
        search = self.report_of(out)["search"]
        self.assertGreaterEqual(len(search["steps"]), 1)
        self.assertEqual(search["highest_rate"],
                         max((step["rate"] for step in search["steps"] if step["good"]),
                             default=0))

    def test_ipv6(self):
        tracker = self.start_tracker({"network.use_ipv6": True})
        report = self.load(tracker, family=socket.AF_INET6)
        self.assert_flawless(report)
        self.assertGreater(report["peers_per_announce"], 0)
        self.assertEqual(tracker.total("gyre_datagrams_received_total", ip="6"), report["requests"])

    def test_summarize_last(self):
        tracker = self.start_tracker()
        report = self.load(tracker, {"mode": "rate", "rate": 1000, "duration": 3,
                                     "summarize_last": 1})
        self.assertLess(report["seconds"], 2.9)
        self.assertLess(report["requests"], tracker.total("gyre_datagrams_received_total"))


class RequestsTest(LoadTest):
    def test_two_workers_announce_every_peer(self):
        tracker = self.start_tracker()
        self.assert_flawless(self.load(tracker, {"workers": 2}))
        # Peers of one worker with the same torrent and port coincide; there are few.
        self.assertGreater(tracker.total("gyre_peers"), 950)
        self.assertLessEqual(tracker.total("gyre_peers"), 1000)

    def test_stopped_peers_are_gone(self):
        tracker = self.start_tracker()
        self.assert_flawless(self.load(tracker, {"requests.stopped_probability": 1}))
        self.assertEqual(tracker.total("gyre_peers"), 0)

    def test_connection_ids_are_renewed_even_without_connects(self):
        tracker = self.start_tracker()
        report = self.load(tracker, {"mode": "rate", "rate": 1000, "duration": 3,
                                     "requests.weight_connect": 0,
                                     "network.connection_max_age": 2})
        self.assert_flawless(report)
        self.assertGreaterEqual(tracker.total("gyre_requests_total", type="connect"), 2 * SOCKETS)
        self.assertEqual(tracker.total("gyre_datagrams_dropped_total"), 0)

    def test_the_printed_info_hashes_are_those_announced(self):
        folder = tempfile.mkdtemp(prefix="gyre-load-")
        self.addCleanup(os.rmdir, folder)
        path = os.path.join(folder, "list")
        code, printed, err = run({**DEFAULTS, "seed": 3}, "--print-info-hashes")
        self.assertEqual(code, 0, err)
        self.assertEqual(len(printed.split()), 100)
        with open(path, "w", encoding="ascii") as file:
            file.write(printed)
        self.addCleanup(os.remove, path)
        tracker = self.start_tracker({"access_list.mode": "allow", "access_list.path": path})
        self.assert_flawless(self.load(tracker, {"seed": 3}))
        others = self.load(tracker, {"seed": 4, "requests.weight_scrape": 0})
        self.assertEqual(others["responses_per_s"]["announce"], 0)
        self.assertGreater(others["responses_per_s"]["error"], 0)


class EndsTest(LoadTest):
    def test_signals_end_an_endless_run_with_a_report(self):
        tracker = self.start_tracker()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=signal_number):
                announces = tracker.total("gyre_requests_total", type="announce")
                with start(self.settings_for(tracker, {"duration": 0})) as process:
                    wait_until(lambda before=announces: tracker.total(
                        "gyre_requests_total", type="announce") > before, "requests come")
                    process.send_signal(signal_number)
                    out, err = process.communicate(timeout=200)
                self.assertEqual(process.returncode, 0, err)
                self.assert_flawless(self.report_of(out))

    def test_nothing_listens(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind((OWN_HOST, 0))
            address = address_of(free.getsockname())
        code, out, err = run({**DEFAULTS, "server_address": address,
                              "network.response_timeout_ms": 10, "network.connect_timeout": 1})
        self.assertEqual((code, out), (1, ""))
        self.assertEqual(err.count(f"udp://{address} refuses connections"), 1, err)
        self.assertIn(f"no connection id from udp://{address} within 1 s", err)

    def test_no_responses(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            address = address_of(silent.getsockname())
            code, out, err = run({**DEFAULTS, "server_address": address,
                                  "network.connect_timeout": 1,
                                  "network.response_timeout_ms": 100})
        self.assertEqual((code, out), (1, ""))
        self.assertIn(f"no connection id from udp://{address} within 1 s", err)
        self.assertNotIn("refuses", err)

    def test_no_such_process(self):
        gone = ended_process()
        code, out, err = run(DEFAULTS, "--tracker-pid", str(gone))
        self.assertEqual((code, out), (1, ""))
        self.assertIn(f"--tracker-pid: no process {gone}", err)


class OptionsTest(LoadTest):
    def test_bad_configurations(self):
        cases = {"worker = 2\n": "1: worker: unknown key",
                 "mode = \"fast\"\n": "1: mode: expected one of",
                 "summarize_last = 9\n": "summarize_last: 9 s, but the run lasts only 0 s"}
        for text, expected in cases.items():
            with self.subTest(text=text), tempfile.NamedTemporaryFile("w") as file:
                file.write(text)
                file.flush()
                code, out, err = run({}, "-c", file.name)
                self.assertEqual((code, out), (1, ""))
                self.assertIn(expected, err)

    def test_bad_arguments(self):
        for arguments in (["--tracker-pid", "x"], ["--tracker-pid", "0"], ["--tracker-pid"],
                          ["--nonsense"]):
            with self.subTest(arguments=arguments):
                code, out, err = run({}, *arguments)
                self.assertEqual((code, out), (2, ""))
                self.assertIn(arguments[0], err)

    def test_the_printed_default_is_a_configuration(self):
        _, printed, _ = run({}, "-p")
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(printed)
            file.flush()
            self.assertEqual(run({}, "-P", "-c", file.name), (0, printed, ""))


class FaultyTrackerTest(LoadTest):
    """A tracker's mistakes are counted by kind."""

    @contextlib.contextmanager
    def tracker_that_answers(self, answer):
        """Answers connects correctly, announces with answer(transaction id)."""
        def serve():
            while True:
                request, client = server.recvfrom(2048)
                if request == b"end":
                    return
                action, transaction = struct.unpack_from(">II", request, 8)
                response = (struct.pack(">IIQ", 0, transaction, 1) if action == 0
                            else answer(transaction))
                server.sendto(response, client)

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            thread = threading.Thread(target=serve)
            thread.start()
            try:
                yield address_of(server.getsockname())
            finally:
                server.sendto(b"end", server.getsockname())
                thread.join()

    def test_faults(self):
        peer = struct.pack(">IH", 0x7f000001, 6881)
        cases = {
            "wrong_size": lambda transaction: struct.pack(">IIIII", 1, transaction, 1, 1, 1)[:-1],
            "unknown_action": lambda transaction: struct.pack(">IIIII", 9, transaction, 1, 1, 1),
            "unknown_transaction":
                lambda transaction: struct.pack(">IIIII", 1, transaction ^ 0x1000, 1, 1, 1),
            "wrong_action": lambda transaction: struct.pack(">IIQ", 0, transaction, 1),
            "implausible_peers":
                lambda transaction: struct.pack(">IIIII", 1, transaction, 1, 0, 0) + peer,
        }
        for fault, answer in cases.items():
            with self.subTest(fault=fault), self.tracker_that_answers(answer) as address:
                code, out, err = run({
                    **DEFAULTS, "server_address": address, "network.sockets_per_worker": 1,
                    "network.max_in_flight": 8, "network.response_timeout_ms": 100,
                    "requests.weight_connect": 0, "requests.weight_scrape": 0})
                self.assertEqual(code, 0, err)
                report = self.report_of(out)
                self.assertGreater(report["invalid"][fault], 0)
                self.assertEqual(report["responses_per_s"]["announce"], 0)
                self.assertIn(f"responses: {fault}", err)

    def test_errors_are_responses_of_their_own_kind(self):
        def refuse(transaction):
            return struct.pack(">II", 3, transaction) + b"no"

        with self.tracker_that_answers(refuse) as address:
            code, out, err = run({**DEFAULTS, "server_address": address,
                                  "requests.weight_connect": 0, "requests.weight_scrape": 0,
                                  "network.max_in_flight": 8})
        self.assertEqual(code, 0, err)
        report = self.report_of(out)
        self.assertGreater(report["responses_per_s"]["error"], 0)
        self.assertEqual(report["responses_per_s"]["announce"], 0)
        self.assertEqual(set(report["invalid"].values()), {0})


if __name__ == "__main__":
    unittest.main()
