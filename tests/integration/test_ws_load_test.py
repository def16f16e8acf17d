"""gyre_ws_load_test: its report against the tracker's own counters, connection modes, exits and
errors."""

import contextlib
import json
import os
import signal
import socket
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

import websocket
from http_tracker import make_certificate, wait_until
from load_tester import PERCENTILES, LoadTester, address_of, ended_process
from tracker import OWN_HOST
from ws_tracker import WsTrackerTest

BINARY = os.environ.get("GYRE_WS_LOAD_TEST", "gyre_ws_load_test")
# Little load, and timeouts so long that nothing is lost on a busy machine.
DEFAULTS = {"duration": 1, "num_connections_per_worker": 8, "connection_creation_interval_ms": 0,
            "network.response_timeout_ms": 60_000, "network.connect_timeout": 60,
            "network.client_addresses": 4, "network.max_in_flight": 4,
            "torrents.number_of_torrents": 1, "torrents.offers_per_request": 3}
TESTER = LoadTester(BINARY, DEFAULTS)
KINDS = {"announce", "scrape", "error", "offer", "answer", "close"}
INVALID = {"malformed", "wrong_swarm", "wrong_peer", "damaged_sdp", "foreign_answer",
           "repeated_answer", "unexpected_reply"}
UNLIMITED = {"limits.messages_per_second": 0, "limits.offers_per_second": 0}


class LoadTest(WsTrackerTest):
    def load(self, tracker, settings=None, *arguments, family=socket.AF_INET):
        return TESTER.report({"server_address": address_of(tracker.endpoint(family)),
                              **(settings or {})}, *arguments)

    def assert_flawless(self, report):
        self.assertEqual(set(report["responses_per_s"]), {"total"} | KINDS)
        self.assertEqual(set(report["invalid"]), INVALID)
        self.assertGreater(report["responses"], 0)
        self.assertEqual(report["lost"], 0)
        self.assertEqual(set(report["invalid"].values()), {0}, report)
        self.assertEqual(report["responses_per_s"]["error"], 0)
        for trouble in ("failed", "upgrades_refused", "ended", "tls_failed", "idle_ended"):
            self.assertEqual(report["connections"][trouble], 0, trouble)
        offers = report["messages"]["offers"]
        self.assertEqual(offers["sent"], offers["answered"] + offers["unanswered"])
        for latency in (report["latency_us"], report["messages"]["reply_latency_us"]):
            self.assertEqual(sorted(latency.values()), [latency[key] for key in PERCENTILES])

    def assert_counters_agree(self, tracker, report):
        tracker.assert_adds_up()
        offers = report["messages"]["offers"]
        relayed = tracker.total("gyre_offers_total", result="relayed")
        self.assertEqual(tracker.total("gyre_answers_relayed_total"), offers["answered"])
        self.assertEqual(relayed, offers["answered"])  # each is answered
        self.assertEqual(tracker.total("gyre_connections_accepted_total"),
                         report["connections"]["opened"])


