// The control message that makes a response leave from the address that the request was sent to.
#include <gtest/gtest.h>

#include <array>

#include "received_bytes.hpp"

namespace gyre::ring {
namespace {

using test::Bytes;

struct Reply {
  alignas(cmsghdr) std::array<std::byte, packet_info_size> control{};
  std::size_t size = 0;

  explicit Reply(const Bytes& received) {
    control.fill(std::byte{0xee});
    const gyre::test::ExactCopy copy(received);
    size = write_reply_control(copy.span(), control);
    EXPECT_LE(size, control.size());
  }
  cmsghdr header() const {
    cmsghdr header{};
    std::memcpy(&header, control.data(), sizeof header);
    return header;
  }
  template <class Data>
  Data data() const {
    Data data{};
    std::memcpy(&data, control.data() + CMSG_LEN(0), sizeof data);
    return data;
  }
};

in_pktinfo ipv4_info() {
  in_pktinfo info{};
  info.ipi_ifindex = 3;
  info.ipi_spec_dst.s_addr = htonl(0xc0000201);
  info.ipi_addr.s_addr = htonl(0xc0000201);
  return info;
}

in6_pktinfo ipv6_info(std::string_view address) {
  in6_pktinfo info{};
  info.ipi6_ifindex = 3;
  info.ipi6_addr = test::ipv6_name(address, 0).sin6_addr;
  return info;
}

TEST(ReplyControl, Ipv4LeavesTheInterfaceToRouting) {
  const Reply reply(test::control_message(IPPROTO_IP, IP_PKTINFO, ipv4_info()));
  EXPECT_EQ(reply.size, CMSG_SPACE(sizeof(in_pktinfo)));
  EXPECT_EQ(reply.header().cmsg_len, CMSG_LEN(sizeof(in_pktinfo)));
  EXPECT_EQ(reply.header().cmsg_level, IPPROTO_IP);
  EXPECT_EQ(reply.header().cmsg_type, IP_PKTINFO);
  EXPECT_EQ(reply.data<in_pktinfo>().ipi_ifindex, 0);
  EXPECT_EQ(reply.data<in_pktinfo>().ipi_spec_dst.s_addr, htonl(0xc0000201));
}

TEST(ReplyControl, Ipv6LeavesTheInterfaceToRouting) {
  const auto destination = ipv6_info("20010db8000000000000000000000001");
  const Reply reply(test::control_message(IPPROTO_IPV6, IPV6_PKTINFO, destination));
  EXPECT_EQ(reply.size, CMSG_SPACE(sizeof(in6_pktinfo)));
  EXPECT_EQ(reply.header().cmsg_len, CMSG_LEN(sizeof(in6_pktinfo)));
  EXPECT_EQ(reply.header().cmsg_level, IPPROTO_IPV6);
  EXPECT_EQ(reply.header().cmsg_type, IPV6_PKTINFO);
  const auto info = reply.data<in6_pktinfo>();
  EXPECT_EQ(info.ipi6_ifindex, 0U);
  EXPECT_EQ(std::memcmp(&info.ipi6_addr, &destination.ipi6_addr, sizeof destination.ipi6_addr), 0);
}

TEST(ReplyControl, LinkLocalAddressesKeepTheirInterface) {
  for (const char* address :
       {"fe800000000000000000000000000001", "febfffff000000000000000000000001"}) {
    const Reply reply(test::control_message(IPPROTO_IPV6, IPV6_PKTINFO, ipv6_info(address)));
    EXPECT_EQ(reply.data<in6_pktinfo>().ipi6_ifindex, 3U) << address;
  }
  for (const char* address :
       {"fec00000000000000000000000000001", "fe7fffff000000000000000000000001"}) {
    const Reply reply(test::control_message(IPPROTO_IPV6, IPV6_PKTINFO, ipv6_info(address)));
    EXPECT_EQ(reply.data<in6_pktinfo>().ipi6_ifindex, 0U) << address;
  }
}

TEST(ReplyControl, SkipsOtherMessages) {
  Bytes control = test::control_message(SOL_SOCKET, SO_TIMESTAMP, std::array<long, 2>{});
  const Bytes other = test::control_message(IPPROTO_IP, IP_TTL, std::uint8_t{64});
  const Bytes info = test::control_message(IPPROTO_IP, IP_PKTINFO, ipv4_info());
  control.insert(control.end(), other.begin(), other.end());
  EXPECT_EQ(Reply(control).size, 0U);
  control.insert(control.end(), info.begin(), info.end());
  const Reply reply(control);
  EXPECT_EQ(reply.size, CMSG_SPACE(sizeof(in_pktinfo)));
  EXPECT_EQ(reply.data<in_pktinfo>().ipi_spec_dst.s_addr, htonl(0xc0000201));
}

TEST(ReplyControl, EmptyControlDataHasNoReply) {
  EXPECT_EQ(Reply({}).size, 0U);
}

// Truncated anywhere, and with every length that could lead out of bounds.
TEST(ReplyControl, MalformedControlDataStaysInBounds) {
  Bytes control = test::control_message(SOL_SOCKET, SO_TIMESTAMP, std::array<long, 2>{});
  const Bytes info = test::control_message(IPPROTO_IPV6, IPV6_PKTINFO, in6_pktinfo{});
  control.insert(control.end(), info.begin(), info.end());
  const std::size_t lengths[] = {0,  1,  8,  15, 16, 17, 24,       31,           32,          33,
                                 40, 48, 63, 64, 65, 80, SIZE_MAX, SIZE_MAX - 7, SIZE_MAX / 2};
  for (std::size_t size = 0; size <= control.size(); ++size) {
    for (const std::size_t length : lengths) {
      for (const std::size_t at : {std::size_t{0}, CMSG_SPACE(16)}) {
        Bytes malformed(control.begin(), control.begin() + static_cast<std::ptrdiff_t>(size));
        if (at + sizeof length <= size) {
          std::memcpy(malformed.data() + at, &length, sizeof length);
        }
        const Reply reply(malformed);
        EXPECT_TRUE(reply.size == 0 || reply.size == CMSG_SPACE(sizeof(in6_pktinfo)));
      }
    }
  }
}

TEST(ReplyControl, RandomControlDataStaysInBounds) {
  Random random(1);
  for (int i = 0; i < 100'000; ++i) {
    Bytes control = gyre::test::random_bytes(random.below(100), random);
    if (control.size() >= 16) {  // plausible lengths, levels and types get further
      const std::size_t length = random.below(60);
      const int kind[] = {random.below(2) == 0 ? IPPROTO_IP : IPPROTO_IPV6,
                          random.below(2) == 0 ? IP_PKTINFO : IPV6_PKTINFO};
      std::memcpy(control.data(), &length, sizeof length);
      std::memcpy(control.data() + sizeof length, kind, sizeof kind);
    }
    const Reply reply(control);
    EXPECT_TRUE(reply.size == 0 || reply.size == CMSG_SPACE(sizeof(in_pktinfo)) ||
                reply.size == CMSG_SPACE(sizeof(in6_pktinfo)));
  }
}

}  // namespace
}  // namespace gyre::ring
