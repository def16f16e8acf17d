"""HTTP connections that are slow, half closed, lost, or too many: the tracker keeps serving, and
every closed connection is counted with its reason.
"""

import socket
import unittest
from random import Random

from bep15 import info_hash
from bep3 import announce_target, request, scrape_target
from http_tracker import HttpTrackerTest, wait_until

ANNOUNCE = request(announce_target(info_hash(1), 1001))


class ConnectionsTest(HttpTrackerTest):
    def assert_serves(self, tracker):
        with tracker.client() as client:
            self.assertEqual(client.announce(info_hash(1), 1001).status, 200)
        tracker.assert_adds_up()

    def is_served(self, tracker):
        try:
            with tracker.client() as client:
                return client.ask("/health").status == 200
        except (ConnectionError, AssertionError):  # refused or evicted
            return False

    def open(self, tracker, count, **options):
        return [self.client_of(tracker, **options) for _ in range(count)]


class DeadlinesTest(ConnectionsTest):
    def test_each_has_its_reason(self):
        tracker = self.start_tracker({"deadlines.request": 1, "deadlines.idle": 1})
        silent, slow, idle = self.open(tracker, 3)
        slow.send(ANNOUNCE[:40])
        idle.ask("/health")
        for client in (silent, slow, idle):
            self.assertEqual(client.rest(), b"")
        tracker.wait_for_closed("request_late", 2)
        tracker.wait_for_closed("idle_too_long", 1)
        self.assert_serves(tracker)

    def test_bytes_that_trickle_in_put_nothing_off(self):
        tracker = self.start_tracker({"deadlines.request": 1})
        client = self.client_of(tracker)

        def is_closed():
            try:
                client.send(b"x")
            except OSError:
                return True
            return tracker.closed("request_late") == 1

        client.send(b"GET /")
        wait_until(is_closed, "the connection is closed", 30)
        self.assert_serves(tracker)

    def test_answers_that_nobody_reads(self):
        tracker = self.start_tracker({"deadlines.write": 1, "deadlines.idle": 3600})
        client = self.client_of(tracker, receive_buffer=4096)
        requests = request(scrape_target(*[info_hash(n) for n in range(100)])) * 10
        client.socket.setblocking(False)

        def is_closed():
            try:
                client.socket.send(requests)
            except BlockingIOError:
                pass
            except OSError:
                return True
            return tracker.closed("reading_too_slow") == 1

        before = tracker.resident_bytes()
        wait_until(is_closed, "the connection is closed")
        tracker.wait_for_closed("reading_too_slow", 1)
        self.assertLess(tracker.resident_bytes() - before, 16 << 20)
        self.assert_serves(tracker)

    def test_a_slow_reader_gets_all_its_answers(self):
        tracker = self.start_tracker()
        client = self.client_of(tracker, receive_buffer=4096)
        swarms = [info_hash(n) for n in range(100)]
        for _ in range(100):
            client.send(request(scrape_target(*swarms)))
        for _ in range(100):
            self.assertEqual(len(client.response().rows()), 100)
        self.assert_serves(tracker)


class EndsTest(ConnectionsTest):
    def test_a_client_that_sends_no_more_gets_its_answers(self):
        tracker = self.start_tracker()
        client = self.client_of(tracker)
        client.send(ANNOUNCE * 20)
        client.finish_sending()
        for _ in range(20):
            self.assertEqual(client.response().status, 200)
        self.assertEqual(client.rest(), b"")
        tracker.wait_for_closed("by_client", 1)
        self.assert_serves(tracker)

    def test_half_a_request(self):
        tracker = self.start_tracker()
        client = self.client_of(tracker)
        client.send(ANNOUNCE[:-1])
        client.finish_sending()
        self.assertEqual(client.rest(), b"")
        self.assert_serves(tracker)

    def test_a_client_that_never_closes(self):
        tracker = self.start_tracker({"deadlines.lingering_close": 1})
        client = self.client_of(tracker)
        client.announce(info_hash(1), 1001, "Connection: close")
        tracker.wait_for_closed("answered", 1)
        self.assert_serves(tracker)

    def test_connections_that_are_reset(self):
        tracker = self.start_tracker({"socket_workers": 2})
        for n in range(200):
            client = tracker.client()
            client.send(ANNOUNCE[:n])
            client.reset()
        for _ in range(100):
            client = tracker.client()
            client.send(ANNOUNCE * 20)
            client.reset()
        tracker.wait_for_all_closed(300)
        self.assertEqual(tracker.total("gyre_connections_accepted_total"), 300)
        self.assert_serves(tracker)

    def test_stop_answers_what_was_asked_and_closes_the_rest(self):
        tracker = self.start_tracker()
        idle, = self.open(tracker, 1)
        idle.ask("/health")
        half, = self.open(tracker, 1)
        half.send(ANNOUNCE[:30])
        tracker.process.terminate()
        tracker.expect_clean_exit()
        for client in (idle, half):
            self.assertEqual(client.rest(), b"")


