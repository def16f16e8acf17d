"""Listen addresses: wildcards that answer from the address asked, both families, mapped peers."""

import socket
import unittest

import network_namespace
from bep15 import Client, info_hash
from tracker import TrackerTest

IPV4 = socket.AF_INET
IPV6 = socket.AF_INET6


def setUpModule():
    network_namespace.enter("10.77.0.2/24", "fd77::2/64")


class ListenTest(TrackerTest):
    def test_a_wildcard_answers_from_the_address_asked(self):
        tracker = self.start_tracker({"network.use_ipv6": True,
                                      "network.address_ipv4": "0.0.0.0:0",
                                      "network.address_ipv6": "[::]:0"})
        asked = {IPV4: ("127.0.0.1", "127.0.0.2", "127.0.0.3", "10.77.0.1", "10.77.0.2"),
                 IPV6: ("::1", "fd77::1", "fd77::2")}
        for family, hosts in asked.items():
            for host in hosts:
                with self.subTest(host):
                    # The client's socket is connected: it receives from no other address.
                    client = self.client_of(tracker, family=family, host=host)
                    client.announce(info_hash(1))
                    client.scrape(info_hash(1))

    def test_clients_of_one_wildcard_keep_their_own_addresses(self):
        tracker = self.start_tracker({"network.address_ipv4": "0.0.0.0:0"})
        for host, source in (("10.77.0.1", "10.77.0.2"), ("127.0.0.1", "127.0.0.3")):
            self.client_of(tracker, host=host, source=source).announce(info_hash(1), 6881)
        peers = self.client_of(tracker, host="127.0.0.1").announce(info_hash(1), 1).peers
        self.assertCountEqual(peers, [("10.77.0.2", 6881), ("127.0.0.3", 6881)])

    def test_families_are_kept_apart(self):
        tracker = self.start_tracker({"network.use_ipv6": True})
        self.client_of(tracker, family=IPV4).announce(info_hash(1), 1001)
        self.client_of(tracker, family=IPV6).announce(info_hash(1), 1002)
        peers = self.client_of(tracker, family=IPV4).announce(info_hash(1), 1003).peers
        self.assertEqual(peers, [("127.0.0.1", 1001)])
        peers = self.client_of(tracker, family=IPV6).announce(info_hash(1), 1004).peers
        self.assertEqual(peers, [("::1", 1002)])
        for family in (IPV4, IPV6):
            rows = self.client_of(tracker, family=family).scrape(info_hash(1))
            self.assertEqual(rows, [(0, 0, 2)])

    def test_each_family_can_be_switched_off(self):
        for family, off in ((IPV4, "network.use_ipv6"), (IPV6, "network.use_ipv4")):
            with self.subTest(off):
                tracker = self.start_tracker({"network.use_ipv4": True, "network.use_ipv6": True,
                                              off: False})
                self.assertEqual(len(tracker.endpoints()), 1)
                self.client_of(tracker, family=family).announce(info_hash(1))

    def test_several_addresses_of_each_family(self):
        tracker = self.start_tracker({"network.use_ipv6": True, "socket_workers": 2,
                                      "network.address_ipv4": "127.0.0.1:0,10.77.0.2:0",
                                      "network.address_ipv6": "[::1]:0,[fd77::2]:0"})
        endpoints = tracker.endpoints()
        self.assertEqual([host for host, _ in endpoints],
                         ["127.0.0.1", "10.77.0.2", "::1", "fd77::2"])
        self.assertEqual(len(set(endpoints)), 4)
        for index, endpoint in enumerate(endpoints):
            with self.subTest(endpoint), Client(endpoint) as client:
                client.announce(info_hash(1), 1000 + index)
        # All addresses of a family lead to the same swarms.
        for first, second in (endpoints[:2], endpoints[2:]):
            with Client(first) as one, Client(second) as other:
                self.assertEqual(one.scrape(info_hash(1)), [(0, 0, 2)])
                # Who asks from a private address does not see the peer on loopback.
                self.assertEqual(other.scrape(info_hash(1)), [(0, 0, 1)])


class MappedTest(TrackerTest):
    """An IPv6 socket that also receives IPv4: those are IPv4 peers in every respect."""

    settings = {"network.use_ipv4": False, "network.use_ipv6": True,
                "network.set_only_ipv6": False, "network.address_ipv6": "[::]:0"}

    def test_mapped_peers_are_ipv4_peers(self):
        tracker = self.start_tracker(self.settings)
        port = tracker.endpoint(IPV6)[1]
        with Client(("127.0.0.1", port)) as one, Client(("10.77.0.2", port)) as two, \
                Client(("::1", port)) as three:
            two.announce(info_hash(1), 1001)
            response = one.announce_raw(info_hash(1), 1002)
            self.assertEqual(len(response), 26)
            self.assertEqual(one.announce(info_hash(1), 1002).peers, [("10.77.0.1", 1001)])
            self.assertEqual(three.announce(info_hash(1), 1003, left=0).peers, [])
            self.assertEqual(one.scrape(info_hash(1)), [(0, 0, 2)])
            self.assertEqual(three.scrape(info_hash(1)), [(1, 0, 0)])

    def test_mapped_peers_share_the_swarms_of_ipv4_sockets(self):
        tracker = self.start_tracker({**self.settings, "network.use_ipv4": True,
                                      "network.address_ipv4": "127.0.0.1:0"})
        mapped_endpoint = ("10.77.0.1", tracker.endpoint(IPV6)[1])
        with Client(mapped_endpoint) as mapped, Client(tracker.endpoint(IPV4)) as plain:
            mapped.announce(info_hash(1), 1001)
            self.assertEqual(plain.announce(info_hash(1), 1002).peers, [("10.77.0.1", 1001)])

    def test_an_ipv6_only_socket_takes_no_ipv4(self):
        tracker = self.start_tracker({**self.settings, "network.set_only_ipv6": True})
        with Client(("127.0.0.1", tracker.endpoint(IPV6)[1])) as client:
            with self.assertRaises(ConnectionRefusedError):
                client.connect()


if __name__ == "__main__":
    unittest.main()
