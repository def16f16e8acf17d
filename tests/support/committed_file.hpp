// A file of the repository, for tests that compare it with the output of a program. The build
// defines where the sources are (GYRE_SOURCE_DIR).
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
