#include "common/config/toml_reader.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "sample.hpp"

namespace gyre::config {
namespace {

using sample::Sample;
using Errors = std::vector<std::string>;

struct Case {
  std::string_view name;
  std::string_view document;
  Errors errors;
};

const std::vector<Case> cases = {
    {"nothing", "", {}},
    {"only a comment", "# nothing\n", {}},
    {"an empty section", "[network]\n", {}},
    {"windows line ends", "workers = 3\r\n[limits]\r\nport = 1\r\n", {}},
    {"dotted keys and inline tables", "network.enabled = false\nlimits = { port = 1 }\n", {}},

    {"wrong type",
     "\nworkers = \"two\"\n",
     {"f.toml:2: workers: expected an integer from 0 to 1024, found the string \"two\""}},
    {"an integer is no boolean",
     "[network]\nenabled = 1\n",
     {"f.toml:2: network.enabled: expected true or false, found the integer 1"}},
    {"a boolean is no integer",
     "workers = true\n",
     {"f.toml:1: workers: expected an integer from 0 to 1024, found the boolean true"}},
    {"a number is no integer",
     "workers = 2.0\n",
     {"f.toml:1: workers: expected an integer from 0 to 1024, found the number 2.0"}},
    {"a date is no string",
     "motto = 2024-01-01\n",
     {"f.toml:1: motto: expected a string, found a date or time"}},
    {"a table is no string",
     "[motto]\nx = 1\n",
     {"f.toml:1: motto: expected a string, found a section"}},
    {"a mixed list",
     "[network]\nlisten_ipv4 = [\"10.0.0.1:1\", 2]\n",
     {"f.toml:2: network.listen_ipv4: expected an IPv4 address and port such as "
      "\"192.0.2.1:3000\", or a list of them, found a list with elements other than strings"}},

    {"out of range",
     "workers = 1025\n[limits]\nport = 70_000\n",
     {"f.toml:1: workers: expected an integer from 0 to 1024, found the integer 1025",
      "f.toml:3: limits.port: expected an integer from 0 to 65_535, found the integer 70_000"}},
    {"out of range for 32 bits, not reduced to them",
     "workers = 4294967298\n",
     {"f.toml:1: workers: expected an integer from 0 to 1024, found the integer "
      "4_294_967_298"}},
    {"a bad choice",
     "colour = \"mauve\"\n",
     {"f.toml:1: colour: expected one of \"red\", \"green\" or \"blue\", found the string "
      "\"mauve\""}},
    {"an address of the wrong family",
     "[network]\nlisten_ipv6 = \"10.0.0.1:1\"\n",
     {"f.toml:2: network.listen_ipv6: expected an IPv6 address and port such as "
      "\"[2001:db8::1]:3000\", or a list of them, found the string \"10.0.0.1:1\""}},

    {"an unknown key with a near one",
     "wrokers = 1\n",
     {"f.toml:1: wrokers: unknown key; did you mean workers?"}},
    {"an unknown key with none near", "frobnicate = 1\n", {"f.toml:1: frobnicate: unknown key"}},
    {"a misspelt key of a section",
     "[network]\n\nenable = true\n",
     {"f.toml:3: network.enable: unknown key; did you mean enabled?"}},
    {"a key of another section",
     "[limits]\nenabled = true\n",
     {"f.toml:2: limits.enabled: unknown key here; it belongs to section [network]"}},
    {"a key of a section above all of them",
     "port = 1\n",
     {"f.toml:1: port: unknown key here; it belongs to section [limits]"}},
    {"a key of the top below a header",
     "[limits]\nworkers = 1\n",
     {"f.toml:2: limits.workers: unknown key here; it belongs above the first section"}},

    {"an unknown section, reported once",
     "[netwrok]\nenabled = true\nwhat = 1\n",
     {"f.toml:1: netwrok: unknown section; did you mean network?"}},
    {"an unknown section with none near",
     "[frobnicate]\n",
     {"f.toml:1: frobnicate: unknown section"}},
    {"a section that is a value",
     "network = 3\n",
     {"f.toml:1: network: expected a section [network], found the integer 3"}},
    {"a section inside a section",
     "[network.deep]\nx = 1\n",
     {"f.toml:1: network.deep: unknown key"}},
    {"an empty key", "\"\" = 1\n", {"f.toml:1: : unknown key"}},

    {"all errors at once, by line",
     "workers = -1\nzzz = 1\ncolour = 3\n[network]\nlisten = \"x:y\"\nenabled = 0\n[nowhere]\n",
     {"f.toml:1: workers: expected an integer from 0 to 1024, found the integer -1",
      "f.toml:2: zzz: unknown key",
      "f.toml:3: colour: expected one of \"red\", \"green\" or \"blue\", found the integer 3",
      "f.toml:5: network.listen: unknown key",
      "f.toml:6: network.enabled: expected true or false, found the integer 0",
      "f.toml:7: nowhere: unknown section"}},
};

TEST(ReadToml, ReportsEveryErrorWithItsPlace) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Sample config;
    EXPECT_EQ(read_toml(c.document, "f.toml", schema_of(config)), c.errors);
  }
}

