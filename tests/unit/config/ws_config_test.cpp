// The settings of gyre_ws, and the two committed files that are made from them. When a setting
// has changed on purpose, make them again, with the new program:
//
//   gyre_ws -p > tests/golden/gyre_ws_default.toml
//   gyre_ws --print-reference > documents/configuration-ws.md
#include <gtest/gtest.h>

#include "common/config/cli.hpp"
#include "tests/support/config_changes.hpp"
#include "ws/config.hpp"

namespace gyre::ws {
namespace {

using test::read;
using Lines = std::vector<std::string>;

TEST(WsConfig, TheCommittedFilesAreThePrintedOnes) {
  test::expect_committed_files<Config>("tests/golden/gyre_ws_default.toml",
                                       "documents/configuration-ws.md", program_info().name);
}

TEST(WsConfig, TheDefaultsAreInOrder) {
  test::expect_defaults_in_order<Config>();
}

const std::vector<test::Change<Config>> changes = {
    {"", "socket_workers", "1024", [](Config& c) { c.socket_workers = 1024; }},
    {"", "log_level", "\"trace\"", [](Config& c) { c.log_level = config::LogLevel::trace; }},
    {"network", "use_ipv4", "false", [](Config& c) { c.network.use_ipv4 = false; }},
    {"network", "use_ipv6", "false", [](Config& c) { c.network.use_ipv6 = false; }},
    {"network", "address_ipv4", "[\"10.0.0.1:1\", \"10.0.0.2:2\"]",
     [](Config& c) {
       c.network.address_ipv4 = {*net::socket_address_from("10.0.0.1:1"),
                                 *net::socket_address_from("10.0.0.2:2")};
     }},
    {"network", "address_ipv6", "\"[::1]:1\"",
     [](Config& c) { c.network.address_ipv6 = {*net::socket_address_from("[::1]:1")}; }},
    {"network", "set_only_ipv6", "false", [](Config& c) { c.network.set_only_ipv6 = false; }},
    {"network", "unix_sockets", "[\"/a\", \"b c\"]",
     [](Config& c) { c.network.unix_sockets = {"/a", "b c"}; }},
    {"network", "unix_socket_mode", "\"600\"",
     [](Config& c) { c.network.unix_socket_mode = "600"; }},
    {"network", "tcp_backlog", "1", [](Config& c) { c.network.tcp_backlog = 1; }},
    {"network", "enable_tls", "true", [](Config& c) { c.network.tls.enable_tls = true; }},
    {"network", "tls_addresses", "\"[::]:443\"",
     [](Config& c) { c.network.tls.tls_addresses = {*net::socket_address_from("[::]:443")}; }},
    {"network", "tls_certificate_path", "\"c\"",
     [](Config& c) { c.network.tls.tls_certificate_path = {"c"}; }},
    {"network", "tls_private_key_path", "[\"k\", \"l\"]",
     [](Config& c) { c.network.tls.tls_private_key_path = {"k", "l"}; }},
    {"network", "tls_ticket_lifetime", "0",
     [](Config& c) { c.network.tls.tls_ticket_lifetime = 0; }},
    {"network", "runs_behind_reverse_proxy", "true",
     [](Config& c) { c.network.proxy.runs_behind_reverse_proxy = true; }},
    {"network", "reverse_proxy_ip_header_name", "\"X\"",
     [](Config& c) { c.network.proxy.reverse_proxy_ip_header_name = "X"; }},
    {"network", "reverse_proxy_ip_header_format", "\"forwarded\"",
     [](Config& c) {
       c.network.proxy.reverse_proxy_ip_header_format = http1::AddressFormat::forwarded;
     }},
    {"network", "trusted_networks", "[]", [](Config& c) { c.network.proxy.trusted_networks = {}; }},
    {"network", "proxy_protocol", "true", [](Config& c) { c.network.proxy.proxy_protocol = true; }},
    {"network", "allow_origins", "[\"https://a\", \"*.b\"]",
     [](Config& c) { c.origins.allow = {"https://a", "*.b"}; }},
    {"network", "deny_origins", "\"null\"", [](Config& c) { c.origins.deny = {"null"}; }},
    {"network", "deny_empty_origin", "true", [](Config& c) { c.origins.deny_empty = true; }},
    {"network", "websocket_max_message_size", "4096",
     [](Config& c) { c.websocket_max_message_size = 4096; }},
    {"network", "enable_compression", "false", [](Config& c) { c.enable_compression = false; }},
    {"network", "compress_from", "1", [](Config& c) { c.compress_from = 1; }},
    {"network", "ring_size", "16_384", [](Config& c) { c.network.ring_size = 16'384; }},
    {"protocol", "max_offers", "1", [](Config& c) { c.protocol.max_offers = 1; }},
    {"protocol", "max_scrape_torrents", "1", [](Config& c) { c.protocol.max_scrape_torrents = 1; }},
    {"protocol", "peer_announce_interval", "60",
     [](Config& c) { c.protocol.peer_announce_interval = 60; }},
    {"protocol", "adaptive_interval", "0", [](Config& c) { c.protocol.adaptive_interval = 0; }},
    {"protocol", "peers_of_both_families", "false",
     [](Config& c) { c.protocol.peers_of_both_families = false; }},
    {"cleaning", "max_offer_age", "3600", [](Config& c) { c.max_offer_age = 3600; }},
    {"limits", "max_memory", "\"1 MiB\"", [](Config& c) { c.limits.max_memory = 1 << 20; }},
    {"limits", "max_peers", "1", [](Config& c) { c.limits.max_peers = 1; }},
    {"limits", "max_torrents", "2", [](Config& c) { c.limits.max_torrents = 2; }},
    {"limits", "max_peers_per_swarm", "4_000_000_000",
     [](Config& c) { c.limits.max_peers_per_swarm = 4'000'000'000; }},
    {"limits", "max_peers_per_connection", "0",
     [](Config& c) { c.limits.max_peers_per_connection = 0; }},
    {"limits", "max_peers_per_address", "1", [](Config& c) { c.limits.max_peers_per_address = 1; }},
    {"limits", "max_connections", "16", [](Config& c) { c.limits.max_connections = 16; }},
    {"limits", "max_connections_per_address", "8",
     [](Config& c) { c.limits.max_connections_per_address = 8; }},
    {"limits", "requests_per_second_per_address", "7",
     [](Config& c) { c.limits.requests_per_second_per_address = 7; }},
    {"limits", "connections_per_second_per_address", "1_000_000",
     [](Config& c) { c.limits.connections_per_second_per_address = 1'000'000; }},
    {"limits", "handshakes_per_second_per_address", "3",
     [](Config& c) { c.limits.handshakes_per_second_per_address = 3; }},
    {"limits", "messages_per_second", "0", [](Config& c) { c.limits.messages.per_second = 0; }},
    {"limits", "messages_at_once", "1", [](Config& c) { c.limits.messages.burst = 1; }},
    {"limits", "offers_per_second", "1_000_000",
     [](Config& c) { c.limits.offers.per_second = 1'000'000; }},
    {"limits", "offers_at_once", "10", [](Config& c) { c.limits.offers.burst = 10; }},
    {"limits", "max_unsent", "65_536", [](Config& c) { c.limits.max_unsent = 65'536; }},
    {"deadlines", "handshake", "1", [](Config& c) { c.deadlines.handshake = 1; }},
    {"deadlines", "request", "2", [](Config& c) { c.deadlines.request = 2; }},
    {"deadlines", "first_announce", "3600", [](Config& c) { c.first_announce_deadline = 3600; }},
    {"deadlines", "ping_interval", "3600", [](Config& c) { c.ping_interval = 3600; }},
    {"deadlines", "pong", "3", [](Config& c) { c.pong_deadline = 3; }},
    {"deadlines", "write", "4", [](Config& c) { c.deadlines.write = 4; }},
    {"deadlines", "lingering_close", "6", [](Config& c) { c.deadlines.lingering_close = 6; }},
    {"metrics", "run_prometheus_endpoint", "true",
     [](Config& c) { c.metrics.run_prometheus_endpoint = true; }},
    {"metrics", "prometheus_endpoint_address", "\"[::1]:9\"",
     [](Config& c) {
       c.metrics.prometheus_endpoint_address = *net::socket_address_from("[::1]:9");
     }},
    {"metrics", "host_names", "[\"a\", \"b\"]",
     [](Config& c) { c.metrics.host_names = {"a", "b"}; }},
    {"privileges", "drop_privileges", "true",
     [](Config& c) { c.privileges.drop_privileges = true; }},
    {"privileges", "chroot_path", "\"/c\"", [](Config& c) { c.privileges.chroot_path = "/c"; }},
    {"privileges", "group", "\"g\"", [](Config& c) { c.privileges.group = "g"; }},
    {"privileges", "user", "\"u\"", [](Config& c) { c.privileges.user = "u"; }},
    {"privileges", "sandbox", "false", [](Config& c) { c.privileges.sandbox = false; }},
    {"privileges", "system_call_filter", "true",
     [](Config& c) { c.privileges.system_call_filter = true; }},
    {"access_list", "mode", "\"deny\"", [](Config& c) { c.access_list.mode = AccessMode::deny; }},
    {"access_list", "path", "\"p\"", [](Config& c) { c.access_list.path = "p"; }},
    {"deny", "networks_path", "\"n\"", [](Config& c) { c.deny.networks_path = "n"; }},
    {"deny", "peer_ids_path", "\"i\"", [](Config& c) { c.deny.peer_ids_path = "i"; }},
    {"deny", "user_agents_path", "\"u\"", [](Config& c) { c.deny.user_agents_path = "u"; }},
};

TEST(WsConfig, EverySettingIsReadAndPrintedByItself) {
  test::expect_each_is_read_and_printed_by_itself(changes);
}

TEST(WsConfig, EverySettingHasARowAbove) {
  test::expect_a_row_for_each_setting(changes);
}

TEST(WsConfig, ValuesBeyondTheirRangeAreRefused) {
  for (const std::string_view document :
       {"[network]\nwebsocket_max_message_size = 4095", "[network]\ncompress_from = 0",
        "[network]\nring_size = 15", "[protocol]\nmax_offers = 0", "[protocol]\nmax_offers = 101",
        "[protocol]\nmax_scrape_torrents = 1001", "[protocol]\npeer_announce_interval = 0",
        "[cleaning]\nmax_offer_age = 0", "[limits]\nmax_connections = 10_000_001",
        "[limits]\nmessages_per_second = -1", "[limits]\noffers_at_once = 0",
        "[limits]\nmax_unsent = 65_535", "[deadlines]\nping_interval = 0",
        "[deadlines]\npong = 3601"}) {
    Config config;
    EXPECT_EQ(read(document, config).size(), 1U) << document;
    EXPECT_EQ(config, Config{}) << document;
  }
}

// What an operator of aquatic_ws has in the file, as far as it means the same here.
TEST(WsConfig, SettingsOfAquaticMeanTheSame) {
  Config config;
  EXPECT_EQ(read(R"(
socket_workers = 2
log_level = "warn"

[network]
tcp_backlog = 512
enable_tls = true
tls_certificate_path = "c.pem"
tls_private_key_path = "k.pem"
websocket_max_message_size = 65536

[protocol]
max_scrape_torrents = 100
max_offers = 5
peer_announce_interval = 60

[cleaning]
max_offer_age = 60

[metrics]
run_prometheus_endpoint = true
prometheus_endpoint_address = "0.0.0.0:9000"

[privileges]
drop_privileges = false
chroot_path = "."
group = "nogroup"
user = "nobody"

[access_list]
mode = "deny"
path = "./access-list.txt"
)",
                 config),
            Lines{});
  EXPECT_EQ(validate(config), Lines{});
  EXPECT_EQ(config.socket_workers, 2U);
  EXPECT_EQ(config.websocket_max_message_size, 65'536U);
  EXPECT_EQ(config.protocol.max_offers, 5U);
  EXPECT_EQ(config.access_list.mode, AccessMode::deny);
}

TEST(WsConfig, RulesBetweenSettings) {
  struct Case {
    std::string_view name;
    std::function<void(Config&)> make;
    Lines problems;
  };
  const std::vector<Case> cases = {
      {"origins of every form",
       [](Config& c) {
         c.origins = {.allow = {"https://example.org", "http://localhost:8080", "*.example.org"},
                      .deny = {"null", "https://[2001:db8::1]:8443"}};
       },
       {}},
      {"origins that are none",
       [](Config& c) {
         c.origins = {.allow = {"example.org", "https://example.org/"}, .deny = {""}};
       },
       {"network.allow_origins: \"example.org\" is not an origin; write it as "
        "\"https://example.org\", without a path, or as \"*.example.org\"",
        "network.allow_origins: \"https://example.org/\" is not an origin; write it as "
        "\"https://example.org\", without a path, or as \"*.example.org\"",
        "network.deny_origins: \"\" is not an origin; write it as \"https://example.org\", without "
        "a path, or as \"*.example.org\""}},
      {"TLS without a certificate",
       [](Config& c) { c.network.tls.enable_tls = true; },
       {"network.tls_certificate_path: empty, but TLS needs a certificate; set it, or set "
        "enable_tls to false and tls_addresses to []"}},
      {"nobody could be served",
       [](Config& c) { c.network.use_ipv4 = c.network.use_ipv6 = false; },
       {"network.use_ipv4: false, as is use_ipv6, and unix_sockets is empty: there is nothing to "
        "listen on; set one of them"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Config config;
    c.make(config);
    EXPECT_EQ(validate(config), c.problems);
  }
}

}  // namespace
}  // namespace gyre::ws
