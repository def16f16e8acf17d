"""HTTP behind proxies: which addresses are trusted, from which header, on which socket."""

import contextlib
import grp
import ipaddress
import os
import pwd
import socket
import unittest

from bep15 import info_hash
from bep3 import Client, announce_target, request
from http_tracker import HttpTrackerTest, proxy_header, run_binary

TRUSTED, STRANGER = "127.0.0.1", "127.0.0.2"


def announce_request(header):
    return (f"GET /announce?info_hash={'%01' * 20}&peer_id={'p' * 20}&port=1&left=1 HTTP/1.1\r\n"
            f"Host: t\r\n{header}\r\n\r\n").encode()


def external_ip(response):
    return str(ipaddress.ip_address(response.value()[b"external ip"]))


class HeaderTest(HttpTrackerTest):
    def start(self, name="X-Forwarded-For", form="last_address", networks=TRUSTED, **more):
        return self.start_tracker({"network.runs_behind_reverse_proxy": True,
                                   "network.reverse_proxy_ip_header_name": name,
                                   "network.reverse_proxy_ip_header_format": form,
                                   "network.trusted_networks": networks, **more})

    def announce(self, tracker, *headers, source=TRUSTED):
        return self.client_of(tracker, source).announce(info_hash(1), 1001, *headers)

    def test_the_last_address_that_is_not_trusted(self):
        tracker = self.start(networks="127.0.0.1, 10.0.0.0/8")
        for value, client in (("192.0.2.1", "192.0.2.1"),
                              ("192.0.2.66, 192.0.2.1", "192.0.2.1"),
                              ("192.0.2.66, 192.0.2.1, 10.1.2.3", "192.0.2.1"),
                              ("2001:db8::1", "2001:db8::1"),
                              ("::ffff:192.0.2.7", "192.0.2.7")):
            with self.subTest(value=value):
                response = self.announce(tracker, f"x-forwarded-for: {value}")
                self.assertEqual(external_ip(response), client)

    def test_strangers_are_who_they_are(self):
        tracker = self.start()
        response = self.announce(tracker, "X-Forwarded-For: 192.0.2.1", source=STRANGER)
        self.assertEqual(external_ip(response), STRANGER)

    def test_other_headers(self):
        for name, form, value in (("X-Real-IP", "single_address", "192.0.2.1"),
                                  ("CF-Connecting-IP", "single_address", "2001:db8::1"),
                                  ("Forwarded", "forwarded", 'for="[2001:db8::1]:99";proto=http')):
            with self.subTest(name=name):
                tracker = self.start(name, form)
                response = self.announce(tracker, f"{name}: {value}", "X-Forwarded-For: 10.0.0.9")
                self.assertIn(external_ip(response), value)

    def test_a_proxy_that_does_not_say_who_is_told_so(self):
        tracker = self.start()
        for headers in ((), ("X-Forwarded-For: unknown",), ("X-Forwarded-For: ",),
                        ("X-Forwarded-For: 192.0.2.1, 1.2.3.4.5",)):
            with self.subTest(headers=headers):
                self.assertIn("proxy", self.announce(tracker, *headers).failure())
        self.assertEqual(tracker.total("gyre_requests_without_address_total"), 4)
        tracker.assert_adds_up()

    def test_several_clients_on_one_connection(self):
        tracker = self.start()
        proxy = self.client_of(tracker)
        for n in range(1, 4):
            proxy.announce(info_hash(1), 1001, f"X-Forwarded-For: 192.0.2.{n}")
        peers = proxy.announce(info_hash(1), 1002, "X-Forwarded-For: 192.0.2.9").peers()
        self.assertEqual(sorted(peers), [(f"192.0.2.{n}", 1001) for n in range(1, 4)])

    def test_clients_are_limited_and_never_the_proxy(self):
        tracker = self.start(**{"limits.max_connections_per_address": 2})
        first = self.client_of(tracker)
        for last, proxy in enumerate([first] + [self.client_of(tracker) for _ in range(3)]):
            for n in (1, 2, 10 + last):  # a connection belongs to its most recent client
                self.assertEqual(proxy.announce(
                    info_hash(1), 1001, f"X-Forwarded-For: 192.0.2.{n}").status, 200)
        for proxy in (first, self.client_of(tracker)):
            proxy.announce(info_hash(1), 1001, "X-Forwarded-For: 192.0.2.1")
        third = self.client_of(tracker)
        third.send(announce_request("X-Forwarded-For: 192.0.2.1"))
        self.assertEqual(third.rest(), b"")
        tracker.wait_for_closed("over_address_limit", 1)
        first.announce(info_hash(1), 1001, "X-Forwarded-For: 192.0.2.2")
        self.announce(tracker, "X-Forwarded-For: 192.0.2.1")

    def test_strangers_are_limited_as_they_come(self):
        tracker = self.start(**{"limits.max_connections_per_address": 2})
        for n in range(2):
            self.announce(tracker, f"X-Forwarded-For: 192.0.2.{n}", source=STRANGER)
        with contextlib.suppress(ConnectionResetError):  # it may already be closed
            self.client_of(tracker, STRANGER)
        tracker.wait_for_closed("over_address_limit", 1)


