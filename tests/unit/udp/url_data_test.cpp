// The options of BEP 41 after an announce.
#include <gtest/gtest.h>

#include "tests/support/bytes.hpp"
#include "udp/protocol.hpp"

namespace gyre::udp {
namespace {

struct Case {
  const char* name;
  const char* options;
  bool found;
};

const Case cases[] = {
    {"nothing", "", false},
    {"end", "00", false},
    {"aria2's padding", "0000", false},
    {"NOP", "01", false},
    {"many NOPs", "01010101010101", false},
    {"a path", "0209 2f616e6e6f756e6365", true},
    {"an empty path", "0200", true},
    {"a path of one byte", "02012f", true},
    {"behind NOPs", "010101 02012f", true},
    {"behind an unknown option", "7f03aabbcc 02012f", true},
    {"behind an empty unknown option", "7f00 02012f", true},
    {"behind an unknown option that holds what looks like the end", "7f0200 00 02012f", true},
    {"inside of an unknown option", "7f0302012f", false},
    {"behind the end", "00 02012f", false},
    {"two of them", "02012f 02012f", true},
    {"truncated before its size", "02", false},
    {"truncated in its data", "02022f", false},
    {"a size beyond everything", "02ff2f", false},
    {"unknown, truncated before its size", "7f", false},
    {"unknown, truncated in its data", "7f04 02012f", false},
    {"a whole one before a truncated one", "02012f 02", true},
    {"a truncated one hides what its size covers", "7fff 02012f", false},
};

TEST(HasUrlData, Rows) {
  for (const Case& row : cases) {
    SCOPED_TRACE(row.name);
    const test::ExactCopy options(test::from_hex(row.options));
    EXPECT_EQ(has_url_data(options.span()), row.found);
  }
}

TEST(HasUrlData, LongestOption) {
  test::Bytes options = test::from_hex("02ff");
  options.resize(2 + 255, std::byte{'/'});
  EXPECT_TRUE(has_url_data(test::ExactCopy(options).span()));
  options.pop_back();
  EXPECT_FALSE(has_url_data(test::ExactCopy(options).span()));
}

// A reader that does not advance would never return.
TEST(HasUrlData, TerminatesForAnyThreeBytes) {
  std::size_t found = 0;
  for (std::uint32_t bits = 0; bits < 1U << 24; bits += 7) {
    const std::array bytes{static_cast<std::byte>(bits), static_cast<std::byte>(bits >> 8),
                           static_cast<std::byte>(bits >> 16)};
    if (has_url_data(bytes)) ++found;
  }
  EXPECT_GT(found, 0U);
}

}  // namespace
}  // namespace gyre::udp
