"""Who is returned to whom: public, private and loopback addresses, in a network of their own."""

import socket
import unittest

import network_namespace
from bep15 import info_hash
from http_tracker import HttpTracker
from tracker import TrackerTest

PUBLIC, PRIVATE, LOOPBACK = "203.0.113.5", "10.0.0.5", "127.0.0.5"
TRUSTED = "10.1.0.5"
EXTERNAL = "198.51.100.1"
PUBLIC6, PRIVATE6 = "2001:db8::5", "fd00::5"
SERVER = {PUBLIC: "203.0.113.1", PRIVATE: "10.0.0.1", LOOPBACK: "127.0.0.1", TRUSTED: "10.1.0.1",
          PUBLIC6: "2001:db8::1", PRIVATE6: "fd00::1", "::1": "::1"}
LISTEN = {"network.use_ipv6": True, "network.address_ipv4": "0.0.0.0:0",
          "network.address_ipv6": "[::]:0"}
VISIBLE = {PUBLIC: {PUBLIC}, PRIVATE: {PUBLIC, PRIVATE}, LOOPBACK: {PUBLIC, PRIVATE, LOOPBACK},
           PUBLIC6: {PUBLIC6}, PRIVATE6: {PUBLIC6, PRIVATE6}, "::1": {PUBLIC6, PRIVATE6, "::1"}}
IPV4, IPV6 = (PUBLIC, PRIVATE, LOOPBACK), (PUBLIC6, PRIVATE6, "::1")


def setUpModule():
    network_namespace.enter("203.0.113.1/24", f"{PUBLIC}/24", "10.0.0.1/24", f"{PRIVATE}/24",
                            "10.1.0.1/24", f"{TRUSTED}/24", "2001:db8::1/64", f"{PUBLIC6}/64",
                            "fd00::1/64", f"{PRIVATE6}/64")


def family_of(source):
    return socket.AF_INET6 if ":" in source else socket.AF_INET


class UdpClassesTest(TrackerTest):
    def client(self, tracker, source):
        return self.client_of(tracker, source, family_of(source), SERVER[source])

    def peers(self, tracker, source, swarm, **fields):
        """What a client is told that is not stored, and the number of leechers."""
        answer = self.client(tracker, source).announce(swarm, 0, **fields)
        return {address for address, _ in answer.peers}, answer.leechers

    def test_who_sees_whom(self):
        tracker = self.start_tracker(LISTEN)
        for sources in (IPV4, IPV6):
            for source in sources:
                self.client(tracker, source).announce(info_hash(1), 6881)
        for sources in (IPV4, IPV6):
            for source in sources:
                with self.subTest(source):
                    seen = VISIBLE[source]
                    self.assertEqual(self.peers(tracker, source, info_hash(1)), (seen, len(seen)))
                    scraped = self.client(tracker, source).scrape(info_hash(1))
                    self.assertEqual(scraped[0][2], len(seen))
        self.assertEqual(tracker.total("gyre_peers", ip="4"), 3)
        self.assertEqual(tracker.total("gyre_torrents", ip="4"), 3)

    def test_the_external_address(self):
        tracker = self.start_tracker({**LISTEN, "network.external_address_ipv4": EXTERNAL})
        for source in IPV4:
            self.client(tracker, source).announce(info_hash(1), 6881)
        for source, seen in ((PUBLIC, {PUBLIC, EXTERNAL}), (PRIVATE, {PUBLIC, PRIVATE, EXTERNAL}),
                             (LOOPBACK, {PUBLIC, PRIVATE, LOOPBACK})):
            with self.subTest(source):
                self.assertEqual(self.peers(tracker, source, info_hash(1)), (seen, 3))

    def test_the_ip_field_of_trusted_clients(self):
        tracker = self.start_tracker({**LISTEN, "network.trusted_ip_parameter": "10.1.0.0/16"})
        for number, (source, stored) in enumerate(((LOOPBACK, "192.0.2.9"), (TRUSTED, "192.0.2.9"),
                                                   (PRIVATE, PRIVATE), (PUBLIC, PUBLIC))):
            with self.subTest(source):
                self.client(tracker, source).announce(info_hash(number), 6881, ip=0xC0000209)
                self.assertEqual(self.peers(tracker, LOOPBACK, info_hash(number)), ({stored}, 1))


class HttpClassesTest(TrackerTest):
    tracker_class = HttpTracker

    def announce(self, tracker, source, swarm, port, **parameters):
        endpoint = (SERVER[source], tracker.endpoint(family_of(source))[1])
        client = self.client_of(tracker, source, endpoint=endpoint)
        return client.announce(swarm, port, **parameters)

    def peers(self, response):
        return {address for address, _ in response.peers()}

    def test_who_sees_whom(self):
        tracker = self.start_tracker(LISTEN)
        for source in IPV4:
            self.announce(tracker, source, info_hash(1), 6881)
        for source in IPV4:
            with self.subTest(source):
                response = self.announce(tracker, source, info_hash(1), 0)
                self.assertEqual(self.peers(response), VISIBLE[source])
                self.assertEqual(response.value()[b"incomplete"], len(VISIBLE[source]))

    def test_the_external_address(self):
        tracker = self.start_tracker({**LISTEN, "network.external_address_ipv4": EXTERNAL})
        told = self.announce(tracker, PRIVATE, info_hash(1), 6881).value()[b"external ip"]
        self.assertEqual(socket.inet_ntoa(told), EXTERNAL)
        self.assertEqual(self.peers(self.announce(tracker, PUBLIC, info_hash(1), 1)), {EXTERNAL})

    def test_the_ip_parameter_of_trusted_clients(self):
        tracker = self.start_tracker({**LISTEN, "network.trusted_ip_parameter": "10.1.0.0/16"})
        for number, (source, stored) in enumerate(((LOOPBACK, "192.0.2.9"), (TRUSTED, "192.0.2.9"),
                                                   (PRIVATE, PRIVATE), (PUBLIC, PUBLIC))):
            with self.subTest(source):
                self.announce(tracker, source, info_hash(number), 6881, ip="192.0.2.9")
                response = self.announce(tracker, LOOPBACK, info_hash(number), 0)
                self.assertEqual(self.peers(response), {stored})


if __name__ == "__main__":
    unittest.main()
