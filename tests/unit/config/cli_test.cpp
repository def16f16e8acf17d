#include "common/config/cli.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/config/print.hpp"
#include "sample.hpp"

namespace gyre::config {
namespace {

using sample::Sample;

constexpr ProgramInfo program{.name = "gyre_sample",
                              .version = "1.2.3",
                              .summary = "A sample that does nothing.",
                              .override_example = "GYRE_WORKERS=2"};

struct Outcome {
  std::variant<Sample, ExitCode> result;
  std::string out;
  std::string err;
};

Outcome run(std::vector<std::string> arguments, Environment environment = {}) {
  std::ostringstream out;
  std::ostringstream err;
  auto result = from_command_line<Sample>({.arguments = std::move(arguments),
                                           .environment = std::move(environment),
                                           .out = out,
                                           .err = err},
                                          program);
  return {std::move(result), out.str(), err.str()};
}

std::string printed(Sample config) {
  return print_toml(schema_of(config));
}

class CommandLine : public testing::Test {
 protected:
  CommandLine() {
    std::string pattern = std::filesystem::temp_directory_path() / "gyre-cli-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~CommandLine() override { std::filesystem::remove_all(folder_); }

  std::string file(std::string_view text) {
    const std::string path = folder_ / "f.toml";
    std::ofstream(path) << text;
    return path;
  }

  std::filesystem::path folder_;
};

const Sample* settings(const Outcome& outcome) {
  return std::get_if<Sample>(&outcome.result);
}

bool exits_with(const Outcome& outcome, ExitCode code) {
  const auto* const exit = std::get_if<ExitCode>(&outcome.result);
  return exit != nullptr && *exit == code;
}

TEST_F(CommandLine, WithoutArgumentsRunsTheDefaults) {
  const Outcome outcome = run({});
  ASSERT_TRUE(settings(outcome));
  EXPECT_EQ(*settings(outcome), Sample{});
  EXPECT_EQ(outcome.out + outcome.err, "");
}

TEST_F(CommandLine, TheEnvironmentOverridesTheFileAndTheFileTheDefaults) {
  const std::string path = file("workers = 3\nmotto = \"from the file\"\n");
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"-c", path}, {"-c" + path}, {"--config-file", path}, {"--config-file=" + path}}) {
    const Outcome outcome = run(arguments, {{"GYRE_WORKERS", "4"}});
    ASSERT_TRUE(settings(outcome)) << outcome.err;
    EXPECT_EQ(settings(outcome)->workers, 4u);
    EXPECT_EQ(settings(outcome)->motto, "from the file");
    EXPECT_EQ(settings(outcome)->name, Sample{}.name);
  }
}

TEST_F(CommandLine, PrintsTheDefaultsWhateverTheFileAndTheEnvironmentSay) {
  for (const std::string option : {"-p", "--print-config"}) {
    const Outcome outcome = run({option, "-c", "/nonexistent"}, {{"GYRE_WORKERS", "x"}});
    EXPECT_TRUE(exits_with(outcome, ExitCode::success));
    EXPECT_EQ(outcome.out, printed({}));
    EXPECT_EQ(outcome.err, "");
  }
}

TEST_F(CommandLine, PrintsWhatIsInEffect) {
  Sample expected;
  expected.workers = 4;
  expected.motto = "m";
  for (const std::string option : {"-P", "--print-effective"}) {
    const Outcome outcome =
        run({option, "-c", file("motto = \"m\"\nworkers = 3\n")}, {{"GYRE_WORKERS", "4"}});
    EXPECT_TRUE(exits_with(outcome, ExitCode::success));
    EXPECT_EQ(outcome.out, printed(expected));
    EXPECT_EQ(outcome.err, "");
  }
}

TEST_F(CommandLine, WhatItPrintsItReads) {
  const std::string defaults = run({"-p"}).out;
  const Outcome outcome = run({"-c", file(defaults)});
  ASSERT_TRUE(settings(outcome));
  EXPECT_EQ(*settings(outcome), Sample{});
}

TEST_F(CommandLine, PrintsReferenceAndVersion) {
  Sample config;
  EXPECT_EQ(run({"--print-reference"}).out, print_reference(schema_of(config), "gyre_sample"));
  for (const std::string option : {"-v", "--version"}) {
    const Outcome outcome = run({option});
    EXPECT_TRUE(exits_with(outcome, ExitCode::success));
    EXPECT_EQ(outcome.out, "gyre_sample 1.2.3\n");
  }
}

TEST(VersionLine, NamesTheLibraryThatIsLinkedIn) {
  ProgramInfo with_library = program;
  with_library.library = "wolfSSL 5.7.2-0.1+deb13u2";
  EXPECT_EQ(version_line(program), "gyre_sample 1.2.3");
  EXPECT_EQ(version_line(with_library), "gyre_sample 1.2.3, wolfSSL 5.7.2-0.1+deb13u2");
}

