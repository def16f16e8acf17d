#include "common/tls/record_guard.hpp"

#include <gtest/gtest.h>

#include "tests/support/tls_records.hpp"

namespace gyre::test {
namespace {

using tls::RecordFault;
using tls::RecordGuard;

constexpr int tls13_aes = 0x1301;
constexpr int tls13_chacha20 = 0x1303;
constexpr int tls12_aes = 0xc02b;
constexpr int tls12_chacha20 = 0xcca9;

// How far the connection has come before the record.
enum class Before { server_hello, keys };

RecordGuard guard_at(Before before, int suite) {
  RecordGuard guard;
  if (before == Before::server_hello) return guard;
  guard.set_cipher_suite(suite);
  Bytes server = record_of(22, 90);
  const Bytes rest = record_of(23, 40);
  server.insert(server.end(), rest.begin(), rest.end());
  guard.observe_server(server);
  EXPECT_EQ(guard.take(record_of(20, 1)), RecordFault::none);
  return guard;
}

struct Case {
  Before before;
  int suite;
  unsigned type;
  std::size_t size_min;  // of the payload; if larger than size_max: no size is valid
  std::size_t size_max;
  RecordFault fault_else = RecordFault::none;  // of all sizes, if none is valid
};

const Case cases[] = {
    {Before::server_hello, 0, 20, 1, 1},
    {Before::server_hello, 0, 21, 2, 2},
    {Before::server_hello, 0, 22, 1, 16384},
    {Before::server_hello, 0, 23, 1, 0, RecordFault::unexpected_data},
    {Before::server_hello, 0, 0, 1, 0, RecordFault::unknown_type},
    {Before::server_hello, 0, 19, 1, 0, RecordFault::unknown_type},
    {Before::server_hello, 0, 24, 1, 0, RecordFault::unknown_type},
    {Before::server_hello, 0, 255, 1, 0, RecordFault::unknown_type},
    {Before::keys, tls13_aes, 20, 1, 1},
    {Before::keys, tls13_aes, 21, 1, 0, RecordFault::not_encrypted},
    {Before::keys, tls13_aes, 22, 1, 0, RecordFault::not_encrypted},
    {Before::keys, tls13_aes, 23, 17, 16384 + 256},
    {Before::keys, tls13_aes, 24, 1, 0, RecordFault::unknown_type},
    {Before::keys, tls13_chacha20, 23, 17, 16384 + 256},
    {Before::keys, tls12_aes, 20, 25, 16384 + 2048},
    {Before::keys, tls12_aes, 21, 25, 16384 + 2048},
    {Before::keys, tls12_aes, 22, 25, 16384 + 2048},
    {Before::keys, tls12_aes, 23, 24, 16384 + 2048},
    {Before::keys, tls12_aes, 24, 1, 0, RecordFault::unknown_type},
    {Before::keys, tls12_chacha20, 21, 17, 16384 + 2048},
    {Before::keys, tls12_chacha20, 22, 17, 16384 + 2048},
    {Before::keys, tls12_chacha20, 23, 16, 16384 + 2048},
};

RecordFault expected_fault(const Case& of, std::size_t size) {
  if (of.fault_else != RecordFault::none) return of.fault_else;
  if (size < of.size_min) return RecordFault::too_short;
  return size > of.size_max ? RecordFault::too_long : RecordFault::none;
}

TEST(RecordGuard, EachTypeAndSize) {
  for (const Case& of : cases) {
    for (std::size_t size = 0; size <= 0xffff; size += size < 64 || size > 16'380 ? 1 : 16) {
      RecordGuard guard = guard_at(of.before, of.suite);
      EXPECT_EQ(guard.take(record_header(of.type, size)), expected_fault(of, size))
          << "suite " << std::hex << of.suite << std::dec << " type " << of.type << " size "
          << size;
      EXPECT_EQ(to_string(guard.fault()).empty(), guard.fault() == RecordFault::none);
      if (size > 20'000) break;
    }
  }
}

// A bad record after good ones is found wherever the input is split, as soon as its header is
// complete.
TEST(RecordGuard, FindsBadRecordsHoweverSplit) {
  Bytes stream;
  for (const std::size_t size : {17U, 300U, 18U}) {
    const Bytes record = record_of(23, size);
    stream.insert(stream.end(), record.begin(), record.end());
  }
  const std::size_t good_size = stream.size();
  const Bytes bad = record_of(23, 16);
  stream.insert(stream.end(), bad.begin(), bad.end());
  const std::span<const std::byte> all(stream);
  for (std::size_t first = 0; first <= all.size(); ++first) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{400}}) {
      RecordGuard guard = guard_at(Before::keys, tls13_aes);
      guard.take(all.first(first));
      for (std::size_t at = first; at < all.size(); at += step) {
        const bool head_is_there = at >= good_size + tls::record_header_size;
        EXPECT_EQ(guard.fault(), head_is_there ? RecordFault::too_short : RecordFault::none);
        guard.take(all.subspan(at, std::min(step, all.size() - at)));
      }
      EXPECT_EQ(guard.fault(), RecordFault::too_short) << first << ' ' << step;
    }
  }
}

TEST(RecordGuard, CountsTheBytesOfAnUnfinishedRecord) {
  RecordGuard guard = guard_at(Before::keys, tls13_aes);
  const Bytes record = record_of(23, 40);
  const std::span<const std::byte> all(record);
  guard.take(all.first(3));
  guard.take(all.subspan(3, 22));
  EXPECT_EQ(guard.unfinished_size(), 20U);
  guard.take(all.subspan(25));
  EXPECT_LE(guard.unfinished_size(), 40U);
}

// A HelloRetryRequest sets the cipher suite but no keys: another ClientHello follows.
TEST(RecordGuard, HelloRetryRequest) {
  RecordGuard guard;
  guard.set_cipher_suite(tls13_aes);
  Bytes server = record_of(22, 88);
  const Bytes compatible = record_of(20, 1);
  server.insert(server.end(), compatible.begin(), compatible.end());
  guard.observe_server(server);
  EXPECT_EQ(guard.take(record_of(20, 1)), RecordFault::none);
  EXPECT_EQ(guard.take(record_of(22, 500)), RecordFault::none);
  guard.observe_server(record_of(23, 40));
  EXPECT_EQ(guard.take(record_of(22, 500)), RecordFault::not_encrypted);
}

// Many small records count like a large one.
TEST(RecordGuard, BoundsTheHandshake) {
  RecordGuard guard;
  for (std::size_t sum = 0; sum < tls::plain_handshake_max; sum += 1024) {
    EXPECT_EQ(guard.take(record_of(22, 1024)), RecordFault::none);
  }
  EXPECT_EQ(guard.take(record_header(22, 1)), RecordFault::too_long);
}

TEST(RecordGuard, FaultsAreFinal) {
  RecordGuard guard;
  EXPECT_EQ(guard.take(record_of(23, 0)), RecordFault::unexpected_data);
  EXPECT_EQ(guard.take(record_of(22, 10)), RecordFault::unexpected_data);
}

}  // namespace
}  // namespace gyre::test
