"""Requests of real clients, captured on loopback from a torrent that they all shared.

Only the connection id, issued by another tracker, is left out: `with_connection` inserts a valid
one.
"""

from dataclasses import dataclass

LIBTORRENT = "libtorrent 2.0.8"
QBITTORRENT = "qBittorrent 4.5.2"
TRANSMISSION = "Transmission 3.00"
ARIA2 = "aria2 1.36.0"
RTORRENT = "rtorrent 0.9.8"
JAVASCRIPT = "bittorrent-tracker 11.2.3"

TORRENT = "412655c7e743268d2e9de3c066b8bc9221b2cd5b"
# Fields between the info_hash and the end: peer id, downloaded, left, uploaded, event, ip, key,
# num_want, port, options.
LIBTORRENT_ID = "2d4c54323038302d6145347e32432d4570544443"
QBITTORRENT_ID = "2d7142343532302d506e64502978715675656944"
TRANSMISSION_ID = "2d5452333030302d69306a666e6b783271343269"
ARIA2_ID = "41322d312d33362d302dcc35dd75fb0d54539597"
RTORRENT_ID = "2d6c74304438302d48aec3852f269a5cc19f02c0"
JAVASCRIPT_ID = "2d5757303330302d00ff202b2f25616263646566"
ONE_MIB_LEFT = "0000000000000000 0000000000100000 0000000000000000"
UNKNOWN_LEFT = "0000000000000000 ffffffffffffffff 0000000000000000"
PASSKEY_PATH = "0219 2f616e6e6f756e63653f706173736b65793d61626325323064"
PLAIN_PATH = "0209 2f616e6e6f756e6365"


@dataclass(frozen=True)
class Captured:
    client: str
    what: str
    after_connection_id: str  # hexadecimal; spaces are ignored
    port: int = 0  # as announced

    def with_connection(self, connection):
        return connection.to_bytes(8, "big") + bytes.fromhex(self.after_connection_id)

    @property
    def name(self):
        return f"{self.client}, {self.what}"

    @property
    def info_hash(self):
        return bytes.fromhex(self.after_connection_id)[8:28]

    @property
    def transaction(self):
        return bytes.fromhex(self.after_connection_id)[4:8]

    @property
    def numwant(self):
        return int.from_bytes(bytes.fromhex(self.after_connection_id)[84:88], "big", signed=True)


CONNECTS = [
    Captured(LIBTORRENT, "connect", "00000000 d83b6835"),
    Captured(TRANSMISSION, "connect", "00000000 b2930bc5"),
    Captured(ARIA2, "connect", "00000000 96ff9e8f"),
]

STARTED = [
    Captured(LIBTORRENT, "started", f"00000001 6f3dfd4c {TORRENT} {LIBTORRENT_ID} {ONE_MIB_LEFT}"
             f"00000002 00000000 b41091ad 000000c8 41fb {PASSKEY_PATH}", 16891),
    Captured(QBITTORRENT, "started", f"00000001 1667d4de {TORRENT} {QBITTORRENT_ID} {ONE_MIB_LEFT}"
             f"00000002 00000000 c388211d 000000c8 425f {PASSKEY_PATH}", 16991),
    Captured(TRANSMISSION, "started", f"00000001 71f0acbb {TORRENT} {TRANSMISSION_ID} "
             f"{ONE_MIB_LEFT} 00000002 00000000 2034abf6 00000050 45e3", 17891),
    Captured(ARIA2, "started", f"00000001 eb58e1d1 {TORRENT} {ARIA2_ID} {ONE_MIB_LEFT}"
             "00000002 00000000 70ddec7e 00000032 41f1 0000", 16881),
    Captured(RTORRENT, "started", f"00000001 1f9fb428 {TORRENT} {RTORRENT_ID} {ONE_MIB_LEFT}"
             "00000002 00000000 117cd45d ffffffff 49cb", 18891),
    Captured(JAVASCRIPT, "started", f"00000001 24912c8a {TORRENT} {JAVASCRIPT_ID} {UNKNOWN_LEFT}"
             "00000002 00000000 00000000 00000032 1ae1", 6881),
]

