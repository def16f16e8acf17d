"""What test_reference_tracker.py sends to the reference tracker and to gyre_ws, and where they are
meant to differ: a table of scenes, each with its own connections and torrents.

If a step names no difference, every resulting message on any connection is the same, byte for byte.
If it names one, gyre_ws's messages are given there, and the reference must send something else.
"""

from dataclasses import dataclass, field

import websocket
from bep15 import info_hash
from webtorrent import (announce, answer, encode, offer, peer_id, relayed_offer,
                        reply_to_announce, scrape, text)

INTERVAL = 120
A, B, C, D = "ABCD"  # connections

# Why gyre_ws differs from the reference.
FAILURES_SAY_MORE = ("failures name action and interval, where they are known, and as info_hash "
                     "the string that came or an empty one: without action webtorrent hangs up, "
                     "without info_hash libtorrent does, and webtorrent in Node.js throws")
NULL_IS_NO_SEEDER = "left null is a magnet link without metadata; a seeder in the reference"
NUMBERS_ARE_NUMBERS = "left counts when it is a number; the reference makes numbers of other types"
SEEDERS_NEED_LEECHERS = "offers of seeders go to leechers only"
MAX_OFFERS = "at most max_offers offers are passed on; 82 in the reference"
EVENTS_ARE_LENIENT = "an unknown event is none, which anacrolix needs"
ANSWERS_ARE_DUE = ("answers are passed on once, and only if the offer was sent to that peer; the "
                   "reference passes on all, and forgets those to nobody without a word")
PEERS_BELONG_TO_CONNECTIONS = ("a peer belongs to its connection; the reference has one for each "
                               "peer_id, whoever announces it")
ALL_PEERS_GO = "all peers of a connection that closes are gone; one in the reference"
COMPLETIONS_ARE_COUNTED = "downloaded is how many have completed; the reference gives its seeders"
NO_LIST_OF_ALL = "a scrape of all torrents is refused; the reference gives all"
RAW = "what is passed on is passed on as it came; the reference parses and writes it anew"
NO_JAVASCRIPT = "what is wrong with a message that cannot be read; a JavaScript error there"
NUMBERS_HAVE_ENDS = "whole numbers beyond 64 bits are refused; doubles in the reference"
IDS_ARE_BYTES = "ids have no code points above U+00FF; the reference takes their low byte"
INCOMPLETE_OFFERS = "offers without offer or offer_id are left out"
GONE_IS_GONE = "who says stopped has no use for answers: its offers are not passed on"
STATE_IS_THE_LAST = "who says that something is left is a leecher again; never in the reference"


# Replacements in every message of the reference, and why.
INTERVALS = "the reference derives both intervals from one setting, gyre_ws has the same for both"
EVERYWHERE = [(b'"min_request_interval":600', b'"min_request_interval":%d' % INTERVAL, INTERVALS)]


@dataclass
class Step:
    sender: str
    sent: object  # a message, or its text, or frames
    name: str = ""
    differs: str = ""  # why
    gyre: dict = field(default_factory=dict)  # messages by connection, where it differs
    shuffled: bool = False  # who receives which offer is random


@dataclass
class Leave:
    """A connection closes; then all its peers are gone from that torrent."""
    sender: str
    code: int
    swarm: bytes
    left: tuple  # (complete, incomplete) in gyre_ws
    left_in_reference: tuple


def failure(reason, swarm=None, action="announce", named=""):
    """A scrape of that torrent, or of something else instead."""
    message = {"action": action, "failure reason": reason,
               "info_hash": named if swarm is None else text(swarm)}
    if action is None:
        del message["action"]
    if swarm is not None and action == "announce":
        message["interval"] = INTERVAL
    return message


def swarm_of(number):
    """Torrents whose info_hash needs each kind of escape."""
    return bytes([number]) + bytes(range(0x00, 0x0E)) + b"\x7f\x80\xff\"\\"


def offers(first, count=5):
    return [offer(first + n) for n in range(count)]


