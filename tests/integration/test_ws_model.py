"""Random clients, by a seed, against a model of plain dictionaries: every count in every reply, and
who received which offer and answer.
"""

import os
import unittest
from random import Random

from bep15 import info_hash
from webtorrent import offer, peer_id, relayed_answer, relayed_offer
from ws_tracker import WsTrackerTest

STEPS = 300 if "GYRE_SANITIZED" in os.environ else 1000
CLIENTS, TORRENTS, OFFERS_MAX = 8, 5, 10


class OneWorkerTest(WsTrackerTest):
    workers = 1
    seeds = (1,)

    def setUp(self):
        self.tracker = self.start_tracker({
            "socket_workers": self.workers, "limits.messages_per_second": 0,
            "limits.offers_per_second": 0, "protocol.max_offers": OFFERS_MAX})
        self.clients = {}  # by number
        self.peers = {info_hash(n): {} for n in range(TORRENTS)}  # (peer_id, is seeder) by client
        self.due = []  # (who may answer, torrent, offerer, offer)
        self.offers_made = 0

    def client(self, number):
        if number not in self.clients:
            self.clients[number] = self.client_of(self.tracker)
        return self.clients[number]

    def counts(self, swarm):
        seeders = sum(is_seeder for _, is_seeder in self.peers[swarm].values())
        return seeders, len(self.peers[swarm]) - seeders

    def announce(self, random, number, swarm):
        # Some share a peer_id, like clients that reconnect before the tracker notices that they
        # left.
        known = self.peers[swarm].get(number)
        peer = known[0] if known else peer_id(random.choice((number, number % 2)))
        left, event = random.choice((0, 1, None)), random.choice(("started", "completed", None))
        count = random.choice((0, 1, 2, 5, 12))
        offers = [offer(self.offers_made + n) for n in range(count)]
        is_seeder = left == 0 or event == "completed"
        self.peers[swarm][number] = (peer, is_seeder)
        replied = self.client(number).announce(swarm, peer, event, left, offers)
        self.assertEqual(replied, self.counts(swarm))
        self.take_offers(number, swarm, range(self.offers_made, self.offers_made + count))
        self.offers_made += count

    def take_offers(self, number, swarm, made):
        peer, is_seeder = self.peers[swarm][number]
        others = [other for other, (its_id, seeds) in self.peers[swarm].items()
                  if its_id != peer and not (is_seeder and seeds)]
        passed_on = []
        for other in self.peers[swarm]:
            got = self.client(other).caught_up(swarm)
            self.assertLessEqual(len(got), 1 if other in others else 0)
            for message in got:
                which, = [n for n in made if message == relayed_offer(swarm, peer, n)]
                passed_on.append(which)
                self.due.append((other, swarm, number, which))
        self.assertEqual(sorted(passed_on), list(made[:min(len(others), OFFERS_MAX)]))

    def answer(self, random):
        """An expected answer, then the same again, which is not expected."""
        number, swarm, offerer, which = self.due.pop(random.randrange(len(self.due)))
        peer = self.peers[swarm][number][0]
        to_peer = self.peers[swarm][offerer][0]
        self.client(number).answer(swarm, peer, to_peer, which)
        self.assertEqual(self.client(number).caught_up(swarm), [])
        self.assertEqual(self.client(offerer).caught_up(swarm),
                         [relayed_answer(swarm, peer, which)])
        self.client(number).answer(swarm, peer, to_peer, which)
        self.assertIn("no such offer", self.client(number).failure(swarm))

    def stop(self, number, swarm):
        known = self.peers[swarm].pop(number, None)
        replied = self.client(number).announce(swarm, known[0] if known else peer_id(number),
                                               "stopped", None)
        self.assertEqual(replied, self.counts(swarm))
        self.forget(number, swarm)

    def forget(self, number, *swarms):
        self.due = [due for due in self.due
                    if due[1] not in swarms or number not in (due[0], due[2])]

    def leave(self, random, number):
        client = self.clients.pop(number, None)
        if client is None:
            return
        random.choice((client.close, client.leave, client.reset))()
        client.close()
        for peers in self.peers.values():
            peers.pop(number, None)
        self.forget(number, *self.peers)
        self.tracker.wait_for_peers(sum(map(len, self.peers.values())))

    def scrape(self, number):
        rows = self.client(number).scrape(*self.peers)
        self.assertEqual([row[::2] for row in rows], [self.counts(swarm) for swarm in self.peers])

    def run_steps(self, seed):
        random = Random(seed)
        for step in range(STEPS):
            number, swarm = random.randrange(CLIENTS), random.choice(list(self.peers))
            with self.subTest(seed=seed, step=step):
                action = random.randrange(20)
                if action < 10:
                    self.announce(random, number, swarm)
                elif action < 15 and self.due:
                    self.answer(random)
                elif action < 17:
                    self.stop(number, swarm)
                elif action < 18:
                    self.leave(random, number)
                else:
                    self.scrape(number)
        self.tracker.assert_adds_up()

    def test_anything_in_any_order(self):
        for seed in self.seeds:
            self.run_steps(seed)


class TwoWorkersTest(OneWorkerTest):
    workers = 2
    seeds = (2, 3)


if __name__ == "__main__":
    unittest.main()
