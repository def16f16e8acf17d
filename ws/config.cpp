#include "ws/config.hpp"

#include <fmt/format.h>

#include "common/config/cleaning.hpp"
#include "common/config/cli.hpp"
#include "common/config/limits.hpp"
#include "common/config/protocol.hpp"
#include "common/tls/revision.hpp"
#include "ws/limits.hpp"

namespace gyre::ws {

using config::Integers;

static void describe_origins(config::Schema& schema, OriginRules& rules) {
  auto& [allow, deny, deny_empty] = rules;
  schema.setting("allow_origins", allow,
                 "Origins whose pages may use the tracker: \"https://example.org\", or "
                 "\"*.example.org\" for every host of a domain. Others are refused in the "
                 "handshake. Empty: all origins.");
  schema.setting("deny_origins", deny,
                 "Origins whose pages may not use the tracker, in the same form; takes "
                 "precedence over allow_origins.");
  schema.setting("deny_empty_origin", deny_empty,
                 "Refuse clients without an Origin header. Browsers always send it; programs "
                 "such as webtorrent in Node.js and libtorrent do not.");
}

static constexpr config::ListeningTexts listening_texts{
    .address_ipv4 =
        "IPv4 address and port to listen on, or a list of them: [\"192.0.2.1:80\", "
        "\"192.0.2.2:80\"]. 0.0.0.0 is every address of the host. ws://, or wss:// if "
        "enable_tls is set.",
    .unix_sockets =
        "Paths of unix sockets to listen on, for a proxy on the same host. ws://, never "
        "TLS. Clients are identified by the proxy's header or the PROXY protocol: see "
        "runs_behind_reverse_proxy and proxy_protocol.",
    .enable_tls =
        "Serve wss:// instead of ws:// on address_ipv4 and address_ipv6. Pages loaded "
        "over HTTPS can use wss:// only.",
    .tls_addresses =
        "Additional addresses, IPv4 or IPv6, that always serve wss://: [\"0.0.0.0:443\", "
        "\"[::]:443\"] beside ws:// on port 80."};

static void describe_network(config::Schema& schema, Config& config) {
  config::describe_listening(schema, config.network, listening_texts);
  config::describe_proxy(
      schema, config.network.proxy,
      "Take the client's address from a header set by a proxy, if the connection "
      "comes from trusted_networks or through a unix socket. All other clients are "
      "identified by the address that they connect from. If a trusted proxy sends no "
      "valid address, the response is an HTTP error that says so.");
  describe_origins(schema, config.origins);
  schema.setting("websocket_max_message_size", config.websocket_max_message_size,
                 "Maximum size of a message in bytes, after decompression. Ten offers take 10 to "
                 "40 kB. Larger messages close the connection with code 1009.",
                 Integers{4096, message_size_limit});
  schema.setting("enable_compression", config.enable_compression,
                 "Support permessage-deflate (RFC 7692) in both directions. Browsers ask for it. "
                 "It halves the traffic and takes most of the CPU time, but no memory per "
                 "connection.");
  schema.setting("compress_from", config.compress_from,
                 "Minimum size in bytes of messages that are compressed for clients; little is "
                 "gained below.",
                 Integers{1, message_size_limit});
  schema.setting("ring_size", config.network.ring_size,
                 "Sends of a worker that can be in flight at the same time; half as many receive "
                 "buffers are shared by all its connections. Idle connections hold neither. "
                 "Rounded up to a power of two.",
                 Integers{16, 16384});
}

// Found by Schema::section through argument-dependent lookup, hence not in the unnamed namespace.
static void describe(config::Schema& schema, ProtocolConfig& config) {
  auto& [max_offers, max_scrape_torrents, peer_announce_interval, adaptive_interval,
         peers_of_both_families] = config;
  schema.setting("max_offers", max_offers,
                 "Maximum number of offers relayed per announce, each to a different peer; the "
                 "rest are ignored. webtorrent sends 5, libtorrent 10.",
                 Integers{1, offers_limit});
  schema.setting("max_scrape_torrents", max_scrape_torrents,
                 "Maximum number of torrents in one scrape; a longer request is cut.",
                 Integers{1, scrape_torrents_limit});
  config::describe_announce_interval(schema, peer_announce_interval);
  config::describe_adaptive_interval(
      schema, adaptive_interval,
      "Percentage of the workers' CPU time above which clients are told longer intervals, "
      "gradually up to three times as long (360 seconds by default, no more than 5400), until they "
      "ask for no more than that; below three quarters of it the interval returns to "
      "peer_announce_interval. Under a CPU quota the interval does not adapt, unless "
      "socket_workers is what the quota allows. 0: the interval never changes.");
  schema.setting("peers_of_both_families", peers_of_both_families,
                 "Whether IPv4 and IPv6 peers are introduced to each other. WebRTC connects them "
                 "where a path exists, whichever family they reach the tracker by.");
}

static void describe_swarm_limits(config::Schema& schema, LimitsConfig& config) {
  config::describe_memory_limits(
      schema, config.max_memory, config.max_peers, config.max_torrents,
      "Memory that the process may use in all: \"2 GiB\", \"512 MiB\". Measured once a second; "
      "less while others leave little: a tenth of the machine or cgroup, 512 MiB at most, stays "
      "free, but a quarter of the limit is the tracker's own in any case. At this or one of the "
      "two limits below a new peer replaces one, chosen at random, of the network (IPv4 /24, IPv6 "
      "/48) that has most peers. \"0\": four fifths of the machine or cgroup.",
      "Maximum number of peers to store, IPv4 and IPv6 together. At the limit a new peer replaces "
      "one, chosen at random, of the network (IPv4 /24, IPv6 /48) that has most peers; the last 5 "
      "% are reserved for swarms with fewer than 50 peers. 0: as memory allows.");
  schema.setting("max_peers_per_swarm", config.max_peers_per_swarm,
                 "Maximum number of peers of one torrent. More are answered, but not returned to "
                 "others. 0: no limit.",
                 config::count_range);
  schema.setting("max_peers_per_connection", config.max_peers_per_connection,
                 "Maximum number of peers that one connection may have, counted separately by each "
                 "worker. A peer is one peer_id in one torrent; a connection has at most two per "
                 "torrent. 0: no limit.",
                 Integers{0, 1'000'000});
  schema.setting("max_peers_per_address", config.max_peers_per_address,
                 "Maximum number of peers that one IP address (IPv6: one /64) may have, in all "
                 "swarms together. 0: no limit, which is right behind a proxy that does not "
                 "identify its clients.",
                 Integers{0, 1'000'000});
}

static void describe_rates(config::Schema& schema, LimitsConfig& config) {
  constexpr Integers rate{.min = 0, .max = 1'000'000};
  constexpr Integers burst{.min = 1, .max = 1'000'000};
  schema.setting("messages_per_second", config.messages.per_second,
                 "Average number of messages per second that a connection may send; a message "
                 "counts once per 16 KiB or part of it, after decompression. Excess messages are "
                 "dropped, and after ten times messages_at_once of them the connection is closed "
                 "with code 1008. 0: no limit.",
                 rate);
  schema.setting("messages_at_once", config.messages.burst,
                 "Messages that it may send in a burst. A browser with 50 torrents sends 50 when "
                 "it starts, and then an answer for each offer that it receives.",
                 burst);
  schema.setting("offers_per_second", config.offers.per_second,
                 "Average number of offers per second that are relayed for a connection. Excess "
                 "offers are ignored; the announce is answered. 0: no limit. Independent of "
                 "this, a connection is relayed at most 4 KiB plus 16 bytes for each byte that "
                 "it sends, which only compression can exceed.",
                 rate);
  schema.setting("offers_at_once", config.offers.burst,
                 "Offers that are relayed for it in a burst. A browser with 50 torrents sends "
                 "250 to 500 when it starts.",
                 burst);
}

static void describe(config::Schema& schema, LimitsConfig& config) {
  describe_swarm_limits(schema, config);
  config::describe_max_connections(
      schema, config.max_connections,
      "Maximum number of open connections, all workers together. At the limit, a new "
      "one evicts one that has made no announce or scrape yet, from the address with "
      "the most such connections, or else one without peers. An idle connection takes "
      "less than 3 KiB of memory, with TLS 8 KiB, plus the kernel's share. 0: what "
      "fits into a quarter of the memory, 100,000 at most; less if fewer files may be "
      "open (ulimit -n, LimitNOFILE=).");
  config::describe_max_connections_per_address(schema, config.max_connections_per_address);
  config::describe_requests_per_second(schema, config.requests_per_second_per_address);
  config::describe_connection_rates(schema, config.connections_per_second_per_address,
                                    config.handshakes_per_second_per_address);
  describe_rates(schema, config);
  schema.setting("max_unsent", config.max_unsent,
                 "Bytes that may wait for a client to read them. Beyond that, offers and answers "
                 "to it are dropped.",
                 Integers{65'536, 1'073'741'824});
}

static void describe_deadlines(config::Schema& schema, Config& config) {
  auto& [handshake, request, write, lingering_close] = config.deadlines;
  constexpr Integers seconds = config::deadline_range;
  config::describe_handshake_deadline(schema, config.deadlines);
  schema.setting("request", request,
                 "Seconds from the first to the last byte of a request or message, and from "
                 "accepting a connection to its first request.",
                 seconds);
  schema.setting("first_announce", config.first_announce_deadline,
                 "Seconds that a WebSocket may stay open before its first valid announce or "
                 "scrape.",
                 seconds);
  schema.setting("ping_interval", config.ping_interval,
                 "Seconds of silence after which a client is pinged. This also keeps proxies "
                 "from closing the connection; many do so after 60 silent seconds.",
                 seconds);
  schema.setting("pong", config.pong_deadline,
                 "Seconds that a client may take to answer a ping, by any message.", seconds);
  schema.setting("write", write, "Seconds that a client may take to receive what it is sent.",
                 seconds);
  schema.setting("lingering_close", lingering_close,
                 "Seconds to wait, after a close frame, for the client to close its end of the "
                 "connection.",
                 seconds);
}

void describe(config::Schema& schema, Config& config) {
  auto& [socket_workers, log_level, network, origins, websocket_max_message_size,
         enable_compression, compress_from, protocol, max_offer_age, limits, deadlines,
         first_announce_deadline, ping_interval, pong_deadline, metrics, privileges, access_list,
         deny] = config;
  config::describe_socket_workers(schema, socket_workers);
  config::describe_log_level(schema, log_level);
  schema.section("network", "Addresses to listen on, and socket settings.",
                 [&] { describe_network(schema, config); });
  schema.section("protocol", protocol, "Responses to clients.");
  schema.section("cleaning", config::cleaning_text, [&] {
    schema.setting("max_offer_age", max_offer_age,
                   "Seconds, at least, during which a relayed offer may be answered. Later and "
                   "unexpected answers are refused.",
                   Integers{1, 3600});
  });
  schema.section("limits", limits, config::limits_text);
  schema.section("deadlines", config::deadlines_text, [&] { describe_deadlines(schema, config); });
  config::describe_section(schema, metrics);
  config::describe_section(schema, privileges);
  config::describe_section(schema, access_list);
  config::describe_section(schema, deny, true);
}

static void add_malformed_origins(std::string_view key, const config::TextList& origins,
                                  std::vector<std::string>& problems) {
  for (const std::string& origin : origins) {
    if (is_origin_rule(origin)) continue;
    problems.push_back(fmt::format(
        "network.{}: \"{}\" is not an origin; write it as \"https://example.org\", without "
        "a path, or as \"*.example.org\"",
        key, origin));
  }
}

std::vector<std::string> validate(const Config& config) {
  std::vector<std::string> problems;
  config::add_stream_problems(config.network, problems);
  config::add_max_connections_problem(config.limits.max_connections, problems);
  add_malformed_origins("allow_origins", config.origins.allow, problems);
  add_malformed_origins("deny_origins", config.origins.deny, problems);
  return problems;
}

const config::ProgramInfo& program_info() {
  static const config::ProgramInfo info{
      .name = "gyre_ws",
      .version = GYRE_VERSION,
      .summary =
          "A WebTorrent tracker over WebSocket (ws:// and wss://), on io_uring. It relays "
          "WebRTC offers and answers among the peers of a torrent and keeps its swarms in "
          "memory. Without a configuration file it listens on port 3001 of every address.",
      .override_example = "GYRE_SOCKET_WORKERS=2",
      .signals =
          "SIGTERM, SIGINT   stop: close every connection (code 1001), then exit\n"
          "SIGHUP, SIGUSR1   reload the lists and the certificates",
      .library = tls::library_revision()};
  return info;
}

}  // namespace gyre::ws
