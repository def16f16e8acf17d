"""Metrics: every datagram is answered or counted as dropped, and the gauges are right."""

import http.client
import os
import random
import re
import socket
import struct
import unittest

from bep15 import (STOPPED, announce_request, connect_request, info_hash, scrape_request)
from tracker import TrackerTest, wait_until

UDP_OVERHEAD = 8


def counters(tracker, ip):
    metrics = tracker.metrics()

    def of(name):
        return {tuple(value for key, value in labels if key not in ("ip", "protocol")): number
                for (sample, labels), number in metrics.items()
                if sample == name and ("ip", ip) in labels}

    return of


class AccountingTest(TrackerTest):
    def assert_accounted(self, tracker, ip, datagrams):
        """Every datagram received is one response or one drop with a reason."""
        def received():
            return tracker.total("gyre_datagrams_received_total", ip=ip)

        wait_until(lambda: received() >= datagrams, f"{datagrams} datagrams are counted")
        self.assertEqual(received(), datagrams)
        self.assertEqual(tracker.total("gyre_responses_total", ip=ip)
                         + tracker.total("gyre_datagrams_dropped_total", ip=ip), datagrams)

    def test_requests_and_responses_by_type(self):
        tracker = self.start_tracker({"network.use_ipv6": True})
        for ip, family in (("4", socket.AF_INET), ("6", socket.AF_INET6)):
            with self.subTest(ip=ip):
                client = self.client_of(tracker, family=family)
                connection = client.connect()
                requests = [connect_request(1), connect_request(2),
                            *[announce_request(connection, info_hash(n), 1001 + n)
                              for n in range(5)],
                            *[scrape_request(connection, [info_hash(n)]) for n in range(3)],
                            scrape_request(connection, [])]
                responses = [client.exchange(request) for request in requests]
                expected = {"connect": 3, "announce": 5, "scrape": 3, "error": 1}
                self.assert_accounted(tracker, ip, 12)
                of = counters(tracker, ip)
                sent = {kind: number for (kind,), number in of("gyre_responses_total").items()}
                self.assertEqual(sent, expected)
                asked = {kind: number for (kind,), number in of("gyre_requests_total").items()}
                self.assertEqual((asked["connect"], asked["announce"]), (3, 5))
                self.assertGreaterEqual(asked["scrape"], 3)
                self.assertEqual(of("gyre_rx_bytes_total")[()],
                                 16 + sum(len(request) for request in requests))
                self.assertEqual(of("gyre_tx_bytes_total")[()],
                                 16 + sum(len(response) for response in responses))

    def test_drops_have_reasons(self):
        tracker = self.start_tracker()
        client = self.client_of(tracker)
        connection = client.connect()
        bad = [b"", b"\0" * 15, connect_request(1)[:12], os.urandom(16), os.urandom(98),
               announce_request(connection ^ 1, info_hash(1), 1001),
               scrape_request(connection ^ 1, [info_hash(1)])]
        self.assertEqual(client.answers_to(*bad), [])
        self.assert_accounted(tracker, "4", len(bad) + 2)
        dropped = counters(tracker, "4")("gyre_datagrams_dropped_total")
        reasons = {reason: number for (reason,), number in dropped.items() if number}
        self.assertEqual(sum(reasons.values()), len(bad))
        self.assertGreaterEqual(len(reasons), 2, "too short and invalid id are told apart")

    def test_random_datagrams_are_all_accounted_for(self):
        tracker = self.start_tracker({"socket_workers": 2})
        chance = random.Random(20240607)
        client = self.client_of(tracker)
        connection = client.connect()
        seeds = [connect_request(1), announce_request(connection, info_hash(1), 1001),
                 scrape_request(connection, [info_hash(1)])]
        sent = 1
        for _ in range(100):
            for _ in range(20):
                datagram = bytearray(chance.choice(seeds))
                for _ in range(chance.randrange(3)):
                    datagram[chance.randrange(len(datagram))] ^= 1 << chance.randrange(8)
                client.send(datagram[:chance.randrange(len(datagram) + 1)])
            client.answers_to()  # paced: nothing is lost in the kernel
            sent += 21
        self.assert_accounted(tracker, "4", sent)

    @unittest.skipIf(os.geteuid() != 0, "a raw socket needs root")
    def test_a_datagram_from_port_zero_is_dropped(self):
        tracker = self.start_tracker()
        host, port = tracker.endpoint()
        payload = connect_request(1)
        header = struct.pack(">HHHH", 0, port, UDP_OVERHEAD + len(payload), 0)
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as raw:
            raw.sendto(header + payload, (host, 0))
        self.assert_accounted(tracker, "4", 1)
        self.assertEqual(tracker.total("gyre_datagrams_dropped_total", ip="4"), 1)
        self.assertEqual(tracker.total("gyre_responses_total", ip="4"), 0)
        self.client_of(tracker).announce(info_hash(1))


