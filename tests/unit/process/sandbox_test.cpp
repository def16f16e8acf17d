// What a process in the sandbox can no longer do. Each case runs in a child.
#include "common/process/sandbox.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>

#include "common/base/fd.hpp"
#include "common/base/text.hpp"
#include "common/process/landlock.hpp"
#include "tests/support/child.hpp"
#include "tests/support/temporary_folder.hpp"

namespace gyre::process {
namespace {

namespace fs = std::filesystem;
using test::in_child;

// What opening answers: 0 or an errno.
int opened(const fs::path& path, int flags = O_RDONLY) {
  const Fd file(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  return file ? 0 : errno;
}

// A complaint unless that is what `what` answered.
std::string unless(int expected, int error_number, const std::string& what) {
  return error_number == expected ? "" : what + ": " + errno_text(error_number) + "; ";
}

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!landlock::version()) GTEST_SKIP() << "this kernel has no Landlock";
    for (const char* name : {"list", "key", "other", "folder/inner"}) {
      fs::create_directories((folder_.path() / name).parent_path());
      std::ofstream(folder_.path() / name) << name;
    }
    fs::create_directory(folder_.path() / "elsewhere");
    std::ofstream(folder_.path() / "elsewhere" / "list") << "list";
  }

  static std::string enter(const SandboxPaths& paths) {
    const auto sandbox = Sandbox::create(paths);
    if (!sandbox) return sandbox.error();
    const auto entered = sandbox->enter();
    return entered ? "" : entered.error();
  }

  gyre::test::TemporaryFolder folder_;
};

TEST_F(SandboxTest, OnlyListedFoldersAreRead) {
  const fs::path listed = folder_.path() / "folder" / "inner";
  EXPECT_EQ(in_child([&] {
              std::string complaint = enter({.read = {listed}});
              complaint += unless(0, opened(listed), "the listed file");
              complaint += unless(EACCES, opened("/etc/passwd"), "/etc/passwd");
              complaint +=
                  unless(EACCES, opened(folder_.path() / "other"), "a file beside the folder");
              complaint += unless(EACCES, opened(listed, O_WRONLY), "writing the listed file");
              complaint += unless(EACCES, opened(listed.parent_path() / "new", O_CREAT | O_WRONLY),
                                  "a new file");
              complaint += unless(EACCES, ::unlink(listed.c_str()) == 0 ? 0 : errno, "removal");
              return complaint;
            }),
            "");
}

TEST_F(SandboxTest, AFileThatReplacesAnotherIsRead) {
  const fs::path listed = folder_.path() / "folder" / "inner";
  EXPECT_EQ(in_child([&] {
              const auto sandbox = Sandbox::create({.read = {listed}});
              if (!sandbox) return sandbox.error();
              std::ofstream(listed.string() + ".new") << "renewed";
              fs::rename(listed.string() + ".new", listed);
              const auto entered = sandbox->enter();
              return (entered ? "" : entered.error()) + unless(0, opened(listed), "the new file");
            }),
            "");
}

TEST_F(SandboxTest, LinksAreFollowed) {
  const fs::path live = folder_.path() / "live";
  fs::create_directory(live);
  fs::create_symlink("../elsewhere/list", live / "list");
  EXPECT_EQ(in_child([&] {
              std::string complaint = enter({.read = {live / "list"}});
              complaint += unless(0, opened(live / "list"), "a link");
              complaint += unless(EACCES, opened(folder_.path() / "other"), "another file");
              return complaint;
            }),
            "");
}

TEST_F(SandboxTest, TheRootDirectoryIsNotEverything) {
  EXPECT_EQ(in_child([] {
              std::string complaint = enter({.read = {"/list-of-the-root"}});
              complaint += unless(EACCES, opened("/etc/passwd"), "/etc/passwd");
              return complaint;
            }),
            "");
}

TEST_F(SandboxTest, SocketsAreRemovedAtExit) {
  const fs::path socket = folder_.path() / "other";
  EXPECT_EQ(in_child([&] {
              std::string complaint = enter({.removed = {socket}});
              complaint += unless(EACCES, opened(socket), "reading it");
              complaint += unless(0, ::unlink(socket.c_str()) == 0 ? 0 : errno, "removing it");
              return complaint;
            }),
            "");
}

TEST_F(SandboxTest, WhatIsMissingIsLeftOut) {
  EXPECT_EQ(in_child([] {
              std::string complaint =
                  enter({.read = {"/nowhere/list"}, .removed = {"/nowhere/socket"}});
              complaint += unless(EACCES, opened("/etc/passwd"), "/etc/passwd");
              return complaint;
            }),
            "");
}

TEST_F(SandboxTest, OpenFilesStayOpen) {
  EXPECT_EQ(in_child([] {
              const Fd before(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
              std::string complaint = enter({});
              char first = 0;
              if (::pread(before.get(), &first, 1, 0) != 1) complaint += "an open file is lost";
              return complaint;
            }),
            "");
}

TEST_F(SandboxTest, NoPrivilegesAreGained) {
  EXPECT_EQ(in_child([]() -> std::string {
              const std::string error = enter({});
              return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? error : "new privileges";
            }),
            "");
}

TEST_F(SandboxTest, NoTcpSocketsAreMade) {
  if (*landlock::version() < 4) GTEST_SKIP() << "this kernel's Landlock has no rules for TCP";
  EXPECT_EQ(in_child([] {
              const std::string error = enter({});
              const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
              sockaddr_in name{};
              name.sin_family = AF_INET;
              name.sin_port = htons(9);
              name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
              const auto* address = reinterpret_cast<const sockaddr*>(&name);
              const int connected = ::connect(socket.get(), address, sizeof name) == 0 ? 0 : errno;
              const int bound = ::bind(socket.get(), address, sizeof name) == 0 ? 0 : errno;
              return error + unless(EACCES, connected, "connecting") +
                     unless(EACCES, bound, "binding");
            }),
            "");
}

TEST_F(SandboxTest, OthersGetNoSignals) {
  if (*landlock::version() < 6) GTEST_SKIP() << "this kernel's Landlock has no rules for signals";
  const pid_t parent = ::getpid();
  EXPECT_EQ(in_child([&] {
              std::string complaint = enter({});
              complaint += unless(EPERM, ::kill(parent, 0) == 0 ? 0 : errno, "a signal");
              complaint += unless(0, ::kill(::getpid(), 0) == 0 ? 0 : errno, "a signal to itself");
              return complaint;
            }),
            "");
}

TEST_F(SandboxTest, ThreadsEnterByThemselves) {
  EXPECT_EQ(in_child([] {
              const auto sandbox = Sandbox::create({});
              std::promise<void> entered;
              int before = 0;
              int after = 0;
              std::thread thread([&, is_entered = entered.get_future()]() mutable {
                is_entered.wait();
                before = opened("/etc/passwd");
                if (sandbox->enter()) after = opened("/etc/passwd");
              });
              std::string complaint = sandbox->enter() ? "" : "cannot enter";
              entered.set_value();
              thread.join();
              return complaint + unless(0, before, "before the thread enters") +
                     unless(EACCES, after, "in the thread");
            }),
            "");
}

TEST(Sandbox, GivesUpNothingByDefault) {
  EXPECT_EQ(in_child([] {
              return std::string(Sandbox().enter() ? "" : "failed") +
                     unless(0, opened("/etc/passwd"), "/etc/passwd") +
                     (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ? "" : "no new privileges");
            }),
            "");
}

}  // namespace
}  // namespace gyre::process
