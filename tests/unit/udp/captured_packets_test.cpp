// Requests that real clients sent to a tracker on loopback, byte by byte.
#include <gtest/gtest.h>

#include "tests/support/bytes.hpp"
#include "udp/protocol.hpp"

namespace gyre::udp {
namespace {

using test::from_hex;

constexpr std::string_view torrent = "412655c7e743268d2e9de3c066b8bc9221b2cd5b";

struct Connect {
  const char* client;
  const char* packet;
  TransactionId transaction_id;
};

const Connect connects[] = {
    {"libtorrent 2.0.8", "0000041727101980 00000000 d83b6835", 0xd83b6835},
    {"Transmission 3.00", "0000041727101980 00000000 b2930bc5", 0xb2930bc5},
    {"aria2 1.36.0", "0000041727101980 00000000 96ff9e8f", 0x96ff9e8f},
};

TEST(CapturedPackets, Connect) {
  for (const Connect& row : connects) {
    SCOPED_TRACE(row.client);
    const test::ExactCopy packet(from_hex(row.packet));
    const auto request = parse_request(packet.span());
    ASSERT_TRUE(request);
    const auto* connect = std::get_if<ConnectRequest>(&*request);
    ASSERT_NE(connect, nullptr);
    EXPECT_EQ(connect->transaction_id, row.transaction_id);
  }
}

// The announces are all of one torrent, with nothing downloaded or uploaded.
struct Announce {
  const char* client;
  const char* packet;
  std::size_t size;
  ConnectionId connection_id;
  TransactionId transaction_id;
  AnnounceEvent event;
  std::uint64_t bytes_left;
  std::uint32_t key;
  std::int32_t peers_wanted;
  std::uint16_t port;
  std::string_view options = {};
  bool has_url_data = false;
  std::string_view info_hash = torrent;
};

using enum AnnounceEvent;
constexpr std::uint64_t mebibyte = 0x100000;
constexpr std::string_view passkey_path =
    "0219 2f616e6e6f756e63653f706173736b65793d61626325323064";  // /announce?passkey=abc%20d
constexpr std::string_view plain_path = "0209 2f616e6e6f756e6365";

const Announce announces[] = {
    {"libtorrent 2.0.8, started",
     R"(9c2c559625b04673 00000001 6f3dfd4c 412655c7e743268d2e9de3c066b8bc9221b2cd5b
        2d4c54323038302d6145347e32432d4570544443 0000000000000000 0000000000100000 0000000000000000
        00000002 00000000 b41091ad 000000c8 41fb
        0219 2f616e6e6f756e63653f706173736b65793d61626325323064)",
     125, 0x9c2c559625b04673, 0x6f3dfd4c, started, mebibyte, 0xb41091ad, 200, 16891, passkey_path,
     true},
    {"libtorrent 2.0.8, stopped",
     R"(9c2c559625b04673 00000001 c55bf35a 412655c7e743268d2e9de3c066b8bc9221b2cd5b
        2d4c54323038302d6145347e32432d4570544443 0000000000000000 0000000000100000 0000000000000000
        00000003 00000000 b41091ad 00000000 41fb
        0219 2f616e6e6f756e63653f706173736b65793d61626325323064)",
     125, 0x9c2c559625b04673, 0xc55bf35a, stopped, mebibyte, 0xb41091ad, 0, 16891, passkey_path,
     true},
    {"libtorrent 2.0.8 over IPv6, started",
     R"(395d177b28ce118f 00000001 1ecd38fb 412655c7e743268d2e9de3c066b8bc9221b2cd5b
        2d4c54323038302d326d30794a2a51414f6b786c 0000000000000000 0000000000100000 0000000000000000
        00000002 00000000 8675ca9e 000000c8 41fb 0209 2f616e6e6f756e6365)",
     109, 0x395d177b28ce118f, 0x1ecd38fb, started, mebibyte, 0x8675ca9e, 200, 16891, plain_path,
     true},
    {"libtorrent 2.0.8, partial seed of a hybrid torrent, v1",
     R"(abd5472654239787 00000001 455c1366 b2415a3ab2aca026ca23d9e8193c24a5a581e423
        2d4c54323038302d4a4e634d514c425145655f72 0000000000000000 0000000000020000 0000000000000000
        00000004 00000000 5e844192 000000c8 41fb 0209 2f616e6e6f756e6365)",
     109, 0xabd5472654239787, 0x455c1366, paused, 0x20000, 0x5e844192, 200, 16891, plain_path, true,
     "b2415a3ab2aca026ca23d9e8193c24a5a581e423"},
    {"libtorrent 2.0.8, partial seed of a hybrid torrent, v2",
     R"(711b340ac4cdbfe0 00000001 e88878d2 3168cbb793ddb209995db61db63106bff3ddd322
        2d4c54323038302d4a4e634d514c425145655f72 0000000000000000 0000000000020000 0000000000000000
        00000004 00000000 5e844192 000000c8 41fb 0209 2f616e6e6f756e6365)",
     109, 0x711b340ac4cdbfe0, 0xe88878d2, paused, 0x20000, 0x5e844192, 200, 16891, plain_path, true,
     "3168cbb793ddb209995db61db63106bff3ddd322"},
    {"qBittorrent 4.5.2, started",
     R"(041f91eac911f943 00000001 1667d4de 412655c7e743268d2e9de3c066b8bc9221b2cd5b
        2d7142343532302d506e64502978715675656944 0000000000000000 0000000000100000 0000000000000000
        00000002 00000000 c388211d 000000c8 425f
        0219 2f616e6e6f756e63653f706173736b65793d61626325323064)",
     125, 0x041f91eac911f943, 0x1667d4de, started, mebibyte, 0xc388211d, 200, 16991, passkey_path,
     true},
    {"Transmission 3.00, started",
     R"(302077a497b6a334 00000001 71f0acbb 412655c7e743268d2e9de3c066b8bc9221b2cd5b
        2d5452333030302d69306a666e6b783271343269 0000000000000000 0000000000100000 0000000000000000
        00000002 00000000 2034abf6 00000050 45e3)",
     98, 0x302077a497b6a334, 0x71f0acbb, started, mebibyte, 0x2034abf6, 80, 17891},
    {"aria2 1.36.0, stopped, two bytes of padding",
     R"(cbba11dc8b77929f 00000001 f1e83b02 412655c7e743268d2e9de3c066b8bc9221b2cd5b
        41322d312d33362d302dcc35dd75fb0d54539597 0000000000000000 0000000000100000 0000000000000000
        00000003 00000000 655b35af 00000000 41f1 0000)",
     100, 0xcbba11dc8b77929f, 0xf1e83b02, stopped, mebibyte, 0x655b35af, 0, 16881, "0000"},
    {"rtorrent 0.9.8, started",
     R"(1e341ab83b476d93 00000001 1f9fb428 412655c7e743268d2e9de3c066b8bc9221b2cd5b
        2d6c74304438302d48aec3852f269a5cc19f02c0 0000000000000000 0000000000100000 0000000000000000
        00000002 00000000 117cd45d ffffffff 49cb)",
     98, 0x1e341ab83b476d93, 0x1f9fb428, started, mebibyte, 0x117cd45d, -1, 18891},
    {"bittorrent-tracker 11.2.3, completed, an unknown number left",
     R"(ccac882fd88e7a80 00000001 09fc24c3 412655c7e743268d2e9de3c066b8bc9221b2cd5b
        2d5757303330302d00ff202b2f25616263646566 0000000000000000 ffffffffffffffff 0000000000000000
        00000001 00000000 00000000 00000032 1ae1)",
     98, 0xccac882fd88e7a80, 0x09fc24c3, completed, 0xffffffffffffffff, 0, 50, 6881},
};

