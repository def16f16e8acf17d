"""HTTP announces and scrapes: responses and failure reasons."""

import os
import signal
import socket
import unittest
from urllib.parse import urlencode

from bep3 import announce_target, compact_peers, scrape_target
from bep15 import info_hash
from http_tracker import HttpTrackerTest, SharedHttpTrackerTest, wait_until


class AnnounceTest(SharedHttpTrackerTest):
    def announce(self, *arguments, source=None, **parameters):
        return self.client(source).announce(*arguments, **parameters)

    def test_peers_of_a_swarm(self):
        swarm = self.new_hash()
        first = self.announce(swarm, 1001, left=0, source="127.0.0.2")
        self.assertEqual(first.peers(), [])
        second = self.announce(swarm, 1002, source="127.0.0.3")
        self.assertEqual(second.peers(), [("127.0.0.2", 1001)])
        third = self.announce(swarm, 1003, source="127.0.0.4")
        self.assertEqual(sorted(third.peers()), [("127.0.0.2", 1001), ("127.0.0.3", 1002)])
        value = third.value()
        self.assertEqual((value[b"complete"], value[b"incomplete"], value[b"downloaded"]),
                         (1, 2, 0))
        self.assertTrue(1800 <= value[b"interval"] <= 1980)
        self.assertEqual(value[b"min interval"], 900)
        self.assertEqual(value[b"external ip"], bytes([127, 0, 0, 4]))

    def test_completed_and_stopped(self):
        swarm = self.new_hash()
        self.announce(swarm, 1001, event="started")
        self.announce(swarm, 1001, event="completed", left=0)
        self.assertEqual(self.client().scrape(swarm), {swarm: (1, 1, 0)})
        self.assertEqual(self.announce(swarm, 1001, event="stopped", left=0).peers(), [])
        self.assertEqual(self.client().scrape(swarm), {swarm: (0, 1, 0)})

    def test_numwant(self):
        swarm = self.new_hash()
        for n in range(60):
            self.announce(swarm, 1001, source=f"127.0.1.{n + 1}")
        for wanted, told in ((None, 50), (0, 0), (7, 7), (1000, 50), (-1, 50), ("x", 50)):
            with self.subTest(numwant=wanted):
                response = self.announce(swarm, 1001, source="127.0.2.1", numwant=wanted)
                self.assertEqual(len(response.peers()), told)

    def test_without_a_port_nobody_is_stored(self):
        swarm = self.new_hash()
        for port in (None, 0):
            self.assertEqual(self.announce(swarm, port).peers(), [])
        self.assertEqual(self.client().scrape(swarm), {swarm: (0, 0, 0)})

    def test_v2_info_hashes_are_truncated(self):
        swarm = self.new_hash()
        self.announce(swarm + bytes(12), 1001)
        self.assertEqual(self.client().scrape(swarm), {swarm: (0, 0, 1)})

    def test_a_space_is_written_as_plus_or_escaped(self):
        swarm = b" + " + self.new_hash()[3:]
        plus = urlencode({"info_hash": swarm})
        self.assertIn("info_hash=+%2B+", plus)
        self.announce(swarm, 1001, left=0, source="127.0.0.2")
        second = self.client("127.0.0.3").ask(f"/announce?{plus}&port=1002&left=1")
        self.assertEqual(second.peers(), [("127.0.0.2", 1001)])
        self.assertEqual(self.client().ask(f"/scrape?{plus}").value()[b"files"],
                         {swarm: {b"complete": 1, b"downloaded": 0, b"incomplete": 1}})

    def test_scrape_of_several(self):
        swarms = sorted(self.new_hash() for _ in range(3))
        self.announce(swarms[1], 1001, left=0)
        self.assertEqual(self.client().scrape(*reversed(swarms)),
                         {swarms[0]: (0, 0, 0), swarms[1]: (1, 0, 0), swarms[2]: (0, 0, 0)})

    def test_failures(self):
        client = self.client()
        for target, words in ((announce_target(None, 1001), "info_hash"),
                              (announce_target(b"short", 1001), "info_hash"),
                              ("/announce", "info_hash"),
                              ("/scrape", "info_hash"),
                              (scrape_target(b"short"), "info_hash")):
            with self.subTest(target=target):
                self.assertIn(words, client.ask(target).failure())


