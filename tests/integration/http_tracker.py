"""A running gyre_http for black-box tests; tracker.py has gyre_udp."""

import ipaddress
import os
import socket
import ssl
import struct
import subprocess
import tempfile

import tracker as base
from bep3 import ANSWER_WITHIN_SECONDS, Client
from tracker import wait_until

BINARY = os.environ.get("GYRE_HTTP", "gyre_http")
SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts")


def run_binary(*arguments, **options):
    return base.run_binary(*arguments, binary=BINARY, **options)


class HttpTracker(base.Tracker):
    binary = BINARY
    schemes = "https?"

    def connect(self, source=None, family=socket.AF_INET, endpoint=None, receive_buffer=0):
        """A socket connected from that source address, optionally with a small receive buffer."""
        connected = socket.socket(family, socket.SOCK_STREAM)
        connected.settimeout(ANSWER_WITHIN_SECONDS)
        try:
            if receive_buffer:
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            if source:
                connected.bind((source, 0))
            connected.connect(endpoint or self.endpoint(family))
        except OSError:
            connected.close()
            raise
        return connected

    def client(self, *arguments, tls=None, server_name="tracker.test", session=None, **options):
        """An HTTP connection, or HTTPS if given an ssl.SSLContext."""
        connected = self.connect(*arguments, **options)
        if tls:
            connected = tls.wrap_socket(connected, server_hostname=server_name, session=session)
        return Client(connected)

    def assert_adds_up(self):
        """Every connection is open or closed for one reason; every request was answered."""
        def problem():
            samples = self.metrics()

            def total(name, **labels):
                return sum(value for (sample, of), value in samples.items()
                           if sample == name and set(labels.items()) <= set(of))

            accepted = total("gyre_connections_accepted_total")
            ended = total("gyre_connections_closed_total") + total("gyre_connections")
            if accepted != ended:
                return f"{accepted} connections accepted, {ended} open or closed"
            if total("gyre_requests_total") != total("gyre_responses_total"):
                return "requests without responses"
            if total("gyre_responses_total", type="failure") != total("gyre_failures_total"):
                return "failures without reasons"
            return None

        try:
            wait_until(lambda: problem() is None, "the counters add up")
        except AssertionError as error:
            raise AssertionError(f"{error}: {problem()}") from None

    def closed(self, reason):
        return self.total("gyre_connections_closed_total", reason=reason)

    def wait_for_closed(self, reason, count):
        wait_until(lambda: self.closed(reason) >= count, f"{count} connections closed: {reason}")

    def wait_for_all_closed(self, accepted):
        """Waits until that many were accepted: those in the accept queue do not count as open."""
        def all_closed():
            return (self.total("gyre_connections_accepted_total") >= accepted
                    and self.total("gyre_connections") == 0)

        wait_until(all_closed, f"all of {accepted} connections are closed")


class HttpTrackerTest(base.TrackerTest):
    tracker_class = HttpTracker

    def temporary_folder(self):
        folder = tempfile.TemporaryDirectory(prefix="gyre-http-")
        self.addCleanup(folder.cleanup)
        return folder.name


class SharedHttpTrackerTest(base.SharedTrackerTest):
    tracker_class = HttpTracker


def proxy_header(source, command=1, extra=b""):
    """A PROXY protocol header, version 2, for a connection from that address."""
    address = ipaddress.ip_address(source)
    body = address.packed + address.packed + struct.pack(">HH", 4000, 80) + extra
    family = 0x11 if address.version == 4 else 0x21
    return (b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x20 | command, family]) +
            struct.pack(">H", len(body)) + body)


def make_certificate(folder, *names, options=()):
    """Settings for a certificate with these names, made by scripts/gen-tls.sh in a new folder."""
    subprocess.run([os.path.join(SCRIPTS, "gen-tls.sh"), *options, "--folder", folder, *names],
                   check=True, stdout=subprocess.DEVNULL)
    return os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")


def trusting_client(version=ssl.TLSVersion.TLSv1_3):
    """Trusts any certificate: the tests check it themselves."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    context.minimum_version = context.maximum_version = version
    return context
