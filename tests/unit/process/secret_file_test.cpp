#include "common/process/secret_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temporary_folder.hpp"

namespace gyre::process {
namespace {

TEST(SecretFileWarning, NamesModeAndRemedy) {
  const gyre::test::TemporaryFolder folder;
  const std::string path = (folder.path() / "key.pem").string();
  std::ofstream(path) << "secret";
  const auto warning = [&](unsigned mode) {
    std::filesystem::permissions(path, std::filesystem::perms{mode});
    return secret_file_warning("section.key", path);
  };
  const std::string head = "section.key: " + path + " has mode ";
  for (const unsigned harmless : {0600U, 0400U, 0640U, 0440U, 0700U}) {
    EXPECT_EQ(warning(harmless), "") << std::oct << harmless;
  }
  EXPECT_EQ(warning(0644),
            head + "0644, so that every user of this machine can read it; run: chmod 0640 " + path);
  EXPECT_EQ(warning(0604),
            head + "0604, so that every user of this machine can read it; run: chmod 0600 " + path);
  EXPECT_EQ(warning(0660), head + "0660, so that its group can change it; run: chmod 0640 " + path);
  EXPECT_EQ(warning(0666), head +
                               "0666, so that every user of this machine can read and change "
                               "it; run: chmod 0640 " +
                               path);
  EXPECT_EQ(warning(0602), head +
                               "0602, so that every user of this machine can change it; run: "
                               "chmod 0600 " +
                               path);
}

TEST(SecretFileWarning, OnlyFilesAreExamined) {
  const gyre::test::TemporaryFolder folder;
  EXPECT_EQ(secret_file_warning("a.b", (folder.path() / "none").string()), "");
  EXPECT_EQ(secret_file_warning("a.b", "/dev/null"), "");
}

}  // namespace
}  // namespace gyre::process
