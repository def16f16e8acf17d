// Dropping root cannot be undone, so each case runs in a child process.
#include "common/process/privileges.hpp"

#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>
#include <thread>

#include "tests/support/child.hpp"
#include "tests/support/temporary_folder.hpp"

namespace gyre::process {
namespace {

using test::in_child;

std::string dropped(const std::string& user, const std::string& group = "",
                    const std::string& chroot_path = "",
                    const std::vector<std::string>& owned = {}) {
  const auto result =
      drop_privileges({.chroot_path = chroot_path, .group = group, .user = user}, owned);
  return result ? "" : result.error();
}

class PrivilegesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    // NOLINTBEGIN(concurrency-mt-unsafe): no other thread runs.
    const passwd* user = getpwnam("nobody");
    const group* other_group = getgrnam("daemon");
    // NOLINTEND(concurrency-mt-unsafe)
    if (user == nullptr || other_group == nullptr) GTEST_SKIP() << "needs nobody and daemon";
    user_id_ = user->pw_uid;
    user_group_id_ = user->pw_gid;
    other_group_id_ = other_group->gr_gid;
  }

  // A complaint about the ids of this process; empty if all are as expected.
  static std::string check_ids(uid_t user, gid_t group) {
    gid_t supplementary = 0;
    if (getuid() != user || geteuid() != user) return "wrong user";
    if (getgid() != group || getegid() != group) return "wrong group";
    if (getgroups(1, &supplementary) != 1 || supplementary != group) return "groups are left";
    if (setuid(0) == 0 || setgid(0) == 0) return "root was regained";
    return "";
  }

  uid_t user_id_ = 0;
  gid_t user_group_id_ = 0;
  gid_t other_group_id_ = 0;
};

TEST_F(PrivilegesTest, UserImpliesItsGroup) {
  EXPECT_EQ(in_child([&] {
              const std::string error = dropped("nobody");
              return error.empty() ? check_ids(user_id_, user_group_id_) : error;
            }),
            "");
}

TEST_F(PrivilegesTest, GroupCanBeAnother) {
  EXPECT_EQ(in_child([&] {
              const std::string error = dropped("nobody", "daemon");
              return error.empty() ? check_ids(user_id_, other_group_id_) : error;
            }),
            "");
}

const std::string elsewhere = " (if it is defined elsewhere, such as in LDAP, use its number)";

TEST_F(PrivilegesTest, NumbersNeedNoEntry) {
  EXPECT_EQ(in_child([&] {
              const std::string error = dropped("4294967290", "4294967291");
              return error.empty() ? check_ids(4294967290U, 4294967291U) : error;
            }),
            "");
  EXPECT_EQ(in_child([&] { return dropped("4294967295"); }),
            "cannot find user \"4294967295\": no entry in /etc/passwd" + elsewhere);
}

TEST_F(PrivilegesTest, GivesFilesToTheUser) {
  const gyre::test::TemporaryFolder folder;
  const std::string path = folder.write("socket", "");
  EXPECT_EQ(in_child([&]() -> std::string {
              const std::string error = dropped("nobody", "daemon", "", {path});
              return error.empty() ? check_ids(user_id_, other_group_id_) : error;
            }),
            "");
  struct stat status{};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, user_id_);
  EXPECT_EQ(status.st_gid, other_group_id_);
  EXPECT_EQ(in_child([] { return dropped("nobody", "", "", {"/nowhere/socket"}); }),
            "cannot give /nowhere/socket to that user: No such file or directory");
}

TEST_F(PrivilegesTest, ChangesRootWithoutUserDatabaseInside) {
  std::string directory = std::filesystem::temp_directory_path() / "gyre_chroot_XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  std::filesystem::permissions(directory, std::filesystem::perms::all);
  const std::string complaint = in_child([&]() -> std::string {
    std::string error = dropped("nobody", "", directory);
    if (!error.empty()) return error;
    if (access("/etc", F_OK) == 0) return "the old root is still seen";
    if (access("../etc", F_OK) == 0) return "the working directory is outside";
    if (!std::filesystem::is_empty("/")) return "this is another directory";
    return check_ids(user_id_, user_group_id_);
  });
  std::filesystem::remove_all(directory);
  EXPECT_EQ(complaint, "");
}

TEST_F(PrivilegesTest, AppliesToRunningThreads) {
  EXPECT_EQ(in_child([&]() -> std::string {
              std::promise<void> started;
              std::promise<void> dropped_now;
              long thread_user = -1;
              std::thread thread([&] {
                started.set_value();
                dropped_now.get_future().wait();
                thread_user = syscall(SYS_getuid);  // the kernel's view of this thread
              });
              started.get_future().wait();
              std::string error = dropped("nobody");
              dropped_now.set_value();
              thread.join();
              if (!error.empty()) return error;
              return thread_user == static_cast<long>(user_id_) ? "" : "the thread is still root";
            }),
            "");
}

TEST_F(PrivilegesTest, SecondDropFailsWithAdvice) {
  EXPECT_EQ(in_child([&] {
              const std::string error = dropped("nobody");
              return error.empty() ? dropped("daemon") : error;
            }),
            "cannot switch to the group of user \"daemon\": Operation not permitted (start as "
            "root, or set privileges.drop_privileges = false)");
}

TEST(Privileges, DefaultsChangeNothing) {
  const uid_t before = getuid();
  const auto result = drop_privileges({.chroot_path = {}, .group = {}, .user = {}});
  EXPECT_TRUE(result) << result.error();
  EXPECT_EQ(getuid(), before);
}

TEST(Privileges, ErrorsNameWhatIsMissing) {
  EXPECT_EQ(in_child([] { return dropped("gyre-no-such-user"); }),
            "cannot find user \"gyre-no-such-user\": no entry in /etc/passwd" + elsewhere);
  EXPECT_EQ(in_child([] { return dropped("", "gyre-no-such-group"); }),
            "cannot find group \"gyre-no-such-group\": no entry in /etc/group" + elsewhere);
}

TEST_F(PrivilegesTest, ErrorsNameAMissingRootDirectory) {
  EXPECT_EQ(in_child([] { return dropped("", "", "/nonexistent/root"); }),
            "cannot chroot to \"/nonexistent/root\": No such file or directory");
}

}  // namespace
}  // namespace gyre::process
