"""A file moves between two instances of aria2; over UDP it announces from its DHT port."""

import os
import signal
import socket
import unittest

import network_namespace
from transfer import TRANSFER_WITHIN_SECONDS, HttpsTransfer, HttpTransfer, TransferTest


def setUpModule():
    network_namespace.enter()


class Aria2Test(TransferTest):
    def start_aria2(self, torrent, folder, port, *options):
        return self.start_client(
            "aria2c", f"--dir={folder}", f"--listen-port={port}", f"--dht-listen-port={port + 100}",
            # aria2 needs the DHT for UDP trackers; this one has no peers.
            "--enable-dht=true", "--dht-entry-point=127.0.0.1:1",
            f"--dht-file-path={os.path.join(folder, 'dht.dat')}",
            "--bt-enable-lpd=false", "--enable-peer-exchange=false", "--no-conf=true",
            *([f"--ca-certificate={self.certificate}"] if self.certificate else []),
            "--summary-interval=0", "--console-log-level=warn", *options, torrent,
            env={**os.environ, "HOME": folder})

    def transfer(self, family):
        torrent, swarm = self.make_torrent(family)
        seeder = self.start_aria2(torrent, self.seeder_folder, 16881, "--check-integrity=true",
                                  "--seed-ratio=0.0")
        self.await_seeder(swarm, family)
        leecher = self.start_aria2(torrent, self.leecher_folder, 16882, "--seed-time=0")
        self.assertEqual(leecher.wait(TRANSFER_WITHIN_SECONDS), 0)
        self.await_file()
        seeder.send_signal(signal.SIGINT)
        seeder.wait(TRANSFER_WITHIN_SECONDS)
        self.await_nobody(swarm, family)

    def test_ipv4(self):
        self.transfer(socket.AF_INET)


class Aria2HttpTest(HttpTransfer, Aria2Test):
    def test_ipv6(self):
        self.transfer(socket.AF_INET6)


class Aria2HttpsTest(HttpsTransfer, Aria2Test):
    def test_ipv6(self):
        self.transfer(socket.AF_INET6)


if __name__ == "__main__":
    unittest.main()
