// How a session treats records that no honest client sends, and rare ones that it may send.
#include <gtest/gtest.h>

#include <iterator>

#include "tests/support/tls_pair.hpp"
#include "tests/support/tls_records.hpp"

namespace gyre::test {
namespace {

using tls::RecordFault;
using tls::Session;
using Status = Session::Status;

struct Kind {
  const char* name;
  int version;
  const char* tls12_ciphers;
  const char* tls13_ciphers;
  std::size_t size_min;  // of an application data record without plaintext
};

const Kind kinds[] = {
    {"tls13_aes", TLS1_3_VERSION, "", "TLS_AES_128_GCM_SHA256", 17},
    {"tls13_chacha20", TLS1_3_VERSION, "", "TLS_CHACHA20_POLY1305_SHA256", 17},
    {"tls12_aes", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", "", 24},
    {"tls12_chacha20", TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305", "", 16},
};

constexpr std::string_view request = "GET / HTTP/1.1\r\n\r\n";

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

class Records : public testing::TestWithParam<Kind> {
 protected:
  static TlsClientOptions options() {
    return {.version = GetParam().version,
            .tls12_ciphers = GetParam().tls12_ciphers,
            .tls13_ciphers = GetParam().tls13_ciphers};
  }
  static bool is_tls13() { return GetParam().version == TLS1_3_VERSION; }

  // A new connection.
  TlsPair& connect() {
    pair = std::make_unique<TlsPair>(client_context, context);
    pair->run();
    EXPECT_EQ(pair->server().status(), Status::open);
    return *pair;
  }

  // Refused by the session: the library never saw the end of the header.
  static void expect_refused(TlsPair& pair, RecordFault fault) {
    EXPECT_EQ(pair.server().status(), Status::failed);
    EXPECT_EQ(pair.server().reason(), to_string(fault));
    EXPECT_EQ(pair.received(), "");
    EXPECT_FALSE(pair.send_to_client("x"));
  }

  TlsClientContext client_context{options()};
  TlsSecret secret{client_context.get()};
  std::shared_ptr<const tls::Context> context = make_context();
  std::unique_ptr<TlsPair> pair;
};

TEST_P(Records, TooShortAreRefused) {
  for (std::size_t size = 0; size < GetParam().size_min; ++size) {
    connect().to_server(record_of(23, size));
    expect_refused(*pair, RecordFault::too_short);
  }
  connect().to_server(record_of(23, GetParam().size_min));  // left to the library
  EXPECT_EQ(pair->server().status(), Status::failed);
  EXPECT_NE(pair->server().reason(), to_string(RecordFault::too_short));
}

TEST_P(Records, TooShortAreRefusedHoweverSplit) {
  const Bytes record = record_of(23, GetParam().size_min - 1);
  const std::span<const std::byte> all(record);
  for (std::size_t first = 1; first < all.size(); ++first) {
    connect();
    const Status after_first = pair->to_server(all.first(first));
    EXPECT_EQ(after_first, first < tls::record_header_size ? Status::open : Status::failed);
    pair->to_server(all.subspan(first));
    expect_refused(*pair, RecordFault::too_short);
  }
}

// Valid records before it in the same input are delivered.
TEST_P(Records, TooShortAfterValidAreRefused) {
  connect();
  pair->client().send(request);
  Bytes piece = pair->client().take();
  const Bytes record = record_of(23, 16 - 1);
  piece.insert(piece.end(), record.begin(), record.end());
  EXPECT_EQ(pair->to_server(piece), Status::failed);
  EXPECT_EQ(pair->server().reason(), to_string(RecordFault::too_short));
  EXPECT_EQ(pair->received(), request);
}

TEST_P(Records, TooLongAreRefusedByTheirHeader) {
  const std::size_t size_max =
      is_tls13() ? tls::record_payload_max_tls13 : tls::record_payload_max_tls12;
  for (const std::size_t size : {size_max + 1, std::size_t{0xffff}}) {
    connect().to_server(record_header(23, size));
    expect_refused(*pair, RecordFault::too_long);
  }
  connect().to_server(record_header(23, size_max));  // the largest that the library waits for
  EXPECT_NE(pair->server().reason(), to_string(RecordFault::too_long));
}

TEST_P(Records, OtherTypesAreRefused) {
  for (const unsigned type : {0U, 19U, 24U, 255U}) {
    connect().to_server(record_of(type, 40));
    expect_refused(*pair, RecordFault::unknown_type);
  }
  for (const unsigned type : {21U, 22U}) {  // an unencrypted alert or handshake
    for (const std::size_t size : {0U, 2U, 16U}) {
      connect().to_server(record_of(type, size));
      expect_refused(*pair, is_tls13() ? RecordFault::not_encrypted : RecordFault::too_short);
    }
  }
}

// Replaces each record of the client in turn by one as short as those of the attack.
TEST_P(Records, TooShortInTheHandshakeAreRefused) {
  for (const std::size_t size : {0U, 1U, 2U, 15U, 16U}) {
    for (const unsigned type : {20U, 21U, 22U, 23U}) {
      for (std::size_t flight = 0; flight < 2; ++flight) {
        TlsPair fresh(client_context, context);
        if (flight == 1) fresh.to_server(fresh.client().take());
        fresh.to_server(record_of(type, size));
        const bool may_be_plain = type != 23 && !(is_tls13() && flight == 1);
        const bool is_right = (type == 20 && size == 1) ||
                              (may_be_plain && type == 21 && size == 2) ||
                              (may_be_plain && type == 22 && size > 0);
        if (is_right) continue;  // left to the library
        EXPECT_EQ(fresh.server().status(), Status::failed) << type << ' ' << size << ' ' << flight;
        EXPECT_TRUE(fresh.server().reason().contains("record")) << fresh.server().reason();
      }
    }
  }
}

TEST_P(Records, EmptyAreLegal) {
  connect();
  RecordSealer sealer(pair->client().get());
  for (int i = 0; i < 3; ++i) {
    const Bytes record = sealer.seal(23, {});
    EXPECT_EQ(record.size(), tls::record_header_size + GetParam().size_min);
    for (const std::byte byte : record) EXPECT_EQ(pair->to_server({&byte, 1}), Status::open);
  }
  EXPECT_EQ(pair->to_server(sealer.seal(23, bytes_of(request))), Status::open);
  EXPECT_EQ(pair->received(), request);
}

TEST_P(Records, LargestAreLegal) {
  connect();
  RecordSealer sealer(pair->client().get());
  const std::string large(tls::record_payload_max, 'x');
  const Bytes record = sealer.seal(23, bytes_of(large));
  EXPECT_EQ(pair->to_server(std::span(record).first(10'000)), Status::open);
  EXPECT_EQ(pair->to_server(std::span(record).subspan(10'000)), Status::open);
  EXPECT_EQ(pair->received(), large);
}

// One byte more than a record may have, properly encrypted.
TEST_P(Records, LargerThanTheLargestAreRefused) {
  connect();
  RecordSealer sealer(pair->client().get());
  const std::string too_large(tls::record_payload_max + 1, 'x');
  EXPECT_EQ(pair->to_server(sealer.seal(23, bytes_of(too_large))), Status::failed);
  EXPECT_EQ(pair->received(), "");
}

TEST_P(Records, EmptyHandshakesAndAlertsAreRefused) {
  for (const unsigned type : {21U, 22U}) {
    connect();
    RecordSealer sealer(pair->client().get());
    EXPECT_EQ(pair->to_server(sealer.seal(type, {})), Status::failed) << type;
    EXPECT_EQ(pair->received(), "");
  }
}

// 3,000 messages of five bytes, each of which the library answers with a record: more than fit the
// output end the session, and have no other effect. (RFC 8446 5.1 allows one key update in a
// record.)
TEST_P(Records, BoundsKeyUpdatesInOneRecord) {
  if (!is_tls13()) GTEST_SKIP() << "TLS 1.2 has none";
  for (const std::size_t count : {1U, 3000U}) {
    connect();
    RecordSealer sealer(pair->client().get());
    Bytes updates;
    for (std::size_t i = 0; i < count; ++i) {
      const Bytes update = from_hex("18 00 00 01 01");
      updates.insert(updates.end(), update.begin(), update.end());
    }
    const Status status = pair->to_server(sealer.seal(22, updates));
    EXPECT_EQ(status, count == 1 ? Status::open : Status::failed) << pair->server().reason();
  }
}

TEST_P(Records, PaddingIsLegal) {
  if (!is_tls13()) GTEST_SKIP() << "TLS 1.2 has none";
  connect();
  RecordSealer sealer(pair->client().get());
  EXPECT_EQ(pair->to_server(sealer.seal(23, {}, 1000)), Status::open);
  EXPECT_EQ(pair->to_server(sealer.seal(23, bytes_of(request), 1000)), Status::open);
  EXPECT_EQ(pair->received(), request);
}

INSTANTIATE_TEST_SUITE_P(Tls, Records, testing::ValuesIn(kinds),
                         [](const auto& test) { return std::string(test.param.name); });

// CVE-2026-3547: a list of protocols whose last name extends beyond it.
TEST(TlsRecords, OverlongProtocolNamesAreRefused) {
  for (const char* const list : {"02 68 32 08", "02 68 32 01 61 08", "02 68 32 02 61"}) {
    Bytes name = from_hex(list);
    const TlsClientContext client_context(
        {.alpn =
             std::string(name.size() - 1, 'a').insert(0, 1, static_cast<char>(name.size() - 1))});
    TlsPair pair(client_context, make_context());
    Bytes hello = pair.client().take();
    const Bytes sent(name.size(), std::byte{'a'});
    auto at = std::ranges::search(hello, std::span(sent).subspan(1)).begin();
    ASSERT_NE(at, hello.end());
    std::ranges::copy(name, std::prev(at));
    EXPECT_EQ(pair.to_server(hello), Status::failed) << list;
  }
}

}  // namespace
}  // namespace gyre::test
