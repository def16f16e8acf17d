#include "common/config/print.hpp"

#include <gtest/gtest.h>

#include "common/config/toml_reader.hpp"
#include "sample.hpp"

namespace gyre::config {
namespace {

using sample::Sample;

TEST(ToToml, SpellsValuesAsTomlReadsThem) {
  struct Case {
    Value value;
    std::string_view text;
  };
  for (const auto& [value, text] : std::vector<Case>{
           {true, "true"},
           {std::int64_t{0}, "0"},
           {std::int64_t{-9999}, "-9999"},
           {std::int64_t{10000}, "10_000"},
           {std::int64_t{-123456}, "-123_456"},
           {std::int64_t{8000000}, "8_000_000"},
           {1.0, "1.0"},
           {0.1, "0.1"},
           {1e300, "1e+300"},
           {std::numeric_limits<double>::infinity(), "inf"},
           {"", "\"\""},
           {"say \"\\\"", "\"say \\\"\\\\\\\"\""},
           {"tab\tline\nbell\x07"
            "del\x7f",
            "\"tab\\tline\\nbell\\u0007del\\u007F\""},
           {"\u00e9", "\"\u00e9\""},
           {TextList{}, "[]"},
           {TextList{"a", "b"}, "[\"a\", \"b\"]"},
       }) {
    EXPECT_EQ(to_toml(value), text);
  }
}

TEST(PrintToml, PutsTheTopFirstAndExplainsEveryKey) {
  Sample config;
  EXPECT_EQ(print_toml(schema_of(config)), R"(# Threads.
# An integer from 0 to 1024.
workers = 2

# Taste.
# One of "red", "green" or "blue".
colour = "green"

# Never empty.
name = "sample"

# Any text.
motto = ""

# Where.
[network]

# On or off.
enabled = true

# IPv4 addresses.
listen_ipv4 = "0.0.0.0:3000"

# IPv6 addresses.
listen_ipv6 = "[::]:3000"

# One address.
metrics = "0.0.0.0:9000"

# How much.
[limits]

# All of the type.
# An integer from 0 to 65_535.
port = 80

# Negative too.
# An integer from -10 to 10.
offset = -5

# Large.
# An integer of at least 0.
total = 8_000_000

# A part.
# A number from 0 to 1.
share = 0.5
)");
}

TEST(PrintToml, ReadsBackAsTheSame) {
  Sample config;
  config.workers = 1024;
  config.colour = sample::Colour::red;
  config.name = "quote \" backslash \\ hash # \t\n\r\x01\x7f \u00e9";
  config.network.enabled = false;
  config.network.listen_ipv4 = {sample::address("10.0.0.1:1"), sample::address("10.0.0.2:2")};
  config.network.listen_ipv6 = {};
  config.network.metrics = sample::address("[2001:db8::1]:65535");
  config.limits = {.port = 65535,
                   .offset = -10,
                   .total = std::uint64_t{std::numeric_limits<std::int64_t>::max()},
                   .share = 1.0 / 3};
  const std::string printed = print_toml(schema_of(config));

  Sample read;
  EXPECT_EQ(read_toml(printed, "printed", schema_of(read)), std::vector<std::string>{});
  EXPECT_EQ(read, config);
  EXPECT_EQ(print_toml(schema_of(read)), printed);
}

TEST(PrintReference, NamesDefaultTypeAndVariableOfEveryKey) {
  Sample config;
  const std::string page = print_reference(schema_of(config), "gyre_sample");
  for (const std::string_view part :
       {"# Configuration of gyre_sample\n", "gyre_sample -p > gyre_sample.toml",
        "## Above the first section\n\n"
        "### workers\n\n"
        "- Default: `2`\n"
        "- Takes: an integer from 0 to 1024\n"
        "- Environment: `GYRE_WORKERS`\n\n"
        "Threads.\n",
        "## [limits]\n\nHow much.\n\n### limits.port\n",
        "- Default: `0.5`\n"
        "- Takes: a number from 0 to 1\n"
        "- Environment: `GYRE_LIMITS__SHARE`\n"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part << "\nis not in\n" << page;
  }
}

}  // namespace
}  // namespace gyre::config