TEST_F(CommandLine, HelpTeaches) {
  for (const std::string option : {"-h", "--help"}) {
    const Outcome outcome = run({option});
    EXPECT_TRUE(exits_with(outcome, ExitCode::success));
    EXPECT_EQ(outcome.err, "");
    for (const std::string_view part :
         {"A sample that does nothing.", "-c,--config-file FILE", "-p,--print-config",
          "-P,--print-effective", "-v,--version", "-h,--help", "gyre_sample -p > gyre_sample.toml",
          "GYRE_WORKERS=2 gyre_sample", "GYRE_SECTION__KEY", "SIGTERM", "SIGHUP"}) {
      EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\nis not in\n"
                                                           << outcome.out;
    }
  }
}

TEST_F(CommandLine, UnknownArgumentsExitWithAHint) {
  struct Case {
    std::vector<std::string> arguments;
    std::string_view named;
  };
  for (const auto& [arguments, named] :
       std::vector<Case>{{{"-x"}, "-x"},
                         {{"--nonsense"}, "--nonsense"},
                         {{"file.toml"}, "file.toml"},
                         {{"-c"}, "--config-file"},
                         {{"-c", "a", "-c", "b"}, "--config-file"}}) {
    const Outcome outcome = run(arguments);
    SCOPED_TRACE(outcome.err);
    EXPECT_TRUE(exits_with(outcome, ExitCode::bad_usage));
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(named), std::string::npos);
    EXPECT_NE(outcome.err.find("\nUsage: gyre_sample "), std::string::npos);
  }
}

TEST_F(CommandLine, ReportsAllErrorsOfFileAndEnvironment) {
  const std::string path = file("workers = -1\ncolor = \"red\"\n");
  std::string expected =
      "gyre_sample: warning: GYRE_PORT: not a setting of this program, ignored\n";
  expected += path + ":1: workers: expected an integer from 0 to 1024, found the integer -1\n";
  expected += path + ":2: color: unknown key; did you mean colour?\n";
  expected +=
      "GYRE_NETWORK__ENABLED: expected true or false, found the string \"1\"\n"
      "gyre_sample: 3 errors in the configuration; gyre_sample -p explains every setting\n";
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"-c", path}, {"-P", "-c", path}}) {
    const Outcome outcome = run(arguments, {{"GYRE_NETWORK__ENABLED", "1"}, {"GYRE_PORT", "1"}});
    EXPECT_TRUE(exits_with(outcome, ExitCode::bad_configuration));
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, expected);
  }
}

TEST_F(CommandLine, ReportsAMissingFile) {
  const Outcome outcome = run({"-c", "/nonexistent/f.toml"});
  EXPECT_TRUE(exits_with(outcome, ExitCode::bad_configuration));
  EXPECT_TRUE(outcome.err.starts_with(
      "/nonexistent/f.toml: cannot read the file: No such file or directory\n"))
      << outcome.err;
  EXPECT_TRUE(exits_with(run({"-c", ""}), ExitCode::bad_configuration));
}

TEST_F(CommandLine, ReportsBrokenRulesBetweenSettings) {
  const std::string path = file("workers = 13\n");
  const Outcome from_file = run({"-c", path});
  EXPECT_TRUE(exits_with(from_file, ExitCode::bad_configuration));
  EXPECT_EQ(from_file.err, path + ": workers: 13 brings bad luck\n" + path +
                               ": limits.port: is not to blame\n"
                               "gyre_sample: 2 errors in the configuration; gyre_sample -p "
                               "explains every setting\n");

  const Outcome from_environment = run({"-P"}, {{"GYRE_WORKERS", "13"}});
  EXPECT_TRUE(exits_with(from_environment, ExitCode::bad_configuration));
  EXPECT_TRUE(from_environment.err.starts_with("configuration: workers: 13 brings bad luck\n"));
}

TEST_F(CommandLine, DoesNotJudgeTheWholeByDefaultsThatNobodyAskedFor) {
  const Outcome outcome = run({"-c", file("workers = 13\nname = 1\n")});
  EXPECT_EQ(outcome.err.find("bad luck"), std::string::npos) << outcome.err;
}

TEST_F(CommandLine, UnknownVariablesAreOnlyWorthAWarning) {
  const Outcome outcome = run({}, {{"GYRE_WORKER", "4"}});
  ASSERT_TRUE(settings(outcome));
  EXPECT_EQ(outcome.err,
            "gyre_sample: warning: GYRE_WORKER: not a setting of this program, ignored; "
            "did you mean GYRE_WORKERS?\n");
}

TEST_F(CommandLine, AFailedWriteIsAFailure) {
  std::ofstream full("/dev/full");
  std::ostringstream err;
  const auto result = from_command_line<Sample>(
      {.arguments = {"-p"}, .environment = {}, .out = full, .err = err}, program);
  ASSERT_TRUE(std::holds_alternative<ExitCode>(result));
  EXPECT_EQ(std::get<ExitCode>(result), ExitCode::bad_configuration);
  EXPECT_EQ(err.str(), "gyre_sample: cannot write to standard output\n");
}

TEST_F(CommandLine, TakesItsArgumentsFromMain) {
  const std::vector<const char*> argv = {"/usr/bin/gyre_sample", "-P", "-c", "f"};
  EXPECT_EQ(process_invocation(4, argv.data()).arguments,
            (std::vector<std::string>{"-P", "-c", "f"}));
  EXPECT_TRUE(process_invocation(0, argv.data()).arguments.empty());
}

}  // namespace
}  // namespace gyre::config
