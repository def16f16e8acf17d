"""Scrapes: one row per info_hash in the order of the request, known or not."""

import unittest

from bep15 import (COMPLETED, PAUSED, STARTED, STOPPED, parse_error, parse_scrape, scrape_request)
from tracker import SharedTrackerTest, TrackerTest


class ScrapeTest(SharedTrackerTest):
    settings = {"protocol.max_scrape_torrents": 74}

    def test_rows_count_seeders_completed_and_leechers(self):
        client = self.client()
        swarm = self.new_hash()
        self.assertEqual(client.scrape(swarm), [(0, 0, 0)])
        client.announce(swarm, 1001, left=1)
        client.announce(swarm, 1002, left=1)
        client.announce(swarm, 1003, left=0)
        self.assertEqual(client.scrape(swarm), [(1, 0, 2)])
        client.announce(swarm, 1001, left=0, event=COMPLETED)
        self.assertEqual(client.scrape(swarm), [(2, 1, 1)])

    def test_completed_counts_a_peer_that_was_a_leecher_and_once(self):
        client = self.client()
        cases = {
            "never seen before": ([(0, COMPLETED)], 0),
            "a leecher": ([(1, STARTED), (0, COMPLETED)], 1),
            "said twice": ([(1, STARTED), (0, COMPLETED), (0, COMPLETED)], 1),
            "a seeder from the start": ([(0, STARTED), (0, COMPLETED)], 0),
            "a leecher that becomes a seeder without the event": ([(1, STARTED), (0, 0)], 0),
        }
        for name, (announces, completed) in cases.items():
            with self.subTest(name):
                swarm = self.new_hash()
                for left, event in announces:
                    client.announce(swarm, 1001, left=left, event=event)
                self.assertEqual(client.scrape(swarm)[0][1], completed)

    def test_stopped_peers_leave_the_counts(self):
        client = self.client()
        swarm = self.new_hash()
        client.announce(swarm, 1001, left=0)
        client.announce(swarm, 1002, left=1)
        client.announce(swarm, 1001, left=0, event=STOPPED)
        self.assertEqual(client.scrape(swarm), [(0, 0, 1)])
        client.announce(swarm, 1002, event=STOPPED)
        self.assertEqual(client.scrape(swarm), [(0, 0, 0)])

    def test_a_partial_seed_is_no_seeder(self):
        client = self.client()
        swarm = self.new_hash()
        client.announce(swarm, 1001, left=0x20000, event=PAUSED)
        self.assertEqual(client.scrape(swarm), [(0, 0, 1)])

    def test_one_to_seventy_four_hashes_in_order(self):
        client = self.client()
        swarms = [self.new_hash() for _ in range(74)]
        for index, swarm in enumerate(swarms):
            if index % 3:
                client.announce(swarm, 1001, left=index % 2)
        expected = [(int(index % 2 == 0), 0, index % 2) if index % 3 else (0, 0, 0)
                    for index in range(74)]
        for count in (1, 2, 3, 60, 73, 74):
            with self.subTest(count=count):
                self.assertEqual(client.scrape(*swarms[:count]), expected[:count])
        self.assertEqual(client.scrape(*reversed(swarms)), expected[::-1])

    def test_the_same_hash_twice_has_two_rows(self):
        client = self.client()
        swarm = self.new_hash()
        client.announce(swarm, 1001)
        self.assertEqual(client.scrape(swarm, self.new_hash(), swarm),
                         [(0, 0, 1), (0, 0, 0), (0, 0, 1)])

    def test_a_partial_hash_at_the_end_is_ignored(self):
        client = self.client()
        swarm = self.new_hash()
        client.announce(swarm, 1001)
        request = scrape_request(client.connection_id(), [swarm], 7)
        for extra in (1, 4, 19):
            with self.subTest(extra=extra):
                self.assertEqual(parse_scrape(client.exchange(request + b"\xff" * extra)),
                                 [(0, 0, 1)])

    def test_hashes_beyond_the_limit_are_left_out(self):
        client = self.client()
        for count in (75, 80, 100):
            with self.subTest(count=count):
                self.assertEqual(client.scrape(*[self.new_hash()] * count), [(0, 0, 0)] * 74)

    def test_no_hash_is_an_error_to_a_verified_source(self):
        client = self.client()
        for extra in (b"", b"\0" * 19):
            request = scrape_request(client.connection_id(), [extra], 3)
            self.assertNotEqual(parse_error(client.exchange(request)), "")

    def test_no_answer_without_a_valid_connection_id(self):
        client = self.client()
        bad = client.connect() ^ 1
        self.assertEqual(client.answers_to(scrape_request(bad, [self.new_hash()]),
                                           scrape_request(bad, [])), [])


class ScrapeLimitTest(TrackerTest):
    def test_the_limit_is_a_setting(self):
        client = self.client_of(self.start_tracker({"protocol.max_scrape_torrents": 3}))
        for asked, answered in ((1, 1), (3, 3), (4, 3), (70, 3)):
            self.assertEqual(len(client.scrape(*[b"\1" * 20] * asked)), answered)


if __name__ == "__main__":
    unittest.main()