class ModesTest(LoadTest):
    def test_saturate(self):
        tracker = self.start_tracker(UNLIMITED)
        report = self.load(tracker, {}, "--tracker-pid", str(tracker.process.pid))
        self.assert_flawless(report)
        self.assert_counters_agree(tracker, report)
        self.assertEqual(report["mode"], "saturate")
        self.assertEqual(report["connections"]["opened"], 8)
        for kind in ("announce", "offer", "answer"):
            self.assertGreater(report["responses_per_s"][kind], 0, kind)
        messages = report["messages"]
        self.assertAlmostEqual(messages["per_s"], messages["received_per_s"]
                               + messages["sent_per_s"]["total"], delta=1)
        self.assertGreater(messages["tracker_cpu_us"], 0)
        self.assertGreater(messages["bytes_received_per_s"], 0)
        self.assertGreaterEqual(messages["per_transfer"], 1)

    def test_rate(self):
        tracker = self.start_tracker(UNLIMITED)
        report = self.load(tracker, {"mode": "rate", "rate": 200})
        self.assert_flawless(report)
        self.assert_counters_agree(tracker, report)
        self.assertLessEqual(report["requests"], 200 * report["seconds"] + 100)
        self.assertGreater(report["latency_us"]["p50"], 0)

    def test_scrapes_and_several_swarms_of_two_workers(self):
        tracker = self.start_tracker({**UNLIMITED, "socket_workers": 2})
        report = self.load(tracker, {
            "num_workers": 2, "torrents.number_of_torrents": 20, "torrents.weight_scrape": 5,
            "torrents.torrents_per_connection": 8})
        self.assert_flawless(report)
        tracker.assert_adds_up()
        self.assertGreater(report["responses_per_s"]["scrape"], 0)
        # One worker may end while the other still answers.
        answered = report["messages"]["offers"]["answered"]
        self.assertGreater(answered, 0)
        self.assertLessEqual(answered, tracker.total("gyre_answers_relayed_total"))

    def test_ipv6(self):
        tracker = self.start_tracker({**UNLIMITED, "network.use_ipv6": True})
        report = self.load(tracker, {"measure_after_max_connections_reached": False},
                           family=socket.AF_INET6)
        self.assert_flawless(report)
        self.assert_counters_agree(tracker, report)

    def test_offers_need_not_be_answered(self):
        tracker = self.start_tracker(UNLIMITED)
        report = self.load(tracker, {"torrents.answer_probability": 0.5})
        self.assert_flawless(report)
        offers = report["messages"]["offers"]
        relayed = tracker.total("gyre_offers_total", result="relayed")
        self.assertAlmostEqual(offers["answered"] / relayed, 0.5, delta=0.2)

    def test_deflate(self):
        tracker = self.start_tracker(UNLIMITED)
        report = self.load(tracker, {"deflate": True})
        self.assert_flawless(report)
        self.assert_counters_agree(tracker, report)
        self.assertEqual(report["connections"]["deflated"], 8)
        sizes = report["messages"]
        self.assertLess(sizes["bytes_received_per_s"] / sizes["received_per_s"], 1000)

    def test_deflate_is_declined(self):
        tracker = self.start_tracker({**UNLIMITED, "network.enable_compression": False})
        report = self.load(tracker, {"deflate": True})
        self.assert_flawless(report)
        self.assertEqual(report["connections"]["deflated"], 0)

    def test_idle_connections_stay_and_answer_pings(self):
        tracker = self.start_tracker({**UNLIMITED, "deadlines.ping_interval": 1,
                                      "deadlines.pong": 1})
        report = self.load(tracker, {"idle_connections": 50, "duration": 3, "mode": "rate",
                                     "rate": 10})
        self.assert_flawless(report)
        self.assertEqual(report["connections"]["idle_held"], 50)
        self.assertGreater(tracker.total("gyre_pings_total", direction="sent"), 50)

    def test_the_printed_info_hashes_are_those_announced(self):
        path = os.path.join(self.temporary_folder(), "list")
        settings = {"seed": 3, "torrents.number_of_torrents": 5, "idle_connections": 10}
        code, printed, err = TESTER.run({**DEFAULTS, **settings}, "--print-info-hashes")
        self.assertEqual(code, 0, err)
        self.assertEqual(len(printed.split()), 10)
        with open(path, "w", encoding="ascii") as file:
            file.write(printed)
        tracker = self.start_tracker({**UNLIMITED, "access_list.mode": "allow",
                                      "access_list.path": path})
        self.assert_flawless(self.load(tracker, settings))
        others = self.load(tracker, {"seed": 4})
        self.assertEqual(others["responses_per_s"]["announce"], 0)
        self.assertGreater(others["responses_per_s"]["error"], 0)
        self.assertEqual(others["lost"], 0)


class TlsTest(LoadTest):
    def start_with_tls(self):
        certificate, key = make_certificate(self.temporary_folder())
        return self.start_tracker({**UNLIMITED, "network.enable_tls": True,
                                   "network.tls_certificate_path": certificate,
                                   "network.tls_private_key_path": key})

    def test_full_and_resumed_handshakes(self):
        tracker = self.start_with_tls()
        for resume in (False, True):
            with self.subTest(resume=resume):
                report = self.load(tracker, {
                    "enable_tls": True, "network.tls_resumption": resume, "idle_connections": 30,
                    "connection_creation_interval_ms": 5})
                self.assert_flawless(report)
                connections = report["connections"]
                self.assertEqual(connections["tls_full"] + connections["tls_resumed"], 38)
                self.assertEqual(connections["tls_resumed"] > 0, resume)

    def test_a_tracker_without_tls(self):
        code, out, err = TESTER.run({
            **DEFAULTS, "server_address": address_of(self.start_tracker().endpoint()),
            "enable_tls": True, "network.connect_timeout": 1})
        self.assertEqual((code, out), (1, ""))
        self.assertIn("only 0 of 8 connections", err)