class LimitsTest(ConnectionsTest):
    def test_the_oldest_idle_connection_gives_way(self):
        tracker = self.start_tracker({"limits.max_connections": 16, "deadlines.idle": 3600})
        first = self.open(tracker, 16)
        for client in first:
            client.ask("/health")
        later = self.open(tracker, 8)
        for client in later:
            self.assertEqual(client.ask("/health").status, 200)
        for client in first[:8]:
            self.assertEqual(client.rest(), b"")
        for client in first[8:]:
            self.assertEqual(client.ask("/health").status, 200)
        self.assertEqual(tracker.closed("evicted"), 8)
        self.assert_serves(tracker)

    def test_of_an_address(self):
        tracker = self.start_tracker({"limits.max_connections_per_address": 3})
        allowed = self.open(tracker, 3)
        for client in allowed:
            client.ask("/health")
        self.assertFalse(self.is_served(tracker))
        self.assertEqual(self.client_of(tracker, "127.0.0.2").ask("/health").status, 200)
        self.assertEqual(tracker.closed("over_address_limit"), 1)
        allowed.pop().close()
        tracker.wait_for_closed("by_client", 1)
        self.assert_serves(tracker)

    def test_few_descriptors(self):
        limit = 80
        tracker = self.start_tracker({"deadlines.idle": 3600, "deadlines.request": 3600},
                                     prefix=["prlimit", f"--nofile={limit}:{limit}"])
        self.assertIn(f"the limit of {limit} open files", tracker.log())
        for _ in range(3):
            clients = [tracker.client() for _ in range(limit)]
            for client in clients[-20:]:
                self.assertEqual(client.ask("/health").status, 200)
            for client in clients:
                client.close()
        tracker.wait_for_all_closed(3 * limit)
        self.assertGreater(tracker.closed("evicted"), 0)
        self.assert_serves(tracker)

    def test_a_flood_of_connections(self):
        tracker = self.start_tracker({"limits.max_connections": 64, "socket_workers": 2})
        flood = []
        for n in range(2000):
            connected = socket.socket()
            try:
                connected.connect(tracker.endpoint())
                connected.sendall(ANNOUNCE[:n % 2 * (n % 200)])
            except ConnectionError:
                pass  # refused, and counted
            flood.append(connected)
            if len(flood) > 500:
                flood.pop(0).close()
        wait_until(lambda: self.is_served(tracker), "a client is served in the midst of it")
        for connected in flood:
            connected.close()
        tracker.wait_for_all_closed(2001)
        self.assertGreater(tracker.closed("evicted") + tracker.closed("over_limit"), 0)
        self.assertLess(tracker.resident_bytes(), 256 << 20)
        self.assert_serves(tracker)

    def test_a_flood_of_broken_requests(self):
        tracker = self.start_tracker({"socket_workers": 2})
        random = Random(1)
        scrape = request(scrape_target(*[info_hash(n) for n in range(20)]))
        for _ in range(1500):
            broken = bytearray(random.choice((ANNOUNCE, scrape)) * random.randrange(1, 4))
            for _ in range(random.randrange(1, 6)):
                at = random.randrange(len(broken))
                piece = random.choice((b"", b"\0", b"%", b"&", b"\r\n", b" ", random.randbytes(3)))
                broken[at:at + random.randrange(20)] = piece
            cut = random.randrange(len(broken))
            with tracker.client() as client:
                try:
                    client.send(broken[:cut])
                    client.send(broken[cut:])
                    client.finish_sending()
                except OSError:
                    continue  # already refused
                client.rest()
        tracker.wait_for_all_closed(1500)
        self.assertEqual(tracker.total("gyre_connections_accepted_total"), 1500)
        self.assertGreater(tracker.total("gyre_failures_total"), 0)
        self.assertGreater(tracker.total("gyre_pages_total"), 0)
        self.assert_serves(tracker)


if __name__ == "__main__":
    unittest.main()