def webtorrent():
    """Order and forms as captured from webtorrent 3: a seeder, and a magnet link."""
    swarm, seeder, leecher = swarm_of(1), peer_id(1), peer_id(2)
    reply = reply_to_announce
    return [
        Step(A, announce(swarm, seeder, "completed", 0, downloaded=1048576), "completed first"),
        Step(A, announce(swarm, seeder, "started", 0, offers(0)), "then started"),
        Step(B, {**announce(swarm, leecher, "started", offers=offers(10)), "left": None},
             "a magnet link", NULL_IS_NO_SEEDER,
             {A: [relayed_offer(swarm, leecher, 10)], B: [reply(swarm, 1, 1)]}),
        Step(A, answer(swarm, seeder, leecher, 10), "the answer, which gets no reply"),
        Step(B, announce(swarm, leecher, "completed", 0), "completed"),
        Step(B, scrape(swarm), "scrape", COMPLETIONS_ARE_COUNTED,
             {B: [{"action": "scrape", "files": {text(swarm): {"complete": 2, "incomplete": 0,
                                                               "downloaded": 1}},
                   "flags": {"min_request_interval": INTERVAL}}]}),
        Step(B, announce(swarm, leecher, None, 0, offers(20)), "an update of a seeder",
             SEEDERS_NEED_LEECHERS, {B: [reply(swarm, 2, 0)]}),
        Step(B, announce(swarm, leecher, "stopped", None), "stopped"),
        Step(B, announce(swarm, leecher, "stopped", None), "stopped again"),
        Leave(A, 1001, swarm, (0, 0), (0, 0)),
    ]


def p2p_media_loader():
    """Printable ids, no `left`, several peer_ids on one connection, no stopped."""
    first, second = b"DI9FUqWIm6qTdkM2jrgR", b"0123456789abcdefghij"
    ids = [b"-PM0203-%012d" % n for n in range(4)]
    steps = [Step(A, announce(first, ids[0], "started", None, offers(0)), "one"),
             Step(A, announce(second, ids[1], "started", None, offers(10)), "another"),
             Step(B, announce(first, ids[2], "started", None, offers(20)), "it is offered"),
             Step(B, announce(second, ids[3], "started", None, offers(30)), "and again"),
             Step(A, answer(first, ids[0], ids[2], 20), "the first answers"),
             Step(A, answer(second, ids[1], ids[3], 30), "the second answers"),
             Step(A, announce(second, ids[1], None, None, offers(40)), "an update")]
    return [*steps, Leave(A, 1001, first, (0, 1), (0, 1)), Leave(A, 1001, second, (0, 1), (0, 2))]


def forms_of_announces():
    """Each is from its own peer in its own torrent, in which another peer waits."""
    bare = {"numwant": None, "uploaded": None, "downloaded": None, "offers": None}
    one = [offer(1)]
    forms = [
        ("an update", {}), ("event empty string", {"event": ""}), ("event null", {"event": None}),
        ("event empty", {"event": "empty"}), ("event update", {"event": "update"}),
        ("event paused", {"event": "paused"}), ("numwant 0", {"numwant": 0}),
        ("numwant null", {"numwant": None}), ("numwant a string", {"numwant": "50"}),
        ("offers null", {"offers": None}), ("offers an object", {"offers": {}}),
        ("no offers", {"offers": []}), ("left 1.5", {"left": 1.5}), ("left -1", {"left": -1}),
        ("left text", {"left": "many"}), ("left 0.0", b'{"left":0.0,'),
        ("left beyond 64 bits", b'{"left":9223372036854775808,'),
        ("unknown members", {"corrupt": 0, "key": "DEADBEEF", "deep": [{"a": []}]}),
        ("only what is needed", bare),
        ("blanks", lambda message: encode({**message, "offers": []}).replace(b",", b" ,\r\n\t")),
        ("members backwards", lambda message: encode(dict(reversed(message.items())))),
        ("answer null", {"answer": None}),
    ]
    steps = []
    for number, (name, form) in enumerate(forms):
        swarm = info_hash(0xF00 + number)
        message = {**announce(swarm, peer_id(2), None, 1, one)}
        steps.append(Step(A, announce(swarm, peer_id(1), "started", 1), f"before {name}"))
        if isinstance(form, bytes):
            del message["left"]
            sent = form + encode(message)[1:]
        elif callable(form):
            sent = form(message)
        else:
            sent = {**message, **form}
        steps.append(Step(B, sent, name))
    swarm = info_hash(0xFE)
    doubled = encode(announce(swarm, peer_id(1), "started", 0))
    steps += [
        Step(A, b'{"left":1,"event":"stopped","info_hash":7,' + doubled[1:], "of doubled members"),
        Step(A, doubled[:-1] + b',"left":5,"left":0}', "the last one counts"),
    ]
    return [*steps, *forms_that_differ()]


