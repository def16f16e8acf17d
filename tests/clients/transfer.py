"""Base of the tests with real clients: a torrent, a tracker, and the check that the file arrived.
Tracker and clients run in a private network, see network_namespace.py.
"""

import hashlib
import os
import random
import shutil
import socket
import ssl
import subprocess
import tempfile

import libtorrent

import network_namespace
from http_tracker import HttpTracker, make_certificate
from tracker import TrackerTest, wait_until
from ws_tracker import WsTracker

PIECE_SIZE = 64 * 1024
FILE_NAME = "shared.bin"
TRANSFER_WITHIN_SECONDS = 55
LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


class TransferTest(TrackerTest):
    """Over UDP; the mixins HttpTransfer and HttpsTransfer change that."""

    scheme = "udp"
    certificate = None

    @classmethod
    def setUpClass(cls):
        # libtorrent keeps connection ids for a minute, by the tracker's address alone, even when a
        # test's tracker is gone: the next tracker must accept them.
        cls.secret_folder = tempfile.mkdtemp(prefix="gyre-clients-")
        cls.addClassCleanup(shutil.rmtree, cls.secret_folder)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="gyre-clients-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.seeder_folder = self.new_folder("seeder")
        self.leecher_folder = self.new_folder("leecher")
        self.content = random.Random(self.id()).randbytes(2 * 1024 * 1024 + 12345)
        with open(os.path.join(self.seeder_folder, FILE_NAME), "wb") as file:
            file.write(self.content)
        self.tracker = self.start_tracker({"network.use_ipv6": True,
                                           "network.address_ipv4": "0.0.0.0:0",
                                           "network.address_ipv6": "[::]:0",
                                           **self.tracker_settings()})

    def tracker_settings(self):
        return {"protocol.connection_id_secret_path": os.path.join(self.secret_folder, "secret")}

    def new_folder(self, name):
        path = os.path.join(self.folder, name)
        os.mkdir(path)
        return path

    def make_torrent(self, family=socket.AF_INET, hybrid=False):
        """The path of a torrent of the seeder's file, and its info_hash."""
        host = {socket.AF_INET: network_namespace.IPV4,
                socket.AF_INET6: f"[{network_namespace.IPV6}]"}[family]
        storage = libtorrent.file_storage()
        libtorrent.add_files(storage, os.path.join(self.seeder_folder, FILE_NAME))
        creator = libtorrent.create_torrent(
            storage, PIECE_SIZE, flags=0 if hybrid else libtorrent.create_torrent.v1_only)
        creator.add_tracker(f"{self.scheme}://{host}:{self.tracker.endpoint(family)[1]}/announce")
        libtorrent.set_piece_hashes(creator, self.seeder_folder)
        path = os.path.join(self.folder, "shared.torrent")
        with open(path, "wb") as file:
            file.write(libtorrent.bencode(creator.generate()))
        return path, libtorrent.torrent_info(path).info_hash().to_bytes()

    def scrape(self, swarm, family=socket.AF_INET):
        """(seeders, completed, leechers) according to the tracker."""
        with self.tracker.client(family=family, host=LOOPBACK[family]) as client:
            return client.scrape(swarm)[0]

    def await_seeder(self, swarm, family=socket.AF_INET):
        wait_until(lambda: self.scrape(swarm, family)[0] == 1, "the seeder has announced")

    def await_nobody(self, swarm, family=socket.AF_INET):
        wait_until(lambda: self.scrape(swarm, family)[::2] == (0, 0), "both clients said stopped")

    def await_file(self):
        """Waits until the leecher has the seeder's file."""
        path = os.path.join(self.leecher_folder, FILE_NAME)

        def arrived():
            if not os.path.exists(path) or os.path.getsize(path) != len(self.content):
                return False
            with open(path, "rb") as file:
                return hashlib.sha256(file.read()).digest() == wanted

        wanted = hashlib.sha256(self.content).digest()
        wait_until(arrived, "the file has arrived", TRANSFER_WITHIN_SECONDS)

    def start_client(self, *command, **options):
        """A process that is stopped at the end of the test."""
        with open(os.path.join(self.folder, "clients.log"), "ab") as log:
            process = subprocess.Popen(command, **{"stdin": subprocess.DEVNULL, "stdout": log,
                                                   "stderr": log, **options})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process


class HttpTransfer:
    tracker_class = HttpTracker
    scheme = "http"

    def tracker_settings(self):
        return {}

    def tls(self):
        return None

    def scrape(self, swarm, family=socket.AF_INET):
        endpoint = (LOOPBACK[family], self.tracker.endpoint(family)[1])
        with self.tracker.client(family=family, endpoint=endpoint, tls=self.tls()) as client:
            return client.scrape(swarm)[swarm]


class HttpsTransfer(HttpTransfer):
    """For clients that can be told to trust `certificate`."""

    scheme = "https"

    def tracker_settings(self):
        self.certificate, key = make_certificate(
            self.new_folder("tls"), "tracker.test", network_namespace.IPV4, network_namespace.IPV6)
        return {"network.enable_tls": True, "network.tls_certificate_path": self.certificate,
                "network.tls_private_key_path": key}

    def tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.certificate)
        return context


class WsTransfer(HttpTransfer):
    """For WebTorrent clients, which also create the torrent."""

    tracker_class = WsTracker
    scheme = "ws"

    def tracker_settings(self):
        return {**super().tracker_settings(), "socket_workers": 2}

    def announce_url(self):
        return f"{self.scheme}://{network_namespace.IPV4}:{self.tracker.endpoint()[1]}"

    def scrape(self, swarm, family=socket.AF_INET):
        endpoint = (LOOPBACK[family], self.tracker.endpoint(family)[1])
        with self.tracker.client(family=family, endpoint=endpoint, tls=self.tls()) as client:
            return client.scrape(swarm)[0]


class WssTransfer(WsTransfer, HttpsTransfer):
    scheme = "wss"