class UnixSocketTest(HttpTrackerTest):
    def start(self, **more):
        self.paths = [os.path.join(self.temporary_folder(), name) for name in ("a", "b c")]
        return self.start_tracker({"network.unix_sockets": ", ".join(self.paths),
                                   "network.runs_behind_reverse_proxy": True, **more})

    def client(self, path):
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connected.connect(path)
        client = Client(connected)
        self.addCleanup(client.close)
        return client

    def test_behind_a_proxy(self):
        tracker = self.start(**{"socket_workers": 2})
        for path in self.paths:
            for n in range(8):
                response = self.client(path).announce(info_hash(1), 1001,
                                                      f"X-Forwarded-For: 192.0.2.{n}")
                self.assertEqual(external_ip(response), f"192.0.2.{n}")
        self.assertIn("proxy", self.client(self.paths[0]).announce(info_hash(1), 1001).failure())
        self.client_of(tracker, STRANGER).announce(info_hash(1), 1001)
        tracker.assert_adds_up()

    def test_clients_are_limited(self):
        self.start(**{"limits.max_connections_per_address": 1})
        for n in range(4):
            self.client(self.paths[0]).announce(info_hash(1), 1001, f"X-Forwarded-For: 192.0.2.{n}")
        again = self.client(self.paths[1])
        again.send(announce_request("X-Forwarded-For: 192.0.2.3"))
        self.assertEqual(again.rest(), b"")

    def test_the_socket_is_removed_and_a_dead_one_gives_way(self):
        path = os.path.join(self.temporary_folder(), "socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
            dead.bind(path)
        settings = {"network.unix_sockets": path, "network.runs_behind_reverse_proxy": True}
        with self.tracker_class(settings) as tracker:
            self.assertEqual(self.client(path).ask("/health").status, 200)
            second = run_binary(settings=tracker.settings)
            self.assertEqual(second.returncode, 1)
            self.assertIn(path, second.stderr)
            self.assertEqual(self.client(path).ask("/health").status, 200)
        self.assertFalse(os.path.exists(path))

    def test_mode(self):
        self.start()
        for path in self.paths:
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o660)
        self.start(**{"network.unix_socket_mode": "666"})
        self.assertEqual(os.stat(self.paths[0]).st_mode & 0o777, 0o666)

    @unittest.skipIf(os.geteuid() != 0, "dropping privileges needs root")
    def test_the_user_switched_to_owns_it(self):
        self.start(**{"privileges.drop_privileges": True})
        status = os.stat(self.paths[0])
        self.assertEqual((status.st_uid, status.st_gid),
                         (pwd.getpwnam("nobody").pw_uid, grp.getgrnam("nogroup").gr_gid))

    def test_a_start_that_fails_later_leaves_none(self):
        path = os.path.join(self.temporary_folder(), "socket")
        settings = {"network.address_ipv4": "127.0.0.1:0", "network.use_ipv6": False,
                    "network.unix_sockets": path, "network.runs_behind_reverse_proxy": True}
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            port = holder.getsockname()[1]
            for name, failing in (
                    ("metrics", {"metrics.run_prometheus_endpoint": True,
                                 "metrics.prometheus_endpoint_address": f"127.0.0.1:{port}"}),
                    ("files", {"access_list.mode": "deny", "access_list.path": "/nowhere/list"}),
                    ("user", {"privileges.drop_privileges": True, "privileges.user": "nobody-x"})):
                with self.subTest(name):
                    failed = run_binary(settings={**settings, **failing})
                    self.assertEqual(failed.returncode, 1, failed.stderr)
                    self.assertIn(f"listening on unix:{path}", failed.stderr)
                    self.assertFalse(os.path.exists(path))


