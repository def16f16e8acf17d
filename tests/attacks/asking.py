"""Requests of honest clients, over one connection or a new one each time. Each client has its own
address and its own swarm.
"""

import socket
import time

import bep15
import bep3
import webtorrent
import websocket
from http_tracker import trusting_client

AGAIN_AFTER_SECONDS = 0.2


def address(number, second=77):
    """A loopback address; the second byte separates groups of clients."""
    return f"127.{second}.{number // 250}.{1 + number % 250}"


def from_addresses(count):
    """The attackers' part of a title."""
    return "" if count == 1 else f", from {count:,} addresses"


class Client:
    """ask() returns the number of attempts until the answer, or raises if there is none."""

    def __init__(self, endpoint, number, crowd):
        self._endpoint, self._crowd = endpoint, crowd
        self._source = (address(number), 0)
        self._swarm = bep15.info_hash(1_000_000 + number)
        self._number = number
        self._context = trusting_client() if crowd.tls else None
        self._client = None

    def ask(self):
        for attempt in range(1, self._crowd.attempts + 1):
            try:
                if self._client is None:
                    self._client = self._connect()
                self._exchange(self._client)
                return attempt
            except (OSError, ValueError, AssertionError):
                self.close()
                if attempt == self._crowd.attempts:
                    raise
                time.sleep(AGAIN_AFTER_SECONDS)  # as a refused client does
        raise ValueError("no attempt is allowed")

    def close(self):
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connected(self):
        connected = socket.create_connection(self._endpoint, self._crowd.patience_s, self._source)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self._context:
                return self._context.wrap_socket(connected, server_hostname="tracker.test")
            return connected
        except BaseException:
            connected.close()
            raise

    def _patient(self, client):
        client.socket.settimeout(self._crowd.patience_s)
        return client


class WsClient(Client):
    def _connect(self):
        client = self._patient(websocket.Client(self._connected()))
        try:
            client.upgrade()
        except BaseException:
            client.close()
            raise
        return client

    def _exchange(self, client):
        client.send_text(webtorrent.encode(
            webtorrent.announce(self._swarm, webtorrent.peer_id(self._number), numwant=0,
                                offers=[])))
        reply = client.json()
        if "complete" not in reply:
            raise ValueError(f"no reply to an announce: {reply}")


class HttpClient(Client):
    def _connect(self):
        return self._patient(bep3.Client(self._connected()))

    def _exchange(self, client):
        peers = client.announce(self._swarm, 6881).value()
        if b"interval" not in peers or b"failure reason" in peers:
            raise ValueError(f"no reply to an announce: {peers}")


class UdpClient(Client):
    """Asks again after a second, as a lost datagram needs; each is an attempt."""

    def _connect(self):
        client = bep15.Client(self._endpoint, self._source)
        client.socket.settimeout(1)
        return client

    def _exchange(self, client):
        client.announce(self._swarm, 6881)


class Anew:
    """A new connection per request."""

    def ask(self):
        try:
            return super().ask()
        finally:
            self.close()


class NewWsClient(Anew, WsClient):
    pass


class NewHttpClient(Anew, HttpClient):
    pass


KINDS = {"udp": UdpClient, "ws": WsClient, "new ws": NewWsClient, "http": HttpClient,
         "new http": NewHttpClient}