TEST(CapturedPackets, Announce) {
  for (const Announce& row : announces) {
    SCOPED_TRACE(row.client);
    const test::ExactCopy packet(from_hex(row.packet));
    ASSERT_EQ(packet.span().size(), row.size);
    const auto parsed = parse_request(packet.span());
    ASSERT_TRUE(parsed);
    const auto* request = std::get_if<AnnounceRequest>(&*parsed);
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->connection_id, row.connection_id);
    EXPECT_EQ(request->transaction_id, row.transaction_id);
    EXPECT_EQ(to_hex(request->info_hash), row.info_hash);
    EXPECT_TRUE(std::ranges::equal(request->peer_id.bytes, packet.span().subspan(36, 20)));
    EXPECT_EQ(request->bytes_downloaded, 0U);
    EXPECT_EQ(request->bytes_left, row.bytes_left);
    EXPECT_EQ(request->bytes_uploaded, 0U);
    EXPECT_EQ(request->event, row.event);
    EXPECT_EQ(request->ip_address, 0U);
    EXPECT_EQ(request->key, row.key);
    EXPECT_EQ(request->peers_wanted, row.peers_wanted);
    EXPECT_EQ(request->port, row.port);
    EXPECT_TRUE(std::ranges::equal(request->options, from_hex(row.options)));
    EXPECT_EQ(has_url_data(request->options), row.has_url_data);
  }
}

