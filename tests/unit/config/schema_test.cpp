#include "common/config/schema.hpp"

#include <gtest/gtest.h>

#include "sample.hpp"

namespace gyre::config {
namespace {

using sample::Sample;

TEST(Schema, ListsSectionsAndSettingsInTheOrderOfTheirDeclaration) {
  Sample config;
  const Schema schema = schema_of(config);
  std::vector<std::string> paths;
  for (const Section& section : schema.sections()) {
    for (const Setting& setting : section.settings) paths.push_back(setting.path);
  }
  EXPECT_EQ(paths, (std::vector<std::string>{
                       "workers", "colour", "name", "motto", "network.enabled",
                       "network.listen_ipv4", "network.listen_ipv6", "network.metrics",
                       "limits.port", "limits.offset", "limits.total", "limits.share"}));
}

TEST(Schema, RangesFollowTheTypeWhereNoneIsGiven) {
  EXPECT_EQ(all_of<std::uint16_t>().max, 65535);
  EXPECT_EQ(all_of<std::int8_t>().min, -128);
  EXPECT_EQ(all_of<std::uint64_t>().max, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(all_of<std::uint64_t>().min, 0);
}

// What one setting makes of one value; an empty message means that it was taken.
struct Case {
  std::string_view section;
  std::string_view key;
  Value value;
  std::string message;
};

const std::string ipv4_list =
    "expected an IPv4 address and port such as \"192.0.2.1:3000\", or a list of them, found ";
const std::string ipv6_list =
    "expected an IPv6 address and port such as \"[2001:db8::1]:3000\", or a list of them, found ";

const std::vector<Case> cases = {
    {"", "workers", std::int64_t{0}, ""},
    {"", "workers", std::int64_t{1024}, ""},
    {"", "workers", std::int64_t{1025},
     "expected an integer from 0 to 1024, found the integer 1025"},
    {"", "workers", std::int64_t{-1}, "expected an integer from 0 to 1024, found the integer -1"},
    {"", "workers", true, "expected an integer from 0 to 1024, found the boolean true"},
    {"", "workers", 2.0, "expected an integer from 0 to 1024, found the number 2.0"},
    {"", "workers", "two", "expected an integer from 0 to 1024, found the string \"two\""},
    {"", "colour", "blue", ""},
    {"", "colour", "Blue",
     "expected one of \"red\", \"green\" or \"blue\", found the string \"Blue\""},
    {"", "colour", std::int64_t{1},
     "expected one of \"red\", \"green\" or \"blue\", found the integer 1"},
    {"", "name", "x", ""},
    {"", "name", "", "expected a string that is not empty, found the string \"\""},
    {"", "motto", "", ""},
    {"", "motto", Unsupported{"a date or time"}, "expected a string, found a date or time"},
    {"network", "enabled", false, ""},
    {"network", "enabled", std::int64_t{1}, "expected true or false, found the integer 1"},
    {"network", "listen_ipv4", "10.0.0.1:1", ""},
    {"network", "listen_ipv4", TextList{"10.0.0.1:1", "10.0.0.2:1"}, ""},
    {"network", "listen_ipv4", TextList{}, ""},
    {"network", "listen_ipv4", "[::1]:1", ipv4_list + "the string \"[::1]:1\""},
    {"network", "listen_ipv4", TextList{"10.0.0.1:1", "x"},
     ipv4_list + "the list [\"10.0.0.1:1\", \"x\"]"},
    {"network", "listen_ipv6", "10.0.0.1:1", ipv6_list + "the string \"10.0.0.1:1\""},
    {"network", "metrics", "[::1]:1", ""},
    {"network", "metrics", TextList{"[::1]:1"},
     "expected an address and port such as \"192.0.2.1:3000\" or \"[2001:db8::1]:3000\", "
     "found the list [\"[::1]:1\"]"},
    {"limits", "port", std::int64_t{65535}, ""},
    {"limits", "port", std::int64_t{65536},
     "expected an integer from 0 to 65_535, found the integer 65_536"},
    {"limits", "offset", std::int64_t{-10}, ""},
    {"limits", "offset", std::int64_t{-11},
     "expected an integer from -10 to 10, found the integer -11"},
    {"limits", "total", std::numeric_limits<std::int64_t>::max(), ""},
    {"limits", "total", std::int64_t{-1},
     "expected an integer of at least 0, found the integer -1"},
    {"limits", "share", 1.0, ""},
    {"limits", "share", std::int64_t{1}, ""},
    {"limits", "share", 1.5, "expected a number from 0 to 1, found the number 1.5"},
    {"limits", "share", std::numeric_limits<double>::quiet_NaN(),
     "expected a number from 0 to 1, found the number nan"},
    {"limits", "share", "half", "expected a number from 0 to 1, found the string \"half\""},
};

TEST(Schema, AssignsWhatFitsAndExplainsWhatDoesNot) {
  for (const Case& c : cases) {
    Sample config;
    const Schema schema = schema_of(config);
    const Setting* const setting = find_setting(*schema.find_section(c.section), c.key);
    ASSERT_NE(setting, nullptr) << c.key;
    SCOPED_TRACE(setting->path + " = " + to_toml(c.value));

    const auto assigned = setting->assign(c.value);
    EXPECT_EQ(assigned.has_value(), c.message.empty());
    if (!assigned) {
      EXPECT_EQ(assigned.error(), c.message);
      EXPECT_EQ(config, Sample{}) << "a refused value changes nothing";
    }
  }
}

TEST(Schema, ReachesTheStruct) {
  Sample config;
  const Schema schema = schema_of(config);
  const Section& network = *schema.find_section("network");
  ASSERT_TRUE(find_setting(network, "listen_ipv4")->assign(TextList{"10.0.0.1:1", "10.0.0.2:2"}));
  ASSERT_TRUE(find_setting(network, "enabled")->assign(false));
  ASSERT_TRUE(find_setting(*schema.find_section(""), "colour")->assign("blue"));
  EXPECT_EQ(config.network.listen_ipv4,
            (AddressList{sample::address("10.0.0.1:1"), sample::address("10.0.0.2:2")}));
  EXPECT_FALSE(config.network.enabled);
  EXPECT_EQ(config.colour, sample::Colour::blue);
}

TEST(Schema, SizesHaveUnits) {
  std::uint64_t bytes = std::uint64_t{3} << 29;
  Schema schema;
  schema.size_setting("size", bytes, "A size.");
  const Setting& setting = schema.sections().front().settings.front();
  EXPECT_EQ(setting.get(), Value(std::string("1536 MiB")));
  struct Row {
    const char* text;
    std::uint64_t bytes;
    const char* printed;
  };
  const Row rows[] = {{"2 GiB", std::uint64_t{2} << 30, "2 GiB"},
                      {"2048MiB", std::uint64_t{2} << 30, "2 GiB"},
                      {"1500 bytes", 1500, "1500 bytes"},
                      {"16777215 TiB", std::uint64_t{16'777'215} << 40, "16777215 TiB"},
                      {"0", 0, "0"}};
  for (const Row& row : rows) {
    EXPECT_TRUE(setting.assign(Value(std::string(row.text)))) << row.text;
    EXPECT_EQ(bytes, row.bytes);
    EXPECT_EQ(setting.get(), Value(std::string(row.printed)));
  }
  for (const char* const text : {"", "5", "5 MB", "-5 MiB", "1.5 GiB", "5  MiB", "16777216 TiB"}) {
    EXPECT_FALSE(setting.assign(Value(std::string(text)))) << text;
  }
  EXPECT_FALSE(setting.assign(Value(std::int64_t{5})));
  EXPECT_EQ(bytes, 0U);
}

TEST(SchemaDeathTest, ADefaultOutsideItsOwnRangeIsAProgrammersError) {
  Sample config;
  config.workers = 1025;
  EXPECT_DEATH(schema_of(config), "try_assign");
}

}  // namespace
}  // namespace gyre::config
