#include "common/net/network_list.hpp"

#include <gtest/gtest.h>

namespace gyre::net {
namespace {

struct Lookup {
  const char* networks;  // separated by blanks
  const char* address;
  bool contained;
};

const Lookup lookups[] = {
    {"", "10.0.0.1", false},
    {"10.0.0.0/8", "10.0.0.0", true},
    {"10.0.0.0/8", "10.255.255.255", true},
    {"10.0.0.0/8", "11.0.0.0", false},
    {"10.0.0.0/8", "9.255.255.255", false},
    {"10.0.0.0/8", "::", false},
    {"192.168.1.1", "192.168.1.1", true},
    {"192.168.1.1", "192.168.1.2", false},
    {"192.168.1.128/25", "192.168.1.127", false},
    {"192.168.1.128/25", "192.168.1.128", true},
    {"192.168.1.254/31", "192.168.1.255", true},
    {"0.0.0.0/0", "255.255.255.255", true},
    {"0.0.0.0/0", "::1", false},
    {"0.0.0.0/0", "2001:db8::1", false},
    {"::/0", "2001:db8::1", true},
    {"::/0", "10.0.0.1", true},
    {"2001:db8::/32", "2001:db8:ffff::1", true},
    {"2001:db8::/32", "2001:db9::", false},
    {"2001:db8:0:0:8000::/65", "2001:db8::8000:0:0:0", true},
    {"2001:db8:0:0:8000::/65", "2001:db8::7fff:0:0:0", false},
    {"2001:db8::/64", "2001:db8:0:0:ffff::", true},
    {"2001:db8::/64", "2001:db8:0:1::", false},
    {"2001:db8::1", "2001:db8::1", true},
    {"::1/128", "::1", true},
    {"::ffff:10.0.0.0/104", "10.1.2.3", true},
    {"10.0.0.0/8", "::ffff:10.1.2.3", true},
    {"10.0.0.0/8 2001:db8::/32", "2001:db8::5", true},
    {"10.0.0.0/8 2001:db8::/32", "10.5.5.5", true},
    {"10.0.0.0/8 2001:db8::/32", "2001:db7::5", false},
};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return words;
}

TEST(NetworkList, Contains) {
  for (const Lookup& row : lookups) {
    SCOPED_TRACE(testing::Message() << row.networks << " and " << row.address);
    const auto list = NetworkList::parse(words_of(row.networks));
    ASSERT_TRUE(list) << list.error();
    EXPECT_EQ(list->empty(), words_of(row.networks).empty());
    const auto address = client_address_from(row.address);
    ASSERT_TRUE(address);
    EXPECT_EQ(list->contains(*address), row.contained);
  }
}

struct Refused {
  const char* entry;
  const char* complaint;
};

const Refused refused[] = {
    {"", "is not a network"},
    {"example.org", "is not a network"},
    {"10.0.0/8", "is not a network"},
    {" 10.0.0.0/8", "is not a network"},
    {"/8", "is not a network"},
    {"[::1]/128", "is not a network"},
    {"10.0.0.0/33", "must be from 0 to 32"},
    {"10.0.0.0/-1", "must be from 0 to 32"},
    {"10.0.0.0/", "must be from 0 to 32"},
    {"10.0.0.0/8x", "must be from 0 to 32"},
    {"10.0.0.0/255.0.0.0", "must be from 0 to 32"},
    {"::/129", "must be from 0 to 128"},
    {"10.0.0.1/8", "bits after the first 8 must be 0"},
    {"192.168.1.1/31", "bits after the first 31 must be 0"},
    {"2001:db8::1/64", "bits after the first 64 must be 0"},
    {"8000::/0", "bits after the first 0 must be 0"},
    {"::ffff:10.0.0.0/95", "bits after the first 95 must be 0"},
};

TEST(NetworkList, ErrorsSayWhatIsWrong) {
  for (const Refused& row : refused) {
    SCOPED_TRACE(row.entry);
    const auto list = NetworkList::parse(std::vector<std::string>{"10.0.0.0/8", row.entry});
    ASSERT_FALSE(list);
    EXPECT_TRUE(list.error().contains(row.complaint)) << list.error();
    EXPECT_TRUE(list.error().contains("\"" + std::string(row.entry) + "\"")) << list.error();
  }
}

TEST(NetworkList, ReadsLines) {
  const auto list = NetworkList::parse_lines(
      "# a feed\n; another\n\n 10.0.0.0/8 \r\n192.0.2.0/24 ; SBL1\n2001:db8::/32# x\n::1");
  ASSERT_TRUE(list) << list.error();
  EXPECT_EQ(list->size(), 4U);
  for (const char* address : {"10.1.2.3", "192.0.2.255", "2001:db8::7", "::1"}) {
    EXPECT_TRUE(list->contains(*client_address_from(address))) << address;
  }
  EXPECT_FALSE(list->contains(*client_address_from("192.0.3.0")));
  EXPECT_TRUE(NetworkList::parse_lines("")->empty());
}

TEST(NetworkList, ErrorsNameTheLine) {
  const auto list = NetworkList::parse_lines("10.0.0.0/8\n\n10.0.0.1/8\n");
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error(), "3: \"10.0.0.1/8\": the bits after the first 8 must be 0");
}

}  // namespace
}  // namespace gyre::net