def forms_that_differ():
    one = [offer(1)]

    def step(number, name, why, form):
        swarm = info_hash(0xFF00 + number)
        there = Step(A, announce(swarm, peer_id(1), "started", 1), f"before {name}")
        got = {A: [relayed_offer(swarm, peer_id(2), 1)], B: [reply_to_announce(swarm, 0, 2)]}
        sent = {**announce(swarm, peer_id(2), None, 1, one), **form}
        return [there, Step(B, sent, name, why, got)]

    return [
        *step(1, "an unknown event", EVENTS_ARE_LENIENT, {"event": "<regular>"}),
        *step(2, "left as text", NUMBERS_ARE_NUMBERS, {"left": "0"}),
        *step(3, "left false", NUMBERS_ARE_NUMBERS, {"left": False}),
        *step(4, "an offer without offer_id", INCOMPLETE_OFFERS,
              {"offers": [{"offer": one[0]["offer"]}, *one]}),
        *step(5, "an offer of nothing", INCOMPLETE_OFFERS, {"offers": [{"fake_offer": "x"}, *one]}),
        Step(D, encode(announce(info_hash(0xFE), peer_id(3), None, 1)).replace(
            b'"left":1', b'"left":18446744073709551616'), "left beyond 64 bits", NUMBERS_HAVE_ENDS,
             {D: [failure("the message is not valid JSON", None, None)]}),
        Step(C, announce(info_hash(0xFE), peer_id(3), "stopped", 1, one), "stopped, with an offer",
             GONE_IS_GONE, {C: [reply_to_announce(info_hash(0xFE), 1, 0)]}),
    ]


def spellings():
    """Ids come back as JSON.stringify writes them, however they were escaped."""
    swarm = bytes(range(0xE0, 0xF4))
    upper = "".join(f"\\u{byte:04X}" for byte in swarm).encode()
    lower = upper.replace(b"\\u00F", b"\\u00f")
    slashes, escaped = b"a/b/c/d/e/f/g/h/i/j/", rb"a\/b\/c\/d\/e\/f\/g\/h\/i\/j\/"
    peer, one = peer_id(2), offer(1)
    plain = encode(announce(slashes, peer, "started", 1))
    python = b'{"action":"announce","info_hash":"%s","peer_id":%s,"left":1}' % (
        upper, encode(text(peer)))
    raw = b'{"type": "offer", "sdp": "\\u0041\\/", "n": 1.0, "more": [ ]}'
    offers_raw = encode(announce(swarm, peer, None, 1)).replace(
        b'"left":1', b'"left":1,"offers":[{"offer":%s,"offer_id":"\\u0041"}]' % raw)
    ids_raw = encode(text(peer)), encode(text(swarm))
    relayed = (b'{"action":"announce","offer":%s,"offer_id":"\\u0041","peer_id":%s,"info_hash":%s}'
               % (raw, *ids_raw))
    return [
        Step(A, announce(swarm, peer_id(1), "started", 1), "raw"),
        Step(B, python, "all escaped, upper case"),
        Step(B, python.replace(upper, lower), "mixed case"),
        Step(B, plain.replace(slashes, escaped), "escaped slashes"),
        Step(B, announce(swarm, peer, None, 1, [{**one, "offer_id": "short"}]), "a short offer_id"),
        Step(B, announce(swarm, peer, None, 1, [{**one, "offer_id": "\u0100\U0001F600" * 30}]),
             "a long offer_id"),
        Step(B, announce(swarm, peer, None, 1, [
            {"offer": {"more": {"a": [1, None, True, "\u20ac"]}, **one["offer"]},
             "offer_id": one["offer_id"]}]), "unknown members of an offer"),
        Step(B, offers_raw, "not as JSON.stringify writes it", RAW,
             {A: [relayed], B: [reply_to_announce(swarm, 0, 2)]}),
    ]


def offers_to_many():
    swarm, others = swarm_of(2), [peer_id(10 + n) for n in range(12)]
    steps = [Step("CDEFGHIJKLMN"[n], announce(swarm, other, "started", 1), "others come")
             for n, other in enumerate(others)]
    reply = {B: [reply_to_announce(swarm, 0, 13)]}
    relayed = [relayed_offer(swarm, peer_id(1), 100 + n) for n in range(10)]
    return [
        *steps,
        Step(B, announce(swarm, peer_id(1), "started", 1, offers(0, 1)), "one", shuffled=True),
        Step(B, announce(swarm, peer_id(1), None, 1, offers(20, 5)), "five", shuffled=True),
        Step(B, announce(swarm, peer_id(1), None, 1, offers(40, 10)), "ten", shuffled=True),
        Step(B, announce(swarm, peer_id(1), None, 1, offers(100, 13)), "thirteen", MAX_OFFERS,
             {**reply, "others": relayed}, shuffled=True),
    ]