class GaugesTest(TrackerTest):
    def test_gauges_follow_the_swarms(self):
        tracker = self.start_tracker({"network.use_ipv6": True})

        def gauges(ip):
            return tuple(tracker.total(f"gyre_{name}", ip=ip)
                         for name in ("torrents", "peers", "seeders"))

        for ip, family in (("4", socket.AF_INET), ("6", socket.AF_INET6)):
            with self.subTest(ip=ip):
                client = self.client_of(tracker, family=family)
                for swarm in range(10):
                    for port in range(1, 6):
                        client.announce(info_hash(swarm), port, left=port % 2)
                wait_until(lambda ip=ip: gauges(ip) == (10, 50, 20), "10 torrents, 50 peers")
                for port in range(1, 6):
                    client.announce(info_hash(0), port, event=STOPPED)
                client.announce(info_hash(1), 2, event=STOPPED)
                wait_until(lambda ip=ip: gauges(ip)[1:] == (44, 17), "44 peers, 17 seeders")

    def test_the_text_is_what_prometheus_reads(self):
        tracker = self.start_tracker()
        self.client_of(tracker).announce(info_hash(1))
        described = set()
        for line in tracker.metrics_text().splitlines():
            if line.startswith("# TYPE "):
                self.assertNotIn(line.split()[2], described, "each metric is in one piece")
                described.add(line.split()[2])
                self.assertIn(line.split()[3], ("counter", "gauge", "histogram"))
            elif line and not line.startswith("#"):
                self.assertRegex(line, r'^\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [0-9.e+-]+$')
                self.assertIn(re.sub(r"_(bucket|sum|count)$", "", re.match(r"\w+", line)[0]),
                              described)
                is_of_process = line.startswith(("process_", "gyre_build_info"))
                self.assertEqual('protocol="udp"' in line, not is_of_process, line)


class EndpointTest(TrackerTest):
    def status(self, tracker, host, path="/metrics"):
        address, port = re.search(r"metrics at http://(\S+):(\d+)/", tracker.log()).groups()
        connection = http.client.HTTPConnection(address, int(port), timeout=30)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers={"Host": host.format(port=port)})
        response = connection.getresponse()
        body = response.read().decode()
        if response.status != 200:
            self.assertIn("metrics.host_names", body)
        return response.status

    def test_a_rebound_name_is_refused(self):
        tracker = self.start_tracker()
        for host in ("127.0.0.1:{port}", "localhost:{port}", "[::1]:{port}", "127.0.0.1"):
            self.assertEqual(self.status(tracker, host), 200, host)
        for path in ("/", "/metrics", "/health"):
            self.assertEqual(self.status(tracker, "rebound.example:{port}", path), 421, path)

    def test_prometheus_by_the_name_of_a_compose_service(self):
        tracker = self.start_tracker({"metrics.host_names": "gyre"})
        self.assertEqual(self.status(tracker, "gyre:{port}"), 200)
        self.assertEqual(self.status(tracker, "other:{port}"), 421)
        anywhere = self.start_tracker({"metrics.prometheus_endpoint_address": "0.0.0.0:0"})
        self.assertEqual(self.status(anywhere, "gyre:{port}"), 200)
        named = self.start_tracker({"metrics.prometheus_endpoint_address": "0.0.0.0:0",
                                    "metrics.host_names": "gyre"})
        self.assertEqual(self.status(named, "gyre:{port}"), 200)
        self.assertEqual(self.status(named, "other:{port}"), 421)


if __name__ == "__main__":
    unittest.main()
