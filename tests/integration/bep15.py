"""The client side of the UDP tracker protocol (BEP 15): packets and a socket.

Packets are built field by field so that a test can get any of them wrong. Parsing is strict: a
response of the wrong length raises, because clients reject it.
"""

import socket
import struct
from dataclasses import dataclass, field

MAGIC = 0x41727101980
CONNECT, ANNOUNCE, SCRAPE, ERROR = range(4)
NONE, COMPLETED, STARTED, STOPPED, PAUSED = range(5)
PEER_SIZE = {socket.AF_INET: 6, socket.AF_INET6: 18}

# Much longer than a response takes, even with sanitizers on a busy machine.
ANSWER_WITHIN_SECONDS = 15


def connect_request(transaction=1, magic=MAGIC, action=CONNECT):
    return struct.pack(">QII", magic, action, transaction & 0xFFFFFFFF)


def announce_request(connection, info_hash, port, *, transaction=1, peer_id=b"-GY0001-integration.",
                     downloaded=0, left=1, uploaded=0, event=STARTED, ip=0, key=0, numwant=-1,
                     options=b""):
    return struct.pack(">QII20s20sQQQIIIIH", connection, ANNOUNCE, transaction & 0xFFFFFFFF,
                       info_hash, peer_id, downloaded, left & 0xFFFFFFFFFFFFFFFF, uploaded, event,
                       ip, key, numwant & 0xFFFFFFFF, port) + options


def scrape_request(connection, info_hashes, transaction=1):
    return struct.pack(">QII", connection, SCRAPE, transaction & 0xFFFFFFFF) + b"".join(info_hashes)


@dataclass
class AnnounceResponse:
    interval: int
    leechers: int
    seeders: int
    peers: list = field(default_factory=list)  # (address text, port)


def transaction_of(response):
    return struct.unpack_from(">I", response, 4)[0]


def parse_connect(response):
    if len(response) != 16:
        raise ValueError(f"a connect response has 16 bytes, not {len(response)}")
    action, _, connection = struct.unpack(">IIQ", response)
    if action != CONNECT:
        raise ValueError(f"not a connect response: {response!r}")
    return connection


def parse_announce(response, family=socket.AF_INET):
    action, _, interval, leechers, seeders = struct.unpack_from(">IIIII", response)
    if action != ANNOUNCE:
        raise ValueError(f"not an announce response: {response!r}")
    size = PEER_SIZE[family]
    rest = response[20:]
    if len(rest) % size:
        raise ValueError(f"{len(rest)} bytes of peers are not a multiple of {size}")
    peers = [(socket.inet_ntop(family, rest[at:at + size - 2]),
              struct.unpack_from(">H", rest, at + size - 2)[0])
             for at in range(0, len(rest), size)]
    return AnnounceResponse(interval, leechers, seeders, peers)


def parse_scrape(response):
    """Rows of (seeders, completed, leechers)."""
    if len(response) % 12 != 8:
        raise ValueError(f"a scrape response has 8 + 12n bytes, not {len(response)}")
    if struct.unpack_from(">I", response)[0] != SCRAPE:
        raise ValueError(f"not a scrape response: {response!r}")
    return [struct.unpack_from(">III", response, at) for at in range(8, len(response), 12)]


def parse_error(response):
    if struct.unpack_from(">I", response)[0] != ERROR:
        raise ValueError(f"not an error response: {response!r}")
    return response[8:].decode()


class Client:
    """One UDP socket that talks to one address of a tracker, as a BitTorrent client does.

    The socket is connected: like libtorrent and aria2 it receives only from the address that it
    asked.
    """

    def __init__(self, endpoint, source=None):
        host = endpoint[0]
        self.family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(self.family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.settimeout(ANSWER_WITHIN_SECONDS)
        if source:
            self.socket.bind((source, 0) if isinstance(source, str) else source)
        self.socket.connect(endpoint)
        self.connection = None
        self.transaction = 0x7FFFFFF0  # crosses into the top bit

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    @property
    def port(self):
        return self.socket.getsockname()[1]

    def next_transaction(self):
        self.transaction = (self.transaction + 1) & 0xFFFFFFFF
        return self.transaction

    def send(self, request):
        self.socket.send(request)

    def receive(self):
        return self.socket.recv(65536)

    def exchange(self, request):
        """Sends and returns the response, which must have the request's transaction id."""
        self.send(request)
        response = self.receive()
        if response[4:8] != request[12:16]:
            raise ValueError(f"answer {response!r} is for another transaction than {request!r}")
        return response

    def connect(self):
        self.connection = parse_connect(self.exchange(connect_request(self.next_transaction())))
        return self.connection

    def connection_id(self):
        return self.connection if self.connection is not None else self.connect()

    def announce_raw(self, info_hash, port=None, **fields):
        port = self.port if port is None else port
        return self.exchange(announce_request(self.connection_id(), info_hash, port,
                                              transaction=self.next_transaction(), **fields))

    def announce(self, info_hash, port=None, **fields):
        return parse_announce(self.announce_raw(info_hash, port, **fields), self.family)

    def scrape(self, *info_hashes):
        return parse_scrape(self.exchange(
            scrape_request(self.connection_id(), info_hashes, self.next_transaction())))

    def answers_to(self, *requests):
        """The responses to the requests that arrive before the response to a connect sent after
        them.

        Empty means silence, without waiting for a timeout. Exact against a tracker of one worker,
        which answers one socket in order.
        """
        for request in requests:
            self.send(request)
        probe = connect_request(self.next_transaction())
        self.send(probe)
        answers = []
        while True:
            response = self.receive()
            if response[:8] == probe[8:16] and len(response) == 16:
                return answers
            answers.append(response)


def info_hash(number):
    """A distinct, reproducible info_hash for each number."""
    return struct.pack(">I", number & 0xFFFFFFFF) * 5
