// The settings of gyre_http, and the two committed files that are made from them. When a setting
// has changed on purpose, make them again, with the new program:
//
//   gyre_http -p > tests/golden/gyre_http_default.toml
//   gyre_http --print-reference > documents/configuration-http.md
#include <gtest/gtest.h>

#include "common/config/cli.hpp"
#include "http/config.hpp"
#include "tests/support/config_changes.hpp"

namespace gyre::http {
namespace {

using test::read;
using Lines = std::vector<std::string>;

TEST(HttpConfig, TheCommittedFilesAreThePrintedOnes) {
  test::expect_committed_files<Config>("tests/golden/gyre_http_default.toml",
                                       "documents/configuration-http.md", program_info().name);
}

TEST(HttpConfig, TheDefaultsAreInOrder) {
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
    {"network", "keep_alive", "false", [](Config& c) { c.keep_alive = false; }},
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
    {"network", "ring_size", "16_384", [](Config& c) { c.network.ring_size = 16'384; }},
    {"network", "external_address_ipv4", "\"203.0.113.1\"",
     [](Config& c) { c.peer_addresses.external_address_ipv4 = "203.0.113.1"; }},
    {"network", "external_address_ipv6", "\"2001:db8::1\"",
     [](Config& c) { c.peer_addresses.external_address_ipv6 = "2001:db8::1"; }},
    {"network", "trusted_ip_parameter", "\"10.0.0.0/8\"",
     [](Config& c) { c.peer_addresses.trusted_ip_parameter = {"10.0.0.0/8"}; }},
    {"protocol", "max_scrape_torrents", "1", [](Config& c) { c.protocol.max_scrape_torrents = 1; }},
    {"protocol", "max_response_peers", "1000",
     [](Config& c) { c.protocol.max_response_peers = 1000; }},
    {"protocol", "peer_announce_interval", "60",
     [](Config& c) { c.protocol.peer_announce_interval = 60; }},
    {"protocol", "peer_announce_jitter", "0",
     [](Config& c) { c.protocol.peer_announce_jitter = 0; }},
    {"protocol", "adaptive_interval", "0", [](Config& c) { c.protocol.adaptive_interval = 0; }},
    {"protocol", "min_announce_interval", "0",
     [](Config& c) { c.protocol.min_announce_interval = 0; }},
    {"protocol", "min_scrape_interval", "21_600",
     [](Config& c) { c.protocol.min_scrape_interval = 21'600; }},
    {"protocol", "peers_of_both_families", "\"always\"",
     [](Config& c) { c.protocol.peers_of_both_families = PeersOfBothFamilies::always; }},
    {"protocol", "allow_non_compact", "true",
     [](Config& c) { c.protocol.allow_non_compact = true; }},
    {"protocol", "external_ip", "false", [](Config& c) { c.protocol.external_ip = false; }},
    {"protocol", "echo_lone_peer", "true", [](Config& c) { c.protocol.echo_lone_peer = true; }},
    {"protocol", "refusal", "\"gone\"", [](Config& c) { c.protocol.refusal = RefusalForm::gone; }},
    {"protocol", "warning_message", "\"w\"", [](Config& c) { c.protocol.warning_message = "w"; }},
    {"protocol", "tracker_id", "\"t\"", [](Config& c) { c.protocol.tracker_id = "t"; }},
    {"full_scrape", "enabled", "true", [](Config& c) { c.full_scrape.enabled = true; }},
    {"full_scrape", "interval", "60", [](Config& c) { c.full_scrape.interval = 60; }},
    {"full_scrape", "responses_per_interval", "3",
     [](Config& c) { c.full_scrape.responses_per_interval = 3; }},
    {"cleaning", "torrent_cleaning_interval", "1",
     [](Config& c) { c.cleaning.torrent_cleaning_interval = 1; }},
    {"cleaning", "max_peer_age", "21_600", [](Config& c) { c.cleaning.max_peer_age = 21'600; }},
    {"limits", "max_memory", "\"1 MiB\"", [](Config& c) { c.limits.max_memory = 1 << 20; }},
    {"limits", "max_peers", "1", [](Config& c) { c.limits.max_peers = 1; }},
    {"limits", "max_torrents", "2", [](Config& c) { c.limits.max_torrents = 2; }},
    {"limits", "max_peers_per_swarm", "3", [](Config& c) { c.limits.max_peers_per_swarm = 3; }},
    {"limits", "max_peers_per_address", "4", [](Config& c) { c.limits.max_peers_per_address = 4; }},
    {"limits", "requests_per_second_per_address", "7",
     [](Config& c) { c.limits.requests_per_second_per_address = 7; }},
    {"limits", "max_connections", "16", [](Config& c) { c.max_connections = 16; }},
    {"limits", "max_connections_per_address", "1_000_000",
     [](Config& c) { c.max_connections_per_address = 1'000'000; }},
    {"limits", "connections_per_second_per_address", "1_000_000",
     [](Config& c) { c.connections_per_second_per_address = 1'000'000; }},
    {"limits", "handshakes_per_second_per_address", "3",
     [](Config& c) { c.handshakes_per_second_per_address = 3; }},
    {"deadlines", "handshake", "1", [](Config& c) { c.deadlines.handshake = 1; }},
    {"deadlines", "request", "2", [](Config& c) { c.deadlines.request = 2; }},
    {"deadlines", "idle", "3600", [](Config& c) { c.idle_deadline = 3600; }},
    {"deadlines", "write", "4", [](Config& c) { c.deadlines.write = 4; }},
    {"deadlines", "lingering_close", "5", [](Config& c) { c.deadlines.lingering_close = 5; }},
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

TEST(HttpConfig, EverySettingIsReadAndPrintedByItself) {
  test::expect_each_is_read_and_printed_by_itself(changes);
}

TEST(HttpConfig, EverySettingHasARowAbove) {
  test::expect_a_row_for_each_setting(changes);
}

TEST(HttpConfig, ValuesBeyondTheirRangeAreRefused) {
  struct Case {
    std::string_view document;
    std::string message;
  };
  for (const auto& [document, message] : std::vector<Case>{
           {"[network]\ntcp_backlog = 0",
            "2: network.tcp_backlog: expected an integer from 1 to 65_535, found the integer 0"},
           {"[network]\nunix_sockets = 1",
            "2: network.unix_sockets: expected a string, or a list of strings, found the integer "
            "1"},
           {"[protocol]\nmax_scrape_torrents = 265",
            "2: protocol.max_scrape_torrents: expected an integer from 1 to 264, found the integer "
            "265"},
           {"[protocol]\nrefusal = \"no\"",
            "2: protocol.refusal: expected one of \"failure_reason\", \"retry_in_never\" or "
            "\"gone\", found the string \"no\""},
           {"[deadlines]\nidle = 0",
            "2: deadlines.idle: expected an integer from 1 to 3600, found the integer 0"},
       }) {
    Config config;
    EXPECT_EQ(read(document, config), Lines{"gyre.toml:" + message});
    EXPECT_EQ(config, Config{});
  }
}

struct RuleCase {
  std::string_view name;
  std::function<void(Config&)> make;
  Lines problems;
};

void expect_problems(const std::vector<RuleCase>& cases) {
  for (const RuleCase& c : cases) {
    SCOPED_TRACE(c.name);
    Config config;
    c.make(config);
    EXPECT_EQ(validate(config), c.problems);
  }
}

TEST(HttpConfig, WhereToListen) {
  const auto no_tcp = [](Config& c) { c.network.use_ipv4 = c.network.use_ipv6 = false; };
  expect_problems({
      {"nowhere to listen",
       no_tcp,
       {"network.use_ipv4: false, as is use_ipv6, and unix_sockets is empty: there is nothing to "
        "listen on; set one of them"}},
      {"unix sockets alone, behind a proxy",
       [&](Config& c) {
         no_tcp(c);
         c.network.unix_sockets = {"/run/gyre"};
         c.network.proxy.runs_behind_reverse_proxy = true;
       },
       {}},
      {"unix sockets with the PROXY protocol",
       [](Config& c) {
         c.network.unix_sockets = {"/run/gyre"};
         c.network.proxy.proxy_protocol = true;
       },
       {}},
      {"unix sockets on which nobody is known",
       [](Config& c) { c.network.unix_sockets = {"/run/gyre"}; },
       {"network.unix_sockets: clients have no address there; set runs_behind_reverse_proxy or "
        "proxy_protocol, so that the proxy provides it"}},
  });
}

TEST(HttpConfig, CertificatesAndTheirAddresses) {
  expect_problems({
      {"HTTPS without a certificate",
       [](Config& c) { c.network.tls.enable_tls = true; },
       {"network.tls_certificate_path: empty, but TLS needs a certificate; set it, or set "
        "enable_tls to false and tls_addresses to []"}},
      {"a certificate without a key",
       [](Config& c) {
         c.network.tls.tls_addresses = {*net::socket_address_from("0.0.0.0:443")};
         c.network.tls.tls_certificate_path = {"a", "b"};
         c.network.tls.tls_private_key_path = {"a"};
       },
       {"network.tls_private_key_path: 1 files, but tls_certificate_path has 2; each certificate "
        "needs its key"}},
      {"HTTP and HTTPS on different ports",
       [](Config& c) {
         c.network.tls.tls_addresses = {*net::socket_address_from("0.0.0.0:443"),
                                        *net::socket_address_from("[::]:443")};
         c.network.tls.tls_certificate_path = {"a"};
         c.network.tls.tls_private_key_path = {"a"};
       },
       {}},
      {"HTTP and HTTPS on one port",
       [](Config& c) {
         c.network.tls.tls_addresses = {*net::socket_address_from("127.0.0.1:3000")};
         c.network.tls.tls_certificate_path = {"a"};
         c.network.tls.tls_private_key_path = {"a"};
       },
       {"network.tls_addresses: 127.0.0.1:3000 is already in use by address_ipv4 or address_ipv6, "
        "as 0.0.0.0:3000; use another port"}},
  });
}

TEST(HttpConfig, ProxiesThatAreBelieved) {
  expect_problems({
      {"a network that is none",
       [](Config& c) { c.network.proxy.trusted_networks = {"10.0.0.0/33"}; },
       {"network.trusted_networks: \"10.0.0.0/33\": the prefix length must be from 0 to 32"}},
      {"a PROXY protocol that nobody may speak",
       [](Config& c) {
         c.network.proxy.proxy_protocol = true;
         c.network.proxy.trusted_networks = {};
       },
       {"network.trusted_networks: empty, so no proxy would be trusted; list the networks that "
        "proxies connect from, or set runs_behind_reverse_proxy and proxy_protocol "
        "to false"}},
      {"a mode that is none",
       [](Config& c) { c.network.unix_socket_mode = "rw"; },
       {"network.unix_socket_mode: \"rw\" is not a mode; write three or four octal digits, such as "
        "\"0660\""}},
      {"a mode of another base",
       [](Config& c) { c.network.unix_socket_mode = "0680"; },
       {"network.unix_socket_mode: \"0680\" is not a mode; write three or four octal digits, such "
        "as \"0660\""}},
      {"a mode with more than permissions",
       [](Config& c) { c.network.unix_socket_mode = "4660"; },
       {"network.unix_socket_mode: \"4660\" is not a mode; write three or four octal digits, such "
        "as \"0660\""}},
      {"a proxy that nobody believes",
       [](Config& c) {
         c.network.proxy.runs_behind_reverse_proxy = true;
         c.network.proxy.trusted_networks = {};
       },
       {"network.trusted_networks: empty, so no proxy would be trusted; list the networks that "
        "proxies connect from, or set runs_behind_reverse_proxy and proxy_protocol "
        "to false"}},
  });
}

TEST(HttpConfig, WhatClientsAreTold) {
  expect_problems({
      {"a shortest interval above the usual one",
       [](Config& c) { c.protocol.peer_announce_interval = 899; },
       {"protocol.min_announce_interval: 900 s, more than peer_announce_interval, 899 s: clients "
        "would be asked to announce too early; lower it"}},
      {"texts that are too long",
       [](Config& c) {
         c.protocol.warning_message = std::string(257, 'w');
         c.protocol.tracker_id = std::string(256, 't');
       },
       {"protocol.warning_message: 257 bytes, at most 256 are allowed"}},
      {"peers that are forgotten between two announces",
       [](Config& c) { c.protocol.peer_announce_interval = 3500; },
       {"cleaning.max_peer_age: 3600 s, but clients announce only every 3680 s "
        "(peer_announce_interval + peer_announce_jitter), so peers would expire in between; raise "
        "it above that, or shorten the interval"}},
  });
}

}  // namespace
}  // namespace gyre::http
