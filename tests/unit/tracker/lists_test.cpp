#include "common/tracker/lists.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace gyre::tracker {
namespace {

class ListsTest : public testing::Test {
 protected:
  ListsTest() {
    std::string pattern = testing::TempDir() + "listsXXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~ListsTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

  std::filesystem::path folder_;
};

TEST_F(ListsTest, WithoutFilesThereIsNothingToRead) {
  Lists lists({}, {}, {});
  EXPECT_FALSE(lists.are_configured());
  EXPECT_FALSE(lists.check());
  ASSERT_TRUE(lists.load());
  EXPECT_TRUE(lists.check());
  EXPECT_TRUE(lists.deny().get()->networks.empty());
}

TEST_F(ListsTest, ABadFileChangesNoList) {
  const config::DenyConfig config{.networks_path = write("networks", "10.0.0.0/8\n"),
                                  .peer_ids_path = write("peer_ids", "-XX\n"),
                                  .user_agents_path = write("agents", "bad/\n")};
  Lists lists({}, config, {});
  EXPECT_TRUE(lists.are_configured());
  ASSERT_TRUE(lists.load());
  const auto before = lists.deny().get();
  EXPECT_TRUE(before->networks.contains(*ipv4_address_from("10.1.1.1")));
  EXPECT_TRUE(before->user_agents.contains_prefix_of("bad/1"));

  write("networks", "");
  write("agents", "good/\n");
  write("peer_ids", "-YY\nnot a peer_id\n");
  const auto loaded = lists.load();
  ASSERT_FALSE(loaded);
  EXPECT_TRUE(loaded.error().starts_with("deny list: " + config.peer_ids_path + ":2: "))
      << loaded.error();
  EXPECT_EQ(lists.deny().get(), before);

  std::filesystem::remove(config.peer_ids_path);
  EXPECT_TRUE(lists.load().error().contains("No such file"));
  EXPECT_EQ(lists.deny().get(), before);
  EXPECT_TRUE(lists.check());

  write("peer_ids", "-YY\n");
  ASSERT_TRUE(lists.load());
  EXPECT_TRUE(lists.deny().get()->networks.empty());
}

}  // namespace
}  // namespace gyre::tracker
