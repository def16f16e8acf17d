// A file of the repository, for tests that compare it with what the program prints. Between tests
// and the source folder, which the build names (GYRE_SOURCE_DIR).
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace gyre::test {

inline std::string committed_file(std::string_view path) {
  std::ifstream file(std::filesystem::path(GYRE_SOURCE_DIR) / path);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace gyre::test
