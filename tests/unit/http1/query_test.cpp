#include "common/http1/query.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace gyre::http1 {
namespace {

using namespace std::string_literals;
using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs pairs_in(const std::string& query) {
  const std::vector<char> exact(query.begin(), query.end());
  QueryReader reader({exact.data(), exact.size()});
  Pairs pairs;
  while (const auto parameter = reader.next())
    pairs.emplace_back(parameter->name, parameter->value);
  return pairs;
}

struct Query {
  std::string text;
  Pairs parameters;
};

const Query queries[] = {
    {"", {}},
    {"&", {}},
    {"a=1", {{"a", "1"}}},
    {"a=1&b=2", {{"a", "1"}, {"b", "2"}}},
    {"a", {{"a", ""}}},
    {"a=", {{"a", ""}}},
    {"a&b=", {{"a", ""}, {"b", ""}}},
    {"=1&a=2", {{"a", "2"}}},
    {"&&a=1&&b=2&", {{"a", "1"}, {"b", "2"}}},
    {"a=1&a=2", {{"a", "1"}, {"a", "2"}}},
    {"a=b=c", {{"a", "b=c"}}},
    {"a=%26&b=%3d", {{"a", "%26"}, {"b", "%3d"}}},
    {"a=+ +", {{"a", "+ +"}}},
    {"aa=1;bb=2;cc=3", {{"aa", "1"}, {"bb", "2"}, {"cc", "3"}}},
    {"aa=1&amp;bb=2", {{"aa", "1"}, {"amp", ""}, {"bb", "2"}}},
    {"passkey=x?info_hash=y&port=1", {{"passkey", "x"}, {"info_hash", "y"}, {"port", "1"}}},
    {"?aa=1", {{"aa", "1"}}},
    // Neither separates unless a parameter begins: they are bytes of a value.
    {"info_hash=ab;cd&port=1", {{"info_hash", "ab;cd"}, {"port", "1"}}},
    {"info_hash=ab;=d&port=1", {{"info_hash", "ab;=d"}, {"port", "1"}}},
    {"info_hash=ab?cd?&port=1", {{"info_hash", "ab?cd?"}, {"port", "1"}}},
    {"a=1;", {{"a", "1;"}}},
    {"a=\0\xff;"s, {{"a", "\0\xff;"s}}},
};

TEST(QueryReader, ParsesQueriesAsClientsWriteThem) {
  for (const Query& row : queries) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(pairs_in(row.text), row.parameters);
  }
}

struct Escaped {
  std::string text;
  std::string decoded;
};

const Escaped escaped[] = {
    {"", ""},
    {"abc", "abc"},
    {"%41%62", "Ab"},
    {"%c3%C3%aF%Af", "\xc3\xc3\xaf\xaf"},
    {"%00%ff%20%2B%2F%25", "\0\xff +/%"s},
    {"+", " "},
    {"++a+%2B%2b+", "  a ++ "},
    {"%+1%2+%+", "% 1%2 % "},
    {"%25+%252B", "% %2B"},
    {"!()*~-._", "!()*~-._"},
    {"%", "%"},
    {"%4", "%4"},
    {"%zz%41", "%zzA"},
    {"%4g", "%4g"},
    {"%g4", "%g4"},
    {"%%41", "%A"},
    {"%25%34%31", "%41"},
    {"a%", "a%"},
    {"\x80\xff", "\x80\xff"},
    {"%\xff\xff", "%\xff\xff"},
};

TEST(PercentDecoded, EveryQuirk) {
  for (const Escaped& row : escaped) {
    SCOPED_TRACE(row.text);
    const std::vector<char> exact(row.text.begin(), row.text.end());
    std::vector<char> out(row.decoded.size());
    EXPECT_EQ(percent_decoded({exact.data(), exact.size()}, out), row.decoded);
    if (out.empty()) continue;
    out.pop_back();
    EXPECT_EQ(percent_decoded({exact.data(), exact.size()}, out), std::nullopt);
  }
}

TEST(PercentDecoded, EveryByteInBothCases) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (const std::string_view digits : {"0123456789abcdef", "0123456789ABCDEF"}) {
      const std::string text = {'%', digits[byte >> 4], digits[byte & 15]};
      std::array<char, 1> out;
      const auto decoded = percent_decoded(text, out);
      ASSERT_TRUE(decoded);
      EXPECT_EQ(static_cast<unsigned char>(decoded->front()), byte);
    }
  }
}

}  // namespace
}  // namespace gyre::http1
