"""Honest clients beside a flood that is more than the worker can take: all have public addresses,
in a network of their own."""

import multiprocessing
import socket
import time
import unittest

import network_namespace
from bep15 import connect_request, info_hash
from tracker import TrackerTest, wait_until

SERVER = "203.0.113.1"
FLOOD = "198.51.100.66"
HONEST = [f"192.0.{network}.1" for network in range(3, 23)]
SECONDS = 6
LISTEN = {"network.address_ipv4": "0.0.0.0:0", "network.use_ipv6": False, "socket_workers": 1,
          "metrics.run_prometheus_endpoint": True}


def setUpModule():
    network_namespace.enter(f"{SERVER}/24", f"{FLOOD}/24", *(f"{host}/24" for host in HONEST))


def flood(endpoint):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((FLOOD, 0))
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # it does not read
        sender.connect(endpoint)
        request = connect_request()
        while True:
            for _ in range(1000):
                sender.send(request)


class OverloadTest(TrackerTest):
    def test_honest_clients_are_answered_beside_a_flood(self):
        tracker = self.start_tracker(LISTEN)
        endpoint = (SERVER, tracker.endpoint()[1])
        clients = [tracker.client(source, host=SERVER) for source in HONEST]
        for client in clients:
            self.addCleanup(client.close)
            client.socket.settimeout(1)
        flooder = multiprocessing.Process(target=flood, args=(endpoint,), daemon=True)
        flooder.start()
        self.addCleanup(flooder.kill)
        wait_until(lambda: tracker.total("gyre_datagrams_dropped_total", reason="overload") > 0,
                   "an overload")
        asked = answered = 0
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            for client in clients:
                asked += 1
                try:
                    client.connection = None
                    client.announce(info_hash(1), 6881)
                    answered += 1
                except socket.timeout:
                    pass
        self.assertGreater(answered, 0.95 * asked)
        self.assertGreater(answered, 50 * SECONDS, "each takes well below 20 ms")


if __name__ == "__main__":
    unittest.main()
