"""Announces: which peers are returned, what is counted, and which odd requests are served."""

import random
import socket
import unittest

from bep15 import (NONE, PAUSED, STARTED, STOPPED, announce_request,
                   connect_request, info_hash, parse_announce, parse_error)
from tracker import SharedTrackerTest, TrackerTest

LOOPBACK = "127.0.0.1"


def ports_of(answer):
    return sorted(port for _, port in answer.peers)


class SwarmTest(SharedTrackerTest):
    settings = {"protocol.echo_lone_peer": False}

    def test_leechers_learn_of_everyone_else_and_seeders_of_leechers(self):
        client = self.client()
        swarm = self.new_hash()
        for port in (1001, 1002):
            client.announce(swarm, port, left=0)
        for port in (2001, 2002):
            client.announce(swarm, port, left=1)
        self.assertEqual(ports_of(client.announce(swarm, 2001, left=1)), [1001, 1002, 2002])
        self.assertEqual(ports_of(client.announce(swarm, 1001, left=0)), [2001, 2002])

    def test_counts_include_the_requester(self):
        client = self.client()
        swarm = self.new_hash()
        for port, left, expected in ((1001, 0, (1, 0)), (2001, 1, (1, 1)), (2002, 1, (1, 2)),
                                     (2001, 0, (2, 1)), (2001, 0, (2, 1))):
            answer = client.announce(swarm, port, left=left, event=NONE)
            self.assertEqual((answer.seeders, answer.leechers), expected)

    def test_peers_are_source_address_and_announced_port(self):
        swarm = self.new_hash()
        for source, port in (("127.0.0.2", 1), ("127.0.0.2", 65535), ("127.9.8.7", 6881)):
            self.client(source=source).announce(swarm, port)
        peers = self.client().announce(swarm, 1).peers
        self.assertCountEqual(peers, [("127.0.0.2", 1), ("127.0.0.2", 65535), ("127.9.8.7", 6881)])

    def test_the_key_is_ignored(self):
        client = self.client()
        swarm = self.new_hash()
        for key in (0, 1, 0xFFFFFFFF):
            client.announce(swarm, 1001, key=key, peer_id=random.randbytes(20))
        self.assertEqual(client.announce(swarm, 1002).peers, [(LOOPBACK, 1001)])

    def test_the_requester_is_never_in_its_answer(self):
        client = self.client()
        swarm = self.new_hash()
        for _ in range(3):
            self.assertEqual(client.announce(swarm, 1001).peers, [])
        client.announce(swarm, 1002)
        for _ in range(20):
            self.assertEqual(ports_of(client.announce(swarm, 1001)), [1002])

    def test_one_peer_may_be_in_many_swarms(self):
        client = self.client()
        swarms = [self.new_hash() for _ in range(50)]
        for swarm in swarms:
            client.announce(swarm, 1001)
        for swarm in swarms:
            self.assertEqual(client.announce(swarm, 1002).peers, [(LOOPBACK, 1001)])

    def test_stopped_has_counts_and_no_peers(self):
        client = self.client()
        swarm = self.new_hash()
        client.announce(swarm, 1001, left=0)
        client.announce(swarm, 1002)
        response = client.announce_raw(swarm, 1002, event=STOPPED, numwant=50)
        self.assertEqual(len(response), 20)
        answer = parse_announce(response)
        self.assertEqual((answer.seeders, answer.leechers), (1, 0))
        self.assertEqual(client.announce(swarm, 1003).peers, [(LOOPBACK, 1001)])

    def test_stopped_by_a_stranger_changes_nothing(self):
        client = self.client()
        swarm = self.new_hash()
        client.announce(swarm, 1001)
        client.announce(swarm, 1002, event=STOPPED)
        self.client(source="127.0.0.2").announce(swarm, 1001, event=STOPPED)
        self.assertEqual(client.announce(swarm, 1003).peers, [(LOOPBACK, 1001)])

    def test_unknown_events_mean_none(self):
        client = self.client()
        for event in (NONE, PAUSED, 5, 255, 256, 0x01000000, 0x03000000, 0x80000003, 0xFFFFFFFF):
            with self.subTest(event=hex(event)):
                swarm = self.new_hash()
                client.announce(swarm, 1001, event=event)
                self.assertEqual(ports_of(client.announce(swarm, 1002)), [1001])
                self.assertEqual(client.scrape(swarm), [(0, 0, 2)])

    def test_only_nothing_left_makes_a_seeder(self):
        client = self.client()
        for left, seeders in ((0, 1), (1, 0), (16384, 0), (2**32, 0), (2**63 - 1, 0), (-1, 0)):
            with self.subTest(left=left):
                swarm = self.new_hash()
                client.announce(swarm, 1001, left=left)
                self.assertEqual(client.scrape(swarm), [(seeders, 0, 1 - seeders)])

    def test_transaction_ids_are_copied(self):
        client = self.client()
        swarm = self.new_hash()
        for transaction in (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
            client.exchange(announce_request(client.connection_id(), swarm, 1001,
                                             transaction=transaction))


class SizesTest(SharedTrackerTest):
    settings = {"protocol.max_response_peers": 30, "protocol.echo_lone_peer": False,
                "network.use_ipv6": True}
    families = ((socket.AF_INET, 6), (socket.AF_INET6, 18))

    def swarm_of(self, client, size):
        swarm = self.new_hash()
        for port in range(1, size + 1):
            client.announce(swarm, port)
        return swarm

    def test_responses_are_twenty_bytes_and_the_peers(self):
        for family, peer_size in self.families:
            client = self.client(family=family)
            swarm = self.new_hash()
            for known in range(35):
                with self.subTest(family=family.name, known=known):
                    response = client.announce_raw(swarm, 1000 + known)
                    self.assertEqual(len(response), 20 + peer_size * min(known, 30))

    def test_numwant(self):
        client = self.client()
        swarm = self.swarm_of(client, 40)
        cases = ((0, 0), (1, 1), (2, 2), (29, 29), (30, 30), (31, 30), (200, 30), (2**31 - 1, 30),
                 (-1, 30), (-2, 30), (-2**31, 30))
        for wanted, given in cases:
            with self.subTest(numwant=wanted):
                peers = client.announce(swarm, 1, numwant=wanted).peers
                self.assertEqual(len(peers), given)
                self.assertEqual(len(set(peers)), given, "a peer is listed once")
                self.assertNotIn((LOOPBACK, 1), peers)

    def test_small_swarms_are_listed_whole(self):
        for family, _ in self.families:
            client = self.client(family=family)
            for size in (1, 2, 3, 5, 8, 13, 21, 31):
                with self.subTest(family=family.name, size=size):
                    swarm = self.swarm_of(client, size)
                    for port in (1, size):
                        expected = [other for other in range(1, size + 1) if other != port]
                        self.assertEqual(ports_of(client.announce(swarm, port)), expected)


class PayloadTest(TrackerTest):
    """The operator's bound on a datagram's size, however many peers are wanted."""

    def most_peers(self, settings, family):
        tracker = self.start_tracker({"network.use_ipv6": True,
                                      "protocol.max_response_peers": 500, **settings})
        client = self.client_of(tracker, family=family)
        for port in range(1, 301):
            client.announce(info_hash(1), port, numwant=0)
        return client.announce_raw(info_hash(1), 1000, numwant=-1)

    def test_ipv4_payload(self):
        response = self.most_peers({"protocol.max_payload_ipv4": 512}, socket.AF_INET)
        self.assertEqual(len(response), 20 + 6 * 82)

    def test_ipv6_payload(self):
        response = self.most_peers({"protocol.max_payload_ipv6": 1232}, socket.AF_INET6)
        self.assertEqual(len(response), 20 + 18 * 67)

    def test_defaults_fit_an_ethernet_frame(self):
        self.assertLessEqual(len(self.most_peers({}, socket.AF_INET)), 1472)
        self.assertLessEqual(len(self.most_peers({}, socket.AF_INET6)), 1452)


class PortZeroTest(SharedTrackerTest):
    """A peer without a port cannot be reached: it is answered but not stored."""

    def test_port_zero(self):
        client = self.client()
        swarm = self.new_hash()
        client.announce(swarm, 1001)
        self.assertEqual(ports_of(client.announce(swarm, 0)), [1001])
        self.assertEqual(client.scrape(swarm), [(0, 0, 1)])

    def test_short_announces(self):
        """BiglyBT and old clients truncate it; BEP 15 requires 98 bytes."""
        client = self.client()
        swarm = self.new_hash()
        client.announce(swarm, 1001)
        whole = announce_request(client.connection_id(), swarm, 6881, numwant=0)
        for size, peers in ((92, 1), (93, 1), (94, 1), (95, 1), (96, 0), (97, 0), (98, 0)):
            with self.subTest(size=size):
                response = client.exchange(whole[:size])
                self.assertEqual(len(response), 20 + 6 * peers)
                self.assertEqual(client.scrape(swarm), [(0, 0, 1 if size < 98 else 2)])

    def test_shorter_announces_are_no_announces(self):
        client = self.client()
        swarm = self.new_hash()
        whole = announce_request(client.connection_id(), swarm, 6881)
        for size in (*range(16, 92, 5), 91):
            with self.subTest(size=size):
                for answer in client.answers_to(whole[:size]):
                    parse_error(answer)
        self.assertEqual(client.scrape(swarm), [(0, 0, 0)])


class OptionsTest(SharedTrackerTest):
    """BEP 41: the announce is served whatever follows the 98 bytes."""

    def test_options(self):
        client = self.client()
        cases = {
            "aria2's two zeros": b"\0\0",
            "end of options": b"\0",
            "nop": b"\1",
            "many nops": b"\1" * 200,
            "url data": b"\2\x09/announce",
            "url data of no length": b"\2\0",
            "url data in two options": b"\2\5/anno\2\4unce",
            "the longest url data": b"\2\xff" + b"/" * 255,
            "unknown option": b"\x7f\3abc\2\x09/announce",
            "url data without a length": b"\2",
            "url data cut short": b"\2\x09/anno",
            "unknown option cut short": b"\xff\xff",
            "garbage after the end": b"\0\2\xff\xff\xff",
            "padding to 1024 bytes": b"\0" * (1024 - 98),
            "1400 bytes of 0xff": b"\xff" * 1302,
        }
        for name, options in cases.items():
            with self.subTest(name):
                swarm = self.new_hash()
                client.announce(swarm, 1001, options=options)
                self.assertEqual(ports_of(client.announce(swarm, 1002, options=options)), [1001])


class UnknownActionTest(SharedTrackerTest):
    def test_at_most_an_error_to_a_verified_source(self):
        client = self.client()
        connection = client.connect()
        for action in (3, 4, 5, 0xFF, 0x01000000, 0xFFFFFFFF):
            with self.subTest(action=hex(action)):
                for size in (16, 98):
                    request = connect_request(7, connection, action).ljust(size, b"\0")
                    for answer in client.answers_to(request):
                        parse_error(answer)
                    forged = connect_request(7, connection ^ 1, action).ljust(size, b"\0")
                    self.assertEqual(client.answers_to(forged), [])


class IntervalTest(TrackerTest):
    def intervals(self, settings):
        client = self.client_of(self.start_tracker(settings))
        return [client.announce(info_hash(n % 7), 1001 + n % 3).interval for n in range(400)]

    def test_without_jitter_it_is_the_setting(self):
        intervals = self.intervals({"protocol.peer_announce_interval": 1234,
                                    "protocol.peer_announce_jitter": 0})
        self.assertEqual(set(intervals), {1234})

    def test_jitter_spreads_it_above_the_setting(self):
        intervals = self.intervals({"protocol.peer_announce_interval": 1000,
                                    "protocol.peer_announce_jitter": 100})
        self.assertGreaterEqual(min(intervals), 1000)
        self.assertLessEqual(max(intervals), 1100)
        # 400 samples of 101 values: fewer than 60 distinct ones have a probability below 1e-15.
        self.assertGreater(len(set(intervals)), 60)
        # Each tenth of the range is hit: one is missed with a probability below 1e-18.
        self.assertEqual({min(value - 1000, 99) // 10 for value in intervals}, set(range(10)))


class LonePeerTest(TrackerTest):
    def test_echo(self):
        client = self.client_of(self.start_tracker({"protocol.echo_lone_peer": True}))
        swarm = info_hash(1)
        self.assertEqual(client.announce(swarm, 1001, left=1).peers, [(LOOPBACK, 1001)])
        self.assertEqual(client.announce(swarm, 1001, left=1, numwant=0).peers, [])
        self.assertEqual(client.announce(swarm, 1001, event=STOPPED).peers, [])
        client.announce(swarm, 1001)
        self.assertEqual(client.announce(swarm, 1002).peers, [(LOOPBACK, 1001)])
        self.assertEqual(client.announce(swarm, 1002, event=STOPPED).peers, [])
        self.assertEqual(client.announce(swarm, 0).peers, [(LOOPBACK, 1001)])

    def test_no_echo(self):
        client = self.client_of(self.start_tracker({"protocol.echo_lone_peer": False}))
        self.assertEqual(client.announce(info_hash(1), 1001).peers, [])


class FairnessTest(SharedTrackerTest):
    """Every peer of a large swarm is returned about equally often."""

    settings = {"protocol.max_response_peers": 50}

    def test_all_peers_are_chosen_alike(self):
        client = self.client()
        swarm = self.new_hash()
        peer_count, numwant, rounds = 1000, 50, 4000
        for port in range(1, peer_count + 1):
            client.announce(swarm, port, left=port % 5, numwant=0)
        times = dict.fromkeys(range(1, peer_count + 1), 0)
        for round_index in range(rounds):
            # The requester changes, so that none is excluded more often than others.
            answer = client.announce(swarm, 1 + round_index % peer_count, left=1, event=NONE)
            self.assertEqual(len(answer.peers), numwant)
            for _, port in answer.peers:
                times[port] += 1
        expected = rounds * numwant / peer_count
        statistic = sum((count - expected)**2 / expected for count in times.values())
        # If peers were selected one by one, this would be chi-squared with 999 degrees of freedom.
        # They may be selected by cache lines, 8 at a time, which multiplies chi-squared with 124
        # degrees by 8: above 2000 with a probability below 1e-12. Excluding one peer in a hundred
        # adds 2000.
        self.assertLess(statistic, 2000)
        self.assertGreater(min(times.values()), 0.5 * expected)


if __name__ == "__main__":
    unittest.main()
