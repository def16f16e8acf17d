"""A file moves between two Transmission daemons, which refuse peers on loopback."""

import json
import os
import socket
import subprocess
import unittest

import network_namespace
from tracker import wait_until
from transfer import HttpsTransfer, HttpTransfer, TransferTest

SETTINGS = {
    "dht-enabled": False, "lpd-enabled": False, "pex-enabled": False, "utp-enabled": False,
    "port-forwarding-enabled": False, "blocklist-enabled": False, "incomplete-dir-enabled": False,
    "rpc-authentication-required": False, "rpc-whitelist-enabled": False,
    "rpc-bind-address": "127.0.0.1", "start-added-torrents": True,
}


def setUpModule():
    network_namespace.enter()


class TransmissionTest(TransferTest):
    def start_transmission(self, name, folder, port):
        """The daemon, and the port of its RPC interface."""
        configuration = self.new_folder(f"{name}-configuration")
        rpc_port = port + 1000
        with open(os.path.join(configuration, "settings.json"), "w", encoding="ascii") as file:
            json.dump({**SETTINGS, "peer-port": port, "rpc-port": rpc_port,
                       "download-dir": folder}, file)
        self.start_client("transmission-daemon", "--foreground", "--config-dir", configuration,
                          env={**os.environ, "HOME": configuration, "TR_CURL_SSL_VERIFY": "1",
                               "CURL_CA_BUNDLE": self.certificate or ""})
        wait_until(lambda: self.remote(rpc_port, "--session-info") == 0, "the daemon is there")
        return rpc_port

    def remote(self, rpc_port, *arguments):
        return subprocess.run(["transmission-remote", f"127.0.0.1:{rpc_port}", *arguments],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode

    def transfer(self, family):
        torrent, swarm = self.make_torrent(family)
        seeder = self.start_transmission("seeder", self.seeder_folder, 16881)
        leecher = self.start_transmission("leecher", self.leecher_folder, 16882)
        self.assertEqual(self.remote(seeder, "--add", torrent), 0)
        self.await_seeder(swarm, family)
        self.assertEqual(self.remote(leecher, "--add", torrent), 0)
        self.await_file()
        for rpc_port in (seeder, leecher):
            self.assertEqual(self.remote(rpc_port, "-t", "all", "--stop"), 0)
        self.await_nobody(swarm, family)

    def test_ipv4(self):
        self.transfer(socket.AF_INET)


class TransmissionHttpTest(HttpTransfer, TransmissionTest):
    def test_ipv6(self):
        self.transfer(socket.AF_INET6)


class TransmissionHttpsTest(HttpsTransfer, TransmissionTest):
    def test_ipv6(self):
        self.transfer(socket.AF_INET6)


if __name__ == "__main__":
    unittest.main()