def wrong_requests():
    swarm = info_hash(7)
    good = announce(swarm, peer_id(1), "started", 1)
    bad_peer = failure("invalid peer_id", swarm)
    more = {"differs": FAILURES_SAY_MORE}

    def with_hash(value):
        return {**good, "info_hash": value}

    def bad_hash(named, action="announce"):
        return {A: [failure("invalid info_hash", None, action, named)]}

    beyond = "\u0100" + "x" * 19
    steps = [
        *[Step(A, with_hash(value), f"info_hash {value!r}", **more, gyre=bad_hash(value))
          for value in ("x" * 19, "x" * 21, "", swarm.hex(), "x" * 120, "\u20ac\"\n")],
        *[Step(A, with_hash(value), f"info_hash {value!r}", **more, gyre=bad_hash(""))
          for value in ("x" * 121, 7, None, [text(swarm)])],
        Step(A, with_hash(beyond), "info_hash beyond U+00FF", IDS_ARE_BYTES, bad_hash(beyond)),
        *[Step(A, {**good, "peer_id": value}, f"peer_id {value!r}", **more, gyre={A: [bad_peer]})
          for value in ("x" * 19, "", 7, None)],
        Step(A, {**answer(swarm, peer_id(1), peer_id(2), 1), "to_peer_id": "x"}, "to_peer_id",
             **more, gyre={A: [failure("invalid `to_peer_id` (required with `answer`)", swarm)]}),
        Step(A, {"action": "scrape", "info_hash": "x"}, "scrape of a short one", **more,
             gyre=bad_hash("x", "scrape")),
        Step(A, {"action": "scrape", "info_hash": [text(swarm), "x"]}, "scrape of one", **more,
             gyre=bad_hash("", "scrape")),
    ]
    for value in ("connect", "", "ANNOUNCE", None, 7):
        shown = "null" if value is None else value
        reason = f"invalid action in WS request: {shown}"
        steps.append(Step(A, {**good, "action": value}, f"action {value!r}", **more,
                          gyre={A: [failure(reason, swarm, None)]}))
    steps.append(Step(A, {"more": 1}, "no action", **more, gyre={
        A: [failure("invalid action in WS request: undefined", None, None)]}))
    for value in (b"null", b"7", b"\"announce\"", b"[]"):
        steps.append(Step(A, value, f"JSON, but {value}", NO_JAVASCRIPT,
                          {A: [failure("the message is not a JSON object", None, None)]}))
    for value in (b"", b"{", b"{\"a\":1,}", b"{}\0", b"{}//", b"{\"left\":NaN}", b"{\"action\":}",
                  b"{} {}", b"{\"a\":\"\\x\"}", b"{'a':1}"):
        steps.append(Step(A, value, f"no JSON: {value}", NO_JAVASCRIPT,
                          {A: [failure("the message is not valid JSON", None, None)]}))
    steps.append(Step(A, announce(swarm, peer_id(1), "started", 1), "and still there"))
    return steps


def scrapes():
    swarm, other = info_hash(8), info_hash(9)
    return [
        Step(A, announce(swarm, peer_id(1), "started", 1), "one is there"),
        Step(B, scrape(swarm), "one"), Step(B, scrape(other), "unknown"),
        Step(B, scrape(swarm, other), "two"), Step(B, scrape(), "none"),
        Step(B, {"action": "scrape", "info_hash": [text(swarm)]}, "an array of one"),
        Step(B, {"action": "scrape", "info_hash": text(other), "more": 1}, "unknown members"),
        Step(A, announce(swarm, peer_id(1), "completed", 0), "completed"),
        Step(B, scrape(swarm), "and counted"),
        Step(B, {"action": "scrape"}, "all", NO_LIST_OF_ALL,
             {B: [failure("a scrape needs an info_hash", None, "scrape")]}),
    ]


