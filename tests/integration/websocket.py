"""WebSocket (RFC 6455, RFC 7692) as bytes: a client whose frames can be wrong in every way, and
that accepts no wrong ones. Without a library, so that nothing is corrected on the way.
"""

import base64
import hashlib
import json
import socket
import struct
import zlib
from dataclasses import dataclass

from bep3 import Client as HttpClient

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NORMAL, GOING_AWAY, PROTOCOL_ERROR, INVALID_PAYLOAD, POLICY, TOO_BIG = (
    1000, 1001, 1002, 1007, 1008, 1009)
NO_STATUS = 1005  # a Close frame without a code

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
UPGRADE = {"Host": "tracker.test", "Connection": "Upgrade", "Upgrade": "websocket",
           "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": KEY}
DEFLATE = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
MASK = b"\x37\xfa\x21\x3d"
FIN, RSV1, RSV2, RSV3 = 0x80, 0x40, 0x20, 0x10


class Closed(AssertionError):
    """The connection was closed, by a Close frame with `code` or without one (None)."""

    def __init__(self, code, reason=b""):
        super().__init__(f"closed with {code} {reason!r}")
        self.code = code
        self.reason = reason


def upgrade_request(path="/", headers=None, method="GET", version="HTTP/1.1"):
    """Headers that replace or extend those of UPGRADE; None omits one."""
    lines = [f"{method} {path} {version}"]
    for name, value in {**UPGRADE, **(headers or {})}.items():
        if value is not None:
            lines.append(f"{name}: {value}")
    return "\r\n".join(lines + ["", ""]).encode("latin-1")


def accept_of(key):
    return base64.b64encode(hashlib.sha1((key + ACCEPT_GUID).encode()).digest()).decode()


