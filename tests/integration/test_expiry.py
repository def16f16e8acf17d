"""Silent peers expire, those that announce again stay.

One run covers everything, with expiry after seconds instead of an hour.
"""

import socket
import unittest

from bep15 import NONE, info_hash
from tracker import TrackerTest, wait_until

AGE_SECONDS = 4
FAMILIES = (("4", socket.AF_INET), ("6", socket.AF_INET6))
LARGE, SMALL_FROM, KEPT = info_hash(1), 100, info_hash(2)


class ExpiryTest(TrackerTest):
    def test_expiry(self):
        tracker = self.start_tracker({"network.use_ipv6": True,
                                      "protocol.peer_announce_interval": AGE_SECONDS - 1,
                                      "protocol.peer_announce_jitter": 0,
                                      "cleaning.max_peer_age": AGE_SECONDS,
                                      "cleaning.torrent_cleaning_interval": 1})
        clients = {ip: self.client_of(tracker, family=family) for ip, family in FAMILIES}
        for client in clients.values():
            for port in range(1, 101):
                client.announce(LARGE, port, left=port % 2, numwant=0)
                client.announce(info_hash(SMALL_FROM + port), port, numwant=0)
            client.announce(KEPT, 1001, left=0)
            client.announce(KEPT, 1002, left=1)

        def gauges(ip):
            return tuple(tracker.total(f"gyre_{name}", ip=ip)
                         for name in ("torrents", "peers", "seeders"))

        def silent_ones_are_gone():
            """Re-announces one peer at each check, which must not expire."""
            for client in clients.values():
                client.announce(KEPT, 1001, left=0, event=NONE)
            return all(gauges(ip) == (1, 1, 1) for ip in clients)

        wait_until(lambda: all(gauges(ip) == (102, 202, 51) for ip in clients), "all are counted")
        wait_until(silent_ones_are_gone, "all silent peers are forgotten", 60)
        for client in clients.values():
            self.assertEqual(client.scrape(LARGE, KEPT, info_hash(SMALL_FROM + 1)),
                             [(0, 0, 0), (1, 0, 0), (0, 0, 0)])
            self.assertEqual(client.announce(KEPT, 1001, left=1).peers, [])


if __name__ == "__main__":
    unittest.main()