STARTED_IPV6 = [
    Captured(LIBTORRENT, "started over IPv6", f"00000001 1ecd38fb {TORRENT}"
             f"2d4c54323038302d326d30794a2a51414f6b786c {ONE_MIB_LEFT}"
             f"00000002 00000000 8675ca9e 000000c8 41fb {PLAIN_PATH}", 16891),
    Captured(RTORRENT, "started over IPv6", f"00000001 795b9326 {TORRENT}"
             f"2d6c74304438302d4689054ab722aef5b887121e {ONE_MIB_LEFT}"
             "00000002 00000000 1de156ea ffffffff 49cb", 18891),
]

# The two info_hashes of one hybrid torrent, first announced with event 4.
PARTIAL_SEED = [
    Captured(LIBTORRENT, f"paused, {version}", f"00000001 {transaction} {info_hash}"
             "2d4c54323038302d4a4e634d514c425145655f72 0000000000000000 0000000000020000"
             f"0000000000000000 00000004 00000000 5e844192 000000c8 41fb {PLAIN_PATH}", 16891)
    for version, transaction, info_hash in (
        ("v1", "455c1366", "b2415a3ab2aca026ca23d9e8193c24a5a581e423"),
        ("v2", "e88878d2", "3168cbb793ddb209995db61db63106bff3ddd322"))
]

COMPLETED = [
    Captured(JAVASCRIPT, "completed", f"00000001 09fc24c3 {TORRENT} {JAVASCRIPT_ID} {UNKNOWN_LEFT}"
             "00000001 00000000 00000000 00000032 1ae1", 6881),
]

STOPPED = [
    Captured(LIBTORRENT, "stopped", f"00000001 c55bf35a {TORRENT} {LIBTORRENT_ID} {ONE_MIB_LEFT}"
             f"00000003 00000000 b41091ad 00000000 41fb {PASSKEY_PATH}", 16891),
    Captured(QBITTORRENT, "stopped", f"00000001 6c8f530d {TORRENT} {QBITTORRENT_ID} {ONE_MIB_LEFT}"
             f"00000003 00000000 c388211d 00000000 425f {PASSKEY_PATH}", 16991),
    Captured(TRANSMISSION, "stopped", f"00000001 d29ecf41 {TORRENT} {TRANSMISSION_ID} "
             f"{ONE_MIB_LEFT} 00000003 00000000 2034abf6 00000000 45e3", 17891),
    Captured(ARIA2, "stopped", f"00000001 f1e83b02 {TORRENT} {ARIA2_ID} {ONE_MIB_LEFT}"
             "00000003 00000000 655b35af 00000000 41f1 0000", 16881),
    Captured(RTORRENT, "stopped", f"00000001 03724457 {TORRENT} {RTORRENT_ID} {ONE_MIB_LEFT}"
             "00000003 00000000 117cd45d ffffffff 49cb", 18891),
    Captured(JAVASCRIPT, "stopped", f"00000001 a887e20e {TORRENT} {JAVASCRIPT_ID} {UNKNOWN_LEFT}"
             "00000003 00000000 00000000 00000032 1ae1", 6881),
]

SCRAPES = [
    Captured(LIBTORRENT, "scrape", f"00000002 db01b5cc {TORRENT}"),
    Captured(TRANSMISSION, "scrape", f"00000002 63ddcb45 {TORRENT}"),
    Captured(JAVASCRIPT, "scrape", f"00000002 533fdacb {TORRENT}"),
]

# Two info_hashes, which that client garbles into 80 bytes: four unknown ones to the tracker.
GARBLED_SCRAPE = Captured(
    JAVASCRIPT, "scrape of two", "00000002 407331b9"
    "0401020605050007000704030206080002000900 0003000006060008000009020201000200000500"
    "0000000000000000000000000000000000000000 0000000000000000000000000000000000000000")
