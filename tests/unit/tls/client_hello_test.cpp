#include "common/tls/client_hello.hpp"

#include <gtest/gtest.h>

#include "tests/support/bytes.hpp"
#include "tests/support/tls_client.hpp"

namespace gyre::test {
namespace {

using tls::read_client_hello;

// A ClientHello (RFC 8446 4.1.2) with the given extensions, in hexadecimal.
Bytes hello_with(std::string_view extensions_hex) {
  const Bytes extensions = from_hex(extensions_hex);
  Bytes body = from_hex("03 03");
  body.resize(body.size() + 32);
  const Bytes rest = from_hex("00 00 02 13 01 01 00");  // session id, one cipher, no compression
  body.insert(body.end(), rest.begin(), rest.end());
  body.push_back(static_cast<std::byte>(extensions.size() >> 8));
  body.push_back(static_cast<std::byte>(extensions.size()));
  body.insert(body.end(), extensions.begin(), extensions.end());
  Bytes record = from_hex("16 03 01 00 00 01 00 00 00");
  record[4] = static_cast<std::byte>(body.size() + 4);
  record[8] = static_cast<std::byte>(body.size());
  record.insert(record.end(), body.begin(), body.end());
  return record;
}

struct Case {
  const char* name;
  const char* extensions;
  std::string_view server_name;
};

const Case cases[] = {
    {"name", "00 00 00 06  00 04 00 00 01 61", "a"},
    {"after_others", "00 0a 00 02 00 1d  00 00 00 06  00 04 00 00 01 61", "a"},
    {"after_another_type", "00 00 00 0a  00 08 01 00 01 62 00 00 01 61", "a"},
    {"empty", "00 00 00 05  00 03 00 00 00", ""},
    {"no_extensions", "", ""},
    {"other_extensions", "00 0a 00 02 00 1d", ""},
    {"extension_too_long", "00 00 00 07  00 04 00 00 01 61", ""},
    {"list_too_long", "00 00 00 06  00 05 00 00 01 61", ""},
    {"name_too_long", "00 00 00 06  00 04 00 00 02 61", ""},
    {"no_list", "00 00 00 00", ""},
    {"half_an_extension", "00 00 00", ""},
    {"name_without_length", "00 00 00 03  00 01 00", ""},
};

class ServerName : public testing::TestWithParam<Case> {};

TEST_P(ServerName, IsFoundOnceComplete) {
  const Bytes bytes = hello_with(GetParam().extensions);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const ExactCopy prefix{std::span(bytes).first(size)};
    EXPECT_FALSE(read_client_hello(prefix.span())) << size;
  }
  const ExactCopy whole(bytes);
  EXPECT_EQ(read_client_hello(whole.span()), GetParam().server_name);
}

INSTANTIATE_TEST_SUITE_P(ClientHello, ServerName, testing::ValuesIn(cases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(ClientHello, OtherInputIsComplete) {
  for (const char* hex : {"00", "15", "17 03 03", "16 03 01 40 01", "16 03 01 00 00",
                          "16 03 01 00 04 02 00 00 00", "16 03 01 00 01 01"}) {
    const ExactCopy bytes(from_hex(hex));
    EXPECT_EQ(read_client_hello(bytes.span()), "") << hex;
  }
}

TEST(ClientHello, ParsesOpenSsls) {
  const TlsClientContext context({.server_name = "tracker.example", .alpn = "\x08http/1.1"});
  TlsClient client(context);
  const auto bytes = client.take();
  EXPECT_EQ(read_client_hello(bytes), "tracker.example");
}

}  // namespace
}  // namespace gyre::test
