#include "common/ring/datagram.hpp"

#include <gtest/gtest.h>

#include "received_bytes.hpp"

namespace gyre::ring {
namespace {

using test::Bytes;

const sockaddr_in client = test::ipv4_name(0xc0000207, 40001);  // 192.0.2.7
const Bytes payload = gyre::test::from_hex("00000417271019800000000001020304");

Bytes bytes_of(std::span<const std::byte> span) {
  return {span.begin(), span.end()};
}

TEST(ReceiveShape, HasSpaceForTheLargestOfEach) {
  EXPECT_EQ(receive_shape(false).msg_namelen, sizeof(sockaddr_in6));
  EXPECT_EQ(receive_shape(false).msg_controllen, 0U);
  EXPECT_EQ(receive_shape(true).msg_namelen, sizeof(sockaddr_in6));
  EXPECT_EQ(receive_shape(true).msg_controllen, CMSG_SPACE(sizeof(in6_pktinfo)));
}

TEST(ParseReceived, FindsEveryPart) {
  const msghdr shape = receive_shape(true);
  const Bytes control = test::control_message(IPPROTO_IP, IP_PKTINFO, in_pktinfo{});
  const gyre::test::ExactCopy buffer(test::receive_buffer(shape, client, control, payload));
  EXPECT_EQ(buffer.span().size(), receive_overhead + payload.size());
  const auto datagram = parse_received(buffer.span(), shape);
  ASSERT_TRUE(datagram);
  EXPECT_EQ(datagram->source.size(), sizeof(sockaddr_in));
  EXPECT_EQ(bytes_of(datagram->control), control);
  EXPECT_EQ(bytes_of(datagram->payload), payload);
}

TEST(ParseReceived, WithoutControlData) {
  const msghdr shape = receive_shape(false);
  const gyre::test::ExactCopy buffer(test::receive_buffer(shape, client, {}, payload));
  const auto datagram = parse_received(buffer.span(), shape);
  ASSERT_TRUE(datagram);
  EXPECT_TRUE(datagram->control.empty());
  EXPECT_EQ(bytes_of(datagram->payload), payload);
}

TEST(ParseReceived, EmptyDatagramsAreDatagrams) {
  const msghdr shape = receive_shape(true);
  const gyre::test::ExactCopy buffer(test::receive_buffer(shape, client, {}, {}));
  const auto datagram = parse_received(buffer.span(), shape);
  ASSERT_TRUE(datagram);
  EXPECT_TRUE(datagram->payload.empty());
  EXPECT_EQ(source_of(*datagram).port, 40001);
}

TEST(ParseReceived, RefusesBuffersTooShortForTheShape) {
  for (const bool with_packet_info : {false, true}) {
    const msghdr shape = receive_shape(with_packet_info);
    const Bytes whole = test::receive_buffer(shape, client, {}, payload);
    const std::size_t head_size = whole.size() - payload.size();
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      const gyre::test::ExactCopy buffer(std::span(whole.data(), size));
      const auto datagram = parse_received(buffer.span(), shape);
      ASSERT_EQ(datagram.has_value(), size >= head_size) << size;
      EXPECT_TRUE(!datagram || datagram->payload.size() == size - head_size);
    }
  }
}

// Sizes in the header that exceed the buffer.
TEST(ParseReceived, BoundsTheSizesInTheHeader) {
  const msghdr shape = receive_shape(true);
  for (const std::uint32_t size : {29U, 1000U, 0x7fffffffU, 0xffffffffU}) {
    Bytes buffer = test::receive_buffer(shape, client, {}, payload);
    const std::uint32_t header[] = {size, size, size, size};
    std::memcpy(buffer.data(), header, sizeof header);
    const gyre::test::ExactCopy copy(buffer);
    const auto datagram = parse_received(copy.span(), shape);
    ASSERT_TRUE(datagram);
    EXPECT_LE(datagram->source.size(), shape.msg_namelen);
    EXPECT_LE(datagram->control.size(), shape.msg_controllen);
    EXPECT_EQ(bytes_of(datagram->payload), payload);
  }
}

template <class Name>
net::SocketAddress source_from(const Name& name) {
  const auto bytes = std::as_bytes(std::span(&name, 1));
  return source_of({.source = bytes, .control = {}, .payload = {}});
}

TEST(SourceOf, Ipv4) {
  EXPECT_EQ(to_string(source_from(client)), "192.0.2.7:40001");
}

TEST(SourceOf, Ipv6) {
  EXPECT_EQ(to_string(source_from(test::ipv6_name("20010db8000000000000000000000007", 6881))),
            "[2001:db8::7]:6881");
}

TEST(SourceOf, MappedAddressesAreIpv4) {
  EXPECT_EQ(to_string(source_from(test::ipv6_name("00000000000000000000ffffc0000207", 1))),
            "192.0.2.7:1");
}

// No kernel truncates names; if one did, nothing would be read beyond their end.
TEST(SourceOf, NamesOfAnyLength) {
  const auto name = test::ipv6_name("20010db8000000000000000000000007", 6881);
  const auto whole = std::as_bytes(std::span(&name, 1));
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const gyre::test::ExactCopy copy(whole.first(size));
    const auto source = source_of({.source = copy.span(), .control = {}, .payload = {}});
    EXPECT_EQ(source.port, size >= 4 ? 6881 : source.port);
    EXPECT_EQ(to_string(source) == "[2001:db8::7]:6881", size >= 24);
  }
}

}  // namespace
}  // namespace gyre::ring
