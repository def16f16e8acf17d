#include "common/config/text.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gyre::config {
namespace {

TEST(Wrap, BreaksAtWordsAndKeepsLines) {
  struct Case {
    std::string_view text;
    std::string_view wrapped;
  };
  for (const auto& [text, wrapped] : std::vector<Case>{
           {"", "# \n"},
           {"one", "# one\n"},
           {"one two", "# one two\n"},
           {"one two three", "# one two\n# three\n"},
           {"a\nb", "# a\n# b\n"},
           {"incomprehensibilities", "# incomprehensibilities\n"},
           {"an incomprehensibility or two", "# an\n# incomprehensibility\n# or two\n"},
       }) {
    EXPECT_EQ(wrap(text, "# ", 10), wrapped);
  }
}

TEST(Nearest, FindsWhatATypingErrorExplains) {
  const std::vector<std::string> names = {"ring_size", "use_ipv4", "use_ipv6", "user"};
  struct Case {
    std::string_view wanted;
    std::optional<std::string> found;
  };
  for (const auto& [wanted, found] : std::vector<Case>{
           {"ring_sise", "ring_size"},
           {"rign_size", "ring_size"},
           {"ringsize", "ring_size"},
           {"RING_SIZE", "ring_size"},
           {"use_ipv5", "use_ipv4"},  // the first of equals
           {"use", "user"},
           {"usr", "user"},
           {"us", std::nullopt},
           {"", std::nullopt},
           {"entirely_different", std::nullopt},
       }) {
    EXPECT_EQ(nearest(wanted, names), found) << wanted;
  }
  EXPECT_EQ(suggestion("usr", names), "; did you mean user?");
  EXPECT_EQ(suggestion("nothing_near", names), "");
}

}  // namespace
}  // namespace gyre::config
