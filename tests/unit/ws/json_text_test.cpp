// Ids in every form that encoders produce, and invalid escapes.
#include "ws/json_text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/random.hpp"
#include "tests/support/bytes.hpp"

namespace gyre::ws {
namespace {

using gyre::test::from_hex;

std::optional<std::array<std::byte, 20>> decoded(std::string_view inner) {
  std::array<std::byte, 20> id{};
  // On the heap, without spare bytes.
  const gyre::test::ExactCopy copy(std::as_bytes(std::span(inner)));
  const auto text = copy.span();
  if (!decode_id({reinterpret_cast<const char*>(text.data()), text.size()}, id)) {
    return std::nullopt;
  }
  return id;
}

std::optional<std::array<std::byte, 20>> id_from_hex(std::string_view hex) {
  std::array<std::byte, 20> id{};
  std::ranges::copy(from_hex(hex), id.begin());
  return id;
}

TEST(IdJson, MatchesCapturedIds) {
  struct Case {
    const char* hex;
    const char* json;
  };
  const Case cases[] = {
      {"2ed7ad4f173977ad9ed1556e8d889e7779841ccd",
       "\".\xc3\x97\xc2\xadO\\u00179w\xc2\xad\xc2\x9e\xc3\x91Un\xc2\x8d\xc2\x88\xc2\x9ewy\xc2\x84"
       "\\u001c\xc3\x8d\""},
      {"3b80dab66dd347adc03c9a3f8466a4117bfc24e9",
       "\";\xc2\x80\xc3\x9a\xc2\xb6m\xc3\x93G\xc2\xad\xc3\x80<\xc2\x9a?\xc2\x84"
       "f\xc2\xa4\\u0011{\xc3\xbc$\xc3\xa9\""},
      {"0008090a0b0c0d1f20227f5c2f80bfc0ff3c3e26",
       "\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f \\\"\x7f\\\\/\xc2\x80\xc2\xbf\xc3\x80\xc3\xbf<>&\""},
  };
  for (const auto& [hex, json] : cases) {
    const std::string_view text(json);
    const auto id = id_from_hex(hex);
    EXPECT_EQ(IdJson(*id).text(), text);
    EXPECT_EQ(decoded(text.substr(1, text.size() - 2)), id) << hex;
  }
}

TEST(IdJson, RoundTripsEveryByte) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::array<std::byte, 20> id;
    id.fill(static_cast<std::byte>(byte));
    const IdJson json(id);
    EXPECT_LE(json.text().size(), id_json_size_max);
    EXPECT_EQ(decoded(json.text().substr(1, json.text().size() - 2)), id) << byte;
  }
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const InfoHash hash = gyre::test::random_value<InfoHash>(random);
    const IdJson json(hash);
    EXPECT_EQ(decoded(json.text().substr(1, json.text().size() - 2)), hash.bytes);
  }
}

TEST(DecodeId, AcceptsEveryFormOfAByte) {
  constexpr std::string_view lower = "0123456789abcdef";
  constexpr std::string_view upper = "0123456789ABCDEF";
  const auto expect_form = [](const std::string& form, unsigned byte) {
    const auto id = decoded("aaaaaaaaa" + form + "bbbbbbbbbb");
    ASSERT_TRUE(id) << form;
    EXPECT_EQ((*id)[9], static_cast<std::byte>(byte)) << form;
    EXPECT_EQ((*id)[10], std::byte{'b'});
  };
  for (unsigned byte = 0; byte < 256; ++byte) {
    expect_form(std::string("\\u00") + lower[byte >> 4] + lower[byte & 15], byte);
    expect_form(std::string("\\u00") + upper[byte >> 4] + upper[byte & 15], byte);
    if (byte < 0x20 || byte == '"' || byte == '\\') continue;
    if (byte < 0x80) {
      expect_form(std::string(1, static_cast<char>(byte)), byte);
    } else {
      expect_form({static_cast<char>(0xc0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3f))},
                  byte);
    }
  }
  for (const auto& [form, byte] : {std::pair{"\\\"", '"'},
                                   {"\\\\", '\\'},
                                   {"\\/", '/'},
                                   {"\\b", '\b'},
                                   {"\\f", '\f'},
                                   {"\\n", '\n'},
                                   {"\\r", '\r'},
                                   {"\\t", '\t'}}) {
    expect_form(form, static_cast<unsigned char>(byte));
  }
}

TEST(DecodeId, RefusesOtherStrings) {
  const char* const cases[] = {
      "",
      "aaaaaaaaaaaaaaaaaaa",    // 19
      "aaaaaaaaaaaaaaaaaaaaa",  // 21
      "2ed7ad4f173977ad9ed1556e8d889e7779841ccd",
      "aaaaaaaaaaaaaaaaaaa\\u0100",
      "aaaaaaaaaaaaaaaaaaa\xc4\x80",       // U+0100
      "aaaaaaaaaaaaaaaaaaa\xe2\x82\xac",   // U+20AC
      "aaaaaaaaaaaaaaaaaa\\ud83d\\ude00",  // U+1F600: twenty UTF-16 units
      "aaaaaaaaaaaaaaaaaaa\xf0\x9f\x98\x80",
      "aaaaaaaaaaaaaaaaaaa\\",
      "aaaaaaaaaaaaaaaaaaa\\u",
      "aaaaaaaaaaaaaaaaaaa\\u00e",
      "aaaaaaaaaaaaaaaaaaa\\u00eg",
      "aaaaaaaaaaaaaaaaaaa\\U00e9",
      "aaaaaaaaaaaaaaaaaaa\\x41",
      "aaaaaaaaaaaaaaaaaaa\\0",
      "\\a9876543210987654321",
  };
  for (const char* inner : cases) EXPECT_FALSE(decoded(inner)) << inner;
}

TEST(Escapes, ValidAndNot) {
  for (const char* inner :
       {"", "v=0\\r\\no=-", "\\\"\\\\\\/\\b\\f\\n\\r\\t", "\\u0000\\uABCD\\uabcd", "\\ud83d\\ude00",
        "\\uDBFF\\uDFFF.", "\\\\u", "\xc3\xa9\\n\xf0\x9f\x98\x80"}) {
    EXPECT_TRUE(has_valid_escapes(inner)) << inner;
  }
  for (const char* inner : {"\\",
                            "abc\\",
                            "\\a",
                            "\\'",
                            "\\ ",
                            "\\u",
                            "\\u12",
                            "\\u123",
                            "\\u123g",
                            "\\u 123",
                            "\\u+123",
                            "\\ud83d",
                            "\\ud83dx",
                            "\\ud83d\\n",
                            "\\ude00",
                            "\\ud83d\\ud83d",
                            "\\ud83d\\u0041",
                            "\\n\\x",
                            "\\r\\n\\",
                            "\\\\\\"}) {
    EXPECT_FALSE(has_valid_escapes(inner)) << inner;
  }
}

}  // namespace
}  // namespace gyre::ws
