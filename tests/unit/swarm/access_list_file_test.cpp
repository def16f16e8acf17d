// Access lists from files, up to the size that large trackers have.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>

#include "common/swarm/access_list.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/scale.hpp"
#include "tests/support/temporary_folder.hpp"

namespace gyre::swarm {
namespace {

std::string error_of(const std::string& path, AccessMode mode = AccessMode::allow) {
  const auto list = AccessList::load(mode, path);
  return list ? "no error" : list.error();
}

TEST(AccessListLoad, ReadsTheFile) {
  const test::TemporaryFolder folder;
  const std::string hex(40, '7');
  const auto list = AccessList::load(AccessMode::allow, folder.write("list", "# x\n" + hex + "\n"));
  ASSERT_TRUE(list) << list.error();
  EXPECT_EQ(list->size(), 1U);
  EXPECT_TRUE(list->allows(*info_hash_from_hex(hex)));
}

TEST(AccessListLoad, ErrorsNameTheFileAndTheLine) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("list", "\n\nwhat\n");
  EXPECT_EQ(error_of(path), path + ":3: not an info_hash of 40 hex digits: \"what\"");
  const std::string missing = folder.file("missing");
  EXPECT_EQ(error_of(missing), missing + ": No such file or directory");
}

TEST(AccessListLoad, RefusesFilesThatAreNotRegular) {
  const test::TemporaryFolder folder;
  const std::string fifo = folder.file("fifo");  // that nobody writes to
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const std::string& path : {folder.path().string(), fifo}) {
    EXPECT_EQ(error_of(path), path + ": is not a regular file");
  }
}

TEST(AccessListLoad, SparseGiantsAreRefusedBeforeReading) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("list", "");
  std::filesystem::resize_file(path, (std::uintmax_t{2} << 30) + 1);
  EXPECT_EQ(error_of(path), path + ": is larger than 2 GiB");
}

TEST(AccessListLoad, OffNeedsNoFile) {
  EXPECT_EQ(error_of("/nowhere/at/all", AccessMode::off), "no error");
}

TEST(AccessListLoad, AMillionTorrents) {
  const test::TemporaryFolder folder;
  const std::size_t count = test::under_sanitizer ? 50'000 : 1'000'000;
  std::string text;
  Random random(1);
  for (std::size_t i = 0; i < count; ++i) {
    text += to_hex(test::random_value<InfoHash>(random)) + "\n";
  }
  const std::string path = folder.write("list", text);
  const auto before = std::chrono::steady_clock::now();
  const auto list = AccessList::load(AccessMode::deny, path);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - before;
  ASSERT_TRUE(list);
  EXPECT_EQ(list->size(), count);
  EXPECT_TRUE(test::under_sanitizer || seconds.count() < 3) << seconds.count() << " s";
  Random again(1);
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_FALSE(list->allows(test::random_value<InfoHash>(again)));
    ASSERT_TRUE(list->allows(test::random_value<InfoHash>(random)));
  }
}

}  // namespace
}  // namespace gyre::swarm
