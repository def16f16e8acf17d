#include "common/limits/prefix_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "common/base/random.hpp"

namespace gyre::limits {
namespace {

PeerId peer_id_of(std::string_view text) {
  PeerId peer_id;
  std::memcpy(peer_id.bytes.data(), text.data(), std::min(text.size(), peer_id.bytes.size()));
  return peer_id;
}

TEST(PrefixList, AnEmptyOneContainsNothing) {
  EXPECT_TRUE(PrefixList().empty());
  EXPECT_FALSE(PrefixList().contains_prefix_of(""));
  EXPECT_FALSE(PrefixList::parse_user_agents("# nobody\n\n")->contains_prefix_of("curl"));
}

TEST(PrefixList, PeerIdsAreTextOrHexadecimal) {
  const auto list = PrefixList::parse_peer_ids("-XX0\r\n  0x2d5959\n0x30783030\n#-QQ\n0x00fF\n");
  ASSERT_TRUE(list) << list.error();
  EXPECT_EQ(list->size(), 4U);
  for (const std::string_view denied :
       {std::string_view("-XX0100-123456789012"), std::string_view("-YY"), std::string_view("0x00"),
        std::string_view("\x00\xff", 2)}) {
    EXPECT_TRUE(list->contains_prefix_of(peer_id_of(denied))) << denied;
  }
  for (const std::string_view served : {"-XX1100-123456789012", "-xx0", "-QQ", "", "-XX"}) {
    EXPECT_FALSE(list->contains_prefix_of(peer_id_of(served))) << served;
  }
}

TEST(PrefixList, AWholePeerIdIsAPrefixOfItself) {
  const auto list = PrefixList::parse_peer_ids("-XX0100-123456789012");
  EXPECT_TRUE(list->contains_prefix_of(peer_id_of("-XX0100-123456789012")));
  EXPECT_FALSE(list->contains_prefix_of(peer_id_of("-XX0100-123456789013")));
}

TEST(PrefixList, ErrorsNameTheLine) {
  for (const char* entry : {"0x", "0x123", "0xgg", "-XX0100-1234567890123", "a b", "\x80"}) {
    const auto list = PrefixList::parse_peer_ids(std::string("-AA\n\n") + entry + "\n");
    ASSERT_FALSE(list) << entry;
    EXPECT_TRUE(list.error().starts_with("3: ") && list.error().contains(entry)) << list.error();
  }
  const auto long_one = PrefixList::parse_user_agents("a\n" + std::string(257, 'x'));
  ASSERT_FALSE(long_one);
  EXPECT_TRUE(long_one.error().starts_with("2: ")) << long_one.error();
}

TEST(PrefixList, UserAgentsAreCaseSensitiveAndMayHaveBlanks) {
  const auto list = PrefixList::parse_user_agents("avhttp/2.\nMozilla/5.0 (X11\n");
  EXPECT_TRUE(list->contains_prefix_of("avhttp/2.9.9"));
  EXPECT_FALSE(list->contains_prefix_of("AVHTTP/2.9.9"));
  EXPECT_FALSE(list->contains_prefix_of("avhttp/3"));
  EXPECT_TRUE(list->contains_prefix_of("Mozilla/5.0 (X11; Linux)"));
  EXPECT_FALSE(list->contains_prefix_of("Mozilla/5.0 (Windows)"));
}

TEST(PrefixList, FindsWhatComparingWithEachFinds) {
  Random random(1);
  const auto draw = [&](std::uint32_t size) {
    std::string text;
    for (std::uint32_t i = 0; i < size; ++i) text.push_back("abc"[random.below(3)]);
    return text;
  };
  std::vector<std::string> prefixes;
  std::string lines;
  for (int i = 0; i < 60; ++i) {
    prefixes.push_back(draw(3 + random.below(5)));
    lines += prefixes.back() + "\n";
  }
  const auto list = PrefixList::parse_user_agents(lines);
  for (int i = 0; i < 5000; ++i) {
    const std::string text = draw(random.below(9));
    EXPECT_EQ(list->contains_prefix_of(text),
              std::ranges::any_of(prefixes, [&](const auto& p) { return text.starts_with(p); }));
  }
}

}  // namespace
}  // namespace gyre::limits
