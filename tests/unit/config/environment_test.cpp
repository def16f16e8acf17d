#include "common/config/environment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "sample.hpp"

namespace gyre::config {
namespace {

using sample::Sample;
using Lines = std::vector<std::string>;

struct Case {
  std::string_view name;
  Environment environment;
  Lines errors;
  Lines warnings;
};

const std::vector<Case> cases = {
    {"none of ours", {{"PATH", "/bin"}, {"GYRE", "x"}, {"XGYRE_WORKERS", "x"}}, {}, {}},
    {"wrong words for a boolean",
     {{"GYRE_NETWORK__ENABLED", "yes"}},
     {"GYRE_NETWORK__ENABLED: expected true or false, found the string \"yes\""},
     {}},
    {"no integers",
     {{"GYRE_WORKERS", "four"},
      {"GYRE_WORKERS", ""},
      {"GYRE_WORKERS", "4 "},
      {"GYRE_WORKERS", "_4"},
      {"GYRE_WORKERS", "4_"},
      {"GYRE_WORKERS", "4__0"},
      {"GYRE_WORKERS", "4.0"}},
     {"GYRE_WORKERS: expected an integer from 0 to 1024, found the string \"four\"",
      "GYRE_WORKERS: expected an integer from 0 to 1024, found the string \"\"",
      "GYRE_WORKERS: expected an integer from 0 to 1024, found the string \"4 \"",
      "GYRE_WORKERS: expected an integer from 0 to 1024, found the string \"_4\"",
      "GYRE_WORKERS: expected an integer from 0 to 1024, found the string \"4_\"",
      "GYRE_WORKERS: expected an integer from 0 to 1024, found the string \"4__0\"",
      "GYRE_WORKERS: expected an integer from 0 to 1024, found the string \"4.0\""},
     {}},
    {"out of range",
     {{"GYRE_WORKERS", "1_025"}},
     {"GYRE_WORKERS: expected an integer from 0 to 1024, found the integer 1025"},
     {}},
    {"out of 64 bits",
     {{"GYRE_WORKERS", "99999999999999999999"}},
     {"GYRE_WORKERS: expected an integer from 0 to 1024, found the string "
      "\"99999999999999999999\""},
     {}},
    {"a bad choice",
     {{"GYRE_COLOUR", "\"red\""}},
     {"GYRE_COLOUR: expected one of \"red\", \"green\" or \"blue\", found the string "
      "\"\\\"red\\\"\""},
     {}},
    {"one bad address of two",
     {{"GYRE_NETWORK__LISTEN_IPV4", "10.0.0.1:1,"}},
     {"GYRE_NETWORK__LISTEN_IPV4: expected an IPv4 address and port such as \"192.0.2.1:3000\", "
      "or a list of them, found the list [\"10.0.0.1:1\", \"\"]"},
     {}},
    {"what Kubernetes injects",
     {{"GYRE_PORT", "tcp://10.0.0.1:80"}},
     {},
     {"GYRE_PORT: not a setting of this program, ignored"}},
    {"one underscore where two belong",
     {{"GYRE_NETWORK_ENABLED", "true"}},
     {},
     {"GYRE_NETWORK_ENABLED: not a setting of this program, ignored; "
      "did you mean GYRE_NETWORK__ENABLED?"}},
    {"only the prefix", {{"GYRE_", "1"}}, {}, {"GYRE_: not a setting of this program, ignored"}},
    {"errors and warnings together",
     {{"GYRE_WORKERS", "-1"}, {"GYRE_WORKER", "1"}, {"GYRE_NAME", ""}},
     {"GYRE_WORKERS: expected an integer from 0 to 1024, found the integer -1",
      "GYRE_NAME: expected a string that is not empty, found the string \"\""},
     {"GYRE_WORKER: not a setting of this program, ignored; did you mean GYRE_WORKERS?"}},
};

TEST(ReadEnvironment, ReportsWhatIsWrongAndWhatIsUnknown) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Sample config;
    Lines warnings;
    EXPECT_EQ(read_environment(c.environment, schema_of(config), warnings), c.errors);
    EXPECT_EQ(warnings, c.warnings);
    EXPECT_EQ(config, Sample{});
  }
}

TEST(ReadEnvironment, SetsEveryKind) {
  Sample config;
  Lines warnings;
  const Lines errors = read_environment({{"GYRE_WORKERS", "1_000"},
                                         {"GYRE_COLOUR", "red"},
                                         {"GYRE_NAME", "true"},
                                         {"GYRE_MOTTO", "a = \"b\", c"},
                                         {"GYRE_NETWORK__ENABLED", "false"},
                                         {"GYRE_NETWORK__LISTEN_IPV4", "10.0.0.1:1, 10.0.0.2:2"},
                                         {"GYRE_NETWORK__LISTEN_IPV6", ""},
                                         {"GYRE_NETWORK__METRICS", "[::1]:3"},
                                         {"GYRE_LIMITS__OFFSET", "-1_0"},
                                         {"GYRE_LIMITS__SHARE", "0.25"}},
                                        schema_of(config), warnings);
  EXPECT_EQ(errors, Lines{});
  EXPECT_EQ(warnings, Lines{});

  Sample expected;
  expected.workers = 1000;
  expected.colour = sample::Colour::red;
  expected.name = "true";
  expected.motto = "a = \"b\", c";
  expected.network.enabled = false;
  expected.network.listen_ipv4 = {sample::address("10.0.0.1:1"), sample::address("10.0.0.2:2")};
  expected.network.listen_ipv6 = {};
  expected.network.metrics = sample::address("[::1]:3");
  expected.limits.offset = -10;
  expected.limits.share = 0.25;
  EXPECT_EQ(config, expected);
}

TEST(ProcessEnvironment, HoldsWhatTheProcessHas) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs.
  ASSERT_EQ(setenv("CONFIG_TEST_VARIABLE", "a=b", 1), 0);
  const Environment environment = process_environment();
  const std::pair<std::string, std::string> expected{"CONFIG_TEST_VARIABLE", "a=b"};
  EXPECT_EQ(std::ranges::count(environment, expected), 1);
}

}  // namespace
}  // namespace gyre::config
