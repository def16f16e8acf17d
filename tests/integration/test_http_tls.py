"""HTTPS: certificates by name, protocol versions, session resumption, and changed files."""

import os
import shutil
import signal
import socket
import ssl
import unittest
import warnings

from bep15 import info_hash
from bep3 import announce_target, decode, request, scrape_target
from http_tracker import (HttpTrackerTest, make_certificate, run_binary, trusting_client,
                          wait_until)

NAMES = ("tracker.test", "other.test")


class TlsTest(HttpTrackerTest):
    def setUp(self):
        self.folder = self.temporary_folder()
        self.pairs = [make_certificate(os.path.join(self.folder, name), name) for name in NAMES]

    def start(self, **more):
        certificates, keys = zip(*self.pairs)
        return self.start_tracker({"network.enable_tls": True,
                                   "network.tls_certificate_path": ", ".join(certificates),
                                   "network.tls_private_key_path": ", ".join(keys), **more})

    def client(self, tracker, name=NAMES[0], context=None, **options):
        return self.client_of(tracker, tls=context or trusting_client(), server_name=name,
                              **options)

    def certificate_of(self, tracker, name=NAMES[0]):
        return self.client(tracker, name).socket.getpeercert(binary_form=True)

    def written(self, index):
        with open(self.pairs[index][0], encoding="ascii") as file:
            return ssl.PEM_cert_to_DER_cert(file.read())

    def replace_pair(self, index, *, key=True, options=()):
        """Replaces the files, the certificate first."""
        folder = os.path.join(self.folder, "new")
        new = make_certificate(folder, NAMES[index], options=options)
        for source, target in list(zip(new, self.pairs[index]))[:2 if key else 1]:
            os.replace(source, target)
        shutil.rmtree(folder)

    def test_protocols(self):
        tracker = self.start()
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            with self.subTest(version=version):
                client = self.client(tracker, context=trusting_client(version))
                self.assertEqual(client.socket.selected_alpn_protocol(), "http/1.1")
                for n in range(3):
                    self.assertEqual(client.announce(info_hash(1), 1001 + n).status, 200)
        with self.assertRaises(OSError), warnings.catch_warnings(action="ignore"):
            old = trusting_client(ssl.TLSVersion.TLSv1_1)
            old.set_ciphers("ALL:@SECLEVEL=0")
            self.client(tracker, context=old)
        tracker.assert_adds_up()
        self.assertEqual(tracker.total("gyre_tls_handshakes_total", type="full"), 2)
        self.assertEqual(tracker.total("gyre_tls_failures_total"), 1)

    def test_certificates_by_name(self):
        tracker = self.start()
        for name, index in ((NAMES[0], 0), (NAMES[1], 1), ("OTHER.test", 1), ("third.test", 0)):
            with self.subTest(name=name):
                self.assertEqual(self.certificate_of(tracker, name), self.written(index))

    def test_rsa(self):
        self.pairs = [make_certificate(os.path.join(self.folder, "rsa"), NAMES[0],
                                       options=["--rsa"])]
        tracker = self.start()
        self.assertEqual(self.client(tracker).announce(info_hash(1), 1001).status, 200)

    def test_sessions_are_taken_up_again(self):
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            with self.subTest(version=version):
                tracker = self.start(**{"socket_workers": 2})
                context = trusting_client(version)
                first = self.client(tracker, context=context)
                first.announce(info_hash(1), 1001)
                session = first.socket.session
                for _ in range(4):
                    again = self.client(tracker, context=context, session=session)
                    self.assertEqual(again.announce(info_hash(1), 1001).status, 200)
                    self.assertTrue(again.socket.session_reused)
                self.assertEqual(tracker.total("gyre_tls_handshakes_total", type="resumed"), 4)

    def test_tickets_can_be_turned_off(self):
        tracker = self.start(**{"network.tls_ticket_lifetime": 0})
        context = trusting_client()
        first = self.client(tracker, context=context)
        first.announce(info_hash(1), 1001)
        again = self.client(tracker, context=context, session=first.socket.session)
        self.assertEqual(again.announce(info_hash(1), 1001).status, 200)
        self.assertFalse(again.socket.session_reused)

    def test_http_beside_https(self):
        tracker = self.start(**{"network.enable_tls": False,
                                "network.tls_addresses": "127.0.0.1:0"})
        plain, secure = tracker.endpoints()
        self.assertEqual(self.client_of(tracker, endpoint=plain).ask("/health").status, 200)
        client = self.client(tracker, endpoint=secure)
        page = client.ask("/").body.decode()
        self.assertIn("https://tracker.test/announce", page)

    def test_a_key_that_everybody_can_read_is_warned_of(self):
        path = self.pairs[1][1]
        os.chmod(path, 0o644)
        tracker = self.start()
        warning = (f"network.tls_private_key_path: {path} has mode 0644, so that every user of "
                   f"this machine can read it; run: chmod 0640 {path}")
        self.assertEqual(tracker.log().count(warning), 1)
        self.assertEqual(tracker.log().count("chmod"), 1)
        os.chmod(path, 0o600)
        tracker.signal(signal.SIGHUP)
        tracker.wait_for_log("certificates: 2 loaded", count=2)
        self.assertEqual(tracker.log().count("chmod"), 1)

    def test_plain_http_is_told_so(self):
        tracker = self.start()
        client = self.client_of(tracker)
        client.send(request(announce_target(info_hash(1), 1001)))
        response = client.response()
        self.assertEqual(response.status, 400)
        self.assertIn("https", response.body.decode().lower())
        self.assertEqual(client.rest(), b"")
        tracker.assert_adds_up()

    def test_a_handshake_byte_by_byte(self):
        tracker = self.start()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = trusting_client().wrap_bio(incoming, outgoing, server_hostname=NAMES[0])
        with tracker.connect() as connected:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def step(action):
                while True:
                    try:
                        return action()
                    except ssl.SSLWantReadError:
                        for byte in outgoing.read():
                            connected.sendall(bytes([byte]))
                        incoming.write(connected.recv(65536))

            step(tls.do_handshake)
            tls.write(request(announce_target(info_hash(1), 1001)))
            answer = step(lambda: tls.read(65536))
        self.assertEqual(decode(answer.split(b"\r\n\r\n", 1)[1])[b"incomplete"], 1)

    def test_clients_that_break_off(self):
        tracker = self.start(**{"deadlines.handshake": 1, "deadlines.lingering_close": 1})
        silent, cut = self.client_of(tracker), self.client_of(tracker)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = trusting_client().wrap_bio(incoming, outgoing)
        with self.assertRaises(ssl.SSLWantReadError):
            tls.do_handshake()
        hello = outgoing.read()
        cut.send(hello[:100])
        pieces = range(0, len(hello) + 1, 7)
        for n in pieces:
            with tracker.client() as client:
                client.send(hello[:n])
        for n in range(60):
            with self.client(tracker) as client:
                client.send(request(announce_target(info_hash(1), 1001)) * n)
        for client in (silent, cut):
            self.assertEqual(client.rest(), b"")
        tracker.wait_for_closed("handshake_late", 2)
        tracker.wait_for_all_closed(2 + len(pieces) + 60)
        tracker.assert_adds_up()
        self.assertEqual(self.client(tracker).announce(info_hash(1), 1001).status, 200)

    def test_answers_that_are_read_slowly(self):
        tracker = self.start()
        client = self.client(tracker, receive_buffer=4096)
        scrape = request(scrape_target(*[info_hash(n) for n in range(100)]))
        for _ in range(100):
            client.send(scrape)
        for _ in range(100):
            self.assertEqual(len(client.response().rows()), 100)
        client.announce(info_hash(1), 1001, "Connection: close")
        self.assertEqual(client.rest(), b"")
        tracker.assert_adds_up()

    def test_stop_answers_what_was_asked(self):
        tracker = self.start()
        client = self.client(tracker)
        client.ask("/health")
        client.send(request(announce_target(info_hash(1), 1001)) * 20)
        tracker.signal(signal.SIGTERM)
        for _ in range(20):
            self.assertEqual(client.response().status, 200)
        self.assertEqual(client.rest(), b"")
        tracker.expect_clean_exit()

    def test_reload_by_signal_and_by_change(self):
        tracker = self.start()
        before = self.client(tracker)
        self.replace_pair(0)
        tracker.signal(signal.SIGHUP)
        wait_until(lambda: self.certificate_of(tracker) == self.written(0), "the new one is shown")
        self.replace_pair(1, options=["--rsa"])
        wait_until(lambda: self.certificate_of(tracker, NAMES[1]) == self.written(1),
                   "the new one is shown without a signal")
        self.assertEqual(before.announce(info_hash(1), 1001).status, 200, "sessions go on")

    def test_a_bad_pair_keeps_the_old_one(self):
        tracker = self.start()
        shown = self.written(0)
        self.replace_pair(0, key=False)
        tracker.wait_for_log(r"certificates: .*/key\.pem.*the reload changed nothing")
        self.assertEqual(self.certificate_of(tracker), shown)
        with open(self.pairs[0][0], "w", encoding="ascii") as file:
            file.write("nonsense\n")
        tracker.signal(signal.SIGUSR1)
        tracker.wait_for_log(r"certificates: .*/cert\.pem.*the reload changed nothing")
        self.assertEqual(self.certificate_of(tracker), shown)
        self.replace_pair(0)
        wait_until(lambda: self.certificate_of(tracker) == self.written(0), "the good one is shown")

    def test_a_bad_pair_at_the_start_is_an_error(self):
        certificate, key = self.pairs[0][0], self.pairs[1][1]
        run = run_binary(settings={"network.enable_tls": True,
                                   "network.address_ipv4": "127.0.0.1:0",
                                   "network.use_ipv6": False,
                                   "network.tls_certificate_path": certificate,
                                   "network.tls_private_key_path": key})
        self.assertEqual(run.returncode, 1)
        self.assertIn(key, run.stderr)


if __name__ == "__main__":
    unittest.main()
