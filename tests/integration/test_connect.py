"""Connects and connection ids: responses, what an id is bound to, how long it is valid."""

import os
import tempfile
import unittest

from bep15 import Client, announce_request, connect_request, info_hash, parse_connect
from tracker import SharedTrackerTest, TrackerTest


class ConnectTest(SharedTrackerTest):
    def test_response_is_sixteen_bytes_with_the_transaction_copied(self):
        client = self.client()
        for transaction in (0, 1, 254, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
            with self.subTest(transaction=transaction):
                response = client.exchange(connect_request(transaction))
                self.assertEqual(len(response), 16)
                self.assertEqual(response[:8], b"\0\0\0\0" + transaction.to_bytes(4, "big"))

    def test_connection_id_is_never_zero(self):
        for last in range(1, 255):
            with Client(self.tracker.endpoint(), source=f"127.0.7.{last}") as client:
                self.assertNotEqual(client.connect(), 0)

    def test_longer_requests_are_answered_alike(self):
        client = self.client()
        for size in (17, 18, 98, 512, 1024, 1400):
            with self.subTest(size=size):
                response = client.exchange(connect_request(9).ljust(size, b"\0"))
                self.assertNotEqual(parse_connect(response), 0)

    def test_silence_for_what_is_no_connect(self):
        client = self.client()
        valid = connect_request(5)
        cases = {
            "empty": b"",
            **{f"cut to {size}": valid[:size] for size in range(1, 16)},
            "wrong magic": connect_request(5, magic=0x41727101981),
            "zero magic": connect_request(5, magic=0),
            "little-endian magic": valid[7::-1] + valid[8:],
            "1024 zeros": b"\0" * 1024,
            "unknown action": connect_request(5, action=4),
            "huge action": connect_request(5, action=0xFFFFFFFF),
        }
        for name, request in cases.items():
            with self.subTest(name):
                self.assertEqual(client.answers_to(request), [])

    def test_silence_for_an_invalid_connection_id(self):
        client = self.client()
        valid = client.connect()
        for bad in (0, 0x41727101980, valid ^ 1, valid ^ (1 << 63), 0xFFFFFFFFFFFFFFFF):
            with self.subTest(connection=hex(bad)):
                self.assertEqual(client.answers_to(
                    announce_request(bad, self.new_hash(), 6881),
                    announce_request(bad, self.new_hash(), 6881)[:16],
                ), [])

    def test_every_bit_of_the_id_matters(self):
        client = self.client()
        valid = client.connect()
        requests = [announce_request(valid ^ (1 << bit), info_hash(77), 6881) for bit in range(64)]
        self.assertEqual(client.answers_to(*requests), [])

    def test_id_works_from_every_port_of_its_address(self):
        connection = self.client().connect()
        for _ in range(5):
            other = self.client()
            other.connection = connection
            other.announce(self.new_hash())

    def test_id_is_refused_from_another_address(self):
        connection = self.client(source="127.0.0.1").connect()
        other = self.client(source="127.0.0.5")
        self.assertEqual(other.answers_to(announce_request(connection, self.new_hash(), 6881)), [])

    def test_id_serves_many_requests(self):
        client = self.client()
        client.connect()
        for _ in range(200):
            client.announce(self.new_hash())


class ConnectionIdLifeTest(TrackerTest):
    def test_id_crosses_workers_listeners_and_ports(self):
        tracker = self.start_tracker({"socket_workers": 2,
                                      "network.address_ipv4": "127.0.0.1:0,127.0.0.2:0"})
        first, second = tracker.endpoints()
        self.assertEqual((first[0], second[0]), ("127.0.0.1", "127.0.0.2"))
        with Client(first, source="127.0.0.9") as client:
            connection = client.connect()
        # The kernel selects the worker by source port: 32 ports reach both of them.
        for endpoint in (first, second):
            for _ in range(32):
                with Client(endpoint, source="127.0.0.9") as client:
                    client.connection = connection
                    client.announce(info_hash(1))

    def test_ids_survive_a_restart_with_a_stored_secret(self):
        with tempfile.TemporaryDirectory() as folder:
            secret = os.path.join(folder, "secret")
            settings = {"protocol.connection_id_secret_path": secret}
            connection = self.client_of(self.start_tracker(settings)).connect()
            self.assertEqual(os.stat(secret).st_mode & 0o077, 0, "the secret is for its owner only")
            with open(secret, "rb") as file:
                stored = file.read()

            client = self.client_of(self.start_tracker(settings))
            client.connection = connection
            client.announce(info_hash(1))
            with open(secret, "rb") as file:
                self.assertEqual(file.read(), stored)

    def test_ids_end_with_the_process_without_a_stored_secret(self):
        connection = self.client_of(self.start_tracker()).connect()
        client = self.client_of(self.start_tracker())
        self.assertEqual(client.answers_to(announce_request(connection, info_hash(1), 6881)), [])


if __name__ == "__main__":
    unittest.main()
