// What a process with the filter can and cannot do. Each case runs in a child.
#include "common/process/system_call_filter.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/fd.hpp"
#include "common/base/text.hpp"
#include "tests/support/child.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif

namespace gyre::process {
namespace {

using test::in_child;

class SystemCallFilter : public testing::Test {
 protected:
  void SetUp() override {
    if (is_sanitized) GTEST_SKIP() << "sanitizers make system calls of their own";
  }

  static std::string filtered() {
    const auto result = filter_system_calls();
    return result ? "" : result.error();
  }

  // A complaint unless the call, which returned `result`, was refused.
  static std::string unless_refused(long result, const std::string& call) {
    if (result >= 0) return call + " succeeded; ";
    return errno == EPERM ? "" : call + ": " + errno_text() + "; ";
  }
};

TEST_F(SystemCallFilter, OthersAreRefused) {
  EXPECT_EQ(in_child([] {
              std::string complaint = filtered();
              complaint += unless_refused(::socket(AF_INET, SOCK_STREAM, 0), "socket");
              complaint += unless_refused(::setuid(0), "setuid");
              complaint += unless_refused(::fork(), "fork");
              complaint += unless_refused(::umount2("/nowhere", 0), "umount");
              complaint += unless_refused(::chdir("/"), "chdir");
              complaint += unless_refused(::execl("/bin/true", "true", nullptr), "execve");
              return complaint;
            }),
            "");
}

TEST_F(SystemCallFilter, ThreadsAndMemoryGoOn) {
  EXPECT_EQ(in_child([]() -> std::string {
              std::string complaint = filtered();
              std::vector<std::thread> threads;
              for (int i = 0; i < 4; ++i) {
                threads.emplace_back([] {
                  for (std::size_t size = 1; size < (std::size_t{1} << 24); size *= 2) {
                    std::make_unique<std::vector<char>>(size)->back() = 'x';
                  }
                });
              }
              for (std::thread& thread : threads) thread.join();
              const Fd file(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
              return file ? complaint : "cannot open a file";
            }),
            "");
}

TEST_F(SystemCallFilter, AppliesToRunningThreads) {
  EXPECT_EQ(in_child([] {
              std::promise<void> ready;
              std::string complaint;
              std::thread thread([&, is_ready = ready.get_future()]() mutable {
                is_ready.wait();
                complaint += unless_refused(::socket(AF_INET, SOCK_STREAM, 0), "socket");
              });
              const std::string error = filtered();
              ready.set_value();
              thread.join();
              return error + complaint;
            }),
            "");
}

TEST_F(SystemCallFilter, AbortEndsTheProcessBySignal) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!filter_system_calls()) ::_exit(1);
    std::abort();
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
}

}  // namespace
}  // namespace gyre::process
