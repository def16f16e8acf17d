#include "common/net/tcp_listener.hpp"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>

#include "common/net/socket_name.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/temporary_folder.hpp"

namespace gyre::net {
namespace {

using test::address_of;

std::string error_of(const TcpListenerOptions& options) {
  const auto listener = listen_tcp(options);
  return listener ? "no error" : listener.error();
}

bool can_connect(const SocketAddress& address) {
  const SocketName name = socket_name_of(address);
  const Fd fd(::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(fd.get(), name.get(), name.size) == 0;
}

TEST(ListenTcp, PortZeroBecomesTheRealPort) {
  for (const char* text : {"127.0.0.1:0", "[::1]:0"}) {
    const auto listener = listen_tcp({.address = address_of(text)});
    ASSERT_TRUE(listener) << listener.error();
    EXPECT_TRUE(can_connect(listener->address)) << text;
  }
}

TEST(ListenTcp, WorkersShareAnAddress) {
  const auto first = listen_tcp({.address = address_of("127.0.0.1:0"), .must_be_free = true});
  ASSERT_TRUE(first);
  EXPECT_TRUE(listen_tcp({.address = first->address}));
}

TEST(ListenTcp, AnAddressInUseIsNamed) {
  const auto first = listen_tcp({.address = address_of("127.0.0.1:0")});
  ASSERT_TRUE(first);
  const std::string error = "cannot listen on tcp://" + to_string(first->address) +
                            ": Address already in use; another program uses it, see: ss -tlpn";
  EXPECT_EQ(error_of({.address = first->address, .must_be_free = true}), error);
  EXPECT_EQ(error_of({.address = first->address, .reuse_port = false}), error);
}

TEST(ListenTcp, ConnectionsInTimeWaitDoNotCount) {
  auto first = listen_tcp({.address = address_of("127.0.0.1:0")});
  ASSERT_TRUE(first);
  const SocketName name = socket_name_of(first->address);
  const Fd client(::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(client.get(), name.get(), name.size), 0);
  Fd accepted(::accept4(first->fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(accepted);
  accepted.reset();  // the side that closes first is the one that the kernel remembers
  first->fd.reset();
  EXPECT_TRUE(listen_tcp({.address = first->address, .must_be_free = true}));
}

TEST(ListenTcp, ConnectionsHaveNoDelay) {
  const auto listener = listen_tcp({.address = address_of("127.0.0.1:0")});
  ASSERT_TRUE(listener);
  const SocketName name = socket_name_of(listener->address);
  const Fd client(::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(client.get(), name.get(), name.size), 0);
  const Fd accepted(::accept4(listener->fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
  int value = 0;
  socklen_t size = sizeof value;
  ASSERT_EQ(::getsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &value, &size), 0);
  EXPECT_EQ(value, 1);
}

TEST(ListenTcp, OnlyIpv6LeavesIpv4Free) {
  const auto ipv6 = listen_tcp({.address = address_of("[::]:0"), .only_ipv6 = true});
  ASSERT_TRUE(ipv6);
  EXPECT_TRUE(listen_tcp({.address = {Ipv4Address{}, ipv6->address.port}, .must_be_free = true}));
  const auto both = listen_tcp({.address = address_of("[::]:0"), .only_ipv6 = false});
  ASSERT_TRUE(both);
  EXPECT_TRUE(can_connect({address_of("127.0.0.1:0").address, both->address.port}));
}

class ListenUnix : public testing::Test {
 protected:
  bool can_connect() const {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  }

  gyre::test::TemporaryFolder folder;
  const std::string path = (folder.path() / "tracker.sock").string();
};

TEST_F(ListenUnix, FileLivesAsLongAsTheListener) {
  {
    auto listener = UnixListener::create(path, 0660, 10);
    ASSERT_TRUE(listener) << listener.error();
    const UnixListener moved = std::move(*listener);
    EXPECT_TRUE(can_connect());
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0660});
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ListenUnix, ReplacesTheSocketOfADeadProcess) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  {
    const Fd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  }
  const auto listener = UnixListener::create(path, 0660, 10);
  ASSERT_TRUE(listener) << listener.error();
  EXPECT_TRUE(can_connect());
}

TEST_F(ListenUnix, LeavesASocketInUseAlone) {
  const auto first = UnixListener::create(path, 0660, 10);
  ASSERT_TRUE(first);
  const auto second = UnixListener::create(path, 0660, 10);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), "cannot listen on unix:" + path +
                                ": something else is using that path: remove it if not");
  EXPECT_TRUE(can_connect());
}

TEST_F(ListenUnix, FileHasItsMode) {
  for (const mode_t mode : {0600U, 0660U, 0666U, 0777U}) {
    const auto listener = UnixListener::create(path, mode, 10);
    ASSERT_TRUE(listener) << listener.error();
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{mode});
  }
}

TEST_F(ListenUnix, LeavesOtherFilesAlone) {
  std::ofstream(path) << "mine";
  EXPECT_FALSE(UnixListener::create(path, 0660, 10));
  EXPECT_EQ(std::filesystem::file_size(path), 4U);
}

TEST_F(ListenUnix, ErrorsNameThePath) {
  const std::string nowhere = (folder.path() / "no" / "tracker.sock").string();
  EXPECT_EQ(UnixListener::create(nowhere, 0660, 10).error(),
            "cannot listen on unix:" + nowhere + ": No such file or directory");
  EXPECT_EQ(
      UnixListener::create(std::string(200, 'x'), 0660, 10).error(),
      "cannot listen on unix:" + std::string(200, 'x') + ": a path of 1 to 107 bytes is needed");
}

}  // namespace
}  // namespace gyre::net