class ProxyProtocolTest(HttpTrackerTest):
    def start(self, **more):
        return self.start_tracker({"network.proxy_protocol": True, **more})

    def announce_after(self, tracker, header):
        client = self.client_of(tracker)
        client.send(header + request(announce_target(info_hash(1), 1001)))
        return client.response()

    def test_both_versions(self):
        tracker = self.start()
        for header, client in ((b"PROXY TCP4 192.0.2.1 192.0.2.2 4000 80\r\n", "192.0.2.1"),
                               (b"PROXY TCP6 2001:db8::1 ::2 4000 80\r\n", "2001:db8::1"),
                               (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
                               (proxy_header("192.0.2.3"), "192.0.2.3"),
                               (proxy_header("2001:db8::3", extra=bytes(300)), "2001:db8::3"),
                               (proxy_header("192.0.2.3", command=0), "127.0.0.1")):
            with self.subTest(header=header[:40]):
                self.assertEqual(external_ip(self.announce_after(tracker, header)), client)
        tracker.assert_adds_up()

    def test_only_trusted_networks_are_believed(self):
        tracker = self.start(**{"network.trusted_networks": f"{TRUSTED}, 192.0.2.0/24"})
        header = proxy_header("192.0.2.1")
        self.assertEqual(external_ip(self.announce_after(tracker, header)), "192.0.2.1")
        asked = request(announce_target(info_hash(1), 1001))
        for sent in (header + asked, asked, b"PROXY UNKNOWN\r\n" + asked):
            with contextlib.suppress(ConnectionError):  # closed before anything is read
                client = self.client_of(tracker, STRANGER)
                client.send(sent)
                self.assertEqual(client.rest(), b"")
        tracker.wait_for_closed("untrusted_proxy", 3)
        self.assertEqual(tracker.log().count("network.trusted_networks"), 1)
        tracker.assert_adds_up()

    def test_a_unix_socket_is_trusted(self):
        path = os.path.join(self.temporary_folder(), "socket")
        self.start(**{"network.unix_sockets": path, "network.trusted_networks": "192.0.2.0/24"})
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connected.connect(path)
        client = Client(connected)
        self.addCleanup(client.close)
        client.send(proxy_header("192.0.2.7") + request(announce_target(info_hash(1), 1001)))
        self.assertEqual(external_ip(client.response()), "192.0.2.7")

    def test_byte_by_byte(self):
        tracker = self.start()
        client = self.client_of(tracker)
        for byte in proxy_header("192.0.2.1") + request(announce_target(info_hash(1), 1001)):
            client.send(bytes([byte]))
        self.assertEqual(external_ip(client.response()), "192.0.2.1")

    def test_without_it_the_connection_ends(self):
        tracker = self.start()
        for sent in (request(announce_target(info_hash(1), 1001)),
                     b"PROXY TCP4 192.0.2.1 nonsense\r\n", b"\r\n\r\n\0\r\nQUIT\n\x31" + bytes(9)):
            client = self.client_of(tracker)
            client.send(sent)
            self.assertEqual(client.rest(), b"")
        tracker.wait_for_closed("bad_handshake", 3)
        tracker.assert_adds_up()

    def test_one_that_never_comes(self):
        tracker = self.start(**{"deadlines.handshake": 1})
        client = self.client_of(tracker)
        client.send(b"PROXY TCP4 192.0.2.1")
        self.assertEqual(client.rest(), b"")
        tracker.wait_for_closed("handshake_late", 1)


if __name__ == "__main__":
    unittest.main()