class EndsTest(LoadTest):
    def test_a_signal_ends_an_endless_run_with_a_report(self):
        tracker = self.start_tracker(UNLIMITED)
        settings = {**DEFAULTS, "server_address": address_of(tracker.endpoint()), "duration": 0}
        with TESTER.start(settings) as process:
            wait_until(lambda: tracker.total("gyre_requests_total") > 0, "requests come")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=200)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(out.count("\n"), 1)

    def test_the_tracker_stops_first(self):
        tracker = self.start_tracker(UNLIMITED)
        settings = {**DEFAULTS, "server_address": address_of(tracker.endpoint()), "duration": 0}
        with TESTER.start(settings) as process:
            wait_until(lambda: tracker.total("gyre_requests_total") > 0, "requests come")
            tracker.stop()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=200)
        self.assertEqual(process.returncode, 0, err)
        report = json.loads(out)
        self.assertGreaterEqual(report["connections"]["ended"], 8)
        self.assertEqual(set(report["invalid"].values()), {0})

    def test_nothing_listens(self):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as free:
            free.bind((OWN_HOST, 0))
            address = address_of(free.getsockname())
        code, out, err = TESTER.run({**DEFAULTS, "server_address": address,
                                     "network.connect_timeout": 1})
        self.assertEqual((code, out), (1, ""))
        self.assertEqual(err.count(f"ws://{address} refuses connections"), 1, err)
        self.assertIn(f"only 0 of 8 connections to {address}", err)

    def test_no_such_process(self):
        gone = ended_process()
        code, out, err = TESTER.run(DEFAULTS, "--tracker-pid", str(gone))
        self.assertEqual((code, out), (1, ""))
        self.assertIn(f"--tracker-pid: no process {gone}", err)


class BadTracker:
    """Replies to announces. After an announce of another connection, also sends what `relay` makes
    of the receiver's announce and the other's."""

    def __init__(self, relay, reply=None):
        self._relay = relay
        self._reply = reply or (lambda announce: {**ANNOUNCED,
                                                  "info_hash": announce["info_hash"]})
        self._announces = {}
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = address_of(self._server.getsockname())
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._server.close()
        for thread in self._threads[1:]:
            thread.join()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self._threads.append(threading.Thread(target=self._serve, args=[connection]))
                self._threads[-1].start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError, EOFError):
            stream = connection.makefile("rb")
            while stream.readline() not in (b"\r\n", b""):
                pass
            accept = websocket.accept_of(websocket.KEY)
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: "
                               + accept.encode() + b"\r\n\r\n")
            for message in messages_of(stream):
                if "offers" not in message:
                    continue
                sent = [self._reply(message)]
                self._announces[message["peer_id"]] = message
                sent += [self._relay(message, other) for peer, other in self._announces.items()
                         if peer != message["peer_id"]]
                for each in sent:
                    connection.sendall(websocket.frame(each if isinstance(each, bytes)
                                                       else json.dumps(each).encode(), mask=None))


ANNOUNCED = {"complete": 0, "incomplete": 2, "action": "announce", "interval": 120}


def messages_of(stream):
    """Text in single frames, as the load tester sends it."""
    while True:
        head = stream.read(2)
        if len(head) < 2 or head[0] != 0x81:
            raise EOFError
        size = head[1] & 0x7f
        if size >= 126:
            size = int.from_bytes(stream.read(2 if size == 126 else 8), "big")
        mask = stream.read(4)
        yield json.loads(websocket.masked(stream.read(size), mask))


def relayed_offer(receiver, other):
    return {"action": "announce", **other["offers"][0], "peer_id": other["peer_id"],
            "info_hash": receiver["info_hash"]}


