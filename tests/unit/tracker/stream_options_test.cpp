// From the settings of a tracker with connections to its sockets and options.
#include "common/tracker/stream_options.hpp"

#include <gtest/gtest.h>

#include "common/tracker/certificate_watch.hpp"
#include "common/tracker/stream_listeners.hpp"
#include "tests/support/temporary_folder.hpp"

namespace gyre::tracker {
namespace {

config::ListeningConfig loopback(std::uint16_t port = 0) {
  config::ListeningConfig listening = config::listening_on(port);
  listening.use_ipv6 = false;
  listening.address_ipv4 = {*net::socket_address_from("127.0.0.1:" + std::to_string(port))};
  return listening;
}

TEST(StreamListeners, OneTcpSocketPerWorkerAndSharedUnixSockets) {
  const test::TemporaryFolder folder;
  config::ListeningConfig listening = loopback();
  listening.tls.tls_addresses = {*net::socket_address_from("127.0.0.1:0")};
  listening.unix_sockets = {folder.file("socket")};
  const auto listeners = StreamListeners::bind(listening, "ws", "wss", 2);
  ASSERT_TRUE(listeners) << listeners.error();
  const auto first = listeners->of_worker(0);
  const auto second = listeners->of_worker(1);
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

TEST(StreamListeners, ErrorsNameAPortInUse) {
  const auto held = StreamListeners::bind(loopback(), "ws", "wss", 1);
  ASSERT_TRUE(held) << held.error();
  const std::string address = held->of_worker(0)[0].name.substr(5);
  const auto refused =
      StreamListeners::bind(loopback(net::socket_address_from(address)->port), "ws", "wss", 1);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().contains(address)) << refused.error();
}

TEST(StreamOptions, DeadlinesAreInNanoseconds) {
  const auto ns =
      deadlines_ns({.handshake = 1, .request = 2, .idle = 3, .write = 4, .lingering = 5});
  const std::pair<connection::Deadline, std::uint64_t> seconds[] = {
      {connection::Deadline::handshake, 1}, {connection::Deadline::first_request, 2},
      {connection::Deadline::request, 2},   {connection::Deadline::message, 2},
      {connection::Deadline::idle, 3},      {connection::Deadline::write, 4},
      {connection::Deadline::send_slot, 4}, {connection::Deadline::lingering, 5}};
  static_assert(std::size(seconds) + 1 ==
                connection::deadline_count);  // no_peers is not ended by time
  for (const auto& [deadline, expected] : seconds) {
    EXPECT_EQ(ns[static_cast<std::size_t>(deadline)], expected * 1'000'000'000);
  }
}

TEST(StreamOptions, EachWorkerHasAtLeastOneConnection) {
  EXPECT_EQ(share_of_worker(100, 3), 33U);
  EXPECT_EQ(share_of_worker(16, 17), 1U);
}

TEST(StreamOptions, ReadsHeadersOnlyBehindAProxy) {
  config::ProxyConfig proxy;
  EXPECT_EQ(address_header(proxy).name, "");
  proxy.runs_behind_reverse_proxy = true;
  EXPECT_EQ(address_header(proxy).name, "X-Forwarded-For");
  using enum http1::AddressFormat;
  for (const http1::AddressFormat format : {list, single, forwarded}) {
    proxy.reverse_proxy_ip_header_format = format;
    EXPECT_EQ(address_header(proxy).format, format);
  }
}

TEST(StreamOptions, TrustedNetworksAreThoseOfProxies) {
  const auto trusted = net::NetworkList::parse(std::vector<std::string>{"127.0.0.1"}).value();
  config::ProxyConfig proxy;
  const auto options = [&] {
    return connection_options({.proxy = proxy, .trusted_networks = trusted});
  };
  EXPECT_EQ(options().proxies, nullptr);
  proxy.proxy_protocol = true;
  EXPECT_TRUE(options().proxy_protocol);
  EXPECT_EQ(options().proxies, &trusted);
  proxy = {.runs_behind_reverse_proxy = true};
  EXPECT_EQ(options().proxies, &trusted);
}

TEST(SandboxPaths, AreWhatIsReadAgainAndRemoved) {
  Core off({.program = "test", .socket_workers = 1});
  config::ListeningConfig listening = loopback();
  listening.tls.tls_certificate_path = {"/c"};
  listening.tls.tls_private_key_path = {"/k"};
  listening.unix_sockets = {"/s"};
  EXPECT_TRUE(sandbox_paths(off, listening).read.empty()) << "no address uses TLS";
  EXPECT_EQ(sandbox_paths(off, listening).removed, std::vector<std::string>{"/s"});
  const Core with_list({.program = "test",
                        .socket_workers = 1,
                        .access_list = {.mode = AccessMode::deny, .path = "/a"}});
  listening.tls.enable_tls = true;
  EXPECT_EQ(sandbox_paths(with_list, listening).read, (std::vector<std::string>{"/a", "/c", "/k"}));
}

TEST(CertificateWatch, ReportsErrorsOfBothFiles) {
  Core core({.program = "test", .protocol = "test", .socket_workers = 1});
  std::optional<CertificateWatch> certificates;
  EXPECT_TRUE(load_certificates({}, certificates));
  EXPECT_EQ(load_certificates(std::unexpected("list"), certificates).error(), "list");
  certificates.emplace(config::TlsConfig{.tls_addresses = {},
                                         .tls_certificate_path = {"/nowhere/c.pem"},
                                         .tls_private_key_path = {"/nowhere/k.pem"}},
                       4096, core);
  EXPECT_TRUE(load_certificates({}, certificates).error().contains("/nowhere/c.pem"));
  EXPECT_TRUE(
      load_certificates(std::unexpected("list"), certificates).error().starts_with("list; "));
}

TEST(CertificateWatch, CannotServeBeforeTheFirstLoad) {
  Core core({.program = "test", .protocol = "test", .socket_workers = 1});
  std::optional<CertificateWatch> certificates;
  EXPECT_TRUE(check_files(core, certificates).error().contains("access list"));
  ASSERT_TRUE(core.load_access_list());  // switched off
  EXPECT_TRUE(check_files(core, certificates));
  certificates.emplace(config::TlsConfig{.tls_addresses = {},
                                         .tls_certificate_path = {"/nowhere/c.pem"},
                                         .tls_private_key_path = {"/nowhere/k.pem"}},
                       4096, core);
  EXPECT_TRUE(check_files(core, certificates).error().contains("certificates"));
}

}  // namespace
}  // namespace gyre::tracker