class SettingsTest(HttpTrackerTest):
    def test_peers_of_both_families(self):
        tracker = self.start_tracker({"network.use_ipv6": True,
                                      "protocol.peers_of_both_families": "always"})
        swarm = info_hash(1)
        ipv4 = self.client_of(tracker)
        ipv6 = self.client_of(tracker, family=socket.AF_INET6)
        ipv4.announce(swarm, 1001)
        self.assertEqual(ipv6.announce(swarm, 1002).peers(), [("127.0.0.1", 1001)])
        response = ipv4.announce(swarm, 1001)
        self.assertEqual((response.peers(), response.peers6()), ([], [("::1", 1002)]))
        self.assertEqual(response.value()[b"incomplete"], 1, "of the client's own family")

    def test_families_are_apart_by_default(self):
        tracker = self.start_tracker({"network.use_ipv6": True})
        swarm = info_hash(1)
        self.client_of(tracker).announce(swarm, 1001)
        ipv6 = self.client_of(tracker, family=socket.AF_INET6)
        response = ipv6.announce(swarm, 1002)
        self.assertEqual((response.peers(), response.peers6()), ([], []))
        told = ipv6.announce(swarm, 1002, ipv4="10.0.0.1", ipv6="::1")
        self.assertEqual(told.peers(), [("127.0.0.1", 1001)])

    def test_texts_of_the_operator(self):
        tracker = self.start_tracker({"protocol.warning_message": "moving soon",
                                      "protocol.tracker_id": "gyre", "network.keep_alive": False,
                                      "protocol.external_ip": False})
        client = self.client_of(tracker)
        response = client.announce(info_hash(1), 1001)
        value = response.value()
        self.assertEqual((value[b"warning message"], value[b"tracker id"]),
                         (b"moving soon", b"gyre"))
        self.assertNotIn(b"external ip", value)
        self.assertEqual(response.headers["connection"], "close")
        self.assertEqual(client.rest(), b"")

    def test_lists_that_are_not_compact(self):
        tracker = self.start_tracker({"protocol.allow_non_compact": True})
        self.client_of(tracker, "127.0.0.2").announce(info_hash(1), 1001)
        client = self.client_of(tracker)
        value = client.announce(info_hash(1), 1002, compact=0).value()
        self.assertEqual(value[b"peers"], [{b"ip": b"127.0.0.2", b"port": 1001}])
        self.assertEqual(compact_peers(client.announce(info_hash(1), 1002).value()[b"peers"], 6),
                         [("127.0.0.2", 1001)])


class AccessListTest(HttpTrackerTest):
    def setUp(self):
        self.path = os.path.join(self.temporary_folder(), "list")

    def write_list(self, *swarms):
        with open(self.path + ".new", "w", encoding="ascii") as file:
            file.write("".join(f"{swarm.hex()}\n" for swarm in swarms))
        os.rename(self.path + ".new", self.path)

    def settings(self, **more):
        return {"access_list.mode": "deny", "access_list.path": self.path, **more}

    def test_reload(self):
        self.write_list(info_hash(1))
        tracker = self.start_tracker(self.settings())
        client = self.client_of(tracker)
        self.assertIn("unregistered", client.announce(info_hash(1), 1001).failure())
        self.assertEqual(client.announce(info_hash(2), 1001).peers(), [])
        self.write_list(info_hash(2))
        tracker.signal(signal.SIGHUP)
        wait_until(lambda: b"failure reason" in client.announce(info_hash(2), 1001).value(),
                   "the new list is in force")
        self.assertEqual(client.announce(info_hash(1), 1001).peers(), [])
        with open(self.path, "w", encoding="ascii") as file:
            file.write("nonsense\n")
        tracker.signal(signal.SIGUSR1)
        tracker.wait_for_log(r"access list: .*list:1.*changed nothing")
        self.assertIn("unregistered", client.announce(info_hash(2), 1001).failure())
        tracker.assert_adds_up()

    def test_forms_of_a_refusal(self):
        self.write_list(info_hash(1))
        tracker = self.start_tracker(self.settings(**{"protocol.refusal": "retry_in_never"}))
        value = self.client_of(tracker).announce(info_hash(1), 1001).value()
        self.assertEqual(value[b"retry in"], b"never")
        tracker = self.start_tracker(self.settings(**{"protocol.refusal": "gone"}))
        self.assertEqual(self.client_of(tracker).announce(info_hash(1), 1001).status, 410)


if __name__ == "__main__":
    unittest.main()
