#include "common/http1/forwarded.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/http1/parsed_head.hpp"

namespace gyre::http1 {
namespace {

using test::ParsedHead;

std::string text_of(const std::expected<ClientAddress, AddressError>& found) {
  if (found) return to_string(*found);
  switch (found.error()) {
    case AddressError::no_address:
      return "no address";
    case AddressError::no_header:
      return "no header";
    case AddressError::malformed_header:
      break;
  }
  return "malformed";
}

// Proxies in 10.0.0.0/8 and 2001:db8::/32 are trusted.
std::string found_in(std::string_view headers, const AddressHeader& header,
                     std::string_view connection) {
  const std::vector<std::string> networks = {"10.0.0.0/8", "2001:db8::/32"};
  const auto trusted = net::NetworkList::parse(networks);
  const ParsedHead parsed(headers);
  return text_of(
      client_address(parsed.head, client_address_from(connection), header, trusted.value()));
}

struct Case {
  std::string_view headers;
  const char* found;
  const char* connection = "10.0.0.1";
};

void expect_all(std::span<const Case> cases, const AddressHeader& header) {
  for (const Case& row : cases) {
    SCOPED_TRACE(testing::Message() << row.headers << " from " << row.connection);
    EXPECT_EQ(found_in(row.headers, header, row.connection), row.found);
  }
}

TEST(ForwardedAddress, WithoutHeaderIsTheConnections) {
  expect_all(std::vector<Case>{{"X-Forwarded-For: 1.2.3.4\r\n", "10.0.0.1"},
                               {"", "2001:db8::1", "2001:db8::1"},
                               {"", "no address", "unix"}},
             {});
}

const Case lists[] = {
    {"X-Forwarded-For: 1.2.3.4\r\n", "1.2.3.4"},
    {"x-forwarded-for: 1.2.3.4\r\n", "1.2.3.4"},
    {"X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\n", "1.2.3.4"},
    {"X-Forwarded-For: 6.6.6.6,1.2.3.4 , 10.0.0.2\r\n", "1.2.3.4"},
    {"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 1.2.3.4\r\n", "1.2.3.4"},
    {"X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 10.0.0.3, 2001:db8::9\r\n", "1.2.3.4"},
    {"X-Forwarded-For: 10.0.0.5\r\n", "10.0.0.5"},
    {"X-Forwarded-For: 10.0.0.5, 10.0.0.6\r\n", "10.0.0.5"},
    {"X-Forwarded-For: 2a00::1\r\n", "2a00::1"},
    {"X-Forwarded-For: [2a00::1]:4711\r\n", "2a00::1"},
    {"X-Forwarded-For: 1.2.3.4:4711\r\n", "1.2.3.4"},
    {"X-Forwarded-For: ::ffff:1.2.3.4\r\n", "1.2.3.4"},
    {"X-Forwarded-For: [::ffff:1.2.3.4]\r\n", "1.2.3.4"},
    {"X-Forwarded-For: , 1.2.3.4, ,\r\n", "1.2.3.4"},
    {"X-Forwarded-For: unknown, 1.2.3.4\r\n", "1.2.3.4"},
    {"X-Forwarded-For: 1.2.3.4, unknown\r\n", "malformed"},
    {"X-Forwarded-For: 1.2.3.4, unknown, 10.0.0.2\r\n", "malformed"},
    {"X-Forwarded-For: unknown\r\n", "malformed"},
    {"X-Forwarded-For: [2a00::1\r\n", "malformed"},
    {"X-Forwarded-For: [2a00::1]x\r\n", "malformed"},
    {"X-Forwarded-For: 1.2.3\r\n", "malformed"},
    {"X-Forwarded-For: 1.2.3.4.5\r\n", "malformed"},
    {"X-Forwarded-For: <script>\r\n", "malformed"},
    {"X-Forwarded-For:\r\n", "no header"},
    {"X-Forwarded-For: ,\r\n", "no header"},
    {"X-Real-IP: 1.2.3.4\r\n", "no header"},
    {"", "no header"},
    {"", "no header", "unix"},
    {"X-Forwarded-For: 1.2.3.4\r\n", "1.2.3.4", "unix"},
    {"X-Forwarded-For: 1.2.3.4\r\n", "1.2.3.4", "2001:db8::7"},
    {"X-Forwarded-For: 1.2.3.4\r\n", "11.0.0.1", "11.0.0.1"},
    {"X-Forwarded-For: unknown\r\n", "11.0.0.1", "11.0.0.1"},
    {"", "2a00::7", "2a00::7"},
};

TEST(ForwardedAddress, IsTheRightmostUntrustedOfAList) {
  expect_all(lists, {"X-Forwarded-For", AddressFormat::list});
}

const Case singles[] = {
    {"X-Real-IP: 1.2.3.4\r\n", "1.2.3.4"},
    {"X-REAL-ip: 2a00::1\r\n", "2a00::1"},
    {"X-Real-IP: 10.0.0.9\r\n", "10.0.0.9"},
    {"X-Real-IP: 6.6.6.6\r\nX-Real-IP: 1.2.3.4\r\n", "1.2.3.4"},
    {"X-Real-IP: 6.6.6.6\r\nX-Real-IP: 10.0.0.9\r\n", "10.0.0.9"},
    {"X-Real-IP: 6.6.6.6, 1.2.3.4\r\n", "malformed"},
    {"X-Real-IP:\r\n", "malformed"},
    {"X-Real-IP: a\r\n", "malformed"},
    {"X-Forwarded-For: 1.2.3.4\r\n", "no header"},
    {"X-Real-IP: 1.2.3.4\r\n", "9.9.9.9", "9.9.9.9"},
};

TEST(ForwardedAddress, SingleAddressHeaders) {
  expect_all(singles, {"X-Real-IP", AddressFormat::single});
}

const Case forwarded[] = {
    {"Forwarded: for=1.2.3.4\r\n", "1.2.3.4"},
    {"forwarded: proto=https;For=1.2.3.4;by=10.0.0.1\r\n", "1.2.3.4"},
    {"Forwarded: for=6.6.6.6, for=1.2.3.4 ; proto=http, for=10.0.0.2\r\n", "1.2.3.4"},
    {"Forwarded: for=\"[2a00::1]:4711\"\r\n", "2a00::1"},
    {"Forwarded: for=\"1.2.3.4:80\";by=\"a, for=6.6.6.6\"\r\n", "1.2.3.4"},
    {"Forwarded: by=\"x\\\", for=6.6.6.6\";for=1.2.3.4\r\n", "1.2.3.4"},
    {"Forwarded: for=1.2.3.4\r\nForwarded: for=\"[2001:db8::1]\"\r\n", "1.2.3.4"},
    {"Forwarded: for=unknown\r\n", "malformed"},
    {"Forwarded: for=_hidden, for=10.0.0.1\r\n", "malformed"},
    {"Forwarded: for=1.2.3.4, proto=http\r\n", "malformed"},
    {"Forwarded: for=\"1.2.3.4\r\n", "malformed"},
    {"Forwarded: 1.2.3.4\r\n", "malformed"},
    {"Forwarded:\r\n", "no header"},
    {"Forwarded: for=1.2.3.4\r\n", "9.9.9.9", "9.9.9.9"},
};

TEST(ForwardedAddress, ForwardedHeader) {
  expect_all(forwarded, {"Forwarded", AddressFormat::forwarded});
}

}  // namespace
}  // namespace gyre::http1
