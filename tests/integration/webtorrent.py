"""WebTorrent's messages over WebSocket, as webtorrent writes them: binary strings have the code
points U+0000 to U+00FF, and JSON is formatted as by JavaScript's JSON.stringify.
"""

import json

# As long as a browser's offers, and with characters that JSON escapes.
SDP = "v=0\r\no=rtc {} 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" + "a=candidate:1 1 UDP 1\r\n" * 10


def peer_id(number):
    return b"-GY0001-%012d" % number


def text(binary):
    return binary.decode("latin-1")


def encode(message):
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def offer_id(number):
    """20 arbitrary bytes, different for each number."""
    return number.to_bytes(4, "big") + bytes((number + 29 * n) % 256 for n in range(16))


def offer(number):
    return {"offer": {"type": "offer", "sdp": SDP.format(number)},
            "offer_id": text(offer_id(number))}


def announce(swarm, peer, event=None, left=1, offers=None, **more):
    """A message of webtorrent's, without members that are None."""
    message = {"numwant": 50 if offers is None else len(offers), "uploaded": 0, "downloaded": 0,
               "left": left, "event": event, "action": "announce", "info_hash": text(swarm),
               "peer_id": text(peer), "offers": offers, **more}
    return {key: value for key, value in message.items() if value is not None}


def answer(swarm, peer, to_peer, number, **more):
    """The answer to offer(number) of `to_peer`."""
    return {"action": "announce", "info_hash": text(swarm), "peer_id": text(peer),
            "to_peer_id": text(to_peer),
            "answer": {"type": "answer", "sdp": SDP.format(number)},
            "offer_id": text(offer_id(number)), **more}


def scrape(*swarms):
    """One info_hash as a string, several or none as an array."""
    hashes = [text(swarm) for swarm in swarms]
    return {"action": "scrape", "info_hash": hashes[0] if len(hashes) == 1 else hashes}


def reply_to_announce(swarm, complete, incomplete, interval=120):
    return {"complete": complete, "incomplete": incomplete, "action": "announce",
            "interval": interval, "info_hash": text(swarm)}


def relayed_offer(swarm, peer, number):
    return {"action": "announce", **offer(number), "peer_id": text(peer), "info_hash": text(swarm)}


def relayed_answer(swarm, peer, number):
    sent = answer(swarm, peer, b"", number)
    return {"action": "announce", "answer": sent["answer"], "offer_id": sent["offer_id"],
            "peer_id": text(peer), "info_hash": text(swarm)}
