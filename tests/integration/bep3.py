"""The client side of the HTTP tracker protocol (BEP 3, 7, 23, 48): requests as bytes, a connection,
and strict parsing of responses: bencode with sorted keys and nothing after it.
"""

import ipaddress
import socket
import struct
from dataclasses import dataclass, field
from urllib.parse import quote

# Much longer than a response takes, even with sanitizers on a busy machine.
ANSWER_WITHIN_SECONDS = 15
PEER_ID = b"-GY0001-integration."


def decode(data):
    """The value of bencoded bytes; dictionary keys are bytes."""
    value, end = _decode(data, 0)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes behind the value: {data!r}")
    return value


def _decode(data, at):
    kind = data[at:at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1:end]), end + 1
    if kind == b"l":
        items, at = [], at + 1
        while data[at:at + 1] != b"e":
            item, at = _decode(data, at)
            items.append(item)
        return items, at + 1
    if kind == b"d":
        pairs, at = {}, at + 1
        while data[at:at + 1] != b"e":
            key, at = _decode(data, at)
            pairs[key], at = _decode(data, at)
        if list(pairs) != sorted(pairs):
            raise ValueError(f"keys are not sorted: {list(pairs)}")
        return pairs, at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    if end > len(data):
        raise ValueError(f"a string is cut off: {data!r}")
    return data[colon + 1:end], end


def compact_peers(data, size):
    """(address text, port) of each; 6 bytes for IPv4, 18 for IPv6."""
    if len(data) % size:
        raise ValueError(f"{len(data)} bytes are no list of peers of {size}")
    return [(str(ipaddress.ip_address(data[at:at + size - 2])),
             struct.unpack_from(">H", data, at + size - 2)[0])
            for at in range(0, len(data), size)]


def announce_target(swarm, port, path="/announce", **more):
    """Additional parameters by name; None omits one."""
    parameters = {"info_hash": swarm, "peer_id": PEER_ID, "port": port, "left": 1, **more}
    query = "&".join(f"{name}={quote(value if isinstance(value, bytes) else str(value), safe='')}"
                     for name, value in parameters.items() if value is not None)
    return f"{path}?{query}"


def scrape_target(*swarms, path="/scrape"):
    return path + "?" + "&".join(f"info_hash={quote(swarm, safe='')}" for swarm in swarms)


def request(target, *headers, method="GET", version="HTTP/1.1", newline="\r\n"):
    lines = [f"{method} {target} {version}", "Host: tracker.test", *headers, "", ""]
    return newline.join(lines).encode("latin-1")


@dataclass
class Response:
    status: int
    reason: str
    headers: dict  # by lower-case name
    body: bytes = field(default=b"")

    def value(self):
        """The bencoded body; clients read status 200 only."""
        if self.status != 200:
            raise AssertionError(f"status {self.status}: {self.body!r}")
        return decode(self.body)

    def peers(self):
        return compact_peers(self.value()[b"peers"], 6)

    def peers6(self):
        return compact_peers(self.value()[b"peers6"], 18)

    def failure(self):
        """The failure reason, which must come with the intervals."""
        value = self.value()
        if b"interval" not in value or b"min interval" not in value:
            raise AssertionError(f"no intervals beside the failure: {value!r}")
        return value[b"failure reason"].decode()

    def rows(self):
        """(seeders, completed, leechers) by info_hash of a scrape."""
        return {swarm: (row[b"complete"], row[b"downloaded"], row[b"incomplete"])
                for swarm, row in self.value()[b"files"].items()}


class Closed(AssertionError):
    """The tracker closed the connection before it had answered."""


class Client:
    """One connection. Closed by the end of a with block."""

    def __init__(self, connected):
        self.socket = connected
        self.socket.settimeout(ANSWER_WITHIN_SECONDS)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def finish_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def _receive(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.received += data
        return data

    def response(self, with_body=True):
        """The next response; `with_body` is false for HEAD."""
        while b"\r\n\r\n" not in self.received:
            if not self._receive():
                raise Closed(f"closed within a head: {self.received!r}")
        head, self.received = self.received.split(b"\r\n\r\n", 1)
        status_line, *lines = head.decode("latin-1").split("\r\n")
        version, status, reason = status_line.split(" ", 2)
        if version != "HTTP/1.1":
            raise AssertionError(f"not HTTP/1.1: {status_line!r}")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        size = int(headers["content-length"]) if with_body else 0
        while len(self.received) < size:
            if not self._receive():
                raise Closed(f"closed within a body of {size}: {self.received!r}")
        body, self.received = self.received[:size], self.received[size:]
        return Response(int(status), reason, headers, body)

    def ask(self, target, *headers, **options):
        self.send(request(target, *headers, **options))
        return self.response(with_body=options.get("method") != "HEAD")

    def announce(self, swarm, port, *headers, **parameters):
        return self.ask(announce_target(swarm, port, **parameters), *headers)

    def scrape(self, *swarms):
        return self.ask(scrape_target(*swarms)).rows()

    def rest(self):
        """Everything until the tracker closes the connection."""
        while self._receive():
            pass
        rest, self.received = self.received, b""
        return rest

    def reset(self):
        """Ends the connection with a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()
