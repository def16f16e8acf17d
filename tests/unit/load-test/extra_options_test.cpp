// Options that only one program has, with the settings of a load tester.
#include <gtest/gtest.h>

#include <array>
#include <sstream>

#include "common/config/cli.hpp"
#include "load-test/udp/config.hpp"

namespace gyre::load_test::udp {
namespace {

struct Outcome {
  std::variant<Config, config::ExitCode> result;
  bool flag = false;
  std::int64_t number = 0;
  std::string out;
  std::string err;
};

Outcome run(std::vector<std::string> arguments) {
  std::ostringstream out;
  std::ostringstream err;
  Outcome outcome;
  const std::array<config::ExtraOption, 2> options = {
      {{.name = "--extra-flag", .text = "Says yes", .value = &outcome.flag},
       {.name = "--extra-number", .text = "Says how many", .value = &outcome.number}}};
  outcome.result = config::from_command_line<Config>(
      {.arguments = std::move(arguments), .environment = {}, .out = out, .err = err},
      program_info(), options);
  outcome.out = out.str();
  outcome.err = err.str();
  return outcome;
}

TEST(ExtraOptions, AreLeftAloneWhenNotGiven) {
  const Outcome outcome = run({});
  EXPECT_TRUE(std::holds_alternative<Config>(outcome.result));
  EXPECT_FALSE(outcome.flag);
  EXPECT_EQ(outcome.number, 0);
}

TEST(ExtraOptions, AreAcceptedWithTheOthers) {
  const Outcome outcome = run({"--extra-flag", "--extra-number", "9223372036854775807"});
  EXPECT_TRUE(std::holds_alternative<Config>(outcome.result));
  EXPECT_TRUE(outcome.flag);
  EXPECT_EQ(outcome.number, 9'223'372'036'854'775'807);
}

TEST(ExtraOptions, AreInTheHelp) {
  const Outcome outcome = run({"--help"});
  EXPECT_NE(outcome.out.find("--extra-flag"), std::string::npos);
  EXPECT_NE(outcome.out.find("--extra-number NUMBER "), std::string::npos) << outcome.out;
}

TEST(ExtraOptions, OnlyPositiveNumbersAreAccepted) {
  for (const char* text : {"0", "-1", "x", "1x", "1.5", "9223372036854775808", ""}) {
    const Outcome outcome = run({"--extra-number", text});
    ASSERT_TRUE(std::holds_alternative<config::ExitCode>(outcome.result)) << text;
    EXPECT_EQ(std::get<config::ExitCode>(outcome.result), config::ExitCode::bad_usage);
    EXPECT_NE(outcome.err.find("--extra-number: "), std::string::npos) << outcome.err;
  }
}

}  // namespace
}  // namespace gyre::load_test::udp
