// Checks that hold for the settings of every program: the committed files equal what it prints, and
// each setting can be read and printed. The tests of a program's configuration supply a row for
// each setting.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/print.hpp"
#include "common/config/toml_reader.hpp"
#include "tests/support/committed_file.hpp"

namespace gyre::test {

// A changed setting in TOML, and the same change in C++.
template <class Config>
struct Change {
  std::string_view section;
  std::string_view key;
  std::string_view spelling;
  std::function<void(Config&)> make;
};

template <class Config>
std::string printed(Config config) {
  return config::print_toml(config::schema_of(config));
}

template <class Config>
std::vector<std::string> read(std::string_view document, Config& config) {
  return config::read_toml(document, "gyre.toml", config::schema_of(config));
}

// The output of `gyre_... -p` and `gyre_... --print-reference`.
template <class Config>
void expect_committed_files(const std::string& defaults, const std::string& reference,
                            std::string_view program_name) {
  EXPECT_EQ(committed_file(defaults), printed(Config{}));
  Config config;
  EXPECT_EQ(committed_file(reference),
            config::print_reference(config::schema_of(config), program_name));
}

template <class Config>
void expect_defaults_in_order() {
  Config config;
  EXPECT_EQ(validate(config), std::vector<std::string>{});
  EXPECT_EQ(read(printed(Config{}), config), std::vector<std::string>{});
  EXPECT_EQ(config, Config{});
}

template <class Config>
void expect_each_is_read_and_printed_by_itself(const std::vector<Change<Config>>& changes) {
  for (const Change<Config>& change : changes) {
    SCOPED_TRACE(change.key);
    const std::string line = std::string(change.key) + " = " + std::string(change.spelling) + '\n';
    const std::string header =
        change.section.empty() ? "" : "[" + std::string(change.section) + "]\n";
    Config expected;
    change.make(expected);

    Config config;
    EXPECT_EQ(read(header + line, config), std::vector<std::string>{});
    EXPECT_EQ(config, expected);
    EXPECT_NE(config, Config{});
    EXPECT_NE(printed(config).find('\n' + line), std::string::npos);
  }
}

template <class Config>
void expect_a_row_for_each_setting(const std::vector<Change<Config>>& changes) {
  Config config;
  const config::Schema schema = config::schema_of(config);
  auto change = changes.begin();
  for (const config::Section& section : schema.sections()) {
    for (const config::Setting& setting : section.settings) {
      ASSERT_NE(change, changes.end()) << setting.path;
      EXPECT_EQ(change->section, section.name);
      EXPECT_EQ(change->key, setting.key);
      ++change;
    }
  }
  EXPECT_EQ(change, changes.end());
}

}  // namespace gyre::test
