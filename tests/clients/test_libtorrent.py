"""A file moves between two libtorrent sessions (the library of qBittorrent and Deluge)."""

import socket
import unittest

import libtorrent

import network_namespace
from tracker import wait_until
from transfer import TRANSFER_WITHIN_SECONDS, HttpsTransfer, HttpTransfer, TransferTest

SETTINGS = {
    "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
    # The HTTPS certificate is self-signed; sessions cannot be told to trust it.
    "validate_https_trackers": False,
    "enable_outgoing_utp": False, "enable_incoming_utp": False,
    "allow_multiple_connections_per_ip": True,
    "unchoke_slots_limit": -1, "unchoke_interval": 1, "optimistic_unchoke_interval": 1,
}
LISTEN = {socket.AF_INET: network_namespace.IPV4, socket.AF_INET6: f"[{network_namespace.IPV6}]"}


def setUpModule():
    network_namespace.enter()


class LibtorrentTest(TransferTest):
    def start_session(self, torrent, folder, address):
        session = libtorrent.session({**SETTINGS, "listen_interfaces": address})
        handle = session.add_torrent({"ti": libtorrent.torrent_info(torrent), "save_path": folder})
        return session, handle

    def transfer(self, family, hybrid=False):
        torrent, swarm = self.make_torrent(family, hybrid)
        host = LISTEN[family]
        seeder = self.start_session(torrent, self.seeder_folder, f"{host}:16881")
        self.await_seeder(swarm, family)
        leecher = self.start_session(torrent, self.leecher_folder, f"{host}:16882")
        wait_until(lambda: leecher[1].status().is_seeding, "the download is complete",
                   TRANSFER_WITHIN_SECONDS)
        self.await_file()
        wait_until(lambda: self.scrape(swarm, family) == (2, 1, 0), "the leecher said completed")
        for session, _ in (seeder, leecher):
            session.pause()
        self.await_nobody(swarm, family)

    def test_ipv4(self):
        self.transfer(socket.AF_INET)

    def test_ipv6(self):
        self.transfer(socket.AF_INET6)

    def test_hybrid_torrent(self):
        self.transfer(socket.AF_INET, hybrid=True)


class LibtorrentHttpTest(HttpTransfer, LibtorrentTest):
    pass


class LibtorrentHttpsTest(HttpsTransfer, LibtorrentTest):
    pass


if __name__ == "__main__":
    unittest.main()
