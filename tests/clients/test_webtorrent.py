"""WebTorrent in Node.js: a file moves between two processes."""

import unittest

import network_namespace
import node
from tracker import wait_until
from transfer import FILE_NAME, TRANSFER_WITHIN_SECONDS, TransferTest, WssTransfer, WsTransfer


def setUpModule():
    node.packages_folder()
    network_namespace.enter()


class WebTorrentTest(WsTransfer, TransferTest):
    def start_peer(self, *arguments):
        return self.enterContext(
            node.Program(self.folder, "node_peer.js", *arguments, certificate=self.certificate))

    def test_transfer(self):
        seeder = self.start_peer("seed", f"{self.seeder_folder}/{FILE_NAME}", self.announce_url())
        magnet = seeder.first_line(TRANSFER_WITHIN_SECONDS)
        swarm = bytes.fromhex(magnet.split("btih:")[1][:40])
        self.await_seeder(swarm)
        leecher = self.start_peer("leech", magnet, self.leecher_folder)
        self.assertEqual(leecher.first_line(TRANSFER_WITHIN_SECONDS), "done")
        self.await_file()
        wait_until(lambda: self.scrape(swarm) == (2, 1, 0), "the leecher said completed")
        for peer in (leecher, seeder):
            peer.stop()
        self.await_nobody(swarm)


class WebTorrentTlsTest(WssTransfer, WebTorrentTest):
    pass


if __name__ == "__main__":
    unittest.main()
