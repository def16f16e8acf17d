"""Two clients of bittorrent-tracker's own library do everything that it supports: announce, offer
and answer, completed, scrape, stopped. A third one gets failures of every kind.
"""

import json
import os
import unittest

import node
import webtorrent
from bep15 import info_hash
from webtorrent import peer_id, text
from ws_tracker import WsTrackerTest

WITHIN_SECONDS = 60  # the library waits ten seconds for more ICE candidates


def counts(complete, incomplete):
    return {"complete": complete, "incomplete": incomplete, "interval": 120}


class LibraryTest(WsTrackerTest):
    def test_all_that_it_can(self):
        tracker = self.start_tracker()
        swarm = info_hash(0x80FF0A22)
        url = "ws://{}:{}/announce".format(*tracker.endpoint())
        with node.Program(self.temporary_folder(), "tracker_clients.js", url,
                          swarm.hex()) as clients:
            steps = [json.loads(line) for line in clients.finish(WITHIN_SECONDS)]
        self.assertEqual(steps, [
            ["seeder", counts(1, 0)],
            ["leecher", counts(1, 1)],
            ["seeder", {"peer_id": "-GY0001-leecher.....", "heard": "from the leecher"}],
            ["leecher", {"peer_id": "-GY0001-seeder......", "heard": "from the seeder"}],
            ["leecher", counts(2, 0)],
            ["seeder", {"complete": 2, "incomplete": 0, "downloaded": 1}],
            ["leecher", counts(1, 0)],
            ["seeder", counts(0, 0)],
        ])
        tracker.wait_for_peers(0)
        self.assertEqual(tracker.total("gyre_answers_relayed_total"), 1)
        tracker.assert_adds_up()

    def test_clients_go_on_after_failures(self):
        """They ignore a failure without info_hash; one about their torrent is a warning."""
        listed, other = info_hash(1), info_hash(2)
        tracker = self.start_tracker(
            {"access_list.mode": "deny",
             "access_list.path": self.write(f"{listed.hex()}\n")})
        url = "ws://{}:{}/announce".format(*tracker.endpoint())
        messages = [
            {"action": "announce"},
            {"action": "announce", "info_hash": 7},
            {"action": "announce", "info_hash": [text(other)]},
            {"action": "announce", "info_hash": "short"},
            {"action": "announce", "info_hash": text(other)},
            {"action": "scrape", "info_hash": "short"},
            {"action": "scrape", "info_hash": 7},
            {"action": "scrape", "info_hash": []},
            {"action": "scrape"},
            webtorrent.answer(other, peer_id(1), peer_id(2), 1),
            webtorrent.announce(listed, peer_id(1)),
        ]
        with node.Program(self.temporary_folder(), "failing_client.js", url, other.hex(),
                          json.dumps(messages)) as client:
            warnings = [json.loads(line) for line in client.finish(WITHIN_SECONDS)]
        self.assertEqual(warnings, [
            "invalid peer_id",
            *["invalid scrape response"] * 4,
            "no such offer was sent to this peer, or it has expired",
            {"complete": 0, "incomplete": 1},
        ])

    def write(self, text_of_file):
        path = os.path.join(self.temporary_folder(), "list")
        with open(path, "w", encoding="ascii") as file:
            file.write(text_of_file)
        return path


if __name__ == "__main__":
    unittest.main()