// The words are toml++'s; the place is ours.
TEST(ReadToml, ReportsSyntaxErrorsWithTheirLine) {
  struct SyntaxCase {
    std::string_view document;
    std::string_view start;
    std::string_view word;
  };
  for (const auto& [document, start, word] : std::vector<SyntaxCase>{
           {"workers = 1\n= =\n", "f.toml:2: ", "key"},
           {"workers = \n", "f.toml:1: ", "value"},
           {"\n\nworkers = 1\nworkers = 2\n", "f.toml:4: ", "redefine"},
           {"[network]\n[network]\n", "f.toml:2: ", "redefine"},
           {"motto = \"open\n", "f.toml:1: ", "string"},
           {"workers = 99999999999999999999\n", "f.toml:1: ", "64"},
           {"motto = \"\xff\"\n", "f.toml:1: ", "utf-8"},
       }) {
    SCOPED_TRACE(document);
    Sample config;
    const Errors errors = read_toml(document, "f.toml", schema_of(config));
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_TRUE(errors[0].starts_with(start)) << errors[0];
    EXPECT_NE(errors[0].find(word), std::string::npos) << errors[0];
    EXPECT_EQ(config, Sample{});
  }
}

TEST(ReadToml, SetsWhatIsThereAndKeepsTheRest) {
  Sample config;
  const auto errors = read_toml(
      "workers = 1_000\n"
      "colour = \"blue\"\n"
      "motto = 'C:\\path'\n"
      "[limits]\n"
      "share = 1\n"
      "offset = -10\n"
      "[network]\n"
      "listen_ipv4 = [\"10.0.0.1:1\", \"10.0.0.2:2\"]\n"
      "metrics = \"[::1]:3\"\n",
      "f.toml", schema_of(config));
  EXPECT_EQ(errors, Errors{});

  Sample expected;
  expected.workers = 1000;
  expected.colour = sample::Colour::blue;
  expected.motto = "C:\\path";
  expected.limits.share = 1;
  expected.limits.offset = -10;
  expected.network.listen_ipv4 = {sample::address("10.0.0.1:1"), sample::address("10.0.0.2:2")};
  expected.network.metrics = sample::address("[::1]:3");
  EXPECT_EQ(config, expected);
}

TEST(ReadToml, SetsWhatIsRightBesideWhatIsWrong) {
  Sample config;
  EXPECT_EQ(read_toml("workers = -1\nname = \"n\"\n", "f", schema_of(config)).size(), 1u);
  EXPECT_EQ(config.workers, Sample{}.workers);
  EXPECT_EQ(config.name, "n");
}

class ReadTomlFile : public testing::Test {
 protected:
  ReadTomlFile() {
    std::string pattern = std::filesystem::temp_directory_path() / "gyre-config-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~ReadTomlFile() override { std::filesystem::remove_all(folder_); }

  Errors read(const std::filesystem::path& path) {
    return read_toml_file(path.string(), schema_of(config_));
  }

  std::filesystem::path folder_;
  Sample config_;
};

TEST_F(ReadTomlFile, ReadsFilesOfAnySize) {
  const auto path = folder_ / "gyre.toml";
  std::ofstream(path) << std::string(100'000, '\n') << "workers = 7\nworker = 8\n";
  EXPECT_EQ(read(path),
            Errors{path.string() + ":100002: worker: unknown key; did you mean workers?"});
  EXPECT_EQ(config_.workers, 7u);
}

TEST_F(ReadTomlFile, SaysWhyAFileCannotBeRead) {
  const auto missing = folder_ / "missing.toml";
  EXPECT_EQ(read(missing),
            Errors{missing.string() + ": cannot read the file: No such file or directory"});
  EXPECT_EQ(read(folder_), Errors{folder_.string() + ": cannot read the file: Is a directory"});
  EXPECT_EQ(config_, Sample{});
}

}  // namespace
}  // namespace gyre::config
