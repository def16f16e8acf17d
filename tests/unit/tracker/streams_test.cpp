// From the settings of a tracker with connections to its sockets and options.
#include "common/tracker/streams.hpp"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace gyre::tracker {
namespace {

config::NetworkConfig loopback(std::uint16_t port = 0) {
  config::NetworkConfig network = config::listening_on(port);
  network.use_ipv6 = false;
  network.address_ipv4 = {*net::socket_address_from("127.0.0.1:" + std::to_string(port))};
  return network;
}

config::NetworkConfig without_certificates() {
  config::NetworkConfig network = loopback();
  network.tls = {.enable_tls = true,
                 .tls_addresses = {},
                 .tls_certificate_path = {"/nowhere/c.pem"},
                 .tls_private_key_path = {"/nowhere/k.pem"}};
  return network;
}

// The streams of a tracker, with its core.
struct Tracker {
  explicit Tracker(const config::NetworkConfig& settings, std::uint32_t worker_count = 1)
      : network(settings), core("test", worker_count, {}, {}, {}) {}

  config::NetworkConfig network;
  config::DeadlinesConfig deadlines{.handshake = 1, .request = 2, .write = 4, .lingering_close = 5};
  Core core;
  Streams streams{network, deadlines, connection_needs(network, 100, 1024, core.worker_count(), 0),
                  0, core};
};

TEST(Streams, OneTcpSocketPerWorkerAndSharedUnixSockets) {
  const test::TemporaryFolder folder;
  config::NetworkConfig network = loopback();
  network.tls.tls_addresses = {*net::socket_address_from("127.0.0.1:0")};
  network.unix_sockets = {folder.file("socket")};
  Tracker tracker(network, 2);
  const auto bound = tracker.streams.bind("ws", "wss");
  ASSERT_TRUE(bound) << bound.error();
  const auto first = tracker.streams.options_of(0, 7).listeners;
  const auto second = tracker.streams.options_of(1, 8).listeners;
  ASSERT_EQ(first.size(), 3U);
  ASSERT_EQ(second.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(first[i].name, second[i].name);
    EXPECT_EQ(first[i].secure, i == 1);
    EXPECT_EQ(first[i].is_unix, i == 2);
    EXPECT_EQ(first[i].fd == second[i].fd, i == 2);
  }
  EXPECT_TRUE(first[0].name.starts_with("ws://127.0.0.1:"));
  EXPECT_TRUE(first[1].name.starts_with("wss://127.0.0.1:"));
  EXPECT_EQ(first[2].name, "unix:" + folder.file("socket"));
}

TEST(Streams, ErrorsNameAPortInUse) {
  Tracker holder(loopback());
  const auto held = holder.streams.bind("ws", "wss");
  ASSERT_TRUE(held) << held.error();
  const std::string address = holder.streams.options_of(0, -1).listeners[0].name.substr(5);
  Tracker other(loopback(net::socket_address_from(address)->port));
  const auto refused = other.streams.bind("ws", "wss");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().contains(address)) << refused.error();
}

