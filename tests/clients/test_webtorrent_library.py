"""Two clients of bittorrent-tracker's own library do all that it can: announce, offer and answer,
completed, scrape, stopped.
"""

import json
import unittest

import node
from bep15 import info_hash
from ws_tracker import WsTrackerTest

WITHIN_SECONDS = 60  # the library waits ten seconds for more candidates of its peers


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


if __name__ == "__main__":
    unittest.main()
