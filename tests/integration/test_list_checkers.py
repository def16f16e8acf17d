"""The probes of public tracker lists, as in their sources."""

import random
import socket
import struct
import unittest

from bep15 import parse_announce, parse_connect
from tracker import SharedTrackerTest


class ListCheckersTest(SharedTrackerTest):
    # Default settings, except for what the second checker insists on.
    settings = {"network.use_ipv6": True, "protocol.echo_lone_peer": True}

    def endpoints(self):
        return [("IPv4", socket.AF_INET, self.tracker.endpoint(socket.AF_INET)),
                ("IPv6", socket.AF_INET6, self.tracker.endpoint(socket.AF_INET6))]

    def test_newtrackon(self):
        for name, family, endpoint in self.endpoints():
            with self.subTest(name), socket.socket(family, socket.SOCK_DGRAM) as client:
                client.settimeout(10)
                client.connect(endpoint)
                transaction = random.Random(1).randrange(255)
                client.send(struct.pack(">QII", 0x41727101980, 0, transaction))
                response = client.recv(2048)
                self.assertEqual(struct.unpack_from(">II", response), (0, transaction))
                connection = parse_connect(response)

                info_hash = random.Random(2).randbytes(20)
                client.send(struct.pack(">QII20s20sQQQIIIiH", connection, 1, transaction, info_hash,
                                        info_hash, 0, 0, 0, 2, 0, 0, -1, 0x76FD))
                response = client.recv(2048)
                self.assertEqual(struct.unpack_from(">II", response), (1, transaction))
                answer = parse_announce(response, family)
                self.assertTrue(300 <= answer.interval <= 10800, answer.interval)

    def test_always_online_trackers(self):
        for name, family, endpoint in self.endpoints():
            with self.subTest(name), socket.socket(family, socket.SOCK_DGRAM) as client:
                client.settimeout(5)
                client.connect(endpoint)
                client.send(struct.pack(">QII", 0x41727101980, 0, 7).ljust(1024, b"\0"))
                connection = parse_connect(client.recv(1024))

                def announce(event, transaction):
                    request = struct.pack(">QII20s20sQQQIIIiH", connection, 1, transaction,
                                          b"tracker_test".ljust(20, b"\0"), b"-XX0001-tracker_test",
                                          0, 100, 0, event, 0, 0, -1, 12345)
                    client.send(request.ljust(1024, b"\0"))
                    response = client.recv(1024)
                    self.assertEqual(struct.unpack_from(">II", response), (1, transaction))
                    return parse_announce(response, family)

                started = announce(event=2, transaction=8)
                self.assertIn((endpoint[0], 12345), started.peers,
                              "the checker wants to find itself in a swarm that it is alone in")
                announce(event=3, transaction=9)


if __name__ == "__main__":
    unittest.main()