TEST(Streams, DeadlinesAreInNanoseconds) {
  Tracker tracker(loopback());
  ASSERT_TRUE(tracker.streams.bind("ws", "wss"));
  auto options = tracker.streams.options_of(0, 7);
  EXPECT_EQ(options.stop_fd, 7);
  set(options, connection::Deadline::idle, 3);
  const std::pair<connection::Deadline, std::uint64_t> seconds[] = {
      {connection::Deadline::handshake, 1}, {connection::Deadline::first_request, 2},
      {connection::Deadline::request, 2},   {connection::Deadline::message, 2},
      {connection::Deadline::idle, 3},      {connection::Deadline::write, 4},
      {connection::Deadline::send_slot, 4}, {connection::Deadline::lingering, 5}};
  static_assert(std::size(seconds) + 1 ==
                connection::deadline_count);  // no_peers is not ended by time
  for (const auto& [deadline, expected] : seconds) {
    EXPECT_EQ(options.deadlines_ns[static_cast<std::size_t>(deadline)], expected * 1'000'000'000);
  }
}

TEST(Streams, EachWorkerHasAtLeastOneConnection) {
  EXPECT_EQ(share_of_worker(100, 3), 33U);
  EXPECT_EQ(share_of_worker(16, 17), 1U);
}

TEST(Streams, ReadsHeadersOnlyBehindAProxy) {
  config::NetworkConfig network = loopback();
  EXPECT_EQ(Tracker(network).streams.address_header().name, "");
  network.proxy.runs_behind_reverse_proxy = true;
  EXPECT_EQ(Tracker(network).streams.address_header().name, "X-Forwarded-For");
  using enum http1::AddressFormat;
  for (const http1::AddressFormat format : {list, single, forwarded}) {
    network.proxy.reverse_proxy_ip_header_format = format;
    EXPECT_EQ(Tracker(network).streams.address_header().format, format);
  }
}

TEST(Streams, ReportErrorsOfBothFiles) {
  Tracker plain(loopback());
  EXPECT_FALSE(plain.streams.has_files());
  EXPECT_TRUE(plain.streams.load_certificates({}));
  EXPECT_EQ(plain.streams.load_certificates(std::unexpected("list")).error(), "list");
  Tracker secure(without_certificates());
  EXPECT_TRUE(secure.streams.has_files());
  EXPECT_TRUE(secure.streams.load_certificates({}).error().contains("/nowhere/c.pem"));
  EXPECT_TRUE(
      secure.streams.load_certificates(std::unexpected("list")).error().starts_with("list; "));
}

TEST(Streams, CannotServeBeforeTheFirstLoad) {
  Tracker plain(loopback());
  EXPECT_TRUE(plain.streams.check_files().error().contains("lists"));
  ASSERT_TRUE(plain.core.load_lists());  // switched off
  EXPECT_TRUE(plain.streams.check_files());
  Tracker secure(without_certificates());
  ASSERT_TRUE(secure.core.load_lists());
  EXPECT_TRUE(secure.streams.check_files().error().contains("certificates"));
}

TEST(Streams, TrustedNetworksAreThoseOfProxies) {
  config::NetworkConfig network = loopback();
  EXPECT_EQ(Tracker(network).streams.options_of(0, 7).proxies, nullptr);
  network.proxy.proxy_protocol = true;
  Tracker with_preambles(network);
  EXPECT_TRUE(with_preambles.streams.options_of(0, 7).proxy_protocol);
  EXPECT_EQ(with_preambles.streams.options_of(0, 7).proxies,
            &with_preambles.streams.trusted_networks());
  network.proxy = {.runs_behind_reverse_proxy = true};
  Tracker with_headers(network);
  EXPECT_EQ(with_headers.streams.options_of(0, 7).proxies,
            &with_headers.streams.trusted_networks());
}

TEST(Streams, SandboxPathsAreWhatIsReadAgainAndRemoved) {
  config::NetworkConfig network = without_certificates();
  network.unix_sockets = {"/s"};
  const process::SandboxPaths paths = Tracker(network).streams.sandbox_paths();
  EXPECT_EQ(paths.read, (std::vector<std::string>{"/nowhere/c.pem", "/nowhere/k.pem"}));
  EXPECT_EQ(paths.removed, std::vector<std::string>{"/s"});
  network.tls.enable_tls = false;
  EXPECT_TRUE(Tracker(network).streams.sandbox_paths().read.empty()) << "no address uses TLS";
  const Core with_list("test", 1, {}, {.mode = AccessMode::deny, .path = "/a"}, {});
  EXPECT_EQ(with_list.sandbox_paths().read, std::vector<std::string>{"/a"});
}

}  // namespace
}  // namespace gyre::tracker
