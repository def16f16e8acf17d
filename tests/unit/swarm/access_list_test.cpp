#include "common/swarm/access_list.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/support/bytes.hpp"

namespace gyre::swarm {
namespace {

const std::string ones(40, '1');
const std::string twos(40, '2');
const std::string zeros(40, '0');

InfoHash info_hash(const std::string& hex) {
  const auto parsed = info_hash_from_hex(hex);
  EXPECT_TRUE(parsed) << hex;
  return parsed.value_or(InfoHash{});
}

struct Accepted {
  const char* name;
  std::string text;
  std::set<std::string> info_hashes;
};

const Accepted accepted[] = {
    {"nothing", "", {}},
    {"an empty line", "\n", {}},
    {"one", ones + "\n", {ones}},
    {"one without an end of line", ones, {ones}},
    {"two", ones + "\n" + twos + "\n", {ones, twos}},
    {"CRLF", ones + "\r\n" + twos + "\r\n", {ones, twos}},
    {"CR at the end of the text", ones + "\r", {ones}},
    {"blank lines between", "\n\n" + ones + "\n\n \t\n" + twos + "\n\n", {ones, twos}},
    {"blanks around", " \t" + ones + " \t\n", {ones}},
    {"a thousand blank lines", std::string(1000, '\n') + ones + std::string(1000, '\n'), {ones}},
    {"comments", "# title\n" + ones + "\n#" + twos + "\n  # indented\n", {ones}},
    {"a comment without an end of line", ones + "\n# end", {ones}},
    {"upper case", std::string(40, 'A') + "\n", {std::string(40, 'a')}},
    {"the same twice", ones + "\n" + ones + "\n", {ones}},
    {"the same in both cases",
     std::string(40, 'B') + "\n" + std::string(40, 'b') + "\n",
     {std::string(40, 'b')}},
    {"all zeros", zeros + "\n" + ones + "\n" + zeros + "\n", {zeros, ones}},
};

TEST(AccessListParse, Accepted) {
  for (const Accepted& row : accepted) {
    SCOPED_TRACE(row.name);
    const auto allow = AccessList::parse(AccessMode::allow, row.text);
    const auto deny = AccessList::parse(AccessMode::deny, row.text);
    ASSERT_TRUE(allow) << allow.error();
    ASSERT_TRUE(deny);
    EXPECT_EQ(allow->size(), row.info_hashes.size());
    for (const std::string& hex : {ones, twos, zeros, std::string(40, 'a'), std::string(40, 'b')}) {
      EXPECT_EQ(allow->allows(info_hash(hex)), row.info_hashes.contains(hex)) << hex;
      EXPECT_EQ(deny->allows(info_hash(hex)), !row.info_hashes.contains(hex)) << hex;
    }
  }
}

struct Refused {
  const char* name;
  std::string text;
  std::string error;
};

const Refused refused[] = {
    {"a word", "torrent\n", "1: not an info_hash of 40 hex digits: \"torrent\""},
    {"39 digits", std::string(39, '1'),
     "1: not an info_hash of 40 hex digits: \"" + std::string(39, '1') + "\""},
    {"41 digits", std::string(41, '1'),
     "1: not an info_hash of 40 hex digits: \"" + std::string(41, '1') + "\""},
    {"a v2 hash, whole", std::string(64, '1'),
     "1: not an info_hash of 40 hex digits: \"" + std::string(60, '1') + "\""},
    {"the third line", ones + "\n# two\nthree\n",
     "3: not an info_hash of 40 hex digits: \"three\""},
    {"the third line of CRLF", ones + "\r\n\r\nthree\r\n",
     "3: not an info_hash of 40 hex digits: \"three\""},
    {"a comment behind a hash", ones + " # good",
     "1: not an info_hash of 40 hex digits: \"" + ones + " # good\""},
    {"the first of two errors", "x\ny\n", "1: not an info_hash of 40 hex digits: \"x\""},
    {"two in a line", ones + ones,
     "1: not an info_hash of 40 hex digits: \"" + ones + std::string(20, '1') + "\""},
    {"a zero byte", std::string(1, '\0'),
     "1: not an info_hash of 40 hex digits: \"" + std::string(1, '\0') + "\""},
};

TEST(AccessListParse, RefusedWithTheLine) {
  for (const Refused& row : refused) {
    SCOPED_TRACE(row.name);
    const auto list = AccessList::parse(AccessMode::allow, row.text);
    ASSERT_FALSE(list);
    EXPECT_EQ(list.error(), row.error);
  }
}

TEST(AccessList, OffAllowsAll) {
  const AccessList list;
  EXPECT_EQ(list.mode(), AccessMode::off);
  EXPECT_TRUE(list.allows(info_hash(ones)));
  EXPECT_TRUE(list.allows({}));
  const auto parsed = AccessList::parse(AccessMode::off, ones);
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->allows(info_hash(ones)));
  EXPECT_TRUE(parsed->allows(info_hash(twos)));
}

TEST(AccessList, AllowWithNothingAllowsNothing) {
  const auto list = AccessList::parse(AccessMode::allow, "");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->mode(), AccessMode::allow);
  EXPECT_FALSE(list->allows(info_hash(ones)));
  EXPECT_FALSE(list->allows({}));
}

TEST(AccessList, AgreesWithASet) {
  for (const std::size_t count : {1U, 2U, 3U, 100U, 5000U}) {
    Random random(count);
    std::set<InfoHash> listed;
    std::string text;
    while (listed.size() < count) {
      const auto hash = test::random_value<InfoHash>(random);
      listed.insert(hash);
      text += to_hex(hash) + "\n";
    }
    const auto list = AccessList::parse(AccessMode::allow, text);
    ASSERT_TRUE(list);
    EXPECT_EQ(list->size(), count);
    for (const InfoHash& hash : listed) {
      EXPECT_TRUE(list->allows(hash));
      InfoHash neighbour = hash;
      neighbour.bytes[19] ^= std::byte{1};
      EXPECT_EQ(list->allows(neighbour), listed.contains(neighbour));
    }
  }
}

TEST(AccessList, IsAskedByHashesUnderItsSecret) {
  constexpr SipKey secret{1, 2};
  const auto list = AccessList::parse(AccessMode::allow, ones, secret);
  ASSERT_TRUE(list);
  const auto hash = [&](const std::string& hex) {
    const InfoHash torrent = info_hash(hex);
    return keyed_hash(secret, std::span(torrent.bytes));
  };
  list->prefetch(hash(ones));
  EXPECT_TRUE(list->allows_hash(hash(ones)));
  EXPECT_FALSE(list->allows_hash(hash(twos)));
  EXPECT_TRUE(list->is_under(secret));
  EXPECT_FALSE(list->is_under({1, 3}));
  EXPECT_TRUE(AccessList{}.is_under({1, 3}));  // what is off asks nothing
}

// A hash of zero marks free cells.
TEST(AccessList, KeepsAHashOfZero) {
  const auto list = AccessList::parse(AccessMode::deny, ones, {1, 2});
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->allows_hash(0));
}

}  // namespace
}  // namespace gyre::swarm