def answered(receiver, other):
    """An answer to the receiver's first offer, with that offer's number in the SDP."""
    mine, theirs = receiver["offers"][0], other["offers"][0]
    sdp = theirs["offer"]["sdp"].replace(theirs["offer_id"][4:], mine["offer_id"][4:])
    return {"action": "announce", "answer": {"type": "answer", "sdp": sdp},
            "offer_id": mine["offer_id"], "peer_id": other["peer_id"],
            "info_hash": receiver["info_hash"]}


class FaultyTrackerTest(unittest.TestCase):
    """A tracker's mistakes are counted by kind."""

    def report_on(self, relay, reply=None, **settings):
        with BadTracker(relay, reply) as tracker:
            return TESTER.report({"server_address": tracker.address, "mode": "rate", "rate": 20,
                                  "num_connections_per_worker": 2, **settings})

    def test_any_spelling_of_json_is_accepted(self):
        """As Python's json writes it: spaces, and escapes instead of UTF-8."""
        for relay, kind in ((relayed_offer, "offer"), (answered, "answer")):
            with self.subTest(kind=kind):
                report = self.report_on(relay)
                self.assertEqual(set(report["invalid"].values()), {0})
                self.assertGreater(report["responses_per_s"][kind], 0)
                self.assertEqual(report["lost"], 0)

    def test_faults(self):
        def damaged(relay):
            def damage(receiver, other):
                message = relay(receiver, other)
                part = message.get("offer") or message.get("answer")
                part["sdp"] = part["sdp"].replace("UDP", "UDP ")
                return message
            return damage

        def changed(relay, **members):
            return lambda receiver, other: {**relay(receiver, other), **members}

        cases = (
            ("malformed", lambda *_: b"{"),
            ("malformed", lambda *_: {"action": "announce"}),
            ("malformed", changed(relayed_offer, offer_id="x")),
            ("wrong_swarm", changed(relayed_offer, info_hash="x" * 20)),
            ("wrong_peer", changed(relayed_offer, peer_id="x" * 20)),
            ("wrong_peer", lambda receiver, _: relayed_offer(receiver, receiver)),
            ("damaged_sdp", damaged(relayed_offer)),
            ("damaged_sdp", damaged(answered)),
            ("foreign_answer", lambda receiver, other: {
                **answered(receiver, other), "offer_id": other["offers"][0]["offer_id"]}),
            ("unexpected_reply", lambda receiver, _: {**ANNOUNCED,
                                                      "info_hash": receiver["info_hash"]}),
        )
        with ThreadPoolExecutor(4) as pool:
            reports = pool.map(self.report_on, [relay for _, relay in cases])
        for (fault, _), report in zip(cases, reports):
            with self.subTest(fault=fault):
                self.assertGreater(report["invalid"][fault], 0, report["invalid"])
                self.assertEqual(sum(report["invalid"].values()), report["invalid"][fault])

    def test_a_second_answer_to_the_same_offer(self):
        first = {}

        def twice(receiver, other):
            return first.setdefault(receiver["peer_id"], answered(receiver, other))

        report = self.report_on(twice)
        self.assertGreater(report["invalid"]["repeated_answer"], 0)

    def test_errors_end_requests(self):
        report = self.report_on(relayed_offer, lambda announce: {
            "action": "announce", "failure reason": "no", "info_hash": announce["info_hash"]})
        self.assertGreater(report["responses_per_s"]["error"], 0)
        self.assertEqual(report["responses_per_s"]["announce"], 0)
        self.assertEqual(report["lost"], 0)

    def test_a_reply_about_another_swarm_is_no_reply(self):
        report = self.report_on(relayed_offer, lambda _: {**ANNOUNCED, "info_hash": "x" * 20},
                                **{"network.response_timeout_ms": 300})
        self.assertGreater(report["invalid"]["wrong_swarm"], 0)
        self.assertGreater(report["lost"], 0)
        self.assertEqual(report["responses_per_s"]["announce"], 0)

    def test_no_tracker(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            code, out, err = TESTER.run({
                **DEFAULTS, "server_address": address_of(silent.getsockname()),
                "network.response_timeout_ms": 100, "network.connect_timeout": 1})
        self.assertEqual((code, out), (1, ""))
        self.assertIn("only 0 of 8 connections", err)


if __name__ == "__main__":
    unittest.main()
