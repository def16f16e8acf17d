#include "common/process/notify.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "common/base/clock.hpp"

// These tests are single-threaded, so they may change the environment.
namespace gyre::process {
namespace {

// The service manager's end: a datagram socket at the path of NOTIFY_SOCKET.
class Manager {
 public:
  explicit Manager(const std::string& name)
      : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Manager() { unsetenv("NOTIFY_SOCKET"); }

  // Datagrams of a unix socket arrive as soon as they are sent.
  std::string next() {
    std::array<char, 4096> bytes{};
    const ssize_t size = recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return size < 0 ? "nothing" : std::string(bytes.data(), static_cast<std::size_t>(size));
  }

 private:
  Fd socket_;
};

class TemporaryPath {
 public:
  TemporaryPath() {
    std::string path = std::filesystem::temp_directory_path() / "gyre_notify_XXXXXX";
    directory_ = mkdtemp(path.data());
  }
  ~TemporaryPath() { std::filesystem::remove_all(directory_); }
  std::string socket() const { return directory_ + "/notify"; }

 private:
  std::string directory_;
};

TEST(Notifier, SendsEachMessage) {
  const TemporaryPath path;
  Manager manager(path.socket());
  const auto notifier = Notifier::from_environment();
  ASSERT_TRUE(notifier) << notifier.error();
  notifier->ready();
  EXPECT_EQ(manager.next(), "READY=1");
  notifier->stopping();
  EXPECT_EQ(manager.next(), "STOPPING=1");
  notifier->status("4 workers\nREADY=0");
  EXPECT_EQ(manager.next(), "STATUS=4 workers");
  EXPECT_EQ(manager.next(), "nothing");
}

TEST(Notifier, ReloadingCarriesTheMonotonicTime) {
  const TemporaryPath path;
  Manager manager(path.socket());
  const auto notifier = Notifier::from_environment();
  ASSERT_TRUE(notifier) << notifier.error();
  const std::uint64_t before_us = monotonic_ns() / 1000;
  notifier->reloading();
  const std::string start = "RELOADING=1\nMONOTONIC_USEC=";
  const std::string message = manager.next();
  ASSERT_TRUE(message.starts_with(start)) << message;
  const std::uint64_t sent_us = std::stoull(message.substr(start.size()));
  EXPECT_GE(sent_us, before_us);
  EXPECT_LE(sent_us, monotonic_ns() / 1000);
}

TEST(Notifier, ReachesAbstractSockets) {
  Manager manager("@gyre_notify_test_" + std::to_string(getpid()));
  const auto notifier = Notifier::from_environment();
  ASSERT_TRUE(notifier) << notifier.error();
  notifier->ready();
  EXPECT_EQ(manager.next(), "READY=1");
}

TEST(Notifier, SurvivesRemovalOfThePath) {
  const TemporaryPath path;
  Manager manager(path.socket());
  const auto notifier = Notifier::from_environment();
  ASSERT_TRUE(notifier) << notifier.error();
  std::filesystem::remove(path.socket());
  notifier->ready();
  EXPECT_EQ(manager.next(), "READY=1");
}

TEST(Notifier, IsANoOpWithoutAManager) {
  unsetenv("NOTIFY_SOCKET");
  const auto notifier = Notifier::from_environment();
  ASSERT_TRUE(notifier) << notifier.error();
  notifier->ready();
  Notifier().stopping();
}

TEST(Notifier, ErrorsNameTheSocket) {
  struct Case {
    std::string name;
    std::string reason;
  };
  const Case cases[] = {
      {"/nonexistent/notify", "No such file or directory"},
      {"relative", "it must begin with / or @"},
      {"/" + std::string(200, 'x'), "the path is too long"},
  };
  for (const Case& row : cases) {
    setenv("NOTIFY_SOCKET", row.name.c_str(), 1);
    const auto notifier = Notifier::from_environment();
    unsetenv("NOTIFY_SOCKET");
    ASSERT_FALSE(notifier) << row.name;
    EXPECT_NE(notifier.error().find("=" + row.name + ": " + row.reason), std::string::npos)
        << notifier.error();
  }
}

}  // namespace
}  // namespace gyre::process
// NOLINTEND(concurrency-mt-unsafe)
