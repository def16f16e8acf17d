"""Attacking connections as plain sockets: prepared bytes are sent as fast as possible, and
responses are counted and discarded.
"""

import selectors
import socket
import time

import websocket

from .asking import address

# Its pong comes after everything that the burst before it caused.
LAST_PING = b"the last"
LAST = websocket.frame(LAST_PING, websocket.PING)
LAST_PONG = bytes([0x80 | websocket.PONG, len(LAST_PING)]) + LAST_PING
CHUNK = 1 << 18


class Wire:
    def __init__(self, connected, to_send=b""):
        self.socket = connected
        self.socket.setblocking(False)
        self.to_send = memoryview(to_send)
        self.sent = self.received = 0
        self._tail = b""  # end of the received bytes
        self.has_last_pong = self.is_closed = False

    def push(self):
        try:
            size = self.socket.send(self.to_send[:CHUNK])
        except BlockingIOError:
            return
        except OSError:
            self.is_closed = True
            return
        self.to_send = self.to_send[size:]
        self.sent += size

    def pull(self):
        try:
            data = self.socket.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.received += len(data)
        self._tail += data
        self.has_last_pong = self.has_last_pong or LAST_PONG in self._tail
        self._tail = self._tail[-len(LAST_PONG):]
        self.is_closed = self.is_closed or not data


def drive(wires, seconds, is_done=lambda wire: wire.has_last_pong, refill=None,
          until=lambda: False):
    """Runs until all are done or closed, time is up, or `until` is true. Returns the seconds.

    `refill` is called with each wire that has nothing left to send.
    """
    begin = time.perf_counter()
    selector = selectors.DefaultSelector()
    for wire in wires:
        selector.register(wire.socket, events_of(wire, refill), wire)
    open_wires = set(wires)
    while open_wires and time.perf_counter() - begin < seconds and not until():
        for key, events in selector.select(0.02):
            wire = key.data
            if events & selectors.EVENT_READ:
                wire.pull()
            if events & selectors.EVENT_WRITE:
                if refill and not wire.to_send:
                    wire.to_send = memoryview(refill(wire))
                wire.push()
            if wire.is_closed or is_done(wire):
                selector.unregister(wire.socket)
                open_wires.discard(wire)
            elif selector.get_key(wire.socket).events != events_of(wire, refill):
                selector.modify(wire.socket, events_of(wire, refill), wire)
    selector.close()
    return time.perf_counter() - begin


def events_of(wire, refill):
    writes = wire.to_send or refill
    return selectors.EVENT_READ | (selectors.EVENT_WRITE if writes else 0)


def connect(endpoint, number=0, second=99, timeout=5):
    """Connects from the attackers' address with that number."""
    return socket.create_connection(endpoint, timeout, (address(number, second), 0))


def connect_ws(endpoint, number=0, second=99, headers=None, timeout=5):
    """The socket of a WebSocket after its handshake."""
    client = websocket.Client(connect(endpoint, number, second, timeout))
    client.socket.settimeout(timeout)
    try:
        client.upgrade(headers=headers)
    except BaseException:
        client.close()
        raise
    return client.socket


def deflated_frame(payload):
    return websocket.frame(websocket.deflated(payload), rsv=websocket.RSV1)


def close_all(wires):
    for wire in wires:
        wire.socket.close()
