#include "http/config.hpp"

#include <fmt/format.h>

#include "common/config/cli.hpp"
#include "common/config/protocol.hpp"
#include "common/tls/revision.hpp"
#include "http/limits.hpp"

namespace gyre::http {

using config::Integers;

static constexpr config::ListeningTexts listening_texts{
    .address_ipv4 =
        "IPv4 address and port to listen on, or a list of them: [\"192.0.2.1:80\", "
        "\"192.0.2.2:80\"]. 0.0.0.0 is every address of the host. HTTP, or HTTPS if "
        "enable_tls is set.",
    .unix_sockets =
        "Paths of unix sockets to listen on, for a proxy on the same host. HTTP, never "
        "TLS. Clients are identified by the proxy's header or the PROXY protocol: see "
        "runs_behind_reverse_proxy and proxy_protocol.",
    .enable_tls = "Serve HTTPS instead of HTTP on address_ipv4 and address_ipv6.",
    .tls_addresses =
        "Additional addresses, IPv4 or IPv6, that always serve HTTPS: [\"0.0.0.0:443\", "
        "\"[::]:443\"] beside HTTP on port 80."};

static void describe_network(config::Schema& schema, Config& config) {
  config::describe_listening(schema, config.network, listening_texts);
  schema.setting("keep_alive", config.keep_alive,
                 "Keep connections open after a response, for the client's next request. If "
                 "false, every response says \"Connection: close\".");
  config::describe_proxy(
      schema, config.network.proxy,
      "Take the client's address from a header set by a proxy, if the connection "
      "comes from trusted_networks or through a unix socket. All other clients are "
      "identified by the address that they connect from. If a trusted proxy sends no "
      "valid address, the response is a failure reason that says so.");
  schema.setting("ring_size", config.network.ring_size,
                 "Responses of a worker that can be in flight at the same time; half as many "
                 "receive buffers are shared by all its connections. Idle connections hold "
                 "neither. Rounded up to a power of two.",
                 Integers{16, 16384});
  config::describe(schema, config.peer_addresses,
                   "Networks, such as \"192.0.2.0/24\", whose clients may name the address of the "
                   "peer in an announce (ip=, ipv4=, ipv6=); so may clients on loopback. From all "
                   "others these say only which families a client has: see "
                   "peers_of_both_families.");
}

// Found by Schema::section through argument-dependent lookup, hence not in the unnamed namespace.
static void describe(config::Schema& schema, ProtocolConfig& config) {
  auto& [max_scrape_torrents, max_response_peers, peer_announce_interval, peer_announce_jitter,
         adaptive_interval, min_announce_interval, min_scrape_interval, peers_of_both_families,
         allow_non_compact, external_ip, echo_lone_peer, refusal, warning_message, tracker_id] =
      config;
  schema.setting("max_scrape_torrents", max_scrape_torrents,
                 "Maximum number of torrents in one scrape; a longer request is cut.",
                 Integers{1, scrape_hashes_max});
  schema.setting("max_response_peers", max_response_peers,
                 "Maximum number of peers in one announce response, both families together. "
                 "Clients ask for 50 to 200.",
                 Integers{1, response_peers_max});
  config::describe_announce_interval(schema, peer_announce_interval);
  config::describe_announce_jitter(schema, peer_announce_jitter);
  config::describe_adaptive_interval(schema, adaptive_interval, config::adaptive_interval_text);
  schema.setting("min_announce_interval", min_announce_interval,
                 "Minimum seconds between two announces, as returned to clients (\"min "
                 "interval\"). Clients that come sooner are served anyway.",
                 Integers{0, 21600});
  schema.setting("min_scrape_interval", min_scrape_interval,
                 "The same for scrapes (\"min_request_interval\").", Integers{0, 21600});
  schema.setting("peers_of_both_families", peers_of_both_families, peers_of_both_families_names,
                 "Whether responses include peers of the other address family. \"never\"; "
                 "\"if_announced\": if the client says that it has such an address (ip=, ipv4=, "
                 "ipv6=); \"always\". A client is stored under the family of its connection only.");
  schema.setting("allow_non_compact", allow_non_compact,
                 "Send peers as a list of dictionaries to clients that ask for it (compact=0); "
                 "that is ten times the size. If false, they get compact peers like all others, "
                 "which every current client understands.");
  schema.setting("external_ip", external_ip, "Return the client's address to it (BEP 24).");
  config::describe_echo_lone_peer(schema, echo_lone_peer);
  schema.setting(
      "refusal", refusal, refusal_names,
      "Response to requests that the access list or a deny list refuses. \"failure_reason\": "
      "the reason. \"retry_in_never\": the same, and the request not to retry (BEP 31). "
      "\"gone\": HTTP status 410, which some clients treat likewise.");
  schema.setting("warning_message", warning_message,
                 "Text that clients show to their users with each announce; empty: none. At most "
                 "256 bytes.");
  schema.setting("tracker_id", tracker_id,
                 "Text that clients send back with their next announces (\"tracker id\"); this "
                 "tracker ignores it. Empty: none. At most 256 bytes.");
}

static void describe(config::Schema& schema, FullScrapeConfig& config) {
  auto& [enabled, interval, responses_per_interval] = config;
  schema.setting("enabled", enabled,
                 "Answer scrapes without info_hash with a list of all torrents (a full scrape). "
                 "It is compressed (zstd, gzip) for clients that accept it; otherwise it takes "
                 "80 bytes per torrent.");
  schema.setting("interval", interval,
                 "Seconds between two rebuilds of the list, less in the first minutes. It takes "
                 "32 bytes of memory per torrent, twice as much while the next one is built.",
                 Integers{1, 86400});
  schema.setting("responses_per_interval", responses_per_interval,
                 "How often the list is sent within that interval; later clients are asked to "
                 "retry.",
                 Integers{1, 1'000'000});
}

static void describe_limits(config::Schema& schema, Config& config) {
  describe(schema, config.limits);
  config::describe_max_connections(
      schema, config.max_connections,
      "Maximum number of open connections, shared equally by the workers. At the "
      "limit, a new one evicts one that has made no announce or scrape yet, from the "
      "address with the most such connections, or else the one that has been idle "
      "longest. An idle connection takes less than 1 KiB of memory, with TLS 6 KiB, "
      "plus the kernel's share. 0: what fits into a quarter of the memory, 100,000 at "
      "most; less if fewer files may be open (ulimit -n, LimitNOFILE=).");
  config::describe_max_connections_per_address(schema, config.max_connections_per_address);
  config::describe_connection_rates(schema, config.connections_per_second_per_address,
                                    config.handshakes_per_second_per_address);
}

static void describe_deadlines(config::Schema& schema, Config& config) {
  auto& [handshake, request, write, lingering_close] = config.deadlines;
  constexpr Integers seconds = config::deadline_range;
  config::describe_handshake_deadline(schema, config.deadlines);
  schema.setting("request", request,
                 "Seconds from the first to the last byte of a request, and from accepting a "
                 "connection to its first request.",
                 seconds);
  schema.setting("idle", config.idle_deadline,
                 "Seconds that a connection may wait for its next request after a response.",
                 seconds);
  schema.setting("write", write, "Seconds that a client may take to receive a response.", seconds);
  schema.setting("lingering_close", lingering_close,
                 "Seconds to wait, after the last response, for the client to close its end of "
                 "the connection.",
                 seconds);
}

void describe(config::Schema& schema, Config& config) {
  auto& [socket_workers, log_level, network, keep_alive, peer_addresses, protocol, full_scrape,
         cleaning, limits, max_connections, max_connections_per_address,
         connections_per_second_per_address, handshakes_per_second_per_address, deadlines,
         idle_deadline, metrics, privileges, access_list, deny] = config;
  config::describe_socket_workers(schema, socket_workers);
  config::describe_log_level(schema, log_level);
  schema.section("network", "Addresses to listen on, and socket settings.",
                 [&] { describe_network(schema, config); });
  schema.section("protocol", protocol, "Responses to clients.");
  schema.section("full_scrape", full_scrape,
                 "The list of all torrents, for clients that ask for it.");
  schema.section("cleaning", config::cleaning_text, [&] {
    config::describe_cleaning_interval(schema, cleaning);
    config::describe_max_peer_age(schema, cleaning);
  });
  schema.section("limits", config::limits_text, [&] { describe_limits(schema, config); });
  schema.section("deadlines", config::deadlines_text, [&] { describe_deadlines(schema, config); });
  config::describe_section(schema, metrics);
  config::describe_section(schema, privileges);
  config::describe_section(schema, access_list);
  config::describe_section(schema, deny, true);
}

static void add_too_long(std::string_view key, const std::string& text,
                         std::vector<std::string>& problems) {
  if (text.size() <= operator_text_size_max) return;
  problems.push_back(fmt::format("protocol.{}: {} bytes, at most {} are allowed", key, text.size(),
                                 operator_text_size_max));
}

std::vector<std::string> validate(const Config& config) {
  std::vector<std::string> problems;
  config::add_stream_problems(config.network, problems);
  config::add_peer_address_problems(config.peer_addresses, problems);
  config::add_max_connections_problem(config.max_connections, problems);
  const ProtocolConfig& protocol = config.protocol;
  if (protocol.min_announce_interval > protocol.peer_announce_interval) {
    problems.push_back(
        fmt::format("protocol.min_announce_interval: {} s, more than peer_announce_interval, {} s: "
                    "clients would be asked to announce too early; lower it",
                    protocol.min_announce_interval, protocol.peer_announce_interval));
  }
  add_too_long("warning_message", protocol.warning_message, problems);
  add_too_long("tracker_id", protocol.tracker_id, problems);
  config::add_too_short_peer_age(config.cleaning.max_peer_age,
                                 protocol.peer_announce_interval + protocol.peer_announce_jitter,
                                 problems);
  return problems;
}

const config::ProgramInfo& program_info() {
  static const config::ProgramInfo info{
      .name = "gyre_http",
      .version = GYRE_VERSION,
      .summary =
          "A BitTorrent tracker for HTTP and HTTPS (BEP 3), IPv4 and IPv6, on io_uring. "
          "It keeps its swarms in memory. Without a configuration file it listens on port "
          "3000 of every address.",
      .override_example = "GYRE_SOCKET_WORKERS=2",
      .signals =
          "SIGTERM, SIGINT   stop: answer what has been received, then exit\n"
          "SIGHUP, SIGUSR1   reload the lists and the certificates",
      .library = tls::library_revision()};
  return info;
}

}  // namespace gyre::http
