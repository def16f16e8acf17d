"""A running gyre_ws for black-box tests; http_tracker.py has gyre_http."""

import json
import os

import tracker as base
import websocket
import webtorrent
from http_tracker import HttpTracker, HttpTrackerTest
from tracker import wait_until

BINARY = os.environ.get("GYRE_WS", "gyre_ws")


def run_binary(*arguments, **options):
    return base.run_binary(*arguments, binary=BINARY, **options)


class Client(websocket.Client):
    """One connection of a WebTorrent client."""

    def tell(self, message):
        self.send_text(webtorrent.encode(message))

    def json(self):
        """The next message. All but scrape replies have an info_hash: clients crash without."""
        message = super().json()
        if not isinstance(message.get("info_hash"), str) and "files" not in message:
            raise AssertionError(f"there is no info_hash in {message}")
        return message

    def announce(self, swarm, peer, *arguments, **options):
        """(complete, incomplete) of the reply, which must be the next message."""
        self.tell(webtorrent.announce(swarm, peer, *arguments, **options))
        reply = self.json()
        wanted = webtorrent.reply_to_announce(swarm, reply.get("complete"),
                                              reply.get("incomplete"), reply.get("interval"))
        if reply != wanted:
            raise AssertionError(f"not a reply to the announce: {reply}")
        return reply["complete"], reply["incomplete"]

    def answer(self, *arguments):
        self.tell(webtorrent.answer(*arguments))

    def scrape(self, *swarms):
        """(seeders, completed, leechers) of each; the reply must be the next message."""
        self.tell(webtorrent.scrape(*swarms))
        reply = self.json()
        if list(reply) != ["action", "files", "flags"] or reply["action"] != "scrape":
            raise AssertionError(f"not a reply to the scrape: {reply}")
        rows = {name.encode("latin-1"): (row["complete"], row["downloaded"], row["incomplete"])
                for name, row in reply["files"].items()}
        if set(rows) != set(swarms):
            raise AssertionError(f"other torrents than were asked for: {reply}")
        return [rows[swarm] for swarm in swarms]

    def failure(self, swarm=None):
        """The reason of the next message, a failure about that swarm."""
        failure = self.json()
        if swarm is not None and failure.get("info_hash") != webtorrent.text(swarm):
            raise AssertionError(f"not about that torrent: {failure}")
        if failure.get("action") not in ("announce", "scrape"):
            raise AssertionError(f"clients hang up on a failure without action: {failure}")
        return failure["failure reason"]

    def caught_up(self, swarm):
        """The messages that result from what that torrent's worker did until now.

        A scrape takes the same route as announces, offers and answers.
        """
        self.tell(webtorrent.scrape(swarm))
        messages = []
        while (message := self.json()).get("action") != "scrape":
            messages.append(message)
        return messages


class WsTracker(HttpTracker):
    binary = BINARY
    schemes = "wss?"

    def http_client(self, *arguments, tls=None, server_name="tracker.test", **options):
        """A connection before its WebSocket handshake."""
        connected = self.connect(*arguments, **options)
        if tls:
            connected = tls.wrap_socket(connected, server_hostname=server_name)
        return Client(connected)

    def client(self, *arguments, path="/", headers=None, **options):
        """A WebSocket connection."""
        client = self.http_client(*arguments, **options)
        try:
            client.upgrade(path, headers)
        except BaseException:
            client.close()
            raise
        return client

    def assert_adds_up(self):
        """Every connection is open or closed for one reason; every request was answered."""
        def problem():
            samples = self.metrics()

            def total(name, **labels):
                return sum(value for (sample, of), value in samples.items()
                           if sample == name and set(labels.items()) <= set(of))

            accepted = total("gyre_connections_accepted_total")
            ended = total("gyre_connections_closed_total") + total("gyre_connections")
            if accepted != ended:
                return f"{accepted} connections accepted, {ended} open or closed"
            caused = total("gyre_requests_total") + total("gyre_offers_total", result="relayed")
            lost = total("gyre_messages_dropped_total")
            lost -= total("gyre_messages_dropped_total", reason="over_rate")
            if caused != total("gyre_messages_sent_total") + lost:
                return f"{caused} messages to send, {lost} dropped and the others not sent"
            for kind, due in (("offer", total("gyre_offers_total", result="relayed")),
                              ("answer", total("gyre_answers_relayed_total")),
                              ("failure", total("gyre_failures_total"))):
                sent = total("gyre_messages_sent_total", type=kind)
                if not due - lost <= sent <= due:
                    return f"{sent} messages sent: {kind}; {due} were due, {lost} lost"
            return None

        try:
            wait_until(lambda: problem() is None, "the counters add up")
        except AssertionError as error:
            raise AssertionError(f"{error}: {problem()}") from None

    def peers(self):
        return self.total("gyre_peers")

    def wait_for_peers(self, count):
        wait_until(lambda: self.peers() == count, f"{count} peers")

    def wait_for_total(self, count, name, **labels):
        wait_until(lambda: self.total(name, **labels) >= count, f"{count} x {name} {labels}")


class WsTrackerTest(HttpTrackerTest):
    tracker_class = WsTracker


class SharedWsTrackerTest(base.SharedTrackerTest):
    tracker_class = WsTracker
