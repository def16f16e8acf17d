// The settings of gyre_udp, and the two committed files that are made from them. When a setting
// has changed on purpose, make them again, with the new program:
//
//   gyre_udp -p > tests/golden/gyre_udp_default.toml
//   gyre_udp --print-reference > documents/configuration-udp.md
#include <gtest/gtest.h>

#include "common/config/cli.hpp"
#include "tests/support/config_changes.hpp"
#include "udp/config.hpp"

namespace gyre::udp {
namespace {

using Lines = std::vector<std::string>;

using test::read;

TEST(UdpConfig, TheCommittedFilesAreThePrintedOnes) {
  test::expect_committed_files<Config>("tests/golden/gyre_udp_default.toml",
                                       "documents/configuration-udp.md", program_info().name);
}

TEST(UdpConfig, TheDefaultsAreInOrder) {
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
    {"network", "socket_recv_buffer_size", "0",
     [](Config& c) { c.network.socket_recv_buffer_size = 0; }},
    {"network", "socket_send_buffer_size", "1_073_741_823",
     [](Config& c) { c.network.socket_send_buffer_size = 1'073'741'823; }},
    {"network", "ring_size", "16", [](Config& c) { c.network.ring_size = 16; }},
    {"network", "external_address_ipv4", "\"203.0.113.1\"",
     [](Config& c) { c.network.peer_addresses.external_address_ipv4 = "203.0.113.1"; }},
    {"network", "external_address_ipv6", "\"2001:db8::1\"",
     [](Config& c) { c.network.peer_addresses.external_address_ipv6 = "2001:db8::1"; }},
    {"network", "trusted_ip_parameter", "\"10.0.0.0/8\"",
     [](Config& c) { c.network.peer_addresses.trusted_ip_parameter = {"10.0.0.0/8"}; }},
    {"protocol", "max_scrape_torrents", "1", [](Config& c) { c.protocol.max_scrape_torrents = 1; }},
    {"protocol", "max_response_peers", "1000",
     [](Config& c) { c.protocol.max_response_peers = 1000; }},
    {"protocol", "peer_announce_interval", "60",
     [](Config& c) { c.protocol.peer_announce_interval = 60; }},
    {"protocol", "peer_announce_jitter", "0",
     [](Config& c) { c.protocol.peer_announce_jitter = 0; }},
    {"protocol", "adaptive_interval", "0", [](Config& c) { c.protocol.adaptive_interval = 0; }},
    {"protocol", "max_payload_ipv4", "512", [](Config& c) { c.protocol.max_payload_ipv4 = 512; }},
    {"protocol", "max_payload_ipv6", "4096", [](Config& c) { c.protocol.max_payload_ipv6 = 4096; }},
    {"protocol", "echo_lone_peer", "true", [](Config& c) { c.protocol.echo_lone_peer = true; }},
    {"protocol", "connection_id_secret_path", "\"/s\"",
     [](Config& c) { c.protocol.connection_id_secret_path = "/s"; }},
    {"cleaning", "torrent_cleaning_interval", "1",
     [](Config& c) { c.cleaning.torrent_cleaning_interval = 1; }},
    {"cleaning", "max_connection_age", "86_400", [](Config& c) { c.max_connection_age = 86'400; }},
    {"cleaning", "max_peer_age", "21_600", [](Config& c) { c.cleaning.max_peer_age = 21'600; }},
    {"limits", "max_memory", "\"1 MiB\"", [](Config& c) { c.limits.max_memory = 1 << 20; }},
    {"limits", "max_peers", "1", [](Config& c) { c.limits.max_peers = 1; }},
    {"limits", "max_torrents", "2", [](Config& c) { c.limits.max_torrents = 2; }},
    {"limits", "max_peers_per_swarm", "4_000_000_000",
     [](Config& c) { c.limits.max_peers_per_swarm = 4'000'000'000; }},
    {"limits", "max_peers_per_address", "256",
     [](Config& c) { c.limits.max_peers_per_address = 256; }},
    {"limits", "requests_per_second_per_address", "1_000_000",
     [](Config& c) { c.limits.requests_per_second_per_address = 1'000'000; }},
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
};

TEST(UdpConfig, EverySettingIsReadAndPrintedByItself) {
  test::expect_each_is_read_and_printed_by_itself(changes);
}

TEST(UdpConfig, EverySettingHasARowAbove) {
  test::expect_a_row_for_each_setting(changes);
}

TEST(UdpConfig, ValuesBeyondTheirRangeAreRefused) {
  struct Case {
    std::string_view document;
    std::string message;
  };
  for (const auto& [document, message] : std::vector<Case>{
           {"socket_workers = 1025",
            "1: socket_workers: expected an integer from 0 to 1024, "
            "found the integer 1025"},
           {"[network]\nring_size = 15",
            "2: network.ring_size: expected an integer from 16 to "
            "16_384, found the integer 15"},
           {"[protocol]\nmax_scrape_torrents = 75",
            "2: protocol.max_scrape_torrents: expected an integer from 1 to 74, found the integer "
            "75"},
           {"[protocol]\nmax_response_peers = 0",
            "2: protocol.max_response_peers: expected an integer from 1 to 1000, found the "
            "integer 0"},
           {"[protocol]\nmax_payload_ipv4 = 4097",
            "2: protocol.max_payload_ipv4: expected an integer from 512 to 4096, found the "
            "integer 4097"},
           {"[cleaning]\nmax_peer_age = 0",
            "2: cleaning.max_peer_age: expected an integer from 1 to 21_600, found the integer 0"},
           {"[privileges]\nuser = \"\"",
            "2: privileges.user: expected a string that is not empty, found the string \"\""},
           {"[access_list]\nmode = \"black\"",
            "2: access_list.mode: expected one of \"off\", \"allow\" or \"deny\", found the string "
            "\"black\""},
       }) {
    Config config;
    EXPECT_EQ(read(document, config), Lines{"gyre.toml:" + message});
    EXPECT_EQ(config, Config{});
  }
}

TEST(UdpConfig, RulesBetweenSettings) {
  struct Case {
    std::string_view name;
    std::function<void(Config&)> make;
    Lines problems;
  };
  const std::vector<Case> cases = {
      {"one family is enough", [](Config& c) { c.network.use_ipv4 = false; }, {}},
      {"no family",
       [](Config& c) { c.network.use_ipv4 = c.network.use_ipv6 = false; },
       {"network.use_ipv4: false, as is use_ipv6: there is nothing to listen on; set one of them "
        "to true"}},
      {"no addresses",
       [](Config& c) { c.network.address_ipv4 = c.network.address_ipv6 = {}; },
       {"network.address_ipv4: empty; list an address, or set use_ipv4 to false",
        "network.address_ipv6: empty; list an address, or set use_ipv6 to false"}},
      {"no addresses for a family that is off",
       [](Config& c) {
         c.network.use_ipv6 = false;
         c.network.address_ipv6 = {};
       },
       {}},
      {"peers that live just long enough",
       [](Config& c) {
         c.protocol.peer_announce_interval = 3000;
         c.protocol.peer_announce_jitter = 599;
       },
       {}},
      {"peers that are forgotten between two announces",
       [](Config& c) {
         c.protocol.peer_announce_interval = 3000;
         c.protocol.peer_announce_jitter = 600;
       },
       {"cleaning.max_peer_age: 3600 s, but clients announce only every 3600 s "
        "(peer_announce_interval + peer_announce_jitter), so peers would expire in between; raise "
        "it above that, or shorten the interval"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Config config;
    c.make(config);
    EXPECT_EQ(validate(config), c.problems);
  }
}

}  // namespace
}  // namespace gyre::udp