def answers():
    swarm = info_hash(10)
    mine, other, stranger = peer_id(1), peer_id(2), peer_id(3)
    not_due = {A: [failure("no such offer was sent to this peer, or it has expired", swarm)]}
    return [
        Step(A, announce(swarm, mine, "started", 0), "one"),
        Step(B, announce(swarm, other, "started", 1, offers(0, 1)), "it is offered"),
        Step(A, answer(swarm, mine, other, 5), "another offer", ANSWERS_ARE_DUE, not_due),
        Step(A, answer(swarm, mine, stranger, 0), "of nobody", ANSWERS_ARE_DUE, not_due),
        Step(A, answer(swarm, mine, other, 0), "the one that is due"),
        Step(A, answer(swarm, mine, other, 0), "twice", ANSWERS_ARE_DUE, not_due),
        Step(B, announce(swarm, other, None, 1, offers(7, 1)), "another offer"),
        Step(C, answer(swarm, mine, other, 7), "in its name, by another connection",
             ANSWERS_ARE_DUE, {C: not_due[A]}),
        Step(A, answer(swarm, mine, other, 7, left=5), "changes nothing else"),
        Step(B, announce(swarm, other, "stopped", 1), "stopped"),
        Step(A, answer(swarm, mine, other, 7), "too late", ANSWERS_ARE_DUE, not_due),
        Step(A, answer(swarm, stranger, mine, 0), "by a stranger", ANSWERS_ARE_DUE, not_due),
    ]


def identities():
    swarm, mine = info_hash(11), peer_id(1)
    reply = reply_to_announce
    return [
        Step(A, announce(swarm, mine, "started", 0), "one"),
        Step(B, announce(swarm, mine, "started", 1, offers(0, 1)), "another of that peer_id",
             PEERS_BELONG_TO_CONNECTIONS, {B: [reply(swarm, 1, 1)]}),
        Step(C, announce(swarm, peer_id(2), "started", 1, offers(10, 2)), "both are offered",
             PEERS_BELONG_TO_CONNECTIONS,
             {C: [reply(swarm, 1, 2)],
              "others": [relayed_offer(swarm, peer_id(2), 10 + n) for n in range(2)]},
             shuffled=True),
        Step(B, announce(swarm, mine, "stopped", 1), "its own stops",
             PEERS_BELONG_TO_CONNECTIONS, {B: [reply(swarm, 1, 1)]}),
        Step(D, announce(info_hash(13), mine, "started", 0), "a seeder"),
        Step(D, announce(info_hash(13), mine, None, 5), "for which something is left again",
             STATE_IS_THE_LAST, {D: [reply(info_hash(13), 0, 1)]}),
    ]


def frames():
    """However the bytes are framed."""
    swarm = info_hash(12)
    message = encode(announce(swarm, peer_id(1), "started", 1, offers(0)))
    cut = websocket.fragments(message, 1000)
    return [
        Step(A, announce(swarm, peer_id(2), "started", 1), "someone is there"),
        Step(B, [websocket.frame(message, websocket.BINARY)], "binary"),
        Step(B, cut, "fragments"),
        Step(B, [websocket.frame(message[:4096], fin=False),
                 websocket.frame(b"", websocket.CONTINUATION, fin=False),
                 websocket.frame(message[4096:], websocket.CONTINUATION)], "an empty fragment"),
        Step(B, [websocket.frame(b"unasked", websocket.PONG)], "a pong"),
        Step(B, [b"".join([websocket.frame(encode(announce(swarm, peer_id(1), None, 1)))] * 3)],
             "three at once"),
    ]


SCENES = [webtorrent, p2p_media_loader, forms_of_announces, spellings, offers_to_many,
          wrong_requests, scrapes, answers, identities, frames]


# JSON inside an offer: valid JSON is relayed, invalid JSON refused.
JSON_VALUES = """
0 -0 1 -1 1.5 -1.5 0.1e-7 1E+5 1e5 18446744073709551615
-9223372036854775808 1.7976931348623157e308 5e-324 1e-400 true false null "" "\\u0000" "\\u00E9"
"\\ud83d\\ude00" "\\"\\\\\\/\\b\\f\\n\\r\\t" "\u00e9\u20ac\U0001f600" "\x7f" [] {} [[]] [{}]
[1,2] {"":0}
{"a":{"b":[]}} {"\\u0061":1,"a":2} [null,true,""] [[[[[[[[[[]]]]]]]]]]
01 -01 1. .5 +1 1e 1e+ - 0x10 1_000 NaN Infinity -Infinity tru truee nul nulll False None undefined
' '' 'a' "a "\\x" "\\u12" "\\u12g4" "\\" "\x01" "\x1f" [ ] [1 [1,]
[,] [1,,2] [1;2] { } {a:1} {"a"} {"a":}
{"a":1,} {,} {"a" 1} {1:2} {"a":1;"b":2} {"a":1 [1}{ ]] }} {"a":[} ["a":1] [1]2 1,2 /**/1 //1
1# \\u0031
""".split()