TEST(CapturedPackets, WritesTheSameAnnounce) {
  for (const Announce& row : announces) {
    SCOPED_TRACE(row.client);
    const auto packet = from_hex(row.packet);
    test::Bytes out(packet.size());
    const auto request = parse_request(packet);
    ASSERT_TRUE(request);
    EXPECT_EQ(write_announce_request(out, std::get<AnnounceRequest>(*request)), packet.size());
    EXPECT_EQ(out, packet);
  }
}

struct Scrape {
  const char* client;
  const char* packet;
  ConnectionId connection_id;
  TransactionId transaction_id;
  std::vector<std::string_view> info_hashes;
};

const Scrape scrapes[] = {
    {"libtorrent 2.0.8",
     "9c2c559625b04673 00000002 db01b5cc 412655c7e743268d2e9de3c066b8bc9221b2cd5b",
     0x9c2c559625b04673,
     0xdb01b5cc,
     {torrent}},
    {"Transmission 3.00",
     "302077a497b6a334 00000002 63ddcb45 412655c7e743268d2e9de3c066b8bc9221b2cd5b",
     0x302077a497b6a334,
     0x63ddcb45,
     {torrent}},
    {"bittorrent-tracker 11.2.3, two hashes that it garbles into four",
     R"(f2cc1f11b8297684 00000002 407331b9
        0401020605050007000704030206080002000900 0003000006060008000009020201000200000500
        0000000000000000000000000000000000000000 0000000000000000000000000000000000000000)",
     0xf2cc1f11b8297684,
     0x407331b9,
     {"0401020605050007000704030206080002000900", "0003000006060008000009020201000200000500",
      "0000000000000000000000000000000000000000", "0000000000000000000000000000000000000000"}},
};

TEST(CapturedPackets, Scrape) {
  for (const Scrape& row : scrapes) {
    SCOPED_TRACE(row.client);
    const test::ExactCopy packet(from_hex(row.packet));
    const auto parsed = parse_request(packet.span());
    ASSERT_TRUE(parsed);
    const auto* request = std::get_if<ScrapeRequest>(&*parsed);
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->connection_id, row.connection_id);
    EXPECT_EQ(request->transaction_id, row.transaction_id);
    ASSERT_EQ(request->count(), row.info_hashes.size());
    for (std::size_t i = 0; i < row.info_hashes.size(); ++i) {
      EXPECT_EQ(to_hex(request->info_hash(i)), row.info_hashes[i]);
    }
  }
}

}  // namespace
}  // namespace gyre::udp
