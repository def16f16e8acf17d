#include "common/net/proxy_protocol.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/support/bytes.hpp"

namespace gyre::net {
namespace {

using gyre::test::Bytes;
using gyre::test::from_hex;

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Bytes signature = from_hex("0d0a0d0a000d0a515549540a");

struct Accepted {
  const char* name;
  Bytes header;
  const char* source;  // empty: none
};

const Accepted accepted[] = {
    {"v1 TCP4", bytes_of("PROXY TCP4 1.2.3.4 10.0.0.1 4711 80\r\n"), "1.2.3.4:4711"},
    {"v1 TCP6", bytes_of("PROXY TCP6 2a00::1 2001:db8::1 65535 443\r\n"), "[2a00::1]:65535"},
    {"v1 TCP6 of an IPv4 client", bytes_of("PROXY TCP6 ::ffff:1.2.3.4 ::1 1 2\r\n"), "1.2.3.4:1"},
    {"v1 unknown", bytes_of("PROXY UNKNOWN\r\n"), ""},
    {"v1 unknown, with what is to be passed over",
     bytes_of("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"), ""},
    {"v1, the longest",
     bytes_of("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
              "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
     ""},
    {"v2 TCP over IPv4", signature + from_hex("21 11 000c 01020304 0a000001 1267 0050"),
     "1.2.3.4:4711"},
    {"v2 UDP over IPv4", signature + from_hex("21 12 000c 01020304 0a000001 1267 0050"),
     "1.2.3.4:4711"},
    {"v2 TCP over IPv6",
     signature + from_hex("21 21 0024 2a000000000000000000000000000001"
                          "20010db8000000000000000000000001 1267 01bb"),
     "[2a00::1]:4711"},
    {"v2 IPv4-mapped",
     signature + from_hex("21 21 0024 00000000000000000000ffff01020304"
                          "20010db8000000000000000000000001 1267 01bb"),
     "1.2.3.4:4711"},
    {"v2 with extensions",
     signature + from_hex("21 11 0013 01020304 0a000001 1267 0050 04 0004 00000000"),
     "1.2.3.4:4711"},
    {"v2 local", signature + from_hex("20 00 0000"), ""},
    {"v2 local, with addresses to pass over",
     signature + from_hex("20 11 000c 01020304 0a000001 1267 0050"), ""},
    {"v2 unspecified family", signature + from_hex("21 00 0003 010203"), ""},
    {"v2 unix socket", signature + from_hex("21 31 00d8") + Bytes(216), ""},
    {"v2, the longest that is taken", signature + from_hex("21 11 07f0") + Bytes(2032),
     "0.0.0.0:0"},
};

// Every prefix of it needs more, and whatever follows it changes nothing.
TEST(ProxyHeader, Accepted) {
  for (const Accepted& row : accepted) {
    SCOPED_TRACE(row.name);
    for (std::size_t size = 0; size < row.header.size(); ++size) {
      const gyre::test::ExactCopy part(std::span(row.header).first(size));
      const auto parsed = parse_proxy_header(part.span());
      ASSERT_TRUE(parsed && parsed->size == 0) << size;
    }
    for (const Bytes& input : {row.header, row.header + bytes_of("GET / HTTP/1.1\r\n\r\n")}) {
      const gyre::test::ExactCopy whole(input);
      const auto parsed = parse_proxy_header(whole.span());
      ASSERT_TRUE(parsed);
      EXPECT_EQ(parsed->size, row.header.size());
      EXPECT_EQ(parsed->source ? to_string(*parsed->source) : "", row.source);
    }
  }
}

struct Refused {
  const char* name;
  Bytes input;
};

const Refused refused[] = {
    {"a request", bytes_of("GET / HTTP/1.1\r\n\r\n")},
    {"the first byte of a request", bytes_of("G")},
    {"a request that begins alike", bytes_of("PROPFIND")},
    {"v1 in lower case", bytes_of("proxy TCP4 ")},
    {"v1 of another protocol", bytes_of("PROXY UDP4 1.2.3.4 10.0.0.1 4711 80\r\n")},
    {"v1 without addresses", bytes_of("PROXY TCP4\r\n")},
    {"v1 with two spaces", bytes_of("PROXY TCP4  1.2.3.4 10.0.0.1 4711 80\r\n")},
    {"v1 with another family's address", bytes_of("PROXY TCP4 2a00::1 ::1 4711 80\r\n")},
    {"v1 with a wrong destination", bytes_of("PROXY TCP4 1.2.3.4 x 4711 80\r\n")},
    {"v1 with a port too large", bytes_of("PROXY TCP4 1.2.3.4 10.0.0.1 65536 80\r\n")},
    {"v1 without the second port", bytes_of("PROXY TCP4 1.2.3.4 10.0.0.1 4711\r\n")},
    {"v1 with more behind it", bytes_of("PROXY TCP4 1.2.3.4 10.0.0.1 4711 80 9\r\n")},
    {"v1 without end", bytes_of("PROXY UNKNOWN " + std::string(93, 'x'))},
    {"v1 that starts a word alike", bytes_of("PROXY UNKNOWNS\r\n")},
    {"v2 of version 1", signature + from_hex("11 11 000c 01020304 0a000001 1267 0050")},
    {"v2 with an unknown command", signature + from_hex("22 11 000c 01020304 0a000001 1267 0050")},
    {"v2 too short for IPv4", signature + from_hex("21 11 000b 01020304 0a000001 1267 00")},
    {"v2 too short for IPv6", signature + from_hex("21 21 000c 01020304 0a000001 1267 0050")},
    {"v2 too long", signature + from_hex("21 11 07f1")},
    {"v2 with a broken signature", from_hex("0d0a0d0a000d0a515549540b")},
};

TEST(ProxyHeader, Refused) {
  for (const Refused& row : refused) {
    SCOPED_TRACE(row.name);
    const gyre::test::ExactCopy input(row.input);
    EXPECT_FALSE(parse_proxy_header(input.span()));
  }
}

}  // namespace
}  // namespace gyre::net