def masked(payload, mask):
    """RFC 6455 section 5.3; with one big integer, which is faster than byte by byte."""
    if not payload:
        return b""
    key = (mask * (len(payload) // 4 + 1))[:len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(len(payload),
                                                                                 "big")


def frame(payload=b"", opcode=TEXT, fin=True, rsv=0, mask=MASK, size=None, size_bytes=None):
    """One frame. `mask` None: as only a server may send it; `size`: a size in the header other than
    the payload's; `size_bytes`: 0, 2 or 8 bytes for it, needed or not.
    """
    size = len(payload) if size is None else size
    if size_bytes is None:
        size_bytes = 0 if size < 126 else 2 if size < 65536 else 8
    short = {0: size, 2: 126, 8: 127}[size_bytes] | (0x80 if mask is not None else 0)
    header = bytes([(FIN if fin else 0) | rsv | opcode, short])
    if size_bytes:
        header += size.to_bytes(size_bytes, "big")
    if mask is None:
        return header + payload
    return header + mask + masked(payload, mask)


def fragments(payload, size, opcode=TEXT, rsv=0, mask=MASK):
    """A message's frames of `size` bytes each."""
    pieces = [payload[at:at + size] for at in range(0, len(payload), size)] or [b""]
    return [frame(piece, opcode if n == 0 else CONTINUATION, n == len(pieces) - 1,
                  rsv if n == 0 else 0, mask) for n, piece in enumerate(pieces)]


def close_frame(code=None, reason=b"", **options):
    payload = b"" if code is None else struct.pack(">H", code) + reason
    return frame(payload, CLOSE, **options)


def deflated(payload, window_bits=15):
    """RFC 7692 section 7.2.1."""
    compressor = zlib.compressobj(wbits=-window_bits)
    data = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return data[:-4]


def inflated(payload, window_bits=15):
    return zlib.decompressobj(-window_bits).decompress(payload + b"\0\0\xff\xff")


# Frames that end a connection, and the close code (RFC 6455 sections 5.2 to 5.5, 7.4, 8.1).
ENDS = {
    "a normal close": (close_frame(1000), 1000),
    "going away": (close_frame(1001), 1001),
    "a reason": (close_frame(1000, "b\u00e4".encode()), 1000),
    "the longest reason": (close_frame(1000, b"x" * 123), 1000),
    "no code": (close_frame(), NO_STATUS),
    "a library's code": (close_frame(3000), 3000),
    "an application's code": (close_frame(4999), 4999),
    "the code of no status": (close_frame(1005), PROTOCOL_ERROR),
    "the code of a lost connection": (close_frame(1006), PROTOCOL_ERROR),
    "a reserved code": (close_frame(1004), PROTOCOL_ERROR),
    "a code below": (close_frame(999), PROTOCOL_ERROR),
    "a code beyond": (close_frame(5000), PROTOCOL_ERROR),
    "half a code": (frame(b"\x03", CLOSE), PROTOCOL_ERROR),
    "a reason that is not UTF-8": (close_frame(1000, b"\xff"), INVALID_PAYLOAD),
    "a frame without mask": (frame(b"{}", mask=None), PROTOCOL_ERROR),
    "reserved bit 1": (frame(b"{}", rsv=RSV1), PROTOCOL_ERROR),
    "reserved bit 2": (frame(b"{}", rsv=RSV2), PROTOCOL_ERROR),
    "reserved bit 3": (frame(b"{}", rsv=RSV3), PROTOCOL_ERROR),
    "a reserved opcode": (frame(b"{}", 3), PROTOCOL_ERROR),
    "a reserved control opcode": (frame(b"", 11), PROTOCOL_ERROR),
    "a ping in pieces": (frame(b"", PING, fin=False), PROTOCOL_ERROR),
    "a long ping": (frame(b"x" * 126, PING), PROTOCOL_ERROR),
    "a continuation of nothing": (frame(b"", CONTINUATION), PROTOCOL_ERROR),
    "a message within another": (frame(b"{", fin=False) + frame(b"}"), PROTOCOL_ERROR),
    "text that is not UTF-8": (frame(b"\xc0\xaf"), INVALID_PAYLOAD),
    "half a character": (frame(b"\"\xe2\x82"), INVALID_PAYLOAD),
    "a character in the wrong halves": (frame(b"\"\xe2\x82", fin=False)
                                        + frame(b"\"", CONTINUATION), INVALID_PAYLOAD),
}


@dataclass
class Frame:
    opcode: int
    payload: bytes
    fin: bool
    compressed: bool


class Client(HttpClient):
    """One connection: HTTP until upgrade(), WebSocket from then on."""

    deflate = False
    pings = 0

    def __init__(self, connected):
        super().__init__(connected)
        if connected.family != socket.AF_UNIX:  # as browsers do: small messages in sequence
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def upgrade(self, path="/", headers=None, **options):
        """Sends the request, asserts that it succeeded, and returns the response's head."""
        self.send(upgrade_request(path, headers, **options))
        response = self.response(with_body=False)
        wanted = {"upgrade": "websocket", "connection": "upgrade",
                  "sec-websocket-accept": accept_of({**UPGRADE, **(headers or {})}
                                                    ["Sec-WebSocket-Key"])}
        found = {name: response.headers.get(name, "") for name in wanted}
        found["upgrade"], found["connection"] = (found["upgrade"].lower(),
                                                 found["connection"].lower())
        if response.status != 101 or found != wanted:
            raise AssertionError(f"no upgrade: {response}")
        self.deflate = "permessage-deflate" in response.headers.get("sec-websocket-extensions", "")
        return response

    def _take(self, size):
        while len(self.received) < size:
            if not self._receive():
                raise Closed(None, self.received)
        taken, self.received = self.received[:size], self.received[size:]
        return taken

    def frame(self):
        """The next frame, which must be one that a server may send (RFC 6455 section 5)."""
        first, second = self._take(2)
        size = second & 0x7F
        opcode = first & 0x0F
        fin, compressed = bool(first & FIN), bool(first & RSV1)
        if size == 126:
            size, = struct.unpack(">H", self._take(2))
            shortest = size >= 126
        elif size == 127:
            size, = struct.unpack(">Q", self._take(8))
            shortest = size >= 65536
        else:
            shortest = True
        is_control = opcode >= CLOSE
        if (second & 0x80 or first & (RSV2 | RSV3) or not shortest
                or opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG)
                or (is_control and (not fin or size > 125))
                or (compressed and (is_control or not self.deflate))):
            raise AssertionError(f"not a server's frame: {first:#x} {second:#x} of {size} bytes")
        return Frame(opcode, self._take(size), fin, compressed)

    def message(self):
        """The next text message. Closed is raised by a Close frame, which is answered, and by the
        connection's end.
        """
        while True:
            kind, payload = self._next()
            if kind == TEXT:
                return payload
            if kind == PONG:
                raise AssertionError(f"a pong that nobody waits for: {payload!r}")

    def _next(self):
        message = None
        while True:
            received = self.frame()
            if received.opcode == PING:
                self.send(frame(received.payload, PONG))
            elif received.opcode == CLOSE:
                self._raise_closed(received.payload)
            elif received.opcode == PONG:
                return PONG, received.payload
            elif received.opcode in (TEXT, CONTINUATION):
                if (message is None) != (received.opcode == TEXT):
                    raise AssertionError("frames of a message are out of order")
                if message is None:
                    message, is_compressed = b"", received.compressed
                message += received.payload
                if received.fin:
                    message = inflated(message) if is_compressed else message
                    message.decode("utf-8", errors="strict")
                    return TEXT, message
            else:
                raise AssertionError(f"unexpected: {received}")

    def _raise_closed(self, payload):
        if len(payload) == 1:
            raise AssertionError("a Close frame of one byte")
        code = struct.unpack(">H", payload[:2])[0] if payload else NO_STATUS
        payload[2:].decode("utf-8", errors="strict")
        try:
            self.send(frame(payload[:2], CLOSE))
        except OSError:
            pass  # it does not wait for an answer
        raise Closed(code, payload[2:])

    def json(self):
        return json.loads(self.message())

    def send_text(self, text, **options):
        self.send(frame(text if isinstance(text, bytes) else text.encode(), TEXT, **options))

    def ping(self, payload):
        """Sends it and returns the messages that come before its pong."""
        self.send(frame(payload, PING))
        messages = []
        while True:
            kind, received = self._next()
            if kind == TEXT:
                messages.append(received)
            elif received == payload:
                return messages
            else:
                raise AssertionError(f"pong {received!r} to ping {payload!r}")

    def settle(self):
        """The messages in flight: those sent before the pong to a ping sent now."""
        self.pings += 1
        return self.ping(b"settle %d" % self.pings)

    def close_code(self):
        """The code of the Close frame that comes next, apart from messages and pongs, or None for a
        connection that ends without one; then the connection must be closed.
        """
        try:
            while True:
                self._next()
        except Closed as closed:
            if closed.code is not None and self.rest():
                raise AssertionError("frames after the Close frame") from None
            return closed.code

    def leave(self, code=NORMAL):
        """The closing handshake from this side; asserts that it is answered with the same code."""
        self.send(close_frame(code))
        answered = self.close_code()
        if answered != (NO_STATUS if code is None else code):
            raise AssertionError(f"Close {code} was answered with {answered}")


def connect(endpoint, path="/", headers=None, **options):
    """A client at (host, port), after its handshake."""
    client = Client(socket.create_connection(endpoint, **options))
    try:
        client.upgrade(path, headers)
    except BaseException:
        client.close()
        raise
    return client
