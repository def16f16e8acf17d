// The file of the secret: how it is created and read, and the errors for the operator.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/support/temporary_folder.hpp"
#include "udp/connection_id.hpp"

namespace gyre::udp {
namespace {

std::string error_of(const std::string& path) {
  const auto secret = load_connection_secret(path);
  return secret ? "no error" : secret.error();
}

TEST(ConnectionSecret, RandomSecretsDiffer) {
  EXPECT_NE(random_connection_secret(), random_connection_secret());
  EXPECT_NE(random_connection_secret(), ConnectionSecret{});
}

TEST(ConnectionSecret, CreatesAMissingFileForItsOwnerOnly) {
  const test::TemporaryFolder folder;
  const mode_t old_mask = ::umask(0);
  const auto made = load_connection_secret(folder.file("secret"));
  ::umask(old_mask);
  ASSERT_TRUE(made) << made.error();
  struct stat status{};
  ASSERT_EQ(::stat(folder.file("secret").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(status.st_size, 32);
  EXPECT_NE(*made, ConnectionSecret{});
}

TEST(ConnectionSecret, IsTheSameAfterARestart) {
  const test::TemporaryFolder folder;
  const auto made = load_connection_secret(folder.file("secret"));
  const auto read = load_connection_secret(folder.file("secret"));
  ASSERT_TRUE(made && read);
  EXPECT_EQ(*made, *read);
}

TEST(ConnectionSecret, ReadsTheBytesOfTheFile) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("secret", "0123456789abcdefghijklmnopqrstuv");
  const auto secret = load_connection_secret(path);
  ASSERT_TRUE(secret) << secret.error();
  EXPECT_EQ((*secret)[0], std::byte{'0'});
  EXPECT_EQ((*secret)[31], std::byte{'v'});
}

TEST(ConnectionSecret, RefusesAndKeepsFilesOfOtherSizes) {
  const test::TemporaryFolder folder;
  for (const std::size_t size : {0U, 1U, 31U, 33U, 64U, 5000U}) {
    const std::string path = folder.write("secret", std::string(size, 'x'));
    EXPECT_EQ(error_of(path), "connection id secret " + path +
                                  ": must contain exactly 32 bytes; remove it to have a new one "
                                  "created");
    EXPECT_EQ(folder.read("secret").size(), size);
  }
}

TEST(ConnectionSecret, ErrorsNameAMissingFolder) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("missing") + "/secret";
  EXPECT_EQ(error_of(path),
            "connection id secret " + path + ": cannot be created: No such file or directory");
}

TEST(ConnectionSecret, RefusesFilesThatAreNotRegular) {
  const test::TemporaryFolder folder;
  const std::string fifo = folder.file("fifo");  // without a writer
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const std::string& path : {folder.path().string(), fifo}) {
    EXPECT_EQ(error_of(path), "connection id secret " + path + ": is not a regular file");
  }
}

TEST(ConnectionSecret, ReplacesAnUnfinishedFile) {
  const test::TemporaryFolder folder;
  folder.write("secret.new", "half");
  ASSERT_TRUE(load_connection_secret(folder.file("secret")));
  EXPECT_EQ(folder.read("secret").size(), 32U);
  EXPECT_FALSE(std::filesystem::exists(folder.file("secret.new")));
}

TEST(ConnectionSecret, ErrorsNameAFileInPlaceOfAFolder) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("file", "") + "/secret";
  EXPECT_EQ(error_of(path), "connection id secret " + path + ": Not a directory");
}

// Root ignores permissions, so root steps down for the test.
class WithoutRoot {
 public:
  WithoutRoot() {
    if (was_root_) CHECK(::seteuid(65534) == 0);
  }
  WithoutRoot(const WithoutRoot&) = delete;
  WithoutRoot& operator=(const WithoutRoot&) = delete;
  ~WithoutRoot() {
    if (was_root_) CHECK(::seteuid(0) == 0);
  }

 private:
  const bool was_root_ = ::geteuid() == 0;
};

TEST(ConnectionSecret, ErrorsNameAFolderWithoutPermission) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("secret");
  ASSERT_EQ(::chmod(folder.path().c_str(), 0), 0);
  {
    const WithoutRoot without_root;
    EXPECT_EQ(error_of(path), "connection id secret " + path + ": Permission denied");
  }
  EXPECT_EQ(::chmod(folder.path().c_str(), 0700), 0);
}

}  // namespace
}  // namespace gyre::udp
