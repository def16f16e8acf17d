#include "ws/config.hpp"

#include <fmt/format.h>

#include "common/config/cli.hpp"
#include "common/tls/revision.hpp"
#include "ws/limits.hpp"

namespace gyre::ws {

using config::Integers;

static constexpr config::ListeningTexts listening_texts{
    .address_ipv4 =
        "IPv4 address and port to listen on, or a list of them: "
        "[\"192.0.2.1:80\", \"192.0.2.2:80\"]. 0.0.0.0 stands for all of the host. They "
        "speak ws://, or wss:// if enable_tls says so.",
    .unix_sockets =
        "Paths of unix sockets to listen on, for a proxy on the same host. They speak "
        "ws://, never TLS. Who is behind the proxy is known by its header or by the PROXY "
        "protocol only: see runs_behind_reverse_proxy and proxy_protocol.",
    .enable_tls =
        "Speak wss:// instead of ws:// on all of address_ipv4 and address_ipv6. Pages that "
        "browsers got by HTTPS can reach a tracker by wss:// only.",
    .tls_addresses =
        "Further addresses, IPv4 or IPv6, that speak wss:// whatever enable_tls says: "
        "[\"0.0.0.0:443\", \"[::]:443\"] beside ws:// on port 80."};

// Found by Schema::section through argument-dependent lookup, hence not in the unnamed namespace.
static void describe(config::Schema& schema, OriginConfig& config) {
  auto& [allow_origins, deny_origins, deny_empty_origin] = config;
  schema.setting("allow_origins", allow_origins,
                 "Web sites whose pages may use the tracker, by their origin: "
                 "\"https://example.org\", or \"*.example.org\" for all hosts of a domain. Others "
                 "are refused in the handshake. Empty: all may.");
  schema.setting("deny_origins", deny_origins,
                 "Web sites whose pages may not, in the same form; they count before "
                 "allow_origins.");
  schema.setting("deny_empty_origin", deny_empty_origin,
                 "Refuse clients that name no origin. Browsers always name one; programs such as "
                 "webtorrent in Node and libtorrent do not.");
}

static void describe(config::Schema& schema, NetworkConfig& config) {
  auto& [listening, proxy, origins, websocket_max_message_size, enable_compression, compress_from,
         ring_size] = config;
  config::describe_listening(schema, listening, listening_texts);
  config::describe_proxy(schema, proxy,
                         "Take clients' addresses from a header that a proxy adds, if the "
                         "connection comes from trusted_networks or by a unix socket. Others are "
                         "known by the address that they connect from. A trusted proxy that sends "
                         "no such header, or no address in it, gets an HTTP error that says so.");
  describe(schema, origins);
  schema.setting("websocket_max_message_size", websocket_max_message_size,
                 "Bytes of the longest message that is taken, after decompression. Ten offers "
                 "take 10 to 40 kB. Who sends more is disconnected with close code 1009.",
                 Integers{4096, message_size_limit});
  schema.setting("enable_compression", enable_compression,
                 "Let clients compress messages, and compress what they get (permessage-deflate, "
                 "RFC 7692). Browsers ask for that. It halves the traffic, and takes most of the "
                 "CPU time; it keeps no memory for a connection.");
  schema.setting("compress_from", compress_from,
                 "Bytes from which on a message to a client is compressed; shorter ones gain "
                 "little.",
                 Integers{1, message_size_limit});
  schema.setting("ring_size", ring_size,
                 "Sends of a worker that can be on their way at once; half as many receive "
                 "buffers are shared by all its connections. Connections on which nothing happens "
                 "hold none of them. Rounded up to a power of two.",
                 Integers{16, 16384});
}

static void describe(config::Schema& schema, ProtocolConfig& config) {
  auto& [max_offers, max_scrape_torrents, peer_announce_interval, peers_of_both_families] = config;
  schema.setting("max_offers", max_offers,
                 "Offers of one announce that are passed on, each to another peer; the rest is "
                 "ignored. webtorrent sends 5, libtorrent 10.",
                 Integers{1, offers_limit});
  schema.setting("max_scrape_torrents", max_scrape_torrents,
                 "Torrents that one scrape is answered for; the rest of a longer request is "
                 "ignored.",
                 Integers{1, scrape_torrents_limit});
  config::describe_announce_interval(schema, peer_announce_interval);
  schema.setting("peers_of_both_families", peers_of_both_families,
                 "IPv4 and IPv6 peers see each other. WebRTC finds a way between them where there "
                 "is one, whatever they reach the tracker by.");
}

static void describe(config::Schema& schema, CleaningConfig& config) {
  auto& [max_offer_age] = config;
  schema.setting("max_offer_age", max_offer_age,
                 "Seconds for which an offer may be answered after it was passed on, at least. "
                 "Later answers, and those that nobody is waiting for, are refused.",
                 Integers{1, 3600});
}

static void describe_swarm_limits(config::Schema& schema, LimitsConfig& config) {
  config::describe_memory_limits(schema, config.max_peers, config.max_torrents);
  schema.setting("max_peers_per_swarm", config.max_peers_per_swarm,
                 "Peers of one torrent. Further ones are answered, but not told to others. 0: no "
                 "limit.",
                 config::count_range);
  schema.setting("max_peers_per_connection", config.max_peers_per_connection,
                 "Torrents that one connection may be in at once, of those that one worker "
                 "owns; each of its peer_ids counts by itself, of which it has two at most in a "
                 "torrent. 0: no limit.",
                 Integers{0, 1'000'000});
  schema.setting("max_peers_per_address", config.max_peers_per_address,
                 "Peers with one IP address (over IPv6: in one /64), in all swarms together. 0: "
                 "no limit, which is right behind a proxy that does not say who its clients are.",
                 Integers{0, 1'000'000});
}

static void describe_rates(config::Schema& schema, LimitsConfig& config) {
  constexpr Integers rate{.min = 0, .max = 1'000'000};
  constexpr Integers burst{.min = 1, .max = 1'000'000};
  schema.setting(
      "messages_per_second", config.messages_per_second,
      "Messages that a connection may send per second on the average; one of more than "
      "16 KiB, after decompression, counts once more for every 16 KiB. More are dropped, "
      "and who sends ten times messages_at_once too many is disconnected with close "
      "code 1008. 0: no limit.",
      rate);
  schema.setting("messages_at_once", config.messages_at_once,
                 "Messages that it may send in a row after a time of silence. A browser with 50 "
                 "torrents sends 50 at its start, and then an answer for each offer that it gets.",
                 burst);
  schema.setting("offers_per_second", config.offers_per_second,
                 "Offers that a connection may have passed on per second on the average. Further "
                 "ones are ignored; the announce is answered. 0: no limit. Whatever is set here, "
                 "nobody has more passed on than 4 KiB and 16 bytes for each byte that it sends, "
                 "which compression alone can reach.",
                 rate);
  schema.setting("offers_at_once", config.offers_at_once,
                 "Offers that it may have passed on in a row after a time of silence. A browser "
                 "with 50 torrents sends 250 to 500 at its start.",
                 burst);
}

static void describe(config::Schema& schema, LimitsConfig& config) {
  describe_swarm_limits(schema, config);
  config::describe_max_connections(
      schema, config.max_connections,
      "Connections that are open at most, of all workers together. A new one takes the place of "
      "one "
      "that has made no announce or scrape yet, of the address that has most of those, or else of "
      "one without peers. One on which nothing happens takes less than 3 KiB of memory, with TLS "
      "8 KiB, and the kernel's part. 0: as many as a quarter of the memory can hold, 100,000 at "
      "most. Fewer if fewer files may be open (ulimit -n, LimitNOFILE=).");
  config::describe_max_connections_per_address(schema, config.max_connections_per_address);
  describe_rates(schema, config);
  schema.setting("max_unsent", config.max_unsent,
                 "Bytes that wait for a client to read them. Beyond that, offers and answers for "
                 "it are dropped.",
                 Integers{65'536, 1'073'741'824});
}

static void describe(config::Schema& schema, DeadlinesConfig& config) {
  auto& [handshake, request, first_announce, ping_interval, pong, write, farewell] = config;
  constexpr Integers seconds = config::deadline_range;
  config::describe_handshake_deadline(schema, handshake);
  schema.setting("request", request,
                 "Seconds from the first byte of a request or message to its last, and from the "
                 "connection to its first request.",
                 seconds);
  schema.setting("first_announce", first_announce,
                 "Seconds that a WebSocket may stay open without having made an announce or scrape "
                 "that could be read.",
                 seconds);
  schema.setting("ping_interval", ping_interval,
                 "Seconds without a byte from a client after which it is sent a ping. That keeps "
                 "proxies from closing the connection, too; many do so after 60 silent seconds.",
                 seconds);
  schema.setting("pong", pong,
                 "Seconds that a client may take to answer a ping, with whatever it sends.",
                 seconds);
  schema.setting("write", write, "Seconds that a client may take to receive what it is sent.",
                 seconds);
  schema.setting("farewell", farewell,
                 "Seconds that the tracker waits for the client's end of a connection after a "
                 "close frame.",
                 seconds);
}

void describe(config::Schema& schema, Config& config) {
  auto& [socket_workers, log_level, network, protocol, cleaning, limits, deadlines, metrics,
         privileges, access_list] = config;
  config::describe_socket_workers(schema, socket_workers);
  config::describe_log_level(schema, log_level);
  schema.section("network", network, "Where the tracker listens, and what its sockets hold.");
  schema.section("protocol", protocol, "What clients are told.");
  schema.section("cleaning", cleaning, "How long what clients have told is remembered.");
  schema.section("limits", limits,
                 "What is remembered, and what a client may ask for, at most: the tracker's "
                 "memory and time.");
  schema.section("deadlines", deadlines, config::deadlines_text);
  config::describe_section(schema, metrics);
  config::describe_section(schema, privileges);
  config::describe_section(schema, access_list);
}

// A scheme and host, or a domain's hosts: nothing else is ever equal to an Origin header.
static bool is_origin(std::string_view text) {
  if (text == "null") return true;  // pages from files, and sandboxed ones
  const std::size_t scheme = text.find("://");
  const std::string_view host = text.starts_with("*.") ? text.substr(2)
                                : scheme == std::string_view::npos || scheme == 0
                                    ? std::string_view()
                                    : text.substr(scheme + 3);
  return !host.empty() && host.find_first_of("/* ,\t") == std::string_view::npos;
}

static void add_malformed_origins(std::string_view key, const config::TextList& origins,
                                  std::vector<std::string>& problems) {
  for (const std::string& origin : origins) {
    if (is_origin(origin)) continue;
    problems.push_back(fmt::format(
        "network.{}: \"{}\" is no origin; write it as \"https://example.org\", without a path, or "
        "as \"*.example.org\"",
        key, origin));
  }
}

std::vector<std::string> validate(const Config& config) {
  std::vector<std::string> problems;
  const NetworkConfig& network = config.network;
  config::add_stream_problems(network.listening, network.proxy, problems);
  config::add_max_connections_problem(config.limits.max_connections, problems);
  add_malformed_origins("allow_origins", network.origins.allow_origins, problems);
  add_malformed_origins("deny_origins", network.origins.deny_origins, problems);
  return problems;
}

const config::ProgramInfo& program_info() {
  static const config::ProgramInfo info{
      .name = "gyre_ws",
      .version = GYRE_VERSION,
      .summary =
          "A BitTorrent tracker for WebTorrent, over WebSocket (ws:// and wss://), on io_uring. It "
          "passes the WebRTC offers and answers of browsers that share a torrent to each other, "
          "and keeps all that it knows in memory. Without a file it listens on port 3001 of every "
          "address.",
      .override_example = "GYRE_SOCKET_WORKERS=2",
      .signals =
          "SIGTERM, SIGINT   stop: every client is told so (close code 1001), then the program "
          "ends\n"
          "SIGHUP, SIGUSR1   read the access list and the certificates again",
      .library = tls::library_revision()};
  return info;
}

}  // namespace gyre::ws
