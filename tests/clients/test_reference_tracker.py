"""The same script for gyre_ws and the reference, bittorrent-tracker: their messages are compared
byte for byte. reference_script.py has the script and the intended differences.
"""

import contextlib
import json
import re
import socket
import tempfile
import unittest
from random import Random

import node
import reference_script as script
import websocket
from tracker import wait_until
from webtorrent import announce, encode, peer_id
from ws_tracker import Client, WsTrackerTest

START_WITHIN_SECONDS = 30
SWARM = b"of the test of JSON."


class Stage:
    """Connections to one tracker, opened when first named."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.clients = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for client in self.clients.values():
            client.close()

    def client(self, name="observer"):
        if name not in self.clients:
            client = self.clients[name] = Client(socket.create_connection(self.endpoint))
            client.upgrade("/announce?x=1")
        return self.clients[name]

    def perform(self, step):
        """The resulting messages by connection, without those that receive none."""
        sender = self.client(step.sender)
        if isinstance(step.sent, list):
            for piece in step.sent:
                sender.send(piece)
        else:
            sender.send_text(step.sent if isinstance(step.sent, bytes) else encode(step.sent))
        # The reference continues a request after the read that brought it, hence two rounds.
        came = {step.sender: sender.settle()}
        for name, client in self.clients.items():
            came[name] = came.get(name, []) + client.settle()
        came = {name: messages for name, messages in came.items() if messages}
        if step.shuffled:
            others = [messages for name, messages in came.items() if name != step.sender]
            if any(len(messages) > 1 for messages in others):
                raise AssertionError(f"several offers to one peer: {came}")
            came = {step.sender: came[step.sender],
                    "others": sorted(message for messages in others for message in messages)}
        return came

    def offer_of(self, value, number):
        """What a peer receives of an offer that contains this, or nothing if it is refused."""
        there, sender = self.client("there"), self.client("sender")
        if number == 0:
            there.announce(SWARM, peer_id(1), "started", 1)
            sender.announce(SWARM, peer_id(2), "started", 1)
        message = encode(announce(SWARM, peer_id(2), None, 1, []))
        sender.send_text(message.replace(
            b"[]", b'[{"offer":{"x":%s},"offer_id":"%d"}]' % (value, number)))
        replies = sender.settle()
        replies += sender.settle()
        got = there.settle()
        if b"failure reason" in replies[0]:
            return got
        return [json.loads(message, parse_int=float)["offer"] for message in got]

    def counts(self, swarm):
        (complete, _, incomplete), = self.client().scrape(swarm)
        return complete, incomplete

    def leave(self, step, left):
        """Closes the connection, if still open, and waits for the remaining counts."""
        client = self.clients.pop(step.sender, None)
        if client:
            client.leave(step.code)
            client.close()
        wait_until(lambda: self.counts(step.swarm) == left,
                   f"{left} are left, and not {self.counts(step.swarm)}")


def as_gyre_has_it(message):
    for theirs, ours, _ in script.EVERYWHERE:
        message = message.replace(theirs, ours)
    return message


def mutated(value, random):
    """Replaces, adds or removes some bytes; still ASCII text."""
    value = bytearray(value.decode("ascii", errors="ignore").encode())
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(value) + 1)
        value[at:at + random.randrange(2)] = random.choice(
            [b"", b"0", b"1", b"-", b".", b"e", b"\"", b"\\", b"u", b"{", b"}", b"[", b"]", b",",
             b":", b" ", b"\n", b"null", b"true"])
    return bytes(value)


class ReferenceTest(WsTrackerTest):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="gyre-reference-"))
        reference = cls.enterClassContext(node.Program(folder, "reference_tracker.js"))
        cls.reference = ("127.0.0.1", int(reference.first_line(START_WITHIN_SECONDS)))

    def setUp(self):
        self.tracker = self.start_tracker({"limits.messages_per_second": 0,
                                           "limits.offers_per_second": 0})

    def test_scenes(self):
        for scene in script.SCENES:
            with Stage(self.reference) as reference, Stage(self.tracker.endpoint()) as gyre:
                for number, step in enumerate(scene()):
                    name = f"{scene.__name__} {number}: {getattr(step, 'name', 'leave')}"
                    with self.subTest(name):
                        self.compare(step, reference, gyre)
        self.tracker.assert_adds_up()

    def compare(self, step, reference, gyre):
        if isinstance(step, script.Leave):
            reference.leave(step, step.left_in_reference)
            gyre.leave(step, step.left)
            return
        ours = gyre.perform(step)
        theirs = {name: [as_gyre_has_it(message) for message in messages]
                  for name, messages in reference.perform(step).items()}
        if not step.differs:
            self.assertEqual(ours, theirs)
            return
        wanted = {name: [message if isinstance(message, bytes) else encode(message)
                         for message in messages]
                  for name, messages in step.gyre.items() if messages}
        self.assertEqual(ours, wanted, step.differs)
        self.assertNotEqual(theirs, wanted, f"no longer a difference: {step.differs}")

    def test_json(self):
        """Relayed JSON is valid for the reference's parser, and the other way round."""
        random = Random(1)
        values = [value.encode() for value in script.JSON_VALUES]
        more = [mutated(random.choice(values), random) for _ in range(500)]
        # For longer numbers see NUMBERS_HAVE_ENDS.
        values += [value for value in more if not re.search(rb"\d{19}", value)]
        with Stage(self.reference) as reference, Stage(self.tracker.endpoint()) as gyre:
            for number, value in enumerate(values):
                with self.subTest(value):
                    theirs, ours = (stage.offer_of(value, number) for stage in (reference, gyre))
                    self.assertEqual(ours, theirs)

    def test_closes(self):
        for name, (frames, _) in websocket.ENDS.items():
            with self.subTest(name), contextlib.ExitStack() as stack:
                codes = []
                for endpoint in (self.reference, self.tracker.endpoint()):
                    client = stack.enter_context(Client(socket.create_connection(endpoint)))
                    client.upgrade()
                    client.send(frames)
                    codes.append(client.close_code())
                self.assertEqual(codes[1], codes[0])


if __name__ == "__main__":
    unittest.main()
