#include "common/base/address_class.hpp"

#include <gtest/gtest.h>

namespace gyre {
namespace {

using enum AddressClass;

struct Row {
  const char* address;
  AddressClass expected;
};

const Row ipv4_rows[] = {
    {"0.0.0.0", unroutable},
    {"0.255.255.255", unroutable},
    {"1.0.0.0", public_},
    {"8.8.8.8", public_},
    {"9.255.255.255", public_},
    {"10.0.0.0", private_},
    {"10.255.255.255", private_},
    {"11.0.0.0", public_},
    {"100.63.255.255", public_},
    {"100.64.0.0", private_},
    {"100.127.255.255", private_},
    {"100.128.0.0", public_},
    {"126.255.255.255", public_},
    {"127.0.0.0", loopback},
    {"127.255.255.255", loopback},
    {"128.0.0.0", public_},
    {"169.253.255.255", public_},
    {"169.254.0.0", private_},
    {"169.254.255.255", private_},
    {"169.255.0.0", public_},
    {"172.15.255.255", public_},
    {"172.16.0.0", private_},
    {"172.31.255.255", private_},
    {"172.32.0.0", public_},
    {"192.0.2.1", public_},
    {"192.167.255.255", public_},
    {"192.168.0.0", private_},
    {"192.168.255.255", private_},
    {"192.169.0.0", public_},
    {"198.18.0.1", public_},
    {"198.51.100.1", public_},
    {"203.0.113.1", public_},
    {"223.255.255.255", public_},
    {"224.0.0.0", unroutable},
    {"239.255.255.255", unroutable},
    {"240.0.0.0", unroutable},
    {"255.255.255.255", unroutable},
};

const Row ipv6_rows[] = {
    {"::", unroutable},
    {"::1", loopback},
    {"::2", unroutable},
    {"::7f00:1", unroutable},  // IPv4-compatible, deprecated
    {"::808:808", unroutable},
    {"::ffff:127.0.0.1", loopback},
    {"::ffff:10.0.0.1", private_},
    {"::ffff:8.8.8.8", public_},
    {"::ffff:0.0.0.0", unroutable},
    {"::fffe:8.8.8.8", unroutable},
    {"::1:ffff:808:808", unroutable},
    {"64:ff9b::808:808", private_},
    {"64:ff9b:1::1", private_},
    {"64:ff9c::1", unroutable},
    {"100::1", unroutable},
    {"1ff::1", unroutable},
    {"200::1", private_},
    {"3ff:ffff::1", private_},
    {"400::1", public_},
    {"1fff:ffff::1", public_},
    {"2000::", public_},
    {"2001:0:4136:e378:8000:63bf:f7f7:f7f7", public_},     // Teredo to 8.8.8.8
    {"2001:0:4136:e378:8000:63bf:80ff:fffe", unroutable},  // to 127.0.0.1
    {"2001:0:4136:e378:8000:63bf:f5ff:fffe", unroutable},  // to 10.0.0.1
    {"2001:0:4136:e378:8000:63bf:1fff:ffff", unroutable},  // to 224.0.0.0
    {"2001:1::1", public_},
    {"2001:db8::1", public_},
    {"2002:808:808::1", public_},      // 6to4 at 8.8.8.8
    {"2002:7f00:1::1", unroutable},    // at 127.0.0.1
    {"2002:c0a8:101::1", unroutable},  // at 192.168.1.1
    {"2002:e000:1::1", unroutable},    // at 224.0.0.1
    {"2003::1", public_},
    {"2a00:1450::1", public_},
    {"3fff:ffff::1", public_},
    {"fbff::1", public_},
    {"fc00::", private_},
    {"fdff:ffff::1", private_},
    {"fe00::1", public_},
    {"fe7f::1", public_},
    {"fe80::1", private_},
    {"febf::1", private_},
    {"fec0::1", private_},
    {"feff::1", private_},
    {"ff02::1", unroutable},
    {"ffff:ffff::1", unroutable},
};

TEST(AddressClass, OfIpv4) {
  for (const Row& row : ipv4_rows) {
    const auto address = ipv4_address_from(row.address);
    ASSERT_TRUE(address) << row.address;
    EXPECT_EQ(address_class(*address), row.expected) << row.address;
    EXPECT_EQ(address_class(ClientAddress(*address)), row.expected) << row.address;
  }
}

TEST(AddressClass, OfIpv6) {
  for (const Row& row : ipv6_rows) {
    const auto address = ipv6_address_from(row.address);
    ASSERT_TRUE(address) << row.address;
    EXPECT_EQ(address_class(*address), row.expected) << row.address;
    EXPECT_EQ(address_class(ClientAddress(*address)), row.expected) << row.address;
  }
}

// What an IPv4 address is, its IPv4-mapped form is too.
TEST(AddressClass, OfIpv4MappedIsThatOfIpv4) {
  for (const Row& row : ipv4_rows) {
    const auto mapped = ipv6_address_from("::ffff:" + std::string(row.address));
    ASSERT_TRUE(mapped) << row.address;
    EXPECT_EQ(address_class(*mapped), row.expected) << row.address;
  }
}

}  // namespace
}  // namespace gyre
